package oracle

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"codegauge/internal/report"
)

// reportDay is what is stored of one report day, since an import changed it, and
// behind it what that replaced. That it exists is what "covered" means; it may
// hold no claim at all. It never changes: what replaces it points to it.
type reportDay struct {
	version  time.Time
	importID int64 // the last import that changed the day
	// refused says that lines of the day were refused in that import; keeps, that
	// for this reason whoever is missing from it kept what they had.
	refused, keeps bool
	// part says that the import added to what was there instead of replacing it.
	part   bool
	claims map[claimKey]*claim
	// before is the day as it was before the import; nil if nothing was known.
	before *reportDay
}

// layer is what one import says of a report day at one version. Without claims it
// says that the day is known to have none; of the zero version, which any other
// replaces, that is all that a day in a report's span has.
type layer struct {
	importID       int64
	version        time.Time
	refused, keeps bool
	claims         map[claimKey]*claim
}

// effect is what a layer does to a report day.
type effect int

const (
	skips    effect = iota // it is older
	repeats                // it says nothing new
	adds                   // it is a further part
	corrects               // it is a later copy
	replaces               // it is newer
)

func (l *layer) effectOn(day *reportDay) effect {
	switch {
	case day == nil || l.version.After(day.version):
		return replaces
	case l.version.Before(day.version):
		return skips
	}
	is := repeats
	for key, c := range l.claims {
		was := day.claims[key]
		switch {
		case was == nil || was.version.Before(c.version):
			is = max(is, adds) // a claim that a rejection kept is none of this version
		case !same(was.record, c.record):
			is = corrects
		}
	}
	return is
}

// on returns the day as it is with the layer, which is day itself if the layer
// changes nothing.
func (l *layer) on(day *reportDay) *reportDay {
	is := l.effectOn(day)
	if is == skips || is == repeats {
		return day
	}
	out := &reportDay{version: l.version, importID: l.importID, refused: l.refused, keeps: l.keeps, part: is == adds, claims: map[claimKey]*claim{}, before: day}
	for key, c := range l.claims {
		out.claims[key] = c
	}
	if day == nil {
		return out
	}
	for key, was := range day.claims {
		switch c := l.claims[key]; {
		case c == nil && (is == adds || l.keeps):
			out.claims[key] = was
		case c != nil && is == adds && !was.version.Before(c.version):
			out.claims[key] = was // the same: it stays the earlier import's
		}
	}
	return out
}

// kept counts the claims that day has because lines were refused.
func (l *layer) kept(day *reportDay) int { return len(day.claims) - len(l.claims) }

// brought returns what the day's last import is known to have brought: the claims
// that are still its own once it is done.
func (r *reportDay) brought() *layer {
	l := &layer{importID: r.importID, version: r.version, refused: r.refused, keeps: r.keeps, claims: map[claimKey]*claim{}}
	for key, c := range r.claims {
		if c.importID == r.importID {
			l.claims[key] = c
		}
	}
	return l
}

// undo returns the day as it would be without an import: as it was before, and
// then what the imports after it brought, each decided anew. It is the day itself
// if the import did not change it.
func (r *reportDay) undo(importID int64) *reportDay {
	if r == nil {
		return nil
	}
	if r.importID == importID {
		return r.before
	}
	before := r.before.undo(importID)
	if before == r.before {
		return r
	}
	return r.brought().on(before)
}

// drop returns the day without some claims, now and in what was replaced.
func (r *reportDay) drop(gone func(*claim) bool) *reportDay {
	if r == nil {
		return nil
	}
	out := *r
	out.claims = maps.Clone(r.claims)
	maps.DeleteFunc(out.claims, func(_ claimKey, c *claim) bool { return gone(c) })
	out.before = r.before.drop(gone)
	return &out
}

// anyRefused reports whether lines were refused of any part of the day.
func (r *reportDay) anyRefused() bool {
	return r.refused || r.part && r.before.anyRefused()
}

// all returns the day's claims and those that were replaced.
func (r *reportDay) all() []*claim {
	var out []*claim
	for ; r != nil; r = r.before {
		for _, c := range r.claims {
			out = append(out, c)
		}
	}
	return out
}

// same reports whether two records say the same of their day. Where they stood, and
// which days and when their report was about, is not of the day; nor is the order
// of a breakdown's rows, which nobody keeps.
func same(a, b *report.Record) bool {
	return reflect.DeepEqual(content(a), content(b))
}

func content(r *report.Record) *report.Record {
	c := *r
	c.File, c.Line, c.Seq = "", 0, 0
	c.ReportStart, c.ReportEnd, c.CreatedAt, c.Wrapper = 0, 0, time.Time{}, nil
	c.Tool = "" // "" and "copilot" are one tool
	c.Extra = bytes.Clone(c.Extra)
	for _, rows := range []*[]report.Row{&c.ByIDE, &c.ByFeature, &c.ByLanguageFeature, &c.ByLanguageModel, &c.ByModelFeature} {
		*rows = slices.Clone(*rows)
		slices.SortFunc(*rows, func(a, b report.Row) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	return &c
}
