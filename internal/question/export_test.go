package question_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

func (w *world) export(req question.ExportRequest) string {
	w.T.Helper()
	var b bytes.Buffer
	if err := w.Export(w.T.Context(), req, &b); err != nil {
		w.T.Fatalf("export %+v: %v", req, err)
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
		w, _ := sampleWorld(t, c.sample, intake.Request{Scope: c.scope})
		out := w.export(question.ExportRequest{Report: c.report, Org: c.org})
		again := newWorld(t)
		again.Load(intake.Request{Enterprise: "acme", Scope: c.scope}, out)
		words := question.Parameters{Measures: []string{"loc_added", "loc_deleted", "generations", "active_users"}, By: []string{"day"}, Org: c.org}
		if got, want := producttest.Show(again.Ask(words)), producttest.Show(w.Ask(words)); got != want || got == "" {
			t.Errorf("%s: got\n%s\nwant\n%s", c.report, got, want)
		}
	}
}

// TestExportOfDaysComesBack is TestExportComesBack with data of the project's own.
func TestExportOfDaysComesBack(t *testing.T) {
	w := newWorld(t)
	w.LoadDays(intake.Request{Enterprise: "acme"}, 1, reporttest.Days("2026-11-01", 20))
	w.Load(intake.Request{Enterprise: "acme"}, `{"user_id":"2","user_login":"bob","day":"2026-11-02","loc_added_sum":5,"new_member":{"a":[1,null]}}`)
	out := w.export(question.ExportRequest{Report: "users-28-day", From: "2026-11-01", To: "2026-11-20"})
	again := newWorld(t)
	again.Load(intake.Request{Enterprise: "acme"}, out)
	words := question.Parameters{Measures: []string{"loc_added", "loc_deleted", "generations", "active_users"}, By: []string{"day"}}
	if got, want := producttest.Show(again.Ask(words)), producttest.Show(w.Ask(words)); got != want || got == "" {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if back := again.export(question.ExportRequest{Report: "users-28-day", From: "2026-11-01", To: "2026-11-20"}); back != out || !strings.Contains(out, "new_member") {
		t.Errorf("exported again:\n%s\nbefore:\n%s", back, out)
	}
}

// TestRepositoriesMayNamePeople exports them as somebody who may not view people.
func TestRepositoriesMayNamePeople(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, `{"day":"2026-11-01","repo_id":5,"repo_name":"ann-smith/dotfiles","authors":[{"login":"ann"}]}`)
	if out := w.export(question.ExportRequest{Report: "repos-1-day"}); !strings.Contains(out, "ann-smith/dotfiles") {
		t.Errorf("got %s", out)
	}
	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	if err := w.Export(ctx, question.ExportRequest{Report: "repos-1-day"}, io.Discard); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("somebody who may not view people: %v", err)
	}
}

// TestExportOfOneDay takes a day out of a report of 28: it must not say that it
// covers the others.
func TestExportOfOneDay(t *testing.T) {
	w, _ := sampleWorld(t, "organization-users-28-day-report.ndjson", intake.Request{})
	out := w.export(question.ExportRequest{Report: "users-1-day", Org: "100000001", Day: "2026-04-01"})
	if strings.Contains(out, "report_start_day") || !strings.Contains(out, "last_known_plugin_version") {
		t.Errorf("got %.300s", out)
	}
	before := producttest.Show(w.Ask(question.Parameters{Measures: question.LineMeasures}))
	l := w.Load(intake.Request{}, out)
	if got := producttest.Show(w.Ask(question.Parameters{Measures: question.LineMeasures})); got != before || len(l.Days) != 1 {
		t.Errorf("got %s on %d days, want %s", got, len(l.Days), before)
	}
	all := w.export(question.ExportRequest{Report: "users-1-day", Org: "100000001", From: "2026-03-29"})
	if n := strings.Count(all, "\n"); n != 107 {
		t.Errorf("got %d rows, want 107", n)
	}
}

func TestExport28Days(t *testing.T) {
	w := newWorld(t)
	w.LoadDays(intake.Request{Enterprise: "acme"}, 1, reporttest.Days("2026-10-01", 40), `"report_start_day":"2026-10-01","report_end_day":"2026-11-09"`)
	out := w.export(question.ExportRequest{Report: "users-28-day"})
	if n := strings.Count(out, `"report_start_day":"2026-10-13","report_end_day":"2026-11-09"`); n != 28 {
		t.Errorf("got %d rows of 28 with the report's days: %.300s", n, out)
	}
	out = w.export(question.ExportRequest{Report: "users-28-day", Day: "2026-10-10"})
	if n := strings.Count(out, "\n"); n != 10 {
		t.Errorf("got %d rows, want 10", n)
	}
}

