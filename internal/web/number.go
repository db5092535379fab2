package web

import (
	"fmt"
	"math"
	"strconv"

	"codegauge/internal/day"
	"codegauge/internal/english"
)

// none is how a value that is not there is written.
const none = english.Unknown

// grouped writes 12041 as 12,041.
func grouped(n int64) string { return english.Number(n) }

// compact writes a number with three significant digits: 812, 12.0k, 1.20M.
func compact(f float64) string {
	if f < 0 {
		return english.Minus + compact(-f)
	}
	if math.Round(f) < 1000 {
		return strconv.FormatFloat(math.Round(f), 'f', 0, 64)
	}
	for _, unit := range []struct {
		size float64
		name string
	}{{1e3, "k"}, {1e6, "M"}, {1e9, "G"}} {
		if s := threeDigits(f / unit.size); s != "" {
			return s + unit.name
		}
	}
	return strconv.FormatFloat(f/1e12, 'f', 1, 64) + "T"
}

// threeDigits writes f, at least 1, with three significant digits; "" if it
// rounds to 1000 or more.
func threeDigits(f float64) string {
	for _, places := range []int{2, 1, 0} {
		s := strconv.FormatFloat(f, 'f', places, 64)
		if len(s) <= 4 && (places > 0 || len(s) <= 3) {
			return s
		}
	}
	return ""
}

// decimal writes an average: one place below 100, else none.
func decimal(f float64) string {
	if math.Abs(f) >= 100 {
		return english.Decimal(f, 0)
	}
	return english.Decimal(f, 1)
}

// percent writes a ratio of 0.764 as 76.4%.
func percent(ratio float64) string { return english.Percent(ratio, 1) }

// wholePercent writes a ratio of 0.764 as 76%.
func wholePercent(ratio float64) string { return english.Percent(ratio, 0) }

// grown writes lines added as "+812", shrunk lines deleted as "−812"; neither puts two
// signs before a number.
func grown(f *float64, write func(float64) string) string {
	if f == nil || *f < 0 {
		return figureOr(f, write)
	}
	return "+" + write(*f)
}

func shrunk(f *float64, write func(float64) string) string {
	if f == nil {
		return none
	}
	if *f < 0 {
		return "+" + write(-*f)
	}
	return english.Minus + write(*f)
}

func figureOr(f *float64, write func(float64) string) string {
	if f == nil {
		return none
	}
	return write(*f)
}

// plain writes a value for a program: the data-value of a cell.
func plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// longDay writes 20 Nov 2026.
func longDay(d day.Day) string { return d.Time().Format("2 Jan 2006") }

// shortDay writes 20 Nov.
func shortDay(d day.Day) string { return d.Time().Format("2 Jan") }

// span writes a range: 24 Oct – 20 Nov 2026.
func span(r day.Range) string {
	switch from, to := r.From.Time(), r.To.Time(); {
	case r.From == r.To:
		return longDay(r.To)
	case from.Year() != to.Year():
		return longDay(r.From) + " – " + longDay(r.To)
	case from.Month() == to.Month():
		return fmt.Sprintf("%d – %s", from.Day(), longDay(r.To))
	}
	return shortDay(r.From) + " – " + longDay(r.To)
}

// shortSpan is span without a year.
func shortSpan(r day.Range) string {
	switch from, to := r.From.Time(), r.To.Time(); {
	case r.From == r.To:
		return shortDay(r.To)
	case from.Month() == to.Month() && from.Year() == to.Year():
		return fmt.Sprintf("%d–%s", from.Day(), shortDay(r.To))
	}
	return shortDay(r.From) + " – " + shortDay(r.To)
}

// parsed reads what plain wrote; what is not a number counts as 0.
func parsed(value string) float64 {
	f, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return 0
	}
	return f
}
