package cards

import (
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/web/text"
)

// Figure is a number as it is shown and in full; Value is for programs.
type Figure struct{ Text, Full, Value string }

// FigureOf writes a figure as a card shows it.
func FigureOf(value *float64, spec KPI) Figure {
	if value == nil {
		return Figure{Text: text.None, Full: text.None}
	}
	return Figure{spec.Text(*value), spec.Full(*value), text.Plain(*value)}
}

func compactFigure(f *float64) Figure {
	if f == nil {
		return Figure{Text: text.None, Full: text.None}
	}
	return Figure{text.Compact(*f), text.Whole(*f), text.Plain(*f)}
}

func WholeFigure(f *float64) Figure {
	if f == nil {
		return Figure{Text: text.None, Full: text.None}
	}
	return Figure{text.Whole(*f), text.Whole(*f), text.Plain(*f)}
}

// MeasureFigure writes a measure's number for a table.
func MeasureFigure(measure string, f *float64) Figure {
	m := metric.MeasureByName(measure)
	switch {
	case f == nil:
		return Figure{Text: text.None, Full: text.None}
	case m.Unit == "ratio":
		return Figure{text.Percent(*f), text.Percent(*f), text.Plain(*f)}
	case m.Ratio != nil:
		return Figure{text.Decimal(*f), text.Decimal(*f), text.Plain(*f)}
	}
	return WholeFigure(f)
}

// ChangeText writes by how much a measure changed, with its sign.
func ChangeText(measure string, change *float64) string {
	if change == nil {
		return ""
	}
	text := MeasureFigure(measure, change).Text
	if metric.MeasureByName(measure).Unit == "ratio" {
		return english.Plus(english.Decimal(100**change, 1)) + " pp"
	}
	return english.Plus(text)
}

func Float(n *int64) *float64 {
	if n == nil {
		return nil
	}
	f := float64(*n)
	return &f
}
