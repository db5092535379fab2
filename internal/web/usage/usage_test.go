package usage

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/query"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"

	"github.com/google/go-cmp/cmp"
)

// The expectations below are loops over events and days: they share nothing with the
// product but the names of cards.

func plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// chats are the features whose interactions are chat requests.
var chats = map[string]bool{"chat_panel_ask_mode": true, "chat_panel_agent_mode": true, "chat_panel_edit_mode": true, "chat_panel_plan_mode": true, "chat_inline": true,
	"chat_panel_custom_mode": true, "chat_panel_unknown_mode": true}

// people lists who has a record in a range of which something is true.
func (c *company) people(r day.Range, is func(*personDay) bool) map[int]bool {
	out := map[int]bool{}
	for i := range c.days {
		if p := &c.days[i]; r.Contains(p.on) && is(p) {
			out[p.user] = true
		}
	}
	return out
}

func anything(*personDay) bool { return true }

func flagged(name string) func(*personDay) bool {
	return func(p *personDay) bool { return slices.Contains(p.flags, name) }
}

// prompted reports whether a person sent a prompt in an IDE on the day.
func (c *company) prompted(p *personDay) bool {
	for i := range c.events {
		if e := &c.events[i]; e.user == p.user && e.on == p.on && e.ide != "" && e.prompts > 0 {
			return true
		}
	}
	return false
}

// sum adds up what of each event counts, by a name.
func (c *company) sum(r day.Range, name func(*event) string, of func(*event) int) map[string]int {
	out := map[string]int{}
	for i := range c.events {
		if e := &c.events[i]; r.Contains(e.on) && of(e) > 0 {
			out[name(e)] += of(e)
		}
	}
	return out
}

func requests(e *event) int {
	if chats[e.feature] {
		return e.prompts
	}
	return 0
}

func generated(e *event) int { return e.generations }

func completions(of func(*event) int) func(*event) int {
	return func(e *event) int {
		if e.feature != "code_completion" {
			return 0
		}
		return of(e)
	}
}

func total(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

func written(m map[string]int) map[string]string {
	out := map[string]string{}
	for k, n := range m {
		out[k] = strconv.Itoa(n)
	}
	return out
}

func ratio(a, b int) string {
	if b == 0 {
		return ""
	}
	return plain(float64(a) / float64(b))
}

func same[V any](t *testing.T, what string, want, got V) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// drawn are the days of the charts: the window and the provisional days after it.
func drawn() day.Range { return day.Range{From: windowFrom, To: windowTo + 2} }

func (c *company) withData(r day.Range) (out []day.Day) {
	for on := r.From; on <= r.To; on++ {
		if len(c.people(day.Range{From: on, To: on}, anything)) > 0 {
			out = append(out, on)
		}
	}
	return out
}

// checkPeople compares GitHub's cards of people, counted by any activity or by IDE prompts.
func (c *company) checkPeople(t *testing.T, p *page, counts func(*personDay) bool) {
	t.Helper()
	active := c.people(window(), counts)
	same(t, "total active users", strconv.Itoa(len(active)), p.tile("total-active").Figure.Value)

	agents := c.people(window(), flagged("used_agent"))
	maps.DeleteFunc(agents, func(user int, _ bool) bool { return !active[user] })
	same(t, "agent adoption", ratio(len(agents), len(active)), p.tile("agent-adoption").Figure.Value)
	weeks := map[string]string{}
	for monday := (windowTo + 1).Week() - 84; monday+6 <= windowTo; monday += 7 {
		week := day.Range{From: monday, To: monday + 6}
		there, with := c.people(week, counts), c.people(week, flagged("used_agent"))
		maps.DeleteFunc(with, func(user int, _ bool) bool { return !there[user] })
		if share := ratio(len(with), len(there)); share != "" {
			weeks[monday.String()] = share
		}
	}
	same(t, "agent adoption by week", weeks, series(p.chart("agent-weeks"), "agent"))

	any, sent, other, trailing, trailingSent := map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}
	perDay := map[string]string{}
	asked, days := 0, 0
	for _, on := range c.withData(drawn()) {
		today, key := day.Range{From: on, To: on}, on.String()
		all, prompted := len(c.people(today, anything)), len(c.people(today, c.prompted))
		any[key], sent[key], other[key] = strconv.Itoa(all), strconv.Itoa(prompted), strconv.Itoa(all-prompted)
		week := day.Range{From: on - 6, To: on}
		trailing[key], trailingSent[key] = strconv.Itoa(len(c.people(week, anything))), strconv.Itoa(len(c.people(week, c.prompted)))
		n, who := total(c.sum(today, func(*event) string { return "" }, requests)), len(c.people(today, counts))
		if who == 0 {
			continue
		}
		perDay[key] = ratio(n, who)
		if on <= windowTo {
			asked, days = asked+n, days+who
		}
	}
	same(t, "daily active users", any, series(p.chart("daily-active"), "any"))
	same(t, "daily active users with a prompt", sent, series(p.chart("daily-active"), "prompts"))
	same(t, "daily active users without", other, series(p.chart("daily-active"), "other"))
	same(t, "weekly active users", trailing, series(p.chart("weekly-active"), "any"))
	same(t, "weekly active users with a prompt", trailingSent, series(p.chart("weekly-active"), "prompts"))
	same(t, "average chat requests", ratio(asked, days), p.tile("chat-average").Figure.Value)
	same(t, "average chat requests per day", perDay, series(p.chart("chat-average-days"), "all"))
}

