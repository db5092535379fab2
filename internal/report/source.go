package report

import (
	"bytes"
	"io"
)

// defaultBlock is about how much text a block has.
const defaultBlock = 512 << 10

// source cuts one stream of text into blocks. The caller holds the reader's inputMu.
type source struct {
	reader  *Reader
	name    string
	rd      io.Reader
	stat    *FileStat
	maxLine int
	// blockSize is about how much text a block has.
	blockSize int
	memory    *bufferPool

	// buf[pos:] is the text that was read but is in no block yet; line and baseSeq are
	// the line number and the Seq of its first byte.
	buf     []byte
	pos     int
	line    int
	baseSeq int64
	// eof is set when the stream has ended; err is the error that ended it, if any.
	eof bool
	err error

	// step is the current state: it returns the next block, or nil after it has read
	// more text or changed the state.
	step func(*source) *block
	// allowLong is the segmenter's allowLong at the start of the text.
	allowLong bool
	// inList is set inside a list; needComma if the next element needs a comma before it.
	inList, needComma bool
	// indent is the indentation of a rejected element of a list, nil if unknown.
	indent []byte
	// firstSeq is the Seq of the first record, or of the first line after the header of a
	// CSV list of seats.
	firstSeq int64

	// hasText is set if the source is not blank.
	hasText bool
	// prose is the text before the first line that begins like JSON.
	prose prose
	// columns are the members of a CSV list of seats; see seatMembersIn.
	columns []string

	// The reader's mu guards these: the number of blocks being decoded, whether there
	// are no more to come, the number of records by kind, and the unrelated text.
	pendingBlocks int
	ended         bool
	kinds         [Seat + 1]int64
	unrelated     cappedList[Rejection]
}

// reject reports a rejection at seq.
func (s *source) reject(seq int64, rejection Rejection) { s.reader.reject(s.stat, seq, rejection) }

// rejectUnrelated notes unrelated text at seq.
func (s *source) rejectUnrelated(seq int64, rejection Rejection) {
	s.reader.mu.Lock()
	defer s.reader.mu.Unlock()
	s.unrelated.insert(seq, rejection)
}

