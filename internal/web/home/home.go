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

// Route is the route of the front page.
func Route(sh *shell.Shell) access.Route { return sh.Route("GET /{$}", (&pages{sh}).home) }

// home serves /.
func (h *pages) home(w http.ResponseWriter, r *http.Request) error {
	list, err := h.Data.Enterprises(r.Context())
	if err != nil {
		return err
	}
	who := access.Of(r.Context())
	v := &view{Page: h.Frame(r, access.Place{}, h.Text.Get("home.title"), "/")}
	for _, e := range list {
		if who.CanView(e.Entity) {
			v.Rows = append(v.Rows, h.enterpriseRow(e))
			continue
		}
		places, err := h.placesOf(r.Context(), who, e.Entity)
		if err != nil {
			return err
		}
		v.Places = append(v.Places, places...)
	}
	if len(list) == 0 && who.CanEverywhere(access.Import) {
		v.Import = cards.NewImportForm("")
	}
	v.Nothing = len(v.Rows)+len(v.Places) == 0 && v.Import == nil
	return h.Show(w, "home", v)
}

// placesOf lists the organizations that the viewer may see, and the teams of
// those that they may not.
func (h *pages) placesOf(ctx context.Context, who *access.Principal, enterprise directory.Entity) ([]PlaceRow, error) {
	orgs, err := h.Data.Entities(ctx, enterprise.Key(), directory.Organization)
	if err != nil {
		return nil, err
	}
	teams, err := h.Data.Entities(ctx, enterprise.Key(), directory.Team)
	if err != nil {
		return nil, err
	}
	at, seen := access.Place{Enterprise: &enterprise}, map[int64]*directory.Entity{}
	var out []PlaceRow
	add := func(at access.Place) {
		e := at.Entity()
		if who.CanView(*e) {
			out = append(out, PlaceRow{e.Label(), h.Text.Get("kind.entity." + string(e.Kind)), enterprise.Label(), shell.InsightsPath(at, "code-generation")})
		}
	}
	for _, o := range orgs {
		at.Organization, seen[o.ID] = &o, &o
		add(at)
	}
	for _, t := range teams {
		if o := seen[t.Organization]; o == nil || !who.CanView(*o) {
			at.Organization, at.Team = o, &t
			add(at)
		}
	}
	return out, nil
}

func (h *pages) enterpriseRow(e question.EnterpriseSummary) EnterpriseRow {
	t := h.Text.Get
	row := EnterpriseRow{Label: e.Entity.Label(), Key: e.Entity.Key(), URL: shell.CodeGenerationPath(e.Entity.Key()),
		CoverageURL: shell.EnterprisePath(e.Entity.Key()) + "/insights/data-quality",
		Lines:       cards.Whole(cards.Float(e.Lines)), Users: cards.Whole(cards.Float(e.ActiveUsers)), Through: text.None, Late: e.Late > 0}
	if e.CompleteTo != 0 {
		row.Through = text.LongDay(e.CompleteTo)
	}
	switch {
	case e.Sources == 0:
		row.Sources = t("home.nosource")
	case e.Late > 0:
		row.Sources = t("home.late", text.Grouped(int64(e.Late)), text.Grouped(int64(e.Sources)))
	default:
		row.Sources = t("home.ontime", text.Grouped(int64(e.Sources)))
	}
	return row
}
