package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/directory/directorytest"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/metric"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/store/sqlstore"
	"codegauge/internal/web/text"
	"codegauge/internal/web/webtest"
)

// newWebOver is the pages over a world.
func newWebOver(t *testing.T, world *producttest.World) *Web {
	t.Helper()
	web, err := New(struct {
		*question.Answerer
		*intake.Intake
	}{world.Answerer, world.Intake}, Options{StageDir: t.TempDir(), Privacy: &webtest.Privacy{Settings: directory.Privacy{PersonViews: true}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.Close() })
	return web
}

// TestSourcesSayHowFresh: each source says how far it lies behind today, which days are missing,
// and which of them nobody has any longer; those to look at come first.
func TestSourcesSayHowFresh(t *testing.T) {
	world := producttest.NewWorld(t) // on 2026-11-24
	world.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2025-11-01", 10, 1), reporttest.User(1, "2026-11-19", 10, 1), reporttest.User(1, "2026-11-21", 10, 1))
	world.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 5, 2, `"tool":"claude_code"`))
	body := words(webtest.Get(t, serveAll(newWebOver(t, world)), "/enterprises/acme/insights/data-quality?from=2025-11-01&to=2026-11-21").Body.String())
	_, table, _ := strings.Cut(body, "days in the window. A record")
	late, good := strings.Index(table, "23 days behind today"), strings.Index(table, "3 days behind today: as GitHub promises")
	if late < 0 || good < late {
		t.Errorf("the late source, at %d, is not before the one that is as promised, at %d", late, good)
	}
	// GitHub has the year to the 24th.
	for _, want := range []string{"Lost for ever: 22 days within 2 – 23 Nov 2025", "22 lost for ever", "361 missing"} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %q: %.600s", want, table)
		}
	}
	// The calendar has the same days of the last year, whatever the window, in words too.
	_, calendar, _ := strings.Cut(words(webtest.Get(t, serveAll(newWebOver(t, world)), "/enterprises/acme/insights/data-quality?from=2026-11-19&to=2026-11-21").Body.String()), " Days present")
	for _, want := range []string{"GitHub Copilot: user records, acme: 2 present, 361 missing, 7 lost for ever", "user records, acme 2 19 Nov 2026, 21 Nov 2026 0 0 361 24 Nov 2025 – 18 Nov 2026, 20 Nov 2026 7 17 – 23 Nov 2025 Claude Code"} {
		if !strings.Contains(calendar, want) {
			t.Errorf("the calendar lacks %q: %.1200s", want, calendar)
		}
	}
}

// TestDataQualityReconciles: user records and aggregates, and totals and breakdowns, are compared
// by measure with the reason of each difference; what is not known has its share and cause.
func TestDataQualityReconciles(t *testing.T) {
	world := producttest.NewWorldOver(t, sqlstore.New(databasetest.Open(t, databasetest.SQLite), sqlstore.Options{SpoolDir: t.TempDir()})) // on 2026-11-24
	world.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-18", 100, 10, `"enterprise_id":"83"`, reporttest.Rows("totals_by_feature", reporttest.Row(`"feature":"agent_edit"`, 60, 10)),
		reporttest.Rows("totals_by_ide", reporttest.Row(`"ide":"vscode"`, 100, 10)),
		reporttest.Rows("totals_by_language_feature", reporttest.Row(`"language":"unknown","feature":"agent_edit"`, 40, 10))))
	world.Load(intake.Request{}, reporttest.Aggregate("2026-11-18", 103, 10, `"enterprise_id":"83"`))
	body := words(webtest.Get(t, serveAll(newWebOver(t, world)), "/enterprises/acme/insights/data-quality?from=2026-11-18&to=2026-11-18").Body.String())
	_, unknown, _ := strings.Cut(body, "Share of all")
	if i := strings.Index(unknown, "Language Reported as “unknown”"); i < 0 || i > strings.Index(unknown, " Model ") {
		t.Errorf("the causes of one thing do not stand together: %.600s", unknown)
	}
	for _, want := range []string{
		"Lines added User records 100 Aggregates 103 −3 They differ on 1 of 1 day that both have (18 Nov), and this row covers those days.",
		"Lines added Total 100 Sum over modes 60 40 The total exceeds the sum of features: 40.",
		"Lines added Total 100 Sum over IDEs 100 0 They agree.",
		"Lines under no feature, or under one that is attributed to neither user nor agent 40 36.4%",
		"Clients that are not counted at all", "VS Code 1.107.1 0.35.3",
	} {
		if !strings.Contains(body, want) {
			_, from, _ := strings.Cut(body, "Reconciliations")
			t.Errorf("the page lacks %q: %.1500s", want, from)
		}
	}
}

