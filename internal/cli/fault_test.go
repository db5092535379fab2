package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/intake"
	"codegauge/internal/question"
	"codegauge/internal/report"
	"codegauge/internal/report/reporttest"
)

// faulty is a database and the data directory beside it, of which copies are changed while
// writes fail.
type faulty struct {
	t      *testing.T
	engine string
	at     *databasetest.Database
	dir    string
}

// change is something that changes the database.
type change struct {
	name string
	do   func(context.Context, *stores) error
}

// changesUnderFaults are one after the other.
func changesUnderFaults() []change {
	acme := access.ScopeNames{Enterprise: "acme"}
	ann := admin.UserRequest{ScopeNames: acme, User: "ann@acme.example"}
	person := func(ctx context.Context, s *stores) (directory.Person, error) {
		return s.directory.PersonByEmail(ctx, "ann@acme.example")
	}
	return []change{
		{"import", importing(3, 40, 10)},
		{"what is shown of a week", judging},
		{"import of corrections", importing(5, 40, 20)},
		{"what is shown of a corrected week", judging},
		{"user", func(ctx context.Context, s *stores) error {
			_, err := administration(s).AddUser(ctx, admin.AddUserRequest{ScopeNames: acme, Email: "ann@acme.example", Name: "Ann"})
			return err
		}},
		{"role", func(ctx context.Context, s *stores) error {
			_, err := administration(s).Grant(ctx, admin.GrantRequest{ScopeNames: acme, User: "ann@acme.example", Role: access.EnterpriseOwner})
			return err
		}},
		{"links", func(ctx context.Context, s *stores) error {
			_, err := administration(s).Link(ctx, admin.LinkRequest{UserRequest: ann, Tool: "copilot", UserID: "1"})
			return err
		}},
		{"saved view", func(ctx context.Context, s *stores) error {
			who, err := person(ctx, s)
			if err == nil {
				_, err = s.directory.SaveView(ctx, directory.SavedView{Person: who.ID, Enterprise: who.Enterprise, Place: who.Enterprise, Name: "a view", Page: "impact"})
			}
			return err
		}},
		{"own place", func(ctx context.Context, s *stores) error {
			who, err := person(ctx, s)
			if err == nil {
				err = s.directory.SetOwnPlace(ctx, who.ID, who.Enterprise, true)
			}
			if err == nil {
				_, err = s.directory.KeepQuarters(ctx, who.Enterprise, 20000, directory.QuarterBounds{"loc_changed": {1, 2, 3}})
			}
			return err
		}},
		{"token", func(ctx context.Context, s *stores) error {
			_, err := administration(s).CreateToken(ctx, admin.TokenRequest{ScopeNames: acme, Name: "a test", Scopes: []string{"metrics:read"}})
			return err
		}},
		{"seats", func(ctx context.Context, s *stores) error {
			_, err := s.Import(ctx, intake.Request{Enterprise: "acme", Inputs: []report.Input{reporttest.Input("seats.json",
				`{"total_seats":1,"seats":[{"created_at":"2026-04-01T00:00:00Z","assignee":{"id":1,"login":"login-0"}}]}`)}})
			return err
		}},
		{"session", func(ctx context.Context, s *stores) error {
			who, err := person(ctx, s)
			if err == nil {
				_, err = s.directory.CreateSession(ctx, directory.Session{Person: who.ID, How: "password", Created: newTestTime(1), Seen: newTestTime(1)}, "hash")
			}
			return err
		}},
		{"privacy", func(ctx context.Context, s *stores) error {
			views, months := true, 1
			_, err := administration(s).SetPrivacy(ctx, admin.PrivacyRequest{ScopeNames: acme, PersonViews: &views, RetentionMonths: &months, Reason: "a test"})
			return err
		}},
		{"delete", func(ctx context.Context, s *stores) error {
			_, err := s.Delete(ctx, intake.DeleteRequest{Enterprise: "acme", User: "login-3"})
			return err
		}},
		{"erase", func(ctx context.Context, s *stores) error {
			_, err := administration(s).Erase(ctx, admin.EraseRequest{ScopeNames: acme, Users: []string{"login-4"}})
			return err
		}},
		{"undo", func(ctx context.Context, s *stores) error {
			list, err := administration(s).DataHistory(ctx, admin.HistoryRequest{ScopeNames: acme})
			if err != nil {
				return err
			}
			for _, c := range list { // the corrections, which are the newest
				if c.Action == "import" {
					_, err := administration(s).UndoDataImport(ctx, admin.UndoDataRequest{ScopeNames: acme, Import: c.ID})
					return err
				}
			}
			return errors.New("no import to undo")
		}},
		{"retain", func(ctx context.Context, s *stores) error {
			_, err := administration(s).Retain(ctx, admin.RetainRequest{ScopeNames: acme})
			return err
		}},
	}
}

