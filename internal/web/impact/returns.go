package impact

import (
	"codegauge/internal/english"
	stats "codegauge/internal/impact"
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

// monthly is how many months 28 days are, the other way round.
const monthly = 365.25 / 12 / question.PhaseDays

// usd writes US dollars.
func usd(f float64) string { return english.Decimal(f, 2) + " USD" }

// returns makes the card.
func (d *dashboard) returns() *ReturnsCard {
	c := &ReturnsCard{ID: "return", Title: d.T("impact.return"), Definition: d.T("impact.return.definition", text.LongDay(d.credits.Days.To)), Menu: d.menu("return", "return", []string{"ai_credits"})}
	c.Menu.CSV = "" // the API has no credits by phase
	u := d.credits
	if u.Why != "" {
		c.Empty = d.T("impact.return.none." + string(u.Why))
		return c
	}
	groups := [2]question.CreditGroup{u.Light, u.Heavy}
	people, credits, shares := ReturnRow{Key: "people", Label: d.T("impact.people")}, ReturnRow{Key: "credits", Label: d.T("impact.return.credits"), Note: d.T("impact.return.credits.note")}, ReturnRow{Key: "share", Label: d.T("impact.return.share"), Note: d.T("impact.return.share.note"), Credits: true}
	licence := ReturnRow{Key: "licence", Label: d.T("impact.return.licence"), Note: d.T("impact.return.licence.none")}
	merged := ReturnRow{Key: "merged", Label: d.T("impact.return.merged"), Note: d.T("impact.return.merged.note")}
	var each [2]*float64
	for i, g := range groups {
		n := float64(g.People)
		people.Figures[i] = cards.Whole(&n)
		if g.Known > 0 {
			f := g.Credits * metric.CreditPrice / float64(g.Known) * monthly
			each[i] = &f
		}
		credits.Figures[i] = cards.Write(each[i], usd, usd)
		shares.Figures[i] = credits.Figures[i]
		licence.Figures[i] = cards.Write(u.Licence, usd, usd)
		rate := d.pulls.perUser[i]
		var aMonth *float64
		if rate.Den > 0 {
			f := question.PhaseDays * rate.Num / rate.Den
			aMonth = &f
		}
		merged.Figures[i] = cards.Write(aMonth, text.Decimal, text.Decimal)
		if g.Known < g.People {
			c.Notes = append(c.Notes, d.Plural("impact.return.unknown", g.People-g.Known, d.T("impact.return.group."+string("01"[i]))))
		}
	}
	if u.Licence != nil {
		licence.Note = d.T("impact.return.licence.note")
	}
	credits.compare(u.Ratio, d.withoutCredits())
	merged.compare(d.pulls.agents, d.without(d.pulls.agents))
	c.Rows = []ReturnRow{people, credits, shares, licence, merged}
	if u.Pool != nil {
		used := (u.Light.Credits + u.Heavy.Credits) * monthly
		c.Notes = append(c.Notes, d.T("impact.return.pool", text.Whole(float64(*u.Pool)), text.Whole(float64(*u.Pool)*metric.CreditPrice), text.Whole(used), text.Whole(used*metric.CreditPrice)))
	}
	if n := d.counted(d.counts[0]).computed(); n > 0 {
		c.Notes = append(c.Notes, d.Plural("impact.computed.people", int(n)))
	}
	c.Notes = append(c.Notes, d.T("impact.return.caution"))
	if each[0] != nil && each[1] != nil {
		c.Sentence = d.Say(d.T("impact.return.sentence", text.LongDay(u.Days.To), usd(*each[0]), usd(*each[1]), d.Scope()))
	}
	return c
}

// withoutCredits says why credits are not compared, "" if they are.
func (d *dashboard) withoutCredits() string {
	switch {
	case d.credits.Break != nil:
		return d.T("impact.why.break", text.LongDay(d.credits.Break.Day), d.credits.Break.Label)
	case d.credits.Ratio.Why == stats.TooFewEngaged, d.credits.Ratio.Why == stats.TooFewPassive:
		return d.T("impact.return.few")
	case d.credits.Ratio.Why != "":
		return d.T("impact.why." + string(d.credits.Ratio.Why))
	}
	return ""
}

// compare fills in how the second group compares with the first, or why it cannot be told.
func (r *ReturnRow) compare(e stats.Estimate, why string) {
	if r.Why = why; why == "" {
		r.Ratio, r.Interval = times(e.Ratio), intervalOf(e)
	}
}
