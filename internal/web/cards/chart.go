package cards

import (
	"strconv"

	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// ChartCard is a chart with the table that it is drawn from.
type ChartCard struct {
	ID, Title, Definition string
	// Side is user, agent or unclassified where the card shows one initiator.
	Side string
	// Kind tells the script how to draw: days or bars. Unit is percent where figures are
	// shares.
	Kind, Unit string
	// Tag says that GitHub's page has no such card; Lead is the card's figure, if its total
	// is not enough.
	Tag  string
	Lead *Lead
	// Total is the card's sum in words; Label says for a screen reader what the
	// chart shows.
	Total, Label string
	Tables       []Table
	Legend       []LegendItem
	Notes        []string
	Switches     []shell.Choice
	// Size is the number of plotted rows, which fixes the chart's height.
	Size int
	// Max and Min are the scale's ends, "" are the card's own.
	Max, Min string
	Blocked  *Blocked
	Empty    string
	Menu     Menu
	Sentence Sentence
}

// LegendItem names a colour or mark. Without Swatch it is a remark.
type LegendItem struct{ Label, Swatch string }

// Table is what a chart plots: the cells of plotted rows and columns.
type Table struct {
	Caption string
	// Grain is day, week or month in a chart over time; Phone marks the one
	// that narrow screens draw, Wide the one that they do not.
	Grain       string
	Phone, Wide bool
	// Raw says that rows have a key of their own beside their label.
	Raw      bool
	RowHead  string
	Columns  []Column
	Rows     []Row
	Foot     *Row
	KeyLabel string
}

// Column is a column of numbers. Series is its measure, Colour the name of its
// colour, Draw how it is drawn: up, down, bar, bar-down (to the left), tick, mark, line,
// rule (a dashed line without figures of its own).
type Column struct{ Label, Series, Colour, Draw string }

// Row is a row of a Table. State is provisional, partial, missing or "".
type Row struct {
	Key, Label, Short, URL string
	State, Note, Break     string
	// Part says of a partial week or month how many of its days it has: 5/7.
	Part                  string
	Plot, Member, Neutral bool
	Cells                 []Cell
}

// Cell is a number, Value "" where it is unknown.
type Cell struct{ Text, Value string }

// NewCell writes a number of a table.
func NewCell(f *float64) Cell { return cell(f) }

func cell(f *float64) Cell {
	if f == nil {
		return Cell{Text: text.None}
	}
	return Cell{text.Whole(*f), text.Plain(*f)}
}

func figureText(f *float64) string { return cell(f).Text }

func lineCell(n *int64) Cell {
	if n == nil {
		return Cell{Text: text.None}
	}
	return Cell{text.Grouped(*n), strconv.FormatInt(*n, 10)}
}

// legendOf names the columns' colours and patterns.
func (b *Builder) legendOf(columns []Column) []LegendItem {
	var out []LegendItem
	split := false
	for _, c := range columns {
		switch {
		case c.Draw == "mark":
			out = append(out, LegendItem{Label: b.T("daily.previous"), Swatch: swatch(c)})
		case c.Draw == "mark-down": // the same mark, below the line
		case c.Draw == "down" && c.Colour != "deleted":
			split = true
			out[len(out)-1] = LegendItem{b.T("initiator." + c.Colour), c.Colour}
		default:
			out = append(out, LegendItem{Label: c.Label, Swatch: swatch(c)})
		}
	}
	if split {
		out = append(out, LegendItem{Label: b.T("daily.updown")})
	}
	return out
}

// swatch names the drawing of a column: its colour, or the mark that it is.
func swatch(c Column) string {
	if c.Draw == "mark" || c.Draw == "tick" {
		return c.Draw
	}
	return c.Colour
}

// highest returns the largest plotted figures on the right of the axis and on its left;
// suggested lines, which are no changes, set no scale.
func (c *ChartCard) highest() (right, left float64) {
	for _, t := range c.Tables {
		for _, r := range t.Rows {
			for i, cell := range r.Cells {
				switch {
				case !r.Plot:
				case t.Columns[i].Draw == "bar":
					right = max(right, text.Parsed(cell.Value))
				case t.Columns[i].Draw == "bar-down":
					left = max(left, text.Parsed(cell.Value))
				}
			}
		}
	}
	return right, left
}
