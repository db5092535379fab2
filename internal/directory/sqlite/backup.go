package sqlite

import (
	"context"
	"os"
)

// Backup writes the directory, as of one committed state, into a new file.
func (d *Directory) Backup(ctx context.Context, path string) error {
	_, err := d.db.ExecContext(ctx, `VACUUM INTO ?`, path)
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	return d.fail("back up", err)
}
