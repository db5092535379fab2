package filelock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// beyond is past the end of every file: what Windows locks cannot be read by other
// processes, which have to read who holds the lock.
const beyond = 1 << 30

func try(f *os.File) (bool, error) {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{OffsetHigh: beyond})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
