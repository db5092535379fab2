// Package service is the product without a face: what the command line, the
// API and the pages ask for, in words. It resolves words to directory entities,
// reads report files into the store and puts names into answers.
package service

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/query"
	"codegauge/internal/spool"
	"codegauge/internal/store"
)

// Options configures a Service. Now is time.Now unless a test sets it.
type Options struct {
	Now func() time.Time
	Log *slog.Logger
	// Parquet reads and writes Parquet files; nil refuses them.
	Parquet Parquet
	// Spool holds input that is no file of this machine while it is imported; nil is
	// one in the system's directory for temporary files.
	Spool *spool.Spool
}

// Parquet converts between NDJSON and Parquet.
type Parquet interface {
	// ToNDJSON reads a Parquet file and returns its rows as NDJSON.
	ToNDJSON(name string, r io.Reader) (io.ReadCloser, error)
	// FromNDJSON reads NDJSON and writes a Parquet file.
	FromNDJSON(ndjson io.Reader, w io.Writer) error
}

// Directory is what the service needs of a directory.Directory.
type Directory interface {
	directory.Entities
	directory.Seats
	People
	People(ctx context.Context, enterprise int64) ([]directory.Person, error)
	Privacy(ctx context.Context, enterprise int64) (directory.Privacy, error)
	directory.Erasures
	// Revision rises with every change.
	Revision(ctx context.Context) (int64, error)
	Ping(ctx context.Context) error
}

// Service answers and imports. It is safe for concurrent use.
type Service struct {
	dir   Directory
	store store.Store
	opt   Options

	memory memory
}

// New returns a Service over a directory and a store, which it does not close.
func New(dir Directory, st store.Store, opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Spool == nil {
		opt.Spool = spool.New("", 0)
	}
	return &Service{dir: dir, store: st, opt: opt, memory: newMemory()}
}

// DirectoryVersion rises with every change of the directory: of seats and names, which
// the data's version does not know.
func (s *Service) DirectoryVersion(ctx context.Context) (int64, error) {
	version, err := s.dir.Revision(ctx)
	if err != nil {
		return 0, fmt.Errorf("directory's version: %w", err)
	}
	return version, nil
}

// Today returns the current UTC day.
func (s *Service) Today() day.Day { return day.Of(s.opt.Now()) }

// API is the Service as its callers see it; the command line has a second
// implementation that asks a running server.
type API interface {
	Import(ctx context.Context, req ImportRequest) (*ImportReport, error)
	Delete(ctx context.Context, req DeleteRequest) (*ImportReport, error)
	Query(ctx context.Context, w QueryParameters) (*query.Answer, error)
	Reconcile(ctx context.Context, w QueryParameters) (*Reconciliation, error)
	Export(ctx context.Context, req ExportRequest, w io.Writer) error
	Verify(ctx context.Context) (*Verification, error)
}
