package cli

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/report"
)

// stalePaths are asked again after every change.
var stalePaths = []string{
	"/", "/enterprises/acme/insights/code-generation?from=2026-04-27&to=2026-05-10", "/orgs/payments/insights/code-generation?from=2026-04-27&to=2026-05-10",
	"/orgs/payments/teams/checkout/insights/code-generation?from=2026-04-27&to=2026-05-10", "/enterprises/acme/insights/data-quality?from=2026-04-27&to=2026-05-10",
	"/enterprises/acme/insights/teams?from=2026-04-27&to=2026-05-10", "/enterprises/acme/insights/organizations", "/enterprises/acme/insights/copilot-usage", "/orgs/search/insights/copilot-usage", "/enterprises/acme/insights/seats", "/orgs/search/insights/seats",
	"/enterprises/acme/insights/users?from=2026-04-27&to=2026-05-10", "/enterprises/acme/settings/policy", "/enterprises/acme/settings/privacy",
	"/api/v1/query?enterprise=acme&measures=loc_added,active_users&from=2026-04-27&to=2026-05-10",
	"/api/v1/query?enterprise=acme&measures=loc_added&by=team,day&from=2026-04-27&to=2026-05-10&format=csv",
	"/api/v1/query?enterprise=acme&measures=loc_added&by=organization,model&from=2026-04-27&to=2026-05-10",
	"/api/v1/query?enterprise=acme&measures=loc_added&by=user&from=2026-04-27&to=2026-05-10",
	"/api/v1/query?enterprise=acme&measures=loc_added&by=day&where=user%3D900&from=2026-04-27&to=2026-05-10",
	"/api/v1/query?enterprise=acme&measures=loc_added&by=day,user&where=user%3D3&from=2026-04-27&to=2026-05-10",
	"/api/v1/query?enterprise=acme&org=payments&measures=weekly_active_users&by=day&from=2026-04-27&to=2026-05-10",
	"/enterprises/acme/insights/impact", "/orgs/search/insights/impact", "/api/v1/impact?enterprise=acme&figures=phases", "/api/v1/impact?enterprise=acme&figures=seats", "/api/v1/impact?enterprise=acme&org=payments&figures=return&from=2026-04-13&to=2026-05-10",
	"/api/v1/adoption?enterprise=acme&figures=seats&from=2026-04-27&to=2026-05-10",
	"/api/v1/reconcile?enterprise=acme&from=2026-04-27&to=2026-05-10",
	"/api/v3/enterprises/acme/copilot/billing/seats", "/api/v3/orgs/payments/copilot/billing", "/api/v3/orgs/payments/members", "/api/v3/orgs/payments/teams",
	"/api/v3/orgs/payments/teams/checkout/members",
}

// reader is somebody with a cache: it has each answer that it got, and its ETag.
type reader struct {
	name   string
	header http.Header
	have   map[string][2]string // ETag and answer, by path
}

func (r *reader) get(t *testing.T, server *httptest.Server, path string, keep bool) (answer string, kept bool) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range r.header {
		req.Header[k] = v
	}
	if keep && r.have[path][0] != "" {
		req.Header.Set("If-None-Match", r.have[path][0])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode == http.StatusNotModified {
		return r.have[path][1], true
	}
	answer = strconv.Itoa(res.StatusCode) + "\n" + strings.ReplaceAll(string(b), server.URL, "")
	if keep {
		r.have[path] = [2]string{res.Header.Get("ETag"), answer}
	}
	return answer, false
}

// again opens a copy of the data in a program of its own, which remembers nothing.
func (m *matrix) again(t *testing.T) (*httptest.Server, func()) {
	t.Helper()
	a := newTestApp(t)
	a.log = slog.New(slog.DiscardHandler)
	dir, err := os.MkdirTemp(a.cfg.Data, "copy-*")
	m.fatal(err)
	a.cfg.Data = dir
	m.fatal(m.stores.database.Backup(t.Context(), filepath.Join(dir, database.FileName)))
	s, err := a.openStores(t.Context(), storeOptions{Log: a.log})
	m.fatal(err)
	i, err := (&serveCmd{}).newInstance(a, s, nil)
	m.fatal(err)
	server := httptest.NewServer(i.http.Handler)
	return server, func() { server.Close(); i.pages.Close(); m.fatal(s.Close()); m.fatal(os.RemoveAll(dir)) }
}

// TestNoAnswerIsStale makes one change after another and compares what readers
// with caches get from the server, 304s included, with what a program tells that
// was just started on a copy of the data.
func TestNoAnswerIsStale(t *testing.T) {
	rounds := 24
	if n, err := strconv.Atoi(os.Getenv("CODEGAUGE_STALE")); err == nil {
		rounds = max(rounds, n)
	}
	m := newMatrix(t)
	m.privacy(true, true)
	readers := []*reader{
		{"an owner", m.session(false, access.EnterpriseOwner, "acme"), map[string][2]string{}},
		{"a billing manager", m.session(false, access.BillingManager, "acme"), map[string][2]string{}},
		{"a token", bearer(m.token("acme", false, 1, "metrics:read", "users:read")), map[string][2]string{}},
	}
	changes, r := m.changes(t), rand.New(rand.NewPCG(7, 7))
	same, moved := 0, 0
	for n := range rounds {
		c := changes[n%len(changes)]
		if n >= len(changes) {
			c = changes[r.IntN(len(changes))]
		}
		c.make(n)
		fresh, stop := m.again(t)
		for _, who := range readers {
			for _, path := range stalePaths {
				before := who.have[path][1]
				got, kept := who.get(t, m.server, path, true)
				want, _ := who.get(t, fresh, path, false)
				if got != want {
					t.Errorf("after %s %s gets for %s (from the cache: %t) %s", c.name, who.name, path, kept, difference(got, want))
				}
				if kept {
					same++
				} else if before != "" && before != got {
					moved++
				}
			}
		}
		stop()
	}
	if same == 0 || moved == 0 {
		t.Errorf("%d answers were kept and %d moved: this compares nothing", same, moved)
	}
	t.Logf("counted: %d changes, %d readers, %d paths: %d answers moved, %d were kept", rounds, len(readers), len(stalePaths), moved, same)
}

