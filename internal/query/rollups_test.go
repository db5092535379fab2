package query_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/copilot"
	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/rollup"

	"github.com/RoaringBitmap/roaring/v2"
)

// acme is the enterprise of every test; core and labs are its organizations, red and
// blue teams of core.
const acme, core, labs, red, blue int64 = 1, 2, 3, 21, 22

// figures are counters that are known.
type figures map[metric.Counter]int64

// The counters that tests write most.
const (
	added   = metric.LocAdded
	deleted = metric.LocDeleted
)

func lines(a, d int64) figures { return figures{added: a, deleted: d} }

func (f figures) vector() (v cube.Vector) {
	for c, n := range f {
		v.Set(c, n)
	}
	return v
}

// fact is a row of a record: of a breakdown, with a name for each of its dimensions.
type fact struct {
	breakdown metric.Breakdown
	part      cube.Part
	names     string // with a slash between
	figures
}

func feature(name string, f figures) fact { return fact{metric.ByFeature, cube.Reported, name, f} }
func ide(name string, f figures) fact     { return fact{metric.ByIDE, cube.Reported, name, f} }
func signal(name string) fact             { return fact{metric.BySignal, cube.Reported, name, nil} }
func phase(name string) fact              { return fact{metric.ByPhase, cube.Reported, name, nil} }
func rest(f figures) fact                 { return fact{metric.ByFeature, cube.Unattributed, "", f} }
func excess(f figures) fact               { return fact{metric.ByFeature, cube.Discrepancy, "", f} }
func languageFeature(names string, f figures) fact {
	return fact{metric.ByLanguageFeature, cube.Reported, names, f}
}
func languageModel(names string, f figures) fact {
	return fact{metric.ByLanguageModel, cube.Reported, names, f}
}
func modelFeature(names string, f figures) fact {
	return fact{metric.ByModelFeature, cube.Reported, names, f}
}

// world is an enterprise's records in memory, rolled up by package rollup: an engine
// without a store. It numbers what records name as a store does.
type world struct {
	t          testing.TB
	dictionary cube.Dictionary
	values     map[cube.Value]int32
	cells      map[cube.Cell]int32
	days       map[day.Day]*rollup.Day
	logins     []string // by person, from 1 on; the identity is the same number
	built      map[day.Day]*rollup.Built
	// broken is what reading ends with, nil for well.
	broken error
}

func newWorld(t testing.TB) *world {
	return &world{t: t, dictionary: cube.Dictionary{Values: make([]cube.Value, 1), Cells: make([]cube.Cell, 1)},
		values: map[cube.Value]int32{}, cells: map[cube.Cell]int32{}, days: map[day.Day]*rollup.Day{}, logins: []string{""}}
}

// Value, Cell, Client and Name implement copilot.Numbering.
func (w *world) Value(v cube.Value) int32 {
	id, ok := w.values[v]
	if !ok {
		id = int32(len(w.dictionary.Values))
		w.values[v], w.dictionary.Values = id, append(w.dictionary.Values, v)
	}
	return id
}

func (w *world) Cell(c cube.Cell) int32 {
	id, ok := w.cells[c]
	if !ok {
		id = int32(len(w.dictionary.Cells))
		w.cells[c], w.dictionary.Cells = id, append(w.dictionary.Cells, c)
	}
	return id
}

func (w *world) Client(copilot.Client) int32 { return 1 }

func (w *world) Name(value int32) string { return w.dictionary.Name(value) }

func (w *world) tool(name string) int32 {
	return w.Value(cube.Value{Key: metric.KeyTool, Name: name})
}

func (w *world) at(date string) *rollup.Day {
	w.t.Helper()
	d, err := day.Parse(date)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.days[d] == nil {
		w.days[d] = &rollup.Day{Enterprise: acme, Day: d}
	}
	return w.days[d]
}

// covers says that a report speaks of the day, maybe of nobody.
func (w *world) covers(date string, source int64, tool string, aggregate bool) *rollup.Day {
	d := w.at(date)
	if r := (rollup.Report{Source: source, Tool: w.tool(tool), Aggregate: aggregate}); !slices.Contains(d.Reports, r) {
		d.Reports = append(d.Reports, r)
	}
	return d
}

func (w *world) person(login string) uint32 {
	i := slices.Index(w.logins, login)
	if i < 0 {
		i = len(w.logins)
		w.logins = append(w.logins, login)
	}
	return uint32(i)
}

// member says where somebody belonged; 0 is no team.
func (w *world) member(date, login string, organization, team int64) {
	d := w.at(date)
	d.Members = append(d.Members, rollup.Member{Organization: organization, Team: team, Person: w.person(login)})
}

