package web

import (
	"context"
	"net/http"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/service"
)

// homeView lists what the viewer may see.
type homeView struct {
	Page
	Rows []EnterpriseRow
	// Places are organizations and teams of enterprises that the viewer may not
	// see as a whole.
	Places []PlaceRow
	Import *ImportForm
	// Nothing says that there is nothing for this viewer.
	Nothing bool
}

// PlaceRow is an organization or team of the front page.
type PlaceRow struct{ Label, Kind, Enterprise, URL string }

// EnterpriseRow is one enterprise of the front page.
type EnterpriseRow struct {
	Label, Key, URL, CoverageURL string
	Lines, Users                 Figure
	Through, Sources             string
	Late                         bool
}

// home serves /.
func (web *Web) home(w http.ResponseWriter, r *http.Request) error {
	list, err := web.data.Enterprises(r.Context())
	if err != nil {
		return err
	}
	who := access.Of(r.Context())
	v := &homeView{Page: web.shell(r, access.Place{}, web.text.Get("home.title"), "/")}
	for _, e := range list {
		if who.CanView(e.Entity) {
			v.Rows = append(v.Rows, web.enterpriseRow(e))
			continue
		}
		places, err := web.placesOf(r.Context(), who, e.Entity)
		if err != nil {
			return err
		}
		v.Places = append(v.Places, places...)
	}
	if len(list) == 0 && who.CanEverywhere(access.Import) {
		v.Import = importFormFor(web, "")
	}
	v.Nothing = len(v.Rows)+len(v.Places) == 0 && v.Import == nil
	return web.show(w, "home", v)
}

// placesOf lists the organizations that the viewer may see, and the teams of
// those that they may not.
func (web *Web) placesOf(ctx context.Context, who *access.Principal, enterprise directory.Entity) ([]PlaceRow, error) {
	orgs, err := web.data.Entities(ctx, enterprise.Key(), directory.Organization)
	if err != nil {
		return nil, err
	}
	teams, err := web.data.Entities(ctx, enterprise.Key(), directory.Team)
	if err != nil {
		return nil, err
	}
	at, seen := access.Place{Enterprise: &enterprise}, map[int64]*directory.Entity{}
	var out []PlaceRow
	add := func(at access.Place) {
		e := at.Entity()
		if who.CanView(*e) {
			out = append(out, PlaceRow{e.Label(), web.text.Get("kind.entity." + string(e.Kind)), enterprise.Label(), insightsPath(at, "code-generation")})
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

func (web *Web) enterpriseRow(e service.EnterpriseSummary) EnterpriseRow {
	t := web.text.Get
	row := EnterpriseRow{Label: e.Entity.Label(), Key: e.Entity.Key(), URL: codeGenerationPath(e.Entity.Key()),
		CoverageURL: enterprisePath(e.Entity.Key()) + "/insights/data-quality",
		Lines:       wholeFigure(whole(e.Lines)), Users: wholeFigure(whole(e.ActiveUsers)), Through: none, Late: e.Late > 0}
	if e.CompleteTo != 0 {
		row.Through = longDay(e.CompleteTo)
	}
	switch {
	case e.Sources == 0:
		row.Sources = t("home.nosource")
	case e.Late > 0:
		row.Sources = t("home.late", grouped(int64(e.Late)), grouped(int64(e.Sources)))
	default:
		row.Sources = t("home.ontime", grouped(int64(e.Sources)))
	}
	return row
}

func whole(n *int64) *float64 {
	if n == nil {
		return nil
	}
	f := float64(*n)
	return &f
}
