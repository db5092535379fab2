package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// step is one write to a store: an import, a deletion if erase is set, or links.
type step struct {
	lines      []line
	complete   bool
	rejections []report.Rejection
	erase      *store.Deletion
	// eraseImport is the step whose import a deletion names, -1 for none: its
	// number differs between stores.
	eraseImport int
	links       *store.Links
}

// dice makes random data sets and queries about some days; the same seed makes the same ones.
type dice struct {
	*rand.Rand
	days []day.Day
}

func newDice(seed int64, n int) dice {
	return dice{rand.New(rand.NewPCG(uint64(seed), uint64(n))), someDays}
}

// chance is true in p of 100 cases.
func (d dice) chance(p int) bool { return d.IntN(100) < p }

func pick[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }

// some returns at least one of the elements, in their order.
func some[T any](d dice, from []T) []T {
	var out []T
	for _, v := range from {
		if d.chance(50) {
			out = append(out, v)
		}
	}
	if out == nil {
		out = []T{pick(d, from...)}
	}
	return out
}

// What random data is made of. The days lie across the turn of a month and of
// a week; "ann" is the login of two people; the id "x9" is one person a tool. A
// blank language or model is a value of its own, another than "unknown".
var (
	someDays  = daysOf("2026-04-28..2026-05-05")
	someWeeks = daysOf("2026-04-25..2026-05-12")
	someIDs   = []string{"1", "2", "3", "4", "x9"}
	logins    = map[string]string{"1": "ann", "2": "bob", "4": "ann", "x9": "dev"}
	tools     = []string{"copilot", "copilot", "copilot", "codex", "cursor"}
	features  = []string{"code_completion", "code_completion", "chat_inline", "chat_panel_agent_mode", "agent_edit", "copilot_cli", "copilot_app", "others", "new_thing"}
	someIDEs  = []string{"vscode", "intellij", "copilot_app"}
	tongues   = []string{"go", "sql", "unknown", ""}
	models    = []string{"auto", "gpt", "auto", "gpt", "unknown", ""}
)

func daysOf(s string) []day.Day {
	r := rangeOf(s)
	var out []day.Day
	for d := r.From; d <= r.To; d++ {
		out = append(out, d)
	}
	return out
}

// steps makes a data set.
func (d dice) steps() []step {
	var out []step
	for i := range 2 + d.IntN(7) {
		switch {
		case i > 1 && d.chance(8):
			out = append(out, d.deletion())
		case i > 1 && d.chance(10):
			out = append(out, d.undo(i))
		case d.chance(20):
			out = append(out, d.linking())
		default:
			out = append(out, d.load())
		}
	}
	return out
}

// load makes an import of a file or two. Their days and tools are few, so that
// imports meet.
func (d dice) load() step {
	s := step{complete: d.chance(10), eraseImport: -1}
	for _, name := range someFiles[:pick(d, 1, 1, 1, 2)] {
		days := some(d, d.days)
		if d.chance(50) {
			days = days[:min(2, len(days))]
		}
		s.lines = append(s.lines, d.file(name, days, 80)...)
	}
	if d.chance(15) {
		s.rejections = []report.Rejection{d.rejection(pick(d, d.days...))}
	}
	return s
}

// someFiles are the files of random imports.
var someFiles = []string{"a", "b", "c"}

// file makes the lines of a report about some days; of users in so many of 100 cases.
func (d dice) file(name string, days []day.Day, users int) []line {
	source := pick(d, Acme, Acme, Acme, North, South)
	var records []report.Record
	if d.chance(users) {
		records = append(records, d.users(days)...)
	}
	if d.chance(30) {
		records = append(records, d.aggregates(days)...)
	}
	if d.chance(35) {
		records = append(records, d.memberships(source, days)...)
	}
	if d.chance(10) {
		records = append(records, report.Record{Kind: report.RepoDay, Day: days[0], Repo: pick(d, "5", "6"), Extra: d.repository()})
	}
	data := pick(d, metric.Reports, metric.Reports, metric.Reports, metric.Telemetry, metric.VendorRecords)
	lines := linesOf(source, data, pick(d, daysOf("2026-05-10..2026-05-14")...).Time(), name, records)
	if d.chance(30) {
		d.stateRange(lines, days)
	}
	return lines
}