func TestExportTools(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme", Tool: "cursor"}, reporttest.User(1, "2026-11-01", 1, 0))
	w.Load(intake.Request{}, reporttest.User(1, "2026-11-01", 2, 0))
	var tools []string
	for line := range strings.Lines(w.export(question.ExportRequest{Report: "users-1-day"})) {
		var r struct{ Tool string }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		tools = append(tools, r.Tool)
	}
	if got := strings.Join(tools, ","); got != ",cursor" {
		t.Errorf("got tools %q", got)
	}
	if out := w.export(question.ExportRequest{Report: "users-1-day", Tool: "cursor"}); strings.Count(out, "\n") != 1 {
		t.Errorf("got %q", out)
	}
}

func TestExportFormats(t *testing.T) {
	w, _ := sampleWorld(t, "enterprise-28-day-report.ndjson", intake.Request{Scope: "enterprise"})
	rows, err := csv.NewReader(strings.NewReader(w.export(question.ExportRequest{Report: "enterprise-28-day", Format: "csv"}))).ReadAll()
	if err != nil || len(rows) != 27 || rows[0][0] != "day" {
		t.Errorf("got %d rows, %v", len(rows), err)
	}
	err = w.Export(t.Context(), question.ExportRequest{Report: "enterprise-1-day", Format: "parquet"}, io.Discard)
	producttest.Refuses(t, "parquet", err, fault.Unsupported, "cannot write Parquet")
	w.SetParquet(parrot{})
	if out := w.export(question.ExportRequest{Report: "enterprise-28-day", Format: "parquet"}); strings.Count(out, "\n") != 26 {
		t.Errorf("parquet got %.100q", out)
	}
}

// parrot writes what it reads.
type parrot struct{}

func (parrot) ToNDJSON(string, io.Reader) (io.ReadCloser, error) { return nil, io.EOF }

func (parrot) FromNDJSON(r io.Reader, w io.Writer) error { _, err := io.Copy(w, r); return err }

func TestBadExports(t *testing.T) {
	w := newWorld(t)
	w.LoadDays(intake.Request{Enterprise: "acme", Org: "north"}, 1, reporttest.Days("2026-11-01", 3))
	for name, c := range map[string]struct {
		req  question.ExportRequest
		kind fault.Kind
		says string
	}{
		"report":        {question.ExportRequest{Report: "repos-28-day"}, fault.Invalid, "users-1-day, users-28-day, enterprise-1-day"},
		"enterprise":    {question.ExportRequest{Report: "users-1-day", Enterprise: "x"}, fault.NotFound, "existing ones: acme"},
		"organization":  {question.ExportRequest{Report: "users-1-day", Org: "x"}, fault.NotFound, "existing ones: north"},
		"needs org":     {question.ExportRequest{Report: "organization-1-day"}, fault.Invalid, "name the organization"},
		"needs no org":  {question.ExportRequest{Report: "enterprise-28-day", Org: "north"}, fault.Invalid, "organization-28-day"},
		"nothing":       {question.ExportRequest{Report: "users-1-day"}, fault.NotFound, "no users-1-day records of acme are stored"},
		"nothing then":  {question.ExportRequest{Report: "users-1-day", Org: "north", Day: "2026-10-01"}, fault.NotFound, "stored days: 2026-11-01 to 2026-11-03"},
		"nothing in it": {question.ExportRequest{Report: "users-1-day", Org: "north", To: "2026-10-01"}, fault.NotFound, "stored days: 2026-11-01 to 2026-11-03"},
		"day":           {question.ExportRequest{Report: "users-1-day", Org: "north", Day: "yesterday"}, fault.Invalid, "YYYY-MM-DD"},
		"day and from":  {question.ExportRequest{Report: "users-1-day", Org: "north", Day: "2026-11-01", From: "2026-11-01"}, fault.Invalid, "use one or the other"},
		"format":        {question.ExportRequest{Report: "users-1-day", Org: "north", Format: "xml"}, fault.Invalid, "ndjson, csv, parquet"},
	} {
		var b bytes.Buffer
		producttest.Refuses(t, name, w.Export(t.Context(), c.req, &b), c.kind, c.says)
		if b.Len() != 0 {
			t.Errorf("%s: wrote %q before it failed", name, b.String())
		}
	}
}

