package databasetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"unsafe"

	"codegauge/internal/database"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// FaultVFS is the name of a VFS of SQLite whose writes, syncs and truncations of database
// files and their logs fail when Faults says so.
const FaultVFS = "codegauge-faults"

// Faults says which operations fail. There is one in a process: tests that use it do not
// run at once.
type Faults struct {
	mu sync.Mutex
	// left counts down to the operation that fails; below 0 none does. Of lasting
	// faults everything after it fails too.
	left    int
	lasting bool
	counted int
	reached bool
}

var (
	faults       = &Faults{left: -1}
	registration = sync.OnceValue(registerFaults)
)

// NewFaults registers the VFS and returns what says when it fails, which is never at first.
func NewFaults(t testing.TB) *Faults {
	t.Helper()
	if err := registration(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { faults.Mend() })
	return faults
}

// Fail lets the nth operation from now fail, from 0 on, and if lasting all that follow.
func (f *Faults) Fail(n int, lasting bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left, f.lasting, f.counted, f.reached = n, lasting, 0, false
}

// Mend lets everything succeed again, and returns how many operations there were since
// Fail, and whether any failed.
func (f *Faults) Mend() (counted int, reached bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = -1
	return f.counted, f.reached
}

// fails counts an operation and reports whether it fails.
func (f *Faults) fails() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counted++
	if f.left != 0 {
		f.left = max(f.left-1, -1)
		return false
	}
	if !f.lasting {
		f.left = -1
	}
	f.reached = true
	return true
}

// failing are the methods of a kind of file, and those that they stand before.
type failing struct {
	methods sqlite3.Tsqlite3_io_methods // what SQLite has is its address
	own     *sqlite3.Tsqlite3_io_methods
}

// What SQLite calls. Its structures are Go's here, but their pointers are numbers.
type (
	openFunc     = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32
	writeFunc    = func(tls *libc.TLS, file, buf uintptr, n int32, offset int64) int32
	syncFunc     = func(tls *libc.TLS, file uintptr, flags int32) int32
	truncateFunc = func(tls *libc.TLS, file uintptr, size int64) int32
)

var (
	faultLayer sqlite3.Tsqlite3_vfs
	below      *sqlite3.Tsqlite3_vfs
	belowVFS   uintptr
	kindsMu    sync.Mutex
	kinds      = map[uintptr]*failing{} // by the methods that they stand before
)

func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&p)) }

func registerFaults() error {
	if _, err := migratedFile(); err != nil { // whoever has opened a file has registered its VFS
		return err
	}
	tls := libc.NewTLS() // what is registered stays until the process ends
	usual, err := libc.CString(database.VFS)
	if err != nil {
		return err
	}
	if belowVFS = sqlite3.Xsqlite3_vfs_find(tls, usual); belowVFS == 0 {
		return errors.New("the usual VFS is not registered")
	}
	name, err := libc.CString(FaultVFS)
	if err != nil {
		return err
	}
	below = at[sqlite3.Tsqlite3_vfs](belowVFS)
	faultLayer = *below
	faultLayer.FpNext, faultLayer.FzName, faultLayer.FxOpen = 0, name, pointer(openFunc(faultOpen))
	if rc := sqlite3.Xsqlite3_vfs_register(tls, uintptr(unsafe.Pointer(&faultLayer)), 0); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("register the VFS: code %d", rc)
	}
	return nil
}

func faultOpen(tls *libc.TLS, _, name, file uintptr, flags int32, outFlags uintptr) int32 {
	rc := function[openFunc](below.FxOpen)(tls, belowVFS, name, file, flags, outFlags)
	f := at[sqlite3.Tsqlite3_file](file)
	if rc != sqlite3.SQLITE_OK || f.FpMethods == 0 {
		return rc
	}
	kindsMu.Lock()
	defer kindsMu.Unlock()
	k := kinds[f.FpMethods]
	if k == nil {
		k = &failing{own: at[sqlite3.Tsqlite3_io_methods](f.FpMethods)}
		k.methods = *k.own
		k.methods.FxWrite, k.methods.FxSync, k.methods.FxTruncate = pointer(writeFunc(faultWrite)), pointer(syncFunc(faultSync)), pointer(truncateFunc(faultTruncate))
		kinds[f.FpMethods] = k
	}
	f.FpMethods = uintptr(unsafe.Pointer(&k.methods))
	return rc
}

// ownOf returns the methods that a file's stand before.
func ownOf(file uintptr) *sqlite3.Tsqlite3_io_methods {
	return at[failing](at[sqlite3.Tsqlite3_file](file).FpMethods).own
}

func faultWrite(tls *libc.TLS, file, buf uintptr, n int32, offset int64) int32 {
	if faults.fails() {
		return sqlite3.SQLITE_FULL
	}
	return function[writeFunc](ownOf(file).FxWrite)(tls, file, buf, n, offset)
}

func faultSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	if faults.fails() {
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	return function[syncFunc](ownOf(file).FxSync)(tls, file, flags)
}

func faultTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	if faults.fails() {
		return sqlite3.SQLITE_IOERR_TRUNCATE
	}
	return function[truncateFunc](ownOf(file).FxTruncate)(tls, file, size)
}
