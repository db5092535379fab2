package hostile

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// mounted mounts a file system of its own of size MB and returns where. It skips
// the test where that is not allowed, which in CI is only where the kernel
// refuses it to root: TestFileLimit needs no rights.
func mounted(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0700", size))
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
			if r := codegauge(t, "verify", "--data", v.data); r.code != 0 {
				r.want(t, 1, "o space left on device") // to open a store takes some, too
			} else if got := stateOf(t, v.data); got != v.states[v.holds] {
				t.Fatalf("%d KB free: the old days are not whole:\n%.500s", free, got)
			}
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

// TestReadOnlyDirectory asks for a data directory that nobody may write to: an
// error that names it, and nothing changes.
func TestReadOnlyDirectory(t *testing.T) {
	disk := mounted(t, 100)
	data := filepath.Join(disk, "data")
	in := write(t, t.TempDir(), "good", []byte(good(1)+"\n"))
	codegauge(t, "import", "--data", data, "--enterprise", "acme", in).want(t, 0)
	if err := unix.Mount("", disk, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"import", "--data", data, "--enterprise", "acme", in},
		{"delete", "--data", data, "--enterprise", "acme", "--yes"},
		{"query", "--data", data, "--enterprise", "acme", "--measures", "loc_added"},
		{"verify", "--data", data},
		{"serve", "--data", data, "--listen", "127.0.0.1:0"},
		{"import", "--data", filepath.Join(disk, "new"), "--enterprise", "acme", in},
	} {
		r := codegauge(t, args...).want(t, 1, args[2], "read-only file system")
		if strings.Count(r.errs, "\n") != 1 {
			t.Errorf("%s: the message is not one line:\n%s", args[0], r.errs)
		}
	}
	t.Log("counted: 6 commands")
	if err := unix.Mount("", disk, "", unix.MS_REMOUNT, ""); err != nil && !errors.Is(err, unix.EINVAL) {
		t.Fatal(err)
	}
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
