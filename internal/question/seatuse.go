package question

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/sorting"
	"codegauge/internal/store"
)

// SeatUse says how a scope's seats are used.
type SeatUse struct {
	// AsOf is the last day on which anybody is known to have been active: days without
	// activity are counted back from it, so that a late report makes nobody inactive.
	AsOf day.Day
	// Answered is when the newest answer about seats is from, the zero time if it is
	// not known.
	Answered time.Time
	// Folded are the groups of Total that are hidden from whoever may not view people,
	// and NoGroups says that all are; see hideSeats.
	Folded   []SeatGroup
	NoGroups bool
	// Unseated counts the people active in the last 28 days who have no seat of this
	// scope, nil where that is not told.
	Unseated *int
	// ElsewhereSeen counts people with a seat whose activity only records say: the seat's
	// own date has none in the last 28 days.
	ElsewhereSeen int
	// History lists the answers about seats, newest first.
	History []directory.SeatAnswer
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

// OrganizationSeats counts an organization's seats.
type OrganizationSeats struct {
	Organization directory.Entity
	SeatCounts
}

// SeatUse compares the scope's seats with what their people did; nil if no seats were
// imported, of its own or of its people. A team's are those that were assigned through it.
func (a *Answerer) SeatUse(ctx context.Context, w Parameters) (*SeatUse, error) {
	v, err := a.view(ctx, w)
	if err != nil {
		return nil, err
	}
	list, err := a.dir.Seats(ctx, v.scope.Enterprise, v.scope.Organization)
	if err != nil {
		return nil, fmt.Errorf("seats: %w", err)
	}
	if v.scope.Team != 0 {
		list = throughTeam(list, v.entity())
	}
	out := &SeatUse{AsOf: v.data.To}
	for _, seat := range list {
		if !seat.LastActivity.IsZero() {
			out.AsOf = max(out.AsOf, day.Of(seat.LastActivity))
		}
	}
	out.AsOf = min(out.AsOf, v.today)
	active, err := a.lastActive(ctx, v, out.AsOf)
	if err != nil {
		return nil, err
	}
	elsewhere, small, err := a.seatsElsewhere(ctx, v, list, active, out.AsOf)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return a.onlyElsewhere(ctx, v, out, elsewhere, small)
	}
	if !small {
		out.Elsewhere = elsewhere
	}
	unseated := active.unseated(list)
	out.Unseated = &unseated
	judge, err := a.seatJudge(ctx, v, list, active, out.AsOf)
	if err != nil {
		return nil, err
	}
	pseudonymizer, err := a.privacy.Pseudonymizer(ctx, *v.enterprise)
	if err != nil {
		return nil, err
	}
	shared := sharedLogins(list, active)
	for _, seat := range list {
		state := judge(seat)
		state.Name = query.UserName(state.UserID, state.Login, shared[strings.ToLower(state.Login)])
		out.Total.add(state)
		if state.Group == SeatActive && state.LastSource == fromRecords && (seat.LastActivity.IsZero() || day.Of(seat.LastActivity) <= out.AsOf-seatDays) {
			out.ElsewhereSeen++
		}
		if pseudonymizer.Pseudonymous() {
			state.Name, state.Login, state.UserID, state.Body = pseudonymizer.Name(state.Name), "", "", nil
		}
		out.Seats = append(out.Seats, state)
	}
	slices.SortFunc(out.Seats, func(a, b SeatState) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.UserID, b.UserID))
	})
	if v.scope.Team == 0 {
		if out.Organizations, err = a.seatsByOrganization(ctx, v, judge); err != nil {
			return nil, err
		}
		if err := a.seatHistory(ctx, v, out); err != nil {
			return nil, err
		}
	}
	return out, a.hideSeats(ctx, v, out)
}

// sharedLogins returns the logins that several people have who hold seats or are in
// records, in lower case.
func sharedLogins(list []directory.Seat, active activity) map[string]bool {
	ids, shared := maps.Clone(active.id), map[string]bool{}
	for _, seat := range list {
		login := strings.ToLower(seat.Login)
		id, known := ids[login]
		shared[login] = shared[login] || known && seat.UserID != "" && id != seat.UserID
		if seat.UserID != "" && !known {
			ids[login] = seat.UserID
		}
	}
	return shared
}

// throughTeam leaves the seats that were assigned through a team, not through one of the same
// name in another organization.
func throughTeam(list []directory.Seat, team directory.Entity) []directory.Seat {
	return slices.DeleteFunc(slices.Clone(list), func(s directory.Seat) bool {
		return s.Team == "" || s.Organization != team.Organization || !team.Named(s.Team)
	})
}

