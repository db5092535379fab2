package web

import (
	"strings"
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/web/webtest"
)

func TestPerPersonViews(t *testing.T) {
	a := &webtest.Privacy{Settings: directory.DefaultPrivacy()}
	web, err := New(webtest.New(), Options{StageDir: t.TempDir(), Privacy: a})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.Close() })
	h := serveAll(web)
	const users = "/enterprises/acme/insights/users"
	if body := webtest.Get(t, h, users).Body.String(); !strings.Contains(body, "Per-person views are off") || strings.Contains(body, "u01") {
		t.Error("users are shown though per-person views are off")
	}
	if w := webtest.Get(t, h, webtest.Base+"?where=user%3Du01"); w.Code != 403 {
		t.Errorf("a filter by user is answered with %d though per-person views are off", w.Code)
	}
	if len(a.Looked) != 0 {
		t.Errorf("views are noted that were none: %v", a.Looked)
	}
	a.Settings.PersonViews = true
	if w := webtest.Get(t, h, webtest.Base+"?where=user%3Du01"); w.Code != 200 || len(a.Looked) != 1 || a.Looked[0][0] != "u01" {
		t.Errorf("status %d, views %v", w.Code, a.Looked)
	}
	if webtest.Get(t, h, webtest.Base+"?where=user%3Du01"); len(a.Looked) != 2 {
		t.Error("a view of a page that is kept is not noted")
	}
}

func TestDaysThatRetentionLeft(t *testing.T) {
	f := webtest.New()
	web, err := New(f, Options{StageDir: t.TempDir(), Privacy: &webtest.Privacy{Settings: directory.Privacy{PersonViews: true}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.Close() })
	h := serveAll(web)
	const users, says = "/enterprises/acme/insights/users", "Removed by retention"
	if body := webtest.Get(t, h, users).Body.String(); strings.Contains(body, says) {
		t.Error("the page says that something was removed, though nothing was")
	}
	f.TotalsOnly, f.Version = append(f.TotalsOnly, f.Span().To), f.Version+1
	if body := webtest.Get(t, h, users).Body.String(); !strings.Contains(body, says) {
		t.Error("the page does not say why it is empty")
	}
}

// TestOneRowAName: an id that several tools have is one row, which names the tools and has
// the figures that its own page has.
func TestOneRowAName(t *testing.T) {
	world := producttest.NewWorld(t)
	world.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-20", 10, 1), reporttest.User(1, "2026-11-20", 5, 2, `"tool":"claude_code"`), reporttest.User(2, "2026-11-20", 3, 0))
	h := serveAll(newWebOver(t, world))
	body := webtest.Get(t, h, "/enterprises/acme/insights/users").Body.String()
	var rows []string
	for row := range strings.SplitSeq(body, "<tr") {
		if strings.Contains(row, `data-key="u1"`) {
			rows = append(rows, row)
		}
	}
	if len(rows) != 1 || !strings.Contains(rows[0], `data-value="18"`) || !strings.Contains(rows[0], "GitHub Copilot, Claude Code") {
		t.Errorf("u1 has %d rows, want one of 18 lines and two tools: %q", len(rows), rows)
	}
	if !strings.Contains(body, "This is so of u1.") {
		t.Error("the page does not say that the row is of two tools")
	}
}
