package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/merge"
	"codegauge/internal/metric"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// Import implements store.Store.
func (s *Store) Import(ctx context.Context, imp store.Import, items store.Items) (*store.Outcome, error) {
	var out *store.Outcome
	err := s.change(ctx, imp.Preview, nil, func(c *change) (err error) {
		out, err = c.importItems(ctx, imp, items)
		return err
	})
	if imp.Preview && errors.Is(err, errDry) {
		err = nil
	}
	if err != nil {
		return nil, s.explain("import", err)
	}
	return out, nil
}

func (c *change) importItems(ctx context.Context, imp store.Import, items store.Items) (*store.Outcome, error) {
	g := newGathering(c, items)
	defer g.close()
	if err := g.read(ctx); err != nil {
		return nil, err
	}
	out := &store.Outcome{Records: g.counts}
	for _, set := range g.users {
		out.Users += int64(set.GetCardinality())
	}
	rejections := items.Rejections()
	m := &merging{gathering: g, imp: imp, refused: g.refusedDays(rejections), copies: map[copiesOf]copies{}}
	if err := m.run(ctx); err != nil {
		return nil, err
	}
	m.warn()
	out.Days, out.Warnings = c.sortedDays(), c.warnings
	if c.dry {
		return out, errDry
	}
	err := c.commit(ctx, commitment{action: "import", origin: imp.Origin, at: imp.At, refused: len(rejections), also: func(ctx context.Context, _ *database.Tx) error {
		return items.BeforeCommit(ctx, c.id)
	}})
	out.ID = c.id
	return out, err
}

// merging merges what an import gathered with what is stored, day by day.
type merging struct {
	*gathering
	imp     store.Import
	refused func(day.Day) bool

	copies  map[copiesOf]copies
	effects []dayEffects
}

// copiesOf are the rows that stand more than once.
type copiesOf struct {
	kind report.Kind
	tool string
	data metric.DataKind
}

type copies struct {
	rows int
	days day.Range
}

// dayEffects is what became of a day's reports.
type dayEffects struct {
	update    *dayUpdate
	change    *enterpriseChange
	effects   map[reportKey]*reportEffect
	tooOld    int // rows of a day that is kept as totals only
	aggregate bool
}

// reportEffect is what became of what an import brought for a report day.
type reportEffect struct {
	merge.Effect
	applied bool // something was not older than what is stored
	touched bool // to be listed
	copies  int
}

// run merges all days: several at a time, and writes them in order.
func (m *merging) run(ctx context.Context) error {
	days := m.days()
	spans := map[int64]day.Range{}
	for _, k := range days {
		r, ok := spans[k.enterprise]
		if !ok {
			r.From = k.day
		}
		r.To = k.day
		spans[k.enterprise] = r
	}
	for _, enterprise := range slices.Sorted(maps.Keys(spans)) {
		if err := m.change.enterprises[enterprise].begin(ctx, spans[enterprise]); err != nil {
			return err
		}
	}
	return inOrder(ctx, feedList(days), func(ctx context.Context, k partKey) (dayEffects, error) {
		d, err := m.mergeDay(ctx, k)
		if err != nil {
			err = fmt.Errorf("%s: %w", k.day, err)
		}
		return d, err
	}, m.finish)
}

// mergeDay works out what becomes of a day.
func (m *merging) mergeDay(ctx context.Context, at partKey) (dayEffects, error) {
	e := m.change.enterprises[at.enterprise]
	rows, err := m.rows(at)
	if err != nil {
		return dayEffects{}, err
	}
	out := dayEffects{change: e, effects: map[reportKey]*reportEffect{}}
	from, err := readDay(ctx, m.change.store.db, at.enterprise, e.current, at.day, nil)
	if err != nil {
		return out, err
	}
	out.update = &dayUpdate{from: from, to: map[reportKey]*merge.ReportDay{}}
	if out.aggregate, err = e.aggregateOnly(ctx, at.day); err != nil {
		return out, err
	}
	covers := m.covering(at, rows)
	keys := map[reportKey]bool{}
	for k := range rows {
		keys[k] = true
	}
	for k := range covers {
		keys[k] = true
	}
	for _, k := range slices.SortedFunc(maps.Keys(keys), compareReportKeys) {
		reports, copies := merge.Reports(m.change.id, rows[k])
		effect := &reportEffect{copies: copies}
		out.effects[k] = effect
		if out.aggregate {
			for _, r := range reports {
				out.tooOld += len(r.Rows)
			}
			effect.Skipped, effect.touched = true, len(reports) > 0
			continue
		}
		reports = append(reports, covers[k]...)
		slices.SortStableFunc(reports, func(a, b merge.Report) int { return cmp.Compare(a.Version, b.Version) })
		if err := m.applyReports(out.update, k, reports, effect); err != nil {
			return out, err
		}
	}
	return out, e.prepare(ctx, out.update)
}

// covering returns the reports that state to cover a day but have no row of it.
func (m *merging) covering(at partKey, rows map[reportKey][]merge.Incoming) map[reportKey][]merge.Report {
	out := map[reportKey][]merge.Report{}
	for s := range m.spans {
		if s.enterprise != at.enterprise || at.day < s.from || at.day > s.to {
			continue
		}
		if m.reports[reportOf{at, s.reportKey, s.version}] != nil || slices.ContainsFunc(out[s.reportKey], func(r merge.Report) bool { return r.Version == s.version }) {
			continue
		}
		out[s.reportKey] = append(out[s.reportKey], merge.Report{Import: m.change.id, Version: s.version, Covers: true, Complete: m.imp.Complete})
	}
	return out
}

