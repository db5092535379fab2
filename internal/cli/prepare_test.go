package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/prepare"
	"codegauge/internal/question"
)

// ready asks how far an export is until it has ended.
func (m *matrix) ready(a asker, address string) prepare.Export {
	m.t.Helper()
	var e prepare.Export
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		status, answer := m.ask(a, http.MethodGet, address)
		if status != http.StatusOK {
			m.t.Fatalf("%s: %d %s", address, status, answer)
		}
		m.fatal(json.Unmarshal([]byte(bodyOf(answer)), &e))
		if e.Status == directory.ExportDone || e.Status == directory.ExportFailed {
			break
		}
	}
	return e
}

// begin has an export of acme's user records prepared.
func (m *matrix) begin(a asker, more string) prepare.Export {
	m.t.Helper()
	status, answer := m.ask(a, http.MethodPost, "/api/v1/exports?enterprise=acme&org=payments&report=users-1-day&from=2026-05-01&to=2026-05-02"+more)
	var e prepare.Export
	if status != http.StatusAccepted {
		m.t.Fatalf("%d %s", status, answer)
	}
	m.fatal(json.Unmarshal([]byte(bodyOf(answer)), &e))
	return e
}

// TestPrepareExport has an export prepared: it has every record of its version of the data, and
// goes to whoever asked for it, as long as they may have it.
func TestPrepareExport(t *testing.T) {
	m := newMatrix(t)
	m.privacy(false, true)
	w := m.watch()
	token := asker{name: "a program", header: bearer(m.token("acme", false, 1, "metrics:read", "users:read", "export"))}
	other := asker{name: "another program", header: bearer(m.token("acme", false, 1, "metrics:read", "users:read", "export"))}

	e := m.ready(token, m.begin(token, "&format=csv").URL)
	_, direct := m.ask(token, http.MethodGet, "/api/v1/export?enterprise=acme&org=payments&report=users-1-day&from=2026-05-01&to=2026-05-02&format=csv")
	before := w.seen()
	status, answer := m.ask(token, http.MethodGet, e.File)
	if status != http.StatusOK || bodyOf(answer) != bodyOf(direct) || int64(len(bodyOf(direct))) != e.Bytes {
		t.Errorf("the file: %d, %d bytes, want %d: %+v", status, len(bodyOf(answer)), len(bodyOf(direct)), e)
	}
	if e.Records != e.Total || e.Records != 2*12+1 || e.Definition != "v1-strict" || e.DataVersion == 0 {
		t.Errorf("it says %+v", e)
	}
	for _, want := range []string{fmt.Sprintf("Codegauge-Data-Version:[%d]", e.DataVersion), "Codegauge-Definition:[v1-strict]", fmt.Sprintf("codegauge-users-1-day-2026-05-01-2026-05-02-v%d.csv", e.DataVersion)} {
		if !strings.Contains(answer, want) {
			t.Errorf("the answer lacks %s: %.400s", want, answer)
		}
	}
	if w.seen() == before {
		t.Error("whoever is in the file is not told")
	}

	// Its totals are those of the page's question.
	_, asked := m.ask(token, http.MethodGet, "/api/v1/query?enterprise=acme&org=payments&measures=loc_added&from=2026-05-01&to=2026-05-02&format=csv")
	e = m.ready(token, m.begin(token, "").URL)
	_, lines := m.ask(token, http.MethodGet, e.File)
	sum := 0
	for line := range strings.Lines(bodyOf(lines)) {
		var r struct {
			Added int `json:"loc_added_sum"`
		}
		m.fatal(json.Unmarshal([]byte(line), &r))
		sum += r.Added
	}
	if want := fmt.Sprintf("loc_added\n%d\n", sum); strings.ReplaceAll(bodyOf(asked), "\r", "") != want || sum == 0 {
		t.Errorf("records add up to %d, the figure is %q", sum, bodyOf(asked))
	}

	// Nobody else has it; nor has anybody another place's.
	for _, path := range []string{e.URL, e.File} {
		if status, _ := m.ask(other, http.MethodGet, path); status != http.StatusNotFound {
			t.Errorf("another: %s: %d", path, status)
		}
		if status, _ := m.ask(token, http.MethodGet, strings.Replace(path, "org=payments", "org=search", 1)); status != http.StatusNotFound {
			t.Errorf("of another place: %s: %d", path, status)
		}
	}
	if status, _ := m.ask(other, http.MethodDelete, e.URL); status != http.StatusNotFound {
		t.Errorf("another removes it: %d", status)
	}

	// Permission is checked again, and so are the settings that the file was made under.
	m.privacy(true, true)
	if status, answer := m.ask(token, http.MethodGet, e.File); status != http.StatusConflict || !strings.Contains(answer, "privacy settings have changed") {
		t.Errorf("with names, after pseudonyms were chosen: %d %.300s", status, answer)
	}
	m.privacy(false, false)
	if status, _ := m.ask(token, http.MethodGet, e.File); status != http.StatusForbidden {
		t.Errorf("after views of people were turned off: %d", status)
	}
	m.privacy(false, true)
	owner := asker{name: "an owner", cookie: true, header: m.session(false, access.EnterpriseOwner, "acme")}
	mine := m.ready(owner, m.begin(owner, "").URL)
	people, err := m.stores.directory.People(t.Context(), 0)
	m.fatal(err)
	for _, p := range people {
		if p.Name == "enterprise-owner of acme" {
			p.Disabled = true
			_, err := m.stores.directory.PutPerson(t.Context(), p)
			m.fatal(err)
		}
	}
	if status, _ := m.ask(owner, http.MethodGet, mine.File); status == http.StatusOK {
		t.Error("who is let in no more takes the file")
	}

	// An erasure removes it, the bytes too.
	if status, _ := m.ask(token, http.MethodGet, e.File); status != http.StatusOK {
		t.Fatalf("before the erasure: %d", status)
	}
	_, err = m.stores.Erase(t.Context(), m.entities["acme"].ID, []string{w.login}, false)
	m.fatal(err)
	if status, _ := m.ask(token, http.MethodGet, e.File); status != http.StatusNotFound {
		t.Errorf("after the erasure: %d", status)
	}
	var log strings.Builder
	page, err := m.stores.directory.AuditLog(t.Context(), directory.AuditFilter{Enterprise: m.entities["acme"].ID})
	m.fatal(err)
	for _, entry := range page {
		fmt.Fprintln(&log, entry.Action, entry.Detail)
	}
	for _, want := range []string{"to be prepared: users-1-day, 2026-05-01 to 2026-05-02, csv", "data.exported users-1-day, 2026-05-01 to 2026-05-02, csv"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the audit log lacks %q:\n%s", want, log.String())
		}
	}
}

