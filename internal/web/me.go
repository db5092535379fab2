package web

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
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// meView is one's own data, and who looked at it.
type meView struct {
	Page
	Title, Window string
	Frames        []Choice
	Compare       Choice
	CSV           string
	Empty         *Empty
	// Enterprises switches between those in which one has data.
	Enterprises []Choice
	Own         *PersonFigures
	Identities  []IdentityRow
	Views       []AuditRow
	Privacy     []Step
	// Reason is why the settings were last changed, Changed when.
	Reason, Changed string
}

// me serves /me and /me/{enterprise}. One's own data is one's own: no policy
// hides it from oneself.
func (web *Web) me(w http.ResponseWriter, r *http.Request) error {
	word := r.PathValue("enterprise")
	self, mine, err := web.mine(r.Context(), word)
	if err != nil {
		return err
	}
	v := &meView{Page: web.shell(r, access.Place{}, web.text.Get("me.title"), "/me"), Title: web.text.Get("me.title")}
	switch {
	case mine == nil && word != "":
		return web.notFound(w, r)
	case mine == nil:
		v.Empty = &Empty{Kind: "nobody", Title: web.text.Get("empty.nobody"), Message: web.text.Get("empty.nobody.message")}
		return web.show(w, "me", v)
	}
	if len(self.Enterprises) > 1 {
		for _, own := range self.Enterprises {
			v.Enterprises = append(v.Enterprises, Choice{Label: own.Enterprise.Label(), URL: "/me/" + url.PathEscape(own.Enterprise.Key()), On: own.Enterprise.ID == mine.Enterprise.ID})
		}
	}
	return web.showMine(w, r, v, mine)
}

// mine returns whoever asks, and what is theirs in the enterprise that a word
// names, or in the first; nil if nothing is.
func (web *Web) mine(ctx context.Context, word string) (admin.Self, *admin.Own, error) {
	self, err := web.opt.Admin.Self(ctx)
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
func mineServed(by string) []string { return served(mineMeasures, keysOf([]string{"day", by})) }

// exportMine serves one's own figures of a window, by day and each breakdown, as
// one file: of the breakdowns each stands by itself, as reports have them.
func (web *Web) exportMine(w http.ResponseWriter, r *http.Request) error {
	_, mine, err := web.mine(r.Context(), r.PathValue("enterprise"))
	if err != nil {
		return err
	}
	if mine == nil || len(mine.Identities) == 0 {
		return web.notFound(w, r)
	}
	s, err := ParseState("/me", mine.Enterprise.Key(), onlyWindow(r.URL.Query()))
	if err != nil {
		return err
	}
	for _, i := range mine.Identities {
		s.Where = append(s.Where, Condition{"user", i.UserID})
	}
	ctx := access.With(r.Context(), access.NewOperator()) // see showMine
	var asks []ask
	for _, by := range mineBy {
		words := s.Words(day.Range{})
		words.By, words.Measures = []string{"day", by}, mineServed(by)
		asks = append(asks, ask{by, words})
	}
	parts, err := web.askAll(ctx, asks)
	if err != nil {
		return err
	}
	for _, by := range mineBy {
		if err := parts.refused[by]; err != nil {
			return err
		}
	}
	attach(w, "text/csv; charset=utf-8", "my-data.csv")
	writeMine(w, parts)
	return nil // the reader went away, if anything
}

// writeMine writes the answers as one table: day, breakdown, value and measures.
func writeMine(w io.Writer, parts *answers) {
	rows := csv.NewWriter(w)
	_ = rows.Write(append([]string{"day", "breakdown", "value"}, mineMeasures...)) // Flush says what went wrong
	for _, by := range mineBy {
		t, has := parts.of(by), mineServed(by)
		for _, row := range t.rows() {
			date, _ := t.name(row, "day")
			value, _ := t.name(row, by)
			cells, nothing := []string{date, by, query.CSVCell(value)}, true
			for _, m := range mineMeasures {
				cell := ""
				if n := t.value(row, m); n != nil {
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

func (web *Web) showMine(w http.ResponseWriter, r *http.Request, v *meView, mine *admin.Own) error {
	web.ownAccount(v, mine)
	if len(mine.Identities) == 0 {
		v.Empty = &Empty{Kind: "unlinked", Title: web.text.Get("empty.unlinked"), Message: web.text.Get("empty.unlinked.message", mine.Enterprise.Label())}
		return web.show(w, "me", v)
	}
	s, err := ParseState(r.URL.Path, mine.Enterprise.Key(), onlyWindow(r.URL.Query()))
	if err != nil {
		return err
	}
	at := access.Place{Enterprise: &mine.Enterprise}
	b := &builder{web: web, request: r, place: at, entity: mine.Enterprise, state: s, effective: s, labels: map[Condition]string{}}
	var users []string
	for _, i := range mine.Identities {
		users = append(users, i.UserID)
	}
	// The program asks, not the viewer: one's own data takes no permission, and
	// the questions are about nobody else.
	if v.Own, v.Empty, err = b.personFigures(access.With(r.Context(), access.NewOperator()), users...); err != nil {
		return err
	}
	v.Window, v.Frames, v.Charts = span(b.window), b.frames(), v.Own != nil
	if v.Own != nil {
		v.CSV = State{Path: "/me/" + url.PathEscape(mine.Enterprise.Key()) + "/export", Days: s.Days, From: s.From, To: s.To}.URL()
	}
	return web.show(w, "me", v)
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

// ownAccount fills who one is in each tool, who looked, and what is in force.
func (web *Web) ownAccount(v *meView, mine *admin.Own) {
	t := web.text.Get
	for _, i := range mine.Identities {
		v.Identities = append(v.Identities, IdentityRow{ToolLabel: metric.ToolByName(i.Tool).Label, Login: cmp.Or(i.Login, i.UserID), UserID: i.UserID, How: t("people.how." + i.How)})
	}
	for _, e := range mine.Views {
		v.Views = append(v.Views, AuditRow{When: moment(e.At), Who: nameOf(e), Action: e.Detail, Target: e.Target})
	}
	v.Privacy, v.Changed, v.Reason = web.privacyFacts(mine.Privacy), t("privacy.never"), mine.Privacy.Reason
	if !mine.Privacy.Changed.IsZero() {
		v.Changed = t("settings.since", moment(mine.Privacy.Changed))
	}
}

func (web *Web) privacyFacts(p directory.Privacy) []Step {
	t := web.text.Get
	word := func(on bool) string {
		if on {
			return t("on")
		}
		return t("off")
	}
	months := t("privacy.forever")
	if p.RetentionMonths > 0 {
		months = web.text.Count("n.months", p.RetentionMonths)
	}
	return []Step{{t("privacy.minimum"), strconv.Itoa(p.MinimumGroup)}, {t("privacy.pseudonyms"), word(p.Pseudonyms)}, {t("privacy.views"), word(p.PersonViews)}, {t("privacy.kept"), months}}
}
