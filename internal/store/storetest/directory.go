package storetest

import (
	"fmt"
	"slices"
	"strconv"
)

// The entities of every test, as the directory would number them.
const (
	Acme   int64 = 1 // an enterprise
	North  int64 = 11
	South  int64 = 12
	Core   int64 = 101 // a team of North
	Edge   int64 = 102 // a team of South
	Staff  int64 = 103 // a team of the enterprise
	Other  int64 = 30  // another enterprise
	Branch int64 = 20  // its organization, which has the lower number
)

// place is an entity's place in the directory.
type place struct {
	name                           string
	enterprise, organization, team int64
}

// entities is the directory of every test.
var entities = []place{
	{"acme", Acme, 0, 0},
	{"other", Other, 0, 0},
	{"branch", Other, Branch, 0},
	{"north", Acme, North, 0},
	{"south", Acme, South, 0},
	{"core", Acme, North, Core},
	{"edge", Acme, South, Edge},
	{"staff", Acme, 0, Staff},
}

func (e place) number() int64 {
	switch {
	case e.team != 0:
		return e.team
	case e.organization != 0:
		return e.organization
	}
	return e.enterprise
}

// belowAcme are the entities of Acme.
var belowAcme = entities[3:]

// entityOf returns the entity of a name.
func entityOf(name string) (place, error) {
	i := slices.IndexFunc(entities, func(e place) bool { return e.name == name })
	if i < 0 {
		return place{}, fmt.Errorf("no entity %q in the tests' directory", name)
	}
	return entities[i], nil
}

// byNumber returns the entity of a number.
func byNumber(n int64) place {
	i := slices.IndexFunc(entities, func(e place) bool { return e.number() == n })
	if i < 0 {
		return place{name: strconv.FormatInt(n, 10)}
	}
	return entities[i]
}
