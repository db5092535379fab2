package query

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
)

// Mask says which figures whoever asks is shown of an enterprise. What it hides is still in
// the rows that hold the rest, so that rows add up to the total:
//
//   - by organization, team, language, model or IDE the null row;
//   - by feature and tool a row that Others names, and one of those by language of a
//     feature; who initiated what is in it is unclassified, where it happened unknown.
//
// In those rows nobody is counted. Counts of people under the minimum, and those that leave
// fewer of all, are null. A filter to what is hidden is refused, and so are languages and
// models together, which are not judged. Users are no part of a question with a mask.
//
// What is decided of an ISO week holds for the week as a whole; rows that are of some of
// its days show what is marked by day.
//
// A figure of which a correction is held back is what it was as of an earlier revision. The
// rows that hold the rest have the correction, unless it is that of a total.
type Mask struct {
	// Minimum is of how many people a figure has to be.
	Minimum int
	// Held are the weeks in which a correction is held back, with the earlier revisions of
	// which some of their figures are.
	Held map[day.Day][]int64
	// Weeks are by their Mondays. Of others only what is not known by person is shown, and
	// the enterprise's totals.
	Weeks map[day.Day]MaskedWeek
	// Changed has the last revision that had changed each of the weeks when that was decided.
	Changed map[day.Day]int64

	mu sync.Mutex
	// periods are kept of the latest questions.
	periods map[day.Range]*placedPeople
}

// checkMask refuses data of which it was not decided what is shown: it changed between the
// decision and the answer.
func (p *Plan) checkMask(ctx context.Context, r Rollups) error {
	if p.Query.Mask == nil {
		return nil
	}
	for monday, decided := range p.Query.Mask.Changed {
		changed, err := r.Changed(ctx, day.Range{From: monday, To: monday + 6})
		if err != nil {
			return err
		}
		if changed != decided {
			return fault.New(fault.Unavailable, "the data of the week of %s changed while it was decided what may be shown of it: try again", monday)
		}
	}
	return nil
}

// MaskedWeek is the entities whose people of a week are known. Those that are not shown
// are there too.
type MaskedWeek map[int64]*MaskedEntity

// MaskedEntity is what is shown of an entity's week: as a whole, and of days by
// themselves, of which Monday is 0. Nothing is shown where it is nil.
type MaskedEntity struct {
	Week *ShownFigures
	Days map[int8]*ShownFigures
	// Whole says that the week's total has a correction that its days do not show: it is no
	// sum of theirs.
	Whole bool
}

// ShownFigures are an entity's totals, and what else is shown of it. Revisions are 0 for
// the current one; that of the enterprise's total of a week is the days' own, unless it is
// Whole.
type ShownFigures struct {
	Revision int64
	// Tools are those that are shown by themselves; all if it is nil. Cells that have people
	// alone are those of whom a count is shown; Reporting is one of them. Of the enterprise
	// those are there, too, of which none is.
	Tools map[int32]bool
	Cells map[ToolCell]Shown
	// FormerTools and FormerCells have the revisions of tools, and of cells by the bits of
	// Shown, of which a correction is held back.
	FormerTools map[int32]int64
	FormerCells map[ToolCell][2]int64
}

// ToolCell is a cell of one tool's figures.
type ToolCell struct{ Tool, Cell int32 }

// Shown says what is shown of a cell.
type Shown uint8

const (
	// ShownCell is the cell by itself.
	ShownCell Shown = 1 << iota
	// ShownFirst is the sum over all cells with its value of the breakdown's first
	// dimension.
	ShownFirst
)

// AggregateUsers is from how many active users on the breakdowns of an aggregate are
// shown, whose people nobody knows.
const AggregateUsers = 20

// Others names the rows of what is not shown: because too few people contributed to it, or
// because it would reveal what they did.
func (m *Mask) Others() string {
	return othersBegin + english.Count(m.Minimum, "person", "people") + " each, or hidden with them)"
}

const othersBegin = "Other (fewer than "

// IsOthers reports whether a row has the name that Others gives.
func IsOthers(name string) bool { return strings.HasPrefix(name, othersBegin) }

