// Package usage is the dashboard of usage and adoption: who uses the tools, counted how, in
// which mode, model and language, and where people stop.
package usage

import (
	"context"
	"embed"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"

	"golang.org/x/sync/errgroup"
)

//go:embed template
var templates embed.FS

// Dashboard is usage and adoption, of enterprises, organizations and teams.
var Dashboard = shell.Dashboard{Name: "copilot-usage", Label: "nav.usage", Icon: "pulse", Saved: true, Teams: true, Templates: templates,
	Pages: map[string]shell.Handler{"": cards.Kept("usage", compose), "/export": export}}

// view is the page, top to bottom.
type view struct {
	shell.Page
	Header    shell.Header
	Chips     []shell.Chip
	Counts    []shell.Choice
	Freshness []cards.Note
	Empty     *cards.Empty
	Sentence  cards.Sentence
	KPIs      []cards.KPICard
	Sections  []section
	Ledger    *cards.Ledger
	// Only says that one card is shown, All is the way back.
	Only bool
	All  string
}

// section is a noun and the question that its cards answer.
type section struct {
	ID, Title, Lead string
	Rows            []sectionRow
}

// sectionRow is cards side by side: two, three, or a wide one beside a narrow one.
type sectionRow struct {
	Layout string
	Cards  []card
}

// card is a chart or a table.
type card struct {
	Chart *cards.ChartCard
	Table *cards.TableCard
}

func (c card) id() string {
	if c.Chart != nil {
		return c.Chart.ID
	}
	return c.Table.ID
}

// dashboard makes the page of one request.
type dashboard struct {
	*cards.Builder
	seats *int64
	// seatsHidden says that there are some, whose number is not told.
	seatsHidden bool
	// pool is how many AI credits a month the enterprise's seats include, nil if that is not known.
	pool *int64
	// seatActivity is there for files alone.
	seatActivity *question.SeatActivity
	// adoption is nil where the filters do not reach it, which refused says.
	adoption *question.Adoption
	refused  error
	// adoptionBefore is that of the period before, where agent adoption is compared with it.
	adoptionBefore *question.Adoption
	// clientUse is people's editors by version, to those who may view people.
	clientUse []question.ClientUse
	// fine is the builder of what is shown by mode, model and language over time: for those
	// who may not view people, by week.
	fine *cards.Builder
	// periods are those of charts over time, finePeriods those of fine.
	periods, finePeriods []cards.Period
	// modelList and languageList are what models and languages return.
	modelList, languageList []value
	// weeks are those of agent adoption.
	weeks day.Range
	// files says that the answers are for files.
	files bool
}

func newDashboard(b *cards.Builder) *dashboard {
	b.Effective = effective(b.State)
	return &dashboard{Builder: b}
}

func compose(ctx context.Context, b *cards.Builder) (*view, error) {
	d := newDashboard(b)
	v, err := d.figures(ctx)
	if e := d.HiddenGroup(err); e != nil {
		v, err = &view{Page: d.Page(d.T("usage.title")), Header: d.HeaderOf(d.T("usage.title"), d.T("usage.parity.title")), Chips: d.ChipsOf(d.T("usage.parity.chip")), Empty: e}, nil
	}
	return v, err
}

// effective returns the state with what the switch "Match GitHub's page" fixes on this page:
// Copilot, and people by their prompts in IDEs. Chat modes are of IDEs as it is.
func effective(s shell.State) shell.State {
	if !s.Parity {
		return s
	}
	s = s.Remove("tool", "").Remove("surface", "").Add("tool", metric.Copilot)
	s.Prompts, s.ChatOnly, s.Definition = true, true, ""
	return s
}

// counts is the switch that decides who is active, which changes every denominator.
func (d *dashboard) counts() []shell.Choice {
	to := func(prompts bool) string {
		return d.State.With(func(s *shell.State) { s.Prompts, s.Parity = prompts, false }).URL()
	}
	return []shell.Choice{
		{Label: d.T("usage.count.any"), Title: d.T("usage.count.any.title"), URL: to(false), On: !d.Effective.Prompts},
		{Label: d.T("usage.count.prompts"), Title: d.T("usage.count.prompts.title"), URL: to(true), On: d.Effective.Prompts},
	}
}

