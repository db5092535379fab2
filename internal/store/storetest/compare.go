package storetest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
	"codegauge/internal/store/oracle"
)

// queriesPerCase is how many questions each data set is asked.
const queriesPerCase = 25

// failuresShown is how many cases may fail before Compare stops.
const failuresShown = 3

// Compare makes n random data sets (or CODEGAUGE_CASES, if that is more), puts
// each into the oracle and into a new store, and asks both the same questions:
// every cell must agree, or both must refuse for the same kind of reason. Case
// i of a seed is always the same; a failure prints the smallest data set found
// that still fails, as a script.
func Compare(t *testing.T, seed int64, n int, open func(t *testing.T) store.Store) {
	compare(t, seed, n, func(t *testing.T, d dice) { compareCase(t, d, open, d.likely) })
}

// CompareWeeks is Compare with data of some weeks, and questions about all organizations or
// teams in them.
func CompareWeeks(t *testing.T, seed int64, n int, open func(t *testing.T) store.Store) {
	compare(t, seed, n, func(t *testing.T, d dice) {
		d.days = someWeeks
		compareCase(t, d, open, func(s store.Store) query.Query {
			q := d.likely(s)
			grains := []string{"day", "week", "month", "organization", "team"}
			q.By = slices.DeleteFunc(slices.Clone(q.By), func(dim string) bool { return slices.Contains(grains, dim) })
			q.By = slices.Concat(pick(d, nil, nil, []string{"week"}), []string{pick(d, "organization", "team")}, q.By)
			q.Range = day.Range{From: d.days[0] - day.Day(d.IntN(9)), To: d.days[len(d.days)-1] - day.Day(d.IntN(4))}
			return q
		})
	})
}

func compare(t *testing.T, seed int64, n int, one func(t *testing.T, d dice)) {
	if more, err := strconv.Atoi(os.Getenv("CODEGAUGE_CASES")); err == nil {
		n = max(n, more)
	}
	failed := 0
	for i := range n {
		if !t.Run(fmt.Sprintf("seed %d case %d", seed, i), func(t *testing.T) { one(t, newDice(seed, i)) }) {
			failed++
		}
		if failed == failuresShown {
			t.Fatalf("stopped after %d failing cases", failed)
		}
	}
	t.Logf("counted: %d data sets, %d questions, %d failed", n, n*queriesPerCase, failed)
}

func compareCase(t *testing.T, d dice, open func(t *testing.T) store.Store, question func(store.Store) query.Query) {
	steps := d.steps()
	both := pair{want: oracle.New(), got: open(t)}
	if err := both.apply(steps); err != nil {
		t.Fatalf("%v\n\nsteps:\n%s", err, scriptOf(steps))
	}
	if err := both.sameReports(); err != nil {
		t.Fatalf("%v\n\nsteps:\n%s", err, scriptOf(steps))
	}
	for range queriesPerCase {
		q := question(both.want)
		if err := both.sameAnswer(q); err != nil {
			steps, err = shrink(steps, err, func(fewer []step) error {
				both := pair{want: oracle.New(), got: open(t)}
				if both.apply(fewer) != nil {
					return nil // another fault
				}
				return both.sameAnswer(q)
			})
			t.Fatalf("%v\n\n%s\nquery %s", err, scriptOf(steps), Words(q))
		}
		if err := addsUp(both.want, q); err != nil {
			t.Fatalf("oracle: %v\n\n%s\nquery %s", err, scriptOf(steps), Words(q))
		}
	}
}

// likely makes a question that the oracle answers, and now and then one that
// it refuses.
func (d dice) likely(s store.Store) query.Query {
	for {
		q := d.query()
		if _, err := s.Query(context.Background(), q); err == nil || d.chance(4) {
			return q
		}
	}
}

// pair is the oracle and a store that should be like it.
type pair struct{ want, got store.Store }