// checkCounters compares GitHub's cards of chats, completions, models and languages.
func (c *company) checkCounters(t *testing.T, p *page) {
	t.Helper()
	perDay := func(name string, list *cards.TableCard, by func(*event) string, of func(*event) int) {
		t.Helper()
		for _, on := range c.withData(drawn()) {
			want := written(c.sum(day.Range{From: on, To: on}, by, of))
			got := map[string]string{}
			for i, column := range list.Data[0].Columns {
				for _, r := range list.Data[0].Rows {
					if v := r.Cells[i].Value; r.Key == on.String() && v != "" && v != "0" {
						got[column.Series] = v
					}
				}
			}
			same(t, name+" on "+on.String(), want, got)
		}
	}
	byMode, byModel, byLanguage := func(e *event) string { return e.feature }, func(e *event) string { return e.model }, func(e *event) string { return e.language }

	modes := c.sum(window(), byMode, requests)
	got := column(p.table("chat-modes"), 0)
	maps.DeleteFunc(got, func(_, v string) bool { return v == "0" }) // GitHub's four modes are there in any case
	same(t, "requests per chat mode", written(modes), got)
	perDay("requests per chat mode", p.table("chat-modes"), byMode, requests)

	models := c.sum(window(), byModel, requests)
	same(t, "model usage", written(models), column(p.table("model-usage"), 0))
	for model, n := range models {
		same(t, "share of "+model, ratio(n, total(models)), column(p.table("model-usage"), 1)[model])
	}
	perDay("model usage per day", p.table("model-days"), byModel, requests)
	best := ""
	for _, model := range slices.Sorted(maps.Keys(models)) {
		if model != "auto" && (best == "" || models[model] > models[best]) {
			best = model
		}
	}
	same(t, "most used chat model", best, p.tile("chat-model").Figure.Value)
	c.checkMatrix(t, p.table("model-modes"), byModel, byMode, requests)

	// What names no model or no language is in no row of the breakdown.
	c.checkMatrix(t, p.table("model-languages"), func(e *event) string {
		if e.model == "" {
			return ""
		}
		return e.language
	}, func(e *event) string {
		if e.language == "" {
			return ""
		}
		return e.model
	}, generated)

	languages := c.sum(window(), byLanguage, generated)
	same(t, "language usage", written(languages), column(p.table("language-usage"), 0))
	perDay("language usage per day", p.table("language-days"), byLanguage, generated)

	shown, taken := map[string]string{}, map[string]string{}
	rates := map[string]string{}
	for _, on := range c.withData(drawn()) {
		today := day.Range{From: on, To: on}
		one := func(*event) string { return "" }
		s, a := total(c.sum(today, one, completions(generated))), total(c.sum(today, one, completions(func(e *event) int { return e.taken })))
		if s > 0 {
			shown[on.String()], taken[on.String()] = strconv.Itoa(s), strconv.Itoa(a)
		}
		if s >= 40 {
			rates[on.String()] = ratio(a, s)
		}
	}
	without := func(m map[string]string) map[string]string {
		maps.DeleteFunc(m, func(_, v string) bool { return v == "0" })
		return m
	}
	same(t, "completions suggested", without(shown), without(series(p.chart("completions"), "suggested")))
	same(t, "completions accepted", without(taken), without(series(p.chart("completions"), "accepted")))
	same(t, "acceptance rate per day", rates, series(p.chart("acceptance"), "rate"))
	one := func(*event) string { return "" }
	same(t, "acceptance rate", ratio(total(c.sum(window(), one, completions(func(e *event) int { return e.taken }))), total(c.sum(window(), one, completions(generated)))), p.chart("acceptance").Lead.Figure.Value)
}

// checkMatrix compares a table of two dimensions.
func (c *company) checkMatrix(t *testing.T, list *cards.TableCard, rows, columns func(*event) string, of func(*event) int) {
	t.Helper()
	want, got := map[string]int{}, map[string]int{}
	for i := range c.events {
		if e := &c.events[i]; window().Contains(e.on) && of(e) > 0 {
			want[rows(e)+" × "+columns(e)] += of(e)
			want[rows(e)+" × all"] += of(e)
		}
	}
	for _, r := range list.Table.Rows {
		for i, cell := range r.Cells {
			if n, err := strconv.Atoi(cell.Value); err == nil && n > 0 {
				got[r.Key+" × "+list.Table.Heads[i+1].Series] = n
			}
		}
	}
	same(t, list.Title, want, got)
}

// checkOurs compares the cards that GitHub's page does not have.
func (c *company) checkOurs(t *testing.T, p *page, counts func(*personDay) bool) {
	t.Helper()
	active := c.people(window(), counts)
	maps.DeleteFunc(active, func(user int, _ bool) bool {
		return !slices.ContainsFunc(c.seats, func(s directory.Seat) bool { return s.UserID == fmt.Sprint(user) })
	}) // as the funnel begins with seats
	in := func(list map[int]bool) map[int]bool {
		maps.DeleteFunc(list, func(user int, _ bool) bool { return !active[user] })
		return list
	}
	agents := in(c.people(window(), flagged("used_agent")))
	chat := in(c.people(window(), func(p *personDay) bool {
		return slices.Contains(p.flags, "used_chat") || slices.Contains(p.flags, "used_agent")
	}))
	first, phases := map[int]bool{}, map[int]day.Day{}
	for i := range c.days {
		if d := &c.days[i]; window().Contains(d.on) && d.phase > 0 && d.on > phases[d.user] {
			phases[d.user], first[d.user] = d.on, d.phase >= 2
		}
	}
	n := 0
	for user := range agents {
		if first[user] {
			n++
		}
	}
	same(t, "funnel", map[string]string{"seats": strconv.Itoa(len(c.seats)), "active": strconv.Itoa(len(active)), "chat": strconv.Itoa(len(chat)), "agent": strconv.Itoa(len(agents)), "first": strconv.Itoa(n)},
		column(p.table("funnel"), 1))

	byDays, days := map[int]int{}, map[int]int{}
	for i := range c.days {
		if d := &c.days[i]; window().Contains(d.on) && counts(d) {
			days[d.user]++
		}
	}
	for _, n := range days {
		byDays[n]++
	}
	for _, r := range p.table("days-active").Table.Rows {
		n, _ := strconv.Atoi(r.Label)
		same(t, "days active: "+r.Label, strconv.Itoa(byDays[n]), r.Cells[1].Value)
	}

	sum, with := map[int]int{}, map[int]int{}
	for _, on := range c.withData(window()) {
		at := (int(on.Time().Weekday())+6)%7 + 1
		sum[at], with[at] = sum[at]+len(c.people(day.Range{From: on, To: on}, counts)), with[at]+1
	}
	for i := 1; i <= 7; i++ {
		same(t, fmt.Sprint("weekday ", i), ratio(sum[i], with[i]), column(p.table("weekdays"), 1)[strconv.Itoa(i)])
	}

	ides := map[string]map[int]bool{}
	credits := 0.0
	lines, agent := map[string]int{}, map[string]int{}
	for i := range c.events {
		e := &c.events[i]
		if !window().Contains(e.on) {
			continue
		}
		if e.ide != "" && e.prompts+e.generations+e.taken+e.suggested+e.added > 0 {
			if ides[e.ide] == nil {
				ides[e.ide] = map[int]bool{}
			}
			ides[e.ide][e.user] = true
		}
		lines[e.on.String()] += e.added
		if e.feature == "agent_edit" || e.feature == "copilot_cli" {
			agent[e.on.String()] += e.added
		}
	}
	want := map[string]string{}
	for ide, people := range ides {
		want[ide] = strconv.Itoa(len(people))
	}
	same(t, "active users by IDE", want, column(p.table("ides"), 1))
	for i := range c.days {
		if window().Contains(c.days[i].on) {
			credits += c.days[i].credits
		}
	}
	if credits > 0 {
		same(t, "credits", plain(credits), p.table("credits").Lead.Figure.Value)
	}
	shares := series(p.chart("agent-share"), "agent")
	for key, n := range lines {
		same(t, "agents' share on "+key, ratio(agent[key], n), shares[key])
	}

	last := day.Range{From: windowTo - 27, To: windowTo}
	passive, reviewed := c.people(last, flagged("used_copilot_code_review_passive")), c.people(last, flagged("used_copilot_code_review_active"))
	maps.DeleteFunc(passive, func(user int, _ bool) bool { return reviewed[user] })
	surfaces := column(p.table("surfaces"), 3)
	for name, people := range map[string]map[int]bool{"prompts": c.people(last, c.prompted), "used_cli": c.people(last, flagged("used_cli")),
		"used_copilot_code_review_active": reviewed, "used_copilot_code_review_passive": passive} {
		same(t, "surface "+name, strconv.Itoa(len(people)), surfaces[name])
	}
}

