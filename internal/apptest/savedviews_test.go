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
	// A name that is taken is refused beside the field, and what was typed stays.
	p.press("saved views", "details.views > summary")
	p.do("name it again", chromedp.SendKeys(chromedp.CSS(`#view-name`), "Copilot this quarter"))
	p.follow("save", ".views form button")
	if got := eval[string](p, `document.querySelector("#view-name[aria-invalid=true]").value + ": " + document.querySelector("#" + document.querySelector("#view-name").getAttribute("aria-describedby")).textContent`); got != "Copilot this quarter: You already have a saved view called \"Copilot this quarter\"." {
		t.Errorf("the form that was refused: %q", got)
	}
	p.reset() // the browser notes the status
	eval[bool](p, `(document.querySelector("#view-name").value += ", again") !== ""`)
	p.follow("save", ".views form button")
	if !eval[bool](p, `document.querySelector(".since").textContent.includes("“Copilot this quarter, again”")`) || eval[string](p, `location.pathname`) != eval[string](p, `new URL(`+string(quote(saved))+`, location).pathname`) {
		t.Errorf("saved under another name, it is at %s", eval[string](p, `location.href`))
	}
	p.open(saved)
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
	p.wait("the new name", `[...document.querySelectorAll("#saved-views th a")].some((a) => a.textContent === "Ours")`)
	p.clean("saved views without script")
	eval[bool](p, `([...document.querySelectorAll("#saved-views input[name=name]")].find((i) => i.value !== "Ours").value = "Ours") !== ""`)
	p.press("rename to a name that is taken", `#saved-views tr:not(:has([value="Ours"])) button[value="rename-view"]`)
	p.wait("why it is refused, beside the name", `document.querySelector("#saved-views [aria-invalid]")?.value === "Ours" && document.querySelector("#saved-views form .wrong").textContent.includes("already have")`)
	if got := eval[[]string](p, `[...document.querySelectorAll("#saved-views th a")].map((a) => a.textContent)`); len(got) != 2 || got[0] == got[1] {
		t.Errorf("after a renaming that was refused the views are %q", got)
	}
	p.reset()
	for range 2 {
		p.press("delete", `#saved-views button[value="remove-view"]`)
		p.wait("one view less", `document.querySelector("[role=status]")?.textContent.includes("is deleted")`)
		p.open("/me/acme")
	}
	p.wait("no view", `document.querySelector("#saved-views .nothing")`)
	p.clean("saved views without script")
}