// apply takes both stores through the steps.
func (p pair) apply(steps []step) error {
	wantIDs, gotIDs := make([]int64, len(steps)), make([]int64, len(steps))
	for i, st := range steps {
		before, _ := p.got.DataVersion(context.Background(), Acme)
		want, wantErr := st.apply(p.want, wantIDs)
		got, err := st.apply(p.got, gotIDs)
		if wantErr != nil && fault.KindOf(wantErr) != fault.Invalid {
			return fmt.Errorf("step %d: oracle: %w", i, wantErr)
		}
		if wantErr != nil && err != nil && fault.KindOf(err) == fault.Invalid {
			continue // refused, as it should be
		}
		if wantErr != nil || err != nil {
			return fmt.Errorf("step %d: the oracle says %w, the store %w", i, wantErr, err)
		}
		wantIDs[i], gotIDs[i] = want.ID, got.ID
		if i%2 == 0 { // sums of what later steps change, or that are not there
			if err := p.got.SumWeeks(context.Background(), Acme); err != nil {
				return fmt.Errorf("step %d: add up weeks: %w", i, err)
			}
		}
		if after, _ := p.got.DataVersion(context.Background(), Acme); after < before {
			return fmt.Errorf("step %d: data version fell from %d to %d", i, before, after)
		}
		if diff := gocmp.Diff(changes(want, st), changes(got, st)); diff != "" {
			return fmt.Errorf("step %d: days of the outcome (-oracle +store):\n%s", i, diff)
		}
	}
	return nil
}

// apply does the step; ids are the numbers of the imports so far.
func (st step) apply(s store.Store, ids []int64) (*store.Outcome, error) {
	if st.links != nil {
		return s.Link(context.Background(), *st.links)
	}
	if st.erase == nil {
		imp := store.Import{At: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC), Origin: "random", Complete: st.complete}
		return s.Import(context.Background(), imp, &list{items: itemsOf(st.lines), rejections: st.rejections})
	}
	d := *st.erase
	d.At = time.Date(2026, 9, 1, 13, 0, 0, 0, time.UTC)
	if st.eraseImport >= 0 {
		if d.Import = ids[st.eraseImport]; d.Import == 0 {
			return &store.Outcome{}, nil // that step was no import
		}
	}
	return s.Delete(context.Background(), d)
}

// changes returns an outcome's days in a fixed order, without names. A deletion may
// or may not list what it touched and did not move; links move nothing.
func changes(out *store.Outcome, st step) []store.DayChange {
	days := slices.Clone(out.Days)
	for i := range days {
		days[i].SourceName = ""
	}
	if st.erase != nil || st.links != nil {
		days = slices.DeleteFunc(days, func(d store.DayChange) bool { return d.Before == d.After })
	}
	slices.SortFunc(days, func(a, b store.DayChange) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.Data, b.Data))
	})
	return days
}

// sameReports compares what is stored: source days, spans and exported records.
func (p pair) sameReports() error {
	if diff := gocmp.Diff(sourceDays(p.want), sourceDays(p.got)); diff != "" {
		return fmt.Errorf("source days (-oracle +store):\n%s", diff)
	}
	for _, e := range entities {
		if want, got := span(p.want, e), span(p.got, e); want != got {
			return fmt.Errorf("span of %s: the oracle has %q, the store %q", e.name, want, got)
		}
		if diff := gocmp.Diff(origins(p.want, e), origins(p.got, e)); diff != "" {
			return fmt.Errorf("origins of %s (-oracle +store):\n%s", e.name, diff)
		}
		if diff := gocmp.Diff(comparisons(p.want, e), comparisons(p.got, e)); diff != "" {
			return fmt.Errorf("comparisons of kinds of data in %s (-oracle +store):\n%s", e.name, diff)
		}
		if want, got := unlinked(p.want, e), unlinked(p.got, e); want != got {
			return fmt.Errorf("unlinked in %s: the oracle has %q, the store %q", e.name, want, got)
		}
	}
	for _, source := range []int64{Acme, North, South} {
		for _, kind := range []report.Kind{report.UserDay, report.AggregateDay, report.UserTeam} {
			for _, data := range metric.DataKinds {
				r := store.Report{Enterprise: Acme, Source: source, Kind: kind, Data: data.Kind, Range: rangeOf("2026-01-01..2026-12-31")}
				if diff := gocmp.Diff(exported(p.want, r), exported(p.got, r)); diff != "" {
					return fmt.Errorf("export of %s, %s, %s (-oracle +store):\n%s", byNumber(source).name, kind, data.Name, diff)
				}
			}
		}
	}
	return nil
}

