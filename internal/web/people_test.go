package web

import (
	"strings"
	"testing"

	"codegauge/internal/directory"
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
