package web

import (
	"cmp"
	"context"
	"encoding/csv"
	"net/http"
	"strconv"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/service"
)

// seatsView compares seats with activity.
type seatsView struct {
	Page
	Title, Window string
	Frames        []Choice
	Compare       Choice
	CSV           string
	Empty         *Empty
	Facts         []Step
	Rows          []SeatCountRow
	Total         SeatCountRow
	Note          string
	Elsewhere     string // who else assigned seats to people here
	// States filter the list of people, which those who may view people see.
	States []Choice
	People []SeatRow
	More   string
	Shown  bool
}

// SeatCountRow counts the seats of an organization.
type SeatCountRow struct {
	Key, Label, URL string
	Cells           []Figure
}

// SeatRow is one person's seat.
type SeatRow struct{ Label, ID, Organization, Team, Created, Last, Client, State string }

// seatStates are the ways in which a seat may be used, by what they are called
// in addresses.
var seatStates = []struct {
	name string
	is   func(service.SeatState) bool
}{
	{"assigned", func(service.SeatState) bool { return true }},
	{"never", func(s service.SeatState) bool { return s.NeverUsed }},
	{"idle7", func(s service.SeatState) bool { return s.Idle7 }},
	{"idle30", func(s service.SeatState) bool { return s.Idle30 }},
	{"below", func(s service.SeatState) bool { return s.Below }},
}

// seats serves …/insights/seats.
func (web *Web) seats(w http.ResponseWriter, r *http.Request) error {
	b, _, err := web.builder(r, "seats")
	if err != nil {
		return err
	}
	v, err := b.seatsView(r.Context())
	if err != nil {
		return err
	}
	return web.show(w, "seats", v)
}

func (b *builder) seatsView(ctx context.Context) (*seatsView, error) {
	v := &seatsView{Page: b.web.shell(b.request, b.place, b.t("seats.title"), b.state.Path), Title: b.t("seats.title")}
	use, err := b.web.data.SeatUse(ctx, b.state.Words(day.Range{}))
	if err != nil {
		return nil, err
	}
	if use == nil {
		v.Empty = b.empty("seats", b.importLink())
		return v, nil
	}
	v.Window = b.t("seats.asof", longDay(use.AsOf))
	if use.Small {
		v.Empty = b.empty("small", nil)
		v.Empty.Message = b.t("empty.small.message", b.plural("n.people", use.Minimum))
		return v, nil
	}
	v.Elsewhere = b.seatsElsewhere(use)
	if use.Total.Assigned == 0 {
		v.Empty = &Empty{Kind: "seats", Title: b.t("seats.elsewhere"), Message: v.Elsewhere, Actions: b.assigners(use)}
		return v, nil
	}
	b.countSeats(v, use)
	if use.Shown {
		b.listSeats(v, use)
	}
	return v, nil
}

// seatsElsewhere says who else assigned seats to the organization's people, "" if nobody.
func (b *builder) seatsElsewhere(use *service.SeatUse) string {
	if use.Elsewhere == nil {
		return ""
	}
	var by []string
	for _, a := range use.Elsewhere.By {
		name := a.Entity.Label()
		if len(use.Elsewhere.By) > 1 && a.People > 0 {
			name += " (" + grouped(int64(a.People)) + ")"
		}
		by = append(by, name)
	}
	if !use.Shown {
		return b.t("seats.elsewhere.some", b.entity.Label(), b.list(by))
	}
	key := "seats.elsewhere.all"
	if use.Total.Assigned > 0 {
		key = "seats.elsewhere.more"
	}
	return b.plural(key, use.Elsewhere.People, grouped(int64(use.Elsewhere.Seated)), b.entity.Label(), longDay(use.AsOf), b.list(by))
}

// assigners leads to the seats of those who assigned them.
func (b *builder) assigners(use *service.SeatUse) (out []Link) {
	for _, a := range use.Elsewhere.By {
		at := access.Place{Enterprise: b.place.Enterprise}
		if a.Entity.ID != b.place.Enterprise.ID {
			at.Organization = &a.Entity
		}
		out = append(out, Link{b.t("seats.of", a.Entity.Label()), insightsPath(at, "seats")})
	}
	return out
}

