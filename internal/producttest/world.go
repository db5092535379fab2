// Package producttest puts the product over a directory and a store in memory, for the tests
// of its packages.
package producttest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory/directorytest"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/report"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/store"
	"codegauge/internal/store/oracle"
)

// World is the product; it is noon of Today, which is 2026-11-24 unless set.
type World struct {
	*question.Answerer
	*intake.Intake
	*privacy.Privacy
	T     testing.TB
	Dir   *directorytest.Memory
	Store store.Store
	Today string
}

// NewWorld returns a world without data.
func NewWorld(t testing.TB) *World { return NewWorldOver(t, oracle.New()) }

// NewWorldOver returns a world whose data is in a store.
func NewWorldOver(t testing.TB, st store.Store) *World {
	w := &World{T: t, Dir: directorytest.NewMemory(), Store: st, Today: "2026-11-24"}
	now := func() time.Time { return Must(day.Parse(w.Today)).Time().Add(12 * time.Hour) }
	w.Privacy = privacy.New(w.Dir, w.Store, now)
	w.Answerer = question.New(w.Dir, w.Store, w.Privacy, question.Options{Now: now})
	w.Intake = intake.New(w.Dir, w.Store, intake.Options{Now: now, Contradictions: w.Contradictions})
	return w
}

// Load imports lines, as the request says otherwise.
func (w *World) Load(req intake.Request, lines ...string) *intake.Report {
	w.T.Helper()
	l, err := w.TryLoad(req, lines...)
	if err != nil {
		w.T.Fatalf("import: %v", err)
	}
	return l
}

// TryLoad is Load for what may be refused.
func (w *World) TryLoad(req intake.Request, lines ...string) (*intake.Report, error) {
	req.Inputs = append(req.Inputs, reporttest.Input("in.ndjson", lines...))
	return w.Import(w.T.Context(), req)
}

// LoadDays imports one user's records of the days as one report.
func (w *World) LoadDays(req intake.Request, id int, days []string, members ...string) {
	w.T.Helper()
	var lines []string
	for _, d := range days {
		lines = append(lines, reporttest.User(id, d, 10, 1, members...))
	}
	w.Load(req, lines...)
}

// Ask answers a query.
func (w *World) Ask(words question.Parameters) *query.Answer {
	w.T.Helper()
	a, err := w.Query(w.T.Context(), words)
	if err != nil {
		w.T.Fatalf("query %+v: %v", words, err)
	}
	return a
}

// Must returns a value that comes without an error.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Show writes an answer's rows, one a line.
func Show(a *query.Answer) string {
	var b bytes.Buffer
	for _, row := range a.Rows {
		for i, v := range row {
			if i > 0 {
				b.WriteByte(' ')
			}
			if v == nil {
				v = "null"
			}
			fmt.Fprint(&b, v)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Reasons returns the texts of an import's warnings, one a line.
func Reasons(list []report.Warning) string {
	var out []string
	for _, w := range list {
		out = append(out, w.Reason)
	}
	return strings.Join(out, "\n")
}

// Mentions reports whether a text is in one of an import's warnings.
func Mentions(list []report.Warning, text string) bool {
	return slices.ContainsFunc(list, func(w report.Warning) bool { return strings.Contains(w.Reason, text) })
}

// Refuses checks that an error is of a kind and says something.
func Refuses(t testing.TB, what string, err error, kind fault.Kind, says string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want %q", what, says)
		return
	}
	if fault.KindOf(err) != kind || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: got %d %q, want %d %q", what, fault.KindOf(err), err, kind, says)
	}
}
