package question

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
	"codegauge/internal/report"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/store"
	"codegauge/internal/store/oracle"
)

// world is a Answerer over a directory and a store in memory, with what stands beside it;
// today is 2026-11-24 unless set.
type world struct {
	*Answerer
	*intake.Intake
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
	w.Answerer = New(w.dir, w.store, w.Privacy, Options{Now: now})
	w.Intake = intake.New(w.dir, w.store, intake.Options{Now: now, Contradictions: w.Contradictions})
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
func (w *world) load(req intake.Request, lines ...string) *intake.Report {
	w.t.Helper()
	l, err := w.tryLoad(req, lines...)
	if err != nil {
		w.t.Fatalf("import: %v", err)
	}
	return l
}

func (w *world) tryLoad(req intake.Request, lines ...string) (*intake.Report, error) {
	req.Inputs = append(req.Inputs, reporttest.Input("in.ndjson", lines...))
	return w.Import(w.t.Context(), req)
}

func (w *world) query(words Parameters) *query.Answer {
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

func warns(t *testing.T, warnings []string, want string) {
	t.Helper()
	if !slices.Contains(warnings, want) {
		t.Errorf("got warnings %q, want %q", warnings, want)
	}
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
