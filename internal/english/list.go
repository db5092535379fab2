package english

import (
	"fmt"
	"strings"

	"codegauge/internal/day"
)

// List joins words for a sentence: "a", "a and b", "a, b and c".
func List(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// ListAtMost lists the first few words and how many more there are: "a, b and 7 more".
func ListAtMost(words []string, most int) string {
	if len(words) <= most {
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%s and %s more", strings.Join(words[:most], ", "), Number(len(words)-most))
}

// maxRanges is the most ranges that DayRanges lists.
const maxRanges = 5

// DayRanges writes sorted days as ranges, "2026-05-01 to 2026-05-03, 2026-05-09", and the
// number of days beyond the first maxRanges.
func DayRanges(days []day.Day) string {
	var out []string
	omitted := 0
	for i := 0; i < len(days); {
		run := day.Range{From: days[i], To: days[i]}
		for i++; i < len(days) && days[i] == run.To+1; i++ {
			run.To++
		}
		if len(out) < maxRanges {
			out = append(out, run.String())
		} else {
			omitted += run.Len()
		}
	}
	text := strings.Join(out, ", ")
	if omitted > 0 {
		text += fmt.Sprintf(" and %s more", Number(omitted))
	}
	return text
}
