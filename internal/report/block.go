package report

import (
	"bytes"
	"fmt"

	"codegauge/internal/english"
)

// block is a run of a source's text that can be decoded by itself.
type block struct {
	src  *source
	data []byte
	// buf is the memory that data lies in.
	buf []byte
	// line and base are the line and the Seq of data's first byte.
	line int
	base int64
	// list says that data are the elements of a list, with commas between,
	// known to be valid; else they are lines.
	list bool
	// seats says that the lines are of a CSV list of seats, which is one page.
	seats bool
	// roomy is the state of the segmenter that cut the block.
	roomy bool
}

// block decodes a whole block into the batch.
func (d *decoder) block(b *block, maxLine int) {
	d.file, d.src, d.base = b.src.name, b.data, b.base
	d.line, d.lineFrom = b.line, 0
	d.rejections.reset()
	d.idle.reset()
	d.warnings.reset()
	if b.list {
		d.elements(0, len(d.src))
		return
	}
	first := len(d.b.Records)
	d.lines(segmenter{data: b.data, final: true, maxLine: maxLine, roomy: b.roomy})
	if n := len(d.b.Records); b.seats && n > first {
		d.b.SeatPages = append(d.b.SeatPages, SeatPage{File: d.file, Line: b.line, Seq: b.src.first, Listed: int64(n - first), From: first, To: n})
	}
}

// lines decodes the lines of the block.
func (d *decoder) lines(g segmenter) {
	for pos := 0; ; {
		pos = skipBlank(d.src, pos)
		if pos == len(d.src) {
			return
		}
		eol, _ := g.lineEnd(pos)
		if end, ok := d.plainLine(pos, eol, g.maxLine); ok {
			g.roomy = false
			pos = end
			continue
		}
		s := g.next(pos)
		d.segment(s)
		pos = s.end
	}
}

// plainLine decodes the object at pos, on the line that ends at eol, and reports
// whether it is a segment: what nearly every line is. If not, it leaves nothing
// behind.
func (d *decoder) plainLine(pos, eol, maxLine int) (end int, ok bool) {
	if d.src[pos] != '{' {
		return pos, false
	}
	before := d.checkpoint()
	d.pretty = false
	end = d.objectAt(pos, eol)
	if d.sc.ok() && end-pos <= maxLine {
		if rest := skipSpace(d.src[:eol], end); rest == eol || d.src[rest] == '{' || d.src[rest] == '[' {
			return end, true
		}
	}
	d.rollBack(before)
	return pos, false
}

// checkpoint is what a decoder has given so far.
type checkpoint struct {
	records, pages   int
	rejections, idle kept[Rejection]
	warnings         kept[Warning]
}

func (d *decoder) checkpoint() checkpoint {
	return checkpoint{len(d.b.Records), len(d.b.SeatPages), d.rejections, d.idle, d.warnings}
}

// rollBack takes back what was given since the mark.
func (d *decoder) rollBack(m checkpoint) {
	d.b.Records, d.b.SeatPages = d.b.Records[:m.records], d.b.SeatPages[:m.pages]
	d.rejections, d.idle, d.warnings = m.rejections, m.idle, m.warnings
}

// segment decodes one segment.
func (d *decoder) segment(s segment) {
	switch {
	case s.idle:
		d.passed(s.start, s.end, s.bad)
	case s.bad != "":
		d.refused(s.start, s.end, s.bad)
	case d.src[s.start] == '[':
		d.elements(s.start+1, s.end-1)
	default:
		d.pretty = s.joined
		d.objectAt(s.start, s.end)
	}
}

// elements decodes the elements of a list, known to be valid, that stand from
// byte pos to end.
func (d *decoder) elements(pos, end int) {
	d.pretty = bytes.IndexByte(d.src[pos:end], '\n') >= 0
	most := len(d.b.Records) + maxElements
	for {
		pos = skipSpace(d.src[:end], pos)
		if pos < end && d.src[pos] == ',' {
			pos = skipSpace(d.src[:end], pos+1)
		}
		if pos == end {
			return
		}
		if len(d.b.Records) >= most {
			d.refused(pos, end, fmt.Sprintf("more than %s elements in a list", english.Number(maxElements)))
			return
		}
		pos = d.listElement(pos, end)
	}
}

// listElement decodes the element at pos and returns where it ends.
func (d *decoder) listElement(pos, end int) int {
	if d.src[pos] == '{' {
		return d.objectAt(pos, end)
	}
	d.sc.reset(d.src[:end], pos)
	d.sc.skip()
	if d.src[pos] == 'n' {
		d.warning(pos, "an element of the list is null, left out")
	} else {
		d.refused(pos, d.sc.pos, typeName(d.src[pos])+", not a JSON object")
	}
	return d.sc.pos
}
