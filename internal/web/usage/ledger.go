package usage

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/sorting"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
)

func sortValues(list []value) {
	sorting.Stable(list, func(a, b value) int {
		return cmp.Or(boolean(a.rest)-boolean(b.rest), cmp.Compare(cards.OrZero(b.sum), cards.OrZero(a.sum)), strings.Compare(a.key, b.key))
	})
}

func (d *dashboard) ledger() *cards.Ledger {
	l := &cards.Ledger{Title: d.T("reconciliation.title")}
	add := func(key string, parts []*float64, total *float64) {
		l.Add(d.T(key), d.T("usage.why."+strings.TrimPrefix(key, "usage.ledger.")), parts, total)
	}
	if d.adoption != nil && len(d.adoption.Active) > 0 {
		var parts []*float64
		for _, p := range d.adoption.Active {
			parts = append(parts, cards.Float(p.People))
		}
		add("usage.ledger.people", parts, d.Headline("active_users"))
	}
	chat := d.counter(askModes, "interactions", isChat)
	var modes []*float64
	for _, name := range slices.Concat(githubModes, moreModes) {
		if n := d.counter(askModes, "interactions", func(f string) bool { return f == name }); !cards.Nothing(n) {
			modes = append(modes, n)
		}
	}
	if !d.hidesSome(askModes) { // else nobody knows the total
		add("usage.ledger.modes", modes, chat)
		add("usage.ledger.models", sums(d.models()), chat)
	}
	add("usage.ledger.interactions", []*float64{chat, d.counter(askModes, "interactions", func(f string) bool { return !isChat(f) })}, d.Headline("interactions"))
	everything := func(string) bool { return true }
	add("usage.ledger.languages", sums(d.valuesOf(askLanguages, "", "language", "generations", "", everything)), d.counter(askModes, "generations", everything))
	for _, r := range l.Rows {
		l.Lead += r.Sum + " = " + r.Total.Text + " " + r.Label + "; "
		break
	}
	l.Lead += d.T("usage.ledger.lead")
	l.Facts = []shell.Fact{{Label: d.T("reconciliation.version"), Value: strconv.FormatInt(d.Status.DataVersion, 10)}, {Label: d.T("usage.ledger.who"), Value: d.who()}}
	return l
}

func sums(list []value) (out []*float64) {
	for _, v := range list {
		out = append(out, v.sum)
	}
	return out
}
