package parquet

import (
	"bytes"
	"encoding/json"
)

// scanner steps through a JSON text that is known to be valid.
type scanner struct {
	in []byte
	at int
}

// next steps to the next value, name or closing bracket and returns its first
// byte. Commas and colons are stepped over: a valid text has them where they
// belong.
func (s *scanner) next() byte {
	for {
		switch b := s.in[s.at]; b {
		case ' ', '\t', '\r', '\n', ',', ':':
			s.at++
		default:
			return b
		}
	}
}

// text returns the string that begins here, with its quotes.
func (s *scanner) text() []byte {
	start := s.at
	for escaped := true; escaped; {
		s.at++
		s.at += bytes.IndexByte(s.in[s.at:], '"')
		escaped = false
		for i := s.at - 1; s.in[i] == '\\'; i-- {
			escaped = !escaped
		}
	}
	s.at++
	return s.in[start:s.at]
}

// word returns the number, true, false or null that begins here.
func (s *scanner) word() []byte {
	start := s.at
	for ; s.at < len(s.in); s.at++ {
		switch s.in[s.at] {
		case ',', ']', '}', ' ', '\t', '\r', '\n':
			return s.in[start:s.at]
		}
	}
	return s.in[start:]
}

// value returns the value that begins here, of any type.
func (s *scanner) value() []byte {
	start := s.at
	for depth := 0; ; {
		switch s.next() {
		case '{', '[':
			s.at++
			depth++
		case '}', ']':
			s.at++
			depth--
		case '"':
			s.text()
		default:
			s.word()
		}
		if depth == 0 {
			return s.in[start:s.at]
		}
	}
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
