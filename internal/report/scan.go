package report

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// maxDepth is how deeply arrays and objects may be nested. Reports need 5 levels.
const maxDepth = 64

// scanner is a pull parser for JSON. It checks all of RFC 8259: numbers, escapes, control
// characters, UTF-8 and surrogate pairs. It allocates nothing. After the first error it
// does not advance, and err describes the error; short is set if data ended inside a
// value, so that it might have been valid with more data.
//
// Objects and arrays are walked like this, with the values read in the body:
//
//	for first := s.open('{'); s.more('}', first); first = false {
//		key, escaped := s.key()
//		raw := s.skip()
//	}
type scanner struct {
	data  []byte
	pos   int
	depth int
	err   string
	short bool
}

// reset makes s read data from its byte pos on.
func (s *scanner) reset(data []byte, pos int) {
	*s = scanner{data: data, pos: pos}
}

// ok reports whether there was no error so far.
func (s *scanner) ok() bool { return s.err == "" }

// reason describes the error and where it is, counted in bytes from byte start of data.
func (s *scanner) reason(start int) string {
	text := fmt.Sprintf("not valid JSON: %s at byte %d", s.err, s.pos-start+1)
	switch {
	case s.short:
		text += ": the file may be cut off"
	case s.err == badText:
		text += ": convert the file to UTF-8"
	}
	return text
}

const badText = "invalid UTF-8"

func (s *scanner) fail(what string) {
	if s.err == "" {
		s.err = what
	}
}

func (s *scanner) ended() {
	if s.err == "" {
		s.err, s.short = "text ends inside a value", true
	}
}

// space skips white space.
func (s *scanner) space() {
	for s.pos < len(s.data) {
		if c := s.data[s.pos]; c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return
		}
		s.pos++
	}
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		if c := s.data[s.pos]; c > ' ' {
			return c
		}
	}
	s.space()
	if s.pos >= len(s.data) {
		return 0
	}
	return s.data[s.pos]
}

// open enters the object or array that begins with c. It always returns true.
func (s *scanner) open(c byte) bool {
	switch got := s.peek(); {
	case s.err != "":
	case s.pos >= len(s.data):
		s.ended()
	case got != c:
		s.fail("unexpected character")
	case s.depth >= maxDepth:
		s.fail("nested deeper than 64")
	default:
		s.pos++
		s.depth++
	}
	return true
}

// more advances to the next member or element, past the comma before it, and reports
// whether there is one. At the end it leaves the object or array.
func (s *scanner) more(end byte, first bool) bool {
	if s.err != "" {
		return false
	}
	switch c := s.peek(); {
	case s.pos >= len(s.data):
		s.ended()
		return false
	case c == end:
		s.pos++
		s.depth--
		return false
	case first:
		return true
	case c == ',':
		s.pos++
		return true
	}
	s.fail("unexpected character")
	return false
}

// key reads a member's name and the colon after it. The name is raw; if escaped is set,
// unescape has to be called on it.
func (s *scanner) key() (name []byte, escaped bool) {
	name, escaped = s.str()
	if s.err != "" {
		return nil, false
	}
	switch c := s.peek(); {
	case s.pos >= len(s.data):
		s.ended()
	case c != ':':
		s.fail("no colon after a member's name")
	default:
		s.pos++
	}
	return name, escaped
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special sets the high bit of the first (lowest) byte of w that is a quote, a backslash,
// a control character or not ASCII. The bits above it are meaningless.
func special(w uint64) uint64 {
	quote, slash := w^('"'*ones), w^('\\'*ones)
	// In Go, - and | have the same precedence: hence the parentheses.
	return ((quote - ones) | (slash - ones) | (w - 0x20*ones) | w) & highs
}

// str reads a string and returns the raw text between the quotes.
func (s *scanner) str() (raw []byte, escaped bool) {
	if s.peek() != '"' || s.err != "" {
		s.notString()
		return nil, false
	}
	start := s.pos + 1
	i := start
	for {
		for i+8 <= len(s.data) {
			if m := special(binary.LittleEndian.Uint64(s.data[i:])); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(s.data) {
			s.pos = len(s.data)
			s.ended()
			return nil, false
		}
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			return s.data[start:i], escaped
		case c == '\\':
			escaped = true
			i = s.escape(i)
		case c < 0x20:
			s.pos = i
			s.fail("control character in a string")
		case c >= utf8.RuneSelf:
			i = s.rune(i)
		default:
			i++
		}
		if s.err != "" {
			return nil, false
		}
	}
}

func (s *scanner) notString() {
	if s.pos >= len(s.data) {
		s.ended()
		return
	}
	s.fail("unexpected character")
}

// rune checks the UTF-8 sequence at i and returns where it ends.
func (s *scanner) rune(i int) int {
	r, n := utf8.DecodeRune(s.data[i:])
	if r != utf8.RuneError || n > 1 {
		return i + n
	}
	s.pos = i
	if !utf8.FullRune(s.data[i:]) {
		s.ended()
	}
	s.fail(badText)
	return i
}

// escape checks the escape sequence at i and returns where it ends.
func (s *scanner) escape(i int) int {
	s.pos = i
	if i+1 >= len(s.data) {
		s.ended()
		return i
	}
	switch s.data[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		return s.unicode(i)
	}
	s.fail("invalid escape in a string")
	return i
}

// unicode checks the \uXXXX at i, or the surrogate pair, and returns where it ends.
func (s *scanner) unicode(i int) int {
	r, ok := s.hex(i)
	if !ok || r < 0xD800 || r > 0xDFFF {
		return i + 6
	}
	if r >= 0xDC00 {
		s.fail("lone surrogate in a string")
		return i
	}
	if i+6 < len(s.data) && s.data[i+6] != '\\' || i+7 < len(s.data) && s.data[i+7] != 'u' {
		s.fail("lone surrogate in a string")
		return i
	}
	if low, ok := s.hex(i + 6); ok && (low < 0xDC00 || low > 0xDFFF) {
		s.fail("lone surrogate in a string")
	}
	return i + 12
}

// hex reads the four hexadecimal digits of the \uXXXX at i.
func (s *scanner) hex(i int) (r rune, ok bool) {
	for j := i + 2; j < i+6; j++ {
		if j >= len(s.data) {
			s.ended()
			return 0, false
		}
		d, ok := hexDigit(s.data[j])
		if !ok {
			s.fail("invalid escape in a string")
			return 0, false
		}
		r = r<<4 | d
	}
	return r, true
}

func hexDigit(c byte) (rune, bool) {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0'), true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10, true
	}
	return 0, false
}

