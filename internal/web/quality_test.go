package web

import (
	"strings"
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/web/webtest"
)

// newWebOver is the pages over a world.
func newWebOver(t *testing.T, world *producttest.World) *Web {
	t.Helper()
	web, err := New(struct {
		*question.Answerer
		*intake.Intake
	}{world.Answerer, world.Intake}, Options{StageDir: t.TempDir(), Privacy: &webtest.Privacy{Settings: directory.Privacy{PersonViews: true}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.Close() })
	return web
}

// TestSourcesSayHowFresh: each source says how far it lies behind today, which days are missing,
// and which of them nobody has any longer; those to look at come first.
func TestSourcesSayHowFresh(t *testing.T) {
	world := producttest.NewWorld(t) // on 2026-11-24
	world.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2025-11-01", 10, 1), reporttest.User(1, "2026-11-19", 10, 1), reporttest.User(1, "2026-11-21", 10, 1))
	world.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 5, 2, `"tool":"claude_code"`))
	body := words(webtest.Get(t, serveAll(newWebOver(t, world)), "/enterprises/acme/insights/data-quality?from=2025-11-01&to=2026-11-21").Body.String())
	_, table, _ := strings.Cut(body, "days in the window. A record")
	late, good := strings.Index(table, "23 days behind today"), strings.Index(table, "3 days behind today: as GitHub promises")
	if late < 0 || good < late {
		t.Errorf("the late source, at %d, is not before the one that is as promised, at %d", late, good)
	}
	// GitHub has the year to the 24th.
	for _, want := range []string{"Lost for ever: 22 days within 2 – 23 Nov 2025", "22 lost for ever", "361 missing"} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %q: %.600s", want, table)
		}
	}
}
