package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/privacy"
)

// TestRestoreReplaysErasures restores a backup that was made before somebody was erased,
// with the list that was kept beside the database: no byte of them is there, and imports
// do not bring them back. Who was erased by their e-mail address alone stays away too,
// and who has the address since stays.
func TestRestoreReplaysErasures(t *testing.T) {
	a := newTestApp(t)
	s := opened(t, a)
	ctx := access.With(t.Context(), access.NewOperator())
	s.importText(t, erika())
	plantErika(ctx, t, s)
	do := admin.New(s.directory, s.product, nil)
	acme := access.ScopeNames{Enterprise: "acme"}
	if _, err := do.AddUser(ctx, admin.AddUserRequest{ScopeNames: acme, Email: "carl@acme.example"}); err != nil {
		t.Fatal(err)
	}
	total := s.lines(t)
	dir := t.TempDir()
	old := filepath.Join(dir, "old.tar")
	backUp(t, s, old)
	for _, who := range []string{"erika-musterfrau", "carl@acme.example"} {
		if _, err := do.Erase(ctx, admin.EraseRequest{ScopeNames: acme, Users: []string{who}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := do.AddUser(ctx, admin.AddUserRequest{ScopeNames: acme, Email: "Carl@acme.example"}); err != nil {
		t.Fatal(err)
	}
	recent := filepath.Join(dir, "recent.tar")
	backUp(t, s, recent)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(a.cfg.Data, erasuresFile)
	for _, c := range []struct {
		backup string
		carl   bool
		says   string
	}{
		{old, false, "replayed 2 erasures: 2 people found and erased, 18 user-days on 9 days\n"},
		{recent, true, "replayed 2 erasures: 0 people found and erased, 0 user-days on 0 days\n"},
	} {
		b := newTestApp(t)
		b.cfg.Data = filepath.Join(t.TempDir(), "restored")
		var out strings.Builder
		b.stdout = &out
		if err := (&restoreCmd{File: c.backup, Erasures: list}).Run(b); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), c.says) {
			t.Errorf("restore says %s", &out)
		}
		if left := found(t, b.cfg.Data, traces); left != nil {
			t.Errorf("names are left: %q", left)
		}
		r := opened(t, b)
		if got, want := r.lines(t), total-9*1005; got != want {
			t.Errorf("%d lines are left, want %d", got, want)
		}
		if _, err := r.directory.PersonByEmail(ctx, "carl@acme.example"); (err == nil) != c.carl {
			t.Errorf("carl: %v", err)
		}
		if l := r.importText(t, erika()); len(l.Warnings) == 0 || !strings.Contains(l.Warnings[0].Reason, "27 records of erased people left out") {
			t.Errorf("warnings %+v", l.Warnings)
		}
		if v, err := r.Verify(ctx); err != nil || !v.Clean {
			t.Errorf("verify: %+v, %v", v, err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		want, err := readErasures(list)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := readErasures(filepath.Join(b.cfg.Data, erasuresFile)); err != nil || len(got) < len(want) {
			t.Errorf("the list of what was restored has %d erasures of %d, %v", len(got), len(want), err)
		}
	}
}

func backUp(t *testing.T, s *stores, path string) {
	t.Helper()
	b := &bytes.Buffer{}
	if err := s.backup(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestErasureIsListedFirst erases somebody where the list cannot be written: nobody is
// erased.
func TestErasureIsListedFirst(t *testing.T) {
	a := newTestApp(t)
	s := opened(t, a)
	defer s.Close()
	ctx := access.With(t.Context(), access.NewOperator())
	s.importText(t, erika())
	total := s.lines(t)
	if err := os.Mkdir(filepath.Join(a.cfg.Data, erasuresFile), 0o700); err != nil {
		t.Fatal(err)
	}
	do := admin.New(s.directory, s.product, nil)
	if _, err := do.Erase(ctx, admin.EraseRequest{Users: []string{"erika-musterfrau"}}); err == nil || !strings.Contains(err.Error(), erasuresFile) {
		t.Errorf("erased: %v", err)
	}
	if list, err := s.Erasures(ctx); err != nil || len(list) > 0 || s.lines(t) != total {
		t.Errorf("%d erasures and %d lines of %d, %v", len(list), s.lines(t), total, err)
	}
}

// TestErasureLists reads lists that are whole, torn and wrong.
func TestErasureLists(t *testing.T) {
	l := erasureList{filepath.Join(t.TempDir(), erasuresFile)}
	add := func(marks ...string) {
		t.Helper()
		var list []directory.ErasedMark
		for _, m := range marks {
			list = append(list, directory.ErasedMark{Mark: m, At: newTestTime(len(list))})
		}
		if err := l.note(1, list); err != nil {
			t.Fatal(err)
		}
	}
	read := func() []privacy.Erasure {
		t.Helper()
		list, err := readErasures(l.path)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	add("one", "two")
	if got := read(); len(got) != 2 || got[1].Marks[0] != "two" {
		t.Errorf("%+v", got)
	}
	whole, err := os.ReadFile(l.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(l.path, append(whole, `{"at":"2026-05-01T0`...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := read(); len(got) != 2 {
		t.Errorf("torn: %+v", got)
	}
	add("three")
	if got := read(); len(got) != 3 || got[2].Marks[0] != "three" {
		t.Errorf("after what was torn: %+v", got)
	}
	if info, err := os.Stat(l.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	for _, wrong := range []string{"nonsense\n", "{}\n", `{"at":"2026-05-01T00:00:00Z","enterprise":1,"marks":[]}` + "\n", `{"at":"2026-05-01T00:00:00Z","enterprise":1,"marks":["m"],"name":"x"}` + "\n"} {
		if err := os.WriteFile(l.path, append(whole, wrong...), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readErasures(l.path); err == nil || !strings.Contains(err.Error(), ":3: ") {
			t.Errorf("%q is read: %v", wrong, err)
		}
	}
}
