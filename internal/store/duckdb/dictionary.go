package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"codegauge/internal/metric"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// The parts of a cell; see migration/0001.sql.
const (
	partReported = iota
	partDerived
	partUnsplit
	partDiscrepancy
)

// cellEveryone and cellReporting stand for no breakdown in cell_users.
const (
	cellEveryone  = 0
	cellReporting = -1
)

type streamKey struct {
	enterprise, source int64
	tool               string
}

type cellKey struct {
	kind, part                    int8
	ide, feature, language, model string
}

type clientKey struct{ ideVersion, plugin, pluginVersion string }

type identityKey struct {
	enterprise        int64
	namespace, userID string
}

// label is the newest login of an identity.
type label struct {
	login string
	seen  int64
}

// dictionary gives numbers to what facts repeat. It grows during an import;
// save writes what is new in the import's transaction. After a rollback it must
// be loaded anew.
type dictionary struct {
	mu         sync.RWMutex
	streams    map[streamKey]int32
	streamOf   map[int32]streamKey
	cells      map[cellKey]int32
	clients    map[clientKey]int32
	identities map[identityKey]int32
	labels     []label // by identity - 1
	owned      map[string]string

	saved struct{ streams, cells, clients, identities int32 }
	moved map[int32]bool // identities whose label changed since save
}

