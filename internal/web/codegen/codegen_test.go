package codegen

import (
	"context"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
	"codegauge/internal/web/webtest"
)

// show builds the page's view of a query string.
func show(t *testing.T, data shell.Data, query string) *view {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	s, err := shell.ParseState(webtest.Base, "acme", q)
	if err != nil {
		t.Fatal(err)
	}
	e, err := data.Entity(t.Context(), s.Words(day.Range{}))
	if err != nil {
		t.Fatal(err)
	}
	asked := httptest.NewRequest("GET", webtest.Base, nil)
	r := pages(t, data).RequestAt(asked.WithContext(access.With(t.Context(), access.NewOperator())), access.Place{Enterprise: &e}, s)
	v, err := compose(t.Context(), &cards.Builder{Request: r})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func pages(t *testing.T, data shell.Data) *shell.Shell {
	t.Helper()
	return webtest.Shell(t, data, shell.Options{}, shell.Pages{Dashboards: []shell.Dashboard{Dashboard}})
}

// plottedSum adds up a card's plotted cells of a series.
func plottedSum(c cards.ChartCard, series string) float64 {
	sum := 0.0
	for _, t := range c.Tables {
		if t.Phone {
			continue
		}
		i := slices.IndexFunc(t.Columns, func(c cards.Column) bool { return c.Series == series })
		for _, r := range t.Rows {
			if r.Plot && i >= 0 && r.State != "provisional" {
				sum += text.Parsed(r.Cells[i].Value)
			}
		}
	}
	return sum
}

func TestTitles(t *testing.T) {
	v := show(t, webtest.New(), "")
	got := []string{v.Daily.Title}
	for _, p := range v.Comparisons {
		for _, c := range p.Cards {
			got = append(got, c.Title)
		}
	}
	want := []string{"Daily total of lines added and deleted",
		"User-initiated code changes (by mode)", "Agent-initiated code changes (by mode)",
		"User-initiated code changes (per model)", "Agent-initiated code changes (per model)",
		"User-initiated code changes (per language)", "Agent-initiated code changes (per language)",
		"Code changes by IDE"}
	if !slices.Equal(got, want) {
		t.Errorf("titles: got %q, want %q", got, want)
	}
}

// Whatever is shown, the parts that are plotted add up to the headline.
func TestChartsMeetTheHeadline(t *testing.T) {
	for _, query := range []string{"", "days=90", "days=365", "definition=v1-wide", "split=initiator", "where=organization%3Dweb", "where=model%3Dgpt-5"} {
		v := show(t, webtest.New(), query)
		total := text.Parsed(v.KPIs[0].Figure.Value)
		daily := plottedSum(*v.Daily, "loc_added") + plottedSum(*v.Daily, "loc_deleted")
		for _, who := range metric.Initiators {
			daily += plottedSum(*v.Daily, who+".loc_added") + plottedSum(*v.Daily, who+".loc_deleted")
		}
		if daily != total {
			t.Errorf("%q: daily chart sums to %v, headline is %v", query, daily, total)
		}
		for _, p := range v.Comparisons {
			if p.ID == "by-ide" && strings.Contains(query, "model") {
				continue // no report carries both
			}
			sum := 0.0
			for _, c := range p.Cards {
				sum += plottedSum(c, "loc_added") + plottedSum(c, "loc_deleted")
			}
			if len(p.Cards) == 2 {
				sum += unclassified(t, p.Neither)
			}
			if sum != total {
				t.Errorf("%q: %s sums to %v, headline is %v", query, p.ID, sum, total)
			}
		}
	}
}

// unclassified reads the lines off a pair's "In neither side: 1,877 lines …".
func unclassified(t *testing.T, words string) float64 {
	t.Helper()
	if words == "" {
		return 0
	}
	_, rest, _ := strings.Cut(words, ": ")
	n, _, ok := strings.Cut(rest, " ")
	if !ok {
		t.Fatalf("neither: %q", words)
	}
	return text.Parsed(strings.ReplaceAll(n, ",", ""))
}

// blockedCards returns the ids of the cards that the filters do not reach.
func blockedCards(v *view) []string {
	var out []string
	for _, x := range v.KPIs {
		if x.Blocked != nil {
			out = append(out, x.ID)
		}
	}
	if v.Daily.Blocked != nil {
		out = append(out, v.Daily.ID)
	}
	if v.Tools.Blocked != nil {
		out = append(out, v.Tools.ID)
	}
	for _, p := range v.Comparisons {
		for _, c := range p.Cards {
			if c.Blocked != nil {
				out = append(out, c.ID)
			}
		}
	}
	return out
}

func TestFilterReach(t *testing.T) {
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"", nil},
		{"where=organization%3Dweb&where=tool%3Dcopilot", nil},
		{"where=surface%3Dide", []string{"ide"}},
		{"where=feature%3Dagent_edit", []string{"ide"}},
		{"where=model%3Dgpt-5", []string{"ide"}},
		{"where=language%3Dgo", []string{"ide"}},
		{"where=ide%3Dvscode", []string{"agent-contribution", "average-lines-deleted-by-agent", "user-mode", "agent-mode", "user-model", "agent-model", "user-language", "agent-language"}},
		{"where=ide%3Dvscode&split=initiator", []string{"agent-contribution", "average-lines-deleted-by-agent", "daily", "user-mode", "agent-mode", "user-model", "agent-model", "user-language", "agent-language"}},
		{"where=model%3Dgpt-5&where=language%3Dgo", []string{"agent-contribution", "average-lines-deleted-by-agent", "user-mode", "agent-mode", "user-model", "agent-model", "user-language", "agent-language", "ide"}},
		{"where=model%3Dgpt-5&where=ide%3Dvscode", []string{"loc-changed", "agent-contribution", "average-lines-deleted-by-agent", "active-users", "daily", "tools",
			"user-mode", "agent-mode", "user-model", "agent-model", "language", "ide"}},
	} {
		v := show(t, webtest.New(), c.query)
		if v.Empty != nil {
			t.Errorf("%q: page is empty: %s", c.query, v.Empty.Kind)
			continue
		}
		got := blockedCards(v)
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: blocked %q, want %q", c.query, got, c.want)
		}
		for _, x := range v.KPIs {
			if x.Blocked != nil && (x.Figure.Text != "" || len(x.Blocked.Fixes) == 0) {
				t.Errorf("%q: %s shows %q, fixes %v", c.query, x.ID, x.Figure.Text, x.Blocked.Fixes)
			}
		}
	}
}

