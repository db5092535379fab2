package question

import (
	"context"
	"fmt"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/store"
)

// ClientFault says whom in the range a known fault of clients may concern.
type ClientFault struct {
	Fault metric.ClientFault
	// People have such a client, of Known whose editor is known; both are 0 where Few says that
	// whoever asks may not know how many, as they may not view people.
	People, Known int
	Few           bool
	Clients       []FaultyClient
	// Low and High are the lines reported in the range of the features of which too
	// little, and too much, is reported, nil where none are known: of these people or,
	// where that is not told or would take long, of Everybody.
	Low, High *int64
	Everybody bool
	// Weeks are the last to the range's end, by their Mondays; none where they are not told.
	Weeks []FaultWeek
}

// FaultWeek is how many people's last client of a week may have a fault, and how many others'
// is of an editor in which it is mended. Known have any editor that is known.
type FaultWeek struct {
	Monday                  day.Day
	Affected, Mended, Known int
}

// faultWeeks is how many weeks to the range's end are told of.
const faultWeeks = 8

// FaultyClient is the people with one client that may have a fault.
type FaultyClient struct {
	ClientGroup
	Mended string // the version that has not
}

// faultDays is by how many days at the range's end pages judge who has a faulty client: a
// year's clients take ten times as long to read as the rest of a page.
const faultDays = 28

// ClientFaults returns the known faults of clients that concern somebody of the scope in
// the last faultDays of the range, without their clients and lines: the latter are the
// records of many people to read.
func (a *Answerer) ClientFaults(ctx context.Context, w Parameters) ([]ClientFault, error) {
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	days := day.Range{From: max(v.r.From, v.r.To-faultDays+1), To: v.r.To}
	faults, err := a.memory.faults.Get(v.scope.Enterprise, v.version, faultsKey{v.scope, days}, func() ([]ClientFault, error) {
		return a.faultsOf(ctx, v.scope, days)
	})
	if err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	faults = slices.DeleteFunc(slices.Clone(faults), func(f ClientFault) bool { return !f.in(v.r) })
	for i := range faults {
		if v.mask != nil {
			faults[i].hidePeople()
		}
	}
	return faults, nil
}

// hidePeople leaves out how many people have such a client: these counts are judged beside no
// others.
func (f *ClientFault) hidePeople() {
	f.People, f.Known, f.Few, f.Clients, f.Weeks = 0, 0, true, nil, nil
}

// AtLeast returns the fault by which a figure is a lower bound of the true one, nil if none is.
func AtLeast(faults []ClientFault, measure string) *ClientFault {
	for i := range faults {
		if faults[i].Fault.Bounds[measure] == metric.AtLeast {
			return &faults[i]
		}
	}
	return nil
}

// EntityFaults returns the known faults of clients that ClientFaults has of each organization
// and team of the enterprise, by their numbers, without how many people they concern.
func (a *Answerer) EntityFaults(ctx context.Context, w Parameters) (map[int64][]ClientFault, error) {
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	days := day.Range{From: max(v.r.From, v.r.To-faultDays+1), To: v.r.To}
	all, err := a.memory.entityFaults.Get(v.scope.Enterprise, v.version, days, func() (map[int64][]ClientFault, error) {
		out := map[int64][]ClientFault{}
		for _, fault := range metric.ClientFaults {
			concerned, err := a.store.EntitiesWithClient(ctx, v.scope.Enterprise, days, func(c store.Client) bool { return isEditor(c) && fault.Of(clientOf(c)) != nil })
			if err != nil {
				return nil, err
			}
			for entity := range concerned {
				out[entity] = append(out[entity], ClientFault{Fault: fault, Few: true})
			}
		}
		return out, nil
	})
	if err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	out := map[int64][]ClientFault{}
	for entity, faults := range all {
		out[entity] = slices.DeleteFunc(slices.Clone(faults), func(f ClientFault) bool { return !f.in(v.r) })
	}
	return out, nil
}

// in reports whether the fault was there on some day of the range.
func (f *ClientFault) in(r day.Range) bool {
	return (f.Fault.Until == 0 || f.Fault.Until >= r.From) && f.Fault.From <= r.To
}

// singly is of how many people at the most the lines are added up for a fault.
const singly = 1000

