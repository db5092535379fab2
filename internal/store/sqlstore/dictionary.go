package sqlstore

import (
	"context"
	"database/sql"
	"maps"
	"math"
	"slices"
	"sync"

	"codegauge/internal/database"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// latest stands for a revision of which nothing is known but that there may be more
// words than were read.
const latest = math.MaxInt64

// stream is what one source reports about one tool, by its number.
type stream struct {
	source int64
	tool   int32
}

// clientKey is what a row of totals_by_ide says of editor and extension.
type clientKey struct{ ideVersion, plugin, pluginVersion string }

// dictionary gives numbers to the words that an enterprise's records repeat.
// Number 0 is none. It is only ever added to, by a numbering.
type dictionary struct {
	enterprise int64
	// revision is that up to which all words are in it.
	revision int64
	tools    []string
	streams  []stream
	cells    []query.Cell
	clients  []clientKey
}

func newDictionary(enterprise int64) *dictionary {
	return &dictionary{enterprise: enterprise, tools: make([]string, 1), streams: make([]stream, 1), cells: make([]query.Cell, 1), clients: make([]clientKey, 1)}
}

// refreshed returns the dictionary with the words that were added since.
func (d *dictionary) refreshed(ctx context.Context, q database.Querier, revision int64) (*dictionary, error) {
	out := *d
	if revision != latest {
		out.revision = revision
	}
	// Slices are clipped: others still read the dictionary's own.
	out.tools, out.streams, out.cells, out.clients = slices.Clip(d.tools), slices.Clip(d.streams), slices.Clip(d.cells), slices.Clip(d.clients)
	err := database.Each(ctx, q, func(rows *sql.Rows) error {
		var name []byte
		err := rows.Scan(&name)
		out.tools = append(out.tools, string(name))
		return err
	}, `SELECT name FROM tool WHERE enterprise = ? AND id >= ? ORDER BY id`, d.enterprise, len(d.tools))
	if err == nil {
		err = database.Each(ctx, q, func(rows *sql.Rows) error {
			var s stream
			err := rows.Scan(&s.source, &s.tool)
			out.streams = append(out.streams, s)
			return err
		}, `SELECT source, tool FROM stream WHERE enterprise = ? AND id >= ? ORDER BY id`, d.enterprise, len(d.streams))
	}
	if err == nil {
		err = database.Each(ctx, q, func(rows *sql.Rows) error {
			var c query.Cell
			var ide, feature, language, model []byte
			err := rows.Scan(&c.Breakdown, &c.Part, &ide, &feature, &language, &model)
			c.IDE, c.Feature, c.Language, c.Model = string(ide), string(feature), string(language), string(model)
			out.cells = append(out.cells, c)
			return err
		}, `SELECT breakdown, part, ide, feature, language, model FROM cell WHERE enterprise = ? AND id >= ? ORDER BY id`, d.enterprise, len(d.cells))
	}
	if err == nil {
		err = database.Each(ctx, q, func(rows *sql.Rows) error {
			var ide, plugin, version []byte
			err := rows.Scan(&ide, &plugin, &version)
			out.clients = append(out.clients, clientKey{string(ide), string(plugin), string(version)})
			return err
		}, `SELECT ide_version, plugin, plugin_version FROM client WHERE enterprise = ? AND id >= ? ORDER BY id`, d.enterprise, len(d.clients))
	}
	return &out, err
}

// tool returns the tool of a number.
func (d *dictionary) tool(id int32) (string, error) {
	if id <= 0 || int(id) >= len(d.tools) {
		return "", errDamaged
	}
	return d.tools[id], nil
}

func (d *dictionary) stream(id int32) (stream, error) {
	if id <= 0 || int(id) >= len(d.streams) {
		return stream{}, errDamaged
	}
	return d.streams[id], nil
}

func (d *dictionary) client(id int32) (clientKey, error) {
	if id < 0 || int(id) >= len(d.clients) {
		return clientKey{}, errDamaged
	}
	return d.clients[id], nil
}

// toolID returns a tool's number, 0 if there is none.
func (d *dictionary) toolID(name string) int32 {
	return int32(max(0, slices.Index(d.tools[1:], name)+1))
}

// numbering numbers new words for an import. What it numbers is known to others once
// it was saved.
type numbering struct {
	mu      sync.RWMutex
	saved   *dictionary
	tools   numbers[string]
	streams numbers[stream]
	cells   numbers[query.Cell]
	clients numbers[clientKey]
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
	n := &numbering{saved: d, tools: numbersOf(d.tools), streams: numbersOf(d.streams), cells: numbersOf(d.cells), clients: numbersOf(d.clients)}
	n.clients.ids[clientKey{}] = 0
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

func (n *numbering) stream(source int64, tool string) int32 {
	id := number(&n.mu, &n.tools, tool, clone)
	return number(&n.mu, &n.streams, stream{source, id}, func(s stream) stream { return s })
}

func (n *numbering) cell(c query.Cell) int32 {
	return number(&n.mu, &n.cells, c, func(c query.Cell) query.Cell {
		c.IDE, c.Feature, c.Language, c.Model = clone(c.IDE), clone(c.Feature), clone(c.Language), clone(c.Model)
		return c
	})
}

func (n *numbering) client(k clientKey) int32 {
	return number(&n.mu, &n.clients, k, func(k clientKey) clientKey {
		return clientKey{clone(k.ideVersion), clone(k.plugin), clone(k.pluginVersion)}
	})
}

func clone(s string) string { return string(append([]byte(nil), s...)) }

// dictionary returns all words, also those that are not saved yet.
func (n *numbering) dictionary() *dictionary {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return &dictionary{enterprise: n.saved.enterprise, revision: n.saved.revision, tools: n.tools.list, streams: n.streams.list, cells: n.cells.list, clients: n.clients.list}
}

// save writes the new words.
func (n *numbering) save(ctx context.Context, tx *database.Tx) error {
	d, have := n.dictionary(), n.saved
	var tools, streams, cells, clients [][]any
	for id := len(have.tools); id < len(d.tools); id++ {
		tools = append(tools, []any{d.enterprise, id, []byte(d.tools[id])})
	}
	for id := len(have.streams); id < len(d.streams); id++ {
		streams = append(streams, []any{d.enterprise, id, d.streams[id].source, d.streams[id].tool})
	}
	for id := len(have.cells); id < len(d.cells); id++ {
		c := &d.cells[id]
		cells = append(cells, []any{d.enterprise, id, int(c.Breakdown), int(c.Part), []byte(c.IDE), []byte(c.Feature), []byte(c.Language), []byte(c.Model)})
	}
	for id := len(have.clients); id < len(d.clients); id++ {
		c := &d.clients[id]
		clients = append(clients, []any{d.enterprise, id, []byte(c.ideVersion), []byte(c.plugin), []byte(c.pluginVersion)})
	}
	for _, t := range []struct {
		table   string
		columns []string
		rows    [][]any
	}{
		{"tool", []string{"enterprise", "id", "name"}, tools},
		{"stream", []string{"enterprise", "id", "source", "tool"}, streams},
		{"cell", []string{"enterprise", "id", "breakdown", "part", "ide", "feature", "language", "model"}, cells},
		{"client", []string{"enterprise", "id", "ide_version", "plugin", "plugin_version"}, clients},
	} {
		if err := tx.Insert(ctx, t.table, t.columns, t.rows); err != nil {
			return err
		}
	}
	return nil
}

// keyed returns the cell without keys that its breakdown does not have: one cell has
// one name, whatever a row says beside it.
func keyed(c query.Cell) query.Cell {
	out := query.Cell{Breakdown: c.Breakdown, Part: c.Part}
	if c.Part >= query.Unsplit {
		return out
	}
	for _, k := range metric.KeysOf(c.Breakdown) {
		switch k {
		case metric.KeyIDE:
			out.IDE = c.IDE
		case metric.KeyFeature:
			out.Feature = c.Feature
		case metric.KeyLanguage:
			out.Language = c.Language
		case metric.KeyModel:
			out.Model = c.Model
		}
	}
	return out
}

// accountKey names an account within an enterprise.
type accountKey struct{ namespace, userID string }

// account is who a tool says somebody is. person is the first account of the person
// it belongs to, linked that person's number in the directory or 0, seen the version
// of the record that the login is from.
type account struct {
	accountKey
	login  string
	seen   int64
	person int32
	linked int64
}

// erased reports whether whoever had the account was erased.
func (a *account) erased() bool { return a.userID == "" }

// accounts are an enterprise's, by number. Number 0 is nobody's.
type accounts struct {
	revision int64
	list     []account
	ids      map[accountKey]int32
}

// readAccounts returns the accounts as of a revision.
func readAccounts(ctx context.Context, q database.Querier, enterprise, revision int64) (*accounts, error) {
	a := &accounts{list: make([]account, 1), ids: map[accountKey]int32{}}
	if err := a.refresh(ctx, q, enterprise, revision); err != nil {
		return nil, err
	}
	return a, nil
}

// refresh reads what changed up to a revision.
func (a *accounts) refresh(ctx context.Context, q database.Querier, enterprise, revision int64) error {
	where := `WHERE enterprise = ? AND changed <= ?`
	args := []any{enterprise, revision}
	if a.revision > 0 {
		where, args = where+` AND changed > ?`, append(args, a.revision)
	}
	err := database.Each(ctx, q, func(rows *sql.Rows) error {
		var id int
		var namespace, userID, login sql.RawBytes
		var n account
		if err := rows.Scan(&id, &namespace, &userID, &login, &n.seen, &n.person, &n.linked); err != nil {
			return err
		}
		n.namespace, n.userID, n.login = string(namespace), string(userID), string(login)
		for len(a.list) <= id {
			a.list = append(a.list, account{person: int32(len(a.list))})
		}
		delete(a.ids, a.list[id].accountKey)
		a.list[id] = n
		if !n.erased() {
			a.ids[n.accountKey] = int32(id)
		}
		return nil
	}, `SELECT id, namespace, user_id, login, seen, person, linked FROM account `+where, args...)
	if err == nil {
		a.revision = revision
	}
	return err
}

// numberAccounts numbers accounts for an import and keeps their newest logins.
type numberAccounts struct {
	mu sync.RWMutex
	*accounts
	// saved is how many there were; moved those whose login has changed.
	saved int
	moved map[int32]bool
}

// id returns the number of a record's account and keeps its newest login.
func (a *numberAccounts) id(k accountKey, login string, seen int64) int32 {
	a.mu.RLock()
	id, ok := a.ids[k]
	current := ok && (login == "" || a.list[id].login == login || a.list[id].seen > seen)
	a.mu.RUnlock()
	if current {
		return id
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	id = a.add(k)
	if l := &a.list[id]; login != "" && login != l.login && seen >= l.seen {
		l.login, l.seen = clone(login), seen
		if int(id) < a.saved {
			a.moved[id] = true
		}
	}
	return id
}

// add returns the number of an account, a new one if it has none.
func (a *numberAccounts) add(k accountKey) int32 {
	id, ok := a.ids[k]
	if !ok {
		k = accountKey{clone(k.namespace), clone(k.userID)}
		id = int32(len(a.list))
		a.ids[k] = id
		a.list = append(a.list, account{accountKey: k, person: id})
	}
	return id
}

var accountColumns = []string{"enterprise", "id", "namespace", "user_id", "login", "seen", "person", "linked", "changed"}

func (a *account) row(enterprise int64, id int32, revision int64) []any {
	return []any{enterprise, id, []byte(a.namespace), []byte(a.userID), []byte(a.login), a.seen, a.person, a.linked, revision}
}

// saveNew writes the new accounts.
func (a *numberAccounts) saveNew(ctx context.Context, tx *database.Tx, enterprise, revision int64) error {
	var rows [][]any
	for id := a.saved; id < len(a.list); id++ {
		rows = append(rows, a.list[id].row(enterprise, int32(id), revision))
	}
	return tx.Insert(ctx, "account", accountColumns, rows)
}

// saveMoved writes the accounts that were there and have changed.
func (a *numberAccounts) saveMoved(ctx context.Context, tx *database.Tx, enterprise, revision int64) error {
	for _, id := range slices.Sorted(maps.Keys(a.moved)) {
		l := &a.list[id]
		_, err := tx.ExecContext(ctx, `UPDATE account SET namespace = ?, user_id = ?, login = ?, seen = ?, person = ?, linked = ?, changed = ? WHERE enterprise = ? AND id = ?`,
			[]byte(l.namespace), []byte(l.userID), []byte(l.login), l.seen, l.person, l.linked, revision, enterprise, id)
		if err != nil {
			return err
		}
	}
	return nil
}
