package report

import (
	"bytes"
	"strings"

	"codegauge/internal/english"
)

// What one object may expand to, so that a small file cannot fill the memory.
// An enterprise's 28 days have some 100,000 rows.
const (
	maxRows       = 100_000 // of one breakdown
	maxObjectRows = 400_000
	maxElements   = 100_000   // of day_totals, seats or a list on one line
	maxUnknown    = 10_000    // members of an object
	maxWarnings   = 100       // of a record
	maxKeptBytes  = 256 << 10 // of a record's members in Extra
)

// decoder turns the text of objects into a batch's records.
type decoder struct {
	b  *Batch
	sc scanner
	// rec is the record being decoded; rejection says why it is none.
	rec       *Record
	rejection string
	// stopped says that a member told another kind of object than expected.
	stopped bool
	// pretty says that the text goes over many lines.
	pretty bool
	// warned are the warnings about rec.
	warned []string
	// rowCount is the number of rows in the object so far.
	rowCount int
	// kept is how many bytes of rec went to Extra, its rows' included.
	kept    int
	scratch []byte

	record, row   members
	next, rowNext [numFields]field
	days          dayCache

	// src is the block being decoded, base the Seq of its first byte, line the
	// line of its byte lineFrom.
	file     string
	src      []byte
	base     int64
	line     int
	lineFrom int
	// What the block gave besides records; idle is refused text that is like nothing
	// in reports.
	rejections kept[Rejection]
	idle       kept[Rejection]
	warnings   kept[Warning]
}

func newDecoder() *decoder {
	d := &decoder{}
	for i := range d.next {
		d.next[i], d.rowNext[i] = fUnknown, fUnknown
	}
	d.record.next, d.row.next = &d.next, &d.rowNext
	return d
}

// bind makes d decode into b, which may have moved since the last time.
func (d *decoder) bind(b *Batch) {
	d.b = b
	d.record.extra, d.row.extra = &b.arena.extra, &b.arena.rowExtra
}

// lineAt returns the line on which byte at of the text stands; calls go
// forward.
func (d *decoder) lineAt(at int) int {
	if at > d.lineFrom {
		d.line += bytes.Count(d.src[d.lineFrom:at], newline)
		d.lineFrom = at
	}
	return d.line
}

var newline = []byte{'\n'}

// objectAt decodes the object that begins at byte start of the text, up to end at
// the most, and returns where it ends. A fault of syntax leaves no record and is
// in d.sc; every other fault is a rejection.
func (d *decoder) objectAt(start, end int) int {
	d.rowCount = 0
	d.sc.reset(d.src[:end], start)
	mark := len(d.b.Records)
	d.addRecord(start, func() { d.dayRecord(dayFields, markerFields, fields(0)) })
	if !d.sc.ok() {
		d.b.Records = d.b.Records[:mark]
		return d.sc.pos
	}
	if d.stopped || d.rejection != "" {
		d.b.Records = d.b.Records[:mark]
		return d.otherObject(start, end)
	}
	d.accept(start)
	return d.sc.pos
}

// addRecord decodes a record that begins at byte start into a new place at the
// end of the batch; it is the caller's to take that back.
func (d *decoder) addRecord(start int, decode func()) {
	b := d.b
	if len(b.Records) < cap(b.Records) {
		b.Records = b.Records[:len(b.Records)+1]
		b.Records[len(b.Records)-1] = Record{}
	} else {
		b.Records = append(b.Records, Record{})
	}
	d.rec = &b.Records[len(b.Records)-1]
	d.rejection, d.stopped, d.warned, d.kept = "", false, d.warned[:0], 0
	d.rec.File, d.rec.Seq = d.file, d.base+int64(start)
	decode()
	if !d.sc.ok() || d.rejection != "" || d.stopped {
		b.arena.extra.cut(0)
		b.arena.rows.cut(0)
		b.arena.rowExtra.cut(0)
		return
	}
	d.rec.Extra = b.arena.extra.end()
	if d.rec.hasFormerLines() {
		d.warn("lines under the names %s, which GitHub has given up, are kept for export, but not counted", strings.Join(formerLines[:], " and "))
	}
}

// formerLines are the names that lines had in the first weeks of reports. GitHub does
// not say that they counted what today's names count.
var formerLines = [...]string{"accepted_loc_sum", "generated_loc_sum"}

// hasFormerLines reports whether the record, or one of its rows, has lines under former
// names and none under today's.
func (r *Record) hasFormerLines() bool {
	if r.Kind != UserDay && r.Kind != AggregateDay {
		return false
	}
	former := func(n *Counters, extra []byte) bool {
		if n.Present&lineBits != 0 || len(extra) == 0 {
			return false
		}
		for _, name := range quotedFormerLines {
			if bytes.Contains(extra, name) {
				return true
			}
		}
		return false
	}
	if former(&r.Totals, r.Extra) {
		return true
	}
	for _, rows := range [...][]Row{r.ByIDE, r.ByFeature, r.ByLanguageFeature, r.ByLanguageModel, r.ByModelFeature} {
		for i := range rows {
			if former(&rows[i].Counters, rows[i].Extra) {
				return true
			}
		}
	}
	return false
}

