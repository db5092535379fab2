package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"sync"

	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/store"
)

type streamKey struct {
	enterprise, source int64
	tool               string
}

type cellKey = query.Cell

type clientKey struct{ ideVersion, plugin, pluginVersion string }

type identityKey struct {
	enterprise        int64
	namespace, userID string
}

// label is the newest login of an identity, the first identity of the person it
// belongs to, and that person's number in the directory, 0 if it is linked to none.
type label struct {
	login  string
	seen   int64
	person int32
	linked int64
}

// dictionary gives numbers to what records repeat. It grows during an import;
// save writes what is new in the import's transaction. After a rollback it must
// be loaded anew.
type dictionary struct {
	mu         sync.RWMutex
	streams    map[streamKey]int32
	streamOf   map[int32]streamKey
	cells      map[cellKey]int32
	cellOf     []query.Cell // by number; 0 is none
	clients    map[clientKey]int32
	clientOf   []clientKey
	identities map[identityKey]int32
	labels     []label // by identity - 1

	saved struct{ streams, cells, clients, identities int32 }
	moved map[int32]bool // identities whose label changed since save
}

func loadDictionary(ctx context.Context, db *sql.Conn) (*dictionary, error) {
	d := &dictionary{
		streams: map[streamKey]int32{}, streamOf: map[int32]streamKey{}, cells: map[cellKey]int32{}, cellOf: make([]query.Cell, 1),
		clients: map[clientKey]int32{{}: 0}, clientOf: make([]clientKey, 1), moved: map[int32]bool{},
	}
	for _, load := range []func(context.Context, execer) error{d.loadStreams, d.loadCells, d.loadClients} {
		if err := load(ctx, db); err != nil {
			return nil, fmt.Errorf("load dictionary: %w", err)
		}
	}
	if err := d.loadIdentities(ctx, db); err != nil {
		return nil, fmt.Errorf("load identities: %w", err)
	}
	d.mark()
	return d, nil
}

func (d *dictionary) loadStreams(ctx context.Context, db execer) error {
	return each(ctx, db, `SELECT id, enterprise, source, tool FROM stream`, func(r *sql.Rows) error {
		var id int32
		var k streamKey
		err := r.Scan(&id, &k.enterprise, &k.source, &k.tool)
		d.streams[k], d.streamOf[id] = id, k
		return err
	})
}

func (d *dictionary) loadCells(ctx context.Context, db execer) error {
	return each(ctx, db, `SELECT kind, part, coalesce(ide, ''), coalesce(feature, ''), coalesce(language, ''), coalesce(model, '') FROM cell ORDER BY id`, func(r *sql.Rows) error {
		var k cellKey
		err := r.Scan(&k.Breakdown, &k.Part, &k.IDE, &k.Feature, &k.Language, &k.Model)
		d.cells[k] = int32(len(d.cellOf))
		d.cellOf = append(d.cellOf, k)
		return err
	})
}

func (d *dictionary) loadClients(ctx context.Context, db execer) error {
	return each(ctx, db, `SELECT ide_version, plugin, plugin_version FROM client ORDER BY id`, func(r *sql.Rows) error {
		var k clientKey
		err := r.Scan(&k.ideVersion, &k.plugin, &k.pluginVersion)
		d.clients[k] = int32(len(d.clientOf))
		d.clientOf = append(d.clientOf, k)
		return err
	})
}

