package source_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/github"
	"codegauge/internal/github/githubtest"
	"codegauge/internal/metric"
	"codegauge/internal/report"
	"codegauge/internal/source"
	"codegauge/internal/store"
)

const spareToken = "ghp_spare456789abcdefghij0123456789abcdef"

// short is a round of some days, which every test here can afford.
var short = source.RoundOptions{Days: 13}

// missing returns what a round says to be missing, a line each.
func missing(sum *source.Summary) string {
	var out []string
	for _, m := range sum.Missing {
		out = append(out, m.String())
	}
	return strings.Join(out, "\n")
}

// lines returns how many lines are stored of the enterprise's users on a day.
func (w *world) lines(d day.Day) (n int64) {
	w.t.Helper()
	err := w.store.Export(w.t.Context(), store.Report{Enterprise: w.src.Enterprise, Source: w.src.Enterprise, Kind: report.UserDay, Range: day.Range{From: d, To: d}}, func(r *report.Record) error {
		added, _ := r.Totals.Get(int(metric.LocAdded))
		n += added
		return nil
	})
	w.ok(err)
	return n
}

// afterCalls answers with f once a path that contains a text was asked for n times.
func afterCalls(n int32, part string, f http.HandlerFunc) func(http.ResponseWriter, *http.Request) bool {
	var seen atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, part) || seen.Add(1) <= n {
			return false
		}
		f(w, r)
		return true
	}
}

func fail(code int, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { githubtest.Fail(w, code, message) }
}

