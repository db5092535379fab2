package duckdb

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/rollup"
	"codegauge/internal/store"
)

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
	if users != nil && len(users) == 0 {
		return nil
	}
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

// Unlinked implements store.Store: someone in a set whose number is that of an
// identity without a link.
func (s *Store) Unlinked(ctx context.Context, sc query.Scope, r day.Range) ([]store.Identity, error) {
	var out []store.Identity
	err := s.view(ctx, func(v *snapshot) error {
		active, err := v.active(ctx, sc, r)
		if err != nil {
			return err
		}
		known, err := v.identities(ctx, sc.Enterprise)
		if err != nil {
			return err
		}
		out = nil
		for id, i := range known.all() {
			if !i.linked && active.Contains(uint32(id)) {
				out = append(out, store.Identity{Tool: i.namespace, UserID: i.userID, Login: i.login})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("unlinked identities: %w", err)
	}
	slices.SortFunc(out, compareIdentities)
	return out, nil
}

// Identities implements store.Store.
func (s *Store) Identities(ctx context.Context, enterprise int64) ([]store.Identity, error) {
	var out []store.Identity
	err := s.view(ctx, func(v *snapshot) error {
		known, err := v.identities(ctx, enterprise)
		if err != nil {
			return err
		}
		out = make([]store.Identity, 0, len(known))
		for _, i := range known.all() {
			out = append(out, store.Identity{Tool: i.namespace, UserID: i.userID, Login: i.login})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("identities: %w", err)
	}
	slices.SortFunc(out, compareIdentities)
	return out, nil
}

func compareIdentities(a, b store.Identity) int {
	return cmp.Or(strings.Compare(a.Tool, b.Tool), strings.Compare(a.UserID, b.UserID))
}

// active returns the persons with a record in the scope and range.
func (v *snapshot) active(ctx context.Context, sc query.Scope, r day.Range) (*roaring.Bitmap, error) {
	units, err := v.Units(ctx, sc.Itself(), r, metric.Totals)
	if err != nil {
		return nil, err
	}
	sets, err := v.Sets(ctx, sc.Itself(), r, []int32{query.Everyone})
	out := roaring.New()
	for _, u := range units {
		set := sets[query.SetKey{Day: u.Day, Tool: u.Tool, Cell: query.Everyone}]
		if set != nil && u.Preferred && u.Origin != query.AggregateRecord {
			out.Or(set)
		}
	}
	return out, err
}