// population names who is active.
func (d *dashboard) population() string {
	if d.Effective.Prompts {
		return question.PeoplePrompts
	}
	return question.PeopleAny
}

// prepare finds out which days the page is about.
func (d *dashboard) prepare(ctx context.Context) error {
	if d.Place.Organization != nil || d.Place.Team != nil || d.Effective.Has("team") || d.Effective.Has("organization") {
		if err := d.WholeWeeks(ctx); err != nil {
			return err
		}
	}
	if err := d.LoadStatus(ctx); err != nil {
		return err
	}
	return d.LoadOptions(ctx)
}

func (d *dashboard) figures(ctx context.Context) (*view, error) {
	if err := d.prepare(ctx); err != nil {
		return nil, err
	}
	v := &view{Page: d.Page(d.T("usage.title")), Header: d.HeaderOf(d.T("usage.title"), d.T("usage.parity.title")), Chips: d.ChipsOf(d.T("usage.parity.chip")), Counts: d.counts()}
	if v.Empty = d.EmptyBefore(); v.Empty != nil {
		return v, nil
	}
	d.setGrains()
	if d.Window.Len() > 0 {
		v.Header.Exports = d.exports()
	}
	if err := d.load(ctx); err != nil {
		return nil, err
	}
	if v.Freshness = d.Freshness(); d.nothing() {
		v.Empty = d.Empty("activity", []shell.Link{d.LastDays(365), {Label: d.T("nav.quality"), URL: d.CoverageURL()}})
		return v, nil
	}
	d.fill(v)
	return v, nil
}

// setGrains decides how fine figures over time are.
func (d *dashboard) setGrains() {
	fine := *d.Builder
	d.fine = &fine
	if fine.Grain == "day" && d.Masked() {
		fine.Grain = "week"
	}
	d.periods, d.finePeriods = d.Periods(), fine.Periods()
	const atLeast = 12
	end := (d.Window.To + 1).Week()
	d.weeks = day.Range{From: min(d.Window.From.Week(), end-7*atLeast), To: end - 1}
	if d.Weeks { // only windows of some lengths may be asked for
		d.weeks = d.Window
	}
}

// nothing reports whether nobody was active, as far as is known.
func (d *dashboard) nothing() bool {
	head := d.Answers.Of(cards.AskHeadline)
	return head != nil && cards.Nothing(head.Single("active_users")) && cards.Nothing(head.Single("interactions")) && len(d.Status.Aggregate) == 0
}

func (d *dashboard) fill(v *view) {
	v.Charts = true
	v.KPIs = d.kpis()
	v.Sections = []section{
		{"people", d.T("usage.people"), d.T("usage.people.lead"), []sectionRow{
			{"two", []card{d.dailyActive(), d.weeklyActive()}},
			{"first", []card{d.whoCounts(), d.agentAdoption()}}}},
		{"chat", d.T("usage.chat"), d.T("usage.chat.lead"), []sectionRow{{"two", []card{d.chatAverage(), d.chatModes()}}}},
		{"completions", d.T("usage.completions"), d.T("usage.completions.lead"), []sectionRow{{"two", []card{d.completions(), d.acceptance()}}}},
		{"models", d.T("usage.models"), d.T("usage.models.lead"), []sectionRow{
			{"two", []card{d.modelUsage(), d.modelPerDay()}}, {"two", []card{d.modelPerMode(), d.modelPerLanguage()}}}},
		{"languages", d.T("usage.languages"), d.T("usage.languages.lead"), []sectionRow{{"two", []card{d.languageUsage(), d.languagePerDay()}}}},
		{"beyond", d.T("usage.beyond"), d.T("usage.beyond.lead"), d.beyond()},
		{"surfaces-part", d.T("usage.surfacespart"), d.T("usage.surfacespart.lead"), d.surfaceRows()},
	}
	for _, s := range v.Sections {
		for _, r := range s.Rows {
			for _, c := range r.Cards {
				d.sayUnknown(c)
			}
		}
	}
	v.Ledger = d.ledger()
	v.Sentence = v.KPIs[0].Sentence
	if d.State.Card != "" {
		v.keepOnly(d.State.Card)
		v.All = d.State.With(func(s *shell.State) { s.Card = "" }).URL()
	}
}

