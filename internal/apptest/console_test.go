package apptest

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func TestPagesAreClean(t *testing.T) {
	p := newTab(t, demo.url)
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1440, 390} {
			p.look(width, 900, scheme)
			for _, path := range pages {
				p.open(path)
				p.clean(name(path))
			}
		}
	}
}

// TestControlsAreClean uses every control of the dashboard, and expects what it
// promises to happen without an error or a violation of the page's policy.
func TestControlsAreClean(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1440, 900, "light")
	p.open(insights + "code-generation")

	for i, days := range []string{"7", "14", "28", "90", "365"} {
		p.follow(days+" days", `nav.segment > a:nth-child(`+string(rune('1'+i))+`)`)
		p.wait(days+" days to be chosen", `document.querySelector("nav.segment > a[aria-current]").textContent.includes("`+days+`")`)
		if want := map[bool]string{true: "", false: days}[days == "28"]; eval[string](p, `new URLSearchParams(location.search).get("days") ?? ""`) != want {
			t.Errorf("the address of %s days is %s", days, eval[string](p, `location.href`))
		}
		p.clean(days + " days")
	}
	p.press("custom", `details.custom > summary`)
	eval[bool](p, `(() => { const f = document.querySelector("details.custom form"); f.from.value = f.to.value.slice(0, 8) + "01"; return true; })()`)
	p.follow("apply dates", `details.custom button[type=submit]`)
	p.wait("dates in the address", `new URLSearchParams(location.search).get("from")`)
	p.clean("custom window")

	for _, c := range []struct{ what, selector, seen string }{
		{"compare", `a.toggle[href*="compare=1"]`, `compare=1`},
		{"parity", `a.toggle[href*="parity=1"]`, `parity=1`},
		{"split", `#daily header nav a:nth-child(2)`, `split=initiator`},
		{"own scale", `a.scale`, `scale=own`},
	} {
		p.open(insights + "code-generation")
		p.follow(c.what, c.selector)
		p.wait(c.what+" in the address", `location.search.includes("`+c.seen+`")`)
		if !eval[bool](p, `document.querySelectorAll("#daily canvas").length === 1`) {
			t.Errorf("%s: the daily chart is gone", c.what)
		}
		p.clean(c.what)
	}
	// Not chromedp's NavigateBack: a page that the browser kept fires no load
	// event, which that waits for.
	eval[bool](p, `(setTimeout(() => history.back()), true)`)
	p.wait("Back to undo the switch", `!location.search.includes("scale=own")`)
	p.settle()

	p.press("filter", `details.filter > summary`)
	p.press("a model", `details.filter input[value^="model="]`)
	p.follow("apply", `details.filter button[type=submit]`)
	p.wait("a chip", `document.querySelector(".chips .chip")`)
	p.clean("filter")
	p.follow("remove the chip", `.chips .chip a`)
	p.wait("no chip", `!document.querySelector(".chips .chip")`)

	for _, card := range eval[[]string](p, `[...document.querySelectorAll(".card[id] [data-table]")].map((b) => b.closest(".card").id)`) {
		shown := `document.querySelector("#` + card + ` .data table").getBoundingClientRect().height > 40`
		p.press("table of "+card, `#`+card+` [data-table]`)
		p.wait("the table of "+card, shown)
		p.press("chart of "+card, `#`+card+` [data-table]`)
		p.clean("table of " + card)
	}
	for _, card := range eval[[]string](p, `[...document.querySelectorAll(".card[id] details.menu")].map((b) => b.closest(".card").id)`) {
		p.press("menu of "+card, `#`+card+` details.menu > summary`)
		p.wait("the menu of "+card, `document.querySelector("#`+card+` details.menu").open`)
		if eval[bool](p, `!!document.querySelector("#`+card+` [data-copy]")`) {
			p.press("copy "+card, `#`+card+` [data-copy]`)
		}
		p.do("escape", chromedp.KeyEvent("\u001b"))
		p.wait("the menu of "+card+" to close", `!document.querySelector("#`+card+` details.menu").open`)
		p.clean("menu of " + card)
	}
	for range 2 {
		before := eval[string](p, `getComputedStyle(document.body).backgroundColor`)
		p.press("theme", `[data-theme-switch]`)
		p.wait("other colours", `getComputedStyle(document.body).backgroundColor !== "`+before+`"`)
		p.clean("theme")
	}
	p.press("reconciliation", `#reconciliation > summary`)
	p.wait("the reconciliation", `document.querySelector("#reconciliation").open`)

	p.follow("a bar", `.bytool tbody a`)
	p.wait("a chip of the tool", `document.querySelector(".chips .chip")`)
	p.clean("drill down")
}

// TestClickOnMark clicks a bar of a chart: it becomes a filter.
func TestClickOnMark(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1440, 900, "light")
	p.open(insights + "code-generation")
	eval[bool](p, `(document.querySelector("#agent-model").scrollIntoView({ block: "center", behavior: "instant" }), window.apptestOld = true)`)
	at := eval[struct{ X, Y float64 }](p, `(() => {
		const { chart } = window.codegauge.charts["agent-model"];
		const bar = chart.getDatasetMeta(0).data[0].getCenterPoint();
		const box = chart.canvas.getBoundingClientRect();
		return { x: box.left + bar.x, y: box.top + bar.y };
	})()`)
	p.do("click the first bar", chromedp.MouseClickXY(at.X, at.Y))
	p.wait("the filter", `window.apptestOld === undefined && location.search.includes("where=model")`)
	p.settle()
	p.clean("click on a mark")
}

// TestPrints sees that charts are drawn on paper.
func TestPrints(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1440, 900, "dark")
	p.open(insights + "code-generation")
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	eval[bool](p, `(dispatchEvent(new Event("beforeprint")), true)`)
	time.Sleep(200 * time.Millisecond)
	if !eval[bool](p, `document.querySelector(".lead-sentence").checkVisibility()`) {
		t.Error("print does not begin with the sentence")
	}
	// Ink is any pixel that is not see-through.
	blank := eval[[]string](p, `[...document.querySelectorAll("[data-chart]")].filter((c) => {
		const canvas = c.querySelector("canvas");
		if (!canvas) return false;
		const { width, height } = canvas;
		if (!width || !height) return true;
		const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
		for (let i = 3; i < pixels.length; i += 4) if (pixels[i]) return false;
		return true;
	}).map((c) => c.id)`)
	if len(blank) > 0 {
		t.Errorf("blank on paper: %v", blank)
	}
	narrow := eval[[]string](p, `[...document.querySelectorAll("[data-chart]")].filter((c) => {
		const canvas = c.querySelector("canvas");
		return canvas && Math.abs(canvas.getBoundingClientRect().width - canvas.parentElement.clientWidth) > 2;
	}).map((c) => c.id)`)
	if len(narrow) > 0 {
		t.Errorf("not as wide as the paper: %v", narrow)
	}
	p.clean("print")
}