// rejection makes a rejection that may be of a day: of no known one, and of a file that
// has lines or of one that has none.
func (d dice) rejection(on day.Day) report.Rejection {
	return report.Rejection{File: pick(d, "a", "a", "b", "readme"), Line: 1, Reason: "random", Day: pick(d, 0, on)}
}

// stateRange makes the lines those of a report that covers days around its own.
func (d dice) stateRange(lines []line, days []day.Day) {
	from, to := days[0]-day.Day(d.IntN(2)), days[len(days)-1]+day.Day(d.IntN(2))
	for i := range lines {
		lines[i].ReportStart, lines[i].ReportEnd = from, to
	}
}

func (d dice) users(days []day.Day) []report.Record {
	var out []report.Record
	tools := some(d, tools)
	for _, on := range days {
		for _, id := range some(d, someIDs) {
			r := report.Record{Kind: report.UserDay, Day: on, UserID: id, UserIDString: id == "x9", Login: logins[id]}
			if tool := pick(d, tools...); tool != metric.Copilot || d.chance(10) {
				r.Tool = tool
			}
			if d.chance(40) {
				credits := int64(d.IntN(12)) * 250_000
				r.Credits = &credits
			}
			if d.chance(50) {
				r.Flags.Known = uint16(d.IntN(256))
				r.Flags.Value = r.Flags.Known & uint16(d.IntN(256))
			}
			if d.chance(30) {
				phase := int64(d.IntN(3))
				r.Phase = &phase
			}
			d.fill(&r)
			r.Extra = d.figures(false)
			out = append(out, r)
			if d.chance(4) {
				d.fill(&r) // a second row of the same user-day
				out = append(out, r)
			}
		}
	}
	return out
}

func (d dice) aggregates(days []day.Day) []report.Record {
	var out []report.Record
	for _, on := range days {
		r := report.Record{Kind: report.AggregateDay, Day: on}
		if d.chance(20) {
			r.Tool = "codex"
		}
		for _, to := range []**int64{&r.Reported.Daily, &r.Reported.Weekly, &r.Reported.Monthly} {
			if n := int64(d.IntN(9)); d.chance(70) {
				*to = &n
			}
		}
		d.fill(&r)
		r.Extra = d.figures(true)
		out = append(out, r)
	}
	return out
}

// figures makes members with counters of their own: absent, null, without what they should
// have, and repeated.
func (d dice) figures(aggregate bool) []byte {
	var out []string
	add := func(percent int, name string, value func() string) {
		if !d.chance(percent) {
			return
		}
		text := "null"
		if d.chance(95) {
			text = value()
		}
		out = append(out, fmt.Sprintf("%q:%s", name, text))
	}
	member := func(name string) string {
		n := pick(d, "null", `"many"`, "-1", "0", "0", "1", "2", "3", "4", "5", "6", "7")
		return fmt.Sprintf("%q:%s", name, n)
	}
	for _, name := range []string{"totals_by_cli", "totals_by_copilot_app", "totals_by_vscode_agent"} {
		add(20, name, func() string {
			members := some(d, []string{member("session_count"), member("request_count"), member("prompt_count"), member("total_user_messages"),
				`"last_known_cli_version":` + pick(d, `{"cli_version":"0.0.1"}`, `{"cli_version":"0.0.2","sampled_at":"x"}`, `{"cli_version":"unknown"}`, "null"),
				`"token_usage":{` + member("prompt_tokens_sum") + "," + member("output_tokens_sum") + `,"avg_tokens_per_request":null}`})
			return "{" + strings.Join(members, ",") + "}"
		})
	}
	rows := func(one func() string) func() string {
		return func() string {
			var list []string
			for range d.IntN(4) {
				list = append(list, "{"+one()+"}")
			}
			return "[" + strings.Join(list, ",") + "]"
		}
	}
	add(15, "totals_by_3rd_party_agent", rows(func() string {
		at := d.IntN(3)
		row := fmt.Sprintf(`"agent_id":%d,"agent_name":%q,`, at, pick(d, "Ada", "Bo")) + member("user_initiated_interaction_count")
		if aggregate {
			row += "," + member("session_count")
		}
		return row
	}))
	for _, kind := range []string{"skill", "custom_agent", "mcp", "slash_cmd", "plugin"} {
		add(8, "totals_by_"+kind, rows(func() string {
			return fmt.Sprintf(`%q:%q,`, kind, pick(d, "a", "b", "other")) + member("interaction_count")
		}))
	}
	if aggregate {
		d.stated(member, add)
	}
	if out == nil {
		return nil
	}
	slices.Sort(out)
	return []byte(strings.Join(out, ","))
}

