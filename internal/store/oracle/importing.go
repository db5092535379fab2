package oracle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// readAll returns copies of all items, in the order of the input.
func readAll(ctx context.Context, items store.Items) ([]store.Item, error) {
	var out []store.Item
	var buf store.Buffer
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := items.Next(ctx, &buf)
		for _, it := range buf.Items[:n] {
			it.Record = deepCopy(it.Record)
			it.Tool = string([]byte(it.Tool))
			out = append(out, it)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read items: %w", err)
		}
	}
	slices.SortStableFunc(out, func(a, b store.Item) int { return cmp.Compare(a.Seq, b.Seq) })
	return out, nil
}

// importItems changes s by one import.
func (s *state) importItems(imp store.Import, items []store.Item, rejections []report.Rejection) *store.Outcome {
	s.lastChange++
	out := &store.Outcome{ID: s.lastChange, Records: map[string]int64{}}
	reports := sort(items, out)
	for _, it := range items {
		if personal(it.Kind) {
			s.meet(it.Enterprise, personOf(it.Tool, it.UserID), it)
		}
	}
	lost := refusedDays(items, rejections)
	for _, k := range sortedKeys(reports) {
		for _, l := range reports[k] {
			l.refused = lost(k.day)
			l.keeps = l.refused && personal(k.kind)
		}
		if change, touched := s.take(k, reports[k], imp.Complete, out); touched {
			out.Days = append(out.Days, change)
		}
	}
	s.warnDisagreements(reports, out)
	s.record(store.Revision{ID: out.ID, At: imp.At, Origin: imp.Origin, Action: "import", Rejected: len(rejections)}, out)
	return out
}

// sort puts items into what they say of each report day, one layer a version.
func sort(items []store.Item, out *store.Outcome) map[reportKey][]*layer {
	reports := map[reportKey][]*layer{}
	type someone struct {
		enterprise int64
		person     person
	}
	people := map[someone]bool{}
	for _, it := range items {
		out.Records[it.Kind.String()]++
		if it.Kind == report.Seat {
			continue
		}
		key := keyOf(it)
		for _, k := range covered(it, key) {
			touch(reports, k, it.Version, out.ID)
		}
		c := &claim{key: key, record: it.Record, version: it.Version, importID: out.ID}
		if it.Kind == report.UserTeam {
			c.org, c.team = it.Organization, it.Team
		}
		if it.Kind == report.UserDay {
			people[someone{it.Enterprise, c.person()}] = true
		}
		l := touch(reports, key, it.Version, out.ID)
		if old := l.claims[c.keyInReport()]; old != nil {
			warn(out, it.File, it.Line, "second %s record for %q on %s: the later one is kept", it.Kind, it.UserID, it.Day)
		}
		l.claims[c.keyInReport()] = c
	}
	out.Users = int64(len(people))
	return reports
}

func keyOf(it store.Item) reportKey {
	return reportKey{it.Enterprise, it.Source, it.Kind, it.Day, it.Tool, it.Data}
}

// keyInReport names the claim within its report.
func (c *claim) keyInReport() claimKey {
	switch c.key.kind {
	case report.UserDay:
		return claimKey{user: c.record.UserID}
	case report.UserTeam:
		return claimKey{user: c.record.UserID, organization: c.org, team: c.team}
	case report.RepoDay:
		return claimKey{repo: c.record.Repo}
	}
	return claimKey{}
}

// covered returns the reports of the days that the item's report states to
// cover. Aggregates and repositories cover only the days that they have.
func covered(it store.Item, key reportKey) []reportKey {
	if it.Kind != report.UserDay && it.Kind != report.UserTeam || it.ReportStart == 0 || it.ReportEnd == 0 {
		return nil
	}
	var out []reportKey
	for d := it.ReportStart; d <= it.ReportEnd; d++ {
		key.day = d
		out = append(out, key)
	}
	return out
}

// touch returns what the import says of k at a version, making it if it is new.
func touch(reports map[reportKey][]*layer, k reportKey, version time.Time, importID int64) *layer {
	for _, l := range reports[k] {
		if l.version.Equal(version) {
			return l
		}
	}
	l := &layer{importID: importID, version: version, claims: map[claimKey]*claim{}}
	reports[k] = append(reports[k], l)
	return l
}

func sortedKeys(reports map[reportKey][]*layer) []reportKey {
	var keys []reportKey
	for k := range reports {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareKeys)
	return keys
}

