package report

import (
	"bytes"
	"strings"

	"codegauge/internal/english"
)

// Limits on one object, so that a small file cannot fill the memory. An enterprise's
// 28 days have about 100,000 rows.
const (
	maxRows       = 100_000 // of one breakdown
	maxObjectRows = 400_000
	maxElements   = 100_000   // of day_totals, seats or a list on one line
	maxUnknown    = 10_000    // unknown members of an object
	maxWarnings   = 100       // of a record
	maxKeptBytes  = 256 << 10 // of a record's members in Extra
)

// decoder turns the text of objects into a batch's records.
type decoder struct {
	b  *Batch
	sc scanner
	// rec is the record being decoded, rejection the reason to reject it, if any.
	rec       *Record
	rejection string
	// otherKind is set when a member shows that the object is of another kind than the
	// one being decoded.
	otherKind bool
	// multiline is set if the text may span lines.
	multiline bool
	// recordWarnings are the warnings about rec.
	recordWarnings []string
	// rowCount is the number of rows in the object so far.
	rowCount int
	// extraBytes is how many bytes of rec went to Extra, including its rows' Extra.
	extraBytes int
	scratch    []byte

	recordWalk, rowWalk       memberWalk
	followedBy, rowFollowedBy [numFields]field
	days                      dayCache

	// src is the block being decoded, baseSeq the Seq of its first byte, and line the
	// line number of byte lineFrom.
	file     string
	src      []byte
	baseSeq  int64
	line     int
	lineFrom int
	// What was found in the block besides records. Unrelated text resembles nothing in
	// reports; Reader.classifyUnrelated decides whether it counts as rejected.
	rejections cappedList[Rejection]
	unrelated  cappedList[Rejection]
	warnings   cappedList[Warning]
}

func newDecoder() *decoder {
	d := &decoder{}
	for i := range d.followedBy {
		d.followedBy[i], d.rowFollowedBy[i] = fUnknown, fUnknown
	}
	d.recordWalk.followedBy, d.rowWalk.followedBy = &d.followedBy, &d.rowFollowedBy
	return d
}

// bind makes d decode into b. A Batch may be copied between calls, so its address is
// set anew each time.
func (d *decoder) bind(b *Batch) {
	d.b = b
	d.recordWalk.extra, d.rowWalk.extra = &b.arena.extra, &b.arena.rowExtra
}

// lineAt returns the line number of byte at of src. Successive calls must not go
// backwards.
func (d *decoder) lineAt(at int) int {
	if at > d.lineFrom {
		d.line += bytes.Count(d.src[d.lineFrom:at], newline)
		d.lineFrom = at
	}
	return d.line
}

var newline = []byte{'\n'}

// decodeObject decodes the object that begins at byte start and ends before end, and
// returns where it ends. A syntax error is left in d.sc and adds nothing; any other
// error adds a rejection.
func (d *decoder) decodeObject(start, end int) int {
	d.rowCount = 0
	d.sc.reset(d.src[:end], start)
	before := len(d.b.Records)
	d.addRecord(start, func() { d.decodeDay(dayFields, markerFields, fields(0)) })
	if !d.sc.ok() {
		d.b.Records = d.b.Records[:before]
		return d.sc.pos
	}
	if d.otherKind || d.rejection != "" {
		d.b.Records = d.b.Records[:before]
		return d.decodeOtherObject(start, end)
	}
	d.finishRecord(start)
	return d.sc.pos
}

// addRecord appends a record to the batch and decodes it, beginning at byte start. If
// decoding fails, the caller removes the record.
func (d *decoder) addRecord(start int, decode func()) {
	b := d.b
	if len(b.Records) < cap(b.Records) {
		b.Records = b.Records[:len(b.Records)+1]
		b.Records[len(b.Records)-1] = Record{}
	} else {
		b.Records = append(b.Records, Record{})
	}
	d.rec = &b.Records[len(b.Records)-1]
	d.rejection, d.otherKind, d.recordWarnings, d.extraBytes = "", false, d.recordWarnings[:0], 0
	d.rec.File, d.rec.Seq = d.file, d.baseSeq+int64(start)
	decode()
	if !d.sc.ok() || d.rejection != "" || d.otherKind {
		b.arena.extra.truncate(0)
		b.arena.rows.truncate(0)
		b.arena.rowExtra.truncate(0)
		return
	}
	d.rec.Extra = b.arena.extra.end()
	if d.rec.hasFormerLines() {
		d.warnRecord("lines under the retired names %s are kept for export but not counted", strings.Join(formerLines[:], " and "))
	}
}

// formerLines are the names under which the first weeks of reports stated lines. GitHub
// does not document whether they counted the same as today's fields.
var formerLines = [...]string{"accepted_loc_sum", "generated_loc_sum"}

