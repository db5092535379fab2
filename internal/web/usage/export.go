package usage

import (
	"net/http"

	"codegauge/internal/fault"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
)

// export answers with the figures of the whole page as one file, or with those of one card of
// sets of people, which the API has not. It asks the same questions as the page.
func export(sh *shell.Shell, name string, w http.ResponseWriter, r *http.Request) error {
	b, _, err := cards.New(sh, name, r)
	if err != nil {
		return err
	}
	d := newDashboard(b)
	if err := d.prepare(r.Context()); err != nil {
		return err
	}
	if d.Window.Len() == 0 {
		return fault.New(fault.NotFound, "there is no data to export")
	}
	d.setGrains()
	if d.seatActivity, err = d.Data.SeatActivity(r.Context(), d.Effective.Words(d.Window)); err != nil {
		return err
	}
	if only := r.URL.Query().Get("file"); only != "" {
		if err := d.loadAround(r.Context()); err != nil {
			return err
		}
		for _, s := range d.sheets() {
			if s.Name == only {
				return d.SendSheet(w, name, title, &s)
			}
		}
		return fault.New(fault.NotFound, "there is no file %.40q of these figures", only)
	}
	d.files = true
	if err := d.load(r.Context()); err != nil {
		return err
	}
	return d.SendArchive(w, name, title, d.questions(), d.sheets())
}

// title is what the audit log calls the page.
const title = "usage and adoption"

// fileURL is the address of a sheet.
func (d *dashboard) fileURL(sheet string) string { return d.SheetURL("copilot-usage", sheet) }

// sheets are the figures of sets of people: those of each card, by its name.
func (d *dashboard) sheets() []cards.Sheet {
	out := []cards.Sheet{}
	if len(d.clientUse) > 0 {
		var rows [][]any
		for _, u := range d.clientUse {
			for _, v := range u.Versions {
				rows = append(rows, []any{u.IDE, v.IDE, v.Plugin, int64(v.People)})
			}
		}
		out = append(out, cards.NewSheet("clients", []query.Column{{Name: "ide"}, {Name: "ide_version"}, {Name: "extension_version"}, {Name: "people"}}, rows))
	}
	if d.adoption == nil || d.adoption.Days == 0 {
		return out
	}
	for _, figures := range question.AdoptionFigures {
		if figures == question.FiguresSeats {
			if d.seatActivity != nil {
				columns, rows := d.seatActivity.Table()
				out = append(out, cards.NewSheet(figures, columns, rows))
			}
			continue
		}
		columns, rows, err := d.adoption.Table(figures)
		if err != nil || figures == "first-use" && len(rows) == 0 {
			continue
		}
		out = append(out, cards.NewSheet(figures, columns, rows))
	}
	return out
}
