package day

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func parse(t *testing.T, s string) Day {
	t.Helper()
	d, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestOf takes the UTC day of a time, in whatever zone it is written.
func TestOf(t *testing.T) {
	east := time.FixedZone("east", 14*60*60)
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC), "2026-05-04"},
		{time.Date(2026, 5, 4, 23, 59, 59, 999, time.UTC), "2026-05-04"},
		{time.Date(2026, 5, 4, 13, 59, 59, 0, east), "2026-05-03"},
		{time.Date(2026, 5, 4, 14, 0, 0, 0, east), "2026-05-04"},
		{time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC), "1969-12-31"},
		{time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), "1969-12-31"},
		{time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), "1970-01-01"},
	} {
		if got := Of(c.at); got.String() != c.want || got.Time().Location() != time.UTC {
			t.Errorf("%s: got %s, want %s", c.at, got, c.want)
		}
	}
	if d := Date(2026, 2, 31); d.String() != "2026-03-03" {
		t.Errorf("31 February is %s", d)
	}
}

func TestParse(t *testing.T) {
	for s, want := range map[string]Day{"1970-01-02": 0, "2000-01-01": 10957, "2024-02-29": 19782, "2999-12-31": 376199} {
		got, err := Parse(s)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%s: got %d, %v, want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "2026-5-04", "2026-05-4", "2026-02-29", "2026-13-01", "2026-05-04 ", " 2026-05-04", "20260504", "1999-12-31", "3000-01-01", "2026/05/04", "2026-05-xx"} {
		if d, err := Parse(s); err == nil || d != 0 {
			t.Errorf("%q was read as %s", s, d)
		}
	}
}

// TestBuckets: weeks begin on Monday. 4 May 2026 is one.
func TestBuckets(t *testing.T) {
	for _, c := range []struct{ day, week, month string }{
		{"2026-05-03", "2026-04-27", "2026-05-01"},
		{"2026-05-04", "2026-05-04", "2026-05-01"},
		{"2026-05-10", "2026-05-04", "2026-05-01"},
		{"2026-05-31", "2026-05-25", "2026-05-01"},
		{"2027-01-01", "2026-12-28", "2027-01-01"},
		{"2024-02-29", "2024-02-26", "2024-02-01"},
	} {
		d := parse(t, c.day)
		if d.Week().String() != c.week || d.Month().String() != c.month {
			t.Errorf("%s: got week %s, month %s, want %s, %s", d, d.Week(), d.Month(), c.week, c.month)
		}
	}
}

func TestText(t *testing.T) {
	type both struct{ A, B Day }
	want := both{A: parse(t, "2026-05-04")}
	b, err := json.Marshal(want)
	if err != nil || string(b) != `{"A":"2026-05-04","B":""}` {
		t.Fatalf("got %s, %v", b, err)
	}
	got := both{B: 1}
	if err := json.Unmarshal(b, &got); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`{"A":"yesterday"}`), &got); err == nil {
		t.Errorf("yesterday was read as %s", got.A)
	}
}

func TestRange(t *testing.T) {
	at := func(from, to Day) Range { return Range{20000 + from, 20000 + to} }
	none := Range{From: 20001, To: 20000}
	for _, c := range []struct {
		r        Range
		len      int
		previous Range
	}{
		{at(0, 0), 1, at(-7, -7)},
		{at(0, 6), 7, at(-7, -1)},
		{at(0, 7), 8, at(-14, -7)},
		{at(0, 27), 28, at(-28, -1)},
		{none, 0, none},
	} {
		if c.r.Len() != c.len || c.r.Previous() != c.previous || c.r.Shift() != c.r.From-c.previous.From {
			t.Errorf("%s: %d days, previous %s, by %d; want %d, %s", c.r, c.r.Len(), c.r.Previous(), c.r.Shift(), c.len, c.previous)
		}
	}
	for _, c := range []struct{ a, b, want Range }{
		{at(0, 1), at(5, 6), at(0, 6)}, {at(0, 9), at(5, 6), at(0, 9)}, {none, at(5, 6), at(5, 6)}, {at(5, 6), none, at(5, 6)}, {none, none, none},
	} {
		if got := c.a.Join(c.b); got != c.want {
			t.Errorf("%s and %s: got %s, want %s", c.a, c.b, got, c.want)
		}
	}
	for d, want := range map[Day]bool{19999: false, 20000: true, 20003: true, 20004: false} {
		if at(0, 3).Contains(d) != want {
			t.Errorf("%s contains %s: %t", at(0, 3), d, !want)
		}
	}
	may := Range{parse(t, "2026-05-01"), parse(t, "2026-05-08")}
	if s := may.String(); s != "2026-05-01 to 2026-05-08" {
		t.Errorf("got %q", s)
	}
	if s := (Range{may.From, may.From}).String(); s != "2026-05-01" {
		t.Errorf("got %q", s)
	}
}

func TestMonths(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"2026-12-31", "2027-02-01", "2026-12-01 2027-01-01 2027-02-01"}, {"2024-02-29", "2024-02-29", "2024-02-01"}, {"2026-05-15", "2026-05-10", ""},
	} {
		var got []string
		for m := range (Range{parse(t, c.from), parse(t, c.to)}).Months() {
			got = append(got, m.String())
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s to %s: got %v, want %s", c.from, c.to, got, c.want)
		}
	}
}
