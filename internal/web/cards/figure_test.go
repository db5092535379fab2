package cards

import (
	"testing"

	"codegauge/internal/metric"
	"codegauge/internal/web/text"
)

func TestShareIsAnIntervalWhereTooMuchIsUnclassified(t *testing.T) {
	f := func(x float64) *float64 { return &x }
	for _, c := range []struct {
		low, high *float64
		want      string
	}{
		{f(0.41), f(0.63), "41–63%"},
		{f(0.41), f(0.45), "41%"},
		{f(0.41), nil, "41%"},
		{nil, nil, text.None},
		{f(0.41), f(1), "≥ 41%"},
		{f(0), f(1), text.None},
	} {
		got := ShareFigure(c.low, c.high, text.WholePercent)
		if got.Text != c.want {
			t.Errorf("got %s, want %s", got.Text, c.want)
		}
		if bound := LowerBound(true, got).Text; c.want != text.None && bound != "≥ 41%" {
			t.Errorf("%s is at least %s", c.want, bound)
		}
	}
}

// TestToolShare has tools of which nothing, or too much, does not say who made it.
func TestToolShare(t *testing.T) {
	for _, c := range []struct {
		user, agent, neither float64
		want                 string
	}{
		{37, 41, 22, "41–63%"},
		{0, 0, 7, text.None},
		{5, 0, 0, "0%"},
		{0, 0, 0, text.None},
	} {
		r := ToolRow{Share: text.None}
		r.split(map[string]float64{metric.User: c.user, metric.ByAgent: c.agent, metric.Unclassified: c.neither})
		if r.Share != c.want {
			t.Errorf("%+v: got %s", c, r.Share)
		}
	}
}