// sayUnknown says of a card whose figure is not known that it is not, in place of what it
// would be of. Who took how long to a first use says so itself.
func (d *dashboard) sayUnknown(c card) {
	unknown := func(l *cards.Lead) bool {
		return l != nil && l.Figure.Value == "" && strings.HasSuffix(l.Figure.Text, text.None)
	}
	lead := &cards.Lead{Figure: cards.Whole(nil), Unit: d.T("usage.lead.unknown")}
	say := func(title string) cards.Sentence {
		return d.Say(d.T("sentence.unknown", d.WindowSentence(), title, d.Scope()))
	}
	switch {
	case c.Chart != nil && unknown(c.Chart.Lead):
		c.Chart.Lead, c.Chart.Sentence = lead, say(c.Chart.Title)
		c.Chart.Label = d.T("usage.chart.label", c.Chart.Title, lead.Unit)
	case c.Table != nil && unknown(c.Table.Lead) && c.Table.ID != "first-use":
		c.Table.Lead, c.Table.Sentence = lead, say(c.Table.Title)
	}
}

// keepOnly drops every card but the named one; an unknown name keeps all.
func (v *view) keepOnly(name string) {
	kpis := slices.DeleteFunc(slices.Clone(v.KPIs), func(c cards.KPICard) bool { return c.ID != name })
	var sections []section
	for _, s := range v.Sections {
		for _, r := range s.Rows {
			for _, c := range r.Cards {
				if c.id() == name {
					sections = []section{{s.ID, s.Title, s.Lead, []sectionRow{{"only", []card{c}}}}}
				}
			}
		}
	}
	if len(kpis) > 0 || len(sections) > 0 {
		v.Only, v.KPIs, v.Sections, v.Ledger = true, kpis, sections, nil
	}
}

// The page's questions beside those that cards name.
const (
	askSignals        = "signals"           // people by signal
	askSignalsBefore  = "signals before"    // those of the period before
	askMonth          = "month"             // people of the calendar month so far
	askMonthSignals   = "month signals"     // those by signal
	askDaily          = "daily people"      // people of each day, or the trailing window of a coarser period
	askDailySent      = "daily prompts"     // those of them with a prompt in an IDE
	askDailyCloud     = "daily cloud agent" // those of them who handed a task to the cloud agent
	askTrailing       = "trailing people"   // people of the seven days that end on each day
	askTrailingSent   = "trailing prompts"  // those of them with a prompt in an IDE
	askWeeks          = "weeks"             // people of each week
	askWeekSignals    = "week signals"      // those by signal
	askModes          = "modes"             // counters by mode
	askModesBefore    = "modes before"      // those of the period before
	askModesDaily     = "modes daily"       // those over time
	askModels         = "models"            // requests by model and mode
	askModelsDaily    = "models daily"      // those over time
	askLanguages      = "languages"         // generations by language and mode
	askLanguagesDaily = "languages daily"   // those over time
	askMatrix         = "languages, models" // generations by language and model
	askRates          = "rates"             // acceptance rates
	askRatesBefore    = "rates before"      // those of the period before
	askIDEs           = "ides"              // people by IDE
	askCredits        = "credits"           // AI credits
	askAgentLines     = "agent lines"       // the agents' share of lines over time
	askSessions       = "sessions"          // sessions, prompts, requests and tokens by surface
	askSessionsBefore = "sessions before"   // those of the period before
	askSessionsDaily  = "sessions daily"    // those over time
	askAgentApps      = "agent apps"        // jobs by agent app
	askAgentAppNames  = "agent app names"   // those by name, too
	askAgentAppsDaily = "agent apps daily"  // those over time
	askDistinct       = "distinct"          // how many customizations aggregates state
	// What aggregates state: active users, those of surfaces, and sessions of agent apps.
	askReported         = "reported people"
	askReportedSurfaces = "reported surfaces"
	askReportedApps     = "reported agent apps"
	// Of Copilot alone, where people of other tools are counted, too.
	askCopilotModes = "copilot modes daily"
	askCopilotSent  = "copilot prompts"
	askUsesOf       = "uses of " // uses of customizations, before their kind
)

var modeCounters = []string{"interactions", "generations", "acceptances"}

