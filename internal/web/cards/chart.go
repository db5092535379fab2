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
	// Kind tells the script how to draw: days or bars.
	Kind string
	// Total is the card's sum in words; Label says for a screen reader what the
	// chart shows.
	Total, Label string
	Tables       []Table
	Legend       []LegendItem
	Notes        []string
	Switches     []shell.Choice
	// Size is the number of plotted rows, which fixes the chart's height.
	Size     int
	Max      string // the scale's end, "" is the card's own
	Blocked  *Blocked
	Empty    string
	Menu     Menu
	Sentence Sentence
}

// LegendItem names a colour and pattern; Down is the pattern below the line,
// where one colour stands on both sides of it. Without Swatch it is a remark.
type LegendItem struct{ Label, Swatch, Down string }

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
// colour, Draw how it is drawn: up, down, bar, outline, mark.
type Column struct{ Label, Series, Colour, Draw string }

// Row is a row of a Table. State is settling, partial, missing or "".
type Row struct {
	Key, Label, Short, URL string
	State, Note, Break     string
	Plot, Member, Neutral  bool
	Cells                  []Cell
}

// Cell is a number, Value "" where it is unknown.
type Cell struct{ Text, Value string }

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
			out[len(out)-1] = LegendItem{b.T("initiator." + c.Colour), c.Colour, swatch(c)}
		default:
			out = append(out, LegendItem{Label: c.Label, Swatch: swatch(c)})
		}
	}
	if split {
		out = append(out, LegendItem{Label: b.T("daily.stripes")})
	}
	return out
}

// swatch names the drawing of a column: its colour, and how it is drawn where
// that is not a filled bar. Deleted lines have their own colour and pattern.
func swatch(c Column) string {
	switch {
	case c.Draw == "outline":
		return c.Colour + "-outline"
	case c.Draw == "mark":
		return "mark"
	case c.Draw == "down" && c.Colour != "deleted":
		return c.Colour + "-down"
	}
	return c.Colour
}

// highest returns the largest plotted figure.
func (c *ChartCard) highest() float64 {
	high := 0.0
	for _, t := range c.Tables {
		for _, r := range t.Rows {
			for _, cell := range r.Cells {
				if r.Plot {
					high = max(high, text.Parsed(cell.Value))
				}
			}
		}
	}
	return high
}
