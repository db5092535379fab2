package web

import (
	"testing"

	"codegauge/internal/day"
)

func TestNumbers(t *testing.T) {
	f := func(f float64) *float64 { return &f }
	for _, c := range []struct{ name, got, want string }{
		{"grouped", grouped(12041), "12,041"},
		{"grouped small", grouped(999), "999"},
		{"grouped negative", grouped(-1204113), "−1,204,113"},
		{"compact small", compact(812), "812"},
		{"compact thousands", compact(12041), "12.0k"},
		{"compact one thousand", compact(1000), "1.00k"},
		{"compact rounds into the next unit", compact(999_960), "1.00M"},
		{"compact rounds within a unit", compact(99_960), "100k"},
		{"compact millions", compact(1_204_113), "1.20M"},
		{"compact negative", compact(-12041), "−12.0k"},
		{"percent", percent(0.7641), "76.4%"},
		{"percent zero has no sign", percent(-0.0001), "0.0%"},
		{"whole percent", wholePercent(0.7641), "76%"},
		{"decimal", decimal(12.34), "12.3"},
		{"decimal large", decimal(1151.4), "1,151"},
		{"unknown", figureText(nil), "–"},
		{"added", grown(f(812), wholeFull), "+812"},
		{"added, negative", grown(f(-812), wholeFull), "−812"},
		{"added, unknown", grown(nil, wholeFull), "–"},
		{"deleted", shrunk(f(12041), wholeFull), "−12,041"},
		{"deleted, negative", shrunk(f(-812), compact), "+812"},
		{"deleted, unknown", shrunk(nil, compact), "–"},
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
		if got := span(r); got != c.want {
			t.Errorf("span(%s, %s): got %q, want %q", c.from, c.to, got, c.want)
		}
		if got := shortSpan(r); got != c.short {
			t.Errorf("shortSpan(%s, %s): got %q, want %q", c.from, c.to, got, c.short)
		}
	}
	if got, want := runs([]day.Day{d("2026-11-21"), d("2026-11-22"), d("2026-11-25")}), "21–22 Nov, 25 Nov"; got != want {
		t.Errorf("runs: got %q, want %q", got, want)
	}
}
