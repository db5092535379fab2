package hostile

import (
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// TestLong imports a short and a long history in one go and verifies it: the peak of
// memory does not grow with the days.
func TestLong(t *testing.T) {
	users, days, factor := 300, 20, 10
	if soaking() {
		users, days = 5000, 28
	}
	short, shortVerify := longImport(t, users, days)
	long, longVerify := longImport(t, users, days*factor)
	t.Logf("counted: %d people, %d and %d days: import %.0f and %.0f MB, verify %.0f and %.0f MB", users, days, days*factor, short, long, shortVerify, longVerify)
	// A little grows with the days, and what waits to be written and caches fill up to
	// what --memory allows. Rows must not stay: they would take ten times as much.
	const filled = 110
	for _, c := range []struct {
		what        string
		short, long float64
	}{{"import", short, long}, {"verify", shortVerify, longVerify}} {
		if c.long > maxPeak || c.long > 2*max(c.short, filled) {
			t.Errorf("%s: %.0f MB for %d days, %.0f for %d", c.what, c.short, days, c.long, days*factor)
		}
	}
}

// longImport imports generated days through a pipe and returns the peaks of the
// import and of its verification, in MB.
func longImport(t *testing.T, users, days int) (importing, verifying float64) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	generate := exec.CommandContext(t.Context(), program, "generate", "--users", strconv.Itoa(users), "--days", strconv.Itoa(days), "--seed", "1", "--out", "-")
	from, to := io.Pipe()
	generate.Stdout = to
	if err := generate.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { to.CloseWithError(generate.Wait()) }()
	r := call{args: []string{"import", "--data", data, "--enterprise", "acme", "-"}, stdin: from}.run(t).want(t, 0)
	v := codegauge(t, "verify", "--data", data).want(t, 0, "clean")
	return r.peak, v.peak
}
