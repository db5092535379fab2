package people

import (
	"cmp"
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// meView is one's own data, and who looked at it.
type meView struct {
	shell.Page
	shell.TableHeader
	Empty *cards.Empty
	// Enterprises switches between those in which one has data.
	Enterprises []shell.Choice
	Own         *PersonFigures
	// With says with what one works, and when; From and To are the window, for choosing
	// another at Path, which ends by MaxDay.
	With                   []ownTable
	Path, From, To, MaxDay string
	Identities             []MyIdentity
	// Pending are the identities that somebody says are one's; Action answers.
	Pending []PendingIdentity
	Action  string
	Notice  *shell.Notice
	Looks   []MyView
	// Place is one's own among others, nil where one has no figures.
	Place *ownPlace
	// Saved are the views that one has saved, whose names have at most MaxName characters.
	Saved   []SavedRow
	MaxName int
	// refused is the renaming that was, nil if none was.
	refused *renaming
	Privacy []shell.Fact
	// Reason is why the settings were last changed, Changed when.
	Reason, Changed string
}

// MyIdentity is who a tool says one is, and how one was linked to it.
type MyIdentity struct{ ToolLabel, Login, UserID, How string }

// PendingIdentity is one that somebody says is one's. Refusal is why one cannot confirm it
// oneself, "" if one can.
type PendingIdentity struct{ Tool, ToolLabel, UserID, Login, Claim, Refusal string }

// MyView is a view of one's data: who looked when, and what they did.
type MyView struct{ When, Who, Action, Target string }

// mePages are the pages of one's own data.
type mePages struct{ *shell.Shell }

// Routes lists the routes of one's own data.
func Routes(sh *shell.Shell) []access.Route {
	p := &mePages{sh}
	return []access.Route{sh.Route("GET /me", p.me), sh.Route("GET /me/{enterprise}", p.me), sh.Route("POST /me/{enterprise}", p.answer), sh.Route("GET /me/{enterprise}/export", p.exportMine)}
}

// me serves /me and /me/{enterprise}. One's own data is one's own: no policy
// hides it from oneself.
func (m *mePages) me(w http.ResponseWriter, r *http.Request) error {
	word := r.PathValue("enterprise")
	self, mine, err := m.mine(r.Context(), word)
	if err != nil {
		return err
	}
	v := m.meView(r)
	switch {
	case mine == nil && word != "":
		return m.NotFound(w, r)
	case mine == nil:
		v.Empty = &cards.Empty{Kind: "nobody", Title: m.Text.Get("empty.nobody"), Message: m.Text.Get("empty.nobody.message")}
		return m.Show(w, "me", v)
	}
	if len(self.Enterprises) > 1 {
		for _, own := range self.Enterprises {
			v.Enterprises = append(v.Enterprises, shell.Choice{Label: own.Enterprise.Label(), URL: shell.OwnPath(own.Enterprise), On: own.Enterprise.ID == mine.Enterprise.ID})
		}
	}
	return m.showMine(w, r, v, mine)
}

func (m *mePages) meView(r *http.Request) *meView {
	return &meView{Page: m.Frame(r, access.Place{}, m.Text.Get("me.title"), "/me")}
}

// show shows one's own page, whose form may have been refused.
func (m *mePages) show(w http.ResponseWriter, v *meView) error {
	if v.refused == nil {
		return m.Show(w, "me", v)
	}
	m.ShowStatus(w, "me", http.StatusUnprocessableEntity, v)
	return nil
}

// answer takes one's word for whether an identity is one's, and changes what one has saved.
func (m *mePages) answer(w http.ResponseWriter, r *http.Request) error {
	_, mine, err := m.mine(r.Context(), r.PathValue("enterprise"))
	if err != nil {
		return err
	}
	if mine == nil {
		return m.NotFound(w, r)
	}
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "the form is not well-formed: %v", err)
	}
	tool, user := r.PostForm.Get("tool"), r.PostForm.Get("identity")
	done := ""
	switch r.PostForm.Get("do") {
	case "confirm":
		done = m.Text.Get("me.confirmed", cmp.Or(r.PostForm.Get("login"), user))
		err = m.Options.Privacy.ConfirmOwn(r.Context(), mine.Enterprise.ID, tool, user)
	case "decline":
		done = m.Text.Get("me.declined", cmp.Or(r.PostForm.Get("login"), user))
		err = m.Options.Privacy.DeclineOwn(r.Context(), mine.Enterprise.ID, tool, user)
	case "show-place", "hide-place":
		done = m.Text.Get("place." + r.PostForm.Get("do"))
		err = m.Options.Places.SetOwnPlace(r.Context(), mine.Enterprise.ID, r.PostForm.Get("do") == "show-place")
	case "rename-view", "remove-view":
		done, err = m.changeView(r)
		if kind := fault.KindOf(err); r.PostForm.Get("do") == "rename-view" && (kind == fault.Invalid || kind == fault.Conflict) {
			v := m.meView(r)
			v.refused = &renaming{r.PostForm.Get("view"), r.PostForm.Get("name"), m.Message(kind, err)}
			return m.showMine(w, r, v, mine)
		}
	default:
		err = fault.New(fault.Invalid, "the form does not say what to do")
	}
	if err != nil {
		return err
	}
	id, err := m.Notices.Put(r.Context(), shell.Notice{Text: done}, access.Of(r.Context()))
	if err != nil {
		return err
	}
	http.Redirect(w, r, m.ownPath(mine)+"?notice="+id, http.StatusSeeOther)
	return nil
}

