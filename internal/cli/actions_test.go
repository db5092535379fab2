package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/api"
	"codegauge/internal/directory"
	"codegauge/internal/intake"
	"codegauge/internal/report"
)

// action is something that a route changes if it is asked as it should be.
type action struct {
	name, pattern string
	// place is where it changes something.
	place string
	// ready makes what it is about, and returns the path and the body of the request: a form,
	// or JSON if it is one value with an empty name.
	ready func(s *stage) (path string, body url.Values)
	// may says who may do it, written down by hand.
	may func(a asker) bool
}

// stage is a matrix in which actions are tried. Each is about something new.
type stage struct {
	*matrix
	n int
}

func (s *stage) next(prefix string) string { s.n++; return prefix + strconv.Itoa(s.n) }

// person makes somebody of acme, with a role there unless it is "".
func (s *stage) person(role, place string) string {
	s.t.Helper()
	p, err := s.stores.directory.PutPerson(s.t.Context(), directory.Person{Email: s.next("p") + "@acme.example", Enterprise: s.entities["acme"].ID})
	s.fatal(err)
	if role != "" {
		_, err = s.stores.directory.Grant(s.t.Context(), directory.Grant{Person: p.ID, Role: role, Entity: s.entities[place].ID})
		s.fatal(err)
	}
	return strconv.FormatInt(p.ID, 10)
}

// imported imports a line of a day of its own, and returns the import's number.
func (s *stage) imported() string {
	s.t.Helper()
	l, err := s.stores.Import(s.t.Context(), intake.Request{Enterprise: "acme", Inputs: []report.Input{input("lines", strings.NewReader(s.line()))}})
	s.fatal(err)
	return strconv.FormatInt(l.ImportID, 10)
}

// line is a record of somebody new.
func (s *stage) line() string {
	return fmt.Sprintf(`{"day":"2026-05-03","user_id":%s,"user_login":"somebody","loc_added_sum":1}`, s.next("70"))
}

// state describes everything that requests can change, but when something was used or seen.
func (s *stage) state() string {
	s.t.Helper()
	var out strings.Builder
	for _, table := range []string{"entity", "alias", "policy", "person", "identity", "membership", "batch", "role", "granted", "privacy", "login", "password", "invitation",
		"token", "source", "source_credential", "weakening", "revision", "report_day", "undone", "erased", "prepared_export", "saved_view", "own_place"} {
		eachRow(s.t, s.stores.database, table, func(column string, value any) {
			// Exports are prepared in the background: which there are is what requests change.
			if column != "used" && (table != "prepared_export" || column == "id") {
				fmt.Fprintf(&out, "%s %v\n", column, value)
			}
		})
	}
	return out.String()
}

