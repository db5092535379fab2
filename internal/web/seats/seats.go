// Package seats is the dashboard of seats: which are used, which could be taken back, and
// which must not be.
package seats

import (
	"cmp"
	"context"
	"embed"
	"net/url"
	"strconv"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

//go:embed template
var templates embed.FS

// Dashboard compares seats with activity.
var Dashboard = shell.Dashboard{Name: "seats", Label: "nav.seats", Icon: "seat", Saved: true, Teams: true, Templates: templates,
	Pages: map[string]shell.Handler{"": cards.Fresh("seats", compose), "/export": export}}

// dashboard makes the page of one request.
type dashboard struct{ *cards.Builder }

// view is the page of seats, top to bottom.
type view struct {
	shell.Page
	shell.TableHeader
	Empty *cards.Empty
	// Value of Of seats could be taken back, which costs Cost a month.
	Value, Of, Cost string
	Bar             *Bar
	// Sum adds the groups up in words.
	Sum    string
	Groups []Group
	// Shown says that the groups are told of every organization, List who is in one.
	Shown bool
	List  *List
	// Heads are those of the table by organization, Rows and Total its rows.
	Heads []string
	Rows  []CountRow
	Total CountRow
	Notes []string
	// Answers lists the answers about seats, newest first.
	Answers []AnswerRow
	// Apart says which seats are not listed, and why.
	Apart []NotToActOn
}

// Bar is the groups as parts of one bar.
type Bar struct {
	Label string
	Parts []BarPart
}

// BarPart is a part of a bar that is barWidth wide.
type BarPart struct {
	Group    string
	X, Width int
}

const barWidth = 1000

// Group is a group of seats; URL lists its people where they may be seen.
type Group struct{ Name, Label, Count, Text, URL string }

// CountRow counts the seats of an organization, by group where Grouped says so.
type CountRow struct {
	Key, Label, URL string
	Grouped         bool
	Bar             *Bar
	Cells           []CountCell
}

// CountCell is a figure, with its column for narrow screens.
type CountCell struct {
	cards.Figure
	Column string
}

// AnswerRow is an answer about seats.
type AnswerRow struct{ When, Source, People, Imported string }

// NotToActOn is a number of people, and why their seats are not among those to act on.
type NotToActOn struct {
	Text string
	Link *shell.Link
}

func compose(ctx context.Context, b *cards.Builder) (*view, error) {
	d := &dashboard{b}
	v := &view{Page: d.Page(d.T("seats.title"))}
	use, err := d.Data.SeatUse(ctx, d.State.Words(day.Range{}))
	if err != nil {
		return nil, err
	}
	if v.Empty = d.empty(use); v.Empty != nil {
		return v, nil
	}
	v.Window = d.T("seats.activity", text.LongDay(use.AsOf))
	if !use.Answered.IsZero() {
		v.Window = d.T("seats.asof", text.DayOf(use.Answered), text.LongDay(use.AsOf))
	}
	d.countSeats(v, use)
	d.countOrganizations(v, use)
	if elsewhere := d.seatsElsewhere(use); elsewhere != "" {
		v.Notes = append(v.Notes, elsewhere)
	}
	d.history(v, use)
	if use.Shown {
		v.Shown = true
		d.apart(v, use)
		if d.lists(use) {
			return v, d.listSeats(ctx, v, use)
		}
	}
	return v, nil
}

// lists reports whether the people of a group are listed.
func (d *dashboard) lists(use *question.SeatUse) bool {
	return use.Shown && !d.Place.Enterprise.WithoutPeople()
}

// empty says why there is nothing to show, nil if there is something.
func (d *dashboard) empty(use *question.SeatUse) *cards.Empty {
	switch {
	case use == nil:
		return d.EmptyOfFiles("seats")
	case use.Small && d.Place.Team != nil:
		return &cards.Empty{Kind: "small", Title: d.T("empty.small"), Message: d.T("seats.team.hidden")}
	case use.Small:
		e := d.Empty("small", nil)
		e.Message = d.T("empty.small.message", d.Plural("n.people", use.Minimum))
		return e
	case use.Total.Assigned == 0:
		return &cards.Empty{Kind: "seats", Title: d.T("seats.elsewhere"), Message: d.seatsElsewhere(use), Actions: d.assigners(use)}
	}
	return nil
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
	if use.Elsewhere == nil {
		return nil
	}
	for _, a := range use.Elsewhere.By {
		at := access.Place{Enterprise: d.Place.Enterprise}
		if a.Entity.ID != d.Place.Enterprise.ID {
			at.Organization = &a.Entity
		}
		out = append(out, shell.Link{Label: d.T("seats.of", a.Entity.Label()), URL: shell.InsightsPath(at, "seats")})
	}
	return out
}

// countSeats fills the groups of the scope.
func (d *dashboard) countSeats(v *view, use *question.SeatUse) {
	v.Of = d.T("seats.acton", d.Plural("n.seats", use.Total.Assigned))
	v.Value = text.Grouped(int64(use.Total.ToActOn()))
	if use.NoGroups {
		v.Value, v.Of = text.Grouped(int64(use.Total.Assigned)), d.T("seats.assigned")
		v.Notes = append(v.Notes, d.T("seats.nogroups"))
		return
	}
	folded := map[question.SeatGroup]bool{}
	for _, g := range use.Folded {
		folded[g] = true
	}
	if folded[question.SeatUnused] || folded[question.SeatInactive] {
		v.Value, v.Of = text.None, d.T("seats.acton.hidden", d.Plural("n.seats", use.Total.Assigned))
	} else if use.Shown {
		v.Cost = d.cost(use.Total)
	}
	v.Bar = d.bar(use.Total)
	var sum []string
	left := use.Total.Assigned
	for _, g := range question.SeatGroups {
		if folded[g] {
			continue
		}
		n := use.Total.Groups[g]
		left -= n
		group := Group{Name: string(g), Label: d.T("seats.group." + string(g)), Count: text.Grouped(int64(n)), Text: d.T("seats.group." + string(g) + ".text")}
		if d.lists(use) {
			group.URL = d.listURL(string(g), 1)
		}
		v.Groups, sum = append(v.Groups, group), append(sum, group.Count)
	}
	if len(use.Folded) > 0 {
		group := Group{Name: "folded", Label: d.T("seats.group.folded"), Count: text.Grouped(int64(left)), Text: d.T("seats.group.folded.text", d.Plural("n.people", use.Minimum))}
		v.Groups, sum = append(v.Groups, group), append(sum, group.Count)
	}
	v.Sum = d.T("seats.sum", strings.Join(sum, " + "), d.Plural("n.seats", use.Total.Assigned))
}

// cost says what the seats to act on cost a month, as far as prices are known.
func (d *dashboard) cost(c question.SeatCounts) string {
	switch {
	case c.ToActOn() == 0, c.Cost == 0:
		return ""
	case c.Unpriced > 0:
		return d.T("seats.cost.some", usd(c.Cost), d.Plural("n.seats", c.Unpriced))
	}
	return d.T("seats.cost", usd(c.Cost))
}

// usd writes US cents as dollars.
func usd(cents int64) string {
	if cents%100 == 0 {
		return text.Grouped(cents / 100)
	}
	return english.Decimal(float64(cents)/100, 2)
}

// bar draws the groups; what is left of them at the end is folded.
func (d *dashboard) bar(c question.SeatCounts) *Bar {
	if c.Assigned == 0 || c.Groups == nil {
		return nil
	}
	out, seen := &Bar{}, 0
	var words []string
	for _, g := range question.SeatGroups {
		n := c.Groups[g]
		if n == 0 {
			continue
		}
		from, to := barWidth*seen/c.Assigned, barWidth*(seen+n)/c.Assigned
		seen += n
		out.Parts = append(out.Parts, BarPart{string(g), from, to - from})
		words = append(words, d.T("seats.group."+string(g))+" "+text.Grouped(int64(n)))
	}
	out.Label = strings.Join(words, ", ")
	return out
}

// countOrganizations fills the table by organization.
func (d *dashboard) countOrganizations(v *view, use *question.SeatUse) {
	if len(use.Organizations) == 0 && use.Hidden.Assigned == 0 {
		return
	}
	v.Heads = []string{d.T("seats.assigned")}
	if use.Shown {
		for _, g := range question.SeatGroups {
			v.Heads = append(v.Heads, d.T("seats.group."+string(g)))
		}
		switch {
		case use.Total.Cost > 0:
			v.Heads = append(v.Heads, d.T("seats.usd"))
		case use.Total.Unpriced > 0:
			v.Notes = append(v.Notes, d.T("seats.unpriced"))
		}
	}
	row := func(key, label, url string, c question.SeatCounts) CountRow {
		out := CountRow{Key: key, Label: label, URL: url, Grouped: use.Shown, Bar: d.bar(c)}
		for i, f := range countFigures(c)[:len(v.Heads)] {
			out.Cells = append(out.Cells, CountCell{f, v.Heads[i]})
		}
		return out
	}
	v.Total = row("", d.T("seats.once", d.Entity.Label()), "", use.Total)
	for _, o := range use.Organizations {
		at := access.Place{Enterprise: d.Place.Enterprise, Organization: &o.Organization}
		v.Rows = append(v.Rows, row(o.Organization.Key(), o.Organization.Label(), shell.InsightsPath(at, "seats"), o.SeatCounts))
	}
	if use.Hidden.Assigned > 0 {
		v.Rows = append(v.Rows, row("", d.T("seats.hidden", d.Plural("n.people", use.Minimum)), "", use.Hidden))
	}
	v.Notes = append(v.Notes, d.T("seats.note"))
	if !use.Shown && !use.NoGroups {
		v.Notes = append(v.Notes, d.T("seats.note.hidden"))
	}
}

// countFigures are the seats of a row, those of each group, and what those to act on cost a
// month: at least so much where some plans have no price.
func countFigures(c question.SeatCounts) []cards.Figure {
	out := []cards.Figure{count(c.Assigned)}
	for _, g := range question.SeatGroups {
		out = append(out, count(c.Groups[g]))
	}
	cost := cards.Figure{Text: text.None}
	if c.Cost > 0 || c.Unpriced == 0 {
		cost.Text, cost.Value = usd(c.Cost), text.Plain(float64(c.Cost)/100)
		if c.Unpriced > 0 {
			cost.Text = "≥ " + cost.Text
		}
	}
	return append(out, cost)
}

func count(n int) cards.Figure {
	f := float64(n)
	return cards.Whole(&f)
}

// history lists the answers about seats that were imported.
func (d *dashboard) history(v *view, use *question.SeatUse) {
	const most = 12
	for _, a := range use.History[:min(most, len(use.History))] {
		source := d.T("seats.answer.organization")
		if a.Owner == d.Place.Enterprise.ID {
			source = d.Place.Enterprise.Label()
		} else if i := organizationOf(use, a.Owner); i != nil {
			source = i.Label()
		} else if !use.Shown {
			continue // an organization too small to be told of
		}
		v.Answers = append(v.Answers, AnswerRow{text.Moment(a.AsOf), source, text.Grouped(a.People), text.Moment(a.Imported)})
	}
}

func organizationOf(use *question.SeatUse, id int64) *directory.Entity {
	for i := range use.Organizations {
		if use.Organizations[i].Organization.ID == id {
			return &use.Organizations[i].Organization
		}
	}
	return nil
}

// apart says which seats are not listed to be acted on, and why.
func (d *dashboard) apart(v *view, use *question.SeatUse) {
	add := func(n int, key string, link *shell.Link) {
		if n > 0 {
			v.Apart = append(v.Apart, NotToActOn{d.Plural(key, n), link})
		}
	}
	quality := &shell.Link{Label: d.T("nav.quality"), URL: d.CoverageURL()}
	add(use.ElsewhereSeen, "seats.apart.records", nil)
	add(use.Total.Groups[question.SeatNew], "seats.apart.new", nil)
	add(use.Total.Groups[question.SeatCancelling], "seats.apart.cancelling", nil)
	add(use.Total.Groups[question.SeatUncertain], "seats.apart.uncertain", quality)
	if use.Unseated != nil {
		add(*use.Unseated, "seats.apart.unseated", nil)
	}
	add(use.Total.Below, "seats.apart.below", quality)
}

// listURL is the address of a page of a group's people.
func (d *dashboard) listURL(group string, page int) string {
	q := url.Values{}
	if group != groupToActOn {
		q.Set("state", group)
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	out := d.State.Path
	if len(q) > 0 {
		out += "?" + q.Encode()
	}
	return out + "#people"
}

// chosenGroup is the group that the URL names.
func (d *dashboard) chosenGroup() string {
	return cmp.Or(d.HTTP.URL.Query().Get("state"), groupToActOn)
}
