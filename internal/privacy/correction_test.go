package privacy_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/privacy"
	"codegauge/internal/producttest"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/store"
	"codegauge/internal/store/sqlstore"
)

// corrected is 24 people of which half are in a team, whose records of a week were shown,
// and whoever may not view people.
type corrected struct {
	*world
	db    *database.DB
	store *sqlstore.Store
}

func newCorrected(t *testing.T, db *database.DB) *corrected {
	st := sqlstore.New(db, sqlstore.Options{SpoolDir: t.TempDir()})
	c := &corrected{&world{producttest.NewWorldOver(t, st)}, db, st}
	c.load()
	c.shows("before", 540, 240, 0)
	return c
}

// load imports the records of the week.
func (c *corrected) load() {
	var lines []string
	for p := 1; p <= 24; p++ {
		lines = append(lines, lateRecord(p, "2026-11-09", 10), lateRecord(p, "2026-11-11", 10))
		if p <= 12 {
			for d := 9; d <= 11; d++ {
				lines = append(lines, fmt.Sprintf(`{"user_id":%d,"day":"2026-11-%02d","enterprise_id":"9","organization_id":"1","team_id":"7","slug":"red"}`, p, d))
			}
		}
		if p > 18 {
			lines = append(lines, lateRecord(p, "2026-11-10", 10))
		}
	}
	c.Load(intake.Request{Enterprise: "acme"}, lines...)
}

// lateRecord is a record of somebody's day, of which the odd ones use agents.
func lateRecord(p int, d string, lines int) string {
	feature := []string{"code_completion", "agent_edit"}[p%2]
	return reporttest.User(p, d, lines, 0, `"enterprise_id":"9"`, reporttest.Rows("totals_by_feature", reporttest.Row(fmt.Sprintf(`"feature":%q`, feature), lines, 0)))
}

func (c *corrected) words(org, team string) question.Parameters {
	return question.Parameters{Enterprise: "acme", Org: org, Team: team, Measures: []string{"loc_added"}, From: "2026-10-19", To: "2026-11-15"}
}

// shows checks the lines of the enterprise and of the team as whoever may not view people
// sees them, that everything adds up to them, and in how many weeks something is held back.
func (c *corrected) shows(what string, enterprise, team int64, held int) {
	c.T.Helper()
	ctx := access.With(c.T.Context(), &access.Principal{Kind: access.Program})
	for _, place := range []struct {
		org, team string
		want      int64
	}{{"", "", enterprise}, {"", "red", team}} {
		words := c.words(place.org, place.team)
		for _, by := range [][]string{nil, {"week"}, {"feature"}, {"initiator"}, {"tool"}, {"language"}, {"week", "feature"}, {"day"}, {"team"}, {"organization"}} {
			if place.team != "" && len(by) > 0 && slices.Contains([]string{"day", "team", "organization"}, by[0]) {
				continue
			}
			words.By = by
			answer, err := c.Query(ctx, words)
			if err != nil {
				c.T.Errorf("%s, %v by %v: %v", what, place, by, err)
				continue
			}
			sum := int64(0)
			for _, row := range answer.Rows {
				n, _ := row[len(by)].(int64)
				sum += n
			}
			if sum != place.want || len(answer.HeldBack) != held {
				c.T.Errorf("%s, %v by %v: %d lines, held back in %v; want %d, in %d weeks\n%s", what, place, by, sum, answer.HeldBack, place.want, held, producttest.Show(answer))
			}
			if some := slices.ContainsFunc(answer.Warnings, func(w string) bool { return strings.Contains(w, "held back") }); some != (held > 0) {
				c.T.Errorf("%s, %v by %v: warnings %q", what, place, by, answer.Warnings)
			}
		}
		words.By = nil
		ledger, err := c.Reconcile(ctx, words)
		if err != nil {
			c.T.Fatal(err)
		}
		parts := int64(0)
		for _, p := range ledger.Parts {
			parts += *p.Lines.Added
		}
		if *ledger.Total.Added != place.want || parts != place.want || len(ledger.HeldBack) != held {
			c.T.Errorf("%s, %v: the ledger has %d lines in all, %d in parts, held back in %v; want %d", what, place, *ledger.Total.Added, parts, ledger.HeldBack, place.want)
		}
	}
}

// sees checks what whoever may view people sees of the enterprise.
func (c *corrected) sees(what string, want string) {
	c.T.Helper()
	answer, err := c.Query(access.With(c.T.Context(), access.NewOperator()), c.words("", ""))
	if err != nil {
		c.T.Fatal(err)
	}
	if got := strings.TrimSpace(producttest.Show(answer)); got != want || len(answer.HeldBack) > 0 {
		c.T.Errorf("%s, whoever may view people sees %s, held back in %v; want %s", what, got, answer.HeldBack, want)
	}
}

