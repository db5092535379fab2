package duckdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/report"

	"codegauge/internal/store"
	"codegauge/internal/store/storetest"
)

func open(t *testing.T) store.Store {
	t.Helper()
	s, err := Open(t.Context(), t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConformance(t *testing.T) { storetest.Run(t, open) }

func TestErasure(t *testing.T) { storetest.Erasure(t, open) }

func TestRetention(t *testing.T) { storetest.Retention(t, open) }

// TestRandomAgreesWithOracle compares with the plain Go reading of the same
// records; CODEGAUGE_CASES raises the number of data sets (make soak: 1,000).
func TestRandomAgreesWithOracle(t *testing.T) { storetest.Compare(t, 1, 25, open) }

// TestReplayAgreesWithOracle imports files again, in any order;
// CODEGAUGE_REPLAYS raises the number of cases (make soak: 10,000).
func TestReplayAgreesWithOracle(t *testing.T) { storetest.Replay(t, 1, 20, open) }

// TestInParts runs the suites with bounds so small that every change has several
// slices, reads its days in parts and appends what it rolls up often.
func TestInParts(t *testing.T) {
	slices, runs, identities, bytes := sliceRecords, rollupRecords, loadIdentities, flushBytes
	t.Cleanup(func() { sliceRecords, rollupRecords, loadIdentities, flushBytes = slices, runs, identities, bytes })
	sliceRecords, rollupRecords, loadIdentities, flushBytes = 3, 4, 2, 400
	t.Run("rules", func(t *testing.T) { storetest.Run(t, open) })
	t.Run("data sets", func(t *testing.T) { storetest.Compare(t, 2, 10, open) })
	t.Run("any order", func(t *testing.T) { storetest.Replay(t, 2, 10, open) })
}

// slice hands out items once, as many as a buffer takes.
type slice struct{ items []store.Item }

func (s *slice) Next(_ context.Context, buf *store.Buffer) (int, error) {
	n := min(len(s.items), 1000)
	if n == 0 {
		return 0, io.EOF
	}
	buf.Items, s.items = s.items[:n], s.items[n:]
	return n, nil
}

func (s *slice) Refusals() []report.Refusal { return nil }

func (s *slice) Settle(context.Context) error { return nil }

// TestPaths opens stores in directories whose names mean something in a URL, in SQL,
// or to a shell.
func TestPaths(t *testing.T) {
	if _, err := Open(t.Context(), "what?", Options{}); err == nil || !strings.Contains(err.Error(), "question mark") {
		t.Errorf("a question mark: %v", err)
	}
	for _, name := range []string{"a#b", "50%", "b=c&d", "it's", "a b", `c\d`, "ü\"x"} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			s, err := Open(t.Context(), dir, Options{MemoryMB: 100})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var setting string
			err = s.db.QueryRow(`SELECT current_setting('temp_directory')`).Scan(&setting)
			if err := errors.Join(err, s.Backup(t.Context(), filepath.Join(dir, "backup")), os.Remove(filepath.Join(dir, "backup")), s.Close()); err != nil || setting != filepath.Join(dir, "tmp") {
				t.Errorf("%s: temporary files in %s, %v", name, setting, err)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, FileName)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestForm looks for what files in DuckDB's old form have, its estimates of distinct
// values, in the store's file and in a backup, which an erasure makes the store's.
func TestForm(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(dir, "backup")
	record := &report.Record{Kind: report.UserDay, Day: 20000, UserID: "1"}
	_, err = s.Import(t.Context(), store.Import{}, &slice{[]store.Item{{Record: record, Enterprise: 1, Source: 1, Tool: "copilot"}}})
	if err := errors.Join(err, s.Backup(t.Context(), backup), s.Close()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, FileName), backup} {
		if b, err := os.ReadFile(path); err != nil || len(b) < 1<<20 || bytes.Contains(b, []byte("HYLL")) {
			t.Errorf("%s has estimates in the old form: %d bytes, %v", filepath.Base(path), len(b), err)
		}
	}
}

// TestChunkWithoutFacts imports more memberships than a chunk has records, then
// users: their breakdowns must be there.
func TestChunkWithoutFacts(t *testing.T) {
	const d = day.Day(20000)
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var items []store.Item
	add := func(r *report.Record, team int64) {
		r.Day = d
		r.Seq = int64(len(items))
		items = append(items, store.Item{Record: r, Enterprise: 1, Source: 1, Team: team, Tool: "copilot", Version: at})
	}
	for i := range chunkRecords + 1000 {
		add(&report.Record{Kind: report.UserTeam, UserID: fmt.Sprint(i)}, 2)
	}
	const users = 15_000 // their rows fill more than one of DuckDB's row groups
	for i := range users {
		r := &report.Record{Kind: report.UserDay, UserID: fmt.Sprint(i), ByFeature: []report.Row{{Feature: "agent_edit"}}}
		for j := range 10 {
			r.ByIDE = append(r.ByIDE, report.Row{IDE: fmt.Sprint(j)})
		}
		r.Totals.Set(5, 7)
		r.ByFeature[0].Set(5, 7)
		add(r, 0)
	}
	s := open(t)
	if _, err := s.Import(t.Context(), store.Import{At: at}, &slice{items}); err != nil {
		t.Fatal(err)
	}
	res, err := s.Query(t.Context(), query.Query{Scope: query.Scope{Enterprise: 1}, Measures: []string{"loc_added"}, By: []string{"feature"}, Range: day.Range{From: d, To: d}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := storetest.Table(res), "agent_edit"; len(res.Rows) != 1 || res.Rows[0][0] != want || res.Rows[0][1] != int64(7*users) {
		t.Errorf("got:\n%s\nwant %d lines by %s", got, 7*users, want)
	}
}
