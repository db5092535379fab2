// Package mark notes, beside a database's file, that it has bytes of what was
// erased and must be made anew: a note that outlives a kill.
package mark

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// suffix follows the name of the marked file.
const suffix = ".rewrite"

// Name returns the mark's file.
func Name(path string) string { return path + suffix }

// Set marks a file; when it returns the mark is on the disk.
func Set(path string) error {
	f, err := os.OpenFile(Name(path), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close(), SyncDir(filepath.Dir(path)))
}

// IsSet reports whether a file is marked.
func IsSet(path string) bool {
	_, err := os.Stat(Name(path))
	return err == nil
}

// Clear takes the mark away.
func Clear(path string) error {
	if err := os.Remove(Name(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir writes a directory's entries to the disk.
func SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