func (b *builder) importLink() []Link {
	if access.Of(b.request.Context()).Can(access.Import, *b.place.Enterprise) {
		return []Link{{b.t("nav.import"), enterprisePath(b.state.Enterprise) + "/import"}}
	}
	return nil
}

// countSeats fills the table by organization.
func (b *builder) countSeats(v *seatsView, use *service.SeatUse) {
	for i, n := range countsOf(use.Total) {
		v.Facts = append(v.Facts, Step{b.t("seats." + seatStates[i].name), grouped(int64(n))})
	}
	v.Total = SeatCountRow{Label: b.entity.Label(), Cells: seatFigures(use.Total)}
	for _, o := range use.Organizations {
		at := access.Place{Enterprise: b.place.Enterprise, Organization: &o.Organization}
		v.Rows = append(v.Rows, SeatCountRow{o.Organization.Key(), o.Organization.Label(), insightsPath(at, "seats"), seatFigures(o.SeatCounts)})
	}
	if use.Hidden.Assigned > 0 {
		v.Rows = append(v.Rows, SeatCountRow{Label: b.t("seats.hidden", b.plural("n.people", use.Minimum)), Cells: seatFigures(use.Hidden)})
	}
	v.Note = b.t("seats.note")
}

func countsOf(c service.SeatCounts) []int {
	return []int{c.Assigned, c.NeverUsed, c.Idle7, c.Idle30, c.Below}
}

func seatFigures(c service.SeatCounts) []Figure {
	var out []Figure
	for _, n := range countsOf(c) {
		f := float64(n)
		out = append(out, wholeFigure(&f))
	}
	return out
}

// listSeats fills the list of people in the state that the URL names.
func (b *builder) listSeats(v *seatsView, use *service.SeatUse) {
	v.Shown, v.CSV = true, b.state.Path+"/export"
	chosen := cmp.Or(b.request.URL.Query().Get("state"), "never")
	n, organizations := 0, map[string]string{}
	for _, o := range use.Organizations {
		organizations[o.Organization.Key()] = o.Organization.Label()
	}
	for _, s := range seatStates {
		v.States = append(v.States, Choice{Label: b.t("seats." + s.name), URL: b.state.Path + "?state=" + s.name, On: s.name == chosen})
		if s.name != chosen {
			continue
		}
		for _, seat := range use.Seats {
			if !s.is(seat) {
				continue
			}
			if n++; n <= peopleRows {
				row := b.seatRow(seat)
				row.Organization = cmp.Or(organizations[seat.Organization], row.Organization)
				v.People = append(v.People, row)
			}
		}
	}
	if n > peopleRows {
		v.More = b.t("seats.more", grouped(int64(n-peopleRows)))
	}
}

func (b *builder) seatRow(s service.SeatState) SeatRow {
	row := SeatRow{Label: cmp.Or(s.Login, s.UserID), Organization: orNone(s.Organization), Team: orNone(s.Team), Created: dayOf(s.Created),
		Last: b.t("tokens.never"), Client: orNone(s.LastEditor)}
	if s.Last != 0 {
		row.Last = longDay(s.Last)
	}
	return row
}

// exportSeats serves the list of seats as CSV.
func (web *Web) exportSeats(w http.ResponseWriter, r *http.Request) error {
	b, _, err := web.builder(r, "seats")
	if err != nil {
		return err
	}
	use, err := web.data.SeatUse(r.Context(), b.state.Words(day.Range{}))
	if err != nil {
		return err
	}
	if err := web.opt.Admin.Exported(r.Context(), b.entity, "seats, csv"); err != nil {
		return err
	}
	attach(w, "text/csv; charset=utf-8", "seats.csv")
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

func seatCells(s service.SeatState) []string {
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
