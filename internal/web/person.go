package web

import (
	"context"
	"net/http"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/fault"
)

// personView is one person's data, as others may see it.
type personView struct {
	Page
	Title, Window string
	Frames        []Choice
	Compare       Choice
	CSV           string
	Empty         *Empty
	Note          string
	Own           *PersonFigures
}

// PersonFigures is what a person did: nothing in it leads on to tables and files,
// which would be one more way to look.
type PersonFigures struct {
	Facts []Step
	Daily *ChartCard
	Tools *ToolsCard
}

// person serves …/insights/users/{user}: a login, an id or, where people have
// them, a pseudonym.
func (web *Web) person(w http.ResponseWriter, r *http.Request) error {
	b, _, err := web.builder(r, "users")
	if err != nil {
		return err
	}
	name := r.PathValue("user")
	v := &personView{Page: web.shell(r, b.place, name, b.state.Path), Title: name}
	privacy, err := web.opt.Admin.InForce(r.Context(), b.place.Enterprise.ID)
	if err != nil {
		return err
	}
	if v.Empty = b.viewsOff(privacy); v.Empty != nil {
		return web.show(w, "person", v)
	}
	if err := b.known(r.Context(), name); err != nil {
		return err
	}
	if err := b.viewed(r.Context(), b.t("users.one"), userRow{user: name}); err != nil {
		return err
	}
	b.state.Path = r.URL.Path
	v.Note = b.t("users.audited")
	v.Own, v.Empty, err = b.personFigures(r.Context(), name)
	if err != nil {
		return err
	}
	v.Window, v.Frames, v.Charts = span(b.window), b.frames(), v.Own != nil
	return web.show(w, "person", v)
}

// known is an error unless the place has a user of the name.
func (b *builder) known(ctx context.Context, name string) error {
	year := b.state.With(func(s *State) {
		if s.From == "" {
			s.Days = max(s.Days, 365)
		}
	})
	answers, err := b.web.askAll(ctx, []ask{b.ask(askUsers, year, day.Range{}, userMeasures[:1], "user")})
	if err != nil {
		return err
	}
	t := answers.of(askUsers)
	for _, row := range t.rows() {
		if user, ok := t.name(row, "user"); ok && user == name {
			return nil
		}
	}
	return fault.New(fault.NotFound, "%s", b.t("users.unknown", name))
}

// personFigures asks what one person did, who may have several names in tools.
func (b *builder) personFigures(ctx context.Context, users ...string) (*PersonFigures, *Empty, error) {
	b.effective = b.state.With(func(s *State) {
		for _, u := range users {
			s.Where = append(s.Where, Condition{"user", u})
		}
	})
	var err error
	if b.status, err = b.web.data.Status(ctx, b.effective.Words(day.Range{})); err != nil {
		return nil, nil, err
	}
	b.window = b.status.Range
	b.grain = grainOf(b.window)
	if e := b.emptyBefore(); e != nil {
		e.Import = nil
		return nil, e, nil
	}
	if e := b.emptyRetained(); e != nil {
		return nil, e, nil
	}
	s := b.effective
	b.answers, err = b.web.askAll(ctx, []ask{
		b.ask(askHeadline, s, b.window, headlineMeasures),
		b.ask(askDaily, s, b.drawn(), append(append([]string{}, lineMeasures...), trailing[b.grain]), b.grain),
		b.ask(askTool, s, b.window, toolMeasures, "tool"),
		b.ask(askMode, s, b.window, suggestMeasures, "tool", "initiator", "feature"),
		b.ask(askUserDays, s, b.window, []string{"daily_active_users"}, "day"),
	})
	if err != nil {
		return nil, nil, err
	}
	own := &PersonFigures{Facts: b.personFacts(), Daily: b.daily(), Tools: b.tools()}
	own.Daily.Menu.CSV, own.Daily.Menu.Only, own.Daily.Switches, own.Daily.Sentence = "", "", nil, Sentence{}
	own.Tools.Menu.CSV, own.Tools.Menu.Only, own.Tools.Sentence = "", "", Sentence{}
	// The tools that others use say nothing of the person.
	own.Tools.Rows = slices.DeleteFunc(own.Tools.Rows, func(r ToolRow) bool { return parsed(r.People.Value) == 0 })
	for i := range own.Tools.Rows {
		own.Tools.Rows[i].URL = ""
	}
	return own, nil, nil
}

// emptyRetained says that retention left nothing of people in the window, nil
// if the window has later days.
func (b *builder) emptyRetained() *Empty {
	days := b.status.TotalsOnly
	if len(days) == 0 || days[len(days)-1] < min(b.window.To, b.status.Data.To) {
		return nil
	}
	last := b.state.With(func(s *State) { s.Days, s.From, s.To = defaultDays, "", "" }).URL()
	return b.empty("retained", []Link{{b.t("empty.lastdays", grouped(defaultDays)), last}})
}

func (b *builder) personFacts() []Step {
	head := b.answers.of(askHeadline)
	fact := func(label, measure string) Step {
		return Step{b.t(label), measureFigure(measure, head.single(measure)).Text}
	}
	return []Step{fact("person.lines", "loc_changed"), fact("added", "loc_added"), fact("deleted", "loc_deleted"),
		fact("person.agent", "agent_contribution"), {b.t("person.days"), b.activeDays()}}
}

// activeDays counts the days on which the person was active.
func (b *builder) activeDays() string {
	n := 0
	t := b.answers.of(askUserDays)
	for _, row := range t.rows() {
		if orZero(t.value(row, "daily_active_users")) > 0 {
			n++
		}
	}
	return b.t("person.ofdays", grouped(int64(n)), grouped(int64(b.window.Len())))
}
