package merge

import "slices"

// State is a report day after one revision of the data.
type State struct {
	Revision int64
	// Import is set if the revision was an import that changed the day.
	Import bool
	// Undone is the import that the revision undid, 0 if it undid none.
	Undone int64
	// Day is the report day after the revision, nil if it was deleted. It is not used if
	// the revision undid an import, as it follows from the states before.
	Day *ReportDay
}

// step is a report day after an import has changed it.
type step struct {
	importID int64 // 0 if it was before the first state that is stored
	day      *ReportDay
}

// Undo returns a report day as if an import had not happened, and whether the day has
// anything of the import. history has the stored states of the day, oldest first. The
// result is the state before the import, to which the later imports are applied again.
// keepMissing is set for kinds of report whose rows stay if a rejected line may have been
// theirs (Report.KeepMissing).
func Undo(history []State, keepMissing bool, imported int64) (*ReportDay, bool) {
	var steps []step
	for _, s := range history {
		switch {
		case s.Undone != 0:
			steps, _ = removeImport(steps, keepMissing, s.Undone)
		case s.Import && s.Day != nil:
			steps = append(steps, step{s.Revision, s.Day})
		case s.Day == nil:
			steps = nil
		case len(steps) == 0:
			steps = append(steps, step{0, s.Day})
		default: // a deletion: rows are gone from the result of the last import
			steps[len(steps)-1].day = s.Day
		}
	}
	steps, found := removeImport(steps, keepMissing, imported)
	if len(steps) == 0 {
		return nil, found
	}
	return steps[len(steps)-1].day, found
}

// removeImport returns the steps without an import, and whether it was in them.
func removeImport(steps []step, keepMissing bool, imported int64) ([]step, bool) {
	at := slices.IndexFunc(steps, func(s step) bool { return s.importID == imported })
	if at < 0 {
		return removeUnkeptImport(steps, keepMissing, imported)
	}
	return reapply(steps[:at:at], steps[at+1:], keepMissing), true
}

// removeUnkeptImport is removeImport for an import whose step is no longer stored, but
// some of whose rows are in the first step that is.
func removeUnkeptImport(steps []step, keepMissing bool, imported int64) ([]step, bool) {
	if len(steps) == 0 || !slices.ContainsFunc(steps[0].day.Layers, func(l Layer) bool { return l.Import == imported }) {
		return steps, false
	}
	first := step{steps[0].importID, steps[0].day.withoutImport(imported)}
	if first.day == nil {
		return reapply(nil, steps[1:], keepMissing), true
	}
	return reapply([]step{first}, steps[1:], keepMissing), true
}

// reapply applies the imports of later steps to the state before them.
func reapply(before, later []step, keepMissing bool) []step {
	for _, s := range later {
		var day *ReportDay
		if len(before) > 0 {
			day = before[len(before)-1].day
		}
		r := s.day.reportBy(s.importID)
		r.KeepMissing = keepMissing && r.Rejected
		if now, effect := Apply(day, r); !effect.Skipped && !effect.Unchanged {
			before = append(before, step{s.importID, now})
		}
	}
	return before
}

// withoutImport returns the day without an import's layers, nil if no other is left.
func (d *ReportDay) withoutImport(id int64) *ReportDay {
	out := &ReportDay{}
	newIndex := make([]int, len(d.Layers))
	for i, l := range d.Layers {
		newIndex[i] = len(out.Layers)
		if l.Import != id {
			out.Layers = append(out.Layers, l)
		}
	}
	if len(out.Layers) == 0 {
		return nil
	}
	for _, r := range d.Rows {
		if d.Layers[r.Layer].Import != id {
			r.Layer = newIndex[r.Layer]
			out.Rows = append(out.Rows, r)
		}
	}
	return out
}

// reportBy reconstructs an import's report from the day after it.
func (d *ReportDay) reportBy(id int64) *Report {
	newest := d.Newest()
	r := &Report{Import: id, Version: newest.Version, Rejected: newest.Rejected}
	newIndex := map[int]int{}
	for i, l := range d.Layers {
		if l.Import == id {
			newIndex[i] = len(r.Layers)
			r.Layers = append(r.Layers, l)
		}
	}
	for _, row := range d.Rows {
		if n, ok := newIndex[row.Layer]; ok {
			row.Layer = n
			r.Rows = append(r.Rows, row)
		}
	}
	if len(r.Rows) == 0 {
		r.Covers, r.Complete = true, r.Version != Unversioned
	}
	return r
}
