package sqlstore

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
	"codegauge/internal/store/storetest"
)

// replicas are stores of several processes over one database, of which each call takes
// one at random, and looks at versions as a request does.
type replicas []*Store

var (
	_ store.Store    = replicas(nil)
	_ store.Retainer = replicas(nil)
	_ store.Eraser   = replicas(nil)
)

func (r replicas) one() *Store { return r[rand.IntN(len(r))] }

func request(ctx context.Context) context.Context { return database.WithLook(ctx) }

func (r replicas) Import(ctx context.Context, imp store.Import, items store.Items) (*store.Outcome, error) {
	return r.one().Import(request(ctx), imp, items)
}

func (r replicas) Delete(ctx context.Context, d store.Deletion) (*store.Outcome, error) {
	return r.one().Delete(request(ctx), d)
}

func (r replicas) Link(ctx context.Context, l store.Links) (*store.Outcome, error) {
	return r.one().Link(request(ctx), l)
}

func (r replicas) Unlinked(ctx context.Context, s query.Scope, d day.Range) ([]store.Identity, error) {
	return r.one().Unlinked(request(ctx), s, d)
}

func (r replicas) Identities(ctx context.Context, enterprise int64) ([]store.Identity, error) {
	return r.one().Identities(request(ctx), enterprise)
}

func (r replicas) Origins(ctx context.Context, s query.Scope, src query.Source, d day.Range) ([]store.Origin, error) {
	return r.one().Origins(request(ctx), s, src, d)
}

func (r replicas) ShownWeek(ctx context.Context, enterprise int64, week day.Day) (store.ShownWeek, error) {
	return r.one().ShownWeek(request(ctx), enterprise, week)
}

func (r replicas) SumWeeks(ctx context.Context, enterprise int64) error {
	return r.one().SumWeeks(request(ctx), enterprise)
}

func (r replicas) KeepShownWeek(ctx context.Context, enterprise int64, week day.Day, w store.ShownWeek) (bool, error) {
	return r.one().KeepShownWeek(request(ctx), enterprise, week, w)
}

func (r replicas) Read(ctx context.Context, enterprise int64, f func(query.Rollups) error) error {
	return r.one().Read(request(ctx), enterprise, f)
}

func (r replicas) Query(ctx context.Context, q query.Query) (*query.Result, error) {
	return r.one().Query(request(ctx), q)
}

func (r replicas) Export(ctx context.Context, rep store.Report, yield func(*report.Record) error) error {
	return r.one().Export(request(ctx), rep, yield)
}

func (r replicas) SourceDays(ctx context.Context, enterprise int64, d day.Range) ([]store.SourceDay, error) {
	return r.one().SourceDays(request(ctx), enterprise, d)
}

func (r replicas) Comparisons(ctx context.Context, s query.Scope, d day.Range) ([]store.Comparison, error) {
	return r.one().Comparisons(request(ctx), s, d)
}

func (r replicas) Span(ctx context.Context, s query.Scope) (day.Range, error) {
	return r.one().Span(request(ctx), s)
}

func (r replicas) Clients(ctx context.Context, s query.Scope, d day.Range, users ...string) ([]store.Client, error) {
	return r.one().Clients(request(ctx), s, d, users...)
}

func (r replicas) EntitiesWithClient(ctx context.Context, enterprise int64, d day.Range, kind func(store.Client) bool) (map[int64]bool, error) {
	return r.one().EntitiesWithClient(request(ctx), enterprise, d, kind)
}
func (r replicas) CountClients(ctx context.Context, s query.Scope, d day.Range, kinds ...func(store.Client) bool) ([]int, error) {
	return r.one().CountClients(request(ctx), s, d, kinds...)
}

func (r replicas) CountByClient(ctx context.Context, s query.Scope, d day.Range) ([]store.ClientCount, error) {
	return r.one().CountByClient(request(ctx), s, d)
}

func (r replicas) Values(ctx context.Context, s query.Scope, d day.Range, dimension string) ([]string, error) {
	return r.one().Values(request(ctx), s, d, dimension)
}

func (r replicas) Revisions(ctx context.Context, enterprise int64, limit int, days bool) ([]store.Revision, error) {
	return r.one().Revisions(request(ctx), enterprise, limit, days)
}

func (r replicas) DataVersion(ctx context.Context, enterprise int64) (int64, error) {
	return r.one().DataVersion(request(ctx), enterprise)
}

func (r replicas) Enterprises(ctx context.Context) ([]int64, error) {
	return r.one().Enterprises(request(ctx))
}

func (r replicas) Verify(ctx context.Context) ([]store.Finding, error) {
	return r.one().Verify(request(ctx))
}

func (r replicas) Ping(ctx context.Context) error { return r.one().Ping(request(ctx)) }

func (r replicas) Close() error { return nil }

func (r replicas) Erase(ctx context.Context, e store.Erasure) (store.Removed, error) {
	return r.one().Erase(request(ctx), e)
}

func (r replicas) Retain(ctx context.Context, q store.Retention) (store.Removed, error) {
	return r.one().Retain(request(ctx), q)
}

func (r replicas) TotalsOnly(ctx context.Context, enterprise int64, d day.Range) ([]day.Day, error) {
	return r.one().TotalsOnly(request(ctx), enterprise, d)
}

func (r replicas) PruneReplaced(ctx context.Context, enterprise int64, before time.Time) error {
	return r.one().PruneReplaced(request(ctx), enterprise, before)
}

func openReplicas(t *testing.T) store.Store {
	t.Helper()
	var out replicas
	for _, db := range databasetest.Reused(t, 3) {
		out = append(out, New(db, Options{SpoolDir: t.TempDir()}))
	}
	return out
}

// TestReplicas runs the suites on three replicas, one at random for each call.
func TestReplicas(t *testing.T) {
	t.Run("rules", func(t *testing.T) { storetest.Run(t, openReplicas) })
	t.Run("data sets", func(t *testing.T) { storetest.Compare(t, 3, 10, openReplicas) })
	t.Run("any order", func(t *testing.T) { storetest.Replay(t, 3, 10, openReplicas) })
	t.Run("erasure", func(t *testing.T) { storetest.Erasure(t, openReplicas) })
	t.Run("retention", func(t *testing.T) { storetest.Retention(t, openReplicas) })
}
