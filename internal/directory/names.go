package directory

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/english"
	"codegauge/internal/fault"
)

// Names is a Tree as answers name its entities, and as words of requests do. It is
// shared: read-only.
type Names struct {
	*Tree
	// shared holds the keys that several teams of one enterprise have: those
	// teams are called organization/team.
	shared map[teamName]bool
}

type teamName struct {
	enterprise int64
	key        string
}

// NewNames returns the names of what Entities lists.
func NewNames(list []Entity) *Names {
	n := &Names{NewTree(list), map[teamName]bool{}}
	seen := map[teamName]bool{}
	for i := range list {
		e := &list[i]
		if e.Kind == Team {
			at := teamName{e.Enterprise, e.Key()}
			n.shared[at] = seen[at]
			seen[at] = true
		}
	}
	return n
}

// Key returns how answers name an entity.
func (n *Names) Key(id int64) string {
	e := n.ByID[id]
	switch {
	case e == nil:
		return strconv.FormatInt(id, 10)
	case e.Kind == Team && e.Organization != 0 && n.shared[teamName{e.Enterprise, e.Key()}]:
		return n.Qualified(e)
	}
	return e.Key()
}

// In returns the entities of a kind in an enterprise, by ID.
func (n *Names) In(kind Kind, enterprise int64) []*Entity {
	return n.Of(kind, func(e *Entity) bool { return kind == Enterprise || e.Enterprise == enterprise })
}

// Enterprise returns the enterprise that word names; without a word the only
// one that there is.
func (n *Names) Enterprise(word string) (*Entity, error) {
	all := n.In(Enterprise, 0)
	switch {
	case len(all) == 0:
		return nil, fault.New(fault.NotFound, "there is no enterprise yet: import a report first")
	case word == "" && len(all) == 1:
		return all[0], nil
	case word == "":
		return nil, fault.New(fault.Invalid, "several enterprises exist: name one of %s", n.some(all))
	}
	found := n.Named(all, word)
	if len(found) == 0 {
		return nil, n.missing("enterprise", word, all)
	}
	return found[0], nil
}

// Organization returns the enterprise's organization that word names.
func (n *Names) Organization(enterprise int64, word string) (*Entity, error) {
	all := n.In(Organization, enterprise)
	found := n.Named(all, word)
	if len(found) == 0 {
		return nil, n.missing("organization", word, all)
	}
	return found[0], nil
}

// Team returns the team that word names, of the organization if it is not 0.
func (n *Names) Team(enterprise, organization int64, word string) (*Entity, error) {
	all := slices.DeleteFunc(n.In(Team, enterprise), func(e *Entity) bool {
		return organization != 0 && e.Organization != organization
	})
	found := n.Named(all, word)
	switch len(found) {
	case 0:
		return nil, n.missing("team", word, all)
	case 1:
		return found[0], nil
	}
	return nil, fault.New(fault.Invalid, "several teams are called %.60q: name the organization too, or one of %s", word, n.some(found))
}

// missing says that there is no such entity, and which there are.
func (n *Names) missing(kind, word string, all []*Entity) error {
	if len(all) == 0 {
		return fault.New(fault.NotFound, "%s %.60q does not exist: there are no %ss yet", kind, word, kind)
	}
	near := slices.Clone(all)
	slices.SortStableFunc(near, func(a, b *Entity) int {
		return cmp.Compare(distance(word, n.Key(a.ID)), distance(word, n.Key(b.ID)))
	})
	return fault.New(fault.NotFound, "%s %.60q does not exist; existing ones: %s", kind, word, n.some(near))
}

// some lists the entities' keys, not more than a message can hold.
func (n *Names) some(list []*Entity) string {
	var keys []string
	for _, e := range list {
		keys = append(keys, n.Key(e.ID))
	}
	return english.ListAtMost(keys, 5)
}

// distance is how many letters have to change to make a of b, in any case. Long
// words differ by their beginnings.
func distance(a, b string) int {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	x, y = x[:min(len(x), 64)], y[:min(len(y), 64)]
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		corner := row[0]
		row[0] = i + 1
		for j := range y {
			change := corner
			if x[i] != y[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}

// Entity returns the entity of a number, one that is only its number if the
// directory does not know it.
func (n *Names) Entity(id int64) Entity {
	if e := n.ByID[id]; e != nil {
		return *e
	}
	return Entity{ID: id, Aliases: []string{n.Key(id)}}
}
