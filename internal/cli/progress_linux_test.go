package cli_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"codegauge/internal/cli"
)

// terminal returns both ends of a new pseudo-terminal: what is written to
// inner, a terminal, is read from outer.
func terminal(t *testing.T) (outer, inner *os.File) {
	t.Helper()
	outer, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { outer.Close() })
	fd := int(outer.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	inner, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return outer, inner
}

// onTerminal runs a command whose standard error is a terminal and returns what
// came out on both.
func onTerminal(t *testing.T, stdin io.Reader, args ...string) (stdout, screen string) {
	t.Helper()
	outer, inner := terminal(t)
	drawn := make(chan []byte)
	go func() {
		b, _ := io.ReadAll(outer) // the end is an input/output error: nobody holds the other end
		drawn <- b
	}()
	var out bytes.Buffer
	code := cli.Main(args, stdin, &out, inner, []string{"HOME=" + t.TempDir()})
	inner.Close()
	screen = string(<-drawn)
	if code != 0 {
		t.Fatalf("codegauge %v: exit code %d\n%s\n%q", args, code, &out, screen)
	}
	return out.String(), screen
}

// slowly reads line after line, and waits now and then as a pipe does.
type slowly struct {
	lines []string
	reads int
}

func (s *slowly) Read(p []byte) (int, error) {
	if len(s.lines) == 0 {
		return 0, io.EOF
	}
	if s.reads++; s.reads%1000 == 0 {
		time.Sleep(100 * time.Millisecond) // longer than the bar waits to be drawn again
	}
	n := copy(p, s.lines[0])
	s.lines[0] = s.lines[0][n:]
	if s.lines[0] == "" {
		s.lines = s.lines[1:]
	}
	return n, nil
}

func TestProgressOnTerminal(t *testing.T) {
	var lines []string
	for i := range 5000 {
		lines = append(lines, fmt.Sprintf(`{"user_id":%d,"user_login":"u%[1]d","day":"2026-11-%02d","loc_added_sum":10,"loc_deleted_sum":1}`+"\n", i%1000+1, i/1000+1))
	}
	file := filepath.Join(t.TempDir(), "users.ndjson")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ input, bar string }{
		"a file, of a known size": {file, `importing +\d+% \|`},
		"standard input":          {"-", `importing +\(\d.*B/s\)`},
	} {
		t.Run(name, func(t *testing.T) {
			out, screen := onTerminal(t, &slowly{lines: lines}, "import", "--data", t.TempDir(), "--enterprise", "acme", c.input)
			if !strings.Contains(out, "5,000") {
				t.Errorf("the report is not on standard output: %q", out)
			}
			if !regexp.MustCompile(c.bar).MatchString(screen) {
				t.Errorf("no bar was drawn: %q", screen)
			}
			if strings.Contains(screen, "GB/s") {
				t.Errorf("the speed is of another clock: %q", screen)
			}
			if left := screen[strings.LastIndex(screen, "\r")+1:]; strings.TrimSpace(left) != "" {
				t.Errorf("the bar stays on the screen: %q", screen)
			}
		})
	}
}
