// Package spool copies input to local disk before it is processed, so that a process that
// holds a lock never waits for a network or a terminal, and so that input can be read
// twice.
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

// Spool is a directory of batches of files, readable only by its owner. Several processes
// may share one directory. It is safe for concurrent use.
type Spool struct {
	parent string
	owned  bool // whether to create parent, and to clean it
	quota  int64

	mu sync.Mutex
	// run is this process's directory in parent, created with the first batch; lock is
	// held while it exists, so that other processes do not clean it.
	run     string
	lock    *os.File
	batches map[*Batch]bool
	used    int64
}

// New returns a spool in dir, which is used for nothing else and created when needed; ""
// means the system's directory for temporary files. All files together may have at most
// quota bytes; 0 means no limit.
func New(dir string, quota int64) *Spool {
	s := &Spool{parent: dir, owned: dir != "", quota: quota, batches: map[*Batch]bool{}}
	if !s.owned {
		s.parent = os.TempDir()
	}
	return s
}

// A process's directory is named runPrefix and random text; its lock file has the same
// name and lockSuffix.
const (
	runPrefix  = "codegauge-spool-"
	lockSuffix = ".lock"
)

// Clean removes the directories of processes that have ended, unless the spool is in the
// system's directory for temporary files.
func (s *Spool) Clean() error {
	if !s.owned {
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
		run, isLock := strings.CutSuffix(e.Name(), lockSuffix)
		if strings.HasPrefix(run, runPrefix) && (isLock || e.IsDir()) {
			errs = append(errs, removeAbandoned(filepath.Join(s.parent, run)))
		}
	}
	return errors.Join(errs...)
}

// removeAbandoned removes a process's directory unless its lock is held.
func removeAbandoned(run string) error {
	lock, err := takeLock(run + lockSuffix)
	if err != nil {
		return fmt.Errorf("clean spool: %w", err)
	}
	if lock == nil {
		return nil
	}
	defer lock.Close()
	if err := errors.Join(os.RemoveAll(run), os.Remove(run+lockSuffix)); err != nil {
		return fmt.Errorf("clean spool: %w", err)
	}
	return nil
}

// takeLock locks a file, which it creates if needed. It returns nil if another process
// holds the lock.
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

// sameFile reports whether the path still refers to the open file.
func sameFile(f *os.File, path string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	atPath, err := os.Stat(path)
	return err == nil && os.SameFile(opened, atPath)
}

// Batch returns a new batch of at most limit bytes; 0 means no limit other than the
// spool's quota.
func (s *Spool) Batch(limit int64) (*Batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == "" {
		if err := s.createRun(); err != nil {
			return nil, fmt.Errorf("create spool: %w", err)
		}
	}
	dir, err := os.MkdirTemp(s.run, "")
	if err != nil {
		return nil, fmt.Errorf("create spool: %w", err)
	}
	b := &Batch{spool: s, dir: dir, limit: limit}
	s.batches[b] = true
	return b, nil
}

// createRun creates this process's directory. It takes the lock first: another process
// would clean a directory without one.
func (s *Spool) createRun() error {
	if s.owned {
		if err := os.MkdirAll(s.parent, 0o700); err != nil {
			return err
		}
	}
	var lock *os.File
	run := ""
	for lock == nil { // another process may remove the file before it is locked
		var err error
		run = filepath.Join(s.parent, runPrefix+rand.Text())
		if lock, err = takeLock(run + lockSuffix); err != nil {
			return err
		}
	}
	if err := os.Mkdir(run, 0o700); err != nil {
		return errors.Join(err, os.Remove(run+lockSuffix), lock.Close())
	}
	s.run, s.lock = run, lock
	return nil
}

// removeRun removes this process's directory.
func (s *Spool) removeRun() error {
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
	if err := s.removeRun(); err != nil {
		return fmt.Errorf("remove spool: %w", err)
	}
	return nil
}

// reserve counts n more bytes of a batch, or returns the limit that they exceed.
func (s *Spool) reserve(b *Batch, n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.batches[b]:
		return fs.ErrClosed
	case b.limit > 0 && b.size+n > b.limit:
		return fault.New(fault.TooLarge, "the input is larger than %s: import the files in several batches", formatBytes(b.limit))
	case s.quota > 0 && s.used+n > s.quota:
		return fault.New(fault.TooLarge, "inputs waiting on disk would exceed %s: import fewer files at once, or try again later", formatBytes(s.quota))
	}
	b.size += n
	s.used += n
	return nil
}

// formatBytes writes a number of bytes in the largest unit, up to TiB, that it has at
// least one of.
func formatBytes(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for ; n >= 1<<10 && i < len(units)-1; i++ {
		n >>= 10
	}
	return strconv.FormatInt(n, 10) + " " + units[i]
}

// Batch is a group of files that are removed together. Add must not be called
// concurrently.
type Batch struct {
	spool *Spool
	dir   string
	limit int64
	size  int64
	files int
}

// Add copies r to a new file of the batch. An error of r is returned unchanged.
func (b *Batch) Add(ctx context.Context, r io.Reader) (File, error) {
	// Files are numbered: names given by users are never used as paths.
	path := filepath.Join(b.dir, strconv.Itoa(b.files))
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return File{}, fmt.Errorf("spool input: %w", err)
	}
	b.files++
	size, err := b.copy(ctx, f, r)
	if closeErr := f.Close(); err == nil && closeErr != nil {
		err = b.writeError(closeErr)
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
		if quotaErr := b.spool.reserve(b, int64(n)); quotaErr != nil {
			return size, quotaErr
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

// Close removes the batch. Files that are open can still be read.
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
		err = errors.Join(err, s.removeRun())
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