func TestOneSideUnderModelOrLanguage(t *testing.T) {
	for query, pair := range map[string]int{"where=model%3Dgpt-5": 2, "where=language%3Dgo": 1} {
		v := show(t, webtest.New(), query)
		for i, p := range v.Comparisons[:3] {
			want := 2
			if i == pair {
				want = 1
			}
			if len(p.Cards) != want {
				t.Errorf("%q: %s has %d cards, want %d", query, p.ID, len(p.Cards), want)
			}
		}
	}
}

func TestBlockedSaysWhatToRemove(t *testing.T) {
	v := show(t, webtest.New(), "where=ide%3Dvscode")
	b := v.KPIs[1].Blocked
	if got, want := b.Message, "Reports do not combine IDE and who initiated."; got != want {
		t.Errorf("message: got %q, want %q", got, want)
	}
	if want := (shell.Link{Label: "Remove IDE to see this", URL: webtest.Base}); len(b.Fixes) != 1 || b.Fixes[0] != want {
		t.Errorf("fixes: got %v, want %v", b.Fixes, want)
	}
}

func TestDailyStates(t *testing.T) {
	v := show(t, webtest.New(), "")
	states := map[string]string{}
	for _, r := range v.Daily.Tables[0].Rows {
		states[r.Key] = r.State
		if r.State == "missing" && r.Cells[0] != (cards.Cell{Text: text.None}) {
			t.Errorf("missing day %s shows %v", r.Key, r.Cells)
		}
	}
	for key, want := range map[string]string{"2026-08-08": "missing", "2026-08-17": "", "2026-08-18": "provisional", "2026-08-19": "provisional"} {
		if states[key] != want {
			t.Errorf("%s: state %q, want %q", key, states[key], want)
		}
	}
	if got, want := len(v.Daily.Tables[0].Rows), 30; got != want {
		t.Errorf("rows: got %d, want %d", got, want)
	}
}

func TestDailyGrain(t *testing.T) {
	for query, want := range map[string]string{"days=92": "day", "days=93": "week", "days=400": "week", "days=401": "month"} {
		v := show(t, webtest.New(), query)
		table := v.Daily.Tables[0]
		if table.Grain != want {
			t.Errorf("%s: grain %q, want %q", query, table.Grain, want)
		}
		if first := table.Rows[0]; want != "day" && first.State != "missing" && (first.State != "partial" || !strings.Contains(first.Note, " of ") || first.Part == "") {
			t.Errorf("%s: first bar %s does not say that some of its days are outside: %q", query, first.Key, first.Note)
		}
	}
}

