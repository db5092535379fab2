package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// damaged reports whether an error says that the file is not what DuckDB wrote.
// DuckDB checks a block when it is read, so any method may find damage.
func damaged(err error) bool {
	if err == nil || fault.KindOf(err) != fault.Internal {
		return false
	}
	return slices.ContainsFunc([]string{
		"not a valid DuckDB database file", "Corrupt", "corrupt", "checksum", "Could not read enough bytes", "Could not read from file",
		"Serialization Error", "INTERNAL Error", "Failure while replaying WAL", "database has been invalidated",
	}, func(s string) bool { return strings.Contains(err.Error(), s) })
}

func damageError(path string, err error) error {
	msg, _, _ := strings.Cut(err.Error(), "\n") // a trace follows
	return fault.New(fault.Conflict, "the store %s is damaged or not a store (%s); restore it from a backup, or move it away to start anew", path, msg)
}

func openError(path string, err error) error {
	if damaged(err) {
		return damageError(path, err)
	}
	return fmt.Errorf("open store %q: %w", path, err)
}

// Watched is a Store whose errors say when its file is damaged, and which.
type Watched struct{ store *Store }

// Watch returns the store as one whose errors name it.
func Watch(s *Store) Watched { return Watched{s} }

var (
	_ store.Store    = Watched{}
	_ store.Retainer = Watched{}
	_ store.Eraser   = Watched{}
)

func (w Watched) told(err error) error {
	if damaged(err) {
		return damageError(w.store.path, err)
	}
	return err
}

// Import implements store.Store.
func (w Watched) Import(ctx context.Context, imp store.Import, items store.Items) (*store.Outcome, error) {
	out, err := w.store.Import(ctx, imp, items)
	return out, w.told(err)
}

// Delete implements store.Store.
func (w Watched) Delete(ctx context.Context, d store.Deletion) (*store.Outcome, error) {
	out, err := w.store.Delete(ctx, d)
	return out, w.told(err)
}

// Link implements store.Store.
func (w Watched) Link(ctx context.Context, l store.Links) (*store.Outcome, error) {
	out, err := w.store.Link(ctx, l)
	return out, w.told(err)
}

// Unlinked implements store.Store.
func (w Watched) Unlinked(ctx context.Context, s query.Scope, r day.Range) ([]store.Identity, error) {
	out, err := w.store.Unlinked(ctx, s, r)
	return out, w.told(err)
}

// Identities implements store.Store.
func (w Watched) Identities(ctx context.Context, enterprise int64) ([]store.Identity, error) {
	out, err := w.store.Identities(ctx, enterprise)
	return out, w.told(err)
}

// Groups implements store.Store.
func (w Watched) Groups(ctx context.Context, enterprise int64, r day.Range) ([]store.Group, error) {
	out, err := w.store.Groups(ctx, enterprise, r)
	return out, w.told(err)
}

// Query implements store.Store.
func (w Watched) Query(ctx context.Context, q query.Query) (*query.Result, error) {
	out, err := w.store.Query(ctx, q)
	return out, w.told(err)
}

// Export implements store.Store.
func (w Watched) Export(ctx context.Context, r store.Report, yield func(*report.Record) error) error {
	return w.told(w.store.Export(ctx, r, yield))
}

// SourceDays implements store.Store.
func (w Watched) SourceDays(ctx context.Context, enterprise int64, r day.Range) ([]store.SourceDay, error) {
	out, err := w.store.SourceDays(ctx, enterprise, r)
	return out, w.told(err)
}

// Span implements store.Store.
func (w Watched) Span(ctx context.Context, s query.Scope) (day.Range, error) {
	out, err := w.store.Span(ctx, s)
	return out, w.told(err)
}

// Clients implements store.Store.
func (w Watched) Clients(ctx context.Context, s query.Scope, r day.Range) ([]store.Client, error) {
	out, err := w.store.Clients(ctx, s, r)
	return out, w.told(err)
}

// Values implements store.Store.
func (w Watched) Values(ctx context.Context, s query.Scope, r day.Range, dimension string) ([]string, error) {
	out, err := w.store.Values(ctx, s, r, dimension)
	return out, w.told(err)
}

// Revisions implements store.Store.
func (w Watched) Revisions(ctx context.Context, enterprise int64, limit int, days bool) ([]store.Revision, error) {
	out, err := w.store.Revisions(ctx, enterprise, limit, days)
	return out, w.told(err)
}

// DataVersion implements store.Store.
func (w Watched) DataVersion(ctx context.Context, enterprise int64) (int64, error) {
	out, err := w.store.DataVersion(ctx, enterprise)
	return out, w.told(err)
}

// Enterprises implements store.Store.
func (w Watched) Enterprises(ctx context.Context) ([]int64, error) {
	out, err := w.store.Enterprises(ctx)
	return out, w.told(err)
}

// Verify implements store.Store.
func (w Watched) Verify(ctx context.Context) ([]store.Finding, error) {
	out, err := w.store.Verify(ctx)
	return out, w.told(err)
}

// Retain implements store.Retainer.
func (w Watched) Retain(ctx context.Context, r store.Retention) (store.Removed, error) {
	out, err := w.store.Retain(ctx, r)
	return out, w.told(err)
}

// TotalsOnly implements store.Retainer.
func (w Watched) TotalsOnly(ctx context.Context, enterprise int64, r day.Range) ([]day.Day, error) {
	out, err := w.store.TotalsOnly(ctx, enterprise, r)
	return out, w.told(err)
}

// Erase implements store.Eraser.
func (w Watched) Erase(ctx context.Context, e store.Erasure) (store.Removed, error) {
	out, err := w.store.Erase(ctx, e)
	return out, w.told(err)
}

// Ping implements store.Store.
func (w Watched) Ping(ctx context.Context) error { return w.told(w.store.Ping(ctx)) }

// Close implements store.Store.
func (w Watched) Close() error { return w.told(w.store.Close()) }
