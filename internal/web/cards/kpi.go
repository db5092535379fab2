package cards

import (
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// KPICard is a figure at the top of a dashboard, with its change and its line.
type KPICard struct {
	ID, Title, Definition string
	Figure                Figure
	Change                *Change
	Spark                 *Spark
	// Window and Denominator are what the figure is over, in words.
	Window, Denominator string
	// Bound says on which side of the figure the true one lies, and why; BoundURL says who
	// is concerned.
	Bound, BoundURL string
	// NoChange says why nothing is compared, Fix what makes an unknown figure known.
	NoChange string
	Fix      *shell.Link
	GitHub   *GitHubFigure
	Blocked  *Blocked
	Menu     Menu
	Sentence Sentence
}

// Change compares with the previous period.
type Change struct {
	Text, Sign string // Sign is up, down or same
	Against    string
	Previous   Figure
	// ShowPrevious prints the previous figure beside the change.
	ShowPrevious bool
	Caveat       string
}

// KPI is the measure of a card, and how its figure is written.
type KPI struct {
	Measure string
	Text    func(float64) string
	Full    func(float64) string
	// Points says that a change is in percentage points.
	Points bool
}

// KPI makes the card of a figure. What the figure is of, and the sentence that says it, are
// the dashboard's to fill in where the figure is known.
func (b *Builder) KPI(spec KPI, value *float64) KPICard {
	m := metric.MeasureByName(spec.Measure)
	c := KPICard{ID: strings.ReplaceAll(m.Name, "_", "-"), Title: m.Label, Definition: m.Definition, Window: b.WindowWords()}
	c.Menu = b.MenuOf(c.ID, []string{m.Name}, nil)
	c.Menu.Formula, c.Menu.Reading = m.Formula, m.Reading
	if c.Blocked = b.Block([]string{m.Name}); c.Blocked != nil {
		return c
	}
	c.Figure, c.Spark = Write(value, spec.Text, spec.Full), b.spark(spec)
	c.Change, c.NoChange = b.change(spec, value), b.NoChange()
	if value != nil {
		b.bound(&c, m.Name)
		return c
	}
	c.Denominator = b.T("kpi.unknown")
	if n := len(b.Status.Aggregate); n > 0 {
		c.Denominator = b.T("kpi.aggregate", b.DaysWord(n))
		c.Fix = &shell.Link{Label: b.T("kpi.users"), URL: b.State.With(func(s *shell.State) { s.Source = "users" }).URL()}
		b.known(&c, spec)
	}
	c.Sentence = b.Say(b.T("sentence.unknown", b.WindowSentence(), m.Label, b.Scope()))
	return c
}

// known shows of an unknown figure what the days with records of people say of it. People
// of these days are at least so many of all.
func (b *Builder) known(c *KPICard, spec KPI) {
	value := b.Answers.Of(askKnown).Single(spec.Measure)
	if value == nil {
		return
	}
	c.Figure = Write(value, spec.Text, spec.Full)
	if metric.MeasureByName(spec.Measure).Ratio == nil {
		c.Figure.Text = "≥ " + c.Figure.Text
	}
	n := len(b.Status.Aggregate)
	c.Denominator = b.Plural("kpi.known", n, text.Grouped(int64(b.Window.Len()-len(b.Status.Missing)-n)), b.DaysWord(b.Window.Len()))
	users := b.Effective.With(func(s *shell.State) { s.Source = "users" })
	c.Menu.CSV = shell.APIURL(b.Question(askKnown, users, b.Window, []string{spec.Measure}).Words, "csv")
	c.Sentence = b.Say(b.T("sentence.known", b.WindowSentence(), text.Lower(c.Title), c.Figure.Text, b.Scope(), c.Denominator))
}

// bound says that a known fault of clients makes the figure a bound of the true one.
func (b *Builder) bound(c *KPICard, measure string) {
	if f := question.AtLeast(b.Faults, measure); f != nil {
		c.Figure = Bounded(b.Faults, measure, c.Figure)
		c.Bound, c.BoundURL = b.AtLeast(*f), b.CoverageURL()
	}
}

// Bounded marks a figure that is a lower bound of the true one, because of a known fault of
// clients.
func Bounded(faults []question.ClientFault, measure string, f Figure) Figure {
	return LowerBound(question.AtLeast(faults, measure) != nil, f)
}

// lowerSign stands before a lower bound.
const lowerSign = "≥"

// LowerBound marks a known figure as a lower bound, if it is one: of an interval, its lower end.
func LowerBound(is bool, f Figure) Figure {
	if is && f.Value != "" && !strings.HasPrefix(f.Text, lowerSign) {
		if low, _, interval := strings.Cut(f.Text, intervalDash); interval {
			f.Text, f.Full = low+"%", low+"%"
		}
		f.Text, f.Full = lowerSign+" "+f.Text, lowerSign+" "+f.Full
	}
	return f
}

// AtLeast says which fault of clients makes a figure a lower bound, and of how many people.
func (b *Builder) AtLeast(f question.ClientFault) string {
	if f.Few {
		return b.T("kpi.atleast.few", f.Fault.Short)
	}
	return b.Plural("kpi.atleast", f.People, f.Fault.Short)
}

// FaultPeople says how many people have a client with a fault, and how many a mended one.
func (b *Builder) FaultPeople(f question.ClientFault) string {
	if f.Few {
		return b.T("fault.people.few", f.Fault.Short)
	}
	return b.Plural("fault.people", f.People, f.Fault.Short, text.Grouped(int64(f.Known-f.People)))
}

// faultNotes says how many people are on clients with a known fault, and how many on
// mended ones.
func (b *Builder) faultNotes() (out []string) {
	for _, f := range b.Faults {
		out = append(out, b.FaultPeople(f)+" "+b.T("fault.recovery"))
	}
	return out
}

// NoChange says why a card is not compared with the previous period.
func (b *Builder) NoChange() string {
	if first := b.Status.Data.From; b.Window.Previous().From < first {
		return b.T("change.begins", text.LongDay(first))
	}
	return b.T("change.unknown", text.Span(b.Window.Previous()))
}

// change returns the difference to the previous period; nil where there is none.
func (b *Builder) change(spec KPI, now *float64) *Change {
	return b.ChangeFrom(spec, now, b.Answers.Of(AskPrevious).Single(spec.Measure))
}

// ChangeFrom returns the difference to a figure of the previous period; nil where there is
// none.
func (b *Builder) ChangeFrom(spec KPI, now, before *float64) *Change {
	previous := b.Window.Previous()
	if now == nil || before == nil || previous.From < b.Status.Data.From {
		return nil
	}
	c := &Change{Against: text.ShortSpan(previous), Caveat: b.caveat(previous), Previous: Write(before, spec.Text, spec.Full), ShowPrevious: b.State.Compare}
	diff := *now - *before
	switch {
	case spec.Points:
		c.Text = b.T("change.points", english.Plus(english.Decimal(100*diff, 1)))
	case *before == 0:
		return nil
	default:
		diff /= *before
		c.Text = text.Growth(diff)
	}
	c.Sign = sign(diff)
	return c
}

func sign(f float64) string {
	switch {
	case f >= 0.0005:
		return "up"
	case f <= -0.0005:
		return "down"
	}
	return "same"
}

// caveat says what makes the two periods differ besides what people did.
func (b *Builder) caveat(previous day.Range) string {
	var out []string
	if n := len(b.Before.Missing); n > 0 {
		out = append(out, b.T("change.missing", b.DaysWord(n)))
	}
	for _, br := range metric.BreaksIn(day.Range{From: previous.From + 1, To: b.Window.To}) {
		out = append(out, b.T("change.break", text.LongDay(br.Day), br.Label))
	}
	return strings.Join(out, " ")
}

// WindowWords says what the cards are over: "28 days to 20 Nov, 1 without data".
func (b *Builder) WindowWords() string {
	words := b.T("window", b.DaysWord(b.Window.Len()), text.LongDay(b.Window.To))
	if n := len(b.Status.Missing); n > 0 {
		words += b.T("window.missing", text.Grouped(int64(n)))
	}
	return words
}

// GitHubFigure is what GitHub's published rules make of the same records.
type GitHubFigure struct {
	Figure Figure
	Same   bool
	// Lines leads from this page's figure to GitHub's.
	Lines []shell.Fact
	URL   string
}
