package apptest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// reports are two people's day, and a line that cannot be read.
const reports = `{"day":"2026-05-07","user_id":1,"user_login":"ann","enterprise_id":"7","loc_added_sum":1000,"loc_deleted_sum":200,"loc_suggested_to_add_sum":5,"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":1000,"loc_deleted_sum":200}]}
{"day":"2026-05-07","user_id":2,"user_login":"ben","enterprise_id":"7","loc_added_sum":34,"loc_deleted_sum":0,"totals_by_feature":[{"feature":"code_completion","loc_added_sum":34,"loc_deleted_sum":0}]}
{"day":"2026-05-07","user_id":
`

// setUp makes the enterprise acme and its first administrator, whom it signs in.
func setUp(p *tab, s *server) {
	p.Helper()
	p.open(strings.TrimPrefix(s.setup, s.url))
	p.do("say who the first administrator is",
		chromedp.SendKeys(chromedp.CSS(`#enterprise`), "acme"), chromedp.SendKeys(chromedp.CSS(`#name`), "Ada"),
		chromedp.SendKeys(chromedp.CSS(`#email`), "ada@acme.example"), chromedp.SendKeys(chromedp.CSS(`#password`), "correct horse battery"))
	p.follow("set up", `form.stack button[type=submit]`)
	p.wait("the one enterprise", pathname+` === "/enterprises/acme/insights/code-generation"`)
}

// TestFirstImport chooses a file on the page of an empty server, reads the
// preview, confirms, and finds the number on the dashboard.
func TestFirstImport(t *testing.T) {
	s, err := startServer(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	file := filepath.Join(t.TempDir(), "users.ndjson")
	if err := os.WriteFile(file, []byte(reports), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newTab(t, s.url)
	p.look(1280, 900, "light")
	setUp(p, s)
	p.open("/enterprises/acme/insights/code-generation")
	p.wait("the empty page", `document.querySelector("[data-empty=source]")`)
	p.do("choose a file", chromedp.SetUploadFiles(chromedp.CSS(`#files`), []string{file}))
	p.follow("submit", `form[data-drop] button[type=submit]`)
	p.wait("the preview", `document.querySelector(".preview")`)
	facts := eval[map[string]string](p, `Object.fromEntries([...document.querySelectorAll(".preview .facts-list div")].map((d) => [d.querySelector("dt").textContent, d.querySelector("dd").textContent]))`)
	text := eval[string](p, `document.querySelector(".preview").innerText`)
	for what, want := range map[string]string{"the kind": "user", "the day": "7 May 2026", "the file": "users.ndjson", "the totals": "1,034", "the refused line": "3"} {
		if !strings.Contains(text, want) {
			t.Errorf("the preview lacks %s, %q:\n%s", what, want, text)
		}
	}
	for label, want := range map[string]string{"People": "2", "Rejected": "1"} {
		found := false
		for k, v := range facts {
			found = found || strings.Contains(strings.ToLower(k), strings.ToLower(label)) && v == want
		}
		if !found {
			t.Errorf("the preview's facts lack %s %s: %v", label, want, facts)
		}
	}
	// A preview commits nothing.
	if out := codegauge(t, 0, "query", "--data", s.data, "--enterprise", "acme", "--measures", "loc_changed", "--from", "2026-05-07", "--to", "2026-05-07", "--format", "csv"); strings.Contains(out, "1234") {
		t.Errorf("the preview stored what it showed:\n%s", out)
	}
	p.follow("confirm", `.confirm form:first-child button`)
	p.wait("the dashboard", pathname+` === "/enterprises/acme/insights/code-generation"`)
	if got := eval[string](p, `document.querySelector(".tile data.value")?.value ?? document.querySelector("main").innerText`); got != "1234" {
		t.Errorf("lines of code changed with AI are %s, want 1234", got)
	}
	p.clean("first import")
}
