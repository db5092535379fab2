package parquet

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

var errLevels = errors.New("columns that do not fit together")

// table puts the values of a file's columns together to rows.
type table struct {
	*source
	root *node
	err  error // the first one of a column
}

// node is a node of a file's schema, as its values become JSON. Levels are
// those of the Parquet format, see writer.
type node struct {
	kind       nodeKind
	key        []byte // its name in JSON, and a colon
	definition int    // from which on it is not null
	columns    []*column
	children   []*node // the fields of a group, the element of a list, key and value of a map

	// Of lists and maps:
	repetition int // of every item but the first
	items      int // definition level from which on there are any

	value valueType // of leaves
}

type nodeKind uint8

const (
	leafNode nodeKind = iota
	groupNode
	listNode
	mapNode
)

func newTable(s *source) *table {
	t := &table{source: s}
	t.root = t.content(s.root, "")
	return t
}

// field returns the node of a field.
func (t *table) field(c *parquet.Column) *node {
	n := t.content(c, c.Name())
	if c.Repeated() { // a list that has no node of its own
		n = items(listNode, c.MaxDefinitionLevel()-1, c, n)
	}
	n.key = append(appendText(nil, []byte(strings.ToValidUTF8(c.Name(), "\ufffd"))), ':')
	return n
}

// content returns the node of a column's value, or of each of them if it is
// repeated. name is that of the member they belong to.
func (t *table) content(c *parquet.Column, name string) *node {
	if c.Leaf() {
		return &node{definition: c.MaxDefinitionLevel(), columns: []*column{{table: t, column: c}}, value: valueTypeOf(c.Type(), name)}
	}
	if logical := c.Type().LogicalType(); logical != nil && len(c.Columns()) == 1 && c.Columns()[0].Repeated() {
		item := c.Columns()[0]
		switch logical.Value.(type) {
		case *format.ListType:
			return items(listNode, c.MaxDefinitionLevel(), item, t.content(elementOf(item, c.Name()), name))
		case *format.MapType:
			if kv := item.Columns(); len(kv) == 2 && kv[0].Leaf() && !kv[0].Repeated() {
				return items(mapNode, c.MaxDefinitionLevel(), item, t.field(kv[0]), t.field(kv[1]))
			}
		}
	}
	n := &node{kind: groupNode, definition: c.MaxDefinitionLevel()}
	for _, child := range c.Columns() {
		n.add(t.field(child))
	}
	return n
}

// elementOf returns the column of a list's elements: the repeated one, or the
// one inside it, by the format's rules for lists of older writers.
func elementOf(item *parquet.Column, list string) *parquet.Column {
	fields := item.Columns()
	if len(fields) != 1 || fields[0].Repeated() || item.Name() == "array" || item.Name() == list+"_tuple" {
		return item
	}
	return fields[0]
}

// items returns the node of a list or map whose items are those of a repeated column.
func items(kind nodeKind, definition int, item *parquet.Column, children ...*node) *node {
	n := &node{kind: kind, definition: definition, repetition: item.MaxRepetitionLevel(), items: item.MaxDefinitionLevel()}
	for _, child := range children {
		n.add(child)
	}
	return n
}

func (n *node) add(child *node) {
	n.children = append(n.children, child)
	n.columns = append(n.columns, child.columns...)
}

// open begins a row group.
func (t *table) open(g *format.RowGroup) error {
	t.memory = 0
	if len(g.Columns) != len(t.root.columns) || len(g.Columns) == 0 {
		return fmt.Errorf("a row group of %d columns instead of %d", len(g.Columns), len(t.root.columns))
	}
	for i, c := range t.root.columns {
		c.pages = t.pages(c.column, &g.Columns[i].MetaData)
		c.decoder, c.ended = c.pages.decoder(), false
	}
	return nil
}

// row appends the next row, a line of JSON.
func (t *table) row(dst []byte) ([]byte, error) {
	dst = append(t.append(dst, t.root, 0), '\n')
	return dst, t.err
}

// close ends a row group, which must have no more values.
func (t *table) close() error {
	for _, c := range t.root.columns {
		if c.peek(); !c.ended {
			c.fail(errLevels)
		}
		_ = c.decoder.Close()
	}
	return t.err
}

