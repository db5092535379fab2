package duckdb

import (
	"cmp"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"runtime"
	"slices"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/report"
	"codegauge/internal/rollup"

	"golang.org/x/sync/errgroup"
)

// rollupRecords is how many records are rolled up at once, so that memory does
// not grow with the import. A day is never divided.
var rollupRecords int64 = 20_000

// run is days of one enterprise that are rolled up together.
type run struct {
	enterprise int64
	days       []day.Day
}

// rollup rebuilds unit and people for the enterprises and days in changed,
// except where only they are left.
func (c *change) rollup() error {
	if err := c.spareTotals(); err != nil {
		return err
	}
	runs, err := c.runs()
	if err != nil {
		return err
	}
	for _, r := range runs {
		if err := c.rollupRun(r); err != nil {
			return err
		}
	}
	return c.flush()
}

// runs divides the changed days.
func (c *change) runs() ([]run, error) {
	var out []run
	records := int64(0)
	err := each(c.ctx, c.tx, `SELECT c.enterprise, c.day, count(u.day) FROM changed c
		LEFT JOIN stream s ON s.enterprise = c.enterprise LEFT JOIN user_day u ON u.stream = s.id AND u.day = c.day
		GROUP BY c.enterprise, c.day ORDER BY c.enterprise, c.day`, func(rows *sql.Rows) error {
		var enterprise, n int64
		var d time.Time
		if err := rows.Scan(&enterprise, &d, &n); err != nil {
			return err
		}
		if records += n; out == nil || records > rollupRecords || out[len(out)-1].enterprise != enterprise {
			out, records = append(out, run{enterprise: enterprise}), n
		}
		last := &out[len(out)-1]
		last.days = append(last.days, day.Of(d))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count records: %w", err)
	}
	return out, nil
}

func (c *change) rollupRun(r run) error {
	days, err := c.load(r)
	if err != nil {
		return fmt.Errorf("read days to roll up: %w", err)
	}
	built := make([]*rollup.Built, len(days))
	cells := c.dict.allCells()
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, d := range days {
		group.Go(func() (err error) {
			built[i], err = d.Build(cells)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return c.keep(r, built)
}

// load reads everything that is stored of a run's days.
func (c *change) load(r run) ([]*rollup.Day, error) {
	days := make([]*rollup.Day, len(r.days))
	at := make(map[int32]*rollup.Day, len(r.days))
	for i, d := range r.days {
		days[i] = &rollup.Day{Enterprise: r.enterprise, Day: d}
		at[int32(d)] = days[i]
	}
	streams := c.dict.streamsOf(r.enterprise)
	if len(streams) == 0 {
		return days, nil
	}
	where := ` WHERE stream IN (` + numbers(streams) + `) AND day BETWEEN DATE '` + r.days[0].String() + `' AND DATE '` + r.days[len(r.days)-1].String() +
		`' AND day IN (` + dates(r.days) + `)`
	persons := c.dict.persons()
	err := scan(c.ctx, c.tx, `SELECT day - DATE '1970-01-01', stream, kind FROM report_day`+where+` AND kind IN (1, 2)`, func(v []driver.Value) error {
		d, st := at[int32(v[0].(int64))], c.dict.streamKey(v[1].(int32))
		d.Reports = append(d.Reports, rollup.Report{Source: st.source, Tool: st.tool, Aggregate: report.Kind(v[2].(uint8)) == report.AggregateDay})
		return nil
	})
	if err == nil {
		err = scan(c.ctx, c.tx, `SELECT day - DATE '1970-01-01', organization, team, "user" FROM member`+where, func(v []driver.Value) error {
			d := at[int32(v[0].(int64))]
			d.Members = append(d.Members, rollup.Member{Organization: v[1].(int64), Team: v[2].(int64), Person: persons[v[3].(int32)-1]})
			return nil
		})
	}
	if err == nil {
		err = c.addBelonging(r.enterprise, days)
	}
	if err == nil {
		err = c.loadRecords(at, where, persons)
	}
	// Sums of credits depend on the order. The records are here, mostly in order:
	// DuckDB would have to hold them once more.
	for _, d := range days {
		slices.SortFunc(d.Records, func(a, b rollup.Record) int {
			return cmp.Or(cmp.Compare(a.Identity, b.Identity), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Tool, b.Tool))
		})
	}
	return days, err
}

// loadIdentities is of how many identities records are read at once: DuckDB holds
// a whole answer in memory.
var loadIdentities = 25_000

// loadRecords reads the records of some days.
func (c *change) loadRecords(days map[int32]*rollup.Day, where string, persons []uint32) error {
	for from := 0; from <= len(persons); from += loadIdentities {
		err := scan(c.ctx, c.tx, `SELECT day - DATE '1970-01-01', stream, "user", effective, reduced, substituted, facts, credits, daily, weekly, monthly, `+
			columnNames("", metric.Columns[:])+` FROM user_day`+where+fmt.Sprintf(` AND "user" BETWEEN %d AND %d`, from, from+loadIdentities-1), func(v []driver.Value) error {
			d := days[int32(v[0].(int64))]
			d.Records = append(d.Records, c.record(v, persons))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// record reads the columns that loadRecords asks for.
func (c *change) record(v []driver.Value, persons []uint32) rollup.Record {
	st := c.dict.streamKey(v[1].(int32))
	r := rollup.Record{Source: st.source, Tool: st.tool, Identity: v[2].(int32), Effective: v[3].(bool), Reduced: v[4].(bool), Substituted: v[5].(bool),
		Facts: v[6].([]byte), Credits: as[float64](v[7]),
		Reported: report.Reported{Daily: as[int64](v[8]), Weekly: as[int64](v[9]), Monthly: as[int64](v[10])}}
	if r.Aggregate = r.Identity == 0; !r.Aggregate {
		r.Person = persons[r.Identity-1]
	}
	setCounters(&r.Totals, v[11:])
	return r
}

// keep replaces the run's units and sets.
func (c *change) keep(r run, built []*rollup.Built) error {
	for _, table := range slices.Concat(unitTables, peopleTables) {
		err := c.exec(`DELETE FROM `+table+` WHERE enterprise = ? AND day BETWEEN ? AND ? AND day IN (`+dates(r.days)+`)`,
			r.enterprise, r.days[0].Time(), r.days[len(r.days)-1].Time())
		if err != nil {
			return err
		}
	}
	cells := c.dict.allCells()
	for i, b := range built {
		for j := range b.Units {
			row, err := unitRow(r.enterprise, &b.Units[j])
			if err != nil {
				return err
			}
			c.wait(unitTable(b.Units[j].Level), row)
		}
		for _, s := range b.Sets {
			set, err := s.People.ToBytes()
			if err != nil {
				return fmt.Errorf("write set of people: %w", err)
			}
			c.wait(peopleTable(cells, s.Cell, s.Client), []any{r.enterprise, r.days[i].Time(), s.Tool, s.Cell, s.Client, set})
		}
		c.stale = append(c.stale, staleMonth{r.enterprise, r.days[i].Month()})
	}
	if c.waiting.bytes < flushBytes {
		return nil
	}
	return c.flush()
}

// flushBytes is about how much of what was rolled up waits to be appended: every
// append takes some 256 KB a column, however little it brings.
var flushBytes = 8 << 20

// waiting are rows that are appended together.
type waiting struct {
	rows  map[string][][]any
	bytes int
}

func (c *change) wait(table string, row []any) {
	w := &c.waiting
	if w.rows == nil {
		w.rows = map[string][][]any{}
	}
	w.rows[table] = append(w.rows[table], row)
	for _, v := range row {
		w.bytes += 24
		if b, ok := v.([]byte); ok {
			w.bytes += len(b)
		}
	}
}

// flush appends the rows that wait.
func (c *change) flush() error {
	for table, rows := range c.waiting.rows {
		if err := c.append(table, rows); err != nil {
			return err
		}
	}
	c.waiting = waiting{}
	return nil
}
