package sqlstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// TestExportInOrder exports a day of more people than are held at once in the order of what
// their ids become: each is there once, and the order tells nothing of the ids.
func TestExportInOrder(t *testing.T) {
	s := New(databasetest.Open(t, databasetest.SQLite), Options{SpoolDir: t.TempDir()})
	const people = passRows + 500
	var lines bytes.Buffer
	for i := range people {
		fmt.Fprintf(&lines, `{"day":"2026-05-01","user_id":%d,"user_login":"u%d","loc_added_sum":%d,"loc_deleted_sum":0,"totals_by_feature":[]}`+"\n", i+1, i+1, i%7)
	}
	rd := report.NewReader([]report.Input{{Name: "in", Size: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(lines.Bytes())), nil }}}, report.Options{})
	defer rd.Close()
	if _, err := s.Import(t.Context(), store.Import{At: time.Now()}, &placed{rd, time.Unix(1e9, 0)}); err != nil {
		t.Fatal(err)
	}
	hidden := func(id string) string {
		sum := sha256.Sum256([]byte(id))
		return hex.EncodeToString(sum[:6])
	}
	d := day.Date(2026, 5, 1)
	var got []string
	added, sum := int64(0), int64(0)
	err := s.Export(t.Context(), store.Report{Enterprise: 1, Source: 1, Kind: report.UserDay, Range: day.Range{From: d, To: d}, OrderOf: hidden}, func(r *report.Record) error {
		got = append(got, hidden(r.UserID))
		n, _ := r.Totals.Get(int(metric.LocAdded))
		added += n
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range int64(people) {
		sum += i % 7
	}
	if distinct := slices.Compact(slices.Clone(got)); !slices.IsSorted(got) || len(distinct) != people || added != sum {
		t.Errorf("%d records, %d in order, %d lines; want %d of %d people", len(got), len(distinct), added, sum, people)
	}
}
