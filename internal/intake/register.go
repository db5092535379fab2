package intake

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/sorting"
)

// register is the directory during an import: what is new or changed in it is
// put at the end, in one go, or never.
type register struct {
	dir      Directory
	entities []*directory.Entity
	changed  map[int64]*directory.Entity
	// read is the directory as it was when the import began, at a revision.
	read     []directory.Entity
	revision int64
	// Numbers are reserved in blocks, each twice the last: a reservation is a
	// transaction of its own, and a first import may bring thousands of teams.
	next, end int64
	block     int
}

// before returns the entities of a kind as they were when the import began.
func (g *register) before(kind directory.Kind) []*directory.Entity {
	var out []*directory.Entity
	for i := range g.read {
		if g.read[i].Kind == kind {
			out = append(out, &g.read[i])
		}
	}
	return out
}

func openRegister(ctx context.Context, dir Directory) (*register, error) {
	revision, err := dir.Revision(ctx) // before what is read, which may be of a later one
	if err != nil {
		return nil, fmt.Errorf("directory's version: %w", err)
	}
	list, err := dir.Entities(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	g := &register{dir: dir, changed: map[int64]*directory.Entity{}, read: list, revision: revision}
	for _, e := range list {
		e.Aliases = slices.Clone(e.Aliases)
		g.entities = append(g.entities, &e)
	}
	return g, nil
}

// same reports whether the entities that matter are as they were read.
func (g *register) same(ctx context.Context, matters func(*directory.Entity) bool) (bool, error) {
	now, err := g.dir.Entities(ctx)
	if err != nil {
		return false, fmt.Errorf("read the directory: %w", err)
	}
	those := func(list []directory.Entity) []directory.Entity {
		return slices.DeleteFunc(slices.Clone(list), func(e directory.Entity) bool { return !matters(&e) })
	}
	return slices.EqualFunc(those(g.read), those(now), func(a, b directory.Entity) bool {
		return a.ID == b.ID && a.Slug == b.Slug && a.Name == b.Name && slices.Equal(a.Aliases, b.Aliases)
	}), nil
}

// of returns the entities of a kind, of one enterprise if it is not 0.
func (g *register) of(kind directory.Kind, enterprise int64) []*directory.Entity {
	var out []*directory.Entity
	for _, e := range g.entities {
		if e.Kind == kind && (enterprise == 0 || e.Enterprise == enterprise) {
			out = append(out, e)
		}
	}
	return out
}

// match returns the entity that word names by slug or id, else the one whose
// slug differs only in case; nil if there is none.
func match(among []*directory.Entity, word string) *directory.Entity {
	if word == "" {
		return nil
	}
	for _, e := range among {
		if e.Named(word) {
			return e
		}
	}
	for _, e := range among {
		if e.Slug != "" && strings.EqualFold(e.Slug, word) {
			return e
		}
	}
	return nil
}

// holdersOf returns the entities whose id it is, else those that have the id for
// their slug, as in what another Codegauge exports. Enterprises may share an id.
func holdersOf(among []*directory.Entity, id string) []*directory.Entity {
	var byID, bySlug []*directory.Entity
	for _, e := range among {
		switch {
		case id == "":
		case slices.Contains(e.Aliases, id):
			byID = append(byID, e)
		case e.Slug == id:
			bySlug = append(bySlug, e)
		}
	}
	if len(byID) > 0 {
		return byID
	}
	return bySlug
}

// holderOf returns the first of holdersOf, nil if there is none.
func holderOf(among []*directory.Entity, id string) *directory.Entity {
	if all := holdersOf(among, id); len(all) > 0 {
		return all[0]
	}
	return nil
}

// add makes a new entity. An enterprise is its own.
func (g *register) add(ctx context.Context, e directory.Entity) (*directory.Entity, error) {
	var err error
	if e.ID, err = g.number(ctx); err != nil {
		return nil, fmt.Errorf("reserve a number for %s %q: %w", e.Kind, e.Key(), err)
	}
	if e.Kind == directory.Enterprise {
		e.Enterprise = e.ID
	}
	g.entities = append(g.entities, &e)
	g.touch(&e)
	return &e, nil
}

// number returns the number of a new entity.
func (g *register) number(ctx context.Context) (int64, error) {
	if g.next == g.end {
		g.block = max(1, 2*g.block)
		first, err := g.dir.Reserve(ctx, g.block)
		if err != nil {
			return 0, err
		}
		g.next, g.end = first, first+int64(g.block)
	}
	g.next++
	return g.next - 1, nil
}

func (g *register) touch(e *directory.Entity) { g.changed[e.ID] = e }

// bind gives e one more id.
func (g *register) bind(e *directory.Entity, id string) {
	if id != "" && !e.Named(id) {
		e.Aliases = append(e.Aliases, id)
		g.touch(e)
	}
}

// rename gives e a slug. What is no slug by its form, or is how another entity
// beside it is called, becomes its name for people instead.
func (g *register) rename(e *directory.Entity, slug string) {
	switch {
	case slug == "" || e.Slug == slug || e.Name == slug:
		return
	case !slugPattern.MatchString(slug) || g.taken(e, slug):
		e.Name = slug
	default:
		e.Slug = slug
	}
	g.touch(e)
}

// taken reports whether another entity beside e is called slug.
func (g *register) taken(e *directory.Entity, slug string) bool {
	for _, o := range g.of(e.Kind, e.Enterprise) {
		if o != e && o.Organization == e.Organization && (o.Named(slug) || strings.EqualFold(o.Slug, slug)) {
			return true
		}
	}
	return false
}

// save writes what is new or changed.
func (g *register) save(ctx context.Context) error {
	var list []directory.Entity
	for _, e := range g.changed {
		list = append(list, *e)
	}
	if len(list) == 0 {
		return nil
	}
	sorting.Stable(list, func(a, b directory.Entity) int { return cmp.Compare(a.ID, b.ID) })
	err := g.dir.Put(ctx, list)
	if fault.KindOf(err) == fault.Conflict {
		// Somebody else has put one of these names since they were compared.
		return fmt.Errorf("put %d entities: %w: %w", len(list), errDirectoryChanged, err)
	}
	if err != nil {
		return fmt.Errorf("put %d entities: %w", len(list), err)
	}
	return nil
}

// names returns the register as answers name its entities.
func (g *register) names() *directory.Names {
	var list []directory.Entity
	for _, e := range g.entities {
		list = append(list, *e)
	}
	return directory.NewNames(list)
}
