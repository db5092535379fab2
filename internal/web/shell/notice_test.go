package shell

import (
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/directory"
	"codegauge/internal/directory/sqldirectory"
)

func TestNoticesAreShownOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		// Two processes: a notice of one is shown by the other.
		n, other := &notices{sqldirectory.New(open(t))}, &notices{sqldirectory.New(open(t))}
		owner, somebody := access.NewOperator(), &access.Principal{Kind: access.Signed, Person: directory.Person{ID: 7}}
		put := func(notice Notice) string {
			t.Helper()
			id, err := n.Put(t.Context(), notice, owner)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		take := func(id string, who *access.Principal) *Notice {
			t.Helper()
			got, err := other.Take(t.Context(), id, who)
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
