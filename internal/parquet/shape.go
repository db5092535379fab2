package parquet

import (
	"strings"

	"codegauge/internal/fault"
)

// maxFields is how many members an object may have before it counts as a table
// from keys to values, and stays JSON text.
const maxFields = 250

// shape is what the values of one place have in common.
type shape struct {
	kinds   kinds
	element *shape         // of lists
	members []member       // of objects, as they came
	places  map[string]int // of members, by name
}

type member struct {
	name string
	*shape
}

// kinds is a set of kinds of values. null is none of them.
type kinds uint8

const (
	text kinds = 1 << iota
	boolean
	integer     // that floating point holds exactly
	wideInteger // of 64 bits
	hugeInteger // of more
	decimal
	list
	object
)

// member returns the shape of a member, a new one if it is the first.
func (s *shape) member(name []byte) *shape {
	if i, ok := s.places[string(name)]; ok {
		return s.members[i].shape
	}
	if s.places == nil {
		s.places = map[string]int{}
	}
	m := member{string(name), &shape{}}
	s.places[m.name] = len(s.members)
	s.members = append(s.members, m)
	return m.shape
}

// columns returns the columns of a file of such objects, for read_json.
func (s *shape) columns() (string, error) {
	if a, b := s.alike(); a != b {
		return "", fault.New(fault.Unsupported, "the fields %q and %q differ in case only, which Parquet columns cannot; use ndjson", a, b)
	}
	list := make([]string, len(s.members))
	for i, m := range s.members {
		if m.name == "" {
			return "", fault.New(fault.Unsupported, "a field has no name, which a Parquet column must have; use ndjson")
		}
		list[i] = literal(m.name) + ": " + literal(m.sql())
	}
	return "{" + strings.Join(list, ", ") + "}", nil
}

// sql returns the type of column that holds the values without loss.
func (s *shape) sql() string {
	switch s.kinds {
	case 0, text:
		return "VARCHAR"
	case boolean:
		return "BOOLEAN"
	case integer, wideInteger, integer | wideInteger:
		return "BIGINT"
	case decimal, decimal | integer:
		return "DOUBLE"
	case list:
		return s.element.sql() + "[]"
	case object:
		return s.structSQL()
	}
	return "JSON"
}

// structSQL returns the type of objects, JSON if their members cannot be fields.
func (s *shape) structSQL() string {
	if a, b := s.alike(); a != b || len(s.members) > maxFields || len(s.members) == 0 {
		return "JSON"
	}
	list := make([]string, len(s.members))
	for i, m := range s.members {
		if m.name == "" {
			return "JSON"
		}
		list[i] = identifier(m.name) + " " + m.sql()
	}
	return "STRUCT(" + strings.Join(list, ", ") + ")"
}

// alike returns two members whose names differ in case only, or "" and "".
func (s *shape) alike() (string, string) {
	seen := make(map[string]string, len(s.members))
	for _, m := range s.members {
		key := strings.ToLower(m.name)
		if other, ok := seen[key]; ok {
			return other, m.name
		}
		seen[key] = m.name
	}
	return "", ""
}
