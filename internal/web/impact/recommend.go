package impact

import (
	"slices"

	"codegauge/internal/metric"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// RecommendCard is "Recommendations": the steps from one phase to the next, the one before
// which most people stand first. It is about numbers of people, never about one of them.
type RecommendCard struct {
	ID, Title, Definition string
	Rows                  []Recommendation
	Empty                 string
	Menu                  cards.Menu
	Sentence              cards.Sentence
}

// Recommendation is a step, how many people stand before it, and what to try.
type Recommendation struct {
	Key, Step string
	People    cards.Figure
	Share     cards.Figure
	First     bool
	Try       string
	Policy    shell.Link
}

// steps are from one phase to the next; URL is GitHub's page of the policy that decides it.
var steps = []struct{ key, from, policy string }{
	{"onboard", metric.NoCohort, "https://docs.github.com/en/copilot/how-tos/administer-copilot"},
	{"agents", metric.PhaseName(1), "https://docs.github.com/en/copilot/how-tos/administer-copilot"},
	{"several", metric.PhaseName(2), "https://docs.github.com/en/copilot/concepts/agents/cloud-agent"},
}

// recommend makes the card.
func (d *dashboard) recommend() *RecommendCard {
	c := &RecommendCard{ID: "recommendations", Title: d.T("impact.recommend"), Definition: d.T("impact.recommend.definition"), Menu: d.menu("recommendations", "recommend", phaseFigures[:1], "phase")}
	switch {
	case d.phases.active == nil:
		c.Menu.CSV, c.Empty = "", d.phases.why
		if c.Empty == "" {
			c.Empty = d.T("impact.nophases")
		}
		return c
	case d.phases.engaged() == nil:
		c.Menu.CSV, c.Empty = "", d.T("impact.recommend.few")
		return c
	}
	for _, s := range steps {
		people := new(float64)
		for _, p := range d.phases.phases {
			if p.name == s.from {
				people = p.people
			}
		}
		c.Rows = append(c.Rows, Recommendation{Key: s.key, Step: d.T("impact.step." + s.key), People: cards.Whole(people), Share: cards.Write(cards.Share(people, d.phases.active), text.WholePercent, text.Percent),
			Try: d.T("impact.try." + s.key), Policy: shell.Link{Label: d.T("impact.policy." + s.key), URL: s.policy}})
	}
	slices.SortStableFunc(c.Rows, func(x, y Recommendation) int { return int(text.Parsed(y.People.Value) - text.Parsed(x.People.Value)) })
	c.Rows[0].First = true
	first := c.Rows[0]
	c.Sentence = d.Say(d.T("impact.recommend.sentence", text.LongDay(d.phases.on), d.Scope(), first.Step, first.People.Text, text.Whole(*d.phases.active)))
	return c
}
