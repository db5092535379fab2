package database

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"strings"

	"codegauge/internal/fault"
)

// copied is a table, or those of its rows for which where holds, in the order in
// which rows can be added. key is its primary key, in whose order large tables are
// read in parts; a table without one is read as a whole.
type copied struct{ name, key, where string }

// copiedTables lists every table but local ones. A table comes after those that its
// rows refer to. Those of the last line are what makes a database whole: until they
// are copied it is known as one whose copying was cut off.
var copiedTables = []copied{
	{"entity", "id", "kind = 'enterprise'"}, {"entity", "id", "kind = 'organization'"}, {"entity", "id", "kind = 'team'"},
	{"alias", "entity, position", ""}, {"policy", "entity", ""}, {"privacy", "enterprise", ""}, {"weakening", "id", ""}, {"pseudonym", "enterprise", ""}, {"erased", "enterprise, hash", ""},
	{"billing", "owner", ""}, {"seat", "owner, position", ""}, {"billing_pages", "owner", ""}, {"seat_page", "owner, position", ""}, {"billing_history", "owner, as_of", ""},
	{"person", "id", ""}, {"identity", "enterprise, tool, user_id", ""}, {"membership", "person, entity, first_day", ""}, {"changed_links", "enterprise", ""}, {"batch", "id", ""},
	{"role", "enterprise, name", ""}, {"granted", "id", ""}, {"login", "issuer, subject", ""}, {"password", "person", ""}, {"invitation", "hash", ""},
	{"session", "id", ""}, {"token", "id", ""}, {"audit", "seq", ""}, {"saved_view", "id", ""}, {"own_place", "person, enterprise", ""}, {"quarters", "enterprise, first_day", ""},
	{"source", "id", ""}, {"source_credential", "source, name", ""}, {"source_fetch", "source, org, report, day", ""}, {"source_alert", "source, channel", ""},
	{"roster", "owner", ""}, {"roster_member", "owner, user_id", ""},
	{"expiring", "kind, key", ""}, {"upload", "id", ""}, {"upload_chunk", "upload, position", ""}, {"prepared_export", "id", ""}, {"prepared_export_chunk", "export, position", ""},
	{"value", "enterprise, id", ""}, {"stream", "enterprise, id", ""}, {"cell", "enterprise, id", ""}, {"client", "enterprise, id", ""}, {"account_block", "enterprise, bucket", ""},
	{"report_day", "enterprise, day, kind, stream, revision", ""}, {"block", "enterprise, day, bucket, kind, stream, revision", ""},
	{"unit", "enterprise, level, entity, day, tool, origin, revision", ""}, {"people_sets", "enterprise, set_group, day, tool, revision", ""},
	{"week_sum", "enterprise, level, day, breakdown", ""},
	{"aggregate_only", "enterprise, day", ""}, {"belonging", "", ""}, {"writing", "enterprise, revision", ""},
	{"revision", "enterprise, id", ""}, {"undone", "enterprise, revision", ""}, {"revision_day", "", ""}, {"changed_month", "enterprise, revision, month", ""},
	{"shown_week", "enterprise, week", ""},
	{"form", "", ""}, {"audit_head", "name", ""}, {"sequence", "name", ""}, {"version", "scope", ""},
}

// seeded are the tables that have rows in a new database.
var seeded = map[string]bool{"form": true, "audit_head": true, "sequence": true, "version": true}

// localTables are a database's own.
var localTables = []string{migrationTable, "scrub"}

// Copy copies everything from one database to a new one, of either engine, and then
// compares what both have. Both are of the newest form. One to which copying was cut
// off is emptied first.
func Copy(ctx context.Context, from, to *DB) error {
	for _, d := range []*DB{from, to} {
		if err := d.RequireForm(ctx); err != nil {
			return err
		}
	}
	if err := makeRoom(ctx, to); err != nil {
		return err
	}
	// One state is copied, whatever is written meanwhile.
	want := map[string]tableSum{}
	err := from.View(ctx, func(ctx context.Context, tx *Tx) error {
		for _, t := range copiedTables {
			sum, err := t.copy(ctx, tx, to)
			if err != nil {
				return fmt.Errorf("copy table %s: %w", t.name, err)
			}
			want[t.name] = want[t.name].plus(sum)
		}
		return nil
	})
	if err != nil {
		return from.Explain("copy", err)
	}
	return to.Explain("compare", to.View(ctx, func(ctx context.Context, tx *Tx) error { return compare(ctx, tx, want) }))
}

// makeRoom removes what a new database has, and what a copying that was cut off has
// left. A database with data is a fault.Conflict.
func makeRoom(ctx context.Context, to *DB) error {
	err := to.Update(ctx, func(ctx context.Context, tx *Tx) error {
		whole, err := exists(ctx, tx, "version")
		if err != nil {
			return err
		}
		for i := range copiedTables {
			t := copiedTables[len(copiedTables)-1-i]
			full, err := exists(ctx, tx, t.name)
			if err != nil {
				return err
			}
			if full && whole && !seeded[t.name] {
				return fault.New(fault.Conflict, "the target database %s is not empty (table %s has rows)", to.name, t.name)
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+t.name); err != nil {
				return err
			}
		}
		return nil
	})
	return to.Explain("empty", err)
}

func exists(ctx context.Context, tx *Tx, table string) (there bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+table+`)`).Scan(&there)
	return there, err
}

