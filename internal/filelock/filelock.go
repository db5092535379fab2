// Package filelock locks open files against other processes. A lock ends with the
// process that has it.
package filelock

import "os"

// Try locks a file for this process alone. It reports false if another has it.
// Closing the file unlocks it.
func Try(f *os.File) (bool, error) { return try(f) }
