package question

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// ImpactFigures are the tables that an Impact has, by name.
var ImpactFigures = []string{"findings", "multiplier", "phases", "seats", "moves", "trends", "trend-phases", "features", "return",
	"outcome", "suggestions", "review-times", "repositories", "organizations", "recommendations"}

// AsGitHubImpact returns w as GitHub's page of impact is: Copilot, the last 28 days, and nothing
// else filtered.
func (w Parameters) AsGitHubImpact() Parameters {
	w.Days, w.From, w.To = PhaseDays, "", ""
	w.Where, w.Surface, w.Definition = []string{"tool=" + metric.Copilot}, "", ""
	return w
}

// ImpactTable answers w with one of ImpactFigures. Questions about single people are refused.
func (a *Answerer) ImpactTable(ctx context.Context, w Parameters, figures string) (*query.Answer, error) {
	if !slices.Contains(ImpactFigures, figures) {
		return nil, fault.New(fault.Invalid, "figures %.40q is not one of %s", figures, strings.Join(ImpactFigures, ", "))
	}
	if _, about := w.People(); about {
		return nil, fault.New(fault.Unsupported, "impact is of groups of people: remove the filter to single ones")
	}
	i, err := a.Impact(ctx, w)
	if err != nil {
		return nil, err
	}
	t, err := i.Table(figures)
	if err != nil {
		return nil, err
	}
	v := i.view
	return &query.Answer{Definition: v.definition, From: v.r.From, To: v.r.To, CompleteTo: v.completeTo, HeldBack: i.HeldBack, Columns: t.Columns, Rows: t.Rows,
		Warnings: append(v.warnings(Parameters{}, &query.Result{}), t.Notes...)}, nil
}

// ImpactTable is one of ImpactFigures. Notes say why figures are missing.
type ImpactTable struct {
	Columns []query.Column
	Rows    [][]any
	Notes   []string
}

// Table returns one of ImpactFigures, or why nothing can be asked of it.
func (i *Impact) Table(figures string) (*ImpactTable, error) {
	if err := i.Refused[figures]; err != nil {
		return nil, err
	}
	t := &ImpactTable{Rows: [][]any{}}
	switch figures {
	case "findings":
		t.findings(i.Findings)
	case "multiplier":
		t.multiplier(i.Multiplier)
	case "phases":
		t.phases(&i.Phases)
	case "seats":
		t.seats(i)
	case "moves":
		t.moves(i.Moves)
	case "trends":
		t.trends(i.Trends)
	case "trend-phases":
		t.trendPhases(i.Trends)
	case "features":
		t.features(&i.Features)
	case "return":
		t.returns(&i.Return)
	case "outcome":
		t.outcome(&i.Pulls)
	case "suggestions":
		t.suggestions(&i.Pulls)
	case "review-times":
		t.reviewTimes(&i.Pulls)
	case "repositories":
		t.pullsBy(i.Pulls.Repositories, "repository", true)
	case "organizations":
		t.pullsBy(i.Pulls.Organizations, "organization", false)
	case "recommendations":
		t.recommendations(&i.Steps)
	default:
		return nil, fault.New(fault.Invalid, "figures %.40q is not one of %s", figures, strings.Join(ImpactFigures, ", "))
	}
	if i.Faulty > 0 && (figures == "findings" || figures == "multiplier" || figures == "phases") {
		t.note("clients of some people may have a known fault, with which phase 1 is too low and phase 2 may be too high: data quality says whose")
	}
	return t, nil
}

