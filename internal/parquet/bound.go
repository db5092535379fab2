package parquet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"codegauge/internal/fault"
)

// What may come out of a file, against files made to fill the disk: behind
// freeUnpacked not more than maxRatio times its size. NDJSON of real records is
// 20 to 60 times as large as the Parquet file of them.
const (
	freeUnpacked = 64 << 20
	maxRatio     = 300
)

// watchEvery is how often the size of what comes out is looked at.
const watchEvery = 50 * time.Millisecond

var errTooLarge = errors.New("too large")

// bounded runs a statement that converts the file in to the file out, until that
// becomes too large.
func (j *job) bounded(in, out, statement string) error {
	info, err := os.Stat(in)
	if err != nil {
		return err
	}
	most := freeUnpacked + maxRatio*info.Size()
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	go func() {
		for ctx.Err() == nil {
			if info, err := os.Stat(out); err == nil && info.Size() > most {
				cancel(errTooLarge)
			}
			time.Sleep(watchEvery)
		}
	}()
	_, err = j.db.ExecContext(ctx, statement)
	if context.Cause(ctx) == errTooLarge {
		return fault.New(fault.Invalid, "unpacks to more than %d times its size", maxRatio)
	}
	if err != nil {
		return fmt.Errorf("convert: %w", err)
	}
	return nil
}
