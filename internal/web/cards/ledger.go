package cards

import (
	"strconv"

	"codegauge/internal/question"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// Ledger is "How the numbers add up".
type Ledger struct {
	Title   string
	Refused string
	// Parts lead from user, agent, unclassified and discrepancy to the total.
	Parts  []LedgerRow
	Total  LedgerRow
	Checks []LedgerCheck
	// Days lists the days on which reports contradict themselves.
	Days  []LedgerDay
	Facts []shell.Fact
}

// LedgerRow is a line of the account.
type LedgerRow struct {
	Label, Swatch           string
	Added, Deleted, Changed Cell
}

// LedgerCheck leads from a breakdown's sum to the total.
type LedgerCheck struct {
	Label     string
	Sum       LedgerRow
	Residuals []LedgerRow
	Even      bool
}

// LedgerDay is a day whose own breakdown differs from its total.
type LedgerDay struct {
	Label, URL      string
	Total, Features Cell
	Difference      string
}

// ledgerDays is how many contradicting days are listed; the rest is counted.
const ledgerDays = 31

// Ledger makes the card of a reconciliation, or of why there is none.
func (b *Builder) Ledger(sums *question.Reconciliation, refused error) *Ledger {
	l := &Ledger{Title: b.T("ledger.title")}
	if sums == nil {
		l.Refused = refused.Error()
		if blocked := b.block(LineMeasures, "initiator"); blocked != nil {
			l.Refused = blocked.Message
		}
		return l
	}
	for _, p := range sums.Parts {
		l.Parts = append(l.Parts, ledgerRow(b.T("part."+p.Name), p.Name, p.Lines))
	}
	l.Total = ledgerRow(b.T("ledger.total"), "", sums.Total)
	for _, c := range sums.Checks {
		l.Checks = append(l.Checks, b.ledgerCheck(c))
	}
	for _, d := range sums.Days[:min(ledgerDays, len(sums.Days))] {
		l.Days = append(l.Days, b.ledgerDay(d))
	}
	l.Facts = b.ledgerFacts(sums)
	return l
}

func (b *Builder) ledgerFacts(sums *question.Reconciliation) []shell.Fact {
	facts := []shell.Fact{
		{Label: b.T("ledger.rows"), Value: text.Grouped(sums.Rows)},
		{Label: b.T("definition"), Value: shell.DefinitionLabel(sums.Definition)},
		{Label: b.T("ledger.version"), Value: strconv.FormatInt(sums.DataVersion, 10)},
	}
	if n := len(sums.Days); n > ledgerDays {
		facts = append(facts, shell.Fact{Label: b.T("ledger.moredays"), Value: text.Grouped(int64(n - ledgerDays))})
	}
	return facts
}

func (b *Builder) ledgerCheck(c question.Check) LedgerCheck {
	out := LedgerCheck{Label: b.T("check." + c.Breakdown), Sum: ledgerRow(b.T("ledger.sum", b.T("check."+c.Breakdown)), "", c.Sum)}
	for _, r := range c.Residuals {
		out.Residuals = append(out.Residuals, ledgerRow(r.Cause, "", r.Lines))
	}
	out.Even = len(c.Residuals) == 0
	return out
}

func (b *Builder) ledgerDay(d question.DayResidual) LedgerDay {
	out := LedgerDay{Label: text.LongDay(d.Day), Total: lineCell(d.Total.Changed), Features: lineCell(d.Features.Changed), Difference: text.None}
	if d.Total.Changed != nil && d.Features.Changed != nil {
		out.Difference = text.Grouped(*d.Total.Changed - *d.Features.Changed)
	}
	return out
}

func ledgerRow(label, swatch string, l question.Lines) LedgerRow {
	return LedgerRow{label, swatch, lineCell(l.Added), lineCell(l.Deleted), lineCell(l.Changed)}
}
