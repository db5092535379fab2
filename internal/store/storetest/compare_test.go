package storetest

import (
	"context"
	"strings"
	"testing"

	"codegauge/internal/query"
	"codegauge/internal/store"
	"codegauge/internal/store/oracle"
)

// forgetful is a store that answers by tool as if every tool were Copilot.
type forgetful struct{ store.Store }

func (f forgetful) Query(ctx context.Context, q query.Query) (*query.Result, error) {
	res, err := f.Store.Query(ctx, q)
	if err == nil && len(res.Rows) > 0 && len(q.By) > 0 && q.By[0] == "tool" {
		for _, row := range res.Rows {
			row[0] = "copilot"
		}
	}
	return res, err
}

// TestCompareFindsAndShrinks checks that random data notices a store with a
// fault, and that what is printed then is small enough to read.
func TestCompareFindsAndShrinks(t *testing.T) {
	open := func(*testing.T) store.Store { return forgetful{oracle.New()} }
	q, err := ParseQuery("loc_added,active_users by tool 2026-04-01..2026-05-31")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		steps := newDice(1, i).steps()
		both := pair{want: oracle.New(), got: open(t)}
		if err := both.apply(steps); err != nil {
			t.Fatal(err)
		}
		err := both.sameAnswer(q)
		if err == nil {
			continue
		}
		steps, err = shrink(steps, err, func(fewer []step) error {
			both := pair{want: oracle.New(), got: open(t)}
			if err := both.apply(fewer); err != nil {
				return nil
			}
			return both.sameAnswer(q)
		})
		if text := scriptOf(steps); err == nil || strings.Count(text, `"day"`) != 1 || len(text) > 300 {
			t.Errorf("case %d shrank to:\n%s\n%v", i, text, err)
		}
		return
	}
	t.Error("100 random cases did not show the fault")
}