// formerRows counts the units and sets that others have replaced.
func (c *corrected) formerRows() (n int) {
	c.T.Helper()
	for table, key := range map[string]string{"unit": "level, entity, day, tool, origin", "people_sets": "set_group, day, tool"} {
		of := 0
		err := c.db.QueryRowContext(c.T.Context(), `SELECT count(*) - count(DISTINCT `+strings.ReplaceAll(key, ", ", " || '/' || ")+`) FROM `+table).Scan(&of)
		if err != nil {
			c.T.Fatal(err)
		}
		n += of
	}
	return n
}

func TestCorrectionIsHeldBack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) { correctionIsHeldBack(t, open(t)) })
}

func correctionIsHeldBack(t *testing.T, db *database.DB) {
	c := newCorrected(t, db)
	late := func(lines int, people ...int) {
		var all []string
		for _, p := range people {
			all = append(all, lateRecord(p, "2026-11-10", lines))
		}
		c.Load(intake.Request{Enterprise: "acme"}, all...)
	}
	if n := c.formerRows(); n > 0 {
		t.Errorf("nothing was corrected and %d former rows are kept", n)
	}
	late(1000, 1)
	c.shows("after one late record", 540, 240, 1)
	c.sees("after one late record", "1540")
	late(1000, 2, 13, 14)
	c.shows("after four", 540, 240, 1)
	late(1000, 15)
	c.shows("after five, two of the team", 5540, 240, 1)
	c.sees("after five", "5540")
	late(1000, 3, 4)
	c.shows("after two more", 5540, 240, 1)
	late(1000, 5, 6, 7, 16)
	// Seven of the team less the eleven are the four that are in none.
	c.shows("after eleven, seven of the team", 11540, 240, 1)
	var everybody []int
	for p := range 24 {
		everybody = append(everybody, p+1)
	}
	late(50, everybody...)
	c.shows("after everybody's", 1680, 840, 0)
	if n := c.formerRows(); n > 0 {
		c.Load(intake.Request{Enterprise: "acme"}, lateRecord(1, "2026-11-30", 1)) // the next change tidies up
		if n = c.formerRows(); n > 0 {
			t.Errorf("nothing is held back and %d former rows are kept", n)
		}
	}
}

// TestCorrectionsOfSeveralDays brings late records of one person a day: the week's total takes
// them once they are of five people, and its days stay what they were.
func TestCorrectionsOfSeveralDays(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) { correctionsOfSeveralDays(t, open(t)) })
}

func correctionsOfSeveralDays(t *testing.T, db *database.DB) {
	c := newCorrected(t, db)
	ask := func(by, want string, warnings ...string) {
		t.Helper()
		words := c.words("", "")
		if by == "day in part" {
			by, words.To = "day", "2026-11-14"
		}
		if words.By = []string{by}; by == "" {
			words.By = nil
		}
		answer, err := c.Query(access.With(t.Context(), &access.Principal{Kind: access.Program}), words)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(producttest.Show(answer), "\n", ", "); got != want {
			t.Errorf("by %q: %s, want %s", by, got, want)
		}
		for _, warning := range append(warnings, "totals of the whole week of 2026-11-09 have a correction that those of its days lack") {
			if !strings.Contains(strings.Join(answer.Warnings, " "), warning) {
				t.Errorf("by %q: %q is not in the warnings %q", by, warning, answer.Warnings)
			}
		}
	}
	for i, p := range []int{14, 15, 16, 17} {
		c.Load(intake.Request{Enterprise: "acme"}, lateRecord(p, fmt.Sprintf("2026-11-%d", 12+i), 1000))
		c.shows("after late records of few", 540, 240, 1)
	}
	c.Load(intake.Request{Enterprise: "acme"}, lateRecord(18, "2026-11-10", 1000))
	ask("", "5540, ")
	ask("week", "2026-11-09 5540 7, ")
	// 5,540 of the week are 540 of its days and what these lack.
	const days = "2026-11-09 240, 2026-11-10 60, 2026-11-11 240, "
	ask("day", days, "the total of the week of 2026-11-09 has, and which is held back from single days: 5,000 of loc_added")
	ask("day in part", days, "is not shown, because the window has not all of that week")
	c.sees("after five", "5540")
}

// unwritable is a store that cannot keep decisions while it is full.
type unwritable struct {
	store.Store
	full bool
}

func (u *unwritable) KeepShownWeek(ctx context.Context, enterprise int64, week day.Day, w store.ShownWeek) (bool, error) {
	if u.full {
		return false, fault.New(fault.Unavailable, "the disk is full")
	}
	return u.Store.KeepShownWeek(ctx, enterprise, week, w)
}

// TestUnkeptDecision asks on a full disk, on which it cannot be kept what was shown: whatever
// an answer showed before one late record would tell of it afterwards.
func TestUnkeptDecision(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) { unkeptDecision(t, open(t)) })
}

