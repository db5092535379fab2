package apptest

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestWithoutScript sees that every page shows its numbers, and that its forms
// work, where scripts are off.
func TestWithoutScript(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "light")
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	// The protocol's own evaluation still works; the page's scripts do not.
	open := func(path string) {
		p.do("open "+path, chromedp.Navigate(demo.url+path))
		if eval[bool](p, `window.codegauge !== undefined || document.documentElement.classList.contains("js")`) {
			t.Fatal("a script has run")
		}
	}
	for _, path := range pages {
		open(path)
		if hidden := eval[[]string](p, `[...document.querySelectorAll("main table:not([data-for])")].filter((t) => !t.closest("details") && !(t.checkVisibility() && t.getBoundingClientRect().height > 20)).map((t) => t.caption?.textContent ?? t.outerHTML.slice(0, 90))`); len(hidden) > 0 {
			t.Errorf("%s: hidden tables: %v", path, hidden)
		}
		if seen := eval[[]string](p, `[...document.querySelectorAll(".needs-js")].filter((e) => e.checkVisibility()).map((e) => e.outerHTML.slice(0, 120))`); len(seen) > 0 {
			t.Errorf("%s: shows controls that need scripts: %v", path, seen)
		}
	}
	open(insights + "code-generation")
	if n := eval[int](p, `[...document.querySelectorAll("#daily .data td[data-value]")].filter((td) => td.checkVisibility() && /[0-9]/.test(td.textContent)).length`); n < 28 {
		t.Errorf("the daily table shows %d figures", n)
	}
	if seen := eval[bool](p, `[...document.querySelectorAll("canvas")].some((c) => c.checkVisibility() && c.getBoundingClientRect().height > 20)`); seen {
		t.Error("empty charts take room")
	}
	p.press("filter", `details.filter > summary`)
	value := eval[string](p, `document.querySelector('details.filter input[value^="model="]').value`)
	p.press("a model", `details.filter input[value^="model="]`)
	p.press("apply", `details.filter button[type=submit]`)
	p.wait("the filtered page", `new URLSearchParams(location.search).get("where") === "`+value+`" && document.querySelector(".chips .chip")`)
	p.clean("no script")
}