func (m *mePages) ownPath(mine *admin.Own) string { return shell.OwnPath(mine.Enterprise) }

// mine returns whoever questions, and what is theirs in the enterprise that a word
// names, or in the first; nil if nothing is.
func (m *mePages) mine(ctx context.Context, word string) (admin.Self, *admin.Own, error) {
	self, err := m.Options.Privacy.Self(ctx)
	if err != nil {
		return self, nil, err
	}
	for i := range self.Enterprises {
		if own := &self.Enterprises[i]; word == "" || own.Enterprise.Key() == word {
			return self, own, nil
		}
	}
	return self, nil, nil
}

// mineMeasures and mineBy are what one's own data is exported as.
var (
	mineMeasures = []string{"interactions", "generations", "acceptances", "loc_suggested_add", "loc_suggested_delete", "loc_added", "loc_deleted"}
	mineBy       = []string{"tool", "ide", "feature", "language", "model"}
)

// mineServed returns the measures that the breakdown has.
func mineServed(by string) []string {
	return cards.Served(mineMeasures, shell.KeysOf([]string{"day", by}))
}

// exportMine serves one's own figures of a window, by day and each breakdown, as
// one file: of the breakdowns each stands by itself, as reports have them.
func (m *mePages) exportMine(w http.ResponseWriter, r *http.Request) error {
	_, mine, err := m.mine(r.Context(), r.PathValue("enterprise"))
	if err != nil {
		return err
	}
	if mine == nil || len(mine.Identities) == 0 {
		return m.NotFound(w, r)
	}
	s, err := shell.ParseState("/me", mine.Enterprise.Key(), onlyWindow(r.URL.Query()))
	if err != nil {
		return err
	}
	for _, i := range mine.Identities {
		s.Where = append(s.Where, shell.Condition{Dimension: "user", Value: i.UserID})
	}
	ctx := access.With(r.Context(), access.NewOperator()) // see showMine
	var questions []cards.Question
	for _, by := range mineBy {
		words := s.Words(day.Range{})
		words.By, words.Measures = []string{"day", by}, mineServed(by)
		questions = append(questions, cards.Question{Name: by, Words: words})
	}
	parts, err := cards.AskAll(ctx, m.Data, questions)
	if err != nil {
		return err
	}
	for _, by := range mineBy {
		if err := parts.Refused[by]; err != nil {
			return err
		}
	}
	shell.Attach(w, "text/csv; charset=utf-8", "my-data.csv")
	writeMine(w, parts)
	return nil // the reader went away, if anything
}

// writeMine writes the answers as one table: day, breakdown, value and measures.
func writeMine(w io.Writer, parts *cards.Answers) {
	rows := csv.NewWriter(w)
	_ = rows.Write(append([]string{"day", "breakdown", "value"}, mineMeasures...)) // Flush says what went wrong
	for _, by := range mineBy {
		t, has := parts.Of(by), mineServed(by)
		for _, row := range t.Rows() {
			date, _ := t.Name(row, "day")
			value, _ := t.Name(row, by)
			cells, nothing := []string{date, by, query.CSVCell(value)}, true
			for _, m := range mineMeasures {
				cell := ""
				if n := t.Value(row, m); n != nil {
					cell = strconv.FormatFloat(*n, 'f', -1, 64)
				}
				cells, nothing = append(cells, cell), nothing && (cell == "0" || !slices.Contains(has, m))
			}
			// What others of the enterprise use says nothing of the person.
			if !nothing {
				_ = rows.Write(cells)
			}
		}
	}
	rows.Flush()
}

