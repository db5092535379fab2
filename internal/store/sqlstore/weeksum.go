package sqlstore

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/rollup"

	"github.com/RoaringBitmap/roaring/v2"
)

// The table week_sum has sums of the units of all organizations, or of all teams, over ISO
// weeks: a year of thousands of teams is more than a million units, and 52 rows of each
// breakdown that is asked for. Rows are written once a week is over, by SumWeeks, and go in
// the transaction that makes another state of the week's units current. So they say nothing
// that units do not say, a week without them is added up from its units, and one that has
// them has a row of totals.
//
// A row is packed; in it are, of each sum:
//
//	entity (less the one before), organization, tool, origin × 2 + 1 if it is preferred,
//	day (less the week's Monday) of a unit that is not added up, days,
//	of totals: totals (cube.AppendVector), records, linesUnknown, substituted,
//	of a breakdown: length of the cells, the cells (cube.AppendSums); nothing where there are none
//
// Numbers are varints.

// weekLevels are those that weeks are added up of.
var weekLevels = []query.Level{query.LevelOrganization, query.LevelTeam}

func encodeWeek(monday day.Day, sums []rollup.WeekUnit, b metric.Breakdown) []byte {
	var out []byte
	last := int64(0)
	for i := range sums {
		w := &sums[i]
		if b != metric.Totals && len(w.Cells[b-metric.ByFeature]) == 0 {
			continue
		}
		out = binary.AppendVarint(out, w.Entity-last)
		last = w.Entity
		out = binary.AppendVarint(out, w.Organization)
		out = binary.AppendUvarint(out, uint64(w.Tool))
		origin := byte(w.Origin) << 1
		if w.Preferred {
			origin |= 1
		}
		out = append(out, origin, byte(w.Day-monday), w.Days)
		if b != metric.Totals {
			out = cube.AppendText(out, w.Cells[b-metric.ByFeature])
			continue
		}
		out = cube.AppendVector(out, &w.Totals)
		for _, n := range []int64{w.Records, w.LinesUnknown, w.Substituted} {
			out = binary.AppendVarint(out, n)
		}
	}
	return out
}

// decodeWeek yields what encodeWeek has written. The cells share the row's memory.
func decodeWeek(row []byte, monday day.Day, b metric.Breakdown, yield func(u *query.Unit, days uint8, cells []byte) error) error {
	in := cube.NewReader(row)
	entity := int64(0)
	for in.More() {
		var u query.Unit
		var cells []byte
		entity += in.Varint()
		u.Entity, u.Organization, u.Tool = entity, in.Varint(), int32(in.Uvarint())
		origin := in.Byte()
		u.Origin, u.Preferred, u.Day = query.Origin(origin>>1), origin&1 != 0, monday+day.Day(in.Byte())
		days := in.Byte()
		if b == metric.Totals {
			in.Vector(&u.Totals)
			u.Records, u.LinesUnknown, u.Substituted = in.Varint(), in.Varint(), in.Varint()
		} else {
			cells = in.Text()
		}
		if in.Bad {
			return errDamaged
		}
		if err := yield(&u, days, cells); err != nil {
			return err
		}
	}
	return in.End()
}

// weeksAtOnce is of how many weeks sums are read at once.
const weeksAtOnce = 13

