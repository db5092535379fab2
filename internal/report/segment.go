package report

import (
	"bytes"
	"fmt"

	"codegauge/internal/english"
)

// joinLimit is how far an object may reach over the following lines.
const joinLimit = 1 << 20

// segment is the next piece of a text of lines: a value, a refused rest of a
// line, or nothing because the text has to go on before it can be told.
type segment struct {
	start, end int
	// bad says why the segment is refused, "" that it is one valid value, an
	// object or a list, which may go over many lines if joined.
	bad    string
	joined bool
	// idle says that the refused text is like nothing in reports.
	idle bool
	// more says that the text ends before it can be told.
	more bool
}

// segmenter cuts a text of lines into segments. What it decides does not depend
// on how much text follows, as long as it does not ask for more: so a reader
// can cut blocks with one and decoders take them apart with another.
//
// A value that stands alone on its line, or before another one on it, is a
// segment. An object that its line does not end is joined with the lines that
// follow, up to joinLimit, unless one of them is a record by itself. All else is
// refused up to the end of its line.
type segmenter struct {
	data []byte
	// final says that nothing follows data.
	final   bool
	maxLine int
	// roomy lets an object over many lines be as long as maxLine: the file's
	// first, and one after another such object.
	roomy bool
	sc    scanner
	// line is the line looked up last, without its end.
	line place
	// lineEnded says that its end is known.
	lineEnded bool
}

// next returns the segment that begins at pos or after it; start is len(data)
// if there is none.
func (g *segmenter) next(pos int) segment {
	p := skipBlank(g.data, pos)
	if p == len(g.data) {
		return segment{start: p, end: p}
	}
	s := g.at(p)
	if !s.more {
		g.roomy = s.joined
	}
	return s
}

// at returns the segment at byte p, which is no white space.
func (g *segmenter) at(p int) segment {
	eol, ended := g.lineEnd(p)
	switch g.data[p] {
	case '{', '[':
	default:
		s := g.refuse(p, eol, ended, "not a JSON object")
		s.idle = true
		return s
	}
	g.sc.reset(g.data[:eol], p)
	g.sc.skip()
	switch {
	case g.sc.ok() && g.sc.pos-p > g.maxLine:
		return g.refuse(p, eol, ended, longLine(g.maxLine))
	case g.sc.ok():
		return g.value(p, g.sc.pos)
	case !g.sc.short:
		return g.refuse(p, eol, ended, g.sc.reason(p))
	case !ended:
		return segment{start: p, end: p, more: true}
	case g.data[p] == '[':
		return g.refuse(p, eol, true, g.sc.reason(p))
	}
	return g.join(p, eol)
}

// lineEnd returns where the line of byte p ends, and whether that is known.
func (g *segmenter) lineEnd(p int) (int, bool) {
	if g.line.start <= p && p < g.line.end {
		return g.line.end, g.lineEnded
	}
	g.line, g.lineEnded = place{p, len(g.data)}, g.final
	if i := bytes.IndexByte(g.data[p:], '\n'); i >= 0 {
		g.line.end, g.lineEnded = p+i, true
	}
	return g.line.end, g.lineEnded
}

// refuse returns the rest of the line as a refused segment.
func (g *segmenter) refuse(p, eol int, ended bool, reason string) segment {
	return segment{start: p, end: eol, bad: reason, more: !ended}
}

// value returns the value from p to end as a segment if what follows on its
// last line lets it be one.
func (g *segmenter) value(p, end int) segment {
	eol, ended := g.lineEnd(end)
	switch rest := skipSpace(g.data[:eol], end); {
	case rest == eol && !ended:
		return segment{start: p, end: p, more: true}
	case rest == eol || g.data[rest] == '{' || g.data[rest] == '[':
		return segment{start: p, end: end}
	}
	first, known := g.lineEnd(p)
	return g.refuse(p, first, known, "not valid JSON: more text after the object on its line")
}

// join returns the object that begins on the line from p to eol and goes over
// that line's end.
func (g *segmenter) join(p, eol int) segment {
	alone := g.sc.reason(p)
	limit := p + min(joinLimit, g.maxLine)
	if g.roomy {
		limit = p + g.maxLine
	}
	g.sc.reset(g.data[:min(limit, len(g.data))], p)
	g.sc.skip()
	switch {
	case g.sc.short && len(g.data) < limit && !g.final:
		return segment{start: p, end: p, more: true}
	case !g.sc.ok() || g.swallows(p, eol, g.sc.pos):
		return g.refuse(p, eol, true, alone)
	}
	s := g.value(p, g.sc.pos)
	s.joined = s.bad == ""
	return s
}

// swallows reports whether the object from p to end holds a line that is a
// record by itself, so that it is rather a broken line before good ones. The
// days of a 28-day report, seats, and what PowerShell writes, may stand so.
func (g *segmenter) swallows(p, eol, end int) bool {
	if o, ok := outlined(g.data[p:end]); ok && (o.seen.hasAny(set(fDayTotals, fSeats)) || o.isValue()) {
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

// isRecord reports whether line is one object that stands for a record or
// several.
func isRecord(line []byte) bool {
	line = bytes.TrimSpace(line)
	if len(line) < 2 || line[0] != '{' || line[len(line)-1] != '}' {
		return false
	}
	o, ok := outlined(line)
	return ok && o.seen.hasAny(set(fDay, fAssignee, fDayTotals, fSeats, fLinks))
}

// outlined returns the outline of the object that text is, and whether it is one.
func outlined(text []byte) (outline, bool) {
	d := decoder{src: text}
	o := d.outline(0, len(text))
	return o, d.sc.ok() && o.end == len(text)
}

// skipSpace returns the first byte from pos on that is not white space.
func skipSpace(data []byte, pos int) int {
	sc := scanner{data: data, pos: pos}
	sc.space()
	return sc.pos
}

// skipBlank is skipSpace over byte order marks too, which stand inside a text
// that was put together from files.
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

// longLine says that a line is too long.
func longLine(limit int) string {
	if limit%(1<<20) == 0 {
		return fmt.Sprintf("line longer than %d MiB", limit>>20)
	}
	return fmt.Sprintf("line longer than %s", english.Count(limit, "byte", "bytes"))
}
