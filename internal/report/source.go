package report

import (
	"bytes"
	"io"
)

// defaultBlock is about how much text a block has.
const defaultBlock = 512 << 10

// source is one stream of text and where its reading stands. It is used under
// its reader's lock.
type source struct {
	name    string
	rd      io.Reader
	stat    *FileStat
	maxLine int
	// blockSize is about how much text a block has.
	blockSize int
	memory    *blockMemory
	refuse    func(seq int64, r Rejection)
	pass      func(seq int64, r Rejection) // of text that is like nothing in reports
	warn      func(seq int64, w Warning)

	// buf[pos:] is the text read and not yet taken; line and base are the line
	// and the Seq of its first byte.
	buf  []byte
	pos  int
	line int
	base int64
	// eof says that buf holds all the rest; err is the fault that ended it.
	eof bool
	err error

	step func(*source) *block
	// roomy is the state of the segmenter before the text.
	roomy bool
	// inList says that the text stands inside a list that began before it,
	// comma that the next element needs a comma before it.
	inList, comma bool
	// indent is how a faulty element of a list was indented, nil if that is not
	// known.
	indent []byte
	// first is the Seq of the first byte that is no white space.
	first int64

	// begun says that there is text that is not blank.
	begun bool
	// prose is what stands before the first line that begins like JSON.
	prose prose
	// columns are those of a CSV list of seats; see seatMembersIn.
	columns []string

	// What the reader's mu guards: the blocks being decoded, whether there
	// are no more to come, the records by kind, and refused text that is like nothing
	// in reports.
	blocks int
	ended  bool
	kinds  [Seat + 1]int64
	idle   kept[Rejection]
}

// next returns the next block, nil if the source has no more.
func (s *source) next() *block {
	for {
		s.fill(s.blockSize)
		if len(s.text()) == 0 && s.eof {
			s.end()
			return nil
		}
		if b := s.step(s); b != nil {
			return b
		}
	}
}

// end refuses what is missing at the end of the text.
func (s *source) end() {
	s.endProse()
	if s.inList && s.err == nil {
		s.refuse(s.base, newRejection(s.name, s.line, nil, "the list has no end: the file may be cut off"))
	}
}

func (s *source) text() []byte { return s.buf[s.pos:] }

// fill reads until at least n bytes of text are there, or all.
func (s *source) fill(n int) {
	if s.eof || len(s.text()) >= n {
		return
	}
	switch {
	case cap(s.buf) < n:
		old := s.buf
		s.buf = append(s.memory.get(n+n/8), s.text()...)
		s.memory.put(old)
	case cap(s.buf)-s.pos < n:
		s.buf = s.buf[:copy(s.buf, s.text())]
	default:
		s.read(s.pos + n)
		return
	}
	s.pos = 0
	s.read(n)
}

// read reads until buf is n bytes long or the stream ends.
func (s *source) read(n int) {
	for empty := 0; len(s.buf) < n && !s.eof; empty++ {
		got, err := s.rd.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+got]
		s.stat.Bytes += int64(got)
		if got > 0 {
			empty = 0
		}
		if err == nil && empty == 100 {
			err = io.ErrNoProgress
		}
		s.eof = err != nil
		if s.eof && err != io.EOF {
			s.err = err
		}
	}
}

// more doubles the text, for a value that does not fit, but reads not much
// beyond what is too long.
func (s *source) more() {
	n := 2 * len(s.text())
	if len(s.text()) <= s.maxLine {
		n = min(n, s.maxLine+1)
	}
	s.fill(max(n, s.blockSize))
}

// drop moves over n bytes of text.
func (s *source) drop(n int) {
	s.line += bytes.Count(s.text()[:n], newline)
	s.base += int64(n)
	s.pos += n
}

// take makes a block of the text from byte from to byte to, and moves behind it.
func (s *source) take(from, to int) *block {
	s.drop(from)
	n := to - from
	b := &block{src: s, line: s.line, base: s.base, roomy: s.roomy}
	rest := s.text()[n:]
	if len(rest) > n {
		b.buf = append(s.memory.get(max(n, s.blockSize)), s.text()[:n]...)
		b.data = b.buf
		s.drop(n)
		return b
	}
	b.buf, b.data = s.buf, s.text()[:n:n]
	s.drop(n)
	s.buf = append(s.memory.get(max(len(rest), s.blockSize+s.blockSize/8)), rest...)
	s.pos = 0
	return b
}

