package hostile

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
)

// shared is a PostgreSQL that several processes of the program share.
type shared struct {
	cluster *databasetest.Cluster
	// database are the options that name the database to the program.
	database []string
	dir      string
	db       *database.DB
	// files are two reports of the same days, states what is stored of each.
	files, states [2]string
}

// share starts a cluster, migrates it and imports the first of two reports.
func share(t *testing.T, opt databasetest.ClusterOptions) *shared {
	t.Helper()
	s := shareEmpty(t, opt)
	s.files = [2]string{generated(t, s.dir, 3000, 1), generated(t, s.dir, 3000, 2)}
	s.run(t, "import", "--enterprise", "acme", s.files[1]).want(t, 0)
	s.states[1] = s.state(t)
	s.run(t, "delete", "--enterprise", "acme", "--yes").want(t, 0)
	s.run(t, "import", "--enterprise", "acme", s.files[0]).want(t, 0)
	s.states[0] = s.state(t)
	if s.states[0] == s.states[1] {
		t.Fatal("both reports say the same")
	}
	return s
}

// shareEmpty starts a cluster that listens on TCP, and migrates it.
func shareEmpty(t *testing.T, opt databasetest.ClusterOptions) *shared {
	t.Helper()
	opt.TCP = true
	cluster, err := databasetest.Start(t.Context(), opt)
	databasetest.Require(t, err)
	t.Cleanup(cluster.Stop)
	s := &shared{cluster: cluster, database: []string{"--database", cluster.URL}, dir: t.TempDir()}
	s.run(t, "migrate").want(t, 0)
	if s.db, err = database.OpenURL(t.Context(), cluster.URL, database.ServerOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.db.Close() })
	return s
}

// args are a command's arguments over the shared database, with a data directory of
// its own.
func (s *shared) args(t *testing.T, args ...string) []string {
	return append(append(args, s.database...), "--data", t.TempDir())
}

func (s *shared) run(t *testing.T, args ...string) result {
	t.Helper()
	return codegauge(t, s.args(t, args...)...)
}

// state is every person's lines of every day.
func (s *shared) state(t *testing.T) string {
	t.Helper()
	out := s.run(t, "query", "--enterprise", "acme", "--measures", "loc_added,loc_deleted", "--by", "day,user",
		"--from", "2026-01-01", "--to", "2026-12-31", "--format", "csv").want(t, 0).out
	return idOfShared.ReplaceAllString(out, "")
}

// idOfShared tells users of one login apart, also from those of whom the data spoke before.
var idOfShared = regexp.MustCompile(` \(id:[^)]*\)`)

