package impact

import (
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/text"
)

// ReturnsCard is "Potential return on investment": what people of phases 0 and 1 and those
// of phase 2 and higher use and merge, a month.
type ReturnsCard struct {
	ID, Title, Definition string
	Rows                  []ReturnRow
	Notes                 []string
	Empty                 string
	Menu                  cards.Menu
	Sentence              cards.Sentence
}

// ReturnRow is a figure of both groups and how they compare. A row with Credits has a share
// of compensation in the place of its figures, which the browser alone computes: of what the
// groups use, in US dollars a month.
type ReturnRow struct {
	Key, Label, Note string
	Figures          [2]cards.Figure
	Ratio, Interval  string
	Why              string
	Credits          bool
}

// usd writes US dollars.
func usd(f float64) string { return english.Decimal(f, 2) + " USD" }

// returns makes the card.
func (d *dashboard) returns() *ReturnsCard {
	r := &d.impact.Return
	c := &ReturnsCard{ID: "return", Title: d.T("impact.return"), Definition: d.T("impact.return.definition", text.LongDay(r.Days.To)), Menu: d.menu("return", "return", "return", []string{"ai_credits"})}
	if !d.impact.Phases.FromRecords {
		c.Menu.Source = d.T("impact.return.source", c.Menu.Source, d.Entity.Label())
	}
	if r.Why != "" {
		c.Menu.CSV, c.Empty = "", d.T("impact.return.none."+string(r.Why))
		return c
	}
	people, credits, shares := ReturnRow{Key: "people", Label: d.T("impact.people")}, ReturnRow{Key: "credits", Label: d.T("impact.return.credits"), Note: d.T("impact.return.credits.note")}, ReturnRow{Key: "share", Label: d.T("impact.return.share"), Note: d.T("impact.return.share.note"), Credits: true}
	licence := ReturnRow{Key: "licence", Label: d.T("impact.return.licence"), Note: d.T("impact.return.licence.none")}
	merged := ReturnRow{Key: "merged", Label: d.T("impact.return.merged"), Note: d.T("impact.return.merged.note")}
	for i, g := range r.Groups {
		n := float64(g.People)
		people.Figures[i] = cards.Whole(&n)
		credits.Figures[i] = cards.Write(g.Credits, usd, usd)
		shares.Figures[i] = credits.Figures[i]
		licence.Figures[i] = cards.Write(r.Licence, usd, usd)
		merged.Figures[i] = cards.Write(g.Merged, text.Decimal, text.Decimal)
		if g.Known < g.People {
			c.Notes = append(c.Notes, d.Plural("impact.return.unknown", g.People-g.Known, d.T("impact.return.group."+string("01"[i]))))
		}
	}
	if r.Licence != nil {
		licence.Note = d.T("impact.return.licence.note")
	}
	credits.compare(d, &r.Credits)
	merged.compare(d, &r.Merged)
	c.Rows = []ReturnRow{people, credits, shares, licence, merged}
	if r.Pool != nil {
		pool := float64(*r.Pool)
		price := func(credits float64) string { return text.Whole(credits * metric.CreditPrice) }
		used := d.T("impact.return.used.none")
		if r.Used != nil {
			used = d.T("impact.return.used", text.Whole(*r.Used), price(*r.Used))
		}
		c.Notes = append(c.Notes, d.T("impact.return.pool", text.Whole(pool), price(pool), used))
	}
	if r.Computed > 0 {
		c.Notes = append(c.Notes, d.Plural("impact.computed.people", int(r.Computed)))
	}
	c.Notes = append(c.Notes, d.T("impact.return.caution"))
	if light, heavy := r.Groups[0].Credits, r.Groups[1].Credits; light != nil && heavy != nil {
		c.Sentence = d.Say(d.T("impact.return.sentence", text.LongDay(r.Days.To), usd(*light), usd(*heavy), d.Scope()))
	}
	return c
}

// compare fills in how the second group compares with the first, or why it cannot be told.
func (r *ReturnRow) compare(d *dashboard, c *question.Comparison) {
	switch c.Why {
	case "":
		r.Ratio, r.Interval = times(c.Ratio), intervalOf(c.Estimate)
	case question.ImpactFew:
		r.Why = d.T("impact.return.few")
	default:
		r.Why = d.without(c)
	}
}
