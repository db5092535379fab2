package sqlstore

import (
	"encoding/binary"
	"math"
	"time"

	"codegauge/internal/merge"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/rollup"
)

// A record is kept as two runs of bytes (merge.Row). Figures, for users and aggregates:
//
//	which of the values below there are, totals (as rollup writes counters),
//	credits, flags known, flags, phase, daily, weekly, monthly,
//	the breakdowns' rows (rollup.AppendFacts)
//
// Rest, which is only needed to export the record as it came:
//
//	login, enterprise_id, organization_id, which totals and breakdowns were
//	there, the unknown members of record and rows
//
// Envelope, mostly nothing: the record's own tool, and the unknown members of the object
// that it came in. A breakdown's rows are in the order of their cells, so that records
// that say the same are the same bytes.
//
// Numbers are varints, texts follow their lengths. Figures of a user-teams row are
// empty and its rest begins with team_id and slug; a repository's rest is its JSON.

// errDamaged is what reading bytes ends with that no writer here has written.
var errDamaged = rollup.ErrDamaged

// figures is what questions are answered from.
type figures struct {
	totals               report.Counters
	reduced, substituted bool
	credits              *float64
	flags                report.Flags
	phase                *int64
	reported             report.Reported
	// facts are the rows of the breakdowns as rollup.AppendFacts writes them.
	facts []byte
}

// The bits of which values there are.
const (
	hasCredits uint8 = 1 << iota
	hasPhase
	hasDaily
	hasWeekly
	hasMonthly
	isReduced
	isSubstituted
)

func appendFigures(b []byte, r *report.Record, split *report.Split, facts []rollup.Fact) []byte {
	var has uint8
	optional := []struct {
		bit uint8
		v   *int64
	}{{hasPhase, r.Phase}, {hasDaily, r.Reported.Daily}, {hasWeekly, r.Reported.Weekly}, {hasMonthly, r.Reported.Monthly}}
	for _, o := range optional {
		if o.v != nil {
			has |= o.bit
		}
	}
	if r.Credits != nil {
		has |= hasCredits
	}
	if split.Reduced {
		has |= isReduced
	}
	if split.Substituted != 0 {
		has |= isSubstituted
	}
	b = append(b, has)
	b = rollup.AppendCounters(b, &split.Total)
	if r.Credits != nil {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(*r.Credits))
	}
	b = binary.AppendUvarint(b, uint64(r.Flags.Known))
	b = binary.AppendUvarint(b, uint64(r.Flags.Value))
	for _, o := range optional {
		if o.v != nil {
			b = binary.AppendVarint(b, *o.v)
		}
	}
	return rollup.AppendFacts(b, facts)
}

func readFigures(b []byte) (figures, error) {
	in := byteReader{b: b}
	has := in.byte()
	f := figures{reduced: has&isReduced != 0, substituted: has&isSubstituted != 0}
	in.counters(&f.totals)
	if has&hasCredits != 0 {
		if len(in.b) < 8 {
			return f, errDamaged
		}
		v := math.Float64frombits(binary.LittleEndian.Uint64(in.b))
		f.credits, in.b = &v, in.b[8:]
	}
	f.flags = report.Flags{Known: uint16(in.size()), Value: uint16(in.size())}
	for _, o := range []struct {
		bit  uint8
		into **int64
	}{{hasPhase, &f.phase}, {hasDaily, &f.reported.Daily}, {hasWeekly, &f.reported.Weekly}, {hasMonthly, &f.reported.Monthly}} {
		if has&o.bit != 0 {
			v := in.number()
			*o.into = &v
		}
	}
	f.facts = in.b
	if in.bad {
		return f, errDamaged
	}
	return f, nil
}

// The bits of which breakdowns a record had, beside those of its totals.
const (
	hasIDE uint8 = 1 << iota
	hasFeature
	hasLanguageFeature
	hasLanguageModel
	hasModelFeature
	userIDWasString = 1 << 7
)

// breakdownRows is one of a record's lists of rows.
type breakdownRows struct {
	kind metric.Breakdown
	bit  uint8
	rows *[]report.Row
}

func breakdownsOf(r *report.Record) [5]breakdownRows {
	return [5]breakdownRows{
		{metric.ByIDE, hasIDE, &r.ByIDE},
		{metric.ByFeature, hasFeature, &r.ByFeature},
		{metric.ByLanguageFeature, hasLanguageFeature, &r.ByLanguageFeature},
		{metric.ByLanguageModel, hasLanguageModel, &r.ByLanguageModel},
		{metric.ByModelFeature, hasModelFeature, &r.ByModelFeature},
	}
}

// rowOrder is the places of the rows of each breakdown, as breakdownsOf lists them, in
// the order in which they are kept.
type rowOrder [5][]int

func appendRest(b []byte, r *report.Record, order *rowOrder) []byte {
	for _, s := range []string{r.Login, r.EnterpriseID, r.OrganizationID} {
		b = appendText(b, s)
	}
	var had uint8
	for _, l := range breakdownsOf(r) {
		if *l.rows != nil {
			had |= l.bit
		}
	}
	if r.UserIDString {
		had |= userIDWasString
	}
	b = append(b, r.Totals.Present, had)
	b = appendText(b, r.Extra)
	for i, l := range breakdownsOf(r) {
		for n, at := range order[i] {
			if extra := (*l.rows)[at].Extra; extra != nil {
				b = binary.AppendUvarint(append(b, byte(i)), uint64(n))
				b = appendText(b, extra)
			}
		}
	}
	return b
}