// Hides reports whether an entity is hidden in one of the weeks that a range touches.
func (m *Mask) Hides(entity int64, r day.Range) bool {
	for week := r.From.Week(); week <= r.To; week += 7 {
		if e := m.Weeks[week][entity]; e != nil && e.Week == nil {
			return true
		}
	}
	return false
}

// folding is what becomes of a cell that is not shown.
type folding uint8

const (
	foldNothing folding = iota
	foldAll             // it is among the others
	foldSecond          // it is among the others of its first value
	foldAway            // it is left to the row of what has no value
)

// numFoldings is how many foldings have rows.
const numFoldings = int(foldAway)

// unitView is what a mask shows of one unit to one selection.
type unitView struct {
	// figures are those that are shown; nil shows all, since nobody knows whose they are.
	figures *ShownFigures
	// days says that the figures are of the enterprise and of some days of a week, or of a
	// week that is not judged: counts of people by cell are those that may be printed.
	days bool
	// weeks says that rows are of several weeks of an organization or team: counts of people
	// by cell, who are not the same every week, are decided by the week.
	weeks bool
	// correction says that the unit is one that is held back.
	correction bool
	// stated are the cells of what is stated of people without names that are of too few.
	stated map[int32]folding
}

// statedFolds returns which cells of a unit of what is stated are of too few people. Those of
// adoption phases go together, with the smallest of the others if they are too few alone;
// counts of too few, or of all but too few, are left out.
func (t *tally) statedFolds(u *Unit) map[int32]folding {
	out := map[int32]folding{}
	info := &metric.Breakdowns[t.sel.Breakdown]
	least := int64(t.plan.Query.Mask.Minimum)
	few := func(n int64) bool { return n > 0 && n < least }
	switch t.sel.Breakdown {
	case metric.StatedPhases, metric.PhaseActivity, metric.PhaseReviews:
		var cells []cube.Sum
		for _, c := range u.Cells {
			if _, ok := c.Get(0); !ok { // users in phase, else those who were active
				n, known := c.Get(1)
				if c.N[0] = n; !known {
					c.N[0] = 1
				}
			}
			if c.N[0] > 0 {
				cells = append(cells, c)
			}
		}
		slices.SortFunc(cells, func(x, y cube.Sum) int { return cmp.Or(cmp.Compare(x.N[0], y.N[0]), cmp.Compare(x.Cell, y.Cell)) })
		together := int64(0)
		for _, c := range cells {
			if !few(c.N[0]) && !few(together) {
				break
			}
			together += c.N[0]
			out[c.Cell] = foldAll
		}
	case metric.BySurfaceUsers, metric.ByEngagement, metric.Engagement:
		for _, c := range u.Cells {
			for i := range info.Counters {
				whole := u.stated()
				if n, ok := c.Get(metric.Counter(i)); ok && (few(n) || few(whole-n)) {
					out[c.Cell] = foldAway
				}
			}
		}
	}
	return out
}

// see returns what is shown of a unit; nil if it is hidden.
func (t *tally) see(u *Unit) *unitView {
	if u == t.last {
		return t.seen
	}
	v, ok := t.views[u]
	if !ok {
		v = t.look(u)
		t.views[u] = v
	}
	t.last, t.seen = u, v // every cell of a unit asks
	return v
}

func (t *tally) look(u *Unit) *unitView {
	mask := t.plan.Query.Mask
	week := u.Day.Week()
	e := mask.Weeks[week][u.Entity]
	own := u.Entity == t.plan.Query.Scope.Enterprise
	period := t.periodOf(u.Day)
	switch {
	case u.Origin == Stated && !own && t.hidesIn(u.Entity, period):
		return nil
	case u.Origin == Stated:
		return &unitView{stated: t.statedFolds(u)}
	case e == nil && u.Origin == AggregateRecord:
		if u.stated() >= AggregateUsers {
			return &unitView{}
		}
		return &unitView{figures: &ShownFigures{}}
	case !own && (e == nil || t.hidesIn(u.Entity, period)):
		return nil
	case e == nil:
		return &unitView{figures: &ShownFigures{}, days: true}
	}
	figures, days := e.Week, false
	if !t.wholeWeek(u.Day) {
		figures, days = e.Days[int8(u.Day-week)], own
	}
	switch {
	case figures != nil:
		return &unitView{figures: figures, days: days, weeks: !own && period.Len() > 7}
	case own:
		return &unitView{figures: &ShownFigures{}, days: days}
	}
	return nil
}

