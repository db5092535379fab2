package storetest

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"

	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
	"codegauge/internal/store/oracle"
)

// Orders checks that a folder at once, file after file, and the files in any order
// and any grouping leave the same, on n random folders (or CODEGAUGE_ORDERS, if that
// is more): reports of several sources, the versions of one source distinct, each in
// one file or several that do not contradict each other. It checks too that undoing
// the last import leaves what was there before it, and that undoing imports in any
// order leaves what the others alone would have left.
func Orders(t *testing.T, seed int64, n int, open func(t *testing.T) store.Store) {
	if more, err := strconv.Atoi(os.Getenv("CODEGAUGE_ORDERS")); err == nil {
		n = max(n, more)
	}
	steps := 0
	const folders = perStore / 10 // each is imported into several enterprises
	for first := 0; first < n && !t.Failed(); first += folders {
		s := &cases{Store: open(t)}
		for i := first; i < min(first+folders, n) && !t.Failed(); i++ {
			d := newDice(seed, i)
			reports := d.reports()
			for name, check := range map[string]func(dice, []reported) ([]step, error){"order": s.anyOrder, "undo": s.undone} {
				done, err := check(d, reports)
				steps += len(done)
				if err != nil {
					t.Errorf("seed %d case %d, %s: %v\n\nsteps:\n%s", seed, i, name, err, scriptOf(done))
				}
			}
		}
		if found, err := s.Verify(t.Context()); err != nil || len(found) > 0 {
			t.Errorf("verify: %v, %v", found, err)
		}
	}
	t.Logf("counted: %d folders, %d imports and deletions", n, steps)
}

// reported is a report of one source in the files that it came in.
type reported struct {
	files    [][]line
	complete bool
}

// reports makes a few reports. Those of one source have distinct versions.
func (d dice) reports() []reported {
	var out []reported
	for _, source := range some(d, []int64{Acme, North, South}) {
		for _, v := range some(d, daysOf("2026-05-10..2026-05-13")) {
			from := d.IntN(len(someDays) - 3)
			days := someDays[from : from+1+d.IntN(3)]
			lines := ownLogins(d.file("", days, 100))
			for i := range lines {
				lines[i].source, lines[i].version = source, v.Time()
			}
			r := reported{complete: d.chance(30)}
			if r.complete || d.chance(40) {
				d.stateRange(lines, days)
			}
			r.files = d.parts(onceEach(lines))
			out = append(out, r)
		}
	}
	return out
}

// ownLogins gives users logins of their own: those who share one are called by their ids
// too from when both were first met, which undoing an import does not take back.
func ownLogins(lines []line) []line {
	for i := range lines {
		if lines[i].UserID == "4" {
			lines[i].Login = "amy"
		}
	}
	return lines
}

// onceEach keeps the first of the lines that speak of one thing.
func onceEach(lines []line) []line {
	seen := map[string]bool{}
	return slices.DeleteFunc(lines, func(l line) bool {
		key := fmt.Sprint(l.Kind, l.Day, cmp.Or(l.Tool, metric.Copilot), l.UserID, l.TeamID, l.Repo)
		was := seen[key]
		seen[key] = true
		return was
	})
}

// parts puts the lines of a report into one to three files; a few are in two.
func (d dice) parts(lines []line) [][]line {
	files := make([][]line, 1+d.IntN(3))
	for _, l := range lines {
		for i := range files {
			if at := d.IntN(len(files)); i == 0 || d.chance(10) {
				l.File = fmt.Sprintf("%s-%s-%d", byNumber(l.source).name, l.version.Format("0102"), at)
				files[at] = append(files[at], l)
			}
		}
	}
	return slices.DeleteFunc(files, func(f []line) bool { return len(f) == 0 })
}

// imports are the steps that import each file alone, and all files of a complete
// report, which only then are that, together.
func imports(reports []reported) []step {
	var out []step
	for _, r := range reports {
		if r.complete {
			out = append(out, step{lines: slices.Concat(r.files...), complete: true, eraseImport: -1})
			continue
		}
		for _, f := range r.files {
			out = append(out, step{lines: f, eraseImport: -1})
		}
	}
	return out
}

// together joins neighbours that may be one import, in so many of 100 cases.
func (d dice) together(steps []step, percent int) []step {
	var out []step
	for _, st := range steps {
		if last := len(out) - 1; last >= 0 && out[last].complete == st.complete && d.chance(percent) {
			out[last].lines = slices.Concat(out[last].lines, st.lines)
			continue
		}
		out = append(out, st)
	}
	return out
}

