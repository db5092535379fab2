package duckdb

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// Backup writes the store, as of one committed state, into a new file. Imports
// wait meanwhile; reads do not.
func (s *Store) Backup(ctx context.Context, path string) (err error) {
	s.write.Lock()
	defer s.write.Unlock()
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "ATTACH "+attached(path, "backup")); err != nil {
		return fmt.Errorf("back up the store to %s: %w", path, err)
	}
	defer func() {
		// Detaching writes everything to the file.
		if _, end := conn.ExecContext(context.WithoutCancel(ctx), `DETACH backup`); err == nil && end != nil {
			err = fmt.Errorf("back up the store to %s: %w", path, end)
		}
		if err == nil {
			err = os.Chmod(path, 0o600)
		}
	}()
	for _, stmt := range []string{`COPY FROM DATABASE store TO backup`, `CHECKPOINT backup`} {
		if _, err := conn.ExecContext(ctx, stmt); err != nil {
			return fmt.Errorf("back up the store to %s: %w", path, err)
		}
	}
	return nil
}

// quoted is a text where nothing can be bound.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
