package intake_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/directory/directorytest"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/store"
)

func (w *world) entities() string {
	w.T.Helper()
	var out []string
	for _, e := range producttest.Must(w.Dir.Entities(w.T.Context())) {
		out = append(out, fmt.Sprintf("%s %q %v", e.Kind, e.Slug, e.Aliases))
	}
	return strings.Join(out, "; ")
}

func TestEnterpriseOfRecords(t *testing.T) {
	w := newWorld(t)
	plain, ofEnterprise := reporttest.User(1, "2026-11-01", 1, 0), reporttest.User(1, "2026-11-01", 1, 0, `"enterprise_id":"83"`)
	other := reporttest.User(1, "2026-11-02", 1, 0, `"enterprise_id":84`)

	_, err := w.TryLoad(intake.Request{}, plain)
	producttest.Refuses(t, "no ids", err, fault.Invalid, "name it with --enterprise SLUG; the files contain no ids")
	_, err = w.TryLoad(intake.Request{}, ofEnterprise, other, reporttest.User(1, "2026-11-03", 1, 0, `"organization_id":"5"`))
	producttest.Refuses(t, "ids", err, fault.Invalid, "ids in these files: enterprise 83, enterprise 84, organization 5")
	if got := w.entities(); got != "" {
		t.Errorf("a failed import left %s", got)
	}

	l := w.Load(intake.Request{Enterprise: "acme"}, ofEnterprise)
	if l.Enterprise != "acme" || producttest.Mentions(l.Warnings, "another id") || w.entities() != `enterprise "acme" [83]` {
		t.Errorf("got %+v, %s", l, w.entities())
	}
	l = w.Load(intake.Request{}, plain)
	if l.Enterprise != "acme" {
		t.Errorf("the only enterprise: got %+v", l)
	}
	w.Load(intake.Request{Enterprise: "beta"}, reporttest.User(1, "2026-11-02", 1, 0, `"enterprise_id":"90"`))
	if l := w.Load(intake.Request{}, reporttest.User(1, "2026-11-02", 1, 0, `"enterprise_id":90`)); l.Enterprise != "beta" {
		t.Errorf("the owner of the id: got %s", l.Enterprise)
	}
	_, err = w.TryLoad(intake.Request{}, ofEnterprise, plain)
	producttest.Refuses(t, "two enterprises", err, fault.Invalid, "the files contain no ids")
}

