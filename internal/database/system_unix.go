//go:build unix

package database

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// diskFull reports whether the disk that holds path has next to no room.
func diskFull(path string) bool {
	var st unix.Statfs_t
	return unix.Statfs(filepath.Dir(path), &st) == nil && int64(st.Bavail)*int64(st.Bsize) < leastRoom
}

// fileReadOnly reports whether the process may not write to a file or beside it, where
// the log has to be, or nobody may.
func fileReadOnly(path string) bool {
	return slices.ContainsFunc([]string{path, filepath.Dir(path)}, func(p string) bool {
		err := unix.Access(p, unix.W_OK)
		return errors.Is(err, unix.EROFS) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM)
	})
}

// syncFolder makes the names in a folder last.
func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
