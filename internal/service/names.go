package service

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
)

// names is the directory as questions see it. It is shared: read-only.
type names struct {
	*directory.Tree
	// shared holds the keys that several teams of one enterprise have: those
	// teams are called organization/team.
	shared map[teamName]bool
}

type teamName struct {
	enterprise int64
	key        string
}

// names returns the directory. It is read again only when it has changed: an
// enterprise has thousands of teams, and a page dozens of questions.
func (s *Service) names(ctx context.Context) (*names, error) {
	revision, err := s.dir.Revision(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	return s.memory.names.Get(struct{}{}, revision, struct{}{}, func() (*names, error) {
		list, err := s.dir.Entities(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the directory: %w", err)
		}
		return newNames(list), nil
	})
}

func newNames(list []directory.Entity) *names {
	n := &names{directory.NewTree(list), map[teamName]bool{}}
	seen := map[teamName]bool{}
	for i := range list {
		e := &list[i]
		if e.Kind == directory.Team {
			at := teamName{e.Enterprise, e.Key()}
			n.shared[at] = seen[at]
			seen[at] = true
		}
	}
	return n
}

// key returns how answers name an entity.
func (n *names) key(id int64) string {
	e := n.ByID[id]
	switch {
	case e == nil:
		return strconv.FormatInt(id, 10)
	case e.Kind == directory.Team && e.Organization != 0 && n.shared[teamName{e.Enterprise, e.Key()}]:
		return n.Qualified(e)
	}
	return e.Key()
}

// of returns the entities of a kind in an enterprise, by ID.
func (n *names) of(kind directory.Kind, enterprise int64) []*directory.Entity {
	return n.Of(kind, func(e *directory.Entity) bool { return kind == directory.Enterprise || e.Enterprise == enterprise })
}

// enterprise returns the enterprise that word names; without a word the only
// one that there is.
func (n *names) enterprise(word string) (*directory.Entity, error) {
	all := n.of(directory.Enterprise, 0)
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

// organization returns the enterprise's organization that word names.
func (n *names) organization(enterprise int64, word string) (*directory.Entity, error) {
	all := n.of(directory.Organization, enterprise)
	found := n.Named(all, word)
	if len(found) == 0 {
		return nil, n.missing("organization", word, all)
	}
	return found[0], nil
}

// team returns the team that word names, of the organization if it is not 0.
func (n *names) team(enterprise, organization int64, word string) (*directory.Entity, error) {
	all := slices.DeleteFunc(n.of(directory.Team, enterprise), func(e *directory.Entity) bool {
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
func (n *names) missing(kind, word string, all []*directory.Entity) error {
	if len(all) == 0 {
		return fault.New(fault.NotFound, "%s %.60q does not exist: there are no %ss yet", kind, word, kind)
	}
	near := slices.Clone(all)
	slices.SortStableFunc(near, func(a, b *directory.Entity) int {
		return cmp.Compare(distance(word, n.key(a.ID)), distance(word, n.key(b.ID)))
	})
	return fault.New(fault.NotFound, "%s %.60q does not exist; existing ones: %s", kind, word, n.some(near))
}

// some lists the entities' keys, not more than a message can hold.
func (n *names) some(list []*directory.Entity) string {
	var keys []string
	for _, e := range list {
		keys = append(keys, n.key(e.ID))
	}
	return some(keys, 5)
}

// some lists the first few words and how many more there are.
func some(words []string, most int) string {
	if len(words) <= most {
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%s and %s more", strings.Join(words[:most], ", "), english.Number(len(words)-most))
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

// enterprise returns the names of now and the enterprise that a word names.
func (s *Service) enterprise(ctx context.Context, word string) (*names, *directory.Entity, error) {
	n, err := s.names(ctx)
	if err != nil {
		return nil, nil, err
	}
	e, err := n.enterprise(word)
	return n, e, err
}
