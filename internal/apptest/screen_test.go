package apptest

import "testing"

// TestFirstScreen sees whether 1440 × 900 pixels hold what has to be seen at once.
func TestFirstScreen(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1440, 900, "light")
	p.open(insights + "code-generation")
	type box struct{ Top, Bottom, Left, Right, Width, Height float64 }
	at := func(selector string) box {
		t.Helper()
		return eval[box](p, `(({ top, bottom, left, right, width, height }) => ({ top, bottom, left, right, width, height }))(
			document.querySelector("`+selector+`")?.getBoundingClientRect() ?? { top: -1, bottom: 1e6, left: 0, right: 1e6, width: 0, height: 0 })`)
	}
	for _, selector := range []string{"header.top", "nav.side .unfolded", ".title", ".chips", ".strip",
		".tile:nth-child(1)", ".tile:nth-child(2)", ".tile:nth-child(3)", ".tile:nth-child(4)", "#daily canvas", "#by-mode h2"} {
		b := at(selector)
		if b.Width == 0 || b.Height == 0 || b.Top < 0 || b.Left < 0 || b.Right > 1440 || b.Bottom > 900 && selector != "nav.side .unfolded" {
			t.Errorf("%s is not whole on the first screen: %+v", selector, b)
		}
	}
	if side := at("nav.side"); side.Width != 232 {
		t.Errorf("the sidebar is %v pixels wide, not 232", side.Width)
	}
	if n := eval[int](p, `document.querySelectorAll(".tile").length`); n != 4 {
		t.Errorf("%d cards, not 4", n)
	}
	for _, card := range []string{"user-mode", "agent-mode"} {
		first := eval[float64](p, `(() => {
			const { chart } = window.codegauge.charts["`+card+`"];
			return chart.canvas.getBoundingClientRect().top + chart.getDatasetMeta(0).data[0].y;
		})()`)
		if first > 900 {
			t.Errorf("the first bar of %s is at %.0f pixels, below the first screen", card, first)
		}
	}
	shift := eval[float64](p, `new Promise((done) => {
		let sum = 0;
		new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value; }).observe({ type: "layout-shift", buffered: true });
		setTimeout(() => done(sum), 300);
	})`)
	if shift > 0.02 {
		t.Errorf("the layout shifts by %.3f, at most 0.02", shift)
	}
}
