package report

import (
	"bytes"
	"fmt"

	"codegauge/internal/english"
)

// block is a piece of a source's text that can be decoded independently of the rest.
type block struct {
	src  *source
	data []byte
	// buf is the buffer behind data, to be returned to the pool.
	buf []byte
	// line and baseSeq are the line number and the Seq of data's first byte.
	line    int
	baseSeq int64
	// isList is set if data are elements of a list, separated by commas and known to
	// be valid JSON; otherwise data are lines.
	isList bool
	// isSeatCSV is set if the lines were converted from a CSV list of seats, which
	// counts as one page.
	isSeatCSV bool
	// allowLong is the segmenter's allowLong at the start of the block.
	allowLong bool
}

// decodeBlock decodes a block into the batch.
func (d *decoder) decodeBlock(b *block, maxLine int) {
	d.file, d.src, d.baseSeq = b.src.name, b.data, b.baseSeq
	d.line, d.lineFrom = b.line, 0
	d.rejections.reset()
	d.unrelated.reset()
	d.warnings.reset()
	if b.isList {
		d.decodeElements(0, len(d.src))
		return
	}
	first := len(d.b.Records)
	d.decodeLines(segmenter{data: b.data, final: true, maxLine: maxLine, allowLong: b.allowLong})
	if n := len(d.b.Records); b.isSeatCSV && n > first {
		d.b.SeatPages = append(d.b.SeatPages, SeatPage{File: d.file, Line: b.line, Seq: b.src.firstSeq, Listed: int64(n - first), From: first, To: n})
	}
}

// decodeLines decodes a block of lines.
func (d *decoder) decodeLines(g segmenter) {
	for pos := 0; ; {
		pos = skipBlank(d.src, pos)
		if pos == len(d.src) {
			return
		}
		eol, _ := g.lineEnd(pos)
		if end, ok := d.decodePlainLine(pos, eol, g.maxLine); ok {
			g.allowLong = false
			pos = end
			continue
		}
		s := g.next(pos)
		d.decodeSegment(s)
		pos = s.end
	}
}

// decodePlainLine decodes the object at pos, whose line ends at eol, and reports
// whether it is a segment by itself, as on nearly every line. If it is not, nothing is
// added to the batch.
func (d *decoder) decodePlainLine(pos, eol, maxLine int) (end int, ok bool) {
	if d.src[pos] != '{' {
		return pos, false
	}
	before := d.checkpoint()
	d.multiline = false
	end = d.decodeObject(pos, eol)
	if d.sc.ok() && end-pos <= maxLine {
		if rest := skipSpace(d.src[:eol], end); rest == eol || d.src[rest] == '{' || d.src[rest] == '[' {
			return end, true
		}
	}
	d.rollBack(before)
	return pos, false
}

// checkpoint is the state that rollBack returns to.
type checkpoint struct {
	records, pages        int
	rejections, unrelated cappedList[Rejection]
	warnings              cappedList[Warning]
}

func (d *decoder) checkpoint() checkpoint {
	return checkpoint{len(d.b.Records), len(d.b.SeatPages), d.rejections, d.unrelated, d.warnings}
}

// rollBack discards what was decoded since the checkpoint.
func (d *decoder) rollBack(c checkpoint) {
	d.b.Records, d.b.SeatPages = d.b.Records[:c.records], d.b.SeatPages[:c.pages]
	d.rejections, d.unrelated, d.warnings = c.rejections, c.unrelated, c.warnings
}

// decodeSegment decodes one segment.
func (d *decoder) decodeSegment(s segment) {
	switch {
	case s.unrelated:
		d.addUnrelated(s.start, s.end, s.reason)
	case s.reason != "":
		d.addRejection(s.start, s.end, s.reason)
	case d.src[s.start] == '[':
		d.decodeElements(s.start+1, s.end-1)
	default:
		d.multiline = s.joined
		d.decodeObject(s.start, s.end)
	}
}

// decodeElements decodes the list elements between the bytes pos and end, which are
// known to be valid JSON.
func (d *decoder) decodeElements(pos, end int) {
	d.multiline = bytes.IndexByte(d.src[pos:end], '\n') >= 0
	limit := len(d.b.Records) + maxElements
	for {
		pos = skipSpace(d.src[:end], pos)
		if pos < end && d.src[pos] == ',' {
			pos = skipSpace(d.src[:end], pos+1)
		}
		if pos == end {
			return
		}
		if len(d.b.Records) >= limit {
			d.addRejection(pos, end, fmt.Sprintf("more than %s elements in a list", english.Number(maxElements)))
			return
		}
		pos = d.decodeElement(pos, end)
	}
}

// decodeElement decodes the element at pos and returns where it ends.
func (d *decoder) decodeElement(pos, end int) int {
	if d.src[pos] == '{' {
		return d.decodeObject(pos, end)
	}
	d.sc.reset(d.src[:end], pos)
	d.sc.skip()
	if d.src[pos] == 'n' {
		d.addWarning(pos, "a list element is null and was ignored")
	} else {
		d.addRejection(pos, d.sc.pos, typeName(d.src[pos])+", not a JSON object")
	}
	return d.sc.pos
}
