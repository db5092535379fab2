package usage

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/store/sqlstore"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/webtest"
)

// event is something that a person did on a day: the figures of one feature, model and
// language.
type event struct {
	user                        int
	on                          day.Day
	feature, model, language    string
	ide                         string
	prompts, generations, taken int
	suggested, added            int
}

// personDay is what a record says of a person's day beside events.
type personDay struct {
	user    int
	on      day.Day
	flags   []string
	phase   int // 0 is not stated
	credits float64
	more    string // further members
}

// company is what happened at an enterprise.
type company struct {
	events     []event
	days       []personDay
	aggregates []string
	seats      []directory.Seat
}

// lines writes the records.
func (c *company) lines() (out []string) {
	for i := range c.days {
		out = append(out, c.line(&c.days[i]))
	}
	return append(out, c.aggregates...)
}

type object = map[string]any

func (c *company) line(p *personDay) string {
	r := object{"user_id": p.user, "user_login": fmt.Sprint("u", p.user), "day": p.on.String()}
	if p.credits > 0 {
		r["ai_credits_used"] = p.credits
	}
	if p.phase > 0 {
		r["ai_adoption_phase"] = object{"phase_number": p.phase, "phase": fmt.Sprint("Phase ", p.phase), "version": "v1"}
	}
	for _, f := range p.flags {
		r[f] = true
	}
	add := func(to object, e *event) {
		for name, n := range map[string]int{"user_initiated_interaction_count": e.prompts, "code_generation_activity_count": e.generations, "code_acceptance_activity_count": e.taken,
			"loc_suggested_to_add_sum": e.suggested, "loc_added_sum": e.added, "loc_deleted_sum": 0, "loc_suggested_to_delete_sum": 0} {
			had, _ := to[name].(int)
			to[name] = had + n
		}
	}
	lists := map[string][]object{}
	row := func(list string, keys object, e *event) {
		for _, o := range lists[list] {
			same := true
			for k, v := range keys {
				same = same && o[k] == v
			}
			if same {
				add(o, e)
				return
			}
		}
		add(keys, e)
		lists[list] = append(lists[list], keys)
	}
	add(r, &event{})
	for i := range c.events {
		e := &c.events[i]
		if e.user != p.user || e.on != p.on {
			continue
		}
		add(r, e)
		row("totals_by_feature", object{"feature": e.feature}, e)
		if e.ide != "" {
			row("totals_by_ide", object{"ide": e.ide}, e)
		}
		if e.model != "" {
			row("totals_by_model_feature", object{"model": e.model, "feature": e.feature}, e)
		}
		if e.language != "" {
			row("totals_by_language_feature", object{"language": e.language, "feature": e.feature}, e)
		}
		if e.language != "" && e.model != "" {
			row("totals_by_language_model", object{"language": e.language, "model": e.model}, e)
		}
	}
	for name, list := range lists {
		r[name] = list
	}
	text, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	if p.more != "" {
		return strings.TrimSuffix(string(text), "}") + "," + p.more + "}"
	}
	return string(text)
}

// The days of the tests: 28 of the window, the last of which is complete, as of the 24th.
var (
	windowTo   = producttest.Must(day.Parse("2026-11-21"))
	windowFrom = windowTo - 27
)

func window() day.Range { return day.Range{From: windowFrom, To: windowTo} }

var (
	someModels    = []string{"gpt-5", "claude-opus-4.7", "auto", "gemini-3"}
	someLanguages = []string{"go", "python", "", "sql"}
	someChats     = []string{"chat_panel_ask_mode", "chat_panel_agent_mode", "chat_panel_edit_mode", "chat_panel_plan_mode", "chat_inline", "chat_panel_custom_mode"}
)

