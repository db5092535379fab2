package question_test

import (
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/metric"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report"
	"codegauge/internal/report/reporttest"
)

// twoKinds has a report and telemetry of two people, whose lines differ on one of two days, a
// third whom only telemetry has, and a day of telemetry alone.
func (w *world) twoKinds() *intake.Report {
	w.T.Helper()
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 600, 1), reporttest.User(2, "2026-11-01", 5, 0), reporttest.User(1, "2026-11-02", 9, 0))
	return w.Load(intake.Request{Enterprise: "acme", Data: "telemetry"}, reporttest.User(1, "2026-11-01", 400, 3), reporttest.User(2, "2026-11-01", 5, 0), reporttest.User(1, "2026-11-02", 9, 0),
		reporttest.User(3, "2026-11-01", 7000, 0), reporttest.User(1, "2026-11-03", 70, 0))
}

const kindsDiffer = "acme: on 1 of 2 days compared (2026-11-01) usage reports and telemetry have different lines of the same people with GitHub Copilot (1 of 2 person-days): " +
	"usage reports 605 added and 1 deleted, telemetry 405 and 3; the figures are those of usage reports, because they have the whole day, on every surface, as GitHub's own pages show it"

// TestKindsDiffer compares a report with telemetry: on import and on Data quality.
func TestKindsDiffer(t *testing.T) {
	w := newWorld(t)
	l := w.twoKinds()
	if !producttest.Mentions(l.Warnings, kindsDiffer) {
		t.Errorf("warnings %s\nwant %s", producttest.Reasons(l.Warnings), kindsDiffer)
	}
	if got := producttest.Show(w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"day"}, From: "2026-11-01", To: "2026-11-03"})); got != "2026-11-01 7605\n2026-11-02 9\n2026-11-03 70\n" {
		t.Errorf("figures are %s", got)
	}
	for from, want := range map[string]string{"2026-11-01": kindsDiffer, "2026-11-02": ""} {
		c, err := w.Coverage(t.Context(), question.Parameters{Enterprise: "acme", From: from, To: "2026-11-03"})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for i := range c.Kinds {
			got += c.Kinds[i].String()
		}
		if got != want {
			t.Errorf("from %s Data quality says %q", from, got)
		}
		days := map[metric.DataKind]int{}
		for _, row := range c.Days {
			days[row.Source.Data] = row.Source.Days.Len()
		}
		if len(c.Days) != 2 || days[metric.Reports] != 2 || days[metric.Telemetry] != 3 {
			t.Errorf("sources are %v of %d rows, want a report of 2 days and telemetry of 3", days, len(c.Days))
		}
	}
	// Provisional days are not compared, nor what is the same.
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-22", 2, 0))
	l = w.Load(intake.Request{Enterprise: "acme", Data: "vendor"}, reporttest.User(1, "2026-11-22", 1, 0), reporttest.User(1, "2026-11-02", 9, 0))
	if producttest.Mentions(l.Warnings, "different lines") {
		t.Errorf("warnings %s", producttest.Reasons(l.Warnings))
	}
}

// TestKindsDifferOfFew has whoever may not view people told that kinds differ, but not what
// two people did.
func TestKindsDifferOfFew(t *testing.T) {
	w := newWorld(t)
	w.twoKinds()
	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	l, err := w.Import(ctx, intake.Request{Enterprise: "acme", Data: "telemetry", Inputs: []report.Input{reporttest.Input("more.ndjson", reporttest.User(4, "2026-11-01", 1, 0))}})
	if err != nil {
		t.Fatal(err)
	}
	const want = "acme: on 1 of 1 day compared (2026-11-01) usage reports and telemetry have different lines of the same people with GitHub Copilot; the figures are those of usage reports"
	if !producttest.Mentions(l.Warnings, want) || producttest.Mentions(l.Warnings, "605") {
		t.Errorf("warnings %s\nwant %s", producttest.Reasons(l.Warnings), want)
	}
	c, err := w.Coverage(ctx, question.Parameters{Enterprise: "acme"})
	if err != nil || len(c.Kinds) > 0 {
		t.Errorf("Data quality says %v, %v", c.Kinds, err)
	}
}

