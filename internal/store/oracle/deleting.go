package oracle

import (
	"slices"

	"codegauge/internal/report"
	"codegauge/internal/store"
)

// delete changes s by one deletion.
func (s *state) delete(d store.Deletion) *store.Outcome {
	out := &store.Outcome{Records: map[string]int64{}}
	people := map[person]bool{}
	named := s.named(d.Enterprise, []string{d.User}) // read only if d.User is set
	for _, k := range s.find(func(k reportKey) bool { return selects(d, k) }) {
		change := changeOf(k)
		rep := s.reports[k]
		change.Before = dayTotals(rep)
		for key, c := range rep.claims {
			if d.Import != 0 && c.importID != d.Import || d.User != "" && !(personal(k.kind) && named[c.person()]) {
				continue
			}
			delete(rep.claims, key)
			out.Records[k.kind.String()]++
			if k.kind == report.UserDay {
				people[c.person()] = true
			}
		}
		uncovered := s.uncover(d, k, rep)
		change.After = dayTotals(rep)
		if uncovered || change.Before != change.After {
			out.Days = append(out.Days, change)
		}
	}
	out.Users = int64(len(people))
	s.record(store.Revision{At: d.At, Action: "delete"}, out)
	return out
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

// uncover removes the report itself where the deletion took all of it: not when
// it was about a person, whose absence from a report is no gap; of an import,
// only if nothing of an earlier one is left, which then is the report again.
func (s *state) uncover(d store.Deletion, k reportKey, rep *reportDay) bool {
	if d.User != "" || d.Import != 0 && rep.importID != d.Import {
		return false
	}
	var last *claim
	for _, c := range rep.claims {
		if last == nil || c.beats(last) {
			last = c
		}
	}
	if last == nil {
		delete(s.reports, k)
		return true
	}
	rep.version, rep.importID = last.version, last.importID
	return true
}

// named returns the people of the enterprise who have one of the names as
// label or id.
func (s *state) named(enterprise int64, names []string) map[person]bool {
	out := map[person]bool{}
	for k, r := range s.reports {
		if k.enterprise != enterprise || !personal(k.kind) {
			continue
		}
		for _, c := range r.claims {
			p := c.person()
			if _, done := out[p]; !done {
				out[p] = slices.Contains(names, p.id) || slices.Contains(names, s.label(enterprise, p))
			}
		}
	}
	return out
}
