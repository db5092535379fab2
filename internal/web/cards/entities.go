package cards

import (
	"cmp"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/sorting"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// EntityTable compares organizations or teams: a row each, then what is in none by itself,
// so that the rows add up to Total.
type EntityTable struct {
	ID, Title string
	// First is the head of the names, a column of its own.
	First   SortColumn
	Columns []SortColumn
	// SparkHead is the head of the lines over SparkWeeks weeks, SparkFirst that they stand
	// beside the names.
	SparkHead  string
	SparkFirst bool
	Rows       []EntityRow
	// Search finds rows by their names, and Pager says which are shown, where there are many;
	// Nothing is said where none is found.
	Search  *Search
	Pager   shell.Pager
	Nothing string
	// Hidden is those that the viewer may not see alone, Unknown what was done on days
	// without known memberships, and Rest what none has.
	Hidden, Unknown, Rest, Total *EntityRow
	Legend                       []LegendItem
	Notes                        []string
	Menu                         Menu
}

// SortColumn is a head that sorts the table by what State.Sort calls Key.
type SortColumn struct {
	Key, Label, URL, Unit string
	On                    bool
	// Numeric columns stand on the right.
	Numeric bool
	// Also are further columns of files.
	Also []string
}

// EntityRow is an organization or team, or what stands in the place of some.
type EntityRow struct {
	Key, Label, Note, URL string
	// Within is the key of a team's organization, "" if it has none.
	Within string
	Cells  []EntityCell
	Spark  *Spark
	// SparkHead and SparkFirst are the table's: see Named.
	SparkHead  string
	SparkFirst bool
}

// EntityCell is a figure with what is said below it: its change or a note, and a bar.
type EntityCell struct {
	Figure
	// Of stands behind the figure: of 171.
	Of, Change string
	Bar        *RowBar
	Warn       bool
	// Faulty says that a known fault of clients makes the figure a lower bound, Unstated that
	// lines do which do not state who made them.
	Faulty, Unstated bool
	// Also are the figures of the further columns of files, and Written is what stands in files
	// for the figure, if that is not its value.
	Also    []*float64
	Written string
	// Column is the cell's column, said on narrow screens: see Named.
	Column string
}

// Named returns a row of the table that knows its columns: on narrow screens rows are blocks
// of lines, which show no heads.
func (t *EntityTable) Named(r EntityRow) EntityRow {
	r.SparkHead, r.SparkFirst, r.Cells = t.SparkHead, t.SparkFirst, slices.Clone(r.Cells)
	for i := range r.Cells {
		r.Cells[i].Column = t.Columns[i].Label
	}
	return r
}

// Others are the rows of no single entity, in the order in which they stand.
func (t *EntityTable) Others() (out []EntityRow) {
	for _, row := range []*EntityRow{t.Hidden, t.Unknown, t.Rest} {
		if row != nil {
			out = append(out, *row)
		}
	}
	return out
}

// AddBoundNote says what "≥" means, where a figure of the table is a lower bound, by its reasons.
func (b *Builder) AddBoundNote(t *EntityTable) {
	rows := append(t.Others(), t.Rows...)
	if t.Total != nil {
		rows = append(rows, *t.Total)
	}
	some := func(is func(EntityCell) bool) bool {
		return slices.ContainsFunc(rows, func(r EntityRow) bool { return slices.ContainsFunc(r.Cells, is) })
	}
	if some(func(c EntityCell) bool { return c.Faulty }) {
		t.Notes = append(t.Notes, b.T("entities.atleast", b.Faults[0].Fault.Short))
	}
	if some(func(c EntityCell) bool { return c.Unstated }) {
		t.Notes = append(t.Notes, b.T("entities.unstated"))
	}
}

// SparkWeeks is how many ISO weeks the line of an entity shows.
const SparkWeeks = 13

// SparkRange returns the whole ISO weeks that end in the window: one that has only begun
// would look like a fall.
func SparkRange(window day.Range) day.Range {
	monday := (window.To + 1).Week()
	return day.Range{From: monday - 7*SparkWeeks, To: monday - 1}
}

// EntityWeeks returns the changed lines of each entity's weeks of an answer by dim and week,
// those of all together under "" where dim is ""; a week without a row is missing.
func (b *Builder) EntityWeeks(name, dim string) map[string][]*float64 {
	out := map[string][]*float64{}
	t, r := b.Answers.Of(name), SparkRange(b.Window)
	for _, row := range t.Rows() {
		key, ok := t.Name(row, dim)
		week, _ := t.Name(row, "week")
		monday, err := day.Parse(week)
		if !ok && dim != "" || err != nil || monday < r.From {
			continue
		}
		if out[key] == nil {
			out[key] = make([]*float64, SparkWeeks)
		}
		out[key][min(int(monday-r.From)/7, SparkWeeks-1)] = t.Value(row, "loc_changed")
	}
	return out
}

// EntitySpark draws the weeks of an entity.
func (b *Builder) EntitySpark(label string, values []*float64) *Spark {
	return SparkOf(values, func(low, high float64) string {
		return b.T("entities.spark.label", label, text.Compact(low), text.Compact(high))
	})
}

// PutEntity puts a row of the answer where it belongs: known says which entity a key names.
func (b *Builder) PutEntity(to *EntityTable, kind directory.Kind, key string, named bool, known func(key string, row *EntityRow) bool, row EntityRow) {
	row.Key, row.Label = key, key
	switch {
	case !named:
		row.Label, row.Note = b.T("entities."+string(kind)+".none"), b.T("entities."+string(kind)+".none.note")
		to.Rest = &row
	case key == metric.UnknownMembership:
		row.Label, row.Note = b.T("entities."+string(kind)+".unknown"), b.T("entities."+string(kind)+".unknown.note")
		to.Unknown = &row
	case known(key, &row):
		to.Rows = append(to.Rows, row)
	default: // several in one row: see package privacy
		row.Note = b.T("entities." + string(kind) + ".hidden")
		to.Hidden = &row
	}
}

// SortEntities sorts the rows by the column that the reader chose, unless they chose none by
// standard, "" for the names.
func (b *Builder) SortEntities(t *EntityTable, standard string) {
	by := b.State.Sort
	column := func(key string) int {
		return slices.IndexFunc(t.Columns, func(c SortColumn) bool { return c.Key == key && key != "" })
	}
	if column(by) < 0 && by != sortByName {
		by = standard
	}
	link := func(key string) string {
		if key == standard {
			key = ""
		}
		return b.State.With(func(s *shell.State) { s.Sort = key }).URL()
	}
	sorting.Stable(t.Rows, func(x, y EntityRow) int {
		return cmp.Or(strings.Compare(strings.ToLower(x.Label), strings.ToLower(y.Label)), strings.Compare(x.Key, y.Key))
	})
	i := column(by)
	t.First.On, t.First.URL = i < 0, link(sortByName)
	if standard == "" {
		t.First.URL = link("")
	}
	for n := range t.Columns {
		if t.Columns[n].Key != "" {
			t.Columns[n].On, t.Columns[n].URL = n == i, link(t.Columns[n].Key)
		}
	}
	if i < 0 {
		return
	}
	sorting.Stable(t.Rows, func(x, y EntityRow) int {
		return cmp.Or(compareBool(x.Cells[i].Value == "", y.Cells[i].Value == ""), cmp.Compare(text.Parsed(y.Cells[i].Value), text.Parsed(x.Cells[i].Value)))
	})
}

// entitiesPerPage is how many organizations or teams a page shows.
const entitiesPerPage = 100

// Search is a field that finds rows of a table by their names.
type Search struct {
	Label, Action, For string
	Hidden             []shell.Hidden
	// All is the address of all rows.
	All string
}

// ShowPage leaves the rows of one page, if the table has several, and only those that the
// reader searches for: a search also drops the rows that stand for several entities.
func (b *Builder) ShowPage(t *EntityTable) {
	find := b.State.Search
	if find == "" && len(t.Rows) <= entitiesPerPage {
		return
	}
	t.Search = &Search{Label: b.T("entities.search." + t.ID), Action: b.State.Path, For: find, Hidden: shell.HiddenFields(b.State, "q"),
		All: b.State.With(func(s *shell.State) { s.Search = "" }).URL()}
	if find != "" {
		t.Rows = slices.DeleteFunc(t.Rows, func(r EntityRow) bool { return !shell.Finds(find, r.Label, r.Key, r.Note) })
		t.Hidden, t.Unknown, t.Rest, t.Total = nil, nil, nil, nil
		if len(t.Rows) == 0 {
			t.Nothing = b.T("entities.notfound", find)
		}
	}
	t.Rows, t.Pager = shell.RowsOfPage(b.Request, t.Rows, entitiesPerPage, func(page int) string {
		return b.State.With(func(s *shell.State) { s.TablePage = page }).URL() + "#" + t.ID
	})
}

// sortByName is what State.Sort calls the names where another column is the standard.
const sortByName = "name"

// RelativeChange writes by how much of what it was a measure changed, a ratio in percentage
// points; "" where that is not known.
func RelativeChange(measure string, now, before *float64) string {
	switch {
	case now == nil || before == nil:
		return ""
	case metric.MeasureByName(measure).Unit == "ratio":
		return english.Plus(english.Decimal(100*(*now-*before), 1)) + " pp"
	case *before == 0:
		return ""
	}
	return text.Growth((*now - *before) / *before)
}

// Across switches between the pages that compare organizations and teams.
func (b *Builder) Across(current string) []shell.Choice {
	var out []shell.Choice
	for _, page := range []string{"organizations", "teams"} {
		at := b.State.At(shell.InsightsPath(b.Request.Place, page))
		at.Compare = b.State.Compare
		out = append(out, shell.Choice{Label: b.T("nav." + page), URL: at.URL(), On: page == current})
	}
	return out
}