// TestScenarios has each way in which a round goes wrong end in a right state.
func TestScenarios(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(w *world)
		// failed and missing are parts of what the round says; "" for nothing.
		failed, missing string
		here            int
		opt             source.RoundOptions
	}{
		{"all is well", func(*world) {}, "", "", 10, short},
		{"the policy is turned off half-way", func(w *world) {
			w.gh.API = afterCalls(5, "acme/copilot/metrics/reports/users", fail(403, "The 'Copilot usage metrics' policy must be enabled to use this API"))
		}, "", "policy \"Copilot usage metrics\" is off for the enterprise acme", 1, short},
		{"the token is revoked half-way", func(w *world) {
			w.gh.API = afterCalls(5, "", fail(401, "Bad credentials"))
		}, "no report can be read: GitHub does not accept the credential", "has to create a new one", 0, short},
		{"the token is revoked half-way, and another is there", func(w *world) {
			w.gh.Tokens[spareToken] = func(string) bool { return true }
			w.credential("spare", spareToken)
			w.gh.API = func(rw http.ResponseWriter, r *http.Request) bool {
				if r.Header.Get("Authorization") == "Bearer "+spareToken && len(w.gh.Requests()) > 30 {
					githubtest.Fail(rw, 401, "Bad credentials")
					return true
				}
				return false
			}
		}, "", "", 10, short},
		{"a permission is missing", func(w *world) {
			w.gh.Tokens[githubtest.Token] = func(e string) bool { return e != "seats" }
		}, "", "seats of acme: GitHub denies access: Must have admin rights. An enterprise owner or billing manager can grant it: a classic token with the scope manage_billing:copilot", 10, short},
		{"GitHub fails for one day", func(w *world) {
			w.gh.API = func(rw http.ResponseWriter, r *http.Request) bool {
				if strings.HasSuffix(r.URL.Path, "acme/copilot/metrics/reports/users-1-day") && r.URL.Query().Get("day") == (w.gh.Today-6).String() {
					githubtest.Fail(rw, 500, "oops")
					return true
				}
				return false
			}
		}, "", "users-1-day of acme, 2026-11-18: api.github.com returned 500 oops", 9, short},
		{"GitHub fails for every day", func(w *world) {
			w.gh.API = afterCalls(9, "copilot/metrics", fail(502, "bad gateway"))
		}, "returned 502 bad gateway", "", 0, short},
		{"GitHub does not answer at all", func(w *world) {
			w.gh.API = func(rw http.ResponseWriter, _ *http.Request) bool { githubtest.Hang(rw); return true }
		}, "no response from api.github.com", "", 0, short},
		{"one day is not there", func(w *world) {
			w.gh.API = func(rw http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, "acme/copilot/metrics/reports/users-1-day") && r.URL.Query().Get("day") == (w.gh.Today-6).String() {
					githubtest.Fail(rw, 404, "Not Found")
					return true
				}
				return false
			}
		}, "", "users-1-day of acme, 2026-11-18: GitHub has no report of these days, although", 9, short},
		{"a link leads to a stranger", func(w *world) {
			w.gh.Link = func(string) string { return w.gh.StrangerURL() + "/files/x" }
		}, "", "not an allowed host", 0, short},
		{"a file is of another day", func(w *world) {
			w.gh.PutReport(githubtest.Acme, github.Users, w.gh.Today-6, githubtest.Users(w.gh.Today-7, 5, 1))
		}, "", "2026-11-18: GitHub's file is of 2026-11-17", 9, short},
		{"a file has a line that is none", func(w *world) {
			w.gh.PutReport(githubtest.Acme, github.Users, w.gh.Today-6, githubtest.Users(w.gh.Today-6, 5, 1)+"{\"user_id\":\n"+githubtest.Users(w.gh.Today-6, 5, 2))
		}, "", "2026-11-18: 1 line was rejected", 10, short},
		{"a file is another enterprise's", func(w *world) {
			w.gh.PutReport(githubtest.Acme, github.Users, w.gh.Today-6, strings.ReplaceAll(githubtest.Users(w.gh.Today-6, 5, 1), `"77"`, `"78"`))
		}, "", "import failed", 9, short},
		{"a file is empty", func(w *world) {
			w.gh.PutReport(githubtest.Acme, github.Users, w.gh.Today-3, "")
		}, "", "", 9, short},
		{"seats change while they are read", func(w *world) {
			var n atomic.Int32
			w.gh.API = func(rw http.ResponseWriter, r *http.Request) bool {
				if strings.HasSuffix(r.URL.Path, "billing/seats") && r.URL.Query().Get("page") == "2" && n.Add(1) == 1 {
					_, _ = fmt.Fprint(rw, `{"total_seats":249,"seats":[]}`)
					return true
				}
				return false
			}
		}, "", "", 10, short},
		{"seats never stop changing", func(w *world) {
			var n atomic.Int32
			w.gh.API = func(rw http.ResponseWriter, r *http.Request) bool {
				if strings.HasSuffix(r.URL.Path, "billing/seats") && r.URL.Query().Get("page") == "2" {
					_, _ = fmt.Fprintf(rw, `{"total_seats":%d,"seats":[]}`, n.Add(1))
					return true
				}
				return false
			}
		}, "", "seats of acme: the list of seats changed while it was fetched", 10, short},
		{"a team is removed while its members are read", func(w *world) {
			w.gh.API = afterCalls(0, "/teams/6/memberships", fail(404, "Not Found"))
		}, "", "", 10, short},
		{"a limit is reached, and nobody waits", func(w *world) {
			w.gh.API = afterCalls(8, "copilot/metrics", func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Retry-After", "600")
				githubtest.Fail(rw, 429, "slow down")
			})
		}, "", "GitHub asked for a pause of 10m0s", 0, source.RoundOptions{Days: 13, NoWait: true}},
		{"a limit is reached, and is waited for", func(w *world) {
			var n atomic.Int32
			w.gh.API = func(rw http.ResponseWriter, _ *http.Request) bool {
				if n.Add(1) != 12 {
					return false
				}
				rw.Header().Set("Retry-After", "600")
				githubtest.Fail(rw, 403, "You have exceeded a secondary rate limit")
				return true
			}
		}, "", "", 10, short},
		{"this machine's disk is full", func(w *world) {
			w.imported = func() error { return fault.New(fault.Unavailable, "no space is left on the disk") }
		}, "no space is left on the disk", "", 0, short},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, githubtest.DotCom)
			w.gh.Fill(10)
			w.connect()
			c.set(w)
			sum, err := w.Round(t.Context(), w.src.ID, c.opt)
			w.ok(err)
			if (sum.Failed == "") != (c.failed == "") || !strings.Contains(sum.Failed, c.failed) {
				t.Errorf("failed = %q, want %q", sum.Failed, c.failed)
			}
			if got := missing(sum); c.failed == "" && (got == "") != (c.missing == "") || !strings.Contains(got, c.missing) {
				t.Errorf("missing = %q, want %q", got, c.missing)
			}
			if !strings.Contains(c.missing, "has no report") && strings.Contains(missing(sum), "has no report") {
				t.Errorf("missing = %q: a day is said to have no report besides what is wrong with it", missing(sum))
			}
			if sum.Days.Stored < c.here {
				t.Errorf("%d days are here, want %d", sum.Days.Stored, c.here)
			}
			for _, leak := range w.gh.Leaks() {
				t.Errorf("a credential was shown to %s", leak.Host)
			}
			st, err := w.State(t.Context(), w.src.ID)
			w.ok(err)
			if st.Progress != nil || st.Next.Before(w.now) && st.Next.IsZero() || (sum.Failed != "") != (!st.Failing.IsZero()) {
				t.Errorf("state = %+v", st)
			}
			// Once all is well again, so is what is stored.
			w.gh.API, w.gh.Link, w.imported = nil, nil, nil
			w.gh.Tokens[githubtest.Token] = func(string) bool { return true }
			for d := w.gh.Today - 12; d < w.gh.Today-2; d++ {
				w.gh.PutReport(githubtest.Acme, github.Users, d, githubtest.Users(d, 5, 1), githubtest.Users(d, 5, 2, 3))
			}
			w.now = w.now.Add(2 * time.Hour)
			if sum := w.round(short); sum.Days.Stored != 10 || len(sum.Missing) > 0 {
				t.Errorf("the round after = %+v, missing %s", sum.Days, missing(sum))
			}
			for d := w.gh.Today - 12; d < w.gh.Today-2; d++ {
				if got := w.lines(d); got != 15 {
					t.Errorf("%d lines on %s, want 15", got, d)
				}
			}
		})
	}
}

