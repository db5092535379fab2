package organizations

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
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
	return showAs(t, data, query, func(directory.Entity) *access.Principal { return access.NewOperator() })
}

func showAs(t *testing.T, data shell.Data, query string, who func(directory.Entity) *access.Principal) *view {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	s, err := shell.ParseState("/enterprises/acme/insights/organizations", "acme", q)
	if err != nil {
		t.Fatal(err)
	}
	e, err := data.Entity(t.Context(), s.Words(day.Range{}))
	if err != nil {
		t.Fatal(err)
	}
	sh := webtest.Shell(t, data, shell.Options{}, shell.Pages{Dashboards: []shell.Dashboard{Dashboard}})
	asked := httptest.NewRequest("GET", "/enterprises/acme/insights/organizations", nil)
	r := sh.RequestAt(asked.WithContext(access.With(t.Context(), who(e))), access.Place{Enterprise: &e}, s)
	v, err := compose(t.Context(), &cards.Builder{Request: r})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func labels(t *cards.EntityTable) string {
	var out []string
	for _, row := range t.Rows {
		out = append(out, row.Label)
	}
	return strings.Join(out, ", ")
}

// The lines of the rows add up to the total's, whatever the window.
func TestRowsAddUp(t *testing.T) {
	for _, query := range []string{"", "days=7", "days=90", "sort=name"} {
		table, sum := show(t, webtest.New(), query).Table, 0.0
		for _, row := range append(table.Rows, table.Others()...) {
			sum += text.Parsed(row.Cells[0].Value)
		}
		if total := text.Parsed(table.Total.Cells[0].Value); sum != total || total == 0 {
			t.Errorf("%q: rows have %v lines, the total %v", query, sum, total)
		}
	}
}

func TestOrder(t *testing.T) {
	data := webtest.New()
	for i := range data.Facts { // core does more than web
		if i%3 == 0 {
			data.Facts[i].Added = 0
		}
	}
	byName, byLines := labels(show(t, data, "sort=name").Table), labels(show(t, data, "").Table)
	if byName != "core, Web platform" {
		t.Errorf("by name: %s", byName)
	}
	table := show(t, data, "").Table
	if a, b := text.Parsed(table.Rows[0].Cells[0].Value), text.Parsed(table.Rows[1].Cells[0].Value); a < b {
		t.Errorf("by lines: %s have %v and %v", byLines, a, b)
	}
	if !table.Columns[0].On || show(t, data, "sort=name").Table.Columns[0].On {
		t.Error("lines are the standard order, and no order by name")
	}
}

// A row leads to the organization's own page over the same days, and says of how many seats
// its people are.
func TestRow(t *testing.T) {
	v := show(t, webtest.New(), "days=14")
	row := v.Table.Rows[0]
	if !strings.HasPrefix(row.URL, "/orgs/") || !strings.HasSuffix(row.URL, "/insights/code-generation?days=14") {
		t.Errorf("a row leads to %s", row.URL)
	}
	if users, seats := row.Cells[2], row.Cells[3]; users.Change != "6 without a seat" || seats.Text != "75%" || seats.Of != "54 of 72" || len(seats.Bar.Parts) != 2 {
		t.Errorf("active %+v, seats in use %+v", users, seats)
	}
	if len(row.Cells) != len(v.Table.Columns) {
		t.Errorf("%d cells in %d columns", len(row.Cells), len(v.Table.Columns))
	}
	if row.Spark == nil || v.Table.Total.Spark == nil {
		t.Error("no line over the weeks")
	}
}

// The total says why the rows do not add up to it, where that is known and agrees with them.
func TestWhyRowsDoNotAddUp(t *testing.T) {
	sum := 0.0
	for _, row := range show(t, webtest.New(), "").Table.Rows {
		sum += text.Parsed(row.Cells[2].Value)
	}
	people := int64(sum)
	for _, c := range []struct {
		overlap    *query.Overlap
		note, want string
	}{
		{nil, "", "Whoever belongs to several"},
		{&query.Overlap{People: people + 4, Several: 2, Again: 3, None: 7}, "2 in two or more organizations, 7 in none",
			fmt.Sprintf(": %d active users together, less 3 (2 people in two or more, counted in each), plus 7 (in none), are ", people)},
		{&query.Overlap{People: people}, "", "Everybody who was active in Acme is in one organization"},
		{&query.Overlap{People: people + 5, Several: 2, Again: 3, None: 7}, "2 in two or more organizations, 7 in none", "Whoever belongs to several"},
	} {
		data := webtest.New()
		data.Overlapping = c.overlap
		table := show(t, data, "").Table
		if table.Total.Note != c.note || !strings.Contains(table.Notes[0], c.want) {
			t.Errorf("%+v: %q, %q", c.overlap, table.Total.Note, table.Notes[0])
		}
	}
}

func TestWithoutOrganizations(t *testing.T) {
	data := webtest.New()
	data.Orgs = nil
	if v := show(t, data, ""); v.Empty == nil || v.Empty.Kind != "organizations" {
		t.Errorf("without organizations: %+v", v.Empty)
	}
}

// A movement is drawn as its causes, and leads to the organization that it names.
func TestChanges(t *testing.T) {
	data := webtest.New()
	data.Changed = question.Changes{Now: day.Range{From: data.Today() - 30, To: data.Today() - 3}, Judged: 12, Limit: 3, Movements: []question.Movement{{
		Figure: "loc_changed", Now: 3000, Before: 2000, Moved: 0.4, Reason: question.ReasonUse, Rest: 0.3, Causes: []question.Cause{{Organization: &data.Orgs[0], Feature: "agent_edit", Share: 0.7}}}}}
	c := show(t, data, "").Changes
	if len(c.Rows) != 1 || c.Rows[0].Bar == nil || len(c.Rows[0].Bar.Parts) != 2 || c.Rows[0].URL != "/orgs/web/insights/code-generation" {
		t.Fatalf("changes: %+v", c)
	}
	if c.Sentence.Text == "" || !strings.Contains(c.Rows[0].Shares, "70%") {
		t.Errorf("shares %q, as text %q", c.Rows[0].Shares, c.Sentence.Text)
	}
}

// An organization's own page has itself alone, and asks for nothing by organization, which
// no answer within one has.
func TestOwnPage(t *testing.T) {
	data := webtest.New()
	sh := webtest.Shell(t, data, shell.Options{}, shell.Pages{Dashboards: []shell.Dashboard{Dashboard}})
	asked := httptest.NewRequest("GET", "/orgs/web/insights/organizations", nil)
	s := shell.State{Path: "/orgs/web/insights/organizations", Enterprise: "acme", Org: "web", Days: 28}
	d := &dashboard{Builder: &cards.Builder{Request: sh.RequestAt(asked.WithContext(access.With(t.Context(), access.NewOperator())), access.Place{Enterprise: &data.Acme, Organization: &data.Orgs[0]}, s)}}
	for _, q := range d.questions() {
		if slices.Contains(q.Words.By, "organization") {
			t.Errorf("%s is asked by %v", q.Name, q.Words.By)
		}
	}
	v, err := compose(t.Context(), d.Builder)
	if err != nil || v.Table == nil || len(v.Table.Rows) != 1 || v.Table.Rows[0].Key != "web" || v.Table.Total != nil || v.Across != nil {
		t.Errorf("got %+v, %v", v, err)
	}
}

func TestPhaseStep(t *testing.T) {
	for phase, want := range map[string]int{metric.PhaseName(0): 0, metric.PhaseName(2): 2, metric.PhaseName(3): 3, metric.PhaseName(4): 3, "": -1, "other": -1} {
		if got := phaseStep(phase); got != want {
			t.Errorf("%q: step %d, want %d", phase, got, want)
		}
	}
}

// Figures that a known fault of clients makes lower bounds say so, in the rows of those whom it
// concerns and in the total, and nothing else does.
func TestLowerBounds(t *testing.T) {
	data := webtest.New()
	bounded := func(row *cards.EntityRow) (out []bool) {
		for _, c := range row.Cells[:3] { // lines, agents' share, active people
			out = append(out, strings.HasPrefix(c.Text, "≥ "))
		}
		return out
	}
	check := func(what string, row *cards.EntityRow, want bool) {
		t.Helper()
		if got := bounded(row); !slices.Equal(got, []bool{want, want, false}) {
			t.Errorf("%s: lower bounds are %v, want %v of lines and share alone", what, got, want)
		}
	}
	table := show(t, data, "").Table
	check("without a fault", table.Total, false)
	data.Faults = []question.ClientFault{{Fault: metric.ClientFaults[0], Few: true}}
	table = show(t, data, "").Table
	check("the total", table.Total, true)
	for _, row := range table.Rows {
		check(row.Label, &row, row.Key == data.Orgs[0].Key())
	}
	if !slices.ContainsFunc(table.Notes, func(s string) bool { return strings.Contains(s, "SDK fault") }) {
		t.Errorf("no note says why: %q", table.Notes)
	}
	check("of another tool", show(t, data, "where=tool%3Dclaude_code").Table.Total, false)
}

// On narrow screens rows are blocks, in which each cell says of which column it is.
func TestRowsNameColumns(t *testing.T) {
	table := show(t, webtest.New(), "").Table
	for i, c := range table.Named(table.Rows[0]).Cells {
		if c.Column == "" || c.Column != table.Columns[i].Label {
			t.Errorf("cell %d is of the column %q, want %q", i, c.Column, table.Columns[i].Label)
		}
	}
}

// phased has people of the first two phases, or, where phases of few are hidden, of one.
type phased struct {
	*webtest.Fake
	phases []string
}

func (p phased) Query(ctx context.Context, w question.Parameters) (*query.Answer, error) {
	if !slices.Contains(w.Measures, phaseMeasure) {
		return p.Fake.Query(ctx, w)
	}
	out := &query.Answer{}
	for _, column := range append(slices.Clone(w.By), phaseMeasure) {
		out.Columns = append(out.Columns, query.Column{Name: column})
	}
	row := func(phase string, n int64) {
		cells := make([]any, 0, len(w.By)+1)
		for _, dim := range w.By {
			cells = append(cells, map[string]any{"organization": p.Orgs[0].Key(), "phase": phase}[dim])
		}
		out.Rows = append(out.Rows, append(cells, n))
	}
	if !slices.Contains(w.By, "phase") {
		row("", 30)
		return out, nil
	}
	for _, phase := range p.phases {
		row(phase, 10)
	}
	return out, nil
}

// TestHiddenPhases: of people whose phase is hidden nobody is told a share of the others.
func TestHiddenPhases(t *testing.T) {
	masked := func(e directory.Entity) *access.Principal { return access.NewProgram(e.ID, access.Metrics) }
	all := []string{metric.PhaseName(0), metric.PhaseName(1), metric.PhaseName(2)}
	for _, c := range []struct {
		phases []string
		who    func(directory.Entity) *access.Principal
		want   string
	}{{all, masked, "33%"}, {all[:2], masked, "–"}, {all[:2], func(directory.Entity) *access.Principal { return access.NewOperator() }, "0%"}} {
		table := showAs(t, phased{webtest.New(), c.phases}, "", c.who).Table
		at := slices.IndexFunc(table.Columns, func(c cards.SortColumn) bool { return c.Key == columnPhases })
		for _, row := range append(slices.Clone(table.Rows), *table.Total) {
			if got := row.Cells[at].Text; (row.Key == "" || row.Key == webtest.New().Orgs[0].Key()) && got != c.want {
				t.Errorf("%d phases of %s: %s, want %s", len(c.phases), row.Label, got, c.want)
			}
		}
	}
}
