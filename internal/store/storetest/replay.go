package storetest

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"

	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
	"codegauge/internal/store/oracle"
)

// perStore is how many cases of Replay share a store.
const perStore = 100

// Replay imports files again and again in random order: the same ones, older
// and newer versions of them, some of their days, two at once, as parts, with
// lines refused, and deletions between. After each of n cases (or
// CODEGAUGE_REPLAYS, if that is more) the store must hold what the oracle
// holds, and answer as it does.
func Replay(t *testing.T, seed int64, n int, open func(t *testing.T) store.Store) {
	if more, err := strconv.Atoi(os.Getenv("CODEGAUGE_REPLAYS")); err == nil {
		n = max(n, more)
	}
	steps := 0
	for first := 0; first < n && !t.Failed(); first += perStore {
		t.Run(strconv.Itoa(first), func(t *testing.T) {
			s := &cases{Store: open(t)}
			for i := range min(perStore, n-first) {
				steps += s.replay(t, seed, first+i)
				if t.Failed() {
					return
				}
			}
			if found, err := s.Verify(t.Context()); err != nil || len(found) > 0 {
				t.Errorf("verify: %v, %v", found, err)
			}
		})
	}
	t.Logf("counted: %d cases, %d imports and deletions", n, steps)
}

// cases is a store that gives each case an enterprise of its own.
type cases struct {
	store.Store
	used int64
}

func (c *cases) next() store.Store {
	c.used++
	return shifted{c.Store, 1000 * c.used}
}

// replay does one case and returns how many steps it had.
func (c *cases) replay(t *testing.T, seed int64, n int) int {
	d := newDice(seed, n)
	all := d.replays()
	questions := []query.Query{}
	check := func(steps []step) error {
		both := pair{want: oracle.New(), got: c.next()}
		if err := both.apply(steps); err != nil {
			return err
		}
		if err := both.sameReports(); err != nil {
			return err
		}
		for len(questions) < 2 {
			questions = append(questions, d.likely(both.want))
		}
		for _, q := range questions {
			if err := both.sameAnswer(q); err != nil {
				return fmt.Errorf("query %s: %w", Words(q), err)
			}
		}
		return nil
	}
	if err := check(all); err != nil {
		steps, err := shrink(all, err, check)
		t.Errorf("seed %d case %d: %v\n\nsteps:\n%s", seed, n, err, scriptOf(steps))
	}
	return len(all)
}

// replays makes two or three files and imports them, changed in some way or
// not, in random order.
func (d dice) replays() []step {
	files := []step{d.file(), d.file()}
	if d.chance(50) {
		files = append(files, d.file())
	}
	var out []step
	for i := range 3 + d.IntN(4) {
		if i > 1 && d.chance(12) {
			out = append(out, d.deletion(i))
			continue
		}
		if d.chance(8) {
			out = append(out, d.linking())
			continue
		}
		out = append(out, d.variant(files))
	}
	return out
}

// file makes a small import of one source.
func (d dice) file() step {
	from := d.IntN(len(someDays) - 2)
	days := someDays[from : from+1+d.IntN(2)]
	s := step{source: pick(d, Acme, Acme, North), version: pick(d, daysOf("2026-05-10..2026-05-12")...).Time(), eraseImport: -1}
	s.records = d.users(days)
	if d.chance(25) {
		s.records = append(s.records, d.aggregates(days)...)
	}
	if d.chance(25) {
		s.records = append(s.records, d.memberships(s.source, days)...)
	}
	if d.chance(30) {
		d.stateRange(s.records, days)
	}
	return s
}

// variant makes an import of one of the files.
func (d dice) variant(files []step) step {
	s := pick(d, files...)
	s.records = cloned(s.records)
	switch d.IntN(7) {
	case 0: // as it is
	case 1:
		s.version = s.version.AddDate(0, 0, d.IntN(5)-2)
	case 2:
		s.part = true
	case 3:
		on := pick(d, s.records...).Day
		s.records = slices.DeleteFunc(s.records, func(r report.Record) bool { return r.Day != on })
	case 4:
		s.records = append(s.records, cloned(pick(d, files...).records)...)
	case 5:
		lost := d.IntN(len(s.records))
		s.refusals = []report.Refusal{{File: "random", Line: 1, Reason: "random", Day: pick(d, 0, s.records[lost].Day)}}
		s.records = slices.Delete(s.records, lost, lost+1)
	case 6:
		d.moved(s.records)
	}
	return s
}

// moved gives some records the day before or after.
func (d dice) moved(records []report.Record) {
	by := day.Day(1 - 2*d.IntN(2))
	for i := range records {
		if d.chance(50) {
			records[i].Day += by
		}
	}
}

func cloned(records []report.Record) []report.Record {
	out := make([]report.Record, len(records))
	for i := range records {
		out[i] = clone(&records[i])
	}
	return out
}
