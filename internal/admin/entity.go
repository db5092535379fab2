package admin

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// Entity is an enterprise, organization or team, as lists show it.
type Entity struct {
	ID           int64          `json:"id"`
	Kind         directory.Kind `json:"kind"`
	Key          string         `json:"key"`
	Name         string         `json:"name,omitempty"`
	Organization string         `json:"organization,omitempty"`
	IDs          []string       `json:"ids,omitempty"`
	Policy       string         `json:"policy,omitempty"`
	// WithoutPeople says that an enterprise's people are pseudonyms in all that is stored.
	WithoutPeople bool `json:"without_people,omitempty"`
}

// EntityRequest makes or renames the narrowest entity that it names.
type EntityRequest struct {
	access.ScopeNames
	// Name is for people; "" leaves it.
	Name string `json:"name,omitempty"`
	// New makes the entity; it must not be there.
	New bool `json:"new,omitempty"`
	// WithoutPeople keeps a new enterprise without people, for good.
	WithoutPeople bool `json:"without_people,omitempty"`
}

// Entities lists the entities that whoever asks may administer or see.
func (a *Admin) Entities(ctx context.Context, r access.ScopeNames) ([]Entity, error) {
	who := access.Of(ctx)
	list, err := a.dir.Entities(ctx)
	if err != nil {
		return nil, err
	}
	keep := func(e directory.Entity) bool { return e.Kind == directory.Enterprise }
	if r.Enterprise != "" {
		at, err := a.resolve(ctx, access.ScopeNames{Enterprise: r.Enterprise})
		if err != nil {
			return nil, err
		}
		keep = func(e directory.Entity) bool { return e.Enterprise == at.Enterprise.ID }
	}
	var out []Entity
	for _, e := range list {
		if keep(e) && (who.CanView(e) || who.Can(access.ViewSettings, e)) {
			out = append(out, entityOf(e, list))
		}
	}
	if r.Enterprise != "" && len(out) == 0 {
		return nil, missing(r) // there, or not to be known of
	}
	return out, nil
}

func entityOf(e directory.Entity, all []directory.Entity) Entity {
	out := Entity{ID: e.ID, Kind: e.Kind, Key: e.Key(), Name: e.Name, IDs: e.Aliases, WithoutPeople: e.WithoutPeople()}
	if e.Kind != directory.Team {
		out.Policy = e.Policy.Word()
	}
	if i := slices.IndexFunc(all, func(o directory.Entity) bool { return o.ID == e.Organization }); i >= 0 {
		out.Organization = all[i].Key()
	}
	return out
}

// PutEntity makes an entity, or names it.
func (a *Admin) PutEntity(ctx context.Context, r EntityRequest) (Entity, error) {
	if !r.New {
		return a.rename(ctx, r)
	}
	e, err := a.newEntity(ctx, r)
	if err != nil {
		return Entity{}, err
	}
	if e.ID, err = a.dir.Reserve(ctx, 1); err != nil {
		return Entity{}, err
	}
	if e.Kind == directory.Enterprise {
		e.Enterprise, e.Policy = e.ID, directory.PolicyEnabled
	}
	if r.WithoutPeople {
		if e.PeopleKey, err = a.peopleKey(ctx, e); err != nil {
			return Entity{}, err
		}
	}
	return a.put(ctx, e)
}

// peopleKey makes the key of an enterprise that is to be kept without people, and returns
// its fingerprint.
func (a *Admin) peopleKey(ctx context.Context, e directory.Entity) (string, error) {
	list, err := a.dir.Entities(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case e.Kind != directory.Enterprise:
		return "", fault.New(fault.Invalid, "only a whole enterprise is kept without people")
	case slices.ContainsFunc(list, func(o directory.Entity) bool { return o.Kind == e.Kind && strings.EqualFold(o.Slug, e.Slug) }):
		return "", fault.New(fault.Conflict, "the enterprise %s exists: only one without any data can be kept without people. Add another one, import its reports there, and delete the former one (codegauge delete --enterprise %s)", e.Slug, e.Slug)
	}
	return a.keys.Make(e.Slug)
}

// newEntity returns an entity that is to be, if whoever asks may make it.
func (a *Admin) newEntity(ctx context.Context, r EntityRequest) (directory.Entity, error) {
	e := directory.Entity{Slug: cmp.Or(r.Team, r.Org, r.Enterprise), Name: r.Name, Created: a.now().UTC()}
	if r.Org == "" && r.Team == "" {
		e.Kind = directory.Enterprise
		if e.Slug == "" {
			return e, fault.New(fault.Invalid, "name an enterprise")
		}
		return e, access.MayEverywhere(access.Of(ctx), access.Manage)
	}
	parent := access.ScopeNames{Enterprise: r.Enterprise}
	e.Kind = directory.Organization
	if r.Team != "" {
		e.Kind, parent.Org = directory.Team, r.Org
	}
	at, err := a.at(ctx, access.Manage, parent)
	if err != nil {
		return e, err
	}
	e.Enterprise = at.Enterprise.ID
	if at.Organization != nil {
		e.Organization = at.Organization.ID
	}
	return e, nil
}

func (a *Admin) rename(ctx context.Context, r EntityRequest) (Entity, error) {
	at, err := a.at(ctx, access.Manage, r.ScopeNames)
	if err != nil {
		return Entity{}, err
	}
	e := *at.Entity()
	if e.Name = r.Name; r.Name == "" {
		return Entity{}, fault.New(fault.Invalid, "give a display name for %s", e.Key())
	}
	return a.put(ctx, e)
}

func (a *Admin) put(ctx context.Context, e directory.Entity) (Entity, error) {
	if err := a.dir.Put(ctx, []directory.Entity{e}); err != nil {
		return Entity{}, err
	}
	all, err := a.dir.Entities(ctx)
	return entityOf(e, all), err
}
