package web

import (
	"context"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/directory"
)

// fakeAdmin knows the settings of the first start, and notes who is looked at.
type fakeAdmin struct {
	Administration
	privacy directory.Privacy
	viewed  [][]string
}

func (f *fakeAdmin) InForce(context.Context, int64) (directory.Privacy, error) { return f.privacy, nil }

func (f *fakeAdmin) Viewed(_ context.Context, _ directory.Entity, _ string, users ...string) error {
	f.viewed = append(f.viewed, users)
	return nil
}

func TestPerPersonViews(t *testing.T) {
	a := &fakeAdmin{privacy: directory.DefaultPrivacy()}
	web, err := New(newFake(), Options{StageDir: t.TempDir(), Admin: a})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.Close() })
	h := serveAll(web)
	const users = "/enterprises/acme/insights/users"
	if body := get(t, h, users).Body.String(); !strings.Contains(body, "Per-person views are off") || strings.Contains(body, "u01") {
		t.Error("users are shown though per-person views are off")
	}
	if w := get(t, h, base+"?where=user%3Du01"); w.Code != 403 {
		t.Errorf("a filter by user is answered with %d though per-person views are off", w.Code)
	}
	if len(a.viewed) != 0 {
		t.Errorf("views are noted that were none: %v", a.viewed)
	}
	a.privacy.PersonViews = true
	if w := get(t, h, base+"?where=user%3Du01"); w.Code != 200 || len(a.viewed) != 1 || a.viewed[0][0] != "u01" {
		t.Errorf("status %d, views %v", w.Code, a.viewed)
	}
	if get(t, h, base+"?where=user%3Du01"); len(a.viewed) != 2 {
		t.Error("a view of a page that is kept is not noted")
	}
}

func TestNoticesAreShownOnce(t *testing.T) {
	n, owner := newNotices(), access.NewOperator()
	other := &access.Principal{Kind: access.Signed, Person: directory.Person{ID: 7}}
	id := n.put(Notice{Text: "made", Secret: "s"}, owner)
	if n.take(id, other) != nil {
		t.Error("somebody else gets the notice")
	}
	if got := n.take(id, owner); got == nil || got.Secret != "s" {
		t.Errorf("got %v", got)
	}
	if n.take(id, owner) != nil {
		t.Error("a notice is shown twice")
	}
	first := n.put(Notice{}, owner)
	for range maxNotices {
		n.put(Notice{}, owner)
	}
	if n.take(first, owner) != nil || len(n.order) != maxNotices {
		t.Errorf("%d notices are kept, want %d", len(n.order), maxNotices)
	}
}

func TestDaysThatRetentionLeft(t *testing.T) {
	f := newFake()
	web, err := New(f, Options{StageDir: t.TempDir(), Admin: &fakeAdmin{privacy: directory.Privacy{PersonViews: true}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.Close() })
	h := serveAll(web)
	const users, says = "/enterprises/acme/insights/users", "Removed by retention"
	if body := get(t, h, users).Body.String(); strings.Contains(body, says) {
		t.Error("the page says that something was removed, though nothing was")
	}
	f.totalsOnly, f.version = append(f.totalsOnly, f.span().To), f.version+1
	if body := get(t, h, users).Body.String(); !strings.Contains(body, says) {
		t.Error("the page does not say why it is empty")
	}
}