// questions lists the page's questions as data.
func (d *dashboard) questions() []cards.Question {
	s, w, before := d.Effective, d.Window, d.Window.Previous()
	active := []string{"active_users"}
	grain, trailing, fine := d.Grain, []string{cards.Trailing[d.Grain]}, d.fine.Grain
	weekly := []string{"weekly_active_users"}
	drawn, fineDrawn := d.Drawn(), d.fine.Drawn()
	byLanguage := []string{"language"}
	if s.ChatOnly {
		byLanguage = append(byLanguage, "feature")
	}
	list := []cards.Question{
		d.Question(cards.AskHeadline, s, w, []string{"active_users", "users_reporting_lines", "interactions"}),
		d.Question(cards.AskPrevious, s, before, active),
		d.Question(askSignals, s, w, active, "signal"),
		d.Question(askSignalsBefore, s, before, active, "signal"),
		d.Question(askDaily, s, drawn, trailing, grain),
		d.signalQuestion(s, askDailySent, metric.IDEPrompts, drawn, trailing, grain),
		d.signalQuestion(s, askDailyCloud, cloudSignal, drawn, trailing, grain),
		d.Question(askTrailing, s, drawn, weekly, grain),
		d.signalQuestion(s, askTrailingSent, metric.IDEPrompts, drawn, weekly, grain),
		d.Question(askWeeks, s, d.weeks, active, "week"),
		d.Question(askWeekSignals, s, d.weeks, active, "week", "signal"),
		d.Question(askModes, s, w, modeCounters, "feature"),
		d.Question(askModesBefore, s, before, modeCounters, "feature"),
		d.Question(askModesDaily, s, fineDrawn, modeCounters, fine, "feature"),
		d.Question(askModels, s, w, modeCounters[:1], "model", "feature"),
		d.chatQuestion(askModelsDaily, modeCounters[:1], "model"),
		d.Question(askLanguages, s, w, modeCounters[1:2], byLanguage...),
		pick(s.ChatOnly, d.chatQuestion(askLanguagesDaily, modeCounters[1:2], "language"), d.Question(askLanguagesDaily, s, fineDrawn, modeCounters[1:2], fine, "language")),
		d.Question(askMatrix, s, w, modeCounters[1:2], "language", "model"),
		d.Question(askRates, s, w, []string{"acceptance_rate", "acceptance_rate_by_lines"}),
		d.Question(askRatesBefore, s, before, []string{"acceptance_rate"}),
		d.Question(askIDEs, s, w, active, "ide"),
		d.Question(askCredits, s, w, []string{"ai_credits"}),
		d.Question(askAgentLines, s, fineDrawn, []string{"agent_contribution", "loc_changed"}, fine),
	}
	list = append(list,
		d.Question(askSessions, s, w, sessionMeasures, "feature"),
		d.Question(askSessionsBefore, s, before, sessionMeasures, "feature"),
		d.Question(askSessionsDaily, s, fineDrawn, sessionMeasures, fine, "feature"),
		d.Question(askAgentApps, s, w, []string{"agent_app_jobs", "active_users"}, "agent_app"),
		d.Question(askAgentAppNames, s, w, []string{"agent_app_jobs"}, "agent_app", "agent_app_name"),
		d.Question(askAgentAppsDaily, s, fineDrawn, []string{"agent_app_jobs"}, fine, "agent_app"),
		d.reportedPeople(),
		d.reportedQuestion(askReportedSurfaces, d.lastDays(), surfaceMeasures, "day", "signal"),
		d.reportedQuestion(askReportedApps, w, []string{"agent_app_sessions"}, "agent_app"))
	if d.averagesPrompts() && d.mixesTools() {
		copilot := s.Remove("tool", "").Add("tool", metric.Copilot)
		list = append(list, d.Question(askCopilotModes, copilot, fineDrawn, modeCounters[:1], fine, "feature"),
			d.signalQuestion(copilot, askCopilotSent, metric.IDEPrompts, drawn, trailing, grain))
	}
	var distinct []string
	for _, k := range customizationKinds {
		list = append(list, d.Question(askUsesOf+k.kind, s, w, []string{k.measure}, k.kind))
		distinct = append(distinct, k.distinct)
	}
	list = append(list, d.Question(askDistinct, s, w, distinct, "day"))
	if !d.Weeks {
		list = append(list, d.Question(askMonth, s, d.month(), active), d.Question(askMonthSignals, s, d.month(), active, "signal"))
	}
	return slices.DeleteFunc(list, func(q cards.Question) bool { return len(q.Words.Measures) == 0 })
}

