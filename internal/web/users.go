package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
)

// usersView lists single people. Nobody ranks them: they are in the order of
// their names, and there is no other.
type usersView struct {
	Page
	Title, Window string
	Frames        []Choice
	Compare       Choice
	CSV           string
	Empty         *Empty
	Search        string
	Lead          string
	Rows          []UserFigures
	Rest, Total   *UserFigures
	// Shown says which of how many rows are shown; Earlier and Later lead on.
	Shown, Earlier, Later string
	// Twice says that a name has two rows.
	Twice  string
	Action string
	Hidden []Hidden
}

// UserFigures is a person's row.
type UserFigures struct {
	Key, Label, Note, URL string
	Lines, Share          Figure
	Last, Tools           string
}

// The asks of the page: everybody's figures, and the days and tools of those
// whom the page shows.
const (
	askUsers    = "users"
	askUserDays = "days"
)

// usersPerPage is how many people a page shows.
const usersPerPage = 50

var userMeasures = []string{"loc_changed", "agent_contribution"}

// users serves …/insights/users.
func (web *Web) users(w http.ResponseWriter, r *http.Request) error {
	b, _, err := web.builder(r, "users")
	if err != nil {
		return err
	}
	v, err := b.usersView(r.Context())
	if err != nil {
		return err
	}
	return web.show(w, "users", v)
}

func (b *builder) usersView(ctx context.Context) (*usersView, error) {
	v := &usersView{Page: b.web.shell(b.request, b.place, b.t("users.title"), b.state.Path), Title: b.t("users.title"),
		Search: strings.TrimSpace(b.request.URL.Query().Get("q")), Action: b.state.Path, Hidden: hidden(b.state)}
	privacy, err := b.web.opt.Admin.InForce(ctx, b.place.Enterprise.ID)
	if err != nil {
		return nil, err
	}
	if v.Empty = b.viewsOff(privacy); v.Empty != nil {
		return v, nil
	}
	if b.status, err = b.web.data.Status(ctx, b.state.Words(day.Range{})); err != nil {
		return nil, err
	}
	b.window, v.Frames = b.status.Range, b.frames()
	if v.Empty = cmp.Or(b.emptyBefore(), b.emptyRetained()); v.Empty != nil {
		return v, nil
	}
	v.Window, v.Lead = span(b.window), b.t("users.lead")
	if privacy.Pseudonyms {
		v.Lead += " " + b.t("users.pseudonyms")
	}
	asks := []ask{b.ask(askUsers, b.state, b.window, userMeasures, "user"), b.ask(askHeadline, b.state, b.window, userMeasures)}
	if b.answers, err = b.web.askAll(ctx, asks); err != nil {
		return nil, err
	}
	if err := b.answers.refused[askUsers]; err != nil {
		return nil, err
	}
	return v, b.userRows(ctx, v)
}

// viewsOff is the page where per-person views are off; nil where they are on.
func (b *builder) viewsOff(p directory.Privacy) *Empty {
	if p.PersonViews {
		return nil
	}
	var actions []Link
	const settings = "GET /enterprises/{enterprise}/settings/privacy"
	if access.Of(b.request.Context()).Allows(settings, access.Place{Enterprise: b.place.Enterprise}) {
		actions = []Link{{b.t("settings.privacy"), pathOf(settings, b.place)}}
	}
	return b.empty("views", actions)
}

