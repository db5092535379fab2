package importing

import (
	"bytes"
	"errors"
	"html"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"codegauge/internal/intake"
	"codegauge/internal/report"
	"codegauge/internal/store"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/webtest"
)

// pagesOver returns the pages over data.
func pagesOver(t *testing.T, data shell.Data, opt shell.Options) *Pages {
	t.Helper()
	p, err := New(webtest.Shell(t, data, opt, shell.Pages{Templates: []fs.FS{Templates}}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func served(p *Pages) http.Handler { return webtest.Serve(p.Shell, p.Routes()) }

// upload posts a form with one file.
func upload(t *testing.T, h http.Handler, url, file, content string, fields map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if file != "" {
		part, err := form.CreateFormFile("files", file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", url, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func post(h http.Handler, url string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("POST", url, nil))
	return w
}

var confirmAction = regexp.MustCompile(`action="([^"]*/import/[A-Z0-9]+)"`)

func TestImportIsShownBeforeItIsStored(t *testing.T) {
	data := webtest.New()
	data.Empty = true
	h := served(pagesOver(t, data, shell.Options{StageDir: t.TempDir()}))
	w := upload(t, h, "/import", `../../evil".ndjson`, "{}\n", map[string]string{"enterprise": "acme", "tool": "cursor", "alias": "1"})
	if w.Code != http.StatusOK || len(data.Imports) != 1 || !data.Imports[0].Preview || data.Imports[0].Tool != "cursor" || !data.Imports[0].Alias {
		t.Fatalf("preview: status %d, imports %+v", w.Code, data.Imports)
	}
	for _, want := range []string{"2 user records", "not JSON &lt;b&gt;", "12,041", "Nothing has been stored yet"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("preview lacks %q", want)
		}
	}
	m := confirmAction.FindStringSubmatch(w.Body.String())
	if m == nil {
		t.Fatal("preview has no form to confirm")
	}
	w = post(h, m[1])
	if got, want := w.Header().Get("Location"), webtest.Base; w.Code != http.StatusSeeOther || got != want {
		t.Errorf("commit: status %d to %q, want 303 to %q", w.Code, got, want)
	}
	if len(data.Imports) != 2 || data.Imports[1].Preview || data.Imports[1].Enterprise != "acme" || data.Bodies[1] != "{}\n" {
		t.Errorf("commit asked for %+v with %q", data.Imports, data.Bodies)
	}
	if w = post(h, m[1]); w.Code != http.StatusNotFound {
		t.Errorf("second commit: status %d, want 404", w.Code)
	}
}

// TestPeopleListGoesToIdentities hands a list of people on to the page that imports it.
func TestPeopleListGoesToIdentities(t *testing.T) {
	const list = "email,github_login\n\"<b>\"@example.com,ann\n"
	h := served(pagesOver(t, webtest.New(), shell.Options{StageDir: t.TempDir()}))
	body := upload(t, h, "/enterprises/acme/import", "people.csv", list, nil).Body.String()
	for _, want := range []string{`action="/enterprises/acme/settings/people"`, `name="do" value="preview"`, html.EscapeString(list) + "</textarea>", "people.csv is a list of people"} {
		if !strings.Contains(body, want) {
			t.Errorf("preview lacks %q", want)
		}
	}
	if body := upload(t, h, "/enterprises/acme/import", "a.ndjson", "{}\n", nil).Body.String(); strings.Contains(body, "settings/people") {
		t.Error("a report is taken for a list of people")
	}
}

func TestImportIntoAnEnterpriseIgnoresTheField(t *testing.T) {
	data := webtest.New()
	upload(t, served(pagesOver(t, data, shell.Options{StageDir: t.TempDir()})), "/enterprises/acme/import", "a.json", "{}", map[string]string{"enterprise": "other"})
	if len(data.Imports) != 1 || data.Imports[0].Enterprise != "acme" {
		t.Errorf("imports: %+v", data.Imports)
	}
}

func TestImportRefuses(t *testing.T) {
	data := webtest.New()
	p := pagesOver(t, data, shell.Options{StageDir: t.TempDir(), MaxUpload: 10})
	mux := served(p)
	if w := upload(t, mux, "/import", "a.json", "01234567890", nil); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("over the limit: status %d, want 413", w.Code)
	}
	if w := upload(t, mux, "/import", "", "", nil); w.Code != http.StatusBadRequest {
		t.Errorf("no file: status %d, want 400", w.Code)
	}
	if w := post(mux, "/import"); w.Code != http.StatusBadRequest {
		t.Errorf("no form: status %d, want 400", w.Code)
	}
	if w := post(mux, "/import/NOSUCHTOKEN"); w.Code != http.StatusNotFound {
		t.Errorf("unknown token: status %d, want 404", w.Code)
	}
	if entries, _ := os.ReadDir(p.stage.root); len(entries) != 0 {
		t.Errorf("refused uploads left %v", entries)
	}
}

// TestUploadQuota lets uploads wait until there is no room for another, of one person and of all.
func TestUploadQuota(t *testing.T) {
	st, err := newStage(t.TempDir(), 10, 25)
	if err != nil {
		t.Fatal(err)
	}
	receive := func(who string, size int) (*staged, error) {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("files", "a.json")
		if err == nil {
			_, err = part.Write(bytes.Repeat([]byte("x"), size))
		}
		if err = errors.Join(err, form.Close()); err != nil {
			t.Fatal(err)
		}
		return st.receive(multipart.NewReader(&body, form.Boundary()), who)
	}
	first, err := receive("ann", 6)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who  string
		size int
		want error
	}{
		{"ann", 5, errUploadQuota}, {"ann", 4, nil}, {"bob", 11, errUploadTooLarge}, {"bob", 10, nil}, {"cy", 6, errUploadsFull}, {"cy", 5, nil},
	} {
		if _, err := receive(c.who, c.size); !errors.Is(err, c.want) {
			t.Errorf("%d bytes of %s: got %v, want %v", c.size, c.who, err, c.want)
		}
	}
	if err := first.remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := receive("ann", 5); err != nil {
		t.Errorf("once there is room: %v", err)
	}
}

// TestOldUploadsGo starts where a killed server left an upload, beside somebody's
// file: only the upload goes, and a new one is nobody else's to read.
func TestOldUploadsGo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "of [me]*")
	left, mine := filepath.Join(dir, uploadPrefix+"1"), filepath.Join(dir, "reports")
	for _, path := range []string{left, mine} {
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p := pagesOver(t, webtest.New(), shell.Options{StageDir: dir})
	upload(t, served(p), "/enterprises/acme/import", "a.json", "{}", nil)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Fatalf("there are %v, %v", entries, err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || strings.HasPrefix(e.Name(), uploadPrefix) && (info.Mode().Perm() != 0o700 || filepath.Join(dir, e.Name()) == left) {
			t.Errorf("%s: %v, %v", e.Name(), info.Mode(), err)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 || entries[0].Name() != "reports" {
		t.Errorf("afterwards there are %v", entries)
	}
}

func TestUploadsGo(t *testing.T) {
	data := webtest.New()
	p := pagesOver(t, data, shell.Options{StageDir: t.TempDir()})
	mux := served(p)
	w := upload(t, mux, "/enterprises/acme/import", "a.json", "{}", nil)
	m := confirmAction.FindStringSubmatch(w.Body.String())
	if w := post(mux, m[1]+"/discard"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/enterprises/acme/import" {
		t.Errorf("discard: status %d to %q", w.Code, w.Header().Get("Location"))
	}
	w = upload(t, mux, "/enterprises/acme/import", "a.json", "{}", nil)
	m = confirmAction.FindStringSubmatch(w.Body.String())
	for _, up := range p.stage.held {
		up.created = up.created.Add(-stageLife - time.Second)
	}
	if w := post(mux, m[1]); w.Code != http.StatusNotFound {
		t.Errorf("after an hour: status %d, want 404", w.Code)
	}
	if entries, _ := os.ReadDir(p.stage.root); len(entries) != 0 {
		t.Errorf("uploads left %v", entries)
	}
}

// TestPreviewOfSeats shows what has no days: seats can be imported, and pages of
// an answer that is not whole yet; a folder of other things cannot.
func TestPreviewOfSeats(t *testing.T) {
	seats := []report.FileStat{{Name: "seats.json", Records: map[string]int64{"seats": 0}}, {Name: "README.md", NotReport: "text"}}
	for name, test := range map[string]struct {
		report  intake.Report
		confirm bool
		says    []string
	}{
		"seats": {intake.Report{Files: seats, Seats: []intake.SeatChange{{Source: "acme", Before: 2000, After: 139}}}, true,
			[]string{"2,000 → 139", "Changes to seats", "Not a report: text"}},
		"pages": {intake.Report{Files: seats, Warnings: []report.Warning{{Reason: "39 of the 139 are missing"}, {File: "a.ndjson", Line: 7, Reason: "row 2 is null", Count: 150}}}, true,
			[]string{"39 of the 139 are missing", "a.ndjson:7: row 2 is null <small>and 149 like it</small>"}},
		"nothing": {intake.Report{Files: seats[1:]}, false, []string{"There is nothing to import in these files."}},
	} {
		data := webtest.New()
		data.Told = func(l *intake.Report) { *l = test.report }
		w := upload(t, served(pagesOver(t, data, shell.Options{StageDir: t.TempDir()})), "/enterprises/acme/import", "seats.json", "{}", nil)
		if got := confirmAction.MatchString(w.Body.String()); w.Code != http.StatusOK || got != test.confirm {
			t.Errorf("%s: status %d, can be confirmed: %v", name, w.Code, got)
		}
		for _, want := range test.says {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: the preview lacks %q", name, want)
			}
		}
	}
}

// TestLanding: an import leads to a window that has its days, and seats to theirs.
func TestLanding(t *testing.T) {
	data := webtest.New()
	p := pagesOver(t, data, shell.Options{StageDir: t.TempDir()})
	today := data.Today()
	days := []store.DayChange{{Day: today}}
	for _, c := range []struct {
		done intake.Report
		want string
	}{
		{intake.Report{Enterprise: "acme", From: today - 6, To: today - 4, Days: days}, webtest.Base},
		{intake.Report{Enterprise: "acme", From: today - 100, To: today - 60, Days: days}, webtest.Base + "?from=" + (today - 87).String() + "&to=" + (today - 60).String()},
		{intake.Report{Enterprise: "acme", Seats: []intake.SeatChange{{Source: "acme", After: 3}}}, "/enterprises/acme/insights/seats"},
		{intake.Report{}, "/"},
	} {
		if got, err := p.landing(t.Context(), &c.done); err != nil || got != c.want {
			t.Errorf("%+v leads to %q, %v; want %q", c.done, got, err, c.want)
		}
	}
}
