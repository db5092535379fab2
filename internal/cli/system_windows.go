package cli

import "io/fs"

// keepPrivate has nothing to do: files inherit who may read them from their folder.
func keepPrivate() {}

// ignoreFileLimit has nothing to do: processes have no such limit.
func ignoreFileLimit() {}

// openFiles is 0: connections are no files, and have no such limit.
func openFiles() int { return 0 }

// othersMayRead cannot be told from a mode, which is the same for every file.
func othersMayRead(fs.FileInfo) bool { return false }

// secretExposed is othersMayRead.
func secretExposed(fs.FileInfo) bool { return false }
