package report

import (
	"bytes"
	"strconv"
)

// An Extra holds members of a record as JSON. Those that Codegauge computes with are read
// from it where they are needed, so that a record keeps all of them as they came.

// EachMember calls f with the name and value of each member of an object, or of an Extra,
// in their order. The memory is the caller's.
func EachMember(text []byte, f func(name, value []byte)) {
	if inner := bytes.TrimSpace(text); len(inner) > 1 && inner[0] == '{' {
		text = inner[1 : len(inner)-1]
	}
	eachMember(text, func(m extraMember) { f(m.name, m.value) })
}

// EachElement calls f with each value of a list; not at all if the text is no list.
func EachElement(list []byte, f func(value []byte)) {
	sc := scanner{data: list}
	if sc.peek() != '[' {
		return
	}
	for first := sc.open('['); sc.more(']', first); first = false {
		sc.peek()
		if v := sc.skip(); sc.ok() {
			f(v)
		}
	}
}

// Count returns a value that is a whole number from 0 to maxCount; false for any other.
func Count(value []byte) (int64, bool) {
	if !isNumber(value) {
		return 0, false
	}
	n, problem := integer(value)
	return n, problem == "" && n <= maxCount
}

// AsMillionths returns a number that is not negative, in millionths; false for any other
// value.
func AsMillionths(value []byte) (int64, bool) {
	if !isNumber(value) || value[0] == '-' {
		return 0, false
	}
	n, _, problem := millionths(value)
	return n, problem == ""
}

// AsText returns a string, or a whole number as its digits; false for any other value and
// for what is longer than a name may be.
func AsText(value []byte) (string, bool) {
	switch {
	case len(value) > 1 && value[0] == '"':
		text := unescape(nil, trimQuotes(value))
		return string(text), len(text) <= maxID
	case isNumber(value):
		n, problem := integer(value)
		return strconv.FormatInt(n, 10), problem == ""
	}
	return "", false
}

func isNumber(value []byte) bool {
	return len(value) > 0 && (value[0] == '-' || value[0]-'0' <= 9)
}
