package service

import (
	"os"
	"path/filepath"
	"testing"
	"time"
	"codegauge/internal/report"
	"context"
	"encoding/json"
	"codegauge/internal/store"
	"codegauge/internal/query"
)

type slowStore struct{ store.Store; t *testing.T }
func (s slowStore) Import(ctx context.Context, imp store.Import, it store.Items) (*store.Outcome, error) {
	b := time.Now(); defer func() { s.t.Log("store.Import", time.Since(b)) }()
	return s.Store.Import(ctx, imp, it)
}
func (s slowStore) Query(ctx context.Context, q query.Query) (*query.Result, error) {
	b := time.Now(); defer func() { s.t.Log("store.Query", q.Measures, q.By, time.Since(b)) }()
	return s.Store.Query(ctx, q)
}

func TestProf(t *testing.T) {
	if os.Getenv("PROF") == "" { t.Skip() }
	w := newWorld(t)
	w.Service.store = slowStore{w.store, t}
	fs, _ := filepath.Glob("/tmp/cgtest/gen/*")
	if os.Getenv("PROF") == "1" { fs = fs[50:70] }
	in, err := report.Files(fs, nil)
	if err != nil { t.Fatal(err) }
	b := time.Now()
	_, err = w.Import(t.Context(), ImportRequest{Enterprise: "acme", Inputs: in})
	t.Log("Import", time.Since(b), err)
	for range 1 {
	b = time.Now()
	w.status(Words{})
	t.Log("Status", time.Since(b))
	b = time.Now()
	w.query(Words{Measures: lineMeasures, By: []string{"day"}})
	t.Log("Query", time.Since(b))
	b = time.Now()
	r := w.reconcile(Words{})
	t.Log("Reconcile", time.Since(b), len(r.Days))
	j, _ := json.Marshal(r); t.Log(string(j))
	}
}
