package hostile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
)

// A page whose server cannot reach its database answers within five seconds; slack is for
// a machine that is busy with other tests.
const answersWithin, slack = 5 * time.Second, 5 * time.Second

const dashboard = "/enterprises/acme/insights/code-generation?days=28"

// asked asks for a page. It must come, or a page that says that the database is away, in time.
func asked(t *testing.T, base, token string) (there bool) {
	t.Helper()
	began := time.Now()
	status, body := get(base+dashboard, token)
	took := time.Since(began)
	switch {
	case status != http.StatusOK && (status != http.StatusServiceUnavailable || !strings.Contains(body, "cannot be reached")):
		t.Errorf("status %d, want 200, or 503 with the reason:\n%.2000s", status, body)
	case status != http.StatusOK && took > answersWithin+slack:
		t.Errorf("503 after %s, want %s", took, answersWithin)
	case status != http.StatusOK && took > answersWithin/2:
		t.Logf("counted: 503 after %.1f s", took.Seconds())
	}
	return status == http.StatusOK
}

// recovered waits until a server answers again.
func recovered(t *testing.T, base, token string) {
	t.Helper()
	for deadline := time.Now().Add(taken); !asked(t, base, token); time.Sleep(20 * time.Millisecond) {
		if t.Failed() {
			t.FailNow()
		}
		if time.Now().After(deadline) {
			t.Fatal("the server does not find its database again")
		}
	}
	if status, body := get(base+"/readyz", ""); status != http.StatusOK {
		t.Errorf("the server answers but is not ready: status %d: %s", status, body)
	}
}

// ended waits for an import and returns whether it says that it is done; else it says why not.
func ended(t *testing.T, cmd *exec.Cmd) bool {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		said := cmd.Stderr.(*bytes.Buffer)
		if err != nil && (cmd.ProcessState.ExitCode() != 1 || !strings.Contains(said.String(), "the database")) {
			t.Errorf("the import ended with %v:\n%s", err, said)
		}
		return err == nil
	case <-time.After(taken):
		t.Fatal("the import does not end with its database")
		return false
	}
}

// TestDatabaseKilled kills PostgreSQL with all of its processes, and shuts it down as for a
// failover, at random moments of an import while pages are asked for and small reports are
// imported. Every page answers; what was acknowledged is there afterwards, and the import
// wholly or not at all.
func TestDatabaseKilled(t *testing.T) {
	s := share(t, databasetest.ClusterOptions{Durable: true})
	small := write(t, s.dir, "small.ndjson", []byte(lines(1)))
	s.run(t, "import", "--enterprise", "small", small).want(t, 0)
	at, token, smallToken := s.server(t, program).String(), s.token(t, "acme"), s.token(t, "small")
	is, committed, acknowledged := 0, 0, 1
	outages := 4
	if soaking() {
		outages = 30
	}
	for n := range outages {
		cmd := s.begin(t, s.files[1-is])
		var ending atomic.Bool
		var all sync.WaitGroup
		all.Go(func() {
			for asked(t, at, token) {
			}
			if !ending.Load() {
				t.Error("a page does not reach the database that is there")
			}
		})
		all.Go(func() {
			for !ending.Load() {
				write(t, s.dir, "small.ndjson", []byte(lines(acknowledged+1)))
				acknowledged += count(s.run(t, "import", "--enterprise", "small", small).code == 0)
			}
		})
		time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond)
		ending.Store(true)
		end := s.cluster.Kill
		if n%2 == 1 {
			end = s.cluster.ShutDown
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		done := ended(t, cmd)
		all.Wait()
		if err := s.cluster.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		recovered(t, at, token)
		switch got := s.state(t); {
		case got == s.states[1-is]:
			is, committed = 1-is, committed+1
		case got != s.states[is]:
			t.Fatalf("outage %d: the data is neither as it was nor as it was to become", n)
		case done:
			t.Fatalf("outage %d: the import says that it is done and is not there", n)
		}
		if got, err := addedLines(at, smallToken, "small"); err != nil || got < acknowledged || got > acknowledged+1 {
			t.Fatalf("outage %d: the answer is %d, %v; the last import that said that it is done was of %d", n, got, err, acknowledged)
		}
	}
	t.Logf("counted: %d outages, %d imports had committed, %d small ones were acknowledged", outages, committed, acknowledged)
	s.replaced(t, "the database ended", is)
}

