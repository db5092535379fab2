package sample

import (
	"io"
	"strconv"

	"codegauge/internal/day"
	"codegauge/internal/metric"
)

// What a person was seen doing on a day, as bits.
const (
	wasActive uint16 = 1 << iota
	wasChat
	wasAgent
	wasCLI
	wasApp
	wasCloud
	wasReview
	wasReviewed
	wasCompletion
	wasAgentEdit
	wasWindow
)

// scope is whom an aggregate is about: the enterprise, or the organization in a place of
// Generator.orgs.
type scope int

const wholeEnterprise scope = none

// includes reports whether the scope's aggregate of a day has the person's records.
func (g *Generator) includes(s scope, p *person, age int) bool {
	in := func(team int) bool { return team != none && g.organizationOf(team) == &g.orgs[s] }
	return s == wholeEnterprise || in(p.teamAt(age)) || in(p.secondTeam)
}

// id writes the member that says whom an aggregate is about.
func (g *Generator) id(s scope) string {
	if s == wholeEnterprise {
		return `"enterprise_id":"` + EnterpriseID + `"`
	}
	return `"organization_id":"` + g.orgs[s].ID + `"`
}

// aggregate is one day of a scope: the sum of its user records.
type aggregate struct {
	sums
	beside
	scope    scope
	c        calendar
	cli, app usage
	// seen says what every person did, by index of Generator.people.
	seen   []uint16
	phases [len(phaseNames)]cohort
}

// cohort is the people of one adoption phase.
type cohort struct {
	daily, monthly int
	total          counters
}

// oldDays is how many of the oldest days exist as aggregates alone.
func (g *Generator) oldDays() int {
	if !g.cfg.Demo {
		return 0
	}
	return g.cfg.Days / 10
}

// firstUserDay is the first day that has user records.
func (g *Generator) firstUserDay() day.Day { return g.Days().From + day.Day(g.oldDays()) }

// month is the number of days of a wrapped report, and before how many days before its first
// one an aggregate speaks of: those of the longest calendar month, which hold its 28.
const (
	month  = 28
	before = 30
)

// oldAggregates appends the reports from before the first user report: flat
// days, then the last 28 of them in one wrapped report.
func (g *Generator) oldAggregates(files []File) []File {
	first := g.Days().From
	flat := g.oldDays()
	if flat > month {
		flat -= month
	}
	for d := first; d < first+day.Day(flat); d++ {
		files = append(files, File{fileName("enterprise-1-day", d), func(w io.Writer) error { return g.writeFlat(w, d) }})
	}
	if flat == g.oldDays() {
		return files
	}
	return append(files, g.wrapped(wholeEnterprise, day.Range{From: first + day.Day(flat), To: g.firstUserDay() - 1}))
}

// recentAggregates appends the reports that reconcile, of the enterprise and of each
// organization: 28 days up to the last one that is complete.
func (g *Generator) recentAggregates(files []File) []File {
	to := g.cfg.End - provisionalDays
	from := max(to-month+1, g.firstUserDay())
	if from > to {
		return files
	}
	r := day.Range{From: from, To: to}
	for s := wholeEnterprise; int(s) < len(g.orgs); s++ {
		files = append(files, g.wrapped(s, r))
	}
	return append(files, File{fileName("repos-1-day", to), func(w io.Writer) error { return g.writeRepositories(w, r) }})
}

func (g *Generator) wrapped(s scope, r day.Range) File {
	name := "enterprise-28-day"
	if s != wholeEnterprise {
		name = g.orgs[s].Slug + "-organization-28-day"
	}
	name += "-" + r.From.String() + "-" + r.To.String() + ".ndjson"
	return File{name, func(w io.Writer) error { return g.writeWrapped(w, s, r) }}
}

func (g *Generator) writeFlat(w io.Writer, d day.Day) error {
	history := g.aggregates(wholeEnterprise, day.Range{From: d - before, To: d})
	out := newWriter(w)
	out.buf = g.appendDay(out.buf, history, len(history)-1)
	out.buf = append(out.buf, '\n')
	return failed("enterprise day", d, out.flush())
}

// writeWrapped writes the report as it is made the day after it ends.
func (g *Generator) writeWrapped(w io.Writer, s scope, r day.Range) error {
	history := g.aggregates(s, day.Range{From: r.From - before, To: r.To})
	out := newWriter(w)
	b := append(out.buf, `{"report_start_day":"`+r.From.String()+`","report_end_day":"`+r.To.String()...)
	b = append(b, `","created_at":"`+(r.To+1).String()+`T06:12:44Z",`+g.id(s)+`,"day_totals":[`...)
	comma := ""
	for i := before; i < len(history); i++ {
		if g.gap(history[i].c.d) {
			continue
		}
		b = g.appendDay(append(b, comma...), history, i)
		comma = ","
	}
	out.buf = append(g.appendEngagement(append(b, ']'), history[before:]), "}\n"...)
	return failed("enterprise report", r.To, out.flush())
}

// aggregates adds up a scope's user records of each day.
func (g *Generator) aggregates(s scope, r day.Range) []aggregate {
	all := make([]aggregate, 0, r.Len())
	for d := r.From; d <= r.To; d++ {
		all = append(all, g.aggregate(s, d))
	}
	return all
}

func (g *Generator) aggregate(s scope, d day.Day) aggregate {
	a := aggregate{scope: s, c: g.calendar(d), seen: make([]uint16, len(g.people))}
	var rec record
	for i := range g.people {
		p := &g.people[i]
		if !g.includes(s, p, a.c.age) || !g.visible(p, &a.c) {
			continue
		}
		rec.fill(g, p, &a.c)
		a.merge(&rec.sums)
		a.add(&rec.beside)
		a.cli.add(rec.cli)
		a.app.add(rec.app)
		a.seen[i] = rec.seen()
		a.phases[rec.phase].daily++
		a.phases[rec.phase].total.add(&rec.total)
	}
	return a
}