// metricsOnly may read metrics, and not view people.
func metricsOnly(e directory.Entity) *access.Principal {
	return access.NewProgram(e.ID, access.Metrics)
}

// TestDataQualityReconcilesPeople: active people, phases and pull requests that two reports state
// are compared, with the known reasons of differences; to whoever may not view people no count of
// user records is told beside that of aggregates.
func TestDataQualityReconcilesPeople(t *testing.T) {
	world := producttest.NewWorldOver(t, sqlstore.New(databasetest.Open(t, databasetest.SQLite), sqlstore.Options{SpoolDir: t.TempDir()})) // on 2026-11-24
	var users []string
	for i := range 6 {
		phase := min(i/5+1, 2) // the last is in one that the aggregate does not list
		users = append(users, reporttest.User(i+1, "2026-11-18", 10, 1, `"enterprise_id":"83"`, fmt.Sprintf(`"ai_adoption_phase":{"phase_number":%[1]d,"phase":"Phase %[1]d","version":"v1"}`, phase)))
	}
	world.Load(intake.Request{Enterprise: "acme"}, users...)
	world.Load(intake.Request{Enterprise: "acme", Org: "web"}, users[:5]...)
	pulls := func(created, merged int) string {
		return fmt.Sprintf(`"pull_requests":{"total_created":%d,"total_merged":%d}`, created, merged)
	}
	world.Load(intake.Request{}, reporttest.Aggregate("2026-11-18", 60, 6, `"enterprise_id":"83"`, `"monthly_active_users":6`, `"totals_by_ai_adoption_phase":[{"phase":"Phase 1","phase_number":1,"users_in_phase_28d":7}]`, pulls(10, 8)))
	world.Load(intake.Request{Enterprise: "acme", Org: "web"}, reporttest.Aggregate("2026-11-18", 60, 6, `"organization_id":"7"`, pulls(9, 8)))
	const page = "/enterprises/acme/insights/data-quality?from=2026-11-16&to=2026-11-22"
	web := newWebOver(t, world)
	body := words(webtest.Get(t, serveAll(web), page).Body.String())
	_, from, _ := strings.Cut(body, " Reconciliations ")
	for _, want := range []string{
		"Daily active users User records 6 Aggregates 5 1 They differ on 1 of 1 day that both have (18 Nov); this row is for 18 Nov. Known reasons: ",
		"Monthly active users User records 6 Aggregates 6 0 They agree on each of 1 day that both have; this row is for 18 Nov. The days that it counts include 27 days without user records.",
		"Phase 1 User records 5 Aggregates 7 −2 They differ, as of 18 Nov.",
		"Phase 2 User records 1 Aggregates – – The aggregate of 18 Nov does not list this phase.",
		"Active users acme 6 Sum over organizations 5 1 In no organization on record: 1.",
		"Pull requests created Aggregates 10 Sum over organizations 9 1 Known reasons: organizations",
		"Pull requests merged Aggregates 8 Sum over organizations 8 0 They agree.",
	} {
		if !strings.Contains(from, want) {
			t.Errorf("the page lacks %q: %.2500s", want, from)
		}
	}
	// The page is also one file, with the same figures.
	const file = "/enterprises/acme/insights/data-quality/export?from=2026-11-16&to=2026-11-22"
	csv := func(h http.Handler, name string) string {
		return string(unzip(t, webtest.Get(t, h, file).Body.Bytes())[name])
	}
	if got := csv(serveAll(web), "reconciliations.csv"); !strings.Contains(got, "Daily active users,User records,6,Aggregates,5,1,They differ on 1 of 1 day") {
		t.Errorf("the file has %s", got)
	}
	if got := csv(serveAll(web), "days.csv"); !strings.Contains(got, "GitHub Copilot,user records,acme,present,2026-11-18,2026-11-18,1\n") {
		t.Errorf("the file has %s", got)
	}
	masked := webtest.ServeTo(web.Shell, web.Routes(), metricsOnly)
	if got := csv(masked, "reconciliations.csv"); strings.Contains(got, "Daily active users") || !strings.Contains(got, "Lines added,Total,60") {
		t.Errorf("whoever may not view people gets a file with %s", got)
	}
	body = words(webtest.Get(t, masked, page).Body.String())
	_, from, _ = strings.Cut(body, " Reconciliations ")
	from, _, _ = strings.Cut(from, " What is not known ")
	for _, hidden := range []string{"Daily active users", "Monthly active users", "Phase 1", "User records 6"} {
		if strings.Contains(from, hidden) {
			t.Errorf("whoever may not view people is told %q: %s", hidden, from)
		}
	}
	if !strings.Contains(from, "is compared for those who may view people") || !strings.Contains(from, "Pull requests merged Aggregates 8 Sum over organizations – – Too detailed for organizations and teams: ask for 4, 13 or 52 whole weeks") {
		t.Errorf("whoever may not view people is told: %s", from)
	}
	if !strings.Contains(body, "Which alerts are firing, and who receives them, is shown to those who manage the sources.") {
		t.Error("whoever does not manage sources is not told why no alerts are shown")
	}
}