// members are the further members of a record.
type members struct {
	CLI    usageObject `json:"totals_by_cli"`
	App    usageObject `json:"totals_by_copilot_app"`
	Window struct {
		Sessions int `json:"session_count"`
		Messages int `json:"total_user_messages"`
	} `json:"totals_by_vscode_agent"`
	Apps []struct {
		ID   int `json:"agent_id"`
		Jobs int `json:"user_initiated_interaction_count"`
	} `json:"totals_by_3rd_party_agent"`
	Skills  []uses `json:"totals_by_skill"`
	Plugins []uses `json:"totals_by_plugin"`
	MCP     []uses `json:"totals_by_mcp"`
}

type usageObject struct {
	Sessions int `json:"session_count"`
	Requests int `json:"request_count"`
	Prompts  int `json:"prompt_count"`
	Tokens   struct {
		Prompt int `json:"prompt_tokens_sum"`
		Output int `json:"output_tokens_sum"`
	} `json:"token_usage"`
}

type uses struct {
	Count int `json:"interaction_count"`
}

// amounts adds up what records have in objects of their own.
func (c *company) amounts(t *testing.T, r day.Range) (sums map[string]int, window map[int]bool, apps map[int]map[int]bool) {
	t.Helper()
	sums, window, apps = map[string]int{}, map[int]bool{}, map[int]map[int]bool{}
	object := func(name string, u usageObject) {
		sums[name+" sessions"] += u.Sessions
		sums[name+" model_requests"] += u.Requests
		sums[name+" prompts"] += u.Prompts
		sums[name+" prompt_tokens"] += u.Tokens.Prompt
		sums[name+" output_tokens"] += u.Tokens.Output
	}
	for i := range c.days {
		d := &c.days[i]
		if !r.Contains(d.on) {
			continue
		}
		var m members
		if err := json.Unmarshal([]byte("{"+d.more+"}"), &m); err != nil {
			t.Fatal(err)
		}
		object("cli", m.CLI)
		object("app", m.App)
		sums["agents-window sessions"] += m.Window.Sessions
		sums["agents-window prompts"] += m.Window.Messages
		if m.Window.Sessions > 0 {
			window[d.user] = true
		}
		for _, a := range m.Apps {
			sums[fmt.Sprint("jobs ", a.ID)] += a.Jobs
			if apps[a.ID] == nil {
				apps[a.ID] = map[int]bool{}
			}
			apps[a.ID][d.user] = true
		}
		for kind, list := range map[string][]uses{"skill": m.Skills, "plugin": m.Plugins, "mcp_server": m.MCP} {
			for _, u := range list {
				sums[kind] += u.Count
			}
		}
	}
	return sums, window, apps
}