// clientFaults returns the faults that concern somebody in the range, with their clients
// and with the lines that they may concern.
func (a *Answerer) clientFaults(ctx context.Context, v *view, clients []store.Client) ([]ClientFault, error) {
	var out []ClientFault
	clients = slices.DeleteFunc(slices.Clone(clients), func(c store.Client) bool { return !isEditor(c) })
	for _, fault := range metric.ClientFaults {
		concerned := concernedBy(&fault, clients)
		f := ClientFault{Fault: fault, People: len(namesOf(concerned)), Known: len(namesOf(clients))}
		if f.People == 0 || !f.in(v.r) {
			continue
		}
		for _, g := range groupClients(concerned) {
			f.Clients = append(f.Clients, FaultyClient{g, f.Fault.Of(g.client()).From()})
		}
		if err := a.linesOfFault(ctx, v, namesOf(concerned), &f); err != nil {
			return nil, err
		}
		if v.mask == nil {
			var err error
			if f.Weeks, err = a.weeksOfFault(ctx, v, &f.Fault); err != nil {
				return nil, err
			}
		}
		out = append(out, f)
	}
	return out, nil
}

// weeksOfFault counts the people of the last weeks to the range's end by whether their client
// may have a fault.
func (a *Answerer) weeksOfFault(ctx context.Context, v *view, fault *metric.ClientFault) (out []FaultWeek, err error) {
	affected := func(c store.Client) bool { return isEditor(c) && fault.Of(clientOf(c)) != nil }
	concerned := func(c store.Client) bool { return isEditor(c) && fault.Concerns(clientOf(c)) }
	for monday := v.r.To.Week() - 7*(faultWeeks-1); monday <= v.r.To; monday += 7 {
		days := day.Range{From: monday, To: min(monday+6, v.r.To)}
		w, err := a.memory.faultWeeks.Get(v.scope.Enterprise, v.version, faultWeekKey{faultsKey{v.scope, days}, fault.Name}, func() (FaultWeek, error) {
			n, err := a.store.CountClients(ctx, v.scope, days, isEditor, affected, concerned)
			if err != nil {
				return FaultWeek{}, fmt.Errorf("clients by week: %w", err)
			}
			return FaultWeek{Monday: monday, Affected: n[1], Mended: n[2] - n[1], Known: n[0]}, nil
		})
		if err != nil {
			return nil, err
		}
		if w.Known > 0 {
			out = append(out, w)
		}
	}
	return out, nil
}

// faultsOf returns the faults that concern somebody, without their clients and lines.
func (a *Answerer) faultsOf(ctx context.Context, sc query.Scope, r day.Range) ([]ClientFault, error) {
	kinds := []func(store.Client) bool{isEditor}
	for _, fault := range metric.ClientFaults {
		kinds = append(kinds, func(c store.Client) bool { return isEditor(c) && fault.Of(clientOf(c)) != nil })
	}
	people, err := a.store.CountClients(ctx, sc, r, kinds...)
	if err != nil {
		return nil, err
	}
	var out []ClientFault
	for i, fault := range metric.ClientFaults {
		if n := people[1+i]; n > 0 {
			out = append(out, ClientFault{Fault: fault, People: n, Known: people[0]})
		}
	}
	return out, nil
}

// concernedBy returns the clients that may have the fault. Many people have the same one.
func concernedBy(fault *metric.ClientFault, clients []store.Client) []store.Client {
	judged := map[metric.Client]bool{}
	return slices.DeleteFunc(slices.Clone(clients), func(client store.Client) bool {
		c := clientOf(client)
		concerns, done := judged[c]
		if !done {
			concerns = fault.Of(c) != nil
			judged[c] = concerns
		}
		return !concerns
	})
}

// namesOf returns what answers call the clients' people, each once.
func namesOf(clients []store.Client) []string {
	var out []string
	for _, c := range clients {
		out = append(out, c.Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// linesOfFault adds up the lines that a fault may concern. Whose they are is told only
// to those who may view people: from one range to the next, such a group may change by
// one person.
func (a *Answerer) linesOfFault(ctx context.Context, v *view, people []string, to *ClientFault) error {
	ask := v.query(v.r, []string{"loc_changed"}, "feature")
	to.Everybody = len(people) > singly || !privacy.ViewsPeople(ctx, v.entity())
	if !to.Everybody {
		ask.Source = query.FromUsers
		ask.Filters = append(slices.Clone(ask.Filters), query.Filter{Dimension: "user", Values: people})
	}
	res, err := a.run(ctx, ask)
	if err != nil {
		return fmt.Errorf("lines that a fault of clients may concern: %w", err)
	}
	if res.Masked { // what is hidden may be of it
		return nil
	}
	for _, row := range res.Rows {
		feature, named := row[0].(string)
		n := integer(row[1])
		if !named || n == nil {
			continue
		}
		for _, part := range []struct {
			features []string
			sum      **int64
		}{{to.Fault.Low, &to.Low}, {to.Fault.High, &to.High}} {
			if !slices.Contains(part.features, feature) {
				continue
			}
			if *part.sum == nil {
				*part.sum = new(int64)
			}
			**part.sum += *n
		}
	}
	return nil
}
