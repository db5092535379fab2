package impact

import (
	"fmt"
	"strings"

	"codegauge/internal/english"
	stats "codegauge/internal/impact"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/text"
)

// SaysCard is "What these figures say": four questions and their answers.
type SaysCard struct {
	ID, Title, Tag string
	Rows           []SaysRow
	Sentence       cards.Sentence
	CSV, Only      string
	// Answers says how they are found, Cautions what must not be concluded from them.
	Answers, Cautions []string
	Notes             []string
}

// SaysRow is a question with its answer: Answer is the name of one, Mark its shape.
type SaysRow struct {
	Question, Answer, Mark, Label, Why, Interval string
}

// marks are the shapes of answers, which are told apart without colours.
var marks = map[stats.Answer]string{stats.Yes: "✓", stats.Less: "↓", stats.Same: "=", stats.CannotTell: "?"}

// says answers the four questions.
func (d *dashboard) says() *SaysCard {
	c := &SaysCard{ID: "says", Title: d.T("impact.says"), Tag: d.T("impact.ours"), CSV: d.csv("findings"), Only: d.MenuOf("says", nil, nil).Only}
	var words []string
	for i := range d.impact.Findings {
		r := d.saysRow(&d.impact.Findings[i])
		c.Rows = append(c.Rows, r)
		words = append(words, fmt.Sprintf("%s %s. %s", r.Question, r.Label, r.Why))
	}
	c.Sentence = d.Say(d.WindowSentence() + ", " + d.Scope() + ": " + strings.Join(words, " ") + " " + d.T("impact.says.causes"))
	for _, key := range []string{"impact.says.how.1", "impact.says.how.2", "impact.says.how.3", "impact.says.how.4", "impact.says.how.5"} {
		c.Answers = append(c.Answers, d.T(key))
	}
	for _, key := range []string{"impact.says.not.1", "impact.says.not.2", "impact.says.not.3", "impact.says.not.4", "impact.says.not.5"} {
		c.Cautions = append(c.Cautions, d.T(key))
	}
	if d.impact.Faulty > 0 {
		c.Notes = append(c.Notes, d.T("impact.fault"))
	}
	return c
}

func (d *dashboard) saysRow(f *question.Finding) SaysRow {
	row := SaysRow{Question: d.T("impact.ask." + f.Question), Answer: string(f.Answer), Mark: marks[f.Answer], Label: d.T("impact.answer." + string(f.Answer))}
	interval := ""
	switch f.Question {
	case question.FindMore:
		row.Why, interval = d.sayMore(f)
	case question.FindCause:
		row.Why, interval = d.sayCause(f)
	default:
		row.Why, interval = d.sayRatio(f)
	}
	row.Why, row.Interval = text.Stopped(row.Why), text.OrNone(interval)
	return row
}

// sayMore says why more people use agents, or not, and the interval.
func (d *dashboard) sayMore(f *question.Finding) (why, interval string) {
	switch f.Why {
	case "":
	case question.ImpactBreak:
		return d.T("impact.more.break", f.Break.Label, text.LongDay(f.Break.Day), text.LongDay(f.Break.Day+2*question.PhaseDays-1)), ""
	case question.ImpactPeople, question.ImpactFilters, question.ImpactRecords:
		return d.noPhases(f.Why), ""
	default:
		return d.T(shortReasons[f.Why]), ""
	}
	s := f.Shares
	why = d.T("impact.more.why", text.WholePercent(s.Before), text.LongDay(f.Earlier), text.WholePercent(s.After), text.LongDay(d.Window.To))
	if f.Break != nil {
		why += " " + d.T("impact.more.since", text.LongDay(f.Break.Day))
	}
	return why, points(s.Low) + " – " + points(s.High) + " pp"
}

// shortReasons are the texts of reasons that are no comparison's.
var shortReasons = map[question.NoImpact]string{question.ImpactShort: "impact.more.short", question.ImpactNoPhases: "impact.nophases", question.ImpactFew: "impact.few"}

// noPhases says in a sentence why there are no people by phase.
func (d *dashboard) noPhases(why question.NoImpact) string {
	return d.textOfNone("impact.phases.none." + string(why))
}

// ofTeams are the texts that stand for others where the scope is a team, of which GitHub makes
// no aggregates.
var ofTeams = map[string]string{"impact.phases.none.people": "impact.phases.none.people.team", "impact.features.none.people": "impact.features.none.people.team",
	"impact.pulls.none": "impact.pulls.none.team", "impact.suggestions.none": "impact.pulls.none.team", "impact.reviewtimes.none": "impact.pulls.none.team", "impact.repositories.none": "impact.pulls.none.team",
	"impact.trends.nomerged": "impact.pulls.none.team", "impact.records": "impact.records.team"}

// textOfNone is the text of why something is not there.
func (d *dashboard) textOfNone(key string) string {
	if ofTeam, ok := ofTeams[key]; ok && d.impact.OfTeam {
		key = ofTeam
	}
	return d.T(key)
}

func points(share float64) string { return english.Plus(english.Decimal(100*share, 0)) }

// sayRatio says whether engaged people merge more, or faster.
func (d *dashboard) sayRatio(f *question.Finding) (why, interval string) {
	e := f.Ratio
	if why := d.without(&e); why != "" {
		return why, ""
	}
	if why = d.T("impact.pulls.why", times(e.Ratio)); f.Question == question.FindFaster {
		why = d.T("impact.faster.why", hours(e.Engaged.Mean), hours(e.Passive.Mean))
	}
	if f.Answer == stats.CannotTell {
		why += " " + d.T("impact.holds", d.Plural("impact.weeks", e.Needed))
	}
	return why, intervalOf(e.Estimate)
}

// sayCause says why it cannot be told what is because of Copilot.
func (d *dashboard) sayCause(f *question.Finding) (words, interval string) {
	why := []string{d.T("impact.cause.person")}
	if f.Why == question.ImpactNothing {
		why = []string{d.T("impact.cause.nothing")}
	}
	if p := f.Placebo; p.Why == "" {
		why = append(why, d.T("impact.cause.placebo", times(p.Ratio), d.holds(p.Estimate)))
	}
	if m := f.Ratio; m.Why == "" {
		why = append(why, d.Plural("impact.cause.matched", m.Engaged.People, times(m.Ratio), d.holds(m.Estimate)))
		interval = d.T("impact.cause.interval", intervalOf(m.Estimate))
	}
	return strings.Join(why, " "), interval
}

// holds says whether an interval holds 1.
func (d *dashboard) holds(e stats.Estimate) string {
	if e.Low <= 1 && e.High >= 1 {
		return d.T("impact.inside")
	}
	return d.T("impact.outside")
}

// without says why there is no comparison, "" if there is one.
func (d *dashboard) without(c *question.Comparison) string {
	switch c.Why {
	case "":
		return ""
	case question.ImpactBreak:
		return d.T("impact.why.break", text.LongDay(c.Break.Day), c.Break.Label)
	case question.ImpactNoPhases:
		return d.T("impact.nophases")
	}
	return d.T("impact.why." + string(c.Why))
}

// times writes a ratio.
func times(f float64) string { return english.Decimal(f, 2) + "×" }

func intervalOf(e stats.Estimate) string {
	return english.Decimal(e.Low, 2) + " – " + english.Decimal(e.High, 2)
}

// hours writes minutes.
func hours(minutes float64) string { return english.Decimal(minutes/60, 1) + " h" }
