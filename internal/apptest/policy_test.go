package apptest

import (
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
)

// TestEveryPageObeysItsPolicy opens every page that there is a route for, in the demo and as
// somebody who has not signed in, and expects no violation of the Content-Security-Policy,
// Trusted Types included. What is not there is a page too.
func TestEveryPageObeysItsPolicy(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "light")
	p.open(insights + "teams")
	team := eval[string](p, `[...document.querySelectorAll("main a")].map((a) => new URL(a.href).pathname).find((h) => /\/orgs\/[^/]+\/teams\/[^/]+/.test(h)) ?? ""`)
	_, team, _ = strings.Cut(team, "/orgs/")
	parts := strings.Split(team, "/")
	if len(parts) < 3 {
		t.Fatalf("the teams page leads to no team: %q", team)
	}
	p.open(insights + "users")
	user := eval[string](p, `[...document.querySelectorAll("main a")].map((a) => new URL(a.href).pathname.split("/insights/users/")[1]).find(Boolean) ?? ""`)
	if user == "" {
		t.Fatal("the users page leads to nobody")
	}
	p.reset()
	fill := strings.NewReplacer("{$}", "", "{enterprise}", "acme", "{org}", parts[0], "{team}", parts[2], "{user}", user)

	// Without this a page that breaks the rules would look like one that does not.
	p.open("/help")
	p.clean("help")
	eval[bool](p, `(() => { try { document.body.innerHTML = "<b>x</b>" } catch {} return true })()`)
	eval[bool](p, `(() => { const s = document.createElement("style"); s.textContent = "b { color: red }"; document.head.append(s); return true })()`)
	p.settle()
	if got := strings.Join(p.violations(), "\n"); !strings.Contains(got, "Trusted") || !strings.Contains(got, "style-src") {
		t.Errorf("violations are not noticed: %s", got)
	}
	p.reset()

	anonymous := newTab(t, demo.url)
	anonymous.look(390, 800, "dark")
	opened := 0
	for _, rule := range access.Table {
		path, get := strings.CutPrefix(rule.Pattern, "GET ")
		if !get || rule.At == access.Public || strings.HasPrefix(path, "/api/") || strings.HasSuffix(path, "/export") || strings.HasPrefix(path, "/metrics") || strings.HasPrefix(path, "/sign-in/oidc") {
			continue
		}
		opened++
		p.open(fill.Replace(path))
		for _, trouble := range p.violations() {
			t.Errorf("%s: %s", path, trouble)
		}
		p.reset()
	}
	for _, path := range []string{"/sign-in", "/setup?key=x", "/invitation?key=x", "/nowhere", "/orgs/nowhere", insights + "code-generation?days=nothing", "/enterprises/acme/teams/nowhere"} {
		opened++
		anonymous.open(path)
		for _, trouble := range anonymous.violations() {
			t.Errorf("%s: %s", path, trouble)
		}
		anonymous.reset()
	}
	t.Logf("%d pages", opened)
	if opened < 50 {
		t.Error("that is not every page")
	}
}

// violations returns the troubles since the last reset but that an answer was an error.
func (p *tab) violations() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.troubles), func(s string) bool { return strings.Contains(s, "(network)") })
}
