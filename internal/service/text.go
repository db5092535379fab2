package service

import (
	"fmt"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/english"
)

// maxSpans is how many runs of days a sentence lists.
const maxSpans = 5

// spans writes sorted days as runs.
func spans(days []day.Day) string {
	var out []string
	rest := 0
	for i := 0; i < len(days); {
		j := i
		for j+1 < len(days) && days[j+1] == days[j]+1 {
			j++
		}
		switch {
		case len(out) == maxSpans:
			rest += j - i + 1
		case i == j:
			out = append(out, days[i].String())
		default:
			out = append(out, fmt.Sprintf("%s to %s", days[i], days[j]))
		}
		i = j + 1
	}
	text := strings.Join(out, ", ")
	if rest > 0 {
		text += fmt.Sprintf(" and %s more", english.Number(rest))
	}
	return text
}