// refuseText refuses the first n bytes of text and moves over them.
func (s *source) refuseText(n int, reason string) {
	s.refuse(s.base, newRejection(s.name, s.line, s.text()[:n], reason))
	s.drop(n)
}

// start looks at how the text begins.
func (s *source) start() *block {
	s.fill(maxText + 2) // what a rejection quotes behind a byte order mark
	text := s.text()
	n := skipBlank(text, 0)
	s.begun = n < len(text)
	switch {
	case !s.begun:
		s.drop(n)
	case isUTF16(text):
		s.refuseText(min(maxText+2, len(text)), "UTF-16 text: convert the file to UTF-8")
		s.stop()
	case text[n] == '[' && beginsList(text[n:]):
		s.stat.format("json")
		s.drop(n)
		s.openList()
	case text[n] == '{':
		s.drop(n)
		s.beginLines()
	default:
		s.drop(n)
		s.beginProse()
	}
	return nil
}

// isUTF16 reports whether text is JSON in UTF-16, with or without its mark.
func isUTF16(text []byte) bool {
	for _, begins := range []string{"\xFF\xFE", "\xFE\xFF", "{\x00", "\x00{", "[\x00", "\x00["} {
		if bytes.HasPrefix(text, []byte(begins)) {
			return true
		}
	}
	return false
}

// beginLines goes on with lines, the first of which begins a record.
func (s *source) beginLines() {
	s.first, s.roomy = s.base, true
	s.step = (*source).lines
}

// stop gives the rest of the text up, which then does not count as read: how far
// reading was ahead depends on the size of blocks.
func (s *source) stop() {
	s.eof = true
	s.stat.Bytes -= int64(len(s.text()))
	s.pos = len(s.buf)
}

// lines takes a block of lines.
func (s *source) lines() *block {
	n, roomy := s.cut()
	if n == 0 {
		s.oversize()
		return nil
	}
	b := s.take(0, n)
	s.roomy = roomy
	return b
}

// cut returns where the text can be cut into a block and a rest so that each
// can be taken apart without the other, 0 if there is no such place yet, and
// the state of the segmenter there.
func (s *source) cut() (n int, roomy bool) {
	if n := s.cleanCut(); n > 0 {
		return n, false
	}
	g := segmenter{data: s.text(), final: s.eof, maxLine: s.maxLine, roomy: s.roomy}
	for n < len(g.data) && n < s.blockSize {
		roomy = g.roomy
		next := g.next(n)
		if next.more {
			break
		}
		if next.joined && s.base+int64(n) == s.first {
			s.stat.format("json")
		}
		n, roomy = next.end, g.roomy
	}
	return n, roomy
}

// cleanCut finds a cut without taking the text apart: behind a line near the
// text's end that is a record by itself and has another object after it. No
// object reaches over such a line, and if it is one of a 28-day report's days,
// no object but a comma or a bracket follows it.
func (s *source) cleanCut() int {
	text := s.text()
	if s.roomy {
		return 0
	}
	end := len(text)
	for range 8 {
		end = bytes.LastIndexByte(text[:end], '\n')
		if end < 0 {
			return 0
		}
		next := skipSpace(text, end)
		if next == len(text) || text[next] != '{' {
			continue
		}
		begin := bytes.LastIndexByte(text[:end], '\n') + 1
		if begin > 0 && isRecord(text[begin:end]) {
			return end + 1
		}
	}
	return 0
}

// oversize gets more text for what did not fit, or refuses it for its length.
func (s *source) oversize() {
	if n := skipBlank(s.text(), 0); n > 0 {
		s.drop(n)
		return
	}
	if len(s.text()) <= s.maxLine && !s.eof {
		s.more()
		return
	}
	s.refuseText(s.lineLength(), longLine(s.maxLine))
	s.step = (*source).restOfLine
}

// lineLength returns the length of the text's first line, as far as it is
// there.
func (s *source) lineLength() int {
	if i := bytes.IndexByte(s.text(), '\n'); i >= 0 {
		return i
	}
	return len(s.text())
}

// restOfLine moves to the end of a line that was refused.
func (s *source) restOfLine() *block {
	n := s.lineLength()
	if n < len(s.text()) {
		s.step = (*source).lines
	}
	s.drop(n)
	return nil
}
