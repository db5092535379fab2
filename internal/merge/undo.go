package merge

import "slices"

// State is what a revision did to a report day, as far as it is kept.
type State struct {
	Revision int64
	// Import says that the revision was an import whose rows the day has had.
	Import bool
	// Undone is the import that the revision undid, 0 if it undid none.
	Undone int64
	// Day is the report day after the revision, nil if it was gone, or if the
	// revision undid an import, after which it follows from what was before.
	Day *ReportDay
}

// step is a report day after an import has changed it.
type step struct {
	imported int64 // 0 where what came before is not kept
	day      *ReportDay
}

// Undo returns what a report day would be without an import, from what is kept of its
// past, oldest first, and whether the import is in it at all: then the day is as it was
// before, and what each later import brought is put over that anew. keepMissing says that
// rows of the kind stay where a refused line may have been theirs.
func Undo(past []State, keepMissing bool, imported int64) (*ReportDay, bool) {
	var steps []step
	for _, s := range past {
		switch {
		case s.Undone != 0:
			steps, _ = undo(steps, keepMissing, s.Undone)
		case s.Import && s.Day != nil:
			steps = append(steps, step{s.Revision, s.Day})
		case s.Day == nil:
			steps = nil
		case len(steps) == 0:
			steps = append(steps, step{0, s.Day})
		default: // a deletion, after which the steps before lack the same rows
			steps[len(steps)-1].day = s.Day
		}
	}
	steps, found := undo(steps, keepMissing, imported)
	if len(steps) == 0 {
		return nil, found
	}
	return steps[len(steps)-1].day, found
}

// undo takes an import out of the steps.
func undo(steps []step, keepMissing bool, imported int64) ([]step, bool) {
	at := slices.IndexFunc(steps, func(s step) bool { return s.imported == imported })
	if at < 0 {
		return withoutOld(steps, keepMissing, imported)
	}
	return again(steps[:at:at], steps[at+1:], keepMissing), true
}

// withoutOld takes an import's rows out where the step that brought them is no longer kept.
func withoutOld(steps []step, keepMissing bool, imported int64) ([]step, bool) {
	if len(steps) == 0 || !slices.ContainsFunc(steps[0].day.Layers, func(l Layer) bool { return l.Import == imported }) {
		return steps, false
	}
	first := step{steps[0].imported, steps[0].day.withoutImport(imported)}
	if first.day == nil {
		return again(nil, steps[1:], keepMissing), true
	}
	return again([]step{first}, steps[1:], keepMissing), true
}

// again puts what later steps brought over what was before them.
func again(before, later []step, keepMissing bool) []step {
	for _, s := range later {
		var day *ReportDay
		if len(before) > 0 {
			day = before[len(before)-1].day
		}
		r := s.day.broughtBy(s.imported)
		r.KeepMissing = keepMissing && r.Refused
		if now, effect := Apply(day, r); !effect.Skipped && !effect.Unchanged {
			before = append(before, step{s.imported, now})
		}
	}
	return before
}

// withoutImport returns the day without an import's layers, nil if no other is left.
func (d *ReportDay) withoutImport(id int64) *ReportDay {
	left := &ReportDay{}
	at := make([]int, len(d.Layers))
	for i, l := range d.Layers {
		at[i] = len(left.Layers)
		if l.Import != id {
			left.Layers = append(left.Layers, l)
		}
	}
	if len(left.Layers) == 0 {
		return nil
	}
	for _, r := range d.Rows {
		if d.Layers[r.Layer].Import != id {
			r.Layer = at[r.Layer]
			left.Rows = append(left.Rows, r)
		}
	}
	return left
}

// broughtBy returns an import's report as far as it is left in the day after it.
func (d *ReportDay) broughtBy(id int64) *Report {
	newest := d.Newest()
	r := &Report{Import: id, Version: newest.Version, Refused: newest.Refused}
	at := map[int]int{}
	for i, l := range d.Layers {
		if l.Import == id {
			at[i] = len(r.Layers)
			r.Layers = append(r.Layers, l)
		}
	}
	for _, row := range d.Rows {
		if n, ok := at[row.Layer]; ok {
			row.Layer = n
			r.Rows = append(r.Rows, row)
		}
	}
	if len(r.Rows) == 0 {
		r.Covers, r.Complete = true, r.Version != Unversioned
	}
	return r
}