// TestForeignFiles imports files of another enterprise: nothing of them is taken
// unless it is said that they are of this one.
func TestForeignFiles(t *testing.T) {
	of := func(id string, n int) string {
		return reporttest.User(n, "2026-11-01", n, 0, `"enterprise_id":"`+id+`"`)
	}
	inOrg := func(id string) string { return reporttest.User(3, "2026-11-01", 3, 0, `"organization_id":"`+id+`"`) }
	seats := func(org int) string { return `{"total_seats":1,"seats":[` + seat(1, "", org) + `]}` }
	stored := func(w *world) {
		w.Load(intake.Request{Enterprise: "acme"}, of("83", 1), reporttest.User(2, "2026-11-02", 1, 0, `"organization_id":"5"`))
	}
	two := func(w *world) {
		stored(w)
		w.Load(intake.Request{Enterprise: "beta"}, of("90", 1))
	}
	const hint = ". If the enterprise has several ids, import with --alias"
	for name, c := range map[string]struct {
		before func(*world)
		req    intake.Request
		lines  []string
		says   string // "" is that it is imported, with the alias or without
		alias  string // the entities with it
	}{
		"an unknown id": {stored, intake.Request{Enterprise: "acme"}, []string{of("83", 1), of("84", 2), of("84", 3)},
			`in.ndjson:2: the enterprise id "84" does not belong to enterprise "acme", whose ids are 83` + hint, `enterprise "acme" [83 84]; organization "" [5]`},
		"an unknown id, no name": {stored, intake.Request{}, []string{of("84", 1)},
			`in.ndjson:1: the enterprise id "84" does not belong to enterprise "acme", whose ids are 83` + hint, `enterprise "acme" [83 84]; organization "" [5]`},
		"by an organization": {stored, intake.Request{}, []string{reporttest.User(1, "2026-11-01", 1, 0, `"enterprise_id":"84"`, `"organization_id":"5"`)},
			`the enterprise id "84" does not belong to enterprise "acme"`, `enterprise "acme" [83 84]; organization "" [5]`},
		"another's": {two, intake.Request{Enterprise: "acme"}, []string{of("90", 1)},
			`in.ndjson:1: the enterprise id "90" belongs to enterprise "beta", not "acme"` + hint, `enterprise "acme" [83 90]; organization "" [5]; enterprise "beta" [90]`},
		"a mistyped name": {stored, intake.Request{Enterprise: "acmee"}, []string{of("83", 1)},
			`the enterprise id "83" belongs to enterprise "acme", not "acmee"`, `enterprise "acme" [83]; organization "" [5]; enterprise "acmee" [83]`},
		"a mistyped name, an organization's": {stored, intake.Request{Enterprise: "acmee"}, []string{inOrg("5")},
			`in.ndjson:1: the organization id "5" belongs to enterprise "acme", not "acmee"`, `enterprise "acme" [83]; organization "" [5]; enterprise "acmee" []; organization "" [5]`},
		"a mistyped name, seats": {stored, intake.Request{Enterprise: "acmee"}, []string{seats(5)},
			`the organization id "5" belongs to enterprise "acme"`, `enterprise "acme" [83]; organization "" [5]; enterprise "acmee" []; organization "" [5]`},
		"two ids of a new one": {func(*world) {}, intake.Request{Enterprise: "acme"}, []string{of("83", 1), of("84", 2)},
			`in.ndjson:1: the enterprise id "83" is one of several ids for enterprise "acme"; in.ndjson:2: the enterprise id "84" is one of several ids for enterprise "acme"` + hint, `enterprise "acme" [83 84]`},
		"five ids": {stored, intake.Request{Enterprise: "acme"}, []string{of("84", 1), of("85", 1), of("86", 1), of("87", 1), of("88", 1)},
			`"86" does not belong to enterprise "acme", whose ids are 83; and 2 more` + hint, `enterprise "acme" [83 84 85 86 87 88]; organization "" [5]`},
		"the same id":             {stored, intake.Request{Enterprise: "acme"}, []string{of("83", 1), of("83", 2)}, "", `enterprise "acme" [83]; organization "" [5]`},
		"a new organization":      {two, intake.Request{Enterprise: "beta"}, []string{inOrg("6")}, "", `enterprise "acme" [83]; organization "" [5]; enterprise "beta" [90]; organization "" [6]`},
		"moved with its own id":   {two, intake.Request{Enterprise: "beta"}, []string{reporttest.User(1, "2026-11-01", 1, 0, `"enterprise_id":"90"`, `"organization_id":"5"`)}, "", `enterprise "acme" [83]; organization "" [5]; enterprise "beta" [90]; organization "" [5]`},
		"the name in other cases": {stored, intake.Request{Enterprise: "ACME"}, []string{of("83", 1)}, "", `enterprise "acme" [83]; organization "" [5]`},
	} {
		w := newWorld(t)
		c.before(w)
		before := w.entities()
		for _, preview := range []bool{true, false} {
			req := c.req
			req.Preview = preview
			_, err := w.TryLoad(req, c.lines...)
			switch {
			case c.says != "":
				producttest.Refuses(t, name, err, fault.Invalid, c.says)
				if w.entities() != before {
					t.Errorf("%s: left %s", name, w.entities())
				}
			case err != nil:
				t.Errorf("%s: %v", name, err)
			}
		}
		c.req.Alias = true
		l, err := w.TryLoad(c.req, c.lines...)
		if err != nil || w.entities() != c.alias {
			t.Errorf("%s, with an alias: %v, %s", name, err, w.entities())
		}
		if again, err := w.TryLoad(intake.Request{Enterprise: l.Enterprise}, c.lines...); err != nil || producttest.Mentions(again.Warnings, "was added as") {
			t.Errorf("%s, once the alias is known: %v", name, err)
		}
	}
	w := newWorld(t)
	two(w)
	l := w.Load(intake.Request{Enterprise: "acme", Alias: true}, of("90", 1), of("91", 1))
	if !producttest.Mentions(l.Warnings, `"90" was added as an id of enterprise "acme"; it is also an id of "beta"`) || !producttest.Mentions(l.Warnings, `"91" was added as another id of enterprise "acme", which had 83, 90`) {
		t.Errorf("got %v", l.Warnings)
	}
	_, err := w.TryLoad(intake.Request{}, of("90", 1))
	producttest.Refuses(t, "an id of two enterprises", err, fault.Invalid, "ids in these files: enterprise 90")
}

