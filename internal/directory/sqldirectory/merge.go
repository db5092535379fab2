package sqldirectory

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/sorting"
)

// change is an entity as it will be.
type change struct {
	directory.Entity
	known   bool // it is stored
	slug    bool // its slug changes
	touched bool // anything changes
	aliases int  // how many of its aliases are stored
}

// merge returns what changes if entities are put over those that are there.
// Parents come before what hangs from them. next is the lowest number that was
// never given out.
func merge(have, put []directory.Entity, next int64, now time.Time) ([]change, error) {
	all := make(map[int64]*change, len(have)+len(put))
	for _, e := range have {
		all[e.ID] = &change{Entity: e, known: true, aliases: len(e.Aliases)}
	}
	for _, e := range put {
		if err := check(e, next); err != nil {
			return nil, err
		}
		if c := all[e.ID]; c == nil {
			all[e.ID] = insert(e, now)
		} else if err := c.update(e); err != nil {
			return nil, err
		}
	}
	changes := touched(all)
	for _, c := range changes {
		if err := checkParents(c.Entity, all); err != nil {
			return nil, err
		}
	}
	return changes, checkNames(all)
}

// touched returns the entities that change, parents first.
func touched(all map[int64]*change) []change {
	var changes []change
	for _, c := range all {
		if c.touched {
			changes = append(changes, *c)
		}
	}
	sorting.Stable(changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(rank(a.Kind), rank(b.Kind)), cmp.Compare(a.ID, b.ID))
	})
	return changes
}

func rank(k directory.Kind) int {
	return slices.Index([]directory.Kind{directory.Enterprise, directory.Organization, directory.Team}, k)
}

func insert(e directory.Entity, now time.Time) *change {
	c := &change{Entity: e, slug: true, touched: true}
	c.Aliases = nil
	c.addAliases(e.Aliases)
	if c.Created.IsZero() {
		c.Created = now
	}
	return c
}

// update replaces slug and name, unless empty, and adds aliases.
func (c *change) update(e directory.Entity) error {
	if c.Kind != e.Kind || c.Enterprise != e.Enterprise || c.Organization != e.Organization {
		return fault.New(fault.Conflict, "%s cannot become %s: its kind, enterprise and organization cannot change", describe(c.Entity), describe(e))
	}
	if c.PeopleKey != e.PeopleKey {
		return fault.New(fault.Conflict, "%s: whether an enterprise is kept without people cannot change", describe(c.Entity))
	}
	if e.Slug != "" && e.Slug != c.Slug {
		c.Slug, c.slug, c.touched = e.Slug, true, true
	}
	if e.Name != "" && e.Name != c.Name {
		c.Name, c.touched = e.Name, true
	}
	c.addAliases(e.Aliases)
	return nil
}

func (c *change) addAliases(aliases []string) {
	for _, a := range aliases {
		if !slices.Contains(c.Aliases, a) {
			// Clip: the array may be the caller's.
			c.Aliases, c.touched = append(slices.Clip(c.Aliases), a), true
		}
	}
}