// TestCorrections has corrected days arrive: young ones in the next round, others after 7
// and after 28 days.
func TestCorrections(t *testing.T) {
	w := newWorld(t, githubtest.DotCom)
	w.gh.Fill(10)
	w.connect()
	w.round(short)
	d := w.gh.Today - 3
	correct := func(lines int) {
		w.gh.PutReport(githubtest.Acme, github.Users, d, githubtest.Users(d, lines, 1), githubtest.Users(d, lines, 2, 3))
	}
	nights := func(n int) {
		w.now = w.now.Add(time.Duration(n) * 24 * time.Hour)
		w.round(source.RoundOptions{Days: 45})
	}
	correct(6)
	nights(1)
	if got := w.lines(d); got != 18 {
		t.Errorf("the next night: %d lines, want 18", got)
	}
	nights(1)
	nights(1)
	correct(7)
	nights(0) // it has settled: it was old enough, and came twice unchanged
	if got := w.lines(d); got != 18 {
		t.Errorf("settled: %d lines, want 18", got)
	}
	nights(2)
	if got := w.lines(d); got != 21 {
		t.Errorf("after a week: %d lines, want 21", got)
	}
	correct(8)
	nights(10)
	if got := w.lines(d); got != 21 {
		t.Errorf("after two weeks: %d lines, want 21", got)
	}
	nights(15)
	if got := w.lines(d); got != 24 {
		t.Errorf("after four weeks: %d lines, want 24", got)
	}
}

// TestStandalone fetches an organization whose enterprise GitHub does not know.
func TestStandalone(t *testing.T) {
	w := newWorld(t, githubtest.DotCom)
	w.gh.Fill(10)
	w.gh.Enterprise = "another"
	w.connect("pay")
	sum := w.round(short)
	if sum.Failed != "" || !strings.Contains(missing(sum), "seats of pay") && len(sum.Missing) > 0 || sum.Records["users"] != 2 {
		t.Errorf("round = %+v", sum)
	}
	check, err := w.Check(t.Context(), w.src.ID)
	w.ok(err)
	if !check.OK {
		t.Errorf("missing: %+v", check.Missing)
	}
}