// impactNotes say in words why figures are missing.
var impactNotes = map[NoImpact]string{
	ImpactPeople:                   "people: counting or comparing people takes the permission to view people here",
	ImpactFilters:                  "filters: phases are of whole Copilot records; remove the filters",
	ImpactRecords:                  "records: neither an aggregate that states them nor a record of a person is there in these days",
	ImpactBreak:                    "break: nothing is compared across a day on which GitHub changed what it counts, or a fault of clients began, ended or was made known",
	ImpactPerson:                   "person: pull requests are not known by person, so people alike cannot be compared",
	ImpactTeams:                    "teams: no teams are known, so nobody is matched",
	ImpactOfTeam:                   "team: GitHub makes no aggregates of teams, and nothing else states pull requests by phase",
	ImpactNoPhases:                 "phases: there are no figures by adoption phase in these days",
	ImpactTogether:                 "together: some phases are not told apart because they are of few people, so the steps cannot be compared",
	ImpactShort:                    "short: there are less than 56 days of data",
	ImpactFew:                      "few: either group needs 20 people",
	ImpactNothing:                  "nothing_to_explain: engaged people do not merge more",
	NoImpact(impact.TooFewEngaged): "engaged: too few engaged people; 20 are needed",
	NoImpact(impact.TooFewPassive): "passive: too few passive people; 20 are needed",
	NoImpact(impact.TooFewPairs):   "pairs: too few people alike; 20 pairs are needed",
	NoImpact(impact.TooFewWeeks):   "weeks: too few weeks; 4 are needed",
	NoImpact(impact.Nothing):       "nothing: one of the groups has none of what is compared",
}

// addColumns adds columns, each a name and, after a space, its type; without one it is a number.
func (t *ImpactTable) addColumns(columns ...string) {
	for _, c := range columns {
		name, kind, typed := strings.Cut(c, " ")
		if !typed {
			kind = "number"
		}
		t.Columns = append(t.Columns, query.Column{Name: name, Type: kind})
	}
}

func (t *ImpactTable) addRow(cells ...any) { t.Rows = append(t.Rows, cells) }

// without notes why something is missing, and returns it as a cell: null if nothing is.
func (t *ImpactTable) without(why NoImpact) any {
	if why == "" {
		return nil
	}
	t.note(impactNotes[why])
	return string(why)
}

// whole is a whole number that may be unknown, as a cell.
func whole(n *float64) any {
	if n == nil {
		return nil
	}
	return int64(*n)
}

// dayCell is a day as a cell, null for none.
func dayCell(d day.Day) any {
	if d == 0 {
		return nil
	}
	return d.String()
}

// changed notes what changed, and returns the day as a cell.
func (t *ImpactTable) changed(b *metric.Break) any {
	if b == nil {
		return nil
	}
	t.note(fmt.Sprintf("changed %s: %s", b.Day, b.Label))
	return b.Day.String()
}

// note adds what has to be known to read the table, once.
func (t *ImpactTable) note(text string) {
	if text != "" && !slices.Contains(t.Notes, text) {
		t.Notes = append(t.Notes, text)
	}
}

func (t *ImpactTable) findings(list []Finding) {
	t.addColumns("question string", "answer string", "why string", "compared string", "estimate", "low", "high", "before", "after", "needed integer", "earlier date", "changed date")
	for _, f := range list {
		cells := make([]any, 8)
		switch {
		case f.Question == FindMore && f.Why == "":
			cells = []any{"share_with_agents", f.Shares.Diff, f.Shares.Low, f.Shares.High, f.Shares.Before, f.Shares.After, nil, dayCell(f.Earlier)}
		case f.Question != FindMore && f.Ratio.Why == "":
			cells = []any{map[string]string{FindPulls: FigureMerged, FindCause: impactMeasures[0].measure, FindFaster: FigureMinutes}[f.Question], f.Ratio.Ratio, f.Ratio.Low, f.Ratio.High, nil, nil, int64(f.Ratio.Needed), nil}
		}
		t.addRow(slices.Concat([]any{f.Question, string(f.Answer), t.without(f.Why)}, cells, []any{t.changed(f.Break)})...)
	}
}

// ratio is a comparison as cells, null where there is none.
func (t *ImpactTable) ratio(c Comparison) []any {
	if c.Why != "" {
		return []any{nil, nil, nil, t.without(c.Why), t.changed(c.Break)}
	}
	return []any{c.Ratio, c.Low, c.High, nil, nil}
}