// followed has a standby follow the shared cluster, and the program know both servers.
func (s *shared) followed(t *testing.T) *databasetest.Cluster {
	t.Helper()
	standby, err := s.cluster.Standby(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(standby.Stop)
	first, err := url.Parse(s.cluster.URL)
	if err != nil {
		t.Fatal(err)
	}
	second, err := url.Parse(standby.URL)
	if err != nil {
		t.Fatal(err)
	}
	both := fmt.Sprintf("postgres://%s@%s,%s%s?sslmode=disable&target_session_attrs=read-write", first.User, first.Host, second.Host, first.Path)
	s.database = []string{"--database", both}
	s.db.Close()
	if s.db, err = database.OpenURL(t.Context(), both, database.ServerOptions{}); err != nil {
		t.Fatal(err)
	}
	return standby
}

// TestFailover kills the primary with all of its processes in the middle of an import, while
// small reports are imported, and promotes the standby a little later. Pages say meanwhile
// that the database is away; what was acknowledged is there, and the import wholly or not at
// all.
func TestFailover(t *testing.T) {
	rounds := 1
	if soaking() {
		rounds = 10
	}
	for range rounds {
		s := share(t, databasetest.ClusterOptions{Durable: true})
		small := write(t, s.dir, "small.ndjson", []byte(lines(1)))
		s.run(t, "import", "--enterprise", "small", small).want(t, 0)
		standby := s.followed(t)
		at, token, smallToken := s.server(t, program).String(), s.token(t, "acme"), s.token(t, "small")
		recovered(t, at, token) // what is shown of its weeks is decided
		acknowledged := 1
		cmd := s.begin(t, s.files[1])
		var ending atomic.Bool
		var all sync.WaitGroup
		all.Go(func() {
			for !ending.Load() {
				write(t, s.dir, "small.ndjson", []byte(lines(acknowledged+1)))
				acknowledged += count(s.run(t, "import", "--enterprise", "small", small).code == 0)
			}
		})
		time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond)
		ending.Store(true)
		if err := s.cluster.Kill(); err != nil {
			t.Fatal(err)
		}
		done := ended(t, cmd)
		all.Wait()
		for range 10 { // of which the first may find that its connection is gone
			if asked(t, at, token) {
				t.Error("a page comes without a primary")
			}
		}
		if err := standby.Promote(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		recovered(t, at, token)
		t.Logf("counted: pages come %.1f s after the standby was promoted, %d small imports were acknowledged", time.Since(began).Seconds(), acknowledged)
		is := 0
		switch got := s.state(t); {
		case got == s.states[1]:
			is = 1
		case got != s.states[0]:
			t.Fatal("the data is neither as it was nor as it was to become")
		case done:
			t.Fatal("the import says that it is done and is not there")
		}
		if got, err := addedLines(at, smallToken, "small"); err != nil || got < acknowledged || got > acknowledged+1 {
			t.Fatalf("the answer is %d, %v; the last import that said that it is done was of %d", got, err, acknowledged)
		}
		s.replaced(t, "failed over", is)
	}
}

// TestFailoverFromSilent promotes the standby of a primary whose processes neither answer
// nor go away, as of a machine that is lost.
func TestFailoverFromSilent(t *testing.T) {
	t.Parallel() // it mostly waits
	s := shareEmpty(t, databasetest.ClusterOptions{Durable: true})
	s.run(t, "import", "--enterprise", "acme", write(t, s.dir, "a.ndjson", []byte(lines(1)))).want(t, 0)
	standby := s.followed(t)
	at, token := s.server(t, program).String(), s.token(t, "acme")
	recovered(t, at, token)
	stopped, err := s.cluster.Stall()
	t.Cleanup(func() { _ = s.cluster.Resume(stopped) })
	if err != nil {
		t.Fatal(err)
	}
	if asked(t, at, token) {
		t.Error("a page comes without a primary")
	}
	if err := standby.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	recovered(t, at, token)
	t.Logf("counted: pages come %.1f s after the standby was promoted", time.Since(began).Seconds())
	s.run(t, "import", "--enterprise", "acme", write(t, s.dir, "a.ndjson", []byte(lines(2)))).want(t, 0)
	if got, err := addedLines(at, token, "acme"); err != nil || got != 2 {
		t.Errorf("the answer is %d, %v, want 2", got, err)
	}
}

// TestDatabaseStalls stops the database's processes, which then neither answer nor go away.
func TestDatabaseStalls(t *testing.T) {
	t.Parallel() // it mostly waits
	s := shareEmpty(t, databasetest.ClusterOptions{})
	s.run(t, "import", "--enterprise", "acme", write(t, s.dir, "a.ndjson", []byte(lines(1)))).want(t, 0)
	at, token := s.server(t, program).String(), s.token(t, "acme")
	recovered(t, at, token)
	stopped, err := s.cluster.Stall()
	t.Cleanup(func() { _ = s.cluster.Resume(stopped) })
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if asked(t, at, token) {
			t.Error("a page comes without a database")
		}
	}
	if status, body := get(at+"/readyz", ""); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: status %d: %s", status, body)
	}
	if err := s.cluster.Resume(stopped); err != nil {
		t.Fatal(err)
	}
	recovered(t, at, token)
}

