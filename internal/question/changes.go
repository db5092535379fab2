package question

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/sorting"
)

// Changes says what moved in the last four complete ISO weeks against the four before, by
// answers that whoever asks may ask for.
type Changes struct {
	// Now and Before are the periods. If there are not two yet, Ready is the day on which
	// the second ends, 0 if there is no data.
	Now, Before day.Range
	Ready       day.Day
	// Judged is how many figures were looked at, Weeks the weeks of data before Now that
	// say how much figures usually move, and Limit how many times that the figure with the
	// longest history has to move to be named; 0 if nothing can be judged yet.
	Judged, Weeks int
	Limit         float64
	// Movements are the largest that are out of the usual, at most five, by how many times
	// the usual they are. Within are the largest of the others, if there are none.
	Movements, Within []Movement
	DataVersion       int64
}

// Compared reports whether there are two periods.
func (c *Changes) Compared() bool { return c.Now.From != 0 }

// Movement is a figure that moved.
type Movement struct {
	// Figure is the measure's name, or of active users by surface the signal's.
	Figure string
	Kind   FigureKind
	// Organization is whose figure it is, nil for all of the scope.
	Organization *directory.Entity
	Now, Before  float64
	// Usual is how much it usually moves, and Moved how much it did: relatively, or of a
	// ratio in the ratio's own unit. Times is the one in the other.
	Usual, Moved, Times float64
	Reason              Reason
	// Causes are what moved it, largest first; what is left of the movement is Rest.
	Causes []Cause
	Rest   float64
	// Hidden is which share of the movement is in parts of which not all is told to whoever
	// asks, because they are of few people: what those that are told leave of it.
	Hidden float64
	// MissingDays is of how many days reports are missing in Now, and Missing which share
	// of the movement that makes.
	MissingDays int
	Missing     float64
	Break       *metric.Break
	Fault       *metric.ClientFault
	// Recovery is which share of the movement can be recovery from Fault at most: what the
	// features moved of which too little was reported, and editors that somebody may have a
	// mended version of; 0 if that is not known. Of half and more it is the Reason. Counting is
	// what the features moved at most of which Break says that they count since.
	Recovery, Counting float64
}

// Reason is what kind of cause moved a figure.
type Reason string

// The reasons.
const (
	ReasonUse      Reason = "use"
	ReasonCounting Reason = "counting"
	ReasonFault    Reason = "fault"
	ReasonMissing  Reason = "missing"
	// ReasonUnclear is use or a client fault: how much can be of which is not known.
	ReasonUnclear Reason = "unclear"
)

// Cause is a part of a movement: of an organization, a feature, or both; Share is of the
// movement. Model and Language are those that most of it is of, "" if none is.
type Cause struct {
	Organization    *directory.Entity
	Feature         string
	Model, Language string
	Share           float64
}

// The most movements and causes that are told, and the least share that is.
const (
	mostMovements = 5
	mostCauses    = 2
	leastShare    = 0.1
)

// changesKey is whose changes are told to whom.
type changesKey struct {
	scope    query.Scope
	reader   string
	today    day.Day
	revision int64
}

// Changes compares the scope's last four complete weeks with the four before.
func (a *Answerer) Changes(ctx context.Context, w Parameters) (*Changes, error) {
	w = Parameters{Enterprise: w.Enterprise, Org: w.Org}
	q, err := a.understand(ctx, w)
	if err != nil {
		return nil, err
	}
	version, err := a.store.DataVersion(ctx, q.scope.Enterprise)
	if err != nil {
		return nil, fmt.Errorf("data version: %w", err)
	}
	revision, err := a.DirectoryVersion(ctx)
	if err != nil {
		return nil, err
	}
	key := changesKey{q.scope, access.Of(ctx).CacheKey(), a.Today(), revision}
	return a.memory.changes.Get(q.scope.Enterprise, version, key, func() (*Changes, error) {
		return (&comparison{Answerer: a, ctx: ctx, words: w, organizations: q.names.In(directory.Organization, q.scope.Enterprise)}).run()
	})
}