// applyReports applies the import's reports, which ascend, to one report day.
func (m *merging) applyReports(u *dayUpdate, k reportKey, reports []merge.Report, effect *reportEffect) error {
	refused := m.refused(u.from.day)
	keep := refused && (k.kind == report.UserDay || k.kind == report.UserTeam)
	stored := u.from.reports[k]
	var now *merge.ReportDay
	if stored != nil {
		// The rows are decoded only where they matter.
		now = &merge.ReportDay{Layers: stored.layers}
	}
	decoded := stored == nil || stored.totals.records == 0
	changed := false
	for i := range reports {
		r := &reports[i]
		r.Rejected, r.KeepMissing = refused, keep
		if !decoded && (r.Version == now.Version() || r.Version > now.Version() && (keep || r.Covers)) {
			var err error
			if now, err = u.from.reportDay(k); err != nil {
				return err
			}
			decoded = true
		}
		var e merge.Effect
		before := now
		now, e = merge.Apply(now, r)
		if !e.Skipped && !e.Unchanged {
			changed, decoded = true, true
		}
		effect.Kept += e.Kept
		effect.Stale = effect.Stale || e.Stale
		effect.LaterCopy = effect.LaterCopy || e.LaterCopy && slices.ContainsFunc(before.Layers, func(l merge.Layer) bool { return l.Import != m.change.id })
		effect.applied = effect.applied || !e.Skipped && (!r.Covers || r.Complete)
		effect.touched = effect.touched || !r.Covers || !e.Unchanged && !e.Skipped
	}
	effect.Skipped = !effect.applied && slices.ContainsFunc(reports, func(r merge.Report) bool { return !r.Covers })
	if changed {
		u.to[k] = now
	}
	return nil
}

// finish writes a day and notes what became of it.
func (m *merging) finish(ctx context.Context, d dayEffects) error {
	e := d.change
	for _, k := range slices.SortedFunc(maps.Keys(d.effects), compareReportKeys) {
		effect := d.effects[k]
		if effect.touched {
			if err := e.moved(d.update, k, effect.Skipped); err != nil {
				return err
			}
		}
		if effect.copies > 0 {
			words := e.words.dictionary()
			s := words.streams[k.stream]
			of := copiesOf{k.kind, words.Name(s.tool), s.data}
			had, ok := m.copies[of]
			if !ok {
				had.days = day.Range{From: d.update.from.day, To: d.update.from.day}
			}
			m.copies[of] = copies{had.rows + effect.copies, had.days.Join(day.Range{From: d.update.from.day, To: d.update.from.day})}
		}
	}
	if err := e.apply(ctx, d.update); err != nil {
		return err
	}
	// What was read and worked out is not needed any more.
	d.update = &dayUpdate{from: &storedDay{day: d.update.from.day}, disagreeing: d.update.disagreeing}
	m.effects = append(m.effects, d)
	return nil
}

// warn says what the reader of the import's report should know.
func (m *merging) warn() {
	c := m.change
	var skipped, stale, later, kept, keptReports, tooOld int
	var skippedDays, staleDays, laterDays, keptDays, tooOldDays day.Range
	for _, d := range m.effects {
		on := day.Range{From: d.update.from.day, To: d.update.from.day}
		join := func(r *day.Range, n int) {
			if n == 0 {
				*r = on
			} else {
				*r = r.Join(on)
			}
		}
		for k, e := range d.effects {
			if d.aggregate {
				continue
			}
			if e.Skipped && e.touched {
				join(&skippedDays, skipped)
				skipped++
			}
			if e.Stale {
				join(&staleDays, stale)
				stale++
			}
			if e.LaterCopy {
				join(&laterDays, later)
				later++
			}
			if e.Kept > 0 && (k.kind == report.UserDay || k.kind == report.UserTeam) {
				join(&keptDays, kept)
				kept, keptReports = kept+e.Kept, keptReports+1
			}
		}
		if d.tooOld > 0 {
			join(&tooOldDays, tooOld)
			tooOld += d.tooOld
		}
	}
	if later > 0 {
		c.warn("%s from the stored report of the same version (%s): the later copy, this one, replaces it", english.Count(later, "report day differs", "report days differ"), laterDays)
	}
	if skipped > 0 {
		c.warn("%s older than the stored report (%s): skipped", english.Count(skipped, "report day is", "report days are"), skippedDays)
	}
	if kept > 0 {
		c.warn("%s had refused lines (%s): kept %s missing from them, since the refused lines may have been theirs", english.Count(keptReports, "report day", "report days"), keptDays, english.Count(kept, "record", "records"))
	}
	if stale > 0 {
		c.warn("no rows for %s (%s) that reports claim to cover: what older reports said was kept", english.Count(stale, "report day", "report days"), staleDays)
	}
	if tooOld > 0 {
		c.warn("%s of %s left out: these days are older than the retention and kept as totals only", english.Count(tooOld, "record", "records"), tooOldDays)
	}
	for _, of := range slices.SortedFunc(maps.Keys(m.copies), func(a, b copiesOf) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.tool, b.tool), cmp.Compare(a.data, b.data))
	}) {
		n := m.copies[of]
		c.warn("%s for the same person and day as an earlier row (%s of %s, %s): the later rows are used", english.Count(n.rows, "row is", "rows are"), of.kind, of.tool, n.days)
	}
	for _, d := range m.effects {
		if n := d.update.disagreeing; n > 0 {
			c.warn("%s: two sources report different figures for %s: the newest version counts", d.update.from.day, english.Count(n, "user-day", "user-days"))
		}
	}
}