// difference shows where two texts part.
func difference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	cut := func(s string) string { return s[max(0, min(i-60, len(s))):min(len(s), i+100)] }
	return fmt.Sprintf("…%q…, a fresh start …%q…", cut(a), cut(b))
}

// staleChange is a change of what pages show, by its name.
type staleChange struct {
	name string
	make func(n int)
}

func (m *matrix) changes(t *testing.T) []staleChange {
	ctx, d := access.With(t.Context(), access.NewOperator()), m.stores.directory
	do := admin.New(d, m.stores.product, nil)
	acme := access.ScopeNames{Enterprise: "acme"}
	load := func(text string) int64 {
		t.Helper()
		l, err := m.stores.Import(t.Context(), intake.Request{Enterprise: "acme", Org: "payments", Inputs: []report.Input{{Name: "lines", Size: -1,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}})
		m.fatal(err)
		return l.ImportID
	}
	line := func(n, user int) string {
		return fmt.Sprintf(`{"day":"2026-05-%02d","user_id":%d,"user_login":"new-%d","organization_id":"id-payments","loc_added_sum":%d,"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":%[4]d}]}`+"\n", 1+n%9, user, user, 100+n)
	}
	var last int64
	set := func(p directory.Privacy) {
		t.Helper()
		p.Reason = "a test"
		m.fatal(d.SetPrivacy(ctx, m.entities["acme"].ID, p))
	}
	privacy := directory.Privacy{MinimumGroup: 5, Pseudonyms: true, PersonViews: true}
	return []staleChange{
		{"an import", func(n int) { last = load(line(n, 900+n%3*n)) }},
		{"a deletion", func(int) {
			if _, err := m.stores.Delete(ctx, intake.DeleteRequest{Enterprise: "acme", Import: last}); err != nil && last == 0 {
				t.Fatal(err)
			}
		}},
		{"another minimum group", func(int) { privacy.MinimumGroup = map[int]int{5: 8, 8: 30, 30: 5}[privacy.MinimumGroup]; set(privacy) }},
		{"pseudonyms on or off", func(int) { privacy.Pseudonyms = !privacy.Pseudonyms; set(privacy) }},
		{"retention", func(n int) {
			privacy.RetentionMonths = 1
			set(privacy)
			m.now = func() time.Time { return time.Date(2026, 6, 2+n/60, 0, 0, 0, 0, time.UTC) }
			_, _, err := m.stores.Retain(ctx, m.entities["acme"].ID, false, nil)
			m.fatal(err)
			m.now, privacy.RetentionMonths = time.Now, 0
			set(privacy)
		}},
		{"per-person views on or off", func(int) { privacy.PersonViews = !privacy.PersonViews; set(privacy) }},
		{"a new name", func(n int) {
			e := m.entities["payments"]
			e.Name = fmt.Sprintf("Payments %d", n)
			m.fatal(d.Put(ctx, []directory.Entity{e}))
		}},
		{"seats", func(n int) {
			var seats []directory.Seat
			for i := range 4 + n%7 {
				seats = append(seats, directory.Seat{UserID: strconv.Itoa(i + 1), Login: fmt.Sprintf("seat-%d", i)})
			}
			m.fatal(d.PutSeats(ctx, m.entities["acme"].ID, m.entities["payments"].ID, time.Now(), seats))
		}},
		{"a membership", func(n int) {
			_, err := do.ImportPeople(ctx, admin.ImportRequest{ScopeNames: acme, Apply: true,
				CSV: fmt.Sprintf("email,github_user_id,organization,team,from\np%d@acme.example,%d,search,ranking,2026-05-01\n", n, 1+n%12)})
			if err != nil && !strings.Contains(err.Error(), "was erased") {
				t.Fatal(err)
			}
		}},
		{"the policy off or on", func(n int) {
			p := directory.PolicyOrganizations
			if n%2 == 1 {
				p = directory.PolicyEnabled
			}
			m.fatal(d.SetPolicy(ctx, m.entities["acme"].ID, p))
		}},
		{"an erasure", func(n int) {
			if _, err := do.Erase(ctx, admin.EraseRequest{ScopeNames: acme, Users: []string{strconv.Itoa(1 + n%24)}}); err != nil && (n < 24 || fault.KindOf(err) != fault.NotFound) { // later they are erased
				t.Fatal(err)
			}
		}},
		{"nothing", func(int) {}},
	}
}
