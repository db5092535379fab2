package service

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codegauge/internal/report"
)

const samples = "/work/shared/samples/reports"

// sample returns one of the samples that are not part of the project.
func sample(t *testing.T, name string) report.Input {
	t.Helper()
	path := filepath.Join(samples, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no samples: %v", err)
	}
	return report.Input{Name: path, Size: -1, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

func TestSamples(t *testing.T) {
	for _, name := range []string{"enterprise-28-day-report.ndjson", "organization-28-day-report.ndjson", "organization-users-28-day-report.ndjson",
		"enterprise-1-day-flat.json", "organization-1-day-no-toplevel-loc.json", "user-teams-1-day.ndjson", "users-1-day-full-and-reduced.ndjson"} {
		w := newWorld(t)
		l := w.load2(ImportRequest{Enterprise: "acme", Inputs: []report.Input{sample(t, name)}})
		t.Log(name, l.Records, l.Users, l.From, l.To, len(l.Days), l.Refused)
		for _, x := range l.Warnings {
			t.Log("  W ", x.Reason)
		}
		st, err := w.Status(t.Context(), Words{})
		t.Logf("  %+v %v", st, err)
		a := w.query(Words{Measures: []string{"loc_added", "loc_deleted"}, Source: "auto"})
		t.Log("  ", show(a), strings.Join(a.Warnings, "\n"))
	}
}

func (w *world) load2(req ImportRequest) *Ledger {
	w.t.Helper()
	l, err := w.Import(w.t.Context(), req)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}