// slow is a product whose exports wait, after their first bytes.
type slow struct {
	*question.Answerer
	written, goOn chan struct{}
}

func (s *slow) ExportOf(ctx context.Context, req question.ExportRequest, of *question.ExportPlan, progress func(int64), w io.Writer) error {
	if _, err := w.Write(make([]byte, 5<<20)); err != nil {
		return err
	}
	s.written <- struct{}{}
	select {
	case <-s.goOn:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.Answerer.ExportOf(ctx, req, of, progress, w)
}

// TestPreparedExportEnds ends exports while they are prepared: with the server, by an erasure,
// and by a correction, which must not get into the middle of a file.
func TestPreparedExportEnds(t *testing.T) {
	m := newMatrix(t)
	m.privacy(false, true)
	acme := m.entities["acme"]
	payments := m.entities["payments"]
	ctx := access.WithPlace(asOperator(t.Context()), access.Place{Enterprise: &acme, Organization: &payments})
	req := question.ExportRequest{Enterprise: "acme", Org: "payments", Report: "users-1-day", From: "2026-05-01", To: "2026-05-02"}
	s := &slow{m.stores.Answerer, make(chan struct{}), make(chan struct{})}
	begin := func() (*prepare.Preparer, string) {
		p := prepare.New(m.stores.directory, s, prepare.Options{})
		e, err := p.Prepare(ctx, req)
		m.fatal(err)
		<-s.written
		return p, e.ID
	}

	p, id := begin()
	m.fatal(p.Close())
	e, err := p.Get(ctx, id)
	if err != nil || e.Status != directory.ExportFailed || e.Error != directory.ErrorStopped {
		t.Errorf("after the server was stopped: %+v, %v", e, err)
	}
	if _, err := m.stores.directory.ExportChunk(ctx, id, 0); err == nil {
		t.Error("what was written of it is left")
	}

	p, id = begin()
	_, err = m.stores.Erase(ctx, acme.ID, []string{"12"}, false)
	m.fatal(err)
	s.goOn <- struct{}{}
	m.fatal(p.Close())
	if e, err := p.Get(ctx, id); err == nil {
		t.Errorf("after an erasure: %+v", e)
	}

	p, id = begin()
	m.importLines("acme", "payments", `{"day":"2026-05-02","user_id":1,"user_login":"canary-checkout-login","organization_id":"id-payments","loc_added_sum":1000000,"loc_deleted_sum":1,"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":1000000,"loc_deleted_sum":1}]}`+"\n"+
		`{"day":"2026-05-03","user_id":1,"user_login":"canary-checkout-login","organization_id":"id-payments","loc_added_sum":1000000,"loc_deleted_sum":1,"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":1000000,"loc_deleted_sum":1}]}`)
	s.goOn <- struct{}{}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if e, err = p.Get(ctx, id); err != nil || e.Status == directory.ExportDone || e.Status == directory.ExportFailed {
			break
		}
	}
	_, file, err := p.Open(ctx, id)
	m.fatal(err)
	body, err := io.ReadAll(file)
	if err != nil || e.Status != directory.ExportDone || strings.Contains(string(body), "1000000") || int64(len(body)) != e.Bytes {
		t.Errorf("beside a correction: %+v, %d bytes, %v", e, len(body), err)
	}
	m.fatal(p.Close())
}

