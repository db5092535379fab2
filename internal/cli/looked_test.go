package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
)

// watched is a person of acme with an account, whose data the test looks at.
type watched struct {
	*matrix
	login, pseudonym string
	// names are those that answers and questions have for the person.
	names  []string
	person directory.Person
	// me is the person's own browser.
	me            asker
	authenticator *access.Authenticator
	do            *admin.Admin
}

// TestWhoLookedIsWhole asks every route at every place, in all ways that routes take of
// naming people, as an owner and as a program: each answer that tells of a person must be
// an entry of the audit log and on that person's own page, and no route may tell of
// people that does not say so in access.Table.
func TestWhoLookedIsWhole(t *testing.T) {
	for _, pseudonyms := range []bool{false, true} {
		m := newMatrix(t)
		m.privacy(pseudonyms, true)
		w := m.watch()
		w.names = []string{w.login, "777"}
		if pseudonyms {
			w.names = []string{w.pseudonym}
		}
		owner := asker{name: "an owner", cookie: true, header: m.session(false, access.EnterpriseOwner, "acme")}
		program := asker{name: "a program", header: bearer(m.token("acme", false, 1, "metrics:read", "users:read", "export"))}
		told, files := map[access.Shows]int{}, 0
		linked, _ := access.RuleFor("GET /api/v3/downloads/{file}")
		for _, rule := range access.Table {
			if !strings.HasPrefix(rule.Pattern, "GET ") || rule.Shows == access.Own {
				continue
			}
			for _, path := range w.ways(rule) {
				a := owner
				if strings.HasPrefix(path, "/api/") {
					a = program
				}
				if w.looks(a, rule, path) {
					told[rule.Shows]++
				}
				for _, link := range w.links(a, path) {
					if w.looks(asker{name: "whoever has a download link"}, linked, link) {
						told[linked.Shows]++
						files++
					}
				}
			}
		}
		if told[access.Groups] > 0 || told[access.People] < 20 || files < 3 {
			t.Errorf("pseudonyms %t: %v answers told of the person, %d of them files", pseudonyms, told, files)
		}
		if _, page := w.ask(w.me, http.MethodGet, "/me"); !strings.Contains(page, ">enterprise-owner of acme</td>") {
			t.Error("the person's own page does not show the entries")
		}
		t.Logf("pseudonyms %t: %d answers told of a person, each an entry on their page", pseudonyms, told[access.People])
	}
}

// watch gives a person of checkout an account with a confirmed link, an old client and a
// seat, so that every page has reason to name them.
func (m *matrix) watch() *watched {
	m.t.Helper()
	ctx, d, acme := m.t.Context(), m.stores.directory, m.entities["acme"].ID
	w := &watched{matrix: m, login: "canary-checkout-watched"}
	m.importLines("acme", "payments", fmt.Sprintf(`{"day":"2026-05-01","user_id":777,"user_login":%q,"organization_id":"id-payments","loc_added_sum":10,"loc_deleted_sum":1,`+
		`"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":10,"loc_deleted_sum":1}],`+
		`"totals_by_ide":[{"ide":"vscode","loc_added_sum":10,"loc_deleted_sum":1,"last_known_ide_version":{"ide_version":"1.80.0"},"last_known_plugin_version":{"plugin":"copilot-chat","plugin_version":"0.20.0"}}]}`, w.login)+"\n"+
		fmt.Sprintf(`{"day":"2026-05-01","user_id":777,"user_login":%q,"organization_id":"id-payments","team_id":"id-checkout","slug":"checkout"}`, w.login))
	var err error
	w.person, err = d.PutPerson(ctx, directory.Person{Enterprise: acme, Name: "Wanda"})
	m.fatal(err)
	link := []directory.Identity{{Enterprise: acme, Tool: metric.Copilot, UserID: "777", Login: w.login, Person: w.person.ID, How: directory.LinkedByHand}}
	m.fatal(d.Link(ctx, link))
	m.fatal(d.Confirm(ctx, link))
	m.fatal(d.PutSeats(ctx, acme, 0, m.now(), []directory.Seat{{UserID: "777", Login: w.login, Plan: "business", Created: m.now().AddDate(-1, 0, 0)}}))
	m.fatal(d.PutSeats(ctx, acme, m.entities["payments"].ID, m.now(), []directory.Seat{{Organization: m.entities["payments"].ID, UserID: "777", Login: w.login, Team: "checkout", Plan: "business", Created: m.now().AddDate(-1, 0, 0)}}))
	secret, err := d.Secret(ctx, acme)
	m.fatal(err)
	w.pseudonym = secret.Pseudonym(w.login)
	w.me = asker{name: "the person", cookie: true, header: m.sessionOf(w.person.ID)}
	w.do, w.authenticator = admin.New(d, m.stores, nil), access.NewAuthenticator(d, access.Options{})
	return w
}