func TestOrganizationOfRecords(t *testing.T) {
	w := newWorld(t)
	line := func(d, org string) string { return reporttest.User(1, d, 1, 0, `"organization_id":"`+org+`"`) }
	l := w.Load(intake.Request{Enterprise: "acme"}, line("2026-11-01", "5"))
	if got := w.entities(); got != `enterprise "acme" []; organization "" [5]` || l.Days[0].SourceName != "5" {
		t.Errorf("by id: got %s, %+v", got, l.Days)
	}
	l = w.Load(intake.Request{Org: "north"}, line("2026-11-01", "5"))
	if got := w.entities(); got != `enterprise "acme" []; organization "north" [5]` || l.Days[0].SourceName != "north" {
		t.Errorf("the id gets its name: got %s", got)
	}
	l = w.Load(intake.Request{Org: "north"}, line("2026-11-02", "6"), reporttest.User(2, "2026-11-02", 1, 0))
	if !producttest.Mentions(l.Warnings, `"6" was added as another id of organization "north", which had 5`) || len(l.Days) != 1 {
		t.Errorf("second id: got %+v", l)
	}
	_, err := w.TryLoad(intake.Request{Org: "south"}, line("2026-11-02", "6"))
	producttest.Refuses(t, "another's id", err, fault.Invalid, `nothing was imported: in.ndjson:1: the organization id "6" belongs to organization "north", not "south": import these files with --org north, or without --org`)
	if strings.Contains(w.entities(), "south") {
		t.Errorf("a failed import left %s", w.entities())
	}
	w.Load(intake.Request{Enterprise: "beta", Org: "eu"}, line("2026-11-02", "77"))
	if l := w.Load(intake.Request{}, line("2026-11-03", "77")); l.Enterprise != "beta" {
		t.Errorf("the owner of the organization: got %s", l.Enterprise)
	}
	if l := w.Load(intake.Request{Org: "eu"}, reporttest.User(3, "2026-11-03", 1, 0)); l.Enterprise != "beta" {
		t.Errorf("the owner of the named organization: got %s", l.Enterprise)
	}
}

func TestScope(t *testing.T) {
	both := reporttest.User(1, "2026-11-01", 1, 0, `"enterprise_id":"83"`, `"organization_id":"5"`)
	none := reporttest.User(1, "2026-11-01", 1, 0)
	for name, c := range map[string]struct {
		req  intake.Request
		line string
		want string
	}{
		"told by the id":       {intake.Request{}, both, "5"},
		"told by no id":        {intake.Request{}, none, "acme"},
		"enterprise":           {intake.Request{Scope: "enterprise"}, both, "acme"},
		"organization named":   {intake.Request{Org: "north"}, none, "north"},
		"organization by id":   {intake.Request{Scope: "organization"}, both, "5"},
		"aggregate":            {intake.Request{}, reporttest.Aggregate("2026-11-01", 1, 1, `"organization_id":"5"`), "5"},
		"aggregate, whole":     {intake.Request{}, reporttest.Aggregate("2026-11-01", 1, 1, `"enterprise_id":"5"`), "acme"},
		"teams of both":        {intake.Request{}, `{"user_id":1,"day":"2026-11-01","enterprise_id":"83","organization_id":"5","team_id":7,"slug":"core"}`, "acme"},
		"teams of one":         {intake.Request{}, `{"user_id":1,"day":"2026-11-01","organization_id":"5","team_id":7,"slug":"core"}`, "5"},
		"teams named":          {intake.Request{Org: "north"}, `{"user_id":1,"day":"2026-11-01","enterprise_id":"83","team_id":7,"slug":"core"}`, "north"},
		"teams, organization":  {intake.Request{Scope: "organization"}, `{"user_id":1,"day":"2026-11-01","enterprise_id":"83","organization_id":"5","team_id":7,"slug":"core"}`, "5"},
		"teams, no ids at all": {intake.Request{}, `{"user_id":1,"day":"2026-11-01","team_id":7,"slug":"core"}`, "acme"},
	} {
		w := newWorld(t)
		c.req.Enterprise = "acme"
		if l := w.Load(c.req, c.line); len(l.Days) != 1 || l.Days[0].SourceName != c.want {
			t.Errorf("%s: got %+v, want %s", name, l.Days, c.want)
		}
	}
}

func TestScopeRejection(t *testing.T) {
	w := newWorld(t)
	l := w.Load(intake.Request{Enterprise: "acme", Scope: "organization"}, "{broken", reporttest.User(1, "2026-11-01", 1, 0), reporttest.User(2, "2026-11-02", 1, 0, `"organization_id":"5"`))
	if l.RejectedTotal != 2 || len(l.Rejected) != 2 || l.Files[0].Rejected != 2 || l.Records["users"] != 1 {
		t.Fatalf("got %+v", l)
	}
	if r := l.Rejected[1]; r.Line != 2 || r.Day.String() != "2026-11-01" || !strings.Contains(r.Reason, "no organization_id") {
		t.Errorf("got %+v", r)
	}
	l = w.Load(intake.Request{Enterprise: "new", Scope: "organization"}, reporttest.User(1, "2026-11-01", 1, 0))
	if l.RejectedTotal != 1 || l.Enterprise != "new" || strings.Contains(w.entities(), "new") {
		t.Errorf("all refused: got %+v, %s", l, w.entities())
	}
}