func administration(s *stores) *admin.Admin { return admin.New(s.directory, s.product, nil) }

// importing imports days of people, each with so many lines a day, and their teams.
func importing(days, people, lines int) func(context.Context, *stores) error {
	var b strings.Builder
	for d := range days {
		for user := range people {
			fmt.Fprintf(&b, `{"day":"2026-05-%02d","user_id":%d,"user_login":"login-%d","enterprise_id":"7","loc_added_sum":%d}`+"\n", d+1, user+1, user, lines)
			fmt.Fprintf(&b, `{"day":"2026-05-%02d","user_id":%d,"user_login":"login-%d","enterprise_id":"7","organization_id":"70","team_id":"71","slug":"core"}`+"\n", d+1, user+1, user)
		}
	}
	text := b.String()
	return func(ctx context.Context, s *stores) error {
		_, err := s.Import(ctx, intake.Request{Enterprise: "acme", Inputs: []report.Input{{Name: "lines", Size: -1,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}})
		return err
	}
}

// judging asks for a week as somebody who may not view people, of whom it is kept what they
// were shown. Of a week that was not shown before the answer may come all the same.
func judging(ctx context.Context, s *stores) error {
	_, err := s.Query(access.With(ctx, &access.Principal{Kind: access.Program}), question.Parameters{
		Enterprise: "acme", Measures: []string{"loc_added"}, By: []string{"feature"}, From: "2026-04-27", To: "2026-05-03"})
	if err != nil {
		return err
	}
	weeks, err := shownWeeks(ctx, s)
	if err == nil && weeks == "" { // as a server does each minute
		err = s.JudgeWeeks(ctx, day.Date(2026, 5, 3))
	}
	if err == nil {
		weeks, err = shownWeeks(ctx, s)
	}
	if err == nil && weeks == "" {
		err = errors.New("what was shown is not kept")
	}
	return err
}

// shownWeeks lists the weeks of whose newest data it is kept what is shown.
func shownWeeks(ctx context.Context, s *stores) (string, error) {
	rows, err := s.database.QueryContext(ctx, `SELECT week FROM shown_week WHERE body IS NOT NULL AND judged = (SELECT revision FROM version WHERE scope = enterprise) ORDER BY week`)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		var week int
		if err := rows.Scan(&week); err != nil {
			return "", err
		}
		fmt.Fprintln(&b, "shown", day.Day(week))
	}
	return b.String(), rows.Err()
}

