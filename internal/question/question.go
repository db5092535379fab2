// Package question answers what is asked of the data: it understands the parameters of a
// question, finds the scope that they name and the reports that its figures come from,
// leaves out what whoever asks may not see, and puts names and warnings into the answer.
// Status, coverage, the use of seats, reconciliations and exports are answered here too.
package question

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/store"

	"golang.org/x/sync/semaphore"
)

// Options configures an Answerer. Now is time.Now unless a test sets it.
type Options struct {
	Now func() time.Time
	Log *slog.Logger
	// Parquet writes Parquet files; nil refuses them.
	Parquet Parquet
	// SeatPrices are what a seat of a plan costs a month, in US cents.
	SeatPrices map[string]int64
	// MostRows is how many rows an answer has at most, unless the operator asks, and those
	// about single people that are worked on at once have together; 0 is 100,000.
	MostRows int
	// UndoDays is for how many days what reports replaced is kept.
	UndoDays int
}

// Parquet reads NDJSON and writes a Parquet file.
type Parquet interface {
	FromNDJSON(ndjson io.Reader, w io.Writer) error
}

// Directory is what answers need of a directory.Directory.
type Directory interface {
	Entities(ctx context.Context) ([]directory.Entity, error)
	Seats(ctx context.Context, enterprise, organization int64) ([]directory.Seat, error)
	SeatAnswer(ctx context.Context, enterprise, organization int64) (asOf time.Time, seats []directory.Seat, err error)
	SeatAnswers(ctx context.Context, enterprise, organization int64) ([]directory.SeatAnswer, error)
	Roster(ctx context.Context, entity int64) (asOf time.Time, members []directory.Member, err error)
	SeatsOf(ctx context.Context, enterprise int64, user query.Name) ([]directory.Seat, error)
	CountSeats(ctx context.Context, enterprise, organization int64) (int64, error)
	Memberships(ctx context.Context, enterprise int64) ([]directory.Membership, error)
	Privacy(ctx context.Context, enterprise int64) (directory.Privacy, error)
	// Revision rises with every change.
	Revision(ctx context.Context) (int64, error)
	Ping(ctx context.Context) error
}

// Answerer answers questions. It is safe for concurrent use.
type Answerer struct {
	dir     Directory
	store   store.Store
	privacy *privacy.Privacy
	opt     Options

	memory memory
	// room is for the rows of answers about single people.
	room *semaphore.Weighted
}

// New returns an Answerer over a directory and a store, which it does not close.
func New(dir Directory, st store.Store, p *privacy.Privacy, opt Options) *Answerer {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	opt.MostRows = cmp.Or(opt.MostRows, defaultMostRows)
	return &Answerer{dir: dir, store: st, privacy: p, opt: opt, memory: newMemory(), room: semaphore.NewWeighted(int64(opt.MostRows))}
}
