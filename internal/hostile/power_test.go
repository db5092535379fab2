package hostile

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"codegauge/internal/database"
)

// A killed program loses nothing that it has written: the system has it. When the power
// goes, what was not synced is lost. These tests record what the program asks of the
// system (strace), and put together what a disk would have had at a moment: of each
// file what was written before the last fsync of it, under the names that were there
// at the last fsync of the directory; or, of what came after, any part.

// disk is what a directory's files are, for the system and on the disk.
type disk struct {
	dir string
	// now are the files that the system shows, kept the names that are on the disk.
	now, kept map[string]*node
}

// node is a file.
type node struct {
	now, kept []byte
	// unsynced are the changes since the last fsync; synced counts those before.
	unsynced []change
	synced   int
}

// change writes bytes, or with cut ends the file there.
type change struct {
	at    int64
	bytes []byte
	cut   bool
}

func (c change) do(b []byte) []byte {
	end := c.at + int64(len(c.bytes))
	if c.cut && int64(len(b)) > c.at {
		return b[:c.at:c.at]
	}
	if int64(len(b)) < end {
		b = append(b, make([]byte, end-int64(len(b)))...)
	}
	copy(b[c.at:], c.bytes)
	return b
}

func (n *node) do(c change) {
	n.now = c.do(n.now)
	n.unsynced = append(n.unsynced, c)
}

// newDisk returns the disk with what a directory has, all of it synced.
func newDisk(t *testing.T, dir string) *disk {
	t.Helper()
	d := &disk{dir: dir, now: map[string]*node{}, kept: map[string]*node{}}
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			b := []byte(contents(t, filepath.Join(dir, e.Name())))
			n := &node{now: b, kept: slices.Clone(b)}
			d.now[e.Name()], d.kept[e.Name()] = n, n
		}
	}
	return d
}

// write writes what is left after the power went: what was synced, and with random some
// of the rest, by the sector.
func (d *disk) write(t *testing.T, dir string, random *rand.Rand) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	names := d.kept
	if random != nil && random.IntN(2) == 0 {
		names = d.now
	}
	for name, n := range names {
		if strings.HasSuffix(name, "-shm") {
			continue // memory that processes share
		}
		b := slices.Clone(n.kept)
		if random != nil {
			for _, c := range n.unsynced {
				b = some(random, c, b)
			}
		}
		write(t, dir, name, b)
	}
}

// some does parts of a change.
func some(random *rand.Rand, c change, b []byte) []byte {
	if c.cut {
		if random.IntN(2) == 0 {
			return b
		}
		return c.do(b)
	}
	for at := c.at; at < c.at+int64(len(c.bytes)); {
		end := min(c.at+int64(len(c.bytes)), (at/sector+1)*sector)
		if random.IntN(3) > 0 {
			b = change{at: at, bytes: c.bytes[at-c.at : end-c.at]}.do(b)
		}
		at = end
	}
	return b
}

// systemCall is what a program asked of the system: begun is set for one that has not come
// back, ended for one that has.
type systemCall struct {
	name         string
	args         []string
	begun, ended bool
	// synced is what an fsync that has begun is about: changes so many from the file's
	// first, or the names of the directory.
	synced  *node
	changes int
	names   map[string]*node
}

// traced runs a program under strace and returns what it asked of the system.
func traced(t *testing.T, dir string, args ...string) []systemCall {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace")
	r := call{args: args, under: under(path)}.run(t)
	r.want(t, 0)
	return readTrace(t, path)
}

// under is strace, which writes to a file.
func under(trace string) []string {
	return []string{"strace", "-f", "-qq", "-y", "-xx", "-s", "100000000", "-e", "signal=none", "-o", trace,
		"-e", "trace=open,openat,creat,write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,sync_file_range,ftruncate,truncate,fallocate,rename,renameat,renameat2,unlink,unlinkat,link,linkat"}
}

// needsTrace skips a test where there is no strace, which fails where CI is true, or where
// the kernel does not allow it.
func needsTrace(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if err := exec.Command("strace", "-qq", "-o", os.DevNull, "true").Run(); err != nil {
		t.Skipf("strace does not run here: %v", err)
	}
}

