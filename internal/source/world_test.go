package source_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/directory/sqldirectory"
	"codegauge/internal/github"
	"codegauge/internal/github/githubtest"
	"codegauge/internal/intake"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/source"
	"codegauge/internal/spool"
	"codegauge/internal/store"
	"codegauge/internal/store/sqlstore"
)

// world is sources over a database, and the fake that they fetch from.
type world struct {
	*source.Sources
	t      testing.TB
	gh     *githubtest.GitHub
	db     *database.DB
	dir    *sqldirectory.Directory
	store  store.Store
	intake *intake.Intake
	src    directory.Source
	// now is the time; sleeping passes it.
	now time.Time
	// imported, if set, is called before each import.
	imported func() error
}

var (
	acme = github.Scope{Enterprise: "acme"}
	pay  = github.Scope{Enterprise: "acme", Org: "pay"}
	web  = github.Scope{Enterprise: "acme", Org: "web"}
)

// newWorld returns a world in which it is noon of the fake's day, with a source of the
// fake's enterprise that has one token.
func newWorld(t testing.TB, kind string) *world {
	return newWorldOver(t, databasetest.Open(t, databasetest.SQLite), githubtest.New(t, kind))
}

func newWorldOver(t testing.TB, db *database.DB, gh *githubtest.GitHub) *world {
	t.Helper()
	w := &world{t: t, gh: gh, db: db, now: gh.Today.Time().Add(12 * time.Hour)}
	w.dir = sqldirectory.New(db)
	w.store = sqlstore.New(db, sqlstore.Options{SpoolDir: t.TempDir()})
	now := func() time.Time { return w.now }
	w.intake = intake.New(w.dir, w.store, intake.Options{Now: now, Spool: spool.New(t.TempDir(), 0)})
	opt := gh.Options()
	opt.Now = now
	opt.Sleep = func(ctx context.Context, d time.Duration) error { w.now = w.now.Add(d); return ctx.Err() }
	w.Sources = source.New(source.Options{Directory: w.dir, Client: opt, Now: now, At: 4 * time.Hour, Spool: spool.New(t.TempDir(), 0), Stored: w.store.SourceDays,
		Secret: func() ([]byte, error) { return []byte("a secret of these tests"), nil },
		Lock: func(ctx context.Context, id int64, wait bool) (func(), error) {
			l, err := db.Lock(ctx, database.Scheduled, 1000+id)
			if err != nil {
				return nil, err
			}
			return l.Unlock, nil
		},
		Import: func(ctx context.Context, r intake.Request) (*intake.Report, error) {
			if w.imported != nil {
				if err := w.imported(); err != nil {
					return nil, err
				}
			}
			return w.intake.Import(ctx, r)
		}})
	return w
}

// connect makes the source, of organizations if they are named.
func (w *world) connect(orgs ...string) {
	w.t.Helper()
	ctx := w.t.Context()
	id, err := w.dir.Reserve(ctx, 1)
	w.ok(err)
	w.ok(w.dir.Put(ctx, []directory.Entity{{ID: id, Kind: directory.Enterprise, Enterprise: id, Slug: "acme", Policy: directory.PolicyEnabled, Created: w.now}}))
	w.src, err = w.dir.PutSource(ctx, directory.Source{Enterprise: id, Name: "github", Kind: source.GitHub, BaseURL: w.gh.BaseURL(), Slug: "acme", Orgs: orgs,
		AllowHosts: strings.Fields(w.gh.FilesHost()), Created: w.now})
	w.ok(err)
	w.credential("token", githubtest.Token)
}

func (w *world) credential(name, token string) {
	w.t.Helper()
	c, err := github.TokenCredential(token)
	w.ok(err)
	w.seal(name, c)
}

func (w *world) seal(name string, c github.Credential) {
	w.t.Helper()
	sealed, err := w.Seal(w.src.ID, name, c)
	w.ok(err)
	w.ok(w.dir.PutSourceCredential(w.t.Context(), sealed))
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// round does a round that must not fail.
func (w *world) round(opt source.RoundOptions) *source.Summary {
	w.t.Helper()
	sum, err := w.Round(w.t.Context(), w.src.ID, opt)
	w.ok(err)
	if sum.Failed != "" {
		w.t.Errorf("round failed: %s", sum.Failed)
	}
	for _, leak := range w.gh.Leaks() {
		w.t.Errorf("a credential was shown to %s", leak.Host)
	}
	return sum
}

// stored returns what is stored of the enterprise's user reports: "DAY records" a line.
func (w *world) stored(r day.Range) string {
	w.t.Helper()
	days, err := w.store.SourceDays(w.t.Context(), w.src.Enterprise, r)
	w.ok(err)
	var out []string
	for _, d := range days {
		out = append(out, fmt.Sprintf("%d %s %s %d", d.Source, d.Kind, d.Day, d.Records))
	}
	return strings.Join(out, "\n")
}

// users is the file of a day's user report: each of people with so many lines.
func users(d day.Day, lines int, people ...int) string {
	var b strings.Builder
	for _, p := range people {
		b.WriteString(reporttest.User(p, d.String(), lines, 1, `"enterprise_id":"77"`) + "\n")
	}
	return b.String()
}

// history gives the fake reports of the enterprise for n days up to the newest.
func history(gh *githubtest.GitHub, n int) {
	for d := gh.Today - 2 - day.Day(n); d < gh.Today-2; d++ {
		gh.PutReport(acme, github.Users, d, users(d, 5, 1), users(d, 5, 2, 3))
		gh.PutReport(acme, github.Aggregate, d, reporttest.Aggregate(d.String(), 15, 3, `"enterprise_id":"77"`))
		gh.PutReport(acme, github.UserTeams, d, fmt.Sprintf(`{"user_id":1,"user_login":"u1","day":"%s","enterprise_id":"77","organization_id":"900","team_id":"5","slug":"core"}`, d))
	}
	seats := []string{}
	for i := 1; i <= 250; i++ {
		seats = append(seats, `{"assignee":{"id":`+strconv.Itoa(i)+`,"login":"u`+strconv.Itoa(i)+`","type":"User"},"plan_type":"business","created_at":"2026-01-01T00:00:00Z","last_activity_at":"2026-11-20T00:00:00Z","organization":{"id":900,"login":"pay"}}`)
	}
	gh.PutSeats(acme, seats...)
	gh.PutOrganization(github.Organization{ID: 900, Login: "pay", Name: "Payments"}, []github.User{{ID: 1, Login: "u1"}, {ID: 2, Login: "u2"}}, github.Team{ID: 5, Name: "Core team", Slug: "core"})
	gh.PutTeamMembers(github.Team{ID: 5}, github.User{ID: 1, Login: "u1"})
	gh.PutEnterpriseTeam(github.Team{ID: 6, Name: "All of us", Slug: "ent:all"}, github.User{ID: 2, Login: "u2"})
	for d := gh.Today - 4; d < gh.Today-2; d++ {
		gh.PutReport(pay, github.Users, d, reporttest.User(1, d.String(), 5, 1, `"organization_id":"900","enterprise_id":"77"`))
	}
}