// append appends the value of n that begins with the repetition level.
func (t *table) append(dst []byte, n *node, repetition int) []byte {
	if len(n.columns) == 0 {
		return append(dst, "null"...)
	}
	first := n.columns[0]
	if first.peek().DefinitionLevel() < n.definition {
		n.skip(repetition)
		return append(dst, "null"...)
	}
	switch n.kind {
	case groupNode:
		dst = append(dst, '{')
		start := len(dst)
		for _, child := range n.children {
			dst = t.member(dst, start, child.key, child, repetition)
		}
		return append(dst, '}')
	case listNode, mapNode:
		return t.items(dst, n, repetition)
	}
	v := first.next(repetition)
	if v.IsNull() {
		return append(dst, "null"...)
	}
	dst, err := n.value.append(dst, v)
	if err != nil {
		first.fail(err)
	}
	return dst
}

// member appends a member to the object whose members begin at start, unless
// it is null.
func (t *table) member(dst []byte, start int, key []byte, n *node, repetition int) []byte {
	before := len(dst)
	if before > start {
		dst = append(dst, ',')
	}
	dst = append(dst, key...)
	value := len(dst)
	if dst = t.append(dst, n, repetition); string(dst[value:]) == "null" {
		return dst[:before]
	}
	return dst
}

// items appends a list, or a map as an object.
func (t *table) items(dst []byte, n *node, repetition int) []byte {
	brackets := "[]"
	if n.kind == mapNode {
		brackets = "{}"
	}
	dst = append(dst, brackets[0])
	start := len(dst)
	first := n.columns[0]
	if first.peek().DefinitionLevel() < n.items {
		n.skip(repetition)
		return append(dst, brackets[1])
	}
	var key []byte
	for ; ; repetition = n.repetition {
		if n.kind == mapNode {
			key = asKey(t.append(key[:0], n.children[0], repetition))
			dst = t.member(dst, start, key, n.children[1], repetition)
		} else {
			if len(dst) > start {
				dst = append(dst, ',')
			}
			dst = t.append(dst, n.children[0], repetition)
		}
		if first.peek().RepetitionLevel() != n.repetition || t.err != nil {
			return append(dst, brackets[1])
		}
		if len(dst) > freeUnpacked {
			first.fail(errTooLarge)
		}
	}
}

// asKey makes a value of JSON a member's name with a colon.
func asKey(value []byte) []byte {
	if value[0] != '"' {
		value = append(append([]byte{'"'}, value...), '"')
	}
	return append(value, ':')
}

// skip steps over a null, or a list without elements: one value of each column.
func (n *node) skip(repetition int) {
	for _, c := range n.columns {
		c.next(repetition)
	}
}

// column reads the values of a leaf column, one row group after another.
type column struct {
	table   *table
	column  *parquet.Column
	pages   *pages
	decoder *parquet.FilePages
	values  parquet.ValueReader // of a page
	buf     [64]parquet.Value
	rest    []parquet.Value // of buf
	ended   bool
}

// peek returns the next value, one without levels at the end.
func (c *column) peek() parquet.Value {
	if len(c.rest) == 0 && !c.ended {
		c.fill()
	}
	if len(c.rest) == 0 {
		return parquet.Value{}
	}
	return c.rest[0]
}

// next steps over the next value, which must be there and have that repetition level.
func (c *column) next(repetition int) parquet.Value {
	v := c.peek()
	if len(c.rest) == 0 || v.RepetitionLevel() != repetition {
		c.fail(errLevels)
		return parquet.Value{}
	}
	c.rest = c.rest[1:]
	return v
}

// fill reads values until there is one or no more.
func (c *column) fill() {
	for len(c.rest) == 0 {
		if c.values == nil {
			page, err := c.decoder.ReadPage()
			if err == nil && page.NumValues()-page.NumNulls() > c.pages.most {
				err = errPage
			}
			if err != nil {
				c.end(err)
				return
			}
			c.values = page.Values()
		}
		n, err := c.values.ReadValues(c.buf[:])
		c.rest = c.buf[:n]
		if err == io.EOF {
			c.values = nil
		} else if err != nil {
			c.end(err)
			return
		}
	}
}

func (c *column) end(err error) {
	c.ended = true
	if err != io.EOF {
		c.fail(err)
	}
}

func (c *column) fail(err error) {
	if c.table.err == nil {
		c.table.err = fmt.Errorf("column %q: %w", strings.Join(c.column.Path(), "."), err)
	}
}
