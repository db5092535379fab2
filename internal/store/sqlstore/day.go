package sqlstore

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/merge"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/rollup"
	"codegauge/internal/store"
)

// reportKey names a report day within an enterprise's day.
type reportKey struct {
	kind   report.Kind
	stream int32
}

func compareReportKeys(a, b reportKey) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.stream, b.stream))
}

// storedReport is a report day as it is stored.
type storedReport struct {
	layers []merge.Layer
	totals reportTotals
	blocks map[int32]block // by bucket
	// day is the decoded report day, nil until it is asked for.
	day *merge.ReportDay
}

// version returns the newest report's version.
func (s *storedReport) version() int64 { return s.layers[len(s.layers)-1].Version }

// storedDay is everything that is stored of an enterprise's day, as of a revision.
type storedDay struct {
	day     day.Day
	reports map[reportKey]*storedReport
	// part says that of people's rows only some blocks are here.
	part bool
}

// Of the rows of one key the one with the highest revision that is not above the
// second argument counts.
const (
	selectReports = `
		SELECT r.day, r.kind, r.stream, r.layers, r.records, r.reduced, r.know_added, r.know_deleted, r.loc_added, r.loc_deleted, r.revision
		FROM   report_day r`
	currentReports = selectReports + `
		WHERE  r.enterprise = ? AND r.layers IS NOT NULL AND r.revision = (
		         SELECT max(n.revision) FROM report_day n
		         WHERE  n.enterprise = r.enterprise AND n.day = r.day AND n.kind = r.kind AND n.stream = r.stream AND n.revision <= ?)`
	currentBlocks = `
		SELECT b.day, b.bucket, b.kind, b.stream, b.totals, b.facts, b.rest
		FROM   block b` + whereCurrentBlock
	whereCurrentBlock = `
		WHERE  b.enterprise = ? AND b.totals IS NOT NULL AND b.revision = (
		         SELECT max(n.revision) FROM block n
		         WHERE  n.enterprise = b.enterprise AND n.day = b.day AND n.bucket = b.bucket AND n.kind = b.kind AND n.stream = b.stream AND n.revision <= ?)`
)

// readDay reads a day as of a revision: all of it, or of user records and memberships
// only the blocks with some people.
func readDay(ctx context.Context, q database.Querier, enterprise, revision int64, d day.Day, only *somePeople) (*storedDay, error) {
	where := ` AND b.day = ?`
	if only != nil {
		where += ` AND b.bucket IN (` + numbersIn(bucketsOf(append([]int32{0}, only.accounts...))) + `)` // 0 has what is of nobody
	}
	out := &storedDay{day: d, reports: map[reportKey]*storedReport{}, part: only != nil}
	err := database.Each(ctx, q, func(rows *sql.Rows) error {
		k, r, _, _, err := scanReport(rows)
		out.reports[k] = r
		return err
	}, currentReports+` AND r.day = ?`, enterprise, revision, int(d))
	if err == nil {
		err = database.Each(ctx, q, func(rows *sql.Rows) error {
			_, bucket, k, b, err := scanBlock(rows)
			if err != nil {
				return err
			}
			r := out.reports[k]
			if r == nil {
				return fmt.Errorf("%w: a block of %s without its report day", errDamaged, k.kind)
			}
			r.blocks[bucket] = b
			return nil
		}, currentBlocks+where, enterprise, revision, int(d))
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", d, err)
	}
	return out, nil
}

// scanBlock reads a row of currentBlocks.
func scanBlock(rows *sql.Rows) (d day.Day, bucket int32, k reportKey, b block, err error) {
	return d, bucket, k, b, rows.Scan(&d, &bucket, &k.kind, &k.stream, &b.totals, &b.facts, &b.rest)
}

// scanReport reads a row of selectReports, which has no layers if the report day is gone.
func scanReport(rows *sql.Rows) (k reportKey, r *storedReport, d day.Day, revision int64, err error) {
	var layers []byte
	r = &storedReport{blocks: map[int32]block{}}
	t := &r.totals
	if err = rows.Scan(&d, &k.kind, &k.stream, &layers, &t.records, &t.linesUnknown, &t.added.known, &t.deleted.known, &t.added.sum, &t.deleted.sum, &revision); err == nil && layers != nil {
		r.layers, err = decodeLayers(layers)
	}
	return k, r, d, revision, err
}