// number reads a number and returns its raw text.
func (s *scanner) number() []byte {
	start := s.pos
	if s.at() == '-' {
		s.pos++
	}
	if s.at() == '0' {
		s.pos++
	} else {
		s.digits()
	}
	if s.at() == '.' {
		s.pos++
		s.digits()
	}
	if s.at()|0x20 == 'e' {
		s.pos++
		if c := s.at(); c == '+' || c == '-' {
			s.pos++
		}
		s.digits()
	}
	if s.err != "" {
		return nil
	}
	return s.data[start:s.pos]
}

// at returns the byte at pos, 0 at the end.
func (s *scanner) at() byte {
	if s.pos >= len(s.data) {
		return 0
	}
	return s.data[s.pos]
}

// digits reads at least one digit.
func (s *scanner) digits() {
	start := s.pos
	for s.pos < len(s.data) && s.data[s.pos]-'0' <= 9 {
		s.pos++
	}
	switch {
	case s.pos > start:
	case s.pos >= len(s.data):
		s.ended()
	default:
		s.fail("invalid number")
	}
}

// skip reads any value and returns its raw text, nil after an error.
func (s *scanner) skip() []byte {
	c := s.peek()
	start := s.pos
	switch {
	case s.err != "":
	case s.pos >= len(s.data):
		s.ended()
	case c == '"':
		s.str()
	case c == '{':
		for first := s.open('{'); s.more('}', first); first = false {
			s.key()
			s.skip()
		}
	case c == '[':
		for first := s.open('['); s.more(']', first); first = false {
			s.skip()
		}
	case c == '-' || c-'0' <= 9:
		s.number()
	case c == 't':
		s.literal("true")
	case c == 'f':
		s.literal("false")
	case c == 'n':
		s.literal("null")
	default:
		s.fail("unexpected character")
	}
	if s.err != "" {
		return nil
	}
	return s.data[start:s.pos]
}

// literal reads the given word: true, false or null.
func (s *scanner) literal(word string) {
	text := s.data[s.pos:]
	if len(text) >= len(word) && string(text[:len(word)]) == word {
		s.pos += len(word)
		return
	}
	if len(text) < len(word) && string(text) == word[:len(text)] {
		s.pos = len(s.data)
		s.ended()
	}
	s.fail("unexpected word")
}

// unescape appends the text of a raw string that str has returned.
func unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			dst = append(dst, raw[i])
			continue
		}
		i++
		switch raw[i] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, n := escapedRune(raw[i-1:])
			dst = utf8.AppendRune(dst, r)
			i += n - 2
		default:
			dst = append(dst, raw[i])
		}
	}
	return dst
}

// escapedRune returns the character of the \uXXXX, or of the surrogate pair, at the start
// of raw, and its length in bytes.
func escapedRune(raw []byte) (rune, int) {
	s := scanner{data: raw}
	r, _ := s.hex(0)
	if r < 0xD800 || r > 0xDFFF {
		return r, 6
	}
	low, _ := s.hex(6)
	return 0x10000 + (r-0xD800)<<10 + (low - 0xDC00), 12
}
