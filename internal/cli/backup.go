package cli

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/privacy"
)

// A backup is a tar file: the embedded database, then backupList, which says that it
// is whole.
const backupList = "backup.json"

// backupFiles are the files in it.
var backupFiles = []string{database.FileName}

// backupHead is what backupList says.
type backupHead struct {
	Version string    `json:"version"`
	At      time.Time `json:"at"`
	// SHA256 is of each file, in hexadecimal.
	SHA256 map[string]string `json:"sha256"`
}

type backupCmd struct {
	Out string `required:"" placeholder:"FILE" help:"File to write; it appears only when complete."`
}

// Help is shown below the flags.
func (backupCmd) Help() string {
	return `Writes everything in the data directory, as of one moment, to one file. It works while a server runs. Back up a PostgreSQL database with PostgreSQL's own tools (docs/scaling.md). The file holds personal data and the hashes of passwords and tokens: protect it as carefully as the data directory.`
}

// Run backs up.
func (c *backupCmd) Run(a *app) error {
	if a.cfg.Database != "" {
		return fault.New(fault.Unsupported, "codegauge backup copies the embedded database only: back up PostgreSQL with pg_dump or WAL archiving (docs/scaling.md)")
	}
	if err := a.needData(); err != nil {
		return err
	}
	err := writeFile(c.Out, func(f *os.File) error {
		if err := a.connect(func(cl *client) error { return cl.backup(a.ctx, f) }); err != nil {
			return err
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		_, err := readBackup(f, func(string, io.Reader) error { return nil })
		return err
	})
	if err != nil {
		return err
	}
	info, err := os.Stat(c.Out)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "backed up to %s, %s\n", c.Out, english.Count(info.Size(), "byte", "bytes"))
	return nil
}

// backupDirs are where backups are made of.
const backupDirs = ".backup-"

// removeBackups removes what backups that were killed have left: copies of the database
// that would outlive an erasure. The caller has the data directory, so none is being made.
func (a *app) removeBackups() error {
	entries, err := os.ReadDir(a.cfg.Data)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), backupDirs) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(a.cfg.Data, e.Name())); err != nil {
			// On a disk that cannot be written to, reading goes on.
			a.log.Warn("an unfinished backup has left a copy of the database, which would outlive an erasure", "directory", e.Name(), "error", err)
		}
	}
	return nil
}

// backup writes a backup. The copy that it is made of lies in the data directory for
// as long.
func (s *stores) backup(ctx context.Context, w io.Writer) error {
	dir, err := os.MkdirTemp(s.data, backupDirs+"*")
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := s.database.Backup(ctx, filepath.Join(dir, database.FileName)); err != nil {
		return err
	}
	return writeBackup(dir, w)
}

func writeBackup(dir string, w io.Writer) error {
	head := backupHead{Version: readBuild().identity(), At: time.Now().UTC().Truncate(time.Second), SHA256: map[string]string{}}
	out := tar.NewWriter(w)
	for _, name := range backupFiles {
		sum, err := archive(out, dir, name)
		if err != nil {
			return fmt.Errorf("back up %s: %w", name, err)
		}
		head.SHA256[name] = sum
	}
	list, err := json.Marshal(head)
	if err != nil {
		return err
	}
	if err := out.WriteHeader(&tar.Header{Name: backupList, Mode: 0o600, Size: int64(len(list)), ModTime: head.At}); err != nil {
		return err
	}
	if _, err := out.Write(list); err != nil {
		return err
	}
	return out.Close()
}

// archive adds a file and returns its hash.
func archive(out *tar.Writer, dir, name string) (string, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, sum), f)
	return hex.EncodeToString(sum.Sum(nil)), err
}

// readBackup calls each for the files of a backup, and checks that it is whole.
func readBackup(r io.Reader, each func(name string, r io.Reader) error) (head backupHead, err error) {
	in := tar.NewReader(r)
	sums := map[string]string{}
	for {
		h, err := in.Next()
		if err != nil {
			return head, fault.New(fault.Invalid, "not a Codegauge backup, or only part of one (%v)", err)
		}
		if h.Name == backupList {
			break
		}
		if !slices.Contains(backupFiles, h.Name) || sums[h.Name] != "" {
			return head, fault.New(fault.Invalid, "not a Codegauge backup: it contains an unexpected file %.60q", h.Name)
		}
		sum := sha256.New()
		body := io.TeeReader(in, sum)
		err = each(h.Name, body)
		if err == nil {
			_, err = io.Copy(io.Discard, body)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = fault.New(fault.Invalid, "the backup is incomplete: %s is cut off", h.Name)
		}
		if err != nil {
			return head, err
		}
		sums[h.Name] = hex.EncodeToString(sum.Sum(nil))
	}
	if err := json.NewDecoder(io.LimitReader(in, 1<<20)).Decode(&head); err != nil {
		return head, fault.New(fault.Invalid, "the backup's table of contents is malformed: %v", err)
	}
	for _, name := range backupFiles {
		if sums[name] == "" || sums[name] != head.SHA256[name] {
			return head, fault.New(fault.Invalid, "the backup is damaged: the hash of %s does not match", name)
		}
	}
	return head, nil
}

