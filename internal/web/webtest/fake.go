// Package webtest has data to make pages of, and serves them, for tests.
package webtest

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/report"
	"codegauge/internal/store"
	"codegauge/internal/web/shell"
)

// fact is one row of activity with every dimension known, "" where its tool
// does not say.
type fact struct {
	day                       day.Day
	user, org, tool, ide      string
	feature, language, model  string
	Suggested, Added, Deleted int64
}

// Fake is Data over a list of facts: small, plain, and right enough to build
// pages from. What it does not know it refuses, as package question does.
type Fake struct {
	TotalsOnly []day.Day // what retention left
	// Aggregate are days that come from aggregates only: unless records of users are asked
	// for, nobody is counted.
	Aggregate []day.Day
	today     day.Day
	Facts     []fact
	Version   int64
	Revision  int64
	Acme      directory.Entity
	Orgs      []directory.Entity
	// Empty says that there is no enterprise yet.
	Empty bool
	// Told changes what Import answers.
	Told func(*intake.Report)
	// Imports holds what Import was asked, with the contents it was given.
	Imports []intake.Request
	Bodies  []string
	// Overlapping is what Overlap answers, Changed what Changes does.
	Overlapping *query.Overlap
	Changed     question.Changes
	// Seats is what SeatUse answers, if it is set.
	Seats *question.SeatUse
	// Compared is what Impact answers, if it is set.
	Compared *question.Impact
	// Phased is what EntityPhases answers, if it is set.
	Phased *question.EntityPhases
	// Faults are what Coverage answers beside its own.
	Faults []question.ClientFault
}

const fakeToday = "2026-08-20"

// New returns the sample: 120 days, four tools, a missing day, provisional days.
func New() *Fake {
	today, _ := day.Parse(fakeToday)
	f := &Fake{today: today, Version: 7,
		Acme: directory.Entity{ID: 1, Kind: directory.Enterprise, Enterprise: 1, Slug: "acme", Name: "Acme"},
		Orgs: []directory.Entity{
			{ID: 2, Kind: directory.Organization, Enterprise: 1, Slug: "web", Name: "Web platform"},
			{ID: 3, Kind: directory.Organization, Enterprise: 1, Slug: "core"}}}
	r := rand.New(rand.NewPCG(1, 2))
	for d := today - 120; d <= today-1; d++ {
		if d == today-12 {
			continue // a day with no data
		}
		f.Facts = append(f.Facts, fakeDay(r, d)...)
	}
	return f
}

var (
	fakeLanguages = []string{"typescript", "python", "go", "java", "yaml", "markdown", "rust", "sql", "css", "kotlin", "json", "unknown", "terraform"}
	fakeModels    = []string{"claude-sonnet-4.5", "gpt-5", "gpt-5-mini", "gemini-2.5-pro", "claude-opus-4.1", "auto", "o4-mini", "grok-code", "unknown", "gpt-4.1", "raptor-mini"}
	fakeFeatures  = []string{"code_completion", "chat_panel_ask_mode", "chat_inline", "chat_panel_agent_mode", "chat_panel_edit_mode", "agent_edit", "agent_edit", "agent_edit", "copilot_cli", "copilot_app", "others"}
)

func fakeDay(r *rand.Rand, d day.Day) []fact {
	people := 40
	if wd := d.Time().Weekday(); wd == 0 || wd == 6 {
		people = 9
	}
	var out []fact
	for u := range people {
		for range 2 {
			out = append(out, fakeFact(r, d, u))
		}
	}
	return out
}

