package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/rollup"
)

// gatherRecords is migration 2: it brings the rows of the table fact, and what
// is only exported again, into the records that they belong to.
func gatherRecords(ctx context.Context, db *sql.Conn) error {
	dict, err := loadDictionary(ctx, db)
	if err != nil {
		return err
	}
	g := &gatherer{change: &change{ctx: ctx, tx: db, dict: dict}}
	for _, step := range []func() error{g.records, g.members, g.finish} {
		if err := step(); err != nil {
			return fmt.Errorf("gather records: %w", err)
		}
	}
	return nil
}

// gatherer puts the records of the first form together again, one after the other.
type gatherer struct {
	*change
	old    []driver.Value // the record's columns, nil before the first
	rec    report.Record
	facts  []rollup.Fact
	extras string // the unknown members of rows, as JSON
	rows   [][]any
}

// The columns that records asks for: those that stay, in their order, then
// those that become rest, then the fact's.
const (
	gatherKept = 24
	gatherRest = 12
)

func (g *gatherer) records() error {
	err := scan(g.ctx, g.tx, `SELECT u.stream, u.day, u."user", u.import, u.copy, u.effective, u.version, u.seq, `+columnNames("u", metric.Columns[:])+`,
			u.credits, u.reduced, u.substituted, u.flags_known, u.flags, u.phase, u.daily, u.weekly, u.monthly,
			u.login, u.tool, u.enterprise_id, u.organization_id, u.report_start, u.report_end, u.created_at, u.present, u.arrays, u.extra, u.rows_extra, u.wrapper,
			f.cell, f.client, `+columnNames("f", metric.Columns[:])+`
		FROM user_day_1 u LEFT JOIN fact f ON f.stream = u.stream AND f.day = u.day AND f."user" = u."user" AND f.import = u.import AND f.copy = u.copy
		ORDER BY u.stream, u.day, u."user", u.import, u.copy, f.cell`, g.add)
	if err == nil {
		err = g.flush()
	}
	if err == nil {
		err = g.append("user_day", g.rows)
	}
	g.rows = nil
	return err
}

// add takes a record with one of its facts.
func (g *gatherer) add(v []driver.Value) error {
	if g.old != nil && !slices.Equal(g.old[:5], v[:5]) {
		if err := g.flush(); err != nil {
			return err
		}
	}
	if g.old == nil {
		g.old = slices.Clone(v[:gatherKept])
		g.begin(v[gatherKept : gatherKept+gatherRest])
	}
	cell, ok := v[gatherKept+gatherRest].(int32)
	if !ok {
		return nil // a record without breakdowns
	}
	f := rollup.Fact{CellSum: query.CellSum{Cell: cell}, Client: v[gatherKept+gatherRest+1].(int32)}
	setCounters(&f.Counters, v[gatherKept+gatherRest+2:])
	g.facts = append(g.facts, f)
	return nil
}

// begin sets what is only exported again.
func (g *gatherer) begin(v []driver.Value) {
	text := func(v driver.Value) string { s, _ := v.(string); return s }
	date := func(v driver.Value) day.Day {
		if t, ok := v.(time.Time); ok {
			return day.Of(t)
		}
		return 0
	}
	g.rec = report.Record{Login: text(v[0]), Tool: text(v[1]), EnterpriseID: text(v[2]), OrganizationID: text(v[3]),
		ReportStart: date(v[4]), ReportEnd: date(v[5]), Extra: []byte(text(v[9])), Wrapper: []byte(text(v[11]))}
	if us, ok := v[6].(int64); ok {
		g.rec.CreatedAt = micros(us)
	}
	g.rec.Totals.Present = v[7].(uint8)
	had := v[8].(uint8)
	g.rec.UserIDString = had&userIDWasString != 0
	for _, l := range breakdownsOf(&g.rec) {
		if had&l.bit != 0 {
			*l.rows = []report.Row{}
		}
	}
	g.extras = text(v[10])
}

// flush writes the record. That nothing is left of its totals was not stored.
func (g *gatherer) flush() error {
	if g.old == nil {
		return nil
	}
	var totals report.Counters
	setCounters(&totals, g.old[8:])
	cells := g.dict.allCells()
	unsplit := false
	rec := stored{g.rec}
	for i := range g.facts {
		c := &cells[g.facts[i].Cell]
		unsplit = unsplit || c.Part == query.Unsplit
		rec.addRow(c, g.dict.clientKey(g.facts[i].Client), &g.facts[i])
	}
	if !unsplit && totals.Present != 0 {
		nothing := g.dict.cell(cellKey{Breakdown: metric.ByFeature, Part: query.Unsplit})
		g.facts = append(g.facts, rollup.Fact{CellSum: query.CellSum{Cell: nothing, Counters: report.Counters{Present: totals.Present}}})
	}
	if err := rec.addExtras(g.extras); err != nil {
		return err
	}
	g.rows = append(g.rows, append(anys(g.old), rollup.AppendFacts(nil, g.facts), pack(appendRest(nil, &rec.Record))))
	g.old, g.facts = nil, g.facts[:0]
	return nil
}

// addExtras gives rows their unknown members, which the first form found by the
// row's keys and by which of several equal rows it was.
func (rec *stored) addExtras(text string) error {
	if text == "" {
		return nil
	}
	var extras []struct {
		Kind    metric.Breakdown `json:"k"`
		Keys    [4]string        `json:"v"`
		Nth     int              `json:"n"`
		Members json.RawMessage  `json:"x"`
	}
	if err := json.Unmarshal([]byte(text), &extras); err != nil {
		return fmt.Errorf("stored members of rows: %w", err)
	}
	for _, e := range extras {
		for _, l := range breakdownsOf(&rec.Record) {
			for i := range *l.rows {
				row := &(*l.rows)[i]
				if l.kind != e.Kind || [4]string{row.IDE, row.Feature, row.Language, row.Model} != e.Keys {
					continue
				}
				if e.Nth == 0 {
					row.Extra = e.Members[1 : len(e.Members)-1]
				}
				e.Nth--
			}
		}
	}
	return nil
}

func (g *gatherer) members() error {
	err := scan(g.ctx, g.tx, `SELECT * FROM member_1`, func(v []driver.Value) error {
		row := anys(v)
		g.rows = append(g.rows, row)
		return decodeBodies(g.ctx, v[len(v)-1].(string), func(r *report.Record) error {
			row[len(row)-1] = appendMember(nil, r)
			return nil
		})
	})
	if err == nil {
		err = g.append("member", g.rows)
	}
	g.rows = nil
	return err
}

func anys(v []driver.Value) []any {
	out := make([]any, len(v))
	for i := range v {
		out[i] = v[i]
	}
	return out
}

func (g *gatherer) finish() error {
	if err := g.dict.save(g.change); err != nil {
		return err
	}
	for _, stmt := range []string{
		`DROP TABLE fact`, `DROP TABLE user_day_1`, `DROP TABLE member_1`,
		`CREATE TEMP TABLE touched AS SELECT stream, kind, day FROM report_day`,
	} {
		if err := g.exec(stmt); err != nil {
			return err
		}
	}
	if err := g.countReportDays(); err != nil {
		return err
	}
	return g.exec(`DROP TABLE touched`)
}
