// Package spool copies input to local disk before it is worked on: then nobody who
// holds a lock waits for a network or for somebody at a keyboard, and what was
// read once can be read again.
package spool

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"codegauge/internal/fault"
	"codegauge/internal/filelock"
)

// Spool is a directory of batches of files, which nobody but its owner can read.
// Several processes may use one directory. It is safe for concurrent use.
type Spool struct {
	parent string
	own    bool // the parent is made if it is not there, and cleaned
	quota  int64

	mu sync.Mutex
	// run is this process's directory in parent, made with the first batch; lock is
	// held as long as it is there, so that other processes leave it alone.
	run     string
	lock    *os.File
	batches map[*Batch]bool
	used    int64
}

// New returns a spool in a directory that is its own, which is made when it is
// needed; "" is the system's directory for temporary files. All files together
// have at most quota bytes; 0 sets no limit.
func New(dir string, quota int64) *Spool {
	s := &Spool{parent: dir, own: dir != "", quota: quota, batches: map[*Batch]bool{}}
	if !s.own {
		s.parent = os.TempDir()
	}
	return s
}

// prefix begins the names of the directories in a parent; locked ends those of
// their locks.
const (
	prefix = "codegauge-spool-"
	locked = ".lock"
)

// Clean removes what processes that have ended left behind, from a directory that
// is the spool's own.
func (s *Spool) Clean() error {
	if !s.own {
		return nil
	}
	entries, err := os.ReadDir(s.parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("clean spool: %w", err)
	}
	var errs []error
	for _, e := range entries {
		run, isLock := strings.CutSuffix(e.Name(), locked)
		if strings.HasPrefix(run, prefix) && (isLock || e.IsDir()) {
			errs = append(errs, removeIfLeft(filepath.Join(s.parent, run)))
		}
	}
	return errors.Join(errs...)
}

// removeIfLeft removes a process's directory if the process has ended.
func removeIfLeft(run string) error {
	lock, err := takeLock(run + locked)
	if err != nil {
		return fmt.Errorf("clean spool: %w", err)
	}
	if lock == nil {
		return nil
	}
	defer lock.Close()
	if err := errors.Join(os.RemoveAll(run), os.Remove(run+locked)); err != nil {
		return fmt.Errorf("clean spool: %w", err)
	}
	return nil
}

// takeLock takes the lock of a file, which is made if it is not there; nil if
// another process has it.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	got, err := filelock.Try(f)
	if got && sameFile(f, path) {
		return f, nil
	}
	f.Close()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return nil, nil // another process has it, or has just removed it
}

// sameFile reports whether the path is still the open file's.
func sameFile(f *os.File, path string) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(open, there)
}

// Batch returns a new batch, of at most limit bytes; 0 sets no limit but the
// spool's.
func (s *Spool) Batch(limit int64) (*Batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == "" {
		if err := s.begin(); err != nil {
			return nil, fmt.Errorf("make spool: %w", err)
		}
	}
	dir, err := os.MkdirTemp(s.run, "")
	if err != nil {
		return nil, fmt.Errorf("make spool: %w", err)
	}
	b := &Batch{spool: s, dir: dir, limit: limit}
	s.batches[b] = true
	return b, nil
}

// begin makes this process's directory. The lock comes first: a directory
// without one would be cleaned away.
func (s *Spool) begin() error {
	if s.own {
		if err := os.MkdirAll(s.parent, 0o700); err != nil {
			return err
		}
	}
	var lock *os.File
	run := ""
	for lock == nil { // another process may clean a lock away before we have it
		var err error
		run = filepath.Join(s.parent, prefix+rand.Text())
		if lock, err = takeLock(run + locked); err != nil {
			return err
		}
	}
	if err := os.Mkdir(run, 0o700); err != nil {
		return errors.Join(err, os.Remove(run+locked), lock.Close())
	}
	s.run, s.lock = run, lock
	return nil
}

// end removes this process's directory.
func (s *Spool) end() error {
	if s.run == "" {
		return nil
	}
	err := errors.Join(os.RemoveAll(s.run), os.Remove(s.lock.Name()), s.lock.Close())
	s.run, s.lock = "", nil
	return err
}

// Close removes all batches.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.batches)
	s.used = 0
	if err := s.end(); err != nil {
		return fmt.Errorf("remove spool: %w", err)
	}
	return nil
}

// take counts n bytes more of a batch.
func (s *Spool) take(b *Batch, n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.batches[b]:
		return fs.ErrClosed
	case b.limit > 0 && b.size+n > b.limit:
		return fault.New(fault.TooLarge, "the input is larger than %s: import the files in several batches", bytesWord(b.limit))
	case s.quota > 0 && s.used+n > s.quota:
		return fault.New(fault.TooLarge, "inputs waiting on disk would exceed %s: import fewer files at once, or try again later", bytesWord(s.quota))
	}
	b.size += n
	s.used += n
	return nil
}

// bytesWord writes a number of bytes in the largest unit of which there are some.
func bytesWord(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for ; n >= 1<<10 && i < len(units)-1; i++ {
		n >>= 10
	}
	return strconv.FormatInt(n, 10) + " " + units[i]
}

// Batch is files that are removed together. Its files are added one at a time.
type Batch struct {
	spool *Spool
	dir   string
	limit int64
	size  int64
	files int
}

// Add copies what r holds to a file of the batch. An error of r is returned as
// it is.
func (b *Batch) Add(ctx context.Context, r io.Reader) (File, error) {
	// Names that people gave are shown, never used.
	path := filepath.Join(b.dir, strconv.Itoa(b.files))
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return File{}, fmt.Errorf("spool input: %w", err)
	}
	b.files++
	size, err := b.copy(ctx, f, r)
	if closed := f.Close(); err == nil && closed != nil {
		err = b.writeError(closed)
	}
	return File{Path: path, Size: size}, err
}

func (b *Batch) copy(ctx context.Context, w io.Writer, r io.Reader) (size int64, err error) {
	buf := make([]byte, 256<<10)
	for {
		n, err := r.Read(buf)
		if ctx.Err() != nil {
			return size, ctx.Err()
		}
		if taken := b.spool.take(b, int64(n)); taken != nil {
			return size, taken
		}
		if _, err := w.Write(buf[:n]); err != nil {
			return size, b.writeError(err)
		}
		size += int64(n)
		if err == io.EOF {
			return size, nil
		}
		if err != nil {
			return size, err
		}
	}
}

func (b *Batch) writeError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fault.New(fault.Unavailable, "cannot store the input in %s: %v", b.spool.parent, err)
	}
	return fmt.Errorf("spool input: %w", err)
}

// Close removes the batch. Files of it that are open can be read to their end.
func (b *Batch) Close() error {
	s := b.spool
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.batches[b] {
		return nil
	}
	delete(s.batches, b)
	s.used -= b.size
	err := os.RemoveAll(b.dir)
	if len(s.batches) == 0 {
		err = errors.Join(err, s.end())
	}
	if err != nil {
		return fmt.Errorf("remove spool: %w", err)
	}
	return nil
}

// File is a file of a batch.
type File struct {
	Path string
	Size int64
}

// Open opens the file.
func (f File) Open() (io.ReadCloser, error) { return os.Open(f.Path) }
