package oracle

import (
	"maps"
	"slices"

	"codegauge/internal/fault"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// delete changes s by one deletion.
func (s *state) delete(d store.Deletion) (*store.Outcome, error) {
	if d.Import != 0 && d.User != "" {
		return nil, fault.New(fault.Invalid, "import %d cannot be undone for user %.60q alone", d.Import, d.User)
	}
	out := &store.Outcome{Records: map[string]int64{}}
	people := map[person]bool{}
	named := s.named(d.Enterprise, []string{d.User}) // read only if d.User is set
	for _, k := range s.find(func(k reportKey) bool { return selects(d, k) }) {
		old := s.reports[k]
		gone := func(c *claim) bool { return true }
		var day *reportDay // the day goes with all that it replaced
		switch {
		case d.Import != 0:
			gone = func(c *claim) bool { return c.importID == d.Import }
			day = old.undo(d.Import)
		case d.User != "":
			// Who is absent from a report is no gap in it: the day stays covered.
			gone = func(c *claim) bool { return personal(k.kind) && named[c.person()] }
			day = old.drop(gone)
		}
		for _, c := range old.claims {
			if !gone(c) {
				continue
			}
			out.Records[k.kind.String()]++
			if k.kind == report.UserDay {
				people[c.person()] = true
			}
		}
		if change, moved := s.put(k, day); moved {
			out.Days = append(out.Days, change)
		}
	}
	out.Users = int64(len(people))
	s.record(store.Revision{At: d.At, Action: "delete"}, out)
	return out, nil
}

// put makes a report day what a deletion left of it, and returns how it moved.
func (s *state) put(k reportKey, day *reportDay) (store.DayChange, bool) {
	old := s.reports[k]
	change := changeOf(k)
	change.Before, change.After = dayTotals(old), dayTotals(day)
	if day == nil {
		delete(s.reports, k)
		return change, true
	}
	s.reports[k] = day
	return change, !day.version.Equal(old.version) || !maps.Equal(day.claims, old.claims)
}

// selects reports whether the deletion reaches into report k.
func selects(d store.Deletion, k reportKey) bool {
	return k.enterprise == d.Enterprise &&
		(d.Source == 0 || k.source == d.Source) &&
		(d.Tool == "" || k.tool == d.Tool) &&
		(d.Range.To == 0 || d.Range.Contains(k.day))
}

// personal says which kinds have records of one person.
func personal(k report.Kind) bool { return k == report.UserDay || k == report.UserTeam }

// named returns the people of the enterprise who have one of the names as
// label or id, also those of whom only what was replaced speaks.
func (s *state) named(enterprise int64, names []string) map[person]bool {
	out := map[person]bool{}
	for k, r := range s.reports {
		if k.enterprise != enterprise || !personal(k.kind) {
			continue
		}
		for _, c := range r.all() {
			p := c.person()
			if _, done := out[p]; !done {
				out[p] = slices.Contains(names, p.id) || slices.Contains(names, s.label(enterprise, p))
			}
		}
	}
	return out
}
