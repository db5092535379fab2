package question

import (
	"cmp"
	"context"
	"slices"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/report"
)

// defaultMostRows is how many rows of answers about single people are worked on at once
// unless Options say otherwise. A row takes up to 2 KB until it is sent.
const defaultMostRows = 100_000

// admitWithin is how long a question waits for room.
const admitWithin = 5 * time.Second

// errBusy is the answer to a question that would have to wait for too long.
var errBusy = fault.New(fault.Unavailable, "the server is busy with other questions about single people: try again in a few seconds")

// admit waits until there is room in memory for the answer to a question about single
// people, and returns what makes room again. An answer that would have too many rows is
// refused before anything is read for it. most is how many it may have at all, 0 for any.
func (a *Answerer) admit(ctx context.Context, v *view, w Parameters) (done func(), most int, err error) {
	if who, ok := access.Asker(ctx); !ok || who.Kind == access.Operator {
		return func() {}, 0, nil
	}
	if !slices.Contains(w.By, "user") {
		return func() {}, a.opt.MostRows, nil
	}
	rows, exact, err := a.rowsOf(ctx, v, w)
	switch {
	case err != nil:
		return nil, 0, err
	case exact && rows > a.opt.MostRows:
		return nil, 0, fault.New(fault.TooLarge, "the answer would have about %s rows, but at most %s are answered at once: ask for fewer days, for larger periods or for one team, or take the users report with an export",
			english.Number(int64(rows)), english.Number(int64(a.opt.MostRows)))
	}
	weight := int64(min(max(rows, 1), a.opt.MostRows))
	soon, cancel := context.WithTimeout(ctx, admitWithin)
	defer cancel()
	if a.room.Acquire(soon, weight) != nil {
		return nil, 0, cmp.Or(ctx.Err(), errBusy)
	}
	return func() { a.room.Release(weight) }, a.opt.MostRows, nil
}

// rowsOf estimates how many rows an answer about single people has. It is exact, or nearly,
// of an enterprise without filters whose rows are divided by time alone.
func (a *Answerer) rowsOf(ctx context.Context, v *view, w Parameters) (rows int, exact bool, err error) {
	have, err := a.reports(ctx, v.scope.Enterprise)
	if err != nil {
		return 0, false, err
	}
	perDay, total := map[day.Day]int64{}, int64(0)
	for _, d := range have.days {
		if d.Kind == report.UserDay && v.r.Contains(d.Day) {
			perDay[d.Day] += d.Records
			total += d.Records
		}
	}
	var people int64
	for _, n := range perDay {
		people = max(people, n)
	}
	periods, exact := 1, v.scope.Organization == 0 && v.scope.Team == 0 && len(v.filters) == 0
	for _, by := range w.By {
		switch by {
		case "user":
		case "day":
			periods = v.r.Len()
		case "week":
			periods = v.r.Len()/7 + 1
		case "month":
			periods = v.r.Len()/30 + 1
		default:
			exact = false
		}
	}
	return int(min(people*int64(periods), total)), exact, nil
}
