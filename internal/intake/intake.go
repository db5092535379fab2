// Package intake brings data in and takes it out again: it reads report files, finds for
// each record the enterprise, organization and team that it is of, gives the records to
// the store, puts what they say of entities and seats into the directory, and tells what
// came of it. It also deletes.
package intake

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/privacy"
	"codegauge/internal/report"
	"codegauge/internal/spool"
	"codegauge/internal/store"
)

// Options configures an Intake. Now is time.Now unless a test sets it.
type Options struct {
	Now func() time.Time
	Log *slog.Logger
	// Parquet reads Parquet files; nil refuses them.
	Parquet Parquet
	// Spool holds input that is no file of this machine while it is imported; nil is
	// one in the system's directory for temporary files.
	Spool *spool.Spool
	// PeopleKeys are the keys of the enterprises that are kept without people.
	PeopleKeys *privacy.Keys
	// Contradictions says which of the reports that an import moved contradict
	// themselves or each other; nil looks for none.
	Contradictions func(ctx context.Context, moved []store.DayChange) []report.Warning
}

// Parquet reads a Parquet file and returns its rows as NDJSON.
type Parquet interface {
	ToNDJSON(name string, r io.Reader) (io.ReadCloser, error)
}

// Directory is what the intake needs of a directory.Directory.
type Directory interface {
	directory.Entities
	directory.Seats
	privacy.Marks
	Privacy(ctx context.Context, enterprise int64) (directory.Privacy, error)
	// Record writes into the audit log.
	Record(ctx context.Context, events ...directory.Event) error
	// RemoveExports removes an enterprise's prepared exports.
	RemoveExports(ctx context.Context, enterprise int64) error
	// Revision rises with every change.
	Revision(ctx context.Context) (int64, error)
}

// Intake imports and deletes. It is safe for concurrent use.
type Intake struct {
	dir   Directory
	store store.Store
	opt   Options
}

// New returns an Intake into a directory and a store, which it does not close.
func New(dir Directory, st store.Store, opt Options) *Intake {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Spool == nil {
		opt.Spool = spool.New("", 0)
	}
	if opt.Contradictions == nil {
		opt.Contradictions = func(context.Context, []store.DayChange) []report.Warning { return nil }
	}
	return &Intake{dir: dir, store: st, opt: opt}
}

// enterprise returns the names of now and the enterprise that a word names.
func (in *Intake) enterprise(ctx context.Context, word string) (*directory.Names, *directory.Entity, error) {
	list, err := in.dir.Entities(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read the directory: %w", err)
	}
	n := directory.NewNames(list)
	e, err := n.Enterprise(word)
	return n, e, err
}