// checkSurfaces compares the cards of surfaces and of what is added to them.
func (c *company) checkSurfaces(t *testing.T, p *page) {
	t.Helper()
	sums, _, apps := c.amounts(t, window())
	for _, id := range []string{"cli", "app", "agents-window"} {
		got := column(p.table(id), 0)
		for _, m := range sessionMeasures {
			if n := sums[id+" "+m]; n > 0 {
				same(t, id+", "+m, strconv.Itoa(n), got[m])
			}
		}
	}
	requests := sums["cli model_requests"]
	same(t, "tokens per request", ratio(sums["cli prompt_tokens"]+sums["cli output_tokens"], requests), column(p.table("cli"), 0)["tokens_per_request"])
	same(t, "requests per prompt", ratio(requests, sums["cli prompts"]), column(p.table("cli"), 0)["requests_per_prompt"])

	sunday := windowTo
	for sunday.Time().Weekday() != time.Sunday {
		sunday--
	}
	for key, r := range map[string]day.Range{"day": {From: windowTo, To: windowTo}, "week": {From: sunday, To: windowTo}, "month": {From: windowTo.Month(), To: windowTo}} {
		_, people, _ := c.amounts(t, r)
		same(t, "people in the Agents window, "+key, strconv.Itoa(len(people)), column(p.table("agents-window"), 0)[key])
	}

	tokens := p.table("tokens")
	all := sums["cli prompt_tokens"] + sums["cli output_tokens"] + sums["app prompt_tokens"] + sums["app output_tokens"]
	same(t, "tokens", strconv.Itoa(all), tokens.Lead.Figure.Value)
	same(t, "prompt tokens", map[string]string{"copilot_cli": strconv.Itoa(sums["cli prompt_tokens"]), "copilot_app": strconv.Itoa(sums["app prompt_tokens"])}, column(tokens, 1))
	same(t, "share of tokens", ratio(sums["app prompt_tokens"]+sums["app output_tokens"], all), column(tokens, 3)["copilot_app"])

	for id, people := range apps {
		key := strconv.Itoa(id)
		same(t, "jobs of agent app "+key, strconv.Itoa(sums["jobs "+key]), column(p.table("agent-apps"), 0)[key])
		same(t, "people of agent app "+key, strconv.Itoa(len(people)), column(p.table("agent-apps"), 4)[key])
	}
	kinds := column(p.table("customizations"), 1)
	same(t, "uses of customizations", map[string]string{"skill": strconv.Itoa(sums["skill"]), "plugin": strconv.Itoa(sums["plugin"]), "mcp_server": strconv.Itoa(sums["mcp_server"])}, kinds)
	same(t, "distinct customizations", map[string]string{"skill": "1", "plugin": "1", "mcp_server": "2"}, column(p.table("customizations"), 0)) // what is withheld has no name

	cloud := map[string]string{}
	for _, on := range c.withData(drawn()) {
		cloud[on.String()] = strconv.Itoa(len(c.people(day.Range{From: on, To: on}, flagged("used_copilot_cloud_agent"))))
	}
	same(t, "cloud agent", cloud, series(p.chart("cloud-agent"), "people"))

	review := p.table("code-review")
	for i, r := range []day.Range{{From: windowTo, To: windowTo}, {From: windowTo - 6, To: windowTo}, {From: windowTo - 27, To: windowTo}} {
		active, passive := c.people(r, flagged("used_copilot_code_review_active")), c.people(r, flagged("used_copilot_code_review_passive"))
		maps.DeleteFunc(passive, func(user int, _ bool) bool { return active[user] })
		same(t, fmt.Sprint("code review ", r), map[string]string{"used_copilot_code_review_active": strconv.Itoa(len(active)), "used_copilot_code_review_passive": strconv.Itoa(len(passive))}, column(review, i))
	}
}

// TestFigures compares every card with loops over what happened, on random companies.
func TestFigures(t *testing.T) {
	for seed := range uint64(3) {
		c := randomCompany(rand.New(rand.NewPCG(seed, 3)), 25)
		data := c.load(t)
		for query, counts := range map[string]func(*personDay) bool{"": anything, "people=prompts": c.prompted} {
			t.Run(fmt.Sprintf("%d %s", seed, query), func(t *testing.T) {
				p := show(t, data, query)
				c.checkPeople(t, p, counts)
				c.checkCounters(t, p)
				c.checkOurs(t, p, counts)
				c.checkSurfaces(t, p)
				checkDrawn(t, p)
			})
		}
	}
}

// checkDrawn compares what tables draw with what they say, and columns over time with the
// window's figures.
func checkDrawn(t *testing.T, p *page) {
	t.Helper()
	for _, s := range p.view.Sections {
		for _, r := range s.Rows {
			for _, c := range r.Cards {
				if c.Table != nil && c.Table.Table != nil {
					checkBars(t, c.Table)
					checkColumns(t, c.Table)
				}
			}
		}
	}
}

// checkBars: the widths of bars are to each other as the figures beside them.
func checkBars(t *testing.T, c *cards.TableCard) {
	t.Helper()
	scale := 0.0
	for _, r := range c.Table.Rows {
		for i, cell := range r.Cells {
			if cell.Bar == nil || len(cell.Bar.Parts) == 0 {
				continue
			}
			at := i + 1 // the figure stands after its bar, or before it at the end of a row
			if at >= len(r.Cells) || r.Cells[at].Value == "" {
				at = i - 1
			}
			figure, _ := strconv.ParseFloat(r.Cells[0].Value, 64)
			if i == 0 || c.ID == "surfaces" {
				figure, _ = strconv.ParseFloat(r.Cells[at].Value, 64)
			}
			width, _ := strconv.ParseFloat(cell.Bar.Parts[0].Width, 64)
			if scale == 0 {
				scale = width / figure
			}
			if math.Abs(width-scale*figure) > 0.2 {
				t.Errorf("%s, %s: the bar is %.1f wide, %.1f would be %v", c.ID, r.Key, width, scale*figure, figure)
			}
		}
	}
}

// checkColumns: small columns are of the card's table over time, which adds up to the figure.
func checkColumns(t *testing.T, c *cards.TableCard) {
	t.Helper()
	if len(c.Data) == 0 {
		return
	}
	for row, r := range c.Table.Rows {
		for i, cell := range r.Cells {
			if cell.Columns == nil {
				continue
			}
			sum, peak := 0.0, 0.0
			for _, day := range c.Data[0].Rows {
				n, _ := strconv.ParseFloat(day.Cells[row].Value, 64)
				if peak = max(peak, n); day.State != "provisional" {
					sum += n
				}
			}
			same(t, c.ID+", "+r.Key+", sum of its columns", plain(sum), r.Cells[0].Value)
			if cell.Columns.Peak != nil {
				same(t, c.ID+", "+r.Key+", peak", plain(peak), r.Cells[i+1].Value)
			}
		}
	}
}

// three is a company small enough to be worked out by hand.
//
//	          ann (1)                     bob (2)                    cid (3)
//	19 Nov    6 ask, gpt-5                completion 4 of 10         agent, no prompt
//	20 Nov    2 agent, opus; agent        –                          CLI 3
//	21 Nov    –                           1 ask, gpt-5               –
//
// ann and bob sent prompts in an IDE, ann and cid used an agent, three were active.
func three() *company {
	on := func(n int) day.Day { return windowTo - day.Day(21-n) }
	return &company{
		events: []event{
			{user: 1, on: on(19), ide: "vscode", feature: "chat_panel_ask_mode", model: "gpt-5", language: "go", prompts: 6, generations: 3},
			{user: 1, on: on(20), ide: "vscode", feature: "chat_panel_agent_mode", model: "opus", language: "go", prompts: 2, generations: 1},
			{user: 2, on: on(19), ide: "xcode", feature: "code_completion", language: "swift", generations: 10, taken: 4, suggested: 20, added: 8},
			{user: 2, on: on(21), ide: "xcode", feature: "chat_panel_ask_mode", model: "gpt-5", language: "swift", prompts: 1, generations: 1},
			{user: 3, on: on(19), ide: "vscode", feature: "agent_edit", model: "opus", language: "go", generations: 1, added: 12},
			{user: 3, on: on(20), feature: "copilot_cli", model: "opus", prompts: 3, added: 4},
		},
		days: []personDay{
			{user: 1, on: on(19), flags: []string{"used_chat"}}, {user: 1, on: on(20), flags: []string{"used_chat", "used_agent"}},
			{user: 2, on: on(19)}, {user: 2, on: on(21), flags: []string{"used_chat"}},
			{user: 3, on: on(19), flags: []string{"used_agent"}}, {user: 3, on: on(20), flags: []string{"used_cli"}},
		},
		seats: []directory.Seat{{UserID: "1"}, {UserID: "2"}, {UserID: "3"}, {UserID: "4"}},
	}
}