// TestDataQualityDatesSeats: seats are a source, with the days that answers are of; how many
// there are is not told to whoever may not view people where they are few.
func TestDataQualityDatesSeats(t *testing.T) {
	world := producttest.NewWorld(t) // on 2026-11-24
	world.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-18", 10, 1), reporttest.User(1, "2026-11-19", 10, 1))
	all, err := world.Dir.Entities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := producttest.Must(day.Parse("2026-11-20")).Time().Add(time.Hour)
	if err := world.Dir.PutSeats(t.Context(), all[0].ID, 0, at, []directory.Seat{{UserID: "1", Login: "u1"}, {UserID: "2", Login: "u2"}}); err != nil {
		t.Fatal(err)
	}
	web := newWebOver(t, world)
	const page = "/enterprises/acme/insights/data-quality?from=2026-11-16&to=2026-11-22"
	for want, h := range map[string]http.Handler{
		"1 day with a list of seats, 2 people have a seat":                                       serveAll(web),
		"1 day with a list of seats, how many have a seat is shown to those who may view people": webtest.ServeTo(web.Shell, web.Routes(), metricsOnly),
	} {
		body := words(webtest.Get(t, h, page).Body.String())
		want += " not applicable: each list is a snapshot – 20 Nov 2026 4 days behind today"
		if !strings.Contains(body, want) {
			_, from, _ := strings.Cut(body, "Days in the window")
			t.Errorf("the page lacks %q: %.500s", want, from)
		}
	}
}

// auditless is a world's directory, whose audit log is empty.
type auditless struct {
	directory.Directory
	entities *directorytest.Memory
}

func (d auditless) Entities(ctx context.Context) ([]directory.Entity, error) {
	return d.entities.Entities(ctx)
}
func (d auditless) Sources(context.Context, int64) ([]directory.Source, error) { return nil, nil }
func (d auditless) People(context.Context, int64) ([]directory.Person, error)  { return nil, nil }
func (d auditless) AuditLog(context.Context, directory.AuditFilter) ([]directory.Entry, error) {
	return nil, nil
}

