package apptest

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestSettings sends every form of the settings, without scripts, and sees what
// the page says and what the commands then show.
func TestSettings(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s, err := startServer(data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	p := scriptless(t, s)
	setUp(p, s)
	file := filepath.Join(t.TempDir(), "users.ndjson")
	lines := strings.Split(reports, "\n")
	if err := os.WriteFile(file, []byte(strings.Join(lines[:2], "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	codegauge(t, 0, "import", "--data", data, "--enterprise", "acme", "--org", "web", file)

	policyForms(p, data)
	tokenForms(p, s)
	roleForms(p, data)
	privacyForms(p, data)
	peopleForms(p)
	auditForms(p)
}

// says is the notice on the page, and whether it is a refusal.
func says(p *tab) string {
	p.Helper()
	return eval[string](p, `document.querySelector("main .done, main .wrong")?.innerText ?? ""`)
}

// expect fails the test unless the notice contains a text.
func expect(p *tab, what, text string) {
	p.Helper()
	if got := says(p); !strings.Contains(got, text) {
		p.Errorf("%s: the page says %q, want %q", what, got, text)
	}
}

// shown fails the test unless a command's output contains a text.
func shown(p *tab, text string, command ...string) {
	p.Helper()
	if out := codegauge(p.T, 0, command...); !strings.Contains(out, text) {
		p.Errorf("codegauge %s shows %q, want %q", strings.Join(command, " "), out, text)
	}
}

func policyForms(p *tab, data string) {
	p.Helper()
	p.open(settings + "policy")
	p.press("let organizations decide", `input[value="organizations"]`)
	p.follow("save", `form.choices button`)
	expect(p, "policy", "let organizations decide")
	shown(p, "organizations", "policy", "show", "--data", data)
	if since := eval[string](p, `document.querySelector("form.choices .submit small").innerText`); !strings.Contains(since, "Ada") {
		p.Errorf("the policy was set %q, want by Ada", since)
	}
	p.do("choose enabled for web", chromedp.Evaluate[chromedp.Void](`document.querySelector('form.inline select').value = "enabled"; 0`))
	p.follow("save it", `form.inline button`)
	expect(p, "organization's policy", "web is now: enabled")
	p.open("/enterprises/acme/insights/teams")
	if text := eval[string](p, `document.querySelector("[data-empty=policy]")?.innerText ?? ""`); !strings.Contains(text, "each organization decides") {
		p.Errorf("with organizations deciding, the enterprise's page says %q", text)
	}
	p.open(settings + "policy")
	p.press("enable", `input[value="enabled"]`)
	p.follow("save", `form.choices button`)
	shown(p, "enabled", "policy", "show", "--data", data)
}

func tokenForms(p *tab, s *server) {
	p.Helper()
	p.open(settings + "tokens")
	p.do("name it", chromedp.SendKeys(chromedp.CSS(`#name`), "Nightly"))
	p.follow("create without a scope", `form.rows button[type=submit]`)
	expect(p, "no scope", "A token needs at least one scope")
	if name := eval[string](p, `document.querySelector("#name").value`); name != "Nightly" {
		p.Errorf("the refused form has forgotten the name: %q", name)
	}
	p.press("metrics", `input[value="metrics:read"]`)
	p.follow("create", `form.rows button[type=submit]`)
	expect(p, "token", "not shown again")
	secret := eval[string](p, `document.querySelector("#secret").value`)
	if got := ask(p.T, s, secret); got != http.StatusOK {
		p.Errorf("the new token is answered with %d", got)
	}
	p.open(settings + "tokens" + eval[string](p, `location.search`))
	if page := eval[string](p, `document.documentElement.outerHTML`); strings.Contains(page, secret) {
		p.Error("the token is shown twice")
	}
	p.follow("revoke", `button[name=token]`)
	expect(p, "revoke", "Nightly was revoked")
	if got := ask(p.T, s, secret); got != http.StatusUnauthorized {
		p.Errorf("the revoked token is answered with %d", got)
	}
}

// ask asks the API with a token.
func ask(t *testing.T, s *server, token string) int {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.url+"/api/v1/query?measures=loc_changed", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func roleForms(p *tab, data string) {
	p.Helper()
	p.open(settings + "roles")
	p.do("say who", chromedp.SendKeys(chromedp.CSS(`input#name`), "Bo"), chromedp.SendKeys(chromedp.CSS(`#email`), "bo@acme.example"))
	p.follow("add", `form:has(#email) button`)
	expect(p, "invitation", "Send Bo this link")
	if link := eval[string](p, `document.querySelector("#secret").value`); !strings.HasPrefix(link, p.base+"/invitation?") {
		p.Errorf("the invitation is %q", link)
	}
	p.do("choose", chromedp.Evaluate[chromedp.Void](`(() => {
		const bo = [...document.querySelectorAll("#user option")].find((o) => o.textContent === "Bo");
		bo.selected = true; document.querySelector("#role").value = "organization-owner"; document.querySelector("#place").value = "org=web"; return 0;
	})()`))
	p.follow("give the role", `form:has(#role) button`)
	expect(p, "grant", "Granted: Organization owner in web")
	shown(p, "organization-owner", "user", "list", "--data", data)
	p.follow("take it back", `form.chip button[aria-label*="Bo"]`)
	expect(p, "revoke", "Revoked: Organization owner in web")
	p.press("unfold", `details:has(#role-name) > summary`)
	p.do("name the role", chromedp.SendKeys(chromedp.CSS(`#role-name`), "Reader"))
	p.press("permission", `input[value="view-team-metrics"]`)
	p.follow("save the role", `form:has(#role-name) button`)
	expect(p, "role", "The role Reader was saved")
	shown(p, "Reader", "role", "list", "--data", data)
	p.follow("remove the role", `button[value="Reader"]`)
	expect(p, "role", "Reader was removed")
}

func privacyForms(p *tab, data string) {
	p.Helper()
	p.open(settings + "privacy")
	p.do("a larger group", chromedp.Evaluate[chromedp.Void](`document.querySelector("#minimum").value = "7"; document.querySelector("form.rows").noValidate = true; 0`))
	p.follow("save without a reason", `form.rows button`)
	expect(p, "no reason", "Give a reason for changing the privacy settings")
	if kept := eval[string](p, `document.querySelector("#minimum").value`); kept != "7" {
		p.Errorf("the refused form has forgotten the group: %q", kept)
	}
	p.do("a reason", chromedp.SendKeys(chromedp.CSS(`#reason`), "The council asked for it"))
	p.follow("save", `form.rows button`)
	expect(p, "privacy", "were changed")
	shown(p, "The council asked for it", "privacy", "show", "--data", data)
	p.open("/me")
	if text := eval[string](p, `document.querySelector("#privacy").innerText`); !strings.Contains(text, "The council asked for it") || !strings.Contains(text, "7") {
		p.Errorf("one's own page says of privacy: %s", text)
	}
}

func peopleForms(p *tab) {
	p.Helper()
	p.open(settings + "people")
	p.do("paste a list", chromedp.SendKeys(chromedp.CSS(`form.rows textarea`), "email,github_login,github_user_id,organization\nann@acme.example,ann,1,web\nnobody@acme.example,x,9,nowhere\n"))
	p.follow("check", `form.rows button[type=submit]`)
	if text := eval[string](p, `document.querySelector(".preview").innerText`); !strings.Contains(text, "Nothing has changed yet") || !strings.Contains(text, "ann@acme.example") || !strings.Contains(text, "nowhere") {
		p.Errorf("the preview says %s", text)
	}
	p.follow("import", `.confirm button`)
	expect(p, "import", "1 new person, 1 identity linked, 1 membership")
	if text := eval[string](p, `document.querySelector("#linked").innerText`); !strings.Contains(text, "ann") {
		p.Errorf("linked: %s", text)
	}
	p.follow("undo", `button[name=batch]`)
	expect(p, "undo", "The import was undone")
	if text := eval[string](p, `document.querySelector("#linked").innerText`); strings.Contains(text, "ann@") {
		p.Errorf("still linked after the undo: %s", text)
	}
}

func auditForms(p *tab) {
	p.Helper()
	p.open(settings + "audit")
	text := eval[string](p, `document.querySelector("main").innerText`)
	for _, want := range []string{"The log is intact", "Policy set", "Token created", "Token revoked", "Role granted", "Role revoked", "Privacy settings changed", "People imported", "Ada"} {
		if !strings.Contains(text, want) {
			p.Errorf("the audit log lacks %q", want)
		}
	}
	p.do("only tokens", chromedp.Evaluate[chromedp.Void](`document.querySelector("#action").value = "token."; 0`))
	p.follow("filter", `form.audit button`)
	got := eval[string](p, `[...document.querySelectorAll("tr[data-action]")].map((r) => r.dataset.action).join(" ")`)
	if got != "token.revoked token.created" {
		p.Errorf("filtered to tokens the log shows %q", got)
	}
	export := eval[string](p, `fetch(document.querySelector("a[download][href*=csv]").href).then((r) => r.text())`)
	if rows := parseCSV(p.T, "audit", export).rows; len(rows) != 2 || rows[0]["action"] != "token.revoked" || rows[0]["name"] != "Ada" {
		p.Errorf("the export has %v", rows)
	}
	p.open(settings + "audit?action=data.")
	if got := eval[int](p, `document.querySelectorAll('tr[data-action="data.exported"]').length`); got != 1 {
		p.Errorf("%d exports are in the log, want 1", got)
	}
}
