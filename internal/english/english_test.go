package english

import (
	"math"
	"testing"

	"codegauge/internal/day"
)

func TestNumbers(t *testing.T) {
	n := int64(-1204113)
	for _, c := range []struct{ got, want string }{
		{Number(0), "0"},
		{Number(7), "7"},
		{Number(999), "999"},
		{Number(1000), "1,000"},
		{Number(12345), "12,345"},
		{Number(int64(1204113)), "1,204,113"},
		{Number(-3), "−3"},
		{Number(-999), "−999"},
		{Number(int64(math.MinInt64)), "−9,223,372,036,854,775,808"},
		{NumberOr(&n), "−1,204,113"},
		{NumberOr[int64](nil), "–"},

		{Signed(812), "+812"},
		{Signed(0), "0"},
		{Signed(-812), "−812"},

		{Count(0, "day", "days"), "0 days"},
		{Count(1, "day", "days"), "1 day"},
		{Count(2, "day", "days"), "2 days"},
		{Count(-1, "day", "days"), "−1 days"},
		{Count(1, "identity", "identities"), "1 identity"},
		{Count(12345, "line", "lines"), "12,345 lines"},
		{Count(1, "day comes", "days come"), "1 day comes"},
		{Share(0, 0), "0%"},
		{Share(0.004, 0), "<1%"},
		{Share(0.006, 0), "1%"},
		{Share(0.764, 0), "76%"},
		{Share(0.996, 0), ">99%"},
		{Share(1, 0), "100%"},
		{Share(1.004, 0), "100%"},
		{Share(0.0004, 1), "<0.1%"},
		{Share(0.0004, 2), "0.04%"},
		{Share(0.9996, 1), ">99.9%"},
		{Share(-0.1, 0), "−10%"},
		{Share(math.NaN(), 0), "–"},
		{Plural(1, "person", "people"), "person"},
		{Plural(int64(0), "person", "people"), "people"},

		{Decimal(12.34, 1), "12.3"},
		{Decimal(1204.25, 1), "1,204.2"},
		{Decimal(-12.34, 1), "−12.3"},
		{Decimal(-0.01, 1), "0.0"},
		{Decimal(-0.4, 0), "0"},
		{Decimal(99999.5, 0), "100,000"},
		{Decimal(math.NaN(), 1), "–"},
		{Decimal(math.Inf(1), 1), "–"},

		{Percent(0.7461, 1), "74.6%"},
		{Percent(0.7461, 0), "75%"},
		{Percent(-0.3, 1), "−30.0%"},
		{Percent(-0.0001, 1), "0.0%"},
		{Percent(12.5, 0), "1,250%"},
		{Percent(math.NaN(), 1), "–"},

		{Plus(Percent(0.03, 1)), "+3.0%"},
		{Plus(Percent(-0.03, 1)), "−3.0%"},
		{Plus(Percent(0, 1)), "0.0%"},
		{Plus(Decimal(1204, 0)), "+1,204"},
		{Plus(Unknown), "–"},

		{List(nil), ""},
		{List([]string{"a"}), "a"},
		{List([]string{"a", "b"}), "a and b"},
		{List([]string{"a", "b", "c"}), "a, b and c"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestLists(t *testing.T) {
	if got := ListAtMost([]string{"a", "b"}, 2) + "; " + ListAtMost([]string{"a", "b", "c"}, 2); got != "a, b; a, b and 1 more" {
		t.Errorf("got %q", got)
	}
	for want, days := range map[string][]day.Day{
		"":                                     nil,
		"2000-01-01":                           {10957},
		"2000-01-01 to 2000-01-03, 2000-01-05": {10957, 10958, 10959, 10961},
		"2000-01-01, 2000-01-03, 2000-01-05, 2000-01-07, 2000-01-09 to 2000-01-10 and 3 more": {10957, 10959, 10961, 10963, 10965, 10966, 10968, 10969, 10971},
	} {
		if got := DayRanges(days); got != want {
			t.Errorf("%v: got %q, want %q", days, got, want)
		}
	}
}