func (d *dictionary) loadIdentities(ctx context.Context, db *sql.Conn) error {
	var most int32
	if err := db.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM identity`).Scan(&most); err != nil {
		return err
	}
	d.labels, d.identities = make([]label, most), make(map[identityKey]int32, most)
	return scan(ctx, db, `SELECT id, enterprise, namespace, user_id, login, seen, person FROM identity`, func(v []driver.Value) error {
		id := v[0].(int32)
		if k := (identityKey{v[1].(int64), v[2].(string), v[3].(string)}); k.userID != "" { // else it is forgotten
			d.identities[k] = id
		}
		d.labels[id-1] = label{login: v[4].(string), seen: v[5].(int64), person: v[6].(int32)}
		return nil
	})
}

// mark notes that everything up to here is saved.
func (d *dictionary) mark() {
	d.saved.streams, d.saved.cells = int32(len(d.streams)), int32(len(d.cellOf))
	d.saved.clients, d.saved.identities = int32(len(d.clientOf)), int32(len(d.labels))
	d.moved = map[int32]bool{}
}

func (d *dictionary) stream(it *store.Item) int32 {
	k := streamKey{it.Enterprise, it.Source, it.Tool}
	if id, ok := get(&d.mu, d.streams, k); ok {
		return id
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if id, ok := d.streams[k]; ok {
		return id
	}
	id := int32(len(d.streams)) + 1
	k.tool = clone(k.tool)
	d.streams[k], d.streamOf[id] = id, k
	return id
}

func (d *dictionary) streamKey(id int32) streamKey {
	k, _ := get(&d.mu, d.streamOf, id)
	return k
}

// streamsOf returns the streams of an enterprise.
func (d *dictionary) streamsOf(enterprise int64) []int32 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []int32
	for id, k := range d.streamOf {
		if k.enterprise == enterprise {
			out = append(out, id)
		}
	}
	return out
}

func (d *dictionary) cell(k cellKey) int32 { return number(&d.mu, d.cells, &d.cellOf, k, ownCell) }

// ownCell returns a copy whose strings outlive their batch.
func ownCell(k cellKey) cellKey {
	k.IDE, k.Feature, k.Language, k.Model = clone(k.IDE), clone(k.Feature), clone(k.Language), clone(k.Model)
	return k
}

// allCells returns the cells by number. They are only ever added to.
func (d *dictionary) allCells() []query.Cell {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.cellOf
}

func (d *dictionary) client(k clientKey) int32 {
	return number(&d.mu, d.clients, &d.clientOf, k, func(k clientKey) clientKey {
		return clientKey{clone(k.ideVersion), clone(k.plugin), clone(k.pluginVersion)}
	})
}

func (d *dictionary) clientKey(id int32) clientKey {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.clientOf[id]
}

// identity returns the number of a user record's identity and keeps its newest login.
func (d *dictionary) identity(it *store.Item) int32 {
	k := identityKey{it.Enterprise, store.IdentityTool(it.UserID, it.Tool), it.UserID}
	seen := it.Version.UnixMicro()
	d.mu.RLock()
	id, ok := d.identities[k]
	current := ok && (it.Login == "" || d.labels[id-1].login == it.Login || d.labels[id-1].seen > seen)
	d.mu.RUnlock()
	if current {
		return id
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	id = d.identityLocked(k)
	if l := &d.labels[id-1]; it.Login != "" && it.Login != l.login && seen >= l.seen {
		l.login, l.seen = clone(it.Login), seen
		d.moved[id] = true
	}
	return id
}

func (d *dictionary) identityLocked(k identityKey) int32 {
	id, ok := d.identities[k]
	if !ok {
		k.namespace, k.userID = clone(k.namespace), clone(k.userID)
		id = int32(len(d.labels)) + 1
		d.identities[k] = id
		d.labels = append(d.labels, label{person: id})
	}
	return id
}

// persons returns the person of each identity, by identity - 1.
func (d *dictionary) persons() []uint32 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	out := make([]uint32, len(d.labels))
	for i := range d.labels {
		out[i] = uint32(d.labels[i].person)
	}
	return out
}

// numbers returns the numbers of those identities that there are.
func (d *dictionary) numbers(enterprise int64, list []store.Identity) []int32 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []int32
	for _, i := range list {
		if id, ok := d.identities[identityKey{enterprise, i.Tool, i.UserID}]; ok {
			out = append(out, id)
		}
	}
	return out
}

// forget takes the names from identities; their numbers are used no more.
func (d *dictionary) forget(ids []int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.identities, func(_ identityKey, id int32) bool { return slices.Contains(ids, id) })
	for _, id := range ids {
		d.labels[id-1] = label{person: id}
	}
}

// save writes what is new since mark.
func (d *dictionary) save(c *change) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var streams, cells, clients [][]any
	for k, id := range d.streams {
		if id > d.saved.streams {
			streams = append(streams, []any{id, k.enterprise, k.source, k.tool})
		}
	}
	for id := d.saved.cells; id < int32(len(d.cellOf)); id++ {
		k := &d.cellOf[id]
		cells = append(cells, []any{id, int8(k.Breakdown), int8(k.Part), keyOf(k, metric.KeyIDE), keyOf(k, metric.KeyFeature), keyOf(k, metric.KeyLanguage), keyOf(k, metric.KeyModel)})
	}
	for id := d.saved.clients; id < int32(len(d.clientOf)); id++ {
		k := &d.clientOf[id]
		clients = append(clients, []any{id, k.ideVersion, k.plugin, k.pluginVersion})
	}
	for table, rows := range map[string][][]any{"stream": streams, "cell": cells, "client": clients} {
		if err := c.append(table, rows); err != nil {
			return err
		}
	}
	return d.saveIdentities(c)
}

// keyOf returns the cell's value of a column, nil where it has none.
func keyOf(k *query.Cell, column metric.Key) any {
	if v, ok := k.Key(column); ok {
		return v
	}
	return nil
}

func (d *dictionary) saveIdentities(c *change) error {
	var rows [][]any
	for k, id := range d.identities {
		l := d.labels[id-1]
		if id > d.saved.identities {
			rows = append(rows, []any{id, k.enterprise, k.namespace, k.userID, l.login, l.seen, l.person})
			continue
		}
		if d.moved[id] {
			if err := c.exec(`UPDATE identity SET login = ?, seen = ? WHERE id = ?`, l.login, l.seen, id); err != nil {
				return err
			}
		}
	}
	return c.append("identity", rows)
}

func get[K comparable, V any](mu *sync.RWMutex, m map[K]V, k K) (V, bool) {
	mu.RLock()
	defer mu.RUnlock()
	v, ok := m[k]
	return v, ok
}

// number returns k's number, the next free one if it has none.
func number[K comparable](mu *sync.RWMutex, m map[K]int32, list *[]K, k K, own func(K) K) int32 {
	if id, ok := get(mu, m, k); ok {
		return id
	}
	mu.Lock()
	defer mu.Unlock()
	if id, ok := m[k]; ok {
		return id
	}
	id := int32(len(*list))
	k = own(k)
	m[k] = id
	*list = append(*list, k)
	return id
}

func clone(s string) string { return string(append([]byte(nil), s...)) }