// stated makes members of aggregates: phases, pull requests, people of surfaces.
func (d dice) stated(member func(string) string, add func(int, string, func() string)) {
	add(60, "totals_by_ai_adoption_phase", func() string {
		var rows []string
		for n, name := range []string{"No Cohort", "Phase 1", "Phase 4"} {
			if d.chance(70) {
				rows = append(rows, fmt.Sprintf(`{"phase":%q,"phase_number":%d,"users_in_phase_28d":%s,%s,%s,"avg_loc_added":%s,"avg_pull_requests_median_minutes_to_merge":%s}`,
					name, []int{0, 1, 4}[n], pick(d, "null", "3", "25", "40"), member("total_engaged_users"), member("total_pull_requests_merged"), d.fraction(), d.fraction()))
			}
		}
		return "[" + strings.Join(rows, ",") + "]"
	})
	add(60, "pull_requests", d.pulls)
	for _, name := range []string{"daily_active_cli_users", "monthly_active_agent_users", "weekly_passive_copilot_code_review_users", "distinct_skill_use_count"} {
		add(30, name, func() string { return pick(d, "0", "4", "7") })
	}
}

func (d dice) fraction() string { return pick(d, "null", "0", "2", "1.25", "10.333333") }

func (d dice) pulls() string {
	return fmt.Sprintf(`{"total_merged":%d,"total_created":%s,"median_minutes_to_merge":%s,"copilot_suggestions_by_comment_type":[{"comment_type":%q,"total_copilot_suggestions":%d}]}`,
		d.IntN(5), pick(d, "null", "3"), d.fraction(), pick(d, "a", "b"), d.IntN(3))
}

// repository makes the members of a repository's row.
func (d dice) repository() []byte {
	return fmt.Appendf(nil, `"pull_request_review_times":[{"total_merged":%d,"median_minutes_ready_to_first_review":%s}],"pull_requests":%s,"repo_name":%q,"repo_owner_name":"acme"`,
		d.IntN(4), d.fraction(), d.pulls(), pick(d, "app", "lib", ""))
}

// memberships makes user-teams rows: an organization reports its own team's.
func (d dice) memberships(source int64, days []day.Day) []report.Record {
	teams := map[int64][]string{North: {"core"}, South: {"edge"}, Acme: {"core", "edge", "staff"}}[source]
	var out []report.Record
	for _, on := range days {
		for _, id := range some(d, someIDs) {
			for _, name := range some(d, teams) {
				e, _ := entityOf(name)
				r := report.Record{Kind: report.UserTeam, Day: on, UserID: id, UserIDString: id == "x9", Login: logins[id], TeamID: text(e.team), TeamSlug: name}
				if e.organization != 0 {
					r.OrganizationID = text(e.organization)
				}
				out = append(out, r)
			}
		}
	}
	return out
}