// ways lists the requests of a route at acme's places: as it is, filtered to the person by
// each of their names, and what a list or a search of it takes.
func (w *watched) ways(rule access.Rule) []string {
	var out []string
	for _, at := range w.targets(rule) {
		if strings.Contains(at.path, "globex") || strings.Contains(at.path, "plant") || strings.Contains(at.path, "reactor") {
			continue
		}
		separator := "?"
		if strings.Contains(at.path, "?") {
			separator = "&"
		}
		window := ""
		if !strings.Contains(at.path, "from=") && !strings.Contains(at.path, "day=") {
			window = "from=2026-04-27&to=2026-05-03"
		}
		if strings.Contains(at.path, "-1-day") && strings.HasPrefix(at.path, "/api/v3/") {
			window = "day=2026-05-01"
		}
		out = append(out, at.path)
		for _, more := range []string{"state=all", "q=" + w.names[0][:10]} {
			out = append(out, at.path+separator+window+"&"+more)
		}
		for _, user := range w.names {
			out = append(out, at.path+separator+window+"&where="+url.QueryEscape("user="+user))
			for _, in := range []string{"/users/", "/members/"} {
				if strings.Contains(at.path, in+"nobody") {
					out = append(out, strings.Replace(at.path, in+"nobody", in+user, 1)+separator+window)
				}
			}
		}
	}
	return out
}

// looks asks, and reports whether the answer tells of the person: then an entry must have
// been added to their page.
func (w *watched) looks(a asker, rule access.Rule, path string) bool {
	w.t.Helper()
	before := w.seen()
	status, answer := w.ask(a, http.MethodGet, path)
	_, body, _ := strings.Cut(answer, "\n")
	tells := strings.Contains(body, w.login) || strings.Contains(body, w.pseudonym) || strings.Contains(body, `"user_id":777,`) || strings.Contains(body, `"id":777,`)
	if status != http.StatusOK || !tells {
		return false
	}
	switch {
	case rule.Shows != access.People:
		w.t.Errorf("%s: %s tells of a person, but its row in access.Table does not say so", a.name, path)
	case w.seen() == before:
		w.t.Errorf("%s: %s tells of a person, who is not told", a.name, path)
	}
	return true
}

// links returns the paths of the download links in an answer.
func (w *watched) links(a asker, path string) (paths []string) {
	if !strings.HasPrefix(path, "/api/v3/") {
		return nil
	}
	_, answer := w.ask(a, http.MethodGet, path)
	_, body, _ := strings.Cut(answer, "\n")
	var report struct {
		Links []string `json:"download_links"`
	}
	_ = json.Unmarshal([]byte(body), &report) // other answers have none
	for _, link := range report.Links {
		paths = append(paths, strings.TrimPrefix(link, w.server.URL))
	}
	return paths
}

// seen returns the number of the newest entry that the person's own page shows.
func (w *watched) seen() int64 {
	w.t.Helper()
	p, err := w.authenticator.Identify(httptest.NewRecorder(), &http.Request{Header: w.me.header, RemoteAddr: "127.0.0.1:1"})
	w.fatal(err)
	self, err := w.do.Self(access.With(w.t.Context(), p))
	w.fatal(err)
	if len(self.Enterprises) != 1 {
		w.t.Fatalf("the person is in %d enterprises", len(self.Enterprises))
	}
	if views := self.Enterprises[0].Views; len(views) > 0 {
		return views[0].Seq
	}
	return 0
}

// TestCommandsLookToo has the operator's commands show who is who.
func TestCommandsLookToo(t *testing.T) {
	m := newMatrix(t)
	w := m.watch()
	words := access.ScopeNames{Enterprise: "acme"}
	ctx := access.With(t.Context(), access.NewOperator())
	for name, request := range map[string]any{
		"ListIdentities": words,
		"ImportPeople":   admin.ImportRequest{ScopeNames: words, CSV: "github_login,organization\n" + w.login + ",payments\n"},
		"Erase":          admin.EraseRequest{ScopeNames: words, Users: []string{w.login}, DryRun: true},
	} {
		before := w.seen()
		w.call(ctx, name, request)
		if w.seen() == before {
			t.Errorf("%s tells of a person, who is not told", name)
		}
	}
	if w.matches(ctx) == 0 {
		t.Error("Match tells of a person, who is not told")
	}
}

func (w *watched) call(ctx context.Context, name string, request any) {
	w.t.Helper()
	body, err := json.Marshal(request)
	w.fatal(err)
	_, err = w.do.Call(ctx, name, body)
	w.fatal(err)
}

// matches gives the person an e-mail address that another identity has, previews the
// match, and returns how many entries that added.
func (w *watched) matches(ctx context.Context) int64 {
	w.t.Helper()
	w.person.Email = "wanda@acme.example"
	_, err := w.stores.directory.PutPerson(directory.WithActor(ctx, directory.PersonActor(w.person.ID, "")), w.person)
	w.fatal(err)
	w.importLines("acme", "payments", `{"day":"2026-05-02","user_id":"wanda@acme.example","tool":"cursor","organization_id":"id-payments","loc_added_sum":1,"loc_deleted_sum":0,"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":1,"loc_deleted_sum":0}]}`)
	before := w.seen()
	w.call(ctx, "Match", admin.MatchRequest{ScopeNames: access.ScopeNames{Enterprise: "acme"}})
	return w.seen() - before
}