// contents describes everything that the database holds, without numbers that another try
// takes anew, and fails the test unless it is sound.
func (f *faulty) contents(ctx context.Context, s *stores) string {
	f.t.Helper()
	v, err := s.Verify(ctx)
	if err != nil || !v.Clean {
		f.t.Fatalf("verify: %+v, %v", v, err)
	}
	log, err := administration(s).VerifyAudit(ctx, access.ScopeNames{})
	if err != nil || log.Broken != 0 {
		f.t.Fatalf("the audit log: %+v, %v", log, err)
	}
	var b strings.Builder
	entries, err := s.directory.AuditLog(ctx, directory.AuditFilter{All: true})
	for _, e := range entries {
		fmt.Fprintln(&b, "entry", e.Action)
	}
	entities, err2 := s.directory.Entities(ctx)
	for _, e := range entities {
		fmt.Fprintln(&b, e.Kind, e.Slug)
		people, err := s.directory.People(ctx, e.ID)
		linked, err2 := s.directory.Identities(ctx, e.ID)
		if err != nil || err2 != nil {
			f.t.Fatal(err, err2)
		}
		fmt.Fprintln(&b, len(people), "people", len(linked), "identities")
	}
	if err != nil || err2 != nil {
		f.t.Fatal(err, err2)
	}
	if len(entities) == 0 {
		return b.String()
	}
	seats, err := s.directory.Seats(ctx, entities[0].ID, 0)
	if err != nil {
		f.t.Fatal(err)
	}
	fmt.Fprintln(&b, len(seats), "seats")
	weeks, err := shownWeeks(ctx, s)
	if err != nil {
		f.t.Fatal(err)
	}
	b.WriteString(weeks)
	for _, by := range []string{"user", "team", "day"} {
		a, err := s.Query(ctx, question.Parameters{Enterprise: "acme", Measures: []string{"loc_added", "active_users"}, By: []string{by}, From: "2026-05-01", To: "2026-05-09"})
		if err != nil {
			f.t.Fatal(err)
		}
		for _, row := range a.Rows {
			fmt.Fprintln(&b, by, row)
		}
	}
	return b.String()
}

