package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/report"
	"codegauge/internal/store"

	"github.com/google/go-cmp/cmp"
)

var transactionRules = []rule{
	{"an error in the middle of the items changes nothing", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10))
		version, history := s.version(), s.history()
		imp, items := s.prepare("acme", many(20, 1)...)
		items.failure = errBroken
		if _, err := s.Import(context.Background(), imp, items); !errors.Is(err, errBroken) {
			s.Errorf("import: error %v, want %v", err, errBroken)
		}
		s.want(added3, "2026-05-01 10 1")
		if got := s.version(); got != version {
			s.Errorf("data version: got %d, want %d", got, version)
		}
		if diff := cmp.Diff(history, s.history()); diff != "" {
			s.Errorf("revisions (-want +got):\n%s", diff)
		}
		s.load("acme", user(1, "2026-05-01", 11))
		s.want(added3, "2026-05-01 11 1")
	}},
	{"an import whose caller objects before the commit changes nothing", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10))
		version := s.version()
		imp, items := s.prepare("acme", many(20, 1)...)
		items.objection = errBroken
		if _, err := s.Import(context.Background(), imp, items); !errors.Is(err, errBroken) || items.called != 1 {
			s.Errorf("import: error %v, want %v; asked %d times", err, errBroken, items.called)
		}
		s.want(added3, "2026-05-01 10 1")
		if got := s.version(); got != version {
			s.Errorf("data version: got %d, want %d", got, version)
		}
	}},
	{"before its commit an import asks its caller once, a preview and one that fails never", func(s harness) {
		for _, c := range []struct {
			preview bool
			failure error
			want    int
		}{{false, nil, 1}, {true, nil, 0}, {false, errBroken, 0}} {
			imp, items := s.prepare("acme", many(20, 1)...)
			imp.Preview, items.failure = c.preview, c.failure
			if _, err := s.Import(context.Background(), imp, items); !errors.Is(err, c.failure) || items.called != c.want {
				s.Errorf("preview %t, failure %v: error %v, asked %d times", c.preview, c.failure, err, items.called)
			}
		}
	}},
	{"a cancelled import changes nothing", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10))
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		imp, items := s.prepare("acme", many(20, 1)...)
		if _, err := s.Import(ctx, imp, items); err == nil {
			s.Error("the cancelled import succeeded")
		}
		s.want(added3, "2026-05-01 10 1")
	}},
	{"an import that is cancelled while it commits is done or not, and says which", func(s harness) {
		s.load("acme", many(20, 1)...)
		said := 1
		for n := range 40 {
			s.want("loc_added 2026-05-01..2026-05-02", fmt.Sprint(40*said)) // is kept
			version := s.version()
			ctx, cancel := context.WithCancel(context.Background())
			imp, items := s.prepare("acme", many(20, 2+n)...)
			items.beforeCommit = func() { time.AfterFunc(time.Duration(n)*250*time.Microsecond, cancel) }
			if _, err := s.Import(ctx, imp, items); err == nil {
				said = 2 + n
			} else if s.version() != version {
				s.Errorf("cancelled after %d: error %v, but the data has changed", n, err)
			}
			cancel()
		}
		s.want("loc_added 2026-05-01..2026-05-02", fmt.Sprint(40*said))
	}},
	{"an import of nothing is no error", func(s harness) {
		s.load("acme")
		s.want(added3)
	}},
	{"reads during an import see before or after", func(s harness) {
		s.load("acme", many(40, 1)...)
		var done atomic.Bool
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for !done.Load() {
					s.readWhole()
					s.exportWhole()
				}
			})
		}
		for n := 2; n <= 6; n++ {
			s.load("acme", many(40, n)...)
		}
		done.Store(true)
		wg.Wait()
		s.want("loc_added,active_users 2026-05-01..2026-05-02", "480 40")
	}},
	{"imports at the same time all take effect", func(s harness) {
		var wg sync.WaitGroup
		for n := range 4 {
			wg.Go(func() {
				imp, items := s.prepare("acme", user(n+1, "2026-05-01", 1<<n))
				if _, err := s.Import(context.Background(), imp, items); err != nil {
					s.Errorf("import %d: %v", n, err)
				}
			})
		}
		wg.Wait()
		s.want(added3, "2026-05-01 15 4")
	}},
}

// many is a report of n people on two days, each with the same lines.
func many(n, added int) []string {
	var out []string
	for i := range n {
		out = append(out, user(i+1, "2026-05-01", added), user(i+1, "2026-05-02", added))
	}
	return out
}

// exportWhole checks that an export is of one import alone.
func (s harness) exportWhole() {
	lines, records := map[int64]bool{}, 0
	err := s.Export(context.Background(), store.Report{Enterprise: Acme, Source: Acme, Kind: report.UserDay, Range: day.Range{From: day.Date(2026, 5, 1), To: day.Date(2026, 5, 2)}},
		func(r *report.Record) error {
			n, _ := r.Totals.Get(int(metric.LocAdded))
			lines[n], records = true, records+1
			return nil
		})
	if err != nil || len(lines) != 1 || records != 80 {
		s.Errorf("export during import: %d records with lines %v, %v", records, lines, err)
	}
}

// readWhole checks that an answer is of one import alone: both days have the
// same lines, a multiple of the number of people.
func (s harness) readWhole() {
	q, _ := ParseQuery("loc_added,active_users by day 2026-05-01..2026-05-02")
	res, err := s.Query(context.Background(), q)
	if err != nil {
		s.Errorf("query during import: %v", err)
		return
	}
	rows := strings.Split(strings.TrimSpace(Table(res)), "\n")
	if len(rows) != 3 || len(rows[1]) < 11 || rows[1][10:] != rows[2][10:] {
		s.Errorf("query during import:\n%s", Table(res))
		return
	}
	var added, users int
	fmt.Sscan(rows[1][10:], &added, &users)
	if users != 40 || added%40 != 0 {
		s.Errorf("query during import: %d lines of %d people", added, users)
	}
}
