package question

import (
	"context"
	"fmt"
	"slices"

	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/query"
)

// Overlap says why the active people of an enterprise's organizations do not add up to the
// enterprise's. It is nil where that is not known, or may not be told.
func (a *Answerer) Overlap(ctx context.Context, w Parameters) (*query.Overlap, error) {
	w.Measures, w.By = []string{"active_users"}, []string{string(directory.Organization)}
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	return a.overlap(ctx, v)
}

func (a *Answerer) overlap(ctx context.Context, v *view) (*query.Overlap, error) {
	if v.scope.Level() != query.LevelEnterprise {
		return nil, nil
	}
	for _, f := range v.filters {
		if f.Dimension != "tool" {
			return nil, nil
		}
	}
	unknown, err := a.membershipUnknown(ctx, v, v.from, directory.Organization)
	if err != nil || len(unknown) > 0 {
		return nil, err
	}
	var parts []query.Scope
	for _, o := range v.names.In(directory.Organization, v.scope.Enterprise) {
		parts = append(parts, query.Scope{Enterprise: v.scope.Enterprise, Organization: o.ID})
	}
	var out query.Overlap
	var told bool
	err = a.store.Read(ctx, v.scope.Enterprise, func(r query.Rollups) error {
		out, told, err = query.ReadOverlap(ctx, r, v.query(v.r, nil), parts)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("people of several organizations: %w", err)
	}
	if !told {
		return nil, nil
	}
	return &out, nil
}

// warnOverlap says by how much active users of organizations do not add up.
func (a *Answerer) warnOverlap(ctx context.Context, v *view, w Parameters) ([]string, error) {
	if len(w.By) != 1 || w.By[0] != string(directory.Organization) || !slices.Contains(w.Measures, "active_users") {
		return nil, nil
	}
	o, err := a.overlap(ctx, v)
	if err != nil || o == nil || o.Several == 0 && o.None == 0 {
		return nil, err
	}
	return []string{fmt.Sprintf("active users of organizations do not add up to the %s of %s: %s in two or more, which adds %s to their sum, and %s in none",
		english.Number(int(o.People)), v.names.Key(v.scope.Enterprise), english.Count(int(o.Several), "is", "are"), english.Number(int(o.Again)), english.Count(int(o.None), "is", "are"))}, nil
}
