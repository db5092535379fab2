package question

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"

	"github.com/RoaringBitmap/roaring/v2"
)

// SeatActivity is how many of the people who hold a scope's seats were active, and how many
// active people hold none. nil is not known, or not told.
type SeatActivity struct {
	// Seats is how many people hold one: Active of them were active, Idle were not.
	Seats, Active, Idle *int64
	// Unseated are active and hold none of the scope's seats.
	Unseated *int64
	// Organizations are those of an enterprise, by key. To those who may not view people only
	// Seats is told of them: their people are in the enterprise's numbers as well.
	Organizations map[string]SeatActivity
	// Teams are those through which seats were assigned, by number: see TeamSeats.
	Teams map[int64]SeatActivity
}

// Share is which part of the seats was active, nil where that is not known.
func (s *SeatActivity) Share() *float64 {
	if s.Active == nil || s.Seats == nil || *s.Seats == 0 {
		return nil
	}
	share := float64(*s.Active) / float64(*s.Seats)
	return &share
}

// SeatActivity answers w, over its days. Seats are of people, so filters other than to tools
// leave nothing known.
func (a *Answerer) SeatActivity(ctx context.Context, w Parameters) (*SeatActivity, error) {
	w.Measures, w.By, w.Compare = nil, nil, false
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	if v.filtersPeople() {
		return &SeatActivity{}, nil
	}
	owners := []int64{v.scope.Organization}
	var organizations []*directory.Entity
	if v.scope.Level() == query.LevelEnterprise {
		organizations = v.names.In(directory.Organization, v.scope.Enterprise)
	}
	for _, o := range organizations {
		owners = append(owners, o.ID)
	}
	out, err := a.seatActivity(ctx, v, w, owners)
	if err != nil || organizations == nil {
		return out, err
	}
	out.Organizations = map[string]SeatActivity{}
	for _, o := range organizations {
		of := *v
		q := *v.question
		q.scope.Organization, of.question = o.ID, &q
		one := &SeatActivity{}
		if v.mask != nil {
			one.Seats, err = a.seatCount(ctx, &q)
		} else {
			one, err = a.seatActivity(ctx, &of, w, owners)
		}
		if err != nil {
			return nil, err
		}
		out.Organizations[v.names.Key(o.ID)] = *one
	}
	return out, nil
}

// filtersPeople reports whether a question is about something of people that seats are not of.
func (v *view) filtersPeople() bool {
	return slices.ContainsFunc(v.filters, func(f query.Filter) bool { return f.Dimension != "tool" })
}