// TestPartialWeek: a week at the window's edge, or with a day missing, says how many of
// its days it has.
func TestPartialWeek(t *testing.T) {
	v := show(t, webtest.New(), "from=2026-05-07&to=2026-08-17")
	got := map[string]string{}
	for _, r := range v.Daily.Tables[0].Rows {
		got[r.Key] = r.State + " " + r.Note + " " + r.Part
	}
	for week, want := range map[string]string{"2026-05-04": "partial 4 of 7 days 4/7", "2026-05-11": "  ", "2026-08-03": "partial 6 of 7 days 6/7", "2026-08-17": "partial 1 of 7 days 1/7"} {
		if got[week] != want {
			t.Errorf("week %s: got %q, want %q", week, got[week], want)
		}
	}
}

// TestSuggestedSetsNoScale: suggested lines are a tick, deleted ones go to the left, and
// both sides of a pair have one scale.
func TestSuggestedSetsNoScale(t *testing.T) {
	v := show(t, webtest.New(), "")
	for _, p := range v.Comparisons[:3] {
		right, left := 0.0, 0.0
		for _, c := range p.Cards {
			for _, r := range c.Tables[0].Rows {
				for i, cell := range r.Cells {
					switch column := c.Tables[0].Columns[i]; {
					case !r.Plot:
					case column.Series == "loc_added" && column.Draw == "bar":
						right = max(right, text.Parsed(cell.Value))
					case column.Series == "loc_deleted" && column.Draw == "bar-down":
						left = max(left, text.Parsed(cell.Value))
					case column.Series != "loc_suggested_add" || column.Draw != "tick":
						t.Errorf("%s draws %s as %s", c.ID, column.Series, column.Draw)
					}
				}
			}
		}
		for _, c := range p.Cards {
			if c.Max != text.Plain(right) || c.Min != text.Plain(-left) || right == 0 || left == 0 {
				t.Errorf("%s: scale %s to %s, want %v to %v", c.ID, c.Min, c.Max, -left, right)
			}
		}
	}
}

// TestClientFaultBounds: a fault that makes reports say too little makes agents' figures
// bounds, says how many people it concerns, and names the mended.
func TestClientFaultBounds(t *testing.T) {
	data := webtest.New()
	data.Faults = []question.ClientFault{{Fault: metric.ClientFaults[0], People: 3, Known: 41}}
	v := show(t, data, "")
	for i, bounded := range []bool{true, true, true, false} {
		c := v.KPIs[i]
		if strings.HasPrefix(c.Figure.Text, "≥ ") != bounded || (c.Bound == "At least: SDK fault, 3 people.") != bounded {
			t.Errorf("%s: %q, %q", c.ID, c.Figure.Text, c.Bound)
		}
	}
	const note = "SDK fault: 3 people are on affected clients, 38 on fixed ones. A rise as people upgrade is recovery, not adoption."
	if notes := v.Comparisons[0].Cards[1].Notes; !slices.Contains(notes, note) {
		t.Errorf("agents' card: %q", notes)
	}
	if v := show(t, data, "where=tool%3Dclaude_code"); v.KPIs[1].Bound != "" {
		t.Error("another tool's figures are bounds of Copilot's fault")
	}
}

// TestKnownBesideAggregates: where some days are aggregates, what the others say is shown
// and the rest marked, as the card's CSV has it.
func TestKnownBesideAggregates(t *testing.T) {
	data := webtest.New()
	whole := show(t, data, "").KPIs[3].Figure.Value
	data.Aggregate = []day.Day{data.Today() - 5}
	v := show(t, data, "")
	users, average := v.KPIs[3], v.KPIs[2]
	if users.Figure.Text != "≥ "+whole || users.Figure.Value != whole || !strings.Contains(users.Menu.CSV, "source=users") {
		t.Errorf("active users: %+v, %s", users.Figure, users.Menu.CSV)
	}
	if !strings.Contains(users.Denominator, "over 26 of 28 days; 1 day is an aggregate") {
		t.Errorf("active users are %q", users.Denominator)
	}
	if average.Figure.Value == "" || strings.HasPrefix(average.Figure.Text, "≥") {
		t.Errorf("average: %+v", average.Figure)
	}
	if people := v.Tools.Rows[0].People; !strings.HasPrefix(people.Text, "≥ ") || people.Value != "" {
		t.Errorf("people of a tool: %+v", people)
	}
}

func TestPhonesDrawWeeks(t *testing.T) {
	v := show(t, webtest.New(), "days=90")
	tables := v.Daily.Tables
	if len(tables) != 2 || !tables[0].Wide || !tables[1].Phone || tables[1].Grain != "week" {
		t.Fatalf("tables: %d", len(tables))
	}
	var days, weeks float64
	for _, r := range tables[0].Rows {
		if r.State != "provisional" {
			days += text.Parsed(r.Cells[0].Value)
		}
	}
	for _, r := range tables[1].Rows {
		weeks += text.Parsed(r.Cells[0].Value)
	}
	if days != weeks {
		t.Errorf("weeks sum to %v, days to %v", weeks, days)
	}
}