func (t *ImpactTable) multiplier(list []ComparedFigure) {
	t.addColumns("figure string", "comparison string", "engaged_people integer", "passive_people integer", "engaged", "passive", "ratio", "low", "high", "why string", "changed date")
	for _, f := range list {
		for _, r := range f.Rows {
			groups := make([]any, 4)
			switch {
			case r.Why != "":
			case r.Name == CompareMatched: // pairs
				groups = []any{int64(r.Engaged.People), int64(r.Passive.People), nil, nil}
			default:
				of := 1.0
				if f.Figure == FigureMerged {
					of = PhaseDays
				}
				groups = []any{int64(r.Engaged.People), int64(r.Passive.People), of * r.Engaged.Mean, of * r.Passive.Mean}
			}
			t.addRow(slices.Concat([]any{f.Figure, r.Name}, groups, t.ratio(r.Comparison))...)
		}
	}
}

func (t *ImpactTable) phases(p *PhaseDistribution) {
	t.addColumns("phase string", "as_of date", "people integer", "share", "people_before integer", "computed integer", "pull_requests_per_user", "minutes_to_merge", "lines_added_per_day", "lines_deleted_per_day", "from_records integer")
	if p.Active == nil {
		t.without(p.Why)
	}
	for _, x := range p.Phases {
		t.addRow(x.Name, dayCell(p.On), int64(x.People), cellOf(query.Share(&x.People, p.Active)), whole(x.Before), x.Computed, cellOf(x.Merged), cellOf(x.Minutes), cellOf(x.Added), cellOf(x.Deleted), oneIf(p.FromRecords))
	}
}

// oneIf is 1 for what is so, as a cell.
func oneIf(is bool) any {
	if is {
		return int64(1)
	}
	return int64(0)
}

// seats has the people with a seat by whether they were active, and those without one.
func (t *ImpactTable) seats(i *Impact) {
	t.addColumns("part string", "people integer", "share_of_seats")
	s := &i.Seats
	if s.Seats == nil {
		t.note("how many people hold a seat is not known, or not told")
		return
	}
	if s.Engaged == nil {
		t.without(i.Records.Why)
	}
	for _, r := range []struct {
		name   string
		people *int64
		of     bool
	}{{"seats", s.Seats, true}, {"active", s.Active, true}, {"engaged", s.Engaged, true}, {"passive", s.Passive, true}, {"without_activity", s.Idle, true}, {"active_without_seat", s.Unseated, false}} {
		var share any
		if r.of && r.people != nil && *s.Seats > 0 {
			share = float64(*r.people) / float64(*s.Seats)
		}
		t.addRow(r.name, cellOf(r.people), share)
	}
}

// notActive stands for no phase.
const notActive = "not active"

func (t *ImpactTable) moves(m *PhaseMoves) {
	t.addColumns("from string", "to string", "people integer", "from_day date", "to_day date")
	t.without(m.Why)
	name := func(phase string) string {
		if phase == "" {
			return notActive
		}
		return phase
	}
	for _, x := range m.Moves {
		t.addRow(name(x.From), name(x.To), x.People, m.From.String(), m.To.String())
	}
}

func (t *ImpactTable) trends(months []TrendMonth) {
	t.addColumns("month date", "as_of date", "people integer", "share_with_agents", "pull_requests_merged integer", "days_with_pull_requests integer", "days integer", "from_records integer", "why string")
	for _, m := range months {
		why := NoImpact("")
		if m.Phases.Active == nil {
			why = m.Phases.Why
		}
		t.addRow(m.First.String(), m.On.String(), whole(m.Phases.Active), cellOf(query.Share(m.Phases.Agents(), m.Phases.Active)), whole(m.Merged), int64(m.Days), int64(m.Len()), oneIf(m.Phases.FromRecords && m.Phases.Active != nil), t.without(why))
	}
}

func (t *ImpactTable) trendPhases(months []TrendMonth) {
	t.addColumns("month date", "as_of date", "phase string", "people integer")
	for _, m := range months {
		if m.Phases.Active == nil {
			t.without(m.Phases.Why)
		}
		for _, p := range m.Phases.Phases {
			t.addRow(m.First.String(), m.On.String(), p.Name, int64(p.People))
		}
	}
}

func (t *ImpactTable) features(f *FeatureEngagement) {
	t.addColumns("feature string", "as_of date", "people integer", "active integer", "share", "from_records integer")
	if len(f.Features) == 0 {
		t.without(f.Why)
	}
	for _, x := range f.Features {
		t.addRow(x.Name, dayCell(f.On), whole(x.People), whole(f.Active), cellOf(query.Share(x.People, f.Active)), oneIf(f.FromRecords))
	}
}