// TestPasswordChanges changes the database's password and then ends every session, as a
// failover does: a running server reads its file again.
func TestPasswordChanges(t *testing.T) {
	t.Parallel() // it mostly waits
	s := shareEmpty(t, databasetest.ClusterOptions{})
	file := write(t, s.dir, "password", []byte(databasetest.Password))
	u, err := url.Parse(s.cluster.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(u.User.Username())
	s.database = []string{"--database", u.String(), "--database-password-file", file}
	s.run(t, "import", "--enterprise", "acme", write(t, s.dir, "a.ndjson", []byte(lines(1)))).want(t, 0)
	at, token := s.server(t, program).String(), s.token(t, "acme")
	recovered(t, at, token)
	for _, statement := range []string{
		`ALTER USER postgres PASSWORD 'the next password'`,
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
	} {
		if _, err := s.db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	status, body := get(at+dashboard, token)
	for range 10 { // one that was in use may be found dead first
		if strings.Contains(body, "rejected the login") {
			break
		}
		status, body = get(at+dashboard, token)
	}
	if status != http.StatusServiceUnavailable || !strings.Contains(body, "rejected the login") {
		t.Errorf("with the former password: status %d, want 503 with the reason:\n%.2000s", status, body)
	}
	write(t, s.dir, "password", []byte("the next password\n"))
	recovered(t, at, token)
	s.run(t, "verify").want(t, 0, "clean")
}

// TestDatabaseOnFullDisk fills the disk of a PostgreSQL server: pages go on, what cannot be
// written says so, /readyz says degraded, and once there is room, all of it works, without a
// restart of ours. A server that gives up altogether is started again, as its supervisor would.
func TestDatabaseOnFullDisk(t *testing.T) {
	disk := mounted(t, 400)
	if err := os.Chmod(filepath.Dir(disk), 0o755); err != nil { // the server's user has to get there
		t.Fatal(err)
	}
	s := share(t, databasetest.ClusterOptions{Parent: disk, Durable: true})
	at, token := s.server(t, program).String(), s.token(t, "acme")
	recovered(t, at, token)
	if _, err := s.db.ExecContext(t.Context(), `CHECKPOINT`); err != nil {
		t.Log(err)
	}
	is, failed, degraded := 0, 0, 0
	for _, free := range []int64{0, 512, 8192} { // KB
		ballast := fill(t, disk, free)
		r := s.run(t, "import", "--enterprise", "acme", s.files[1-is])
		if r.code != 0 {
			failed++
			r.want(t, 1, "the database")
		}
		asked(t, at, token)
		if _, body := get(at+"/readyz", ""); strings.Contains(body, "degraded") {
			degraded++
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		if !s.cluster.Running() {
			t.Logf("%d KB free: PostgreSQL gave up", free)
			if err := s.cluster.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		recovered(t, at, token)
		switch got := s.state(t); {
		case got == s.states[1-is]:
			is = 1 - is
		case got != s.states[is]:
			t.Fatalf("%d KB free: the data is neither as it was nor as it was to become", free)
		case r.code == 0:
			t.Fatalf("%d KB free: the import says that it is done and is not there", free)
		}
		s.run(t, "verify").want(t, 0, "clean")
	}
	t.Logf("counted: %d imports failed for want of room, %d times degraded", failed, degraded)
	if failed == 0 {
		t.Error("no import failed")
	}
	s.replaced(t, "the disk was full", is)
	if status, body := get(at+"/readyz", ""); status != http.StatusOK || body != "ok\n" {
		t.Errorf("/readyz afterwards: status %d: %s", status, body)
	}
}
