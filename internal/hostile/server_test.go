package hostile

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is a running `codegauge serve`.
type server struct {
	cmd  *exec.Cmd
	gone chan struct{}
	// base is its address as a URL, without the last slash.
	base string
	// process is the program itself, where cmd may be what runs it.
	process *os.Process
}

// serve starts a server of the data directory and waits until it listens.
func serve(t *testing.T, data string) *server {
	t.Helper()
	return serveUnder(t, data)
}

// serveUnder is serve by a program that runs ours.
func serveUnder(t *testing.T, data string, under ...string) *server {
	t.Helper()
	argv := append(under, program, "serve", "--data", data, "--listen", "127.0.0.1:0")
	s := &server{cmd: exec.Command(argv[0], argv[1:]...), gone: make(chan struct{})}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.process = s.cmd.Process
	t.Cleanup(s.kill)
	listening := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, after, ok := strings.Cut(lines.Text(), "http://"); ok {
				address, _, _ := strings.Cut(after, "/")
				s.base = "http://" + address
				close(listening)
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
		_ = s.cmd.Wait() // it is killed or asked to end
		close(s.gone)
	}()
	select {
	case <-listening:
	case <-s.gone:
		t.Fatal("the server ended")
	case <-time.After(time.Minute):
		t.Fatal("the server does not listen")
	}
	if len(under) > 0 {
		var holder struct{ PID int }
		if err := json.Unmarshal([]byte(contents(t, filepath.Join(data, "lock"))), &holder); err != nil {
			t.Fatal(err)
		}
		if s.process, err = os.FindProcess(holder.PID); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *server) kill() {
	_ = s.process.Kill() // it may have gone
	<-s.gone
}

// stop asks the server to end.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-s.gone
}

// atOnce runs calls at the same time and returns how they ended.
func atOnce(t *testing.T, calls ...[]string) []result {
	t.Helper()
	out := make([]result, len(calls))
	var all sync.WaitGroup
	for i, args := range calls {
		all.Go(func() { out[i] = call{args: args}.run(t) })
	}
	all.Wait()
	return out
}

// TestTwoImports imports two reports of the same days at once, as two processes
// and through a running server: both are taken, one after the other, and the
// days are those of one of the two, whole; the other organization's stay apart.
func TestTwoImports(t *testing.T) {
	dir := t.TempDir()
	v := newTarget(t, dir, [2]string{generated(t, dir, 300, 1), generated(t, dir, 300, 2)})
	both := func(t *testing.T) {
		for _, r := range atOnce(t, v.arrival(v.data, 0), v.arrival(v.data, 1)) {
			r.want(t, 0)
		}
	}
	t.Run("processes", func(t *testing.T) {
		both(t)
		v.oneOf(t)
	})
	t.Run("through a server", func(t *testing.T) {
		s := serve(t, v.data)
		both(t)
		v.oneOf(t)
		s.stop(t)
		v.oneOf(t)
	})
	t.Run("one and a deletion", func(t *testing.T) {
		for _, r := range atOnce(t, v.arrival(v.data, 0), v.deletion()) {
			r.want(t, 0)
		}
		verified(t, v.data)
		if got := stateOf(t, v.data); got != "" && got != v.states[0] {
			t.Errorf("what is stored is neither the report nor nothing:\n%.500s", got)
		}
	})
	t.Run("server killed", func(t *testing.T) {
		v.importing(t, v.data, 0)
		s := serve(t, v.data)
		time.AfterFunc(v.took.replace/3, s.kill)
		r := codegauge(t, v.arrival(v.data, 1)...)
		if r.code != 0 && (r.code != 1 || r.errs == "") {
			t.Errorf("got exit code %d, want 0 or 1 with a message\n%s%s", r.code, r.out, r.errs)
		}
		s.kill()
		v.oneOf(t)
		if r.code == 0 && stateOf(t, v.data) != v.states[1] {
			t.Error("the server acknowledged an import that is not there")
		}
	})
	t.Log("counted: 3 pairs at once, 1 server killed")
}

// oneOf fails the test unless what is stored is sound, and one of the reports.
func (v *target) oneOf(t *testing.T) {
	t.Helper()
	verified(t, v.data)
	if got := stateOf(t, v.data); got != v.states[0] && got != v.states[1] {
		t.Errorf("what is stored is neither of the two reports:\n%.500s", got)
	}
}

// TestHeldDirectory asks for a directory that another process holds and does
// not let go: the error names who has it.
func TestHeldDirectory(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := serve(t, data)
	// A server that cannot be asked is a holder like any other.
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) { // it says so once it listens
		if err := os.Remove(filepath.Join(data, "server.json")); err == nil {
			break
		} else if time.Since(begun) > 10*time.Second {
			t.Fatal(err)
		}
	}
	in := write(t, t.TempDir(), "good", []byte(good(1)))
	call{args: []string{"import", "--data", data, "--enterprise", "acme", in}, env: []string{"CODEGAUGE_LOCK_WAIT=300ms"}}.run(t).
		want(t, 1, data, "in use by process", "codegauge serve")
	s.stop(t)
}
