package web

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/web/cards"
	"codegauge/internal/web/webtest"
)

// serveRecorded serves the pages and records what is taken from them.
func serveRecorded(t *testing.T, recorded *webtest.Privacy) http.Handler {
	t.Helper()
	web, err := New(webtest.New(), Options{StageDir: t.TempDir(), Privacy: recorded})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.Close() })
	return serveAll(web)
}

// TestExports offers what is stored as forms that ask the API, within the days that are stored.
func TestExports(t *testing.T) {
	h := serveRecorded(t, &webtest.Privacy{})
	body := webtest.Get(t, h, "/enterprises/acme/insights/exports?days=7").Body.String()
	for _, want := range []string{`method="post" action="/enterprises/acme/insights/exports"`, `name="report" value="users-1-day"`, `min="2026-05-12" max="2026-08-20" value="2026-08-11"`, `max="2026-08-20" value="2026-08-17"`,
		`<option value="claude_code">Claude Code</option>`, "you need the permission", "/enterprises/acme/insights/code-generation/export?from=2026-08-11&amp;to=2026-08-17"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(body, `value="repos-1-day"`) {
		t.Error("the page offers records that are refused")
	}
}

// TestDailyPicture: only pages with the chart of each day offer its picture.
func TestDailyPicture(t *testing.T) {
	h := serveRecorded(t, &webtest.Privacy{})
	for _, page := range []string{"code-generation", "code-generation?card=tools", "copilot-usage", "impact"} {
		body := webtest.Get(t, h, "/enterprises/acme/insights/"+page).Body.String()
		if offered, there := strings.Contains(body, `data-png="daily"`), strings.Contains(body, `id="daily"`); offered != there || there != (page == "code-generation") {
			t.Errorf("%s has the chart: %v, and offers it: %v", page, there, offered)
		}
	}
}

// TestPageAsFile compares the figures in the archive with those on the page.
func TestPageAsFile(t *testing.T) {
	recorded := &webtest.Privacy{}
	h := serveRecorded(t, recorded)
	const page = "/enterprises/acme/insights/code-generation"
	w := webtest.Get(t, h, page+"/export?where=model%3Dgpt-5")
	if got, want := w.Header().Get("Content-Disposition"), `attachment; filename="codegauge-acme-code-generation-2026-07-21-2026-08-17.zip"`; got != want {
		t.Errorf("the file is %s, want %s", got, want)
	}
	if len(recorded.Taken) != 1 || !strings.HasPrefix(recorded.Taken[0], "code generation, 2026-07-21 to 2026-08-17") {
		t.Errorf("recorded %q", recorded.Taken)
	}
	files := unzip(t, w.Body.Bytes())
	var about cards.About
	if err := json.Unmarshal(files["about.json"], &about); err != nil {
		t.Fatal(err)
	}
	if about.Enterprise != "acme" || about.Definition != "v1-strict" || about.DataVersion == 0 || !slices.Equal(about.Where, []string{"model=gpt-5"}) || len(about.Files) != len(files)-1 {
		t.Errorf("about %+v of %d files", about, len(files))
	}
	rows, err := csv.NewReader(bytes.NewReader(files["headline.csv"])).ReadAll()
	if err != nil || len(rows) != 2 || rows[0][0] != "loc_changed" {
		t.Fatalf("headline %q, %v", rows, err)
	}
	if body := webtest.Get(t, h, page+"?where=model%3Dgpt-5").Body.String(); !strings.Contains(body, `data-value="`+rows[1][0]+`"`) {
		t.Errorf("the page does not show %s lines", rows[1][0])
	}
	again := webtest.Get(t, h, page+"/export?where=model%3Dgpt-5").Body.Bytes()
	if !bytes.Equal(again, w.Body.Bytes()) {
		t.Error("the same figures are another file")
	}
}

// TestUsageAsFile: the archive of the usage page has the figures of its questions and of sets of
// people, and a card of the latter is a file by itself. Links keep what the page is filtered to.
func TestUsageAsFile(t *testing.T) {
	recorded := &webtest.Privacy{}
	h := serveRecorded(t, recorded)
	const page = "/enterprises/acme/insights/copilot-usage"
	files := unzip(t, webtest.Get(t, h, page+"/export?people=prompts&where=tool%3Dcopilot").Body.Bytes())
	var about cards.About
	if err := json.Unmarshal(files["about.json"], &about); err != nil {
		t.Fatal(err)
	}
	if len(about.Files) != len(files)-1 || !slices.Equal(about.Where, []string{"tool=copilot"}) || files["models.csv"] == nil || files["clients.csv"] == nil {
		t.Errorf("about %+v of %d files", about, len(files))
	}
	if got, want := webtest.Get(t, h, page+"/export?people=prompts&where=tool%3Dcopilot&file=clients").Body.String(), string(files["clients.csv"]); got != want || !strings.HasPrefix(got, "ide,ide_version,extension_version,people\n") {
		t.Errorf("the clients are\n%s\nin the archive\n%s", got, want)
	}
	if w := webtest.Get(t, h, page+"/export?file=people"); w.Code != 404 {
		t.Errorf("a file that is not there: %d", w.Code)
	}
	if len(recorded.Taken) != 2 || !strings.HasPrefix(recorded.Taken[1], "usage and adoption, clients, 2026-07-21 to 2026-08-17") {
		t.Errorf("recorded %q", recorded.Taken)
	}
	for _, page := range []string{page, webtest.Base} {
		if body := webtest.Get(t, h, page+"?where=tool%3Dcopilot").Body.String(); !strings.Contains(body, page+"/export?from=2026-07-21&amp;to=2026-08-17&amp;where=tool%3Dcopilot") {
			t.Errorf("%s: the link to the file loses its filter", page)
		}
	}
}

func unzip(t *testing.T, body []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		out[f.Name] = b.Bytes()
	}
	return out
}
