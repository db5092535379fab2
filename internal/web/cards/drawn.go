package cards

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/sorting"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// TableCard is a card whose table is its own chart: what a cell draws is what it says. It
// needs no script, prints as it is, and has as many rows as it takes.
type TableCard struct {
	ID, Title, Definition string
	// Tag says that GitHub's page has no such card, "" that it has.
	Tag      string
	Lead     *Lead
	Switches []shell.Choice
	// Parts is a whole divided into parts, as one bar above the table.
	Parts  *PartsBar
	Table  *DrawnTable
	Legend []LegendItem
	// Data are the figures that small columns draw, as tables behind the table button.
	Data     []Table
	Notes    []string
	Blocked  *Blocked
	Empty    string
	Menu     Menu
	Sentence Sentence
	// Wide gives the card a row of its own.
	Wide bool
}

// Lead is a card's figure, which stands before its picture: a card read without the
// picture is still true.
type Lead struct {
	Figure Figure
	// Unit is what the figure is of, in words.
	Unit   string
	Change *Change
	// Bound says on which side of the figure the true one lies; BoundURL leads to why.
	Bound, BoundURL string
}

// DrawnTable is a table whose cells draw their figures.
type DrawnTable struct {
	Caption string
	Heads   []DrawnHead
	Rows    []DrawnRow
	Foot    *DrawnRow
	// Stacked makes a block of lines of each row on narrow screens, for tables with texts.
	Stacked bool
}

// DrawnHead is the head of a column; the first is that of the rows' labels. Series names a
// column that the table can be sorted by: see Builder.SortTable.
type DrawnHead struct {
	Label, Title, Series string
	// Numeric columns stand on the right, Graphic ones draw.
	Numeric, Graphic bool
	URL              string
	On               bool
}

// DrawnRow is a row. Neutral ones, which are not any value but other, unknown or none, are
// grey and stay last when the table is sorted.
type DrawnRow struct {
	Key, Label, Note, URL string
	Neutral               bool
	Cells                 []DrawnCell
}

// DrawnCell is a figure or a text, and what is drawn of it.
type DrawnCell struct {
	Figure
	// Tint is the strength of the cell's ground, from 0 to MostTint, and Faint says that
	// its share is too small for any.
	Tint  int
	Faint bool
	Bar   *RowBar
	// Columns are small columns over time, on a scale of their own.
	Columns *SmallColumns
	Note    string
	// Badge marks a figure that is not what its column says.
	Badge string
	URL   string
	// Column is the cell's column, said on narrow screens: see Named.
	Column string
}

// Named returns a row of the table. Where rows are blocks of lines on narrow screens, which
// show no heads, each cell knows its column.
func (t *DrawnTable) Named(r DrawnRow) DrawnRow {
	if !t.Stacked {
		return r
	}
	r.Cells = slices.Clone(r.Cells)
	for i := range r.Cells {
		if at := i + 1; at < len(t.Heads) {
			r.Cells[i].Column = t.Heads[at].Label
		}
	}
	return r
}

// Step is the colour of a part of a whole, from what is not there to what is counted:
// grey for other, unknown or none, then four steps of the accent.
type Step string

// The steps, in their order.
const (
	StepNone   Step = "none"
	StepGrey   Step = "grey"
	StepPale   Step = "pale"
	StepMid    Step = "mid"
	StepStrong Step = "strong"
	StepDeep   Step = "deep"
)

// RowBar is a bar in a row, of parts that stand side by side.
type RowBar struct{ Parts []RowPart }

// RowPart is a part of a bar, as drawn in a box that is drawnWidth wide.
type RowPart struct {
	Step     Step
	X, Width string
}

// drawnWidth is the width of the box of bars.
const drawnWidth = 1000.0

// Part is a part of a whole or of a bar.
type Part struct {
	Step Step
	// Value is the part's, Label and Note what it is.
	Value       float64
	Label, Note string
	URL         string
}

// NewRowBar draws parts side by side, most of which the largest bar has; nil if there is
// nothing to draw.
func NewRowBar(most float64, parts ...Part) *RowBar {
	out := &RowBar{Parts: drawParts(most, parts)}
	if len(out.Parts) == 0 {
		return nil
	}
	return out
}

func drawParts(most float64, parts []Part) (out []RowPart) {
	at := 0.0
	for _, p := range parts {
		if p.Value <= 0 || most <= 0 {
			continue
		}
		width := drawnWidth * p.Value / most
		out = append(out, RowPart{p.Step, coordinate(at), coordinate(width)})
		at += width
	}
	return out
}

// PartsBar is a whole as one bar of exclusive parts, which add up to it.
type PartsBar struct {
	Label string
	Bar   *RowBar
	Parts []PartsPart
	// Sum adds the parts up in words: 312 + 29 + 17 = 358 seats.
	Sum string
}