// randomCompany is people over weeks who do all sorts of things, or nothing, on some days.
func randomCompany(r *rand.Rand, people int) *company {
	c := &company{}
	flip := func(p float64) bool { return r.Float64() < p }
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	for user := 1; user <= people; user++ {
		often := r.Float64()
		for on := windowTo - 69; on <= windowTo+2; on++ {
			if on == windowTo-15 || !flip(often) {
				continue
			}
			p := personDay{user: user, on: on}
			var more []string
			ide := pick([]string{"vscode", "intellij", "xcode"})
			if flip(0.5) {
				for range 1 + r.IntN(3) {
					c.events = append(c.events, event{user: user, on: on, ide: ide, feature: pick(someChats), model: pick(someModels), language: pick(someLanguages), prompts: r.IntN(4), generations: r.IntN(5)})
				}
				p.flags = append(p.flags, "used_chat")
			}
			if flip(0.6) {
				shown := 10 + r.IntN(20)
				c.events = append(c.events, event{user: user, on: on, ide: ide, feature: "code_completion", language: pick(someLanguages), generations: shown, taken: r.IntN(shown), suggested: 2 * shown, added: r.IntN(shown)})
			}
			if flip(0.2) {
				c.events = append(c.events, event{user: user, on: on, ide: ide, feature: "agent_edit", model: pick(someModels), language: pick(someLanguages), generations: 1, added: r.IntN(100)})
				p.flags = append(p.flags, "used_agent")
			}
			if flip(0.1) {
				prompts := 1 + r.IntN(5)
				c.events = append(c.events, event{user: user, on: on, feature: "copilot_cli", model: pick(someModels), prompts: prompts, generations: 2, added: 10})
				p.flags = append(p.flags, "used_cli")
				more = append(more, sessions("totals_by_cli", 1+r.IntN(3), prompts))
			}
			if flip(0.1) {
				p.flags = append(p.flags, "used_copilot_app")
				more = append(more, sessions("totals_by_copilot_app", 1+r.IntN(3), 1+r.IntN(5)))
			}
			if flip(0.1) {
				more = append(more, fmt.Sprintf(`"totals_by_vscode_agent":{"session_count":%d,"total_user_messages":%d}`, 1+r.IntN(3), r.IntN(9)))
			}
			if flip(0.1) {
				more = append(more, fmt.Sprintf(`"totals_by_3rd_party_agent":[{"agent_id":77,"agent_name":"Ada","user_initiated_interaction_count":%d},{"agent_id":78,"agent_name":"Bo","user_initiated_interaction_count":%d}]`, 1+r.IntN(3), 1+r.IntN(9)))
			}
			if flip(0.1) {
				more = append(more, fmt.Sprintf(`"totals_by_skill":[{"skill_name":"review","interaction_count":%d},{"skill_name":"other","interaction_count":2}],"totals_by_plugin":[{"plugin_name":"kit","interaction_count":1}]`, 1+r.IntN(4)))
			}
			if flip(0.1) {
				more = append(more, fmt.Sprintf(`"totals_by_mcp":[{"mcp_name":"github","interaction_count":%d},{"mcp_name":"jira","interaction_count":1}]`, 1+r.IntN(4)))
			}
			p.more = strings.Join(more, ",")
			for _, flag := range []string{"used_copilot_cloud_agent", "used_copilot_code_review_passive"} {
				if flip(0.1) {
					p.flags = append(p.flags, flag)
				}
			}
			if flip(0.05) {
				p.flags = append(p.flags, "used_copilot_code_review_active")
			}
			if flip(0.3) {
				p.credits = float64(r.IntN(100)) / 4
			}
			p.phase = r.IntN(4)
			c.days = append(c.days, p)
		}
		if flip(0.9) {
			c.seats = append(c.seats, directory.Seat{UserID: fmt.Sprint(user), Created: (windowFrom - 100).Time()})
		}
	}
	return c
}

func sessions(name string, sessions, prompts int) string {
	return fmt.Sprintf(`%q:{"session_count":%d,"request_count":%d,"prompt_count":%d,"token_usage":{"prompt_tokens_sum":%d,"output_tokens_sum":%d}}`, name, sessions, 3*prompts, prompts, 1000*prompts, 100*prompts)
}

// product is what pages ask.
type product struct {
	*question.Answerer
	*intake.Intake
}