func fakeFact(r *rand.Rand, d day.Day, u int) fact {
	skewed := func(list []string) string { return list[int(float64(len(list))*r.Float64()*r.Float64())] }
	f := fact{day: d, user: fmt.Sprintf("u%02d", u), org: []string{"web", "core"}[u%2], tool: metric.Copilot,
		ide: "vscode", feature: fakeFeatures[r.IntN(len(fakeFeatures))], language: skewed(fakeLanguages), model: skewed(fakeModels)}
	f.Added, f.Deleted = int64(r.IntN(40)), 0
	switch metric.Strict.Initiator(f.feature) {
	case metric.ByAgent:
		f.Added, f.Deleted = f.Added*4, int64(r.IntN(60))
	case metric.User:
		f.Suggested = f.Added*2 + int64(r.IntN(30))
	default:
		f.Added /= 4
	}
	if f.feature == "code_completion" {
		f.model = ""
	}
	if u%5 == 0 && r.IntN(3) == 0 {
		f.tool, f.feature, f.language, f.model, f.Suggested, f.ide = "claude_code", "cli_agent", "", "claude-sonnet-4.5", 0, ""
	}
	if u%11 == 0 && r.IntN(4) == 0 {
		f.tool, f.feature, f.model = "cursor", "agent_edit", ""
	}
	return f
}

func (f *Fake) Today() day.Day { return f.today }

func (f *Fake) completeTo() day.Day {
	if f.Span().Len() == 0 {
		return 0
	}
	return min(f.today-3, f.Span().To)
}

// Span is the days of the data.
func (f *Fake) Span() day.Range {
	if len(f.Facts) == 0 {
		return day.Range{From: 1}
	}
	return day.Range{From: f.Facts[0].day, To: f.Facts[len(f.Facts)-1].day}
}

func (f *Fake) Enterprises(context.Context) ([]question.EnterpriseSummary, error) {
	if f.Empty {
		return nil, nil
	}
	n, users := int64(1204113), int64(60)
	return []question.EnterpriseSummary{{Entity: f.Acme, Lines: &n, ActiveUsers: &users, CompleteTo: f.completeTo(), Sources: 3, Late: 1}}, nil
}

func (f *Fake) Entity(_ context.Context, w question.Parameters) (directory.Entity, error) {
	if f.Empty || !f.Acme.Named(w.Enterprise) {
		return directory.Entity{}, fault.New(fault.NotFound, "there is no enterprise %q", w.Enterprise)
	}
	return f.Acme, nil
}

func (f *Fake) Entities(_ context.Context, _ string, kind directory.Kind) ([]directory.Entity, error) {
	if kind == directory.Organization {
		return f.Orgs, nil
	}
	return nil, nil
}

func (f *Fake) DirectoryVersion(context.Context) (int64, error) { return f.Revision, nil }

func (f *Fake) DataVersion(context.Context, string) (int64, error) { return f.Version, nil }

// QuarterWeeks has none, and Quarters divides nobody.
func (f *Fake) QuarterWeeks(context.Context, string) (day.Range, error) { return day.Range{}, nil }

// Own is nothing.
func (f *Fake) Own(context.Context, question.Parameters, []directory.Identity) (*question.Own, error) {
	return &question.Own{}, nil
}

func (f *Fake) Quarters(context.Context, string) (*question.Quarters, error) {
	return &question.Quarters{Why: question.QuartersPeople}, nil
}

// LastChange is the current version.
func (f *Fake) LastChange(context.Context, question.Parameters) (int64, error) { return f.Version, nil }

func (f *Fake) window(w question.Parameters) (day.Range, error) {
	if w.From != "" {
		from, err := day.Parse(w.From)
		to, err2 := day.Parse(w.To)
		if err != nil || err2 != nil {
			return day.Range{}, fault.New(fault.Invalid, "bad window")
		}
		return day.Range{From: from, To: to}, nil
	}
	to := f.completeTo()
	if to == 0 {
		return day.Range{From: 1}, nil
	}
	return day.Range{From: to - day.Day(w.Days) + 1, To: to}, nil
}

func (f *Fake) Status(_ context.Context, w question.Parameters) (*question.Status, error) {
	r, err := f.window(w)
	if err != nil {
		return nil, err
	}
	s := &question.Status{Range: r, Data: f.Span(), CompleteTo: f.completeTo(), DataVersion: f.Version, LinesUnknown: 12, TotalsOnly: f.TotalsOnly, Aggregate: f.Aggregate}
	have := map[day.Day]bool{}
	for _, x := range f.Facts {
		have[x.day] = true
	}
	for d := r.From; d <= min(r.To, s.CompleteTo) && r.To != 0; d++ {
		if !have[d] {
			s.Missing = append(s.Missing, d)
		}
	}
	for d := s.CompleteTo + 1; d <= f.today && s.CompleteTo != 0; d++ {
		if have[d] {
			s.Provisional = append(s.Provisional, d)
		}
	}
	for _, tool := range f.tools() {
		s.Sources = append(s.Sources, question.SourceStatus{Source: f.Acme, Tool: tool, Kind: report.UserDay, Days: f.Span()})
	}
	return s, nil
}

