package admin

import (
	"context"

	"codegauge/internal/access"
	"codegauge/internal/fault"
	"codegauge/internal/service"
)

// EraseRequest asks to forget a person of an enterprise, by login, user id or
// e-mail address: several words name one person. DryRun only says what would go.
type EraseRequest struct {
	access.Words
	Users  []string `json:"users"`
	DryRun bool     `json:"dry_run,omitempty"`
}

// Erase forgets the person. It takes the right to manage the enterprise and to
// view its people.
func (a *Admin) Erase(ctx context.Context, r EraseRequest) (service.Erased, error) {
	e, err := a.enterprise(ctx, access.Manage, r.Words)
	if err != nil {
		return service.Erased{}, err
	}
	if !access.Of(ctx).ViewsPeople(e) {
		return service.Erased{}, access.Lacks(access.ViewPeople, e)
	}
	for _, word := range r.Users {
		if word == "" {
			return service.Erased{}, fault.New(fault.Invalid, "a name is empty")
		}
	}
	if len(r.Users) == 0 {
		return service.Erased{}, fault.New(fault.Invalid, "name the person: by login, user id or e-mail address")
	}
	done, err := a.data.Erase(ctx, e.ID, r.Users, r.DryRun)
	if err != nil || r.DryRun {
		return done, err
	}
	return done, a.follow(ctx, e.ID, nil)
}
