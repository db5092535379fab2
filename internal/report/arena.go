package report

import (
	"hash/maphash"
	"unsafe"
)

// arena is a batch's memory. The next call of Reader.Next reuses rows, Extra bytes and
// numbers, but never the bytes of strings, so a string may outlive its batch.
type arena struct {
	rows     runs[Row]
	extra    runs[byte] // of records and wrappers
	rowExtra runs[byte] // of rows, which are read while their record's Extra is open
	ints     runs[int64]
	text     []byte
	names    *[nameSlots]string
	decoder  *decoder
}

const (
	nameSlots     = 1024
	maxName       = 64
	textChunk     = 16 << 10
	maxKeptMemory = 8 << 20 // bytes of each kind that a reset keeps
)

var nameSeed = maphash.MakeSeed()

// reset makes everything but strings available for reuse.
func (a *arena) reset() {
	a.rows.reset()
	a.extra.reset()
	a.rowExtra.reset()
	a.ints.reset()
	if a.names == nil {
		a.names = new([nameSlots]string)
	}
}

// name returns b as a string. It interns short ones in a small cache, since reports
// repeat few names many times.
func (a *arena) name(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > maxName {
		return a.string(b)
	}
	slot := &a.names[maphash.Bytes(nameSeed, b)%nameSlots]
	if *slot != string(b) {
		*slot = a.string(b)
	}
	return *slot
}

// string returns a copy of b as a string.
func (a *arena) string(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > textChunk/8 {
		return string(b)
	}
	if cap(a.text)-len(a.text) < len(b) {
		a.text = make([]byte, 0, textChunk)
	}
	start := len(a.text)
	a.text = append(a.text, b...)
	// The bytes just appended are never written again.
	return unsafe.String(&a.text[start], len(b))
}

// int returns a pointer to n.
func (a *arena) int(n int64) *int64 {
	*a.ints.next() = n
	return &a.ints.end()[0]
}

// runs hands out slices of T, called runs, from chunks that are reused after a reset.
// One run is open at a time; it grows until end closes it.
type runs[T any] struct {
	chunks [][]T
	at     int // the chunk in use
	open   int // where the run being built begins in it
}

// next adds a zero element to the open run.
func (r *runs[T]) next() *T {
	r.grow(1)
	c := &r.chunks[r.at]
	*c = (*c)[:len(*c)+1]
	p := &(*c)[len(*c)-1]
	var zero T
	*p = zero
	return p
}

// append adds values to the open run.
func (r *runs[T]) append(v ...T) {
	r.grow(len(v))
	r.chunks[r.at] = append(r.chunks[r.at], v...)
}

// len returns the length of the open run.
func (r *runs[T]) len() int {
	if len(r.chunks) == 0 {
		return 0
	}
	return len(r.chunks[r.at]) - r.open
}

// openRun returns the open run as it stands.
func (r *runs[T]) openRun() []T {
	if len(r.chunks) == 0 {
		return nil
	}
	return r.chunks[r.at][r.open:]
}

// end closes the open run and returns it, nil if it is empty.
func (r *runs[T]) end() []T {
	n := r.len()
	if n == 0 {
		return nil
	}
	c := r.chunks[r.at]
	run := c[r.open:len(c):len(c)]
	r.open = len(c)
	return run
}

// truncate shortens the open run to n values.
func (r *runs[T]) truncate(n int) {
	if len(r.chunks) > 0 {
		r.chunks[r.at] = r.chunks[r.at][:r.open+n]
	}
}

// grow makes room for n more elements in one piece with the open run.
func (r *runs[T]) grow(n int) {
	if len(r.chunks) > 0 && cap(r.chunks[r.at])-len(r.chunks[r.at]) >= n {
		return
	}
	run := r.openRun()
	need := len(run) + n
	if len(r.chunks) > 0 && r.open > 0 {
		r.chunks[r.at] = r.chunks[r.at][:r.open]
		r.at++
	}
	if r.at == len(r.chunks) {
		r.chunks = append(r.chunks, nil)
	}
	// A chunk in use that has only this run in it gives way to a larger one.
	if cap(r.chunks[r.at]) < need {
		var t T
		r.chunks[r.at] = make([]T, 0, max(64<<10/int(unsafe.Sizeof(t)), 2*need))
	}
	r.chunks[r.at] = append(r.chunks[r.at][:0], run...)
	r.open = 0
}

// reset makes the memory of every run available for reuse.
func (r *runs[T]) reset() {
	var t T
	kept := 0
	for i := range r.chunks {
		r.chunks[i] = r.chunks[i][:0]
		kept += cap(r.chunks[i]) * int(unsafe.Sizeof(t))
	}
	if kept > maxKeptMemory {
		r.chunks = nil
	}
	r.at, r.open = 0, 0
}