func (t *ImpactTable) returns(r *Return) {
	t.addColumns("figure string", "phases_0_1", "phases_2_up", "ratio", "low", "high", "why string", "changed date")
	if r.Why != "" {
		t.without(r.Why)
		return
	}
	light, heavy := &r.Groups[0], &r.Groups[1]
	row := func(name string, a, b any, c *Comparison) {
		ratio := make([]any, 5)
		if c != nil {
			ratio = t.ratio(*c)
		}
		t.addRow(slices.Concat([]any{name, a, b}, ratio)...)
	}
	row("people", int64(light.People), int64(heavy.People), nil)
	row("people_with_credits", int64(light.Known), int64(heavy.Known), nil)
	row("credits_usd_per_month", cellOf(light.Credits), cellOf(heavy.Credits), &r.Credits)
	row("licence_usd_per_month", cellOf(r.Licence), cellOf(r.Licence), nil)
	row("pull_requests_per_28_days", cellOf(light.Merged), cellOf(heavy.Merged), &r.Merged)
}

func (t *ImpactTable) outcome(p *PullRequests) {
	t.addColumns("pull_requests string", "created integer", "merged integer", "merged_of_created", "of_all_merged", "minutes_to_merge")
	if !p.Stated() {
		t.note("no aggregate of these days states pull requests")
		return
	}
	for _, r := range []struct {
		name string
		PullOutcome
	}{{"others", p.Others}, {"copilot", p.ByCopilot}, {"reviewed_by_copilot", p.Reviewed}, {"all", p.All}} {
		t.addRow(r.name, whole(r.Created), whole(r.Merged), cellOf(query.Share(r.Merged, r.Created)), cellOf(query.Share(r.Merged, p.All.Merged)), cellOf(r.Minutes))
	}
}

func (t *ImpactTable) suggestions(p *PullRequests) {
	t.addColumns("comment_type string", "suggested integer", "applied integer", "share")
	if p.AllComments.Suggested == nil {
		t.note("no aggregate of these days states suggestions by Copilot")
		return
	}
	for _, c := range p.Comments {
		var name any
		if c.Name != "" {
			name = c.Name
		}
		t.addRow(name, whole(c.Suggested), whole(c.Applied), cellOf(query.Share(c.Applied, c.Suggested)))
	}
}

func (t *ImpactTable) reviewTimes(p *PullRequests) {
	t.addColumns("stage string", "median_minutes", "p90_minutes", "pull_requests integer", "merged_in_repositories integer", "coverage")
	if len(p.Stages) == 0 {
		t.note("no report of repositories states review times in these days")
	}
	for _, s := range p.Stages {
		t.addRow(s.Name, cellOf(s.Median), cellOf(s.P90), whole(p.Covered), whole(p.Merged), cellOf(query.Share(p.Covered, p.Merged)))
	}
}

// pullsBy has the pull requests of repositories or organizations; the row without a name is what
// the total has beside them.
func (t *ImpactTable) pullsBy(list []PullsOf, dimension string, reviews bool) {
	t.addColumns(dimension+" string", "created integer", "merged integer", "merged_created_by_copilot integer", "minutes_to_merge")
	if reviews {
		t.addColumns("minutes_to_first_review")
	}
	if len(list) == 0 {
		t.note("no report of these days states pull requests by " + dimension)
	}
	for _, p := range list {
		cells := []any{nil, whole(p.Created), whole(p.Merged), whole(p.ByCopilot), cellOf(p.Minutes)}
		if p.Name != "" {
			cells[0] = p.Name
		}
		if reviews {
			cells = append(cells, cellOf(p.FirstReview))
		}
		t.addRow(cells...)
	}
}

func (t *ImpactTable) recommendations(s *Steps) {
	t.addColumns("step string", "from string", "to string", "people integer", "share", "policy string")
	t.without(s.Why)
	for _, x := range s.Steps {
		t.addRow(x.Name, x.From, x.To, int64(x.People), cellOf(x.Share), x.Policy)
	}
	t.note("rule: users in a phase stand before the step to the next one; the step before which most stand comes first")
}
