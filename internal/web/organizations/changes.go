package organizations

import (
	"context"
	"strings"

	"codegauge/internal/access"
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
	words := d.State.At(d.State.Path).Words(d.Window)
	found, err := d.Data.Changes(ctx, words)
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
		if o, ok := d.organizations[r.Organization]; ok && d.Place.Organization == nil {
			row.URL = d.State.At(shell.InsightsPath(access.Place{Enterprise: d.Place.Enterprise, Organization: &o}, "code-generation")).URL()
		}
		out.Rows = append(out.Rows, row)
	}
	out.Sentence = d.Say(out.Plain())
	return out, nil
}
