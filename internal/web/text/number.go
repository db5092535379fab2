package text

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"codegauge/internal/day"
	"codegauge/internal/english"
)

// None is how a value that is not there is written.
const None = english.Unknown

// Grouped writes 12041 as 12,041.
func Grouped(n int64) string { return english.Number(n) }

// Compact writes a number with three significant digits: 812, 12.0k, 1.20M.
func Compact(f float64) string {
	if f < 0 {
		return english.Minus + Compact(-f)
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

// Decimal writes an average: one place below 100, else none.
func Decimal(f float64) string {
	if math.Abs(f) >= 100 {
		return english.Decimal(f, 0)
	}
	return english.Decimal(f, 1)
}

// Percent writes a share of 0.764 as 76.4%.
func Percent(share float64) string { return english.Share(share, 1) }

// WholePercent writes a share of 0.764 as 76%, and one of 0.002 as <1%.
func WholePercent(share float64) string { return english.Share(share, 0) }

// Growth writes by what part of what it was a figure has changed: +3.2%.
func Growth(change float64) string { return english.Plus(english.Percent(change, 1)) }

// Grown writes lines added as "+812", Shrunk lines deleted as "−812"; neither puts two
// signs before a number.
func Grown(f *float64, write func(float64) string) string {
	if f == nil || *f < 0 {
		return FigureOr(f, write)
	}
	return "+" + write(*f)
}

func Shrunk(f *float64, write func(float64) string) string {
	if f == nil {
		return None
	}
	if *f < 0 {
		return "+" + write(-*f)
	}
	return english.Minus + write(*f)
}

// FigureOr writes a value that may be unknown.
func FigureOr(f *float64, write func(float64) string) string {
	if f == nil {
		return None
	}
	return write(*f)
}

// Plain writes a value for a program: the data-value of a cell.
func Plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// Whole writes a number without decimals.
func Whole(f float64) string { return Grouped(int64(math.Round(f))) }

// LongDay writes 20 Nov 2026.
func LongDay(d day.Day) string { return d.Time().Format("2 Jan 2006") }

// ShortDay writes 20 Nov.
func ShortDay(d day.Day) string { return d.Time().Format("2 Jan") }

// Span writes a range: 24 Oct – 20 Nov 2026.
func Span(r day.Range) string {
	switch from, to := r.From.Time(), r.To.Time(); {
	case r.From == r.To:
		return LongDay(r.To)
	case from.Year() != to.Year():
		return LongDay(r.From) + " – " + LongDay(r.To)
	case from.Month() == to.Month():
		return fmt.Sprintf("%d – %s", from.Day(), LongDay(r.To))
	}
	return ShortDay(r.From) + " – " + LongDay(r.To)
}

// ShortSpan is span without a year.
func ShortSpan(r day.Range) string {
	switch from, to := r.From.Time(), r.To.Time(); {
	case r.From == r.To:
		return ShortDay(r.To)
	case from.Month() == to.Month() && from.Year() == to.Year():
		return fmt.Sprintf("%d–%s", from.Day(), ShortDay(r.To))
	}
	return ShortDay(r.From) + " – " + ShortDay(r.To)
}

// Runs writes days as runs: "21–22 Nov, 25 Nov".
func Runs(days []day.Day) string { return runs(days, ShortSpan) }

// LongRuns is Runs with years.
func LongRuns(days []day.Day) string { return runs(days, Span) }

func runs(days []day.Day, span func(day.Range) string) string {
	const most = 4
	var out []string
	for i := 0; i < len(days); {
		if len(out) == most {
			return strings.Join(out, ", ") + " and " + english.Count(len(days)-i, "more day", "more days")
		}
		j := i
		for j+1 < len(days) && days[j+1] == days[j]+1 {
			j++
		}
		out = append(out, span(day.Range{From: days[i], To: days[j]}))
		i = j + 1
	}
	return strings.Join(out, ", ")
}

// Parsed reads what plain wrote; what is not a number counts as 0.
func Parsed(value string) float64 {
	f, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return 0
	}
	return f
}

// Moment writes a time to the minute, in UTC.
func Moment(t time.Time) string {
	if t.IsZero() {
		return None
	}
	return t.UTC().Format("2 Jan 2006 15:04")
}

// DayOf writes a time's UTC day.
func DayOf(t time.Time) string {
	if t.IsZero() {
		return None
	}
	return t.UTC().Format("2 Jan 2006")
}

// Bytes writes the size of a file.
func Bytes(n int64) string {
	switch {
	case n >= 1e9:
		return strconv.FormatFloat(float64(n)/1e9, 'f', 1, 64) + " GB"
	case n >= 1e6:
		return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
	case n >= 1e3:
		return strconv.FormatFloat(float64(n)/1e3, 'f', 1, 64) + " kB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}

// Lower writes a label within a sentence; abbreviations stay as they are.
func Lower(label string) string {
	if strings.ToUpper(label) == label {
		return label
	}
	return strings.ToLower(label)
}

// Upper writes a text that begins a sentence.
func Upper(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// OrNone writes a text that may be missing.
func OrNone(s string) string {
	if s == "" {
		return None
	}
	return s
}

// Days writes a number of days that may have a half: 14, 14.5.
func Days(f float64) string { return strings.TrimSuffix(english.Decimal(f, 1), ".0") }
