package hostile

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/directory"
)

// exporter is a server of one engine that prepares exports and is killed.
type exporter struct {
	run func(t *testing.T, args ...string) result
	// start starts the server and returns its address and what kills it; open opens its
	// database while it does not run.
	start func(t *testing.T) (base string, kill func())
	open  func(t *testing.T) *database.DB
	token string
}

// TestKillExport kills servers while they prepare exports, on both engines: what was being
// prepared has failed and leaves nothing behind, what was ready is whole, and the next server
// prepares the same bytes.
func TestKillExport(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		data := t.TempDir()
		killExport(t, &exporter{
			run: func(t *testing.T, args ...string) result { return codegauge(t, append(args, "--data", data)...) },
			start: func(t *testing.T) (string, func()) {
				s := serve(t, data)
				return s.base, s.kill
			},
			open: func(t *testing.T) *database.DB {
				db, err := database.OpenFile(t.Context(), filepath.Join(data, "codegauge.db"))
				if err != nil {
					t.Fatal(err)
				}
				return db
			},
		})
	})
	t.Run("postgres", func(t *testing.T) {
		s := shareEmpty(t, databasetest.ClusterOptions{})
		killExport(t, &exporter{
			run: s.run,
			start: func(t *testing.T) (string, func()) {
				r := s.server(t, program)
				return r.String(), func() {
					_ = r.cmd.Process.Signal(syscall.SIGKILL) // it may have ended
					_ = r.cmd.Wait()
				}
			},
			open: func(t *testing.T) *database.DB {
				db, err := database.OpenURL(t.Context(), s.cluster.URL, database.ServerOptions{})
				if err != nil {
					t.Fatal(err)
				}
				return db
			},
		})
	})
}

func killExport(t *testing.T, x *exporter) {
	enough, most := 1, 10
	if soaking() {
		enough, most = 20, 200
	}
	x.run(t, "import", "--enterprise", "acme", generated(t, t.TempDir(), 3000, 1)).want(t, 0)
	x.run(t, "privacy", "set", "--enterprise", "acme", "--person-views", "--no-pseudonyms", "--reason", "a test").want(t, 0)
	x.token = strings.TrimSpace(x.run(t, "token", "create", "--enterprise", "acme", "--scopes", "metrics:read,users:read,export").want(t, 0).out)
	const what = "enterprise=acme&report=users-1-day&from=2026-05-01&to=2026-05-03"
	base, kill := x.start(t)
	var want string
	took := timed(func() { want = x.file(t, base, x.await(t, base, x.begin(t, base, what))) })
	if status, direct := get(base+"/api/v1/export?"+what, x.token); status != http.StatusOK || direct != want {
		t.Fatalf("the prepared file has %d bytes, the direct answer, %d, has %d", len(want), status, len(direct))
	}
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	killed, round := 0, 0
	for ; killed < enough && round < most; round++ {
		e := x.begin(t, base, what)
		time.Sleep(time.Duration(random.Int64N(int64(took))))
		kill()
		x.expireBeats(t)
		base, kill = x.start(t)
		after := x.state(t, base, e.URL)
		status, body := get(base+strings.Replace(e.URL, "?", "/file?", 1), x.token)
		switch after.Status {
		case directory.ExportDone:
			if status != http.StatusOK || body != want {
				t.Errorf("a file that was ready: status %d, %d bytes, want %d", status, len(body), len(want))
			}
		case directory.ExportFailed:
			killed++
			if after.Error != directory.ErrorStopped || status != http.StatusConflict {
				t.Errorf("what was being prepared: %+v, its file %d %.200s", after, status, body)
			}
		default:
			t.Errorf("after a kill: %+v", after)
		}
		x.remove(t, base, e.URL)
	}
	if killed == 0 {
		t.Errorf("none of %d kills came before the file was ready", round)
	}
	if got := x.file(t, base, x.await(t, base, x.begin(t, base, what))); got != want {
		t.Errorf("after %d kills the file has %d bytes, want %d", round, len(got), len(want))
	}
	kill()
	db := x.open(t)
	defer db.Close()
	var left int
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM prepared_export_chunk WHERE export NOT IN (SELECT id FROM prepared_export WHERE status = 'done')`).Scan(&left); err != nil || left > 0 {
		t.Errorf("%d chunks are left of what was not finished, %v", left, err)
	}
	t.Logf("counted: %d kills, %d of them before the file was ready", round, killed)
}

// preparing is how far an export is.
type preparing struct {
	Status     directory.ExportStatus
	Error, URL string
	File       string
}

func (x *exporter) ask(t *testing.T, method, address string, want int) (e preparing) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+x.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != want {
		t.Fatalf("%s %s: status %d, want %d", method, address, res.StatusCode, want)
	}
	if want != http.StatusNoContent {
		if err := json.NewDecoder(res.Body).Decode(&e); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func (x *exporter) begin(t *testing.T, base, what string) preparing {
	t.Helper()
	return x.ask(t, http.MethodPost, base+"/api/v1/exports?"+what, http.StatusAccepted)
}

func (x *exporter) state(t *testing.T, base, url string) preparing {
	t.Helper()
	return x.ask(t, http.MethodGet, base+url, http.StatusOK)
}

func (x *exporter) remove(t *testing.T, base, url string) {
	t.Helper()
	x.ask(t, http.MethodDelete, base+url, http.StatusNoContent)
}

// await asks for an export until it has ended.
func (x *exporter) await(t *testing.T, base string, e preparing) preparing {
	t.Helper()
	for deadline := time.Now().Add(taken); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if e = x.state(t, base, e.URL); e.Status == directory.ExportDone || e.Status == directory.ExportFailed {
			return e
		}
	}
	t.Fatalf("the export does not end: %+v", e)
	return e
}

// file takes an export, and removes it.
func (x *exporter) file(t *testing.T, base string, e preparing) string {
	t.Helper()
	status, body := get(base+e.File, x.token)
	if status != http.StatusOK {
		t.Fatalf("the file of %+v: status %d", e, status)
	}
	x.remove(t, base, e.URL)
	return body
}

// expireBeats makes the last beat of what the killed server prepared one of long ago.
func (x *exporter) expireBeats(t *testing.T) {
	t.Helper()
	db := x.open(t)
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `UPDATE prepared_export SET beat = 0`); err != nil {
		t.Fatal(err)
	}
}
