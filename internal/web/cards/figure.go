package cards

import (
	"strings"

	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/web/text"
)

// Figure is a number as it is shown and in full; Value is for programs.
type Figure struct{ Text, Full, Value string }

// Write writes a value that may be unknown, short and in full.
func Write(value *float64, short, full func(float64) string) Figure {
	if value == nil {
		return Figure{Text: text.None, Full: text.None}
	}
	return Figure{short(*value), full(*value), text.Plain(*value)}
}

// Whole writes a whole number.
func Whole(value *float64) Figure { return Write(value, text.Whole, text.Whole) }

// MeasureFigure writes a measure's number for a table.
func MeasureFigure(measure string, value *float64) Figure {
	switch m := metric.MeasureByName(measure); {
	case m.Unit == "ratio":
		return Write(value, text.Percent, text.Percent)
	case m.Ratio != nil:
		return Write(value, text.Decimal, text.Decimal)
	}
	return Whole(value)
}

// Figure writes a measure's number in a row of the answer.
func (t *Answer) Figure(row []any, measure string) Figure {
	if measure == "agent_contribution" {
		return ShareFigure(t.Value(row, measure), t.Value(row, measure+"_max"), text.Percent)
	}
	return MeasureFigure(measure, t.Value(row, measure))
}

// wideShare is from how wide on a share is shown as an interval.
const wideShare = 0.05

// IsInterval reports whether a share is an interval: too much of the whole does not say
// which part it is of.
func IsInterval(low, high *float64) bool { return low != nil && high != nil && *high-*low > wideShare }

// intervalDash stands between the ends of an interval.
const intervalDash = "–"

// ShareFigure writes a share that is between low and high. That it is not more than all says
// nothing: then it is a lower bound, or, from nothing on, unknown.
func ShareFigure(low, high *float64, write func(float64) string) Figure {
	f := Write(low, write, write)
	switch {
	case !IsInterval(low, high):
	case *high >= 1 && *low <= 0:
		return Write(nil, write, write)
	case *high >= 1:
		return LowerBound(true, f)
	default:
		f.Text = strings.TrimSuffix(write(*low), "%") + intervalDash + write(*high)
		f.Full = f.Text
	}
	return f
}

// ChangeText writes by how much a measure changed, with its sign.
func ChangeText(measure string, change *float64) string {
	if change == nil {
		return ""
	}
	if metric.MeasureByName(measure).Unit == "ratio" {
		return english.Plus(english.Decimal(100**change, 1)) + " pp"
	}
	return english.Plus(MeasureFigure(measure, change).Text)
}

// Float is a counted number as a value.
func Float(n *int64) *float64 {
	if n == nil {
		return nil
	}
	f := float64(*n)
	return &f
}
