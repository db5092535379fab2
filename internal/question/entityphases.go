package question

import (
	"context"
	"fmt"

	"codegauge/internal/directory"
	"codegauge/internal/query"
)

// EntityPhases is the people of each adoption phase, of a scope and of organizations or teams
// in it: the same that Impact tells of each.
type EntityPhases struct {
	Whole PhaseDistribution
	// Entities are those by number.
	Entities map[int64]PhaseDistribution
}

// EntityPhases answers w, and of each of the entities, which are in its scope: as aggregates
// state the phases, else as records do.
func (a *Answerer) EntityPhases(ctx context.Context, w Parameters, entities []directory.Entity) (*EntityPhases, error) {
	w.Measures, w.By, w.Compare = PhaseFigures[:1], []string{"phase"}, false
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	out := &EntityPhases{Entities: map[int64]PhaseDistribution{}}
	stated := map[string]PhaseDistribution{}
	if v.unserved(PhaseFigures[:1], w.By) == nil {
		t, err := a.statedPhases(ctx, w)
		if err != nil {
			return nil, err
		}
		out.Whole = t.stated()
		if len(entities) > 0 && entities[0].Kind == directory.Organization { // of teams there are no aggregates
			w.By = []string{string(directory.Organization), "phase"}
			if t, err = a.statedPhases(ctx, w); err != nil {
				return nil, err
			}
			stated = t.statedBy(string(directory.Organization))
		}
	}
	why := v.untoldPhases(ctx)
	if out.Whole.Active == nil {
		counted, err := a.phasePeople(ctx, v, why, v.r.To)
		if err != nil {
			return nil, err
		}
		out.Whole = counted[0].distribution()
	}
	err = a.store.Read(ctx, v.scope.Enterprise, func(r query.Rollups) error {
		for _, e := range entities {
			p := stated[v.names.Key(e.ID)]
			if p.Active == nil {
				if p, err = a.countedPhases(ctx, r, v.of(e), why); err != nil {
					return err
				}
			}
			out.Entities[e.ID] = p
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("people by phase: %w", err)
	}
	return out, nil
}

// countedPhases counts the people of each phase as of a view's last day, unless there is a
// reason against it.
func (a *Answerer) countedPhases(ctx context.Context, r query.Rollups, v *view, why NoImpact) (PhaseDistribution, error) {
	on := v.r.To
	if why != "" {
		untold := &PhasePeople{Why: why, Day: on}
		return untold.distribution(), nil
	}
	return a.memory.spread.Get(v.scope.Enterprise, v.version, phasesKey{v.scope, v.source, on}, func() (PhaseDistribution, error) {
		cohort, err := readPhases(ctx, r, v, on)
		if err != nil {
			return PhaseDistribution{}, err
		}
		return cohort.countPhases(on).distribution(), cohort.Err()
	})
}

// statedPhases asks for the people of phases that aggregates state.
func (a *Answerer) statedPhases(ctx context.Context, w Parameters) (*figureTable, error) {
	answer, err := a.Query(ctx, w)
	if err != nil {
		return nil, fmt.Errorf("stated phases: %w", err)
	}
	return &figureTable{answer}, nil
}

// of returns the view of an organization or team of its scope.
func (v *view) of(e directory.Entity) *view {
	one, q := *v, *v.question
	if q.scope.Organization = e.ID; e.Kind == directory.Team {
		q.scope.Organization, q.scope.Team = e.Organization, e.ID
	}
	one.question = &q
	return &one
}

// statedBy reads the phases of an answer by a dimension and phase, by the names of its values.
func (t *figureTable) statedBy(dimension string) map[string]PhaseDistribution {
	rows := map[string][][]any{}
	for _, row := range t.rows() {
		if name, named := t.Name(row, dimension); named {
			rows[name] = append(rows[name], row)
		}
	}
	out := map[string]PhaseDistribution{}
	for name, rows := range rows {
		of := figureTable{&query.Answer{Columns: t.Columns, Rows: rows}}
		out[name] = of.stated()
	}
	return out
}

// untoldPhases says why people are not counted by phase from their records, "" if they are.
func (v *view) untoldPhases(ctx context.Context) NoImpact {
	switch {
	case v.masked(ctx):
		return ImpactPeople
	case !v.wholeRecords():
		return ImpactFilters
	}
	return ""
}
