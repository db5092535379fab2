package admin

import (
	"cmp"
	"context"
	"slices"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// SavedView is a view that whoever asks has saved, and the place that it is about: none if
// they may not see that any more.
type SavedView struct {
	directory.SavedView
	At access.Place
}

// SavedViews lists the views of an enterprise that whoever asks has saved.
func (a *Admin) SavedViews(ctx context.Context, enterprise int64) ([]SavedView, error) {
	who := access.Of(ctx)
	if who.Person.ID == 0 {
		return nil, nil
	}
	list, err := a.dir.SavedViews(ctx, who.Person.ID, enterprise)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	entities, err := a.dir.Entities(ctx)
	if err != nil {
		return nil, err
	}
	var out []SavedView
	for _, v := range list {
		at := placeOf(entities, v.Place)
		if e := at.Entity(); e == nil || !who.CanView(*e) {
			at = access.Place{}
		}
		out = append(out, SavedView{v, at})
	}
	return out, nil
}

// placeOf returns the place of an entity among those that Entities lists.
func placeOf(entities []directory.Entity, id int64) (at access.Place) {
	find := func(id int64) *directory.Entity {
		i, found := slices.BinarySearchFunc(entities, id, func(e directory.Entity, id int64) int { return cmp.Compare(e.ID, id) })
		if !found {
			return nil
		}
		return &entities[i]
	}
	e := find(id)
	if e == nil {
		return at
	}
	at.Enterprise = find(e.Enterprise)
	switch e.Kind {
	case directory.Organization:
		at.Organization = e
	case directory.Team:
		at.Organization, at.Team = find(e.Organization), e
	}
	return at
}

// SaveView saves a view of a place for whoever asks, who must see the place.
func (a *Admin) SaveView(ctx context.Context, at access.Place, v directory.SavedView) (directory.SavedView, error) {
	who, err := personAsking(ctx)
	if err != nil {
		return v, err
	}
	if !access.Of(ctx).CanView(*at.Entity()) {
		return v, access.ErrNowhere
	}
	v.Person, v.Enterprise, v.Place = who, at.Enterprise.ID, at.Entity().ID
	return a.dir.SaveView(ctx, v)
}

// RenameView and RemoveView change a view of whoever asks.
func (a *Admin) RenameView(ctx context.Context, id int64, name string) error {
	who, err := personAsking(ctx)
	if err != nil {
		return err
	}
	return a.dir.RenameView(ctx, who, id, name)
}

// RemoveView removes one.
func (a *Admin) RemoveView(ctx context.Context, id int64) error {
	who, err := personAsking(ctx)
	if err != nil {
		return err
	}
	return a.dir.RemoveView(ctx, who, id)
}

// personAsking returns the number of the person who asks.
func personAsking(ctx context.Context) (int64, error) {
	if who := access.Of(ctx).Person; who.ID != 0 {
		return who.ID, nil
	}
	return 0, fault.New(fault.Forbidden, "only people can have views of their own: sign in instead of sending a token")
}