func (f *Fake) tools() []string {
	values, _ := f.Values(context.Background(), question.Parameters{}, "tool")
	return values
}

func (f *Fake) Coverage(ctx context.Context, w question.Parameters) (*question.Coverage, error) {
	s, err := f.Status(ctx, w)
	if err != nil {
		return nil, err
	}
	c := &question.Coverage{Status: *s, Below: []question.BelowMinimum{{
		ClientGroup: question.ClientGroup{IDE: "vscode", Label: "VS Code", IDEVersion: "1.99.0", Plugin: "copilot-chat", PluginVersion: "0.26.1", People: 2, Logins: []string{"u01", "u07"}},
		Features:    []string{"completion", "agent edit"}, UpgradeIDE: "1.104.0", UpgradePlugin: "0.31.0"}}}
	edits := int64(1200)
	c.NotUnderstood = []question.ClientGroup{{Label: "Xcode", IDEVersion: "beta", People: 1}}
	c.Faults = []question.ClientFault{{Fault: metric.ClientFaults[0], People: 3, Known: 41, Low: &edits, Weeks: []question.FaultWeek{{Monday: f.today.Week(), Affected: 3, Mended: 30, Known: 41}}, Clients: []question.FaultyClient{{
		ClientGroup: question.ClientGroup{Label: "VS Code", IDEVersion: "1.130.0", People: 3, Logins: []string{"u02"}}, Mended: "1.139.0"}}}}
	c.Faults = append(c.Faults, f.Faults...)
	people, reporting := int64(60), int64(52)
	c.People, c.Reporting = &people, &reporting
	for _, src := range s.Sources {
		row := question.CoverageRow{Source: src}
		for d := s.Range.From; d <= f.today; d++ {
			state := "present"
			if slices.Contains(s.Missing, d) {
				state = "missing"
			} else if d > s.CompleteTo {
				state = "provisional"
			}
			row.Days = append(row.Days, question.DayState{Day: d, State: state, Records: 50})
		}
		c.Days = append(c.Days, row)
	}
	c.Calendar = c.Days
	return c, nil
}

func (f *Fake) ClientUse(context.Context, question.Parameters) ([]question.ClientUse, error) {
	return []question.ClientUse{{IDE: "vscode", Label: "VS Code", People: 30, TooOld: 4, Versions: []question.ClientVersion{{IDE: "1.118.0", Plugin: "0.37.1", People: 26}, {IDE: "1.99.0", People: 4}}}}, nil
}

func (f *Fake) ClientFaults(context.Context, question.Parameters) ([]question.ClientFault, error) {
	return f.Faults, nil
}

// EntityFaults has them in the first organization alone.
func (f *Fake) EntityFaults(context.Context, question.Parameters) (map[int64][]question.ClientFault, error) {
	if len(f.Orgs) == 0 {
		return nil, nil
	}
	return map[int64][]question.ClientFault{f.Orgs[0].ID: f.Faults}, nil
}

// Impact knows no phases and has no records of people.
func (f *Fake) Impact(_ context.Context, w question.Parameters) (*question.Impact, error) {
	if f.Compared != nil {
		return f.Compared, nil
	}
	r, err := f.window(w)
	if err != nil {
		return nil, err
	}
	none := question.PhaseDistribution{On: r.To, FromRecords: true, Why: question.ImpactRecords}
	out := &question.Impact{Days: r, Phases: none, Records: none, Moves: &question.PhaseMoves{From: r.Previous().To, To: r.To, Why: question.ImpactRecords},
		Features: question.FeatureEngagement{Why: question.ImpactRecords}, Return: question.Return{Why: question.ImpactRecords, Days: r}, Steps: question.Steps{Why: question.ImpactRecords}}
	without := question.Comparison{Why: question.ImpactNoPhases}
	for _, name := range []string{question.FindMore, question.FindPulls, question.FindCause, question.FindFaster} {
		out.Findings = append(out.Findings, question.Finding{Question: name, Answer: "unknown", Why: without.Why, Ratio: without, Placebo: without})
	}
	for _, figure := range []string{question.FigureMerged, question.FigureMinutes, "loc_changed", "interactions", "ai_credits"} {
		out.Multiplier = append(out.Multiplier, question.ComparedFigure{Figure: figure, Rows: []question.ComparedRow{{Name: question.CompareAll, Comparison: without}}})
	}
	return out, nil
}

