package question

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/store"
)

// SeatList is every seat of an enterprise or organization, one for each organization or team
// that assigned it.
type SeatList struct {
	// People counts those who have a seat, each once.
	People int64
	Seats  []directory.Seat
}

// SeatList lists seats, by login, for whoever may view people: where people have pseudonyms
// nothing of a seat is left that no field holds.
func (a *Answerer) SeatList(ctx context.Context, w Parameters) (*SeatList, error) {
	q, list, err := a.everySeat(ctx, w)
	if err != nil {
		return nil, err
	}
	cover, err := a.cover(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &SeatList{Seats: list}
	people := map[string]bool{}
	for i := range list {
		s := &list[i]
		people[cmp.Or(s.Holder(), strconv.Itoa(i))] = true
		if cover.pseudonymizer.Pseudonymous() {
			m := cover.of(directory.Member{UserID: s.UserID, Login: s.Login})
			s.UserID, s.Login, s.Body = m.UserID, m.Login, nil
		}
	}
	out.People = int64(len(people))
	slices.SortStableFunc(list, func(a, b directory.Seat) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Login), strings.ToLower(b.Login)), strings.Compare(a.UserID, b.UserID), cmp.Compare(a.Organization, b.Organization))
	})
	return out, nil
}

// everySeat lists the seats of every answer that there is about a scope. Of somebody's seat
// in one organization the newest answer counts.
func (a *Answerer) everySeat(ctx context.Context, w Parameters) (*question, []directory.Seat, error) {
	q, err := a.understand(ctx, w)
	if err != nil {
		return nil, nil, err
	}
	answers, err := a.dir.SeatAnswers(ctx, q.scope.Enterprise, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("answers about seats: %w", err)
	}
	type seatOf struct {
		holder       string
		organization int64
	}
	var out []directory.Seat
	owners, seen := map[int64]bool{}, map[seatOf]bool{}
	for _, answer := range answers { // the newest first
		if owners[answer.Owner] {
			continue
		}
		owners[answer.Owner] = true
		organization := answer.Owner
		if organization == q.scope.Enterprise {
			organization = 0
		}
		_, seats, err := a.dir.SeatAnswer(ctx, q.scope.Enterprise, organization)
		if err != nil {
			return nil, nil, fmt.Errorf("seats: %w", err)
		}
		var added []seatOf
		for _, s := range seats {
			at := seatOf{s.Holder(), s.Organization}
			if q.scope.Organization != 0 && s.Organization != q.scope.Organization || at.holder != "" && seen[at] {
				continue
			}
			added, out = append(added, at), append(out, s)
		}
		for _, at := range added {
			seen[at] = true
		}
	}
	if len(out) == 0 {
		return nil, nil, fault.New(fault.NotFound, "no seats of %s are stored", q.entity().Label())
	}
	return q, out, nil
}

// SeatSummary counts an organization's seats. What whoever asks may not see is nil.
type SeatSummary struct {
	Total                                  int64
	PendingCancellation, PendingInvitation *int64
	// Plan is the plan of all of them, "" if they have several.
	Plan string
}

// SeatSummary counts the seats of a scope.
func (a *Answerer) SeatSummary(ctx context.Context, w Parameters) (*SeatSummary, error) {
	q, list, err := a.everySeat(ctx, w)
	if err != nil {
		return nil, err
	}
	total, err := a.seatCount(ctx, q)
	if err != nil {
		return nil, err
	}
	if total == nil {
		return nil, fault.New(fault.Forbidden, "how many seats %s has is hidden: it has few, or the number would tell that of an organization with few; seeing it takes the permission to view people", q.entity().Label())
	}
	out := &SeatSummary{Total: *total, Plan: list[0].Plan}
	cancelled, invited := int64(0), int64(0)
	for _, s := range list {
		if s.Plan != out.Plan {
			out.Plan = ""
		}
		if s.Holder() == "" {
			invited++
		}
		if cancellationOf(s) != 0 {
			cancelled++
		}
	}
	if privacy.ViewsPeople(ctx, q.entity()) {
		out.PendingCancellation, out.PendingInvitation = &cancelled, &invited
	} else {
		out.Plan = "" // of few, perhaps
	}
	return out, nil
}

// Members lists who belongs to an organization or team now: by the list that was fetched, else
// those of whom records of the last 28 days say so.
func (a *Answerer) Members(ctx context.Context, w Parameters) ([]directory.Member, error) {
	q, err := a.understand(ctx, w)
	if err != nil {
		return nil, err
	}
	cover, err := a.cover(ctx, q)
	if err != nil {
		return nil, err
	}
	if err := cover.pseudonymizer.Allow(); err != nil {
		return nil, err
	}
	asOf, list, err := a.dir.Roster(ctx, q.entity().ID)
	if err != nil {
		return nil, err
	}
	if asOf.IsZero() {
		if list, err = a.membersByRecords(ctx, q); err != nil {
			return nil, err
		}
	}
	for i := range list {
		list[i] = cover.of(list[i])
	}
	slices.SortFunc(list, func(a, b directory.Member) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Login), strings.ToLower(b.Login)), strings.Compare(a.UserID, b.UserID))
	})
	return list, nil
}

// membersByRecords lists whom records of the last 28 days put into a scope.
func (a *Answerer) membersByRecords(ctx context.Context, q *question) ([]directory.Member, error) {
	fresh, err := a.freshness(ctx, q)
	if err != nil || fresh.data.Len() <= 0 {
		return nil, err
	}
	names, err := a.usersOf(ctx, q.scope, day.Range{From: fresh.data.To - seatDays + 1, To: fresh.data.To})
	if err != nil {
		return nil, err
	}
	everybody, err := a.store.Identities(ctx, q.scope.Enterprise)
	if err != nil {
		return nil, fmt.Errorf("identities: %w", err)
	}
	shared, called := store.SharedLogins(slices.Values(everybody)), map[string]directory.Member{}
	for _, i := range everybody {
		if i.Tool == metric.IdentityTool(i.UserID, metric.Copilot) {
			called[query.UserName(i.UserID, i.Login, shared[strings.ToLower(i.Login)])] = directory.Member{UserID: i.UserID, Login: i.Login}
		}
	}
	var out []directory.Member
	for _, name := range names {
		if m, ok := called[name]; ok {
			out = append(out, m)
		}
	}
	return out, nil
}

// cover is what people of lists are called.
type cover struct {
	pseudonymizer *privacy.Pseudonymizer
	shared        map[string]bool
}

func (a *Answerer) cover(ctx context.Context, q *question) (*cover, error) {
	pseudonymizer, err := a.privacy.Pseudonymizer(ctx, *q.enterprise)
	if err != nil || !pseudonymizer.Pseudonymous() {
		return &cover{pseudonymizer: pseudonymizer}, err
	}
	everybody, err := a.store.Identities(ctx, q.scope.Enterprise)
	if err != nil {
		return nil, fmt.Errorf("identities: %w", err)
	}
	return &cover{pseudonymizer, store.SharedLogins(slices.Values(everybody))}, nil
}

// of returns a person as whoever asks may know them.
func (c *cover) of(m directory.Member) directory.Member {
	if !c.pseudonymizer.Pseudonymous() {
		return m
	}
	name := query.UserName(m.UserID, m.Login, c.shared[strings.ToLower(m.Login)])
	return directory.Member{UserID: c.pseudonymizer.ID(m.UserID), Login: c.pseudonymizer.Name(name)}
}