// fill gives a record one of the shapes that reports have.
func (d dice) fill(r *report.Record) {
	r.Totals = report.Counters{}
	r.ByIDE, r.ByFeature, r.ByLanguageFeature, r.ByLanguageModel, r.ByModelFeature = nil, nil, nil, nil, nil
	if d.chance(15) {
		d.reduce(r)
		return
	}
	r.ByIDE = d.rows(false, func(row *report.Row) {
		row.IDE = pick(d, someIDEs...)
		if d.chance(40) {
			row.IDEVersion = pick(d, "1.95.0", "1.103.0", "1.104", "241.15989.150", "251.26927.53")
		}
	})
	r.ByFeature = d.rows(false, func(row *report.Row) { row.Feature = pick(d, features...) })
	r.ByLanguageFeature = d.rows(true, func(row *report.Row) {
		row.Language, row.Feature = pick(d, tongues...), pick(d, features...)
	})
	r.ByLanguageModel = d.rows(true, func(row *report.Row) {
		row.Language, row.Model = pick(d, tongues...), pick(d, models...)
	})
	r.ByModelFeature = d.rows(false, func(row *report.Row) {
		row.Model, row.Feature = pick(d, models...), pick(d, features...)
	})
	switch {
	case d.chance(50): // totals that their features add up to, or nearly
		for i := range r.ByFeature {
			sumInto(&r.Totals, &r.ByFeature[i].Counters)
		}
		if d.chance(40) {
			c := d.IntN(report.NumCounters)
			r.Totals.Set(c, r.Totals.N[c]+int64(d.IntN(5)))
		}
	case d.chance(60): // totals of their own
		r.Totals = d.counters(30, false)
	}
	if d.chance(15) {
		withoutLines(r, d.chance(50))
	}
}

// withoutLines leaves zeros of the record's lines, or nothing.
func withoutLines(r *report.Record, zeros bool) {
	all := []*report.Counters{&r.Totals}
	for _, rows := range [][]report.Row{r.ByIDE, r.ByFeature, r.ByLanguageFeature, r.ByLanguageModel, r.ByModelFeature} {
		for i := range rows {
			all = append(all, &rows[i].Counters)
		}
	}
	for _, n := range all {
		for c := range report.NumCounters {
			if metric.Counter(c).Lines() {
				if n.N[c] = 0; !zeros {
					n.Present &^= 1 << c
				}
			}
		}
	}
}

// reduce makes a record without breakdowns and without lines.
func (d dice) reduce(r *report.Record) {
	for c := range report.NumCounters {
		switch {
		case d.chance(50):
		case metric.Counter(c).Lines():
			r.Totals.Set(c, 0)
		default:
			r.Totals.Set(c, int64(d.IntN(5)))
		}
	}
	if d.chance(30) {
		r.ByFeature = []report.Row{} // an empty list is no row either
	}
}

// rows makes a breakdown: absent, empty, or of a few rows.
func (d dice) rows(lacksInteractions bool, key func(*report.Row)) []report.Row {
	switch {
	case d.chance(25):
		return nil
	case d.chance(8):
		return []report.Row{}
	}
	var out []report.Row
	for range 1 + d.IntN(4) {
		row := report.Row{Counters: d.counters(9, lacksInteractions)}
		key(&row)
		if !slices.ContainsFunc(out, func(r report.Row) bool { return sameKeys(r, row) }) {
			out = append(out, row)
		}
	}
	return out
}

func sameKeys(a, b report.Row) bool {
	return a.IDE == b.IDE && a.Feature == b.Feature && a.Language == b.Language && a.Model == b.Model
}

// counters makes counters below n; some are absent, many zero.
func (d dice) counters(n int, lacksInteractions bool) report.Counters {
	var out report.Counters
	zeros := d.chance(10)
	for c := range report.NumCounters {
		switch {
		case c == int(metric.Interactions) && lacksInteractions, d.chance(20):
		case zeros, d.chance(30):
			out.Set(c, 0)
		default:
			out.Set(c, int64(d.IntN(n)))
		}
	}
	return out
}

func sumInto(sum, n *report.Counters) {
	for c := range report.NumCounters {
		if v, ok := n.Get(c); ok {
			sum.Set(c, sum.N[c]+v)
		}
	}
}

// linking makes two persons of some identities and gives them places.
func (d dice) linking() step {
	s := step{links: &store.Links{Enterprise: Acme}, eraseImport: -1}
	for _, tool := range []string{"copilot", "codex"} {
		for _, id := range some(d, append([]string{"nobody"}, someIDs...)) {
			if d.chance(60) {
				s.links.People = append(s.links.People, store.PersonOf{Tool: tool, UserID: id, Person: int64(1 + d.IntN(2))})
			}
		}
	}
	for range d.IntN(3) {
		e := pick(d, belowAcme...)
		from := pick(d, d.days...)
		m := store.MemberOf{Person: int64(1 + d.IntN(2)), Organization: e.organization, Team: e.team, Days: day.Range{From: from, To: from + day.Day(d.IntN(4))}}
		if d.chance(30) {
			m.Days.To = d.days[0] + 1e6
		}
		s.links.Members = append(s.links.Members, m)
	}
	return s
}