// TestAggregateBeforeTelemetry has an aggregate of many people beside telemetry of one: they
// are not of the same people, and the aggregate counts.
func TestAggregateBeforeTelemetry(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme", Data: "telemetry"}, reporttest.User(1, "2026-11-01", 600, 0))
	l := w.Load(intake.Request{Enterprise: "acme"}, reporttest.Aggregate("2026-11-01", 4000, 0))
	if producttest.Mentions(l.Warnings, "disagree") {
		t.Errorf("warnings %s", producttest.Reasons(l.Warnings))
	}
	if got := producttest.Show(w.Ask(question.Parameters{Measures: []string{"loc_added"}, From: "2026-11-01", To: "2026-11-01"})); got != "4000\n" {
		t.Errorf("the figure is %s", got)
	}
	// Telemetry that ends with it gives no figure, and is no source that they wait for.
	st, err := w.Status(t.Context(), question.Parameters{})
	if err != nil || len(st.Sources) != 1 || st.Sources[0].Kind != report.AggregateDay || st.Sources[0].Data != metric.Reports {
		t.Errorf("sources are %+v, %v", st.Sources, err)
	}
}

// TestExportOfKind exports records of one kind of data, which import again as that kind.
func TestExportOfKind(t *testing.T) {
	w := newWorld(t)
	w.twoKinds()
	var out strings.Builder
	ask := question.ExportRequest{Enterprise: "acme", Report: "users-1-day", From: "2026-11-01", To: "2026-11-03"}
	for kind, want := range map[string]int{"": 3, "report": 3, "telemetry": 5} {
		out.Reset()
		ask.Data = kind
		if err := w.Export(t.Context(), ask, &out); err != nil || strings.Count(out.String(), "\n") != want {
			t.Errorf("of kind %q: %v\n%s", kind, err, out.String())
		}
	}
	ask.Data = "vendor"
	producttest.Refuses(t, "no records", w.Export(t.Context(), ask, &out), fault.NotFound, "no users-1-day records of acme are stored of the kind of data vendor")
	ask.Data = "logs"
	producttest.Refuses(t, "no kind", w.Export(t.Context(), ask, &out), fault.Invalid, `kind of data "logs" is not one of report, telemetry, vendor`)
	list, err := w.Exportable(t.Context(), question.Parameters{Enterprise: "acme"})
	if err != nil || len(list) != 2 || list[0].Data != metric.Reports || list[1].Data != metric.Telemetry || list[1].Days.Len() != 3 {
		t.Errorf("exportable are %+v, %v", list, err)
	}
	// A report file is made of reports alone.
	files, err := w.ReportFiles(t.Context(), question.ReportRequest{Enterprise: "acme", Report: "users-1-day", Day: "2026-11-01"})
	if err != nil || len(files.Parts) != 1 || files.LeftOut != 3 {
		t.Errorf("report files are %+v, %v", files, err)
	}
	if files, err = w.ReportFiles(t.Context(), question.ReportRequest{Enterprise: "acme", Report: "users-1-day", Day: "2026-11-03"}); err != nil || len(files.Parts) != 0 {
		t.Errorf("of a day of telemetry: %+v, %v", files, err)
	}
}

// TestDeleteKind deletes one kind of data and is told where there is none.
func TestDeleteKind(t *testing.T) {
	w := newWorld(t)
	w.twoKinds()
	l, err := w.Delete(t.Context(), intake.DeleteRequest{Enterprise: "acme", Data: "report"})
	if err != nil || l.Records["users"] != 3 {
		t.Fatalf("deleted %+v, %v", l, err)
	}
	if got := producttest.Show(w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"day"}, From: "2026-11-01", To: "2026-11-03"})); got != "2026-11-01 7405\n2026-11-02 9\n2026-11-03 70\n" {
		t.Errorf("figures are %s", got)
	}
	_, err = w.Delete(t.Context(), intake.DeleteRequest{Enterprise: "acme", Data: "report"})
	producttest.Refuses(t, "again", err, fault.NotFound, "of the kind of data report")
	_, err = w.Delete(t.Context(), intake.DeleteRequest{Enterprise: "acme", Data: "logs"})
	producttest.Refuses(t, "no kind", err, fault.Invalid, "is not one of")
	_, err = w.TryLoad(intake.Request{Enterprise: "acme", Data: "logs"}, reporttest.User(1, "2026-11-01", 1, 0))
	producttest.Refuses(t, "an import of no kind", err, fault.Invalid, "is not one of")
}