type restoreCmd struct {
	File     string `arg:"" help:"File that codegauge backup wrote."`
	Erasures string `placeholder:"FILE" help:"Erase again the people who were erased after the backup was made: erasures.jsonl of the lost or replaced data directory."`
}

// Help is shown below the flags.
func (restoreCmd) Help() string {
	return `Restores a backup into the data directory (--data), which must be new or empty, and opens it once, which upgrades a backup of an earlier version. People who were erased after the backup was made are in it: --erasures erases them again before anything else reads them.`
}

// Run restores.
func (c *restoreCmd) Run(a *app) error {
	if a.cfg.Database != "" {
		return fault.New(fault.Unsupported, "codegauge restore writes the embedded database only: restore PostgreSQL with its own tools, then repeat later erasures with codegauge erase --replay")
	}
	f, err := os.Open(c.File)
	if err != nil {
		return fault.New(fault.Invalid, "%v", err)
	}
	defer f.Close()
	var erasures []privacy.Erasure
	if c.Erasures != "" {
		if erasures, err = readErasures(c.Erasures); err != nil {
			return err
		}
	}
	if err := a.makeData(); err != nil {
		return err
	}
	l, err := a.waitForLock(nil)
	if err != nil {
		return err
	}
	defer l.release()
	if err := a.discardRestore(); err != nil { // of a restore that was killed
		return err
	}
	if err := a.refuseUsed(); err != nil {
		return err
	}
	head, done, err := a.restore(f, erasures)
	if err != nil {
		return err
	}
	if c.Erasures != "" {
		a.tellReplayed(done)
	}
	fmt.Fprintf(a.stdout, "restored the backup of %s to %s\n", head.At.Format(time.RFC3339), a.cfg.Data)
	if c.Erasures == "" {
		fmt.Fprintf(a.stdout, "people erased since then are back: erase them again with the list from the old data directory: codegauge erase --replay %s --yes\n", erasuresFile)
	}
	return nil
}

// restoreDir is there while a backup is being restored. Until it is gone nothing else
// opens the data directory: it holds no data, or people who were erased.
const restoreDir = ".restoring"

// restoring reports whether a restore of the data directory has begun and not ended.
func (a *app) restoring() (bool, error) {
	_, err := os.Stat(filepath.Join(a.cfg.Data, restoreDir))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// discardRestore removes what a restore has left that did not end; the directory was
// empty before.
func (a *app) discardRestore() error {
	begun, err := a.restoring()
	if err != nil || !begun {
		return err
	}
	for _, name := range []string{database.FileName, database.FileName + "-wal", database.FileName + "-shm", erasuresFile, restoreDir} { // it last
		if err := os.RemoveAll(filepath.Join(a.cfg.Data, name)); err != nil {
			return fmt.Errorf("remove what an unfinished restore has left: %w", err)
		}
	}
	return nil
}

// restore unpacks a backup, opens it, and erases again who was erased since: all of it,
// or nothing is left.
func (a *app) restore(r io.Reader, erasures []privacy.Erasure) (head backupHead, done privacy.Replayed, err error) {
	defer func() {
		if err == nil {
			err = os.RemoveAll(filepath.Join(a.cfg.Data, restoreDir))
		}
		if err != nil {
			err = errors.Join(err, a.discardRestore())
		}
	}()
	if head, err = a.unpackBackup(r); err != nil {
		return head, done, err
	}
	a.restores = true
	s, err := a.openStores(a.ctx, storeOptions{Log: a.quiet()})
	a.restores = false
	if err != nil {
		return head, done, fmt.Errorf("open what was restored: %w", err)
	}
	err = s.database.Renew(a.ctx)
	if err == nil && len(erasures) > 0 {
		done, err = s.ReplayErasures(asOperator(a.ctx), erasures)
	}
	return head, done, errors.Join(err, s.Close())
}

// refuseUsed refuses a directory that holds anything.
func (a *app) refuseUsed() error {
	entries, err := os.ReadDir(a.cfg.Data)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != lockFile {
			return fault.New(fault.Invalid, "the data directory %s is not empty (it has %s): choose a new directory with --data", a.cfg.Data, e.Name())
		}
	}
	return nil
}

// unpackBackup writes the backup's files beside their places and puts them there
// once all of them are whole.
func (a *app) unpackBackup(r io.Reader) (head backupHead, err error) {
	dir := filepath.Join(a.cfg.Data, restoreDir)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return head, fmt.Errorf("restore: %w", err)
	}
	head, err = readBackup(r, func(name string, r io.Reader) error {
		return writeFile(filepath.Join(dir, name), func(f *os.File) error {
			_, err := io.Copy(f, r)
			return err
		})
	})
	if err != nil {
		return head, err
	}
	for _, name := range backupFiles {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(a.cfg.Data, name)); err != nil {
			return head, fmt.Errorf("restore: %w", err)
		}
	}
	return head, nil
}
