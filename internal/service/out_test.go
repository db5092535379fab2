package service

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/report"
)

func (w *world) export(req ExportRequest) string {
	w.t.Helper()
	var b bytes.Buffer
	if err := w.Export(w.t.Context(), req, &b); err != nil {
		w.t.Fatalf("export %+v: %v", req, err)
	}
	return b.String()
}

// TestExportComesBack imports what was exported and asks the same again.
func TestExportComesBack(t *testing.T) {
	for _, c := range []struct {
		sample, report, org string
		scope               string
	}{
		{"organization-users-28-day-report.ndjson", "users-28-day", "100000001", ""},
		{"enterprise-28-day-report.ndjson", "enterprise-28-day", "", "enterprise"},
		{"organization-28-day-report.ndjson", "organization-28-day", "100000001", ""},
		{"users-1-day-full-and-reduced.ndjson", "users-1-day", "", ""},
	} {
		w, _ := sampleWorld(t, c.sample, ImportRequest{Scope: c.scope})
		out := w.export(ExportRequest{Report: c.report, Org: c.org})
		again := newWorld(t)
		again.load(ImportRequest{Enterprise: "acme", Scope: c.scope}, out)
		words := QueryParameters{Measures: []string{"loc_added", "loc_deleted", "generations", "active_users"}, By: []string{"day"}, Org: c.org}
		if got, want := show(again.query(words)), show(w.query(words)); got != want || got == "" {
			t.Errorf("%s: got\n%s\nwant\n%s", c.report, got, want)
		}
	}
}

// TestRepositoriesMayNamePeople exports them as somebody who may not view people, and
// behind pseudonyms.
func TestRepositoriesMayNamePeople(t *testing.T) {
	w := newWorld(t)
	w.load(ImportRequest{Enterprise: "acme"}, `{"day":"2026-11-01","repo_id":5,"repo_name":"ann-smith/dotfiles","authors":[{"login":"ann"}]}`)
	if out := w.export(ExportRequest{Report: "repos-1-day"}); !strings.Contains(out, "ann-smith/dotfiles") {
		t.Errorf("got %s", out)
	}
	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	if err := w.Export(ctx, ExportRequest{Report: "repos-1-day"}, io.Discard); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("somebody who may not view people: %v", err)
	}
	for _, id := range []string{"5", "ann-smith/dotfiles"} {
		r := &report.Record{Kind: report.RepoDay, Repo: id, Extra: []byte(`"repo_name":"ann-smith/dotfiles"`)}
		(&pseudonymizer{secret: directory.Secret("secret")}).cover(r)
		if out := string(r.AppendJSON(nil)); strings.Contains(out, "ann") || !strings.Contains(out, "repo_id") {
			t.Errorf("behind pseudonyms: %s", out)
		}
	}
}

// TestExportOfOneDay takes a day out of a report of 28: it must not say that it
// covers the others.
func TestExportOfOneDay(t *testing.T) {
	w, _ := sampleWorld(t, "organization-users-28-day-report.ndjson", ImportRequest{})
	out := w.export(ExportRequest{Report: "users-1-day", Org: "100000001", Day: "2026-04-01"})
	if strings.Contains(out, "report_start_day") || !strings.Contains(out, "last_known_plugin_version") {
		t.Errorf("got %.300s", out)
	}
	before := show(w.query(QueryParameters{Measures: lineMeasures}))
	l := w.load(ImportRequest{}, out)
	if got := show(w.query(QueryParameters{Measures: lineMeasures})); got != before || len(l.Days) != 1 {
		t.Errorf("got %s on %d days, want %s", got, len(l.Days), before)
	}
	all := w.export(ExportRequest{Report: "users-1-day", Org: "100000001", From: "2026-03-29"})
	if n := strings.Count(all, "\n"); n != 107 {
		t.Errorf("got %d rows, want 107", n)
	}
}

func TestExport28Days(t *testing.T) {
	w := newWorld(t)
	w.loadDays(ImportRequest{Enterprise: "acme"}, 1, daysOf("2026-10-01", 40), `"report_start_day":"2026-10-01","report_end_day":"2026-11-09"`)
	out := w.export(ExportRequest{Report: "users-28-day"})
	if n := strings.Count(out, `"report_start_day":"2026-10-13","report_end_day":"2026-11-09"`); n != 28 {
		t.Errorf("got %d rows of 28 with the report's days: %.300s", n, out)
	}
	out = w.export(ExportRequest{Report: "users-28-day", Day: "2026-10-10"})
	if n := strings.Count(out, "\n"); n != 10 {
		t.Errorf("got %d rows, want 10", n)
	}
}

func TestExportTools(t *testing.T) {
	w := newWorld(t)
	w.load(ImportRequest{Enterprise: "acme", Tool: "cursor"}, user(1, "2026-11-01", 1, 0))
	w.load(ImportRequest{}, user(1, "2026-11-01", 2, 0))
	var tools []string
	for line := range strings.Lines(w.export(ExportRequest{Report: "users-1-day"})) {
		var r struct{ Tool string }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		tools = append(tools, r.Tool)
	}
	if got := strings.Join(tools, ","); got != ",cursor" {
		t.Errorf("got tools %q", got)
	}
	if out := w.export(ExportRequest{Report: "users-1-day", Tool: "cursor"}); strings.Count(out, "\n") != 1 {
		t.Errorf("got %q", out)
	}
}

