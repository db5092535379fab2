package database

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite knows a page that is no page, but not one whose bytes a disk has changed:
// it would answer with them. Each page of the embedded database ends with a checksum
// and its own number in the eight bytes that the file's head reserves there. They are
// written and compared by a VFS, a layer between SQLite and the system, which is
// the system's own but for how pages of the database's file are read and written;
// SQLite's own extension cksumvfs is the same in C. Pages in the log have the log's
// checksums (log.go) and get theirs when they go to the file. Other programs
// can read the file, but what they write to it counts as damage.

// checksumVFS is the name of the layer.
const checksumVFS = "codegauge"

// VFS is its name for tests that put another before it.
const VFS = checksumVFS

// reserved is how many bytes of a page are not SQLite's: CRC-32C of everything before,
// and of the four bytes after, which are the page's number.
const reserved = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksumOf returns the checksum of a page that ends with its number.
func checksumOf(page []byte) uint32 {
	end := len(page) - reserved
	return crc32.Update(crc32.Checksum(page[:end], castagnoli), castagnoli, page[end+4:])
}

// seal writes a page's number and checksum.
func seal(page []byte, number int64) {
	end := len(page) - reserved
	binary.LittleEndian.PutUint32(page[end+4:], uint32(number))
	binary.LittleEndian.PutUint32(page[end:], checksumOf(page))
}

// sealed reports whether a page is what was written as the one of that number.
func sealed(page []byte, number int64) bool {
	end := len(page) - reserved
	return binary.LittleEndian.Uint32(page[end+4:]) == uint32(number) && binary.LittleEndian.Uint32(page[end:]) == checksumOf(page)
}

// The layer. SQLite's structures are Go's here, but their pointers are numbers.
var (
	layer   sqlite3.Tsqlite3_vfs
	methods sqlite3.Tsqlite3_io_methods
	// readingMethods are those of files that are opened for reading only.
	readingMethods sqlite3.Tsqlite3_io_methods
	// The system's own functions.
	systemVFS, systemOpen, systemRead, systemWrite uintptr
	// methodsOnce guards methods, which the first file that is opened shows.
	methodsOnce sync.Once
)

type (
	openFunc  = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32
	readFunc  = func(tls *libc.TLS, file, buf uintptr, n int32, offset int64) int32
	closeFunc = func(tls *libc.TLS, file uintptr) int32
)

// registerLayer makes the layer known to SQLite, once.
var registerLayer = sync.OnceValue(func() error {
	tls := libc.NewTLS() // what is registered stays until the process ends
	if rc := sqlite3.Xsqlite3_initialize(tls); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("start SQLite: code %d", rc)
	}
	systemVFS = sqlite3.Xsqlite3_vfs_find(tls, 0)
	if systemVFS == 0 {
		return errors.New("start SQLite: it has no VFS")
	}
	layer = *at[sqlite3.Tsqlite3_vfs](systemVFS)
	name, err := libc.CString(checksumVFS)
	if err != nil {
		return err
	}
	layer.FpNext, layer.FzName = 0, name
	systemOpen = layer.FxOpen
	layer.FxOpen = pointer(openFunc(layerOpen))
	if rc := sqlite3.Xsqlite3_vfs_register(tls, uintptr(unsafe.Pointer(&layer)), 0); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("register the VFS: code %d", rc)
	}
	return nil
})

// at returns what is at an address that SQLite gave.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// pointer returns a function as SQLite keeps it, and function the other way round.
// A function that is declared by name is never moved.
func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&p)) }

// layerOpen opens a file as the system does; pages of a database's file are then read and
// written by layerRead and layerWrite.
func layerOpen(tls *libc.TLS, _, name, file uintptr, flags int32, outFlags uintptr) int32 {
	rc := function[openFunc](systemOpen)(tls, systemVFS, name, file, flags, outFlags)
	if rc != sqlite3.SQLITE_OK || flags&sqlite3.SQLITE_OPEN_MAIN_DB == 0 {
		return rc
	}
	f := at[sqlite3.Tsqlite3_file](file)
	own := at[sqlite3.Tsqlite3_io_methods](f.FpMethods)
	methodsOnce.Do(func() {
		methods = *own
		systemRead, systemWrite = own.FxRead, own.FxWrite
		methods.FxRead = pointer(readFunc(layerRead))
		methods.FxWrite = pointer(readFunc(layerWrite))
		methods.FiVersion = min(methods.FiVersion, 2) // without pages that are mapped and not read
		readingMethods = methods
		readingMethods.FxShmMap = pointer(shmMapFunc(noShmMap))
		readingMethods.FxShmLock = pointer(shmLockFunc(noShmLock))
		readingMethods.FxShmBarrier = pointer(shmBarrierFunc(noShmBarrier))
		readingMethods.FxShmUnmap = pointer(shmUnmapFunc(noShmUnmap))
	})
	if own.FxRead != systemRead || own.FxLock != methods.FxLock { // of another kind of file
		function[closeFunc](own.FxClose)(tls, file)
		f.FpMethods = 0
		return sqlite3.SQLITE_CANTOPEN
	}
	f.FpMethods = uintptr(unsafe.Pointer(&methods))
	if flags&sqlite3.SQLITE_OPEN_READONLY != 0 {
		f.FpMethods = uintptr(unsafe.Pointer(&readingMethods))
	}
	return sqlite3.SQLITE_OK
}

