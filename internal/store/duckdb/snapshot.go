package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"iter"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/rollup"

	"github.com/RoaringBitmap/roaring/v2"
)

// byColumn names the column of unit that holds a breakdown's sums.
var byColumn = map[metric.Breakdown]string{
	metric.Totals: "NULL", metric.ByFeature: "by_feature", metric.ByIDE: "by_ide", metric.ByLanguageFeature: "by_language_feature",
	metric.ByLanguageModel: "by_language_model", metric.ByModelFeature: "by_model_feature",
}

// allBreakdowns are those with a column, and none.
var allBreakdowns = []metric.Breakdown{metric.Totals, metric.ByFeature, metric.ByIDE, metric.ByLanguageFeature, metric.ByLanguageModel, metric.ByModelFeature}

// Units implements query.Rollups.
func (v *snapshot) Units(ctx context.Context, e query.Entities, r day.Range, b metric.Breakdown) ([]*query.Unit, error) {
	k := blockKey{entity: e.Entity, of: e.Of, level: e.Level, breakdown: b}
	if e.Level != query.LevelEnterprise {
		k.entity = e.Enterprise
	}
	blocks, err := v.months(k, r, func(missing day.Range) (map[blockKey]*block, error) {
		return v.readUnits(ctx, k, e.Enterprise, missing)
	})
	if err != nil {
		return nil, fmt.Errorf("read units: %w", err)
	}
	var out []*query.Unit
	for _, bl := range blocks {
		for _, u := range bl.units {
			if r.Contains(u.Day) && (e.Organization == 0 || u.Organization == e.Organization) {
				out = append(out, u)
			}
		}
	}
	return out, nil
}