// readTrace reads lines such as
//
//	123 pwrite64(5</path>, "bytes", 10, 20) = 10
//	123 fsync(5</path> <unfinished ...>
//	123 <... fsync resumed>) = 0
func readTrace(t *testing.T, path string) []systemCall {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []systemCall
	begun := map[string]string{}
	in := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		thread, rest, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		rest = strings.TrimLeft(rest, " ")
		s := systemCall{begun: true, ended: true}
		if head, ok := strings.CutSuffix(rest, " <unfinished ...>"); ok {
			begun[thread] = head
			rest, s.ended = head+") = 0", false
		} else if strings.HasPrefix(rest, "<... ") {
			_, tail, _ := strings.Cut(rest, " resumed>")
			rest, s.begun = begun[thread]+tail, false
		}
		i := strings.LastIndex(rest, " = ") // after as many spaces as fill a column
		asked, _ := strings.CutSuffix(strings.TrimRight(rest[:max(i, 0)], " "), ")")
		name, args, ok := strings.Cut(asked, "(")
		if strings.HasPrefix(rest, "???") {
			continue // a thread that ended with the process
		}
		if !ok {
			t.Fatalf("a line of the trace is %.200s", rest)
		}
		if result := rest[i+3:]; strings.HasPrefix(result, "-1") || strings.HasPrefix(result, "?") {
			continue
		}
		s.name, s.args = name, strings.Split(args, ", ")
		out = append(out, s)
	}
}

// text returns what strace writes as "\x61\x62".
func text(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(strings.Trim(s, `"`), `\x`, ""))
	if err != nil {
		t.Fatalf("%.100s: %v", s, err)
	}
	return b
}

