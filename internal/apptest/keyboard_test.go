package apptest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// key presses a key as a keyboard does.
func (p *tab) key(name string, code int64, text string) {
	p.Helper()
	down := input.DispatchKeyEventParams{Type: "keyDown", Key: name, Code: name, WindowsVirtualKeyCode: code, Text: text}
	up := input.DispatchKeyEventParams{Type: "keyUp", Key: name, Code: name, WindowsVirtualKeyCode: code}
	call(p, input.DispatchKeyEvent, down)
	call(p, input.DispatchKeyEvent, up)
}

func (p *tab) pressTab()   { p.Helper(); p.key("Tab", 9, "") }
func (p *tab) pressEnter() { p.Helper(); p.key("Enter", 13, "\r") }

// TestKeyboard goes through every page with Tab alone.
func TestKeyboard(t *testing.T) {
	p := newTab(t, demo.url)
	for _, scheme := range []string{"light", "dark"} {
		p.look(1280, 900, scheme)
		for _, path := range pages {
			p.open(path)
			tabThrough(p, path)
		}
	}
	p.clean("keyboard")
}

// focusable numbers what Tab should reach, in the order of the document. A
// group of radio buttons is one stop: its chosen one.
const focusable = `(() => {
	const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']")]
		.filter((e) => !e.disabled && (e.type !== "radio" || e.checked) && e.checkVisibility({ visibilityProperty: true }) && !(e.closest("details:not([open])") && !(e.tagName === "SUMMARY" && e.parentElement === e.closest("details:not([open])") && !e.parentElement.parentElement.closest("details:not([open])"))));
	all.forEach((e, i) => e.dataset.apptest = i);
	return all.map((e) => e.outerHTML.slice(0, 100));
})()`

// focused says where the focus is and whether it can be seen.
const focused = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return { at: -1 };
	const s = getComputedStyle(e), r = e.getBoundingClientRect();
	const ring = (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1) || s.boxShadow !== "none";
	return { at: Number(e.dataset.apptest ?? -2), html: e.outerHTML.slice(0, 120), ring, inView: r.bottom > 0 && r.top < innerHeight && r.width > 0 && r.height > 0,
		wide: r.width, high: r.height, inline: s.display === "inline" || e.tagName === "INPUT" };
})()`

func tabThrough(p *tab, path string) {
	p.Helper()
	want := eval[[]string](p, focusable)
	last := -1
	for range len(want) * 3 {
		p.pressTab()
		f := eval[struct {
			At           int
			HTML         string
			Ring, InView bool
		}](p, focused)
		if f.At == -1 || f.At == 0 && last == len(want)-1 {
			break // beyond the last control
		}
		if f.At == -2 {
			continue // the parts of a date field, or of a player
		}
		if f.At != last && f.At != last+1 {
			if f.At <= last {
				p.Errorf("%s: Tab goes back from %s to %s", path, want[last], f.HTML)
				return
			}
			p.Errorf("%s: Tab skips %s", path, strings.Join(want[last+1:f.At], "; "))
		}
		if !f.Ring {
			p.Errorf("%s: the focus cannot be seen on %s", path, f.HTML)
		}
		if !f.InView {
			p.Errorf("%s: what has the focus is out of view: %s", path, f.HTML)
		}
		last = f.At
	}
	if last != len(want)-1 {
		p.Errorf("%s: Tab ends at control %d of %d: %s", path, last+1, len(want), want[max(last, 0)])
	}
}

// TestKeyboardUses works the controls by keyboard.
func TestKeyboardUses(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1440, 900, "light")
	p.open(insights + "code-generation")
	p.pressTab()
	if !eval[bool](p, `document.activeElement.matches(".skip") && document.activeElement.getBoundingClientRect().left >= 0`) {
		t.Error("the first Tab does not show the skip link")
	}
	p.pressEnter()
	p.wait("the focus in the main part", `document.activeElement.id === "main"`)
	p.pressTab()
	if !eval[bool](p, `document.querySelector("main").contains(document.activeElement)`) {
		t.Error("after the skip link, Tab is not in the main part")
	}
	at := func(what, selector string) {
		p.Helper()
		eval[bool](p, fmt.Sprintf(`(document.querySelector(%q).focus(), document.activeElement === document.querySelector(%q))`, selector, selector))
		p.wait("the focus on "+what, fmt.Sprintf(`document.activeElement === document.querySelector(%q)`, selector))
	}
	at("filter", "details.filter > summary")
	p.pressEnter()
	p.wait("the filter to open", `document.querySelector("details.filter").open`)
	p.pressTab()
	if !eval[bool](p, `document.querySelector("details.filter form").contains(document.activeElement)`) {
		t.Error("Tab does not go into the open filter")
	}
	p.do("space", chromedp.KeyEvent(" "))
	p.wait("the first value chosen", `document.querySelector("details.filter input:checked")`)
	p.key("Escape", 27, "")
	p.wait("Escape to close the filter, the focus on its button", `!document.querySelector("details.filter").open && document.activeElement === document.querySelector("details.filter > summary")`)

	at("table", "#daily [data-table]")
	p.pressEnter()
	p.wait("the table", `document.querySelector("#daily").classList.contains("shows-table") && document.querySelector("#daily [data-table]").ariaExpanded === "true"`)
	p.pressEnter()
	p.wait("the chart", `!document.querySelector("#daily").classList.contains("shows-table")`)

	at("reconciliation", "#reconciliation > summary")
	p.pressEnter()
	p.wait("the reconciliation", `document.querySelector("#reconciliation").open`)

	eval[bool](p, `window.apptestOld = true`)
	at("7 days", "nav.segment > a:first-child")
	p.pressEnter()
	p.wait("7 days", `window.apptestOld === undefined && location.search === "?days=7"`)
	p.settle()
	p.clean("keyboard")
}

// TestTargets measures controls: at least 24 pixels each way, or with that much
// room to themselves (links within text are free of it); a choice's target is its label.
func TestTargets(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1440, 900, "light")
	for _, path := range pages {
		p.open(path)
		small := eval[[]string](p, `[...document.querySelectorAll("button, summary, select, a.button, nav a, input:not([type=hidden]):not([type=checkbox])")]
			.filter((e) => e.checkVisibility({ visibilityProperty: true })).map((e) => [e, (e.type === "radio" && e.closest("label") || e).getBoundingClientRect()])
			.filter(([e, r]) => r.width > 0 && (r.width < 23.5 || r.height < 23.5)).map(([e, r]) => Math.round(r.width) + "×" + Math.round(r.height) + " " + e.outerHTML.slice(0, 100))`)
		if len(small) > 0 {
			t.Errorf("%s: targets under 24 pixels: %s", path, strings.Join(small, "\n"))
		}
	}
}