// Connections that write share an index of the log in a file beside it. Where nothing can
// be written there may be none, and it could not be trusted: each connection is told
// that it cannot be had, and makes its own in memory.
type (
	shmMapFunc     = func(tls *libc.TLS, file uintptr, region, size, extend int32, out uintptr) int32
	shmLockFunc    = func(tls *libc.TLS, file uintptr, offset, n, flags int32) int32
	shmBarrierFunc = func(tls *libc.TLS, file uintptr)
	shmUnmapFunc   = func(tls *libc.TLS, file uintptr, remove int32) int32
)

func noShmMap(_ *libc.TLS, _ uintptr, _, _, _ int32, out uintptr) int32 {
	*at[uintptr](out) = 0
	return sqlite3.SQLITE_READONLY_CANTINIT
}

func noShmLock(*libc.TLS, uintptr, int32, int32, int32) int32 { return sqlite3.SQLITE_OK }

func noShmBarrier(*libc.TLS, uintptr) {}

func noShmUnmap(*libc.TLS, uintptr, int32) int32 { return sqlite3.SQLITE_OK }

// isPage reports whether so many bytes at an offset are a page.
func isPage(n int32, offset int64) bool { return n == pageSize && offset%pageSize == 0 }

// layerRead reads, and compares a page's checksum. SQLite reads no page beyond the
// file's end but the first of a file that is still empty.
func layerRead(tls *libc.TLS, file, buf uintptr, n int32, offset int64) int32 {
	rc := function[readFunc](systemRead)(tls, file, buf, n, offset)
	switch {
	case !isPage(n, offset):
		return rc
	case rc == sqlite3.SQLITE_IOERR_SHORT_READ && offset > 0:
		return sqlite3.SQLITE_IOERR_DATA
	case rc == sqlite3.SQLITE_OK && !sealed(unsafe.Slice(at[byte](buf), n), offset/pageSize+1):
		return sqlite3.SQLITE_IOERR_DATA
	}
	return rc
}

// layerWrite writes, a page with its checksum. The bytes are SQLite's, but not those
// that are reserved.
func layerWrite(tls *libc.TLS, file, buf uintptr, n int32, offset int64) int32 {
	if isPage(n, offset) {
		seal(unsafe.Slice(at[byte](buf), n), offset/pageSize+1)
	}
	return function[readFunc](systemWrite)(tls, file, buf, n, offset)
}

// emptyFile returns a database without tables, which reserves the bytes: SQLite has no
// setting for that.
func emptyFile() []byte {
	b := make([]byte, pageSize)
	copy(b, sqliteMagic)
	binary.BigEndian.PutUint16(b[16:], pageSize)
	b[18], b[19] = 2, 2 // written and read with a log
	b[20] = reserved
	b[21], b[22], b[23] = 64, 32, 32 // as it has to be
	binary.BigEndian.PutUint32(b[24:], 1)
	binary.BigEndian.PutUint32(b[28:], 1) // pages
	binary.BigEndian.PutUint32(b[44:], 4) // form of the schema
	binary.BigEndian.PutUint32(b[56:], 1) // UTF-8
	binary.BigEndian.PutUint32(b[92:], 1)
	binary.BigEndian.PutUint32(b[96:], 3040000)
	b[100] = 0x0d // the schema's table, without rows
	binary.BigEndian.PutUint16(b[105:], pageSize-reserved)
	seal(b, 1)
	return b
}

// sqliteMagic is what every database of SQLite begins with.
const sqliteMagic = "SQLite format 3\x00"

// headOf looks at a file's first page, or what there is of it: whether its pages have
// checksums, and how it is damaged, "" if it is not. It may be another program's.
func headOf(page []byte) (checked bool, damage string) {
	const fields = 100
	ours := len(page) == pageSize && binary.LittleEndian.Uint32(page[pageSize-4:]) == 1
	switch {
	case len(page) == 0:
		return false, "it is empty"
	case len(page) < fields || string(page[:len(sqliteMagic)]) != sqliteMagic:
		return false, "it does not start like a database file"
	case binary.BigEndian.Uint16(page[16:]) == pageSize && page[20] == reserved:
		if len(page) < pageSize {
			return true, "it is cut off within its first page"
		}
		return true, ""
	case ours:
		return false, "the checksum of its first page does not match"
	}
	return false, ""
}
