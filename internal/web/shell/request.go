package shell

import (
	"context"
	"math"
	"net/http"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/question"
	"codegauge/internal/web/text"
)

// Request is one request of a page about a place.
type Request struct {
	*Shell
	HTTP *http.Request
	// Place is what the page is about, Entity the narrowest of it.
	Place  access.Place
	Entity directory.Entity
	// State is what the URL says, Effective what it means: the switch "Match
	// GitHub's page" adds conditions.
	State, Effective State
	// Window is the days that the page shows, once they are known.
	Window day.Range
	// Weeks says that only whole weeks are shown: see WholeWeeks.
	Weeks bool
	// page is its dashboard's name, saved what Views returned.
	page  string
	saved *Views
	// options are the filter form's.
	options []FilterGroup
	// labels holds what organizations and teams are called.
	labels map[Condition]string
	// organizations holds those that the filter form offers, by number.
	organizations map[int64]directory.Entity
}

// RequestAt returns the request of a page about a place in a state.
func (sh *Shell) RequestAt(r *http.Request, at access.Place, s State) *Request {
	return &Request{Shell: sh, HTTP: r, Place: at, Entity: *at.Entity(), State: s, Effective: s, labels: map[Condition]string{}, organizations: map[int64]directory.Entity{}}
}

// Request returns the request of the named page, and the key under which the page is kept.
func (sh *Shell) Request(r *http.Request, page string) (*Request, PageKey, error) {
	at := access.PlaceOf(r.Context())
	s, err := sh.stateAt(r, at, page)
	if err != nil {
		return nil, PageKey{}, err
	}
	version, err := sh.Data.DataVersion(r.Context(), s.Enterprise)
	if err != nil {
		return nil, PageKey{}, err
	}
	key, err := sh.KeyFor(r, s.URL(), version, sh.Data.Today())
	q := sh.RequestAt(r, at, s)
	q.page = page
	return q, key, err
}

// Page returns the frame of the page.
func (q *Request) Page(title string) Page {
	p := q.Frame(q.HTTP, q.Place, title, q.State.Path)
	p.Views = q.Views()
	return p
}

// T returns a text of the catalogue.
func (q *Request) T(key string, args ...any) string { return q.Text.Get(key, args...) }

// Plural returns the catalogue's text for n of something.
func (q *Request) Plural(key string, n int, args ...any) string {
	return q.Text.Count(key, n, args...)
}

// DaysWord writes "28 days" or "1 day".
func (q *Request) DaysWord(n int) string { return q.Plural("days", n) }

// Lines writes "12,345 lines" or "1 line".
func (q *Request) Lines(f float64) string { return q.Plural("n.lines", int(math.Round(f))) }

// LinesOr is lines, or how an unknown figure is written.
func (q *Request) LinesOr(f *float64) string { return text.FigureOr(f, q.Lines) }

// List writes names as "a, b and c".
func (q *Request) List(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + q.T("and") + " " + names[last]
}

// Masked reports whether the viewer may not view people.
func (q *Request) Masked() bool { return !access.Of(q.HTTP.Context()).ViewsPeople(q.Entity) }

// WholeWeeks makes the window of a page about organizations and teams whole ISO weeks for
// viewers who may not view people: see question.WholeWeeks.
func (q *Request) WholeWeeks(ctx context.Context) error {
	if !q.Masked() {
		return nil
	}
	st, err := q.Data.Status(ctx, q.State.Words(day.Range{}))
	if err != nil || st.Range.Len() == 0 {
		return err
	}
	q.Weeks = true
	q.Effective = q.Effective.Between(question.WholeWeeks(day.Range{From: st.Range.From, To: min(st.Range.To, st.CompleteTo)}, q.Data.Today()-question.ProvisionalDays))
	return nil
}

// FileURL is the address of the figures of a dashboard as one file: of the window, the filters
// and whatever else the page's figures depend on.
func (q *Request) FileURL(dashboard string) string {
	return q.State.Between(q.Window).With(func(s *State) {
		s.Path, s.Card, s.Sort, s.Search = InsightsPath(q.Place, dashboard+"/export"), "", "", ""
	}).URL()
}

// SheetURL is the address of one table of such a file.
func (q *Request) SheetURL(dashboard, sheet string) string {
	address, mark := q.FileURL(dashboard), "?"
	if strings.Contains(address, mark) {
		mark = "&"
	}
	return address + mark + "file=" + sheet
}

// CoverageURL leads to how good the data of the window is.
func (q *Request) CoverageURL() string {
	return q.State.At(InsightsPath(q.Place, "data-quality")).URL()
}
