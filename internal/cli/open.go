package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/api"
	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/directory/sqldirectory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/parquet"
	"codegauge/internal/privacy"
	"codegauge/internal/question"
	"codegauge/internal/source"
	"codegauge/internal/spool"
	"codegauge/internal/store/sqlstore"
	"codegauge/internal/web/digest"
)

// convertDir is where Parquet files are converted, beside the data: it holds
// people's records for that time, which a shared temporary directory should not.
const convertDir = "convert"

// stageDir is where uploaded files wait for their confirmation, for the same reason.
const stageDir = ".uploads"

// spoolDir is where the inputs and records of imports wait.
const spoolDir = ".spool"

// product is all that is done with the data: it comes in, is asked about, and is kept
// from whom it should be.
type product struct {
	*intake.Intake
	*question.Answerer
	*privacy.Privacy
}

// stores are the open database and the product over it.
type stores struct {
	product
	database  *database.DB
	directory directory.Directory
	// tidy finishes changes of the data that were interrupted.
	tidy func(context.Context) error
	// sumWeeks adds up weeks of every enterprise.
	sumWeeks func(context.Context) error
	// settle puts the data directory in order: what processes that were killed left of
	// their inputs is removed, and the list of erasures begun.
	settle func(context.Context) error
	// data is the data directory.
	data    string
	sources *source.Sources
	digests *digest.Digests
	// peopleKeys are the keys of enterprises that are kept without people.
	peopleKeys *privacy.Keys
}

// peopleKeys returns the keys of the enterprises that are kept without people.
func (a *app) peopleKeys() *privacy.Keys {
	folder := a.cfg.PeopleKeys
	if folder == "" && a.cfg.Database == "" {
		folder = filepath.Join(a.cfg.Data, "people-keys")
	}
	return privacy.NewKeys(folder, secretExposed)
}

// rowsPerMB is how many rows an answer has at most for each MB of the memory option: at
// up to 2 KB each they take about as much again as what is kept of the data.
const rowsPerMB = 500

// formerFiles are those of the data directories that earlier versions made.
var formerFiles = []string{"analytics.duckdb", "directory.db"}

// openDatabase opens the configured database. The embedded one is made, and brought to
// the newest form, when that is needed; a server's is migrated by command only.
func (a *app) openDatabase(ctx context.Context, opt storeOptions) (*database.DB, error) {
	if a.cfg.Database != "" {
		return database.OpenURL(ctx, a.cfg.Database, database.ServerOptions{PasswordFile: a.cfg.DatabasePasswordFile})
	}
	switch begun, err := a.restoring(); {
	case err != nil:
		return nil, err
	case begun && !a.restores:
		return nil, fault.New(fault.Conflict, "a restore to %s was interrupted: run codegauge restore again, which begins anew", a.cfg.Data)
	}
	if err := a.removeBackups(); err != nil {
		return nil, err
	}
	keepPrivate() // SQLite makes its files as the process's mask has it
	path := filepath.Join(a.cfg.Data, database.FileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		for _, former := range formerFiles {
			if _, err := os.Stat(filepath.Join(a.cfg.Data, former)); err == nil {
				return nil, fault.New(fault.Conflict, "%s was created by an earlier version in a format that this version cannot read: export its reports with that version (codegauge export) and import them into a new directory (--data)", a.cfg.Data)
			}
		}
	}
	return database.OpenFileWith(ctx, path, database.FileOptions{VFS: opt.VFS})
}

// migrateEmbedded brings the embedded database to the newest form, after a copy of
// what is there.
func migrateEmbedded(ctx context.Context, db *database.DB) error {
	have, known, err := db.SchemaForm(ctx)
	if err != nil || have >= known {
		return err
	}
	if have > 0 {
		if err := db.Backup(ctx, fmt.Sprintf("%s.form-%d", db.Name(), have)); err != nil {
			return err
		}
	}
	return db.Migrate(ctx)
}

// storeOptions are what callers of openStores differ in. Now is time.Now, and VFS SQLite's
// usual one, unless a test sets it.
type storeOptions struct {
	Now func() time.Time
	Log *slog.Logger
	VFS string
}

// openStores opens the database, of which the caller holds the data directory's lock
// if it is embedded.
func (a *app) openStores(ctx context.Context, opt storeOptions) (*stores, error) {
	db, err := a.openDatabase(ctx, opt)
	if err != nil {
		return nil, err
	}
	if db.Embedded() {
		err = migrateEmbedded(ctx, db)
	} else {
		err = db.RequireForm(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	dir := sqldirectory.New(db)
	if db.Embedded() {
		dir.NoteErased(a.erasures().note)
	}
	data := sqlstore.New(db, sqlstore.Options{MemoryMB: a.cfg.MemoryMB, Threads: a.cfg.Threads, SpoolDir: filepath.Join(a.cfg.Data, spoolDir)})
	waiting := spool.New(filepath.Join(a.cfg.Data, spoolDir), 0)
	converter := parquet.New(filepath.Join(a.cfg.Data, convertDir))
	keys := a.peopleKeys()
	guarded := privacy.New(dir, data, opt.Now).WithKeys(keys)
	questions := question.New(dir, data, guarded, question.Options{Now: opt.Now, Log: opt.Log, Parquet: converter, SeatPrices: a.cfg.SeatPrices, UndoDays: a.cfg.UndoDays, MostRows: a.cfg.MemoryMB * rowsPerMB})
	imports := intake.New(dir, data, intake.Options{Now: opt.Now, Log: opt.Log, Parquet: converter, Spool: waiting, PeopleKeys: keys, Contradictions: questions.Contradictions})
	s := &stores{product: product{imports, questions, guarded}, database: db, directory: dir, tidy: data.Tidy, sumWeeks: func(ctx context.Context) error { return data.SumWeeks(ctx, 0) }, data: a.cfg.Data, peopleKeys: keys}
	if s.sources, err = a.newSources(s, dir, data.SourceDays, waiting, opt); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.digests, err = a.newDigests(s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.settle = func(ctx context.Context) error {
		err := waiting.Clean()
		if err == nil && db.Embedded() {
			err = a.erasures().begin(ctx, s.Privacy)
		}
		return err
	}
	err = errors.Join(s.settle(ctx), s.ReconcileIdentities(ctx, 0))
	if err != nil && db.Writable(ctx) != nil {
		err = nil // it is done once something can be written: see jobs
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close closes the database.
func (s *stores) Close() error { return s.database.Close() }

// api returns the API of a product over the stores.
func (s *stores) api(product api.Product, opt api.Options) *api.API {
	administration := admin.New(s.directory, s.product, nil).WithSources(s.sources).WithKeys(s.peopleKeys).WithDigests(s.digests)
	opt.Version, opt.Admin, opt.Recorder, opt.Backup = readBuild().identity(), administration, administration, s.backup
	return api.New(product, opt)
}

func asOperator(ctx context.Context) context.Context {
	return access.With(ctx, access.NewOperator())
}
