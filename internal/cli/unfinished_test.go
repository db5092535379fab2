package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codegauge/internal/database"
	"codegauge/internal/fault"
)

// TestUnfinishedBackup: a copy that a backup has left when it was killed does not outlive
// what opens the data directory next; files that somebody keeps there do.
func TestUnfinishedBackup(t *testing.T) {
	a := newTestApp(t)
	left, kept := filepath.Join(a.cfg.Data, ".backup-1"), filepath.Join(a.cfg.Data, "backup-2026.tar")
	if err := os.Mkdir(left, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Join(left, database.FileName), kept, filepath.Join(a.cfg.Data, ".backup-file")} {
		if err := os.WriteFile(name, []byte("somebody who is erased"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := a.openStores(t.Context(), storeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("the copy is still there: %v", err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
}

// TestUnfinishedRestore leaves a restore at each of its steps: nothing but a restore opens
// the directory, and that begins anew.
func TestUnfinishedRestore(t *testing.T) {
	from := newTestApp(t)
	s, err := from.openStores(t.Context(), storeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var backup bytes.Buffer
	if err := s.backup(t.Context(), &backup); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "backup.tar")
	if err := os.WriteFile(file, backup.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, leave := range map[string]func(dir string) error{
		"before unpacking": func(string) error { return nil },
		"amid unpacking": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, restoreDir, database.FileName), []byte("SQL"), 0o600)
		},
		"amid the renewal": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, database.FileName), []byte("SQL"), 0o600)
		},
		"before the erasures": func(dir string) error { return os.WriteFile(filepath.Join(dir, erasuresFile), []byte("{"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			a := newTestApp(t)
			a.stdout = &bytes.Buffer{}
			if err := os.MkdirAll(filepath.Join(a.cfg.Data, restoreDir), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := leave(a.cfg.Data); err != nil {
				t.Fatal(err)
			}
			if s, err := a.openStores(t.Context(), storeOptions{}); fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "run codegauge restore again") {
				t.Errorf("it is opened: %v, %v", s, err)
			}
			if err := (&restoreCmd{File: file}).Run(a); err != nil {
				t.Fatal(err)
			}
			s, err := a.openStores(t.Context(), storeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if entries, err := os.ReadDir(a.cfg.Data); err != nil || strings.Contains(strings.Join(namesOf(entries), " "), restoreDir) {
				t.Errorf("left %v, %v", namesOf(entries), err)
			}
			if err := (&restoreCmd{File: file}).Run(a); fault.KindOf(err) != fault.Invalid {
				t.Errorf("over what is there: %v", err)
			}
		})
	}
}

func namesOf(entries []os.DirEntry) (out []string) {
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}
