package apptest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestKill kills imports at random moments: the store is sound afterwards, and
// each day is as it was or as it was to become, never in between.
func TestKill(t *testing.T) {
	kills := 5
	if n, err := strconv.Atoi(os.Getenv("CODEGAUGE_KILLS")); err == nil {
		kills = n
	}
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	files := [2]string{generated(t, dir, 1), generated(t, dir, 2)}
	ask := func() string {
		return codegauge(t, 0, "query", "--data", data, "--enterprise", "acme", "--measures", "loc_added,loc_deleted,active_users",
			"--by", "day", "--from", "2026-05-01", "--to", "2026-05-03", "--format", "csv")
	}
	var totals [2]string
	took := time.Duration(0)
	for _, i := range []int{1, 0} { // the first warms up, the second is timed
		began := time.Now()
		codegauge(t, 0, "import", "--data", data, "--enterprise", "acme", files[i])
		took = time.Since(began)
		totals[i] = ask()
	}
	if totals[0] == totals[1] {
		t.Fatal("both reports have the same totals, so nothing can be told")
	}
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d; an import takes %s", seed, took)
	before, killed, moved := 0, 0, 0
	for k := range kills {
		after := 1 - before
		cmd := exec.Command(program, "import", "--data", data, "--enterprise", "acme", files[after])
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		delay := time.Duration(random.Int64N(int64(took) * 5 / 4))
		time.Sleep(delay)
		_ = cmd.Process.Kill() // it may have ended
		if err := cmd.Wait(); err != nil {
			killed++
		}
		at := fmt.Sprintf("kill %d after %s", k+1, delay)
		if out := codegauge(t, 0, "verify", "--data", data); !strings.HasSuffix(strings.TrimSpace(out), "clean") || strings.Contains(out, "not clean") {
			t.Errorf("%s: the store is not clean:\n%s", at, out)
		}
		switch ask() {
		case totals[before]:
		case totals[after]:
			before, moved = after, moved+1
		default:
			t.Fatalf("%s: the days are neither the old nor the new ones:\n%s\nold:\n%s\nnew:\n%s", at, ask(), totals[before], totals[after])
		}
	}
	t.Logf("%d of %d were killed before they ended; %d had committed", killed, kills, moved)
	if killed == 0 {
		t.Error("no import was killed in time")
	}
}

// generated writes reports of three days and returns their directory.
func generated(t *testing.T, dir string, seed int) string {
	t.Helper()
	out := filepath.Join(dir, fmt.Sprint("reports-", seed))
	codegauge(t, 0, "generate", "--users", "400", "--days", "3", "--end", "2026-05-03", "--seed", fmt.Sprint(seed), "--out", out)
	return out
}