// userRows fills the page's people. Who is shown is written into the audit log
// before anything is.
func (b *builder) userRows(ctx context.Context, v *usersView) error {
	t := b.answers.of(askUsers)
	var all []userRow
	for _, row := range t.rows() {
		user, named := t.name(row, "user")
		if !named {
			rest := b.userFigures(t, row)
			rest.Label, rest.Note = b.t("users.none"), b.t("users.none.note")
			v.Rest = &rest
			continue
		}
		if u := (userRow{user, row}); v.Search == "" || finds(v.Search, user) {
			all = append(all, u)
		}
	}
	slices.SortStableFunc(all, func(a, b userRow) int { return strings.Compare(strings.ToLower(a.user), strings.ToLower(b.user)) })
	shown := b.page(v, all)
	if err := b.viewed(ctx, b.t("users.title"), shown...); err != nil {
		return err
	}
	seen, err := b.seenOn(ctx, shown)
	if err != nil {
		return err
	}
	for i, u := range shown {
		if i > 0 && shown[i-1].user == u.user {
			v.Twice = b.t("users.twice")
		}
		f := b.userFigures(t, u.row)
		f.Key, f.Label, f.Tools, f.Last = u.user, u.user, none, none
		f.URL = State{Path: b.state.Path + "/" + url.PathEscape(u.user), Days: b.state.Days, From: b.state.From, To: b.state.To}.URL()
		if s, ok := seen[u.user]; ok {
			f.Last, f.Tools = longDay(s.last), strings.Join(s.tools, ", ")
		}
		v.Rows = append(v.Rows, f)
	}
	if head := b.answers.of(askHeadline); len(head.rows()) == 1 {
		total := b.userFigures(head, head.rows()[0])
		total.Label = b.entity.Label()
		v.Total = &total
	}
	return nil
}

// userRow is a row of the answer: whose it is, by name or pseudonym.
type userRow struct {
	user string
	row  []any
}

func (b *builder) userFigures(t *table, row []any) UserFigures {
	return UserFigures{Lines: measureFigure("loc_changed", t.value(row, "loc_changed")), Share: measureFigure("agent_contribution", t.value(row, "agent_contribution"))}
}

// page returns the people of the page that the URL names.
func (b *builder) page(v *usersView, all []userRow) []userRow {
	n, err := strconv.Atoi(b.request.URL.Query().Get("page"))
	pages := max(1, (len(all)+usersPerPage-1)/usersPerPage)
	if err != nil || n < 1 {
		n = 1
	}
	n = min(n, pages)
	from, to := (n-1)*usersPerPage, min(n*usersPerPage, len(all))
	link := func(page int) string {
		q := b.state.query()
		q.Set("page", strconv.Itoa(page))
		if v.Search != "" {
			q.Set("q", v.Search)
		}
		return b.state.Path + "?" + q.Encode()
	}
	if n > 1 {
		v.Earlier = link(n - 1)
	}
	if n < pages {
		v.Later = link(n + 1)
	}
	if len(all) > 0 {
		v.Shown = b.t("users.shown", grouped(int64(from+1)), grouped(int64(to)), grouped(int64(len(all))))
	}
	return all[from:to]
}

// viewed writes into the audit log whose data is shown.
func (b *builder) viewed(ctx context.Context, what string, shown ...userRow) error {
	if len(shown) == 0 {
		return nil
	}
	var names []string
	for _, u := range shown {
		names = append(names, u.user)
	}
	return b.web.viewed(ctx, *b.place.Enterprise, b.entity, what, names)
}

// viewed writes into the audit log that whoever asks looks at the users of these
// names: the log is about the people, whatever the page calls them.
func (web *Web) viewed(ctx context.Context, enterprise, e directory.Entity, what string, names []string) error {
	users, err := web.data.Unveil(ctx, enterprise.Key(), names)
	if err != nil {
		return err
	}
	return web.opt.Admin.Viewed(ctx, e, what, users...)
}

// seen is when and with what somebody was active.
type seen struct {
	last  day.Day
	tools []string
}

// seenOn asks for the days and tools of people, by user.
func (b *builder) seenOn(ctx context.Context, shown []userRow) (map[string]seen, error) {
	if len(shown) == 0 {
		return nil, nil
	}
	s := b.state.With(func(s *State) {
		for _, u := range shown {
			s.Where = append(s.Where, Condition{"user", u.user})
		}
	})
	answers, err := b.web.askAll(ctx, []ask{b.ask(askUserDays, s, b.window, []string{"active_users"}, "user", "tool", "day")})
	if err != nil {
		return nil, err
	}
	out, t := map[string]seen{}, answers.of(askUserDays)
	for _, row := range t.rows() {
		user, named := t.name(row, "user")
		tool, _ := t.name(row, "tool")
		text, _ := t.name(row, "day")
		d, err := day.Parse(text)
		if !named || err != nil || orZero(t.value(row, "active_users")) == 0 {
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