// seatHistory adds the answers about the scope's seats.
func (a *Answerer) seatHistory(ctx context.Context, v *view, out *SeatUse) (err error) {
	if out.History, err = a.dir.SeatAnswers(ctx, v.scope.Enterprise, v.scope.Organization); err != nil {
		return fmt.Errorf("answers about seats: %w", err)
	}
	for _, a := range out.History {
		if a.AsOf.After(out.Answered) {
			out.Answered = a.AsOf
		}
	}
	return nil
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
	if v.enterprise.WithoutPeople() {
		out.Seats = nil
	}
	if out.Shown {
		return nil
	}
	settings, err := a.dir.Privacy(ctx, v.scope.Enterprise)
	if err != nil {
		return fmt.Errorf("read privacy settings: %w", err)
	}
	out.Seats, out.Minimum, out.Unseated, out.ElsewhereSeen = nil, settings.MinimumGroup, nil, 0
	hidden, err := a.hasHiddenSeats(ctx, v.question, out.Minimum)
	if err != nil {
		return err
	}
	if out.Total.Assigned < out.Minimum || hidden || v.scope.Team != 0 {
		*out = SeatUse{AsOf: out.AsOf, Minimum: out.Minimum, Small: true}
		return nil
	}
	out.Organizations, out.Hidden = hideSmall(out.Organizations, out.Minimum)
	// The groups of an organization and those of its enterprise would differ by single
	// people: who sees the enterprise's is told no organization's.
	for i := range out.Organizations {
		out.Organizations[i].SeatCounts = SeatCounts{Assigned: out.Organizations[i].Assigned}
	}
	out.Hidden = SeatCounts{Assigned: out.Hidden.Assigned}
	if out.NoGroups = v.scope.Organization != 0 && viewsMetrics(ctx, *v.enterprise); out.NoGroups {
		out.Total = SeatCounts{Assigned: out.Total.Assigned}
		return nil
	}
	out.Total, out.Folded = out.Total.fold(out.Minimum)
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
	sorting.Stable(bySize, func(a, b OrganizationSeats) int { return cmp.Compare(a.Assigned, b.Assigned) })
	gone := map[int64]bool{}
	for _, o := range bySize {
		if o.Assigned >= minimum && (hidden.Assigned == 0 || hidden.Assigned >= minimum) {
			break
		}
		gone[o.Organization.ID], hidden = true, hidden.Plus(o.SeatCounts)
	}
	return slices.DeleteFunc(slices.Clone(list), func(o OrganizationSeats) bool { return gone[o.Organization.ID] }), hidden
}

// Which source says when somebody was last active.
const (
	fromSeat    = "seat"
	fromRecords = "records"
)

// seatJudge returns what says how a seat is used as of a day.
func (a *Answerer) seatJudge(ctx context.Context, v *view, list []directory.Seat, active activity, asOf day.Day) (func(directory.Seat) SeatState, error) {
	window := day.Range{From: asOf - seatDays + 1, To: asOf}
	clients, err := a.store.Clients(ctx, v.scope, window)
	if err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	old, err := a.clientsTooOld(ctx, v, window, clients, metric.TooOldFor)
	if err != nil {
		return nil, err
	}
	last, below := map[string]store.Client{}, map[string]bool{}
	for _, c := range clients {
		if c.Last >= last[c.UserID].Last {
			last[c.UserID] = c
		}
	}
	for _, c := range old {
		below[c.UserID] = true
	}
	// Who works in a terminal has no editor: records of every kind count.
	if err := a.addEarlier(ctx, v, list, asOf, active); err != nil {
		return nil, err
	}
	complete, err := a.completeRecords(ctx, v, window)
	if err != nil {
		return nil, err
	}
	return func(seat directory.Seat) SeatState {
		seat = active.withID(seat)
		out := SeatState{Seat: seat, Below: below[seat.UserID], Held: -1, Ends: cancellationOf(seat), Price: a.opt.SeatPrices[seat.Plan]}
		if !seat.Created.IsZero() {
			out.Held = max(0, int(asOf-day.Of(seat.Created)))
		}
		if seat.Organization != 0 {
			out.Organization = v.names.Key(seat.Organization)
		}
		if !seat.LastActivity.IsZero() {
			out.Last, out.LastSource, out.LastClient = day.Of(seat.LastActivity), fromSeat, seat.LastEditor
		}
		if name := active.name(seat); name != "" && active.last[name] > out.Last {
			out.Last, out.LastSource, out.LastClient = active.last[name], fromRecords, ""
		}
		if c := last[seat.UserID]; seat.UserID != "" && c.Last != 0 && c.Last >= out.Last {
			out.Last, out.LastSource, out.LastClient = c.Last, fromRecords, strings.TrimSpace(metric.ClientLabel(c.IDE)+" "+c.IDEVersion)
		}
		out.Group = out.group(asOf, complete(seat.Organization))
		return out
	}, nil
}

// completeRecords returns what says whether user records of Copilot about an
// organization's people (0 for those of no organization) reach over the window: whoever
// is in none of them was then not active. Reports have everybody; other kinds of data do not. A day without any report in between makes
// nobody incomplete; the page names such days.
func (a *Answerer) completeRecords(ctx context.Context, v *view, window day.Range) (func(organization int64) bool, error) {
	have, err := a.reports(ctx, v.scope.Enterprise)
	if err != nil {
		return nil, err
	}
	spans := map[int64]day.Range{}
	for _, d := range have.days {
		if d.Kind != report.UserDay || d.Data != metric.Reports || d.Tool != metric.Copilot {
			continue
		}
		r, ok := spans[d.Source]
		if !ok {
			r = emptyRange
		}
		spans[d.Source] = r.Join(day.Range{From: d.Day, To: d.Day})
	}
	needed := day.Range{From: window.From, To: min(window.To, v.last())}
	reaches := func(source int64) bool {
		r, ok := spans[source]
		return ok && r.From <= needed.From && r.To >= needed.To
	}
	return func(organization int64) bool {
		return reaches(v.scope.Enterprise) || organization != 0 && reaches(organization)
	}, nil
}