func TestTopEightOtherUnknown(t *testing.T) {
	v := show(t, webtest.New(), "")
	rows := v.Comparisons[2].Cards[1].Tables[0].Rows
	var plotted []string
	for _, r := range rows {
		if r.Plot {
			plotted = append(plotted, r.Label)
		}
	}
	if len(plotted) != 8+3 {
		t.Fatalf("plotted %q", plotted)
	}
	if got, want := plotted[8:], []string{"Other (3)", "No language", "Unknown"}; !slices.Equal(got, want) {
		t.Errorf("last rows: got %q, want %q", got, want)
	}
	if note := rows[len(rows)-2].Note; !strings.Contains(note, "Claude Code sends no language") {
		t.Errorf("reason: %q", note)
	}
}

func TestParityLeavesUnknownOutWithItsCount(t *testing.T) {
	v := show(t, webtest.New(), "parity=1")
	for _, p := range v.Comparisons[1:3] {
		for _, c := range p.Cards {
			for _, r := range c.Tables[0].Rows {
				if r.Label == "Unknown" {
					t.Errorf("%s shows Unknown", c.ID)
				}
			}
			if len(c.Notes) == 0 || !strings.Contains(c.Notes[0], "left out") {
				t.Errorf("%s: notes %q", c.ID, c.Notes)
			}
		}
	}
	if got, want := v.KPIs[2].Window, "Calendar month, 1 – 17 Aug 2026"; got != want {
		t.Errorf("average's window: got %q, want %q", got, want)
	}
}

func TestGitHubFigureIsAccountedFor(t *testing.T) {
	v := show(t, webtest.New(), "")
	g := v.KPIs[0].GitHub
	sum := 0.0
	for _, step := range g.Lines[:len(g.Lines)-1] {
		sum += text.Parsed(strings.NewReplacer(",", "", english.Minus, "-").Replace(step.Value))
	}
	if sum != text.Parsed(g.Figure.Value) {
		t.Errorf("steps %v lead to %v, want %s", g.Lines, sum, g.Figure.Value)
	}
}

