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

// incoming is one report of an import.
type incoming struct {
	version time.Time
	claims  map[claimKey]*claim
}

// importItems changes s by one import.
func (s *state) importItems(imp store.Import, items []store.Item, refusals []report.Refusal) *store.Outcome {
	s.lastImport++
	out := &store.Outcome{ID: s.lastImport, Records: map[string]int64{}}
	reports := s.sort(items, out)
	for _, k := range sortedKeys(reports) {
		out.Days = append(out.Days, s.replace(k, reports[k], imp.Part, refusals, out))
	}
	s.warnDisagreements(reports, out)
	s.record(store.Revision{ID: out.ID, At: imp.At, Origin: imp.Origin, Action: "import", Refused: len(refusals)}, out)
	return out
}

// sort puts items into the reports that they make up.
func (s *state) sort(items []store.Item, out *store.Outcome) map[reportKey]*incoming {
	reports := map[reportKey]*incoming{}
	type someone struct {
		enterprise int64
		person     person
	}
	people := map[someone]bool{}
	for i, it := range items {
		out.Records[it.Kind.String()]++
		if it.Kind == report.Seat {
			continue
		}
		key := keyOf(it)
		for _, k := range covered(it, key) {
			touch(reports, k, it.Version)
		}
		c := &claim{key: key, record: it.Record, version: it.Version, importID: out.ID, order: i}
		if it.Kind == report.UserTeam {
			c.org, c.team = it.Organization, it.Team
		}
		if it.Kind == report.UserDay {
			people[someone{it.Enterprise, c.person()}] = true
		}
		in := touch(reports, key, it.Version)
		if old := in.claims[c.keyInReport()]; old != nil {
			warn(out, it.File, it.Line, "second %s record for %q on %s: the later one is kept", it.Kind, it.UserID, it.Day)
		}
		in.claims[c.keyInReport()] = c
	}
	out.Users = int64(len(people))
	return reports
}

func keyOf(it store.Item) reportKey {
	return reportKey{it.Enterprise, it.Source, it.Kind, it.Day, it.Tool}
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

// touch returns the import's report k, making it if it is new.
func touch(reports map[reportKey]*incoming, k reportKey, version time.Time) *incoming {
	in := reports[k]
	if in == nil {
		in = &incoming{version: version, claims: map[claimKey]*claim{}}
		reports[k] = in
	}
	if version.After(in.version) {
		in.version = version
	}
	return in
}

func sortedKeys(reports map[reportKey]*incoming) []reportKey {
	var keys []reportKey
	for k := range reports {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareKeys)
	return keys
}

// replace puts one report in the place of the stored one, and returns how the
// report day moved.
func (s *state) replace(k reportKey, in *incoming, part bool, refusals []report.Refusal, out *store.Outcome) store.DayChange {
	old := s.reports[k]
	change := changeOf(k)
	change.Before = dayTotals(old)
	if old != nil && old.version.After(in.version) {
		change.Skipped, change.After = true, change.Before
		warn(out, "", 0, "%s report of %s is older than the stored one: skipped", k.kind, k.day)
		return change
	}
	refused := refusesDay(refusals, k.day)
	rep := &reportDay{version: in.version, importID: out.ID, refused: refused, claims: map[claimKey]*claim{}}
	if old != nil && part {
		rep.refused = rep.refused || old.refused
	}
	if old != nil && (part || refused && keepsMissing(k.kind)) {
		keep(rep, old, in, part, out, k)
	}
	for key, c := range in.claims {
		rep.claims[key] = c
	}
	s.reports[k] = rep
	change.After = dayTotals(rep)
	return change
}

// keep copies to rep the old claims that the import does not have.
func keep(rep, old *reportDay, in *incoming, part bool, out *store.Outcome, k reportKey) {
	kept := 0
	for key, c := range old.claims {
		if in.claims[key] == nil {
			rep.claims[key] = c
			kept++
		}
	}
	if kept > 0 && !part {
		warn(out, "", 0, "%s report of %s has refused lines: %d records missing from it were kept", k.kind, k.day, kept)
	}
}

// keepsMissing says for which kinds a refused line may have been the record
// that is missing.
func keepsMissing(k report.Kind) bool { return k == report.UserDay || k == report.UserTeam }

// refusesDay reports whether a refused line may have been of day d.
func refusesDay(refusals []report.Refusal, d day.Day) bool {
	return slices.ContainsFunc(refusals, func(r report.Refusal) bool { return r.Day == 0 || r.Day == d })
}

// warnDisagreements warns of keys of which two sources claim different totals.
func (s *state) warnDisagreements(reports map[reportKey]*incoming, out *store.Outcome) {
	for _, k := range sortedKeys(reports) {
		if k.kind != report.UserDay || s.reports[k].importID != out.ID {
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
		if k.enterprise != c.key.enterprise || k.kind != c.key.kind || k.day != c.key.day || k.tool != c.key.tool {
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
	return store.DayChange{Enterprise: k.enterprise, Source: k.source, Kind: k.kind.String(), Tool: k.tool, Day: k.day}
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
			t.LocAdded += said.totals.N[5]
			t.LocDeleted += said.totals.N[6]
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
