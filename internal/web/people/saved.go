package people

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// SavedRow is a view that one has saved. URL is "" where one may not see its page any more.
type SavedRow struct {
	ID                         int64
	Name, URL                  string
	Page, Place, Days, Filters string
	When, Version              string
	// Typed is the name that was refused, Wrong why.
	Typed, Wrong string
}

// renaming is a view, by its number, and the name that was refused for it.
type renaming struct{ view, name, why string }

// ownViews lists the views that one has saved.
func (m *mePages) ownViews(r *http.Request, v *meView, mine *admin.Own) error {
	list, err := m.Options.Views.SavedViews(r.Context(), mine.Enterprise.ID)
	if err != nil {
		return err
	}
	v.MaxName = directory.MaxViewName
	for _, saved := range list {
		row := SavedRow{ID: saved.ID, Name: saved.Name, Page: m.DashboardLabel(saved.Page), When: text.DayOf(saved.Saved),
			Version: m.Text.Get("me.saved.version", text.Grouped(saved.DataVersion), saved.Definition)}
		if refused := v.refused; refused != nil && refused.view == strconv.FormatInt(saved.ID, 10) {
			row.Typed, row.Wrong = refused.name, refused.why
		}
		if saved.At.Entity() != nil {
			m.describe(r, &row, saved)
		}
		v.Saved = append(v.Saved, row)
	}
	return nil
}

// describe says what a view shows.
func (m *mePages) describe(r *http.Request, row *SavedRow, saved admin.SavedView) {
	row.Place, row.URL = saved.At.Entity().Label(), shell.ViewURL(saved.At, saved.SavedView)
	words, err := url.ParseQuery(saved.Query)
	if err != nil {
		return // of a later version, as below
	}
	s, err := shell.ParseState(shell.InsightsPath(saved.At, saved.Page), saved.At.Enterprise.Key(), words)
	if err != nil {
		return
	}
	row.Days = m.Text.Get("days.title", text.Grouped(int64(s.Days)))
	if window, fixed := s.Dates(); fixed {
		row.Days = text.Span(window)
	}
	var filters []string
	for _, c := range m.RequestAt(r, saved.At, s).Chips() {
		filters = append(filters, c.Dimension+": "+c.Value)
	}
	row.Filters = strings.Join(filters, "; ")
}

// changeView renames or removes a view as a form says, and returns what that did.
func (m *mePages) changeView(r *http.Request) (done string, err error) {
	id, err := strconv.ParseInt(r.PostForm.Get("view"), 10, 64)
	if err != nil {
		return "", fault.New(fault.Invalid, "the form does not say which view")
	}
	name := strings.TrimSpace(r.PostForm.Get("name"))
	if r.PostForm.Get("do") == "remove-view" {
		return m.Text.Get("me.saved.removed", name), m.Options.Views.RemoveView(r.Context(), id)
	}
	return m.Text.Get("me.saved.renamed", name), m.Options.Views.RenameView(r.Context(), id, name)
}