// reportDay decodes the report day; nil if there is none.
func (d *storedDay) reportDay(k reportKey) (*merge.ReportDay, error) {
	r := d.reports[k]
	if r == nil {
		return nil, nil
	}
	if r.day != nil {
		return r.day, nil
	}
	out := &merge.ReportDay{Layers: r.layers, Rows: make([]merge.Row, 0, r.totals.records)}
	var space decodeSpace
	for _, bucket := range slices.Sorted(maps.Keys(r.blocks)) {
		b := r.blocks[bucket]
		var err error
		if out.Rows, err = space.appendRows(out.Rows, &b, k.kind, nil, whole); err != nil {
			return nil, fmt.Errorf("%s, %s of stream %d, bucket %d: %w", d.day, k.kind, k.stream, bucket, err)
		}
	}
	for i := range out.Rows {
		if out.Rows[i].Layer >= len(out.Layers) {
			return nil, fmt.Errorf("%s, %s of stream %d: %w", d.day, k.kind, k.stream, errDamaged)
		}
	}
	r.day = out
	return out, nil
}

// reportTotals are a report day's totals; linesUnknown are the records whose lines are unknown.
type reportTotals struct {
	records, linesUnknown int64
	added, deleted        lineTotal
}

// lineTotal is a sum over the records that know it, and their number.
type lineTotal struct{ known, sum int64 }

func (t *lineTotal) add(n int64, known bool) {
	if known {
		t.known, t.sum = t.known+1, t.sum+n
	}
}

func (t lineTotal) lines() store.Lines {
	if t.known == 0 {
		return store.Lines{}
	}
	return store.KnownLines(t.sum)
}

func (t reportTotals) day() store.DayTotals {
	return store.DayTotals{Records: t.records, LocAdded: t.added.lines(), LocDeleted: t.deleted.lines()}
}

// replace returns the totals of a report day of which a part became another.
func (t reportTotals) replace(from, to reportTotals) reportTotals {
	line := func(t, from, to lineTotal) lineTotal {
		return lineTotal{t.known - from.known + to.known, t.sum - from.sum + to.sum}
	}
	return reportTotals{t.records - from.records + to.records, t.linesUnknown - from.linesUnknown + to.linesUnknown,
		line(t.added, from.added, to.added), line(t.deleted, from.deleted, to.deleted)}
}

// totalsOf adds up a report day.
func totalsOf(kind report.Kind, d *merge.ReportDay) (t reportTotals, err error) {
	if d == nil {
		return t, nil
	}
	t.records = int64(len(d.Rows))
	if kind != report.UserDay && kind != report.AggregateDay {
		return t, nil
	}
	for i := range d.Rows {
		of, _, err := readFigures(d.Rows[i].Figures)
		if err != nil {
			return t, err
		}
		t.added.add(of.Get(metric.LocAdded))
		t.deleted.add(of.Get(metric.LocDeleted))
		if of.linesUnknown {
			t.linesUnknown++
		}
	}
	return t, nil
}

// dayUpdate is what a change makes of an enterprise's day.
type dayUpdate struct {
	from *storedDay
	// to are the report days that change: nil for one that goes.
	to map[reportKey]*merge.ReportDay
	// only are the people that the update is about; nil are all.
	only *somePeople
	// rollup says that units and sets may be different even if no row is: other
	// persons, other memberships; frozen that they stay whatever rows do.
	rollup, frozen bool
	// rebuilt are report days that stay as they are and are listed with those that change.
	rebuilt []reportKey
	// rows are to be written, by table; changed says that units or sets are among them.
	// recounted says that another source's records may count now.
	rows               map[string][][]any
	changed, recounted bool
	// totals are the changed report days', as they will be.
	totals map[reportKey]reportTotals
	// disagreeing counts user-days that two sources report differently.
	disagreeing int
}