// TestByHand compares the 15 cards with figures that were worked out by hand.
func TestByHand(t *testing.T) {
	data := three().load(t)
	for query, want := range map[string][]string{
		"days=3":                {"3", "0.6666666666666666", "1.5", "gpt-5"}, // ann and cid of three; 9 requests on 3 + 2 + 1 days of people
		"days=3&people=prompts": {"2", "0.5", "3", "gpt-5"},                  // ann of ann and bob; 9 requests on 3 days with a prompt
	} {
		p := show(t, data, query)
		var got []string
		for _, id := range []string{"total-active", "agent-adoption", "chat-average", "chat-model"} {
			got = append(got, p.tile(id).Figure.Value)
		}
		same(t, query, want, got)
	}
	p := show(t, data, "days=3")
	for id, want := range map[string]map[string]string{
		"chat-modes":     {"chat_panel_agent_mode": "2", "chat_panel_ask_mode": "7"},
		"model-usage":    {"gpt-5": "7", "opus": "2"},
		"model-days":     {"gpt-5": "7", "opus": "2"},
		"language-usage": {"go": "5", "swift": "11"},
		"language-days":  {"go": "5", "swift": "11"},
		"model-modes":    {"opus": "2"}, // in agent mode
	} {
		same(t, id, want, column(p.table(id), 0))
	}
	same(t, "asked of models", map[string]string{"gpt-5": "7"}, column(p.table("model-modes"), 1))
	same(t, "generations of opus by language", "2", p.table("model-languages").Table.Rows[0].Cells[1].Value)
	same(t, "daily", map[string]string{"2026-11-19": "3", "2026-11-20": "2", "2026-11-21": "1"}, series(p.chart("daily-active"), "any"))
	same(t, "daily with a prompt", map[string]string{"2026-11-19": "1", "2026-11-20": "1", "2026-11-21": "1"}, series(p.chart("daily-active"), "prompts"))
	same(t, "weekly", map[string]string{"2026-11-19": "3", "2026-11-20": "3", "2026-11-21": "3"}, series(p.chart("weekly-active"), "any"))
	same(t, "average", map[string]string{"2026-11-19": "2", "2026-11-20": "1", "2026-11-21": "1"}, series(p.chart("chat-average-days"), "all"))
	same(t, "suggested", map[string]string{"2026-11-19": "10"}, positive(series(p.chart("completions"), "suggested")))
	same(t, "acceptance rate", "0.4", p.chart("acceptance").Lead.Figure.Value)
}

func positive(m map[string]string) map[string]string {
	maps.DeleteFunc(m, func(_, v string) bool { return v == "0" })
	return m
}

// TestAgentAdoptionIsAShare: used_agent is true of people who sent no prompt. They are not
// among people with IDE prompts, so they are not in the share, which the card says.
func TestAgentAdoptionIsAShare(t *testing.T) {
	c := three()
	for user := 4; user <= 9; user++ { // agents alone
		c.days = append(c.days, personDay{user: user, on: windowTo, flags: []string{"used_agent"}})
	}
	data := c.load(t)
	for _, query := range []string{"people=prompts", "parity=1"} {
		tile := show(t, data, query).tile("agent-adoption")
		same(t, query, "0.5", tile.Figure.Value) // ann, of ann and bob
		if !strings.Contains(tile.Denominator, "7 more used one without a prompt") {
			t.Errorf("%s: %q", query, tile.Denominator)
		}
	}
	if got := show(t, data, "").tile("agent-adoption").GitHub.Figure.Text; got != "50.0% this month" {
		t.Errorf("GitHub's is %s", got)
	}
	if c := show(t, data, "people=prompts&where=user%3Du1").card("agent-weeks").Chart; c.Blocked == nil {
		t.Error("of a single person the share is not blocked")
	}
}

// TestAgentsOfAnyTool: beside Copilot's people others used an agent, too, which the cards say;
// GitHub's figures count Copilot's alone, and the steps to them say so.
func TestAgentsOfAnyTool(t *testing.T) {
	c := withClaude()
	c.days = append(c.days, personDay{user: 6, on: windowTo, flags: []string{"used_agent"}, more: `"tool":"gemini_cli"`}) // dan, with a prompt in an IDE
	c.events = append(c.events, event{user: 6, on: windowTo, ide: "vscode", feature: "chat_panel_ask_mode", prompts: 1})
	data := c.load(t)
	for query, want := range map[string]string{"days=3": "5 of 6 active users, in any tool", "days=3&people=prompts": "2 of 3 active users, in any tool", "days=3&where=tool%3Dcopilot": "2 of 3 active users, in an IDE", "parity=1": "1 of 2 active users, in an IDE"} {
		p := show(t, data, query)
		tile := p.tile("agent-adoption")
		if got := tile.Denominator; !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", query, got)
		}
		for what, words := range map[string]string{"tile": tile.Definition, "sentence": tile.Sentence.Text, "weeks": p.chart("agent-weeks").Definition, "funnel": p.table("funnel").Table.Rows[3].Note} {
			if any := strings.Contains(words, "in any tool"); any != strings.Contains(want, "in any tool") {
				t.Errorf("%s, %s: %q", query, what, words)
			}
		}
		if strings.Contains(query, "parity") {
			continue
		}
		for id, there := range map[string]string{"total-active": "2 this month", "agent-adoption": "50.0% this month"} {
			github := p.tile(id).GitHub
			same(t, query+", "+id, there, github.Figure.Text)
			step := slices.ContainsFunc(github.Lines, func(f shell.Fact) bool { return f.Label == "Only GitHub Copilot" })
			same(t, query+", "+id+", step", !strings.Contains(query, "copilot"), step)
		}
	}
	if g := show(t, data, "days=3&where=tool%3Dclaude_code").tile("total-active").GitHub; g != nil {
		t.Errorf("of Claude Code GitHub's page would say %+v", g)
	}
}