// seatActivity counts a scope's people, who is one of owners. Those who may not view people are
// told what Adoption tells them.
func (a *Answerer) seatActivity(ctx context.Context, v *view, w Parameters, owners []int64) (*SeatActivity, error) {
	out := &SeatActivity{}
	var err error
	if out.Seats, err = a.seatCount(ctx, v.question); err != nil || out.Seats == nil {
		return out, err
	}
	if v.mask != nil {
		adoption, err := a.Adoption(ctx, w, PeopleAny)
		switch fault.KindOf(err) {
		case fault.Forbidden, fault.Unsupported:
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if out.Idle, out.Unseated = adoption.Idle, adoption.Unseated; out.Idle != nil {
			active := *out.Seats - *out.Idle
			out.Active = &active
		}
		return out, nil
	}
	active, err := a.whoWasActive(ctx, v)
	if err != nil || active == nil {
		return out, err
	}
	held, err := a.seatHolders(ctx, v, owners...)
	if err != nil {
		return nil, err
	}
	out.countHolders(active, held)
	return out, nil
}

// whoWasActive returns everybody active in a view's range, nil if that is not known by person.
func (a *Answerer) whoWasActive(ctx context.Context, v *view) (active *roaring.Bitmap, err error) {
	err = a.store.Read(ctx, v.scope.Enterprise, func(r query.Rollups) error {
		cohort, err := query.ReadCohort(ctx, r, v.query(v.r, nil))
		if err != nil || len(cohort.Days()) == 0 {
			return err
		}
		active = cohort.In(v.r, query.CohortKey{})
		return cohort.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("who was active: %w", err)
	}
	return active, nil
}

// countHolders counts active people by whether they hold a seat.
func (s *SeatActivity) countHolders(active, held *roaring.Bitmap) {
	with := count(roaring.And(active, held))
	idle, unseated := max(0, *s.Seats-with), count(active)-with
	s.Active, s.Idle, s.Unseated = &with, &idle, &unseated
}

// holdersKey is whose seats people hold, also beside others', as of which version of the directory.
type holdersKey struct {
	first     int64
	several   bool
	directory int64
}

// seatHolders returns who holds a seat of the scope, of those who are in records. owners are the
// scope and others whose holders are asked for with it: organizations, or 0 for all.
func (a *Answerer) seatHolders(ctx context.Context, v *view, owners ...int64) (*roaring.Bitmap, error) {
	revision, err := a.DirectoryVersion(ctx)
	if err != nil {
		return nil, err
	}
	all, err := a.memory.holders.Get(v.scope.Enterprise, v.version, holdersKey{owners[0], len(owners) > 1, revision}, func() (map[int64]*roaring.Bitmap, error) {
		return a.readHolders(ctx, v.scope.Enterprise, owners)
	})
	if err != nil {
		return nil, fmt.Errorf("who holds a seat: %w", err)
	}
	if held := all[v.scope.Organization]; held != nil {
		return held, nil
	}
	return roaring.New(), nil // an organization that was not in the directory yet
}

// readHolders reads who holds a seat of each organization, and under 0 of any or none. They are
// read one by one: of the enterprise, whoever has two seats is listed once.
func (a *Answerer) readHolders(ctx context.Context, enterprise int64, owners []int64) (map[int64]*roaring.Bitmap, error) {
	out := map[int64]*roaring.Bitmap{}
	var names []string
	var of []int64
	for _, owner := range owners {
		seats, err := a.dir.Seats(ctx, enterprise, owner)
		if err != nil {
			return nil, err
		}
		for _, seat := range seats {
			if seat.Holder() != "" {
				names, of = append(names, seatName(seat)), append(of, owner)
			}
		}
		out[owner] = roaring.New()
	}
	return out, a.addHolders(ctx, enterprise, names, func(i int, person uint32) { out[of[i]].Add(person) })
}

// throughKey is whose seats were assigned, as of which version of the directory.
type throughKey struct{ owner, directory int64 }

// assignedSeats are those that were assigned through a team: how many, and who of those in
// records holds one.
type assignedSeats struct {
	seats int64
	held  *roaring.Bitmap
}

// TeamSeats answers w, over its days, with the seats of the scope and those that were assigned
// through each of its teams: active is who was active in the scope. Of teams nothing is told
// to those who may not view people: teams are small, and nobody has judged these numbers.
func (a *Answerer) TeamSeats(ctx context.Context, w Parameters) (*SeatActivity, error) {
	w.Measures, w.By, w.Compare = nil, nil, false
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	if v.filtersPeople() {
		return &SeatActivity{}, nil
	}
	out, err := a.seatActivity(ctx, v, w, []int64{v.scope.Organization})
	if err != nil || v.mask != nil {
		return out, err
	}
	active, err := a.whoWasActive(ctx, v)
	if err != nil || active == nil {
		return out, err
	}
	revision, err := a.DirectoryVersion(ctx)
	if err != nil {
		return nil, err
	}
	out.Teams = map[int64]SeatActivity{}
	for _, team := range v.names.In(directory.Team, v.scope.Enterprise) {
		if v.scope.Organization != 0 && team.Organization != v.scope.Organization {
			continue
		}
		through, err := a.memory.through.Get(v.scope.Enterprise, v.version, throughKey{team.Organization, revision}, func() (map[string]*assignedSeats, error) {
			return a.readThrough(ctx, v.scope.Enterprise, team.Organization)
		})
		if err != nil {
			return nil, fmt.Errorf("seats of teams: %w", err)
		}
		for _, name := range append([]string{team.Slug}, team.Aliases...) {
			if s := through[name]; s != nil {
				one := SeatActivity{Seats: &s.seats}
				one.countHolders(active, s.held)
				one.Unseated = nil // it is of everybody, not of the team
				out.Teams[team.ID] = one
				break
			}
		}
	}
	return out, nil
}

// readThrough reads the seats of an organization, or of the enterprise, that were assigned
// through teams, by what they call the team.
func (a *Answerer) readThrough(ctx context.Context, enterprise, owner int64) (map[string]*assignedSeats, error) {
	seats, err := a.dir.Seats(ctx, enterprise, owner)
	if err != nil {
		return nil, err
	}
	out := map[string]*assignedSeats{}
	var names, of []string
	for _, seat := range seats {
		if seat.Team == "" || seat.Holder() == "" || seat.Organization != owner { // those of an enterprise have its organizations' too
			continue
		}
		if out[seat.Team] == nil {
			out[seat.Team] = &assignedSeats{held: roaring.New()}
		}
		out[seat.Team].seats++
		names, of = append(names, seatName(seat)), append(of, seat.Team)
	}
	return out, a.addHolders(ctx, enterprise, names, func(i int, person uint32) { out[of[i]].held.Add(person) })
}

// addHolders finds those of the named who are in records.
func (a *Answerer) addHolders(ctx context.Context, enterprise int64, names []string, add func(i int, person uint32)) error {
	return a.store.Read(ctx, enterprise, func(r query.Rollups) error {
		person, err := r.Persons(ctx)
		if err != nil {
			return err
		}
		ids, err := r.UsersNamed(ctx, names)
		for i := range ids {
			if len(ids[i]) > 0 {
				add(i, person(ids[i][0]))
			}
		}
		return err
	})
}

// seatName is how records may name a seat's holder.
func seatName(seat directory.Seat) string {
	if seat.UserID != "" {
		return "id:" + seat.UserID
	}
	return "login:" + seat.Login
}

// Table returns the activity as a table: of the scope, under no organization, and of each
// organization.
func (s *SeatActivity) Table() (columns []query.Column, rows [][]any) {
	columns = []query.Column{{Name: "organization", Type: "string"}}
	for _, name := range []string{"seats", "active", "without_activity", "active_without_seat"} {
		columns = append(columns, query.Column{Name: name, Type: "integer"})
	}
	add := func(name any, s SeatActivity) {
		rows = append(rows, []any{name, cellOf(s.Seats), cellOf(s.Active), cellOf(s.Idle), cellOf(s.Unseated)})
	}
	add(nil, *s)
	for _, key := range slices.Sorted(maps.Keys(s.Organizations)) {
		add(key, s.Organizations[key])
	}
	return columns, rows
}

// SeatPhases is how people with a seat and without one are spread over the adoption phases, in
// the 28 days to a window's last one.
type SeatPhases struct {
	SeatActivity
	// Engaged and Passive are the active people with a seat, nil where phases are not known by
	// person or not told.
	Engaged, Passive *int64
}

// seatPhases counts holders of seats by phase, as records say.
func (i *impactReader) seatPhases(ctx context.Context) (out SeatPhases, err error) {
	if !i.v.wholeRecords() {
		return out, nil
	}
	people := i.counts[0].people
	if people == nil {
		if i.counts[0].Why != ImpactPeople {
			return out, nil
		}
		w := i.words
		w.From = (i.v.r.To - PhaseDays + 1).String()
		if !slices.Contains(w.Where, "tool="+metric.Copilot) {
			w.Where = append(slices.Clone(w.Where), "tool="+metric.Copilot)
		}
		s, err := i.SeatActivity(ctx, w)
		if err != nil {
			return out, err
		}
		s.Organizations = nil
		return SeatPhases{SeatActivity: *s}, nil
	}
	if out.Seats, err = i.seatCount(ctx, i.v.question); err != nil || out.Seats == nil {
		return out, err
	}
	held, err := i.seatHolders(ctx, i.v, i.v.scope.Organization)
	if err != nil {
		return out, err
	}
	active := everybodyIn(people)
	out.countHolders(active, held)
	passive := int64(0)
	if none := people[metric.NoCohort]; none != nil {
		passive = count(roaring.And(none, held))
	}
	engaged := *out.Active - passive
	out.Engaged, out.Passive = &engaged, &passive
	return out, nil
}