// activity is when people were last active, by what answers call them in lower case.
type activity struct {
	last map[string]day.Day
	// named is what they are called, by user id, and id the user id of a login in lower
	// case, "" if several have it.
	named, id map[string]string
}

// withID returns the seat with its holder's user id, if a list without ids brought it and
// records say whose login it is.
func (a activity) withID(seat directory.Seat) directory.Seat {
	if seat.UserID == "" {
		seat.UserID = a.id[strings.ToLower(seat.Login)]
	}
	return seat
}

// name returns the name under which a seat's holder is among those active, "" if they
// are not.
func (a activity) name(seat directory.Seat) string {
	for _, name := range []string{a.named[seat.UserID], seat.Login, seat.UserID} {
		name = strings.ToLower(name)
		if _, ok := a.last[name]; ok && name != "" {
			return name
		}
	}
	return ""
}

// unseated counts those active who hold none of the seats.
func (a activity) unseated(seats []directory.Seat) int {
	seated := map[string]bool{}
	for _, seat := range seats {
		if name := a.name(seat); name != "" {
			seated[name] = true
		}
	}
	return len(a.last) - len(seated)
}

// lastActive returns who has a record in the 28 days to asOf, and the last day of each.
func (a *Answerer) lastActive(ctx context.Context, v *view, asOf day.Day) (activity, error) {
	out := activity{named: map[string]string{}, id: map[string]string{}}
	known, err := a.store.Identities(ctx, v.scope.Enterprise)
	if err != nil {
		return out, fmt.Errorf("identities: %w", err)
	}
	shared := store.SharedLogins(slices.Values(known))
	for _, i := range known {
		if i.Login != "" && i.Tool == metric.IdentityTool(i.UserID, metric.Copilot) {
			out.named[i.UserID] = query.UserName(i.UserID, i.Login, shared[strings.ToLower(i.Login)])
			login := strings.ToLower(i.Login)
			if other, taken := out.id[login]; taken && other != i.UserID {
				out.id[login] = ""
			} else {
				out.id[login] = i.UserID
			}
		}
	}
	out.last, err = a.lastRecords(ctx, v, day.Range{From: asOf - seatDays + 1, To: asOf})
	return out, err
}

// lastRecords returns the last day of the range with a record of each user, or of those
// who are named.
func (a *Answerer) lastRecords(ctx context.Context, v *view, r day.Range, users ...string) (map[string]day.Day, error) {
	ask := query.Query{Scope: v.scope, Measures: []string{"active_users"}, By: []string{"user", "day"},
		Range: r, Source: query.FromUsers, Filters: []query.Filter{{Dimension: "tool", Values: []string{metric.Copilot}}}}
	if len(users) > 0 {
		ask.Filters = append(ask.Filters, query.Filter{Dimension: "user", Values: users})
	}
	res, err := a.run(ctx, ask)
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

// mostUnused is of how many people at the most the records before the last 28 days are
// looked through.
const mostUnused = 2000

// addEarlier adds the last day of those of whom neither the seat nor the last 28 days say
// anything: GitHub's date vanishes after 90 days, records do not.
func (a *Answerer) addEarlier(ctx context.Context, v *view, list []directory.Seat, asOf day.Day, active activity) error {
	earlier := day.Range{From: v.data.From, To: asOf - seatDays}
	var users []string
	for _, seat := range list {
		name := cmp.Or(active.named[seat.UserID], seat.Login, seat.UserID)
		if name != "" && seat.LastActivity.IsZero() && active.name(seat) == "" {
			users = append(users, name)
		}
	}
	if len(users) == 0 || len(users) > mostUnused || earlier.Len() == 0 || v.data.Len() == 0 {
		return nil
	}
	slices.Sort(users)
	key := earlierKey{v.scope.Entity(), earlier.To, strings.Join(users, "\n")}
	before, err := a.memory.earlier.Get(v.scope.Enterprise, v.version, key, func() (map[string]day.Day, error) {
		return a.lastRecords(ctx, v, earlier, users...)
	})
	if err != nil {
		return err
	}
	for name, d := range before {
		active.last[name] = max(active.last[name], d)
	}
	return nil
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

// Plus adds counts.
func (c SeatCounts) Plus(o SeatCounts) SeatCounts {
	out := SeatCounts{Assigned: c.Assigned + o.Assigned, Groups: map[SeatGroup]int{}, Below: c.Below + o.Below, Cost: c.Cost + o.Cost, Unpriced: c.Unpriced + o.Unpriced}
	for _, g := range SeatGroups {
		out.Groups[g] = c.Groups[g] + o.Groups[g]
	}
	return out
}
