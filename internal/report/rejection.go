package report

import (
	"bytes"
	"strings"

	"codegauge/internal/day"
)

// maxText is how many bytes of the text a Rejection quotes.
const maxText = 200

// newRejection returns a Rejection of text, with the day that it seems to be about.
func newRejection(file string, line int, text []byte, reason string) Rejection {
	return Rejection{File: file, Line: line, Reason: reason, Day: dayIn(text), Text: beginning(text)}
}

// beginning returns the first maxText bytes of text as valid UTF-8.
func beginning(text []byte) string {
	text = bytes.TrimSpace(text)
	s := strings.ToValidUTF8(string(text[:min(len(text), maxText)]), "\uFFFD")
	for len(s) > maxText { // U+FFFD is longer than the byte that it replaces
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

// dayIn returns the day that a broken piece of JSON seems to be about: the only valid one
// among its "day" members, 0 if there is none or there are several.
func dayIn(text []byte) (only day.Day) {
	name := []byte(`"day"`)
	for {
		i := bytes.Index(text, name)
		if i < 0 {
			return only
		}
		text = text[i+len(name):]
		d, ok := dayValue(text)
		if !ok || d == only {
			continue
		}
		if only != 0 {
			return 0
		}
		only = d
	}
}

// dayValue reads the colon and the day that follow a "day" member's name.
func dayValue(text []byte) (day.Day, bool) {
	sc := scanner{data: text}
	if sc.peek() != ':' {
		return 0, false
	}
	sc.pos++
	if sc.peek() != '"' {
		return 0, false
	}
	raw, _ := sc.str()
	if !sc.ok() {
		return 0, false
	}
	d, err := day.Parse(string(raw))
	return d, err == nil
}
