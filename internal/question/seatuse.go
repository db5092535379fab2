package question

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
)

// SeatUse says how a scope's seats are used.
type SeatUse struct {
	// AsOf is the last day on which anybody is known to have been active: idle
	// days are counted back from it, so that a late report makes nobody idle.
	AsOf day.Day
	// Total counts each person once; a person with seats in two organizations is
	// in both rows of Organizations.
	Total         SeatCounts
	Organizations []OrganizationSeats
	// Hidden counts the seats of organizations with fewer people than Minimum, and
	// of those that would show them by difference; Small says that all of the
	// scope is so, and nothing of it is told. To those who may view people all is
	// Shown.
	Hidden       SeatCounts
	Minimum      int
	Small, Shown bool
	// Seats lists the people, by login, if they are shown.
	Seats []SeatState
	// Elsewhere says who else assigned seats to an organization's people, nil if nobody
	// is known to have. If the organization itself assigned none, it is all there is.
	Elsewhere *SeatsElsewhere
}

// SeatCounts counts seats. Who never used theirs is not idle; who is idle for 30
// days is also idle for 7.
type SeatCounts struct{ Assigned, NeverUsed, Idle7, Idle30, Below int }

// OrganizationSeats counts an organization's seats.
type OrganizationSeats struct {
	Organization directory.Entity
	SeatCounts
}

// SeatState is a seat and how it is used.
type SeatState struct {
	directory.Seat
	// Organization is the key of the seat's organization, "" for the enterprise's.
	Organization string
	// Last is the last day of activity, in the billing answer or in the records
	// of the last 30 days; 0 for never.
	Last                            day.Day
	NeverUsed, Idle7, Idle30, Below bool
}

// idleLong is from how many days without activity a seat is idle for long.
const (
	idleShort = 7
	idleLong  = 30
)

// SeatUse compares the scope's seats with what their people did; nil if no seats were
// imported, of its own or of its people. Of a team nothing is known.
func (a *Answerer) SeatUse(ctx context.Context, w Parameters) (*SeatUse, error) {
	v, err := a.view(ctx, w)
	if err != nil || v.scope.Team != 0 {
		return nil, err
	}
	list, err := a.dir.Seats(ctx, v.scope.Enterprise, v.scope.Organization)
	if err != nil {
		return nil, fmt.Errorf("seats: %w", err)
	}
	out := &SeatUse{AsOf: v.data.To}
	for _, seat := range list {
		if !seat.LastActivity.IsZero() {
			out.AsOf = max(out.AsOf, day.Of(seat.LastActivity))
		}
	}
	out.AsOf = min(out.AsOf, v.today)
	elsewhere, small, err := a.seatsElsewhere(ctx, v, list, out.AsOf)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return a.onlyElsewhere(ctx, v, out, elsewhere, small)
	}
	if !small {
		out.Elsewhere = elsewhere
	}
	judge, err := a.seatJudge(ctx, v, out.AsOf)
	if err != nil {
		return nil, err
	}
	pseudonymizer, err := a.privacy.Pseudonymizer(ctx, *v.enterprise)
	if err != nil {
		return nil, err
	}
	for _, seat := range list {
		state := judge(seat)
		out.Total.add(state)
		if pseudonymizer.Pseudonymous() {
			state.Login, state.UserID, state.Body = pseudonymizer.Name(cmp.Or(seat.Login, seat.UserID)), "", nil
		}
		out.Seats = append(out.Seats, state)
	}
	slices.SortFunc(out.Seats, func(a, b SeatState) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Login), strings.ToLower(b.Login)), strings.Compare(a.UserID, b.UserID))
	})
	if out.Organizations, err = a.seatsByOrganization(ctx, v, judge); err != nil {
		return nil, err
	}
	return out, a.hideSeats(ctx, v, out)
}

