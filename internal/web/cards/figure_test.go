package cards

import (
	"testing"

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
	} {
		if got := ShareFigure(c.low, c.high, text.WholePercent).Text; got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
