package sqlstore

import (
	"encoding/binary"
	"time"

	"codegauge/internal/copilot"
	"codegauge/internal/cube"
	"codegauge/internal/merge"
	"codegauge/internal/report"
)

// A record is kept as two runs of bytes (merge.Row). Figures, for users, aggregates and
// repositories, are its totals and its facts:
//
//	which of the values below there are, counters (cube.AppendVector), flags known,
//	flags, phase, facts (cube.AppendFacts)
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
var errDamaged = cube.ErrDamaged

// totals are what a record says as a whole.
type totals struct {
	cube.Vector
	linesUnknown, substituted bool
	flags                     report.Flags
	phased                    bool
	phase                     int64
}

// The bits of which values there are.
const (
	hasPhase uint8 = 1 << iota
	isLinesUnknown
	isSubstituted
)

func appendFigures(b []byte, r *report.Record, e *copilot.Encoder) []byte {
	var has uint8
	if r.Phase != nil {
		has |= hasPhase
	}
	if e.LinesUnknown {
		has |= isLinesUnknown
	}
	if e.Substituted {
		has |= isSubstituted
	}
	b = cube.AppendVector(append(b, has), &e.Totals)
	b = binary.AppendUvarint(b, uint64(r.Flags.Known))
	b = binary.AppendUvarint(b, uint64(r.Flags.Value))
	if r.Phase != nil {
		b = binary.AppendVarint(b, *r.Phase)
	}
	return cube.AppendFacts(b, e.Facts)
}

// readFigures returns a record's totals, and its facts as cube.AppendFacts writes them. They
// are none where the totals alone were read.
func readFigures(b []byte) (t totals, facts []byte, err error) {
	in := cube.NewReader(b)
	if t.read(&in); in.Bad {
		err = errDamaged
	}
	return t, in.Rest(), err
}

// lenTotals returns how many bytes of figures are totals.
func lenTotals(figures []byte) int {
	in := cube.NewReader(figures)
	var t totals
	t.read(&in)
	return len(figures) - len(in.Rest())
}

// read reads totals.
func (t *totals) read(in *cube.Reader) {
	has := in.Byte()
	*t = totals{linesUnknown: has&isLinesUnknown != 0, substituted: has&isSubstituted != 0, phased: has&hasPhase != 0}
	in.Vector(&t.Vector)
	t.flags = report.Flags{Known: uint16(in.Uvarint()), Value: uint16(in.Uvarint())}
	if t.phased {
		t.phase = in.Varint()
	}
}

// userIDWasString is a bit beside those of which breakdowns a record had, by their
// places in copilot.Breakdowns.
const userIDWasString = 1 << 7

func appendRest(b []byte, r *report.Record, order *copilot.RowOrder) []byte {
	for _, s := range []string{r.Login, r.EnterpriseID, r.OrganizationID} {
		b = cube.AppendText(b, s)
	}
	var had uint8
	for i, l := range copilot.Breakdowns(r) {
		if *l.Rows != nil {
			had |= 1 << i
		}
	}
	if r.UserIDString {
		had |= userIDWasString
	}
	b = append(b, r.Totals.Present, had)
	b = cube.AppendText(b, r.Extra)
	for i, l := range copilot.Breakdowns(r) {
		for n, at := range order[i] {
			if extra := (*l.Rows)[at].Extra; extra != nil {
				b = binary.AppendUvarint(append(b, byte(i)), uint64(n))
				b = cube.AppendText(b, extra)
			}
		}
	}
	return b
}

// appendMember appends the rest of a row of a user-teams report.
func appendMember(b []byte, r *report.Record) []byte {
	return appendRest(cube.AppendText(cube.AppendText(b, r.TeamID), r.TeamSlug), r, &copilot.RowOrder{})
}

func appendEnvelope(b []byte, r *report.Record) []byte {
	if r.Tool == "" && r.Wrapper == nil {
		return b
	}
	return cube.AppendText(cube.AppendText(b, r.Tool), r.Wrapper)
}

// readRecord makes a stored row the record that it was, but for who it was about.
func (dict *dictionary) readRecord(kind report.Kind, row *merge.Row, layer *merge.Layer, r *report.Record) error {
	in := cube.NewReader(row.Passthrough)
	if kind == report.UserTeam {
		r.TeamID, r.TeamSlug = string(in.Text()), string(in.Text())
	} else if err := dict.readFiguresInto(row.Figures, r); err != nil {
		return err
	}
	r.ReportStart, r.ReportEnd = layer.Span.Start, layer.Span.End
	if layer.Span.Created != 0 {
		r.CreatedAt = time.UnixMicro(layer.Span.Created).UTC()
	}
	if err := readRest(&in, r); err != nil {
		return err
	}
	if len(row.Envelope) > 0 {
		envelope := cube.NewReader(row.Envelope)
		r.Tool, r.Wrapper = string(envelope.Text()), envelope.Text()
	}
	return nil
}

// readFiguresInto gives a record its totals, which the rest may say were not
// there, and the rows of its breakdowns.
func (dict *dictionary) readFiguresInto(b []byte, r *report.Record) error {
	t, packed, err := readFigures(b)
	if err != nil {
		return err
	}
	if r.Flags = t.flags; t.phased {
		r.Phase = &t.phase
	}
	facts, err := cube.ReadFacts(packed, len(dict.Cells), nil)
	if err != nil {
		return err
	}
	return copilot.Decode(r, &t.Vector, facts, &dict.Dictionary, dict.client)
}

// readRest reads what appendRest wrote. The record's breakdowns must have their rows
// already; those without rows are made empty or nil as they were.
func readRest(in *cube.Reader, r *report.Record) error {
	for _, s := range []*string{&r.Login, &r.EnterpriseID, &r.OrganizationID} {
		*s = string(in.Text())
	}
	// A counter that the record had but whose total is unknown was zero in a reduced
	// record; one that it had not was summed from a breakdown.
	present := in.Byte()
	for i := range report.NumCounters {
		if present&(1<<i) == 0 {
			r.Totals.N[i] = 0
		}
	}
	r.Totals.Present = present
	had := in.Byte()
	r.UserIDString = had&userIDWasString != 0
	lists := copilot.Breakdowns(r)
	for i, l := range lists {
		if had&(1<<i) != 0 && *l.Rows == nil {
			*l.Rows = []report.Row{}
		}
	}
	r.Extra = in.Text()
	for in.More() {
		list, n := int(in.Byte()), in.Uvarint()
		extra := in.Text()
		if in.Bad || list >= len(lists) || n >= uint64(len(*lists[list].Rows)) {
			return errDamaged
		}
		(*lists[list].Rows)[n].Extra = extra
	}
	if in.Bad {
		return errDamaged
	}
	return nil
}
