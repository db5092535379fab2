package hostile

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKillForgetting kills the program while it forgets people: by retention and
// by erasure. All of a month, or of a person, is there or nothing; the same
// command again ends it; totals are what they have to be.
func TestKillForgetting(t *testing.T) {
	kills := 4
	if soaking() {
		kills = 30
	}
	dir := t.TempDir()
	f := &forgetful{data: filepath.Join(dir, "data"), files: generated(t, dir, 400, 1)}
	strikes(t, kills, []killAtRandom{{"retain", f.retain}, {"erase", f.erase}})
	nothingLeft(t, f.data)
}

// forgetful is a data directory of three old days, and their reports.
type forgetful struct {
	data, files string
	took        struct{ retain, erase time.Duration }
}

// fill makes the directory anew.
func (f *forgetful) fill(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll(f.data); err != nil {
		t.Fatal(err)
	}
	codegauge(t, "import", "--data", f.data, "--enterprise", "acme", f.files).want(t, 0)
	codegauge(t, "privacy", "set", "--data", f.data, "--enterprise", "acme", "--retention-months", "1", "--reason", "a test").want(t, 0)
}

func (f *forgetful) figures(t *testing.T) string {
	t.Helper()
	return codegauge(t, "query", "--data", f.data, "--enterprise", "acme", "--measures", "loc_added,loc_deleted,active_users,weekly_active_users",
		"--by", "day", "--from", "2026-05-01", "--to", "2026-05-03", "--format", "csv").want(t, 0).out
}

// records counts the stored user records that have a text in them.
func (f *forgetful) records(t *testing.T, text string) int {
	t.Helper()
	r := codegauge(t, "export", "--data", f.data, "--enterprise", "acme", "--report", "users-1-day", "--from", "2026-05-01", "--to", "2026-05-03")
	if r.code == 2 && strings.Contains(r.errs, "nothing is stored") {
		return 0
	}
	n := 0
	for line := range strings.Lines(r.want(t, 0).out) {
		n += count(strings.Contains(line, text))
	}
	return n
}

// retain kills a retention.
func (f *forgetful) retain(t *testing.T, random *rand.Rand, n int) (killed, moved bool) {
	args := []string{"retain", "--data", f.data, "--enterprise", "acme"}
	if n == 0 {
		f.fill(t)
	}
	before := f.figures(t)
	if n == 0 {
		f.took.retain = timed(func() { codegauge(t, args...).want(t, 0) })
		f.fill(t)
	}
	killed = struck(t, random, f.took.retain, args)
	verified(t, f.data)
	left := f.records(t, "")
	if left != 0 && left != 1200 {
		t.Errorf("%d records are left of 1200", left)
	}
	if entries := strings.Count(codegauge(t, "audit", "--data", f.data, "--enterprise", "acme", "--action", "privacy.retain").want(t, 0).out, "privacy.retain"); (entries > 0) != (left == 0) {
		t.Errorf("%d records are left, with %d entries in the audit log", left, entries)
	}
	if got := f.figures(t); got != before {
		t.Errorf("the figures were\n%sand are\n%s", before, got)
	}
	codegauge(t, args...).want(t, 0)
	if got := f.figures(t); got != before || f.records(t, "") != 0 {
		t.Errorf("after the rest: %d records are left; the figures were\n%sand are\n%s", f.records(t, ""), before, got)
	}
	verified(t, f.data)
	f.fill(t)
	return killed, left == 0
}

// erase kills the erasure of one person after the other.
func (f *forgetful) erase(t *testing.T, random *rand.Rand, n int) (killed, moved bool) {
	if n == 0 {
		f.fill(t)
	}
	_, rest, ok := strings.Cut(f.oneOf(t, n), `"user_login":"`)
	who, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatal("a record has no login")
	}
	args := []string{"erase", who, "--yes", "--data", f.data, "--enterprise", "acme"}
	if n == 0 {
		f.took.erase = timed(func() { codegauge(t, args...).want(t, 0) })
		return false, true
	}
	named := `"user_login":"` + who + `"`
	killed = struck(t, random, f.took.erase, args)
	verified(t, f.data)
	left := f.records(t, named)
	if left != 0 && left != 3 {
		t.Errorf("%d records of %s are left of 3", left, who)
	}
	if r := codegauge(t, args...); r.code != 0 && !strings.Contains(r.errs, "no person or identity in the enterprise") {
		t.Errorf("the same again: %d %s", r.code, r.errs)
	}
	verified(t, f.data)
	codegauge(t, "import", "--data", f.data, "--enterprise", "acme", f.files).want(t, 0)
	if n := f.records(t, named); n != 0 {
		t.Errorf("%d records of %s came back", n, who)
	}
	f.nowhere(t, who)
	return killed, left == 0
}

// oneOf returns the n-th stored record of a day.
func (f *forgetful) oneOf(t *testing.T, n int) string {
	t.Helper()
	out := codegauge(t, "export", "--data", f.data, "--enterprise", "acme", "--report", "users-1-day", "--day", "2026-05-01").want(t, 0).out
	return strings.Split(out, "\n")[20+n]
}

// nowhere looks for a name in every file.
func (f *forgetful) nowhere(t *testing.T, name string) {
	t.Helper()
	err := filepath.WalkDir(f.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(name+`"`)) || bytes.Contains(b, []byte(name+"\x00")) {
			t.Errorf("%s has %s", path, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
