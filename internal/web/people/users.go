// Package people is the pages about single people: the list, one person's figures, and
// one's own.
package people

import (
	"cmp"
	"context"
	"embed"
	"net/url"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

//go:embed template
var templates embed.FS

// Dashboard is single people, for those who may view them.
var Dashboard = shell.Dashboard{Name: "users", Label: "nav.users", Icon: "person", Teams: true, Templates: templates,
	Pages: map[string]shell.Handler{"": cards.Fresh("users", composeUsers), "/{user}": cards.Fresh("person", composePerson)}}

// dashboard makes the page of one request.
type dashboard struct{ *cards.Builder }

// usersView lists single people. Nobody ranks them: they are in the order of
// their names, and there is no other.
type usersView struct {
	shell.Page
	shell.TableHeader
	Empty  *cards.Empty
	Search string
	Lead   string
	// Nobody says why no people are listed.
	Nobody      string
	Rows        []UserFigures
	Rest, Total *UserFigures
	Pager       shell.Pager
	// Renamed says who had the login that is searched for.
	Renamed string
	// Joined says whose row is of an id that several tools have.
	Joined string
	Action string
	Hidden []shell.Hidden
}

// UserFigures is a person's row.
type UserFigures struct {
	Key, Label, Note, URL string
	Lines, Share          cards.Figure
	Last, Tools           string
}

// The questions of the page: everybody's figures, and the days and tools of those
// whom the page shows.
const (
	askUsers    = "users"
	askUserDays = "days"
	askJoined   = "joined "
)

// usersPerPage is how many people a page shows.
const usersPerPage = 50

var userMeasures = []string{"loc_changed", "agent_contribution", "agent_contribution_max"}

func composeUsers(ctx context.Context, b *cards.Builder) (*usersView, error) {
	d := &dashboard{b}
	v := &usersView{Page: d.Page(d.T("users.title")),
		Search: d.State.Search, Action: d.State.Path, Hidden: shell.HiddenFields(d.State, "q")}
	privacy, err := d.Options.Privacy.InForce(ctx, d.Place.Enterprise.ID)
	if err != nil {
		return nil, err
	}
	if v.Empty = d.viewsOff(privacy); v.Empty != nil {
		return v, nil
	}
	if err := d.LoadStatus(ctx); err != nil {
		return nil, err
	}
	v.Frames = d.Frames()
	if v.Empty = cmp.Or(d.EmptyBefore(), d.EmptyRetained()); v.Empty != nil {
		return v, nil
	}
	v.Window, v.Lead, v.Nobody = text.Span(d.Window), d.T("users.lead"), d.T("users.nobody")
	if privacy.Pseudonyms {
		v.Lead += " " + d.T("users.pseudonyms")
	}
	switch {
	case v.Search != "" && privacy.Pseudonyms:
		v.Nobody = d.T("users.notfound.pseudonyms", v.Search)
	case v.Search != "":
		v.Nobody = d.T("users.notfound", v.Search)
	}
	questions := []cards.Question{d.Question(askUsers, d.State, d.Window, userMeasures, "user"), d.Question(cards.AskHeadline, d.State, d.Window, userMeasures)}
	if d.Answers, err = cards.AskAll(ctx, d.Data, questions); err != nil {
		return nil, err
	}
	if err := d.Answers.Refused[askUsers]; err != nil {
		return nil, err
	}
	return v, d.userRows(ctx, v)
}

// viewsOff is the page where per-person views are off; nil where they are on.
func (d *dashboard) viewsOff(p directory.Privacy) *cards.Empty {
	if p.PersonViews {
		return nil
	}
	var actions []shell.Link
	const settings = "GET /enterprises/{enterprise}/settings/privacy"
	if access.Of(d.HTTP.Context()).Allows(settings, access.Place{Enterprise: d.Place.Enterprise}) {
		actions = []shell.Link{{Label: d.T("settings.privacy"), URL: shell.PathOf(settings, d.Place)}}
	}
	return d.Empty("views", actions)
}

// userRows fills the page's people. Who is shown is written into the audit log
// before anything is.
func (d *dashboard) userRows(ctx context.Context, v *usersView) error {
	t := d.Answers.Of(askUsers)
	renamed, err := d.renamed(ctx, v.Search)
	if err != nil {
		return err
	}
	if len(renamed) > 0 {
		v.Renamed = d.T("users.renamed", v.Search, english.List(renamed))
	}
	var all []userRow
	for _, row := range t.Rows() {
		user, named := t.Name(row, "user")
		if !named {
			rest := userFigures(t, row)
			rest.Label, rest.Note = d.T("users.none"), d.T("users.none.note")
			v.Rest = &rest
			continue
		}
		if v.Search != "" && !shell.Finds(v.Search, user) && !slices.Contains(renamed, user) {
			continue
		}
		if i := slices.IndexFunc(all, func(u userRow) bool { return u.user == user }); i >= 0 {
			all[i].several = true
			continue
		}
		all = append(all, userRow{user: user, figures: userFigures(t, row)})
	}
	slices.SortFunc(all, func(a, b userRow) int { return strings.Compare(strings.ToLower(a.user), strings.ToLower(b.user)) })
	shown, pager := shell.RowsOfPage(d.Request, all, usersPerPage, func(page int) string { return d.State.With(func(s *shell.State) { s.TablePage = page }).URL() })
	v.Pager = pager
	if err := d.loadJoined(ctx, v, shown); err != nil {
		return err
	}
	if err := d.looked(ctx, d.T("users.title"), shown...); err != nil {
		return err
	}
	seen, err := d.seenOn(ctx, shown)
	if err != nil {
		return err
	}
	for _, u := range shown {
		f := u.figures
		f.Key, f.Label, f.Tools, f.Last = u.user, u.user, text.None, text.None
		f.URL = d.State.At(d.State.Path + "/" + url.PathEscape(u.user)).URL()
		if s, ok := seen[u.user]; ok {
			f.Last, f.Tools = text.LongDay(s.last), strings.Join(s.tools, ", ")
		}
		v.Rows = append(v.Rows, f)
	}
	if head := d.Answers.Of(cards.AskHeadline); len(head.Rows()) == 1 {
		total := userFigures(head, head.Rows()[0])
		total.Label = d.Entity.Label()
		v.Total = &total
	}
	return nil
}

// renamed returns whom answers now call otherwise than by a former login, if that is
// nobody's now. Where people have pseudonyms it is nobody.
func (d *dashboard) renamed(ctx context.Context, login string) ([]string, error) {
	if login == "" {
		return nil, nil
	}
	privacy, err := d.Options.Privacy.InForce(ctx, d.Place.Enterprise.ID)
	if err != nil || privacy.Pseudonyms {
		return nil, err
	}
	names, err := d.Data.ResolvePseudonyms(ctx, d.Place.Enterprise.Key(), []string{login})
	if err != nil || slices.Contains(names, login) {
		return nil, err
	}
	return names, nil
}

// userRow is a person's figures, by name or pseudonym. An answer has several rows of a
// name whose id several tools have: to it they are people who are not linked.
type userRow struct {
	user    string
	figures UserFigures
	several bool
}

// loadJoined asks for the figures of names of which the answer has several rows: what their own
// pages show.
func (d *dashboard) loadJoined(ctx context.Context, v *usersView, shown []userRow) error {
	var questions []cards.Question
	var names []string
	for _, u := range shown {
		if u.several {
			own := d.State.With(func(s *shell.State) { s.Where = append(s.Where, shell.Condition{Dimension: "user", Value: u.user}) })
			questions, names = append(questions, d.Question(askJoined+u.user, own, d.Window, userMeasures)), append(names, u.user)
		}
	}
	if len(names) == 0 {
		return nil
	}
	answers, err := cards.AskAll(ctx, d.Data, questions)
	if err != nil {
		return err
	}
	for i, u := range shown {
		if t := answers.Of(askJoined + u.user); u.several && len(t.Rows()) == 1 {
			shown[i].figures = userFigures(t, t.Rows()[0])
		}
	}
	v.Joined = d.T("users.joined", english.List(names))
	return nil
}

func userFigures(t *cards.Answer, row []any) UserFigures {
	return UserFigures{Lines: t.Figure(row, "loc_changed"), Share: t.Figure(row, "agent_contribution")}
}

// seen is when and with what somebody was active.
type seen struct {
	last  day.Day
	tools []string
}

// seenOn asks for the days and tools of people, by user.
func (d *dashboard) seenOn(ctx context.Context, shown []userRow) (map[string]seen, error) {
	if len(shown) == 0 {
		return nil, nil
	}
	s := d.State.With(func(s *shell.State) {
		for _, u := range shown {
			s.Where = append(s.Where, shell.Condition{Dimension: "user", Value: u.user})
		}
	})
	answers, err := cards.AskAll(ctx, d.Data, []cards.Question{d.Question(askUserDays, s, d.Window, []string{"active_users"}, "user", "tool", "day")})
	if err != nil {
		return nil, err
	}
	out, t := map[string]seen{}, answers.Of(askUserDays)
	for _, row := range t.Rows() {
		user, named := t.Name(row, "user")
		tool, _ := t.Name(row, "tool")
		text, _ := t.Name(row, "day")
		d, err := day.Parse(text)
		if !named || err != nil || cards.OrZero(t.Value(row, "active_users")) == 0 {
			continue
		}
		is := out[user]
		if label := metric.ToolByName(tool).Label; !slices.Contains(is.tools, label) {
			is.tools = append(is.tools, label)
		}
		is.last = max(is.last, d)
		out[user] = is
	}
	return out, nil
}

// looked writes into the audit log whose data is shown.
func (d *dashboard) looked(ctx context.Context, what string, shown ...userRow) error {
	if len(shown) == 0 {
		return nil
	}
	var names []string
	for _, u := range shown {
		names = append(names, u.user)
	}
	return d.Viewed(ctx, *d.Place.Enterprise, d.Entity, what, names)
}
