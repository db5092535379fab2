package cards

import (
	"strings"

	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// Ledger is "How the numbers add up".
type Ledger struct {
	Title, Lead string
	Rows        []LedgerRow
	Facts       []shell.Fact
}

// LedgerRow adds parts up to a total. Rest is what the total has beside them.
type LedgerRow struct {
	Label, Sum  string
	Total, Rest Figure
	Why         string
}

// Add adds a row, unless the total or every part is unknown.
func (l *Ledger) Add(label, why string, parts []*float64, total *float64) {
	var terms []string
	sum := 0.0
	for _, p := range parts {
		if p != nil {
			terms, sum = append(terms, text.Whole(*p)), sum+*p
		}
	}
	if total == nil || len(terms) == 0 {
		return
	}
	rest := *total - sum
	l.Rows = append(l.Rows, LedgerRow{label, strings.Join(terms, " + "), Whole(total), Whole(&rest), why})
}
