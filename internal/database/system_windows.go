package database

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// diskFull reports whether the disk that holds path has next to no room.
func diskFull(path string) bool {
	dir, err := windows.UTF16PtrFromString(filepath.Dir(path))
	if err != nil {
		return false
	}
	var free uint64
	return windows.GetDiskFreeSpaceEx(dir, &free, nil, nil) == nil && free < leastRoom
}

// fileReadOnly reports whether a file is marked as read-only.
func fileReadOnly(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o200 == 0
}

// syncFolder has nothing to do: Windows has no way to ask for it.
func syncFolder(string) error { return nil }
