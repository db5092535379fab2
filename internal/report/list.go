package report

import "bytes"

// openList begins the list whose bracket the text begins with.
func (s *source) openList() {
	s.drop(1)
	s.comma = false
	s.step = (*source).list
}

// list takes a block of the elements of a list that is too long to hold.
func (s *source) list() *block {
	s.drop(skipSpace(s.text(), 0))
	if len(s.text()) == 0 {
		s.endless()
		return nil
	}
	if s.text()[0] == ']' {
		s.closeList()
		return nil
	}
	w := s.walk()
	if w.to > w.from {
		b := s.take(w.from, w.to)
		b.list, s.comma = true, true
		return b
	}
	switch {
	case !w.sc.ok() && (!w.sc.short || s.eof):
		s.badElement(w.from, w.sc.reason(w.from))
	case s.eof:
		s.badElement(w.from, "not valid JSON: no comma after the element before")
	case len(s.text()) > s.maxLine:
		s.badElement(w.from, longLine(s.maxLine))
	default:
		s.more()
	}
	return nil
}

// walked is the run of whole elements that a text of a list begins with.
type walked struct {
	from, to int
	// sc is where the walk ended, with the fault that ended it.
	sc scanner
}

// walk finds the elements that are there whole, with what follows them.
func (s *source) walk() (w walked) {
	text, comma := s.text(), s.comma
	w.sc.reset(text, 0)
	for {
		start, c := w.sc.pos, w.sc.peek()
		if comma && c == ',' {
			w.sc.pos++
			c = w.sc.peek()
		} else if comma && c != 0 {
			w.sc.fail("no comma between elements")
		}
		if w.to == 0 {
			w.from = w.sc.pos
		}
		s.noteIndent(w.sc.pos)
		w.sc.skip()
		end := w.sc.pos
		switch c := w.sc.peek(); {
		case !w.sc.ok() || c == 0 && !s.eof || end-start > s.maxLine:
			return w
		case c == ']' || c == 0:
			w.to = end
			return w
		}
		w.to, comma = end, true
	}
}
