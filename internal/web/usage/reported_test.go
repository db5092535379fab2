package usage

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/web/cards"
)

// aggregate is what GitHub states of a day: 5 people on the day, 6 in 7 days and 8 in 28.
func aggregate(on day.Day) string {
	line := reporttest.Aggregate(on.String(), 10, 0, `"weekly_active_users":6,"monthly_active_users":8,"monthly_active_agent_users":2,"daily_active_cli_users":3,
		"daily_active_copilot_cloud_agent_users":1,"weekly_active_copilot_cloud_agent_users":2,"monthly_active_copilot_cloud_agent_users":4,
		"totals_by_feature":[{"feature":"chat_panel_ask_mode","user_initiated_interaction_count":10}],
		"totals_by_3rd_party_agent":[{"agent_id":"7","agent_name":"Ada","user_initiated_interaction_count":5,"session_count":9}]`)
	return strings.ReplaceAll(line, "\n", "")
}

func cells(t *testing.T, c *cards.TableCard, key string) (out []string) {
	t.Helper()
	if c.Table == nil {
		t.Fatalf("%s is empty: %s", c.ID, c.Empty)
	}
	for _, r := range c.Table.Rows {
		if r.Key == key {
			for _, cell := range r.Cells[1:] {
				out = append(out, cell.Figure.Value)
			}
		}
	}
	return out
}

// TestReported: what aggregates state is shown without records of people, and beside them.
func TestReported(t *testing.T) {
	c := &company{aggregates: []string{aggregate(windowTo)}}
	p := show(t, c.load(t), "days=3")
	same(t, "people", []string{"5", "6", "8", ""}, cells(t, p.table("who-counts"), "reported"))
	same(t, "cloud agent", []string{"1", "2", "4"}, cells(t, p.table("surfaces"), "used_copilot_cloud_agent"))
	same(t, "CLI", []string{"3", "", ""}, cells(t, p.table("surfaces"), "used_cli"))
	for id, want := range map[string]string{"total-active": "8 in 28 days", "agent-adoption": "25.0% used an agent in 28 days (2 of 8)"} {
		if tile := p.tile(id); tile.Figure.Value != "" || !strings.Contains(tile.Denominator, want) {
			t.Errorf("%s: %q, %q", id, tile.Figure.Text, tile.Denominator)
		}
	}
	same(t, "chat average", "per active user and day", p.tile("chat-average").Denominator)

	c = three()
	c.aggregates = []string{aggregate(windowTo)}
	p = show(t, c.load(t), "days=3")
	same(t, "people beside", []string{"5", "6", "8", ""}, cells(t, p.table("who-counts"), "reported"))
	if !slices.ContainsFunc(p.table("who-counts").Notes, func(n string) bool { return strings.Contains(n, "differ") }) {
		t.Errorf("the difference is not explained: %q", p.table("who-counts").Notes)
	}
	for _, r := range p.table("surfaces").Table.Rows {
		if got := r.Note != ""; got != (r.Key == "used_cli" || r.Key == "used_copilot_cloud_agent") {
			t.Errorf("%s: %q", r.Key, r.Note)
		}
	}
	if rows := cells(t, show(t, three().load(t), "days=3").table("who-counts"), "reported"); rows != nil {
		t.Errorf("without aggregates: %q", rows)
	}
}

// TestReportedToFew: whoever may not view people is told what aggregates state where nothing is
// to compare it with.
func TestReportedToFew(t *testing.T) {
	masked := func(e directory.Entity) *access.Principal { return access.NewProgram(e.ID, access.Metrics) }
	sunday, window := windowTo-6, "from=2026-10-26&to=2026-11-15"
	c := &company{}
	for on := sunday - 20; on <= sunday; on++ {
		c.aggregates = append(c.aggregates, aggregate(on))
	}
	same(t, "alone", []string{"5", "6", "8", ""}, cells(t, showTo(t, c.load(t), window, masked).table("who-counts"), "reported"))
	both := randomCompany(rand.New(rand.NewPCG(1, 3)), 40)
	both.aggregates = c.aggregates
	data := both.load(t)
	p := showTo(t, data, window, masked)
	if rows := cells(t, p.table("who-counts"), "reported"); rows != nil || p.dashboard.Answers.Of(askReported) != nil {
		t.Errorf("beside records of people: %q", rows)
	}
	if rows := cells(t, show(t, data, window).table("who-counts"), "reported"); rows == nil {
		t.Error("whoever may view people is not told")
	}
}

// TestAgentAppSessions: sessions of agent apps are in aggregates alone, jobs in records of people.
func TestAgentAppSessions(t *testing.T) {
	c := three()
	c.days[3].more = `"totals_by_3rd_party_agent":[{"agent_id":"7","agent_name":"Ada","user_initiated_interaction_count":4}]`
	same(t, "without an aggregate", "", last(cells(t, show(t, c.load(t), "days=3").table("agent-apps"), "7")))
	c.aggregates = []string{aggregate(windowTo)}
	same(t, "sessions", "9", last(cells(t, show(t, c.load(t), "days=3").table("agent-apps"), "7")))
}

func last(list []string) string { return list[len(list)-1] }

// TestSurfacesInShares: over time surfaces are shown as people, or as shares of each week's
// active users.
func TestSurfacesInShares(t *testing.T) {
	c := three()
	for i := range c.days {
		c.days[i].on -= 7 // a week that is over
	}
	c.events = nil
	c.days = append(c.days, personDay{user: 3, on: windowTo})
	data := c.load(t)
	same(t, "people", "1", last(cells(t, show(t, data, "days=14").table("surfaces"), "used_cli")))
	same(t, "share", "0.3333333333333333", last(cells(t, show(t, data, "days=14&over=share").table("surfaces"), "used_cli")))
}

// TestParityOfOtherTools: GitHub's average is of Copilot's chats and people alone.
func TestParityOfOtherTools(t *testing.T) {
	c := withClaude()
	c.days = append(c.days, personDay{user: 6, on: windowTo, more: `"tool":"gemini_cli"`})
	c.events = append(c.events, event{user: 6, on: windowTo, ide: "vscode", feature: "chat_panel_ask_mode", prompts: 90})
	data := c.load(t)
	same(t, "beside other tools", "3.0 per day", show(t, data, "days=3").tile("chat-average").GitHub.Figure.Text) // 9 requests on 3 days with a prompt
	p := show(t, data, "days=3&parity=1")
	same(t, "on the page", "3", p.tile("chat-average").Figure.Value)
	for id, words := range map[string]string{"who-counts": "The first are counted here", "chat-modes": "are counted here", "language-usage": "are counted here"} {
		if notes := strings.Join(p.table(id).Notes, " "); !strings.Contains(notes, words) {
			t.Errorf("%s does not name the reading: %q", id, notes)
		}
	}
}

// TestFourModes: GitHub's page divides its four modes alone.
func TestFourModes(t *testing.T) {
	c := three()
	c.events = append(c.events, event{user: 1, on: windowTo - 1, ide: "vscode", feature: "chat_inline", model: "gpt-5", prompts: 9})
	data := c.load(t)
	same(t, "of all chat", "0.3888888888888889", cells(t, show(t, data, "days=3").table("chat-modes"), "chat_panel_ask_mode")[0]) // 7 of 18
	same(t, "of four modes", "0.7777777777777778", cells(t, show(t, data, "days=3&parity=1").table("chat-modes"), "chat_panel_ask_mode")[0])
}