// send asks with a body as a browser of the same origin does, or a program.
func (s *stage) send(a asker, path string, body url.Values) (int, string) {
	s.t.Helper()
	kind, text := "application/x-www-form-urlencoded", body.Encode()
	if file, ok := body["file"]; ok {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		f, err := w.CreateFormFile("files", "users.ndjson")
		s.fatal(err)
		_, err = io.WriteString(f, file[0])
		s.fatal(err)
		s.fatal(w.WriteField("enterprise", "acme"))
		s.fatal(w.Close())
		kind, text = w.FormDataContentType(), b.String()
	} else if value, ok := body[""]; ok {
		kind, text = "application/json", value[0]
	}
	req, err := http.NewRequest(http.MethodPost, s.server.URL+path, strings.NewReader(text))
	s.fatal(err)
	for name, values := range a.header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", kind)
	if a.cookie {
		req.Header.Set("Origin", s.server.URL)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	s.fatal(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	s.fatal(err)
	return res.StatusCode, string(b)
}

// Who may do what at a place.
func managing(place string) func(asker) bool {
	return func(a asker) bool { return a.operator || slices.Contains(a.manages, place) }
}

// managingPeople acts on accounts, which no token does.
func managingPeople(place string) func(asker) bool {
	return func(a asker) bool { return managing(place)(a) && (a.operator || a.cookie) }
}

// owning holds every permission at a place, and is no token.
func owning(place string) func(asker) bool {
	return func(a asker) bool {
		return a.operator || a.cookie && slices.Contains(a.manages, place) && slices.Contains(a.people, place) && slices.Contains(a.exports, place)
	}
}

func importingTo(place string) func(asker) bool {
	return func(a asker) bool { return a.operator || slices.Contains(a.imports, place) }
}

func operating(a asker) bool { return a.operator }

func nobody(asker) bool { return false }

var stagedUpload = regexp.MustCompile(`/import/([A-Z0-9]{20,})"`)

// actions lists what can be changed by a POST.
func actions() []action {
	const acme, payments = "/enterprises/acme/settings/", "/orgs/payments/settings/"
	form := func(do string, more ...string) url.Values {
		v := url.Values{"do": {do}}
		for i := 0; i < len(more); i += 2 {
			v.Add(more[i], more[i+1])
		}
		return v
	}
	toggle := func(s *stage, place string, other directory.Policy) string {
		list, err := s.stores.directory.Entities(s.t.Context())
		s.fatal(err)
		for _, e := range list {
			if e.ID == s.entities[place].ID && e.Policy == directory.PolicyEnabled {
				return string(other)
			}
		}
		return string(directory.PolicyEnabled)
	}
	settings := func(name, page, do, place string, may func(asker) bool, more func(s *stage) []string) action {
		at, pattern := acme, "POST /enterprises/{enterprise}/settings/"
		if place == "payments" {
			at, pattern = payments, "POST /orgs/{org}/settings/"
		}
		return action{name, pattern + page, place, func(s *stage) (string, url.Values) { return at + page, form(do, more(s)...) }, may}
	}
	local := func(name, route string, may func(asker) bool, body func(s *stage) any) action {
		return action{name, "POST /api/v1/local/" + route, "", func(s *stage) (string, url.Values) {
			b, err := json.Marshal(body(s))
			s.fatal(err)
			return "/api/v1/local/" + route, url.Values{"": {string(b)}}
		}, may}
	}
	newToken := func(s *stage, place string) string {
		t := directory.Token{Enterprise: s.entities["acme"].ID, Scopes: []string{"metrics:read"}}
		if place == "payments" {
			t.Organization = s.entities[place].ID
		}
		_, t, err := access.IssueToken(s.t.Context(), s.stores.directory, t, "", 1, s.now())
		s.fatal(err)
		return strconv.FormatInt(t.ID, 10)
	}
	// upload puts a file in front of acme's door as its owner, and returns its token.
	upload := func(s *stage, path string) string {
		owner := asker{cookie: true, header: s.session(false, access.EnterpriseOwner, "")}
		_, page := s.send(owner, path, url.Values{"file": {s.line()}})
		found := stagedUpload.FindStringSubmatch(page)
		if found == nil {
			s.t.Fatalf("no upload: %.2000s", page)
		}
		return found[1]
	}
	// export has a file prepared for an owner of acme, and returns its id.
	const export = "/api/v1/exports?enterprise=acme&report=enterprise-1-day&day=2026-05-01"
	aggregate := func(s *stage) {
		_, err := s.stores.Import(s.t.Context(), intake.Request{Enterprise: "acme", Inputs: []report.Input{input("day", strings.NewReader(`{"day":"2026-05-01","daily_active_users":40,"loc_added_sum":1}`))}})
		s.fatal(err)
	}
	prepared := func(s *stage) string {
		aggregate(s)
		owner := asker{cookie: true, header: s.session(false, access.EnterpriseOwner, "")}
		status, answer := s.send(owner, export, nil)
		var x struct{ ID string }
		if err := json.Unmarshal([]byte(answer), &x); err != nil || x.ID == "" {
			s.t.Fatalf("no export: %d %s", status, answer)
		}
		return x.ID
	}
	source := func(s *stage) string {
		name := s.next("source")
		_, err := s.stores.directory.PutSource(s.t.Context(), directory.Source{Enterprise: s.entities["acme"].ID, Name: name, Kind: "github", BaseURL: "https://api.github.com/", Slug: "acme", Created: s.now()})
		s.fatal(err)
		return name
	}
	link := func(s *stage) string {
		id := s.next("link-")
		person, err := strconv.ParseInt(s.person("", ""), 10, 64)
		s.fatal(err)
		s.fatal(s.stores.directory.Link(s.t.Context(), []directory.Identity{{Enterprise: s.entities["acme"].ID, Tool: "copilot", UserID: id, Person: person, How: directory.LinkedByHand, Linker: "operator"}}))
		return id
	}
	linking := func(a asker) bool {
		return a.operator || a.cookie && slices.Contains(a.manages, "acme") && slices.Contains(a.people, "acme")
	}
	out := []action{
		settings("the policy", "policy", "set", "acme", managing("acme"), func(s *stage) []string {
			return []string{"policy", toggle(s, "acme", directory.PolicyOrganizations)}
		}),
		settings("an organization's policy", "policy", "set", "payments", managing("payments"), func(s *stage) []string {
			return []string{"org", "payments", "policy", toggle(s, "payments", directory.PolicyDisabled)}
		}),
		settings("privacy strengthened", "privacy", "set", "acme", managing("acme"), func(s *stage) []string {
			p, err := s.stores.directory.Privacy(s.t.Context(), s.entities["acme"].ID)
			s.fatal(err)
			return []string{"minimum", strconv.Itoa(p.MinimumGroup + 1), "months", strconv.Itoa(p.RetentionMonths), "person-views", "1", "reason", s.next("reason ")}
		}),
		settings("privacy weakened", "privacy", "set", "acme", owning("acme"), func(s *stage) []string {
			p, err := s.stores.directory.Privacy(s.t.Context(), s.entities["acme"].ID)
			s.fatal(err)
			return []string{"minimum", strconv.Itoa(p.MinimumGroup), "months", strconv.Itoa(p.RetentionMonths + 1), "person-views", "1", "reason", s.next("reason ")}
		}),
		settings("a request approved", "privacy", "approved", "acme", func(a asker) bool { return slices.Contains(a.reads, "acme") }, func(s *stage) []string {
			views := true
			w, err := s.stores.directory.RequestWeakening(s.t.Context(), directory.Weakening{Enterprise: s.entities["acme"].ID, Privacy: &directory.PrivacyChange{PersonViews: &views, Reason: "x"}})
			s.fatal(err)
			return []string{"request", strconv.FormatInt(w.ID, 10)}
		}),
		settings("an identity linked", "people", "link", "acme", linking, func(s *stage) []string {
			return []string{"tool", "copilot", "identity", s.next("80"), "user", s.person("", "")}
		}),
		settings("an identity unlinked", "people", "unlink", "acme", linking, func(s *stage) []string {
			return []string{"tool", "copilot", "identity", link(s)}
		}),
		settings("a file of people", "people", "import", "acme", linking, func(s *stage) []string {
			return []string{"csv", "email,github_user_id\n" + s.next("r") + "@acme.example," + s.next("90") + "\n"}
		}),
		settings("a source", "sources", "add", "acme", managing("acme"), func(s *stage) []string {
			return []string{"name", s.next("s"), "token", "ghp_" + strings.Repeat("a", 36)}
		}),
		settings("a source of an organization", "sources", "add", "payments", managing("payments"), func(s *stage) []string {
			return []string{"name", s.next("s"), "token", "ghp_" + strings.Repeat("a", 36)}
		}),
		settings("a source paused", "sources", "pause", "acme", managing("acme"), func(s *stage) []string { return []string{"source", source(s)} }),
		settings("a source removed", "sources", "remove", "acme", managing("acme"), func(s *stage) []string { return []string{"source", source(s)} }),
		settings("an import undone", "imports", "undo", "acme", importingTo("acme"), func(s *stage) []string { return []string{"import", s.imported()} }),
		{"an import undone over the API", "POST /api/v1/enterprises/{enterprise}/imports/{id}/undo", "acme", func(s *stage) (string, url.Values) {
			return "/api/v1/enterprises/acme/imports/" + s.imported() + "/undo", nil
		}, importingTo("acme")},
		{"an export prepared", "POST /api/v1/exports", "acme", func(s *stage) (string, url.Values) {
			aggregate(s)
			return export, nil
		}, func(a asker) bool {
			return a.operator || slices.Contains(a.exports, "acme")
		}},
		{"another's export removed", "POST /enterprises/{enterprise}/insights/exports", "acme", func(s *stage) (string, url.Values) {
			return "/enterprises/acme/insights/exports", url.Values{"remove": {prepared(s)}}
		}, nobody},
		{"another's export removed from an organization", "POST /orgs/{org}/insights/exports", "payments", func(s *stage) (string, url.Values) {
			return payments[:len(payments)-len("settings/")] + "insights/exports", url.Values{"remove": {prepared(s)}}
		}, nobody},
		{"an upload", "POST /enterprises/{enterprise}/import", "acme", func(s *stage) (string, url.Values) {
			return "/enterprises/acme/import", url.Values{"file": {s.line()}}
		}, nobody}, // it is only shown
		{"an upload to the installation", "POST /import", "", func(s *stage) (string, url.Values) {
			return "/import", url.Values{"file": {s.line()}}
		}, nobody},
		{"an upload confirmed", "POST /enterprises/{enterprise}/import/{token}", "acme", func(s *stage) (string, url.Values) {
			return "/enterprises/acme/import/" + upload(s, "/enterprises/acme/import"), nil
		}, importingTo("acme")},
		{"an upload to the installation confirmed", "POST /import/{token}", "", func(s *stage) (string, url.Values) {
			return "/import/" + upload(s, "/import"), nil
		}, func(a asker) bool { return a.operator || a.everywhere }},
		{"an upload confirmed elsewhere", "POST /enterprises/{enterprise}/import/{token}", "globex", func(s *stage) (string, url.Values) {
			return "/enterprises/globex/import/" + upload(s, "/enterprises/acme/import"), nil
		}, nobody},
		{"an upload discarded", "POST /enterprises/{enterprise}/import/{token}/discard", "acme", func(s *stage) (string, url.Values) {
			return "/enterprises/acme/import/" + upload(s, "/enterprises/acme/import") + "/discard", nil
		}, nobody},
		{"an upload to the installation discarded", "POST /import/{token}/discard", "", func(s *stage) (string, url.Values) {
			return "/import/" + upload(s, "/import") + "/discard", nil
		}, nobody},
		{"somebody else's link confirmed", "POST /me/{enterprise}", "acme", func(s *stage) (string, url.Values) {
			return "/me/acme", form("confirm", "tool", "copilot", "identity", link(s))
		}, nobody},
		local("an enterprise", "admin", operating, func(s *stage) any {
			b, err := json.Marshal(admin.EntityRequest{ScopeNames: access.ScopeNames{Enterprise: s.next("e")}, New: true})
			s.fatal(err)
			return api.AdminCall{Operation: string(admin.PutEntity), Request: b}
		}),
		local("data deleted", "delete", operating, func(s *stage) any {
			n, err := strconv.ParseInt(s.imported(), 10, 64)
			s.fatal(err)
			return intake.DeleteRequest{Enterprise: "acme", Import: n}
		}),
		local("a check", "verify", nobody, func(*stage) any { return nil }),
		local("a backup", "backup", nobody, func(*stage) any { return nil }),
	}
	for place, at := range map[string]string{"acme": "/enterprises/acme", "payments": "/orgs/payments", "checkout": "/orgs/payments/teams/checkout", "ranking": "/enterprises/acme/teams/ranking"} {
		pattern := "POST " + strings.NewReplacer("acme", "{enterprise}", "payments", "{org}", "checkout", "{team}", "ranking", "{team}").Replace(at) + "/insights/views"
		out = append(out, action{"a view of " + place, pattern, place, func(s *stage) (string, url.Values) {
			return at + "/insights/views", url.Values{"name": {s.next("view")}, "page": {"impact"}, "query": {"days=90"}}
		}, func(a asker) bool { return a.cookie && slices.Contains(a.sees, place) }})
	}
	out = append(out, action{"one's own place shown", "POST /me/{enterprise}", "acme", func(s *stage) (string, url.Values) { return "/me/acme", form("show-place") },
		func(a asker) bool {
			return a.cookie && (slices.Contains(a.sees, "acme") || slices.Contains(a.knows, "acme"))
		}})
	for _, do := range []string{"rename-view", "remove-view"} {
		out = append(out, action{"another's view: " + do, "POST /me/{enterprise}", "acme", func(s *stage) (string, url.Values) {
			who, err := strconv.ParseInt(s.person("", ""), 10, 64)
			s.fatal(err)
			v, err := s.stores.directory.SaveView(s.t.Context(), directory.SavedView{Person: who, Enterprise: s.entities["acme"].ID, Place: s.entities["acme"].ID, Name: "theirs", Page: "impact"})
			s.fatal(err)
			return "/me/acme", form(do, "view", strconv.FormatInt(v.ID, 10), "name", s.next("mine"))
		}, nobody})
	}
	for _, place := range []string{"acme", "payments"} {
		team := "team=payments/checkout"
		out = append(out,
			settings("a user added", "roles", "add", place, managingPeople("acme"), func(s *stage) []string { return []string{"email", s.next("u") + "@acme.example", "name", "U"} }),
			settings("a team lead", "roles", "grant", place, managingPeople(place), func(s *stage) []string {
				return []string{"user", s.person(access.Member, "payments"), "role", access.TeamLead, "place", team}
			}),
			settings("an owner of the organization", "roles", "grant", place, managingPeople(place), func(s *stage) []string {
				return []string{"user", s.person(access.Member, "payments"), "role", access.OrganizationOwner, "place", "org=payments"}
			}),
			settings("an owner of the enterprise", "roles", "grant", place, nobodyAt(place, owning("acme")), func(s *stage) []string {
				return []string{"user", s.person(access.Member, "payments"), "role", access.EnterpriseOwner}
			}),
			settings("a role taken back", "roles", "revoke", place, managing(place), func(s *stage) []string {
				who, err := strconv.ParseInt(s.person(access.Member, "payments"), 10, 64)
				s.fatal(err)
				held, err := s.stores.directory.GrantsOf(s.t.Context(), who)
				s.fatal(err)
				return []string{"grant", strconv.FormatInt(held[0].ID, 10)}
			}),
			settings("a token", "tokens", "create", place, seeing(place), func(*stage) []string {
				return []string{"scope", "metrics:read", "days", "3", "name", "t"}
			}),
			settings("a token revoked", "tokens", "revoke", place, managing(place), func(s *stage) []string { return []string{"token", newToken(s, place)} }),
		)
	}
	for _, do := range []string{"invite", "disable", "remove"} {
		out = append(out, settings("a person: "+do, "roles", do, "acme", managingPeople("acme"), func(s *stage) []string {
			return []string{"user", s.person("", ""), "sure", "1"}
		}), settings("an owner: "+do, "roles", do, "acme", owning("acme"), func(s *stage) []string {
			return []string{"user", s.person(access.EnterpriseOwner, "acme"), "sure", "1"}
		}))
	}
	return append(out,
		settings("an owner of everything", "roles", "grant", "acme", func(a asker) bool { return a.operator || a.everywhere }, func(s *stage) []string {
			return []string{"user", s.person("", ""), "role", access.EnterpriseOwner, "place", "everywhere"}
		}),
		settings("a role", "roles", "put-role", "acme", exporting("acme"), func(s *stage) []string { return []string{"role-name", s.next("role"), "permission", "export"} }),
		settings("a role removed", "roles", "remove-role", "acme", managing("acme"), func(s *stage) []string {
			name := s.next("role")
			s.fatal(s.stores.directory.PutRole(s.t.Context(), directory.Role{Enterprise: s.entities["acme"].ID, Name: name, Permissions: []string{"export"}}))
			return []string{"role", name}
		}),
	)
}

// nobodyAt is may at the enterprise, and nobody at an organization's page.
func nobodyAt(place string, may func(asker) bool) func(asker) bool {
	if place != "acme" {
		return nobody
	}
	return may
}

// seeing manages a place and sees its metrics; exporting manages it and exports them.
func seeing(place string) func(asker) bool {
	return func(a asker) bool { return managing(place)(a) && (a.operator || slices.Contains(a.sees, place)) }
}

func exporting(place string) func(asker) bool {
	return func(a asker) bool {
		return managing(place)(a) && (a.operator || slices.Contains(a.exports, place))
	}
}

// TestActions has everybody try to change everything that a POST can change, with a request
// that is right: whoever may, changes something, and whoever may not, nothing.
func TestActions(t *testing.T) {
	s := &stage{matrix: newMatrix(t)}
	s.privacy(false, true)
	askers := s.askers()
	tried := map[string]bool{}
	changed, refused := 0, 0
	for _, act := range actions() {
		tried[act.pattern] = true
		path, body := act.ready(s)
		before := s.state()
		for _, a := range askers {
			if act.may(a) {
				continue
			}
			if status, _ := s.send(a, path, body); before != s.state() {
				t.Errorf("%s: %s changes something (%d)", act.name, a.name, status)
				path, body = act.ready(s)
				before = s.state()
			}
			refused++
		}
		for _, a := range askers {
			if !act.may(a) {
				continue
			}
			path, body := act.ready(s)
			before := s.state()
			if status, answer := s.send(a, path, body); before == s.state() {
				t.Errorf("%s: %s changes nothing (%d): %.3000s", act.name, a.name, status, onlyText(answer))
			}
			changed++
		}
	}
	for _, rule := range access.Table {
		if strings.HasPrefix(rule.Pattern, "POST ") && !tried[rule.Pattern] && rule.At != access.Open && rule.At != access.DemoOnly && rule.Pattern != "POST /api/v1/local/import" {
			t.Errorf("nobody tries %s", rule.Pattern)
		}
	}
	t.Logf("%d actions changed something, %d changed nothing", changed, refused)
}

var markup = regexp.MustCompile(`(?s)<(script|style|svg|nav|header).*?</(script|style|svg|nav|header)>|<[^>]*>|\s+`)

// onlyText returns the text of a page.
func onlyText(page string) string { return markup.ReplaceAllString(page, " ") }
