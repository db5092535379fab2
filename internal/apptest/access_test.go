package apptest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const password = "correct horse battery"

// TestPeopleSignIn goes the way of a new installation: the first administrator,
// signing out and in, an invited organization owner who sees only their own,
// and the policy being turned off; without scripts, which none of it needs.
func TestPeopleSignIn(t *testing.T) {
	data, file := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "users.ndjson")
	lines := strings.Split(reports, "\n")
	// Enough people that an organization's owner may see their figures.
	for id := 1001; id <= 1005; id++ {
		lines = append(lines[:2:2], append([]string{fmt.Sprintf(`{"day":"2026-05-07","user_id":%d,"user_login":"p%d","loc_added_sum":100,"loc_deleted_sum":60,"totals_by_feature":[{"feature":"code_completion","loc_added_sum":100,"loc_deleted_sum":60,"code_generation_activity_count":1}]}`, id, id)}, lines[2:]...)...)
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines[:7], "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, org := range []string{"web", "core"} {
		codegauge(t, 0, "import", "--data", data, "--enterprise", "acme", "--org", org, file)
	}
	s, err := startServer(data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)

	p := scriptless(t, s)
	p.open("/enterprises/acme/insights/code-generation")
	p.wait("the door", pathname+` === "/sign-in"`)
	if text := eval[string](p, `document.querySelector("main").innerText`); !strings.Contains(text, "This server has no administrator yet") {
		t.Errorf("the door does not say what to do first: %s", text)
	}
	seen(t, s, "/sign-in")
	setup := strings.TrimPrefix(s.setup, s.url)
	seen(t, s, setup)
	p.open(setup)
	p.do("say who", chromedp.SendKeys(chromedp.CSS(`#name`), "Ada"), chromedp.SendKeys(chromedp.CSS(`#email`), "ada@acme.example"), chromedp.SendKeys(chromedp.CSS(`#password`), password))
	p.follow("set up", `form.stack button`)
	if at := eval[string](p, pathname); at != "/enterprises/acme/insights/code-generation" {
		t.Errorf("the first administrator lands at %s", at)
	}
	p.follow("sign out", `header form[action$="/sign-out"] button`)
	p.open("/enterprises/acme/insights/data-quality?days=7")
	signIn(p, "ada@acme.example", "wrong password")
	if alert := eval[string](p, `document.querySelector("[role=alert]")?.textContent ?? ""`); !strings.Contains(strings.ToLower(alert), "wrong e-mail") {
		t.Errorf("a wrong password is answered with %q", alert)
	}
	signIn(p, "ada@acme.example", password)
	if at := eval[string](p, pathname+` + location.search`); at != "/enterprises/acme/insights/data-quality?days=7" {
		t.Errorf("signing in leads to %s", at)
	}

	link := strings.TrimSpace(codegauge(t, 0, "user", "add", "bo@acme.example", "--data", data))
	codegauge(t, 0, "role", "grant", "bo@acme.example", "organization-owner", "--org", "web", "--data", data)
	_, path, _ := strings.Cut(link, "/invitation")
	bo := scriptless(t, s)
	seen(t, s, "/invitation"+path)
	bo.open("/invitation" + path)
	bo.do("choose a password", chromedp.SendKeys(chromedp.CSS(`#password`), password))
	bo.follow("accept", `form.stack button`)
	if at := eval[string](bo, pathname); at != "/orgs/web/insights/code-generation" {
		t.Errorf("the organization owner lands at %s", at)
	}
	if at := eval[string](bo, pathname); at != "/orgs/web/insights/code-generation" {
		t.Errorf("the organization is at %s", at)
	}
	if nav := eval[string](bo, `[...document.querySelectorAll(".unfolded a")].map((a) => a.getAttribute("href")).join(" ")`); strings.Contains(nav, "/enterprises/") || strings.Contains(nav, "import") || !strings.Contains(nav, "/orgs/web/insights/data-quality") {
		t.Errorf("the sidebar leads to %s", nav)
	}
	for _, path := range []string{"/enterprises/acme", "/orgs/core/insights/code-generation", "/orgs/nowhere"} {
		bo.open(path)
		if text := eval[string](bo, `document.querySelector("main").innerText`); !strings.Contains(text, "do not have access to it") || strings.Contains(text, "core") {
			t.Errorf("%s says %s", path, text)
		}
	}

	codegauge(t, 0, "policy", "set", "organizations", "--data", data)
	bo.open("/orgs/web/insights/code-generation")
	if text := eval[string](bo, `document.querySelector("[data-empty=policy]")?.innerText ?? ""`); !strings.Contains(text, "An owner of web can turn it on") {
		t.Errorf("with the policy off the page says %q", text)
	}
	codegauge(t, 0, "policy", "set", "enabled", "--org", "web", "--data", data)
	bo.open("/orgs/web/insights/code-generation")
	if got := eval[string](bo, `document.querySelector(".tile data.value")?.value ?? ""`); got != "2034" {
		t.Errorf("with the policy on, lines of code are %q, want 2034", got)
	}
	codegauge(t, 0, "user", "disable", "bo@acme.example", "--data", data)
	bo.open("/")
	bo.wait("the door again", pathname+` === "/sign-in"`)
	if out := codegauge(t, 0, "audit", "--installation", "--data", data); !strings.Contains(out, "signin.refused") || strings.Contains(out, "ada@") {
		t.Errorf("the audit log:\n%s", out)
	}
}

// scriptless opens a tab in which the pages' scripts do not run.
func scriptless(t *testing.T, s *server) *tab {
	t.Helper()
	p := newTab(t, s.url)
	p.look(1280, 900, "light")
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	p.plain = true
	return p
}

func signIn(p *tab, email, password string) {
	p.Helper()
	p.do("empty the form", chromedp.Evaluate[chromedp.Void](`document.querySelector("#email").value = ""; 0`))
	p.do("fill the form", chromedp.SendKeys(chromedp.CSS(`#email`), email), chromedp.SendKeys(chromedp.CSS(`#password`), password))
	p.follow("sign in", `form.stack button`)
}

// rows names what the front page lists.
func rows(p *tab) string {
	p.Helper()
	return eval[string](p, `[...document.querySelectorAll("main table a.strong")].map((a) => a.textContent).join(" ")`)
}

// seen looks at a page that asks nobody to sign in, as axe sees it.
func seen(t *testing.T, s *server, path string) {
	t.Helper()
	p := newTab(t, s.url)
	call(p, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
	for _, look := range looks {
		accessible(p, path, look.scheme, look.width)
	}
}

// TestDemoRoles looks at the demo as each role.
func TestDemoRoles(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "light")
	for _, c := range []struct{ role, places string }{
		{"billing-manager", "Acme"}, {"organization-owner", "Payments"}, {"team-lead", "Checkout"}, {"member", ""}, {"enterprise-owner", "Acme"},
	} {
		p.open("/?all=1")
		p.press("open the switch", `details.demo > summary`)
		p.follow("look as "+c.role, `details.demo button[value="`+c.role+`"]`)
		p.open("/?all=1")
		got := rows(p)
		if got != c.places {
			t.Errorf("%s sees %q, want %q", c.role, got, c.places)
		}
		if banner := eval[string](p, `document.querySelector("details.demo button[aria-current]").value`); banner != c.role {
			t.Errorf("the banner says %s, want %s", banner, c.role)
		}
	}
	p.clean("switching roles")
}
