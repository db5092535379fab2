// Package digest says in words what changed since last month, for the page that shows it
// and for the message that is sent on the first working day of a month: see
// question.Changes for what is named, and by which rule.
package digest

import (
	"fmt"
	"math"
	"strings"

	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/text"
)

// Words is what changed, in words.
type Words struct {
	// Title and Lead say what is compared with what.
	Title, Lead string
	Rows        []Row
	// Note says what is not named, or why nothing is; Rule is the rule of it.
	Note, Rule string
}

// Row is a movement in words.
type Row struct {
	// Value is the movement with its sign, Unit what it is of.
	Value, Unit string
	// Sentence says what moved, Because what moved it: Main stands out.
	Sentence, Main, Because string
	// Parts are the causes with their shares of the movement, the rest last.
	Parts  []Part
	Reason question.Reason
	Label  string
	// Organization is the key of the organization that Sentence or Main names, and Named what
	// it is called, "" if none.
	Organization, Named string
}

// Part is a cause and its share.
type Part struct {
	Label string
	Share float64
	// Rest, Missing and Fault parts are no use, or not for sure: what is not told apart, days
	// without reports, and what can be recovery from a client fault.
	Rest, Missing, Fault bool
}

// writer writes one digest.
type writer struct {
	text.Catalogue
	*question.Changes
}

// Write says what changed.
func Write(catalogue text.Catalogue, c *question.Changes) Words {
	w := writer{catalogue, c}
	out := Words{Title: w.Get("changes.title"), Rule: w.rule()}
	if !c.Compared() {
		out.Note, out.Rule = w.Get("changes.nodata"), ""
		if c.Ready != 0 {
			out.Note = w.Get("changes.first", text.LongDay(c.Ready))
		}
		return out
	}
	out.Lead = w.Get("changes.lead", text.ShortSpan(c.Now), text.ShortSpan(c.Before))
	for i := range c.Movements {
		out.Rows = append(out.Rows, w.row(&c.Movements[i]))
	}
	switch {
	case c.Judged == 0:
		out.Note = w.Count("changes.tooshort", c.Weeks)
	case len(c.Movements) > 0:
		out.Note = w.Get("changes.notnamed", english.Number(c.Judged-len(c.Movements)), english.Number(c.Judged))
	default:
		out.Note = w.Get("changes.nothing")
		var within []string
		for i := range c.Within {
			within = append(within, w.short(&c.Within[i]))
		}
		if len(within) > 0 {
			out.Note += " " + w.Get("changes.within", strings.Join(within, "; "))
		}
	}
	return out
}

func (w *writer) rule() string {
	if w.Judged == 0 {
		return w.Get("changes.rule.none")
	}
	return w.Get("changes.rule", english.Number(w.Judged), english.Decimal(w.Limit, 1), w.Count("weeks", w.Weeks))
}

// figure names a figure.
func (w *writer) figure(name string) string {
	return w.Get("changes.figure." + name)
}

// write writes a figure's value.
func (w *writer) write(m *question.Movement, v float64) string {
	switch {
	case m.Kind == question.RatioFigure:
		return text.Percent(v)
	case m.Figure == "ai_credits":
		return w.Get("changes.usd", text.Whole(v*metric.CreditPrice))
	case m.Kind == question.PeopleFigure:
		return text.Whole(v)
	}
	return text.Compact(v)
}

// difference writes by how much a figure moved.
func (w *writer) difference(m *question.Movement) string {
	if m.Kind == question.RatioFigure {
		return english.Plus(english.Decimal(100*(m.Now-m.Before), 1)) + " pp"
	}
	d := w.write(m, math.Abs(m.Now-m.Before))
	if m.Now < m.Before {
		return english.Minus + d
	}
	return "+" + d
}

// relative writes a movement as a share of what was, "" where that says nothing.
func (w *writer) relative(m *question.Movement) string {
	if m.Kind == question.RatioFigure || m.Before == 0 {
		return ""
	}
	return " (" + text.Growth((m.Now-m.Before)/m.Before) + ")"
}

// short writes a movement in a few words.
func (w *writer) short(m *question.Movement) string {
	name := w.figure(m.Figure)
	if m.Organization != nil {
		name = w.Get("changes.of", name, m.Organization.Label())
	}
	return name + " " + w.difference(m) + w.relative(m)
}

func (w *writer) row(m *question.Movement) Row {
	r := Row{Value: w.difference(m), Unit: w.Get("changes.unit." + m.Figure), Reason: m.Reason, Label: w.Get("changes.reason." + string(m.Reason))}
	key := "changes.rose"
	if m.Now < m.Before {
		key = "changes.fell"
	}
	name := w.figure(m.Figure)
	if m.Organization != nil {
		name = w.Get("changes.of", name, m.Organization.Label())
		r.Unit += ", " + m.Organization.Label()
		r.Organization, r.Named = m.Organization.Key(), m.Organization.Label()
	}
	r.Sentence = w.Get(key, name, w.write(m, m.Now), w.write(m, m.Before), w.relative(m))
	w.because(m, &r)
	return r
}

