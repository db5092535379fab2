package parquet

import (
	"bytes"
	"reflect"
	"strconv"
	"strings"

	"codegauge/internal/fault"

	"github.com/parquet-go/parquet-go"
)

// What stays JSON text: objects of more members than maxFields, which count as
// tables from keys to values, and what is deeper than maxNesting inside lists
// and objects: Parquet has 255 levels, of which a list takes two.
const (
	maxFields  = 250
	maxNesting = 100
)

// shape is what the values of one place have in common.
type shape struct {
	kinds   kinds
	element *shape         // of lists
	members []member       // of objects, as they came
	places  map[string]int // of members, by name

	// Set by node:
	form        kinds // the column's: text, boolean, integer, decimal, list, object or 0, JSON text
	first, last int   // leaf columns of these values, without last
	lastObject  int   // that had this member, as writer counts them
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
	hugeNumber  // that neither 64 bits nor floating point hold
	decimal
	list
	object
)

// add adds the value that begins at in to the shape.
func (s *shape) add(in *scanner) {
	switch in.next() {
	case '{':
		s.kinds |= object
		i := -1
		for in.at++; in.next() != '}'; {
			i = s.place(unquoted(in.text()), i+1)
			s.members[i].add(in)
		}
		in.at++
	case '[':
		s.kinds |= list
		if s.element == nil {
			s.element = &shape{}
		}
		for in.at++; in.next() != ']'; {
			s.element.add(in)
		}
		in.at++
	case '"':
		s.kinds |= text
		in.text()
	case 't', 'f':
		s.kinds |= boolean
		in.word()
	case 'n':
		in.word()
	default:
		s.kinds |= kindOf(in.word())
	}
}

// kindOf returns the kind of a number.
func kindOf(number []byte) kinds {
	const exact = 1 << 53
	if bytes.ContainsAny(number, ".eE") {
		if _, err := strconv.ParseFloat(string(number), 64); err != nil {
			return hugeNumber
		}
		return decimal
	}
	if len(number) < 16 {
		return integer
	}
	n, err := strconv.ParseInt(string(number), 10, 64)
	switch {
	case err != nil:
		return hugeNumber
	case n < -exact || n > exact:
		return wideInteger
	}
	return integer
}

// place returns the index of a member, a new one if it is the first. It is
// likely where guess says: objects have their members in one order.
func (s *shape) place(name []byte, guess int) int {
	if guess < len(s.members) && s.members[guess].name == string(name) {
		return guess
	}
	i, ok := s.places[string(name)]
	if !ok {
		if s.places == nil {
			s.places = map[string]int{}
		}
		i = len(s.members)
		s.places[string(name)] = i
		s.members = append(s.members, member{string(name), &shape{}})
	}
	return i
}

// schema returns the schema of a file of such objects.
func (s *shape) schema() (*parquet.Schema, error) {
	if a, b := s.alike(); a != b {
		return nil, fault.New(fault.Unsupported, "the fields %q and %q differ in case only, which Parquet columns cannot; use ndjson", a, b)
	}
	if _, ok := s.places[""]; ok {
		return nil, fault.New(fault.Unsupported, "a field has no name, which a Parquet column must have; use ndjson")
	}
	root := s.group(0)
	if s.last > maxColumns {
		return nil, fault.New(fault.Unsupported, "%d different fields are more than the %d columns a Parquet file may have; use ndjson", s.last, maxColumns)
	}
	return parquet.NewSchema("records", root), nil
}

// node returns the node of a schema that holds the values without loss, with
// its leaves numbered from first on, inside of depth lists and objects.
func (s *shape) node(first, depth int) parquet.Node {
	s.first, s.last = first, first+1
	switch {
	case s.kinds == text || s.kinds == 0:
		s.form = text
		return parquet.Optional(parquet.Encoded(parquet.String(), &parquet.RLEDictionary))
	case s.kinds == boolean:
		s.form = boolean
		return parquet.Optional(parquet.Leaf(parquet.BooleanType))
	case s.kinds&^(integer|wideInteger) == 0:
		s.form = integer
		return parquet.Optional(parquet.Int(64))
	case s.kinds == decimal || s.kinds == decimal|integer:
		s.form = decimal
		return parquet.Optional(parquet.Leaf(parquet.DoubleType))
	case s.kinds == list && depth < maxNesting:
		s.form = list
		element := s.element.node(first, depth+1)
		s.last = s.element.last
		return parquet.Optional(parquet.List(element))
	case s.kinds == object && depth < maxNesting && s.isGroup():
		s.form = object
		return parquet.Optional(s.group(depth + 1))
	}
	return parquet.Optional(parquet.JSON())
}

// isGroup reports whether the members of objects can be fields of a group.
func (s *shape) isGroup() bool {
	a, b := s.alike()
	_, nameless := s.places[""]
	return a == b && !nameless && 0 < len(s.members) && len(s.members) <= maxFields
}

// group returns the node of objects with their members as its fields.
func (s *shape) group(depth int) parquet.Node {
	g := group{}
	s.last = s.first
	for _, m := range s.members {
		g.fields = append(g.fields, &field{m.node(s.last, depth), m.name})
		s.last = m.last
	}
	return g
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

// group is a parquet.Group whose fields keep their order.
type group struct {
	parquet.Group
	fields []parquet.Field
}

func (g group) Fields() []parquet.Field { return g.fields }

type field struct {
	parquet.Node
	name string
}

func (f *field) Name() string { return f.name }

// Value is not used: records are written column by column.
func (f *field) Value(reflect.Value) reflect.Value { return reflect.Value{} }