func TestVerify(t *testing.T) {
	w := newWorld(t)
	v, err := w.Verify(t.Context())
	if err != nil || !v.Clean || len(v.Enterprises) != 0 {
		t.Errorf("nothing: got %+v, %v", v, err)
	}
	w.LoadDays(intake.Request{Enterprise: "acme"}, 1, reporttest.Days("2026-11-01", 4), reporttest.Rows("totals_by_feature", reporttest.Row(`"feature":"agent_edit"`, 50, 5)))
	w.Load(intake.Request{Enterprise: "beta"}, `{"user_id":1,"day":"2026-11-01","team_id":1,"slug":"core"}`)
	v, err = w.Verify(t.Context())
	if err != nil || !v.Clean || len(v.Enterprises) != 2 {
		t.Fatalf("got %+v, %v", v, err)
	}
	if e := v.Enterprises[0]; !e.AddsUp || len(e.Reconciliation.Days) != 4 || *e.Reconciliation.Total.Added != 40 {
		t.Errorf("got %+v", e)
	}
}

func TestAddsUp(t *testing.T) {
	n := func(v int64) question.Lines { return question.Lines{Added: &v} }
	r := &question.Reconciliation{Total: n(5), Parts: []question.Part{{Lines: n(3)}, {Lines: n(2)}}}
	if !r.AddsUp() {
		t.Error("3 + 2 is 5")
	}
	r.Parts[0].Lines = n(4)
	if r.AddsUp() {
		t.Error("4 + 2 is not 5")
	}
}

func TestReady(t *testing.T) {
	if err := newWorld(t).Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestPseudonymsHideOrder exports people as somebody who is told pseudonyms: they are in the
// order of these, and not of the ids that they stand for.
func TestPseudonymsHideOrder(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for i := range 48 {
		lines = append(lines, fmt.Sprintf(`{"user_id":"%d","user_login":"person-%02d","day":"2026-11-01","loc_added_sum":%d}`, 5000+i, i, i))
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	e := producttest.Must(w.Entity(t.Context(), question.Parameters{Enterprise: "acme"}))
	settings := directory.DefaultPrivacy()
	settings.Pseudonyms, settings.PersonViews = true, true
	w.Dir.Settings = &settings
	var out bytes.Buffer
	ctx := access.With(t.Context(), access.NewProgram(e.ID, access.All...))
	if err := w.Export(ctx, question.ExportRequest{Report: "users-1-day", Day: "2026-11-01"}, &out); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for line := range strings.Lines(out.String()) {
		var r struct {
			ID json.Number `json:"user_id"`
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		ids = append(ids, r.ID.String())
	}
	if len(ids) != 48 || !slices.IsSorted(ids) || slices.Contains(ids, "5000") {
		t.Errorf("%d people, not in the order of their pseudonyms: %v", len(ids), ids)
	}
}

// TestWrapperSpeaksOfItsDays exports a report of 28 days as it came, and of days of which what
// stood around them does not speak.
func TestWrapperSpeaksOfItsDays(t *testing.T) {
	w := newWorld(t)
	var days []string
	for _, d := range reporttest.Days("2026-10-14", 28) {
		days = append(days, reporttest.Aggregate(d, 10, 1))
	}
	const engagement = `"copilot_feature_engagement":{"active_user_count":5}`
	w.Load(intake.Request{Enterprise: "acme", Scope: "enterprise"},
		`{"report_start_day":"2026-10-14","report_end_day":"2026-11-10","enterprise_id":"7",`+engagement+`,"day_totals":[`+strings.Join(days, ",")+`]}`)
	if out := w.export(question.ExportRequest{Report: "enterprise-28-day"}); !strings.Contains(out, engagement) {
		t.Errorf("of its days: %.300s", out)
	}
	if out := w.export(question.ExportRequest{Report: "enterprise-28-day", Day: "2026-11-09"}); strings.Contains(out, "engagement") || !strings.Contains(out, `"report_end_day":"2026-11-09"`) {
		t.Errorf("of other days: %.300s", out)
	}
}