// begin starts an import of a report and returns once it has begun to write what nobody
// sees yet.
func (s *shared) begin(t *testing.T, file string, under ...string) *exec.Cmd {
	t.Helper()
	argv := append(append(append([]string{}, under...), program), s.args(t, "import", "--enterprise", "acme", file)...)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stderr = &bytes.Buffer{}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for ctx, cancel := context.WithTimeout(t.Context(), time.Minute); ; {
		defer cancel()
		var hidden int
		err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM writing WHERE NOT committed`).Scan(&hidden)
		if ctx.Err() != nil {
			t.Fatalf("wait for the import to begin: %v", err)
		}
		if hidden > 0 { // an error is that of a connection that an outage before has ended
			return cmd
		}
	}
}

// taken is long enough for an import on a busy machine, and far less than a lock stays with
// a connection that nobody watches.
const taken = time.Minute

// replaced imports the other report than the one that is there, after an import of it has
// come to no end.
func (s *shared) replaced(t *testing.T, how string, is int) {
	t.Helper()
	if got := s.state(t); got != s.states[is] {
		t.Errorf("%s: data changed", how)
	}
	began := time.Now()
	done := make(chan result, 1)
	go func() { done <- s.run(t, "import", "--enterprise", "acme", s.files[1-is]) }()
	select {
	case r := <-done:
		r.want(t, 0)
		t.Logf("counted: %s: the next import was done after %.1f s", how, time.Since(began).Seconds())
	case <-time.After(taken):
		t.Fatalf("%s: another import waits for longer than %s", how, taken)
	}
	if got := s.state(t); got != s.states[1-is] {
		t.Errorf("%s: the next import has another outcome", how)
	}
	s.run(t, "verify").want(t, 0, "clean")
}

// TestReplicaKilled kills processes at random moments of imports: each is there whole or not
// at all, and another process imports at once.
func TestReplicaKilled(t *testing.T) {
	s := share(t, databasetest.ClusterOptions{})
	kills, is, ended := 6, 0, 0
	if soaking() {
		kills = 40
	}
	for n := range kills {
		cmd := s.begin(t, s.files[1-is])
		time.Sleep(time.Duration(rand.IntN(500)) * time.Millisecond)
		_ = cmd.Process.Signal(syscall.SIGKILL) // it may have ended
		cmd.Wait()
		switch s.state(t) {
		case s.states[is]:
		case s.states[1-is]:
			is, ended = 1-is, ended+1
		default:
			t.Fatalf("kill %d: the data is neither as it was nor as it was to become", n)
		}
	}
	t.Logf("counted: %d killed, %d had committed", kills, ended)
	cmd := s.begin(t, s.files[1-is])
	_ = cmd.Process.Signal(syscall.SIGKILL)
	cmd.Wait()
	s.replaced(t, "killed", is)
}

// link is a network of this machine and a namespace.
type link struct{ host, space, device string }

// newLink makes a namespace that reaches this machine by an address.
func newLink(t *testing.T) link {
	t.Helper()
	l := link{host: "10.213.7.1", space: fmt.Sprintf("codegauge-%d", os.Getpid()), device: "cgguest0"}
	if out, err := exec.Command("ip", "netns", "add", l.space).CombinedOutput(); err != nil {
		t.Skipf("a network namespace cannot be made: %v %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", l.space).Run() })
	l.ip(t, "link", "add", "cghost0", "type", "veth", "peer", "name", l.device)
	t.Cleanup(func() { _ = exec.Command("ip", "link", "del", "cghost0").Run() })
	l.ip(t, "link", "set", l.device, "netns", l.space)
	l.ip(t, "addr", "add", l.host+"/24", "dev", "cghost0")
	l.ip(t, "link", "set", "cghost0", "up")
	l.inside(t, "addr", "add", "10.213.7.2/24", "dev", l.device)
	l.inside(t, "link", "set", "lo", "up")
	l.inside(t, "link", "set", l.device, "up")
	return l
}

func (l link) ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v %s", strings.Join(args, " "), err, out)
	}
}

// inside runs ip in the namespace, and cut cuts it off.
func (l link) inside(t *testing.T, args ...string) {
	t.Helper()
	l.ip(t, append([]string{"netns", "exec", l.space, "ip"}, args...)...)
}

func (l link) cut(t *testing.T) { l.inside(t, "link", "set", l.device, "down") }

// TestServerCutOff cuts a server off its database: it says so, in an answer, and is well again
// with the network.
func TestServerCutOff(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	l := newLink(t)
	s := share(t, databasetest.ClusterOptions{Address: l.host})
	token := s.token(t, "acme")
	const port, page = "18099", "/enterprises/acme/insights/code-generation" // of a namespace of its own
	cmd := exec.Command("ip", append([]string{"netns", "exec", l.space, program}, s.args(t, "serve", "--listen", "127.0.0.1:"+port)...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	status := func(path string) string {
		out, _ := exec.Command("ip", "netns", "exec", l.space, curl, "-s", "-o", "/dev/null", "-m", "30", "-H", "Authorization: Bearer "+token, "-w", "%{http_code} after %{time_total} s",
			"http://127.0.0.1:"+port+path).Output()
		return string(out)
	}
	until := func(want, path string) string {
		for deadline := time.Now().Add(taken); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			if got := status(path); strings.HasPrefix(got, want) {
				return got
			}
		}
		t.Fatalf("%s does not become %s", path, want)
		return ""
	}
	until("200", "/readyz")
	until("200", page)
	l.cut(t)
	if got := status(page); !strings.HasPrefix(got, "503") {
		t.Errorf("cut off: %s, want 503", got)
	} else {
		t.Logf("counted: cut off, a page answers %s", got)
	}
	t.Logf("counted: then %s", status(page))
	until("503", "/readyz")
	l.inside(t, "link", "set", l.device, "up")
	until("200", "/readyz")
}

// TestReplicaCutOff cuts a process off the network in the middle of an import: neither it
// nor the database learns of it, and the lock must come free all the same.
func TestReplicaCutOff(t *testing.T) {
	t.Parallel() // it mostly waits
	l := newLink(t)
	s := share(t, databasetest.ClusterOptions{Address: l.host})
	cmd := s.begin(t, s.files[1], "ip", "netns", "exec", l.space)
	l.cut(t)
	s.replaced(t, "cut off", 0)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the import that was cut off says that it is done")
		}
	case <-time.After(taken):
		t.Error("the import that was cut off does not end")
	}
	if got := s.state(t); got != s.states[1] {
		t.Error("the import that was cut off has written afterwards")
	}
}

// replica is a server over a shared database.
type replica struct {
	*url.URL
	cmd *exec.Cmd
}

// stop asks the server to end and waits until it has.
func (r *replica) stop() {
	_ = r.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	_ = r.cmd.Wait()
}

// server starts a server over the shared database.
func (s *shared) server(t *testing.T, program string) *replica {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, s.args(t, "serve", "--listen", "127.0.0.1:"+port)...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := &replica{&url.URL{Scheme: "http", Host: "127.0.0.1:" + port}, cmd}
	t.Cleanup(func() {
		r.stop()
		if t.Failed() {
			b, _ := os.ReadFile(log.Name())
			t.Logf("server:\n%s", b)
		}
	})
	for range 600 {
		if status, _ := get(r.String()+"/readyz", ""); status == http.StatusOK {
			return r
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the server does not become ready")
	return nil
}

// get asks for an address with a token and returns the status, 0 if there was no answer, and
// the body.
func get(address, token string) (int, string) {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return 0, err.Error()
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := (&http.Client{Timeout: taken}).Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(body)
}

// token makes one that may see an enterprise's metrics and people, so that no correction of
// one person's record is held back from it.
func (s *shared) token(t *testing.T, enterprise string) string {
	t.Helper()
	return strings.TrimSpace(s.run(t, "token", "create", "--enterprise", enterprise, "--scopes", "metrics:read,users:read").want(t, 0).out)
}

// TestReplicasNeverGoBack asks two servers, one at random for each request, while each of
// several imports raises a figure: it rises, and never falls back.
func TestReplicasNeverGoBack(t *testing.T) {
	s := shareEmpty(t, databasetest.ClusterOptions{})
	servers := []*replica{s.server(t, program), s.server(t, program)}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(servers[rand.IntN(len(servers))].URL)
	}})
	defer proxy.Close()
	const imports = 8
	var files []string
	for n := range imports {
		line := fmt.Sprintf(`{"user_id":1,"user_login":"a","day":"2026-05-07","loc_added_sum":%d,"created_at":"2026-05-%02dT00:00:00Z","totals_by_feature":[{"feature":"agent_edit","loc_added_sum":%d}]}`, n+1, n+10, n+1)
		files = append(files, write(t, s.dir, fmt.Sprintf("n%d.ndjson", n), []byte(line+"\n")))
	}
	s.run(t, "import", "--enterprise", "acme", files[0]).want(t, 0)
	token := s.token(t, "acme")
	ended := make(chan bool)
	go func() {
		defer close(ended)
		for _, f := range files[1:] {
			s.run(t, "import", "--enterprise", "acme", f)
		}
	}()
	last, answers, moves, tag := int64(1), 0, 0, ""
	ask := func() int64 {
		req, _ := http.NewRequestWithContext(t.Context(), "GET", proxy.URL+"/api/v1/query?enterprise=acme&measures=loc_added&from=2026-05-07&to=2026-05-07", nil)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("If-None-Match", tag)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		answers++
		if res.StatusCode == http.StatusNotModified {
			return last
		}
		var answer struct{ Rows [][]int64 }
		if err := json.Unmarshal(body, &answer); err != nil || res.StatusCode != http.StatusOK || len(answer.Rows) != 1 {
			t.Fatalf("status %d: %s", res.StatusCode, body)
		}
		tag = res.Header.Get("ETag")
		return answer.Rows[0][0]
	}
	for running := true; running || answers < 1000; {
		select {
		case <-ended:
			running = false
		default:
		}
		now := ask()
		if now < last {
			t.Fatalf("answer %d: %d after %d", answers, now, last)
		}
		if now > last {
			moves++
		}
		last = now
	}
	if now := ask(); now != imports {
		t.Errorf("in the end the answer is %d, want %d", now, imports)
	}
	t.Logf("counted: %d answers of two servers, %d moves, none back", answers, moves)
}