// TestRemovedRecordsAreInNoExport deletes records, undoes an import and lets the retention
// come: prepared exports that may hold what is removed go with it.
func TestRemovedRecordsAreInNoExport(t *testing.T) {
	m := newMatrix(t)
	m.privacy(false, true)
	acme, payments := m.entities["acme"], m.entities["payments"]
	ctx := access.WithPlace(asOperator(t.Context()), access.Place{Enterprise: &acme, Organization: &payments})
	p := prepare.New(m.stores.directory, m.stores.Answerer, prepare.Options{})
	undone := m.importLines("acme", "search", `{"day":"2026-05-03","user_id":1,"user_login":"x","organization_id":"id-search","loc_added_sum":1}`+"\n")
	for _, c := range []struct {
		what   string
		remove func(preview bool) error
	}{
		{"a deletion", func(preview bool) error {
			_, err := m.stores.Delete(ctx, intake.DeleteRequest{Enterprise: "acme", User: "1", From: "2026-05-01", To: "2026-05-01", Preview: preview})
			return err
		}},
		{"undoing an import", func(preview bool) error {
			_, err := m.stores.Delete(ctx, intake.DeleteRequest{Enterprise: "acme", Import: undone, Preview: preview})
			return err
		}},
		{"the retention", func(preview bool) error {
			m.now = func() time.Time { return time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC) }
			_, _, err := m.stores.Privacy.Retain(ctx, acme.ID, preview, nil)
			return err
		}},
	} {
		e, err := p.Prepare(ctx, question.ExportRequest{Enterprise: "acme", Org: "payments", Report: "users-1-day", From: "2026-05-01", To: "2026-05-02"})
		m.fatal(err)
		m.fatal(c.remove(true))
		if _, err := p.Get(ctx, e.ID); err != nil {
			t.Errorf("a preview of %s: %v", c.what, err)
		}
		m.fatal(c.remove(false))
		if got, err := p.Get(ctx, e.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("after %s: %+v, %v", c.what, got, err)
		}
	}
	m.fatal(p.Close())
}
