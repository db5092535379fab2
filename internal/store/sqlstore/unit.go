package sqlstore

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sync"
	"unsafe"

	"codegauge/internal/cube"
	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/rollup"

	"github.com/RoaringBitmap/roaring/v2"
)

// A unit's body is
//
//	totals (cube.AppendVector), records, linesUnknown, substituted,
//	then for each breakdown that has cells its number (metric.Breakdown), the length of
//	its cells and the cells (cube.ReadSums), and 0,
//	the length of the counts and the counts (rollup.Unit)
//
// Numbers are varints.

func encodeUnit(u *rollup.Unit) []byte {
	b := cube.AppendVector(nil, &u.Totals)
	for _, n := range []int64{u.Records, u.LinesUnknown, u.Substituted} {
		b = binary.AppendVarint(b, n)
	}
	for i, cells := range u.Cells {
		if len(cells) > 0 {
			b = cube.AppendText(binary.AppendUvarint(b, uint64(i)+1), cells)
		}
	}
	return cube.AppendText(append(b, 0), u.Counts)
}

// decodeUnit reads a unit's body into it.
func decodeUnit(b []byte, u *rollup.Unit) error {
	in := cube.NewReader(b)
	in.Vector(&u.Totals)
	u.Records, u.LinesUnknown, u.Substituted = in.Varint(), in.Varint(), in.Varint()
	for n := in.Uvarint(); n > 0; n = in.Uvarint() {
		if n > uint64(len(u.Cells)) {
			return errDamaged
		}
		u.Cells[n-1] = in.Text()
	}
	u.Counts = in.Text()
	return in.End()
}

// Units implements query.Rollups.
func (v *snapshot) Units(ctx context.Context, e query.Entities, r day.Range, b metric.Breakdown) ([]*query.Unit, error) {
	k := cacheKey{entity: e.Entity, of: e.Of, level: e.Level, breakdown: b}
	if e.Level != query.LevelEnterprise {
		k.entity = e.Enterprise
	}
	blocks, err := v.months(k, r, func(missing day.Range) (map[cacheKey]*cached, error) {
		return v.readUnits(ctx, v.at(k), missing)
	})
	if err != nil {
		return nil, fmt.Errorf("read units: %w", err)
	}
	var out []*query.Unit
	for _, bl := range blocks {
		for i, u := range bl.units {
			if !r.Contains(u.Day) || e.Organization != 0 && u.Organization != e.Organization {
				continue
			}
			if bl.packed != nil {
				if u, err = v.withCells(u, bl.packed[i]); err != nil {
					return nil, fmt.Errorf("read units: %w", err)
				}
			}
			out = append(out, u)
		}
	}
	return out, nil
}

// withCells returns a unit with cells as they are stored.
func (v *snapshot) withCells(u *query.Unit, stored []byte) (*query.Unit, error) {
	out := *u
	var err error
	if out.Cells, err = cube.ReadSums(stored, len(v.words.Cells)); err != nil {
		return nil, fmt.Errorf("%s: %w", u.Day, err)
	}
	return &out, nil
}

// storedUnit is a row of the table unit.
type storedUnit struct {
	query.Unit
	revision int64
	body     []byte
}

// compareKey compares what units of a day and level are known by.
func (u *storedUnit) compareKey(o *storedUnit) int {
	return cmp.Or(cmp.Compare(u.Entity, o.Entity), cmp.Compare(u.Tool, o.Tool), cmp.Compare(u.Origin, o.Origin))
}

// The conditions of selectUnits.
const (
	unitsOfEntity = `level = ? AND entity = ? AND day BETWEEN ? AND ?`
	unitsOfLevel  = `level = ? AND day BETWEEN ? AND ?`
)

// selectUnits returns the statement that reads the units that a condition selects. The
// database is asked for the order of days alone, which an index has: to sort them further it
// would hold all of them.
func selectUnits(where string) string {
	return `SELECT entity, day, tool, origin, revision, organization, preferred, body FROM unit
		WHERE enterprise = ? AND revision <= ? AND ` + where + ` ORDER BY day`
}