// slugForm is what GitHub gives enterprises, organizations and teams, those of
// managed users included.
var slugForm = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$`)

// slugKey returns the form in which slugs are the same or not.
func slugKey(slug string) string { return strings.ToLower(slug) }

// maxID bounds ids, so that the database can index them.
const maxID = 512

// check says what is wrong with an entity by itself.
func check(e directory.Entity, next int64) error {
	if e.ID < 1 || e.ID >= next {
		return fault.New(fault.Invalid, "%s: the number was not reserved", describe(e))
	}
	if err := checkPlace(e); err != nil {
		return err
	}
	if e.Slug != "" && !slugForm.MatchString(e.Slug) {
		return fault.New(fault.Invalid, "%s %q is not a valid short name: use 1 to 100 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit", e.Kind, e.Slug)
	}
	if _, err := directory.ParsePolicy(e.Kind, e.Policy.Word()); err != nil && e.Policy != directory.PolicyUnset {
		return err
	}
	if slices.Contains(e.Aliases, "") {
		return fault.New(fault.Invalid, "%s: an id is empty", describe(e))
	}
	if slices.ContainsFunc(e.Aliases, func(a string) bool { return len(a) > maxID }) {
		return fault.New(fault.Invalid, "%s: an id is longer than %d bytes", describe(e), maxID)
	}
	return nil
}

func checkPlace(e directory.Entity) error {
	if e.WithoutPeople() && e.Kind != directory.Enterprise {
		return fault.New(fault.Invalid, "%s: only an enterprise is kept without people", describe(e))
	}
	ok := false
	switch e.Kind {
	case directory.Enterprise:
		ok = e.Enterprise == e.ID && e.Organization == 0
	case directory.Organization:
		ok = e.Enterprise != e.ID && e.Organization == 0
	case directory.Team:
		ok = e.Enterprise != e.ID && e.Organization != e.ID
	default:
		return fault.New(fault.Invalid, "entity %d: kind %q is not enterprise, organization or team", e.ID, e.Kind)
	}
	if !ok {
		return fault.New(fault.Invalid, "%s cannot be of enterprise %d and organization %d", describe(e), e.Enterprise, e.Organization)
	}
	return nil
}

// checkParents says if an entity hangs from nothing, or from the wrong thing.
func checkParents(e directory.Entity, all map[int64]*change) error {
	if c := all[e.Enterprise]; c == nil || c.Kind != directory.Enterprise {
		return fault.New(fault.Invalid, "%s: there is no enterprise %d", describe(e), e.Enterprise)
	}
	if e.Organization == 0 {
		return nil
	}
	if c := all[e.Organization]; c == nil || c.Kind != directory.Organization || c.Enterprise != e.Enterprise {
		return fault.New(fault.Invalid, "%s: enterprise %d has no organization %d", describe(e), e.Enterprise, e.Organization)
	}
	return nil
}

// owner returns what the entity hangs from: within it, slugs are unique.
func owner(e directory.Entity) int64 {
	switch e.Kind {
	case directory.Enterprise:
		return 0
	case directory.Organization:
		return e.Enterprise
	}
	return cmp.Or(e.Organization, e.Enterprise)
}

// aliasOwner returns within what aliases are unique.
func aliasOwner(e directory.Entity) int64 {
	if e.Kind == directory.Enterprise {
		return e.ID
	}
	return owner(e)
}

// space is where a name may stand once.
type space struct {
	kind  directory.Kind
	owner int64
	name  string
}

// checkNames refuses two entities by the same name, slug or alias.
func checkNames(all map[int64]*change) error {
	slugs, names := map[space]*change{}, map[space]*change{}
	claim := func(m map[space]*change, s space, c *change, what, name string) error {
		other := m[s]
		m[s] = c
		if other == nil || other == c {
			return nil
		}
		if other.ID > c.ID {
			other, c = c, other
		}
		return fault.New(fault.Conflict, "%s and %s cannot both have the %s %q", describe(other.Entity), describe(c.Entity), what, name)
	}
	for _, c := range all {
		if c.Slug != "" {
			if err := claim(slugs, space{c.Kind, owner(c.Entity), slugKey(c.Slug)}, c, "slug", c.Slug); err != nil {
				return err
			}
			if err := claim(names, space{c.Kind, aliasOwner(c.Entity), c.Slug}, c, "name", c.Slug); err != nil {
				return err
			}
		}
		for _, a := range c.Aliases {
			if err := claim(names, space{c.Kind, aliasOwner(c.Entity), a}, c, "id", a); err != nil {
				return err
			}
		}
	}
	return nil
}

// describe names an entity in a message.
func describe(e directory.Entity) string {
	s := fmt.Sprintf("%s %d", e.Kind, e.ID)
	switch {
	case e.Slug != "":
		s += fmt.Sprintf(" (%s)", e.Slug)
	case e.Name != "":
		s += fmt.Sprintf(" (%s)", e.Name)
	case len(e.Aliases) > 0:
		s += fmt.Sprintf(" (id %s)", e.Aliases[0])
	}
	return s
}
