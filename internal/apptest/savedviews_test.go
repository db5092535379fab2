package apptest

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestSavedViews saves a filtered page by the keyboard, finds and opens it from another, and
// renames and deletes it without scripts.
func TestSavedViews(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "light")
	p.open(insights + "code-generation?days=90&where=tool%3Dcopilot&compare=1")
	p.do("focus the menu", chromedp.Focus("details.views > summary"))
	p.pressEnter()
	p.wait("the menu", `document.querySelector("#view-name").checkVisibility()`)
	p.pressTab()
	p.do("name it", chromedp.KeyEvent("Copilot this quarter"))
	p.pressEnter()
	p.wait("the saved page", `document.querySelector(".since")?.textContent.includes("“Copilot this quarter”, saved on")`)
	p.settle()
	saved := eval[string](p, `location.pathname + location.search`)
	if text := eval[string](p, `document.querySelector(".since").textContent`); text != eval[string](p, `document.querySelector(".since").innerText.replaceAll("\n", "")`) {
		t.Errorf("not all of the note is seen: %q", text)
	}
	p.open(insights + "impact")
	p.press("saved views", "details.views > summary")
	p.follow("the view", "details.views .actions a")
	if at := eval[string](p, `location.pathname + location.search`); at != saved {
		t.Errorf("the view is at %s, was at %s", at, saved)
	}
	for _, condition := range []string{`document.querySelector(".segment [aria-current]").textContent === "90d"`, `[...document.querySelectorAll(".chip")].some((c) => c.textContent.includes("Copilot"))`,
		`document.querySelector("details.views [aria-current]").textContent === "Copilot this quarter"`} {
		if !eval[bool](p, condition) {
			t.Errorf("the view has not %s", condition)
		}
	}
	// Any other page of it is no view.
	p.follow("another timeframe", `.segment a[href*="days=7"]`)
	if eval[bool](p, `document.querySelector(".since") !== null || document.querySelector("details.views [aria-current]") !== null || location.search.includes("data=")`) {
		t.Error("a page of 7 days is said to be the view")
	}
	p.clean("saved views")

	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	p.plain = true
	p.open("/me/acme")
	eval[bool](p, `(document.querySelector("#saved-views input[name=name]").value = "Ours") !== ""`)
	p.press("rename", `#saved-views button[value="rename-view"]`)
	p.wait("the new name", `document.querySelector("#saved-views th a")?.textContent === "Ours"`)
	p.press("delete", `#saved-views button[value="remove-view"]`)
	p.wait("no view", `document.querySelector("#saved-views .nothing")`)
	p.clean("saved views without script")
}
