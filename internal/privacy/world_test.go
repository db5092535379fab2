package privacy_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory/directorytest"
	"codegauge/internal/intake"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/store"
	"codegauge/internal/store/oracle"
)

// world is a Privacy over a directory and a store in memory, with what stands beside it;
// today is 2026-11-24 unless set.
type world struct {
	*question.Answerer
	*intake.Intake
	*privacy.Privacy
	t     *testing.T
	dir   *directorytest.Memory
	store store.Store
	today string
}

func newWorld(t *testing.T) *world { return worldOver(t, oracle.New()) }

func worldOver(t *testing.T, st store.Store) *world {
	w := &world{t: t, dir: directorytest.NewMemory(), store: st, today: "2026-11-24"}
	now := func() time.Time { return must(day.Parse(w.today)).Time().Add(12 * time.Hour) }
	w.Privacy = privacy.New(w.dir, w.store, now)
	w.Answerer = question.New(w.dir, w.store, w.Privacy, question.Options{Now: now})
	w.Intake = intake.New(w.dir, w.store, intake.Options{Now: now, Contradictions: w.Contradictions})
	return w
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