// appendMember appends the rest of a row of a user-teams report.
func appendMember(b []byte, r *report.Record) []byte {
	return appendRest(appendText(appendText(b, r.TeamID), r.TeamSlug), r, &rowOrder{})
}

func appendEnvelope(b []byte, r *report.Record) []byte {
	if r.Tool == "" && r.Wrapper == nil {
		return b
	}
	return appendText(appendText(b, r.Tool), r.Wrapper)
}

func appendText[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// readRecord makes a stored row the record that it was, but for who it was about.
func (dict *dictionary) readRecord(kind report.Kind, row *merge.Row, layer *merge.Layer, r *report.Record) error {
	in := byteReader{b: row.Rest}
	if kind == report.UserTeam {
		r.TeamID, r.TeamSlug = string(in.text()), string(in.text())
	} else if err := dict.readFiguresInto(row.Figures, r); err != nil {
		return err
	}
	r.ReportStart, r.ReportEnd = layer.Span.Start, layer.Span.End
	if layer.Span.Created != 0 {
		r.CreatedAt = time.UnixMicro(layer.Span.Created).UTC()
	}
	if err := in.rest(r); err != nil {
		return err
	}
	if len(row.Envelope) > 0 {
		envelope := byteReader{b: row.Envelope}
		r.Tool, r.Wrapper = string(envelope.text()), envelope.text()
	}
	return nil
}

// readFiguresInto gives a record its totals, which the rest may say were not
// there, and the rows of its breakdowns.
func (dict *dictionary) readFiguresInto(b []byte, r *report.Record) error {
	f, err := readFigures(b)
	if err != nil {
		return err
	}
	r.Totals, r.Credits, r.Flags, r.Phase, r.Reported = f.totals, f.credits, f.flags, f.phase, f.reported
	facts, err := rollup.ReadFacts(f.facts, len(dict.cells), nil)
	if err != nil {
		return err
	}
	for i := range facts {
		cell := &dict.cells[facts[i].Cell]
		if cell.Part != query.Reported {
			continue
		}
		client, err := dict.client(facts[i].Client)
		if err != nil {
			return err
		}
		for _, b := range breakdownsOf(r) {
			if b.kind == cell.Breakdown {
				*b.rows = append(*b.rows, report.Row{IDE: cell.IDE, Feature: cell.Feature, Language: cell.Language, Model: cell.Model, Counters: facts[i].Counters,
					IDEVersion: client.ideVersion, Plugin: client.plugin, PluginVersion: client.pluginVersion})
			}
		}
	}
	return nil
}

// byteReader reads what the functions above appended, until something is bad.
type byteReader struct {
	b   []byte
	bad bool
}

// rest reads what appendRest wrote. The record's breakdowns must have their rows
// already; those without rows are made empty or nil as they were.
func (in *byteReader) rest(r *report.Record) error {
	for _, s := range []*string{&r.Login, &r.EnterpriseID, &r.OrganizationID} {
		*s = string(in.text())
	}
	// A counter that the record had but whose total is unknown was zero in a reduced
	// record; one that it had not was summed from a breakdown.
	present := in.byte()
	for i := range report.NumCounters {
		if present&(1<<i) == 0 {
			r.Totals.N[i] = 0
		}
	}
	r.Totals.Present = present
	had := in.byte()
	r.UserIDString = had&userIDWasString != 0
	lists := breakdownsOf(r)
	for _, l := range lists {
		if had&l.bit != 0 && *l.rows == nil {
			*l.rows = []report.Row{}
		}
	}
	r.Extra = in.text()
	for len(in.b) > 0 && !in.bad {
		list, n := int(in.byte()), in.size()
		extra := in.text()
		if in.bad || list >= len(lists) || n >= uint64(len(*lists[list].rows)) {
			return errDamaged
		}
		(*lists[list].rows)[n].Extra = extra
	}
	if in.bad {
		return errDamaged
	}
	return nil
}

func (in *byteReader) counters(c *report.Counters) {
	var ok bool
	if in.b, ok = rollup.ReadCounters(in.b, c); !ok {
		in.bad = true
	}
}

func (in *byteReader) byte() byte {
	if len(in.b) == 0 {
		in.bad = true
		return 0
	}
	v := in.b[0]
	in.b = in.b[1:]
	return v
}

func (in *byteReader) number() int64 {
	v, n := binary.Varint(in.b)
	in.skip(n)
	return v
}

func (in *byteReader) size() uint64 {
	v, n := binary.Uvarint(in.b)
	in.skip(n)
	return v
}

func (in *byteReader) skip(n int) {
	if n <= 0 {
		in.bad, in.b = true, nil
		return
	}
	in.b = in.b[n:]
}

// bytes returns the next n bytes.
func (in *byteReader) bytes(n uint64) []byte {
	if in.bad || n > uint64(len(in.b)) {
		in.bad, in.b = true, nil
		return nil
	}
	v := in.b[:n:n]
	in.b = in.b[n:]
	return v
}

// text returns nil for an empty text.
func (in *byteReader) text() []byte {
	if v := in.bytes(in.size()); len(v) > 0 {
		return v
	}
	return nil
}
