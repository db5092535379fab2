package admin

import (
	"context"
	"slices"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/query"
)

// maxSubjects is of how many people a look has an entry each. One at more is an entry of
// everybody at the place, which each of them finds as well.
const maxSubjects = 50

// Viewed records that whoever asks looks at people's data: at what, and whose.
// users are user ids or logins; none are everybody's of the place. Each person
// among them finds it among those who looked at them. Record it before the data
// is shown: what cannot be recorded is not shown.
func (a *Admin) Viewed(ctx context.Context, place directory.Entity, what string, users ...string) error {
	return unrecorded("people's data is not shown", a.viewed(ctx, place, what, users))
}

// unrecorded says what is refused because nobody could see later who asked for it.
func unrecorded(what string, err error) error {
	if fault.KindOf(err) == fault.Unavailable {
		return fault.New(fault.Unavailable, "%s, because the audit log cannot record who asked for it: %v", what, err)
	}
	return err
}

func (a *Admin) viewed(ctx context.Context, place directory.Entity, what string, users []string) error {
	e := directory.Event{Enterprise: place.Enterprise, Action: directory.PeopleViewed, Target: string(place.Kind) + " " + place.Key(), Detail: what}
	if len(users) == 0 || len(users) > maxSubjects {
		e.Action = directory.PeopleListed
		return a.dir.Record(ctx, e)
	}
	linked, err := a.dir.Identities(ctx, place.Enterprise)
	if err != nil {
		return err
	}
	var events []directory.Event
	for _, id := range subjectsOf(linked, users) {
		e.Subject = id
		events = append(events, e)
	}
	return a.dir.Record(ctx, events...)
}

// subjectsOf returns the people whom names of answers name, and 0 for those that nobody has.
func subjectsOf(linked []directory.Identity, users []string) []int64 {
	var out []int64
	add := func(person int64) {
		if !slices.Contains(out, person) {
			out = append(out, person)
		}
	}
	for _, user := range users {
		name, known := query.ParseName(user), false
		for _, i := range linked {
			if name.Matches(i.Tool, i.UserID, i.Login) {
				known = true
				add(i.Person)
			}
		}
		if !known {
			add(0)
		}
	}
	return out
}

// viewedPeople records that whoever asks looks at who people are to tools.
func (a *Admin) viewedPeople(ctx context.Context, e directory.Entity, what string, people []int64) error {
	slices.Sort(people)
	people = slices.DeleteFunc(slices.Compact(people), func(id int64) bool { return id <= 0 }) // nobody, or not made yet
	if len(people) == 0 {
		return nil
	}
	event := directory.Event{Enterprise: e.ID, Action: directory.PeopleViewed, Target: string(e.Kind) + " " + e.Key(), Detail: what}
	if len(people) > maxSubjects {
		event.Action = directory.PeopleListed
		return a.dir.Record(ctx, event)
	}
	var events []directory.Event
	for _, id := range people {
		event.Subject = id
		events = append(events, event)
	}
	return a.dir.Record(ctx, events...)
}

// Exported records that whoever asks takes data away.
func (a *Admin) Exported(ctx context.Context, place directory.Entity, what string) error {
	e := directory.Event{Enterprise: place.Enterprise, Action: "data.exported", Target: string(place.Kind) + " " + place.Key(), Detail: what}
	return unrecorded("nothing is exported", a.dir.Record(ctx, e))
}
