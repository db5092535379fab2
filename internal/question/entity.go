package question

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/sorting"
)

// EnterpriseSummary is a row of the front page.
type EnterpriseSummary struct {
	Entity      directory.Entity
	Lines       *int64
	ActiveUsers *int64
	CompleteTo  day.Day
	Sources     int
	Late        int
}

// Entity resolves the scope's words to the entity they name.
func (a *Answerer) Entity(ctx context.Context, w Parameters) (directory.Entity, error) {
	q, err := a.understand(ctx, w)
	if err != nil {
		return directory.Entity{}, err
	}
	return q.entity(), nil
}

// Entities lists the enterprise's organizations and teams, sorted by label.
func (a *Answerer) Entities(ctx context.Context, enterprise string, kind directory.Kind) ([]directory.Entity, error) {
	n, e, err := a.enterprise(ctx, enterprise)
	if err != nil {
		return nil, err
	}
	var out []directory.Entity
	for _, e := range n.In(kind, e.ID) {
		out = append(out, *e)
	}
	sorting.Stable(out, func(a, b directory.Entity) int {
		return cmp.Or(cmp.Compare(a.Label(), b.Label()), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// Enterprises lists the enterprises with their figures of the 28 days to which
// each one's data is complete.
func (a *Answerer) Enterprises(ctx context.Context) ([]EnterpriseSummary, error) {
	n, err := a.names(ctx)
	if err != nil {
		return nil, err
	}
	var out []EnterpriseSummary
	for _, e := range n.In(directory.Enterprise, 0) {
		sum, err := a.summary(ctx, e)
		if err != nil {
			return nil, fmt.Errorf("enterprise %s: %w", e.Key(), err)
		}
		out = append(out, *sum)
	}
	sorting.Stable(out, func(a, b EnterpriseSummary) int {
		return cmp.Or(cmp.Compare(a.Entity.Label(), b.Entity.Label()), cmp.Compare(a.Entity.ID, b.Entity.ID))
	})
	return out, nil
}

func (a *Answerer) summary(ctx context.Context, e *directory.Entity) (*EnterpriseSummary, error) {
	v, err := a.view(ctx, Parameters{Enterprise: e.Key()})
	if err != nil {
		return nil, err
	}
	out := &EnterpriseSummary{Entity: *e, CompleteTo: v.completeTo, Sources: len(v.sources)}
	for _, src := range v.sources {
		if src.Late {
			out.Late++
		}
	}
	if v.completeTo == 0 {
		return out, nil
	}
	res, err := a.run(ctx, v.query(v.r, []string{"loc_changed", "active_users"}))
	if err != nil {
		return nil, err
	}
	out.Lines, out.ActiveUsers = integer(res.Rows[0][0]), integer(res.Rows[0][1])
	return out, nil
}

// integer returns a cell's number, nil if it is null.
func integer(cell any) *int64 {
	if n, ok := cell.(int64); ok {
		return &n
	}
	return nil
}

// Values lists the values of a dimension that the scope has in the range: to those who may not
// view people, those of which some figure is shown.
func (a *Answerer) Values(ctx context.Context, w Parameters, dimension string) ([]string, error) {
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	switch dimension {
	case "surface":
		return slices.Clone(metric.Surfaces), nil
	case "initiator":
		return slices.Clone(metric.Initiators), nil
	case "organization", "team":
		return v.entityKeys(directory.Kind(dimension)), nil
	}
	if !v.masked(ctx) || metric.DimensionByName(dimension) == nil {
		return a.store.Values(ctx, v.scope, v.r, dimension)
	}
	return a.shownValues(ctx, v, dimension)
}

// shownValues lists the values that have a row of their own in an answer.
func (a *Answerer) shownValues(ctx context.Context, v *view, dimension string) ([]string, error) {
	d := metric.DimensionByName(dimension)
	measures := slices.DeleteFunc([]string{"interactions", "generations", "loc_changed"}, func(name string) bool {
		_, err := metric.Serving(metric.MeasureByName(name), []metric.Key{d.Key})
		return err != nil
	})
	res, err := a.run(ctx, v.query(v.r, measures, dimension))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, row := range res.Rows {
		if name, named := row[0].(string); named && !query.IsOthers(name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// entityKeys lists the scope's organizations or teams as answers name them.
func (q *question) entityKeys(kind directory.Kind) []string {
	var out []string
	for _, e := range q.names.In(kind, q.scope.Enterprise) {
		if q.scope.Organization == 0 || e.ID == q.scope.Organization || e.Organization == q.scope.Organization {
			out = append(out, q.names.Key(e.ID))
		}
	}
	slices.Sort(out)
	return out
}

// SeatCount returns how many seats the scope has, nil if none were imported.
// Seats are an enterprise's or an organization's: of a team nothing is known.
func (a *Answerer) SeatCount(ctx context.Context, w Parameters) (*int64, error) {
	q, err := a.understand(ctx, w)
	if err != nil {
		return nil, err
	}
	return a.seatCount(ctx, q)
}

// seatCount counts the seats for whoever asks: of an organization with few
// nothing is told to those who may not view people.
func (a *Answerer) seatCount(ctx context.Context, q *question) (*int64, error) {
	if q.scope.Team != 0 {
		return nil, nil
	}
	n, err := a.countSeats(ctx, q.scope)
	if err != nil || n == 0 {
		return nil, err
	}
	if !privacy.ViewsPeople(ctx, q.entity()) {
		settings, err := a.dir.Privacy(ctx, q.scope.Enterprise)
		if err != nil {
			return nil, fmt.Errorf("read privacy settings: %w", err)
		}
		hidden, err := a.hasHiddenSeats(ctx, q, settings.MinimumGroup)
		if err != nil || hidden || n < int64(settings.MinimumGroup) {
			return nil, err
		}
	}
	return &n, nil
}

// SeatsHidden reports whether the scope has seats of which SeatCount tells whoever asks nothing.
func (a *Answerer) SeatsHidden(ctx context.Context, w Parameters) (bool, error) {
	q, err := a.understand(ctx, w)
	if err != nil || q.scope.Team != 0 {
		return false, err
	}
	n, err := a.countSeats(ctx, q.scope)
	if err != nil || n == 0 {
		return false, err
	}
	told, err := a.seatCount(ctx, q)
	return told == nil, err
}

// countSeats asks the directory once between its changes.
func (a *Answerer) countSeats(ctx context.Context, sc query.Scope) (int64, error) {
	revision, err := a.DirectoryVersion(ctx)
	if err != nil {
		return 0, err
	}
	n, err := a.memory.seats.Get(struct{}{}, revision, seatsKey{sc.Enterprise, sc.Organization}, func() (int64, error) {
		return a.dir.CountSeats(ctx, sc.Enterprise, sc.Organization)
	})
	if err != nil {
		return 0, fmt.Errorf("seats: %w", err)
	}
	return n, nil
}

// DataVersion returns the number that changes with every change of the enterprise's data.
func (a *Answerer) DataVersion(ctx context.Context, enterprise string) (int64, error) {
	_, e, err := a.enterprise(ctx, enterprise)
	if err != nil {
		return 0, err
	}
	return a.store.DataVersion(ctx, e.ID)
}

// LastChange returns the last data version that changed something in the months of a window.
func (a *Answerer) LastChange(ctx context.Context, w Parameters) (version int64, err error) {
	v, err := a.view(ctx, w)
	if err != nil {
		return 0, err
	}
	err = a.store.Read(ctx, v.scope.Enterprise, func(r query.Rollups) error {
		version, err = r.Changed(ctx, v.r)
		return err
	})
	return version, err
}

// DataVersions returns every enterprise's data version, by its key.
func (a *Answerer) DataVersions(ctx context.Context) (map[string]int64, error) {
	n, err := a.names(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, e := range n.In(directory.Enterprise, 0) {
		if out[e.Key()], err = a.store.DataVersion(ctx, e.ID); err != nil {
			return nil, fmt.Errorf("enterprise %s: %w", e.Key(), err)
		}
	}
	return out, nil
}

// Ready reports whether the database answers.
func (a *Answerer) Ready(ctx context.Context) error {
	if err := a.store.Ping(ctx); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	if err := a.dir.Ping(ctx); err != nil {
		return fmt.Errorf("directory: %w", err)
	}
	return nil
}

// ResolvePseudonyms returns the logins and ids of the users whom the names in an answer
// stand for, for the audit log: what it returns is not shown to whoever asks.
func (a *Answerer) ResolvePseudonyms(ctx context.Context, enterprise string, names []string) ([]string, error) {
	_, e, err := a.enterprise(ctx, enterprise)
	if err != nil {
		return nil, err
	}
	v, err := a.privacy.Pseudonymizer(ctx, *e)
	if err != nil {
		return nil, err
	}
	return a.privacy.Resolve(ctx, e.ID, v, names)
}

// DirectoryVersion rises with every change of the directory: of seats and names, which
// the data's version does not know.
func (a *Answerer) DirectoryVersion(ctx context.Context) (int64, error) {
	version, err := a.dir.Revision(ctx)
	if err != nil {
		return 0, fmt.Errorf("directory's version: %w", err)
	}
	return version, nil
}

// Today returns the current UTC day.
func (a *Answerer) Today() day.Day { return day.Of(a.opt.Now()) }