// comparison is one computation of Changes.
type comparison struct {
	*Answerer
	ctx           context.Context
	words         Parameters
	organizations []*directory.Entity
	out           Changes
	// weeks is the history, as a range that those who may not view people are answered.
	weeks   day.Range
	missing map[int64][]day.Day // by organization, 0 for the scope
	// partly are days of Now of which some organization's reports are missing.
	partly  map[day.Day]bool
	figures []judgedFigure
}

// judgedFigure is a figure with what it is of and how it moved.
type judgedFigure struct {
	name         string
	organization *directory.Entity
	weeklyFigure
	judgement
}

func (c *comparison) run() (*Changes, error) {
	status, err := c.Status(c.ctx, c.words)
	if err != nil {
		return nil, err
	}
	c.out.DataVersion = status.DataVersion
	if status.Data.Len() == 0 {
		return &c.out, nil
	}
	end := (min(status.CompleteTo, c.Today()-ProvisionalDays) + 1).Week()
	first := (status.Data.From + 6).Week()
	if end < first+2*7*movementWeeks {
		c.out.Ready = first + 2*7*movementWeeks - 1
		return &c.out, nil
	}
	c.out.Now = day.Range{From: end - 7*movementWeeks, To: end - 1}
	c.out.Before = day.Range{From: c.out.Now.From - 7*movementWeeks, To: c.out.Now.From - 1}
	c.weeks = day.Range{From: end - 7*historyWeeks, To: end - 1}
	c.out.Weeks = int(c.out.Now.From-max(first, c.weeks.From)) / 7
	if err := c.readMissing(first); err != nil {
		return nil, err
	}
	if err := c.readFigures(); err != nil {
		return nil, err
	}
	return &c.out, c.judgeAll()
}