// file returns the name in the directory that an argument names: "path" or 5<path>;
// "" for others, and "." for the directory itself.
func (d *disk) file(t *testing.T, arg string) string {
	t.Helper()
	if _, path, ok := strings.Cut(arg, "<"); ok {
		arg = strings.TrimSuffix(path, ">")
		if strings.HasSuffix(arg, "(deleted)") {
			return ""
		}
	}
	path := string(text(t, arg))
	if path == d.dir {
		return "."
	}
	name, err := filepath.Rel(d.dir, path)
	if err != nil || strings.Contains(name, "/") || strings.HasPrefix(name, "..") {
		return ""
	}
	return name
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// do does what a call asked for.
func (d *disk) do(t *testing.T, s *systemCall, unfinished map[string]*systemCall) {
	t.Helper()
	switch s.name {
	case "fsync", "fdatasync":
		d.sync(t, s, unfinished)
		return
	}
	if !s.ended {
		return // it counts once it has come back
	}
	switch s.name {
	case "open", "openat", "creat":
		path, flags := s.args[0], s.args[1]
		if s.name == "openat" {
			path, flags = s.args[1], s.args[2]
		}
		name := d.file(t, path)
		if name == "" || name == "." || strings.Contains(flags, "O_TMPFILE") {
			return
		}
		if d.now[name] == nil && strings.Contains(flags, "O_CREAT") {
			d.now[name] = &node{}
		}
		if n := d.now[name]; n != nil && strings.Contains(flags, "O_TRUNC") {
			n.do(change{cut: true})
		}
	case "write":
		if n := d.now[d.file(t, s.args[0])]; n != nil { // all of them append
			n.do(change{at: int64(len(n.now)), bytes: text(t, s.args[1])})
		}
	case "pwrite64":
		if n := d.now[d.file(t, s.args[0])]; n != nil {
			n.do(change{at: number(t, s.args[3]), bytes: text(t, s.args[1])})
		}
	case "ftruncate":
		if n := d.now[d.file(t, s.args[0])]; n != nil {
			n.do(change{at: number(t, s.args[1]), cut: true})
		}
	case "rename", "renameat", "renameat2":
		from, to := s.args[0], s.args[1]
		if s.name != "rename" {
			from, to = s.args[1], s.args[3]
		}
		if a, b := d.file(t, from), d.file(t, to); a != "" && b != "" {
			d.now[b] = d.now[a]
			delete(d.now, a)
		}
	case "unlink":
		delete(d.now, d.file(t, s.args[0]))
	case "unlinkat":
		delete(d.now, d.file(t, s.args[1]))
	default:
		for _, arg := range s.args {
			if strings.ContainsAny(arg, "<\"") && d.file(t, arg) != "" {
				t.Fatalf("%s of a file of the data directory: this test does not know what that does", s.name)
			}
		}
	}
}

// sync notes what an fsync is about when it begins, and that this is on the disk when it
// ends.
func (d *disk) sync(t *testing.T, s *systemCall, unfinished map[string]*systemCall) {
	t.Helper()
	name := d.file(t, s.args[0])
	key := strings.Join(s.args, ",")
	if s.begun {
		s.synced = d.now[name]
		if s.synced != nil {
			s.changes = s.synced.synced + len(s.synced.unsynced)
		}
		if name == "." {
			s.names = map[string]*node{}
			for name, n := range d.now {
				s.names[name] = n
			}
		}
		unfinished[key] = s
	}
	if !s.ended {
		return
	}
	begun := unfinished[key]
	if n := begun.synced; n != nil {
		for n.synced < begun.changes {
			n.kept = n.unsynced[0].do(n.kept)
			n.unsynced = n.unsynced[1:]
			n.synced++
		}
	}
	if begun.names != nil {
		d.kept = begun.names
	}
}

// says returns how many calls there are up to the one that writes a text to standard output.
func says(t *testing.T, calls []systemCall, what string) int {
	t.Helper()
	for i, s := range calls {
		if s.name == "write" && s.ended && strings.HasPrefix(s.args[0], "1<") && strings.Contains(string(text(t, s.args[1])), what) {
			return i + 1
		}
	}
	t.Fatalf("nobody was told %q", what)
	return 0
}

// outages lets the power go at moments of what was recorded: at each of some moments,
// and at random others, and calls check with what is left.
func outages(t *testing.T, before *disk, calls []systemCall, moments []int, check func(t *testing.T, data string, at int)) {
	t.Helper()
	n := 8
	if soaking() {
		n = 200
	}
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	for range n {
		moments = append(moments, random.IntN(len(calls)+1))
	}
	slices.Sort(moments)
	unfinished := map[string]*systemCall{}
	done := 0
	for _, at := range moments {
		for ; done < at; done++ {
			before.do(t, &calls[done], unfinished)
		}
		for _, r := range []*rand.Rand{nil, random} {
			data := filepath.Join(t.TempDir(), "data")
			before.write(t, data, r)
			check(t, data, at)
			if t.Failed() {
				t.Fatalf("after %d of %d calls, what was not synced is lost: %t, seed %d", at, len(calls), r == nil, seed)
			}
		}
	}
	t.Logf("counted: %d calls, %d moments", len(calls), len(moments))
}

// stateAfter is stateOf what an outage has left: maybe no database.
func stateAfter(t *testing.T, data string) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(data, database.FileName)); err != nil {
		return ""
	}
	verified(t, data)
	return stateOf(t, data)
}

