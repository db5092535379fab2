package sqlstore

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"sync"

	"codegauge/internal/copilot"
	"codegauge/internal/cube"
	"codegauge/internal/database"
	"codegauge/internal/metric"
)

// latest stands for a revision of which nothing is known but that there may be more
// words than were read.
const latest = math.MaxInt64

// stream is what one source reports about one tool, by its number, in one kind of data.
type stream struct {
	source int64
	tool   int32
	data   metric.DataKind
}

// dictionary gives numbers to the words that an enterprise's records repeat.
// Number 0 is none. It is only ever added to, by a numbering.
type dictionary struct {
	cube.Dictionary
	enterprise int64
	// revision is that up to which all words are in it.
	revision int64
	streams  []stream
	clients  []copilot.Client
}

func newDictionary(enterprise int64) *dictionary {
	return &dictionary{enterprise: enterprise, Dictionary: cube.Dictionary{Values: make([]cube.Value, 1), Cells: make([]cube.Cell, 1)},
		streams: make([]stream, 1), clients: make([]copilot.Client, 1)}
}

// refreshed returns the dictionary with the words that were added since.
func (d *dictionary) refreshed(ctx context.Context, q database.Querier, revision int64) (*dictionary, error) {
	out := *d
	if revision != latest {
		out.revision = revision
	}
	// Slices are clipped: others still read the dictionary's own.
	out.Values, out.streams, out.Cells, out.clients = slices.Clip(d.Values), slices.Clip(d.streams), slices.Clip(d.Cells), slices.Clip(d.clients)
	err := database.Each(ctx, q, func(rows *sql.Rows) error {
		var v cube.Value
		var name []byte
		err := rows.Scan(&v.Key, &name)
		v.Name = string(name)
		out.Values = append(out.Values, v)
		return err
	}, `SELECT dimension, name FROM value WHERE enterprise = ? AND id >= ? ORDER BY id`, d.enterprise, len(d.Values))
	if err == nil {
		err = database.Each(ctx, q, func(rows *sql.Rows) error {
			var s stream
			err := rows.Scan(&s.source, &s.tool, &s.data)
			if err == nil && !s.data.Known() {
				err = errDamaged
			}
			out.streams = append(out.streams, s)
			return err
		}, `SELECT source, tool, data_kind FROM stream WHERE enterprise = ? AND id >= ? ORDER BY id`, d.enterprise, len(d.streams))
	}
	if err == nil {
		err = database.Each(ctx, q, func(rows *sql.Rows) error {
			var c cube.Cell
			var values []byte
			if err := rows.Scan(&c.Breakdown, &c.Part, &values); err != nil {
				return err
			}
			numbers := decodeNumbers(values)
			if c.Breakdown < 0 || c.Breakdown >= metric.NumBreakdowns || len(numbers) > len(c.Values) {
				return errDamaged
			}
			for _, v := range numbers {
				if int(v) >= len(out.Values) {
					return errDamaged
				}
			}
			copy(c.Values[:], numbers)
			out.Cells = append(out.Cells, c)
			return nil
		}, `SELECT breakdown, part, value_ids FROM cell WHERE enterprise = ? AND id >= ? ORDER BY id`, d.enterprise, len(d.Cells))
	}
	if err == nil {
		err = database.Each(ctx, q, func(rows *sql.Rows) error {
			var ide, plugin, version []byte
			err := rows.Scan(&ide, &plugin, &version)
			out.clients = append(out.clients, copilot.Client{IDEVersion: string(ide), Plugin: string(plugin), PluginVersion: string(version)})
			return err
		}, `SELECT ide_version, plugin, plugin_version FROM client WHERE enterprise = ? AND id >= ? ORDER BY id`, d.enterprise, len(d.clients))
	}
	return &out, err
}

// tool returns the tool of a number.
func (d *dictionary) tool(id int32) (string, error) {
	if id <= 0 || int(id) >= len(d.Values) || d.Values[id].Key != metric.KeyTool {
		return "", errDamaged
	}
	return d.Name(id), nil
}

func (d *dictionary) stream(id int32) (stream, error) {
	if id <= 0 || int(id) >= len(d.streams) {
		return stream{}, errDamaged
	}
	return d.streams[id], nil
}

func (d *dictionary) client(id int32) (copilot.Client, error) {
	if id < 0 || int(id) >= len(d.clients) {
		return copilot.Client{}, errDamaged
	}
	return d.clients[id], nil
}

// numbering numbers new words for an import. What it numbers is known to others once
// it was saved.
type numbering struct {
	mu      sync.RWMutex
	saved   *dictionary
	values  numbers[cube.Value]
	streams numbers[stream]
	cells   numbers[cube.Cell]
	clients numbers[copilot.Client]
}

