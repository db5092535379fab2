package sqlstore

import (
	"context"
	"testing"

	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/store"
	"codegauge/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// both is a store that compares records without cells with those that have them before each
// question.
type both struct {
	*Store
	t *testing.T
}

func (s both) Query(ctx context.Context, q query.Query) (*query.Result, error) {
	s.t.Helper()
	var want, got []query.UserRecord
	err := s.Read(ctx, q.Scope.Enterprise, func(r query.Rollups) error {
		want, got = nil, nil // it may be the second time
		err := r.Records(ctx, q.Scope.Enterprise, day.Always, nil, func(rec *query.UserRecord) error {
			want = append(want, *rec)
			want[len(want)-1].Cells = nil
			return nil
		})
		if err != nil {
			return err
		}
		return r.Wholes(ctx, day.Always, func(rec *query.UserRecord) error {
			got = append(got, *rec)
			return nil
		})
	})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		s.t.Errorf("%v, records with cells -, without +\n%s", err, diff)
	}
	return s.Store.Query(ctx, q)
}

// TestWholes compares random records read without and with their cells, of one kind of data and
// of several.
func TestWholes(t *testing.T) {
	eachEngine(t, func(t *testing.T, open func(t *testing.T) store.Store) {
		storetest.Compare(t, 7, 8, func(t *testing.T) store.Store { return both{open(t).(*Store), t} })
	})
}
