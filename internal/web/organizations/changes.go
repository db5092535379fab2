package organizations

import (
	"context"
	"strings"

	"codegauge/internal/query"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/digest"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// changes is the card "What changed".
type changes struct {
	digest.Words
	Rows     []changeRow
	Sentence cards.Sentence
	// Blocked says why nothing is told.
	Blocked *cards.Blocked
}

// changeRow is a movement with its bar, and where its organization is.
type changeRow struct {
	digest.Row
	Bar *cards.RowBar
	// Shares names the bar's parts.
	Shares string
	URL    string
	Warn   bool
}

// changes says what moved since last month.
func (d *dashboard) changes(ctx context.Context) (*changes, error) {
	if d.filtered() {
		title := d.T("changes.title")
		return &changes{Words: digest.Words{Title: title}, Blocked: &cards.Blocked{Message: d.T("organizations.changes.filtered"),
			Fixes: []shell.Link{{Label: d.T("blocked.removeall"), URL: d.State.With(func(s *shell.State) { s.Where = nil }).URL()}}}}, nil
	}
	found, err := d.Data.Changes(ctx, d.State.At(d.State.Path).Words(d.Window))
	if err != nil {
		return nil, err
	}
	out := &changes{Words: digest.Write(d.Text, found)}
	for _, r := range out.Words.Rows {
		row := changeRow{Row: r, Warn: r.Reason != "use"}
		var parts []cards.Part
		var shares []string
		most, step := 0.0, 0
		for _, p := range r.Parts {
			part := cards.Part{Step: cards.StepGrey, Value: max(0, p.Share)}
			switch {
			case p.Missing:
				part.Step = cards.StepNone
			case p.Fault:
				part.Step = cards.StepPale
			case !p.Rest:
				part.Step = []cards.Step{cards.StepStrong, cards.StepMid}[min(step, 1)]
				step++
			}
			most += part.Value
			parts, shares = append(parts, part), append(shares, d.T("organizations.part", p.Label, text.WholePercent(p.Share)))
		}
		row.Bar, row.Shares = cards.NewRowBar(most, parts...), strings.Join(shares, " · ")
		if o := d.Known[r.Organization]; o != nil && d.Place.Organization == nil {
			row.URL = d.State.At(shell.InsightsPath(o.Place, "code-generation")).URL()
		}
		out.Rows = append(out.Rows, row)
	}
	out.Sentence = d.Say(out.Plain())
	return out, nil
}

// filtered reports whether the page is filtered, by which what changed is not told.
func (d *dashboard) filtered() bool { return len(d.Effective.Where) > 0 }

// changesSheet is what changed as a table.
func (d *dashboard) changesSheet(ctx context.Context) ([]cards.Sheet, error) {
	if d.filtered() {
		return nil, nil
	}
	found, err := d.Data.Changes(ctx, d.State.At(d.State.Path).Words(d.Window))
	if err != nil {
		return nil, err
	}
	words := digest.Write(d.Text, found)
	var rows [][]any
	for i, m := range found.Movements {
		organization := any(nil)
		if m.Organization != nil {
			organization = m.Organization.Key()
		}
		r := &words.Rows[i]
		rows = append(rows, []any{m.Figure, organization, m.Now, m.Before, string(m.Reason), strings.Join([]string{r.Sentence, r.Main, r.Because}, " ")})
	}
	var columns []query.Column
	for _, name := range []string{"figure", "organization", "now", "before", "reason", "words"} {
		columns = append(columns, query.Column{Name: name})
	}
	return []cards.Sheet{cards.NewSheet("changes", columns, rows, words.Lead, words.Note, words.Rule)}, nil
}
