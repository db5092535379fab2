package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/fault"
	"codegauge/internal/filelock"
)

// lockFile is the file in the data directory whose lock says who holds it. It
// is never removed: two processes could then hold two files of one name.
const lockFile = "lock"

// holder is what the lock's file says about the process that holds the lock.
type holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

func (h holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("process %d (%s, since %s)", h.PID, h.Command, h.Since.Format(time.RFC3339))
}

// lock is a held data directory.
type lock struct{ file *os.File }

// tryLock takes the directory's lock. If another process has it, the lock is
// nil and the holder is that process, as far as it can be known.
func tryLock(dir, command string) (*lock, holder, error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		var reading error
		if f, reading = os.Open(path); reading != nil { // on a read-only disk it can be locked, but not signed
			return nil, holder{}, fmt.Errorf("lock data directory: %w", err)
		}
	}
	got, err := filelock.Try(f)
	if err != nil {
		f.Close()
		return nil, holder{}, fmt.Errorf("lock data directory %q: %w", dir, err)
	}
	if !got {
		h := readHolder(f)
		return nil, h, f.Close()
	}
	l := &lock{f}
	l.sign(command)
	return l, holder{}, nil
}

// readHolder reads who signed; nobody, if the file is being written just now.
func readHolder(f *os.File) holder {
	var h holder
	_ = json.NewDecoder(io.NewSectionReader(f, 0, 4096)).Decode(&h)
	return h
}

// sign says who holds the lock, for those who wait. Where there is no room for
// it, on a full disk, it is held all the same.
func (l *lock) sign(command string) {
	b, _ := json.Marshal(holder{os.Getpid(), command, time.Now().UTC().Truncate(time.Second)}) // numbers and text
	_ = l.file.Truncate(0)
	_, _ = l.file.WriteAt(append(b, '\n'), 0)
}

func (l *lock) release() error {
	_ = l.file.Truncate(0) // the name of who held it helps nobody
	return l.file.Close()
}

// pause is how long waiting for a lock sleeps between two tries.
const pause = 100 * time.Millisecond

// waitForLock takes the data directory's lock. While another process has it,
// meanwhile is asked whether that will do instead; nil if nothing will.
func (a *app) waitForLock(meanwhile func() bool) (*lock, error) {
	deadline := time.Now().Add(a.cfg.LockWait)
	for {
		l, h, err := tryLock(a.cfg.Data, a.command)
		if l != nil || err != nil {
			return l, err
		}
		if meanwhile != nil && meanwhile() {
			return nil, nil
		}
		if time.Now().After(deadline) {
			return nil, fault.New(fault.Unavailable, "the data directory %s is in use by %s: gave up after waiting %s", a.cfg.Data, h, a.cfg.LockWait)
		}
		select {
		case <-a.ctx.Done():
			return nil, a.ctx.Err()
		case <-time.After(pause):
		}
	}
}

// makeData makes the data directory; only its owner may look into it.
func (a *app) makeData() error {
	if err := os.MkdirAll(a.cfg.Data, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	return nil
}

// needData says that there is no data directory, where a command would only
// find an empty one of its own making.
func (a *app) needData() error {
	if a.cfg.Database != "" {
		return a.makeData() // for uploads under way
	}
	_, err := os.Stat(a.cfg.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.NotFound, "the data directory %s does not exist: create it with codegauge import, or name another with --data", a.cfg.Data)
	}
	if err != nil {
		return err
	}
	for _, name := range append([]string{database.FileName}, formerFiles...) { // former ones are refused when it is opened
		if _, err := os.Stat(filepath.Join(a.cfg.Data, name)); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return fault.New(fault.NotFound, "the data directory %s has no database (%s): begin with codegauge import or codegauge serve, restore a backup, or name another with --data", a.cfg.Data, database.FileName)
}
