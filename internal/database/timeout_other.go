//go:build !linux

package database

import "time"

// setUserTimeout is Linux's alone. Elsewhere keepalives find out about a lost peer,
// later if something was sent meanwhile.
func setUserTimeout(uintptr, time.Duration) {}