// copy returns a copy of the database and its directory.
func (f *faulty) copy(t *testing.T) *faulty {
	t.Helper()
	c := &faulty{t: t, engine: f.engine, at: f.at.Copy(t)}
	c.dir = t.TempDir()
	if c.at.Path != "" {
		c.dir = filepath.Dir(c.at.Path)
	}
	list := filepath.Join(f.dir, erasuresFile)
	if b, err := os.ReadFile(list); err == nil {
		if err := os.WriteFile(filepath.Join(c.dir, erasuresFile), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// open opens the stores; url, if set, is another way to a PostgreSQL database.
func (f *faulty) open(ctx context.Context, url string) *stores {
	f.t.Helper()
	a := newTestAppWith(f.t, nil)
	a.cfg.Data = f.dir
	opt := storeOptions{Log: a.log}
	if f.engine == databasetest.SQLite {
		opt.VFS = databasetest.FaultVFS
	} else if a.cfg.Database = f.at.URL; url != "" {
		a.cfg.Database = url
	}
	s, err := a.openStores(ctx, opt)
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// breaker lets the nth operation of a change fail, in one of two ways.
type breaker interface {
	fail(n int, second bool)
	Mend() (counted int, reached bool)
	Close()
}

type faultBreaker struct{ *databasetest.Faults }

func (b faultBreaker) fail(n int, lasting bool) { b.Fail(n, lasting) }
func (b faultBreaker) Close()                   {}

type cutBreaker struct{ *databasetest.Cut }

func (b cutBreaker) fail(n int, after bool) { b.Break(n, after) }

// breakable opens the stores with what lets them fail.
func (f *faulty) breakable(ctx context.Context) (*stores, breaker) {
	f.t.Helper()
	if f.engine == databasetest.SQLite {
		faults := databasetest.NewFaults(f.t)
		return f.open(ctx, ""), faultBreaker{faults}
	}
	cut := databasetest.NewCut(f.t, f.at)
	return f.open(ctx, cut.URL), cutBreaker{cut}
}

func (f *faulty) close(s *stores) {
	f.t.Helper()
	if err := s.Close(); err != nil {
		f.t.Fatal(err)
	}
}

// TestFaultAtEachWrite lets every write, sync and truncation of an SQLite file fail, once or
// from then on, and lets the connection to PostgreSQL break at every statement, before or
// after the server has got it: nothing is half-written, what was said to be done is there,
// and the next try does it.
func TestFaultAtEachWrite(t *testing.T) {
	for _, engine := range databasetest.Engines {
		t.Run(engine, func(t *testing.T) {
			ctx := access.With(t.Context(), access.NewOperator())
			f := &faulty{t: t, engine: engine, at: databasetest.New(t, engine), dir: t.TempDir()}
			if f.at.Path != "" {
				f.dir = filepath.Dir(f.at.Path)
			}
			db, err := f.at.OpenDatabase(ctx)
			if err == nil {
				err = db.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			runs := 0
			for _, c := range changesUnderFaults() {
				runs += f.underFaults(ctx, c)
			}
			t.Logf("counted: %d runs in which something failed", runs)
		})
	}
}

// underFaults makes a change of copies of the database, in each of which something else
// fails, and then of the database itself. It returns how many there were.
func (f *faulty) underFaults(ctx context.Context, c change) (runs int) {
	f.t.Helper()
	clean := f.copy(f.t)
	s, b := clean.breakable(ctx)
	before := clean.contents(ctx, s)
	b.fail(1<<30, false)
	if err := c.do(ctx, s); err != nil {
		f.t.Fatalf("%s: %v", c.name, err)
	}
	operations, _ := b.Mend()
	after := clean.contents(ctx, s)
	clean.close(s)
	if before == after || operations == 0 {
		f.t.Fatalf("%s changes nothing, with %d operations", c.name, operations)
	}
	step := max(1, operations/faultsOfEach(f.engine))
	for n := step / 2; n < operations; n += step {
		for _, second := range []bool{false, true} {
			if f.underFault(ctx, c, n, second, before, after) {
				runs++
			}
		}
	}
	if runs == 0 {
		f.t.Errorf("%s: nothing failed", c.name)
	}
	f.t.Logf("%s: %d operations", c.name, operations)
	f.at, f.dir = clean.at, clean.dir
	return runs
}

// faultsOfEach is at how many operations of a change something fails.
func faultsOfEach(engine string) int {
	switch {
	case os.Getenv("CODEGAUGE_SOAK") != "":
		return 1 << 30
	case engine == databasetest.Postgres: // which takes longer to copy
		return 1
	}
	return 3
}

// underFault makes a change of a copy in which the nth operation fails, and then once
// more. It reports whether anything failed.
func (f *faulty) underFault(ctx context.Context, c change, n int, second bool, before, after string) bool {
	f.t.Helper()
	at := f.copy(f.t)
	defer at.at.Drop(f.t)
	s, b := at.breakable(ctx)
	defer b.Close()
	b.fail(n, second)
	err := c.do(ctx, s)
	_, reached := b.Mend()
	said := fmt.Sprintf("%s, operation %d (%t), %v", c.name, n, second, err)
	for range 20 { // connections that broke are found out one by one
		if s.database.Ping(ctx) == nil {
			break
		}
	}
	var afterwards error
	for range 3 { // as a server does each minute; another connection may be found broken
		if afterwards = errors.Join(s.tidy(ctx), s.ReconcileIdentities(ctx, 0), s.database.ScrubPending(ctx)); afterwards == nil {
			break
		}
	}
	if afterwards != nil {
		f.t.Errorf("%s: afterwards: %v", said, afterwards)
	}
	got := at.contents(ctx, s)
	switch {
	case got != after && err == nil:
		f.t.Errorf("%s: it is not there:\n%s", said, difference(got, after))
	case got != after && got != before:
		f.t.Errorf("%s: it is there in part:\n%s\n%s", said, difference(got, before), difference(got, after))
	case got == before:
		if err := c.do(ctx, s); err != nil {
			f.t.Errorf("%s: the next try: %v", said, err)
		}
		if got := at.contents(ctx, s); got != after {
			f.t.Errorf("%s: the next try leaves:\n%s", said, difference(got, after))
		}
	}
	at.close(s)
	s = at.open(ctx, "")
	if got := at.contents(ctx, s); got != after {
		f.t.Errorf("%s: opened again it is:\n%s", said, difference(got, after))
	}
	at.close(s)
	return reached
}