func (rec *record) seen() uint16 {
	bits := wasActive
	for _, sign := range []struct {
		bit uint16
		was bool
	}{
		{wasChat, rec.chat}, {wasAgent, rec.agent}, {wasCLI, rec.cli.requests > 0},
		{wasApp, rec.app.requests > 0}, {wasCloud, rec.delegated && !rec.reduced}, {wasReview, rec.reviewed && !rec.reduced},
		{wasReviewed, rec.passive() && !rec.reduced}, {wasCompletion, rec.row(completion) != nil}, {wasAgentEdit, rec.row(agentEdit) != nil}, {wasWindow, rec.window.sessions > 0},
	} {
		if sign.was {
			bits |= sign.bit
		}
	}
	return bits
}

// distinct counts the people who did something in the days of history.
func distinct(history []aggregate, bit uint16) int {
	n := 0
	for p := range history[0].seen {
		for i := range history {
			if history[i].seen[p]&bit != 0 {
				n++
				break
			}
		}
	}
	return n
}

// reported are the distinct counts of an aggregate, their trailing days and
// what they count.
var reported = []struct {
	field string
	days  int
	bit   uint16
}{
	{"daily_active_users", 1, wasActive}, {"weekly_active_users", 7, wasActive}, {"monthly_active_users", month, wasActive},
	{"monthly_active_chat_users", month, wasChat}, {"monthly_active_agent_users", month, wasAgent},
	{"daily_active_cli_users", 1, wasCLI}, {"daily_active_copilot_app_users", 1, wasApp},
	{"daily_active_copilot_cloud_agent_users", 1, wasCloud}, {"weekly_active_copilot_cloud_agent_users", 7, wasCloud},
	{"monthly_active_copilot_cloud_agent_users", month, wasCloud},
	{"daily_active_copilot_code_review_users", 1, wasReview}, {"weekly_active_copilot_code_review_users", 7, wasReview},
	{"monthly_active_copilot_code_review_users", month, wasReview},
}

// appendDay writes day i of history as an aggregate day.
func (g *Generator) appendDay(b []byte, history []aggregate, i int) []byte {
	a := &history[i]
	total, extra := a.total, 0
	if a.scope == wholeEnterprise && a.c.age == g.weekday(differsAge) {
		// GitHub's aggregate and its user records come out of different runs.
		total[metric.Interactions] += 3
		total[metric.LocAdded] += 41
		extra = 1
	}
	b = append(b, `{"day":"`+a.c.date+`",`+g.id(a.scope)...)
	for _, r := range reported {
		n := distinct(history[i-r.days+1:i+1], r.bit)
		if r.field == "daily_active_users" {
			n += extra
		}
		b = appendNumber(b, r.field, n)
	}
	b = appendWindowUsers(b, history, i)
	b = appendCounters(b, &total, 0)
	b = appendRows(b, `,"totals_by_ide":[`, a.ides, openIDE, nil, 0)
	b = a.appendBreakdowns(b)
	b = a.appendUsage(b)
	b = a.appendBeside(b, a.c.d, true)
	return append(g.appendImpact(b, history[i-month+1:i+1]), '}')
}

// appendWindowUsers writes who used the Agents window on the day, and since the Sunday and the
// first of the month before it. Where nobody did, the two are absent.
func appendWindowUsers(b []byte, history []aggregate, i int) []byte {
	d := history[i].c.d
	if d < agentsWindowBegins {
		return b
	}
	since := func(from day.Day) int { return distinct(history[i-int(d-from):i+1], wasWindow) }
	b = appendNumber(b, "daily_active_vscode_agent_users", since(d))
	if week, month := since(d-day.Day(d.Time().Weekday())), since(d.Month()); week+month > 0 {
		b = appendNumber(b, "weekly_active_vscode_agent_users", week)
		b = appendNumber(b, "monthly_active_vscode_agent_users", month)
	}
	return b
}

func appendNumber(b []byte, field string, n int) []byte {
	b = append(b, `,"`+field+`":`...)
	return strconv.AppendInt(b, int64(n), 10)
}

func (a *aggregate) appendUsage(b []byte) []byte {
	if a.cli.requests > 0 {
		b = append(a.cli.append(append(b, `,"totals_by_cli":`...)), '}')
	}
	if a.app.requests > 0 {
		b = append(a.app.append(append(b, `,"totals_by_copilot_app":`...)), '}')
	}
	return b
}

// appendEngagement closes a wrapped report with who used what over its days.
func (g *Generator) appendEngagement(b []byte, history []aggregate) []byte {
	b = append(b, `,"copilot_feature_engagement":{"active_user_count":`...)
	b = strconv.AppendInt(b, int64(distinct(history, wasActive)), 10)
	b = append(b, `,"totals_by_feature":[`...)
	for i, f := range []struct {
		name string
		bit  uint16
	}{
		{"code_completion", wasCompletion}, {"agent_edit", wasAgentEdit}, {"code_review_passive", wasReviewed}, {"code_review_active", wasReview},
		{"cloud_agent", wasCloud}, {"copilot_cli", wasCLI}, {"github_app", wasApp},
	} {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"feature":"`+f.name+`"`...)
		b = append(appendNumber(b, "engaged_user_count", distinct(history, f.bit)), '}')
	}
	return append(b, "]}"...)
}
