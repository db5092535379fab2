package impact

import (
	"codegauge/internal/question"
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

// recommend makes the card.
func (d *dashboard) recommend() *RecommendCard {
	c := &RecommendCard{ID: "recommendations", Title: d.T("impact.recommend"), Definition: d.T("impact.recommend.definition"), Menu: d.menu("recommendations", "recommend", "recommendations", question.PhaseFigures[:1], "phase")}
	steps, phases := &d.impact.Steps, &d.impact.Phases
	switch steps.Why {
	case "":
	case question.ImpactTogether:
		c.Empty = d.T("impact.recommend.few")
	case question.ImpactNoPhases:
		c.Empty = d.T("impact.nophases")
	default:
		c.Empty = d.T("impact.phases.none." + string(steps.Why))
	}
	if c.Empty != "" {
		c.Menu.CSV = ""
		return c
	}
	for i, s := range steps.Steps {
		c.Rows = append(c.Rows, Recommendation{Key: s.Name, Step: d.T("impact.step." + s.Name), People: cards.Whole(&s.People), Share: cards.Write(s.Share, text.WholePercent, text.Percent),
			First: i == 0, Try: d.T("impact.try." + s.Name), Policy: shell.Link{Label: d.T("impact.policy." + s.Name), URL: s.Policy}})
	}
	first := c.Rows[0]
	c.Sentence = d.Say(d.T("impact.recommend.sentence", text.LongDay(phases.On), d.Scope(), first.Step, first.People.Text, text.Whole(*phases.Active)))
	return c
}