// unlinked returns the entity's identities without a person as text.
func unlinked(s store.Store, e place) string {
	list, err := s.Unlinked(context.Background(), query.Scope{Enterprise: e.enterprise, Organization: e.organization, Team: e.team}, rangeOf("2026-04-30..2026-05-03"))
	return fmt.Sprint(list, err)
}

// comparisons returns how the kinds of data of an entity's people compare.
func comparisons(s store.Store, e place) []store.Comparison {
	list, err := s.Comparisons(context.Background(), query.Scope{Enterprise: e.enterprise, Organization: e.organization, Team: e.team}, rangeOf("2026-01-01..2026-12-31"))
	if err != nil {
		return []store.Comparison{{Tool: err.Error()}}
	}
	return list
}

// span returns an entity's first and last day as text, "" if it has none.
func span(s store.Store, e place) string {
	r, err := s.Span(context.Background(), query.Scope{Enterprise: e.enterprise, Organization: e.organization, Team: e.team})
	switch {
	case err != nil:
		return err.Error()
	case r.Len() == 0:
		return ""
	}
	return r.From.String() + ".." + r.To.String()
}

// origins lists from what records an entity's figures come, as text.
func origins(s store.Store, e place) string {
	var out []string
	for _, src := range []query.Source{query.Auto, query.FromUsers, query.FromAggregate} {
		list, err := s.Origins(context.Background(), query.Scope{Enterprise: e.enterprise, Organization: e.organization, Team: e.team}, src, rangeOf("2026-01-01..2026-12-31"))
		out = append(out, fmt.Sprint(src, list, err))
	}
	return strings.Join(out, "\n")
}

// sourceDays lists an enterprise's report days without what may differ.
func sourceDays(s store.Store) []string {
	days, err := s.SourceDays(context.Background(), Acme, rangeOf("2026-01-01..2026-12-31"))
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, d := range days {
		out = append(out, fmt.Sprintf("%s %s %s %s %s version %s: %d records, %d reduced", d.Day, byNumber(d.Source).name, d.Kind, d.Data, d.Tool, versionText(d.Version), d.Records, d.LinesUnknown))
	}
	return sorted(out)
}

// versionText writes a version; the zero version is that of a day that is only known
// to have no rows.
func versionText(v time.Time) string {
	if v.IsZero() {
		return "zero"
	}
	return v.UTC().Format(time.DateOnly)
}

// exported returns a report's records as text, sorted: the order is Run's to check.
func exported(s store.Store, r store.Report) []string {
	var out []string
	err := s.Export(context.Background(), r, func(r *report.Record) error {
		out = append(out, jsonOf(&plain([]report.Record{clone(r)})[0]))
		return nil
	})
	if err != nil {
		out = append(out, err.Error())
	}
	return sorted(out)
}

// sameAnswer asks both the same question.
func (p pair) sameAnswer(q query.Query) error {
	want, wantErr := p.want.Query(context.Background(), q)
	got, gotErr := p.got.Query(context.Background(), q)
	switch {
	case wantErr != nil && gotErr != nil:
		if w, g := fault.KindOf(wantErr), fault.KindOf(gotErr); w != g {
			return fmt.Errorf("the oracle refuses with kind %d (%w), the store with %d (%w)", w, wantErr, g, gotErr)
		}
		return nil
	case wantErr != nil:
		return fmt.Errorf("the oracle refuses: %w; the store answers:\n%s", wantErr, Table(got))
	case gotErr != nil:
		return fmt.Errorf("the store refuses: %w; the oracle answers:\n%s", gotErr, Table(want))
	}
	if err := checkShape(q, got); err != nil {
		return fmt.Errorf("%w\n%s", err, Table(got))
	}
	if err := sameRows(want, got, len(q.By)); err != nil {
		return fmt.Errorf("%w\noracle:\n%s\nstore:\n%s", err, Table(want), Table(got))
	}
	return nil
}

