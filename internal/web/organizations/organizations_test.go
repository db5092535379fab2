package organizations

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
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
	if seats := row.Cells[3]; seats.Change != "6 active without one" || seats.Text != "75%" || seats.Of != "54 of 72" || len(seats.Bar.Parts) != 2 {
		t.Errorf("seats in use %+v", seats)
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
	get := httptest.NewRequest("GET", "/orgs/web/insights/organizations", nil)
	s := shell.State{Path: "/orgs/web/insights/organizations", Enterprise: "acme", Org: "web", Days: 28}
	ask := &asked{Fake: data}
	sh.Data = ask
	v, err := compose(t.Context(), &cards.Builder{Request: sh.RequestAt(get.WithContext(access.With(t.Context(), access.NewOperator())), access.Place{Enterprise: &data.Acme, Organization: &data.Orgs[0]}, s)})
	for _, by := range ask.by {
		if slices.Contains(by, "organization") {
			t.Errorf("something is asked by %v", by)
		}
	}
	if err != nil || v.Table == nil || len(v.Table.Rows) != 1 || v.Table.Rows[0].Key != "web" || v.Table.Total != nil || v.Across != nil {
		t.Errorf("got %+v, %v", v, err)
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

// asked notes what is asked by.
type asked struct {
	*webtest.Fake
	by [][]string
}

func (a *asked) Query(ctx context.Context, w question.Parameters) (*query.Answer, error) {
	a.by = append(a.by, w.By)
	return a.Fake.Query(ctx, w)
}

// TestPhases: phases have their own colours, however many there are, and of phases that are
// together nobody is told a share.
func TestPhases(t *testing.T) {
	data, people := webtest.New(), 40.0
	phase := func(n int64, people float64) question.Phase {
		return question.Phase{Name: metric.PhaseName(n), People: people}
	}
	whole := question.PhaseDistribution{Active: &people, Phases: []question.Phase{phase(0, 10), phase(1, 14), phase(2, 8), phase(3, 7), phase(4, 1)}}
	few := question.PhaseDistribution{Active: &people, Phases: []question.Phase{phase(0, 30), {Name: "Other (fewer than 5 people)", Others: true, People: 10}}}
	data.Phased = &question.EntityPhases{Whole: whole, Entities: map[int64]question.PhaseDistribution{data.Orgs[0].ID: few, data.Orgs[1].ID: {Why: question.ImpactPeople}}}
	table := show(t, data, "sort=name").Table
	at := slices.IndexFunc(table.Columns, func(c cards.SortColumn) bool { return c.Key == cards.ColumnPhases })
	var got []string
	for _, row := range append(slices.Clone(table.Rows), *table.Total) {
		c, bar := row.Cells[at], []string{}
		if c.Bar != nil {
			for _, part := range c.Bar.Parts {
				bar = append(bar, string(part.Step))
			}
		}
		got = append(got, row.Label+" "+c.Text+" "+c.Of+" "+strings.Join(bar, ","))
	}
	if want := []string{"core –  ", "Web platform –  grey,none", "Acme, each person once 40% 16 of 40 grey,pale,mid,strong,deep"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	var legend []string
	for _, item := range table.Legend {
		legend = append(legend, item.Label)
	}
	if want := []string{"Passive", "Phase 1", "Phase 2", "Phase 3", "Phase 4", "Several phases, each with too few people to show"}; !slices.Equal(legend, want) {
		t.Errorf("the legend has %q", legend)
	}
	if !slices.ContainsFunc(table.Notes, func(s string) bool { return strings.Contains(s, "permission to view people") }) {
		t.Errorf("no note says why phases are not told: %q", table.Notes)
	}
}

// TestFiltered: what filters do not reach says so in its place, and the rest goes by them.
func TestFiltered(t *testing.T) {
	all, v := show(t, webtest.New(), ""), show(t, webtest.New(), "where=language%3Dgo")
	if v.Changes.Blocked == nil || len(v.Changes.Rows) > 0 || len(v.Chips) != 1 {
		t.Errorf("what changed is told under a filter: %+v, chips %v", v.Changes, v.Chips)
	}
	if of, whole := text.Parsed(v.Table.Total.Cells[0].Value), text.Parsed(all.Table.Total.Cells[0].Value); of >= whole || of == 0 {
		t.Errorf("%v lines of %v", of, whole)
	}
	for _, want := range []string{"of the filters only those by tool apply", "AI credits, USD: no report states it"} {
		if !slices.ContainsFunc(v.Table.Notes, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("no note says %q: %q", want, v.Table.Notes)
		}
	}
	if c := v.Table.Total.Cells[5]; c.Text != text.None {
		t.Errorf("credits by language are %+v", c)
	}
	for _, g := range v.Header.Filters {
		if g.Dimension == "organization" || g.Dimension == "team" {
			t.Errorf("filters offer %s, which leaves nothing to compare", g.Dimension)
		}
	}
	if v := show(t, webtest.New(), "where=language%3Dgo&where=model%3Dgpt-5&where=ide%3Dvscode"); v.Blocked == nil || v.Table != nil {
		t.Errorf("no report combines these filters, but the table is %+v", v.Table)
	}
}

// TestExport: the file of the table has every row and column of the page, with its figures.
func TestExport(t *testing.T) {
	data, kept := webtest.New(), &webtest.Privacy{}
	sh := webtest.Shell(t, data, shell.Options{Privacy: kept}, shell.Pages{Dashboards: []shell.Dashboard{Dashboard}})
	mux := webtest.Serve(sh, sh.Routes())
	v := show(t, data, "sort=name")
	links := v.Header.Exports
	if len(links) != 2 {
		t.Fatalf("exports %v", links)
	}
	rows, err := csv.NewReader(webtest.Get(t, mux, links[1].URL).Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	shown := append(append(slices.Clone(v.Table.Rows), v.Table.Others()...), *v.Table.Total)
	if len(rows) != len(shown)+1 {
		t.Fatalf("%d rows in the file, %d on the page", len(rows)-1, len(shown))
	}
	for _, row := range shown {
		at := slices.IndexFunc(rows, func(r []string) bool { return r[2] == row.Label })
		for i, c := range v.Table.Columns {
			want := row.Cells[i].Value
			if row.Cells[i].Written != "" {
				want = row.Cells[i].Written
			}
			if got := rows[at][slices.Index(rows[0], c.Key)]; got != want {
				t.Errorf("%s of %s: %q in the file, %q on the page", c.Key, row.Label, got, want)
			}
		}
	}
	body := webtest.Get(t, mux, links[0].URL).Body.Bytes()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, f := range z.File {
		files = append(files, f.Name)
	}
	if want := []string{"weeks.csv", "all-weeks.csv", "organizations.csv", "changes.csv", "about.json"}; !slices.Equal(files, want) {
		t.Errorf("the archive has %q, want %q", files, want)
	}
	if len(kept.Taken) != 2 {
		t.Errorf("the audit log has %q", kept.Taken)
	}
}