// TestPowerCut lets the power go while the program imports, and after it has said that it
// has: what was acknowledged is there, and at every moment all or nothing.
func TestPowerCut(t *testing.T) {
	needsTrace(t)
	dir := t.TempDir()
	v := newTarget(t, dir, [2]string{generated(t, dir, 60, 1), generated(t, dir, 60, 2)})
	imports := func(t *testing.T, data, was string, next int) {
		before := newDisk(t, data)
		calls := traced(t, data, v.arrival(data, next)...)
		told := says(t, calls, "imported ")
		outages(t, before, calls, []int{told - 1, told, told, told, len(calls), len(calls)}, func(t *testing.T, data string, at int) {
			switch got := stateAfter(t, data); {
			case got == v.states[next]:
			case got == was && at < told:
			default:
				t.Errorf("%d calls after it was acknowledged the import is not there", at-told)
			}
		})
	}
	t.Run("first import", func(t *testing.T) { imports(t, filepath.Join(t.TempDir(), "data"), "", 1) })
	t.Run("replacing import", func(t *testing.T) { imports(t, v.data, v.states[v.holds], 1-v.holds) })
	v.holds = 1 - v.holds
	t.Run("through a server", func(t *testing.T) {
		before := newDisk(t, v.data)
		trace := filepath.Join(t.TempDir(), "trace")
		s := serveUnder(t, v.data, under(trace)...)
		v.importing(t, v.data, 1-v.holds)
		s.kill()
		calls := readTrace(t, trace)
		outages(t, before, calls, []int{len(calls), len(calls)}, func(t *testing.T, data string, at int) {
			if got := stateAfter(t, data); got != v.states[1-v.holds] && (at == len(calls) || got != v.states[v.holds]) {
				t.Error("the import is not there, or not whole")
			}
		})
	})
	t.Run("erase", func(t *testing.T) {
		data := filepath.Join(t.TempDir(), "data")
		v.importing(t, data, 0)
		who := loginsOf(t, data)[0]
		before := newDisk(t, data)
		calls := traced(t, data, "erase", who, "--yes", "--data", data, "--enterprise", "acme")
		told := says(t, calls, "erased: ")
		outages(t, before, calls, []int{told, told, len(calls), len(calls)}, func(t *testing.T, data string, at int) {
			verified(t, data)
			there := slices.Contains(loginsOf(t, data), who)
			if there && at >= told {
				t.Errorf("%s is back", who)
			}
			if list, err := os.ReadFile(filepath.Join(data, "erasures.jsonl")); !there && (err != nil || len(list) < 64) {
				t.Errorf("%s is gone, and not listed: %q, %v", who, list, err)
			}
		})
	})
}

// loginsOf lists the logins of the stored records.
func loginsOf(t *testing.T, data string) []string {
	t.Helper()
	var out []string
	for line := range strings.Lines(codegauge(t, "export", "--data", data, "--enterprise", "acme", "--report", "users-1-day", "--day", "2026-05-01").want(t, 0).out) {
		var r struct {
			Login string `json:"user_login"`
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r.Login)
	}
	return out
}

// TestPowerCutIsNoticed is TestPowerCut with a program that does not sync: what it has
// acknowledged must be lost, else the test above would find nothing.
func TestPowerCutIsNoticed(t *testing.T) {
	needsTrace(t)
	dir := t.TempDir()
	v := newTarget(t, dir, [2]string{generated(t, dir, 60, 1), generated(t, dir, 60, 2)})
	sound := program
	program = unsynced(t, dir)
	defer func() { program = sound }()
	before := newDisk(t, v.data)
	calls := traced(t, v.data, v.arrival(v.data, 1-v.holds)...)
	program = sound
	unfinished := map[string]*systemCall{}
	for i := range calls[:says(t, calls, "imported ")] {
		before.do(t, &calls[i], unfinished)
	}
	data := filepath.Join(dir, "left")
	before.write(t, data, nil)
	if got := stateAfter(t, data); got != v.states[v.holds] {
		t.Error("a program that does not sync has lost nothing")
	}
}

// unsynced builds the program with one word of it changed: SQLite does not sync.
func unsynced(t *testing.T, dir string) string {
	t.Helper()
	const on, off = `"synchronous(FULL)"`, `"synchronous(OFF)"`
	source, err := filepath.Abs(filepath.Join("..", "database", "sqlite.go"))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(contents(t, source), on, off, 1)
	if !strings.Contains(changed, off) {
		t.Fatalf("%s has no %s", source, on)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {source: write(t, dir, "sqlite.go", []byte(changed))}})
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "unsynced")
	cmd := exec.Command("go", "build", "-overlay", write(t, dir, "overlay.json", overlay), "-o", out, "codegauge/cmd/codegauge")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("build a program that does not sync: %w: %s", err, said))
	}
	return out
}
