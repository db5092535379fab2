package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/privacy"
)

// erasuresFile lists, beside the embedded database, every erasure that was asked for, a
// line each (privacy.Erasure): a backup that is restored brings people back, and the
// list erases them again. It names nobody: its marks are keyed hashes.
const erasuresFile = "erasures.jsonl"

// erasureList is that file. Whoever has the data directory writes it.
type erasureList struct{ path string }

func (a *app) erasures() erasureList {
	return erasureList{filepath.Join(a.cfg.Data, erasuresFile)}
}

// note adds an erasure, on the disk, before it is committed.
func (l erasureList) note(enterprise int64, marks []directory.ErasedMark) error {
	return l.add(privacy.ErasuresOf(enterprise, marks))
}

// add writes lines at the end. What an earlier one has left of a line, when the power
// went, is no erasure that was committed: it is overwritten.
func (l erasureList) add(list []privacy.Erasure) error {
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("note who is erased: %w", err)
	}
	defer f.Close()
	var lines bytes.Buffer
	err = writeErasures(&lines, list)
	if err == nil {
		err = cutTorn(f)
	}
	if err == nil {
		_, err = f.Write(lines.Bytes())
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = syncDir(filepath.Dir(l.path))
	}
	if err != nil {
		return fmt.Errorf("note who is erased in %s: %w", l.path, err)
	}
	return f.Close()
}

// cutTorn goes to the end of the last whole line, and cuts off what follows.
func cutTorn(f *os.File) error {
	b, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	whole := int64(bytes.LastIndexByte(b, '\n') + 1)
	if whole < int64(len(b)) {
		if err := f.Truncate(whole); err != nil {
			return err
		}
	}
	_, err = f.Seek(whole, io.SeekStart)
	return err
}

// syncDir makes the names in a directory last.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// begin writes the erasures that the database knows if there is no list yet: of a
// database that was restored or copied.
func (l erasureList) begin(ctx context.Context, p *privacy.Privacy) error {
	if _, err := os.Stat(l.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	known, err := p.Erasures(ctx)
	if err != nil || len(known) == 0 {
		return err
	}
	return l.add(known)
}

// writeErasures writes a line for each.
func writeErasures(w io.Writer, list []privacy.Erasure) error {
	out := json.NewEncoder(w)
	for _, e := range list {
		if err := out.Encode(e); err != nil {
			return err
		}
	}
	return nil
}

// readErasures reads a list. A last line that was never finished is no erasure.
func readErasures(path string) ([]privacy.Erasure, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%v", err)
	}
	defer f.Close()
	var out []privacy.Erasure
	in := bufio.NewReader(f)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		e, err := parseErasure(line)
		if err != nil {
			return nil, fault.New(fault.Invalid, "%s:%d: not an entry of an erasure list (%v): nobody was erased", path, n, err)
		}
		out = append(out, e)
	}
}

func parseErasure(line []byte) (privacy.Erasure, error) {
	var e privacy.Erasure
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return e, err
	}
	if e.Enterprise <= 0 || e.At.IsZero() || len(e.Marks) == 0 || d.More() {
		return e, errors.New("at, enterprise and marks are required")
	}
	return e, nil
}

// tellReplayed says what came of a list.
func (a *app) tellReplayed(r privacy.Replayed) {
	fmt.Fprintf(a.stdout, "replayed %s: %s erased, %s on %s\n", english.Count(r.Erasures, "erasure", "erasures"),
		english.Count(r.People, "person found and", "people found and"), english.Count(r.Records, "user-day", "user-days"), english.Count(r.Count, "day", "days"))
	if r.Elsewhere > 0 {
		fmt.Fprintf(a.stdout, "skipped %s of enterprises that are not here\n", english.Count(r.Elsewhere, "erasure", "erasures"))
	}
}