func TestTeams(t *testing.T) {
	w := newWorld(t)
	row := func(user int, d, org, id, slug string) string {
		return fmt.Sprintf(`{"user_id":%d,"day":%q,"enterprise_id":"83"%s,"team_id":%s,"slug":%q}`, user, d, org, id, slug)
	}
	in := func(org string) string { return `,"organization_id":"` + org + `"` }
	w.Load(intake.Request{Enterprise: "acme"},
		row(1, "2026-11-01", in("5"), "7", "core"), row(2, "2026-11-01", in("6"), "8", "core"), row(3, "2026-11-01", "", "9", "staff"))
	want := `enterprise "acme" [83]; organization "" [5]; team "core" [7]; organization "" [6]; team "core" [8]; team "staff" [9]`
	if got := w.entities(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w.Load(intake.Request{}, row(1, "2026-11-02", in("5"), "7", "kernel"), row(2, "2026-11-02", "", "8", "core"))
	if e, err := w.Entity(t.Context(), question.Parameters{Team: "kernel"}); err != nil || e.Key() != "kernel" || e.Aliases[0] != "7" {
		t.Errorf("renamed: got %+v, %v", e, err)
	}
	if n := strings.Count(w.entities(), "team"); n != 3 {
		t.Errorf("got %d teams, want 3: an id is one team with and without its organization", n)
	}
	w.Load(intake.Request{},
		row(1, "2026-11-03", in("5"), "10", "Équipe α"), row(2, "2026-11-03", in("5"), "11", "kernel"), row(3, "2026-11-03", in("5"), "null", "-odd-"))
	// A team that has another's slug is the team that was made again.
	if got := w.entities(); !strings.HasSuffix(got, `team "staff" [9]; team "" [10]; team "" [-odd-]`) || !strings.Contains(got, `team "kernel" [7 11]`) {
		t.Errorf("no slugs, or another's: got %s", got)
	}
}

// A first import may bring thousands of teams: their numbers are not reserved
// one by one.
func TestManyTeams(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for i := range 1000 {
		lines = append(lines, fmt.Sprintf(`{"day":"2026-11-01","user_id":%d,"user_login":"u%d","team_id":%d,"slug":"team-%d","enterprise_id":"83"}`, i+1, i+1, i+10, i))
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	if got := len(producttest.Must(w.Dir.Entities(t.Context()))); got != 1001 {
		t.Errorf("%d entities, want the enterprise and 1,000 teams", got)
	}
	if w.Dir.Reserved > 12 {
		t.Errorf("Reserve was called %d times for 1,001 numbers", w.Dir.Reserved)
	}
}

func TestPreviewLeavesNothing(t *testing.T) {
	w := newWorld(t)
	l := w.Load(intake.Request{Enterprise: "acme", Org: "north", Preview: true}, reporttest.User(1, "2026-11-01", 10, 1, `"organization_id":"5"`), seat(1, "north", 5), "{broken")
	if !l.Preview || l.ImportID != 0 || l.Enterprise != "acme" || l.Days[0].SourceName != "north" || l.Days[0].After.LocAdded.N != 10 {
		t.Errorf("got %+v", l)
	}
	if l.RejectedTotal != 1 || l.Records["seats"] != 1 || l.Records["users"] != 1 {
		t.Errorf("got %+v", l)
	}
	if seats := producttest.Must(w.Dir.Seats(t.Context(), 1, 0)); w.entities() != "" || len(seats) != 0 {
		t.Errorf("a preview left %q, %v", w.entities(), seats)
	}
	if _, err := w.Status(t.Context(), question.Parameters{}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
	after := w.Load(intake.Request{Enterprise: "acme", Org: "north"}, reporttest.User(1, "2026-11-01", 10, 1))
	if after.ImportID != 1 || after.Days[0].Before.Records != 0 {
		t.Errorf("got %+v", after)
	}
}

func seat(user int, org string, orgID int) string {
	return fmt.Sprintf(`{"assignee":{"id":%d,"login":"u%d"},"organization":{"login":%q,"id":%d},"assigning_team":{"slug":"core"},"plan_type":"business","created_at":"2026-01-01T00:00:00Z","last_activity_at":"2026-11-%02dT00:00:00Z","last_activity_editor":"vscode/1.1"}`, user, user, org, orgID, user)
}

func TestSeats(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 1, 0, `"organization_id":"5"`))
	if n, err := w.SeatCount(t.Context(), question.Parameters{}); err != nil || n != nil {
		t.Errorf("got %v, %v; want unknown", n, err)
	}
	l := w.Load(intake.Request{}, `{"total_seats":3,"seats":[`+seat(1, "north", 5)+`,`+seat(2, "north", 5)+`,`+seat(2, "south", 6)+`,`+seat(2, "south", 6)+`]}`)
	if l.Records["seats"] != 3 || l.Enterprise != "acme" || len(l.Days) != 0 {
		t.Errorf("got %+v", l)
	}
	if got, want := w.entities(), `enterprise "acme" []; organization "north" [5]; organization "south" [6]`; got != want {
		t.Errorf("the id has got its name: got %s, want %s", got, want)
	}
	for word, want := range map[string]int64{"": 2, "north": 2, "south": 1} {
		if n, err := w.SeatCount(t.Context(), question.Parameters{Org: word}); err != nil || n == nil || *n != want {
			t.Errorf("seats of %q: got %v, %v; want %d", word, n, err, want)
		}
	}
	if got := w.Dir.Counted; got != 4 { // before the import, and three scopes after it
		t.Errorf("seats were counted %d times", got)
	}
	producttest.Must(w.SeatCount(t.Context(), question.Parameters{Org: "south"}))
	if got := w.Dir.Counted; got != 4 {
		t.Error("seats that did not change were counted again")
	}
	list := producttest.Must(w.Dir.Seats(t.Context(), 1, 0))
	if s := list[0]; s.Team != "core" || s.Plan != "business" || s.LastEditor != "vscode/1.1" || !strings.HasPrefix(string(s.Body), `{"assignee"`) {
		t.Errorf("got %+v", s)
	}
}

func TestBadImports(t *testing.T) {
	w := newWorld(t)
	line := reporttest.User(1, "2026-11-01", 1, 0)
	for name, c := range map[string]struct {
		req  intake.Request
		says string
	}{
		"scope":      {intake.Request{Scope: "team"}, "enterprise, organization"},
		"both":       {intake.Request{Enterprise: "acme", Scope: "enterprise", Org: "north"}, "cannot be combined"},
		"tool":       {intake.Request{Enterprise: "acme", Tool: "Claude Code"}, "is not a valid name"},
		"slug":       {intake.Request{Enterprise: "acme corp"}, "is not a valid short name"},
		"path":       {intake.Request{Enterprise: "../x"}, "is not a valid short name"},
		"org's slug": {intake.Request{Enterprise: "acme", Org: "a/b"}, "is not a valid short name"},
	} {
		_, err := w.TryLoad(c.req, line)
		producttest.Refuses(t, name, err, fault.Invalid, c.says)
	}
	_, err := w.Import(t.Context(), intake.Request{Enterprise: "acme"})
	producttest.Refuses(t, "no inputs", err, fault.Invalid, "nothing to import")
	if w.entities() != "" {
		t.Errorf("left %s", w.entities())
	}
}

// TestFailedRead has the store fail after the input has ended: nothing is
// stored, and the names that were put do no harm.
func TestFailedRead(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	body := reporttest.User(1, "2026-11-01", 1, 0) + "\n"
	_, err := w.Import(ctx, intake.Request{Enterprise: "acme", Inputs: []report.Input{
		reporttest.Input("a", body),
		{Name: "b", Open: func() (io.ReadCloser, error) { cancel(); return nil, errors.New("gone") }},
		reporttest.Input("c", body),
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	if w.entities() != "" {
		t.Errorf("left %s", w.entities())
	}
}

func TestReport(t *testing.T) {
	w := newWorld(t)
	told := int64(-1)
	l := w.Load(intake.Request{Enterprise: "acme", Progress: func(n int64) { told = n }},
		reporttest.User(1, "2026-11-02", 1, 0), reporttest.User(2, "2026-11-01", 2, 0), reporttest.User(1, "2026-11-02", 3, 0), "nonsense")
	if l.From.String() != "2026-11-01" || l.To.String() != "2026-11-02" || l.Users != 2 || l.Records["users"] != 3 || l.Files[0].Name != "in.ndjson" {
		t.Errorf("got %+v", l)
	}
	if told <= 0 {
		t.Errorf("progress was told %d bytes", told)
	}
	if len(l.Warnings) != 2 || !producttest.Mentions(l.Warnings, "on 2 of 2 days the user records put no lines under a feature") || l.RejectedTotal != 1 {
		t.Errorf("got warnings %v, refused %v", l.Warnings, l.Rejected)
	}
}

func TestVersions(t *testing.T) {
	w := newWorld(t)
	line := func(n int, created string) string { return reporttest.User(1, "2026-11-01", n, 0, created) }
	w.Load(intake.Request{Enterprise: "acme"}, line(1, `"created_at":"2026-11-03T10:00:00.1234567Z"`))
	w.Load(intake.Request{}, line(2, `"created_at":"2026-11-02T10:00:00Z"`))
	w.Load(intake.Request{}, line(3, `"report_start_day":"2026-11-01","report_end_day":"2026-11-02"`))
	if got := producttest.Show(w.Ask(question.Parameters{Measures: []string{"loc_added"}})); got != "1\n" {
		t.Errorf("older versions replaced the newer: got %s", got)
	}
	w.Load(intake.Request{}, line(4, `"x":1`))
	if got := producttest.Show(w.Ask(question.Parameters{Measures: []string{"loc_added"}})); got != "1\n" {
		t.Errorf("the time of the import made a report newer: got %s", got)
	}
	w.Load(intake.Request{}, line(5, `"created_at":"2026-11-04T00:00:00Z"`))
	if got := producttest.Show(w.Ask(question.Parameters{Measures: []string{"loc_added"}})); got != "5\n" {
		t.Errorf("a newer version did not replace: got %s", got)
	}
}

func TestVersionOfRecords(t *testing.T) {
	at := func(s string) time.Time { return producttest.Must(time.Parse(time.RFC3339Nano, s)) }
	day := func(s string) day.Day { return producttest.Must(day.Parse(s)) }
	for name, c := range map[string]struct {
		record report.Record
		want   string
	}{
		"its creation":     {report.Record{CreatedAt: at("2026-11-03T10:00:00.123456Z"), ReportEnd: day("2026-11-09"), Day: day("2026-11-01")}, "2026-11-03T10:00:00.123456Z"},
		"its report's end": {report.Record{ReportEnd: day("2026-11-09"), Day: day("2026-11-01")}, "2026-11-09T23:59:59.999999Z"},
		"its day":          {report.Record{Day: day("2026-11-01")}, "2026-11-01T23:59:59.999999Z"},
	} {
		if got := intake.VersionOf(&c.record); !got.Equal(at(c.want)) {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

func TestToolOfRecords(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme", Tool: "cursor"}, reporttest.User(1, "2026-11-01", 1, 0), reporttest.User(1, "2026-11-01", 2, 0, `"tool":"claude_code"`))
	w.Load(intake.Request{}, reporttest.User(1, "2026-11-01", 4, 0))
	if got, want := producttest.Show(w.Ask(question.Parameters{Measures: []string{"loc_added"}, By: []string{"tool"}})), "claude_code 2\ncopilot 4\ncursor 1\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestConcurrentItems reads from several goroutines, as a store does: all
// entities must be put once, before the commit.
func TestConcurrentItems(t *testing.T) {
	var lines []string
	for i := range 20000 {
		lines = append(lines, reporttest.User(i, "2026-11-01", 1, 0, fmt.Sprintf(`"organization_id":"%d"`, i%50)))
	}
	dir := directorytest.NewMemory()
	req := intake.Request{Enterprise: "acme", Inputs: []report.Input{reporttest.Input("a", lines...)}}
	rd := report.NewReader(req.Inputs, report.Options{})
	defer rd.Close()
	it := producttest.Must(intake.PlacedItems(t.Context(), dir, rd, req, day.Date(2026, 11, 24).Time()))
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for range 4 {
		wg.Go(func() {
			var buf store.Buffer
			for {
				n, err := it.Next(t.Context(), &buf)
				if err == io.EOF {
					return
				}
				if err != nil || n == 0 {
					t.Errorf("got %d, %v", n, err)
					return
				}
				mu.Lock()
				total += n
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if dir.Puts != 0 {
		t.Error("put before all was read")
	}
	if err := it.BeforeCommit(t.Context(), 1); err != nil || dir.Puts != 1 {
		t.Errorf("before the commit: put %d times, %v", dir.Puts, err)
	}
	if list := producttest.Must(dir.Entities(t.Context())); total != 20000 || len(list) != 51 || list[0].Kind != directory.Enterprise {
		t.Errorf("got %d items, %d entities", total, len(list))
	}
}

// TestNotReports imports a folder with what is no report in it: it is named, and
// keeps nobody who was withdrawn.
func TestNotReports(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 100, 0, `"created_at":"2026-11-02T00:00:00Z"`), reporttest.User(2, "2026-11-01", 50, 0, `"created_at":"2026-11-02T00:00:00Z"`))
	corrected := reporttest.User(1, "2026-11-01", 110, 0, `"created_at":"2026-11-03T00:00:00Z"`)
	l := w.Load(intake.Request{Enterprise: "acme", Inputs: []report.Input{
		reporttest.Input("README.md", "Downloaded by the nightly job."), reporttest.Input("NOTES", "None."), reporttest.Input("empty.ndjson"), reporttest.Input("links.json", `{"download_links":["https://x"],"report_day":"2026-11-01"}`),
		reporttest.Input("none.json", `{"download_links":[],"report_day":"2026-11-02"}`), reporttest.Input("seats.json", `{"total_seats":1,"seats":[{"assignee":null}]}`),
	}}, corrected)
	if l.Days[0].After.Records != 1 || l.Days[0].After.LocAdded.N != 110 {
		t.Errorf("got %+v", l.Days)
	}
	if l.RejectedTotal != 2 || l.Rejected[0].File != "links.json" || l.Rejected[1].File != "seats.json" {
		t.Errorf("refused %+v", l.Rejected)
	}
	for _, want := range []string{"not reports: README.md, NOTES (text)", "not a report: empty.ndjson (empty)", "not a report: none.json (GitHub's answer that it has no report of 2026-11-02:"} {
		if !producttest.Mentions(l.Warnings, want) {
			t.Errorf("no %q in %+v", want, l.Warnings)
		}
	}
	if f := l.Files[0]; f.NotReport != "text" || f.Rejected != 0 {
		t.Errorf("got %+v", f)
	}
	_, err := w.TryLoad(intake.Request{Inputs: []report.Input{reporttest.Input("README.md", "text"), reporttest.Input("b.csv", "a,b,c")}})
	producttest.Refuses(t, "nothing else", err, fault.Invalid, "nothing to import: not a report: README.md (text); not a report: b.csv (CSV cannot be imported: use NDJSON or JSON); not a report: in.ndjson (empty)")
	_, err = w.Import(t.Context(), intake.Request{Inputs: []report.Input{reporttest.Input("answer.json", `{"download_links":[],"report_day":"2026-11-02"}`)}})
	producttest.Refuses(t, "no report of a day", err, fault.Invalid, "nothing to import: not a report: answer.json (GitHub's answer that it has no report of 2026-11-02")
	// A broken line may have been the missing person.
	l = w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(3, "2026-11-01", 1, 0, `"created_at":"2026-11-04T00:00:00Z"`), `{"day":"2026-11-01","user_id":`)
	if l.Days[0].After.Records != 2 {
		t.Errorf("after a refused line: %+v", l.Days)
	}
}

// TestOutOfTime imports days that are still to come and days past the retention of 13
// months; it is 2026-11-24.
func TestOutOfTime(t *testing.T) {
	w := newWorld(t)
	lines := []string{reporttest.User(1, "2025-10-23", 1, 0), reporttest.User(2, "2025-10-23", 1, 0), reporttest.User(1, "2025-10-24", 1, 0), reporttest.User(1, "2026-11-24", 1, 0),
		reporttest.User(1, "2026-11-25", 1, 0), reporttest.User(1, "2026-11-26", 1, 0)}
	for _, preview := range []bool{true, false} {
		l := w.Load(intake.Request{Enterprise: "acme", Preview: preview}, lines...)
		for i, want := range []string{"users of acme: 2 records are of days that are still to come (2026-11-25 to 2026-11-26): check the dates in the files",
			"users of acme: 2 records are older than the retention (2025-10-23): the next run of the retention removes them, and leaves only totals"} {
			if got := l.Warnings[i].Reason; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}

// TestNewNames imports under names that may be mistyped.
func TestNewNames(t *testing.T) {
	w := newWorld(t)
	l := w.Load(intake.Request{Enterprise: "acme", Org: "north"}, reporttest.User(1, "2026-11-01", 1, 0))
	if got := producttest.Reasons(l.Warnings); strings.Contains(got, "is new") {
		t.Errorf("the first names: got %s", got)
	}
	for _, c := range []struct {
		req  intake.Request
		want string
	}{
		{intake.Request{Enterprise: "acme", Org: "nroth"}, `organization "nroth" is new: there was only north before`},
		{intake.Request{Enterprise: "amce"}, `enterprise "amce" is new: there was only acme before`},
	} {
		if l := w.Load(c.req, reporttest.User(1, "2026-11-01", 1, 0)); !producttest.Mentions(l.Warnings, c.want) {
			t.Errorf("got %+v, want %s", l.Warnings, c.want)
		}
	}
}

// TestLessIsSaidFirst replaces a day by one with less in it.
func TestLessIsSaidFirst(t *testing.T) {
	w := newWorld(t)
	at := func(s string) string { return `"created_at":"` + s + `"` }
	var lines []string
	for _, d := range []string{"2026-11-01", "2026-11-02", "2026-11-03"} {
		lines = append(lines, reporttest.User(1, d, 100, 2, at("2026-11-04T00:00:00Z")), reporttest.User(2, d, 50, 0, at("2026-11-04T00:00:00Z")))
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	lines = nil
	for _, d := range []string{"2026-11-01", "2026-11-02"} {
		lines = append(lines, reporttest.User(1, d, 10, 2, at("2026-11-05T00:00:00Z"), `"totals_by_ide":[{},null]`))
	}
	lines = append(lines, reporttest.User(1, "2026-11-03", 200, 2, at("2026-11-05T00:00:00Z")), reporttest.User(2, "2026-11-03", 50, 0, at("2026-11-05T00:00:00Z")))
	for _, preview := range []bool{true, false} {
		l := w.Load(intake.Request{Enterprise: "acme", Preview: preview}, lines...)
		if want := "users of acme (copilot): fewer than before on 2 days (2026-11-01 to 2026-11-02): records 4 → 2, lines added 300 → 20, lines deleted 4"; l.Warnings[0].Reason != want {
			t.Errorf("got %+v, want %s", l.Warnings, want)
		}
		if last := l.Warnings[len(l.Warnings)-1]; last.Count != 2 || last.Line != 1 || last.Reason != "totals_by_ide: row 2 is null and was ignored" {
			t.Errorf("got %+v", last)
		}
	}
	// Older reports are said once, not day by day.
	l := w.Load(intake.Request{Enterprise: "acme"}, lines[0], strings.Replace(lines[1], "11-05T", "11-01T", 1), strings.Replace(lines[2], "11-05T", "11-01T", 1))
	if n := l.Warnings[0].Count; n != 2 || !strings.Contains(l.Warnings[0].Reason, "older") {
		t.Errorf("got %+v", l.Warnings)
	}
}

// TestForeignFilesTellNothing: who imports and may not know of another enterprise is told
// of its ids what is told of ids that nobody has, in previews too.
func TestForeignFilesTellNothing(t *testing.T) {
	for _, preview := range []bool{true, false} {
		says := func(asker func(w *world) *access.Principal, enterprise, enterpriseID, organization string) string {
			w := newWorld(t)
			w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 1, 0, `"enterprise_id":"83"`))
			w.Load(intake.Request{Enterprise: "beta"}, reporttest.User(1, "2026-11-01", 1, 0, `"enterprise_id":"90"`, `"organization_id":"5"`))
			ctx := access.With(t.Context(), asker(w))
			line := reporttest.User(7, "2026-11-02", 1, 0, `"enterprise_id":"`+enterpriseID+`"`)
			if organization != "" {
				line = reporttest.User(7, "2026-11-02", 1, 0, `"organization_id":"`+organization+`"`)
			}
			l, err := w.Import(ctx, intake.Request{Enterprise: enterprise, Alias: enterprise == "acme+", Preview: preview, Inputs: []report.Input{reporttest.Input("in.ndjson", line)}})
			if err != nil {
				return strings.ReplaceAll(err.Error(), enterpriseID, "ID")
			}
			return strings.ReplaceAll(strings.ReplaceAll(fmt.Sprint(l.Warnings), enterpriseID, "ID"), "0 "+organization+":", "0 ID:")
		}
		own := func(w *world) *access.Principal { return access.NewProgram(w.enterpriseID("acme"), access.Import) }
		both := func(w *world) *access.Principal { return access.NewProgram(0, access.Import) }
		operator := func(*world) *access.Principal { return access.NewOperator() }
		for what, ids := range map[string][2]string{"enterprise": {"90", ""}, "organization": {"83", "5"}} {
			nobodys, organization := "91", ids[1]
			if organization != "" {
				nobodys, organization = ids[0], "6"
			}
			if theirs, unknown := says(own, "acme", ids[0], ids[1]), says(own, "acme", nobodys, organization); theirs != unknown {
				t.Errorf("preview %t, another's %s id: %q, nobody's: %q", preview, what, theirs, unknown)
			}
			for name, who := range map[string]func(*world) *access.Principal{"the operator": operator, "an owner of both": both} {
				if got := says(who, "acme", ids[0], ids[1]); !strings.Contains(got, `belongs to enterprise "beta"`) {
					t.Errorf("preview %t, %s is told %q of another's %s id", preview, name, got, what)
				}
			}
		}
	}
}

// enterpriseID returns an enterprise's number.
func (w *world) enterpriseID(slug string) int64 {
	w.T.Helper()
	list := producttest.Must(w.Dir.Entities(w.T.Context()))
	return list[slices.IndexFunc(list, func(e directory.Entity) bool { return e.Slug == slug })].ID
}
