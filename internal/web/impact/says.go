package impact

import (
	"fmt"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/english"
	stats "codegauge/internal/impact"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/text"
)

// SaysCard is "What these figures say": four questions and their answers.
type SaysCard struct {
	ID, Title, Tag string
	Rows           []SaysRow
	Sentence       cards.Sentence
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

// trend is how many days earlier the share of people who use agents is compared with.
const trend = 182

// earlierDay returns the day with which the window's last one is compared: trend days
// before it, or later if something changed since, so that the days that both phases
// are decided by have nothing of it between them. ok is false if there is no such day yet.
func earlierDay(last, firstData day.Day) (earlier day.Day, broken *metric.Break, ok bool) {
	earlier = max(last-trend, firstData+question.PhaseDays-1)
	if breaks := stats.Breaks(day.Range{From: earlier - question.PhaseDays + 1, To: last}); len(breaks) > 0 {
		broken = &breaks[len(breaks)-1]
		earlier = broken.Day + question.PhaseDays - 1
	}
	return earlier, broken, earlier <= last-question.PhaseDays
}

// says answers the four questions.
func (d *dashboard) says() *SaysCard {
	c := &SaysCard{ID: "says", Title: d.T("impact.says"), Tag: d.T("impact.ours")}
	c.Rows = []SaysRow{d.sayMore(), d.sayPulls(), d.sayCause(), d.sayFaster()}
	var words []string
	for _, r := range c.Rows {
		words = append(words, fmt.Sprintf("%s %s. %s", r.Question, r.Label, r.Why))
	}
	c.Sentence = d.Say(d.WindowSentence() + ", " + d.Scope() + ": " + strings.Join(words, " ") + " " + d.T("impact.says.causes"))
	for _, key := range []string{"impact.says.how.1", "impact.says.how.2", "impact.says.how.3", "impact.says.how.4", "impact.says.how.5"} {
		c.Answers = append(c.Answers, d.T(key))
	}
	for _, key := range []string{"impact.says.not.1", "impact.says.not.2", "impact.says.not.3", "impact.says.not.4", "impact.says.not.5"} {
		c.Cautions = append(c.Cautions, d.T(key))
	}
	if d.people.Faulty > 0 {
		c.Notes = append(c.Notes, d.T("impact.fault"))
	}
	return c
}

func (d *dashboard) row(question string, a stats.Answer, why, interval string) SaysRow {
	return SaysRow{Question: d.T("impact.ask." + question), Answer: string(a), Mark: marks[a], Label: d.T("impact.answer." + string(a)), Why: why, Interval: text.OrNone(interval)}
}

// sayMore answers whether more people use agents.
func (d *dashboard) sayMore() SaysRow {
	const ask = "more"
	if !d.trendKnown {
		if d.broken != nil {
			return d.row(ask, stats.CannotTell, d.T("impact.more.break", d.broken.Label, text.LongDay(d.broken.Day), text.LongDay(d.broken.Day+2*question.PhaseDays-1)), "")
		}
		return d.row(ask, stats.CannotTell, d.T("impact.more.short"), "")
	}
	now, all := agentUsers(d.Answers.Of(askNow))
	before, allBefore := agentUsers(d.Answers.Of(askEarlier))
	if all == 0 || allBefore == 0 { // no aggregate states both: records may
		now, all = d.counted(d.counts[0]).agentUsers()
		before, allBefore = d.counted(d.counts[2]).agentUsers()
	}
	if all == 0 || allBefore == 0 {
		return d.row(ask, stats.CannotTell, d.T("impact.nophases"), "")
	}
	s := stats.ShareDiff(before, allBefore, now, all)
	if s.Why != "" {
		return d.row(ask, stats.CannotTell, d.T("impact.few"), "")
	}
	why := d.T("impact.more.why", text.WholePercent(s.Before), text.LongDay(d.earlier), text.WholePercent(s.After), text.LongDay(d.Window.To))
	if d.broken != nil {
		why += " " + d.T("impact.more.since", text.LongDay(d.broken.Day))
	}
	return d.row(ask, s.Answer(), why, points(s.Low)+" – "+points(s.High)+" pp")
}

func points(share float64) string { return english.Plus(english.Decimal(100*share, 0)) }

// sayPulls answers whether engaged people merge more.
func (d *dashboard) sayPulls() SaysRow {
	e := d.pulls.merged
	why := d.without(e)
	if why == "" {
		why = d.T("impact.pulls.why", times(e.Ratio))
		if e.Answer() == stats.CannotTell {
			why += " " + d.T("impact.holds", d.Plural("impact.weeks", e.Needed))
		}
	}
	return d.row("pulls", d.answer(e), why, d.interval(e))
}

// sayCause answers whether that is because of Copilot: pull requests are not known by
// person, so it is never more than what lines say of the people.
func (d *dashboard) sayCause() SaysRow {
	why := []string{d.T("impact.cause.person")}
	if a := d.answer(d.pulls.merged); a == stats.Same || a == stats.Less {
		why = []string{d.T("impact.cause.nothing")}
	}
	interval := ""
	if d.people.Why == "" && d.people.Earlier == "" {
		m := d.people.Measures[0]
		if m.Placebo.Why == "" {
			why = append(why, d.T("impact.cause.placebo", times(m.Placebo.Ratio), d.holds(m.Placebo)))
		}
		if m.Matched.Why == "" {
			why = append(why, d.Plural("impact.cause.matched", m.Matched.Engaged.People, times(m.Matched.Ratio), d.holds(m.Matched)))
			interval = d.T("impact.cause.interval", intervalOf(m.Matched))
		}
	}
	return d.row("cause", stats.CannotTell, strings.Join(why, " "), interval)
}

// holds says whether an interval holds 1.
func (d *dashboard) holds(e stats.Estimate) string {
	if e.Low <= 1 && e.High >= 1 {
		return d.T("impact.inside")
	}
	return d.T("impact.outside")
}

// sayFaster answers whether engaged people merge faster.
func (d *dashboard) sayFaster() SaysRow {
	e := d.pulls.faster
	why := d.without(e)
	if why == "" {
		why = d.T("impact.faster.why", hours(e.Engaged.Mean), hours(e.Passive.Mean))
		if e.Answer() == stats.CannotTell {
			why += " " + d.T("impact.holds", d.Plural("impact.weeks", e.Needed))
		}
	}
	return d.row("faster", d.answer(e), why, d.interval(e))
}

// without says why there is no estimate of pull requests, "" if there is one.
func (d *dashboard) without(e stats.Estimate) string {
	switch {
	case d.windowBreak != nil:
		return d.T("impact.why.break", text.LongDay(d.windowBreak.Day), d.windowBreak.Label)
	case !d.pulls.known:
		return d.T("impact.nophases")
	case e.Why != "":
		return d.T("impact.why." + string(e.Why))
	}
	return ""
}

// times writes a ratio.
func times(f float64) string { return english.Decimal(f, 2) + "×" }

func intervalOf(e stats.Estimate) string {
	return english.Decimal(e.Low, 2) + " – " + english.Decimal(e.High, 2)
}

// answer is what an estimate of pull requests says, if there is one.
func (d *dashboard) answer(e stats.Estimate) stats.Answer {
	if d.without(e) != "" {
		return stats.CannotTell
	}
	return e.Answer()
}

// interval writes the interval of an estimate of pull requests, "" if there is none.
func (d *dashboard) interval(e stats.Estimate) string {
	if d.without(e) != "" {
		return ""
	}
	return intervalOf(e)
}

// hours writes minutes.
func hours(minutes float64) string { return english.Decimal(minutes/60, 1) + " h" }