// user adds a record of the enterprise's report.
func (w *world) user(date, login string, totals figures, facts ...fact) *rollup.Record {
	return w.userOf(acme, metric.Copilot, date, login, totals, facts...)
}

func (w *world) userOf(source int64, tool, date, login string, totals figures, facts ...fact) *rollup.Record {
	r := w.add(w.covers(date, source, tool, false), source, tool, totals, facts)
	r.Person = w.person(login)
	r.Identity = int32(r.Person)
	return r
}

func (w *world) aggregate(source int64, date string, totals figures, facts ...fact) {
	w.add(w.covers(date, source, metric.Copilot, true), source, metric.Copilot, totals, facts).Aggregate = true
}

func (w *world) add(d *rollup.Day, source int64, tool string, totals figures, facts []fact) *rollup.Record {
	var list []cube.Fact
	for _, f := range facts {
		c := cube.Cell{Breakdown: f.breakdown, Part: f.part}
		if f.part < cube.Unattributed {
			for i, name := range strings.Split(f.names, "/") {
				c.Values[i] = w.Value(cube.Value{Key: metric.Breakdowns[f.breakdown].Keys[i], Name: name})
			}
		}
		list = append(list, cube.Fact{Sum: cube.Sum{Cell: w.Cell(c), Row: f.vector().Row}})
	}
	d.Records = append(d.Records, rollup.Record{Source: source, Tool: w.tool(tool), Effective: true, Totals: totals.vector(), Facts: cube.AppendFacts(nil, list)})
	return &d.Records[len(d.Records)-1]
}

// build rolls every day up.
func (w *world) build() {
	w.t.Helper()
	w.built = map[day.Day]*rollup.Built{}
	for at, d := range w.days {
		b, err := d.Build(w.dictionary.Cells)
		if err != nil {
			w.t.Fatal(err)
		}
		w.built[at] = b
	}
}

func (w *world) Dictionary() *cube.Dictionary { return &w.dictionary }

func (w *world) Units(_ context.Context, e query.Entities, r day.Range, b metric.Breakdown) ([]*query.Unit, error) {
	var out []*query.Unit
	for at := r.From; at <= r.To; at++ {
		built := w.built[at]
		if built == nil {
			continue
		}
		for i := range built.Units {
			from := &built.Units[i]
			if !w.of(e, from) {
				continue
			}
			u := from.Unit
			u.Members = membersOf(built, from)
			if b != metric.Totals {
				sums, err := cube.ReadSums(from.Cells[b-1], len(w.dictionary.Cells))
				if err != nil {
					return nil, err
				}
				u.Cells = sums
			}
			out = append(out, &u)
		}
	}
	return out, w.broken
}

// of reports whether a unit is one of the entities.
func (w *world) of(e query.Entities, u *rollup.Unit) bool {
	if e.Level == query.LevelEnterprise {
		return u.Entity == e.Entity
	}
	return u.Level == e.Level && (e.Organization == 0 || u.Organization == e.Organization)
}

func membersOf(b *rollup.Built, u *rollup.Unit) *roaring.Bitmap {
	if !u.Origin.HasMembers(u.Level) {
		return nil
	}
	for _, m := range b.Members {
		if m.Entity == u.Entity {
			return m.People
		}
	}
	return roaring.New()
}

func (w *world) Sets(_ context.Context, e query.Entities, r day.Range, cells []int32) (query.Sets, error) {
	out := query.Sets{}
	for at := r.From; at <= r.To; at++ {
		built := w.built[at]
		if built == nil {
			continue
		}
		for _, s := range built.Sets {
			if s.Client != 0 || !slices.Contains(cells, s.Cell) {
				continue
			}
			people := s.People
			if e.Level == query.LevelEnterprise && e.Of != query.LevelEnterprise {
				belong := roaring.New()
				for _, m := range built.Members {
					if m.Entity == e.Entity {
						belong = m.People
					}
				}
				people = roaring.And(people, belong)
			}
			out[query.SetKey{Day: at, Tool: s.Tool, Cell: s.Cell}] = people
		}
	}
	return out, nil
}

func (w *world) Weeks(ctx context.Context, e query.Entities, r day.Range, cells []int32) (query.Weeks, error) {
	sets, err := w.Sets(ctx, e, r, cells)
	return query.UnionWeeks(sets), err
}

func (w *world) Users(_ context.Context, _ int64, names []string) ([]int32, error) {
	out := []int32{}
	for _, word := range names {
		for i, login := range w.logins {
			if i > 0 && query.ParseName(word).Matches("", fmt.Sprint(100+i), login) && !slices.Contains(out, int32(i)) {
				out = append(out, int32(i))
			}
		}
	}
	return out, nil
}

