package database

import (
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

// syncFolder has nothing to do: Windows has no way to ask for it.
func syncFolder(string) error { return nil }
