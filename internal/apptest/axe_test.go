package apptest

import (
	_ "embed"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe/axe.min.js
var axe string

// violation is what axe-core found.
type violation struct {
	ID, Help string
	Nodes    []string
}

// runAxe returns violations of any rule that axe-core has. What axe cannot see
// because it is folded is unfolded, except menus: they lie over the page.
const runAxe = `(() => {
	for (const d of document.querySelectorAll("details:not(.menu):not(.github):not(.fold)")) d.open = true;
	return axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations.map((v) => ({
		id: v.id, help: v.help, nodes: v.nodes.map((n) => n.target.join(" ") + " " + n.html.slice(0, 160) + " — " + n.failureSummary),
	})));
})()`

// openMenus opens one menu after the other, and returns what axe finds in each.
const openMenus = `(async () => {
	const out = [];
	const seen = new Set();
	for (const menu of document.querySelectorAll("details.menu, details.github, details.fold")) {
		const kind = menu.className + " " + (menu.closest(".card")?.className ?? "");
		if (seen.has(kind) || !menu.checkVisibility()) continue;
		seen.add(kind);
		menu.open = true;
		for (const v of (await axe.run(menu.querySelector(".pop") ?? menu, { resultTypes: ["violations"] })).violations) {
			out.push({ id: v.id, help: v.help, nodes: v.nodes.map((n) => "open " + kind + ": " + n.target.join(" ") + " " + n.html.slice(0, 160) + " — " + n.failureSummary) });
		}
		menu.open = false;
	}
	return out;
})()`

// looks are how every page is looked at.
var looks = []struct {
	scheme string
	width  int64
}{{"light", wide}, {"dark", wide}, {"light", narrow}, {"dark", narrow}}

// The widths, in pixels.
const (
	wide   = 1280
	narrow = 320
)

// TestAccessible looks at each page in one of both schemes and widths, the next page in the
// next; in make soak at all in all ways.
func TestAccessible(t *testing.T) {
	for n, look := range looks {
		p := axeTab(t) // each has its own time
		for i, path := range pages {
			if i%len(looks) == n || os.Getenv("CODEGAUGE_SOAK") != "" {
				accessible(p, path, look.scheme, look.width)
			}
		}
	}
}

// TestOtherStatesAreAccessible looks at states that have elements of their own,
// each once.
func TestOtherStatesAreAccessible(t *testing.T) {
	p := axeTab(t)
	for i, path := range []string{
		insights + "code-generation?split=initiator&compare=1&days=90",
		insights + "code-generation?parity=1",
		insights + "code-generation?where=model%3Dno-such-model",
		insights + "code-generation?from=2001-01-01&to=2001-01-31",
		insights + "code-generation?days=none",
	} {
		accessible(p, path, looks[i%len(looks)].scheme, looks[i%len(looks)].width)
	}
}

// TestOtherRolesAreAccessible looks at what is hidden from some, and at a
// person's page.
func TestOtherRolesAreAccessible(t *testing.T) {
	p := axeTab(t)
	person := aPerson(p)
	for i, look := range looks {
		if i%2 == 0 {
			accessible(p, person, look.scheme, look.width)
		}
	}
	for i, c := range rolePages {
		p.look(1280, 900, "light")
		p.as(c.role)
		accessible(p, c.path, looks[i%len(looks)].scheme, looks[i%len(looks)].width)
	}
	p.look(1280, 900, "light")
	p.as("enterprise-owner")
}

// TestMenusAreAccessible looks at menus as they are in use: saved views of which there is one,
// a filter that is searched, and the form of a view whose name was refused.
func TestMenusAreAccessible(t *testing.T) {
	p := axeTab(t)
	look := looks[3]
	p.look(look.width, 900, look.scheme)
	save := func() {
		p.press("saved views", "details.views > summary")
		p.do("name it", chromedp.SendKeys(chromedp.CSS(`#view-name`), "A look"))
		p.follow("save", ".views form button")
	}
	check := func(at, menu string) {
		p.do("inject axe", chromedp.Evaluate[chromedp.Void](axe+";0"))
		report(p, at, eval[[]violation](p, `axe.run(document.querySelector(`+strconv.Quote(menu)+`), { resultTypes: ["violations"] }).then((r) => r.violations.map((v) => ({ id: v.id, help: v.help, nodes: v.nodes.map((n) => n.target.join(" ") + " " + n.html.slice(0, 160) + " — " + n.failureSummary) })))`))
		if has := eval[int64](p, `document.documentElement.scrollWidth`); has > look.width {
			t.Errorf("%s: the page is %d pixels wide", at, has)
		}
	}
	p.open(insights + "code-generation")
	save()
	p.press("saved views", "details.views > summary")
	check("saved views", "details.views")
	eval[bool](p, `document.querySelector("details.views").open = false`)
	p.press("filter", "details.filter > summary")
	eval[bool](p, `document.querySelector("#search-language").focus() === undefined`)
	p.do("search", chromedp.KeyEvent("script"))
	p.wait("what is found", `document.querySelector("fieldset:has(#search-language) .found").textContent.includes(" of ")`)
	check("a search of filters", "details.filter")
	eval[bool](p, `document.querySelector("details.filter").open = false`)
	save()
	check("a refused view", "main")
	p.open("/me/acme")
	p.press("delete", `#saved-views button[value="remove-view"]`)
	p.wait("no view", `document.querySelector("#saved-views .nothing")`)
}

// axeTab opens a tab without the pages' policy, which forbids what axe injects;
// the policy itself is tested elsewhere, in tabs where it holds.
func axeTab(t *testing.T) *tab {
	t.Helper()
	p := newTab(t, demo.url)
	call(p, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
	return p
}

func accessible(p *tab, path, scheme string, width int64) {
	p.Helper()
	at := fmt.Sprintf("%s %s %d", name(path), scheme, width)
	p.look(width, 900, scheme)
	p.open(path)
	p.do("inject axe", chromedp.Evaluate[chromedp.Void](axe+";0"))
	report(p, at, eval[[]violation](p, runAxe))
	if width == wide && path == insights+"code-generation" {
		report(p, at, eval[[]violation](p, openMenus))
	}
	if has := eval[int64](p, `document.documentElement.scrollWidth`); has > width {
		p.Errorf("%s: the page is %d pixels wide, so it scrolls sideways", at, has)
	}
}

// report fails the test for violations; each kind is shown once with its first elements.
func report(p *tab, at string, violations []violation) {
	p.Helper()
	for _, v := range violations {
		p.Errorf("%s: %s (%s) in %d places, first %s", at, v.ID, v.Help, len(v.Nodes), v.Nodes[0])
	}
}
