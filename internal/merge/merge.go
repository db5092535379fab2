// Package merge combines the reports about one day: it decides which rows are replaced,
// added or withdrawn by another report, and which are left when an import is undone. It
// is plain Go over decoded rows; store.Outcome documents the rules.
//
//	day, effect = Apply(day, report)                   adds one report after another
//	day, found = Undo(history, keepMissing, import)    as if the import had never happened
package merge

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"codegauge/internal/day"
)

// Key identifies a row within its report day. Fields that the row's kind does not have
// are zero.
type Key struct {
	// Account is the user's number.
	Account int32
	// Organization and Team are those of a user-teams row.
	Organization, Team int64
	// Repo is a repository's id.
	Repo string
}

// Compare orders keys, by account first.
func (k Key) Compare(o Key) int {
	if k.Account != o.Account { // the usual case
		return cmp.Compare(k.Account, o.Account)
	}
	return cmp.Or(cmp.Compare(k.Organization, o.Organization), cmp.Compare(k.Team, o.Team), strings.Compare(k.Repo, o.Repo))
}

// Row is one record of a report day, encoded so that equal records have equal bytes.
type Row struct {
	Key
	// Layer is the index of the row's layer in ReportDay.Layers.
	Layer int
	// Figures are the values that queries use, Passthrough the fields that are only exported,
	// and Envelope the members of the object around the record, which Same ignores.
	Figures, Passthrough, Envelope []byte
}

// Same reports whether both rows have the same content, whatever their envelopes.
func (r *Row) Same(o *Row) bool {
	return bytes.Equal(r.Figures, o.Figures) && bytes.Equal(r.Passthrough, o.Passthrough)
}

// Span is the range and the time of creation that a row states for its report; zero
// where it does not.
type Span struct {
	Start, End day.Day
	// Created is in microseconds since 1970, UTC.
	Created int64
}

func (s Span) compare(o Span) int {
	return cmp.Or(cmp.Compare(s.Start, o.Start), cmp.Compare(s.End, o.End), cmp.Compare(s.Created, o.Created))
}

// Layer is the origin of rows: an import, and a version of the report in it. Rows of one
// import and version with different spans have different layers.
type Layer struct {
	Import int64
	// Version is in microseconds since 1970, UTC.
	Version int64
	Span    Span
	// Rejected is set if the import rejected lines that may be of the day.
	Rejected bool
}

// Unversioned is the version of a report day that is only known to be covered by a
// report: any other report is newer.
var Unversioned = time.Time{}.UnixMicro()

// ReportDay is the content of the reports of one source and kind about one tool and day.
// Rows are in the order of their keys. It is read-only.
type ReportDay struct {
	// Layers are the layers of the rows, in the order of their imports. The last is the
	// newest report's, even if it has no rows.
	Layers []Layer
	Rows   []Row
}

// Version returns the newest report's version.
func (d *ReportDay) Version() int64 { return d.Layers[len(d.Layers)-1].Version }

// Newest returns the newest report's layer.
func (d *ReportDay) Newest() *Layer { return &d.Layers[len(d.Layers)-1] }

// Report is the part of an import that is about one report day and has one version.
type Report struct {
	Import, Version int64
	// Rows are in the order of their keys, each key once. Layers are their layers; it may
	// be empty if there are no rows.
	Rows   []Row
	Layers []Layer
	// Rejected is set if the import rejected lines that may be of the day, KeepMissing if
	// stored rows that the report does not have must therefore stay.
	KeepMissing, Rejected bool
	// Covers is set if the report has no row of the day although its range includes it;
	// Complete if the report is known to be complete, so that there are none.
	Covers, Complete bool
}

// Effect is the effect of a report on a report day.
type Effect struct {
	// Skipped is set if the report is older than the day's, Unchanged if it has nothing
	// new.
	Skipped, Unchanged bool
	// LaterCopy is set if the report has other rows than an earlier copy of the same
	// version, and has replaced all of them.
	LaterCopy bool
	// Stale is set if the day keeps rows of a lower version because the report covers the
	// day without a row.
	Stale bool
	// Kept counts rows that stay because of KeepMissing.
	Kept int
}

// Apply returns the report day after a report, and the report's effect. d is nil if
// nothing is known of the day.
func Apply(d *ReportDay, r *Report) (*ReportDay, Effect) {
	switch {
	case r.Covers && !r.Complete:
		if d == nil {
			return &ReportDay{Layers: []Layer{{Import: r.Import, Version: Unversioned, Rejected: r.Rejected}}}, Effect{}
		}
		return d, Effect{Unchanged: true, Stale: slices.ContainsFunc(d.Rows, func(row Row) bool { return d.Layers[row.Layer].Version < r.Version })}
	case d == nil:
		return replace(&ReportDay{}, r, &Effect{}), Effect{}
	case r.Version < d.Version():
		return d, Effect{Skipped: true}
	case r.Version > d.Version():
		var e Effect
		return replace(d, r, &e), e
	}
	return add(d, r)
}