// onlyElsewhere is SeatUse for an organization that assigned no seats.
func (a *Answerer) onlyElsewhere(ctx context.Context, v *view, out *SeatUse, elsewhere *SeatsElsewhere, small bool) (*SeatUse, error) {
	if elsewhere == nil {
		return nil, nil
	}
	if !small {
		out.Elsewhere, out.Shown = elsewhere, privacy.ViewsPeople(ctx, v.entity())
		return out, nil
	}
	settings, err := a.dir.Privacy(ctx, v.scope.Enterprise)
	if err != nil {
		return nil, fmt.Errorf("read privacy settings: %w", err)
	}
	out.Minimum, out.Small = settings.MinimumGroup, true
	return out, nil
}

// hideSeats leaves what whoever asks may see.
func (a *Answerer) hideSeats(ctx context.Context, v *view, out *SeatUse) error {
	out.Shown = privacy.ViewsPeople(ctx, v.entity())
	if out.Shown {
		return nil
	}
	settings, err := a.dir.Privacy(ctx, v.scope.Enterprise)
	if err != nil {
		return fmt.Errorf("read privacy settings: %w", err)
	}
	out.Seats, out.Minimum = nil, settings.MinimumGroup
	hidden, err := a.hasHiddenSeats(ctx, v.question, out.Minimum)
	if err != nil {
		return err
	}
	if out.Total.Assigned < out.Minimum || hidden {
		*out = SeatUse{AsOf: out.AsOf, Minimum: out.Minimum, Small: true}
		return nil
	}
	out.Organizations, out.Hidden = hideSmall(out.Organizations, out.Minimum)
	return nil
}

// hasHiddenSeats reports whether an organization's seats are hidden among those of
// its enterprise: what hides there is hidden alone too.
func (a *Answerer) hasHiddenSeats(ctx context.Context, q *question, minimum int) (bool, error) {
	if q.scope.Organization == 0 {
		return false, nil
	}
	var list []OrganizationSeats
	for _, o := range q.names.In(directory.Organization, q.scope.Enterprise) {
		n, err := a.countSeats(ctx, query.Scope{Enterprise: q.scope.Enterprise, Organization: o.ID})
		if err != nil {
			return false, err
		}
		if n > 0 {
			list = append(list, OrganizationSeats{*o, SeatCounts{Assigned: int(n)}})
		}
	}
	slices.SortFunc(list, compareSeats)
	shown, _ := hideSmall(list, minimum)
	return !slices.ContainsFunc(shown, func(o OrganizationSeats) bool { return o.Organization.ID == q.scope.Organization }), nil
}

// hideSmall takes out the groups under the minimum and counts them as one. One
// that would be alone takes the next smallest with it: otherwise it were the
// total less the others.
func hideSmall(list []OrganizationSeats, minimum int) (shown []OrganizationSeats, hidden SeatCounts) {
	bySize := slices.Clone(list)
	slices.SortStableFunc(bySize, func(a, b OrganizationSeats) int { return cmp.Compare(a.Assigned, b.Assigned) })
	gone := map[int64]bool{}
	for _, o := range bySize {
		if o.Assigned >= minimum && (hidden.Assigned == 0 || hidden.Assigned >= minimum) {
			break
		}
		gone[o.Organization.ID], hidden = true, hidden.Plus(o.SeatCounts)
	}
	return slices.DeleteFunc(slices.Clone(list), func(o OrganizationSeats) bool { return gone[o.Organization.ID] }), hidden
}

