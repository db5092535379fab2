package question

import (
	"context"
	"fmt"

	"codegauge/internal/day"
	"codegauge/internal/query"
)

// lineMeasures are the two of which everything here is made.
var lineMeasures = []string{"loc_added", "loc_deleted"}

// emptyRange has no days; 0 to 0 would have one.
var emptyRange = day.Range{From: 1, To: 0}

// pair is lines added and deleted; unknown counts as zero in sums and is
// remembered.
type pair struct {
	n     [2]int64
	known [2]bool
}

// pairOf reads the two measures of lines off a row.
func pairOf(cells []any) pair {
	var p pair
	for i := range p.n {
		p.n[i], p.known[i] = cells[i].(int64)
	}
	return p
}

func (p pair) plus(o pair) pair {
	for i := range p.n {
		p.n[i] += o.n[i]
		p.known[i] = p.known[i] || o.known[i]
	}
	return p
}

// minus returns p less o; what is known of either is known.
func (p pair) minus(o pair) pair {
	for i := range p.n {
		p.n[i] -= o.n[i]
		p.known[i] = p.known[i] || o.known[i]
	}
	return p
}

func (p pair) zero() bool { return p.n == [2]int64{} }

// within returns the part of p that o, as far as it is positive, has room for.
func (p pair) within(o pair) pair {
	for i := range p.n {
		p.n[i] = min(max(p.n[i], 0), max(o.n[i], 0))
	}
	return p
}

// lines returns the three figures as they are shown.
func (p pair) lines() Lines {
	var out Lines
	var changed int64
	for i, into := range []**int64{&out.Added, &out.Deleted} {
		if p.known[i] {
			*into = &p.n[i]
			changed += p.n[i]
		}
	}
	if p.known[0] || p.known[1] {
		out.Changed = &changed
	}
	return out
}

// as returns p with the same figures known as in o.
func (p pair) as(o pair) pair {
	p.known = o.known
	return p
}

// daySum is what one day's reports say of themselves.
type daySum struct {
	total, features, discrepancy pair
}

// unattributed is what the totals have beyond the features, discrepancy apart.
func (d *daySum) unattributed() pair { return d.total.minus(d.features).minus(d.discrepancy) }

func (d *daySum) contradicts() bool { return !d.discrepancy.zero() || !d.unattributed().zero() }

// daySums asks for each day's totals, features and discrepancy. The rows by
// feature add up to the total; the null row by initiator is the discrepancy.
func (a *Answerer) daySums(ctx context.Context, ask func(by ...string) query.Query) (map[day.Day]*daySum, error) {
	out := map[day.Day]*daySum{}
	err := a.eachDay(ctx, ask("day", "feature"), func(d day.Day, null bool, p pair) {
		sum := sumOf(out, d)
		sum.total = sum.total.plus(p)
		if !null {
			sum.features = sum.features.plus(p)
		}
	})
	if err != nil {
		return nil, err
	}
	return out, a.eachDay(ctx, ask("day", "initiator"), func(d day.Day, null bool, p pair) {
		if null {
			sum := sumOf(out, d)
			sum.discrepancy = sum.discrepancy.plus(p)
		}
	})
}

func sumOf(sums map[day.Day]*daySum, d day.Day) *daySum {
	if sums[d] == nil {
		sums[d] = &daySum{}
	}
	return sums[d]
}

// eachDay calls f for each row of a query by day and one dimension more.
func (a *Answerer) eachDay(ctx context.Context, ask query.Query, f func(d day.Day, null bool, p pair)) error {
	res, err := a.run(ctx, ask)
	if err != nil {
		return err
	}
	for _, row := range res.Rows {
		d, err := day.Parse(row[0].(string))
		if err != nil {
			return fmt.Errorf("read days: %w", err)
		}
		f(d, row[1] == nil, pairOf(row[2:]))
	}
	return nil
}
