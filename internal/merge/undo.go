package merge

import "slices"

// State is a report day as it was once a revision had changed it; nil in Day says
// that it was gone.
type State struct {
	Revision int64
	// Import says that the revision was an import, and not, say, a deletion.
	Import bool
	Day    *ReportDay
}

// Undo returns what a report day would be without some imports, from the states
// that are kept of it, oldest first: nil if nothing would be left. What is older than
// the first state is not known any more, but for the rows that are still in it.
// keepMissing says that rows of the kind stay where a refused line may have been theirs.
func Undo(history []State, keepMissing bool, undone func(revision int64) bool) *ReportDay {
	if len(history) == 0 {
		return nil
	}
	first := history[0]
	d := first.Day
	if first.Import && d != nil {
		d = d.withoutImport(first.Revision)
	}
	if d != nil {
		for _, l := range d.Layers {
			if undone(l.Import) && d != nil {
				d = d.withoutImport(l.Import)
			}
		}
	}
	for _, s := range history {
		if !s.Import || undone(s.Revision) || s.Day == nil {
			continue
		}
		if r := s.Day.broughtBy(s.Revision); r != nil {
			r.KeepMissing = keepMissing && r.Refused
			d, _ = Apply(d, r)
		}
	}
	return d
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

// broughtBy returns an import's report as it is found in the state that it left;
// nil if nothing of it is there.
func (d *ReportDay) broughtBy(id int64) *Report {
	r := &Report{Import: id, Version: Unversioned}
	at := map[int]int{}
	found := false
	for i, l := range d.Layers {
		if l.Import != id {
			continue
		}
		found = true
		r.Version = max(r.Version, l.Version)
		r.Refused = r.Refused || l.Refused
		at[i] = len(r.Spans)
		if n := slices.Index(r.Spans, l.Span); n >= 0 {
			at[i] = n
		} else {
			r.Spans = append(r.Spans, l.Span)
		}
	}
	if !found {
		return nil
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
