package storetest

import (
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
// and newer versions of them, some of their days, part of their lines, two at once,
// with other values, with lines refused, complete or not; and between, deletions, and
// imports that are undone in any order. After each of n cases (or
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
		for len(questions) < 2 {
			questions = append(questions, d.likely(both.want))
		}
		return both.same(questions)
	}
	if err := check(all); err != nil {
		steps, err := shrink(all, err, check)
		t.Errorf("seed %d case %d: %v\n\nsteps:\n%s", seed, n, err, scriptOf(steps))
	}
	return len(all)
}

// replays makes two or three files about much the same days, mostly of one source,
// and imports them, changed in some way or not, in random order.
func (d dice) replays() []step {
	var files [][]line
	source := pick(d, Acme, Acme, North)
	for _, name := range someFiles[:2+d.IntN(2)] {
		from := d.IntN(3)
		lines := d.file(name, someDays[from:from+1+d.IntN(2)], 100)
		own, version := d.chance(40), pick(d, daysOf("2026-05-10..2026-05-11")...).Time()
		for i := range lines {
			lines[i].version = version
			if !own {
				lines[i].source = source
			}
		}
		files = append(files, lines)
	}
	var out []step
	for i := range 5 + d.IntN(6) {
		switch {
		case i > 1 && d.chance(4):
			out = append(out, d.deletion())
		case i > 1 && d.chance(7):
			out = append(out, step{erase: &store.Deletion{Enterprise: Acme, User: pick(d, "login:ann", "2", "x9")}, eraseImport: -1})
		case i > 0 && d.chance(28):
			out = append(out, d.undo(i))
		case d.chance(5):
			out = append(out, d.linking())
		default:
			out = append(out, d.variant(files))
		}
	}
	return out
}

// variant makes an import of one of the files or two.
func (d dice) variant(files [][]line) step {
	s := step{lines: cloned(pick(d, files...)), complete: d.chance(12), eraseImport: -1}
	for range d.IntN(4) {
		d.change(&s, files)
	}
	return s
}

// change changes an import in one way.
func (d dice) change(s *step, files [][]line) {
	one := d.IntN(len(s.lines))
	switch d.IntN(10) {
	case 0, 8: // another version
		by := pick(d, -1, 1, 1)
		for i := range s.lines {
			s.lines[i].version = s.lines[i].version.AddDate(0, 0, by)
		}
	case 1: // a part of it
		s.lines = some(d, s.lines)
	case 2: // one of its days
		on := s.lines[one].Day
		s.lines = slices.DeleteFunc(s.lines, func(l line) bool { return l.Day != on })
	case 3: // with another file
		s.lines = append(s.lines, cloned(pick(d, files...))...)
	case 4, 9: // with a line refused
		s.rejections = append(s.rejections, d.rejection(s.lines[one].Day))
		if len(s.lines) > 1 {
			s.lines = slices.Delete(s.lines, one, one+1)
		}
	case 5: // about other days
		by := day.Day(1 - 2*d.IntN(2))
		for i := range s.lines {
			if d.chance(50) {
				s.lines[i].Day += by
			}
		}
	case 6: // with another value
		if l := &s.lines[one]; l.Kind == report.UserDay || l.Kind == report.AggregateDay {
			d.fill(&l.Record)
		}
	case 7: // of a file that says to cover more
		d.stateRange(s.lines, someDays[d.IntN(3):4+d.IntN(3)])
	}
}

func cloned(lines []line) []line {
	out := slices.Clone(lines)
	for i := range out {
		out[i].Record = clone(&lines[i].Record)
	}
	return out
}