// entityDays is an entity in a range.
type entityDays struct {
	entity int64
	days   day.Range
}

// hidesIn is Mask.Hides, remembered.
func (t *tally) hidesIn(entity int64, r day.Range) bool {
	k := entityDays{entity, r}
	hides, known := t.hides[k]
	if !known {
		hides = t.plan.Query.Mask.Hides(entity, r)
		t.hides[k] = hides
	}
	return hides
}

// periodOf returns the days of the range that a row with a day is of.
func (t *tally) periodOf(d day.Day) day.Range {
	r := t.window()
	for _, dim := range t.sel.By {
		if metric.DimensionByName(dim).Grain {
			r = r.Intersect(BucketDays(dim, d))
		}
	}
	return r
}

// stated returns the most active users that an aggregate states.
func (u *Unit) stated() (n int64) {
	for _, c := range []metric.Counter{metric.StatedDailyUsers, metric.StatedWeeklyUsers, metric.StatedMonthlyUsers} {
		if stated, ok := u.Totals.Get(c); ok {
			n = max(n, stated)
		}
	}
	return n
}

// showsTool reports whether the unit's tool may be told.
func (v *unitView) showsTool(u *Unit) bool {
	return v.figures == nil || v.figures.Tools == nil || v.figures.Tools[u.Tool]
}

// fold returns what becomes of a cell of the unit in a selection.
func (v *unitView) fold(u *Unit, cell int32, n *needs) folding {
	if f, ok := v.stated[cell]; ok {
		return f
	}
	if v.figures == nil || !n.first && !n.second {
		return foldNothing
	}
	if n.people {
		if v.showsCount(u, cell) {
			return foldNothing
		}
		return foldAway
	}
	shown := v.figures.Cells[ToolCell{u.Tool, cell}]
	switch {
	case shown&ShownCell != 0, !n.second && shown&ShownFirst != 0:
		return foldNothing
	case n.complete:
		return foldAll
	case n.filtersFirst && shown&ShownFirst != 0:
		return foldSecond
	}
	return foldAway
}

// showsCount reports whether it is shown how many people of a unit are in a cell that has people
// alone, or are Reporting.
func (v *unitView) showsCount(u *Unit, cell int32) bool {
	return v.figures == nil || v.days || !v.weeks && v.figures.Cells[ToolCell{u.Tool, cell}]&ShownCell != 0
}

// needs says which dimensions of its breakdown a selection tells or filters by.
type needs struct {
	first, second, filtersFirst bool
	// complete says that the breakdown's cells add up to the totals.
	complete bool
	// people says that the breakdown's cells have people alone.
	people bool
}

// needsOf returns a selection's. The parts of the split are read off the feature.
func (p *Plan) needsOf(s Select) (out needs) {
	info := &metric.Breakdowns[s.Breakdown]
	if info.PeopleOnly {
		return needs{first: true, people: true}
	}
	// Totals are judged by whoever has a record: what only some have is judged by cell.
	out.first = info.Counters != nil
	out.complete = s.Breakdown == metric.ByFeature
	need := func(k metric.Key, filter bool) {
		for i, have := range info.Keys {
			switch {
			case have != k:
			case i == 0:
				out.first, out.filtersFirst = true, out.filtersFirst || filter
			default:
				out.second = true
			}
		}
	}
	for _, dim := range s.By {
		need(metric.DimensionByName(dim).Key, false)
	}
	for _, f := range p.Query.Filters {
		d := metric.DimensionByName(f.Dimension)
		need(d.Key, d.Reported())
	}
	for _, c := range s.Sums {
		if c.Part != metric.Whole {
			need(metric.KeyFeature, false)
		}
	}
	return out
}

// errMasked refuses a question that filters to what the mask does not show.
func (p *Plan) errMasked() error {
	return fault.New(fault.Forbidden, "what the filters select is hidden: on some of these days it covers fewer than %s, or would reveal the figures of a group that small by subtraction; seeing it takes the permission to view people", english.Count(p.Query.Mask.Minimum, "person", "people"))
}

