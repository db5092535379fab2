package database

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/pressly/goose/v3"
)

// moveSets is migration 17: it moves the sets of people, each of which was a row of the table
// people, to people_sets, where those of a group are one. What a group had as of a revision
// is what its sets had.
func (d *DB) moveSets() *goose.Migration {
	return goose.NewGoMigration(17, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		type day struct{ enterprise, day int64 }
		days, err := Collect(ctx, tx, func(rows *sql.Rows) (k day, err error) { return k, rows.Scan(&k.enterprise, &k.day) },
			`SELECT DISTINCT enterprise, day FROM people ORDER BY enterprise, day`)
		if err != nil {
			return err
		}
		groups, of := map[int64]int64{}, int64(0) // by cell, of an enterprise
		for _, k := range days {
			if of != k.enterprise {
				of = k.enterprise
				if groups, err = d.groupsOfCells(ctx, tx, of); err != nil {
					return err
				}
			}
			if err := d.moveSetsOf(ctx, tx, k.enterprise, k.day, groups); err != nil {
				return fmt.Errorf("move sets of people of day %d: %w", k.day, err)
			}
		}
		return nil
	}}, nil)
}

// groupsOfCells returns the group of the sets of each of an enterprise's cells: its breakdown
// and, where that has several dimensions, the first value.
func (d *DB) groupsOfCells(ctx context.Context, tx *sql.Tx, enterprise int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	return out, Each(ctx, tx, func(rows *sql.Rows) error {
		var id, breakdown int64
		var values []byte
		if err := rows.Scan(&id, &breakdown, &values); err != nil {
			return err
		}
		out[id] = breakdown << 32
		if slices.Contains([]int64{3, 4, 5, 9}, breakdown) { // those with two dimensions
			first, _ := binary.Uvarint(values)
			out[id] |= int64(first)
		}
		return nil
	}, d.bind(`SELECT id, breakdown, value_ids FROM cell WHERE enterprise = ?`), enterprise)
}

// shorterSet returns a set as words of plain bits behind a zero byte, where that is shorter.
func shorterSet(b []byte) ([]byte, error) {
	people := roaring.New()
	if _, err := people.FromBuffer(b); err != nil {
		return nil, fmt.Errorf("a set of people is damaged: %w", err)
	}
	if 1+8*people.DenseSize() >= uint64(len(b)) {
		return b, nil
	}
	out := []byte{0}
	for _, word := range people.ToDense() {
		out = binary.LittleEndian.AppendUint64(out, word)
	}
	return out, nil
}

// moveSetsOf moves the sets of a day.
func (d *DB) moveSetsOf(ctx context.Context, tx *sql.Tx, enterprise, day int64, groups map[int64]int64) error {
	type row struct {
		client, cell, tool, revision int64
		people                       []byte
	}
	list, err := Collect(ctx, tx, func(rows *sql.Rows) (r row, err error) {
		return r, rows.Scan(&r.client, &r.cell, &r.tool, &r.revision, &r.people)
	}, d.bind(`SELECT client, cell, tool, revision, people FROM people WHERE enterprise = ? AND day = ? ORDER BY revision`), enterprise, day)
	if err != nil {
		return err
	}
	type set struct{ client, cell int64 }
	type group struct{ group, tool int64 }
	const clients, members = -1, -2
	have, changed := map[group]map[set][]byte{}, map[group]bool{}
	for i, r := range list {
		k := group{groups[r.cell], r.tool}
		switch {
		case r.client != 0:
			k.group = clients
		case r.cell == members:
			k.group = members
		}
		if have[k] == nil {
			have[k] = map[set][]byte{}
		}
		if have[k][set{r.client, r.cell}] = r.people; r.people == nil {
			delete(have[k], set{r.client, r.cell})
		}
		changed[k] = true
		if i+1 < len(list) && list[i+1].revision == r.revision {
			continue
		}
		for k := range changed { // as of the revision
			var body []byte
			last := set{}
			for _, s := range slices.SortedFunc(maps.Keys(have[k]), func(a, b set) int {
				return cmp.Or(cmp.Compare(a.client, b.client), cmp.Compare(a.cell, b.cell))
			}) {
				people := have[k][s]
				if k.group != members { // which are one, of a form of their own
					if people, err = shorterSet(people); err != nil {
						return err
					}
					body = binary.AppendVarint(binary.AppendVarint(body, s.client-last.client), s.cell-last.cell)
					body = binary.AppendUvarint(body, uint64(len(people)))
				}
				body, last = append(body, people...), s
			}
			var stored any
			if len(body) > 0 {
				stored = body
			}
			_, err := tx.ExecContext(ctx, d.bind(`INSERT INTO people_sets (enterprise, set_group, day, tool, revision, body) VALUES (?, ?, ?, ?, ?, ?)`),
				enterprise, k.group, day, k.tool, r.revision, stored)
			if err != nil {
				return err
			}
		}
		clear(changed)
	}
	return nil
}
