package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"testing"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
	"codegauge/internal/store/storetest"
)

// searched is a store of which every block is looked through after an erasure: of any
// revision, none has a row of an account that was erased, or names it.
type searched struct {
	*Store
	t *testing.T
}

func (s searched) Erase(ctx context.Context, r store.Erasure) (store.Removed, error) {
	s.t.Helper()
	before := s.rowsOf(r)
	done, err := s.Store.Erase(ctx, r)
	switch after := s.rowsOf(r); {
	case err != nil:
	case r.Preview && after != before:
		s.t.Errorf("a preview left %d of %d rows of %v", after, before, r.Identities)
	case !r.Preview && after > 0:
		s.t.Errorf("%d of %d rows of %v are left in blocks", after, before, r.Identities)
	}
	return done, err
}

// rowsOf counts the rows of erased accounts, and those whose JSON names an identity.
func (s searched) rowsOf(r store.Erasure) int {
	s.t.Helper()
	ctx := s.t.Context()
	erased := map[int32]bool{}
	var words [][]byte
	for _, i := range r.Identities {
		for _, w := range []string{i.UserID, i.Login} {
			if w != "" {
				words = append(words, []byte(w))
			}
		}
	}
	err := eachAccounts(ctx, s.db, r.Enterprise, func(first int32, list []account) error {
		for i := range list {
			id := first + int32(i)
			erased[id] = id > 0 && list[i].erased()
			for _, w := range words {
				erased[id] = erased[id] || string(w) == list[i].userID || string(w) == list[i].login
			}
		}
		return nil
	}, `body IS NOT NULL`)
	if err != nil {
		s.t.Fatal(err)
	}
	n := 0
	err = database.Each(ctx, s.db, func(rows *sql.Rows) error {
		var kind report.Kind
		var b block
		if err := rows.Scan(&kind, &b.totals, &b.facts, &b.rest); err != nil {
			return err
		}
		list, err := b.appendRows(nil, kind, nil, whole)
		for i := range list {
			if row := &list[i]; erased[row.Account] || kind == report.RepoDay && names(row.Passthrough, words) {
				n++
			}
		}
		return err
	}, `SELECT kind, totals, facts, rest FROM block WHERE enterprise = ? AND totals IS NOT NULL`, r.Enterprise)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// TestErasureInBlocks runs the suites that erase people, and looks through the blocks.
func TestErasureInBlocks(t *testing.T) {
	eachEngine(t, func(t *testing.T, open func(t *testing.T) store.Store) {
		looked := func(t *testing.T) store.Store { return searched{open(t).(*Store), t} }
		t.Run("rules", func(t *testing.T) { storetest.Erasure(t, looked) })
		t.Run("data sets", func(t *testing.T) { storetest.Compare(t, 5, 8, looked) })
		t.Run("any order", func(t *testing.T) { storetest.Replay(t, 5, 8, looked) })
	})
}

// TestDeletionTakesUndone deletes everything after an import was undone: nothing of
// what it brought is left in the database.
func TestDeletionTakesUndone(t *testing.T) {
	eachEngine(t, func(t *testing.T, open func(t *testing.T) store.Store) {
		s := open(t).(*Store)
		imported, err := s.Import(t.Context(), store.Import{At: time.Now()}, &once{items: userDays("1", 20_000)})
		if err != nil {
			t.Fatal(err)
		}
		blocks := func() int {
			list, err := database.Collect(t.Context(), s.db, func(rows *sql.Rows) (n int, err error) { return n, rows.Scan(&n) }, `SELECT COUNT(*) FROM block WHERE totals IS NOT NULL`)
			if err != nil {
				t.Fatal(err)
			}
			return list[0]
		}
		if _, err := s.Delete(t.Context(), store.Deletion{Enterprise: 1, Import: imported.ID}); err != nil {
			t.Fatal(err)
		}
		if blocks() == 0 {
			t.Fatal("nothing is kept of an import that was undone")
		}
		if _, err := s.Delete(t.Context(), store.Deletion{Enterprise: 1}); err != nil {
			t.Fatal(err)
		}
		if n := blocks(); n != 0 {
			t.Errorf("%d blocks are left", n)
		}
	})
}

// TestErasePart erases one of the two accounts of a person: the other is found by its
// own number then, also on the days that it has alone.
func TestErasePart(t *testing.T) {
	eachEngine(t, func(t *testing.T, open func(t *testing.T) store.Store) {
		s := open(t).(*Store)
		items := slices.Concat(userDays("1", 20_000), userDays("2", 20_000, 20_001))
		importAndLink(t, s, items, store.Links{Enterprise: 1, At: time.Now(), People: []store.PersonOf{
			{Tool: "copilot", UserID: "1", Person: 7}, {Tool: "copilot", UserID: "2", Person: 7}}})
		eraseUser(t, s, "1")
	})
}

// TestEraseBelonging erases somebody whom the directory puts into an organization: on no
// day do they count there any more, also not on one without a record of theirs.
func TestEraseBelonging(t *testing.T) {
	eachEngine(t, func(t *testing.T, open func(t *testing.T) store.Store) {
		s := open(t).(*Store)
		items := slices.Concat(userDays("1", 20_000, 20_001), userDays("2", 20_000))
		importAndLink(t, s, items, store.Links{Enterprise: 1, At: time.Now(),
			People:  []store.PersonOf{{Tool: "copilot", UserID: "1", Person: 1}, {Tool: "copilot", UserID: "2", Person: 2}},
			Members: []store.MemberOf{{Person: 1, Organization: 5, Days: day.Always}, {Person: 2, Organization: 5, Days: day.Always}}})
		eraseUser(t, s, "2")
		for _, sc := range []query.Scope{{Enterprise: 1}, {Enterprise: 1, Organization: 5}} {
			err := s.Read(t.Context(), 1, func(r query.Rollups) error {
				units, err := r.Units(t.Context(), sc.Itself(), day.Range{From: 20_000, To: 20_001}, metric.Totals)
				for _, u := range units {
					if u.Members != nil && u.Members.GetCardinality() != 1 || u.Records > 1 {
						t.Errorf("%d people are in %d, want the one who is left", u.Members.GetCardinality(), u.Entity)
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// userDays are a user's records of the days.
func userDays(user string, days ...day.Day) (items []store.Item) {
	for _, d := range days {
		items = append(items, store.Item{Enterprise: 1, Source: 1, Tool: "copilot", Version: time.Unix(1, 0),
			Record: &report.Record{Kind: report.UserDay, Day: d, UserID: user}})
	}
	return items
}

// eraseUser erases who has a user id, and verifies what is stored.
func eraseUser(t *testing.T, s *Store, user string) {
	t.Helper()
	known, err := s.Identities(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	known = slices.DeleteFunc(known, func(i store.Identity) bool { return i.UserID != user })
	if len(known) != 1 {
		t.Fatalf("user %s is %v", user, known)
	}
	if _, err := s.Erase(t.Context(), store.Erasure{Enterprise: 1, Identities: known, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	verified(t, s)
}

// importAndLink imports records, links their people, and verifies what is stored.
func importAndLink(t *testing.T, s *Store, items []store.Item, links store.Links) {
	t.Helper()
	if _, err := s.Import(t.Context(), store.Import{At: time.Now()}, &once{items: items}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Link(t.Context(), links); err != nil {
		t.Fatal(err)
	}
	verified(t, s)
}

// verified verifies what is stored.
func verified(t *testing.T, s *Store) {
	t.Helper()
	if found, err := s.Verify(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("verify: %v, %v", found, err)
	}
}
