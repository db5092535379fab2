package admin

import (
	"context"

	"codegauge/internal/directory"
	"codegauge/internal/query"
)

// Viewed records that whoever asks looks at people's data: at what, and whose.
// users are user ids or logins; none are everybody's of the place. Each person
// among them finds it among those who looked at them. Record it before the data
// is shown: what cannot be recorded is not shown.
func (a *Admin) Viewed(ctx context.Context, place directory.Entity, what string, users ...string) error {
	e := directory.Event{Enterprise: place.Enterprise, Action: "people.viewed", Target: string(place.Kind) + " " + place.Key(), Detail: what}
	if len(users) == 0 {
		return a.dir.Record(ctx, e)
	}
	linked, err := a.dir.Identities(ctx, place.Enterprise)
	if err != nil {
		return err
	}
	subjects := map[int64]bool{}
	for _, u := range users {
		subjectsOf(linked, u, subjects)
	}
	for id := range subjects {
		e.Subject = id
		if err := a.dir.Record(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// subjectsOf adds the persons whom a name of answers names, 0 for nobody.
func subjectsOf(linked []directory.Identity, user string, to map[int64]bool) {
	name, found := query.ParseName(user), false
	for _, i := range linked {
		if name.Matches(i.UserID, i.Login) {
			to[i.Person], found = true, true
		}
	}
	if !found {
		to[0] = true
	}
}

// Exported records that whoever asks takes data away.
func (a *Admin) Exported(ctx context.Context, place directory.Entity, what string) error {
	return a.dir.Record(ctx, directory.Event{Enterprise: place.Enterprise, Action: "data.exported", Target: string(place.Kind) + " " + place.Key(), Detail: what})
}
