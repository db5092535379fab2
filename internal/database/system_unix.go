//go:build unix

package database

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// diskFull reports whether the disk that holds path has next to no room.
func diskFull(path string) bool {
	var st unix.Statfs_t
	return unix.Statfs(filepath.Dir(path), &st) == nil && int64(st.Bavail)*int64(st.Bsize) < leastRoom
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