// PartsPart is a part of the bar, with its figure.
type PartsPart struct {
	Step             Step
	Figure           Figure
	Label, Note, URL string
}

// NewPartsBar divides a whole; total writes what the parts are together. A part whose
// figure is not shown has the text of hidden, and the sum is then not written.
func NewPartsBar(parts []Part, total func(float64) string) *PartsBar {
	out, sum := &PartsBar{}, 0.0
	var numbers, words []string
	for _, p := range parts {
		sum += p.Value
		f := Write(&p.Value, text.Whole, text.Whole)
		out.Parts = append(out.Parts, PartsPart{p.Step, f, p.Label, p.Note, p.URL})
		numbers, words = append(numbers, f.Text), append(words, f.Text+" "+p.Label)
	}
	out.Bar, out.Label = NewRowBar(sum, parts...), strings.Join(words, ", ")
	out.Sum = strings.Join(numbers, " + ") + " = " + total(sum)
	return out
}

// SmallColumns are columns over time in the height of a row, as paths.
type SmallColumns struct {
	Width int
	// Solid and Hatched are the columns of final and of provisional periods, Missing the
	// frames of those without data.
	Solid, Hatched, Missing string
	Peak                    *float64
	Label                   string
}

const (
	columnStep   = 6
	columnWidth  = 5
	columnHeight = 20
)

// NewSmallColumns draws a value for each of the periods of the rows of a chart over time,
// on a scale of its own.
func NewSmallColumns(periods []Period, values map[string]*float64, label func(peak float64) string) *SmallColumns {
	out := &SmallColumns{Width: columnStep*len(periods) - 1}
	for _, p := range periods {
		if v := values[p.Key]; v != nil && p.State != "missing" && (out.Peak == nil || *v > *out.Peak) {
			out.Peak = v
		}
	}
	var solid, hatched, missing strings.Builder
	for i, p := range periods {
		v := values[p.Key]
		switch {
		case p.State == "missing":
			fmt.Fprintf(&missing, "M%d.5 0V%d", i*columnStep+2, columnHeight)
			continue
		case v == nil || *v <= 0:
			continue
		}
		to := &solid
		if p.State == "provisional" {
			to = &hatched
		}
		fmt.Fprintf(to, "M%d %dv-%sh%dV%dz", i*columnStep, columnHeight, coordinate(max(1, columnHeight**v / *out.Peak)), columnWidth, columnHeight)
	}
	out.Solid, out.Hatched, out.Missing = solid.String(), hatched.String(), missing.String()
	if out.Peak != nil {
		out.Label = label(*out.Peak)
	}
	return out
}

// Period is a day, week or month of a chart over time.
type Period struct{ Key, Label, Short, State, Note, Part, Break string }

// Periods lists those of the page's charts over time, the provisional days after the
// window and those without data too.
func (b *Builder) Periods() (out []Period) {
	for _, bar := range b.bars() {
		r := b.dailyRow(b.Grain, bar, nil, 0)
		out = append(out, Period{r.Key, r.Label, r.Short, r.State, r.Note, r.Part, r.Break})
	}
	return out
}

// MostTint is the strongest tint.
const MostTint = 4

// tints are the shares of a row from which a cell has each tint.
var tints = [MostTint]float64{0.05, 0.15, 0.25, 0.5}

// Tinted is a cell of a matrix: the larger its share of its row, the stronger the tint.
func Tinted(value, row *float64) DrawnCell {
	c := DrawnCell{Figure: Whole(value)}
	if value == nil || Nothing(row) {
		return c
	}
	share := *value / *row
	for i, from := range tints {
		if share >= from {
			c.Tint = i + 1
		}
	}
	c.Faint = c.Tint == 0
	return c
}

// SortTable makes a table's named columns sort it, and sorts it by the one that the
// address names: figures from the largest on, labels by name. Without one it stays as it is.
func (b *Builder) SortTable(id string, t *DrawnTable) {
	chosen := -1
	for i := range t.Heads {
		h := &t.Heads[i]
		if h.Series == "" {
			continue
		}
		name := id + "." + h.Series
		if b.State.Sort == name {
			h.On, chosen = true, i
		}
		h.URL = b.State.With(func(s *shell.State) { s.Sort = name }).URL() + "#" + id
	}
	if chosen < 0 {
		return
	}
	sorting.Stable(t.Rows, func(x, y DrawnRow) int {
		if c := compareBool(x.Neutral, y.Neutral); c != 0 || x.Neutral {
			return c
		}
		if chosen == 0 {
			return cmp.Compare(strings.ToLower(x.Label), strings.ToLower(y.Label))
		}
		return cmp.Or(compareBool(x.Cells[chosen-1].Value == "", y.Cells[chosen-1].Value == ""),
			cmp.Compare(text.Parsed(y.Cells[chosen-1].Value), text.Parsed(x.Cells[chosen-1].Value)))
	})
}