// numbers gives the next number to each new key.
type numbers[K comparable] struct {
	list []K
	ids  map[K]int32
}

func numbersOf[K comparable](list []K) numbers[K] {
	n := numbers[K]{list: slices.Clip(list), ids: make(map[K]int32, len(list))}
	for id := 1; id < len(list); id++ {
		n.ids[list[id]] = int32(id)
	}
	return n
}

func newNumbering(d *dictionary) *numbering {
	n := &numbering{saved: d, values: numbersOf(d.Values), streams: numbersOf(d.streams), cells: numbersOf(d.Cells), clients: numbersOf(d.clients)}
	n.clients.ids[copilot.Client{}] = 0
	return n
}

// number returns a key's number; own makes the key's memory its own if it is new.
func number[K comparable](mu *sync.RWMutex, n *numbers[K], k K, own func(K) K) int32 {
	mu.RLock()
	id, ok := n.ids[k]
	mu.RUnlock()
	if ok {
		return id
	}
	mu.Lock()
	defer mu.Unlock()
	if id, ok := n.ids[k]; ok {
		return id
	}
	id = int32(len(n.list))
	k = own(k)
	n.ids[k] = id
	n.list = append(n.list, k)
	return id
}

func (n *numbering) stream(source int64, tool string, data metric.DataKind) int32 {
	id := n.Value(cube.Value{Key: metric.KeyTool, Name: tool})
	return number(&n.mu, &n.streams, stream{source, id, data}, func(s stream) stream { return s })
}

// Value implements copilot.Numbering.
func (n *numbering) Value(v cube.Value) int32 {
	return number(&n.mu, &n.values, v, func(v cube.Value) cube.Value { return cube.Value{Key: v.Key, Name: clone(v.Name)} })
}

// Name implements copilot.Numbering.
func (n *numbering) Name(value int32) string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.values.list[value].Name
}

// Cell implements copilot.Numbering.
func (n *numbering) Cell(c cube.Cell) int32 {
	return number(&n.mu, &n.cells, c, func(c cube.Cell) cube.Cell { return c })
}

// Client implements copilot.Numbering.
func (n *numbering) Client(k copilot.Client) int32 {
	return number(&n.mu, &n.clients, k, func(k copilot.Client) copilot.Client {
		return copilot.Client{IDEVersion: clone(k.IDEVersion), Plugin: clone(k.Plugin), PluginVersion: clone(k.PluginVersion)}
	})
}

func clone(s string) string { return string(append([]byte(nil), s...)) }

// dictionary returns all words, also those that are not saved yet.
func (n *numbering) dictionary() *dictionary {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return &dictionary{enterprise: n.saved.enterprise, revision: n.saved.revision, Dictionary: cube.Dictionary{Values: n.values.list, Cells: n.cells.list},
		streams: n.streams.list, clients: n.clients.list}
}

// save writes the new words.
func (n *numbering) save(ctx context.Context, tx *database.Tx) error {
	d, have := n.dictionary(), n.saved
	var values, streams, cells, clients [][]any
	for id := len(have.Values); id < len(d.Values); id++ {
		values = append(values, []any{d.enterprise, id, string(d.Values[id].Key), []byte(d.Values[id].Name)})
	}
	for id := len(have.streams); id < len(d.streams); id++ {
		streams = append(streams, []any{d.enterprise, id, d.streams[id].source, d.streams[id].tool, int(d.streams[id].data)})
	}
	for id := len(have.Cells); id < len(d.Cells); id++ {
		c := &d.Cells[id]
		cells = append(cells, []any{d.enterprise, id, int(c.Breakdown), int(c.Part), encodeNumbers(c.Values[:])})
	}
	for id := len(have.clients); id < len(d.clients); id++ {
		c := &d.clients[id]
		clients = append(clients, []any{d.enterprise, id, []byte(c.IDEVersion), []byte(c.Plugin), []byte(c.PluginVersion)})
	}
	for _, t := range []struct {
		table   string
		columns []string
		rows    [][]any
	}{
		{"value", []string{"enterprise", "id", "dimension", "name"}, values},
		{"stream", []string{"enterprise", "id", "source", "tool", "data_kind"}, streams},
		{"cell", []string{"enterprise", "id", "breakdown", "part", "value_ids"}, cells},
		{"client", []string{"enterprise", "id", "ide_version", "plugin", "plugin_version"}, clients},
	} {
		if err := tx.Insert(ctx, t.table, t.columns, t.rows); err != nil {
			return err
		}
	}
	return nil
}
