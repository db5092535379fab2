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
	// People have such a client, of Known whose editor is known.
	People, Known int
	Clients       []FaultyClient
	// Low and High are the lines reported in the range of the features of which too
	// little, and too much, is reported, nil where none are known: of these people or,
	// where that is not told or would take long, of Everybody.
	Low, High *int64
	Everybody bool
}

// FaultyClient is the people with one client that may have a fault.
type FaultyClient struct {
	ClientGroup
	Mended string // the version that has not
}

// faultDays is by how many days at the range's end pages judge who has a faulty client: a
// year's clients take ten times as long to read as the rest of a page.
const faultDays = 28

// ClientFaults returns the known faults of clients that concern somebody of the scope in
// the last faultDays of the range, without their lines, which are the records of many
// people to read.
func (a *Answerer) ClientFaults(ctx context.Context, w Parameters) ([]ClientFault, error) {
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	days := day.Range{From: max(v.r.From, v.r.To-faultDays+1), To: v.r.To}
	clients, err := a.memory.clients.Get(v.scope.Enterprise, v.version, clientsKey{v.scope, days}, func() ([]store.Client, error) {
		return a.store.Clients(ctx, v.scope, days)
	})
	if err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	return faultsOf(v.r, clients), nil
}

// singly is of how many people at the most the lines are added up for a fault.
const singly = 1000

// clientFaults returns the faults that concern somebody, with the lines that they may
// concern.
func (a *Answerer) clientFaults(ctx context.Context, v *view, clients []store.Client) ([]ClientFault, error) {
	out := faultsOf(v.r, clients)
	for i := range out {
		var people []string
		for _, c := range out[i].Clients {
			people = append(people, c.Logins...)
		}
		slices.Sort(people)
		if err := a.linesOfFault(ctx, v, slices.Compact(people), &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// faultsOf returns the faults that concern somebody in the range. Many people have the
// same client.
func faultsOf(r day.Range, clients []store.Client) []ClientFault {
	clients = slices.DeleteFunc(slices.Clone(clients), func(c store.Client) bool { return c.IDE == "" })
	known := -1
	var out []ClientFault
	for _, fault := range metric.ClientFaults {
		if fault.Until != 0 && fault.Until < r.From || fault.From > r.To {
			continue
		}
		mended := map[metric.Client]*metric.MendedVersion{}
		of := func(c metric.Client) *metric.MendedVersion {
			m, judged := mended[c]
			if !judged {
				m = fault.Of(c)
				mended[c] = m
			}
			return m
		}
		concerned := slices.DeleteFunc(slices.Clone(clients), func(c store.Client) bool { return of(clientOf(c)) == nil })
		if len(concerned) == 0 {
			continue
		}
		if known < 0 {
			known = len(namesOf(clients))
		}
		found := ClientFault{Fault: fault, People: len(namesOf(concerned)), Known: known}
		for _, g := range groupClients(concerned) {
			found.Clients = append(found.Clients, FaultyClient{g, of(g.client()).From()})
		}
		out = append(out, found)
	}
	return out
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
