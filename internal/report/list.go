package report

import "bytes"

// openList enters the list that begins at the start of the text.
func (s *source) openList() {
	s.advance(1)
	s.inList, s.needComma = true, false
	s.step = (*source).nextListBlock
}

// nextListBlock returns a block of elements of the list, which may be larger than memory.
// The text begins after the list's opening bracket or after an element.
func (s *source) nextListBlock() *block {
	text := s.text()
	n := skipSpace(text, 0)
	switch {
	case n == len(text) && !s.eof && n < joinLimit:
		s.readMore() // the white space may be the next element's indentation
	case n == len(text):
		s.advance(n)
	case text[n] == ']':
		s.advance(n + 1)
		s.inList = false
		s.step = (*source).afterList
	default:
		return s.nextElements()
	}
	return nil
}

// afterList continues with what follows a list: another list or lines.
func (s *source) afterList() *block {
	s.advance(skipBlank(s.text(), 0))
	switch {
	case len(s.text()) == 0:
	case s.text()[0] == '[':
		s.openList()
	default:
		s.step = (*source).nextLines
	}
	return nil
}

// nextElements returns a block of the elements that are complete in the text.
func (s *source) nextElements() *block {
	run := s.scanElements()
	if run.to > 0 {
		b := s.cutBlock(run.from, run.to)
		b.isList, s.needComma = true, true
		return b
	}
	switch {
	case run.fault != "":
		s.rejectElement(run)
	case run.at == len(s.text()) && (s.eof || run.at > s.maxLine):
		s.advance(run.at) // a comma and white space
		s.needComma = false
	case len(s.text()) > s.maxLine:
		run.fault = lineTooLong(s.maxLine)
		s.rejectElement(run)
	default:
		s.readMore()
	}
	return nil
}

// elementRun is a run of complete elements from byte from to byte to, which is 0 if there
// is none. Then at is where the first element begins, and fault what is wrong with it,
// "" if it continues beyond the text.
type elementRun struct {
	from, to, at int
	fault        string
}

// scanElements finds the complete elements at the start of the text. One at the end of
// the text is complete only if the character after it is known.
func (s *source) scanElements() (run elementRun) {
	text, comma := s.text(), s.needComma
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

// nextElement returns where the element after byte end begins; comma says that a comma
// has to come before it.
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

// elementEnd returns where the element at byte at ends: 0 if it is invalid, which fault
// describes, or incomplete.
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
		return 0, lineTooLong(s.maxLine)
	case skipSpace(s.text(), sc.pos) == len(s.text()) && !s.eof:
		return 0, ""
	}
	return sc.pos, ""
}

// rejectElement rejects an element and the text up to where the next one seems to begin:
// on a line with the same indentation.
func (s *source) rejectElement(run elementRun) {
	s.indent = indentation(s.text()[:run.at])
	s.advance(run.at)
	if s.commaOnly(run.fault) {
		return
	}
	n := s.findElement()
	for n == 0 && !s.eof && len(s.text()) <= s.maxLine {
		s.readMore()
		n = s.findElement()
	}
	if n > 0 {
		s.rejectText(n, run.fault)
		return
	}
	if s.eof && bytes.HasSuffix(bytes.TrimSpace(s.text()), []byte("]")) {
		s.inList = false
	}
	s.rejectText(len(s.text()), run.fault)
	s.step = (*source).skipToElement
}

// commaOnly reports whether the only fault is a missing or trailing comma, which it warns
// of; no element is lost then.
func (s *source) commaOnly(fault string) bool {
	switch c := s.text()[0]; {
	case c == ']':
		fault = "trailing comma before the end of the list"
	case c != '{' || fault != noComma:
		return false
	}
	s.needComma = false
	s.warn(s.baseSeq, Warning{File: s.name, Line: s.line, Reason: fault})
	return true
}

const noComma = "missing comma between the elements of the list"

// indentation returns the last line of gap, nil if that is not just white space or gap
// has only one line.
func indentation(gap []byte) []byte {
	i := bytes.LastIndexByte(gap, '\n')
	if i < 0 || len(bytes.Trim(gap[i:], " \t\r\n")) > 0 {
		return nil
	}
	return append([]byte{}, gap[i+1:]...)
}

// findElement returns the line end after which an element, or the end of the list, seems
// to follow; 0 if there is none in the text.
func (s *source) findElement() int {
	text := s.text()
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			return 0
		}
		at += i
		begin := skipIndent(text, at+1)
		if begin < len(text) && s.beginsElement(text[at+1:begin], text[begin]) {
			s.needComma = text[begin] == ','
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

// beginsElement reports whether a line with this indentation and first character seems
// to begin an element of the list or to end the list.
func (s *source) beginsElement(indent []byte, c byte) bool {
	switch c {
	case '{', ',':
		return s.indent == nil || bytes.Equal(indent, s.indent)
	case ']':
		return s.indent == nil || len(indent) < len(s.indent) || len(s.indent) == 0
	}
	return false
}

// skipToElement skips text after a rejected element, up to where the next element seems
// to begin.
func (s *source) skipToElement() *block {
	if n := s.findElement(); n > 0 {
		s.advance(n)
		s.step = (*source).nextListBlock
		return nil
	}
	i := bytes.LastIndexByte(s.text(), '\n')
	switch {
	case s.eof:
		s.inList = false
		s.discardRest()
	case i <= 0 || len(s.text())-i > s.maxLine:
		s.advance(len(s.text()))
	default:
		s.advance(i)
	}
	return nil
}
