package query

import (
	"codegauge/internal/day"
	"codegauge/internal/fault"
)

// ParseDay reads the day of a parameter with that name; 0 if it is not given.
func ParseDay(name, text string) (day.Day, error) {
	if text == "" {
		return 0, nil
	}
	d, err := day.Parse(text)
	if err != nil {
		return 0, fault.New(fault.Invalid, "%s: %s", name, err)
	}
	return d, nil
}

// ParseRange reads a range of which either end may be open; the zero Range if
// both are.
func ParseRange(from, to string) (day.Range, error) {
	first, err := ParseDay("from", from)
	if err != nil {
		return day.Range{}, err
	}
	last, err := ParseDay("to", to)
	if err != nil || first == 0 && last == 0 {
		return day.Range{}, err
	}
	if last == 0 {
		last = day.Always.To
	}
	if last < first {
		return day.Range{}, fault.New(fault.Invalid, "the range ends before it begins (%s to %s): swap from and to", first, last)
	}
	return day.Range{From: first, To: last}, nil
}
