package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
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
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/spool"
	"codegauge/internal/store/sqlstore"
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
	// data is the data directory.
	data string
}

// formerFiles are those of the data directories that earlier versions made.
var formerFiles = []string{"analytics.duckdb", "directory.db"}

// openDatabase opens the configured database. The embedded one is made, and brought to
// the newest form, when that is needed; a server's is migrated by command only.
func (a *app) openDatabase(ctx context.Context) (*database.DB, error) {
	if a.cfg.Database != "" {
		return database.OpenURL(ctx, a.cfg.Database, database.ServerOptions{PasswordFile: a.cfg.DatabasePasswordFile})
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
	return database.OpenFile(ctx, path)
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

// storeOptions are what callers of openStores differ in. Now is time.Now unless a test
// sets it.
type storeOptions struct {
	Now func() time.Time
	Log *slog.Logger
}

// openStores opens the database, of which the caller holds the data directory's lock
// if it is embedded.
func (a *app) openStores(ctx context.Context, opt storeOptions) (*stores, error) {
	db, err := a.openDatabase(ctx)
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
	if err := waiting.Clean(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	converter := parquet.New(filepath.Join(a.cfg.Data, convertDir))
	guarded := privacy.New(dir, data, opt.Now)
	questions := question.New(dir, data, guarded, question.Options{Now: opt.Now, Log: opt.Log, Parquet: converter})
	imports := intake.New(dir, data, intake.Options{Now: opt.Now, Log: opt.Log, Parquet: converter, Spool: waiting, Contradictions: questions.Contradictions})
	s := &stores{product: product{imports, questions, guarded}, database: db, directory: dir, tidy: data.Tidy, data: a.cfg.Data}
	err = s.ReconcileIdentities(ctx, 0)
	if err == nil && db.Embedded() {
		err = a.erasures().begin(ctx, s.Privacy)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close closes the database.
func (s *stores) Close() error { return s.database.Close() }

// use runs do over the data directory: directly if no other process holds it,
// through the server if one does, and else once it is free.
func (a *app) use(command string, do func(api.Commands) error) error {
	return a.direct(command, func(s *stores) error { return do(recording{s.product, admin.New(s.directory, s.Privacy, nil)}) }, func(r *remote) error { return do(r) })
}

// recording is the product of a command that holds the data itself: who asks
// about people, or takes data away, is in the audit log as if a server ran.
type recording struct {
	product
	log *admin.Admin
}

// Query implements api.Commands.
func (r recording) Query(ctx context.Context, w question.Parameters) (*query.Answer, error) {
	users, about := w.People()
	if !about {
		return r.Answerer.Query(ctx, w)
	}
	e, err := r.Entity(ctx, w)
	if err != nil {
		return nil, err
	}
	if err := r.log.Viewed(asOperator(ctx), e, "command line: "+strings.Join(w.Measures, ", "), users...); err != nil {
		return nil, err
	}
	return r.Answerer.Query(ctx, w)
}

// Export implements api.Commands.
func (r recording) Export(ctx context.Context, req question.ExportRequest, w io.Writer) error {
	e, err := r.Entity(ctx, question.Parameters{Enterprise: req.Enterprise, Org: req.Org})
	if err != nil {
		return err
	}
	if err := r.Answerer.Export(ctx, req, w); err != nil {
		return err
	}
	return r.log.Exported(asOperator(ctx), e, "command line: "+req.Words())
}

func asOperator(ctx context.Context) context.Context {
	return access.With(ctx, access.NewOperator())
}

// administer is use for what there is to administer; the operator does it.
func (a *app) administer(command string, do func(context.Context, admin.API) error) error {
	if err := a.makeData(); err != nil {
		return err
	}
	ctx := asOperator(a.ctx)
	return a.direct(command, func(s *stores) error { return do(ctx, admin.New(s.directory, s.Privacy, nil)) },
		func(r *remote) error {
			a.through = r.public
			return do(ctx, admin.Client{Ask: r.administer})
		})
}

// reach runs one of two: over the data directory if nobody else holds it,
// through the server if one does.
func (a *app) direct(command string, directly func(*stores) error, through func(*remote) error) error {
	if a.cfg.Database != "" {
		s, err := a.openStores(a.ctx, storeOptions{Log: a.quiet()})
		if err != nil {
			return err
		}
		return errors.Join(directly(s), s.Close())
	}
	var server *remote
	l, err := a.waitForLock("codegauge "+command, func() bool {
		server = findServer(a.ctx, a.cfg.Data)
		return server != nil
	})
	if err != nil {
		return err
	}
	if server != nil {
		return through(server)
	}
	defer l.release()
	s, err := a.openStores(a.ctx, storeOptions{Log: a.quiet()})
	if err != nil {
		return err
	}
	return errors.Join(directly(s), s.Close())
}
