package hostile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "codegauge/internal/cli" // so that no result is kept when the program changes
)

// program is the binary under test.
var program string

// soaking says that the long versions are to run.
func soaking() bool { return os.Getenv("CODEGAUGE_SOAK") != "" }

func TestMain(m *testing.M) { os.Exit(build(m.Run)) }

// build builds the program and runs run.
func build(run func() int) int {
	dir, err := os.MkdirTemp("", "codegauge-hostile-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "codegauge")
	cmd := exec.Command("go", "build", "-o", program, "codegauge/cmd/codegauge")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "hostile: build the program:", err)
		return 1
	}
	return run()
}

// call is one run of the program.
type call struct {
	args []string
	// stdin is standard input, env what to add to the environment; under is a
	// program with arguments that runs ours.
	stdin io.Reader
	env   []string
	under []string
	// version is another build of the program; "" is program.
	version string
}

// result is how a call ended.
type result struct {
	code      int // -1 for one that a signal ended
	out, errs string
	// peak is the most memory that the process had, in MB.
	peak float64
}

// maxRun bounds a call: whatever hangs is a fault.
const maxRun = 5 * time.Minute

// codegauge runs the program.
func codegauge(t *testing.T, args ...string) result {
	t.Helper()
	return call{args: args}.run(t)
}

func (c call) run(t *testing.T) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), maxRun)
	defer cancel()
	argv := append(append(append([]string{}, c.under...), cmp.Or(c.version, program)), c.args...)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var out, errs strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.stdin, &out, &errs
	cmd.Env = append(os.Environ(), c.env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peak := watch(cmd.Process.Pid)
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("codegauge %s: %v", strings.Join(c.args, " "), err)
	}
	if ctx.Err() != nil {
		t.Fatalf("codegauge %s: hangs\n%s", strings.Join(c.args, " "), errs.String())
	}
	r := result{cmd.ProcessState.ExitCode(), out.String(), errs.String(), <-peak}
	if r.code < 0 {
		t.Errorf("codegauge %s: %s", strings.Join(c.args, " "), cmd.ProcessState)
	}
	if strings.Contains(r.errs, "goroutine ") || strings.Contains(r.errs, "panic:") {
		t.Errorf("codegauge %s: panic\n%s", strings.Join(c.args, " "), r.errs)
	}
	return r
}

// want fails the test unless the call ended with the code and said all words.
func (r result) want(t *testing.T, code int, words ...string) result {
	t.Helper()
	if r.code != code {
		t.Fatalf("got exit code %d, want %d\n%s%s", r.code, code, r.out, r.errs)
	}
	for _, w := range words {
		if !strings.Contains(r.out+r.errs, w) {
			t.Errorf("the message lacks %q:\n%s%s", w, r.out, r.errs)
		}
	}
	return r
}

// watch follows a process's peak of resident memory until it ends, and then
// sends it in MB. The kernel keeps the peak, so nothing between two looks is
// missed but the last moment.
func watch(pid int) <-chan float64 {
	out := make(chan float64, 1)
	go func() {
		peak := 0.0
		for {
			now, ok := peakOf(pid)
			if !ok {
				out <- peak
				return
			}
			peak = max(peak, now)
			time.Sleep(2 * time.Millisecond)
		}
	}()
	return out
}

// peakOf reads a process's VmHWM, in MB; false once the process has ended.
func peakOf(pid int) (float64, bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, false
	}
	_, rest, ok := strings.Cut(string(b), "VmHWM:")
	if !ok {
		return 0, false // a process that has ended has no memory
	}
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	return float64(kb) / 1024, err == nil
}

// verified fails the test unless the data is sound and its numbers add up.
func verified(t *testing.T, data string) {
	t.Helper()
	out := codegauge(t, "verify", "--data", data).want(t, 0).out
	if !strings.HasSuffix("\n"+out, "\nclean\n") {
		t.Fatalf("verify:\n%s", out)
	}
}

// write makes a file with the text in dir and returns its path.
func write(t *testing.T, dir, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// people compares each person's lines added, of all days, with rows of CSV.
func people(t *testing.T, data, want string) {
	t.Helper()
	if got := byUser(t, data, "acme"); got != want {
		t.Errorf("stored are:\n%s\nwant:\n%s", got, want)
	}
}

// byUser returns each person's lines added as rows of CSV.
func byUser(t *testing.T, data, enterprise string) string {
	t.Helper()
	out := codegauge(t, "query", "--data", data, "--enterprise", enterprise, "--source", "users", "--measures", "loc_added", "--by", "user",
		"--from", "2026-01-01", "--to", "2026-12-31", "--format", "csv").want(t, 0).out
	_, rows, _ := strings.Cut(strings.ReplaceAll(out, "\r", ""), "\n")
	return rows
}
