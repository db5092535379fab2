package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/directory/sqlite"
	"codegauge/internal/fault"
	"codegauge/internal/parquet"
	"codegauge/internal/query"
	"codegauge/internal/service"
	"codegauge/internal/store/duckdb"

	"golang.org/x/sys/unix"
)

// convertDir is where Parquet files are converted, beside the data: it holds
// people's records for that time, which a shared temporary directory should not.
const convertDir = "convert"

// stageDir is where uploaded files wait for their confirmation, for the same reason.
const stageDir = ".uploads"

// stores are the open stores of a data directory and the service over them.
type stores struct {
	*service.Service
	directory directory.Directory
	close     []func() error
	// data is the data directory; copyDirectory and copyStore write the stores into
	// new files.
	data                     string
	copyDirectory, copyStore func(ctx context.Context, path string) error
}

// openStores opens the data directory's stores; the caller holds its lock.
func (a *app) openStores(ctx context.Context, opt service.Options) (*stores, error) {
	unix.Umask(0o077) // the engines make their files as the process's mask has it
	s := &stores{data: a.cfg.Data}
	if err := a.checkTogether(); err != nil {
		return nil, err
	}
	dir, err := sqlite.Open(ctx, filepath.Join(a.cfg.Data, sqlite.FileName))
	if err != nil {
		return nil, err
	}
	s.directory, s.close = dir, append(s.close, dir.Close)
	analytics, err := a.openAnalytics(ctx)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.close = append(s.close, analytics.Close)
	s.copyDirectory, s.copyStore = dir.Backup, analytics.Backup
	opt.Parquet = parquet.New(filepath.Join(a.cfg.Data, convertDir))
	watched := duckdb.Watch(analytics)
	s.Service = service.New(dir, watched, opt)
	if err := s.Follow(ctx, 0); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openAnalytics opens the analytics store as it is configured.
func (a *app) openAnalytics(ctx context.Context) (*duckdb.Store, error) {
	return duckdb.Open(ctx, a.cfg.Data, duckdb.Options{MemoryMB: a.cfg.MemoryMB, Threads: a.cfg.Threads})
}

// checkTogether refuses a store whose directory is gone: the records would be
// there, and nobody's. (The directory is always made first.)
func (a *app) checkTogether() error {
	path := filepath.Join(a.cfg.Data, sqlite.FileName)
	store := filepath.Join(a.cfg.Data, duckdb.FileName)
	if info, err := os.Stat(store); err != nil || info.Size() == 0 {
		return nil // it is made, or refused, when it is opened
	}
	const leastPage = 512 // SQLite takes less for an empty database
	info, err := os.Stat(path)
	if err == nil && info.Size() >= leastPage || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fault.New(fault.Conflict, "the directory %s is damaged: it is missing or empty, though the store %s has data; restore it from a backup, or move both away to start anew", path, store)
}

// Close closes the stores, the last one opened first.
func (s *stores) Close() error {
	var err error
	for len(s.close) > 0 {
		last := len(s.close) - 1
		err = errors.Join(err, s.close[last]())
		s.close = s.close[:last]
	}
	return err
}

// use runs do over the data directory: directly if no other process holds it,
// through the server if one does, and else once it is free.
func (a *app) use(command string, do func(service.API) error) error {
	return a.reach(command, func(s *stores) error { return do(recording{s.Service, admin.New(s.directory, s.Service, nil)}) }, func(r *remote) error { return do(r) })
}

// recording is the service of a command that holds the data itself: who asks
// about people, or takes data away, is in the audit log as if a server ran.
type recording struct {
	*service.Service
	log *admin.Admin
}

// Query implements service.API.
func (r recording) Query(ctx context.Context, w service.Words) (*query.Answer, error) {
	users, about := w.People()
	if !about {
		return r.Service.Query(ctx, w)
	}
	e, err := r.Entity(ctx, w)
	if err != nil {
		return nil, err
	}
	if err := r.log.Viewed(asOperator(ctx), e, "command line: "+strings.Join(w.Measures, ", "), users...); err != nil {
		return nil, err
	}
	return r.Service.Query(ctx, w)
}

// Export implements service.API.
func (r recording) Export(ctx context.Context, req service.ExportRequest, w io.Writer) error {
	e, err := r.Entity(ctx, service.Words{Enterprise: req.Enterprise, Org: req.Org})
	if err != nil {
		return err
	}
	if err := r.Service.Export(ctx, req, w); err != nil {
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
	return a.reach(command, func(s *stores) error { return do(ctx, admin.New(s.directory, s.Service, nil)) },
		func(r *remote) error { return do(ctx, admin.Client{Ask: r.administer}) })
}

// reach runs one of two: over the data directory if nobody else holds it,
// through the server if one does.
func (a *app) reach(command string, directly func(*stores) error, through func(*remote) error) error {
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
	s, err := a.openStores(a.ctx, service.Options{Log: a.quiet()})
	if err != nil {
		return err
	}
	return errors.Join(directly(s), s.Close())
}