// ask answers a question over a range, nil where no report can or whoever asks may not.
func (c *comparison) ask(org string, r day.Range, compare bool, where []string, measures []string, by ...string) (*table, error) {
	w := c.words
	if org != "" {
		w.Org = org
	}
	w.From, w.To, w.Where, w.Measures, w.By, w.Compare = r.From.String(), r.To.String(), where, measures, by, compare
	a, err := c.Query(c.ctx, w)
	switch fault.KindOf(err) {
	case fault.Forbidden, fault.Unsupported:
		return &table{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask what changed: %w", err)
	}
	return &table{a}, nil
}

// table reads an answer by the names of its columns.
type table struct{ *query.Answer }

func (t *table) rows() [][]any {
	if t.Answer == nil {
		return nil
	}
	return t.Rows
}

// name returns a row's value of a dimension, "" if it has none by itself.
func (t *table) name(row []any, column string) string {
	if i := t.Column(column); i >= 0 {
		if s, ok := row[i].(string); ok && !query.IsOthers(s) && s != hiddenEntities {
			return s
		}
	}
	return ""
}

// hides reports whether some of a row is hidden, now or before.
func (t *table) hides(row []any) bool {
	for _, column := range []string{query.HiddenWeeks, query.HiddenWeeks + "_previous"} {
		if n := t.cell(row, column); n > 0 {
			return true
		}
	}
	return false
}

// folds reports whether a row holds what is hidden of others, or some of it is hidden.
func (t *table) folds(row []any) bool {
	return t.hides(row) || slices.ContainsFunc(row, func(v any) bool {
		s, ok := v.(string)
		return ok && (query.IsOthers(s) || s == hiddenEntities)
	})
}

// number returns a row's number, NaN if it is unknown or some of it is hidden.
func (t *table) number(row []any, column string) float64 {
	if t.hides(row) {
		return math.NaN()
	}
	return t.cell(row, column)
}

// cell returns a row's number, NaN if it is unknown.
func (t *table) cell(row []any, column string) float64 {
	if i := t.Column(column); i >= 0 {
		return number(row[i])
	}
	return math.NaN()
}

// number returns a figure of an answer, NaN if it is unknown.
func number(figure any) float64 {
	switch n := figure.(type) {
	case int64:
		return float64(n)
	case float64:
		return n
	}
	return math.NaN()
}

// readMissing reads of which days reports are missing.
func (c *comparison) readMissing(first day.Day) error {
	c.missing, c.partly = map[int64][]day.Day{}, map[day.Day]bool{}
	read := func(id int64, org string) error {
		w := c.words
		if org != "" {
			w.Org = org
		}
		w.From, w.To = max(first, c.weeks.From).String(), c.weeks.To.String()
		status, err := c.Status(c.ctx, w)
		if err != nil {
			return fmt.Errorf("days missing: %w", err)
		}
		c.missing[id] = status.Missing
		ends := day.Day(0)
		for _, s := range status.Sources {
			ends = max(ends, s.Days.To)
		}
		for d := ends + 1; len(status.Sources) > 0 && d <= c.weeks.To; d++ { // what ends early is missing to the end
			if !slices.Contains(c.missing[id], d) {
				c.missing[id] = append(c.missing[id], d)
			}
		}
		return nil
	}
	if err := read(0, ""); err != nil {
		return err
	}
	if c.words.Org != "" {
		return nil
	}
	for _, o := range c.organizations {
		if err := read(o.ID, o.Key()); err != nil {
			return err
		}
	}
	return nil
}

// The weight of a day in its week: hardly anybody works on weekends.
const (
	weekdayWeight = 1.0
	weekendWeight = 0.1
	weekWeight    = 5*weekdayWeight + 2*weekendWeight
)

// present returns which part of each week's work there are reports of.
func (c *comparison) present(organization int64) []float64 {
	out := make([]float64, historyWeeks)
	for i := range out {
		out[i] = 1
	}
	for _, d := range c.missing[organization] {
		weight := weekdayWeight
		if d >= d.Week()+5 {
			weight = weekendWeight
		}
		if c.weeks.Contains(d) {
			out[int(d-c.weeks.From)/7] -= weight / weekWeight
		}
	}
	return out
}

// signalFigures are the surfaces whose users are looked at.
var signalFigures = []string{"used_agent", "used_chat", "used_cli", "used_copilot_app", "used_copilot_cloud_agent", "used_copilot_code_review_active"}

const monthlyUsers = "monthly_active_users"

// readFigures asks for the figures by week.
func (c *comparison) readFigures() error {
	totals, err := c.ask("", c.weeks, false, nil, []string{"loc_changed", "interactions", "ai_credits", monthlyUsers}, "week")
	if err != nil {
		return err
	}
	whole := c.seriesOf(totals)
	c.add("loc_changed", nil, AmountFigure, whole("loc_changed"), nil)
	c.add("active_users", nil, PeopleFigure, whole(monthlyUsers), nil)
	c.add("interactions", nil, AmountFigure, whole("interactions"), nil)
	c.add("ai_credits", nil, AmountFigure, whole("ai_credits"), nil)

	split, err := c.ask("", c.weeks, false, nil, []string{"loc_changed"}, "week", "initiator")
	if err != nil {
		return err
	}
	by := c.seriesBy(split, "initiator", "loc_changed")
	c.add("agent_contribution", nil, RatioFigure, by[metric.ByAgent], addSeries(by[metric.User], by[metric.ByAgent], by[metric.Unclassified]))

	completions, err := c.ask("", c.weeks, false, []string{"feature=code_completion"}, []string{"acceptances", "generations"}, "week")
	if err != nil {
		return err
	}
	completed := c.seriesOf(completions)
	c.add("acceptance_rate", nil, RatioFigure, completed("acceptances"), completed("generations"))

	signals, err := c.ask("", c.weeks, false, nil, []string{monthlyUsers}, "week", "signal")
	if err != nil {
		return err
	}
	users := c.seriesBy(signals, "signal", monthlyUsers)
	for _, name := range signalFigures {
		c.add(name, nil, PeopleFigure, users[name], nil)
	}
	return c.readOrganizations()
}

func (c *comparison) readOrganizations() error {
	if c.words.Org != "" {
		return nil
	}
	t, err := c.ask("", c.weeks, false, nil, []string{"loc_changed", monthlyUsers}, "organization", "week")
	if err != nil {
		return err
	}
	lines, users := c.seriesBy(t, "organization", "loc_changed"), c.seriesBy(t, "organization", monthlyUsers)
	for _, o := range c.organizations {
		c.add("loc_changed", o, AmountFigure, lines[o.Key()], nil)
		c.add("active_users", o, PeopleFigure, users[o.Key()], nil)
	}
	c.lackOrganizations(lines)
	return nil
}

// lackOrganizations takes out of what there is of the scope's weeks what organizations lack
// that send reports of their own, by their share of the lines of the weeks before.
func (c *comparison) lackOrganizations(lines map[string][]float64) {
	last := historyWeeks - 1 - movementWeeks
	sum := func(num []float64) float64 { return (&weeklyFigure{Num: num}).reported(last) }
	whole := 0.0
	for _, num := range lines {
		whole += sum(num)
	}
	for _, o := range c.organizations {
		num := lines[o.Key()]
		if num == nil || whole == 0 || slices.Equal(c.missing[o.ID], c.missing[0]) {
			continue
		}
		share, present, all := sum(num)/whole, c.present(o.ID), c.present(0)
		for i := range c.figures {
			if f := &c.figures[i]; f.organization == nil {
				for week := range f.Present {
					f.Present[week] -= share * max(0, all[week]-present[week])
				}
			}
		}
		for _, d := range c.missing[o.ID] {
			if c.out.Now.Contains(d) && !slices.Contains(c.missing[0], d) {
				c.partly[d] = true
			}
		}
	}
}

// seriesOf returns a measure's numbers by week of an answer by week.
func (c *comparison) seriesOf(t *table) func(measure string) []float64 {
	return func(measure string) []float64 { return c.seriesBy(t, "", measure)[""] }
}

// seriesBy returns a measure's numbers by week, by the value of a dimension.
func (c *comparison) seriesBy(t *table, dim, measure string) map[string][]float64 {
	out := map[string][]float64{}
	for _, row := range t.rows() {
		key, week := t.name(row, dim), t.name(row, "week")
		monday, err := day.Parse(week)
		if err != nil || dim != "" && key == "" || !c.weeks.Contains(monday) {
			continue
		}
		if out[key] == nil {
			out[key] = unknownWeeks()
		}
		out[key][int(monday-c.weeks.From)/7] = t.number(row, measure)
	}
	return out
}

func unknownWeeks() []float64 {
	out := make([]float64, historyWeeks)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// addSeries adds series up; unknown is nothing where another is known.
func addSeries(series ...[]float64) []float64 {
	out := unknownWeeks()
	for _, s := range series {
		for i, v := range s {
			switch {
			case math.IsNaN(v):
			case math.IsNaN(out[i]):
				out[i] = v
			default:
				out[i] += v
			}
		}
	}
	return out
}

// add adds a figure, unless nothing is known of it.
func (c *comparison) add(name string, of *directory.Entity, kind FigureKind, num, den []float64) {
	if num == nil || kind == RatioFigure && den == nil {
		return
	}
	var id int64
	if of != nil {
		id = of.ID
	}
	c.figures = append(c.figures, judgedFigure{name: name, organization: of, weeklyFigure: weeklyFigure{kind: kind, Num: num, Den: den, Present: c.present(id)}})
}

// judgeAll finds out which figures moved, and what moved the largest.
func (c *comparison) judgeAll() error {
	among := newLimits(len(c.figures))
	for i := range c.figures {
		f := &c.figures[i]
		if f.judgement = f.judge(among); f.judgement.known {
			if c.out.Judged++; c.out.Judged == 1 || f.limit < c.out.Limit {
				c.out.Limit = f.limit
			}
		}
	}
	var named, within []Movement
	for i := range c.figures {
		f := &c.figures[i]
		if !f.known {
			continue
		}
		m := c.movement(f)
		if !f.named(f.kind) && m.Reason != ReasonMissing {
			within = append(within, m)
			continue
		}
		// What is explained first may be what explains an organization's.
		if m.Organization == nil {
			if err := c.explain(&m); err != nil {
				return err
			}
		}
		named = append(named, m)
	}
	named = slices.DeleteFunc(named, func(m Movement) bool { return told(named, &m) })
	larger := func(a, b Movement) int { return cmp.Compare(b.Times, a.Times) }
	sorting.Stable(named, larger)
	sorting.Stable(within, larger)
	c.out.Movements = named[:min(mostMovements, len(named))]
	for i := range c.out.Movements {
		if m := &c.out.Movements[i]; m.Organization != nil {
			if err := c.explain(m); err != nil {
				return err
			}
		}
	}
	if len(named) == 0 {
		c.out.Within = within[:min(2, len(within))]
	}
	return nil
}

// told reports whether an organization's movement is the first cause of one of the whole
// scope, or that one's missing data its own.
func told(named []Movement, m *Movement) bool {
	return m.Organization != nil && slices.ContainsFunc(named, func(o Movement) bool {
		if o.Organization != nil || o.Figure != m.Figure || (o.Moved > 0) != (m.Moved > 0) || o.Reason == ReasonMissing || m.Reason == ReasonMissing {
			return false
		}
		return len(o.Causes) > 0 && o.Causes[0].Organization != nil && o.Causes[0].Organization.ID == m.Organization.ID
	})
}

// movement puts a judged figure into words for the reader. An amount is told as reported:
// what days without reports make of it is a cause.
func (c *comparison) movement(f *judgedFigure) Movement {
	m := Movement{Figure: f.name, Kind: f.kind, Organization: f.organization, Now: f.now, Before: f.before, Usual: f.usual, Moved: f.judgement.moved, Times: f.times(), Reason: ReasonUse}
	last := len(f.Num) - 1
	if f.kind == AmountFigure {
		m.Now, m.Before = f.reported(last), f.reported(last-movementWeeks)
		lost := (m.Now - f.now) - (m.Before - f.before)
		if moved := f.movedBetween(m.Now, m.Before); m.Now != f.now && math.Abs(moved) > f.limit*f.usual && lost/(m.Now-m.Before) > leastShare {
			m.Moved, m.Times = moved, math.Abs(moved)/f.usual
			m.Missing = min(1, lost/(m.Now-m.Before))
			if m.Missing >= 0.5 {
				m.Reason = ReasonMissing
			}
		}
	}
	var id int64
	if f.organization != nil {
		id = f.organization.ID
	}
	for _, d := range c.missing[id] {
		if c.out.Now.Contains(d) {
			m.MissingDays++
		}
	}
	if f.organization == nil {
		m.MissingDays += len(c.partly)
	}
	if m.Reason == ReasonUse {
		c.besides(&m)
	}
	return m
}

// besides looks for what else than use may have moved a figure.
func (c *comparison) besides(m *Movement) {
	for _, b := range metric.BreaksIn(day.Range{From: c.out.Before.From + 1, To: c.out.Now.To}) {
		if m.Moved > 0 && slices.Contains(b.Raises, m.Figure) {
			m.Reason, m.Break = ReasonCounting, &b
			return
		}
	}
	for i := range metric.ClientFaults {
		f := &metric.ClientFaults[i]
		recovery := m.Moved > 0 && f.Bounds[m.Figure] == metric.AtLeast || m.Moved < 0 && m.Figure == "used_cli" && slices.Contains(f.High, "copilot_cli")
		if recovery && f.Known <= c.out.Now.To && (f.Until == 0 || f.Until >= c.out.Before.From) {
			m.Fault = f
		}
	}
}

// explain finds what moved a figure, and of what kind most of that is.
func (c *comparison) explain(m *Movement) error {
	if err := c.divide(m); err != nil {
		return err
	}
	if m.Reason == ReasonUse && m.Fault != nil && m.Recovery == 0 {
		m.Reason = ReasonUnclear
	}
	return nil
}

// divide finds what moved a figure by organization and mode, as far as answers say.
func (c *comparison) divide(m *Movement) error {
	org := ""
	if m.Organization != nil {
		org = m.Organization.Key()
	}
	across := org == "" && c.words.Org == "" && len(c.organizations) > 0
	var dims, where []string
	num, den := m.Figure, ""
	switch m.Figure {
	case "loc_changed", "interactions":
		dims = []string{"feature"}
	case "agent_contribution":
		num = "loc_changed"
	case "acceptance_rate":
		num, den, where = "acceptances", "generations", []string{"feature=code_completion"}
	case "ai_credits", "active_users":
	default:
		num, where = "active_users", []string{"signal=" + m.Figure}
	}
	if across {
		dims = append([]string{"organization"}, dims...)
	}
	if m.Figure == "agent_contribution" && !across {
		dims = append(dims, "model")
	}
	if len(dims) == 0 {
		return nil
	}
	parts, hidden, err := c.parts(org, where, num, den, m.Figure == "agent_contribution", dims)
	if err != nil {
		return err
	}
	found, movement := contributions(m.Kind, parts)
	if movement == 0 || (movement > 0) != (m.Now > m.Before) {
		return nil // answers by parts do not speak of the same
	}
	for _, x := range found {
		if hidden && slices.Contains(x.of, "") {
			m.Hidden += x.amount / movement * (1 - m.Missing)
		}
	}
	if at := slices.Index(dims, "feature"); at >= 0 {
		share := func(features []string) float64 {
			sum := 0.0
			for _, x := range found { // what is hidden may all be of them
				if slices.Contains(features, x.of[at]) || hidden && x.of[at] == "" {
					sum += x.amount / movement * (1 - m.Missing)
				}
			}
			return min(max(sum, 0), 1)
		}
		if m.Break != nil {
			if m.Counting = share(m.Break.Features); m.Counting < 0.5 && m.Reason == ReasonCounting {
				m.Reason = ReasonUse
			}
		}
		if m.Fault != nil {
			if m.Recovery = share(m.Fault.Low); m.Recovery > 0 {
				if err := c.boundRecovery(org, m); err != nil {
					return err
				}
			}
			if m.Reason == ReasonUse && m.Recovery >= 0.5 {
				m.Reason = ReasonFault
			}
		}
	}
	rest := 1 - m.Missing
	for _, x := range found {
		share := x.amount / movement * (1 - m.Missing)
		if len(m.Causes) == mostCauses || share < leastShare {
			break
		}
		cause := Cause{Share: share}
		for i, dim := range dims {
			switch dim {
			case "organization":
				cause.Organization = c.organization(x.of[i])
			case "feature":
				cause.Feature = x.of[i]
			case "model":
				cause.Model = x.of[i]
			}
		}
		if cause.Organization == nil && cause.Feature == "" && cause.Model == "" {
			continue // what is in no value stays in the rest
		}
		m.Causes, rest = append(m.Causes, cause), rest-share
	}
	m.Rest = rest
	if len(m.Causes) > 0 && slices.Contains(dims, "feature") {
		return c.detail(org, m)
	}
	return nil
}

// boundRecovery takes out of what can be recovery from a fault what moved in editors of which
// nobody can have a mended version: lines that come back name their editor. Those who may not
// view people are not told who has which.
func (c *comparison) boundRecovery(org string, m *Movement) error {
	w := c.words
	if org != "" {
		w.Org = org
	}
	w.From, w.To = c.out.Now.From.String(), c.out.Now.To.String()
	use, err := c.ClientUse(c.ctx, w)
	if err != nil {
		return fmt.Errorf("editors that may be mended: %w", err)
	}
	parts, _, err := c.parts(org, nil, m.Figure, "", false, []string{"ide"})
	if err != nil {
		return err
	}
	found, movement := contributions(m.Kind, parts)
	if movement == 0 || (movement > 0) != (m.Now > m.Before) {
		return nil
	}
	most := 1.0
	for _, x := range found {
		if x.of[0] != "" && !mayBeMended(m.Fault, x.of[0], use) {
			most -= max(0, x.amount/movement)
		}
	}
	if m.Recovery = min(m.Recovery, max(0, most)); m.Recovery == 0 {
		m.Fault = nil
	}
	return nil
}

// mayBeMended reports whether somebody may have a version of an editor that is without a
// fault from which the editor's former versions suffered.
func mayBeMended(f *metric.ClientFault, ide string, use []ClientUse) bool {
	row := f.Of(metric.Client{IDE: ide})
	if row == nil {
		return false // it never had the fault
	}
	i := slices.IndexFunc(use, func(u ClientUse) bool { return u.IDE == ide })
	return row.Expected != "" || i < 0 || slices.ContainsFunc(use[i].Versions, func(v ClientVersion) bool {
		return f.Of(metric.Client{IDE: ide, IDEVersion: v.IDE, PluginVersion: v.Plugin}) == nil
	})
}

func (c *comparison) organization(key string) *directory.Entity {
	for _, o := range c.organizations {
		if o.Key() == key {
			return o
		}
	}
	return nil
}

// parts asks for a figure now and before by dimensions; of a split the numerator is what
// agents did. hidden says that some parts are in one without a name, because they are not
// told to whoever asks.
func (c *comparison) parts(org string, where []string, num, den string, split bool, dims []string) (out []part, hidden bool, err error) {
	measures, by := []string{num}, dims
	if den != "" {
		measures = append(measures, den)
	}
	if split {
		by = append(slices.Clone(dims), "initiator")
	}
	t, err := c.ask(org, c.out.Now, true, where, measures, by...)
	if err != nil {
		return nil, false, err
	}
	hidden = slices.ContainsFunc(t.rows(), t.folds)
	for _, row := range t.rows() {
		p := part{}
		for _, dim := range dims {
			p.of = append(p.of, t.name(row, dim))
		}
		if t.hides(row) || p.of[0] == "" || hidden && (math.IsNaN(t.cell(row, num)) || math.IsNaN(t.cell(row, num+"_previous"))) {
			clear(p.of) // it is of several values, and some of it is in other rows
		}
		value := func(column string) float64 {
			if v := t.cell(row, column); !math.IsNaN(v) {
				return v
			}
			return 0
		}
		switch {
		case split:
			who := t.name(row, "initiator")
			if who == "" {
				continue // the discrepancy is in no share
			}
			p.den, p.denBefore = value(num), value(num+"_previous")
			if who == metric.ByAgent {
				p.num, p.numBefore = p.den, p.denBefore
			}
		default:
			p.num, p.numBefore = value(num), value(num+"_previous")
			if den != "" {
				p.den, p.denBefore = value(den), value(den+"_previous")
			}
		}
		if i := slices.IndexFunc(out, func(o part) bool { return slices.Equal(o.of, p.of) }); i >= 0 {
			o := &out[i]
			o.num, o.numBefore, o.den, o.denBefore = o.num+p.num, o.numBefore+p.numBefore, o.den+p.den, o.denBefore+p.denBefore
			continue
		}
		out = append(out, p)
	}
	return out, hidden, nil
}

// detail finds the model and the language that most of the first cause is of.
func (c *comparison) detail(org string, m *Movement) error {
	first := &m.Causes[0]
	if first.Organization != nil {
		org = first.Organization.Key()
	}
	var where []string
	if first.Feature != "" {
		where = []string{"feature=" + first.Feature}
	}
	for dim, to := range map[string]*string{"model": &first.Model, "language": &first.Language} {
		parts, _, err := c.parts(org, where, m.Figure, "", false, []string{dim})
		if err != nil {
			return err
		}
		found, movement := contributions(m.Kind, parts)
		if len(found) > 0 && movement != 0 && (movement > 0) == (m.Now > m.Before) && found[0].amount/movement >= 0.5 {
			*to = found[0].of[0]
		}
	}
	return nil
}
