package apptest

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestCompensation enters a compensation: the shares follow it, the browser keeps it for the
// next time, and no request has it.
func TestCompensation(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "light")
	p.open(insights + "impact")
	shares := func() []string {
		return eval[[]string](p, `[...document.querySelectorAll("[data-credits]")].map((td) => td.textContent)`)
	}
	if got := shares(); !slices.Equal(got, []string{"–", "–"}) {
		t.Fatalf("before any compensation: %q", got)
	}
	p.reset()
	p.press("compensation", `[data-compensation]`)
	p.do("enter it", chromedp.KeyEvent("12000"))
	want := eval[[]string](p, `[...document.querySelectorAll("[data-credits]")].map((td) => (100 * td.dataset.credits / (12000 / 12)).toFixed(2) + "%")`)
	p.wait("the shares", `document.querySelector("[data-credits]").textContent !== "–"`)
	if got := shares(); !slices.Equal(got, want) || slices.Contains(got, "0.00%") {
		t.Errorf("shares %q, want %q", got, want)
	}
	if sent := p.requested(); len(sent) > 0 {
		t.Errorf("entering it asks for %q", sent)
	}
	p.open(insights + "impact")
	if got := shares(); !slices.Equal(got, want) {
		t.Errorf("opened again: %q, want %q", got, want)
	}
	for _, address := range p.requested() {
		if strings.Contains(address, "12000") {
			t.Errorf("a request has it: %s", address)
		}
	}
	p.clean("compensation")
}
