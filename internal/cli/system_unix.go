//go:build unix

package cli

import (
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// keepPrivate makes what the process makes from now on its owner's alone.
func keepPrivate() { unix.Umask(0o077) }

// ignoreFileLimit makes of a file that may not grow further an error of the write
// and not the end of the process.
func ignoreFileLimit() { signal.Ignore(syscall.SIGXFSZ) }

// openFiles returns how many files and connections the process may have open.
func openFiles() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(limit.Cur, 1<<20))
}

// othersMayRead reports whether others than its owner may read or write a file.
func othersMayRead(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }

// secretExposed reports whether others than this process's user may read or write a
// secret's file, or everybody. The group of a file that is another user's may: that is
// how containers hand a file of root's to somebody else.
func secretExposed(info fs.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	if ok && int(owner.Uid) != os.Geteuid() {
		return info.Mode().Perm()&0o007 != 0
	}
	return othersMayRead(info)
}