func TestExportFormats(t *testing.T) {
	w, _ := sampleWorld(t, "enterprise-28-day-report.ndjson", ImportRequest{Scope: "enterprise"})
	rows, err := csv.NewReader(strings.NewReader(w.export(ExportRequest{Report: "enterprise-28-day", Format: "csv"}))).ReadAll()
	if err != nil || len(rows) != 27 || rows[0][0] != "day" {
		t.Errorf("got %d rows, %v", len(rows), err)
	}
	err = w.Export(t.Context(), ExportRequest{Report: "enterprise-1-day", Format: "parquet"}, io.Discard)
	refuses(t, "parquet", err, fault.Unsupported, "cannot write Parquet")
	w.opt.Parquet = parrot{}
	if out := w.export(ExportRequest{Report: "enterprise-28-day", Format: "parquet"}); strings.Count(out, "\n") != 26 {
		t.Errorf("parquet got %.100q", out)
	}
}

// parrot writes what it reads.
type parrot struct{}

func (parrot) ToNDJSON(string, io.Reader) (io.ReadCloser, error) { return nil, io.EOF }
func (parrot) FromNDJSON(r io.Reader, w io.Writer) error         { _, err := io.Copy(w, r); return err }

func TestBadExports(t *testing.T) {
	w := newWorld(t)
	w.loadDays(ImportRequest{Enterprise: "acme", Org: "north"}, 1, daysOf("2026-11-01", 3))
	for name, c := range map[string]struct {
		req  ExportRequest
		kind fault.Kind
		says string
	}{
		"report":        {ExportRequest{Report: "repos-28-day"}, fault.Invalid, "users-1-day, users-28-day, enterprise-1-day"},
		"enterprise":    {ExportRequest{Report: "users-1-day", Enterprise: "x"}, fault.NotFound, "existing ones: acme"},
		"organization":  {ExportRequest{Report: "users-1-day", Org: "x"}, fault.NotFound, "existing ones: north"},
		"needs org":     {ExportRequest{Report: "organization-1-day"}, fault.Invalid, "name the organization"},
		"needs no org":  {ExportRequest{Report: "enterprise-28-day", Org: "north"}, fault.Invalid, "organization-28-day"},
		"nothing":       {ExportRequest{Report: "users-1-day"}, fault.NotFound, "no users-1-day records of acme are stored"},
		"nothing then":  {ExportRequest{Report: "users-1-day", Org: "north", Day: "2026-10-01"}, fault.NotFound, "stored days: 2026-11-01 to 2026-11-03"},
		"nothing in it": {ExportRequest{Report: "users-1-day", Org: "north", To: "2026-10-01"}, fault.NotFound, "stored days: 2026-11-01 to 2026-11-03"},
		"day":           {ExportRequest{Report: "users-1-day", Org: "north", Day: "yesterday"}, fault.Invalid, "YYYY-MM-DD"},
		"day and from":  {ExportRequest{Report: "users-1-day", Org: "north", Day: "2026-11-01", From: "2026-11-01"}, fault.Invalid, "use one or the other"},
		"format":        {ExportRequest{Report: "users-1-day", Org: "north", Format: "xml"}, fault.Invalid, "ndjson, csv, parquet"},
	} {
		var b bytes.Buffer
		refuses(t, name, w.Export(t.Context(), c.req, &b), c.kind, c.says)
		if b.Len() != 0 {
			t.Errorf("%s: wrote %q before it failed", name, b.String())
		}
	}
}