// because says what moved a figure.
func (w *writer) because(m *question.Movement, r *Row) {
	var more []string
	say := func(s string) { more = append(more, s) }
	if m.Missing > 0 {
		r.Main = w.Get("changes.missing.main", text.WholePercent(m.Missing))
		say(w.Count("changes.missing", m.MissingDays))
		r.Parts = append(r.Parts, Part{Label: w.Count("changes.missing.part", m.MissingDays), Share: m.Missing, Missing: true})
	} else if m.MissingDays > 0 && m.Kind != question.AmountFigure {
		say(w.Count("changes.missing.besides", m.MissingDays))
	}
	if m.Reason == question.ReasonFault {
		r.Main = w.Get("changes.fault.main", text.WholePercent(m.Recovery))
		say(w.Get("changes.fault.recovery", m.Fault.Short))
		r.Parts = append(r.Parts, Part{Label: w.Get("changes.fault.part", m.Fault.Short), Share: m.Recovery, Fault: true})
		if rest := 1 - m.Recovery - m.Missing; rest > 0.005 {
			r.Parts = append(r.Parts, Part{Label: w.Get("changes.fault.use"), Share: rest})
		}
	}
	for i, c := range m.Causes {
		if m.Reason != question.ReasonFault {
			r.Parts = append(r.Parts, Part{Label: w.cause(c), Share: c.Share})
		}
		said := w.Get("changes.cause", w.cause(c)) + w.detail(c) + "."
		switch {
		case i > 0 || m.Missing > 0:
			continue
		case m.Reason == question.ReasonFault:
			say(w.share(c.Share) + " " + said)
		default:
			r.Main = w.share(c.Share)
			say(said)
		}
		if c.Organization != nil && r.Organization == "" {
			r.Organization, r.Named = c.Organization.Key(), c.Organization.Label()
		}
	}
	if m.Hidden >= 0.005 {
		say(w.Get("changes.hidden", text.WholePercent(min(1, m.Hidden))))
	}
	if len(r.Parts) > 0 && m.Rest > 0.005 && m.Reason != question.ReasonFault {
		r.Parts = append(r.Parts, Part{Label: w.Get("changes.rest"), Share: m.Rest, Rest: true})
	}
	switch {
	case m.Break != nil && m.Counting > 0:
		say(w.Get("changes.break.most", text.LongDay(m.Break.Day), m.Break.Label, text.WholePercent(m.Counting)))
	case m.Break != nil:
		say(w.Get("changes.break", text.LongDay(m.Break.Day), m.Break.Label))
	}
	switch {
	case m.Reason == question.ReasonFault:
	case m.Fault != nil && m.Recovery > 0:
		say(w.Get("changes.fault.most", text.WholePercent(m.Recovery), m.Fault.Short))
	case m.Fault != nil:
		say(w.Get("changes.fault", m.Fault.Short))
	}
	if len(more) == 0 {
		say(w.Get("changes.unexplained"))
	}
	r.Because = strings.Join(more, " ")
}

// share writes a cause's share of a movement: what others took back makes it more than all.
func (w *writer) share(f float64) string {
	if f > 1 {
		return w.Get("changes.all")
	}
	return text.WholePercent(f)
}

// cause names a cause: agent edits in Web Storefront.
func (w *writer) cause(c question.Cause) string {
	what := c.Model
	if c.Feature != "" {
		f, _ := metric.FeatureByName(c.Feature)
		what = f.Label
	}
	switch {
	case c.Organization == nil:
		return what
	case c.Feature == "":
		return c.Organization.Label()
	}
	return w.Get("changes.in", what, c.Organization.Label())
}

// detail says which model and language most of a cause is of.
func (w *writer) detail(c question.Cause) string {
	switch {
	case c.Feature == "":
		return ""
	case c.Model != "" && c.Language != "":
		return w.Get("changes.mostly.both", c.Model, c.Language)
	case c.Model != "":
		return w.Get("changes.mostly.model", c.Model)
	case c.Language != "":
		return w.Get("changes.mostly.language", c.Language)
	}
	return ""
}

// Plain writes all of it as text, for messages and to be copied.
func (w Words) Plain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", w.Title, w.Lead)
	for _, r := range w.Rows {
		fmt.Fprintf(&b, "\n%s %s [%s]\n%s\n", r.Value, r.Unit, r.Label, r.Sentence)
		if because := strings.TrimSpace(r.Main + " " + r.Because); because != "" {
			b.WriteString(because + "\n")
		}
	}
	fmt.Fprintf(&b, "\n%s\n", w.Note)
	if w.Rule != "" {
		b.WriteString(w.Rule + "\n")
	}
	return b.String()
}