func (m *mePages) showMine(w http.ResponseWriter, r *http.Request, v *meView, mine *admin.Own) error {
	m.ownAccount(v, mine)
	if err := m.lookedAt(r.Context(), v, mine); err != nil {
		return err
	}
	err := m.ownViews(r, v, mine)
	if err != nil {
		return err
	}
	if v.Notice, err = m.Notices.Take(r.Context(), r.URL.Query().Get("notice"), access.Of(r.Context())); err != nil {
		return err
	}
	switch {
	case len(mine.Identities) > 0:
		if v.Place, err = m.place(r.Context(), mine); err != nil {
			return err
		}
	case len(mine.Pending) > 0:
		v.Empty = &cards.Empty{Kind: "unconfirmed", Title: m.Text.Get("empty.unconfirmed"), Message: m.Text.Get("empty.unconfirmed.message", mine.Enterprise.Label())}
		return m.show(w, v)
	default:
		v.Empty = &cards.Empty{Kind: "unlinked", Title: m.Text.Get("empty.unlinked"), Message: m.Text.Get("empty.unlinked.message", mine.Enterprise.Label())}
		return m.show(w, v)
	}
	s, err := shell.ParseState(r.URL.Path, mine.Enterprise.Key(), onlyWindow(r.URL.Query()))
	if err != nil {
		return err
	}
	at := access.Place{Enterprise: &mine.Enterprise}
	d := &dashboard{&cards.Builder{Request: m.RequestAt(r, at, s)}}
	var users []string
	for _, i := range mine.Identities {
		users = append(users, i.UserID)
	}
	// The program questions, not the viewer: one's own data takes no permission, and
	// the questions are about nobody else.
	if v.Own, v.Empty, err = d.figures(access.With(r.Context(), access.NewOperator()), users...); err != nil {
		return err
	}
	v.Window, v.Frames, v.Charts = text.Span(d.Window), d.Frames(), v.Own != nil
	if d.Window.Len() > 0 {
		v.Path, v.From, v.To, v.MaxDay = r.URL.Path, d.Window.From.String(), d.Window.To.String(), m.Data.Today().String()
	}
	if v.Own != nil {
		v.CSV = s.At(m.ownPath(mine) + "/export").URL()
		if v.With, err = d.ownTables(access.With(r.Context(), access.NewOperator())); err != nil {
			return err
		}
	}
	return m.show(w, v)
}

// onlyWindow keeps the timeframe of a query: nothing else of the page is chosen.
func onlyWindow(q url.Values) url.Values {
	out := url.Values{}
	for _, name := range []string{"days", "from", "to"} {
		if q.Has(name) {
			out.Set(name, q.Get(name))
		}
	}
	return out
}

// lookedAt fills who looked at one's data. The log has keys where people know names.
func (m *mePages) lookedAt(ctx context.Context, v *meView, mine *admin.Own) error {
	if len(mine.Views) == 0 {
		return nil
	}
	names := map[string]string{string(directory.Enterprise) + " " + mine.Enterprise.Key(): mine.Enterprise.Label()}
	for _, kind := range []directory.Kind{directory.Organization, directory.Team} {
		list, err := m.Data.Entities(ctx, mine.Enterprise.Key(), kind)
		if err != nil {
			return err
		}
		for _, e := range list {
			names[string(kind)+" "+e.Key()] = e.Label()
		}
	}
	for _, e := range mine.Views {
		view := MyView{When: text.Moment(e.At), Who: cmp.Or(e.Name, e.Actor), Action: e.Detail, Target: cmp.Or(names[e.Target], e.Target)}
		if e.Action == directory.PeopleListed {
			view.Target = m.Text.Get("me.everybody", view.Target)
		}
		v.Looks = append(v.Looks, view)
	}
	return nil
}

// ownAccount fills who one is in each tool, and what is in force.
func (m *mePages) ownAccount(v *meView, mine *admin.Own) {
	t := m.Text.Get
	for _, i := range mine.Identities {
		v.Identities = append(v.Identities, MyIdentity{ToolLabel: metric.ToolByName(i.Tool).Label, Login: cmp.Or(i.Login, i.UserID), UserID: i.UserID, How: t("people.how." + i.How)})
	}
	v.Action = m.ownPath(mine)
	for _, i := range mine.Pending {
		p := PendingIdentity{Tool: i.Tool, ToolLabel: metric.ToolByName(i.Tool).Label, UserID: i.UserID, Login: cmp.Or(i.Login, i.UserID), Refusal: i.Refusal}
		p.Claim = t("me.pending.somebody", p.Login, p.ToolLabel)
		switch i.By {
		case "", directory.SystemActor:
		case "operator":
			p.Claim = t("me.pending.operator", p.Login, p.ToolLabel)
		default:
			p.Claim = t("me.pending.by", i.By, p.Login, p.ToolLabel)
		}
		v.Pending = append(v.Pending, p)
	}
	v.Privacy, v.Changed, v.Reason = m.privacyFacts(mine.Privacy), t("privacy.never"), mine.Privacy.Reason
	if !mine.Privacy.Changed.IsZero() {
		v.Changed = t("settings.since", text.Moment(mine.Privacy.Changed))
	}
}

func (m *mePages) privacyFacts(p directory.Privacy) []shell.Fact {
	t := m.Text.Get
	word := func(on bool) string {
		if on {
			return t("on")
		}
		return t("off")
	}
	months := t("privacy.forever")
	if p.RetentionMonths > 0 {
		months = m.Text.Count("n.months", p.RetentionMonths)
	}
	return []shell.Fact{{Label: t("privacy.minimum"), Value: strconv.Itoa(p.MinimumGroup)}, {Label: t("privacy.pseudonyms"), Value: word(p.Pseudonyms)}, {Label: t("privacy.views"), Value: word(p.PersonViews)}, {Label: t("privacy.kept"), Value: months}}
}
