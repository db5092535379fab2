package directory

import "strings"

// Tree is every entity of a directory at one moment, as words name them. It is
// shared: read-only.
type Tree struct {
	List []Entity // by ID
	ByID map[int64]*Entity
}

// NewTree returns the tree of what Entities lists.
func NewTree(list []Entity) *Tree {
	t := &Tree{List: list, ByID: make(map[int64]*Entity, len(list))}
	for i := range list {
		t.ByID[list[i].ID] = &list[i]
	}
	return t
}

// Of returns the entities of a kind for which keep holds, by ID.
func (t *Tree) Of(kind Kind, keep func(*Entity) bool) []*Entity {
	var out []*Entity
	for i := range t.List {
		if e := &t.List[i]; e.Kind == kind && keep(e) {
			out = append(out, e)
		}
	}
	return out
}

// Any keeps every entity.
func Any(*Entity) bool { return true }

// Named returns the entities that a word names: by slug, id or qualified key; if
// there is none, by slug in other letters' case, as GitHub's are.
func (t *Tree) Named(among []*Entity, word string) []*Entity {
	var exact, folded []*Entity
	for _, e := range among {
		switch {
		case word == "":
		case e.Named(word) || t.Qualified(e) == word:
			exact = append(exact, e)
		case e.Slug != "" && strings.EqualFold(e.Slug, word):
			folded = append(folded, e)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return folded
}

// Qualified returns an entity's key, a team's with its organization's before it:
// several organizations may have a team of one name.
func (t *Tree) Qualified(e *Entity) string {
	if o := t.ByID[e.Organization]; o != nil {
		return o.Key() + "/" + e.Key()
	}
	return e.Key()
}
