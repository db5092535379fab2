package sqlstore

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
	"codegauge/internal/store/storetest"
)

// eachEngine runs a test of a store on every engine.
func eachEngine(t *testing.T, f func(t *testing.T, open func(t *testing.T) store.Store)) {
	for _, engine := range databasetest.Engines {
		t.Run(engine, func(t *testing.T) {
			f(t, func(t *testing.T) store.Store {
				t.Helper()
				return New(databasetest.Open(t, engine), Options{SpoolDir: t.TempDir()})
			})
		})
	}
}

func TestConformance(t *testing.T) { eachEngine(t, storetest.Run) }

func TestErasure(t *testing.T) { eachEngine(t, storetest.Erasure) }

func TestRetention(t *testing.T) { eachEngine(t, storetest.Retention) }

// TestRandomAgreesWithOracle compares with the plain Go reading of the same
// records; CODEGAUGE_CASES raises the number of data sets (make soak: 1,000).
func TestRandomAgreesWithOracle(t *testing.T) {
	eachEngine(t, func(t *testing.T, open func(t *testing.T) store.Store) { storetest.Compare(t, 1, 25, open) })
}

// TestWeeksAgreeWithOracle does so of weeks that were added up.
func TestWeeksAgreeWithOracle(t *testing.T) {
	eachEngine(t, func(t *testing.T, open func(t *testing.T) store.Store) { storetest.CompareWeeks(t, 1, 12, open) })
}

// TestReplayAgreesWithOracle imports files again, in any order;
// CODEGAUGE_REPLAYS raises the number of cases (make soak: 10,000).
func TestReplayAgreesWithOracle(t *testing.T) {
	eachEngine(t, func(t *testing.T, open func(t *testing.T) store.Store) { storetest.Replay(t, 1, 20, open) })
}

// TestInterruptedOpening ends imports while they read what is known of the enterprise: the
// next one numbers accounts as if they had not been.
func TestInterruptedOpening(t *testing.T) {
	s := New(databasetest.Open(t, databasetest.SQLite), Options{SpoolDir: t.TempDir()})
	records := func(first, n int) *once {
		o := &once{}
		for i := range n {
			o.items = append(o.items, store.Item{Enterprise: 1, Source: 1, Tool: "copilot", Version: time.Unix(int64(first), 0),
				Record: &report.Record{Kind: report.UserDay, Day: 20_000, UserID: fmt.Sprint(first + i), Seq: int64(i)}})
		}
		return o
	}
	if _, err := s.Import(t.Context(), store.Import{At: time.Now()}, records(1, 3000)); err != nil {
		t.Fatal(err)
	}
	for n := range 40 {
		s.enterprises = map[int64]*enterpriseState{}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Duration(n)*200*time.Microsecond, cancel)
		_, err := s.Import(ctx, store.Import{At: time.Now()}, records(10_000*(n+1), 2))
		cancel()
		if err == nil {
			continue
		}
		if _, err := s.Import(t.Context(), store.Import{At: time.Now()}, records(10_000*(n+1)+5000, 2)); err != nil {
			t.Fatalf("after import %d was interrupted: %v", n, err)
		}
	}
}

// once hands out its items at once.
type once struct {
	mu    sync.Mutex
	items []store.Item
}

func (o *once) Next(ctx context.Context, buf *store.Buffer) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.items == nil {
		return 0, io.EOF
	}
	buf.Items, o.items = o.items, nil
	return len(buf.Items), nil
}

func (o *once) Rejections() []report.Rejection            { return nil }
func (o *once) BeforeCommit(context.Context, int64) error { return nil }

// TestReadsOneRevision reads, after an import, by a look at versions of before it: what the
// import replaced is gone, so that nothing but the new state can be answered.
func TestReadsOneRevision(t *testing.T) {
	d := day.Date(2026, 9, 28)
	scope, r := query.Scope{Enterprise: 1}, day.Range{From: d, To: d}
	for name, count := range map[string]func(context.Context, *snapshot) (int64, error){
		"units": func(ctx context.Context, v *snapshot) (n int64, err error) {
			units, err := v.Units(ctx, scope.Itself(), r, metric.Totals)
			for _, u := range units {
				n += u.Records
			}
			return n, err
		},
		"sets": func(ctx context.Context, v *snapshot) (n int64, err error) {
			sets, err := v.Sets(ctx, scope.Itself(), r, []int32{query.Everyone})
			for k, people := range sets {
				if k.Cell == query.Everyone {
					n += int64(people.GetCardinality())
				}
			}
			return n, err
		},
		"source days": func(ctx context.Context, v *snapshot) (n int64, err error) {
			days, err := v.sourceDays(ctx, r)
			for _, s := range days {
				n += s.Records
			}
			return n, err
		},
	} {
		eachEngine(t, func(t *testing.T, open func(t *testing.T) store.Store) {
			s := open(t).(*Store)
			ctx := database.WithLook(t.Context())
			for people := range 2 {
				record := &report.Record{Kind: report.UserDay, Day: d, UserID: fmt.Sprint(people)}
				if _, err := s.Import(t.Context(), store.Import{At: time.Now()}, &once{items: []store.Item{{Enterprise: 1, Source: 1, Tool: "copilot", Version: time.Unix(1, 0), Record: record}}}); err != nil {
					t.Fatal(err)
				}
				if people == 0 { // the look, and what needs a transaction
					if _, err := s.Origins(ctx, scope, query.Auto, day.Range{From: d - 100, To: d - 100}); err != nil {
						t.Fatal(err)
					}
				}
			}
			var n int64
			err := s.view(ctx, 1, func(v *snapshot) (err error) {
				n, err = count(ctx, v)
				return err
			})
			if err != nil || n != 2 {
				t.Errorf("%s: %d of 2 people, %v", name, n, err)
			}
		})
	}
}

// TestWeekAcrossMonths asks for the people of a week again after its days in the next month
// have changed, and those in the month that it begins in have not.
func TestWeekAcrossMonths(t *testing.T) {
	s := New(databasetest.Open(t, databasetest.SQLite), Options{SpoolDir: t.TempDir()})
	monday := day.Date(2026, 9, 28)
	for people, d := range []day.Day{monday, monday + 4} {
		record := &report.Record{Kind: report.UserDay, Day: d, UserID: fmt.Sprint(people)}
		if _, err := s.Import(t.Context(), store.Import{At: time.Now()}, &once{items: []store.Item{{Enterprise: 1, Source: 1, Tool: "copilot", Version: time.Unix(1, 0), Record: record}}}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Query(t.Context(), query.Query{Scope: query.Scope{Enterprise: 1}, Measures: []string{"active_users"}, By: []string{"week"}, Range: day.Range{From: monday, To: monday + 6}})
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprint([][]any{{monday.String(), people + 1}}); fmt.Sprint(got.Rows) != want {
			t.Errorf("got %v, want %s", got.Rows, want)
		}
	}
}
