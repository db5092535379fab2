package web

import (
	"context"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/directory"
	"codegauge/internal/directory/sqldirectory"
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
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		// Two processes: a notice of one is shown by the other.
		n, other := &notices{sqldirectory.New(open(t))}, &notices{sqldirectory.New(open(t))}
		owner, somebody := access.NewOperator(), &access.Principal{Kind: access.Signed, Person: directory.Person{ID: 7}}
		put := func(notice Notice) string {
			t.Helper()
			id, err := n.put(t.Context(), notice, owner)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		take := func(id string, who *access.Principal) *Notice {
			t.Helper()
			got, err := other.take(t.Context(), id, who)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		id := put(Notice{Text: "made", Secret: "s", Label: "l", Wrong: true})
		if take(id, somebody) != nil {
			t.Error("somebody else gets the notice")
		}
		if got := take(id, owner); got == nil || *got != (Notice{Text: "made", Secret: "s", Label: "l", Wrong: true}) {
			t.Errorf("got %v", got)
		}
		if take(id, owner) != nil {
			t.Error("a notice is shown twice")
		}
		first, second := put(Notice{}), put(Notice{})
		for range maxNotices - 1 {
			put(Notice{})
		}
		if take(first, owner) != nil || take(second, owner) == nil {
			t.Errorf("more or less than %d notices are kept", maxNotices)
		}
	})
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