// Sets implements query.Rollups.
func (v *snapshot) Sets(ctx context.Context, e query.Entities, r day.Range, cells []int32) (query.Sets, error) {
	if e.Level != query.LevelEnterprise {
		e = query.Scope{Enterprise: e.Enterprise}.Itself()
	}
	out := query.Sets{}
	var missing []int32
	whole := day.Range{From: r.From.Month(), To: (r.To.Month() + 31).Month() - 1}
	for _, cell := range cells {
		if !v.keptSets(e, whole, cell, out) {
			missing = append(missing, cell)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	read, err := v.readSets(ctx, e, whole, missing)
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	for k, set := range read {
		out[k] = set
	}
	v.keepSets(e, whole, missing, read)
	return out, nil
}

// keptSets adds a cell's sets of whole months to out; false if the cache lacks some.
func (v *snapshot) keptSets(e query.Entities, r day.Range, cell int32, out query.Sets) bool {
	k := blockKey{entity: e.Entity, of: e.Of, sets: true, cell: cell}
	for k.month = r.From; k.month <= r.To; k.month = (k.month + 31).Month() {
		b := v.store.cache.get(k, v.generation)
		if b == nil {
			return false
		}
		for at, set := range b.sets {
			out[at] = set
		}
	}
	return true
}

// keepSets keeps the cells' sets of whole months.
func (v *snapshot) keepSets(e query.Entities, r day.Range, cells []int32, sets query.Sets) {
	blocks := map[blockKey]*block{}
	k := blockKey{entity: e.Entity, of: e.Of, sets: true}
	for _, k.cell = range cells {
		for k.month = r.From; k.month <= r.To; k.month = (k.month + 31).Month() {
			blocks[k] = &block{enterprise: e.Enterprise, bytes: 300, sets: query.Sets{}}
		}
	}
	for at, set := range sets {
		k.cell, k.month = at.Cell, at.Day.Month()
		b := blocks[k]
		b.sets[at] = set
		b.bytes += int(set.GetSizeInBytes()) + 200
	}
	for k, b := range blocks {
		v.store.cache.put(k, b, v.generation)
	}
}

// months returns the blocks of the range's months; read reads those that the cache
// lacks, as whole months. Questions come several at a time and need the same: one reads.
func (v *snapshot) months(k blockKey, r day.Range, read func(day.Range) (map[blockKey]*block, error)) ([]*block, error) {
	if blocks, missing := v.kept(k, r); missing.Len() == 0 {
		return blocks, nil
	}
	if v.generation != paused {
		v.store.cache.reading.Lock()
		defer v.store.cache.reading.Unlock()
	}
	blocks, missing := v.kept(k, r)
	if missing.Len() == 0 {
		return blocks, nil
	}
	found, err := read(missing)
	if err != nil {
		return nil, err
	}
	for at, b := range found {
		v.store.cache.put(at, b, v.generation)
	}
	i := 0
	for k.month = r.From.Month(); k.month <= r.To; k.month = (k.month + 31).Month() {
		if b := found[k]; b != nil {
			blocks[i] = b
		}
		i++
	}
	return blocks, nil
}

// kept returns the blocks that the cache has, nil for others, and the days from
// the first to the last month that it lacks.
func (v *snapshot) kept(k blockKey, r day.Range) ([]*block, day.Range) {
	var blocks []*block
	missing := day.Range{From: 1}
	for k.month = r.From.Month(); k.month <= r.To; k.month = (k.month + 31).Month() {
		b := v.store.cache.get(k, v.generation)
		blocks = append(blocks, b)
		if b == nil {
			missing = missing.Join(day.Range{From: k.month, To: (k.month + 31).Month() - 1})
		}
	}
	return blocks, missing
}

// readUnits reads whole months. Who asks for one breakdown of an entity will ask
// for the others, and they lie side by side: all are read at once.
func (v *snapshot) readUnits(ctx context.Context, k blockKey, enterprise int64, r day.Range) (map[blockKey]*block, error) {
	db, err := v.db(ctx)
	if err != nil {
		return nil, err
	}
	breakdowns := []metric.Breakdown{k.breakdown}
	where, table := fmt.Sprintf(`enterprise = ? AND level = %d`, k.level), unitTable(k.level)
	if k.level == query.LevelEnterprise {
		where, table = `entity = ?`, unitTable(k.of)
		if k.breakdown != metric.Totals {
			breakdowns = allBreakdowns
		}
	}
	into := map[blockKey]*block{}
	var columns []string
	for _, b := range breakdowns {
		columns = append(columns, byColumn[b])
		for k.breakdown, k.month = b, r.From; k.month <= r.To; k.month = (k.month + 31).Month() {
			into[k] = &block{enterprise: enterprise, bytes: 200}
		}
	}
	return into, scan(ctx, db, `SELECT `+unitColumns+columnNames("", metric.Columns[:])+`, `+strings.Join(columns, ", ")+`
		FROM `+table+` WHERE `+where+` AND day BETWEEN ? AND ?`, func(row []driver.Value) error {
		u, err := readUnit(row)
		if err != nil {
			return err
		}
		k.month = u.Day.Month()
		for i, b := range breakdowns {
			k.breakdown = b
			if err := into[k].add(u, row[unitWidth+i], len(v.cells)); err != nil {
				return err
			}
		}
		return nil
	}, k.entity, r.From.Time(), r.To.Time())
}

// add adds a unit with the cells of one breakdown.
func (b *block) add(u *query.Unit, stored driver.Value, cells int) error {
	own := *u
	if bytes, ok := stored.([]byte); ok {
		var err error
		if own.Cells, err = rollup.ReadCells(bytes, cells); err != nil {
			return fmt.Errorf("%s: %w", u.Day, err)
		}
	}
	b.units = append(b.units, &own)
	b.bytes += unitBytes(&own)
	return nil
}

// unitBytes is about what a unit takes in memory.
func unitBytes(u *query.Unit) int {
	n := 320 + 72*len(u.Cells)
	if u.Members != nil {
		n += int(u.Members.GetSizeInBytes()) + 200
	}
	return n
}

// readSets returns sets that the cache lacks: an enterprise's as they are stored, an
// organization's or team's cut out of those by who belonged to it on the day.
func (v *snapshot) readSets(ctx context.Context, e query.Entities, r day.Range, cells []int32) (query.Sets, error) {
	if e.Of == query.LevelEnterprise {
		return v.readStoredSets(ctx, e.Enterprise, r, cells)
	}
	all, err := v.Sets(ctx, query.Scope{Enterprise: e.Enterprise}.Itself(), r, cells)
	if err != nil {
		return nil, err
	}
	units, err := v.Units(ctx, e, r, metric.Totals)
	if err != nil {
		return nil, err
	}
	out := query.Sets{}
	for _, u := range units {
		for _, cell := range cells {
			k := query.SetKey{Day: u.Day, Tool: u.Tool, Cell: cell}
			if set := all[k]; set != nil && u.Members != nil {
				out[k] = roaring.And(set, u.Members)
			}
		}
	}
	return out, nil
}

func (v *snapshot) readStoredSets(ctx context.Context, enterprise int64, r day.Range, cells []int32) (query.Sets, error) {
	db, err := v.db(ctx)
	if err != nil {
		return nil, err
	}
	of := map[string][]int32{}
	for _, cell := range cells {
		table := peopleTable(v.cells, cell, 0)
		of[table] = append(of[table], cell)
	}
	out := query.Sets{}
	for table, cells := range of {
		err := scan(ctx, db, `SELECT day - DATE '1970-01-01', tool, cell, people FROM `+table+`
			WHERE enterprise = ? AND day BETWEEN ? AND ? AND client = 0 AND cell IN (`+numbers(cells)+`)`, func(row []driver.Value) error {
			set, err := bitmapOf(row[3].([]byte))
			out[query.SetKey{Day: day.Day(row[0].(int64)), Tool: row[1].(string), Cell: row[2].(int32)}] = set
			return err
		}, enterprise, r.From.Time(), r.To.Time())
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// identity is a row of the table of that name, as the snapshot sees it.
type identity struct {
	namespace, userID, login string
	person                   uint32
	linked                   bool
}

// identities are an enterprise's, by number. Others have no id.
type identities []identity

// of returns the identity of a number; nil if the enterprise has none, or if it is forgotten.
func (l identities) of(number int32) *identity {
	if int(number) >= len(l) || l[number].userID == "" {
		return nil
	}
	return &l[number]
}

// all yields the identities and their numbers.
func (l identities) all() iter.Seq2[int32, *identity] {
	return func(yield func(int32, *identity) bool) {
		for n := range l {
			if i := l.of(int32(n)); i != nil && !yield(int32(n), i) {
				return
			}
		}
	}
}

func (v *snapshot) identities(ctx context.Context, enterprise int64) (identities, error) {
	var out identities
	err := recall(ctx, v, memoKey{"identities", enterprise}, &out, func(ctx context.Context, db *sql.Conn) (identities, error) {
		var most int32
		if err := db.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM identity WHERE enterprise = ?`, enterprise).Scan(&most); err != nil {
			return nil, err
		}
		found := make(identities, most+1)
		return found, scan(ctx, db, `SELECT i.id, i.namespace, i.user_id, i.login, i.person, l.identity IS NOT NULL
			FROM identity i LEFT JOIN link l ON l.identity = i.id WHERE i.enterprise = ? AND i.user_id <> ''`, func(row []driver.Value) error {
			found[row[0].(int32)] = identity{row[1].(string), row[2].(string), row[3].(string), uint32(row[4].(int32)), row[5].(bool)}
			return nil
		}, enterprise)
	})
	return out, err
}

// Users implements query.Rollups.
func (v *snapshot) Users(ctx context.Context, enterprise int64, names []string) ([]int32, error) {
	var by map[string][]int32
	err := recall(ctx, v, memoKey{"names", enterprise}, &by, func(ctx context.Context, _ *sql.Conn) (map[string][]int32, error) {
		known, err := v.identities(ctx, enterprise)
		by := make(map[string][]int32, 2*len(known))
		for id, i := range known.all() {
			by[i.userID] = append(by[i.userID], id)
			if i.login != i.userID {
				by[i.login] = append(by[i.login], id)
			}
		}
		return by, err
	})
	if err != nil {
		return nil, fmt.Errorf("read identities: %w", err)
	}
	var out []int32
	for _, name := range names {
		out = append(out, by[name]...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// keptUsers is of how many identities records are kept.
const keptUsers = 50

// Records implements query.Rollups.
func (v *snapshot) Records(ctx context.Context, enterprise int64, r day.Range, users []int32, yield func(*query.UserRecord) error) error {
	all, err := v.identities(ctx, enterprise)
	if err != nil {
		return fmt.Errorf("read identities: %w", err)
	}
	named := func(rec *query.UserRecord) error {
		if i := all.of(rec.Identity); i != nil {
			rec.Person, rec.UserID, rec.Login = i.person, i.userID, i.login
		}
		return yield(rec)
	}
	if users == nil || len(users) > keptUsers {
		return v.readRecords(ctx, enterprise, r, users, named)
	}
	k := blockKey{entity: enterprise, users: numbers(users)}
	blocks, err := v.months(k, r, func(missing day.Range) (map[blockKey]*block, error) {
		return v.readMonthsOf(ctx, k, missing, users)
	})
	if err != nil {
		return err
	}
	for _, b := range blocks {
		for _, rec := range b.records {
			if !r.Contains(rec.Day) {
				continue
			}
			if err := named(&rec); err != nil {
				return err
			}
		}
	}
	return nil
}

// readMonthsOf reads the records of some identities. Whose they are is left to who
// asks: a month stays as it is when somebody is renamed or linked.
func (v *snapshot) readMonthsOf(ctx context.Context, k blockKey, r day.Range, users []int32) (map[blockKey]*block, error) {
	into := map[blockKey]*block{}
	for k.month = r.From; k.month <= r.To; k.month = (k.month + 31).Month() {
		into[k] = &block{enterprise: k.entity, bytes: 200}
	}
	return into, v.readRecords(ctx, k.entity, r, users, func(rec *query.UserRecord) error {
		k.month = rec.Day.Month()
		b := into[k]
		b.records = append(b.records, *rec)
		b.bytes += 320 + 72*len(rec.Cells)
		return nil
	})
}

// readRecords yields the effective records in the range, of the given identities, or
// of all if users is nil. They do not say whose they are, but for Identity.
func (v *snapshot) readRecords(ctx context.Context, enterprise int64, r day.Range, users []int32, yield func(*query.UserRecord) error) error {
	db, err := v.db(ctx)
	if err != nil {
		return err
	}
	whose := `"user" <> 0`
	if users != nil {
		whose = `"user" IN (` + numbers(users) + `)`
	}
	var facts []rollup.Fact
	return scan(ctx, db, `SELECT u.day - DATE '1970-01-01', s.tool, u."user", u.reduced, u.credits, u.facts, `+columnNames("u", metric.Columns[:])+`
		FROM user_day u JOIN stream s ON s.id = u.stream
		WHERE s.enterprise = ? AND u.day BETWEEN ? AND ? AND u.effective AND `+whose, func(row []driver.Value) error {
		rec := query.UserRecord{Day: day.Day(row[0].(int64)), Tool: row[1].(string), Identity: row[2].(int32), Reduced: row[3].(bool), Credits: as[float64](row[4])}
		setCounters(&rec.Totals, row[6:])
		if facts, err = rollup.ReadFacts(row[5].([]byte), len(v.cells), facts[:0]); err != nil {
			return fmt.Errorf("%s: %w", rec.Day, err)
		}
		rec.Cells = make([]query.CellSum, len(facts))
		for i := range facts {
			rec.Cells[i] = facts[i].CellSum
		}
		return yield(&rec)
	}, enterprise, r.From.Time(), r.To.Time())
}
