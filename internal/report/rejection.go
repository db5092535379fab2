package report

import (
	"bytes"
	"strings"

	"codegauge/internal/day"
)

// maxText is how much of a refused text a Rejection quotes.
const maxText = 200

// newRejection returns a Rejection of text.
func newRejection(file string, line int, text []byte, reason string) Rejection {
	return Rejection{File: file, Line: line, Reason: reason, Day: dayIn(text), Text: beginning(text)}
}

// beginning returns how text begins, as valid UTF-8.
func beginning(text []byte) string {
	text = bytes.TrimSpace(text)
	s := strings.ToValidUTF8(string(text[:min(len(text), maxText)]), "\uFFFD")
	for len(s) > maxText { // a replacement is longer than the byte in its place
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

// dayIn returns the day that a broken piece of JSON speaks of: the only one in
// its "day" members, 0 if there is none or more than one.
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

// dayValue reads the colon and the day that text should begin with.
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
