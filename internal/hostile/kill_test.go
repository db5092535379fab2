package hostile

import (
	"encoding/json"
	"fmt"
	"io/fs"
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

// TestKill kills the program at random moments: while it imports into nothing,
// while it replaces three days by others, and while it deletes them. The next
// command starts by itself, finds the store sound, and finds each day as it was
// or as it was to become, whole.
func TestKill(t *testing.T) {
	kills := 7
	if soaking() {
		kills = 40
	}
	if n, err := strconv.Atoi(os.Getenv("CODEGAUGE_KILLS")); err == nil {
		kills = n
	}
	dir := t.TempDir()
	target := newTarget(t, dir, [2]string{generated(t, dir, 400, 1), generated(t, dir, 400, 2)})
	strikes(t, kills, []killAtRandom{{"first import", target.first}, {"replacing import", target.replace}, {"delete", target.delete}})
	target.importing(t, target.data, 1-target.holds)
	nothingLeft(t, target.data)
}

// nothingLeft fails the test if a command that was killed has left anything: the command
// after it removes what is of no use.
func nothingLeft(t *testing.T, data string) {
	t.Helper()
	known := []string{database.FileName, database.FileName + "-wal", database.FileName + "-shm", "lock", "erasures.jsonl", ".spool", "convert"}
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if name, _ := filepath.Rel(data, path); err == nil && !d.IsDir() && !slices.Contains(known, name) {
			t.Errorf("%s is left", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	db, err := database.OpenFile(t.Context(), filepath.Join(data, database.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"writing", "block", "report_day", "unit", "people_sets", "account_block"} {
		query := `SELECT count(*) FROM ` + table
		switch table {
		case "writing":
		case "account_block":
			query += ` WHERE changed > (SELECT revision FROM version WHERE scope = enterprise)`
		default:
			query += ` WHERE revision > (SELECT revision FROM version WHERE scope = enterprise)`
		}
		var n int
		if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil || n > 0 {
			t.Errorf("%d rows of what was killed are left in %s, %v", n, table, err)
		}
	}
}

// killAtRandom is a command that is killed: whether it was in time, and whether it had
// committed. n counts the strikes.
type killAtRandom struct {
	name string
	do   func(t *testing.T, random *rand.Rand, n int) (killed, moved bool)
}

// strikes strikes each kills times.
func strikes(t *testing.T, kills int, list []killAtRandom) {
	t.Helper()
	for _, s := range list {
		t.Run(s.name, func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			random := rand.New(rand.NewPCG(seed, 0))
			killed, moved := 0, 0
			// Where the machine is busy, all may come too late: then some more.
			for n := 0; n < kills || killed == 0 && n < 5*kills; n++ {
				k, m := s.do(t, random, n)
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
				killed, moved = killed+count(k), moved+count(m)
			}
			t.Logf("counted: %d were killed before they ended; %d had committed (seed %d)", killed, moved, seed)
			if killed == 0 {
				t.Error("none was killed in time")
			}
		})
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// target is a data directory and two reports of the same days that take turns
// in it.
type target struct {
	dir, data string
	files     [2]string
	// states are what is stored of each report; holds says which one is there,
	// -1 for none. took is how long each kind of command takes undisturbed.
	states [2]string
	holds  int
	took   struct{ first, replace, delete time.Duration }
}

func newTarget(t *testing.T, dir string, files [2]string) *target {
	v := &target{dir: dir, data: filepath.Join(dir, "data"), files: files}
	v.took.first = timed(func() { v.importing(t, v.data, 1) })
	v.states[1] = stateOf(t, v.data)
	v.took.replace = timed(func() { v.importing(t, v.data, 0) })
	v.states[0] = stateOf(t, v.data)
	v.took.delete = timed(func() { codegauge(t, v.deletion()...).want(t, 0) })
	if v.states[0] == v.states[1] || stateOf(t, v.data) != "" {
		t.Fatal("the two reports, or none, cannot be told apart")
	}
	v.importing(t, v.data, 0)
	return v
}

func timed(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}

func (v *target) importing(t *testing.T, data string, i int) {
	t.Helper()
	codegauge(t, v.arrival(data, i)...).want(t, 0)
}

func (v *target) arrival(data string, i int) []string {
	return []string{"import", "--data", data, "--enterprise", "acme", v.files[i]}
}

func (v *target) deletion() []string {
	return []string{"delete", "--data", v.data, "--enterprise", "acme", "--yes"}
}

// first kills an import into a new directory.
func (v *target) first(t *testing.T, random *rand.Rand, _ int) (killed, moved bool) {
	data := filepath.Join(t.TempDir(), "data")
	killed = struck(t, random, v.took.first, v.arrival(data, 0))
	if _, err := os.Stat(filepath.Join(data, database.FileName)); err != nil {
		return killed, false // killed before it made the database
	}
	return killed, v.became(t, data, "", v.states[0])
}

// replace kills an import of days that the other report has.
func (v *target) replace(t *testing.T, random *rand.Rand, _ int) (killed, moved bool) {
	next := 1 - v.holds
	killed = struck(t, random, v.took.replace, v.arrival(v.data, next))
	if moved = v.became(t, v.data, v.states[v.holds], v.states[next]); moved {
		v.holds = next
	}
	return killed, moved
}

// delete kills a deletion of everything.
func (v *target) delete(t *testing.T, random *rand.Rand, _ int) (killed, moved bool) {
	killed = struck(t, random, v.took.delete, v.deletion())
	if moved = v.became(t, v.data, v.states[v.holds], ""); moved {
		v.importing(t, v.data, v.holds)
	}
	return killed, moved
}

// struck runs a command and kills it at a random moment of the time that it
// takes; false if it had ended before.
func struck(t *testing.T, random *rand.Rand, took time.Duration, args []string) bool {
	t.Helper()
	cmd := exec.Command(program, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Duration(random.Int64N(int64(took))))
	_ = cmd.Process.Kill() // it may have ended
	return cmd.Wait() != nil
}

// became reports whether what is stored is the new state rather than the old
// one, and fails the test if it is neither or not sound.
func (v *target) became(t *testing.T, data, before, after string) bool {
	t.Helper()
	verified(t, data)
	switch got := stateOf(t, data); got {
	case before:
		return false
	case after:
		return true
	default:
		t.Errorf("the days are neither the old nor the new ones:\n%.2000s", got)
		return false
	}
}

// stateOf returns all that is stored of acme: the figures by day, and every
// record; "" if there is nothing.
func stateOf(t *testing.T, data string) string {
	t.Helper()
	r := codegauge(t, "query", "--data", data, "--enterprise", "acme", "--measures", "loc_added,loc_deleted,active_users,interactions",
		"--by", "day", "--from", "2026-05-01", "--to", "2026-05-03", "--format", "csv")
	if r.code == 2 && strings.Contains(r.errs, "no enterprise yet") {
		return ""
	}
	figures := r.want(t, 0).out
	if strings.Count(strings.TrimSpace(figures), "\n") == 0 {
		return "" // the names of the columns alone
	}
	records := codegauge(t, "export", "--data", data, "--enterprise", "acme", "--report", "users-1-day", "--from", "2026-05-01", "--to", "2026-05-03").want(t, 0).out
	return figures + settled(t, records)
}

// settled writes the objects in one way: the order of lines and of a breakdown's
// rows means nothing.
func settled(t *testing.T, ndjson string) string {
	t.Helper()
	var out []string
	for line := range strings.Lines(ndjson) {
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatalf("export: %v in %.200s", err, line)
		}
		out = append(out, jsonOf(inOrder(v)))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func inOrder(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = inOrder(v[k])
		}
	case []any:
		for i := range v {
			v[i] = inOrder(v[i])
		}
		slices.SortFunc(v, func(a, b any) int { return strings.Compare(jsonOf(a), jsonOf(b)) })
	}
	return v
}

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // it came from JSON
	}
	return string(b)
}

// generated writes reports of three days and returns their directory.
func generated(t *testing.T, dir string, users, seed int) string {
	t.Helper()
	out := filepath.Join(dir, fmt.Sprintf("reports-%d-%d", users, seed))
	codegauge(t, "generate", "--users", fmt.Sprint(users), "--days", "3", "--end", "2026-05-03", "--seed", fmt.Sprint(seed), "--out", out).want(t, 0)
	return out
}
