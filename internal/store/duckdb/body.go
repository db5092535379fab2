package duckdb

import (
	"context"
	"errors"
	"io"
	"strings"

	"codegauge/internal/report"
)

// decodeBodies reads stored rows, which are kept as they came.
func decodeBodies(ctx context.Context, ndjson string, yield func(*report.Record) error) error {
	if ndjson == "" {
		return nil
	}
	reader := report.NewReader([]report.Input{{Name: "stored rows", Size: int64(len(ndjson)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(ndjson)), nil
	}}}, report.Options{})
	defer reader.Close()
	for {
		var b report.Batch
		err := reader.Next(ctx, &b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range b.Records {
			if err := yield(&b.Records[i]); err != nil {
				return err
			}
		}
	}
}