// prepare works out which rows the update writes. It reads, and may run beside others.
func (e *enterpriseChange) prepare(ctx context.Context, u *dayUpdate) error {
	u.rows, u.totals = map[string][][]any{}, map[reportKey]reportTotals{}
	rebuild := u.rollup
	for _, k := range slices.SortedFunc(maps.Keys(u.to), compareReportKeys) {
		d := u.to[k]
		totals, err := totalsOf(k.kind, d)
		if err != nil {
			return err
		}
		was := u.from.reports[k]
		if u.only != nil {
			if totals, err = u.totalsInPart(k, totals); err != nil {
				return err
			}
		}
		var layers any
		refused := false
		if d != nil {
			layers, refused = encodeLayers(d.Layers), d.Newest().Rejected
		}
		rebuild = rebuild || (was == nil) != (d == nil)
		if was != nil && d != nil && was.version() != d.Version() {
			u.recounted = u.recounted || k.kind == report.UserDay
		}
		u.totals[k] = totals
		u.add("report_day", []any{e.enterprise, int(u.from.day), int(k.kind), k.stream, e.id, layers, refused, totals.records, totals.linesUnknown,
			totals.added.known, totals.deleted.known, totals.added.sum, totals.deleted.sum})
		var had, has map[int32]block
		if was != nil {
			had = was.blocks
		}
		if d != nil {
			has = encodeBlocks(k.kind, d.Rows)
		}
		write := func(bucket int32, b block) {
			u.add("block", append([]any{e.enterprise, int(u.from.day), bucket, int(k.kind), k.stream, e.id}, b.columns()...))
			rebuild = true
		}
		for bucket, b := range has {
			if !had[bucket].equal(b) {
				write(bucket, b)
			}
		}
		for bucket := range had {
			if _, left := has[bucket]; !left {
				write(bucket, block{})
			}
		}
	}
	if !rebuild && !u.recounted || u.frozen {
		return nil
	}
	if u.only != nil {
		return e.patch(ctx, u)
	}
	if accounts, ok := e.changedAccounts(u); ok && !u.rollup {
		if len(accounts) == 0 {
			return nil
		}
		e.personsOnce.Do(func() { e.persons = byPerson(e.accounts.list) })
		if u.only = peopleIn([]accountsByPerson{e.persons}, accounts); u.only != nil {
			err := e.patch(ctx, u)
			u.only = nil
			if !errors.Is(err, rollup.ErrRebuild) {
				return err
			}
		}
	}
	built, err := e.build(ctx, u)
	if err != nil {
		return fmt.Errorf("roll up %s: %w", u.from.day, err)
	}
	if e.dry {
		return nil
	}
	stored, err := readRollups(ctx, e.store.db, e.enterprise, e.current, u.from.day, "", "")
	if err != nil {
		return err
	}
	now, err := e.words.dictionary().encodeRollups(built)
	if err != nil {
		return err
	}
	e.compare(u, stored, now)
	return nil
}

func (u *dayUpdate) add(table string, row []any) { u.rows[table] = append(u.rows[table], row) }

// build rolls the day up as it will be.
func (e *enterpriseChange) build(ctx context.Context, u *dayUpdate) (*rollup.Built, error) {
	members, err := e.belongings(ctx)
	if err != nil {
		return nil, err
	}
	in := &dayBuilder{words: e.words.dictionary(), accounts: e.accounts.list, enterprise: e.enterprise}
	d, err := in.day(u, members)
	if err != nil {
		return nil, err
	}
	return d.Build(in.words.Cells)
}

// dayBuilder makes stored days what is rolled up.
type dayBuilder struct {
	words      *dictionary
	accounts   []account
	enterprise int64
}

// person returns the first account of an account's person.
func (b *dayBuilder) person(account int32) int32 {
	return (&accounts{list: b.accounts}).person(account)
}

// statedOf is what a source states of a tool without people: its aggregate, or repositories.
type statedOf struct {
	kind   report.Kind
	source int64
	tool   int32
}

// statedReport is what the first kind of data by rank says of it.
type statedReport struct {
	stream stream
	rows   []merge.Row
}