// WeekUnits implements query.Rollups.
func (v *snapshot) WeekUnits(ctx context.Context, e query.Entities, monday day.Day, b metric.Breakdown) ([]*query.Unit, bool, error) {
	if v.now != nil || !slices.Contains(weekLevels, e.Level) {
		return nil, false, nil
	}
	week := day.Range{From: monday, To: monday + 6}
	totalsOnly, err := v.totalsOnly(ctx)
	if err != nil || slices.ContainsFunc(totalsOnly, week.Contains) {
		return nil, false, err
	}
	row, err := v.weekSum(ctx, e.Level, monday, b)
	if err != nil || row == nil {
		return nil, false, err
	}
	members, err := v.membersIn(ctx, week)
	if err != nil {
		return nil, false, err
	}
	var out []*query.Unit
	var on [7]*dayMembers
	for d, m := range members {
		on[d-monday] = m
	}
	err = decodeWeek(row, monday, b, func(u *query.Unit, days uint8, cells []byte) (err error) {
		if e.Organization != 0 && u.Organization != e.Organization {
			return nil
		}
		u.Cells, err = cube.ReadSums(cells, len(v.words.Cells))
		switch {
		case days != 0:
			u.Week = memberDays(&on, u.Entity, days)
		case u.Origin.HasMembers(e.Level):
			u.Members = on[u.Day-monday].of(u.Entity)
		}
		out = append(out, u)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("read sums of the week of %s: %w", monday, err)
	}
	return out, true, nil
}

// memberDays divides days of a week by who belonged to an entity.
func memberDays(on *[7]*dayMembers, entity int64, days uint8) (out []query.MemberDays) {
	var last *roaring.Bitmap
	for i, m := range on {
		if days>>i&1 == 0 {
			continue
		}
		if people := m.of(entity); people != last {
			last, out = people, append(out, query.MemberDays{Members: people})
		}
		out[len(out)-1].Days |= 1 << i
	}
	return out
}

// weekSum returns a row of week_sum, unpacked; nil if the week has none.
func (v *snapshot) weekSum(ctx context.Context, level query.Level, monday day.Day, b metric.Breakdown) ([]byte, error) {
	k := v.at(cacheKey{entity: v.enterprise, level: level, breakdown: b, weeks: true, week: monday, month: monday.Month()})
	revision := v.newest().revision
	if kept := v.store.cache.get(v.part, revision, k); kept != nil {
		return kept.week, nil
	}
	defer v.waitToRead(&v.part.reading)()
	if kept := v.store.cache.get(v.part, revision, k); kept != nil {
		return kept.week, nil
	}
	rows, err := v.readWeekSums(ctx, level, day.Range{From: monday, To: monday + 7*weeksAtOnce - 1}, b)
	for k.week = range rows {
		k.month = k.week.Month()
		v.put(k, &cached{week: rows[k.week], bytes: 200 + len(rows[k.week])})
	}
	return rows[monday], err
}

// readWeekSums returns the rows of some weeks by their Mondays. Of a week that has sums none is
// nil.
func (v *snapshot) readWeekSums(ctx context.Context, level query.Level, r day.Range, b metric.Breakdown) (map[day.Day][]byte, error) {
	tx, err := v.db(ctx)
	if err != nil {
		return nil, err
	}
	out := map[day.Day][]byte{}
	err = database.Each(ctx, tx, func(rows *sql.Rows) error {
		var monday day.Day
		var of metric.Breakdown
		var body sql.RawBytes
		if err := rows.Scan(&monday, &of, &body); err != nil {
			return err
		}
		if of != b { // there is a row of totals, and perhaps none of the breakdown
			out[monday] = []byte{}
			return nil
		}
		unpacked, err := unpacker.DecodeAll(body, []byte{})
		if err != nil {
			return fmt.Errorf("%w: sums of the week of %s: %w", errDamaged, monday, err)
		}
		out[monday] = unpacked
		return nil
	}, `SELECT day, breakdown, body FROM week_sum WHERE enterprise = ? AND level = ? AND day BETWEEN ? AND ? AND breakdown IN (?, ?) AND revision <= ? ORDER BY day, breakdown`,
		v.enterprise, int(level), int(r.From), int(r.To), int(metric.Totals), int(b), v.revision)
	if err != nil {
		return nil, fmt.Errorf("read sums of weeks: %w", err)
	}
	return out, nil
}

// SumWeeks implements store.Store.
func (s *Store) SumWeeks(ctx context.Context, enterprise int64) error {
	enterprises, err := []int64{enterprise}, error(nil)
	if enterprise == 0 {
		enterprises, err = s.everChanged(ctx)
	}
	for _, enterprise := range enterprises {
		for more := true; more && err == nil; {
			more, err = s.sumWeek(ctx, enterprise)
		}
	}
	return s.explain("add up weeks", err)
}

// sumWeek adds up the last week of an enterprise that is over and has no sums. It returns false
// if there is none, or while the enterprise's data is being changed.
func (s *Store) sumWeek(ctx context.Context, enterprise int64) (found bool, err error) {
	lock, err := s.db.TryLock(ctx, database.EnterpriseData, enterprise)
	if err != nil || lock == nil {
		return false, err
	}
	defer lock.Unlock()
	var rows [][]any
	err = s.try(ctx, enterprise, 0, true, func(v *snapshot) error {
		monday, err := v.weekWithoutSums(ctx)
		if err != nil || monday == 0 {
			return err
		}
		for _, level := range weekLevels {
			sums, err := v.sumWeek(ctx, level, monday)
			if err != nil {
				return err
			}
			for b, body := range sums {
				rows = append(rows, []any{enterprise, int(level), int(monday), int(b), v.revision, body})
			}
		}
		return nil
	})
	if err != nil || len(rows) == 0 {
		return false, err
	}
	return true, lock.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
		return tx.Insert(ctx, "week_sum", []string{"enterprise", "level", "day", "breakdown", "revision", "body"}, rows)
	})
}