// warn reports a warning at seq.
func (s *source) warn(seq int64, warning Warning) {
	s.reader.mu.Lock()
	defer s.reader.mu.Unlock()
	s.reader.warnings.add(seq, warning)
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

// end reports what is wrong at the end of the text.
func (s *source) end() {
	s.endProse()
	if s.inList && s.err == nil {
		s.reject(s.baseSeq, newRejection(s.name, s.line, nil, "the list is not closed: the file may be cut off"))
	}
}

func (s *source) text() []byte { return s.buf[s.pos:] }

// fill reads until the text has at least n bytes, or the stream ends.
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

// read reads until buf has n bytes, or the stream ends.
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

// readMore doubles the text, for a value that is not complete, but hardly exceeds
// maxLine, beyond which the value is rejected.
func (s *source) readMore() {
	n := 2 * len(s.text())
	if len(s.text()) <= s.maxLine {
		n = min(n, s.maxLine+1)
	}
	s.fill(max(n, s.blockSize))
}

// advance removes the first n bytes of the text.
func (s *source) advance(n int) {
	s.line += bytes.Count(s.text()[:n], newline)
	s.baseSeq += int64(n)
	s.pos += n
}

// cutBlock makes a block of the text from byte from to byte to, and advances past it. Of
// the block and the rest, the shorter is copied to another buffer.
func (s *source) cutBlock(from, to int) *block {
	s.advance(from)
	n := to - from
	b := &block{src: s, line: s.line, baseSeq: s.baseSeq, allowLong: s.allowLong}
	rest := s.text()[n:]
	if len(rest) > n {
		b.buf = append(s.memory.get(max(n, s.blockSize)), s.text()[:n]...)
		b.data = b.buf
		s.advance(n)
		return b
	}
	b.buf, b.data = s.buf, s.text()[:n:n]
	s.advance(n)
	s.buf = append(s.memory.get(max(len(rest), s.blockSize+s.blockSize/8)), rest...)
	s.pos = 0
	return b
}

// rejectText rejects the first n bytes of text and advances past them.
func (s *source) rejectText(n int, reason string) {
	s.reject(s.baseSeq, newRejection(s.name, s.line, s.text()[:n], reason))
	s.advance(n)
}

// detectFormat chooses the next step by how the text begins.
func (s *source) detectFormat() *block {
	s.fill(maxText + 2) // a rejection may quote maxText bytes after a byte order mark
	text := s.text()
	n := skipBlank(text, 0)
	s.hasText = n < len(text)
	switch {
	case !s.hasText:
		s.advance(n)
	case isUTF16(text):
		s.rejectText(min(maxText+2, len(text)), "UTF-16 text: convert the file to UTF-8")
		s.discardRest()
	case text[n] == '[' && beginsList(text[n:]):
		s.stat.setFormat("json")
		s.advance(n)
		s.openList()
	case text[n] == '{':
		s.advance(n)
		s.beginLines()
	default:
		s.advance(n)
		s.beginProse()
	}
	return nil
}

// isUTF16 reports whether text is JSON in UTF-16, with or without a byte order mark.
func isUTF16(text []byte) bool {
	for _, begins := range []string{"\xFF\xFE", "\xFE\xFF", "{\x00", "\x00{", "[\x00", "\x00["} {
		if bytes.HasPrefix(text, []byte(begins)) {
			return true
		}
	}
	return false
}

// beginLines continues with lines, the first of which begins a record.
func (s *source) beginLines() {
	s.firstSeq, s.allowLong = s.baseSeq, true
	s.step = (*source).nextLines
}

// discardRest ends the source before the text, which does not count in FileStat.Bytes:
// how much was read ahead depends on the block size.
func (s *source) discardRest() {
	s.eof = true
	s.stat.Bytes -= int64(len(s.text()))
	s.pos = len(s.buf)
}

// nextLines returns a block of lines.
func (s *source) nextLines() *block {
	n, allowLong := s.findCut()
	if n == 0 {
		s.growOrReject()
		return nil
	}
	b := s.cutBlock(0, n)
	s.allowLong = allowLong
	return b
}

// findCut returns where the text can be cut so that both parts can be segmented
// independently, 0 if there is no such place yet, and the segmenter's allowLong there.
func (s *source) findCut() (n int, allowLong bool) {
	if n := s.findCleanCut(); n > 0 {
		return n, false
	}
	g := segmenter{data: s.text(), final: s.eof, maxLine: s.maxLine, allowLong: s.allowLong}
	for n < len(g.data) && n < s.blockSize {
		allowLong = g.allowLong
		next := g.next(n)
		if next.needMore {
			break
		}
		if next.joined && s.baseSeq+int64(n) == s.firstSeq {
			s.stat.setFormat("json")
		}
		n, allowLong = next.end, g.allowLong
	}
	return n, allowLong
}

// findCleanCut finds a cut without segmenting the text: after a line near its end that is
// a record by itself and is followed by another object. No object spans such a line: a
// day of a 28-day report would be followed by a comma or a bracket. It returns 0 if it
// finds none.
func (s *source) findCleanCut() int {
	text := s.text()
	if s.allowLong {
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

// growOrReject reads more text if a segment is not complete, or rejects it if it is too
// long.
func (s *source) growOrReject() {
	if n := skipBlank(s.text(), 0); n > 0 {
		s.advance(n)
		return
	}
	if len(s.text()) <= s.maxLine && !s.eof {
		s.readMore()
		return
	}
	s.rejectText(s.lineLength(), lineTooLong(s.maxLine))
	s.step = (*source).skipRestOfLine
}

// lineLength returns the length of the first line, or of the text if its end was not read
// yet.
func (s *source) lineLength() int {
	if i := bytes.IndexByte(s.text(), '\n'); i >= 0 {
		return i
	}
	return len(s.text())
}

// skipRestOfLine advances to the end of a line that was rejected.
func (s *source) skipRestOfLine() *block {
	n := s.lineLength()
	if n < len(s.text()) {
		s.step = (*source).nextLines
	}
	s.advance(n)
	return nil
}