func TestDelete(t *testing.T) {
	w := newWorld(t)
	w.loadDays(ImportRequest{Enterprise: "acme"}, 1, daysOf("2026-11-01", 4))
	w.loadDays(ImportRequest{Org: "north"}, 2, daysOf("2026-11-01", 4))
	w.loadDays(ImportRequest{Tool: "cursor"}, 1, daysOf("2026-11-01", 4))
	for name, c := range map[string]struct {
		req  DeleteRequest
		kind fault.Kind
		says string
	}{
		"no enterprise": {DeleteRequest{User: "u1"}, fault.Invalid, "--enterprise"},
		"enterprise":    {DeleteRequest{Enterprise: "x"}, fault.NotFound, "existing ones: acme"},
		"organization":  {DeleteRequest{Enterprise: "acme", Org: "south"}, fault.NotFound, "existing ones: north"},
		"user":          {DeleteRequest{Enterprise: "acme", User: "nobody"}, fault.NotFound, `of user "nobody"`},
		"import":        {DeleteRequest{Enterprise: "acme", Import: 99}, fault.NotFound, "import 99"},
		"negative":      {DeleteRequest{Enterprise: "acme", Import: -1}, fault.Invalid, "import"},
		"day":           {DeleteRequest{Enterprise: "acme", From: "x"}, fault.Invalid, "from"},
		"backwards":     {DeleteRequest{Enterprise: "acme", From: "2026-11-02", To: "2026-11-01"}, fault.Invalid, "before it begins"},
	} {
		_, err := w.Delete(t.Context(), c.req)
		refuses(t, name, err, c.kind, c.says)
	}
	lines := func() string {
		return show(w.query(QueryParameters{Measures: []string{"loc_added"}, By: []string{"tool"}}))
	}
	if got, want := lines(), "copilot 80\ncursor 40\n"; got != want {
		t.Fatalf("before: got %q, want %q", got, want)
	}
	remove := func(req DeleteRequest, want string) *ImportReport {
		t.Helper()
		req.Enterprise = "acme"
		l, err := w.Delete(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if got := lines(); got != want {
			t.Errorf("after %+v: got %q, want %q", req, got, want)
		}
		return l
	}
	l := remove(DeleteRequest{Tool: "cursor", From: "2026-11-03"}, "copilot 80\ncursor 20\n")
	if len(l.Days) != 2 || l.Days[0].SourceName != "acme" || l.Days[0].Before.LocAdded != 10 || l.Days[0].After.LocAdded != 0 {
		t.Errorf("got %+v", l)
	}
	remove(DeleteRequest{Org: "north", To: "2026-11-01"}, "copilot 70\ncursor 20\n")
	remove(DeleteRequest{Import: 3}, "copilot 70\n")
	remove(DeleteRequest{User: "u2"}, "copilot 40\n")
	if _, err := w.Delete(t.Context(), DeleteRequest{Enterprise: "acme"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Status(t.Context(), QueryParameters{}); fault.KindOf(err) != fault.NotFound || w.entities() != "" {
		t.Errorf("the enterprise is still there: %v, %s", err, w.entities())
	}
}

// TestDeleteUserAndSeat sees that a person's seat goes with their records, and
// stays where only some of those are deleted.
func TestDeleteUserAndSeat(t *testing.T) {
	w := newWorld(t)
	w.load(ImportRequest{Enterprise: "acme"}, user(1, "2026-11-01", 10, 1, `"enterprise_id":"83"`), user(2, "2026-11-01", 10, 1),
		`{"total_seats":3,"seats":[`+seat(1, "north", 5)+`,`+seat(2, "north", 5)+`,`+seat(3, "south", 6)+`]}`)
	for _, c := range []struct {
		req   DeleteRequest
		gone  int64
		seats int64
	}{
		{DeleteRequest{User: "1", Tool: "copilot"}, 0, 3},
		{DeleteRequest{User: "2"}, 1, 2},
		{DeleteRequest{User: "3", Org: "south"}, 1, 1}, // has no record
	} {
		c.req.Enterprise = "acme"
		l, err := w.Delete(t.Context(), c.req)
		if err != nil {
			t.Fatalf("%+v: %v", c.req, err)
		}
		if n := must(w.SeatCount(t.Context(), QueryParameters{})); l.Records["seats"] != c.gone || *n != c.seats {
			t.Errorf("%+v: %v deleted, %d seats left, want %d and %d", c.req, l.Records, *n, c.gone, c.seats)
		}
	}
	_, err := w.Delete(t.Context(), DeleteRequest{Enterprise: "acme", User: "3", Org: "south"})
	refuses(t, "again", err, fault.NotFound, `of user "3"`)
}

func TestVerify(t *testing.T) {
	w := newWorld(t)
	v, err := w.Verify(t.Context())
	if err != nil || !v.Clean || len(v.Enterprises) != 0 {
		t.Errorf("nothing: got %+v, %v", v, err)
	}
	w.loadDays(ImportRequest{Enterprise: "acme"}, 1, daysOf("2026-11-01", 4), rowsOf("totals_by_feature", row(`"feature":"agent_edit"`, 50, 5)))
	w.load(ImportRequest{Enterprise: "beta"}, `{"user_id":1,"day":"2026-11-01","team_id":1,"slug":"core"}`)
	v, err = w.Verify(t.Context())
	if err != nil || !v.Clean || len(v.Enterprises) != 2 {
		t.Fatalf("got %+v, %v", v, err)
	}
	if e := v.Enterprises[0]; !e.AddsUp || len(e.Reconciliation.Days) != 4 || *e.Reconciliation.Total.Added != 40 {
		t.Errorf("got %+v", e)
	}
}

func TestAddsUp(t *testing.T) {
	n := func(v int64) Lines { return Lines{Added: &v} }
	r := &Reconciliation{Total: n(5), Parts: []Part{{Lines: n(3)}, {Lines: n(2)}}}
	if !r.addsUp() {
		t.Error("3 + 2 is 5")
	}
	r.Parts[0].Lines = n(4)
	if r.addsUp() {
		t.Error("4 + 2 is not 5")
	}
}

func TestReady(t *testing.T) {
	if err := newWorld(t).Ready(t.Context()); err != nil {
		t.Error(err)
	}
}