func (w *world) UsersNamed(ctx context.Context, names []string) (out [][]int32, err error) {
	for _, name := range names {
		found, _ := w.Users(ctx, acme, []string{name})
		out = append(out, found)
	}
	return out, nil
}

func (w *world) UserName(_ context.Context, _ int64, identity int32) (name, id string, err error) {
	id = fmt.Sprint(100 + identity)
	return cmp.Or(w.logins[identity], id), id, nil
}

func (w *world) Wholes(ctx context.Context, r day.Range, yield func(*query.UserRecord) error) error {
	return w.Records(ctx, 0, r, nil, yield)
}

func (w *world) Records(_ context.Context, _ int64, r day.Range, users []int32, yield func(*query.UserRecord) error) error {
	for at := r.From; at <= r.To; at++ {
		if w.days[at] == nil {
			continue
		}
		for i := range w.days[at].Records {
			rec := &w.days[at].Records[i]
			if rec.Aggregate || !rec.Effective || users != nil && !slices.Contains(users, rec.Identity) {
				continue
			}
			facts, err := cube.ReadFacts(rec.Facts, len(w.dictionary.Cells), nil)
			if err != nil {
				return err
			}
			u := &query.UserRecord{Day: at, Tool: rec.Tool, Identity: rec.Identity, Person: rec.Person, LinesUnknown: rec.LinesUnknown, Totals: rec.Totals}
			for _, f := range facts {
				u.Cells = append(u.Cells, f.Sum)
			}
			if err := yield(u); err != nil {
				return err
			}
		}
	}
	return nil
}

// question is a query in few words, and its answer: a line for each row.
type question struct {
	name     string
	scope    query.Scope // of acme itself if it is not said
	measures string      // with commas between
	by       string
	days     string // the first and the last, as in 05-04 05-08 of 2026
	filters  string // dimension=value, or values with | between, with spaces between
	as       metric.Definition
	source   query.Source
	most     int // rows
	want     []string
}

func (q *question) query(t testing.TB) query.Query {
	t.Helper()
	out := query.Query{Scope: q.scope, Measures: split(q.measures, ","), By: split(q.by, ","), Definition: q.as, Source: q.source, MostRows: q.most}
	out.Scope.Enterprise = acme
	from, to, _ := strings.Cut(q.days, " ")
	var err error
	if out.Range.From, err = day.Parse("2026-" + from); err != nil {
		t.Fatal(err)
	}
	if out.Range.To, err = day.Parse("2026-" + to); err != nil {
		t.Fatal(err)
	}
	for _, f := range strings.Fields(q.filters) {
		dimension, values, _ := strings.Cut(f, "=")
		out.Filters = append(out.Filters, query.Filter{Dimension: dimension, Values: split(values, "|")})
	}
	return out
}

func split(s, sep string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, sep)
}

func (w *world) answer(t testing.TB, q *question) (*query.Result, error) {
	t.Helper()
	if w.built == nil {
		w.build()
	}
	p, err := query.Compile(q.query(t))
	if err != nil {
		return nil, err
	}
	return p.Evaluate(t.Context(), w)
}

// check asks each question and compares the rows of its answer.
func (w *world) check(t *testing.T, questions []question) {
	t.Helper()
	for _, q := range questions {
		t.Run(q.name, func(t *testing.T) {
			a, err := w.answer(t, &q)
			if err != nil {
				t.Fatal(err)
			}
			if got := rowsOf(a); !slices.Equal(got, q.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(q.want, "\n\t"))
			}
		})
	}
}

// rowsOf writes a line for each row: its cells, a dash for null, with four places of a
// fraction.
func rowsOf(a *query.Result) []string {
	out := []string{}
	for _, row := range a.Rows {
		var cells []string
		for _, c := range row {
			switch c := c.(type) {
			case nil:
				cells = append(cells, "-")
			case float64:
				cells = append(cells, fmt.Sprint(math.Round(c*1e4)/1e4))
			default:
				cells = append(cells, fmt.Sprint(c))
			}
		}
		out = append(out, strings.Join(cells, " "))
	}
	return out
}

func (w *world) Changed(context.Context, day.Range) (int64, error) { return 0, nil }

func (w *world) WeekUnits(context.Context, query.Entities, day.Day, metric.Breakdown) ([]*query.Unit, bool, error) {
	return nil, false, nil
}

func (w *world) Revision() int64 { return 0 }

func (w *world) AsOf(int64) query.Rollups { return w }

func (w *world) Differs(context.Context, day.Range, int64, bool) (bool, error) { return false, nil }

func (w *world) Persons(context.Context) (func(int32) uint32, error) { return nil, nil }