// add adds another part of a report of the day's version: its new rows, or, if it has a
// different row for a stored key, all of its rows instead of all that are stored.
func add(d *ReportDay, r *Report) (*ReportDay, Effect) {
	added := 0
	for have, want := range PairByKey(d.Rows, r.Rows) {
		switch {
		case want == nil:
		case have == nil || d.Layers[have.Layer].Version < r.Layers[want.Layer].Version:
			added++ // a row of an older version was only kept because of KeepMissing
		case !have.Same(want):
			e := Effect{LaterCopy: true}
			return replace(d, r, &e), e
		}
	}
	if added == 0 {
		return d, Effect{Unchanged: true}
	}
	out := &ReportDay{Layers: append(slices.Clone(d.Layers), r.layers()...), Rows: make([]Row, 0, len(d.Rows)+added)}
	for have, want := range PairByKey(d.Rows, r.Rows) {
		if want == nil || have != nil && d.Layers[have.Layer].Version >= r.Layers[want.Layer].Version {
			out.Rows = append(out.Rows, *have)
			continue
		}
		row := *want
		row.Layer += len(d.Layers)
		out.Rows = append(out.Rows, row)
	}
	return out.compact(), Effect{}
}

// replace replaces the day's rows with the report's, except those that stay because of
// KeepMissing.
func replace(d *ReportDay, r *Report, e *Effect) *ReportDay {
	out := &ReportDay{Rows: r.Rows}
	if !r.KeepMissing || len(d.Rows) == 0 {
		out.Layers = r.layers()
		return out.compact()
	}
	out.Layers = append(slices.Clone(d.Layers), r.layers()...)
	out.Rows = make([]Row, 0, len(d.Rows)+len(r.Rows))
	for have, want := range PairByKey(d.Rows, r.Rows) {
		if want == nil {
			out.Rows = append(out.Rows, *have)
			e.Kept++
			continue
		}
		row := *want
		row.Layer += len(d.Layers)
		out.Rows = append(out.Rows, row)
	}
	return out.compact()
}

// layers returns the report's layers, at least one.
func (r *Report) layers() []Layer {
	if len(r.Layers) == 0 {
		return []Layer{{Import: r.Import, Version: r.Version, Rejected: r.Rejected}}
	}
	for i := range r.Layers {
		r.Layers[i].Rejected = r.Rejected
	}
	return r.Layers
}

// compact removes layers without rows, except the newest.
func (d *ReportDay) compact() *ReportDay {
	used := make([]bool, len(d.Layers))
	used[len(d.Layers)-1] = true
	for i := range d.Rows {
		used[d.Rows[i].Layer] = true
	}
	if !slices.Contains(used, false) {
		return d
	}
	newIndex := make([]int, len(used))
	var layers []Layer
	for i, l := range d.Layers {
		if used[i] {
			newIndex[i] = len(layers)
			layers = append(layers, l)
		}
	}
	rows := slices.Clone(d.Rows)
	for i := range rows {
		rows[i].Layer = newIndex[rows[i].Layer]
	}
	return &ReportDay{Layers: layers, Rows: rows}
}

// PairByKey yields the rows of both lists in the order of their keys: those of one key
// together, with nil for a list that has none.
func PairByKey(a, b []Row) func(yield func(a, b *Row) bool) {
	return func(yield func(a, b *Row) bool) {
		i, j := 0, 0
		for i < len(a) || j < len(b) {
			order := 0
			switch {
			case i == len(a):
				order = 1
			case j == len(b):
				order = -1
			default:
				order = a[i].Key.Compare(b[j].Key)
			}
			var x, y *Row
			if order <= 0 {
				x = &a[i]
				i++
			}
			if order >= 0 {
				y = &b[j]
				j++
			}
			if !yield(x, y) {
				return
			}
		}
	}
}

// Without returns the day without the rows for which drop returns true. A day without
// rows is still covered.
func (d *ReportDay) Without(drop func(*Row) bool) *ReportDay {
	if !slices.ContainsFunc(d.Rows, func(r Row) bool { return drop(&r) }) {
		return d
	}
	out := &ReportDay{Layers: d.Layers, Rows: slices.DeleteFunc(slices.Clone(d.Rows), func(r Row) bool { return drop(&r) })}
	return out.compact()
}

// WithoutInPart is Without for a d that has only some of the day's rows. It returns false
// if a layer loses all of these rows: whether the layer has others is not known.
func (d *ReportDay) WithoutInPart(drop func(*Row) bool) (*ReportDay, bool) {
	out := &ReportDay{Layers: d.Layers}
	left, lost := map[int]bool{len(d.Layers) - 1: true}, map[int]bool{}
	for i := range d.Rows {
		if r := &d.Rows[i]; drop(r) {
			lost[r.Layer] = true
		} else {
			out.Rows = append(out.Rows, *r)
			left[r.Layer] = true
		}
	}
	for layer := range lost {
		if !left[layer] {
			return nil, false
		}
	}
	return out, true
}

// Equal reports whether both days have the same rows from the same layers. nil, a day of
// which nothing is known, equals nil only.
func (d *ReportDay) Equal(o *ReportDay) bool {
	if d == nil || o == nil {
		return d == o
	}
	return slices.Equal(d.Layers, o.Layers) && slices.EqualFunc(d.Rows, o.Rows, func(a, b Row) bool {
		return a.Key == b.Key && a.Layer == b.Layer && a.Same(&b)
	})
}
