// Package home is the front page: what whoever asks may see.
package home

import (
	"context"
	"embed"
	"net/http"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

//go:embed template
var Templates embed.FS

// view lists what the viewer may see.
type view struct {
	shell.Page
	Rows []EnterpriseRow
	// Bound says why figures of lines are lower bounds, "" where none is.
	Bound string
	// Places are organizations and teams of enterprises that the viewer may not
	// see as a whole.
	Places []PlaceRow
	Import *cards.ImportForm
	// Nothing says that there is nothing for this viewer.
	Nothing bool
}

// PlaceRow is an organization or team of the front page.
type PlaceRow struct{ Label, Kind, Enterprise, URL string }

// EnterpriseRow is one enterprise of the front page.
type EnterpriseRow struct {
	Label, Key, URL, CoverageURL string
	Lines, Users                 cards.Figure
	Through, Sources             string
	Late                         bool
}

// pages is the front page.
type pages struct{ *shell.Shell }

// Routes are those of the front page and of the page of help.
func Routes(sh *shell.Shell) []access.Route {
	h := &pages{sh}
	return []access.Route{sh.Route("GET /{$}", h.home), sh.Route("GET /help", h.help)}
}

// helpView says how data gets in and how pages are read.
type helpView struct {
	shell.Page
	// Definitions leads to those of an enterprise that the viewer may see, "" if there is none.
	Definitions string
}

// help serves /help.
func (h *pages) help(w http.ResponseWriter, r *http.Request) error {
	v := &helpView{Page: h.Frame(r, access.Place{}, h.Text.Get("help.title"), "/help")}
	rows, places, err := h.visible(r)
	if err != nil {
		return err
	}
	switch {
	case len(rows) > 0:
		v.Definitions = shell.EnterprisePath(rows[0].Entity.Key()) + "/insights/definitions"
	case len(places) > 0:
		v.Definitions = shell.InsightsPath(places[0], "definitions")
	}
	return h.Show(w, "help", v)
}

// home serves /. Who may see one place only, be it figures or settings, and import into no
// other, lands in it, and who may see none in their own data.
func (h *pages) home(w http.ResponseWriter, r *http.Request) error {
	who := access.Of(r.Context())
	rows, places, err := h.visible(r)
	if err != nil {
		return err
	}
	settings, err := h.settings(r)
	if err != nil {
		return err
	}
	if len(rows)+len(places)+len(settings) == 1 && !r.URL.Query().Has("all") {
		url := ""
		switch {
		case len(rows) == 1:
			url = shell.CodeGenerationPath(rows[0].Entity.Key())
		case len(places) == 1:
			url = shell.InsightsPath(places[0], "code-generation")
		default:
			url = settings[0].URL
		}
		http.Redirect(w, r, url, http.StatusSeeOther)
		return nil
	}
	if len(rows)+len(places)+len(settings) == 0 && who.Person.ID != 0 && !r.URL.Query().Has("all") {
		self, err := h.Options.Privacy.Self(r.Context())
		if err != nil {
			return err
		}
		if len(self.Enterprises) > 0 {
			http.Redirect(w, r, "/me", http.StatusSeeOther)
			return nil
		}
	}
	v := &view{Page: h.Frame(r, access.Place{}, h.Text.Get("home.title"), "/")}
	v.Places = settings
	for _, e := range rows {
		row, fault, err := h.enterpriseRow(r.Context(), e)
		if err != nil {
			return err
		}
		v.Rows = append(v.Rows, row)
		if fault != nil {
			v.Bound = h.Text.Get("entities.atleast", fault.Fault.Short)
		}
	}
	for _, at := range places {
		e := at.Entity()
		v.Places = append(v.Places, PlaceRow{e.Label(), h.Text.Get("kind.entity." + string(e.Kind)), at.Enterprise.Label(), shell.InsightsPath(at, "code-generation")})
	}
	if v.Nothing = len(v.Rows)+len(v.Places) == 0; v.Nothing && who.CanEverywhere(access.Import) {
		v.Nothing, v.Import = false, cards.NewImportForm("")
	}
	return h.Show(w, "home", v)
}

// settings lists the enterprises of which the viewer may see the settings and no figures:
// what a guardian guards.
func (h *pages) settings(r *http.Request) (out []PlaceRow, err error) {
	list, err := h.Data.Enterprises(r.Context())
	if err != nil {
		return nil, err
	}
	who := access.Of(r.Context())
	for _, e := range list {
		if e := e.Entity; !who.CanView(e) && who.Can(access.ViewSettings, e) {
			out = append(out, PlaceRow{e.Label(), h.Text.Get("kind.entity.enterprise"), e.Label(), shell.EnterprisePath(e.Key()) + "/settings/privacy"})
		}
	}
	return out, nil
}

// visible returns the enterprises that the viewer may see, and of the others the
// organizations and teams.
func (h *pages) visible(r *http.Request) (rows []question.EnterpriseSummary, places []access.Place, err error) {
	list, err := h.Data.Enterprises(r.Context())
	if err != nil {
		return nil, nil, err
	}
	who := access.Of(r.Context())
	for _, e := range list {
		if who.CanView(e.Entity) {
			rows = append(rows, e)
			continue
		}
		some, err := h.placesOf(r.Context(), who, e.Entity)
		if err != nil {
			return nil, nil, err
		}
		places = append(places, some...)
	}
	return rows, places, nil
}

// placesOf lists the organizations that the viewer may see, and the teams of
// those that they may not.
func (h *pages) placesOf(ctx context.Context, who *access.Principal, enterprise directory.Entity) (out []access.Place, err error) {
	orgs, err := h.Data.Entities(ctx, enterprise.Key(), directory.Organization)
	if err != nil {
		return nil, err
	}
	teams, err := h.Data.Entities(ctx, enterprise.Key(), directory.Team)
	if err != nil {
		return nil, err
	}
	seen := map[int64]*directory.Entity{}
	for _, o := range orgs {
		seen[o.ID] = &o
		if who.CanView(o) {
			out = append(out, access.Place{Enterprise: &enterprise, Organization: &o})
		}
	}
	for _, t := range teams {
		if o := seen[t.Organization]; (o == nil || !who.CanView(*o)) && who.CanView(t) {
			out = append(out, access.Place{Enterprise: &enterprise, Organization: o, Team: &t})
		}
	}
	return out, nil
}

// policyIsOff reports whether an enterprise's policy keeps its figures from everybody.
func policyIsOff(e *directory.Entity) bool {
	return access.CheckPolicy(access.Place{Enterprise: e}) != nil
}

// enterpriseRow returns an enterprise's row, and the fault by which its lines are a lower
// bound, nil if there is none.
func (h *pages) enterpriseRow(ctx context.Context, e question.EnterpriseSummary) (EnterpriseRow, *question.ClientFault, error) {
	t := h.Text.Get
	row := EnterpriseRow{Label: e.Entity.Label(), Key: e.Entity.Key(), URL: shell.CodeGenerationPath(e.Entity.Key()),
		CoverageURL: shell.EnterprisePath(e.Entity.Key()) + "/insights/data-quality",
		Lines:       cards.Whole(cards.Float(e.Lines)), Users: cards.Whole(cards.Float(e.ActiveUsers)), Through: text.None, Late: e.Late > 0}
	if e.CompleteTo != 0 {
		row.Through = text.LongDay(e.CompleteTo)
	}
	if policyIsOff(&e.Entity) {
		row.Lines, row.Users, row.Through, row.Sources, row.Late = cards.Whole(nil), cards.Whole(nil), text.None, t("home.off"), false
		return row, nil, nil
	}
	faults, err := h.Data.ClientFaults(ctx, question.Parameters{Enterprise: e.Entity.Key()})
	if err != nil {
		return row, nil, err
	}
	row.Lines = cards.Bounded(faults, "loc_changed", row.Lines)
	switch {
	case e.Sources == 0:
		row.Sources = t("home.nosource")
	case e.Late > 0:
		row.Sources = t("home.late", text.Grouped(int64(e.Late)), text.Grouped(int64(e.Sources)))
	default:
		row.Sources = t("home.ontime", text.Grouped(int64(e.Sources)))
	}
	return row, question.AtLeast(faults, "loc_changed"), nil
}