func (f *Fake) Values(_ context.Context, _ question.Parameters, dimension string) ([]string, error) {
	var out []string
	for _, x := range f.Facts {
		if v := x.dimension(dimension, metric.Strict); v != nil {
			out = append(out, v.(string))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Exportable has user records that whoever asks may take, and repositories that they may not.
func (f *Fake) Exportable(_ context.Context, w question.Parameters) ([]question.Exportable, error) {
	days := day.Range{From: f.today - 100, To: f.today}
	return []question.Exportable{{Report: "users-1-day", Days: days, Tools: []string{"claude_code", "copilot"}},
		{Report: "repos-1-day", Days: days, Tools: []string{"copilot"}, Refused: fault.New(fault.Forbidden, "you need the permission")}}, nil
}

func (f *Fake) SeatCount(context.Context, question.Parameters) (*int64, error) {
	n := int64(72)
	return &n, nil
}

func (f *Fake) SeatsHidden(context.Context, question.Parameters) (bool, error) { return false, nil }

// IncludedCredits is not known.
func (f *Fake) IncludedCredits(context.Context, question.Parameters) (*int64, error) { return nil, nil }

// SeatActivity has 72 seats, of the enterprise and of each organization, most of them in use.
func (f *Fake) SeatActivity(context.Context, question.Parameters) (*question.SeatActivity, error) {
	seats, active, idle, unseated := int64(72), int64(54), int64(18), int64(6)
	out := question.SeatActivity{Seats: &seats, Active: &active, Idle: &idle, Unseated: &unseated}
	whole := out
	whole.Organizations = map[string]question.SeatActivity{}
	for _, o := range f.Orgs {
		whole.Organizations[o.Key()] = out
	}
	return &whole, nil
}

// TeamSeats are those of SeatActivity.
func (f *Fake) TeamSeats(ctx context.Context, w question.Parameters) (*question.SeatActivity, error) {
	return f.SeatActivity(ctx, w)
}

// EntityPhases has three phases, of the enterprise and of each organization or team.
func (f *Fake) EntityPhases(_ context.Context, _ question.Parameters, entities []directory.Entity) (*question.EntityPhases, error) {
	if f.Phased != nil {
		return f.Phased, nil
	}
	active := 40.0
	p := question.PhaseDistribution{On: f.completeTo(), Active: &active, Phases: []question.Phase{
		{Name: metric.PhaseName(0), People: 10}, {Name: metric.PhaseName(1), People: 18}, {Name: metric.PhaseName(2), People: 12}}}
	out := &question.EntityPhases{Whole: p, Entities: map[int64]question.PhaseDistribution{}}
	for _, e := range entities {
		out.Entities[e.ID] = p
	}
	return out, nil
}

func (f *Fake) Overlap(context.Context, question.Parameters) (*query.Overlap, error) {
	return f.Overlapping, nil
}

// Adoption knows nobody.
func (f *Fake) Adoption(context.Context, question.Parameters, string) (*question.Adoption, error) {
	return &question.Adoption{}, nil
}

// SeatUse has three seats: one in use, one never used, one inactive.
func (f *Fake) SeatUse(context.Context, question.Parameters) (*question.SeatUse, error) {
	if f.Seats != nil {
		return f.Seats, nil
	}
	use := &question.SeatUse{AsOf: f.today, Total: question.SeatCounts{Assigned: 3,
		Groups: map[question.SeatGroup]int{question.SeatActive: 1, question.SeatUnused: 1, question.SeatInactive: 1}}}
	for i, s := range []question.SeatState{{Group: question.SeatActive, Last: f.today, LastSource: "records"}, {Group: question.SeatUnused},
		{Group: question.SeatInactive, Last: f.today - 40, LastSource: "seat", LastClient: "vscode/1"}} {
		s.Name, s.Held = fmt.Sprintf("u%02d", i), 90
		use.Seats = append(use.Seats, s)
	}
	use.Organizations = []question.OrganizationSeats{{Organization: f.Orgs[0], SeatCounts: use.Total}}
	return use, nil
}

func (f *Fake) Changes(context.Context, question.Parameters) (*question.Changes, error) {
	return &f.Changed, nil
}

func (f *Fake) Import(_ context.Context, req intake.Request) (*intake.Report, error) {
	f.Imports = append(f.Imports, req)
	l := &intake.Report{Enterprise: req.Enterprise, Preview: req.Preview, Records: map[string]int64{"users": 2}, Users: 2, From: f.today - 5, To: f.today - 4}
	for _, in := range req.Inputs {
		r, err := in.Open()
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			return nil, err
		}
		f.Bodies = append(f.Bodies, string(body))
		stat := report.FileStat{Name: in.Name, Bytes: in.Size, Records: map[string]int64{"users": 2}, Rejected: 1}
		if strings.HasPrefix(string(body), "email,github_login") {
			stat = report.FileStat{Name: in.Name, Bytes: in.Size, NotReport: report.PeopleList}
		}
		l.Files = append(l.Files, stat)
	}
	l.Rejected, l.RejectedTotal = []report.Rejection{{File: "a.ndjson", Line: 3, Reason: "not JSON <b>", Text: "{{{"}}, 1
	l.Days = []store.DayChange{{SourceName: "acme", Kind: "users", Tool: "copilot", Day: f.today - 4, After: store.DayTotals{Records: 2, LocAdded: store.KnownLines(12041)}}}
	if !req.Preview {
		f.Version++
		f.Empty = false
	}
	if f.Told != nil {
		f.Told(l)
	}
	return l, nil
}

func (f *Fake) Reconcile(_ context.Context, w question.Parameters) (*question.Reconciliation, error) {
	a, err := f.Query(context.Background(), with(w, []string{"loc_added", "loc_deleted", "loc_changed"}, "initiator"))
	if err != nil {
		return nil, err
	}
	rec := &question.Reconciliation{Definition: metric.Strict, Rows: int64(len(f.Facts)), DataVersion: f.Version, From: a.From, To: a.To}
	var total [3]int64
	for _, row := range a.Rows {
		name, ok := row[0].(string)
		if !ok {
			name = "discrepancy"
		}
		var n [3]int64
		for i := range n {
			n[i], _ = row[i+1].(int64)
			total[i] += n[i]
		}
		rec.Parts = append(rec.Parts, question.Part{Name: name, Lines: lines(n)})
	}
	rec.Total = lines(total)
	rec.Checks = []question.Check{{Breakdown: "feature", Sum: lines(total)},
		{Breakdown: "model", Sum: lines(total), Residuals: []question.Residual{{Cause: "Completions: no model in the report", Lines: lines([3]int64{12, 3, 15})}}}}
	return rec, nil
}

func lines(n [3]int64) question.Lines {
	return question.Lines{Added: &n[0], Deleted: &n[1], Changed: &n[2]}
}

func with(w question.Parameters, measures []string, by ...string) question.Parameters {
	w.Measures, w.By = measures, by
	return w
}

// Query groups facts, refusing what metric.Serving refuses.
func (f *Fake) Query(_ context.Context, w question.Parameters) (*query.Answer, error) {
	def, err := metric.ParseDefinition(w.Definition)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%v", err)
	}
	r, err := f.window(w)
	if err != nil {
		return nil, err
	}
	keys := shell.KeysOf(w.By)
	where := map[string][]string{}
	for _, cond := range w.Where {
		dim, value, _ := strings.Cut(cond, "=")
		where[dim] = append(where[dim], value)
		keys = append(keys, shell.KeysOf([]string{dim})...)
	}
	for _, m := range w.Measures {
		if _, err := metric.Serving(metric.MeasureByName(m), keys); err != nil {
			return nil, fault.New(fault.Unsupported, "%v", err)
		}
	}
	a := &query.Answer{Definition: def, From: r.From, To: r.To, CompleteTo: f.completeTo()}
	for _, name := range append(slices.Clone(w.By), w.Measures...) {
		a.Columns = append(a.Columns, query.Column{Name: name})
	}
	a.Rows = f.rows(w, r, def, where)
	return a, nil
}

func (f *Fake) rows(w question.Parameters, r day.Range, def metric.Definition, where map[string][]string) [][]any {
	groups, order := map[string][]fact{}, []string{}
	cells := map[string][]any{}
	for _, x := range f.Facts {
		if !r.Contains(x.day) || !x.matches(where, def) {
			continue
		}
		var key []any
		for _, by := range w.By {
			key = append(key, x.dimension(by, def))
		}
		k := joined(key)
		if groups[k] == nil {
			order, cells[k] = append(order, k), key
		}
		groups[k] = append(groups[k], x)
	}
	if len(w.By) == 0 && len(order) == 0 {
		order = []string{""}
	}
	slices.Sort(order)
	var out [][]any
	for _, k := range order {
		row := slices.Clone(cells[k])
		for _, m := range w.Measures {
			value := measure(groups[k], m, def)
			if len(f.Aggregate) > 0 && w.Source == "" && (m == "active_users" || m == "average_lines_deleted_by_agent") {
				value = nil
			}
			row = append(row, value)
		}
		out = append(out, row)
	}
	return out
}

// joined writes a group's values so that groups sort by them, null last.
func joined(key []any) string {
	var b strings.Builder
	for _, v := range key {
		s, ok := v.(string)
		if !ok {
			s = "\xff"
		}
		b.WriteString(s + "\x00")
	}
	return b.String()
}

func (x fact) matches(where map[string][]string, def metric.Definition) bool {
	for dim, values := range where {
		v, _ := x.dimension(dim, def).(string)
		if !slices.Contains(values, v) {
			return false
		}
	}
	return true
}

func (x fact) dimension(name string, def metric.Definition) any {
	v := ""
	switch name {
	case "day":
		v = x.day.String()
	case "week":
		v = x.day.Week().String()
	case "month":
		v = x.day.Month().String()
	case "organization":
		v = x.org
	case "tool":
		v = x.tool
	case "surface":
		f, _ := metric.FeatureByName(x.feature)
		v = f.Surface
	case "ide":
		v = x.ide
	case "feature":
		v = x.feature
	case "initiator":
		v = def.Initiator(x.feature)
	case "language":
		v = x.language
	case "model":
		v = x.model
	}
	if v == "" {
		return nil
	}
	return v
}

func measure(facts []fact, name string, def metric.Definition) any {
	var suggested, added, deleted, agent, agentDeleted int64
	users := map[string]bool{}
	for _, x := range facts {
		suggested, added, deleted = suggested+x.Suggested, added+x.Added, deleted+x.Deleted
		users[x.user] = true
		if def.Initiator(x.feature) == metric.ByAgent {
			agent, agentDeleted = agent+x.Added+x.Deleted, agentDeleted+x.Deleted
		}
	}
	switch name {
	case "loc_suggested_add":
		return suggested
	case "loc_added":
		return added
	case "loc_deleted":
		return deleted
	case "loc_changed":
		return added + deleted
	case "agent_contribution", "agent_contribution_max":
		return ratio(agent, added+deleted)
	case "average_lines_deleted_by_agent":
		return ratio(agentDeleted, int64(len(users)))
	case "users_reporting_lines":
		return int64(len(users)) * 9 / 10
	}
	return int64(len(users))
}

func ratio(n, d int64) any {
	if d == 0 {
		return nil
	}
	return float64(n) / float64(d)
}

// ResolvePseudonyms knows no pseudonyms.
func (f *Fake) ResolvePseudonyms(_ context.Context, _ string, names []string) ([]string, error) {
	return names, nil
}
