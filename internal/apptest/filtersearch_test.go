package apptest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestSearchFilters finds values of filters by the keyboard: languages among those of the
// page, and a team among more than a page lists.
func TestSearchFilters(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "light")
	p.open(insights + "code-generation")
	const languages = `[...document.querySelectorAll("details.filter fieldset")].find((f) => f.querySelector("legend").textContent === "Language")`
	seen := `[...` + languages + `.querySelectorAll("label")].filter((l) => l.checkVisibility()).map((l) => l.textContent)`
	p.press("filter", "details.filter > summary")
	all := eval[[]string](p, seen)
	eval[bool](p, languages+`.querySelector("[data-search]").focus() === undefined`)
	p.do("search", chromedp.KeyEvent("SCRIPT"))
	var want []string
	for _, l := range all {
		if strings.Contains(strings.ToLower(l), "script") {
			want = append(want, l)
		}
	}
	p.wait("what is found", `(`+seen+`).length < `+fmt.Sprint(len(all)))
	if got := eval[[]string](p, seen); strings.Join(got, " ") != strings.Join(want, " ") || len(want) < 2 {
		t.Errorf("found %q of %q", got, all)
	}
	if got, want := eval[string](p, languages+`.querySelector("[role=status]").textContent`), fmt.Sprintf("%d of %d", len(want), len(all)); got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	p.key("ArrowDown", 40, "")
	p.key(" ", 32, " ")
	p.wait("the first chosen", languages+`.querySelector("input:checked")?.parentElement.textContent === `+string(quote(want[0])))
	eval[bool](p, languages+`.querySelector("[data-search]").focus() === undefined`)
	p.key("Escape", 27, "")
	p.wait("all again", `document.querySelector("details.filter").open && (`+seen+`).length === `+fmt.Sprint(len(all)))
	p.clean("search of a page's values")

	// Of more teams than a page lists, one is found on the server.
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "users.ndjson")
	var lines strings.Builder
	for i := range 400 {
		fmt.Fprintf(&lines, `{"day":"2026-05-07","user_id":%d,"user_login":"p%d","loc_added_sum":10}`+"\n"+`{"day":"2026-05-07","user_id":%d,"team_id":"t%d","slug":"team-%03d"}`+"\n", i+1, i, i+1, i, i)
	}
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	codegauge(t, 0, "import", "--data", data, "--enterprise", "acme", file)
	s, err := startServer(data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	p = newTab(t, s.url)
	p.look(1280, 900, "light")
	p.open(strings.TrimPrefix(s.setup, s.url))
	p.do("say who", chromedp.SendKeys(chromedp.CSS(`#name`), "Ada"), chromedp.SendKeys(chromedp.CSS(`#email`), "ada@acme.example"), chromedp.SendKeys(chromedp.CSS(`#password`), password))
	p.follow("set up", `form.stack button`)
	p.open(insights + "code-generation")
	const team = `[...document.querySelectorAll("details.filter fieldset")].find((f) => f.querySelector("legend").textContent === "Team")`
	p.press("filter", "details.filter > summary")
	p.wait("the first teams", team+`.querySelector("[role=status]").textContent === "400 found, 50 shown"`)
	eval[bool](p, team+`.querySelector("[data-search]").focus() === undefined`)
	p.do("search", chromedp.KeyEvent("am-321"))
	p.wait("the team", team+`.querySelector("[role=status]").textContent === "1 found, 1 shown"`)
	p.pressEnter()
	if got := eval[string](p, team+`.querySelector("input:checked").value`); got != "team-321" {
		t.Errorf("chosen: %q", got)
	}
	p.follow("apply", `details.filter button[type=submit]`)
	if got := eval[string](p, `new URLSearchParams(location.search).getAll("where").join() + document.querySelector(".chip").textContent`); !strings.Contains(got, "team-321") {
		t.Errorf("the page is filtered to %q", got)
	}
	p.press("filter", "details.filter > summary")
	if got := eval[string](p, `[...`+team+`.querySelectorAll("input:checked")].map((i) => i.value).join()`); got != "team-321" {
		t.Errorf("the form has %q chosen", got)
	}
	p.clean("search on the server")

	// Without scripts it is named.
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	p.plain = true
	p.open(insights + "code-generation")
	p.press("filter", "details.filter > summary")
	p.press("the team", `details.filter input[type=text][name=team]`)
	p.do("name it", chromedp.KeyEvent("team-007"))
	p.press("apply", `details.filter button[type=submit]`)
	p.wait("the team's page", `document.querySelector(".chip")?.textContent.includes("team-007")`)
	p.clean("a team without scripts")
}

func quote(s string) []byte { b, _ := json.Marshal(s); return b }