// TestDayOfAnAggregate: an aggregate says how many people were active, and nothing of their
// prompts.
func TestDayOfAnAggregate(t *testing.T) {
	c := three()
	c.aggregates = []string{reporttest.Aggregate((windowTo - 5).String(), 10, 0), reporttest.Aggregate((windowTo - 2).String(), 10, 0)} // the latter has records of people, too
	p := show(t, c.load(t), "")
	key := (windowTo - 5).String()
	chart := p.chart("daily-active")
	for name, want := range map[string]string{"any": "5", "undivided": "5", "prompts": "", "other": ""} {
		same(t, name, want, series(chart, name)[key])
	}
	same(t, "another day", "2", series(chart, "other")["2026-11-19"])
	if notes := strings.Join(chart.Notes, " "); !strings.Contains(notes, "not which of them sent a prompt") {
		t.Errorf("the card says %q", notes)
	}
	if notes := strings.Join(p.table("funnel").Notes, " "); !strings.Contains(notes, "1 day comes from an aggregate") {
		t.Errorf("the funnel says %q", notes)
	}
	if columns := show(t, three().load(t), "").chart("daily-active").Tables[0].Columns; len(columns) != 3 {
		t.Errorf("without aggregates there are columns %+v", columns)
	}
}

// TestSurfaceOfNoRecord: of a surface that no record speaks of nothing is known, not even that
// nobody used it.
func TestSurfaceOfNoRecord(t *testing.T) {
	p := show(t, three().load(t), "days=7")
	people := column(p.table("surfaces"), 3)
	for _, name := range []string{"vscode_agent", "agent_app"} {
		if n, ok := people[name]; ok {
			t.Errorf("%s has %s people", name, n)
		}
	}
	same(t, "CLI", "1", people["used_cli"])
	for _, id := range []string{"agents-window", "agent-apps", "customizations"} {
		if c := p.card(id).Table; c.Empty == "" || c.Table != nil {
			t.Errorf("%s does not say why it is empty", id)
		}
	}
}

// withClaude is three and, at Claude Code, eve (5) on the 19th and bob on the 20th, both with
// an agent in its CLI.
func withClaude() *company {
	c := three()
	for user, on := range map[int]day.Day{5: windowTo - 2, 2: windowTo - 1} {
		c.days = append(c.days, personDay{user: user, on: on, flags: []string{"used_agent", "used_cli"}, more: `"tool":"claude_code"`})
	}
	c.days[5].credits = 6 // cid's
	c.days[5].more = sessions("totals_by_cli", 2, 3)
	return c
}

// TestCopilotSurfaces: people and sessions of Copilot's surfaces are of Copilot, though other
// tools use the same flags.
func TestCopilotSurfaces(t *testing.T) {
	data := withClaude().load(t)
	for query, active := range map[string]string{"days=3": "5", "days=3&where=tool%3Dcopilot": "3", "days=3&where=tool%3Dcopilot&where=tool%3Dclaude_code": "5"} {
		p := show(t, data, query)
		same(t, query, active, p.tile("total-active").Figure.Value)
		for i := range 3 {
			same(t, fmt.Sprint(query, ", people of the CLI ", i), []string{"0", "1", "1"}[i], column(p.table("surfaces"), i+1)["used_cli"])
		}
		if cli := p.table("cli"); !strings.Contains(cli.Definition, " 1 person in the window") {
			t.Errorf("%s: %s", query, cli.Definition)
		}
		for _, s := range p.dashboard.sheets() {
			for _, row := range s.Rows {
				if s.Name == "surfaces" && row[0] == "used_cli" && row[1] == "28 days" {
					same(t, query+", file", "1", fmt.Sprint(row[len(row)-1]))
				}
			}
		}
		credits := p.table("credits").Table
		same(t, query+", credits per active user", "2", credits.Rows[2].Cells[0].Value) // 6 of three people
	}
	same(t, "people of Claude Code's CLI", "2", column(show(t, data, "days=3&where=tool%3Dclaude_code").table("surfaces"), 3)["used_cli"])
}

// TestIncludedPool: the pool of AI credits follows from the plans of the seats, where all of
// them are known.
func TestIncludedPool(t *testing.T) {
	c := withClaude()
	for plan, want := range map[string]string{"business": "7600", "": ""} {
		for i := range c.seats {
			c.seats[i].Plan = plan
		}
		card := show(t, c.load(t), "days=3").table("credits")
		same(t, "pool", want, card.Table.Rows[3].Cells[0].Value)
		if none := strings.Contains(card.Notes[1], "in no report"); none != (want == "") {
			t.Errorf("plan %q: %q", plan, card.Notes[1])
		}
	}
}

// TestNoSeats: without seats the page says why there is no share of them.
func TestNoSeats(t *testing.T) {
	c := three()
	c.seats = nil
	p := show(t, c.load(t), "days=3")
	same(t, "tile", "Any activity. Import seats to see the share of seats.", p.tile("total-active").Denominator)
	reader := func(e directory.Entity) *access.Principal { return access.NewProgram(e.ID, access.Metrics) }
	many := randomCompany(rand.New(rand.NewPCG(1, 3)), 25)
	for seats, want := range map[int]string{0: "An administrator of the enterprise can import them.", 3: "hidden from you"} {
		many.seats = many.seats[:seats]
		read := showTo(t, many.load(t), "from=2026-10-26&to=2026-11-15", reader)
		if got := read.tile("total-active").Denominator; !strings.Contains(got, want) || strings.Contains(got, "Import seats") {
			t.Errorf("%d seats, to who may not view people: %q", seats, got)
		}
		for _, kind := range []string{"seats", "source"} {
			if mine, others := p.dashboard.EmptyOfFiles(kind), read.dashboard.EmptyOfFiles(kind); mine.Import == nil || others.Import != nil || !strings.Contains(others.Message, "An administrator") {
				t.Errorf("an empty page of %s asks %+v, and who may not import %+v", kind, mine, others)
			}
		}
	}
	p.dashboard.Place.Team = &directory.Entity{}
	for what, words := range map[string]string{"tile": p.dashboard.totalActive().Denominator, "funnel": strings.Join(p.dashboard.funnel().Table.Notes, " "),
		"who counts": strings.Join(p.dashboard.whoCounts().Table.Notes, " "), "first use": p.dashboard.firstUse().Table.Empty} {
		if !strings.Contains(words, "assigned through it") || strings.Contains(words, "Import") {
			t.Errorf("%s of a team: %q", what, words)
		}
	}
}