// sameRows compares two answers. Rows with the same keys (people who share a
// label) may come in any order.
func sameRows(want, got *query.Result, by int) error {
	if len(want.Rows) != len(got.Rows) {
		return fmt.Errorf("the oracle has %d rows, the store %d", len(want.Rows), len(got.Rows))
	}
	w, g := settled(want.Rows), settled(got.Rows)
	for i := range w {
		for j := range w[i] {
			if !sameValue(w[i][j], g[i][j]) {
				return fmt.Errorf("%s of %v: the oracle has %v, the store %v", want.Columns[j].Name, w[i][:by], w[i][j], g[i][j])
			}
		}
	}
	return nil
}

func settled(rows [][]any) [][]any {
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b []any) int { return orderOf(a, b, len(a)) })
	return out
}

func sameValue(a, b any) bool {
	x, okX := a.(float64)
	y, okY := b.(float64)
	if okX && okY {
		return sameNumber(x, y)
	}
	return a == b
}

// addsUp checks that parts equal the whole in a store's own answer: over
// breakdowns, organizations and teams, the rows of a counter add up to it.
func addsUp(s store.Store, q query.Query) error {
	var counters []string
	for _, name := range q.Measures {
		if m := metric.MeasureByName(name); m != nil && m.Sum != nil && m.Sum.Part == metric.Whole && len(m.Sum.Counters) == 1 &&
			m.By == metric.NoKey && metric.Counters[m.Sum.Counters[0]].Adding == metric.Adds {
			counters = append(counters, name)
		}
	}
	var broad []string
	for _, name := range q.By {
		d := metric.DimensionByName(name)
		if d.Grain || d.Name == "tool" {
			broad = append(broad, name)
		}
	}
	fine, whole := q, q
	fine.Measures, whole.Measures, whole.By = counters, counters, broad
	if len(counters) == 0 || len(broad) == len(q.By) || slices.Contains(q.By, "user") && len(broad)+1 < len(q.By) {
		return nil // nothing to add up; or of some person's total nothing is known
	}
	parts, err := s.Query(context.Background(), fine)
	if err != nil {
		return nil // refused, as it should be
	}
	wholes, err := s.Query(context.Background(), whole)
	if err != nil {
		return fmt.Errorf("by %v is refused though by %v is not: %w", broad, q.By, err)
	}
	sums := partSums(parts, q.By, broad)
	for _, row := range wholes.Rows {
		for i, name := range counters {
			key := fmt.Sprint(row[:len(broad)], name)
			if v, ok := whole64(row[len(broad)+i]); ok && v != sums[key] {
				return fmt.Errorf("%s of %v is %d, its rows add up to %d\n%s", name, row[:len(broad)], v, sums[key], Table(parts))
			}
		}
	}
	return nil
}

// whole64 returns a value of a counter as an integer, in millionths if it has fractions.
func whole64(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case float64:
		return int64(math.Round(v * 1e6)), true
	}
	return 0, false
}

// partSums adds up the rows' measures by the broad dimensions.
func partSums(parts *query.Result, by, broad []string) map[string]int64 {
	sums := map[string]int64{}
	for _, row := range parts.Rows {
		key := []any{}
		for _, name := range broad {
			key = append(key, row[slices.Index(by, name)])
		}
		for j := len(by); j < len(row); j++ {
			if v, ok := whole64(row[j]); ok {
				sums[fmt.Sprint(key, parts.Columns[j].Name)] += v
			}
		}
	}
	return sums
}
