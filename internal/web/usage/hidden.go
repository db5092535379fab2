package usage

import (
	"slices"

	"codegauge/internal/web/cards"
)

// hidesSome reports whether some of what a question by mode asks for is hidden, because it is of
// few people. Modes are not told of it, so that a sum over some modes is a lower bound, and no
// share of it is known; by another dimension what is hidden is in the row without a value.
func (d *dashboard) hidesSome(ask string) bool {
	t := d.Answers.Of(ask)
	return slices.ContainsFunc(t.Rows(), func(row []any) bool { return t.Column("feature") >= 0 && t.Partial(row) })
}

// partialPeriods returns the periods of a question over time of which some is hidden.
func (d *dashboard) partialPeriods(ask string) map[string]bool {
	out, t := map[string]bool{}, d.Answers.Of(ask)
	for _, row := range t.Rows() {
		if t.Column("feature") >= 0 && t.Partial(row) {
			key, _ := t.Name(row, d.fine.Grain)
			out[key] = true
		}
	}
	return out
}

// sumOver writes a sum over the rows of a question.
func (d *dashboard) sumOver(ask string, sum *float64) cards.Figure {
	return cards.LowerBound(d.hidesSome(ask), cards.Whole(sum))
}

// unhidden returns a sum over the rows of a question; unknown where some of it is hidden.
func (d *dashboard) unhidden(ask string, sum *float64) *float64 {
	if d.hidesSome(ask) {
		return nil
	}
	return sum
}

// hiddenNote says that figures of few people are in none of the rows.
func (d *dashboard) hiddenNote(ask string) []string {
	if d.Answers.Of(ask).Hides() || d.hidesSome(ask) {
		return []string{d.T("usage.hidden")}
	}
	return nil
}

// partialRow reports whether some of what a question asks for is hidden of one value.
func (d *dashboard) partialRow(ask, dimension, value string) bool {
	t := d.Answers.Of(ask)
	return slices.ContainsFunc(t.Rows(), func(row []any) bool {
		name, ok := t.Name(row, dimension)
		return ok && name == value && t.Partial(row)
	})
}
