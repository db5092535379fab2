package shell

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/web/text"
)

// Views is what a page offers of saved views.
type Views struct {
	// Own says that the viewer can have some; List are those of the enterprise.
	Own  bool
	List []Choice
	ViewForm
	// Refused is why the page cannot be saved, "" if it can.
	Refused string
	// Manage leads to where views are renamed and removed.
	Manage string
	// Notes say what has become of the data and the definition since the link was made that
	// led here; Definitions leads to the definition if that has changed.
	Notes       []string
	Definitions string
}

// ViewForm saves a page as it is: Action is where it is sent, Fields what it says besides the
// name.
type ViewForm struct {
	Action  string
	Fields  []Hidden
	MaxName int
	// Name is what was typed, Wrong why it was refused.
	Name, Wrong string
}

// refusedView gives a form back whose name was refused. Back leads to the page that it saves.
type refusedView struct {
	Page
	Form ViewForm
	Back string
}

// Views returns what the page offers of saved views; nil if its dashboard has none. A
// directory that does not answer leaves them out: the page stands without.
func (q *Request) Views() *Views {
	if q.saved != nil || !slices.ContainsFunc(q.dashboards, func(d Dashboard) bool { return d.Saved && d.Name == q.page }) {
		return q.saved
	}
	here := q.viewQuery()
	q.saved = &Views{ViewForm: viewForm(q.Place, q.page, here)}
	var opened *directory.SavedView
	if who := access.Of(q.HTTP.Context()); who.Person.ID != 0 {
		list, err := q.Options.Views.SavedViews(q.HTTP.Context(), q.Place.Enterprise.ID)
		if err != nil {
			return q.saved
		}
		q.saved.Own, q.saved.Manage = true, OwnPath(*q.Place.Enterprise)+"#saved-views"
		for _, v := range list {
			if v.At.Entity() == nil {
				continue
			}
			on := v.Place == q.Entity.ID && v.Page == q.page && v.Query == here
			q.saved.List = append(q.saved.List, Choice{Label: v.Name, URL: ViewURL(v.At, v.SavedView), On: on})
			if on && v.DataVersion == q.State.DataVersion {
				opened = &v.SavedView
			}
		}
		if q.State.Has("user") {
			q.saved.Refused = q.T("views.refused")
		}
	}
	q.noteSince(opened)
	return q.saved
}

func viewForm(at access.Place, page, query string) ViewForm {
	return ViewForm{Action: InsightsPath(at, "views"), MaxName: directory.MaxViewName, Fields: []Hidden{{"page", page}, {"query", query}}}
}

// viewQuery is what a view of the page is saved as.
func (q *Request) viewQuery() string {
	return viewQuery(q.State, q.HTTP.URL.Query().Get("state"))
}

// viewQuery is a page's state as a view keeps it, with which seats the page lists.
func viewQuery(s State, seats string) string {
	words := s.With(func(*State) {}).Query()
	if seats != "" {
		words.Set("state", seats)
	}
	return words.Encode()
}

// noteSince says what has changed since the link was made that led here, which may be that of
// the viewer's own view.
func (q *Request) noteSince(opened *directory.SavedView) {
	made := q.State.DataVersion
	if made == 0 {
		return
	}
	begin := q.T("views.link", text.Grouped(made))
	if opened != nil {
		begin = q.T("views.opened", opened.Name, text.DayOf(opened.Saved), text.Grouped(made))
	}
	q.saved.Notes = append(q.saved.Notes, begin+" "+q.dataSince(made))
	if q.State.Days != 0 {
		q.saved.Notes = append(q.saved.Notes, q.T("views.moves"))
	}
	if now := q.State.Reading().Version(); q.State.Defined != "" && q.State.Defined != now {
		q.saved.Notes = append(q.saved.Notes, q.T("views.defined", q.State.Defined, now))
		q.saved.Definitions = InsightsPath(q.Place, "definitions")
	}
}

// dataSince says whether the data of the window has changed since a version.
func (q *Request) dataSince(version int64) string {
	ctx := q.HTTP.Context()
	words := q.State.Words(q.Window)
	last, err := q.Data.LastChange(ctx, words)
	if err != nil {
		return q.T("views.unknown")
	}
	if last <= version {
		return q.T("views.same")
	}
	now, err := q.Data.DataVersion(ctx, q.State.Enterprise)
	if err != nil {
		return q.T("views.unknown")
	}
	return q.T("views.changed", text.Grouped(now))
}

// OwnPath is the address of the viewer's own page in an enterprise.
func OwnPath(enterprise directory.Entity) string { return "/me/" + url.PathEscape(enterprise.Key()) }

// ViewURL is the address of a saved view of a place: the page, and what it was saved at.
func ViewURL(at access.Place, v directory.SavedView) string {
	words, _ := url.ParseQuery(v.Query) // which we wrote
	words.Set("data", strconv.FormatInt(v.DataVersion, 10))
	words.Set("defined", v.Definition)
	return InsightsPath(at, v.Page) + "?" + words.Encode()
}

// saveView saves a page of the place as a view of whoever asks.
func (sh *Shell) saveView(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "the form is not well-formed: %v", err)
	}
	at := access.PlaceOf(r.Context())
	page := r.PostForm.Get("page")
	if !slices.ContainsFunc(sh.dashboards, func(d Dashboard) bool { return d.Saved && d.Name == page && (d.Teams || at.Team == nil) }) {
		return fault.New(fault.Invalid, "there is no page %.40q to save a view of", page)
	}
	words, err := url.ParseQuery(r.PostForm.Get("query"))
	if err != nil {
		return fault.New(fault.Invalid, "cannot read what the view is to show: %v", err)
	}
	s, err := ParseState(InsightsPath(at, page), at.Enterprise.Key(), words)
	if err != nil {
		return err
	}
	if s.Has("user") {
		return fault.New(fault.Invalid, "%s", sh.Text.Get("views.refused"))
	}
	v := directory.SavedView{Name: r.PostForm.Get("name"), Page: page, Query: viewQuery(s, words.Get("state")), Definition: s.Reading().Version()}
	if v.DataVersion, err = sh.Data.DataVersion(r.Context(), s.Enterprise); err != nil {
		return err
	}
	saved, err := sh.Options.Views.SaveView(r.Context(), at, v)
	switch kind := fault.KindOf(err); {
	case err == nil:
		http.Redirect(w, r, ViewURL(at, saved), http.StatusSeeOther)
	case kind == fault.Invalid || kind == fault.Conflict || kind == fault.TooMany:
		view := &refusedView{Page: sh.Frame(r, at, sh.Text.Get("views"), ""), Form: viewForm(at, page, v.Query), Back: InsightsPath(at, page) + "?" + v.Query}
		view.Form.Name, view.Form.Wrong = v.Name, sh.Message(kind, err)
		sh.ShowStatus(w, "view-refused", http.StatusUnprocessableEntity, view)
	default:
		return err
	}
	return nil
}