// TestChecks says what each kind of credential can read, and writes nothing.
func TestChecks(t *testing.T) {
	w := newWorld(t, githubtest.Tenant)
	w.gh.Fill(40)
	w.connect()
	w.gh.Tokens["github_pat_1"] = func(e string) bool { return e == "members" }
	w.gh.Apps = []string{"pay"}
	w.credential("fine", "github_pat_1")
	w.seal("app", github.Credential{Kind: github.App, AppID: 3, Key: githubtest.AppKey(t)})
	before, err := w.db.Version(t.Context(), 0)
	w.ok(err)
	check, err := w.Check(t.Context(), w.src.ID)
	w.ok(err)
	if after, err := w.db.Version(t.Context(), 0); err != nil || after != before {
		t.Errorf("the check has changed the directory: %d, %d, %v", before, after, err)
	}
	if st, err := w.State(t.Context(), w.src.ID); err != nil || st.Check != nil {
		t.Errorf("the check has changed the state: %+v, %v", st, err)
	}
	if !check.OK || check.Days != 40 || check.From != w.gh.Today-42 {
		t.Errorf("check: ok %t, %d days from %s; missing %+v", check.OK, check.Days, check.From, check.Missing)
	}
	if got, want := strings.Join(check.Hosts, " "), "api.acme.ghe.com copilot-reports.acme.ghe.com copilot-reports-*.b01.azurefd.net usagereports*.blob.core.windows.net"; got != want {
		t.Errorf("hosts = %s, want %s", got, want)
	}
	say := map[string]string{}
	for _, r := range check.Rows {
		say[r.Scope+" "+r.Endpoint+" "+r.Credential] = fmt.Sprint(r.Status, " ", r.OK, " ", r.Used)
	}
	for key, want := range map[string]string{
		"acme users-1-day fine": "0 false false", "acme users-1-day app": "403 false false", "acme users-1-day token": "200 true true",
		"acme enterprise-teams app": "0 false false", "pay users-1-day app": "200 true true", "pay members fine": "200 true false", "pay teams fine": "403 false false",
	} {
		if say[key] != want {
			t.Errorf("%s: %s, want %s", key, say[key], want)
		}
	}
}

// TestSecrets has a credential open with its own key, in its own place alone.
func TestSecrets(t *testing.T) {
	w := newWorld(t, githubtest.DotCom)
	w.gh.Fill(1)
	w.connect()
	list, err := w.dir.SourceCredentials(t.Context(), w.src.ID)
	w.ok(err)
	if strings.Contains(string(list[0].Sealed), githubtest.Token[4:]) {
		t.Error("the token is stored as it is")
	}
	moved := list[0]
	moved.Name = "moved"
	w.ok(w.dir.PutSourceCredential(t.Context(), moved))
	if _, err := w.Check(t.Context(), w.src.ID); fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "another secret key") {
		t.Errorf("a credential under another name: %v", err)
	}
	sum, err := w.Round(t.Context(), w.src.ID, short)
	if fault.KindOf(err) != fault.Conflict {
		t.Errorf("round = %+v, %v", sum, err)
	}
	if st, err := w.State(t.Context(), w.src.ID); err != nil || st.Last == nil || !strings.Contains(st.Last.Failed, "secret_key_file") {
		t.Errorf("state = %+v, %v", st, err)
	}
}

// TestPause stops a round that is under way, and the next goes on from there.
func TestPause(t *testing.T) {
	w := newWorld(t, githubtest.DotCom)
	w.gh.Fill(10)
	w.connect()
	w.gh.API = afterCalls(20, "copilot/metrics", func(rw http.ResponseWriter, r *http.Request) {
		if !w.src.Paused {
			paused := w.src
			paused.Paused = true
			_, err := w.dir.PutSource(context.WithoutCancel(r.Context()), paused)
			w.ok(err)
		}
		<-r.Context().Done()
	})
	sum, err := w.Round(t.Context(), w.src.ID, short)
	w.ok(err)
	if !strings.Contains(sum.Failed, "paused") {
		t.Errorf("failed = %q", sum.Failed)
	}
	if due, err := w.dir.SourcesDue(t.Context(), w.now.Add(1000*time.Hour)); err != nil || len(due) > 0 {
		t.Errorf("due while paused: %v, %v", due, err)
	}
	w.gh.API = nil
	_, err = w.dir.PutSource(t.Context(), w.src)
	w.ok(err)
	if sum := w.round(short); sum.Days.Stored != 10 {
		t.Errorf("days = %+v", sum.Days)
	}
}