// signalQuestion asks for people with a signal over time, as peopleWith reads them: by signal,
// periods of which nobody has it would have no row. To those who may not view people it is
// asked by signal, where what would leave few of everybody is not told. Beside a filter to
// another signal it cannot be asked.
func (d *dashboard) signalQuestion(s shell.State, name, signal string, r day.Range, measures []string, grain string) cards.Question {
	switch {
	case s.Has("signal"):
		return cards.Question{}
	case d.Masked():
		return d.Question(name, s, r, measures, grain, "signal")
	}
	return d.Question(name, s.Add("signal", signal), r, measures, grain)
}

// chatQuestion asks for what is in chats over time, by a dimension. The page draws all chat
// modes together, so that it asks for them together, a tenth of the rows; beside another
// filter to modes, or where figures of few people are not told, it adds them up itself. Files
// have each mode.
func (d *dashboard) chatQuestion(name string, measures []string, dimension string) cards.Question {
	s, grain := d.Effective, d.fine.Grain
	if d.files || d.Masked() || s.Has("feature") || s.Has("surface") || s.Has("initiator") {
		return d.Question(name, s, d.fine.Drawn(), measures, grain, dimension, "feature")
	}
	for _, mode := range metric.ChatFeatures() {
		s = s.Add("feature", mode)
	}
	return d.Question(name, s, d.fine.Drawn(), measures, grain, dimension)
}

// peopleWith returns the people with a signal in each period.
func (d *dashboard) peopleWith(ask, signal, measure string) map[string]*float64 {
	return d.overTime(ask, d.Grain, pick(d.Masked(), signal, ""), measure)
}

// load asks the page's questions, and beside them what says how good the answers are.
func (d *dashboard) load(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		d.Answers, err = cards.AskAll(ctx, d.Data, d.questions())
		d.fine.Answers = d.Answers
		return err
	})
	group.Go(func() error { return d.loadAround(ctx) })
	return group.Wait()
}

func (d *dashboard) loadAround(ctx context.Context) (err error) {
	words := d.Effective.Words(d.Window)
	if d.seats, err = d.Data.SeatCount(ctx, words); err != nil {
		return err
	}
	if d.seats == nil {
		if d.seatsHidden, err = d.Data.SeatsHidden(ctx, words); err != nil {
			return err
		}
	}
	if d.pool, err = d.Data.IncludedCredits(ctx, words); err != nil {
		return err
	}
	if d.Before, err = d.Data.Status(ctx, d.Effective.Words(d.Window.Previous())); err != nil {
		return err
	}
	d.fine.Before = d.Before
	if err := d.LoadFaults(ctx); err != nil {
		return err
	}
	if d.clientUse, err = d.Data.ClientUse(ctx, words); err != nil {
		return err
	}
	d.adoption, d.refused = d.Data.Adoption(ctx, words, d.population())
	if kind := fault.KindOf(d.refused); d.refused != nil && kind != fault.Unsupported && kind != fault.Forbidden {
		return d.refused
	}
	if previous := d.Window.Previous(); d.refused == nil && d.Effective.Prompts && !d.monthly() && previous.From >= d.Status.Data.From {
		d.adoptionBefore, err = d.Data.Adoption(ctx, d.Effective.Words(previous), d.population())
	}
	return err
}

// month returns the calendar month in which the window ends, up to its end.
func (d *dashboard) month() day.Range {
	return day.Range{From: d.Window.To.Month(), To: d.Window.To}
}

// exports offers the figures of each day as files.
func (d *dashboard) exports() []shell.Link {
	w := d.Question("", d.Effective, d.Window, []string{"daily_active_users", "weekly_active_users", "interactions", "generations", "acceptances"}, d.Grain).Words
	return []shell.Link{{Label: d.T("export.page"), URL: d.FileURL("copilot-usage")}, {Label: d.T("export.csv"), URL: shell.APIURL(w, "csv")}, {Label: d.T("export.ndjson"), URL: shell.APIURL(w, "ndjson")}}
}
