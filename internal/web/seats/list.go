package seats

import (
	"cmp"
	"context"
	"encoding/csv"
	"net/http"
	"strconv"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// List is the people of a group of seats.
type List struct {
	Choices []shell.Choice
	Rows    []Row
	Pager   shell.Pager
	CSV     string
}

// Row is one person's seat.
type Row struct {
	Label, Organization, Team string
	Since, Held, Plan, Price  string
	Last, Source, Group       string
	Uncertain                 bool
}

// seatsPerPage is how many people a page shows; the export has all.
const seatsPerPage = 25

// The lists that are of no single group.
const (
	groupToActOn = "act" // those that could be taken back
	groupAll     = "all"
)

// inList reports whether a seat is in the named list.
func inList(list string, s question.SeatState) bool {
	return list == groupAll || list == groupToActOn && s.Group.ToActOn() || list == string(s.Group)
}

// listSeats fills the list of people. Who is shown is written into the audit log before
// anything is.
func (d *dashboard) listSeats(ctx context.Context, v *view, use *question.SeatUse) error {
	chosen := d.chosenGroup()
	v.List = &List{CSV: d.State.Path + "/export?state=" + chosen}
	v.List.Choices = []shell.Choice{d.choice(groupToActOn, use.Total.ToActOn(), chosen)}
	for _, g := range question.SeatGroups {
		if n := use.Total.Groups[g]; n > 0 {
			v.List.Choices = append(v.List.Choices, d.choice(string(g), n, chosen))
		}
	}
	v.List.Choices = append(v.List.Choices, d.choice(groupAll, use.Total.Assigned, chosen))
	var all []question.SeatState
	for _, s := range use.Seats {
		if inList(chosen, s) {
			all = append(all, s)
		}
	}
	shown, pager := shell.RowsOfPage(d.Request, all, seatsPerPage, func(page int) string { return d.listURL(chosen, page) })
	v.List.Pager = pager
	if err := d.looked(ctx, d.T("seats.viewed", d.T("seats.group."+chosen)), shown); err != nil {
		return err
	}
	names := map[string]string{}
	for _, o := range use.Organizations {
		names[o.Organization.Key()] = o.Organization.Label()
	}
	for _, s := range shown {
		row := d.row(s, use.AsOf)
		row.Organization = text.OrNone(cmp.Or(names[s.Organization], s.Organization))
		v.List.Rows = append(v.List.Rows, row)
	}
	return nil
}

func (d *dashboard) choice(group string, n int, chosen string) shell.Choice {
	return shell.Choice{Label: d.T("seats.group."+group) + " " + text.Grouped(int64(n)), URL: d.listURL(group, 1), On: group == chosen}
}

// looked records whose names are shown.
func (d *dashboard) looked(ctx context.Context, what string, shown []question.SeatState) error {
	var names []string
	for _, s := range shown {
		if s.Name != "" { // a pending invitation is of nobody
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 {
		return nil // a list of nobody would be recorded as a list of everybody
	}
	return d.Viewed(ctx, *d.Place.Enterprise, d.Entity, what, names)
}

func (d *dashboard) row(s question.SeatState, asOf day.Day) Row {
	row := Row{Label: s.Name, Team: s.Team, Since: text.DayOf(s.Created), Plan: text.OrNone(s.Plan),
		Last: d.T("seats.last.none"), Group: d.T("seats.group." + string(s.Group)), Uncertain: s.Group == question.SeatUncertain}
	if s.Held >= 0 {
		row.Held = d.DaysWord(s.Held)
	}
	if s.Price > 0 {
		row.Price = d.T("seats.price", usd(s.Price))
	}
	if s.Last != 0 {
		row.Last, row.Source = text.LongDay(s.Last), d.T("seats.source."+s.LastSource)
		if s.LastClient != "" {
			row.Source += ", " + metric.EditorLabel(s.LastClient)
		}
	}
	if s.Ends != 0 {
		row.Group = d.T("seats.ends", text.LongDay(s.Ends))
	}
	return row
}

// columns are those of the export.
var columns = []string{"user", "organization", "team", "plan", "price_usd_month", "created", "held_days", "last_activity", "last_activity_source",
	"last_client", "pending_cancellation_date", "group", "below_minimum_version"}

// export serves a list of seats as CSV.
func export(sh *shell.Shell, name string, w http.ResponseWriter, r *http.Request) error {
	b, _, err := cards.New(sh, name, r)
	if err != nil {
		return err
	}
	use, err := sh.Data.SeatUse(r.Context(), b.State.Words(day.Range{}))
	if err != nil {
		return err
	}
	list := cmp.Or(r.URL.Query().Get("state"), groupAll)
	var listed []question.SeatState
	if use != nil {
		for _, s := range use.Seats {
			if inList(list, s) {
				listed = append(listed, s)
			}
		}
	}
	d := &dashboard{b}
	if err := d.looked(r.Context(), b.T("seats.exported", b.T("seats.group."+list)), listed); err != nil {
		return err
	}
	if err := sh.Options.Privacy.Exported(r.Context(), b.Entity, "seats ("+b.T("seats.group."+list)+"), csv"); err != nil {
		return err
	}
	asOf := sh.Data.Today()
	if use != nil {
		asOf = use.AsOf
	}
	shell.Attach(w, "text/csv; charset=utf-8", shell.FileName("csv", b.Entity.Key(), "seats", list, asOf.String()))
	rows := csv.NewWriter(w)
	_ = rows.Write(columns) // Flush says what went wrong
	for _, s := range listed {
		_ = rows.Write(cells(s))
	}
	rows.Flush()
	return nil // the reader went away, if anything
}

func cells(s question.SeatState) []string {
	days := func(d day.Day) string {
		if d == 0 {
			return ""
		}
		return d.String()
	}
	created, held, price := "", "", ""
	if s.Held >= 0 {
		created, held = s.Created.UTC().Format("2006-01-02"), strconv.Itoa(s.Held)
	}
	if s.Price > 0 {
		price = strconv.FormatFloat(float64(s.Price)/100, 'f', 2, 64)
	}
	out := []string{s.Name, s.Organization, s.Team, s.Plan, price, created, held, days(s.Last), s.LastSource, s.LastClient, days(s.Ends), string(s.Group), strconv.FormatBool(s.Below)}
	for i := range out {
		out[i] = query.CSVCell(out[i])
	}
	return out
}