// TestDataQualityListsImports: whoever may undo imports sees the latest, and where to undo them;
// nobody else does.
func TestDataQualityListsImports(t *testing.T) {
	world := producttest.NewWorld(t)
	world.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-18", 10, 1), reporttest.User(1, "2026-11-19", 10, 1))
	web, err := New(struct {
		*question.Answerer
		*intake.Intake
	}{world.Answerer, world.Intake}, Options{StageDir: t.TempDir(), Admin: admin.New(auditless{entities: world.Dir}, world, nil)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.Close() })
	page := webtest.Get(t, serveAll(web), "/enterprises/acme/insights/data-quality").Body.String()
	if body := words(page); !strings.Contains(body, "Latest imports All changes") || !strings.Contains(body, "records 0 → 2") || !strings.Contains(page, `href="/enterprises/acme/settings/imports"`) {
		_, from, _ := strings.Cut(body, "Latest imports")
		t.Errorf("the page lacks the import: %.600s", from)
	}
}

// previewing is a world whose imports can be undone, and whose deletions end as told.
type previewing struct {
	admin.Data
	delete func(ctx context.Context) error
}

func (p previewing) Delete(ctx context.Context, r intake.DeleteRequest) (*intake.Report, error) {
	return nil, p.delete(ctx)
}

func (p previewing) History(ctx context.Context, enterprise int64, limit int) ([]question.DataChange, error) {
	list, err := p.Data.History(ctx, enterprise, limit)
	for i := range list {
		list[i].Undoable = true
	}
	return list, err
}

// TestUndoPreviewHoldsUpNoPage: where it cannot be said what undoing an import would change,
// because an import runs or it fails, its row says so and the page is there.
func TestUndoPreviewHoldsUpNoPage(t *testing.T) {
	world := producttest.NewWorld(t)
	world.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-18", 10, 1), reporttest.User(1, "2026-11-19", 10, 1))
	for want, end := range map[string]func(context.Context) error{
		"cannot be shown now: an import may be running. Try again": func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(20 * time.Second):
				return errors.New("waited for ever")
			}
		},
		"Import 1 is too old.":                     func(context.Context) error { return fault.New(fault.Conflict, "import 1 is too old") },
		text.English.Get("error.internal.message"): func(context.Context) error { return errors.New("disk of the server") },
	} {
		web, err := New(struct {
			*question.Answerer
			*intake.Intake
		}{world.Answerer, world.Intake}, Options{StageDir: t.TempDir(), Log: slog.New(slog.DiscardHandler), Admin: admin.New(auditless{entities: world.Dir}, previewing{world, end}, nil)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { web.Close() })
		body := webtest.Get(t, serveAll(web), "/enterprises/acme/insights/data-quality?undo=1").Body.String()
		if got := words(body); !strings.Contains(got, want) || strings.Contains(got, "disk of the server") || !strings.Contains(body, "undo=1#undo") || strings.Contains(body, `value="undo"`) {
			_, from, _ := strings.Cut(got, "Latest imports")
			t.Errorf("the page lacks %q: %.600s", want, from)
		}
	}
}