func unkeptDecision(t *testing.T, db *database.DB) {
	st := &unwritable{Store: sqlstore.New(db, sqlstore.Options{SpoolDir: t.TempDir()})}
	c := &corrected{world: &world{producttest.NewWorldOver(t, st)}}
	refused := func(what string) {
		t.Helper()
		answer, err := c.Query(access.With(t.Context(), &access.Principal{Kind: access.Program}), c.words("", ""))
		if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "the disk is full") {
			t.Errorf("%s: %+v, %v", what, answer, err)
		}
	}
	c.load()
	st.full = true
	refused("on a full disk")
	c.sees("on a full disk", "540")
	st.full = false
	c.Load(intake.Request{Enterprise: "acme"}, lateRecord(1, "2026-11-10", 1000))
	c.shows("with room again", 1540, 1240, 0)
	c.Load(intake.Request{Enterprise: "acme"}, lateRecord(2, "2026-11-10", 1000))
	st.full = true
	refused("a correction on a full disk")
	st.full = false
	c.shows("a correction with room again", 1540, 1240, 1)
}

// TestUndoneCorrection undoes an import whose records were held back.
func TestUndoneCorrection(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) { undoneCorrection(t, open(t)) })
}

func undoneCorrection(t *testing.T, db *database.DB) {
	c := newCorrected(t, db)
	done := c.Load(intake.Request{Enterprise: "acme"}, lateRecord(1, "2026-11-10", 1000))
	c.shows("after one late record", 540, 240, 1)
	if _, err := c.store.Delete(t.Context(), store.Deletion{Enterprise: c.enterprise(), Import: done.ImportID, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	c.shows("after undoing it", 540, 240, 0)
	findings, err := c.store.Verify(t.Context())
	if err != nil || len(findings) > 0 {
		t.Errorf("verify: %v, %v", findings, err)
	}
}

func (c *corrected) enterprise() int64 {
	for _, e := range producttest.Must(c.Dir.Entities(c.T.Context())) {
		if e.Kind == directory.Enterprise {
			return e.ID
		}
	}
	return 0
}

// TestErasedCorrection erases somebody while a correction is held back: what was before it
// is gone.
func TestErasedCorrection(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) { erasedCorrection(t, open(t)) })
}

func erasedCorrection(t *testing.T, db *database.DB) {
	c := newCorrected(t, db)
	c.Load(intake.Request{Enterprise: "acme"}, lateRecord(1, "2026-11-10", 1000))
	c.shows("after one late record", 540, 240, 1)
	if n := c.formerRows(); n == 0 {
		t.Error("no former rows are kept")
	}
	_, err := c.store.Erase(t.Context(), store.Erasure{Enterprise: c.enterprise(), Identities: []store.Identity{{UserID: "20"}}, Minimum: 5, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if n := c.formerRows(); n > 0 {
		t.Errorf("%d former rows are left", n)
	}
	c.shows("after the erasure", 1510, 1240, 0)
}

// TestRetainedCorrection removes the records of a week in which a correction is held back:
// what is shown of it stays, and nothing is left of who changed.
func TestRetainedCorrection(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) { retainedCorrection(t, open(t)) })
}

func retainedCorrection(t *testing.T, db *database.DB) {
	c := newCorrected(t, db)
	c.Load(intake.Request{Enterprise: "acme"}, lateRecord(1, "2026-11-10", 1000))
	c.shows("after one late record", 540, 240, 1)
	var people int
	count := func() int {
		if err := c.db.QueryRowContext(t.Context(), `SELECT count(*) FROM shown_week WHERE people IS NOT NULL`).Scan(&people); err != nil {
			t.Fatal(err)
		}
		return people
	}
	if count() != 1 {
		t.Errorf("who changed is kept of %d weeks, want 1", people)
	}
	if _, err := c.store.Retain(t.Context(), store.Retention{Enterprise: c.enterprise(), Before: producttest.Must(query.ParseDay("day", "2026-11-16")), At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if count() != 0 {
		t.Errorf("who changed is left of %d weeks", people)
	}
	c.shows("after the records went", 540, 240, 1)
}

// TestMaskOfOtherData asks with what was decided before an import changed the week: such
// an answer could show a state that nobody decided about.
func TestMaskOfOtherData(t *testing.T) {
	c := newCorrected(t, databasetest.Open(t, databasetest.SQLite))
	e := c.enterprise()
	r := day.Range{From: producttest.Must(day.Parse("2026-11-09")), To: producttest.Must(day.Parse("2026-11-15"))}
	ask := query.Query{Scope: query.Scope{Enterprise: e}, Measures: []string{"loc_added"}, Range: r}
	version, err := c.store.DataVersion(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if ask.Mask, err = c.Privacy.Mask(t.Context(), privacy.Data{Enterprise: e, Version: version, Last: r.To}, r); err != nil {
		t.Fatal(err)
	}
	if _, err := c.store.Query(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	c.Load(intake.Request{Enterprise: "acme"}, lateRecord(1, "2026-11-10", 500))
	if _, err := c.store.Query(t.Context(), ask); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("the data has changed since: %v", err)
	}
}
