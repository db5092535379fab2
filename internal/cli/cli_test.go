package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codegauge/internal/day"
	"codegauge/internal/intake"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

func TestWriteFileLeavesNoHalf(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := writeFile(path, func(f *os.File) error {
		f.WriteString("half")
		return errors.New("no more")
	})
	if err == nil {
		t.Error("no error")
	}
	entries, _ := os.ReadDir(dir)
	if b, _ := os.ReadFile(path); string(b) != "before" || len(entries) != 1 {
		t.Errorf("got %q, %v", b, entries)
	}
}

func TestReport(t *testing.T) {
	l := &intake.Report{
		Enterprise: "acme", ImportID: 7, Users: 2, From: day.Date(2026, 5, 1), To: day.Date(2026, 5, 2), Seconds: 1.25,
		Records:       map[string]int64{"users": 1200, "seats": 1},
		Files:         []report.FileStat{{Name: "a\x1b[1m.ndjson", Format: "ndjson", Bytes: 12041, Records: map[string]int64{"users": 1200}, Rejected: 1}, {Name: "README.md", Bytes: 31, NotReport: "text"}},
		Rejected:      []report.Rejection{{File: "a", Line: 3, Reason: "no user_id"}},
		RejectedTotal: 30,
		Warnings:      []report.Warning{{Reason: "less than before"}, {File: "a", Line: 4, Reason: "twice", Count: 1501}},
		Days: []store.DayChange{{SourceName: "acme", Kind: "users", Tool: "copilot", Day: day.Date(2026, 5, 1),
			Before: store.DayTotals{Records: 5}, After: store.DayTotals{Records: 6, LocAdded: store.KnownLines(1000)}}},
		Seats: []intake.SeatChange{{Source: "acme", Before: 1, After: 1200}},
	}
	want := `imported 1,201 records (seats 1, users 1,200) of acme, 2 people, 2026-05-01 to 2026-05-02, in 1.2 s
import 7; codegauge delete --enterprise acme --import 7 --yes undoes it

2 warnings
  less than before
  a:4: twice (and 1,500 like it)

2 files
  a` + "\ufffd" + `[1m.ndjson  ndjson        12,041 bytes  users 1,200  1 rejected
  README.md     not a report  31 bytes

rejected 30 lines
  a:3: no user_id
  … and 29 more; --json lists them

changes by day
  day         report              records  lines added  lines deleted
  2026-05-01  acme users copilot  5 → 6    – → 1,000    –

changes to seats
  acme  1 → 1,200
`
	var b bytes.Buffer
	if err := writeReport(&b, l, "imported"); err != nil {
		t.Fatal(err)
	}
	if got := trimLines(b.String()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestManyDaysAreSummedUp(t *testing.T) {
	l := &intake.Report{}
	for i := range 40 {
		l.Days = append(l.Days, store.DayChange{SourceName: "acme", Kind: "users", Tool: "copilot", Day: day.Day(20000 + i), After: store.DayTotals{Records: 2}})
	}
	var b bytes.Buffer
	if err := writeReport(&b, l, "deleted"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "40    acme users copilot  0 → 80") {
		t.Errorf("got %s", b.String())
	}
}

// TestMissingDatabase reads from a directory that has lost its database: nothing is made
// in its place, and nothing is said to be clean.
func TestMissingDatabase(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"verify"}, {"query", "--measures", "loc_added"}, {"backup", "--out", filepath.Join(t.TempDir(), "copy.db")}} {
		var stdout, stderr strings.Builder
		code := Main(append(args, "--data", dir), strings.NewReader(""), &stdout, &stderr, nil)
		if code == 0 || !strings.Contains(stderr.String(), "has no database") || stdout.Len() > 0 {
			t.Errorf("%v: exit code %d, %s%s", args, code, &stdout, &stderr)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}