// wholesOf returns the selections that count the people of whom a selection counts some: whoever
// asks can ask for those as well, and subtract.
func (p *Plan) wholesOf(s Select) (out []Select) {
	grains := slices.DeleteFunc(slices.Clone(s.By), func(dim string) bool { return !metric.DimensionByName(dim).Grain })
	if s.Reporting {
		whole := s
		whole.Reporting = false
		out = append(out, whole)
	} else if len(grains) < len(s.By) {
		out = append(out, p.everybody(grains, s.Trailing))
		if plain := p.plain(s.By); len(grains) < len(plain) && len(plain) < len(s.By) {
			out = append(out, p.everybody(plain, s.Trailing)) // of each organization or team
		}
	}
	if len(p.Query.Filters) > 0 {
		out = append(out, Select{Kind: UserSelect, Breakdown: metric.Totals, By: grains, Trailing: s.Trailing, Unfiltered: true})
	}
	return out
}

// everybody returns the selection that counts active people.
func (p *Plan) everybody(by []string, trailing int) Select {
	return Select{Kind: UserSelect, Breakdown: p.servingAt(metric.MeasureByName("active_users"), by), By: by, Trailing: trailing}
}

// maskPeople hides counts of too few, those that leave too few of the people that they
// are some of, and those of rows that do not have all of their people.
func (a *assembly) maskPeople(counts map[rowKey]number, rows map[rowKey]*row, s Select) {
	m := a.plan.Query.Mask
	wholes := a.plan.wholesOf(s)
	for k, n := range counts {
		if r := rows[k]; r != nil && r.uncounted {
			counts[k] = number{}
			continue
		}
		var all []int64
		for _, whole := range wholes {
			table, _ := a.find(whole)
			if w := table[k.project(s.By, whole.By)]; w != nil {
				all = append(all, w.people)
			}
		}
		counts[k] = m.printable(n, all...)
	}
	if s.Breakdown == metric.ByPhase {
		a.maskPhases(counts, rows, s)
	}
}

// maskPhases hides adoption phases until those that are hidden are of enough people together,
// or of nobody: as nearly everybody is in one phase, the others leave them of all.
func (a *assembly) maskPhases(counts map[rowKey]number, rows map[rowKey]*row, s Select) {
	plain := a.plan.plain(s.By)
	wholes, _ := a.find(a.plan.everybody(plain, s.Trailing))
	groups := map[rowKey][]rowKey{}
	for k := range counts {
		if rows[k] != nil {
			group := k.project(s.By, plain)
			groups[group] = append(groups[group], k)
		}
	}
	for group, phases := range groups {
		slices.SortFunc(phases, func(x, y rowKey) int { return slices.Compare(x[:], y[:]) })
		var parts []int64
		whole := int64(0)
		for _, k := range phases {
			parts = append(parts, rows[k].people)
		}
		if w := wholes[group]; w != nil {
			whole = w.people
		}
		for i, printable := range a.plan.Query.Mask.PrintableParts(whole, parts) {
			if !printable {
				counts[phases[i]] = number{}
			}
		}
	}
}

// PrintableParts reports which parts that people are divided into may be counted: none of
// too few, or that leaves too few of the whole, and so many that those that are not, with
// whoever is in no part, are of enough people together, or of nobody.
func (m *Mask) PrintableParts(whole int64, parts []int64) []bool {
	out := make([]bool, len(parts))
	hidden, left := int64(0), whole
	for i, n := range parts {
		if out[i] = m.printable(number{n, true}, whole).known; out[i] {
			left -= n
		} else {
			hidden += n
		}
	}
	few := func(n int64) bool { return n > 0 && !m.Printable(n) }
	for few(hidden) || few(left) {
		smallest := -1
		for i, n := range parts {
			if out[i] && n > 0 && (smallest < 0 || n < parts[smallest]) {
				smallest = i
			}
		}
		if smallest < 0 {
			break
		}
		out[smallest] = false
		hidden, left = hidden+parts[smallest], left+parts[smallest]
	}
	return out
}

// printable returns a count of people unless it is of too few, or leaves too few of a whole
// that it is a part of; nobody is never too few.
func (m *Mask) printable(n number, wholes ...int64) number {
	if !m.Printable(n.n) || slices.ContainsFunc(wholes, func(whole int64) bool { return whole > n.n && !m.Printable(whole-n.n) }) {
		return number{}
	}
	return n
}
