package question_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codegauge/internal/english"
	"codegauge/internal/intake"
	"codegauge/internal/metric"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report"
)

// samples is a folder of real reports, which are not part of the project; tests that need
// one of them are skipped without it.
var samples = os.Getenv("CODEGAUGE_REPORTS")

func sample(t *testing.T, name string) report.Input {
	t.Helper()
	path := filepath.Join(samples, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no samples: %v", err)
	}
	return report.Input{Name: path, Size: -1, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

func sampleWorld(t *testing.T, name string, req intake.Request) (*world, *intake.Report) {
	t.Helper()
	w := newWorld(t)
	req.Enterprise, req.Inputs = "acme", []report.Input{sample(t, name)}
	l, err := w.Import(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if l.RejectedTotal != 0 {
		t.Errorf("refused: %v", l.Rejected)
	}
	return w, l
}

func (w *world) reconcile(words question.Parameters) *question.Reconciliation {
	w.T.Helper()
	r, err := w.Reconcile(w.T.Context(), words)
	if err != nil {
		w.T.Fatalf("reconcile %+v: %v", words, err)
	}
	if !r.AddsUp() {
		w.T.Errorf("reconciliation does not add up: %+v", r)
	}
	return r
}

func checkOf(t *testing.T, r *question.Reconciliation, breakdown string) question.Check {
	t.Helper()
	for _, c := range r.Checks {
		if c.Breakdown == breakdown {
			return c
		}
	}
	t.Fatalf("no check of %s", breakdown)
	return question.Check{}
}

func equalLines(t *testing.T, what string, l question.Lines, added, deleted int64) {
	t.Helper()
	if l.Added == nil || l.Deleted == nil || *l.Added != added || *l.Deleted != deleted || *l.Changed != added+deleted {
		t.Errorf("%s: got %s, want +%d -%d", what, linesText(l), added, deleted)
	}
}

func linesText(l question.Lines) string {
	var lines [2]int64
	for i, n := range []*int64{l.Added, l.Deleted} {
		if n != nil {
			lines[i] = *n
		}
	}
	return "+" + english.Number(lines[0]) + " -" + english.Number(lines[1])
}

func TestSampleEnterprise(t *testing.T) {
	w, l := sampleWorld(t, "enterprise-28-day-report.ndjson", intake.Request{Scope: "enterprise"})
	if l.Records["aggregate"] != 26 || len(l.Days) != 26 {
		t.Errorf("got %v records on %d days, want 26", l.Records, len(l.Days))
	}
	r := w.reconcile(question.Parameters{})
	equalLines(t, "total", r.Total, 72009, 12041)
	for _, breakdown := range []string{"feature", "ide", "language"} {
		c := checkOf(t, r, breakdown)
		equalLines(t, breakdown, c.Sum, 72009, 12041)
		if len(c.Residuals) != 0 {
			t.Errorf("%s: got residuals %v, want none", breakdown, c.Residuals)
		}
	}
	c := checkOf(t, r, "model")
	if *c.Sum.Added != 71188 {
		t.Errorf("model sum: got %d, want 71188", *c.Sum.Added)
	}
	if len(c.Residuals) != 1 || c.Residuals[0].Cause != "Completions: no model in the report" || *c.Residuals[0].Lines.Added != 821 {
		t.Errorf("model residuals: %+v, want 821 lines of completions", c.Residuals)
	}
	if r.Rows != 26 || len(r.Days) != 0 {
		t.Errorf("got %d rows, %d contradicting days; want 26, 0", r.Rows, len(r.Days))
	}
}

func TestSampleEnterpriseReadAsOrganization(t *testing.T) {
	w, l := sampleWorld(t, "enterprise-28-day-report.ndjson", intake.Request{})
	if !producttest.Mentions(l.Warnings, "--scope enterprise") {
		t.Errorf("the import report does not say how the file was read: %v", l.Warnings)
	}
	a := w.Ask(question.Parameters{Measures: question.LineMeasures})
	if got := strings.Join(a.Warnings, "\n"); !strings.Contains(got, "only aggregates of 100000001") {
		t.Errorf("got warnings %q", got)
	}
	r := w.reconcile(question.Parameters{Org: "100000001"})
	equalLines(t, "total", r.Total, 72009, 12041)
}

func TestSampleOrganization(t *testing.T) {
	w, l := sampleWorld(t, "organization-28-day-report.ndjson", intake.Request{Org: "platform"})
	want := "platform: on 19 of 28 days the aggregates contradict themselves: features add up to 64,030 lines added, but the total is 62,998"
	if !producttest.Mentions(l.Warnings, want) {
		t.Errorf("got warnings %v, want %q", l.Warnings, want)
	}
	r := w.reconcile(question.Parameters{Org: "platform"})
	if *r.Total.Added != 62998 || *checkOf(t, r, "feature").Sum.Added != 64030 || *checkOf(t, r, "ide").Sum.Added != 11706 {
		t.Errorf("got total %s, features %s, IDEs %s", linesText(r.Total), linesText(checkOf(t, r, "feature").Sum), linesText(checkOf(t, r, "ide").Sum))
	}
	if len(r.Days) != 19 {
		t.Errorf("got %d contradicting days, want 19", len(r.Days))
	}
	ide := checkOf(t, r, "ide").Residuals
	if len(ide) != 1 || ide[0].Cause != "CLI and app activity has no IDE" || *ide[0].Lines.Added != 51292 {
		t.Errorf("IDE residuals: %+v, want 51,292 lines of the CLI", ide)
	}
}

func TestSampleUsers(t *testing.T) {
	w, l := sampleWorld(t, "organization-users-28-day-report.ndjson", intake.Request{})
	if l.Records["users"] != 107 || l.Users != 8 || len(l.Days) != 28 {
		t.Errorf("got %v records, %d users, %d days; want 107, 8, 28", l.Records, l.Users, len(l.Days))
	}
	a := w.Ask(question.Parameters{Measures: []string{"active_users", "loc_added"}, Org: "100000001"})
	b := w.Ask(question.Parameters{Measures: []string{"active_users", "loc_added"}})
	if producttest.Show(a) != producttest.Show(b) || a.Rows[0][0] != int64(8) {
		t.Errorf("organization %q, enterprise %q; want the same 8 people", producttest.Show(a), producttest.Show(b))
	}
	if r := w.reconcile(question.Parameters{}); r.Rows != 107 {
		t.Errorf("got %d rows, want 107", r.Rows)
	}
}

func TestSampleSmall(t *testing.T) {
	w, _ := sampleWorld(t, "users-1-day-full-and-reduced.ndjson", intake.Request{})
	st, err := w.Status(t.Context(), question.Parameters{})
	if err != nil || st.LinesUnknown == 0 {
		t.Errorf("got status %+v, %v; want reduced records", st, err)
	}
	w, _ = sampleWorld(t, "enterprise-1-day-flat.json", intake.Request{})
	equalLines(t, "flat", w.reconcile(question.Parameters{}).Total, 500, 100)
	w, _ = sampleWorld(t, "organization-1-day-no-toplevel-loc.json", intake.Request{})
	equalLines(t, "from the IDEs", w.reconcile(question.Parameters{Org: "123"}).Total, 1763, 1253)
	w, l := sampleWorld(t, "user-teams-1-day.ndjson", intake.Request{})
	if l.Records["user-teams"] != 1 {
		t.Errorf("got records %v", l.Records)
	}
	if e, err := w.Entity(t.Context(), question.Parameters{Team: "9001"}); err != nil || e.Slug != "eng-platform" || e.Organization != 0 {
		t.Errorf("got team %+v, %v", e, err)
	}
}

// TestSampleWide asks the other definition: parts change, the total does not.
func TestSampleWide(t *testing.T) {
	w, _ := sampleWorld(t, "organization-users-28-day-report.ndjson", intake.Request{})
	strict, wide := w.reconcile(question.Parameters{}), w.reconcile(question.Parameters{Definition: string(metric.Wide)})
	if *strict.Total.Changed != *wide.Total.Changed || wide.Definition != metric.Wide {
		t.Errorf("got totals %s and %s", linesText(strict.Total), linesText(wide.Total))
	}
}
