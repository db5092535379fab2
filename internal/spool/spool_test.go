package spool

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"codegauge/internal/fault"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// names lists what is in a directory; a process's directory and its lock are "run"
// and "lock".
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		switch name := e.Name(); {
		case strings.HasPrefix(name, runPrefix) && strings.HasSuffix(name, lockSuffix):
			out = append(out, "lock")
		case strings.HasPrefix(name, runPrefix):
			out = append(out, "run")
		default:
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

func TestSpool(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "of [me]*", "spool")
	s := New(dir, 0)
	a, b := must(s.Batch(0)), must(s.Batch(0))
	f := must(a.Add(t.Context(), iotest.OneByteReader(strings.NewReader("one"))))
	g := must(a.Add(t.Context(), strings.NewReader("")))
	h := must(b.Add(t.Context(), bytes.NewReader(make([]byte, 1<<20))))
	if f.Size != 3 || g.Size != 0 || h.Size != 1<<20 {
		t.Errorf("sizes %d, %d, %d", f.Size, g.Size, h.Size)
	}
	for range 2 { // a file can be read again
		r := must(f.Open())
		if text := must(io.ReadAll(r)); string(text) != "one" {
			t.Errorf("read %q", text)
		}
		r.Close()
	}
	for path, want := range map[string]fs.FileMode{dir: 0o700, s.run: 0o700, a.dir: 0o700, f.Path: 0o600, s.lock.Name(): 0o600} {
		if info := must(os.Stat(path)); info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	}
	open := must(h.Open())
	defer open.Close()
	for _, b := range []*Batch{a, b, b} {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := names(t, dir); got != "" || s.used != 0 {
		t.Errorf("there are %q, %d bytes in use", got, s.used)
	}
	if n, err := io.Copy(io.Discard, open); n != 1<<20 || err != nil {
		t.Errorf("an open file: %d bytes, %v", n, err)
	}
	must(must(s.Batch(0)).Add(t.Context(), strings.NewReader("again")))
	if err := s.Close(); err != nil || names(t, dir) != "" {
		t.Errorf("closed: %v, there are %q", err, names(t, dir))
	}
}

func TestLimits(t *testing.T) {
	s := New(t.TempDir(), 10)
	defer s.Close()
	b := must(s.Batch(6))
	must(b.Add(t.Context(), strings.NewReader("123456")))
	if _, err := b.Add(t.Context(), strings.NewReader("7")); fault.KindOf(err) != fault.TooLarge || !strings.Contains(err.Error(), "larger than 6 bytes") {
		t.Errorf("over the batch's limit: %v", err)
	}
	c := must(s.Batch(0))
	if _, err := c.Add(t.Context(), strings.NewReader("12345")); fault.KindOf(err) != fault.TooLarge || !strings.Contains(err.Error(), "would exceed 10 bytes") {
		t.Errorf("over the quota: %v", err)
	}
	b.Close()
	must(c.Add(t.Context(), strings.NewReader("12345")))
	if got := formatBytes(8 << 30); got != "8 GiB" {
		t.Errorf("8 GiB are %s", got)
	}
}

func TestErrors(t *testing.T) {
	s := New(t.TempDir(), 0)
	defer s.Close()
	b := must(s.Batch(0))
	broken := errors.New("the line went dead")
	if _, err := b.Add(t.Context(), iotest.ErrReader(broken)); err != broken {
		t.Errorf("a broken reader: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Add(ctx, strings.NewReader("x")); err != context.Canceled {
		t.Errorf("canceled: %v", err)
	}
	full := must(os.OpenFile("/dev/full", os.O_WRONLY, 0))
	defer full.Close()
	if _, err := b.copy(t.Context(), full, strings.NewReader("x")); fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), s.parent) {
		t.Errorf("a full disk: %v", err)
	}
	b.Close()
	if _, err := b.Add(t.Context(), strings.NewReader("x")); err == nil {
		t.Error("added to a closed batch")
	}
}

// TestClean starts beside what a process that was killed left, one that runs, and
// somebody's files.
func TestClean(t *testing.T) {
	dir := t.TempDir()
	if os.Getenv("SPOOL_DIR") != "" {
		must(must(New(os.Getenv("SPOOL_DIR"), 0).Batch(0)).Add(t.Context(), strings.NewReader("left")))
		os.Exit(0)
	}
	killed := exec.Command(os.Args[0], "-test.run=^TestClean$")
	killed.Env = append(os.Environ(), "SPOOL_DIR="+dir)
	if out, err := killed.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "reports"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, runPrefix+"1"+lockSuffix), nil, 0o600); err != nil { // killed before it had a directory
		t.Fatal(err)
	}
	if got := names(t, dir); got != "lock run lock reports" {
		t.Fatalf("a killed process left %q", got)
	}
	other := New(dir, 0)
	f := must(must(other.Batch(0)).Add(t.Context(), strings.NewReader("in use")))
	s := New(dir, 0)
	for range 2 {
		if err := s.Clean(); err != nil {
			t.Error(err)
		}
	}
	if got := names(t, dir); got != "run lock reports" {
		t.Errorf("there are %q", got)
	}
	if _, err := os.Stat(f.Path); err != nil {
		t.Errorf("another process's file: %v", err)
	}
	if err := New(filepath.Join(dir, "none"), 0).Clean(); err != nil {
		t.Errorf("no directory: %v", err)
	}
	if err := New("", 0).Clean(); err != nil {
		t.Errorf("the system's directory: %v", err)
	}
}
