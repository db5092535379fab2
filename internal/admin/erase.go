package admin

import (
	"context"

	"codegauge/internal/access"
	"codegauge/internal/fault"
	"codegauge/internal/privacy"
)

// EraseRequest asks to forget a person of an enterprise, by login, user id or
// e-mail address: several words name one person. DryRun only says what would go.
type EraseRequest struct {
	access.ScopeNames
	Users  []string `json:"users"`
	DryRun bool     `json:"dry_run,omitempty"`
}

// Erase forgets the person. It takes the right to manage the enterprise and to
// view its people.
func (a *Admin) Erase(ctx context.Context, r EraseRequest) (privacy.Erased, error) {
	e, err := a.enterprise(ctx, access.Manage, r.ScopeNames)
	if err != nil {
		return privacy.Erased{}, err
	}
	if !access.Of(ctx).ViewsPeople(e) {
		return privacy.Erased{}, access.Lacks(access.ViewPeople, e)
	}
	for _, word := range r.Users {
		if word == "" {
			return privacy.Erased{}, fault.New(fault.Invalid, "a user name is empty: give a login, user id or e-mail address")
		}
	}
	if len(r.Users) == 0 {
		return privacy.Erased{}, fault.New(fault.Invalid, "name the person to erase by login, user id or e-mail address")
	}
	done, err := a.data.Erase(ctx, e.ID, r.Users, r.DryRun)
	if err != nil {
		return done, err
	}
	if r.DryRun {
		return done, a.viewedPeople(ctx, e, "who would be erased", []int64{done.Person})
	}
	return done, a.reconcileAfter(ctx, e.ID, nil)
}

// ReplayRequest asks to make erasures again.
type ReplayRequest struct {
	access.ScopeNames
	Erasures []privacy.Erasure `json:"erasures"`
}

// Erasures lists the erasures of every enterprise. It takes the right to manage all.
func (a *Admin) Erasures(ctx context.Context, _ access.ScopeNames) ([]privacy.Erasure, error) {
	if err := access.MayEverywhere(access.Of(ctx), access.Manage); err != nil {
		return nil, err
	}
	return a.data.Erasures(ctx)
}

// ReplayErasures makes erasures again. It takes the right to manage everything and to
// view everybody.
func (a *Admin) ReplayErasures(ctx context.Context, r ReplayRequest) (privacy.Replayed, error) {
	for _, p := range []access.Permission{access.Manage, access.ViewPeople} {
		if err := access.MayEverywhere(access.Of(ctx), p); err != nil {
			return privacy.Replayed{}, err
		}
	}
	return a.data.ReplayErasures(ctx, r.Erasures)
}