// seatJudge returns what says how a seat is used as of a day.
func (a *Answerer) seatJudge(ctx context.Context, v *view, asOf day.Day) (func(directory.Seat) SeatState, error) {
	month := day.Range{From: asOf - idleLong + 1, To: asOf}
	clients, err := a.store.Clients(ctx, v.scope, month)
	if err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	old, err := a.tooOld(ctx, v, month, clients)
	if err != nil {
		return nil, err
	}
	last, below := map[string]day.Day{}, map[string]bool{}
	for _, c := range clients {
		last[c.UserID] = max(last[c.UserID], c.Last)
	}
	for _, c := range old {
		below[c.UserID] = true
	}
	// Who works in a terminal has no editor: records of every kind count.
	active, err := a.lastActive(ctx, v, asOf)
	if err != nil {
		return nil, err
	}
	return func(seat directory.Seat) SeatState {
		out := SeatState{Seat: seat, Last: last[seat.UserID], Below: below[seat.UserID]}
		out.Last = max(out.Last, active[strings.ToLower(cmp.Or(seat.Login, seat.UserID))])
		if seat.Organization != 0 {
			out.Organization = v.names.Key(seat.Organization)
		}
		if !seat.LastActivity.IsZero() {
			out.Last = max(out.Last, day.Of(seat.LastActivity))
		}
		out.NeverUsed = out.Last == 0
		out.Idle7 = !out.NeverUsed && out.Last <= asOf-idleShort
		out.Idle30 = !out.NeverUsed && out.Last <= asOf-idleLong
		return out
	}, nil
}

// lastActive returns the last day with a record in the 30 days to asOf, by login in
// lower case, or by id of those of whom no login is known.
func (a *Answerer) lastActive(ctx context.Context, v *view, asOf day.Day) (map[string]day.Day, error) {
	res, err := a.run(ctx, query.Query{Scope: v.scope, Measures: []string{"active_users"}, By: []string{"user", "day"},
		Range: day.Range{From: asOf - idleLong + 1, To: asOf}, Source: query.FromUsers, Filters: []query.Filter{{Dimension: "tool", Values: []string{metric.Copilot}}}})
	if err != nil {
		return nil, fmt.Errorf("last activity: %w", err)
	}
	out := map[string]day.Day{}
	for _, row := range res.Rows {
		user, named := row[0].(string)
		text, _ := row[1].(string)
		if n := integer(row[2]); !named || n == nil || *n == 0 {
			continue
		}
		d, err := day.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("last activity: %w", err)
		}
		user = strings.ToLower(user)
		out[user] = max(out[user], d)
	}
	return out, nil
}

// seatsByOrganization counts the seats of each organization of the scope.
func (a *Answerer) seatsByOrganization(ctx context.Context, v *view, judge func(directory.Seat) SeatState) ([]OrganizationSeats, error) {
	var out []OrganizationSeats
	for _, o := range v.names.In(directory.Organization, v.scope.Enterprise) {
		if v.scope.Organization != 0 && v.scope.Organization != o.ID {
			continue
		}
		list, err := a.dir.Seats(ctx, v.scope.Enterprise, o.ID)
		if err != nil {
			return nil, fmt.Errorf("seats: %w", err)
		}
		row := OrganizationSeats{Organization: *o}
		for _, seat := range list {
			row.add(judge(seat))
		}
		if row.Assigned > 0 {
			out = append(out, row)
		}
	}
	slices.SortFunc(out, compareSeats)
	return out, nil
}

func compareSeats(a, b OrganizationSeats) int {
	return cmp.Or(strings.Compare(a.Organization.Label(), b.Organization.Label()), cmp.Compare(a.Organization.ID, b.Organization.ID))
}

func (c *SeatCounts) add(s SeatState) {
	c.Assigned++
	for _, n := range []struct {
		is    bool
		count *int
	}{{s.NeverUsed, &c.NeverUsed}, {s.Idle7, &c.Idle7}, {s.Idle30, &c.Idle30}, {s.Below, &c.Below}} {
		if n.is {
			*n.count++
		}
	}
}

// Plus adds counts.
func (c SeatCounts) Plus(o SeatCounts) SeatCounts {
	return SeatCounts{c.Assigned + o.Assigned, c.NeverUsed + o.NeverUsed, c.Idle7 + o.Idle7, c.Idle30 + o.Idle30, c.Below + o.Below}
}
