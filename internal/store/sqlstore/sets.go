package sqlstore

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/rollup"

	"github.com/RoaringBitmap/roaring/v2"
)

// setGroup names sets of people of a day and tool that are mostly asked for together, and are
// stored as one row: a row of its own for each set took more time to find than to read. Those
// of a breakdown are together if it has one dimension; of others, those of each value of the
// first, which are a group of breakdown << 32 | value.
type setGroup int64

const (
	totalSets  setGroup = 0  // of Everyone and of Reporting
	clientSets setGroup = -1 // of accounts, by client
	memberSets setGroup = -2 // who belonged where (encodeMembers), of no tool
)

// groupOf returns the group that has a set.
func (d *dictionary) groupOf(k rollup.SetKey) setGroup {
	switch {
	case k.Client != 0:
		return clientSets
	case k.Cell <= 0:
		return totalSets
	}
	c := &d.Cells[k.Cell]
	g := setGroup(c.Breakdown) << 32
	if len(metric.Breakdowns[c.Breakdown].Keys) > 1 {
		g |= setGroup(c.Values[0])
	}
	return g
}

// setRow names a row of the table people_sets within its day.
type setRow struct {
	group setGroup
	tool  int32
}

// membersRow is where a day's memberships are. Most days say what the day before did, and all
// of a day are read at once.
var membersRow = setRow{group: memberSets}

// encodeSets writes the sets of a row:
//
//	for each, in the order of client and cell: both, less those of the one before,
//	length of the set, the set (encodeSet)
//
// Numbers are varints.
func encodeSets(sets []rollup.Set) ([]byte, error) {
	slices.SortFunc(sets, func(a, b rollup.Set) int { return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.Cell, b.Cell)) })
	var b []byte
	var last rollup.SetKey
	for _, s := range sets {
		people, err := encodeSet(s.People)
		if err != nil {
			return nil, fmt.Errorf("write a set of people: %w", err)
		}
		b = binary.AppendVarint(b, int64(s.Client-last.Client))
		b = binary.AppendVarint(b, int64(s.Cell-last.Cell))
		b = cube.AppendText(b, people)
		last = s.SetKey
	}
	return b, nil
}

// decodeSets yields the sets of a row as they are stored.
func decodeSets(tool int32, b []byte, yield func(k rollup.SetKey, people []byte) error) error {
	in := cube.NewReader(b)
	k := rollup.SetKey{Tool: tool}
	for in.More() {
		k.Client += int32(in.Varint())
		k.Cell += int32(in.Varint())
		people := in.Text()
		if in.Bad {
			return errDamaged
		}
		if err := yield(k, people); err != nil {
			return err
		}
	}
	return nil
}

// plainBits begins a set that is stored as plain bits, in words of eight bytes: what roaring
// writes begins otherwise, and is longer where more than a sixteenth of all numbers are in it.
const plainBits = 0

// encodeSet writes a set in whichever form is shorter.
func encodeSet(people *roaring.Bitmap) ([]byte, error) {
	if 1+8*people.DenseSize() >= people.GetSerializedSizeInBytes() {
		return people.ToBytes()
	}
	b := []byte{plainBits}
	for _, word := range people.ToDense() {
		b = binary.LittleEndian.AppendUint64(b, word)
	}
	return b, nil
}

// bitmapOf reads a stored set of people.
func bitmapOf(b []byte) (*roaring.Bitmap, error) {
	var u setUnion
	if err := u.addSet(b); err != nil {
		return nil, err
	}
	return u.people(), nil
}

// setUnion adds up stored sets. Plain bits are added to each other as they are.
type setUnion struct {
	plain  []uint64
	others []*roaring.Bitmap
}

func (u *setUnion) addSet(b []byte) error {
	if len(b) == 0 || b[0] != plainBits {
		bm := roaring.New()
		if _, err := bm.FromBuffer(bytes.Clone(b)); err != nil { // the row has others, which need not stay
			return fmt.Errorf("%w: a set of people: %w", errDamaged, err)
		}
		u.others = append(u.others, bm)
		return nil
	}
	b = b[1:]
	if len(b)%8 != 0 {
		return fmt.Errorf("%w: a set of people", errDamaged)
	}
	if more := len(b)/8 - len(u.plain); more > 0 { // as many words as roaring's own, which then are these
		u.plain = append(u.plain, make([]uint64, (more+1023)/1024*1024)...)
	}
	for i := 0; i < len(b); i += 8 {
		u.plain[i/8] |= binary.LittleEndian.Uint64(b[i:])
	}
	return nil
}

