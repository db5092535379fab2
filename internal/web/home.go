package web

import (
	"net/http"

	"codegauge/internal/service"
)

// homeView lists the enterprises.
type homeView struct {
	Page
	Rows   []EnterpriseRow
	Import *ImportForm
}

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
	v := &homeView{Page: web.shell(nil, web.text.Get("home.title"), "/")}
	for _, e := range list {
		v.Rows = append(v.Rows, web.enterpriseRow(e))
	}
	if len(list) == 0 {
		v.Import = importFormFor(web, "")
	}
	return web.show(w, "home", v)
}

func (web *Web) enterpriseRow(e service.EnterpriseSummary) EnterpriseRow {
	t := web.text.Get
	row := EnterpriseRow{Label: e.Entity.Label(), Key: e.Entity.Key(), URL: codeGenerationPath(e.Entity.Key()),
		CoverageURL: enterprisePath(e.Entity.Key()) + "/insights/coverage",
		Lines:       wholeFigure(whole(e.Lines)), Users: wholeFigure(whole(e.ActiveUsers)), Through: none, Late: e.Late > 0}
	if e.CompleteTo != 0 {
		row.Through = longDay(e.CompleteTo)
	}
	switch {
	case e.Sources == 0:
		row.Sources = t("home.nosource")
	case e.Late > 0:
		row.Sources = t("home.late", e.Late, e.Sources)
	default:
		row.Sources = t("home.ontime", e.Sources)
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
