package web

import (
	"strconv"

	"codegauge/internal/service"
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
	Facts []Step
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

func (b *builder) ledgerCard() *Ledger {
	l := &Ledger{Title: b.t("ledger.title")}
	if b.ledger == nil {
		l.Refused = b.ledgerErr.Error()
		if blocked := b.block(lineMeasures, "initiator"); blocked != nil {
			l.Refused = blocked.Message
		}
		return l
	}
	for _, p := range b.ledger.Parts {
		l.Parts = append(l.Parts, ledgerRow(b.t("part."+p.Name), p.Name, p.Lines))
	}
	l.Total = ledgerRow(b.t("ledger.total"), "", b.ledger.Total)
	for _, c := range b.ledger.Checks {
		l.Checks = append(l.Checks, b.ledgerCheck(c))
	}
	for _, d := range b.ledger.Days[:min(ledgerDays, len(b.ledger.Days))] {
		l.Days = append(l.Days, b.ledgerDay(d))
	}
	l.Facts = b.ledgerFacts()
	return l
}

func (b *builder) ledgerFacts() []Step {
	facts := []Step{
		{b.t("ledger.rows"), grouped(b.ledger.Rows)},
		{b.t("definition"), definitionLabel(b.ledger.Definition)},
		{b.t("ledger.version"), strconv.FormatInt(b.ledger.DataVersion, 10)},
	}
	if n := len(b.ledger.Days); n > ledgerDays {
		facts = append(facts, Step{b.t("ledger.moredays"), grouped(int64(n - ledgerDays))})
	}
	return facts
}

func (b *builder) ledgerCheck(c service.Check) LedgerCheck {
	out := LedgerCheck{Label: b.t("check." + c.Breakdown), Sum: ledgerRow(b.t("ledger.sum", b.t("check."+c.Breakdown)), "", c.Sum)}
	for _, r := range c.Residuals {
		out.Residuals = append(out.Residuals, ledgerRow(r.Cause, "", r.Lines))
	}
	out.Even = len(c.Residuals) == 0
	return out
}

func (b *builder) ledgerDay(d service.DayResidual) LedgerDay {
	out := LedgerDay{Label: longDay(d.Day), Total: lineCell(d.Total.Changed), Features: lineCell(d.Features.Changed), Difference: none}
	if d.Total.Changed != nil && d.Features.Changed != nil {
		out.Difference = grouped(*d.Total.Changed - *d.Features.Changed)
	}
	return out
}

func ledgerRow(label, swatch string, l service.Lines) LedgerRow {
	return LedgerRow{label, swatch, lineCell(l.Added), lineCell(l.Deleted), lineCell(l.Changed)}
}

func lineCell(n *int64) Cell {
	if n == nil {
		return Cell{Text: none}
	}
	return Cell{grouped(*n), strconv.FormatInt(*n, 10)}
}
