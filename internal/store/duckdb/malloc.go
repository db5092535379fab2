//go:build linux && cgo

package duckdb

/*
#include <malloc.h>

// DuckDB takes and gives back blocks of 256 KB. By default the C library learns
// from the first to take them from its heaps, where they leave holes; told the
// threshold it maps each by itself and gives it back to the system when it is freed.
static void keepLittle(void) {
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	mallopt(M_ARENA_MAX, 1);
#endif
}

static void giveBack(void) {
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
*/
import "C"

func init() { C.keepLittle() }

// giveBack returns memory that DuckDB has freed to the system.
func giveBack() { C.giveBack() }
