package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/directory/sqlite"
	"codegauge/internal/query"
	"codegauge/internal/service"
	"codegauge/internal/store/duckdb"
)

type timed struct {
	*service.Service
	mu  sync.Mutex
	log []string
}

func (d *timed) note(name string, t time.Time) {
	d.mu.Lock()
	d.log = append(d.log, fmt.Sprintf("%8.1f ms  %s", float64(time.Since(t).Microseconds())/1000, name))
	d.mu.Unlock()
}
func (d *timed) Query(ctx context.Context, w service.Words) (*query.Answer, error) {
	defer d.note(fmt.Sprint("query ", w.Measures, w.By, w.Where), time.Now())
	return d.Service.Query(ctx, w)
}
func (d *timed) Status(ctx context.Context, w service.Words) (*service.Status, error) {
	defer d.note("status", time.Now())
	return d.Service.Status(ctx, w)
}
func (d *timed) Reconcile(ctx context.Context, w service.Words) (*service.Reconciliation, error) {
	defer d.note("reconcile", time.Now())
	return d.Service.Reconcile(ctx, w)
}
func (d *timed) Values(ctx context.Context, w service.Words, dim string) ([]string, error) {
	defer d.note("values "+dim, time.Now())
	return d.Service.Values(ctx, w, dim)
}
func (d *timed) SeatCount(ctx context.Context, w service.Words) (*int64, error) {
	defer d.note("seats", time.Now())
	return d.Service.SeatCount(ctx, w)
}
func (d *timed) Entity(ctx context.Context, w service.Words) (directory.Entity, error) {
	defer d.note("entity", time.Now())
	return d.Service.Entity(ctx, w)
}
func (d *timed) Entities(ctx context.Context, e string, k directory.Kind) ([]directory.Entity, error) {
	defer d.note("entities", time.Now())
	return d.Service.Entities(ctx, e, k)
}

func TestTiming(t *testing.T) {
	dir := os.Getenv("TIMING")
	if dir == "" {
		t.Skip()
	}
	ctx := context.Background()
	d, err := sqlite.Open(ctx, dir+"/directory.db")
	if err != nil {
		t.Fatal(err)
	}
	st, err := duckdb.Open(ctx, dir, duckdb.Options{MemoryMB: 500, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	data := &timed{Service: service.New(d, st, service.Options{})}
	web, err := New(data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	web.Routes(mux)
	for i, u := range []string{base + "?days=21", base + "?days=22", base + "?days=23", base, base + "?days=90", base + "?days=365", base + "?where=model%3Dauto", base} {
		data.log = nil
		start := time.Now()
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", u, nil))
		fmt.Println(i, u, w.Code, time.Since(start))
		if i == 3 || i == 5 {
			for _, l := range data.log {
				fmt.Println(l)
			}
		}
	}
}
