package people

import (
	"context"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// personView is one person's data, as others may see it.
type personView struct {
	shell.Page
	shell.TableHeader
	Empty *cards.Empty
	Note  string
	Own   *PersonFigures
}

// personMeasures are those of a person's facts.
var personMeasures = []string{"loc_changed", "loc_added", "loc_deleted", "agent_contribution", "agent_contribution_max"}

// PersonFigures is what a person did: nothing in it leads on to tables and files,
// which would be one more way to look.
type PersonFigures struct {
	Facts []shell.Fact
	Daily *cards.ChartCard
	Tools *cards.ToolsCard
}

// composePerson makes the page of a login, an id or, where people have them, a pseudonym.
func composePerson(ctx context.Context, b *cards.Builder) (*personView, error) {
	d, name := &dashboard{b}, b.HTTP.PathValue("user")
	v := &personView{Page: d.Page(name)}
	privacy, err := d.Options.Privacy.InForce(ctx, d.Place.Enterprise.ID)
	if err != nil {
		return nil, err
	}
	if v.Empty = d.viewsOff(privacy); v.Empty != nil {
		return v, nil
	}
	renamed, err := d.renamed(ctx, name)
	if err != nil {
		return nil, err
	}
	v.Note = d.T("users.audited")
	if len(renamed) == 1 {
		v.Note = d.T("users.renamed", name, renamed[0]) + " " + v.Note
		name = renamed[0]
		v.Page = d.Page(name)
	}
	if err := d.known(ctx, name); err != nil {
		return nil, err
	}
	if err := d.looked(ctx, d.T("users.one"), userRow{user: name}); err != nil {
		return nil, err
	}
	d.State.Path = d.HTTP.URL.Path
	if v.Own, v.Empty, err = d.figures(ctx, name); err != nil {
		return nil, err
	}
	v.Window, v.Frames, v.Charts = text.Span(d.Window), d.Frames(), v.Own != nil
	return v, nil
}

// known is an error unless the place has a user of the name.
func (d *dashboard) known(ctx context.Context, name string) error {
	year := d.State.With(func(s *shell.State) {
		s.Where = append(s.Where, shell.Condition{Dimension: "user", Value: name})
		if s.From == "" {
			s.Days = max(s.Days, 365)
		}
	})
	answers, err := cards.AskAll(ctx, d.Data, []cards.Question{d.Question(askUsers, year, day.Range{}, userMeasures[:1], "user")})
	if err != nil {
		return err
	}
	t := answers.Of(askUsers)
	for _, row := range t.Rows() {
		if user, ok := t.Name(row, "user"); ok && user == name {
			return nil
		}
	}
	return fault.New(fault.NotFound, "%s", d.T("users.unknown", name))
}

// figures asks what one person did, who may have several names in tools.
func (d *dashboard) figures(ctx context.Context, users ...string) (*PersonFigures, *cards.Empty, error) {
	d.Effective = d.State.With(func(s *shell.State) {
		for _, u := range users {
			s.Where = append(s.Where, shell.Condition{Dimension: "user", Value: u})
		}
	})
	if err := d.LoadStatus(ctx); err != nil {
		return nil, nil, err
	}
	if e := d.EmptyBefore(); e != nil {
		e.Import = nil
		return nil, e, nil
	}
	if e := d.EmptyRetained(); e != nil {
		return nil, e, nil
	}
	s := d.Effective
	var err error
	d.Answers, err = cards.AskAll(ctx, d.Data, []cards.Question{
		d.Question(cards.AskHeadline, s, d.Window, personMeasures),
		d.Question(cards.AskDaily, s, d.Drawn(), append(append([]string{}, cards.LineMeasures...), cards.Trailing[d.Grain]), d.Grain),
		d.Question(cards.AskTool, s, d.Window, cards.ToolMeasures, "tool"),
		d.Question(cards.AskMode, s, d.Window, cards.SuggestMeasures, "tool", "initiator", "feature"),
		d.Question(askUserDays, s, d.Window, []string{"daily_active_users"}, "day"),
	})
	if err != nil {
		return nil, nil, err
	}
	own := &PersonFigures{Facts: d.personFacts(), Daily: d.Daily(), Tools: d.Tools()}
	own.Daily.Menu.CSV, own.Daily.Menu.Only, own.Daily.Switches, own.Daily.Sentence = "", "", nil, cards.Sentence{}
	own.Tools.Menu.CSV, own.Tools.Menu.Only, own.Tools.Sentence = "", "", cards.Sentence{}
	// The tools that others use say nothing of the person.
	own.Tools.Rows = slices.DeleteFunc(own.Tools.Rows, func(r cards.ToolRow) bool { return text.Parsed(r.People.Value) == 0 })
	for i := range own.Tools.Rows {
		own.Tools.Rows[i].URL = ""
	}
	return own, nil, nil
}

func (d *dashboard) personFacts() []shell.Fact {
	head := d.Answers.Of(cards.AskHeadline)
	fact := func(label, measure string) shell.Fact {
		return shell.Fact{Label: d.T(label), Value: head.SingleFigure(measure).Text}
	}
	return []shell.Fact{fact("person.lines", "loc_changed"), fact("added", "loc_added"), fact("deleted", "loc_deleted"),
		fact("person.agent", "agent_contribution"), {Label: d.T("person.days"), Value: d.activeDays()}}
}

// activeDays counts the days on which the person was active.
func (d *dashboard) activeDays() string {
	return d.T("person.ofdays", text.Grouped(int64(d.activeOn())), text.Grouped(int64(d.Window.Len())))
}

// activeOn is on how many days the person was active.
func (d *dashboard) activeOn() (n int) {
	t := d.Answers.Of(askUserDays)
	for _, row := range t.Rows() {
		if cards.OrZero(t.Value(row, "daily_active_users")) > 0 {
			n++
		}
	}
	return n
}
