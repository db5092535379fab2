package question_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/fault"
	"codegauge/internal/question"
)

// TestImpactTables: each table has a cell for each column; a row that says why it has no figures
// has none, and the warnings say it in words.
func TestImpactTables(t *testing.T) {
	w := newSeatWorld(t, 12)
	reader := access.With(t.Context(), access.NewProgram(w.entities["acme"].ID, access.ViewEnterprise))
	broken := question.Parameters{Enterprise: "acme", From: "2026-07-20", To: "2026-08-16"}
	reasons := map[string]bool{}
	for i, words := range []question.Parameters{seatWords, seatWords, broken} {
		ctx := t.Context()
		if i == 1 {
			ctx = reader
		}
		for _, figures := range question.ImpactFigures {
			a, err := w.ImpactTable(ctx, words, figures)
			if err != nil {
				t.Fatalf("%s: %v", figures, err)
			}
			if len(a.Rows) == 0 && len(a.Warnings) == 0 {
				t.Errorf("%d, %s: no rows, and no reason", i, figures)
			}
			why := a.Column("why")
			for _, row := range a.Rows {
				if len(row) != len(a.Columns) {
					t.Fatalf("%s: %d cells in %d columns: %v", figures, len(row), len(a.Columns), row)
				}
				if why < 0 || row[why] == nil {
					continue
				}
				reasons[row[why].(string)] = true
				if !slices.ContainsFunc(a.Warnings, func(s string) bool { return strings.HasPrefix(s, row[why].(string)+": ") }) {
					t.Errorf("%d, %s: no warning says what %v is: %q", i, figures, row[why], a.Warnings)
				}
				for n, cell := range row {
					ratio := a.Columns[n].Type == "number" && !slices.Contains([]string{"phases_0_1", "phases_2_up"}, a.Columns[n].Name)
					if ratio && cell != nil {
						t.Errorf("%d, %s: %s is %v, although %v", i, figures, a.Columns[n].Name, cell, row[why])
					}
				}
			}
		}
	}
	for _, want := range []string{"people", "break", "person", "phases", "teams", "records"} {
		if !reasons[want] {
			t.Errorf("nothing is missing because of %q, so that it is not tested: %v", want, reasons)
		}
	}
	a, err := w.ImpactTable(t.Context(), broken, "findings")
	if err != nil || !strings.Contains(strings.Join(a.Warnings, "\n"), "changed 2026-07-28: app activity joins") {
		t.Errorf("what changed: %v, %v", a, err)
	}
}

// TestImpactRefused: what cannot be asked is refused with the reason, not answered with nothing.
func TestImpactRefused(t *testing.T) {
	w := newSeatWorld(t, 12)
	words := func(where string) question.Parameters {
		out := seatWords
		out.Where = []string{where}
		return out
	}
	for _, c := range []struct {
		words   question.Parameters
		figures string
		kind    fault.Kind
		says    string
	}{
		{seatWords, "causes", fault.Invalid, `figures "causes" is not one of findings`},
		{words("user=u1"), "phases", fault.Unsupported, "groups of people"},
		{words("model=gpt-5"), "phases", fault.Unsupported, "phase × model"},
		{words("model=gpt-5"), "outcome", fault.Unsupported, "model"},
	} {
		a, err := w.ImpactTable(t.Context(), c.words, c.figures)
		if fault.KindOf(err) != c.kind || !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("%s: %v, %v; want %q", c.figures, a, err, c.says)
		}
	}
	if a, err := w.ImpactTable(t.Context(), words("model=gpt-5"), "multiplier"); err != nil || a.Rows[len(a.Rows)-1][a.Column("why")] != "filters" {
		t.Errorf("of people with a filter: %v, %v", a, err)
	}
	whole := question.Parameters{Enterprise: "acme", Days: 90, Where: []string{"model=gpt-5"}, Surface: "ide"}.AsGitHubImpact()
	if a, err := w.ImpactTable(t.Context(), whole, "phases"); err != nil || a.To-a.From != 27 {
		t.Errorf("as GitHub's page: %v, %v", a, err)
	}
}