// How much is added in one transaction, and how many rows are read by one statement.
const (
	copyBytes = 8 << 20
	copyRows  = 1000
)

// copy copies a table's rows and returns their sum.
func (t copied) copy(ctx context.Context, from *Tx, to *DB) (sum tableSum, err error) {
	columns, err := t.columns(ctx, from)
	if err != nil {
		return sum, err
	}
	var batch [][]any
	size := 0
	flush := func() error {
		err := to.Update(ctx, func(ctx context.Context, tx *Tx) error { return tx.Insert(ctx, t.name, columns, batch) })
		batch, size = nil, 0
		return to.Explain("write", err)
	}
	err = t.each(ctx, from, columns, func(row []any) error {
		size += sum.add(row)
		batch = append(batch, row)
		if size < copyBytes && len(batch) < copyRows {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	return sum, err
}

// columns returns the names of a table's columns.
func (t copied) columns(ctx context.Context, tx *Tx) ([]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT * FROM `+t.name+` WHERE 1 = 0`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	return columns, rows.Err()
}

// each calls f for every row, in parts that follow each other in the key's order.
func (t copied) each(ctx context.Context, tx *Tx, columns []string, f func(row []any) error) error {
	query := `SELECT ` + strings.Join(columns, ", ") + ` FROM ` + t.name
	where := t.where
	if t.key == "" {
		_, _, err := eachRow(ctx, tx, columns, f, query)
		return err
	}
	keys := strings.Split(t.key, ", ")
	var after []any
	for {
		part := query
		if where != "" {
			part += ` WHERE ` + where
		}
		part += ` ORDER BY ` + t.key + fmt.Sprint(` LIMIT `, copyRows)
		n, last, err := eachRow(ctx, tx, columns, f, part, after...)
		if err != nil || n < copyRows {
			return err
		}
		after = pick(columns, keys, last)
		where = `(` + t.key + `) > (?` + strings.Repeat(", ?", len(keys)-1) + `)`
		if t.where != "" {
			where += ` AND ` + t.where
		}
	}
}

// eachRow calls f for every row of a query, and returns how many there were and the
// last one.
func eachRow(ctx context.Context, tx *Tx, columns []string, f func(row []any) error, query string, args ...any) (n int, last []any, err error) {
	err = Each(ctx, tx, func(rows *sql.Rows) error {
		last = make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range last {
			into[i] = &last[i]
		}
		types, err := rows.ColumnTypes()
		if err == nil {
			err = rows.Scan(into...)
		}
		if err != nil {
			return err
		}
		for i, v := range last {
			last[i] = sameForAll(types[i].DatabaseTypeName(), v)
		}
		n++
		return f(last)
	}, query, args...)
	return n, last, err
}

// sameForAll returns a value as every engine takes it: SQLite gives truths back as
// numbers, and bytes of which there are none as nil, which is not NULL though.
func sameForAll(kind string, v any) any {
	switch v := v.(type) {
	case int64:
		if kind == "BOOLEAN" {
			return v != 0
		}
	case []byte:
		if v == nil {
			return []byte{}
		}
	}
	return v
}

// pick returns a row's values of some columns.
func pick(columns, which []string, row []any) []any {
	var out []any
	for _, w := range which {
		for i, c := range columns {
			if c == w {
				out = append(out, row[i])
			}
		}
	}
	return out
}

// compare reads every table again and compares it with what was copied.
func compare(ctx context.Context, tx *Tx, want map[string]tableSum) error {
	got := map[string]tableSum{}
	for _, t := range copiedTables {
		columns, err := t.columns(ctx, tx)
		if err != nil {
			return err
		}
		sum := got[t.name]
		if err := t.each(ctx, tx, columns, func(row []any) error { sum.add(row); return nil }); err != nil {
			return fmt.Errorf("read table %s: %w", t.name, err)
		}
		got[t.name] = sum
	}
	for _, t := range copiedTables {
		if a, b := want[t.name], got[t.name]; a != b {
			return fmt.Errorf("the copy of table %s differs from the original: %d rows with checksum %x became %d rows with checksum %x", t.name, a.rows, a.hash, b.rows, b.hash)
		}
	}
	return nil
}

// tableSum is how many rows there are, and a checksum of all their values. It is the
// same in any order: engines order texts in their own ways.
type tableSum struct {
	rows int64
	hash [4]uint64
}

func (s tableSum) plus(o tableSum) tableSum {
	s.rows += o.rows
	for i := range s.hash {
		s.hash[i] += o.hash[i]
	}
	return s
}

// add adds a row, whose hash covers the type and value of each column, and returns
// about how many bytes it has.
func (s *tableSum) add(row []any) (size int) {
	var b []byte
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			b = append(b, 'n')
		case bool:
			b = fmt.Appendf(b, "b%t", v)
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, 'i'), uint64(v))
		case string:
			b = append(binary.BigEndian.AppendUint64(append(b, 't'), uint64(len(v))), v...)
		case []byte:
			b = append(binary.BigEndian.AppendUint64(append(b, 'x'), uint64(len(v))), v...)
		default:
			b = fmt.Appendf(b, "?%T %v", v, v)
		}
	}
	sum := sha256.Sum256(b)
	s.rows++
	for i := range s.hash {
		s.hash[i] += binary.BigEndian.Uint64(sum[i*8:])
	}
	return len(b)
}
