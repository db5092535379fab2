package intake

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory/directorytest"
	"codegauge/internal/fault"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/report"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/store"
	"codegauge/internal/store/oracle"
)

// world is a Intake over a directory and a store in memory, with what stands beside it;
// today is 2026-11-24 unless set.
type world struct {
	*question.Answerer
	*Intake
	*privacy.Privacy
	t     *testing.T
	dir   *directorytest.Memory
	store store.Store
	today string
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, dir: directorytest.NewMemory(), store: oracle.New(), today: "2026-11-24"}
	now := func() time.Time { return must(day.Parse(w.today)).Time().Add(12 * time.Hour) }
	w.Privacy = privacy.New(w.dir, w.store, now)
	w.Answerer = question.New(w.dir, w.store, w.Privacy, question.Options{Now: now})
	w.Intake = New(w.dir, w.store, Options{Now: now, Contradictions: w.Contradictions})
	return w
}

func reasons(list []report.Warning) string {
	var out []string
	for _, w := range list {
		out = append(out, w.Reason)
	}
	return strings.Join(out, "\n")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// load imports the lines, as the request says otherwise.
func (w *world) load(req Request, lines ...string) *Report {
	w.t.Helper()
	l, err := w.tryLoad(req, lines...)
	if err != nil {
		w.t.Fatalf("import: %v", err)
	}
	return l
}

func (w *world) tryLoad(req Request, lines ...string) (*Report, error) {
	req.Inputs = append(req.Inputs, reporttest.Input("in.ndjson", lines...))
	return w.Import(w.t.Context(), req)
}

func (w *world) query(words question.Parameters) *query.Answer {
	w.t.Helper()
	a, err := w.Query(w.t.Context(), words)
	if err != nil {
		w.t.Fatalf("query %+v: %v", words, err)
	}
	return a
}

// show writes an answer's rows, one a line.
func show(a *query.Answer) string {
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

func mentions(list []report.Warning, text string) bool {
	for _, w := range list {
		if strings.Contains(w.Reason, text) {
			return true
		}
	}
	return false
}

// refuses checks that err is of a kind and says something.
func refuses(t *testing.T, what string, err error, kind fault.Kind, says string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want %q", what, says)
		return
	}
	if fault.KindOf(err) != kind || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: got %d %q, want %d %q", what, fault.KindOf(err), err, kind, says)
	}
}

// loadDays imports one user's records of the days as one report.
func (w *world) loadDays(req Request, id int, days []string, members ...string) {
	w.t.Helper()
	var lines []string
	for _, d := range days {
		lines = append(lines, reporttest.User(id, d, 10, 1, members...))
	}
	w.load(req, lines...)
}