// take puts what an import says of a report day, at one version after another, over
// what is stored. It returns how the day moved, and whether the import touched it.
func (s *state) take(k reportKey, layers []*layer, complete bool, out *store.Outcome) (store.DayChange, bool) {
	old := s.reports[k]
	day, rows, applied := old, false, false
	slices.SortFunc(layers, func(a, b *layer) int { return a.version.Compare(b.version) })
	for _, l := range layers {
		if len(l.claims) == 0 && !complete {
			day = cover(k, l, day, out)
			continue
		}
		is := l.effectOn(day)
		day = l.on(day)
		l.warn(k, is, day, out)
		rows = rows || len(l.claims) > 0
		applied = applied || is != skips
	}
	change := changeOf(k)
	change.Before, change.After = dayTotals(old), dayTotals(day)
	change.Skipped = rows && !applied
	if day == old {
		return change, rows
	}
	day.before = old // whatever the versions between
	s.reports[k] = day
	return change, true
}

// cover returns a day of which a report that states to cover it has no row: as it
// was; without rows if nothing was known.
func cover(k reportKey, l *layer, day *reportDay, out *store.Outcome) *reportDay {
	if day == nil {
		l.version = time.Time{}
		return l.on(nil)
	}
	for _, c := range day.claims {
		if c.version.Before(l.version) {
			warn(out, "", 0, "%s report has no row of %s: what an older one said stays", k.kind, k.day)
			break
		}
	}
	return day
}

// warn tells what became of a layer, after which the day is as it is.
func (l *layer) warn(k reportKey, is effect, day *reportDay, out *store.Outcome) {
	switch is {
	case skips:
		warn(out, "", 0, "%s report of %s is older than the stored one: skipped", k.kind, k.day)
	case corrects:
		warn(out, "", 0, "%s report of %s changes rows of the same version: it replaces the day", k.kind, k.day)
	}
	if n := l.kept(day); n > 0 && is >= corrects {
		warn(out, "", 0, "%s report of %s has refused lines: %d records missing from it were kept", k.kind, k.day, n)
	}
}

// refusedDays returns which days refused lines may have been of. A rejection of no
// known day is of any day of its file; of any day of the import if nothing else
// came of the file.
func refusedDays(items []store.Item, rejections []report.Rejection) func(day.Day) bool {
	return func(d day.Day) bool {
		return slices.ContainsFunc(rejections, func(r report.Rejection) bool {
			if r.Day != 0 {
				return r.Day == d
			}
			ofFile := func(it store.Item) bool { return it.File == r.File }
			return !slices.ContainsFunc(items, ofFile) || slices.ContainsFunc(items, func(it store.Item) bool {
				return ofFile(it) && (it.Day == d || it.ReportStart != 0 && it.ReportStart <= d && d <= it.ReportEnd)
			})
		})
	}
}

// warnDisagreements warns of keys of which two sources claim different totals.
func (s *state) warnDisagreements(reports map[reportKey][]*layer, out *store.Outcome) {
	for _, k := range sortedKeys(reports) {
		if k.kind != report.UserDay {
			continue
		}
		for _, c := range s.reports[k].sorted() {
			if c.importID == out.ID && s.disagrees(c) {
				warn(out, c.record.File, c.record.Line, "sources disagree about user %q on %s", c.record.UserID, k.day)
			}
		}
	}
}

func (s *state) disagrees(c *claim) bool {
	for k, r := range s.reports {
		if k.enterprise != c.key.enterprise || k.kind != c.key.kind || k.day != c.key.day || k.tool != c.key.tool || k.data != c.key.data {
			continue
		}
		other := r.claims[c.keyInReport()]
		if other != nil && read(other.record).totals != read(c.record).totals {
			return true
		}
	}
	return false
}

func warn(out *store.Outcome, file string, line int, format string, args ...any) {
	out.Warnings = append(out.Warnings, report.Warning{File: file, Line: line, Reason: fmt.Sprintf(format, args...)})
}

func changeOf(k reportKey) store.DayChange {
	return store.DayChange{Enterprise: k.enterprise, Source: k.source, Kind: k.kind.String(), Data: k.data, Tool: k.tool, Day: k.day}
}

// dayTotals adds up a report day: its own claims, whoever gives the values.
func dayTotals(r *reportDay) store.DayTotals {
	var t store.DayTotals
	if r == nil {
		return t
	}
	for _, c := range r.claims {
		t.Records++
		if c.key.kind == report.UserDay || c.key.kind == report.AggregateDay {
			said := read(c.record)
			for i, lines := range []*store.Lines{&t.LocAdded, &t.LocDeleted} {
				if n, known := said.totals.Get(5 + i); known {
					*lines = lines.Plus(store.KnownLines(n))
				}
			}
		}
	}
	return t
}

// record notes the change in the history of each enterprise that it touched.
func (s *state) record(r store.Revision, out *store.Outcome) {
	r.Warnings = len(out.Warnings)
	byEnterprise := map[int64][]store.DayChange{}
	for _, d := range out.Days {
		byEnterprise[d.Enterprise] = append(byEnterprise[d.Enterprise], d)
	}
	for enterprise, days := range byEnterprise {
		r.Days = days
		s.revisions = append(s.revisions, revision{r, enterprise})
		s.versions[enterprise]++
	}
}
