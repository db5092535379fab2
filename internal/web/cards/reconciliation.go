package cards

import (
	"strconv"

	"codegauge/internal/question"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// Reconciliation is "How the numbers add up".
type Reconciliation struct {
	Title   string
	Refused string
	// Parts lead from user, agent, unclassified and discrepancy to the total.
	Parts  []ReconciliationRow
	Total  ReconciliationRow
	Checks []ReconciliationCheck
	// Days lists the days on which reports contradict themselves.
	Days  []ReconciliationDay
	Facts []shell.Fact
}

// ReconciliationRow is a line of the account.
type ReconciliationRow struct {
	Label, Swatch           string
	Added, Deleted, Changed Cell
}

// ReconciliationCheck leads from a breakdown's sum to the total.
type ReconciliationCheck struct {
	Label     string
	Sum       ReconciliationRow
	Residuals []ReconciliationRow
	Even      bool
}

// ReconciliationDay is a day whose own breakdown differs from its total.
type ReconciliationDay struct {
	Label, URL      string
	Total, Features Cell
	Difference      string
}

// maxReconciliationDays is how many contradicting days are listed; the rest is counted.
const maxReconciliationDays = 31

// Reconciliation makes the card of a reconciliation, or of why there is none.
func (b *Builder) Reconciliation(sums *question.Reconciliation, refused error) *Reconciliation {
	l := &Reconciliation{Title: b.T("reconciliation.title")}
	if sums == nil {
		l.Refused = refused.Error()
		if blocked := b.Block(LineMeasures, "initiator"); blocked != nil {
			l.Refused = blocked.Message
		}
		return l
	}
	for _, p := range sums.Parts {
		l.Parts = append(l.Parts, reconciliationRow(b.T("part."+p.Name), p.Name, p.Lines))
	}
	l.Total = reconciliationRow(b.T("reconciliation.total"), "", sums.Total)
	for _, c := range sums.Checks {
		l.Checks = append(l.Checks, b.reconciliationCheck(c))
	}
	for _, d := range sums.Days[:min(maxReconciliationDays, len(sums.Days))] {
		l.Days = append(l.Days, b.reconciliationDay(d))
	}
	l.Facts = b.reconciliationFacts(sums)
	return l
}

func (b *Builder) reconciliationFacts(sums *question.Reconciliation) []shell.Fact {
	facts := []shell.Fact{
		{Label: b.T("reconciliation.rows"), Value: text.Grouped(sums.Rows)},
		{Label: b.T("definition"), Value: shell.DefinitionLabel(sums.Definition)},
		{Label: b.T("reconciliation.version"), Value: strconv.FormatInt(sums.DataVersion, 10)},
	}
	if sums.Differs != nil {
		facts = append(facts, shell.Fact{Label: b.T("reconciliation.sources"), Value: b.Disagreement(sums.Differs)})
	}
	if n := len(sums.Days); n > maxReconciliationDays {
		facts = append(facts, shell.Fact{Label: b.T("reconciliation.moredays"), Value: text.Grouped(int64(n - maxReconciliationDays))})
	}
	return facts
}

func (b *Builder) reconciliationCheck(c question.Check) ReconciliationCheck {
	out := ReconciliationCheck{Label: b.T("check." + c.Breakdown), Sum: reconciliationRow(b.T("reconciliation.sum", b.T("check."+c.Breakdown)), "", c.Sum)}
	for _, r := range c.Residuals {
		out.Residuals = append(out.Residuals, reconciliationRow(r.Cause, "", r.Lines))
	}
	out.Even = len(c.Residuals) == 0
	return out
}

func (b *Builder) reconciliationDay(d question.DayResidual) ReconciliationDay {
	out := ReconciliationDay{Label: text.LongDay(d.Day), Total: lineCell(d.Total.Changed), Features: lineCell(d.Features.Changed), Difference: text.None}
	if d.Total.Changed != nil && d.Features.Changed != nil {
		out.Difference = text.Grouped(*d.Total.Changed - *d.Features.Changed)
	}
	return out
}

func reconciliationRow(label, swatch string, l question.Lines) ReconciliationRow {
	return ReconciliationRow{label, swatch, lineCell(l.Added), lineCell(l.Deleted), lineCell(l.Changed)}
}

// Disagreement says on which days user records and aggregates have different lines.
func (b *Builder) Disagreement(d *question.Disagreement) string {
	n := func(n int64) string { return text.Grouped(n) }
	return b.T("reconciliation.disagree", b.Entity.Label(), n(int64(len(d.Days))), b.DaysWord(d.Of), text.Runs(d.Days), n(d.Users[0]), n(d.Users[1]), n(d.Aggregate[0]), n(d.Aggregate[1]))
}