var quotedFormerLines = func() (out [len(formerLines)][]byte) {
	for i, name := range formerLines {
		out[i] = []byte(`"` + name + `":`)
	}
	return out
}()

// accept makes what addRecord decoded final.
func (d *decoder) accept(start int) {
	d.rec.Line = d.lineAt(start)
	for _, w := range d.warned {
		d.warning(start, w)
	}
}

// warning adds a warning about the text at byte start.
func (d *decoder) warning(start int, reason string) {
	d.warnings.add(d.base+int64(start), Warning{File: d.file, Line: d.lineAt(start), Reason: reason})
}

// refused adds the rejection of a piece of the text.
func (d *decoder) refused(start, end int, reason string) {
	if d.rejections.full() {
		d.rejections.total++
		return
	}
	d.rejections.add(d.base+int64(start), newRejection(d.file, d.lineAt(start), d.src[start:end], reason))
}

// passed adds the rejection of a piece of the text that is like nothing in reports.
func (d *decoder) passed(start, end int, reason string) {
	if d.idle.full() {
		d.idle.total++
		return
	}
	d.idle.add(d.base+int64(start), newRejection(d.file, d.lineAt(start), d.src[start:end], reason))
}

// dayRecord decodes a user-day or an aggregate day. Members of the fields in
// stop end it; given are fields that the wrapper around it has.
func (d *decoder) dayRecord(modelled, stop, given fields) {
	d.record.start(modelled, stop)
	d.object(&d.record)
	if !d.sc.ok() || d.stopped || d.rejection != "" {
		return
	}
	seen := d.record.seen | given
	switch {
	case seen.hasAny(userFields):
		d.rec.Kind = UserDay
		d.needUser(seen)
		d.needDay(seen)
	case seen.hasAny(aggregateFields):
		d.rec.Kind = AggregateDay
		d.needDay(seen)
	default:
		d.refuse("unrecognised object: neither a usage record nor a seat")
	}
}

// needUser refuses a record without a user.
func (d *decoder) needUser(seen fields) {
	switch {
	case d.rec.UserID != "":
	case seen.has(fUserID):
		d.refuse("user_id: empty or null")
	default:
		d.refuse("user_id: missing")
	}
}

// maxSpan bounds the days that a report may state to cover.
const maxSpan = 400

// needDay refuses a record without a day, or whose report covers too many: all of
// them are days with data, of all but aggregates.
func (d *decoder) needDay(seen fields) {
	if d.rec.Day == 0 {
		if seen.has(fDay) {
			d.refuse("day: null")
		}
		d.refuse("day: missing")
	}
	if n := d.rec.ReportEnd - d.rec.ReportStart + 1; d.rec.ReportStart != 0 && n > maxSpan && d.rec.Kind != AggregateDay {
		d.refuse("report_start_day to report_end_day: %s days, more than the %d allowed", english.Number(n), maxSpan)
	}
}

// rows decodes a breakdown.
func (d *decoder) rows(f field) []Row {
	if c := d.sc.peek(); c != '[' {
		if d.sc.skip(); d.sc.ok() {
			d.refuse("%s: %s, not a list", fieldNames[f], typeName(c))
		}
		return nil
	}
	a := &d.b.arena
	n := 0
	for first := d.sc.open('['); d.sc.more(']', first); first = false {
		d.breakdownRow(f, n)
		if !d.sc.ok() || d.rejection != "" {
			return nil
		}
		n++
	}
	if run := a.rows.end(); run != nil {
		return run
	}
	return []Row{}
}

// breakdownRow decodes row n of a breakdown.
func (d *decoder) breakdownRow(f field, n int) {
	switch c := d.sc.peek(); c {
	case '{':
	case 'n':
		if d.sc.literal("null"); d.sc.ok() {
			d.warn("%s: row %d is null, left out", fieldNames[f], n+1)
		}
		return
	default:
		if d.sc.skip(); d.sc.ok() {
			d.refuse("%s: row %d is %s, not an object", fieldNames[f], n+1, typeName(c))
		}
		return
	}
	if d.rowCount++; n >= maxRows || d.rowCount > maxObjectRows {
		d.refuse("%s: too many rows", fieldNames[f])
		return
	}
	a := &d.b.arena
	d.row.row = a.rows.next()
	d.row.start(counterFields|rowKeys[f-fByIDE], 0)
	d.object(&d.row)
	if d.rejection != "" {
		d.rejection = fieldNames[f] + ": " + d.rejection
		return
	}
	d.row.row.Extra = a.rowExtra.end()
}
