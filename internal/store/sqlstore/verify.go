package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// Verify implements store.Store: it reads every block, which has a checksum, counts
// what report days say of their rows, and builds every rollup again and compares. It
// changes nothing and keeps nobody waiting.
func (s *Store) Verify(ctx context.Context) ([]store.Finding, error) {
	var out []store.Finding
	damages, err := s.db.Check(ctx)
	if err != nil {
		return nil, s.explain("check", err)
	}
	for _, d := range damages {
		out = append(out, store.Finding{Check: "the database's own check", Detail: d})
	}
	enterprises, err := s.everChanged(ctx)
	if err != nil {
		return nil, s.explain("verify", err)
	}
	for _, enterprise := range enterprises {
		found, err := s.verifyEnterprise(ctx, enterprise)
		out = append(out, found...)
		if err != nil {
			return out, s.explain("verify", err)
		}
	}
	return out, nil
}

// verifyEnterprise verifies one state of an enterprise, day by day.
func (s *Store) verifyEnterprise(ctx context.Context, enterprise int64) (out []store.Finding, err error) {
	err = s.try(ctx, enterprise, 0, true, func(v *snapshot) error {
		out = nil
		known, err := readAccounts(ctx, v.tx, enterprise, v.revision)
		if errors.Is(err, errDamaged) {
			out = append(out, store.Finding{Check: "who accounts are of can be read", Detail: err.Error()})
			return nil
		}
		if err != nil {
			return err
		}
		out = append(out, checkPersons(known)...)
		e := &enterpriseChange{change: &change{store: s}, enterprise: enterprise, accounts: &numberAccounts{accounts: known}}
		members, err := e.belongingsIn(ctx, v.tx)
		if err != nil {
			return err
		}
		days, err := database.Collect(ctx, v.tx, func(rows *sql.Rows) (d day.Day, err error) { return d, rows.Scan(&d) }, `
			SELECT day FROM report_day WHERE enterprise = ? UNION SELECT day FROM unit WHERE enterprise = ? UNION SELECT day FROM people_sets WHERE enterprise = ? ORDER BY 1`,
			enterprise, enterprise, enterprise)
		if err != nil {
			return err
		}
		aggregate, err := database.Collect(ctx, v.tx, func(rows *sql.Rows) (d day.Day, err error) { return d, rows.Scan(&d) },
			`SELECT day FROM aggregate_only WHERE enterprise = ?`, enterprise)
		if err != nil {
			return err
		}
		b := &dayBuilder{words: v.words, accounts: known.list, enterprise: enterprise}
		for _, d := range days {
			found, err := v.verifyDay(ctx, b, members, d, slices.Contains(aggregate, d))
			if errors.Is(err, errDamaged) {
				found, err = append(found, store.Finding{Check: "stored records can be read", Day: d, Detail: err.Error()}), nil
			}
			if err != nil {
				return err
			}
			out = append(out, found...)
		}
		found, err := v.verifyWeeks(ctx)
		out = append(out, found...)
		return err
	})
	for i := range out {
		out[i].Enterprise = enterprise
	}
	return out, err
}

// verifyWeeks adds up again the weeks that have sums.
func (v *snapshot) verifyWeeks(ctx context.Context) (out []store.Finding, err error) {
	const check = "sums of weeks equal their units"
	mondays, err := v.weeksWithSums(ctx)
	for _, monday := range mondays {
		for _, level := range weekLevels {
			have, err := v.readWeekRows(ctx, level, monday)
			if err != nil {
				return out, err
			}
			want, err := v.sumWeek(ctx, level, monday)
			if errors.Is(err, errDamaged) {
				out = append(out, store.Finding{Check: check, Day: monday, Detail: err.Error()})
				continue
			}
			if err != nil {
				return out, err
			}
			if !maps.EqualFunc(have, want, bytes.Equal) {
				out = append(out, store.Finding{Check: check, Day: monday, Detail: "those of all " + map[query.Level]string{query.LevelOrganization: "organizations", query.LevelTeam: "teams"}[level] + " differ"})
			}
		}
	}
	return out, err
}

// checkPersons looks for accounts of one person that do not stand for the first of them.
func checkPersons(a *accounts) []store.Finding {
	first := map[int64]int32{}
	wrong := 0
	for id, n := range a.all() {
		want := id
		if n.linked != 0 {
			if _, ok := first[n.linked]; !ok {
				first[n.linked] = id
			}
			want = first[n.linked]
		}
		if n.person != want {
			wrong++
		}
	}
	if wrong == 0 {
		return nil
	}
	return []store.Finding{{Check: "accounts of one person stand for the first of them", Detail: english.Count(wrong, "does not", "do not")}}
}

func (v *snapshot) verifyDay(ctx context.Context, b *dayBuilder, members []belonging, d day.Day, aggregate bool) ([]store.Finding, error) {
	var out []store.Finding
	find := func(check, format string, args ...any) {
		out = append(out, store.Finding{Check: check, Day: d, Detail: fmt.Sprintf(format, args...)})
	}
	stored, err := readDay(ctx, v.tx, v.enterprise, v.revision, d, nil)
	if err != nil {
		return nil, err
	}
	for k, r := range stored.reports {
		reported, err := stored.reportDay(k)
		if err != nil {
			return out, err
		}
		totals, err := totalsOf(k.kind, reported)
		if err != nil {
			return out, err
		}
		if totals != r.totals {
			find("report days count their records", "%s of stream %d counts %+v, has %+v", k.kind, k.stream, r.totals, totals)
		}
		if aggregate && ofPeople(k.kind) && k.kind != report.RepoDay && totals.records > 0 {
			find("days kept as totals only have no records of people", "%s of stream %d has %d", k.kind, k.stream, totals.records)
		}
		for i := 1; i < len(reported.Rows); i++ {
			if reported.Rows[i-1].Key.Compare(reported.Rows[i].Key) >= 0 {
				find("one row per key", "%s of stream %d: row %d", k.kind, k.stream, i)
				break
			}
		}
	}
	if aggregate {
		return out, nil
	}
	whole, err := b.day(&dayUpdate{from: stored}, members)
	if err != nil {
		return out, err
	}
	built, err := whole.Build(v.words.Cells)
	if err != nil {
		return out, err
	}
	want, err := v.words.encodeRollups(built)
	if err != nil {
		return out, err
	}
	have, err := readRollups(ctx, v.tx, v.enterprise, v.revision, d, "", "")
	if err != nil {
		return out, err
	}
	units, people := 0, 0
	for k, u := range want.units {
		if h, ok := have.units[k]; !ok || !h.equal(u) {
			units++
		}
	}
	for k := range have.units {
		if _, ok := want.units[k]; !ok {
			units++
		}
	}
	for k, p := range want.people {
		if !bytes.Equal(have.people[k], p) {
			people++
		}
	}
	for k := range have.people {
		if want.people[k] == nil {
			people++
		}
	}
	if units > 0 {
		find("units equal their records", "%s", english.Count(units, "row differs", "rows differ"))
	}
	if people > 0 {
		find("sets of people equal their records", "%s", english.Count(people, "row differs", "rows differ"))
	}
	return out, nil
}