// day returns the day as the update leaves it; of the update's people only, if it has some.
func (b *dayBuilder) day(u *dayUpdate, members []belonging) (*rollup.Day, error) {
	d := &rollup.Day{Enterprise: b.enterprise, Day: u.from.day}
	keys := map[reportKey]bool{}
	for k := range u.from.reports {
		keys[k] = true
	}
	for k := range u.to {
		keys[k] = true
	}
	byTool := map[int32][]claims{}
	stated := map[statedOf]statedReport{}
	for _, k := range slices.SortedFunc(maps.Keys(keys), compareReportKeys) {
		reported, changed := u.to[k]
		if !changed {
			var err error
			if reported, err = u.from.reportDay(k); err != nil {
				return nil, err
			}
		}
		if reported == nil {
			continue
		}
		s, err := b.words.stream(k.stream)
		if err != nil {
			return nil, err
		}
		switch k.kind {
		case report.UserTeam:
			for i := range reported.Rows {
				r := &reported.Rows[i]
				if !u.only.has(r.Account) {
					continue
				}
				if int(r.Account) >= len(b.accounts) {
					return nil, fmt.Errorf("a membership of account %d, which is missing: %w", r.Account, errDamaged)
				}
				d.Members = append(d.Members, rollup.Member{Organization: r.Organization, Team: r.Team, Person: uint32(b.accounts[r.Account].person)})
			}
			continue
		case report.UserDay, report.AggregateDay:
			d.Reports = append(d.Reports, rollup.Report{Source: s.source, Tool: s.tool, Data: s.data, Aggregate: k.kind == report.AggregateDay})
		}
		if k.kind == report.UserDay {
			c := claimsOf(s, b.enterprise, reported)
			if u.only != nil {
				c.rows = slices.DeleteFunc(slices.Clone(c.rows), func(r merge.Row) bool { return !u.only.has(r.Account) })
			}
			byTool[s.tool] = append(byTool[s.tool], c)
			continue
		}
		of := statedOf{k.kind, s.source, s.tool}
		if have, ok := stated[of]; len(reported.Rows) > 0 && (!ok || s.data.Rank() < have.stream.data.Rank()) {
			stated[of] = statedReport{s, reported.Rows}
		}
	}
	for of, r := range stated {
		for i := range r.rows {
			if u.only != nil {
				break
			}
			if err := b.record(d, r.stream, of.kind, &r.rows[i], true); err != nil {
				return nil, err
			}
		}
	}
	for _, m := range members {
		if m.days.Contains(u.from.day) && u.only.hasPerson(m.person) {
			d.Members = append(d.Members, rollup.Member{Organization: m.organization, Team: m.team, Person: m.person})
		}
	}
	for _, tool := range slices.Sorted(maps.Keys(byTool)) {
		disagreeing, err := effective(byTool[tool], b.person, func(s stream, row *merge.Row, counts bool) error { return b.record(d, s, report.UserDay, row, counts) })
		if err != nil {
			return nil, err
		}
		u.disagreeing += disagreeing
	}
	return d, nil
}

// record adds a user record, an aggregate or a repository's row to a day.
func (b *dayBuilder) record(d *rollup.Day, s stream, kind report.Kind, row *merge.Row, counts bool) error {
	t, facts, err := readFigures(row.Figures)
	if err != nil {
		return err
	}
	r := rollup.Record{Source: s.source, Tool: s.tool, Aggregate: kind == report.AggregateDay, Repository: kind == report.RepoDay, Identity: row.Account, Effective: counts,
		Totals: t.Vector, LinesUnknown: t.linesUnknown, Substituted: t.substituted, Facts: facts}
	if kind == report.UserDay {
		if int(row.Account) >= len(b.accounts) {
			return fmt.Errorf("a record of account %d, which is missing: %w", row.Account, errDamaged)
		}
		r.Person = uint32(b.accounts[row.Account].person)
	}
	d.Records = append(d.Records, r)
	return nil
}

// compare adds the units and sets that are not what is stored.
func (e *enterpriseChange) compare(u *dayUpdate, stored, now *rollups) {
	add := func(table string, row []any) {
		u.add(table, row)
		u.changed = true
	}
	for k, v := range now.units {
		if old, ok := stored.units[k]; !ok || !old.equal(v) {
			add("unit", []any{e.enterprise, int(k.level), k.entity, int(u.from.day), k.tool, int(k.origin), e.id, v.organization, v.preferred, v.body})
		}
	}
	for k, v := range stored.units {
		if _, ok := now.units[k]; !ok {
			add("unit", []any{e.enterprise, int(k.level), k.entity, int(u.from.day), k.tool, int(k.origin), e.id, v.organization, false, nil})
		}
	}
	for k, v := range now.people {
		if !bytes.Equal(stored.people[k], v) {
			add("people_sets", []any{e.enterprise, int64(k.group), int(u.from.day), k.tool, e.id, v})
		}
	}
	for k := range stored.people {
		if now.people[k] == nil {
			add("people_sets", []any{e.enterprise, int64(k.group), int(u.from.day), k.tool, e.id, nil})
		}
	}
}