// weekWithoutSums returns the Monday of the last week with reports that is over and has no
// sums, 0 if there is none.
func (v *snapshot) weekWithoutSums(ctx context.Context) (day.Day, error) {
	days, err := database.Collect(ctx, v.tx, func(rows *sql.Rows) (d day.Day, err error) { return d, rows.Scan(&d) },
		`SELECT DISTINCT day FROM report_day WHERE enterprise = ? AND revision <= ? ORDER BY day`, v.enterprise, v.revision)
	if err != nil {
		return 0, err
	}
	summed, err := v.weeksWithSums(ctx)
	for _, d := range slices.Backward(days) {
		if monday := d.Week(); monday+6 <= days[len(days)-1] && !slices.Contains(summed, monday) {
			return monday, err
		}
	}
	return 0, err
}

// weeksWithSums returns the Mondays of the weeks that have sums.
func (v *snapshot) weeksWithSums(ctx context.Context) ([]day.Day, error) {
	return database.Collect(ctx, v.tx, func(rows *sql.Rows) (d day.Day, err error) { return d, rows.Scan(&d) },
		`SELECT DISTINCT day FROM week_sum WHERE enterprise = ? ORDER BY day`, v.enterprise)
}

// readWeekRows returns the rows of a level's week by breakdown, as they are stored.
func (v *snapshot) readWeekRows(ctx context.Context, level query.Level, monday day.Day) (map[metric.Breakdown][]byte, error) {
	out := map[metric.Breakdown][]byte{}
	return out, database.Each(ctx, v.tx, func(rows *sql.Rows) error {
		var b metric.Breakdown
		var body []byte
		err := rows.Scan(&b, &body)
		out[b] = body
		return err
	}, `SELECT breakdown, body FROM week_sum WHERE enterprise = ? AND level = ? AND day = ?`, v.enterprise, int(level), int(monday))
}

// sumWeek returns what the rows of a level's week are by breakdown.
func (v *snapshot) sumWeek(ctx context.Context, level query.Level, monday day.Day) (map[metric.Breakdown][]byte, error) {
	var units []rollup.Unit
	err := v.eachUnit(ctx, func(s *storedUnit) error {
		units = append(units, rollup.Unit{Unit: s.Unit, Level: level})
		return decodeUnit(s.body, &units[len(units)-1])
	}, unitsOfLevel, int(level), int(monday), int(monday+6))
	if err != nil {
		return nil, err
	}
	sums, err := rollup.SumWeek(units, len(v.words.Cells))
	if err != nil {
		return nil, err
	}
	out := map[metric.Breakdown][]byte{}
	for b := metric.Totals; int(b) < metric.NumBreakdowns; b++ {
		if row := encodeWeek(monday, sums, b); len(row) > 0 || b == metric.Totals {
			out[b] = packer.EncodeAll(row, []byte{})
		}
	}
	return out, nil
}
