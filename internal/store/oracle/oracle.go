// Package oracle is an analytics store in plain Go: it keeps every record that
// was imported and computes each answer from them when it is asked, with loops
// that read like docs/metrics.md. It is slow and holds everything in memory; it exists
// to prove the real store, so it shares no arithmetic with it.
//
// What a write leaves of what was there is in replacing.go.
//
// A read goes through four steps, one file each:
//
//	state.go      which reports are stored, and each source's claims in them
//	datasource.go which records speak for a scope on a (day, tool): its units
//	effective.go  what one record says: totals, split by feature, the rest
//	answer.go     lines grouped into rows; residuals; distinct people
package oracle

import (
	"context"
	"slices"
	"sync"

	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// Oracle is a store.Store. The state that cur points to is never changed: a
// write copies it, changes the copy and swaps the pointer, so that a reader
// sees the store before or after an import, never between.
type Oracle struct {
	write sync.Mutex // held by one writer at a time
	mu    sync.RWMutex
	cur   *state
}

var _ store.Store = (*Oracle)(nil)

// New returns an empty store.
func New() *Oracle { return &Oracle{cur: newState()} }

func (o *Oracle) now() *state {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.cur
}

func (o *Oracle) swap(s *state) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cur = s
}

// Import implements store.Store.
func (o *Oracle) Import(ctx context.Context, imp store.Import, items store.Items) (*store.Outcome, error) {
	got, err := readAll(ctx, items)
	if err != nil {
		return nil, err
	}
	o.write.Lock()
	defer o.write.Unlock()
	s := o.now().clone()
	out := s.importItems(imp, got, items.Rejections())
	if imp.Preview {
		out.ID = 0
		return out, nil
	}
	if err := items.BeforeCommit(ctx, out.ID); err != nil {
		return nil, err
	}
	o.swap(s)
	return out, nil
}

// Delete implements store.Store.
func (o *Oracle) Delete(ctx context.Context, d store.Deletion) (*store.Outcome, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o.write.Lock()
	defer o.write.Unlock()
	s := o.now().clone()
	out, err := s.delete(d)
	if err != nil || d.Preview {
		return out, err
	}
	if d.BeforeCommit != nil && len(out.Days) > 0 {
		if err := d.BeforeCommit(ctx); err != nil {
			return nil, err
		}
	}
	o.swap(s)
	return out, nil
}

// Query implements store.Store.
func (o *Oracle) Query(ctx context.Context, q query.Query) (*query.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, err := newPlan(q)
	if err != nil {
		return nil, err
	}
	return p.answer(o.now()), nil
}

// Export implements store.Store.
func (o *Oracle) Export(ctx context.Context, r store.Report, yield func(*report.Record) error) error {
	for _, c := range o.now().exported(r) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := yield(deepCopy(c.record)); err != nil {
			return err
		}
	}
	return nil
}

// SourceDays implements store.Store.
func (o *Oracle) SourceDays(_ context.Context, enterprise int64, r day.Range) ([]store.SourceDay, error) {
	return o.now().sourceDays(enterprise, r), nil
}

// Origins implements store.Store.
func (o *Oracle) Origins(_ context.Context, sc query.Scope, src query.Source, r day.Range) ([]store.Origin, error) {
	s := o.now()
	var out []store.Origin
	for _, u := range s.units(sc, src, r) {
		from := store.Origin{Day: u.day, Tool: u.tool, Origin: query.UserRecords}
		own, _ := s.userReports(sc, dayTool{u.day, u.tool})
		switch {
		case u.aggregate != nil:
			from.Origin = query.AggregateRecord
		case !own:
			from.Origin = query.UnionRecords
		}
		for _, c := range u.people {
			if isLinesUnknown(c.record) {
				from.LinesUnknown++
			}
		}
		out = append(out, from)
	}
	return out, nil
}

// Comparisons implements store.Store.
func (o *Oracle) Comparisons(_ context.Context, sc query.Scope, r day.Range) ([]store.Comparison, error) {
	return o.now().comparisons(sc, r), nil
}

// Span implements store.Store.
func (o *Oracle) Span(_ context.Context, sc query.Scope) (day.Range, error) {
	return o.now().span(sc), nil
}

// Clients implements store.Store.
func (o *Oracle) Clients(_ context.Context, sc query.Scope, r day.Range, users ...string) ([]store.Client, error) {
	return o.now().clients(sc, r, users...), nil
}

// CountClients implements store.Store.
func (o *Oracle) CountClients(_ context.Context, sc query.Scope, r day.Range, kinds ...func(store.Client) bool) ([]int, error) {
	out := make([]int, len(kinds))
	for i, is := range kinds {
		names := map[string]bool{}
		for _, c := range o.now().clients(sc, r) {
			if is(c) {
				names[c.Name] = true
			}
		}
		out[i] = len(names)
	}
	return out, nil
}

// EntitiesWithClient implements store.Store.
func (o *Oracle) EntitiesWithClient(_ context.Context, enterprise int64, r day.Range, kind func(store.Client) bool) (map[int64]bool, error) {
	out, s := map[int64]bool{}, o.now()
	for _, id := range s.organizations(enterprise) {
		if slices.ContainsFunc(s.clients(query.Scope{Enterprise: enterprise, Organization: id}, r), kind) {
			out[id] = true
		}
	}
	for _, id := range s.teams(query.Scope{Enterprise: enterprise}) {
		if slices.ContainsFunc(s.clients(query.Scope{Enterprise: enterprise, Team: id}, r), kind) {
			out[id] = true
		}
	}
	return out, nil
}

// CountByClient implements store.Store.
func (o *Oracle) CountByClient(_ context.Context, sc query.Scope, r day.Range) (out []store.ClientCount, _ error) {
	ids := map[store.Client]map[string]bool{}
	for _, c := range o.now().clients(sc, r) {
		id := c.UserID
		c.UserID, c.Name, c.Last = "", "", 0
		if ids[c] == nil {
			ids[c] = map[string]bool{}
		}
		ids[c][id] = true
	}
	for c, of := range ids {
		out = append(out, store.ClientCount{Client: c, People: len(of)})
	}
	return out, nil
}

// Values implements store.Store.
func (o *Oracle) Values(_ context.Context, sc query.Scope, r day.Range, dimension string) ([]string, error) {
	return o.now().values(sc, r, dimension)
}

// Revisions implements store.Store.
func (o *Oracle) Revisions(_ context.Context, enterprise int64, limit int, days bool) ([]store.Revision, error) {
	return o.now().history(enterprise, limit, days), nil
}

// DataVersion implements store.Store.
func (o *Oracle) DataVersion(_ context.Context, enterprise int64) (int64, error) {
	return o.now().versions[enterprise], nil
}

// Verify implements store.Store: nothing is derived, so nothing can differ.
func (o *Oracle) Verify(context.Context) ([]store.Finding, error) { return nil, nil }

// Enterprises implements store.Store.
func (o *Oracle) Enterprises(context.Context) ([]int64, error) {
	var out []int64
	for k := range o.now().reports {
		out = append(out, k.enterprise)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Ping implements store.Store.
func (o *Oracle) Ping(context.Context) error { return nil }

// Close implements store.Store.
func (o *Oracle) Close() error { return nil }