func loadDictionary(ctx context.Context, db *sql.DB) (*dictionary, error) {
	d := &dictionary{
		streams: map[streamKey]int32{}, streamOf: map[int32]streamKey{}, cells: map[cellKey]int32{},
		clients: map[clientKey]int32{{}: 0}, identities: map[identityKey]int32{}, moved: map[int32]bool{}, owned: map[string]string{},
	}
	load := func(query string, scan func(*sql.Rows) error) error {
		rows, err := db.QueryContext(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	err := load(`SELECT id, enterprise, source, tool FROM stream`, func(r *sql.Rows) error {
		var id int32
		var k streamKey
		err := r.Scan(&id, &k.enterprise, &k.source, &k.tool)
		d.streams[k], d.streamOf[id] = id, k
		return err
	})
	if err == nil {
		err = load(`SELECT id, kind, part, coalesce(ide, ''), coalesce(feature, ''), coalesce(language, ''), coalesce(model, '') FROM cell`, func(r *sql.Rows) error {
			var id int32
			var k cellKey
			err := r.Scan(&id, &k.kind, &k.part, &k.ide, &k.feature, &k.language, &k.model)
			d.cells[k] = id
			return err
		})
	}
	if err == nil {
		err = load(`SELECT id, ide_version, plugin, plugin_version FROM client`, func(r *sql.Rows) error {
			var id int32
			var k clientKey
			err := r.Scan(&id, &k.ideVersion, &k.plugin, &k.pluginVersion)
			d.clients[k] = id
			return err
		})
	}
	if err == nil {
		err = load(`SELECT id, enterprise, namespace, user_id, login, seen FROM identity ORDER BY id`, func(r *sql.Rows) error {
			var id int32
			var k identityKey
			var l label
			err := r.Scan(&id, &k.enterprise, &k.namespace, &k.userID, &l.login, &l.seen)
			d.identities[k] = id
			for int32(len(d.labels)) < id {
				d.labels = append(d.labels, label{})
			}
			d.labels[id-1] = l
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("load dictionary: %w", err)
	}
	d.mark()
	return d, nil
}

// mark notes that everything up to here is saved.
func (d *dictionary) mark() {
	d.saved.streams, d.saved.cells = int32(len(d.streams)), int32(len(d.cells))
	d.saved.clients, d.saved.identities = int32(len(d.clients)), int32(len(d.labels))
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
	k.tool = string(append([]byte(nil), k.tool...))
	d.streams[k], d.streamOf[id] = id, k
	return id
}

func (d *dictionary) streamKey(id int32) streamKey {
	k, _ := get(&d.mu, d.streamOf, id)
	return k
}

func (d *dictionary) cell(k cellKey) int32 {
	return number(&d.mu, d.cells, k, 1, func(k cellKey) cellKey {
		k.ide, k.feature, k.language, k.model = clone(k.ide), clone(k.feature), clone(k.language), clone(k.model)
		return k
	})
}

func (d *dictionary) client(k clientKey) int32 {
	return number(&d.mu, d.clients, k, 0, func(k clientKey) clientKey {
		return clientKey{clone(k.ideVersion), clone(k.plugin), clone(k.pluginVersion)}
	})
}

// identity returns the number of a user record's identity and keeps its newest login.
func (d *dictionary) identity(it *store.Item) int32 {
	k := identityKey{it.Enterprise, namespace(it.UserID, it.Tool), it.UserID}
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
	if id, ok = d.identities[k]; !ok {
		k.namespace, k.userID = clone(k.namespace), clone(k.userID)
		id = int32(len(d.labels)) + 1
		d.identities[k] = id
		d.labels = append(d.labels, label{})
	}
	if l := &d.labels[id-1]; it.Login != "" && it.Login != l.login && seen >= l.seen {
		*l = label{clone(it.Login), seen}
		d.moved[id] = true
	}
	return id
}

// own returns a copy of s that outlives its batch; the few values that such
// columns have are shared.
func (d *dictionary) own(s string) string {
	if s == "" {
		return ""
	}
	if o, ok := get(&d.mu, d.owned, s); ok {
		return o
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	o := clone(s)
	d.owned[o] = o
	return o
}

// ownLogin returns a copy of a record's login, shared where it is the
// identity's newest.
func (d *dictionary) ownLogin(identity int32, login string) string {
	if login == "" {
		return ""
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if identity > 0 && d.labels[identity-1].login == login {
		return d.labels[identity-1].login
	}
	return clone(login)
}

// people returns a number of identities to count bits over: at least every
// identity, and a multiple of eight.
func (d *dictionary) people() int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return (len(d.labels) + 8) / 8 * 8
}

// namespace returns "" for GitHub's numeric ids, which name a person whatever
// the tool, else the tool whose own id it is.
func namespace(userID, tool string) string {
	for i := range len(userID) {
		if userID[i] < '0' || userID[i] > '9' {
			return tool
		}
	}
	return ""
}

// save writes what is new since mark.
func (d *dictionary) save(ctx context.Context, tx execer) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for k, id := range d.streams {
		if id > d.saved.streams {
			if _, err := tx.ExecContext(ctx, `INSERT INTO stream VALUES (?, ?, ?, ?)`, id, k.enterprise, k.source, k.tool); err != nil {
				return fmt.Errorf("save stream: %w", err)
			}
		}
	}
	for k, id := range d.cells {
		if id > d.saved.cells {
			if _, err := tx.ExecContext(ctx, `INSERT INTO cell VALUES (?, ?, ?, ?, ?, ?, ?)`,
				id, k.kind, k.part, k.key(metric.KeyIDE), k.key(metric.KeyFeature), k.key(metric.KeyLanguage), k.key(metric.KeyModel)); err != nil {
				return fmt.Errorf("save cell: %w", err)
			}
		}
	}
	for k, id := range d.clients {
		if id >= d.saved.clients && id > 0 {
			if _, err := tx.ExecContext(ctx, `INSERT INTO client VALUES (?, ?, ?, ?)`, id, k.ideVersion, k.plugin, k.pluginVersion); err != nil {
				return fmt.Errorf("save client: %w", err)
			}
		}
	}
	return d.saveIdentities(ctx, tx)
}

// key returns the cell's value of a key column: nil where its breakdown has no
// such key or the part speaks of no value. An empty string in a report stays one.
func (k cellKey) key(column metric.Key) any {
	if k.part >= partUnsplit {
		return nil
	}
	for _, b := range metric.Breakdowns {
		if int8(b.Breakdown) != k.kind {
			continue
		}
		for _, have := range b.Keys {
			if have == column {
				return map[metric.Key]string{metric.KeyIDE: k.ide, metric.KeyFeature: k.feature, metric.KeyLanguage: k.language, metric.KeyModel: k.model}[column]
			}
		}
	}
	return nil
}

func (d *dictionary) saveIdentities(ctx context.Context, tx execer) error {
	var rows [][]any
	for k, id := range d.identities {
		l := d.labels[id-1]
		if id > d.saved.identities {
			rows = append(rows, []any{id, k.enterprise, k.namespace, k.userID, l.login, l.seen, id})
			continue
		}
		if d.moved[id] {
			if _, err := tx.ExecContext(ctx, `UPDATE identity SET login = ?, seen = ? WHERE id = ?`, l.login, l.seen, id); err != nil {
				return fmt.Errorf("save login: %w", err)
			}
		}
	}
	return insertRows(ctx, tx, "identity", rows)
}

func get[K comparable, V any](mu *sync.RWMutex, m map[K]V, k K) (V, bool) {
	mu.RLock()
	defer mu.RUnlock()
	v, ok := m[k]
	return v, ok
}

// number returns k's number, the next free one (from first on) if it has none.
func number[K comparable](mu *sync.RWMutex, m map[K]int32, k K, first int32, own func(K) K) int32 {
	if id, ok := get(mu, m, k); ok {
		return id
	}
	mu.Lock()
	defer mu.Unlock()
	if id, ok := m[k]; ok {
		return id
	}
	id := int32(len(m)) + first
	m[own(k)] = id
	return id
}

func clone(s string) string { return string(append([]byte(nil), s...)) }

// rowKey returns the cell of a breakdown's row.
func rowKey(b metric.Breakdown, part int8, r *report.Row) cellKey {
	return cellKey{kind: int8(b), part: part, ide: r.IDE, feature: r.Feature, language: r.Language, model: r.Model}
}
