package people

import (
	"cmp"
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
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
	// Work says with what one works, when, and how much; From and To are the window, for
	// choosing another at Path, which ends by MaxDay.
	Work                   []ownCard
	Path, From, To, MaxDay string
	// Known is what is stored about oneself, Fields what its figures mean, File the address
	// of all of it.
	Known  []KnownRow
	Fields []*metric.Measure
	File   string
	// Kept says how long it is kept, LookWords how often others looked.
	Kept, LookWords string
	Identities      []MyIdentity
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

// exportMine serves everything that is known of oneself, or one's own figures of a window by
// day and each breakdown as one table: breakdowns stand by themselves, as reports have them.
func (m *mePages) exportMine(w http.ResponseWriter, r *http.Request) error {
	_, mine, err := m.mine(r.Context(), r.PathValue("enterprise"))
	if err != nil {
		return err
	}
	if mine == nil || len(mine.Identities) == 0 {
		return m.NotFound(w, r)
	}
	d, _, err := m.ownDashboard(r, mine)
	if err != nil {
		return err
	}
	// The program questions, not the viewer: one's own data takes no permission, and the
	// questions are about nobody else.
	ctx := access.With(r.Context(), access.NewOperator())
	own, empty, err := d.figures(ctx, question.IdentityWords(mine.Identities)...)
	if err != nil {
		return err
	}
	data, err := d.load(ctx, mine, empty == nil)
	if err != nil {
		return err
	}
	if r.URL.Query().Get("format") == "json" {
		return m.writeFile(w, r, d, mine, own, data)
	}
	for _, by := range mineBy {
		if err := data.answers.Refused[by]; err != nil {
			return err
		}
	}
	shell.Attach(w, "text/csv; charset=utf-8", "my-data.csv")
	writeMine(w, data)
	return nil // the reader went away, if anything
}

// ownDashboard makes what asks for one's own data of the window that a request names.
func (m *mePages) ownDashboard(r *http.Request, mine *admin.Own) (*dashboard, shell.State, error) {
	s, err := shell.ParseState(m.ownPath(mine), mine.Enterprise.Key(), onlyWindow(r.URL.Query()))
	if err != nil {
		return nil, s, err
	}
	return &dashboard{&cards.Builder{Request: m.RequestAt(r, access.Place{Enterprise: &mine.Enterprise}, s)}}, s, nil
}

// writeMine writes the figures as one table: day, breakdown, value and measures.
func writeMine(w io.Writer, data *ownData) {
	rows := csv.NewWriter(w)
	_ = rows.Write(append([]string{"day", "breakdown", "value"}, mineMeasures...)) // Flush says what went wrong
	for _, by := range mineBy {
		for _, r := range data.rows(sectionNamed(by)) {
			value := ""
			if r.names[0] != nil {
				value = *r.names[0]
			}
			cells := []string{r.on.String(), by, query.CSVCell(value)}
			for _, n := range r.figures {
				cell := ""
				if n != nil {
					cell = strconv.FormatFloat(*n, 'f', -1, 64)
				}
				cells = append(cells, cell)
			}
			_ = rows.Write(cells)
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
	d, s, err := m.ownDashboard(r, mine)
	if err != nil {
		return err
	}
	ctx := access.With(r.Context(), access.NewOperator()) // see exportMine
	if v.Own, v.Empty, err = d.figures(ctx, question.IdentityWords(mine.Identities)...); err != nil {
		return err
	}
	v.Window, v.Frames, v.Charts = text.Span(d.Window), d.Frames(), v.Own != nil
	if d.Window.Len() > 0 {
		v.Path, v.From, v.To, v.MaxDay = r.URL.Path, d.Window.From.String(), d.Window.To.String(), m.Data.Today().String()
	}
	data, err := d.load(ctx, mine, v.Own != nil)
	if err != nil {
		return err
	}
	at := s.At(m.ownPath(mine) + "/export")
	v.File = at.URL()
	v.File += map[bool]string{true: "&", false: "?"}[strings.Contains(v.File, "?")] + "format=json"
	v.Known, v.Fields = d.knownRows(data, mine, len(v.Saved)), ownFields()
	if v.Own != nil {
		v.CSV, v.Work = at.URL(), d.workCards(data)
		v.Own.Facts = append(v.Own.Facts, d.ownFacts(data)...)
	} else {
		seats := d.seatsCard(data)
		seats.Wide, v.Work = true, []ownCard{seats}
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
	names, err := entityNames(ctx, m.Data, mine.Enterprise)
	if err != nil {
		return err
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
	v.Kept, v.LookWords = t("me.known.kept.forever"), t("me.views.none")
	if months := mine.Privacy.RetentionMonths; months > 0 {
		v.Kept = t("me.known.kept.months", m.Text.Count("n.months", months))
	}
	if n := len(mine.Views); n > 0 {
		v.LookWords = m.Text.Count("me.known.looks.text", n)
	}
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
