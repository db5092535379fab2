package source_test

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"codegauge/internal/alert"
	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/directory/sqldirectory"
	"codegauge/internal/github"
	"codegauge/internal/github/githubtest"
	"codegauge/internal/intake"
	"codegauge/internal/privacy"
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
	// keys are those of enterprises without people; peopleKey is the enterprise's.
	keys      *privacy.Keys
	peopleKey string
	// now is the time; sleeping passes it.
	now   time.Time
	clock sync.Mutex
	// imported, if set, is called before each import.
	imported func() error
}

// newWorld returns a world in which it is noon of the fake's day, with a source of the
// fake's enterprise that has one token.
func newWorld(t testing.TB, kind string) *world {
	return newWorldOver(t, databasetest.Open(t, databasetest.SQLite), githubtest.New(t, kind))
}

func newWorldOver(t testing.TB, db *database.DB, gh *githubtest.GitHub, alerts ...alert.Channel) *world {
	t.Helper()
	w := &world{t: t, gh: gh, db: db, keys: privacy.NewKeys(t.TempDir(), func(fs.FileInfo) bool { return false }), now: gh.Today.Time().Add(12 * time.Hour)}
	w.dir = sqldirectory.New(db)
	w.store = sqlstore.New(db, sqlstore.Options{SpoolDir: t.TempDir()})
	now := func() time.Time {
		w.clock.Lock()
		defer w.clock.Unlock()
		return w.now
	}
	w.intake = intake.New(w.dir, w.store, intake.Options{Now: now, Spool: spool.New(t.TempDir(), 0), PeopleKeys: w.keys})
	opt := gh.Options()
	opt.Now = now
	opt.Sleep = func(ctx context.Context, d time.Duration) error {
		w.clock.Lock()
		defer w.clock.Unlock()
		w.now = w.now.Add(d)
		return ctx.Err()
	}
	w.Sources = source.New(source.Options{Alerts: alerts, Directory: w.dir, PeopleKeys: w.keys, Client: opt, Now: now, At: 4 * time.Hour, Spool: spool.New(t.TempDir(), 0), Stored: w.store.SourceDays,
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
	w.ok(w.dir.Put(ctx, []directory.Entity{{ID: id, Kind: directory.Enterprise, Enterprise: id, Slug: "acme", Policy: directory.PolicyEnabled, Created: w.now, PeopleKey: w.peopleKey}}))
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
