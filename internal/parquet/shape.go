package parquet

import (
	"encoding/json"
	"fmt"
	"strings"

	"codegauge/internal/fault"
)

// maxFields is how many members an object may have before it counts as a table
// from keys to values, and stays JSON text.
const maxFields = 250

// shape is what values of one place have in common, as json_group_structure
// says it: the name of a type, one element of a list, or the members of objects.
type shape struct {
	name    string
	element *shape
	members []member
}

type member struct {
	name string
	shape
}

func parseShape(text string) (*shape, error) {
	d := json.NewDecoder(strings.NewReader(text))
	s, err := readShape(d)
	if err != nil {
		return nil, fmt.Errorf("structure %q: %w", text, err)
	}
	return &s, nil
}

// readShape reads a shape with its members in their order.
func readShape(d *json.Decoder) (s shape, err error) {
	token, err := d.Token()
	if err != nil {
		return s, err
	}
	switch token {
	case json.Delim('['):
		element, err := readShape(d)
		if err != nil {
			return s, err
		}
		s.element = &element
		_, err = d.Token()
		return s, err
	case json.Delim('{'):
		s.members, err = readMembers(d)
		return s, err
	}
	s.name, _ = token.(string)
	return s, nil
}

func readMembers(d *json.Decoder) ([]member, error) {
	members := []member{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		s, err := readShape(d)
		if err != nil {
			return nil, err
		}
		members = append(members, member{name.(string), s})
	}
	_, err := d.Token()
	return members, err
}

// columns returns the columns of a file of such objects, for read_json, with a
// type for integers.
func (s *shape) columns(integer string) (string, error) {
	if a, b := alike(s.members); a != b {
		return "", fault.New(fault.Unsupported, "the fields %q and %q differ in case only, which Parquet columns cannot; use ndjson", a, b)
	}
	list := make([]string, len(s.members))
	for i, m := range s.members {
		if m.name == "" {
			return "", fault.New(fault.Unsupported, "a field has no name, which a Parquet column must have; use ndjson")
		}
		list[i] = literal(m.name) + ": " + literal(m.sql(integer))
	}
	return "{" + strings.Join(list, ", ") + "}", nil
}

// sql returns the column type that holds the values.
func (s *shape) sql(integer string) string {
	switch {
	case s.element != nil:
		return s.element.sql(integer) + "[]"
	case s.members != nil:
		return s.structSQL(integer)
	}
	switch s.name {
	case "UBIGINT", "HUGEINT", "BIGINT":
		return integer
	case "NULL":
		return "VARCHAR"
	case "DOUBLE", "BOOLEAN", "VARCHAR":
		return s.name
	}
	return "JSON"
}

// structSQL returns the type of objects that columns can hold, else JSON.
func (s *shape) structSQL(integer string) string {
	if a, b := alike(s.members); a != b || len(s.members) > maxFields || len(s.members) == 0 {
		return "JSON"
	}
	list := make([]string, len(s.members))
	for i, m := range s.members {
		if m.name == "" {
			return "JSON"
		}
		list[i] = identifier(m.name) + " " + m.sql(integer)
	}
	return "STRUCT(" + strings.Join(list, ", ") + ")"
}

// alike returns two members whose names differ in case only, or "" and "".
func alike(members []member) (string, string) {
	seen := make(map[string]string, len(members))
	for _, m := range members {
		key := strings.ToLower(m.name)
		if other, ok := seen[key]; ok && other != m.name {
			return other, m.name
		}
		seen[key] = m.name
	}
	return "", ""
}