// TestOfSeats: how many of the seats are active, and what the others lack, is said of the people
// that the page counts.
func TestOfSeats(t *testing.T) {
	data := withClaude().load(t) // five people, three of four seats
	for query, want := range map[string][2]string{"days=3": {"3 of 4 seats (75%); any activity", "1 seat had no activity"}, "days=3&people=prompts": {"4 seats assigned; IDE prompts", "2 seats had no prompt in an IDE"}} {
		p := show(t, data, query)
		same(t, query+", tile", want[0], p.tile("total-active").Denominator)
		same(t, query+", funnel", want[1], p.table("funnel").Table.Rows[1].Cells[4].Text)
	}
}

// TestMonthOfGitHub: the tiles that are of the calendar month say so in their sentences, and
// beside people with prompts stands how many had any activity in it.
func TestMonthOfGitHub(t *testing.T) {
	c := withClaude()
	c.days = append(c.days, personDay{user: 7, on: windowTo.Month() - 1}) // active in the window, before the month
	p := show(t, c.load(t), "parity=1")
	tile := p.tile("total-active")
	same(t, "people", "2", tile.Figure.Value)
	same(t, "beside them", "4 seats assigned; IDE prompts; any activity: 3", tile.Denominator)
	for _, id := range []string{"total-active", "agent-adoption"} {
		if got := p.tile(id).Sentence.Text; !strings.HasPrefix(got, "In the calendar month so far (1 – 21 Nov 2026), ") {
			t.Errorf("%s: %q", id, got)
		}
	}
	if got := p.chart("agent-weeks").Sentence.Text; !strings.HasPrefix(got, "In the 28 days to ") {
		t.Errorf("weeks: %q", got)
	}
}

// TestNobodyPrompted: on a day with records of which none has a prompt, nobody sent one.
func TestNobodyPrompted(t *testing.T) {
	c := three()
	c.days = append(c.days, personDay{user: 3, on: windowTo - 4})
	got := series(show(t, c.load(t), "").chart("daily-active"), "prompts")[(windowTo - 4).String()]
	same(t, "prompts", "0", got)
}

// TestFields: each card names the fields that it is computed from.
func TestFields(t *testing.T) {
	p := show(t, three().load(t), "")
	fields := map[string]string{}
	for i := range p.view.KPIs {
		fields[p.view.KPIs[i].ID] = p.view.KPIs[i].Menu.Fields
	}
	for _, s := range p.view.Sections {
		for _, r := range s.Rows {
			for _, c := range r.Cards {
				if c.Chart != nil {
					fields[c.id()] = c.Chart.Menu.Fields
				} else {
					fields[c.id()] = c.Table.Menu.Fields
				}
			}
		}
	}
	for id, f := range fields {
		if lines := strings.Contains(f, "loc_added_sum"); lines != (id == "agent-share") || f == "" || strings.Contains(f, "⟦") {
			t.Errorf("%s names %q", id, f)
		}
	}
	for id, want := range map[string]string{
		"daily-active":      "user_id of every record; for prompts user_initiated_interaction_count in totals_by_ide; of aggregates daily_active_users",
		"chat-average-days": "user_initiated_interaction_count in totals_by_feature; user_id of every record",
		"acceptance":        "code_acceptance_activity_count, code_generation_activity_count in totals_by_feature",
		"ides":              "user_id of records with a row in totals_by_ide",
		"credits":           "ai_credits_used in top level",
		"agents-window":     "user_id; session_count, total_user_messages in totals_by_vscode_agent",
	} {
		same(t, id, want, fields[id])
	}
}

// TestAgentWeeksOfFew: whoever may not view people sees why weeks of people with prompts are
// not there.
func TestAgentWeeksOfFew(t *testing.T) {
	c := randomCompany(rand.New(rand.NewPCG(1, 3)), 25)
	p := showTo(t, c.load(t), "people=prompts&from=2026-10-26&to=2026-11-15", func(e directory.Entity) *access.Principal { return access.NewProgram(e.ID, access.Metrics) })
	if got := p.card("agent-weeks").Chart; len(got.Tables) > 0 || got.Empty == "" {
		t.Errorf("weeks: %+v", got)
	}
}

// TestFewPeople: whoever may not view people is told of no fewer than five anywhere.
func TestFewPeople(t *testing.T) {
	for seed := range uint64(4) {
		c := randomCompany(rand.New(rand.NewPCG(seed, 9)), 12)
		data := c.load(t)
		for _, query := range []string{"", "people=prompts", "days=7"} {
			p := showTo(t, data, query, func(e directory.Entity) *access.Principal { return access.NewProgram(e.ID, access.Metrics) })
			few := func(what, value string) {
				if n, err := strconv.Atoi(value); err == nil && n > 0 && n < 5 {
					t.Errorf("seed %d, %s: %s is %d", seed, query, what, n)
				}
			}
			any, prompts := series(p.card("weekly-active").Chart, "any"), series(p.card("weekly-active").Chart, "prompts")
			for key, n := range prompts {
				all, _ := strconv.Atoi(any[key])
				part, _ := strconv.Atoi(n)
				few("weekly-active without a prompt "+key, strconv.Itoa(all-part))
			}
			for _, id := range []string{"daily-active", "weekly-active", "cloud-agent", "flows"} {
				for _, table := range p.card(id).Chart.Tables {
					for _, r := range table.Rows {
						for _, cell := range r.Cells {
							few(id+" "+r.Key, cell.Value)
						}
					}
				}
			}
			for id, columns := range map[string][]int{"who-counts": {1, 2, 3, 4}, "funnel": {1}, "days-active": {1}, "surfaces": {1, 2, 3}, "code-review": {0, 1, 2}, "agent-apps": {4}, "ides": {1}, "clients": {1, 2, 3}, "agents-window": nil} {
				if p.card(id).Table.Table == nil {
					continue
				}
				for _, i := range columns {
					for key, v := range column(p.card(id).Table, i) {
						few(id+" "+key, v)
					}
				}
				if id == "agents-window" {
					for _, key := range []string{"day", "week", "month"} {
						few(id+" "+key, column(p.card(id).Table, 0)[key])
					}
				}
			}
		}
	}
}

