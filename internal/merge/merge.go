// Package merge decides what becomes of rows when another report speaks of the
// same day: which replaces which, what is added, what is withdrawn, and what is
// left when an import is undone. It is plain Go over decoded rows; package store
// has the rules (Outcome).
//
//	state := Apply(state, report)      one report after the other
//	state := Undo(history, imports)    as if those imports had not been
package merge

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"codegauge/internal/day"
)

// Key names a row within its report day.
type Key struct {
	// Account is whose row it is; 0 of an aggregate and of a repository.
	Account int32
	// Organization and Team are a user-teams row's.
	Organization, Team int64
	// Repo is a repository's id.
	Repo string
}

// Compare orders keys, by account first.
func (k Key) Compare(o Key) int {
	if k.Account != o.Account { // mostly
		return cmp.Compare(k.Account, o.Account)
	}
	return cmp.Or(cmp.Compare(k.Organization, o.Organization), cmp.Compare(k.Team, o.Team), strings.Compare(k.Repo, o.Repo))
}

// Row is one record of a report day, as bytes that are the same where the records
// say the same.
type Row struct {
	Key
	// Layer is the index in ReportDay.Layers of where the row is from.
	Layer int
	// Figures are what questions are answered from, Rest what is only exported, and
	// Envelope what the record came in: rows that differ in it alone say the same.
	Figures, Rest, Envelope []byte
}

// Same reports whether both rows say the same.
func (r *Row) Same(o *Row) bool {
	return bytes.Equal(r.Figures, o.Figures) && bytes.Equal(r.Rest, o.Rest)
}

// Span is what a report says of itself, beside every row: zero where it does not.
type Span struct {
	Start, End day.Day
	// Created is in microseconds since 1970, UTC.
	Created int64
}

func (s Span) compare(o Span) int {
	return cmp.Or(cmp.Compare(s.Start, o.Start), cmp.Compare(s.End, o.End), cmp.Compare(s.Created, o.Created))
}

// Layer is where rows are from: an import's report of a version. An import has
// several layers where its rows have several spans.
type Layer struct {
	Import int64
	// Version is in microseconds since 1970, UTC.
	Version int64
	Span    Span
	// Refused says that lines of the day were refused in the import.
	Refused bool
}

// Unversioned is the version of a report day of which only is known that a report
// covers it: any report is newer.
var Unversioned = time.Time{}.UnixMicro()

// ReportDay is what the reports of one source and kind say about one tool and
// day: the rows in the order of their keys. It is read-only.
type ReportDay struct {
	// Layers are those of the rows, and of the newest report whether it has rows
	// or not, in the order in which they came.
	Layers []Layer
	Rows   []Row
}

// Version returns the newest report's version.
func (d *ReportDay) Version() int64 { return d.Layers[len(d.Layers)-1].Version }

// Newest returns the newest report's layer.
func (d *ReportDay) Newest() *Layer { return &d.Layers[len(d.Layers)-1] }

// Report is what one import brings for a report day at one version.
type Report struct {
	Import, Version int64
	// Rows are in the order of their keys, each key once. Layers are theirs, and the
	// report's own where it has none.
	Rows   []Row
	Layers []Layer
	// KeepMissing says that who is missing may have stood in a refused line.
	KeepMissing, Refused bool
	// Covers says that the report has no row of the day, but states to cover it;
	// Complete that it is known to have none.
	Covers, Complete bool
}

// Effect is what a report did to a report day.
type Effect struct {
	// Skipped says that the report was older; Unchanged that all it says was known.
	Skipped, Unchanged bool
	// LaterCopy says that it changed rows of its own version, and replaced them all.
	LaterCopy bool
	// Stale says that the day kept rows of a lower version, since the report states
	// to cover it but has no row.
	Stale bool
	// Kept counts rows that stayed because a line was refused.
	Kept int
}

// Apply returns what a report makes of a report day, which is nil if there is none.
func Apply(d *ReportDay, r *Report) (*ReportDay, Effect) {
	switch {
	case r.Covers && !r.Complete:
		if d == nil {
			return &ReportDay{Layers: []Layer{{Import: r.Import, Version: Unversioned, Refused: r.Refused}}}, Effect{}
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

// add adds a further part of a report: the rows that are new, or, if it changes one
// that is there, all of them in the place of all that were there.
func add(d *ReportDay, r *Report) (*ReportDay, Effect) {
	fresh := 0
	for have, want := range PairByKey(d.Rows, r.Rows) {
		switch {
		case want == nil:
		case have == nil || d.Layers[have.Layer].Version < r.Layers[want.Layer].Version:
			fresh++ // a row that a rejection kept is none of this version
		case !have.Same(want):
			e := Effect{LaterCopy: true}
			return replace(d, r, &e), e
		}
	}
	if fresh == 0 {
		return d, Effect{Unchanged: true}
	}
	out := &ReportDay{Layers: append(slices.Clone(d.Layers), r.layers()...), Rows: make([]Row, 0, len(d.Rows)+fresh)}
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

// replace puts a report in the place of what was there, but for rows of whom a
// refused line may have been.
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

// layers returns the report's layers.
func (r *Report) layers() []Layer {
	if len(r.Layers) == 0 {
		return []Layer{{Import: r.Import, Version: r.Version, Refused: r.Refused}}
	}
	for i := range r.Layers {
		r.Layers[i].Refused = r.Refused
	}
	return r.Layers
}

// compact drops layers without rows, but the newest.
func (d *ReportDay) compact() *ReportDay {
	used := make([]bool, len(d.Layers))
	used[len(d.Layers)-1] = true
	for i := range d.Rows {
		used[d.Rows[i].Layer] = true
	}
	if !slices.Contains(used, false) {
		return d
	}
	at := make([]int, len(used))
	var layers []Layer
	for i, l := range d.Layers {
		if used[i] {
			at[i] = len(layers)
			layers = append(layers, l)
		}
	}
	rows := slices.Clone(d.Rows)
	for i := range rows {
		rows[i].Layer = at[rows[i].Layer]
	}
	return &ReportDay{Layers: layers, Rows: rows}
}

// PairByKey yields the rows of both lists in the order of their keys, side by side
// where both have one of a key, else nil beside it.
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

// Without returns the day without the rows for which drop holds. A day without
// rows stays covered.
func (d *ReportDay) Without(drop func(*Row) bool) *ReportDay {
	if !slices.ContainsFunc(d.Rows, func(r Row) bool { return drop(&r) }) {
		return d
	}
	out := &ReportDay{Layers: d.Layers, Rows: slices.DeleteFunc(slices.Clone(d.Rows), func(r Row) bool { return drop(&r) })}
	return out.compact()
}

// WithoutInPart is Without where d has only some of the day's rows. It reports false if a
// layer may be left without rows, which the others would tell.
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

// Equal reports whether both days have the same rows from the same imports; nil is
// a day of which nothing is known.
func (d *ReportDay) Equal(o *ReportDay) bool {
	if d == nil || o == nil {
		return d == o
	}
	return slices.Equal(d.Layers, o.Layers) && slices.EqualFunc(d.Rows, o.Rows, func(a, b Row) bool {
		return a.Key == b.Key && a.Layer == b.Layer && a.Same(&b)
	})
}
