//go:build !linux || !cgo

package duckdb

// giveBack does nothing where the C library's allocator is not known.
func giveBack() {}
