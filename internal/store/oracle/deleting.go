package oracle

import (
	"maps"
	"slices"

	"codegauge/internal/fault"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// delete changes s by one deletion.
func (s *state) delete(d store.Deletion) (*store.Outcome, error) {
	if d.Import != 0 && d.User != "" {
		return nil, fault.New(fault.Invalid, "import %d cannot be undone for user %.60q alone", d.Import, d.User)
	}
	out := &store.Outcome{Records: map[string]int64{}}
	named := s.named(d.Enterprise, []string{d.User}) // read only if d.User is set
	var identities []store.Identity
	for p, is := range named {
		if is && d.User != "" {
			identities = append(identities, store.Identity{Tool: p.tool, UserID: p.id, Login: s.login(d.Enterprise, p)})
		}
	}
	if err := store.Ambiguous(d.User, identities); err != nil {
		return nil, err
	}
	for _, k := range s.find(func(k reportKey) bool { return selects(d, k) }) {
		old := s.reports[k]
		var day *reportDay // the day goes with all that it replaced
		switch {
		case d.Import != 0:
			day = old.undo(d.Import)
		case d.User != "":
			// Who is absent from a report is no gap in it: the day stays covered.
			day = old.drop(func(c *claim) bool { return personal(k.kind) && named[c.person()] })
		}
		change, moved := s.put(k, day)
		if !moved {
			continue
		}
		out.Days = append(out.Days, change)
		if n := change.Before.Records - change.After.Records; n > 0 {
			out.Records[change.Kind] += n
		}
	}
	s.lastChange++
	s.record(store.Revision{ID: s.lastChange, At: d.At, Action: "delete"}, out)
	if d.Source == 0 && d.Tool == "" && d.Data == nil && d.Range.To == 0 {
		for i := range s.revisions {
			if r := &s.revisions[i]; r.enterprise == d.Enterprise && r.ID == d.Import && r.Action == "import" {
				r.UndoneBy = s.lastChange
			}
		}
	}
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
		(d.Data == nil || k.data == *d.Data) &&
		(d.Range.To == 0 || d.Range.Contains(k.day))
}

// personal says which kinds have records of one person.
func personal(k report.Kind) bool { return k == report.UserDay || k == report.UserTeam }

// named returns the people of the enterprise whom one of the words names, also those of whom only what was replaced speaks.
func (s *state) named(enterprise int64, words []string) map[person]bool {
	out := map[person]bool{}
	for k, r := range s.reports {
		if k.enterprise != enterprise || !personal(k.kind) {
			continue
		}
		for _, c := range r.all() {
			p := c.person()
			if _, done := out[p]; !done {
				login := s.login(enterprise, p)
				out[p] = slices.ContainsFunc(words, func(w string) bool { return query.ParseName(w).Matches(p.tool, p.id, login) })
			}
		}
	}
	return out
}
