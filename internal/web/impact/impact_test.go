package impact

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	stats "codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/webtest"
)

// show builds the page's view of what was compared.
func show(t *testing.T, compared ...question.ComparedFigure) *view {
	t.Helper()
	data := webtest.New()
	said, err := data.Impact(t.Context(), question.Parameters{Days: 28})
	if err != nil {
		t.Fatal(err)
	}
	said.Multiplier = compared
	data.Compared = said
	return viewOver(t, data)
}

func viewOver(t *testing.T, data *webtest.Fake) *view {
	t.Helper()
	s, err := shell.ParseState("/enterprises/acme/insights/impact", "acme", nil)
	if err != nil {
		t.Fatal(err)
	}
	sh := webtest.Shell(t, data, shell.Options{}, shell.Pages{Dashboards: []shell.Dashboard{Dashboard}})
	asked := httptest.NewRequest("GET", "/enterprises/acme/insights/impact", nil)
	r := sh.RequestAt(asked.WithContext(access.With(t.Context(), access.NewOperator())), access.Place{Enterprise: &data.Acme}, s)
	v, err := compose(t.Context(), &cards.Builder{Request: r})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// rows writes a set's rows: label, ratio and interval or why there is none.
func rows(g MultiplierGroup) string {
	var out []string
	for _, r := range g.Rows {
		out = append(out, strings.TrimSpace(fmt.Sprint(r.Label, ": ", r.Ratio, " ", r.Interval, r.Why)))
	}
	return strings.Join(out, "\n")
}

func TestMultiplier(t *testing.T) {
	e := question.Comparison{Estimate: stats.Estimate{Ratio: 1.5, Low: 1.2, High: 1.9, Engaged: stats.Group{People: 90, Mean: 1}, Passive: stats.Group{People: 40, Mean: 0.5}}}
	inside := question.Comparison{Estimate: stats.Estimate{Ratio: 1.06, Low: 0.88, High: 1.27, Engaged: stats.Group{People: 58}, Passive: stats.Group{People: 58}}}
	few := question.Comparison{Why: question.NoImpact(stats.TooFewPassive)}
	broken := question.Comparison{Why: question.ImpactBreak, Break: &metric.Breaks[0]}
	person := question.Comparison{Why: question.ImpactPerson}
	v := show(t, question.ComparedFigure{Figure: question.FigureMerged, Rows: []question.ComparedRow{{Name: question.CompareAll, Comparison: e}, {Name: question.CompareLighter, Comparison: person}, {Name: question.CompareCodeFirst, Comparison: broken}}},
		question.ComparedFigure{Figure: question.FigureMinutes, Rows: []question.ComparedRow{{Name: question.CompareAll, Comparison: question.Comparison{Why: question.ImpactNoPhases}}}},
		question.ComparedFigure{Figure: "loc_changed", Rows: []question.ComparedRow{{Name: question.CompareAll, Comparison: e}, {Name: question.CompareLighter, Comparison: few}, {Name: question.ComparePlacebo, Comparison: question.Comparison{Why: question.ImpactPeople}}, {Name: question.CompareMatched, Comparison: inside}}})
	groups := v.Multiplier.Groups
	if len(groups) != 3 {
		t.Fatalf("%d sets", len(groups))
	}
	for i, want := range []string{`As GitHub computes it: 1.50× 1.20 – 1.90
Without the heaviest 5%: – Not known by person
Without cloud agent and code review (phase 1 alone): – 10 Apr 2026: CLI activity joins the top-level totals`, `As GitHub computes it: – There are no figures by adoption phase in these days.`, `All people: 1.50× 1.20 – 1.90
Without the heaviest 5%: – Too few passive people; 20 are needed
Placebo: 28 days before, of those engaged since: – Comparing people takes the permission to view people
Matched: same team, same earlier activity: 1.06× 0.88 – 1.27`} {
		if got := rows(groups[i]); got != want {
			t.Errorf("set %d:\n%s\nwant\n%s", i, got, want)
		}
	}
	if lead := v.Multiplier.Lead; lead.Figure.Text != "1.50×" || !strings.Contains(lead.Unit, "28.00 pull requests per engaged person and 28 days against 14.00") {
		t.Errorf("lead: %+v", lead)
	}
	plots := groups[2].Rows
	if !plots[0].Plot.Told || plots[3].Plot.Told || plots[1].Plot != nil || plots[0].Groups != "90 against 40 people" || plots[3].Groups != "58 pairs" {
		t.Errorf("plots: %+v, %+v, %+v", plots[0].Plot, plots[3].Plot, plots[1])
	}
	for i, r := range v.Says.Rows { // there are no phases in the sample
		if r.Answer != string(stats.CannotTell) || r.Why == "" {
			t.Errorf("question %d: %+v", i, r)
		}
		if !strings.Contains(v.Says.Sentence.Text, r.Question) || !strings.Contains(v.Says.Sentence.Text, r.Why) {
			t.Errorf("the sentence lacks %q", r.Question)
		}
	}
}

// TestSays lays out answers of each kind.
func TestSays(t *testing.T) {
	merged := question.Comparison{Estimate: stats.Estimate{Ratio: 1.5, Low: 0.9, High: 1.9, Needed: 7, Engaged: stats.Group{Mean: 120}, Passive: stats.Group{Mean: 240}}}
	pairs := question.Comparison{Estimate: stats.Estimate{Ratio: 1.06, Low: 0.88, High: 1.27, Engaged: stats.Group{People: 58}}}
	placebo := question.Comparison{Estimate: stats.Estimate{Ratio: 1.5, Low: 1.2, High: 1.9}}
	data := webtest.New()
	said, err := data.Impact(t.Context(), question.Parameters{Days: 28})
	if err != nil {
		t.Fatal(err)
	}
	said.Findings = []question.Finding{{Question: question.FindMore, Answer: stats.Yes, Shares: stats.Shares{Before: 0.1, After: 0.4, Low: 0.2, High: 0.35}, Earlier: day.Date(2026, 5, 11)},
		{Question: question.FindPulls, Answer: stats.CannotTell, Ratio: merged}, {Question: question.FindCause, Answer: stats.CannotTell, Why: question.ImpactPerson, Ratio: pairs, Placebo: placebo},
		{Question: question.FindFaster, Answer: stats.Yes, Ratio: merged}}
	data.Compared = said
	v := viewOver(t, data)
	var got []string
	for _, r := range v.Says.Rows {
		got = append(got, r.Label+": "+r.Why+" ("+r.Interval+")")
	}
	for i, want := range []string{"Yes: 10% of active people were in phase 2 or higher on 11 May 2026, and 40% on 17 Aug 2026. (+20 – +35 pp)",
		"Cannot tell: Engaged people merged 1.50× as many pull requests per person as passive ones. The interval holds both more and less. About 7 weeks would be needed to see a tenth. (0.90 – 1.90)",
		"changed 1.50× as many lines in the 28 days before they were, and 1 lies outside its interval. Among 58 matched pairs the ratio of lines is 1.06×, and 1 lies inside its interval. (0.88 – 1.27 (lines))",
		"Yes: Engaged people's pull requests took 2.0 h on average of daily medians, those of passive people 4.0 h. (0.90 – 1.90)"} {
		if !strings.HasSuffix(got[i], want) {
			t.Errorf("got\n%s\nwant\n%s", got[i], want)
		}
	}
}