// TestHiddenIsNoTotal: what whoever may not view people is told is as large as it is, or said to
// be a lower bound, and no share is taken of what is hidden in part.
func TestHiddenIsNoTotal(t *testing.T) {
	bounds := 0
	for seed := range uint64(6) {
		data := randomCompany(rand.New(rand.NewPCG(seed, 5)), 14).load(t)
		const query = "from=2026-10-26&to=2026-11-15"
		all, masked := show(t, data, query), showTo(t, data, query, func(e directory.Entity) *access.Principal { return access.NewProgram(e.ID, access.Metrics) })
		check := func(what string, got, want cards.Figure) {
			t.Helper()
			told, bound := strings.CutPrefix(got.Text, "≥ ")
			switch {
			case got.Value == "":
			case bound:
				if bounds++; text.Parsed(got.Value) > text.Parsed(want.Value) {
					t.Errorf("seed %d: %s is said to be at least %s, and is %s", seed, what, told, want.Text)
				}
			case got.Text != want.Text:
				t.Errorf("seed %d: %s is said to be %s, and is %s", seed, what, got.Text, want.Text)
			}
		}
		check("the average of chats", masked.tile("chat-average").Figure, all.tile("chat-average").Figure)
		check("the most used model", masked.tile("chat-model").Figure, all.tile("chat-model").Figure)
		for _, id := range []string{"chat-modes", "model-usage", "model-days", "language-usage", "language-days", "completions", "acceptance"} {
			lead := func(p *page) cards.Figure {
				c := p.card(id)
				switch {
				case c.Table != nil && c.Table.Lead != nil:
					return c.Table.Lead.Figure
				case c.Chart != nil && c.Chart.Lead != nil:
					return c.Chart.Lead.Figure
				}
				return cards.Figure{}
			}
			if id != "model-days" && id != "language-days" { // of weeks, or of days
				check(id, lead(masked), lead(all))
			}
			if table := masked.card(id).Table; table != nil && table.Table != nil && all.card(id).Table.Table != nil {
				sums, shares := column(all.card(id).Table, 0), column(all.card(id).Table, 1)
				for _, r := range table.Table.Rows {
					if !r.Neutral {
						check(id+" of "+r.Label, r.Cells[0].Figure, cards.Figure{Text: text.Whole(text.Parsed(sums[r.Key])), Value: sums[r.Key]})
						check("share of "+r.Label+" of "+id, r.Cells[1].Figure, cards.Figure{Text: text.Percent(text.Parsed(shares[r.Key])), Value: shares[r.Key]})
					}
				}
			}
		}
	}
	if bounds == 0 {
		t.Error("nothing was hidden in part: this compares nothing")
	}
}

// TestSheets: the files of sets of people have the figures of their cards, and every card that
// offers one has it.
func TestSheets(t *testing.T) {
	p := show(t, randomCompany(rand.New(rand.NewPCG(2, 3)), 25).load(t), "")
	sheets := map[string]map[string]string{}
	for _, s := range p.dashboard.sheets() {
		sheets[s.Name] = map[string]string{}
		for _, row := range s.Rows {
			if s.Name != "surfaces" || row[1] == "28 days" {
				sheets[s.Name][query.CSVCell(row[0])] = query.CSVCell(row[len(row)-1])
			}
		}
	}
	same(t, "funnel", column(p.table("funnel"), 1), sheets["funnel"])
	for name, n := range column(p.table("surfaces"), 3) {
		same(t, "surface "+name, n, sheets["surfaces"][name])
	}
	for _, s := range p.view.Sections {
		for _, r := range s.Rows {
			for _, c := range r.Cards {
				menu := cards.Menu{}
				if c.Table != nil && c.Table.Empty == "" {
					menu = c.Table.Menu
				} else if c.Chart != nil && c.Chart.Empty == "" {
					menu = c.Chart.Menu
				}
				if _, file, ok := strings.Cut(menu.CSV, "file="); ok && sheets[file] == nil {
					t.Errorf("%s offers %s, which is no file", c.id(), file)
				}
			}
		}
	}
}

// TestShares: as shares the rows of a day are parts of its whole.
func TestShares(t *testing.T) {
	c := randomCompany(rand.New(rand.NewPCG(4, 3)), 25)
	p := show(t, c.load(t), "over=share")
	for id, by := range map[string]func(*event) string{"model-days": func(e *event) string { return e.model }, "language-days": func(e *event) string { return e.language }} {
		of := map[string]func(*event) int{"model-days": requests, "language-days": generated}[id]
		list := p.table(id)
		for _, r := range list.Data[0].Rows {
			on, err := day.Parse(r.Key)
			if err != nil {
				t.Fatal(err)
			}
			sums := c.sum(day.Range{From: on, To: on}, by, of)
			for i, column := range list.Data[0].Columns {
				want := ""
				if n := sums[column.Series]; n > 0 {
					want = ratio(n, total(sums))
				}
				if got := r.Cells[i].Value; got != want && got != "0" {
					t.Errorf("%s, %s on %s: %s, want %s", id, column.Series, on, got, want)
				}
			}
		}
	}
}

// TestFilteredToASignal: beside a filter to another signal it is not known who sent a prompt,
// which is not nobody.
func TestFilteredToASignal(t *testing.T) {
	p := show(t, three().load(t), "days=3&where=signal%3Dused_cli")
	chart := p.chart("daily-active")
	same(t, "with a prompt", map[string]string{}, series(chart, "prompts"))
	same(t, "undivided", "1", series(chart, "undivided")["2026-11-20"])
	same(t, "agent adoption", "", p.tile("agent-adoption").Figure.Value)
}
