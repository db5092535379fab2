// Package seats is the dashboard that compares seats with activity.
package seats

import (
	"cmp"
	"context"
	"embed"
	"encoding/csv"
	"net/http"
	"strconv"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

//go:embed template
var templates embed.FS

// Dashboard compares seats with activity.
var Dashboard = shell.Dashboard{Name: "seats", Label: "nav.seats", Icon: "seat", Templates: templates,
	Pages: map[string]shell.Handler{"": cards.Fresh("seats", compose), "/export": export}}

// dashboard makes the page of one request.
type dashboard struct{ *cards.Builder }

// seatRows is how many people the page lists; the export has all.
const seatRows = 100

// view compares seats with activity.
type view struct {
	shell.Page
	shell.TableHeader
	Empty *cards.Empty
	Facts []shell.Fact
	Rows  []SeatCountRow
	Total SeatCountRow
	Note  string
	// Elsewhere says who else assigned seats to people here.
	Elsewhere string
	// States filter the list of people, which those who may view people see.
	States []shell.Choice
	People []SeatRow
	More   string
	Shown  bool
}

// SeatCountRow counts the seats of an organization.
type SeatCountRow struct {
	Key, Label, URL string
	Cells           []cards.Figure
}

// SeatRow is one person's seat.
type SeatRow struct{ Label, ID, Organization, Team, Created, Last, Client, State string }

// seatStates are the ways in which a seat may be used, by what they are called
// in addresses.
var seatStates = []struct {
	name string
	is   func(question.SeatState) bool
}{
	{"assigned", func(question.SeatState) bool { return true }},
	{"never", func(s question.SeatState) bool { return s.NeverUsed }},
	{"idle7", func(s question.SeatState) bool { return s.Idle7 }},
	{"idle30", func(s question.SeatState) bool { return s.Idle30 }},
	{"below", func(s question.SeatState) bool { return s.Below }},
}

func compose(ctx context.Context, b *cards.Builder) (*view, error) {
	d := &dashboard{b}
	v := &view{Page: d.Page(d.T("seats.title"))}
	use, err := d.Data.SeatUse(ctx, d.State.Words(day.Range{}))
	if err != nil {
		return nil, err
	}
	if use == nil {
		v.Empty = d.Empty("seats", d.importLink())
		return v, nil
	}
	v.Window = d.T("seats.asof", text.LongDay(use.AsOf))
	if use.Small {
		v.Empty = d.Empty("small", nil)
		v.Empty.Message = d.T("empty.small.message", d.Plural("n.people", use.Minimum))
		return v, nil
	}
	v.Elsewhere = d.seatsElsewhere(use)
	if use.Total.Assigned == 0 {
		v.Empty = &cards.Empty{Kind: "seats", Title: d.T("seats.elsewhere"), Message: v.Elsewhere, Actions: d.assigners(use)}
		return v, nil
	}
	d.countSeats(v, use)
	if use.Shown {
		d.listSeats(v, use)
	}
	return v, nil
}

// seatsElsewhere says who else assigned seats to the organization's people, "" if nobody.
func (d *dashboard) seatsElsewhere(use *question.SeatUse) string {
	if use.Elsewhere == nil {
		return ""
	}
	var by []string
	for _, a := range use.Elsewhere.By {
		name := a.Entity.Label()
		if len(use.Elsewhere.By) > 1 && a.People > 0 {
			name += " (" + text.Grouped(int64(a.People)) + ")"
		}
		by = append(by, name)
	}
	if !use.Shown {
		return d.T("seats.elsewhere.some", d.Entity.Label(), d.List(by))
	}
	key := "seats.elsewhere.all"
	if use.Total.Assigned > 0 {
		key = "seats.elsewhere.more"
	}
	return d.Plural(key, use.Elsewhere.People, text.Grouped(int64(use.Elsewhere.Seated)), d.Entity.Label(), text.LongDay(use.AsOf), d.List(by))
}

// assigners leads to the seats of those who assigned them.
func (d *dashboard) assigners(use *question.SeatUse) (out []shell.Link) {
	for _, a := range use.Elsewhere.By {
		at := access.Place{Enterprise: d.Place.Enterprise}
		if a.Entity.ID != d.Place.Enterprise.ID {
			at.Organization = &a.Entity
		}
		out = append(out, shell.Link{Label: d.T("seats.of", a.Entity.Label()), URL: shell.InsightsPath(at, "seats")})
	}
	return out
}

func (d *dashboard) importLink() []shell.Link {
	if access.Of(d.HTTP.Context()).Can(access.Import, *d.Place.Enterprise) {
		return []shell.Link{{Label: d.T("nav.import"), URL: shell.EnterprisePath(d.State.Enterprise) + "/import"}}
	}
	return nil
}

// countSeats fills the table by organization.
func (d *dashboard) countSeats(v *view, use *question.SeatUse) {
	for i, n := range countsOf(use.Total) {
		v.Facts = append(v.Facts, shell.Fact{Label: d.T("seats." + seatStates[i].name), Value: text.Grouped(int64(n))})
	}
	v.Total = SeatCountRow{Label: d.Entity.Label(), Cells: seatFigures(use.Total)}
	for _, o := range use.Organizations {
		at := access.Place{Enterprise: d.Place.Enterprise, Organization: &o.Organization}
		v.Rows = append(v.Rows, SeatCountRow{o.Organization.Key(), o.Organization.Label(), shell.InsightsPath(at, "seats"), seatFigures(o.SeatCounts)})
	}
	if use.Hidden.Assigned > 0 {
		v.Rows = append(v.Rows, SeatCountRow{Label: d.T("seats.hidden", d.Plural("n.people", use.Minimum)), Cells: seatFigures(use.Hidden)})
	}
	v.Note = d.T("seats.note")
}

func countsOf(c question.SeatCounts) []int {
	return []int{c.Assigned, c.NeverUsed, c.Idle7, c.Idle30, c.Below}
}

func seatFigures(c question.SeatCounts) []cards.Figure {
	var out []cards.Figure
	for _, n := range countsOf(c) {
		f := float64(n)
		out = append(out, cards.Whole(&f))
	}
	return out
}

// listSeats fills the list of people in the state that the URL names.
func (d *dashboard) listSeats(v *view, use *question.SeatUse) {
	v.Shown, v.CSV = true, d.State.Path+"/export"
	chosen := cmp.Or(d.HTTP.URL.Query().Get("state"), "never")
	n, organizations := 0, map[string]string{}
	for _, o := range use.Organizations {
		organizations[o.Organization.Key()] = o.Organization.Label()
	}
	for _, s := range seatStates {
		v.States = append(v.States, shell.Choice{Label: d.T("seats." + s.name), URL: d.State.Path + "?state=" + s.name, On: s.name == chosen})
		if s.name != chosen {
			continue
		}
		for _, seat := range use.Seats {
			if !s.is(seat) {
				continue
			}
			if n++; n <= seatRows {
				row := d.seatRow(seat)
				row.Organization = cmp.Or(organizations[seat.Organization], row.Organization)
				v.People = append(v.People, row)
			}
		}
	}
	if n > seatRows {
		v.More = d.T("seats.more", text.Grouped(int64(n-seatRows)))
	}
}

func (d *dashboard) seatRow(s question.SeatState) SeatRow {
	row := SeatRow{Label: cmp.Or(s.Login, s.UserID), Organization: text.OrNone(s.Organization), Team: text.OrNone(s.Team), Created: text.DayOf(s.Created),
		Last: d.T("tokens.never"), Client: text.OrNone(s.LastEditor)}
	if s.Last != 0 {
		row.Last = text.LongDay(s.Last)
	}
	return row
}

// export serves the list of seats as CSV.
func export(sh *shell.Shell, dashboard string, w http.ResponseWriter, r *http.Request) error {
	b, _, err := cards.New(sh, dashboard, r)
	if err != nil {
		return err
	}
	use, err := sh.Data.SeatUse(r.Context(), b.State.Words(day.Range{}))
	if err != nil {
		return err
	}
	if err := sh.Options.Privacy.Exported(r.Context(), b.Entity, "seats, csv"); err != nil {
		return err
	}
	shell.Attach(w, "text/csv; charset=utf-8", "seats.csv")
	rows := csv.NewWriter(w)
	_ = rows.Write([]string{"user", "organization", "team", "created", "last_activity", "last_editor", "never_used", "idle_7", "idle_30", "below_minimum_version"}) // Flush says what went wrong
	if use != nil {
		for _, s := range use.Seats {
			_ = rows.Write(seatCells(s))
		}
	}
	rows.Flush()
	return nil // the reader went away, if anything
}

func seatCells(s question.SeatState) []string {
	last := ""
	if s.Last != 0 {
		last = s.Last.String()
	}
	cells := []string{cmp.Or(s.Login, s.UserID), s.Organization, s.Team, s.Created.Format("2006-01-02"), last, s.LastEditor}
	for i := range cells {
		cells[i] = query.CSVCell(cells[i])
	}
	for _, is := range []bool{s.NeverUsed, s.Idle7, s.Idle30, s.Below} {
		cells = append(cells, strconv.FormatBool(is))
	}
	return cells
}
