package cards

import (
	"strconv"
	"strings"

	"codegauge/internal/metric"
)

// Spark is a sparkline as paths in a box of its size; a day without data
// interrupts the line.
type Spark struct {
	Width, Height int
	Line, Area    string
	Label         string
}

const (
	sparkWidth  = 96
	sparkHeight = 28
	sparkMargin = 2
)

// spark draws a card's measure over the window's bars.
func (b *Builder) spark(spec KPI) *Spark {
	measure := spec.Measure
	if measure == "active_users" {
		measure = Trailing[b.Grain]
	}
	values := b.series(AskDaily, measure)
	if len(values) < 3 {
		return nil
	}
	return SparkOf(values, func(low, high float64) string {
		return b.T("spark", metric.MeasureByName(measure).Label, b.T("grain."+b.Grain), spec.Text(low), spec.Text(high))
	})
}

// series returns a measure for each bar of the window, nil for one without data.
func (b *Builder) series(name, measure string) []*float64 {
	t := b.Answers.Of(name)
	byKey := map[string]*float64{}
	for _, row := range t.Rows() {
		key, _ := t.Name(row, b.Grain)
		byKey[key] = t.Value(row, measure)
	}
	var out []*float64
	for _, bar := range b.bars() {
		if !bar.after {
			out = append(out, byKey[bar.key])
		}
	}
	return out
}

// SparkOf draws values as a line; nil if there is nothing to draw.
func SparkOf(values []*float64, label func(low, high float64) string) *Spark {
	line, area, low, high := sparkPaths(values)
	if line == "" {
		return nil
	}
	return &Spark{sparkWidth, sparkHeight, line, area, label(low, high)}
}

func sparkPaths(values []*float64) (line, area string, low, high float64) {
	first := true
	for _, v := range values {
		if v == nil {
			continue
		}
		if first || *v < low {
			low = *v
		}
		if first || *v > high {
			high = *v
		}
		first = false
	}
	if first || high <= 0 {
		return "", "", 0, 0
	}
	var l, a strings.Builder
	for i := 0; i < len(values); i++ {
		if values[i] == nil {
			continue
		}
		i = sparkRun(&l, &a, values, i, high)
	}
	return l.String(), a.String(), low, high
}

// sparkRun draws the values from i on until one is missing, and returns the
// index of the last drawn.
func sparkRun(line, area *strings.Builder, values []*float64, i int, high float64) int {
	x := func(i int) string {
		return coordinate(sparkMargin + float64(i)*(sparkWidth-2*sparkMargin)/float64(len(values)-1))
	}
	start, last := i, i
	for ; i < len(values) && values[i] != nil; i++ {
		y := coordinate(sparkHeight - sparkMargin - *values[i]/high*(sparkHeight-2*sparkMargin))
		verb := "L"
		if i == start {
			verb = "M"
			area.WriteString("M" + x(i) + " " + strconv.Itoa(sparkHeight))
		}
		line.WriteString(verb + x(i) + " " + y)
		area.WriteString("L" + x(i) + " " + y)
		last = i
	}
	area.WriteString("L" + x(last) + " " + strconv.Itoa(sparkHeight) + "Z")
	return last
}

func coordinate(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
