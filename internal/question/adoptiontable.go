package question

import (
	"context"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/query"
)

// AdoptionFigures are the tables that an Adoption has, by name.
var AdoptionFigures = []string{"summary", "surfaces", "who-counts", "funnel", "days-active", "flows", "weekdays", "first-use", FiguresSeats}

// FiguresSeats are those of AdoptionFigures that are a SeatActivity's, whoever counts as active.
const FiguresSeats = "seats"

// AdoptionTable answers w with one of AdoptionFigures, of people of a population.
func (a *Answerer) AdoptionTable(ctx context.Context, w Parameters, population, figures string) (*query.Answer, error) {
	adoption, v, err := a.adoptionOf(ctx, w, population)
	if err != nil {
		return nil, err
	}
	var columns []query.Column
	var rows [][]any
	var notes []string
	if figures == FiguresSeats {
		seats, err := a.SeatActivity(ctx, w)
		if err != nil {
			return nil, err
		}
		columns, rows = seats.Table()
		if v.mask != nil && len(seats.Organizations) > 0 {
			notes = append(notes, "of organizations only the number of seats is told: their people are in the enterprise's numbers as well")
		}
	} else if columns, rows, err = adoption.Table(figures); err != nil {
		return nil, err
	}
	warnings := v.warnings(Parameters{}, &query.Result{})
	if v.mask != nil {
		warnings = append(warnings, adoptionMasked)
	}
	return &query.Answer{Definition: v.definition, From: v.r.From, To: v.r.To, CompleteTo: v.completeTo, HeldBack: v.heldBack(), Columns: columns, Rows: rows, Warnings: append(warnings, notes...)}, nil
}

// adoptionMasked says what those who may not view people are not told.
const adoptionMasked = "numbers of few people, and those that leave few of a whole, are null or together with their neighbours, because you do not have the permission to view people here"

// Table returns one of AdoptionFigures but FiguresSeats: none has rows where no day has records of people.
func (a *Adoption) Table(figures string) (columns []query.Column, rows [][]any, err error) {
	head := func(names ...string) {
		for _, name := range names {
			kind := "integer"
			switch name {
			case "name", "population", "window", "part", "step", "after", "weekday":
				kind = "string"
			case "from", "to", "week":
				kind = "date"
			case "value", "mean_people":
				kind = "number"
			}
			columns = append(columns, query.Column{Name: name, Type: kind})
		}
	}
	add := func(cells ...any) { rows = append(rows, cells) }
	parts := func(list []PeoplePart) {
		for _, p := range list {
			add(strings.Join(p.Names, "+"), cellOf(p.People))
		}
	}
	switch figures {
	case "summary":
		head("name", "value")
		a.summary(add)
	case "surfaces":
		head("population", "window", "from", "to", "people")
		a.surfaces(add)
	case "who-counts":
		head("part", "people")
		parts(a.Active)
	case "funnel":
		head("step", "people")
		parts(a.Funnel)
	case "days-active":
		head("from_days", "to_days", "people")
		for _, b := range a.DaysActive {
			add(int64(b.From), int64(b.To), b.People)
		}
	case "flows":
		head("week", "active", "new", "returning", "no_longer_active", "days_without_data")
		for _, f := range a.Flows {
			add(f.Week.String(), cellOf(f.Active), cellOf(f.New), cellOf(f.Returning), cellOf(f.Gone), int64(f.Missing))
		}
	case "weekdays":
		head("weekday", "mean_people", "days")
		for _, w := range a.Weekdays {
			add(w.String(), cellOf(w.People), int64(w.Days))
		}
	case "first-use":
		head("after", "people")
		if a.FirstUse != nil {
			parts(a.FirstUse.Bins)
		}
	default:
		return nil, nil, fault.New(fault.Invalid, "figures %.40q is not one of %s", figures, strings.Join(AdoptionFigures, ", "))
	}
	return columns, rows, nil
}

// cellOf is a number that may be unknown, or not told, as a cell of an answer.
func cellOf[N int64 | float64](n *N) any {
	if n == nil {
		return nil
	}
	return *n
}

// summary adds what an adoption has besides its tables.
func (a *Adoption) summary(add func(...any)) {
	if a.Days == 0 {
		return
	}
	add("days_with_records", int64(a.Days))
	add("days_without_people", int64(a.Nameless))
	add("seats", cellOf(a.Seats))
	add("seats_without_activity", cellOf(a.Idle))
	add("active_without_seat", cellOf(a.Unseated))
	add("median_days_active", cellOf(a.Median))
	if f := a.FirstUse; f != nil {
		add("new_seats", f.People)
		var median any
		if f.Median != nil {
			median = int64(*f.Median)
		}
		add("median_days_to_first_use", median)
		add("seats_of_28_days", cellOf(f.Month))
		add("first_use_within_28_days", cellOf(f.Within))
	}
}

// surfaces adds the populations in all their windows: a row for each.
func (a *Adoption) surfaces(add func(...any)) {
	for _, p := range a.Populations {
		week := a.To - 6
		if p.Name == PeopleAgentsWindow {
			week = a.To - day.Day(a.To.Time().Weekday())
		}
		in := func(window string, from, to day.Day, n *int64) {
			add(p.Name, window, from.String(), to.String(), cellOf(n))
		}
		in("day", a.To, a.To, p.Day)
		in("week", week, a.To, p.Week)
		in("28 days", a.To-27, a.To, p.Days28)
		in("month", a.To.Month(), a.To, p.Month)
		in("window", a.From, a.To, p.Window)
		for i, monday := range a.Weeks {
			in("ISO week", monday, monday+6, p.ByWeek[i])
		}
	}
}