// TestDataQualityFilesHaveNumbers: counts in files are numbers, and empty where they are hidden or
// do not apply.
func TestDataQualityFilesHaveNumbers(t *testing.T) {
	data := webtest.New()
	data.Faults = []question.ClientFault{{Fault: metric.ClientFaults[0], People: 1234, Known: 1234, Clients: []question.FaultyClient{{ClientGroup: question.ClientGroup{Label: "VS Code", IDEVersion: "1.130.0", People: 1234}, Mended: "1.139.0"}}}}
	files := unzip(t, webtest.Get(t, newWeb(t, data), "/enterprises/acme/insights/data-quality/export").Body.Bytes())
	world := producttest.NewWorld(t) // on 2026-11-24
	world.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-18", 10, 1, `"ide":"vscode"`), reporttest.User(2, "2026-11-20", 10, 1))
	all, err := world.Dir.Entities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := world.Dir.PutSeats(t.Context(), all[0].ID, 0, producttest.Must(day.Parse("2026-11-20")).Time(), []directory.Seat{{UserID: "1", Login: "u1"}}); err != nil {
		t.Fatal(err)
	}
	web := newWebOver(t, world)
	masked := unzip(t, webtest.Get(t, webtest.ServeTo(web.Shell, web.Routes(), metricsOnly), "/enterprises/acme/insights/data-quality/export?from=2026-11-16&to=2026-11-22").Body.Bytes())
	for _, c := range []struct {
		files      map[string][]byte
		name, want string
	}{
		{files, "facts.csv", "Active users,60\n"},
		{files, "clients-without-lines.csv", "to VS Code 1.104.0, extension 0.31.0\",2\n"},
		{files, "fault-" + metric.ClientFaults[0].Name + "-clients.csv", ",1234\n"},
		{masked, "facts.csv", "Unlinked identities,\n"},
		{masked, "sources.csv", "present,partial,provisional,missing,lost,records_without_lines\n"},
		{masked, "sources.csv", "4 days behind today,1,,,,,\n"},
	} {
		if got := string(c.files[c.name]); !strings.Contains(got, c.want) || strings.Contains(got, ",–") || strings.Contains(got, "fewer than") {
			t.Errorf("%s lacks %q:\n%s", c.name, c.want, got)
		}
	}
}

// calendars is data with the calendars of so many sources, of which the last lacks most.
type calendars struct {
	*webtest.Fake
	sources int
}

func (f calendars) Coverage(ctx context.Context, w question.Parameters) (*question.Coverage, error) {
	c, err := f.Fake.Coverage(ctx, w)
	if err != nil {
		return nil, err
	}
	c.Calendar = nil
	for i := range f.sources {
		row := question.CoverageRow{Source: c.Days[0].Source, Days: []question.DayState{{Day: f.Today(), State: "present"}}}
		row.Source.Source.Slug, row.Source.Source.Name = fmt.Sprintf("source-%d", i), ""
		if i == f.sources-1 {
			row.Days[0].State = "lost"
		}
		c.Calendar = append(c.Calendar, row)
	}
	return c, nil
}

// TestCalendarsAreBounded: of many sources the worst are drawn, and the page says where the others are.
func TestCalendarsAreBounded(t *testing.T) {
	for _, c := range []struct {
		sources, drawn, rows int
		says                 string
	}{
		{12, 12, 12, ""},
		{13, 12, 13, "Only 12 of 13 are drawn, those with most missing, partial and lost days first; the table has all 13."},
		{500, 12, 200, "the table has the first 200, and this page&#39;s file all 500."},
	} {
		page := webtest.Get(t, newWeb(t, calendars{webtest.New(), c.sources}), "/enterprises/acme/insights/data-quality").Body.String()
		_, page, _ = strings.Cut(page, `id="days"`)
		page, _, _ = strings.Cut(page, `id="reconciliations"`)
		drawn, table, _ := strings.Cut(page, "<tbody>")
		if n, rows := strings.Count(drawn, `class="calendar"`), strings.Count(table, "<tr>"); n != c.drawn || rows != c.rows {
			t.Errorf("of %d sources %d are drawn and %d in the table", c.sources, n, rows)
		}
		if first, _, _ := strings.Cut(drawn, "<svg class=\"calendar\""); !strings.Contains(first, fmt.Sprintf("source-%d:", c.sources-1)) {
			t.Errorf("of %d sources the worst is not first: %s", c.sources, first)
		}
		if got := words(page); !strings.Contains(got, c.says) || c.says == "" && strings.Contains(got, "are drawn") {
			t.Errorf("of %d sources the page does not say %q", c.sources, c.says)
		}
	}
}
