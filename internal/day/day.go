// Package day provides the UTC calendar day, the only granularity of time in usage
// reports. A Day is never converted to a viewer's time zone.
package day

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"
)

// Day counts days since 1970-01-01 (UTC). The zero Day means "no day".
type Day int32

// Layout is how a Day is written everywhere: in files, answers and URLs.
const Layout = "2006-01-02"

const seconds = 24 * 60 * 60

// Of returns the UTC day that contains t.
func Of(t time.Time) Day {
	s := t.Unix()
	if s < 0 {
		s -= seconds - 1
	}
	return Day(s / seconds)
}

// Date returns the day of a civil date.
func Date(year int, month time.Month, d int) Day {
	return Of(time.Date(year, month, d, 0, 0, 0, 0, time.UTC))
}

// Parse reads YYYY-MM-DD, strictly: no other form, and no day that the
// calendar does not have.
func Parse(s string) (Day, error) {
	if len(s) != len(Layout) {
		return 0, fmt.Errorf("day %.40q is not of the form YYYY-MM-DD", s)
	}
	t, err := time.Parse(Layout, s)
	if out := (*time.ParseError)(nil); errors.As(err, &out) && strings.HasSuffix(out.Message, "out of range") {
		return 0, fmt.Errorf("day %q does not exist", s)
	}
	if err != nil {
		return 0, fmt.Errorf("day %.40q is not of the form YYYY-MM-DD", s)
	}
	if y := t.Year(); y < 2000 || y > 2999 {
		return 0, fmt.Errorf("day %q is out of range (2000-01-01 to 2999-12-31)", s)
	}
	return Of(t), nil
}

// Time returns midnight UTC at the start of d.
func (d Day) Time() time.Time { return time.Unix(int64(d)*seconds, 0).UTC() }

// String returns YYYY-MM-DD.
func (d Day) String() string { return d.Time().Format(Layout) }

// Week returns the Monday of d's ISO week.
func (d Day) Week() Day {
	return d - Day((int(d.Time().Weekday())+6)%7)
}

// Month returns the first day of d's calendar month.
func (d Day) Month() Day {
	t := d.Time()
	return Date(t.Year(), t.Month(), 1)
}

// NextMonth returns the first day of the month after d's.
func (d Day) NextMonth() Day { return (d.Month() + 31).Month() }

// MarshalText writes YYYY-MM-DD, and nothing for no day.
func (d Day) MarshalText() ([]byte, error) {
	if d == 0 {
		return nil, nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (d *Day) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := Parse(string(b))
	*d = v
	return err
}

// Range is a run of days, both ends included.
type Range struct{ From, To Day }

// Always has every day that a report can be about.
var Always = Range{From: 0, To: Date(2999, 12, 31)}

// String returns "2026-05-08" for one day, "2026-05-01 to 2026-05-08" for several.
func (r Range) String() string {
	if r.From == r.To {
		return r.From.String()
	}
	return fmt.Sprintf("%s to %s", r.From, r.To)
}

// Len returns the number of days in r, 0 if it is empty.
func (r Range) Len() int {
	if r.To < r.From {
		return 0
	}
	return int(r.To-r.From) + 1
}

// Contains reports whether d lies in r.
func (r Range) Contains(d Day) bool { return r.From <= d && d <= r.To }

// Intersect returns the days that are in both ranges, an empty Range if none are.
func (r Range) Intersect(o Range) Range {
	return Range{From: max(r.From, o.From), To: min(r.To, o.To)}
}

// Months yields the first day of each calendar month that has a day in r.
func (r Range) Months() iter.Seq[Day] {
	return func(yield func(Day) bool) {
		for m := r.From.Month(); r.Len() > 0 && m <= r.To; m = m.NextMonth() {
			if !yield(m) {
				return
			}
		}
	}
}

// Join returns the shortest range that contains both ranges; empty ranges are ignored.
func (r Range) Join(o Range) Range {
	switch {
	case r.Len() == 0:
		return o
	case o.Len() == 0:
		return r
	}
	return Range{From: min(r.From, o.From), To: max(r.To, o.To)}
}

// Previous returns the period with which r is compared: of the same length and whole weeks
// earlier, so that weekdays are compared with the same weekdays.
func (r Range) Previous() Range {
	shift := r.Shift()
	return Range{r.From - shift, r.To - shift}
}

// Shift returns how many days Previous lies before r: ceil(len/7)*7.
func (r Range) Shift() Day { return Day((r.Len() + 6) / 7 * 7) }