// anyOrder imports a folder in several orders, the first of them into the oracle.
func (c *cases) anyOrder(d dice, reports []reported) ([]step, error) {
	nightly := imports(reports)
	slices.SortStableFunc(nightly, func(a, b step) int { return a.lines[0].version.Compare(b.lines[0].version) })
	atOnce := slices.Clone(nightly)
	slices.SortStableFunc(atOnce, func(a, b step) int {
		if a.complete == b.complete {
			return 0
		}
		return map[bool]int{true: 1, false: -1}[a.complete]
	})
	orders := [][]step{nightly, d.together(atOnce, 100)}
	for range 3 {
		shuffled := slices.Clone(nightly)
		d.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		orders = append(orders, d.together(shuffled, 30))
	}
	want := oracle.New()
	if err := (pair{want: want, got: oracle.New()}).apply(nightly); err != nil {
		return nightly, err
	}
	var questions []query.Query
	for range 2 {
		questions = append(questions, d.likely(want))
	}
	for i, order := range orders {
		if i > 0 { // and then an import that is undone
			last := d.variant([][]line{ownLogins(d.file("a", someDays[1:4], 100)), slices.Concat(reports[0].files...)})
			order = append(order, last, step{erase: &store.Deletion{Enterprise: Acme}, eraseImport: len(order)})
		}
		both := pair{want: want, got: c.next()}
		if err := (pair{want: oracle.New(), got: both.got}).apply(order); err != nil {
			return order, err
		}
		if err := both.same(questions); err != nil {
			return order, fmt.Errorf("another order than\n%s\n%w", scriptOf(nightly), err)
		}
	}
	return slices.Concat(orders...), nil
}

// undone imports reports from the lowest version to the highest, each file alone and
// no line twice, undoes some in any order, and compares with importing only the
// others. A day that a report merely states to cover is the first such report's, so
// that here only complete ones state anything.
func (c *cases) undone(d dice, reports []reported) ([]step, error) {
	var all []step
	for _, st := range imports(reports) {
		st.lines = onceEach(cloned(st.lines))
		all = append(all, st)
	}
	all = alone(all)
	slices.SortStableFunc(all, func(a, b step) int { return a.lines[0].version.Compare(b.lines[0].version) })
	for i := range all {
		if d.chance(20) {
			on := all[i].lines[0].Day
			all[i].rejections = []report.Rejection{{File: all[i].lines[0].File, Line: 1, Reason: "random", Day: pick(d, 0, on)}}
		}
	}
	var rest, undos []step
	for i, st := range all {
		if d.chance(50) {
			undos = append(undos, step{erase: &store.Deletion{Enterprise: Acme}, eraseImport: i})
		} else {
			rest = append(rest, st)
		}
	}
	d.Shuffle(len(undos), func(i, j int) { undos[i], undos[j] = undos[j], undos[i] })
	both := pair{want: oracle.New(), got: c.next()}
	if err := (pair{want: both.want, got: oracle.New()}).apply(rest); err != nil {
		return rest, err
	}
	done := slices.Concat(all, undos)
	if err := (pair{want: oracle.New(), got: both.got}).apply(done); err != nil {
		return done, err
	}
	if err := both.same([]query.Query{d.likely(both.want)}); err != nil {
		return done, fmt.Errorf("not as without what was undone: %w", err)
	}
	return done, nil
}

// alone removes lines that an earlier step has too, and ranges of what is not
// complete.
func alone(steps []step) []step {
	var seen []line
	for i := range steps {
		st := &steps[i]
		st.lines = slices.DeleteFunc(st.lines, func(l line) bool {
			return slices.ContainsFunc(seen, func(s line) bool {
				return s.source == l.source && s.version.Equal(l.version) && len(onceEach([]line{s, l})) == 1
			})
		})
		for j := range st.lines {
			if !st.complete {
				st.lines[j].ReportStart, st.lines[j].ReportEnd = 0, 0
			}
		}
		seen = append(seen, st.lines...)
	}
	return slices.DeleteFunc(steps, func(st step) bool { return len(st.lines) == 0 })
}

// same compares what is stored and some answers.
func (p pair) same(questions []query.Query) error {
	if err := p.sameReports(); err != nil {
		return err
	}
	for _, q := range questions {
		if err := p.sameAnswer(q); err != nil {
			return fmt.Errorf("query %s: %w", Words(q), err)
		}
	}
	return nil
}