func TestCSVIsTheCardsQuestion(t *testing.T) {
	v := show(t, webtest.New(), "where=organization%3Dweb")
	u, err := url.Parse(v.Comparisons[1].Cards[1].Menu.CSV)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, want := range map[string]string{"enterprise": "acme", "measures": "loc_added,loc_deleted", "by": "model", "from": "2026-07-21", "to": "2026-08-17", "format": "csv"} {
		if got := q.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got, want := q["where"], []string{"organization=web", "initiator=agent"}; !slices.Equal(got, want) {
		t.Errorf("where: got %q, want %q", got, want)
	}
}

func TestSentence(t *testing.T) {
	s := show(t, webtest.New(), "").KPIs[0].Sentence
	for _, part := range []string{"In the 28 days to 17 Aug 2026, AI tools changed ", " lines at Acme; agents made ", " people report lines.", "This is not a share of all code written, nor a measure of value."} {
		if !strings.Contains(s.Text, part) {
			t.Errorf("sentence %q lacks %q", s.Text, part)
		}
	}
	if want := webtest.Base + "?from=2026-07-21&to=2026-08-17"; s.URL != want {
		t.Errorf("link: got %q, want %q", s.URL, want)
	}
}

// TestSentencesAddUp checks that a chart's sentence has the whole of its lines, in values
// and the rest, and that a bound is said.
func TestSentencesAddUp(t *testing.T) {
	data := webtest.New()
	data.Faults = []question.ClientFault{{Fault: metric.ClientFaults[0], People: 3, Known: 41}}
	v := show(t, data, "")
	numbers := regexp.MustCompile(`[\d,]+(?:[;.]| lines)`)
	for _, pair := range v.Comparisons {
		for _, card := range pair.Cards {
			said, rest, _ := strings.Cut(card.Sentence.Text, " were added or deleted under “"+card.Title+"” at Acme: ")
			parts, neither, _ := strings.Cut(strings.TrimSuffix(rest, "."), ". On neither")
			neither = "On neither" + neither + "."
			sum := 0.0
			for _, n := range strings.Split(parts, "; ") {
				sum += text.Parsed(strings.ReplaceAll(n[strings.LastIndex(n, " ")+1:], ",", ""))
			}
			all := numbers.FindAllString(said, -1)
			if len(all) == 0 || strings.ReplaceAll(all[len(all)-1], ",", "") != text.Plain(sum)+" lines" || pair.Neither != "" && !strings.Contains(neither, pair.Neither) {
				t.Errorf("%s: %q adds up to %v; neither %q", card.ID, card.Sentence.Text, sum, pair.Neither)
			}
		}
	}
	if s := v.KPIs[1].Sentence.Text; !strings.HasSuffix(s, "At least: SDK fault, 3 people.") {
		t.Errorf("agents' share: %q", s)
	}
}

func TestEmptyStates(t *testing.T) {
	silent := webtest.New()
	for i := range silent.Facts {
		silent.Facts[i].Added, silent.Facts[i].Deleted, silent.Facts[i].Suggested = 0, 0, 0
	}
	nothing := webtest.New()
	nothing.Facts = nil
	for _, c := range []struct {
		name  string
		data  *webtest.Fake
		query string
		want  string
	}{
		{"no source yet", nothing, "", "source"},
		{"no data of this group", nothing, "where=organization%3Dweb", "scope"},
		{"no data in this range", webtest.New(), "from=2020-01-01&to=2020-01-31", "range"},
		{"a range without reports", webtest.New(), "from=2026-08-08&to=2026-08-08", "missing"},
		{"filtered to nothing", webtest.New(), "where=model%3Dnone-such", "filtered"},
	} {
		v := show(t, c.data, c.query)
		if v.Empty == nil || v.Empty.Kind != c.want {
			t.Errorf("%s: got %+v, want kind %q", c.name, v.Empty, c.want)
			continue
		}
		if len(v.Empty.Actions) == 0 && v.Empty.Import == nil {
			t.Errorf("%s: nothing to do next", c.name)
		}
		sh := pages(t, c.data)
		w := webtest.Get(t, webtest.Serve(sh, sh.Routes()), webtest.Base+"?"+c.query)
		if !strings.Contains(w.Body.String(), `data-empty="`+c.want+`"`) {
			t.Errorf("%s: page does not show it", c.name)
		}
	}
	if v := show(t, silent, ""); v.Empty != nil {
		t.Errorf("people without lines: page is empty (%s), want cards", v.Empty.Kind)
	}
}

// TestUnknownBefore: a previous period for which a figure is unknown is one all the same.
func TestUnknownBefore(t *testing.T) {
	data := webtest.New()
	for d := data.Today() - 60; d < data.Today()-33; d++ {
		data.Aggregate = append(data.Aggregate, d)
	}
	v := show(t, data, "days=28")
	for _, c := range v.KPIs {
		known := c.Title != "Active users" && c.Title != "Average lines deleted by agent"
		if (c.Change != nil) != known || !known && !strings.HasPrefix(c.NoChange, "Not compared: unknown for ") {
			t.Errorf("%s: change %v, %q", c.Title, c.Change, c.NoChange)
		}
	}
}

// hiding is data of which something is hidden as being of few people.
type hiding struct{ *webtest.Fake }

func (h hiding) Query(ctx context.Context, w question.Parameters) (*query.Answer, error) {
	a, err := h.Fake.Query(ctx, w)
	if err != nil {
		return nil, err
	}
	out := *a
	out.Columns = append(slices.Clone(a.Columns), query.Column{Name: query.HiddenWeeks, Type: "integer", Unit: "weeks"})
	out.Rows = nil
	for _, row := range a.Rows {
		out.Rows = append(out.Rows, append(slices.Clone(row), int64(1)))
	}
	return &out, nil
}

// TestHiddenIsNotUnreported checks that no tool is said to send no language where
// languages may be hidden.
func TestHiddenIsNotUnreported(t *testing.T) {
	for hides, data := range map[bool]shell.Data{false: webtest.New(), true: hiding{webtest.New()}} {
		found := 0
		for _, c := range show(t, data, "").Comparisons {
			for _, card := range c.Cards {
				for _, table := range card.Tables {
					for _, r := range table.Rows {
						if !strings.HasPrefix(r.Label, "No ") || strings.HasPrefix(r.Label, "No mode") {
							continue
						}
						found++
						if got := strings.HasSuffix(r.Label, ", or hidden"); got != hides {
							t.Errorf("hides %t: %s", hides, r.Label)
						}
						if got := strings.Contains(r.Note, "or too few people used it to be shown"); r.Note != "" && got != hides {
							t.Errorf("hides %t: %s: %s", hides, r.Label, r.Note)
						}
					}
				}
			}
		}
		if found == 0 {
			t.Errorf("hides %t: no row for what has no value", hides)
		}
	}
}
