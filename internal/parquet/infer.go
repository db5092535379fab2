package parquet

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// inference goes through a JSON text and adds what it meets to a shape. It
// checks no more than it needs to: DuckDB refuses what is malformed.
type inference struct {
	in []byte
	at int
}

// infer adds an object to the shape of objects and reports whether it is one.
func (s *shape) infer(line []byte) bool {
	i := inference{in: line}
	if i.peek() != '{' {
		return false
	}
	return i.value(s) && i.peek() == 0
}

// peek steps to the next byte that is no blank and returns it, 0 at the end.
func (i *inference) peek() byte {
	for ; i.at < len(i.in); i.at++ {
		switch b := i.in[i.at]; b {
		case ' ', '\t', '\r', '\n':
		default:
			return b
		}
	}
	return 0
}

// step steps over the byte b, if it is next.
func (i *inference) step(b byte) bool {
	if i.peek() != b {
		return false
	}
	i.at++
	return true
}

func (i *inference) value(s *shape) bool {
	switch i.peek() {
	case '{':
		s.kinds |= object
		return i.object(s)
	case '[':
		s.kinds |= list
		if s.element == nil {
			s.element = &shape{}
		}
		return i.list(s.element)
	case '"':
		s.kinds |= text
		return i.text() != nil
	}
	kind, ok := kindOf(i.word())
	s.kinds |= kind
	return ok
}

func (i *inference) object(s *shape) bool {
	i.at++
	if i.step('}') {
		return true
	}
	for {
		i.peek()
		name := i.text()
		if name == nil || !i.step(':') || !i.value(s.member(unquoted(name))) {
			return false
		}
		if !i.step(',') {
			return i.step('}')
		}
	}
}

func (i *inference) list(element *shape) bool {
	i.at++
	if i.step(']') {
		return true
	}
	for i.value(element) {
		if !i.step(',') {
			return i.step(']')
		}
	}
	return false
}

// text returns the string that begins here, with its quotes, nil if none does.
func (i *inference) text() []byte {
	start := i.at
	if start >= len(i.in) || i.in[start] != '"' {
		return nil
	}
	for i.at++; i.at < len(i.in); i.at++ {
		switch i.in[i.at] {
		case '\\':
			i.at++
		case '"':
			i.at++
			return i.in[start:i.at]
		}
	}
	return nil
}

// unquoted returns what a string of JSON says.
func unquoted(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') >= 0 {
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return []byte(s)
		}
	}
	return raw[1 : len(raw)-1]
}

// word returns the number or name that begins here.
func (i *inference) word() []byte {
	start := i.at
	for ; i.at < len(i.in); i.at++ {
		switch i.in[i.at] {
		case ',', ']', '}', ' ', '\t', '\r', '\n':
			return i.in[start:i.at]
		}
	}
	return i.in[start:]
}

// kindOf returns the kind of a number or name, 0 for null.
func kindOf(word []byte) (kinds, bool) {
	switch string(word) {
	case "null":
		return 0, true
	case "true", "false":
		return boolean, true
	}
	if len(word) == 0 || !digit(word[len(word)-1]) {
		return 0, false
	}
	if bytes.ContainsAny(word, ".eE") {
		return decimal, true
	}
	return integerKind(word), true
}

func integerKind(word []byte) kinds {
	const exact = 1 << 53
	if len(word) < 16 {
		return integer
	}
	n, err := strconv.ParseInt(string(word), 10, 64)
	switch {
	case err != nil:
		return hugeInteger
	case n < -exact || n > exact:
		return wideInteger
	}
	return integer
}