// people returns who is in one of the sets.
func (u *setUnion) people() *roaring.Bitmap {
	switch {
	case u.others == nil:
		return roaring.FromDense(u.plain, false)
	case u.plain == nil && len(u.others) == 1:
		return u.others[0]
	}
	return roaring.FastOr(append(u.others, roaring.FromDense(u.plain, false))...)
}

// bitmapBytes is about what a set takes in memory, with its place in a map.
func bitmapBytes(b *roaring.Bitmap) int { return int(b.GetSizeInBytes()) + 200 }

// eachSetRow yields the rows of some groups and days, by group, day and tool. A body is only
// there until the next one.
func (v *snapshot) eachSetRow(ctx context.Context, r day.Range, groups []setGroup, yield func(d day.Day, tool int32, body []byte) error) error {
	type storedSets struct {
		setRow
		day  day.Day
		body []byte // none of sets that are gone
	}
	var last, read storedSets // of several revisions the last counts
	yieldLast := func() error {
		if len(last.body) == 0 {
			return nil
		}
		if last.group != memberSets {
			if _, err := v.words.tool(last.tool); err != nil {
				return err
			}
		}
		return yield(last.day, last.tool, last.body)
	}
	args := make([]any, 2, len(groups)+4)
	args[0], args[1] = v.enterprise, v.revision
	for _, g := range groups {
		args = append(args, int64(g))
	}
	err := v.eachRow(ctx, func(rows *sql.Rows) error {
		var body sql.RawBytes
		if err := rows.Scan(&read.group, &read.day, &read.tool, &body); err != nil {
			return err
		}
		read.body = append(read.body[:0], body...)
		if read.setRow != last.setRow || read.day != last.day {
			if err := yieldLast(); err != nil {
				return err
			}
		}
		last, read = read, last
		return nil
	}, `SELECT set_group, day, tool, body FROM people_sets
		WHERE enterprise = ? AND revision <= ? AND set_group IN (?`+strings.Repeat(", ?", len(groups)-1)+`) AND day BETWEEN ? AND ? ORDER BY set_group, day, tool, revision`,
		append(args, int(r.From), int(r.To))...)
	if err != nil {
		return err
	}
	return yieldLast()
}

// eachStoredSet yields the enterprise's sets of some cells, those of a group by day.
func (v *snapshot) eachStoredSet(ctx context.Context, r day.Range, cells []int32, yield func(k query.SetKey, people []byte) error) error {
	wanted := map[int32]bool{}
	var groups []setGroup
	for _, cell := range cells {
		wanted[cell] = true
		groups = append(groups, v.words.groupOf(rollup.SetKey{Cell: cell}))
	}
	slices.Sort(groups)
	return v.eachSetRow(ctx, r, slices.Compact(groups), func(d day.Day, tool int32, body []byte) error {
		return decodeSets(tool, body, func(k rollup.SetKey, people []byte) error {
			if !wanted[k.Cell] {
				return nil
			}
			return yield(query.SetKey{Day: d, Tool: tool, Cell: k.Cell}, people)
		})
	})
}

// readStoredSets reads the enterprise's sets of some cells.
func (v *snapshot) readStoredSets(ctx context.Context, r day.Range, cells []int32) (query.Sets, error) {
	out := query.Sets{}
	return out, v.eachStoredSet(ctx, r, cells, func(k query.SetKey, people []byte) (err error) {
		out[k], err = bitmapOf(people)
		return err
	})
}

// readStoredWeeks reads the unions of the enterprise's sets over whole weeks, of which the sets
// of one are in memory at a time.
func (v *snapshot) readStoredWeeks(ctx context.Context, r day.Range, cells []int32) (query.Weeks, error) {
	out := query.Weeks{}
	unions := map[query.SetKey]*setUnion{} // of the week that is being read
	end := func() {
		for k, u := range unions {
			out[k] = query.Week{People: u.people(), Days: out[k].Days}
		}
		clear(unions)
	}
	var monday day.Day
	err := v.eachStoredSet(ctx, r, cells, func(k query.SetKey, people []byte) error {
		d := k.Day
		if k.Day = d.Week(); k.Day != monday {
			end()
			monday = k.Day
		}
		week := out[k]
		week.Days |= 1 << (d - k.Day)
		out[k] = week
		if unions[k] == nil {
			unions[k] = &setUnion{}
		}
		return unions[k].addSet(people)
	})
	end()
	return out, err
}