// load imports a company.
func (c *company) load(t testing.TB) shell.Data {
	t.Helper()
	w := producttest.NewWorldOver(t, sqlstore.New(databasetest.Open(t, databasetest.SQLite), sqlstore.Options{SpoolDir: t.TempDir()}))
	w.Load(intake.Request{Enterprise: "acme"}, c.lines()...)
	e, err := w.Entity(t.Context(), question.Parameters{Enterprise: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.seats) > 0 {
		if err := w.Dir.PutSeats(t.Context(), e.ID, 0, windowTo.Time(), c.seats); err != nil {
			t.Fatal(err)
		}
	}
	return product{w.Answerer, w.Intake}
}

// page is what the page shows of a query string, to whoever may see all.
type page struct {
	t         *testing.T
	view      *view
	dashboard *dashboard
}

func show(t *testing.T, data shell.Data, query string) *page {
	t.Helper()
	return showTo(t, data, query, func(directory.Entity) *access.Principal { return access.NewOperator() })
}

func showTo(t *testing.T, data shell.Data, query string, who func(directory.Entity) *access.Principal) *page {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	const path = "/enterprises/acme/insights/copilot-usage"
	s, err := shell.ParseState(path, "acme", q)
	if err != nil {
		t.Fatal(err)
	}
	e, err := data.Entity(access.With(t.Context(), access.NewOperator()), s.Words(day.Range{}))
	if err != nil {
		t.Fatal(err)
	}
	sh := webtest.Shell(t, data, shell.Options{}, shell.Pages{Dashboards: []shell.Dashboard{Dashboard}})
	asked := httptest.NewRequest("GET", path, nil)
	asked = asked.WithContext(access.With(t.Context(), who(e)))
	d := newDashboard(&cards.Builder{Request: sh.RequestAt(asked, access.Place{Enterprise: &e}, s)})
	v, err := d.figures(asked.Context())
	if err != nil {
		t.Fatal(err)
	}
	if v.Empty != nil {
		t.Fatalf("the page is empty: %s", v.Empty.Message)
	}
	reads(t, v)
	return &page{t, v, d}
}

// reads fails if a tile, a card or a sentence says of what is not known what it is of.
func reads(t *testing.T, v *view) {
	t.Helper()
	check := func(id string, words ...string) {
		for _, w := range words {
			if strings.Contains(w, "– of ") || strings.Contains(w, "≥ –") {
				t.Errorf("%s reads %q", id, w)
			}
		}
	}
	lead := func(id string, l *cards.Lead, sentence cards.Sentence) {
		check(id, sentence.Text)
		if l != nil && id != "first-use" {
			check(id, l.Figure.Text+" "+l.Unit)
		}
	}
	for _, k := range v.KPIs {
		check(k.ID, k.Figure.Text+" "+k.Denominator, k.Sentence.Text)
	}
	for _, s := range v.Sections {
		for _, r := range s.Rows {
			for _, c := range r.Cards {
				if c.Chart != nil {
					lead(c.id(), c.Chart.Lead, c.Chart.Sentence)
				} else {
					lead(c.id(), c.Table.Lead, c.Table.Sentence)
				}
			}
		}
	}
}

func (p *page) tile(id string) *cards.KPICard {
	p.t.Helper()
	for i := range p.view.KPIs {
		if p.view.KPIs[i].ID == id {
			return &p.view.KPIs[i]
		}
	}
	p.t.Fatalf("no tile %s", id)
	return nil
}

func (p *page) card(id string) card {
	p.t.Helper()
	for _, s := range p.view.Sections {
		for _, r := range s.Rows {
			if i := slices.IndexFunc(r.Cards, func(c card) bool { return c.id() == id }); i >= 0 {
				return r.Cards[i]
			}
		}
	}
	p.t.Fatalf("no card %s", id)
	return card{}
}

func (p *page) chart(id string) *cards.ChartCard {
	p.t.Helper()
	c := p.card(id).Chart
	p.shows(id, c.Blocked, c.Empty)
	return c
}

func (p *page) table(id string) *cards.TableCard {
	p.t.Helper()
	c := p.card(id).Table
	p.shows(id, c.Blocked, c.Empty)
	return c
}

func (p *page) shows(id string, blocked *cards.Blocked, empty string) {
	p.t.Helper()
	if blocked != nil || empty != "" {
		p.t.Fatalf("%s shows nothing: %+v %s", id, blocked, empty)
	}
}

// series returns a column of a chart by the keys of its rows, without what is unknown.
func series(c *cards.ChartCard, name string) map[string]string {
	out := map[string]string{}
	t := c.Tables[0]
	i := slices.IndexFunc(t.Columns, func(x cards.Column) bool { return x.Series == name })
	for _, r := range t.Rows {
		if i >= 0 && r.Cells[i].Value != "" {
			out[r.Key] = r.Cells[i].Value
		}
	}
	return out
}

// column returns a column of a table by the keys of its rows, without what is unknown.
func column(c *cards.TableCard, at int) map[string]string {
	out := map[string]string{}
	for _, r := range c.Table.Rows {
		if v := r.Cells[at].Value; v != "" {
			out[r.Key] = v
		}
	}
	return out
}