// undo makes step i the undoing of an earlier one, often one of the last, mostly of
// all that it did.
func (d dice) undo(i int) step {
	s := step{erase: &store.Deletion{Enterprise: Acme}, eraseImport: pick(d, d.IntN(i), i-1, max(0, i-2))}
	if d.chance(20) {
		d.restrict(s.erase)
	}
	return s
}

// deletion makes a deletion of what has one or two things in common.
func (d dice) deletion() step {
	s := step{erase: &store.Deletion{Enterprise: Acme}, eraseImport: -1}
	for range 1 + d.IntN(2) {
		d.restrict(s.erase)
	}
	return s
}

func (d dice) restrict(to *store.Deletion) {
	switch d.IntN(5) {
	case 0:
		to.Source = pick(d, Acme, North, South)
	case 1:
		to.User = pick(d, "login:ann", "2", "x9")
	case 2:
		to.Tool = pick(d, "copilot", "codex")
	case 3:
		from := pick(d, d.days...)
		to.Range = day.Range{From: from, To: from + day.Day(d.IntN(3))}
	case 4:
		data := pick(d, metric.Reports, metric.Telemetry, metric.VendorRecords)
		to.Data = &data
	}
}

// query makes a question; not every one can be answered.
func (d dice) query() query.Query {
	q := query.Query{Source: query.Auto, Range: d.period()}
	e := pick(d, entities[0], entities[0], entities[0], pick(d, entities...))
	q.Scope = query.Scope{Enterprise: e.enterprise, Organization: e.organization, Team: e.team}
	for range 1 + d.IntN(3) {
		if m := pick(d, metric.Measures...).Name; !slices.Contains(q.Measures, m) {
			q.Measures = append(q.Measures, m)
		}
	}
	for range d.IntN(4) {
		if by := pick(d, metric.Dimensions[:]...).Name; !slices.Contains(q.By, by) {
			q.By = append(q.By, by)
		}
	}
	if d.chance(45) {
		for range 1 + d.IntN(2) {
			q.Filters = append(q.Filters, d.filter())
		}
	}
	if d.chance(25) {
		q.Definition = pick(d, metric.Strict, metric.Wide)
	}
	if d.chance(25) {
		q.Source = pick(d, query.FromUsers, query.FromAggregate)
	}
	return q
}

func (d dice) period() day.Range {
	a, b := pick(d, d.days...), pick(d, d.days...)
	switch {
	case d.chance(20):
		return day.Range{From: a, To: a}
	case d.chance(30):
		return day.Range{From: d.days[0] - 3, To: d.days[len(d.days)-1] + 3}
	}
	return day.Range{From: min(a, b), To: max(a, b)}
}

func (d dice) filter() query.Filter {
	values := map[string][]string{
		"tool": {"copilot", "codex", "cursor"}, "surface": metric.Surfaces, "initiator": metric.Initiators,
		"ide": {"vscode", "intellij", "copilot_app", "zed"}, "feature": {"code_completion", "agent_edit", "chat_inline", "new_thing", "others"},
		"language": {"go", "sql", "cobol"}, "model": {"gpt", "auto"}, "user": {"ann", "2", "x9", "dev", "nobody"},
		"signal": {"used_agent", "used_copilot_cloud_agent"}, "phase": {"No Cohort", "Phase 2"},
		"repository": {"acme/app"}, "comment_type": {"a"},
		"agent_app": {"0", "2"}, "skill": {"a", "other"},
	}
	name := pick(d, "tool", "surface", "initiator", "ide", "feature", "language", "model", "user", "signal", "phase", "agent_app", "skill", "repository", "comment_type")
	return query.Filter{Dimension: name, Values: some(d, values[name])}
}
