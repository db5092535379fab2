package report

import "bytes"

// openList begins the list whose bracket the text begins with.
func (s *source) openList() {
	s.drop(1)
	s.inList, s.comma = true, false
	s.step = (*source).list
}

// list takes a block of the elements of a list, which may be longer than
// memory. The text begins behind the bracket or an element.
func (s *source) list() *block {
	text := s.text()
	n := skipSpace(text, 0)
	switch {
	case n == len(text) && !s.eof && n < joinLimit:
		s.more() // its end is the next element's indentation
	case n == len(text):
		s.drop(n)
	case text[n] == ']':
		s.drop(n + 1)
		s.inList = false
		s.step = (*source).afterList
	default:
		return s.elements()
	}
	return nil
}

// afterList looks for what follows a list.
func (s *source) afterList() *block {
	s.drop(skipBlank(s.text(), 0))
	switch {
	case len(s.text()) == 0:
	case s.text()[0] == '[':
		s.openList()
	default:
		s.step = (*source).lines
	}
	return nil
}

// elements takes the elements that are there whole.
func (s *source) elements() *block {
	run := s.walk()
	if run.to > 0 {
		b := s.take(run.from, run.to)
		b.list, s.comma = true, true
		return b
	}
	switch {
	case run.fault != "":
		s.badElement(run)
	case run.at == len(s.text()) && (s.eof || run.at > s.maxLine):
		s.drop(run.at) // a comma and white space
		s.comma = false
	case len(s.text()) > s.maxLine:
		run.fault = longLine(s.maxLine)
		s.badElement(run)
	default:
		s.more()
	}
	return nil
}

// elementRun is a run of whole elements, from the first's begin to the last's
// end; to is 0 if there is none. Then fault says what is wrong with the element
// at byte at, "" that it goes on behind the text.
type elementRun struct {
	from, to, at int
	fault        string
}

// walk finds the elements that the text begins with, each with a sign of what
// follows it.
func (s *source) walk() (run elementRun) {
	text, comma := s.text(), s.comma
	end := 0
	for {
		at, fault := nextElement(text, end, comma)
		if run.to == 0 {
			run.from, run.at = at, at
		}
		if at == len(text) || fault != "" {
			run.fault = fault
			return run
		}
		end, fault = s.elementEnd(at)
		if end == 0 {
			run.fault = fault
			return run
		}
		run.to, comma = end, true
		if next := skipSpace(text, end); next == len(text) || text[next] == ']' || end >= s.blockSize {
			return run
		}
	}
}

// nextElement returns where the element behind byte end begins.
func nextElement(text []byte, end int, comma bool) (at int, fault string) {
	at = skipSpace(text, end)
	if !comma || at == len(text) {
		return at, ""
	}
	if text[at] != ',' {
		return at, noComma
	}
	return skipSpace(text, at+1), ""
}

// elementEnd returns where the element at byte at ends, 0 if it is faulty or
// not there whole.
func (s *source) elementEnd(at int) (end int, fault string) {
	var sc scanner
	sc.reset(s.text(), at)
	sc.skip()
	switch {
	case sc.short && !s.eof:
		return 0, ""
	case !sc.ok():
		return 0, sc.reason(at)
	case sc.pos-at > s.maxLine:
		return 0, longLine(s.maxLine)
	case skipSpace(s.text(), sc.pos) == len(s.text()) && !s.eof:
		return 0, ""
	}
	return sc.pos, ""
}

// badElement refuses an element, and all text up to where the next one seems to
// begin: on a line that is indented like it.
func (s *source) badElement(run elementRun) {
	s.indent = indentation(s.text()[:run.at])
	s.drop(run.at)
	if s.commaOnly(run.fault) {
		return
	}
	n := s.resume()
	for n == 0 && !s.eof && len(s.text()) <= s.maxLine {
		s.more()
		n = s.resume()
	}
	if n > 0 {
		s.refuseText(n, run.fault)
		return
	}
	if s.eof && bytes.HasSuffix(bytes.TrimSpace(s.text()), []byte("]")) {
		s.inList = false
	}
	s.refuseText(len(s.text()), run.fault)
	s.step = (*source).lostInList
}

// commaOnly reports whether nothing is wrong but that a comma is missing or too
// many, which costs no element.
func (s *source) commaOnly(fault string) bool {
	switch c := s.text()[0]; {
	case c == ']':
		fault = "a comma before the end of the list"
	case c != '{' || fault != noComma:
		return false
	}
	s.comma = false
	s.warn(s.base, Warning{File: s.name, Line: s.line, Reason: fault})
	return true
}

const noComma = "no comma between the elements of the list"

// indentation returns the white space on the last line of gap, nil if that is
// not the whole of what gap has there.
func indentation(gap []byte) []byte {
	i := bytes.LastIndexByte(gap, '\n')
	if i < 0 || len(bytes.Trim(gap[i:], " \t\r\n")) > 0 {
		return nil
	}
	return append([]byte{}, gap[i+1:]...)
}

// resume returns the line end behind which the list can be read on, 0 if the
// text has none.
func (s *source) resume() int {
	text := s.text()
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			return 0
		}
		at += i
		begin := skipIndent(text, at+1)
		if begin < len(text) && s.resumes(text[at+1:begin], text[begin]) {
			s.comma = text[begin] == ','
			return at
		}
		at++
	}
}

func skipIndent(text []byte, pos int) int {
	for pos < len(text) && (text[pos] == ' ' || text[pos] == '\t') {
		pos++
	}
	return pos
}

// resumes reports whether a line with this indentation and first character
// seems to begin an element of the list, or end it.
func (s *source) resumes(indent []byte, c byte) bool {
	switch c {
	case '{', ',':
		return s.indent == nil || bytes.Equal(indent, s.indent)
	case ']':
		return s.indent == nil || len(indent) < len(s.indent) || len(s.indent) == 0
	}
	return false
}

// lostInList moves to where the list can be read on, over text that is refused
// already.
func (s *source) lostInList() *block {
	if n := s.resume(); n > 0 {
		s.drop(n)
		s.step = (*source).list
		return nil
	}
	i := bytes.LastIndexByte(s.text(), '\n')
	switch {
	case s.eof:
		s.inList = false
		s.stop()
	case i <= 0 || len(s.text())-i > s.maxLine:
		s.drop(len(s.text()))
	default:
		s.drop(i)
	}
	return nil
}