// apply writes a prepared update and notes how its report days moved.
func (e *enterpriseChange) apply(ctx context.Context, u *dayUpdate) error {
	if len(u.rows) > 0 {
		e.touched[u.from.day] = true
	}
	// The cache has people's records besides: where retention takes them alone, or
	// another source's claim counts, units may stay as they are.
	if u.changed || u.recounted || len(u.rows["block"]) > 0 {
		e.months[u.from.day.Month()] = true
	}
	return e.write(ctx, u.rows)
}

// moved notes how a report day moves.
func (e *enterpriseChange) moved(u *dayUpdate, k reportKey, skipped bool) error {
	words := e.words.dictionary()
	s, err := words.stream(k.stream)
	if err != nil {
		return err
	}
	c := store.DayChange{Enterprise: e.enterprise, Source: s.source, Kind: k.kind.String(), Data: s.data, Tool: words.Name(s.tool), Day: u.from.day, Skipped: skipped}
	if was := u.from.reports[k]; was != nil {
		c.Before = was.totals.day()
	} else if to, ok := u.to[k]; ok && to == nil {
		return nil // only what was kept of it is removed
	}
	c.After = c.Before
	if t, ok := u.totals[k]; ok {
		c.After = t.day()
	}
	e.days = append(e.days, c)
	return nil
}

// rollups are a day's units and sets as they are stored.
type rollups struct {
	units  map[unitKey]unitRow
	people map[setRow][]byte
}

type unitKey struct {
	level  query.Level
	entity int64
	tool   int32
	origin query.Origin
}

type unitRow struct {
	organization int64
	preferred    bool
	body         []byte
}

func (a unitRow) equal(b unitRow) bool {
	return a.organization == b.organization && a.preferred == b.preferred && bytes.Equal(a.body, b.body)
}

// readRollups reads a day's units and sets, or those that conditions select.
func readRollups(ctx context.Context, q database.Querier, enterprise, revision int64, d day.Day, units, sets string) (*rollups, error) {
	out := &rollups{units: map[unitKey]unitRow{}, people: map[setRow][]byte{}}
	err := database.Each(ctx, q, func(rows *sql.Rows) error {
		var k unitKey
		var v unitRow
		if err := rows.Scan(&k.level, &k.entity, &k.tool, &k.origin, &v.organization, &v.preferred, &v.body); err != nil {
			return err
		}
		out.units[k] = v
		if v.body == nil {
			delete(out.units, k)
		}
		return nil
	}, `SELECT level, entity, tool, origin, organization, preferred, body FROM unit WHERE enterprise = ? AND day = ? AND revision <= ?`+units+` ORDER BY revision`, enterprise, int(d), revision)
	if err == nil {
		err = database.Each(ctx, q, func(rows *sql.Rows) error {
			var k setRow
			var v []byte
			if err := rows.Scan(&k.group, &k.tool, &v); err != nil {
				return err
			}
			out.people[k] = v
			if v == nil {
				delete(out.people, k)
			}
			return nil
		}, `SELECT set_group, tool, body FROM people_sets WHERE enterprise = ? AND day = ? AND revision <= ?`+sets+` ORDER BY revision`, enterprise, int(d), revision)
	}
	if err != nil {
		return nil, fmt.Errorf("read units of %s: %w", d, err)
	}
	return out, nil
}

func (d *dictionary) encodeRollups(built *rollup.Built) (*rollups, error) {
	out := &rollups{units: map[unitKey]unitRow{}, people: map[setRow][]byte{}}
	for i := range built.Units {
		u := &built.Units[i]
		out.units[unitKey{u.Level, u.Entity, u.Tool, u.Origin}] = unitRow{organization: u.Organization, preferred: u.Preferred, body: encodeUnit(u)}
	}
	if len(built.Members) > 0 {
		b, err := encodeMembers(built.Members)
		if err != nil {
			return nil, err
		}
		out.people[membersRow] = b
	}
	sets := map[setRow][]rollup.Set{}
	for _, s := range built.Sets {
		k := setRow{d.groupOf(s.SetKey), s.Tool}
		sets[k] = append(sets[k], s)
	}
	for k, list := range sets {
		var err error
		if out.people[k], err = encodeSets(list); err != nil {
			return nil, err
		}
	}
	return out, nil
}
