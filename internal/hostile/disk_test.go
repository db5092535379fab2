package hostile

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// mounted mounts a file system of its own of size MB and returns where. It skips
// the test where that is not allowed, which in CI is only where the kernel
// refuses it to root: TestFileLimit needs no rights.
func mounted(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0755", size))
	if err != nil {
		if os.Getuid() == 0 && os.Getenv("CI") != "" && !errors.Is(err, unix.EPERM) {
			t.Fatalf("mount a small file system: %v", err)
		}
		t.Skipf("a small file system cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill leaves so many KB of the file system free, and returns what takes the rest.
func fill(t *testing.T, disk string, free int64) string {
	t.Helper()
	var st unix.Statfs_t
	if err := unix.Statfs(disk, &st); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(disk, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n := int64(st.Bavail)*int64(st.Bsize) - free<<10; n > 0 {
		if err := unix.Fallocate(int(f.Fd()), 0, 0, n); err != nil {
			t.Fatal(err)
		}
	}
	return ballast
}

// TestFullDisk lets the disk fill up at different moments of an import: the
// import fails and says why, what was stored is still there, whole, and once
// there is room the same import succeeds without further ado.
func TestFullDisk(t *testing.T) {
	disk := mounted(t, 200)
	v := newTarget(t, t.TempDir(), [2]string{generated(t, t.TempDir(), 400, 1), generated(t, t.TempDir(), 400, 2)})
	v.data = filepath.Join(disk, "data")
	v.importing(t, v.data, 0)
	failed := 0
	room := []int64{0, 256, 2048} // KB
	if soaking() {
		room = []int64{0, 4, 16, 64, 128, 256, 512, 1024, 1536, 2048, 3072, 4096}
	}
	for _, free := range room {
		next := 1 - v.holds
		ballast := fill(t, disk, free)
		r := codegauge(t, v.arrival(v.data, next)...)
		if r.code != 0 {
			failed++
			r.want(t, 1, "o space left on device")
			verified(t, v.data)
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		if !v.became(t, v.data, v.states[v.holds], v.states[next]) {
			v.importing(t, v.data, next)
		}
		v.holds = next
	}
	t.Logf("counted: %d of %d imports failed for want of room", failed, len(room))
	if failed == 0 {
		t.Error("no import failed")
	}
	if !v.became(t, v.data, "", v.states[v.holds]) {
		t.Error("the last import is not there")
	}
}

// remount makes a mounted file system read-only, or ends that.
func remount(t *testing.T, disk string, flags uintptr) {
	t.Helper()
	if err := unix.Mount("", disk, "", unix.MS_REMOUNT|flags, ""); err != nil && !errors.Is(err, unix.EINVAL) {
		t.Fatalf("mount %s again: %v", disk, err)
	}
}

// TestReadOnlyDirectory asks for a data directory that nobody may write to: what reads
// answers, everything else says in one line why not, and nothing changes.
func TestReadOnlyDirectory(t *testing.T) {
	disk := mounted(t, 100)
	data := filepath.Join(disk, "data")
	in := write(t, t.TempDir(), "good", []byte(good(1)+"\n"))
	codegauge(t, "import", "--data", data, "--enterprise", "acme", in).want(t, 0)
	remount(t, disk, unix.MS_RDONLY)
	for _, args := range [][]string{
		{"import", "--data", data, "--enterprise", "acme", in},
		{"delete", "--data", data, "--enterprise", "acme", "--yes"},
		{"token", "--data", data, "create", "--enterprise", "acme", "--scopes", "metrics:read"},
		{"import", "--data", filepath.Join(disk, "new"), "--enterprise", "acme", in},
	} {
		r := codegauge(t, args...).want(t, 1, args[2], "read-only")
		if strings.Count(r.errs, "\n") != 1 {
			t.Errorf("%s: the message is not one line:\n%s", args[0], r.errs)
		}
	}
	codegauge(t, "query", "--data", data, "--enterprise", "acme", "--measures", "loc_added").want(t, 0)
	verified(t, data)
	t.Log("counted: 6 commands")
	remount(t, disk, 0)
	people(t, data, "u1,1\n")
}

// TestForbiddenDirectory is TestReadOnlyDirectory by permission, which binds
// everyone but root.
func TestForbiddenDirectory(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere; TestReadOnlyDirectory covers it")
	}
	data := t.TempDir()
	if err := os.Chmod(data, 0o500); err != nil {
		t.Fatal(err)
	}
	in := write(t, t.TempDir(), "good", []byte(good(1)+"\n"))
	codegauge(t, "import", "--data", data, "--enterprise", "acme", in).want(t, 1, data, "permission denied")
}

// TestFileLimit bounds how large a file may become, which needs no rights, and
// so lets writes fail in the middle: an import fails and says which file, or is
// whole.
func TestFileLimit(t *testing.T) {
	v := newTarget(t, t.TempDir(), [2]string{generated(t, t.TempDir(), 400, 1), generated(t, t.TempDir(), 400, 2)})
	failed := 0
	limits := []int{100, 2500, 6000} // KB
	if soaking() {
		limits = []int{1, 10, 100, 300, 500, 1000, 2000, 2500, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10000}
	}
	for _, kb := range limits {
		next := 1 - v.holds
		r := call{args: v.arrival(v.data, next), under: []string{"bash", "-c", fmt.Sprintf(`ulimit -f %d; exec "$@"`, kb), "bash"}}.run(t)
		if r.code != 0 {
			failed++
			r.want(t, 1, v.data)
		}
		switch {
		case v.became(t, v.data, v.states[v.holds], v.states[next]):
			v.holds = next
		case r.code == 0:
			t.Fatalf("%d KB: the import is not there", kb)
		}
	}
	t.Logf("counted: %d of %d imports failed at the limit", failed, len(limits))
	if failed == 0 {
		t.Error("no import failed")
	}
}

// TestServerOnFullDisk fills the disk under a server: it goes on answering, says what is
// wrong, refuses an import with the reason, and recovers by itself.
func TestServerOnFullDisk(t *testing.T) {
	disk := mounted(t, 100)
	data := filepath.Join(disk, "data")
	in := write(t, t.TempDir(), "good", []byte(good(1)+"\n"))
	codegauge(t, "import", "--data", data, "--enterprise", "acme", in).want(t, 0)
	token := strings.TrimSpace(codegauge(t, "token", "create", "--data", data, "--enterprise", "acme", "--scopes", "metrics:read").want(t, 0).out)
	base := serve(t, data).base
	ask := func(when, ready string) {
		t.Helper()
		for range 2 { // an answer that is kept, and one that is not
			if status, body := get(base+"/api/v1/query?enterprise=acme&measures=loc_added&days=28", token); status != http.StatusOK {
				t.Errorf("%s: status %d: %s", when, status, body)
			}
		}
		if status, body := get(base+"/readyz", ""); status != http.StatusOK || !strings.Contains(body, ready) {
			t.Errorf("%s, /readyz: status %d: %s", when, status, body)
		}
	}
	ask("before", "ok")
	ballast := fill(t, disk, 0)
	ask("on a full disk", "degraded")
	codegauge(t, "import", "--data", data, "--enterprise", "acme", in).want(t, 1, "o space left on device")
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	ask("afterwards", "ok")
	codegauge(t, "import", "--data", data, "--enterprise", "acme", in).want(t, 0)
}

// browser is somebody who signs in.
type browser struct {
	t    *testing.T
	base string
	http http.Client
}

// invited returns a browser that has accepted an invitation of `codegauge user add`.
func invited(t *testing.T, base, link, password string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t, base, http.Client{Jar: jar, Timeout: time.Minute}}
	_, key, _ := strings.Cut(strings.TrimSpace(link), "key=")
	if status, body := b.post("/invitation", url.Values{"key": {key}, "password": {password}}); status != http.StatusOK {
		t.Fatalf("accept the invitation %s: status %d: %.2000s", link, status, body)
	}
	return b
}

func (b *browser) post(path string, form url.Values) (int, string) {
	return b.do(http.MethodPost, path, strings.NewReader(form.Encode()))
}

func (b *browser) get(path string) (int, string) { return b.do(http.MethodGet, path, nil) }

func (b *browser) do(method, path string, body io.Reader) (int, string) {
	b.t.Helper()
	req, err := http.NewRequest(method, b.base+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Origin", b.base)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// TestServerOnReadOnlyDisk starts a server of a disk that is read-only: whoever is signed
// in, and tokens, read on; what has to be written says why it is not, a look at people's
// data too, because it could not be recorded; and once the disk can be written to, all
// of it works, without a restart.
func TestServerOnReadOnlyDisk(t *testing.T) {
	disk := mounted(t, 100)
	data := filepath.Join(disk, "data")
	in := write(t, t.TempDir(), "good", []byte(good(1)+"\n"))
	run := func(args ...string) string {
		t.Helper()
		return codegauge(t, append(args, "--data", data)...).want(t, 0).out
	}
	run("import", "--enterprise", "acme", in)
	run("privacy", "set", "--enterprise", "acme", "--person-views", "--no-pseudonyms", "--reason", "a test")
	first := serve(t, data)
	link := run("user", "add", "owner@example.com")
	run("role", "grant", "owner@example.com", "enterprise-owner", "--enterprise", "acme")
	token := strings.TrimSpace(run("token", "create", "--enterprise", "acme", "--scopes", "metrics:read,users:read,export"))
	const password = "correct horse battery"
	owner := invited(t, first.base, link, password)
	first.stop(t)

	remount(t, disk, unix.MS_RDONLY)
	s := serve(t, data)
	owner.base = s.base
	const query = "/api/v1/query?enterprise=acme&measures=loc_added&days=28"
	const users = "/api/v1/query?enterprise=acme&measures=loc_added&by=user&from=2026-01-01&to=2026-12-31"
	reads := func(when string) {
		t.Helper()
		for range 2 { // an answer that is kept, and one that is not
			if status, body := get(s.base+query, token); status != http.StatusOK {
				t.Errorf("%s, a token: status %d: %s", when, status, body)
			}
			if status, body := owner.get(dashboard); status != http.StatusOK || !strings.Contains(body, "owner@example.com") {
				t.Errorf("%s, a page of who is signed in: status %d: %.2000s", when, status, body)
			}
		}
	}
	reads("read-only")
	if status, body := get(s.base+"/readyz", ""); status != http.StatusOK || !strings.Contains(body, "degraded") || !strings.Contains(body, "read-only") {
		t.Errorf("/readyz: status %d: %s", status, body)
	}
	refused := func(what string, status int, body string) {
		t.Helper()
		if status != http.StatusServiceUnavailable || !strings.Contains(body, "read-only") {
			t.Errorf("%s: status %d, want 503 with the reason:\n%.2000s", what, status, body)
		}
	}
	status, body := get(s.base+users, token)
	refused("people's data", status, body)
	status, body = owner.get("/enterprises/acme/insights/users?days=28")
	refused("the page of people", status, body)
	stranger := &browser{t, s.base, http.Client{}}
	status, body = stranger.post("/sign-in", url.Values{"email": {"owner@example.com"}, "password": {password}})
	refused("sign-in", status, body)

	remount(t, disk, 0)
	reads("afterwards")
	if status, body := get(s.base+"/readyz", ""); status != http.StatusOK || body != "ok\n" {
		t.Errorf("/readyz afterwards: status %d: %s", status, body)
	}
	if status, body := get(s.base+users, token); status != http.StatusOK || !strings.Contains(body, "u1") {
		t.Errorf("people's data afterwards: status %d: %s", status, body)
	}
	if status, body := owner.post("/sign-out", nil); status != http.StatusOK {
		t.Errorf("sign out: status %d: %s", status, body)
	}
	if status, body := owner.post("/sign-in", url.Values{"email": {"owner@example.com"}, "password": {password}}); status != http.StatusOK {
		t.Errorf("sign in afterwards: status %d: %.2000s", status, body)
	}
	s.stop(t)
	verified(t, data)
}
