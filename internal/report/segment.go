package report

import (
	"bytes"
	"fmt"

	"codegauge/internal/english"
)

// joinLimit is how many bytes long an object over several lines may be, unless allowLong
// is set.
const joinLimit = 1 << 20

// segment is a piece of a text of lines: a JSON value, or the rejected rest of a line.
type segment struct {
	start, end int
	// reason is why the segment is rejected. It is "" for a valid object or list, which
	// may span lines if joined is set.
	reason string
	joined bool
	// unrelated is set if the rejected text resembles nothing in reports.
	unrelated bool
	// needMore is set if more text is needed to find the segment.
	needMore bool
}

// segmenter cuts a text of lines into segments. Unless it needs more text, the result
// does not depend on what follows: the reader cuts blocks with one segmenter, and decoders
// segment the blocks again with another.
//
// A value that is alone on its line, or before another one, is a segment. An object that
// does not end on its line is joined with the following lines, up to joinLimit, unless
// one of them is a record by itself. Anything else is rejected up to the end of its line.
type segmenter struct {
	data []byte
	// final is set if nothing follows data.
	final   bool
	maxLine int
	// allowLong lets an object over several lines have up to maxLine bytes. It is set for
	// the first object of a file, and after another object over several lines.
	allowLong bool
	sc        scanner
	// line is the line that lineEnd found last, lineEnded whether its end is in data.
	line      byteRange
	lineEnded bool
}

// next returns the first segment at or after pos; its start is len(data) if there is
// none.
func (g *segmenter) next(pos int) segment {
	p := skipBlank(g.data, pos)
	if p == len(g.data) {
		return segment{start: p, end: p}
	}
	s := g.segmentAt(p)
	if !s.needMore {
		g.allowLong = s.joined
	}
	return s
}

// segmentAt returns the segment at byte p, which is not white space.
func (g *segmenter) segmentAt(p int) segment {
	eol, ended := g.lineEnd(p)
	switch g.data[p] {
	case '{', '[':
	default:
		s := g.rejectLine(p, eol, ended, "not a JSON object")
		s.unrelated = true
		return s
	}
	g.sc.reset(g.data[:eol], p)
	g.sc.skip()
	switch {
	case g.sc.ok() && g.sc.pos-p > g.maxLine:
		return g.rejectLine(p, eol, ended, lineTooLong(g.maxLine))
	case g.sc.ok():
		return g.valueSegment(p, g.sc.pos)
	case !g.sc.short:
		return g.rejectLine(p, eol, ended, g.sc.reason(p))
	case !ended:
		return segment{start: p, end: p, needMore: true}
	case g.data[p] == '[':
		return g.rejectLine(p, eol, true, g.sc.reason(p))
	}
	return g.joinLines(p, eol)
}

// lineEnd returns where the line of byte p ends, and whether that is certain.
func (g *segmenter) lineEnd(p int) (int, bool) {
	if g.line.start <= p && p < g.line.end {
		return g.line.end, g.lineEnded
	}
	g.line, g.lineEnded = byteRange{p, len(g.data)}, g.final
	if i := bytes.IndexByte(g.data[p:], '\n'); i >= 0 {
		g.line.end, g.lineEnded = p+i, true
	}
	return g.line.end, g.lineEnded
}

// rejectLine returns the rest of the line as a rejected segment.
func (g *segmenter) rejectLine(p, eol int, ended bool, reason string) segment {
	return segment{start: p, end: eol, reason: reason, needMore: !ended}
}

// valueSegment returns the value from p to end as a segment, rejected if anything but
// another value follows on its last line.
func (g *segmenter) valueSegment(p, end int) segment {
	eol, ended := g.lineEnd(end)
	switch rest := skipSpace(g.data[:eol], end); {
	case rest == eol && !ended:
		return segment{start: p, end: p, needMore: true}
	case rest == eol || g.data[rest] == '{' || g.data[rest] == '[':
		return segment{start: p, end: end}
	}
	first, known := g.lineEnd(p)
	return g.rejectLine(p, first, known, "not valid JSON: more text after the object on its line")
}

// joinLines returns the object that begins at p and continues after its line, which ends
// at eol, as a segment.
func (g *segmenter) joinLines(p, eol int) segment {
	alone := g.sc.reason(p)
	limit := p + min(joinLimit, g.maxLine)
	if g.allowLong {
		limit = p + g.maxLine
	}
	g.sc.reset(g.data[:min(limit, len(g.data))], p)
	g.sc.skip()
	switch {
	case g.sc.short && len(g.data) < limit && !g.final:
		return segment{start: p, end: p, needMore: true}
	case !g.sc.ok() || g.containsRecord(p, eol, g.sc.pos):
		return g.rejectLine(p, eol, true, alone)
	}
	s := g.valueSegment(p, g.sc.pos)
	s.joined = s.reason == ""
	return s
}

// containsRecord reports whether a line within the object from p to end is a record by
// itself. Then p begins a broken line before good ones, unless the object contains records
// by its kind: a 28-day report, a list of seats, or a PowerShell list.
func (g *segmenter) containsRecord(p, eol, end int) bool {
	if shape, ok := shapeOf(g.data[p:end]); ok && (shape.seen.hasAny(fieldSet(fDayTotals, fSeats)) || shape.isPowerShellList()) {
		return false
	}
	for at := eol + 1; at < end; {
		lineEnd, _ := g.lineEnd(at)
		if isRecord(g.data[at:lineEnd]) {
			return true
		}
		at = lineEnd + 1
	}
	return false
}

// isRecord reports whether line is one object that is a record or contains records.
func isRecord(line []byte) bool {
	line = bytes.TrimSpace(line)
	if len(line) < 2 || line[0] != '{' || line[len(line)-1] != '}' {
		return false
	}
	shape, ok := shapeOf(line)
	return ok && shape.seen.hasAny(fieldSet(fDay, fAssignee, fDayTotals, fSeats, fLinks))
}

// shapeOf returns the shape of the object that text consists of, and whether it is one.
func shapeOf(text []byte) (objectShape, bool) {
	d := decoder{src: text}
	shape := d.readShape(0, len(text))
	return shape, d.sc.ok() && shape.end == len(text)
}

// skipSpace returns the first byte from pos on that is not white space.
func skipSpace(data []byte, pos int) int {
	sc := scanner{data: data, pos: pos}
	sc.space()
	return sc.pos
}

// skipBlank skips white space and byte order marks, which are inside a text that was
// concatenated from files.
func skipBlank(data []byte, pos int) int {
	for {
		pos = skipSpace(data, pos)
		if !bytes.HasPrefix(data[pos:], byteOrderMark) {
			return pos
		}
		pos += len(byteOrderMark)
	}
}

var byteOrderMark = []byte("\uFEFF")

// lineTooLong returns the reason to reject a line that is longer than limit bytes.
func lineTooLong(limit int) string {
	if limit%(1<<20) == 0 {
		return fmt.Sprintf("line longer than %d MiB", limit>>20)
	}
	return fmt.Sprintf("line longer than %s", english.Count(limit, "byte", "bytes"))
}
