package usage

import (
	"net/http"
	"strconv"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/fault"
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
func (d *dashboard) fileURL(sheet string) string {
	address := d.FileURL("copilot-usage")
	if strings.Contains(address, "?") {
		return address + "&file=" + sheet
	}
	return address + "?file=" + sheet
}

// sheets are the figures of sets of people: those of each card, by its name.
func (d *dashboard) sheets() []cards.Sheet {
	out := []cards.Sheet{}
	if len(d.clientUse) > 0 {
		s := cards.Sheet{Name: "clients", Header: []string{"ide", "ide_version", "extension_version", "people"}}
		for _, u := range d.clientUse {
			for _, v := range u.Versions {
				s.Rows = append(s.Rows, []string{u.IDE, v.IDE, v.Plugin, strconv.Itoa(v.People)})
			}
		}
		out = append(out, s)
	}
	a := d.adoption
	if a == nil || a.Days == 0 {
		return out
	}
	out = append(out, populationSheet(a), partsSheet("who-counts", "part", a.Active), partsSheet("funnel", "step", a.Funnel))
	days := cards.Sheet{Name: "days-active", Header: []string{"from_days", "to_days", "people"}}
	for _, b := range a.DaysActive {
		days.Rows = append(days.Rows, []string{strconv.Itoa(b.From), strconv.Itoa(b.To), strconv.FormatInt(b.People, 10)})
	}
	flows := cards.Sheet{Name: "flows", Header: []string{"week", "active", "new", "returning", "no_longer_active", "days_without_data"}}
	for _, f := range a.Flows {
		flows.Rows = append(flows.Rows, []string{f.Week.String(), number(f.Active), number(f.New), number(f.Returning), number(f.Gone), strconv.Itoa(f.Missing)})
	}
	out = append(out, days, flows)
	if a.FirstUse != nil {
		out = append(out, partsSheet("first-use", "after", a.FirstUse.Bins))
	}
	return out
}

// populationSheet is the populations in all their windows: a row for each.
func populationSheet(a *question.Adoption) cards.Sheet {
	s := cards.Sheet{Name: "surfaces", Header: []string{"population", "window", "from", "to", "people"}}
	for _, p := range a.Populations {
		week := a.To - 6
		if p.Name == question.PeopleAgentsWindow {
			week = a.To - day.Day(a.To.Time().Weekday())
		}
		add := func(window string, from, to day.Day, n *int64) {
			s.Rows = append(s.Rows, []string{p.Name, window, from.String(), to.String(), number(n)})
		}
		add("day", a.To, a.To, p.Day)
		add("week", week, a.To, p.Week)
		add("28 days", a.To-27, a.To, p.Days28)
		add("month", a.To.Month(), a.To, p.Month)
		add("window", a.From, a.To, p.Window)
		for i, monday := range a.Weeks {
			add("ISO week", monday, monday+6, p.ByWeek[i])
		}
	}
	return s
}

func partsSheet(name, of string, parts []question.PeoplePart) cards.Sheet {
	s := cards.Sheet{Name: name, Header: []string{of, "people"}}
	for _, p := range parts {
		s.Rows = append(s.Rows, []string{strings.Join(p.Names, "+"), number(p.People)})
	}
	return s
}

// number writes a number that may be unknown, or not told.
func number(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}
