package apptest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "codegauge/internal/cli" // so that no result is kept when the program changes
)

// insights is where the demo's pages are.
const insights = "/enterprises/acme/insights/"

// settings is where the demo's settings are.
const settings = "/enterprises/acme/settings/"

// pages lists every page of the demo.
var pages = []string{"/?all=1", "/help", insights + "code-generation", insights + "copilot-usage", insights + "impact", insights + "teams", insights + "seats", insights + "users", insights + "data-quality", insights + "definitions",
	"/enterprises/acme/import", "/me", settings + "policy", settings + "roles", settings + "people", settings + "tokens", settings + "sources", settings + "privacy", settings + "imports", settings + "audit", insights + "organizations"}

// program is the binary under test; demo the server that all tests share.
var (
	program string
	demo    *server
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if replicas && basePath != "" {
		return failed(errors.New("CODEGAUGE_REPLICAS and CODEGAUGE_BASE_PATH are runs of their own"))
	}
	dir, err := os.MkdirTemp("", "codegauge-apptest-")
	if err != nil {
		return failed(err)
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "codegauge")
	build := exec.Command("go", "build", "-o", program, "codegauge/cmd/codegauge")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return failed(fmt.Errorf("build the program: %w", err))
	}
	began := time.Now()
	if demo, err = startServer(filepath.Join(dir, "demo"), "--demo"); err != nil {
		return failed(err)
	}
	defer demo.stop()
	fmt.Printf("demo ready after %.1f s\n", time.Since(began).Seconds())
	defer closeBrowser()
	defer stopDatabases()
	return m.Run()
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, "apptest:", err)
	return 1
}

// server is a running `codegauge serve`.
type server struct {
	url string
	// setup is the first administrator's link, "" for the demo.
	setup string
	data  string
	cmd   *exec.Cmd
	log   *logBuffer
	gone  chan struct{}
	// others are stopped with it.
	others []func()
}

// readyIn is how long a server may take until it is ready; the demo is imported first.
const readyIn = 4 * time.Minute

// startServer serves a data directory on a free port and waits until /readyz is 200.
func startServer(data string, flags ...string) (*server, error) {
	s, err := startOne(data, flags...)
	if err != nil || !replicas || slices.Contains(flags, "--demo") {
		return s, err
	}
	other, err := startOne(data, flags...)
	if err != nil {
		s.stop()
		return nil, err
	}
	return behindProxy(s, other)
}

// startOne starts one server.
func startOne(data string, flags ...string) (*server, error) {
	s := &server{data: data, log: &logBuffer{}, gone: make(chan struct{})}
	address, err := addressFlags()
	if err != nil {
		return nil, err
	}
	args, err := overDatabase(slices.Concat([]string{"serve", "--data", data}, address, flags))
	if err != nil {
		return nil, err
	}
	s.cmd = exec.Command(program, args...)
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	announced, setup := make(chan string, 1), make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, rest, ok := strings.Cut(lines.Text(), "Open http://"); ok {
				host, _, _ := strings.Cut(rest, "/")
				announced <- host
			}
			if _, link, ok := strings.Cut(lines.Text(), "first administrator: "); ok {
				setup <- link
			}
		}
		_, _ = io.Copy(io.Discard, out)
		_ = s.cmd.Wait() // how it ended is seen from its log
		close(s.gone)
	}()
	select {
	case host := <-announced:
		s.url = "http://" + host + basePath
	case <-s.gone:
		return nil, fmt.Errorf("the server ended:\n%s", s.log)
	case <-time.After(readyIn):
		s.stop()
		return nil, fmt.Errorf("the server announced no address in %s:\n%s", readyIn, s.log)
	}
	if err := s.waitReady(); err != nil {
		s.stop()
		return nil, err
	}
	if !slices.Contains(flags, "--demo") {
		s.setup = <-setup
	}
	return s, nil
}

func (s *server) waitReady() error {
	for deadline := time.Now().Add(readyIn); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		select {
		case <-s.gone:
			return fmt.Errorf("the server ended before it was ready:\n%s", s.log)
		default:
		}
		res, err := http.Get(s.url + "/readyz")
		if err != nil {
			continue
		}
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return nil
		}
	}
	return fmt.Errorf("the server was not ready in %s:\n%s", readyIn, s.log)
}

// listenLocal listens on a free port of loopback.
func listenLocal() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }

// stop asks the server to stop, and ends it if it does not.
func (s *server) stop() {
	for _, stop := range s.others {
		stop()
	}
	_ = s.cmd.Process.Signal(os.Interrupt) // it may have gone
	select {
	case <-s.gone:
	case <-time.After(15 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.gone
	}
}

// logBuffer keeps what a process writes, for the message of a failure.
type logBuffer struct {
	mu  sync.Mutex
	buf strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// codegauge runs a command of the program and returns what it printed, or fails
// the test if it exits otherwise than with code.
func codegauge(t *testing.T, code int, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args, err := overDatabase(args)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
		t.Fatalf("codegauge %s: %v, want exit code %d\n%s%s", strings.Join(args, " "), err, code, out.String(), errs.String())
	}
	return out.String()
}
