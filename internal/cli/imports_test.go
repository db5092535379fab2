package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/intake"
	"codegauge/internal/report"
)

// post sends a form as a page's.
func (m *matrix) post(a asker, path string, form url.Values) (int, string) {
	m.t.Helper()
	req, err := http.NewRequest(http.MethodPost, m.server.URL+path, strings.NewReader(form.Encode()))
	m.fatal(err)
	for name, values := range a.header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", m.server.URL)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := http.DefaultTransport.RoundTrip(req)
	m.fatal(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	m.fatal(err)
	return res.StatusCode, string(b)
}

// TestImportHistory imports a day twice and undoes the second import: the page, the
// API and the audit log say who did what, with figures, and the figures come back.
func TestImportHistory(t *testing.T) {
	m := newMatrix(t)
	owner := asker{cookie: true, header: m.session(false, access.EnterpriseOwner, "acme")}
	newer := func() *intake.Report {
		l, err := m.stores.Import(directory.WithActor(t.Context(), directory.Actor{Name: "operator"}), intake.Request{Enterprise: "acme", Org: "payments", Inputs: []report.Input{{Name: "newer.ndjson", Size: -1,
			Open: func() (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader(`{"day":"2026-05-01","user_id":1,"user_login":"x","organization_id":"id-payments","created_at":"2026-06-01T00:00:00Z","loc_added_sum":7,"loc_deleted_sum":0}` + "\n")), nil
			}}}})
		m.fatal(err)
		return l
	}
	added := func() string {
		_, answer := m.ask(owner, http.MethodGet, "/api/v1/query?enterprise=acme&org=payments&measures=loc_added&from=2026-05-01&to=2026-05-01&format=csv")
		return bodyOf(answer)[strings.Index(bodyOf(answer), "loc_added"):]
	}
	before := added()
	id := newer().ImportID
	if added() == before {
		t.Fatal("the newer report moved nothing")
	}
	const page = "/enterprises/acme/settings/imports"
	// The page says what moved, by whom and from where.
	_, body := m.ask(owner, http.MethodGet, page)
	for _, want := range []string{"newer.ndjson", "Command line", "user records of GitHub Copilot, reported by canary-payments-name, 1 May 2026: records 12 → 1, lines added 120 → 7, lines deleted 12 → 0", fmt.Sprintf(`data-import="%d"`, id)} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	// Asked to undo, it says first what that would change, and changes nothing.
	for _, page := range []string{page, "/enterprises/acme/insights/data-quality"} {
		if status, body := m.ask(owner, http.MethodGet, page+"?undo="+fmt.Sprint(id)); status != http.StatusOK || !strings.Contains(body, "records 1 → 12, lines added 7 → 120, lines deleted 0 → 12") {
			t.Errorf("preview on %s: status %d:\n%s", page, status, body)
		}
	}
	if added() == before {
		t.Error("the preview undid the import")
	}
	form := url.Values{"do": {"undo"}, "import": {fmt.Sprint(id)}}
	if status, body := m.post(owner, page, form); status != http.StatusSeeOther {
		t.Fatalf("undo: status %d:\n%s", status, body)
	}
	if got := added(); got != before {
		t.Errorf("undone: %q, want %q", got, before)
	}
	if _, body := m.ask(owner, http.MethodGet, page); !strings.Contains(body, "by enterprise-owner of acme") {
		t.Errorf("the page does not say who undid it:\n%s", body)
	}
	// A program sees the same.
	program := asker{header: bearer(m.token("acme", false, 1, "admin"))}
	_, answer := m.ask(program, http.MethodGet, "/api/v1/enterprises/acme/imports?limit=2")
	var list []admin.DataChange
	if err := json.Unmarshal([]byte(answer[strings.Index(answer, "["+"{"):]), &list); err != nil || len(list) != 2 {
		t.Fatalf("API: %v\n%s", err, answer)
	}
	if c := list[1]; c.ID != id || c.By != "operator" || c.Undoer != "enterprise-owner of acme" || c.Undoable || c.Reports[0].After.LocAdded.N != 7 {
		t.Errorf("API: %+v", c)
	}
	if status, answer := m.ask(program, http.MethodPost, fmt.Sprintf("/api/v1/enterprises/acme/imports/%d/undo", newer().ImportID)); status != http.StatusOK {
		t.Errorf("undo over the API: %d\n%s", status, answer)
	}
	if got := added(); got != before {
		t.Errorf("undone over the API: %q, want %q", got, before)
	}
	log, err := m.stores.directory.AuditLog(t.Context(), directory.AuditFilter{Enterprise: m.entities["acme"].ID, Action: "data."})
	m.fatal(err)
	var did []string
	for _, e := range log {
		did = append(did, e.Action+" by "+strings.Fields(e.Name)[0])
	}
	if got, want := strings.Join(did[:4], ", "), "data.undone by token, data.imported by operator, data.undone by person, data.imported by operator"; got != want {
		t.Errorf("audit log: %s, want %s", got, want)
	}
}