// eachUnit yields the units that a condition selects, day by day in the order of entity,
// tool and origin.
func (v *snapshot) eachUnit(ctx context.Context, yield func(*storedUnit) error, where string, args ...any) error {
	var today []storedUnit // of every revision
	yieldDay := func() error {
		slices.SortFunc(today, func(a, b storedUnit) int {
			return cmp.Or(a.compareKey(&b), cmp.Compare(a.revision, b.revision))
		})
		for i := range today {
			u := &today[i]
			replaced := i+1 < len(today) && u.compareKey(&today[i+1]) == 0
			if replaced || u.body == nil {
				continue
			}
			if _, err := v.words.tool(u.Tool); err != nil {
				return err
			}
			if err := yield(u); err != nil {
				return err
			}
		}
		today = today[:0]
		return nil
	}
	err := v.eachRow(ctx, func(rows *sql.Rows) error {
		var u storedUnit
		var body sql.RawBytes
		if err := rows.Scan(&u.Entity, &u.Day, &u.Tool, &u.Origin, &u.revision, &u.Organization, &u.Preferred, &body); err != nil {
			return err
		}
		u.body = v.store.db.Kept(body)
		if len(today) > 0 && today[0].Day != u.Day {
			if err := yieldDay(); err != nil {
				return err
			}
		}
		today = append(today, u)
		return nil
	}, selectUnits(where), append([]any{v.enterprise, v.revision}, args...)...)
	if err == nil {
		err = yieldDay()
	}
	return err
}

// readUnits reads whole months. Who asks for one breakdown of an entity will ask for
// others: what is stored of it is read once, and each breakdown is read from that. Of all
// entities of a level cells stay packed, of the one breakdown that is asked for: unpacked
// they are eight times as large.
func (v *snapshot) readUnits(ctx context.Context, k cacheKey, r day.Range) (map[cacheKey]*cached, error) {
	into := map[cacheKey]*cached{}
	for k.month = range r.Months() {
		b := &cached{bytes: 200}
		b.cells = b.listCells(len(v.words.Cells))
		into[k] = b
	}
	add := func(u *query.Unit) *cached {
		k.month = u.Day.Month()
		b := into[k]
		b.units = append(b.units, u)
		b.bytes += unitBytes(u)
		return b
	}
	if k.breakdown == metric.Totals || k.level != query.LevelEnterprise {
		return into, v.eachStored(ctx, k, r, func(stored *rollup.Unit) error {
			own := stored.Unit
			b := add(&own)
			switch {
			case k.breakdown != metric.Totals:
				cells := bytes.Clone(stored.Cells[k.breakdown-metric.ByFeature])
				b.packed = append(b.packed, cells)
				b.bytes += sliceBytes + len(cells)
			case k.level == query.LevelEnterprise:
				b.stored = append(b.stored, stored)
				b.bytes += storedUnitBytes + len(stored.Counts)
				for _, cells := range stored.Cells {
					b.bytes += len(cells)
				}
			}
			return nil
		})
	}
	months, err := v.storedMonths(ctx, k, r)
	if err != nil {
		return nil, err
	}
	for _, m := range months {
		for _, stored := range m.stored {
			u, err := v.withCells(&stored.Unit, stored.Cells[k.breakdown-metric.ByFeature])
			if err != nil {
				return nil, err
			}
			add(u)
		}
	}
	return into, nil
}

// storedMonths returns an entity's units of whole months as they are stored.
func (v *snapshot) storedMonths(ctx context.Context, k cacheKey, r day.Range) ([]*cached, error) {
	k.breakdown = metric.Totals
	return v.months(k, r, func(missing day.Range) (map[cacheKey]*cached, error) { return v.readUnits(ctx, v.at(k), missing) })
}