// hasFormerLines reports whether the record, or one of its rows, states lines under
// former names only.
func (r *Record) hasFormerLines() bool {
	if r.Kind != UserDay && r.Kind != AggregateDay {
		return false
	}
	former := func(n *Counters, extra []byte) bool {
		if n.Present&lineCounters != 0 || len(extra) == 0 {
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

// finishRecord sets the line of the record that addRecord decoded and reports its
// warnings.
func (d *decoder) finishRecord(start int) {
	d.rec.Line = d.lineAt(start)
	for _, w := range d.recordWarnings {
		d.addWarning(start, w)
	}
}

// addWarning adds a warning about the text that begins at byte start.
func (d *decoder) addWarning(start int, reason string) {
	d.warnings.add(d.baseSeq+int64(start), Warning{File: d.file, Line: d.lineAt(start), Reason: reason})
}

// addRejection rejects the text from byte start to byte end.
func (d *decoder) addRejection(start, end int, reason string) {
	d.addTo(&d.rejections, start, end, reason)
}

// addUnrelated notes text that resembles nothing in reports.
func (d *decoder) addUnrelated(start, end int, reason string) {
	d.addTo(&d.unrelated, start, end, reason)
}

func (d *decoder) addTo(list *cappedList[Rejection], start, end int, reason string) {
	if list.full() {
		list.total++
		return
	}
	list.add(d.baseSeq+int64(start), newRejection(d.file, d.lineAt(start), d.src[start:end], reason))
}

// decodeDay decodes a user-day or an aggregate day. It sets otherKind and returns at the
// first member of a field in stop. given are the fields that the enclosing wrapper has.
func (d *decoder) decodeDay(decoded, stop, given fields) {
	d.recordWalk.start(decoded, stop)
	d.decodeMembers(&d.recordWalk)
	if !d.sc.ok() || d.otherKind || d.rejection != "" {
		return
	}
	seen := d.recordWalk.seen | given
	switch {
	case seen.hasAny(userFields):
		d.rec.Kind = UserDay
		d.requireUser(seen)
		d.requireDay(seen)
	case seen.hasAny(aggregateFields):
		d.rec.Kind = AggregateDay
		d.requireDay(seen)
	default:
		d.rejectRecord("unrecognised object: neither a usage record nor a seat")
	}
}

// requireUser rejects a record without a user.
func (d *decoder) requireUser(seen fields) {
	switch {
	case d.rec.UserID != "":
	case seen.has(fUserID):
		d.rejectRecord("user_id: empty or null")
	default:
		d.rejectRecord("user_id: missing")
	}
}

// maxSpan is the most days that a report may claim to cover.
const maxSpan = 400

// requireDay rejects a record without a day, or whose report covers too many days: each
// day of the range counts as reported, except in aggregates.
func (d *decoder) requireDay(seen fields) {
	if d.rec.Day == 0 {
		if seen.has(fDay) {
			d.rejectRecord("day: null")
		}
		d.rejectRecord("day: missing")
	}
	if n := d.rec.ReportEnd - d.rec.ReportStart + 1; d.rec.ReportStart != 0 && n > maxSpan && d.rec.Kind != AggregateDay {
		d.rejectRecord("report_start_day to report_end_day: %s days, more than the %d allowed", english.Number(n), maxSpan)
	}
}

// decodeRows decodes the rows of a breakdown: nil if it is absent or rejected, empty but
// not nil if it has none.
func (d *decoder) decodeRows(f field) []Row {
	if c := d.sc.peek(); c != '[' {
		if d.sc.skip(); d.sc.ok() {
			d.rejectRecord("%s: %s, not a list", fieldNames[f], typeName(c))
		}
		return nil
	}
	a := &d.b.arena
	n := 0
	for first := d.sc.open('['); d.sc.more(']', first); first = false {
		d.decodeRow(f, n)
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

// decodeRow decodes row n (from 0) of a breakdown.
func (d *decoder) decodeRow(f field, n int) {
	switch c := d.sc.peek(); c {
	case '{':
	case 'n':
		if d.sc.literal("null"); d.sc.ok() {
			d.warnRecord("%s: row %d is null and was ignored", fieldNames[f], n+1)
		}
		return
	default:
		if d.sc.skip(); d.sc.ok() {
			d.rejectRecord("%s: row %d is %s, not an object", fieldNames[f], n+1, typeName(c))
		}
		return
	}
	if d.rowCount++; n >= maxRows || d.rowCount > maxObjectRows {
		d.rejectRecord("%s: too many rows", fieldNames[f])
		return
	}
	a := &d.b.arena
	d.rowWalk.row = a.rows.next()
	d.rowWalk.start(counterFields|rowKeys[f-fByIDE], 0)
	d.decodeMembers(&d.rowWalk)
	if d.rejection != "" {
		d.rejection = fieldNames[f] + ": " + d.rejection
		return
	}
	d.rowWalk.row.Extra = a.rowExtra.end()
}
