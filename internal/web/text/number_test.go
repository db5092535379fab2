package text

import (
	"testing"

	"codegauge/internal/day"
)

func TestNumbers(t *testing.T) {
	f := func(f float64) *float64 { return &f }
	for _, c := range []struct{ name, got, want string }{
		{"grouped", Grouped(12041), "12,041"},
		{"grouped small", Grouped(999), "999"},
		{"grouped negative", Grouped(-1204113), "−1,204,113"},
		{"compact small", Compact(812), "812"},
		{"compact thousands", Compact(12041), "12.0k"},
		{"compact one thousand", Compact(1000), "1.00k"},
		{"compact rounds into the next unit", Compact(999_960), "1.00M"},
		{"compact rounds within a unit", Compact(99_960), "100k"},
		{"compact millions", Compact(1_204_113), "1.20M"},
		{"compact negative", Compact(-12041), "−12.0k"},
		{"percent", Percent(0.7641), "76.4%"},
		{"percent zero has no sign", Percent(-0.0001), "0.0%"},
		{"whole percent", WholePercent(0.7641), "76%"},
		{"decimal", Decimal(12.34), "12.3"},
		{"decimal large", Decimal(1151.4), "1,151"},
		{"unknown", FigureOr(nil, Whole), "–"},
		{"added", Grown(f(812), Whole), "+812"},
		{"added, negative", Grown(f(-812), Whole), "−812"},
		{"added, unknown", Grown(nil, Whole), "–"},
		{"deleted", Shrunk(f(12041), Whole), "−12,041"},
		{"deleted, negative", Shrunk(f(-812), Compact), "+812"},
		{"deleted, unknown", Shrunk(nil, Compact), "–"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestSpans(t *testing.T) {
	d := func(s string) day.Day {
		v, err := day.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ from, to, want, short string }{
		{"2026-11-20", "2026-11-20", "20 Nov 2026", "20 Nov"},
		{"2026-11-01", "2026-11-20", "1 – 20 Nov 2026", "1–20 Nov"},
		{"2026-10-24", "2026-11-20", "24 Oct – 20 Nov 2026", "24 Oct – 20 Nov"},
		{"2025-12-24", "2026-01-20", "24 Dec 2025 – 20 Jan 2026", "24 Dec – 20 Jan"},
	} {
		r := day.Range{From: d(c.from), To: d(c.to)}
		if got := Span(r); got != c.want {
			t.Errorf("span(%s, %s): got %q, want %q", c.from, c.to, got, c.want)
		}
		if got := ShortSpan(r); got != c.short {
			t.Errorf("shortSpan(%s, %s): got %q, want %q", c.from, c.to, got, c.short)
		}
	}
	if got, want := Runs([]day.Day{d("2026-11-21"), d("2026-11-22"), d("2026-11-25")}), "21–22 Nov, 25 Nov"; got != want {
		t.Errorf("runs: got %q, want %q", got, want)
	}
}