// cellsIn marks the cells, by number, that an entity's units of some days have.
func (v *snapshot) cellsIn(ctx context.Context, e query.Entities, r day.Range) ([]bool, error) {
	months, err := v.storedMonths(ctx, cacheKey{entity: e.Entity, of: e.Of}, r)
	if err != nil {
		return nil, err
	}
	out := make([]bool, len(v.words.Cells))
	var partly []*cached
	for i, month := range slices.Collect(r.Months()) {
		if r.From > month || r.To < month.NextMonth()-1 {
			partly = append(partly, months[i])
			continue
		}
		cells, err := months[i].cells()
		if err != nil {
			return nil, err
		}
		for _, cell := range cells {
			out[cell] = true
		}
	}
	for _, m := range partly {
		cells, err := m.cells()
		if err == nil && slices.ContainsFunc(cells, func(cell int32) bool { return !out[cell] }) { // seldom
			err = markCells(m.stored, r, out)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// markCells marks the cells that units of some days have.
func markCells(units []*rollup.Unit, r day.Range, into []bool) error {
	for _, u := range units {
		for _, cells := range u.Cells {
			if !r.Contains(u.Day) {
				continue
			}
			if err := cube.MarkCells(cells, into); err != nil {
				return fmt.Errorf("read units: %s: %w", u.Day, err)
			}
		}
	}
	return nil
}

// listCells returns what lists those of n cells that a month's units have, and remembers it.
func (m *cached) listCells(n int) func() ([]int32, error) {
	return sync.OnceValues(func() (out []int32, err error) {
		marked := make([]bool, n)
		err = markCells(m.stored, day.Always, marked)
		for cell, occurs := range marked {
			if occurs {
				out = append(out, int32(cell))
			}
		}
		return out, err
	})
}

// eachStored yields the units of whole months as they are stored, and who belonged to their
// entities.
func (v *snapshot) eachStored(ctx context.Context, k cacheKey, r day.Range, yield func(*rollup.Unit) error) error {
	where, args := unitsOfLevel, []any{int(k.level), int(r.From), int(r.To)}
	if k.level == query.LevelEnterprise {
		where, args = unitsOfEntity, []any{int(k.of), k.entity, int(r.From), int(r.To)}
	}
	totalsOnly, err := v.totalsOnly(ctx)
	if err != nil {
		return err
	}
	of := max(k.level, k.of)
	var members map[day.Day]*dayMembers
	if of != query.LevelEnterprise {
		if members, err = v.membersIn(ctx, r); err != nil {
			return err
		}
	}
	return v.eachUnit(ctx, func(s *storedUnit) error {
		_, s.TotalsOnly = slices.BinarySearch(totalsOnly, s.Day)
		if s.Origin.HasMembers(of) {
			s.Members = members[s.Day].of(s.Entity)
		}
		unit := rollup.Unit{Unit: s.Unit}
		if err := decodeUnit(s.body, &unit); err != nil {
			return fmt.Errorf("%s: %w", s.Day, err)
		}
		return yield(&unit)
	}, where, args...)
}

// totalsOnly returns the days of which retention left nothing but totals, in order.
func (v *snapshot) totalsOnly(ctx context.Context) ([]day.Day, error) {
	return recall(ctx, v, memoKey{"totals only", v.enterprise}, func(ctx context.Context, tx *database.Tx) ([]day.Day, error) {
		return database.Collect(ctx, tx, func(rows *sql.Rows) (d day.Day, err error) { return d, rows.Scan(&d) },
			`SELECT day FROM aggregate_only WHERE enterprise = ? ORDER BY day`, v.enterprise)
	})
}

// What is kept of a unit takes in memory, with what points to it.
const (
	storedUnitBytes = int(unsafe.Sizeof(rollup.Unit{}) + unsafe.Sizeof(uintptr(0)))
	sumBytes        = int(unsafe.Sizeof(cube.Sum{}))
	sliceBytes      = int(unsafe.Sizeof([]byte{}))
)

// unitBytes is what a unit takes in memory but for its members, which others have too.
func unitBytes(u *query.Unit) int {
	return int(unsafe.Sizeof(*u)+unsafe.Sizeof(u)) + sumBytes*len(u.Cells)
}

// Sets implements query.Rollups.
func (v *snapshot) Sets(ctx context.Context, e query.Entities, r day.Range, cells []int32) (query.Sets, error) {
	if e.Level != query.LevelEnterprise {
		e = query.Scope{Enterprise: e.Enterprise}.Itself()
	}
	if slices.Contains(cells, query.Everyone) != slices.Contains(cells, query.Reporting) {
		cells = append(slices.Clone(cells), query.Everyone, query.Reporting) // are one row, and whoever asks for one will ask for the other
	}
	out := query.Sets{}
	keep := func(b *cached) { maps.Copy(out, b.sets) }
	k := cacheKey{entity: e.Entity, of: e.Of, sets: true}
	missing, lacks := v.keptCells(k, r, cells, keep)
	if len(missing) == 0 {
		return out, nil
	}
	if e.Of == query.LevelEnterprise { // those of others are cut out of its sets
		defer v.waitToRead(&v.part.readingSets)()
		if missing, lacks = v.keptCells(k, r, missing, keep); len(missing) == 0 {
			return out, nil
		}
	}
	read, err := v.readSets(ctx, e, lacks, missing)
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	maps.Copy(out, read)
	v.keepSets(k, lacks, missing, read)
	return out, nil
}

// Weeks implements query.Rollups. The sets of days that it has to read are not kept, but those
// of everybody: whoever asks for weeks rarely needs others.
func (v *snapshot) Weeks(ctx context.Context, e query.Entities, r day.Range, cells []int32) (query.Weeks, error) {
	if e.Level != query.LevelEnterprise {
		e = query.Scope{Enterprise: e.Enterprise}.Itself()
	}
	first, last := (r.From + 6).Week(), (r.To+1).Week()-7
	out := query.Weeks{}
	if last < first {
		return out, nil
	}
	mondays := day.Range{From: first, To: last}
	keep := func(b *cached) { maps.Copy(out, b.weeks) }
	k := cacheKey{entity: e.Entity, of: e.Of, weeks: true}
	missing, lacks := v.keptCells(k, mondays, cells, keep)
	if len(missing) == 0 {
		return out, nil
	}
	if e.Of == query.LevelEnterprise {
		defer v.waitToRead(&v.part.readingSets)()
		if missing, lacks = v.keptCells(k, mondays, cells, keep); len(missing) == 0 {
			return out, nil
		}
	}
	days := day.Range{From: (lacks.From + 6).Week(), To: (lacks.To + 7).Week() - 1} // of the weeks that begin then
	read, err := v.readWeeks(ctx, e, days, missing)
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	maps.Copy(out, read)
	blocks := v.blocksOf(k, lacks, missing)
	for at, week := range read {
		k.cell, k.month = at.Cell, at.Day.Month()
		blocks[v.at(k)].weeks[at] = week
		blocks[v.at(k)].bytes += bitmapBytes(week.People)
	}
	for k, b := range blocks {
		v.put(k, b)
	}
	return out, nil
}

// readWeeks reads unions over whole weeks that the cache lacks.
func (v *snapshot) readWeeks(ctx context.Context, e query.Entities, r day.Range, cells []int32) (query.Weeks, error) {
	if e.Of == query.LevelEnterprise {
		if !slices.Contains(cells, query.Everyone) && !slices.Contains(cells, query.Reporting) {
			return v.readStoredWeeks(ctx, r, cells)
		}
		sets, err := v.Sets(ctx, e, r, cells)
		maps.DeleteFunc(sets, func(k query.SetKey, _ *roaring.Bitmap) bool {
			return !r.Contains(k.Day) || !slices.Contains(cells, k.Cell)
		})
		return query.UnionWeeks(sets), err
	}
	out := query.Weeks{}
	for d := r.From; d <= r.To; d += 28 { // so that some weeks' sets are in memory at a time
		sets, err := v.readSets(ctx, e, day.Range{From: d, To: min(d+27, r.To)}, cells)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, query.UnionWeeks(sets))
	}
	return out, nil
}

// keptCells yields what the cache has of cells in some months. It returns the cells of which it
// lacks some, and the days from the first to the last month that it lacks.
func (v *snapshot) keptCells(k cacheKey, r day.Range, cells []int32, yield func(*cached)) (missing []int32, lacks day.Range) {
	lacks = day.Range{From: 1}
	for _, k.cell = range cells {
		blocks, lacking := v.kept(v.at(k), r)
		if lacking.Len() > 0 {
			missing, lacks = append(missing, k.cell), lacks.Join(lacking)
		}
		for _, b := range blocks {
			if b != nil {
				yield(b)
			}
		}
	}
	return missing, lacks
}

// blocksOf returns what the cache is to keep of cells in whole months, without its sets.
func (v *snapshot) blocksOf(k cacheKey, r day.Range, cells []int32) map[cacheKey]*cached {
	k = v.at(k)
	blocks := map[cacheKey]*cached{}
	for _, k.cell = range cells {
		for k.month = range r.Months() {
			blocks[k] = &cached{bytes: 300, sets: query.Sets{}, weeks: query.Weeks{}}
		}
	}
	return blocks
}

// keepSets keeps the cells' sets of whole months.
func (v *snapshot) keepSets(k cacheKey, r day.Range, cells []int32, sets query.Sets) {
	blocks := v.blocksOf(k, r, cells)
	k = v.at(k)
	for at, set := range sets {
		k.cell, k.month = at.Cell, at.Day.Month()
		b := blocks[k]
		b.sets[at] = set
		b.bytes += bitmapBytes(set)
	}
	for k, b := range blocks {
		v.put(k, b)
	}
}

// readSets returns sets that the cache lacks: an enterprise's as they are stored, an
// organization's or team's cut out of those by who belonged to it on the day.
func (v *snapshot) readSets(ctx context.Context, e query.Entities, r day.Range, cells []int32) (query.Sets, error) {
	if e.Of == query.LevelEnterprise {
		return v.readStoredSets(ctx, r, cells)
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
