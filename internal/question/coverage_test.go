package question_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

func ideRow(ide, version, plugin, pluginVersion string) string {
	s := `"ide":"` + ide + `"`
	if version != "" {
		s += `,"last_known_ide_version":{"ide_version":"` + version + `","sampled_at":"2026-11-01T00:00:00Z"}`
	}
	if plugin != "" {
		s += `,"last_known_plugin_version":{"plugin":"` + plugin + `","plugin_version":"` + pluginVersion + `","sampled_at":"2026-11-01T00:00:00Z"}`
	}
	return reporttest.Rows("totals_by_ide", reporttest.Row(s, 0, 0))
}

func TestCoverage(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"},
		reporttest.User(1, "2026-11-18", 10, 1, ideRow("vscode", "1.102.0", "copilot-chat", "0.29.0")),
		reporttest.User(2, "2026-11-18", 10, 1, ideRow("pycharm", "2026.1", "copilot-intellij", "1.5.51-241")),
		reporttest.User(3, "2026-11-18", 0, 0))
	w.Load(intake.Request{}, reporttest.User(1, "2026-11-20", 10, 1), "{broken")
	w.Load(intake.Request{}, reporttest.User(1, "2026-11-23", 10, 1))
	w.Load(intake.Request{}, reporttest.Aggregate("2026-11-20", 1, 1, `"enterprise_id":"83"`))
	c, err := w.Coverage(t.Context(), question.Parameters{From: "2026-11-17", To: "2026-11-24"})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Days) != 2 || *c.People != 3 || c.Seats != nil {
		t.Fatalf("got %+v", c)
	}
	var states []string
	for _, d := range c.Days[0].Days {
		states = append(states, d.State)
	}
	if got, want := strings.Join(states, " "), "none present missing partial missing none provisional none"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if d := c.Days[0].Days[1]; d.Records != 3 || d.LinesUnknown != 1 {
		t.Errorf("got %+v", d)
	}
	if n := c.NotCounted; len(n) != 2 || n[0].Label != "JetBrains" || n[0].UpgradePlugin != "1.5.52-241" || n[1].UpgradeIDE != "1.107.1" || n[1].UpgradePlugin != "0.35.3" || !slices.Equal(n[1].Logins, []string{"u1"}) {
		t.Errorf("not counted at all: %+v", n)
	}
	if hidden, err := w.Coverage(access.With(t.Context(), &access.Principal{Kind: access.Program}), question.Parameters{From: "2026-11-17", To: "2026-11-24"}); err != nil || hidden.NotCounted != nil {
		t.Errorf("who is not counted, to those who may not view people: %+v, %v", hidden, err)
	}
	if len(c.Below) != 2 || c.Below[0].Label != "JetBrains" || c.Below[0].UpgradeIDE != "" || c.Below[0].UpgradePlugin != "1.5.52-241" {
		t.Errorf("got %+v", c.Below)
	}
	if b := c.Below[1]; b.UpgradeIDE != "1.104.0" || b.UpgradePlugin != "0.31.0" || !slices.Equal(b.Features, []string{"completion", "chat inline", "agent edit"}) || !slices.Equal(b.Logins, []string{"u1"}) {
		t.Errorf("got %+v", b)
	}
}

// TestWhoReportsLines: whoever is listed as too old does not count as reporting lines,
// and whoever reported some is not listed.
func TestWhoReportsLines(t *testing.T) {
	w := newWorld(t)
	edits := func(n int) string {
		return reporttest.Rows("totals_by_feature", reporttest.Row(`"feature":"agent_edit"`, n, 0))
	}
	lines := func(ide string, n int) string {
		return strings.Replace(ide, `"loc_added_sum":0`, fmt.Sprintf(`"loc_added_sum":%d`, n), 1)
	}
	w.Load(intake.Request{Enterprise: "acme"},
		reporttest.User(1, "2026-11-18", 0, 0, ideRow("vscode", "1.95.0", "copilot-chat", "0.22.0"), edits(0)),
		reporttest.User(2, "2026-11-18", 0, 0, ideRow("intellij", "241.15989.150", "copilot-intellij", "1.5.20-241"), edits(0)),
		reporttest.User(3, "2026-11-18", 0, 0, ideRow("vscode", "1.140", "copilot-chat", "0.71.0"), edits(0)),
		reporttest.User(4, "2026-11-18", 8, 0, lines(ideRow("xcode", "13.0", "copilot-xcode", "0.30.0"), 8), edits(8)),
		reporttest.User(5, "2026-11-18", 3, 0, lines(ideRow("visualstudio", "17.14.14+36414.22", "GitHub.Copilot", "18.0.471.29466"), 3), edits(3)),
		reporttest.User(6, "2026-11-18", 0, 0, ideRow("vscode", "nightly", "copilot-chat", "0.71.0"), edits(0)))
	c, err := w.Coverage(t.Context(), question.Parameters{From: "2026-11-18", To: "2026-11-18"})
	if err != nil {
		t.Fatal(err)
	}
	if *c.People != 6 || *c.Reporting != 4 {
		t.Errorf("%d of %d people report lines", *c.Reporting, *c.People)
	}
	var listed []string
	for _, b := range c.Below {
		listed = append(listed, b.Logins...)
	}
	if !slices.Equal(listed, []string{"u2", "u1"}) {
		t.Errorf("too old are %v: %+v", listed, c.Below)
	}
	if len(c.NotUnderstood) != 1 || c.NotUnderstood[0].People != 1 || c.NotUnderstood[0].IDEVersion != "nightly" {
		t.Errorf("not understood: %+v", c.NotUnderstood)
	}
}

// TestClientFaults says whom a fault may concern, and to whom whose lines are told.
func TestClientFaults(t *testing.T) {
	w := newWorld(t)
	none, err := w.ClientFaultsOfNobody(t.Context())
	if err != nil || none != nil {
		t.Fatalf("without clients: %+v, %v", none, err)
	}
	rows := func(edits, cli int) string {
		return reporttest.Rows("totals_by_feature", reporttest.Row(`"feature":"agent_edit"`, edits, 0), reporttest.Row(`"feature":"copilot_cli"`, cli, 1), reporttest.Row(`"feature":"code_completion"`, 500, 0))
	}
	w.Load(intake.Request{Enterprise: "acme"},
		reporttest.User(1, "2026-11-18", 0, 0, ideRow("vscode", "1.138.0", "copilot-chat", "0.70.0"), rows(10, 20)),
		reporttest.User(2, "2026-11-18", 0, 0, ideRow("vscode", "1.138.0", "copilot-chat", "0.70.0"), rows(1, 2)),
		reporttest.User(3, "2026-11-18", 0, 0, ideRow("vscode", "1.139.0", "copilot-chat", "0.71.0"), rows(100, 200)),
		reporttest.User(4, "2026-11-18", 0, 0, ideRow("pycharm", "2026.2", "copilot-intellij", "1.6.9-251"), rows(1000, 2000)),
		reporttest.User(5, "2026-11-18", 0, 0, `"used_cli":true`),
		reporttest.User(6, "2026-11-18", 0, 0, ideRow("neovim", "0.11", "copilot.vim", "1.59.0")))
	words := question.Parameters{From: "2026-11-18", To: "2026-11-18"}
	c, err := w.Coverage(t.Context(), words)
	if err != nil || len(c.Faults) != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	f := c.Faults[0]
	if f.People != 3 || f.Known != 5 || f.Everybody || *f.Low != 1011 || *f.High != 2025 {
		t.Errorf("got %+v, low %d, high %d", f, *f.Low, *f.High)
	}
	// 16 November is a Monday. The fault knows VS Code, where one client of four is mended.
	if want := (question.FaultWeek{Monday: producttest.Must(day.Parse("2026-11-16")), Affected: 3, Mended: 1, Known: 5}); len(f.Weeks) != 1 || f.Weeks[0] != want {
		t.Errorf("weeks %+v, want %+v", f.Weeks, want)
	}
	if c, err := w.Coverage(access.With(t.Context(), &access.Principal{Kind: access.Program}), words); err != nil || len(c.Faults) != 1 || c.Faults[0].Weeks != nil {
		t.Errorf("those who may not view people are told weeks: %+v, %v", c, err)
	}
	if len(f.Clients) != 2 || f.Clients[0].Mended != "1.139.0" || !slices.Equal(f.Clients[0].Logins, []string{"u1", "u2"}) || f.Clients[1].Label != "PyCharm" {
		t.Errorf("got %+v", f.Clients)
	}
	for _, words := range []question.Parameters{words, {From: "2026-10-01", To: "2026-11-20"}} {
		page, err := w.ClientFaults(t.Context(), words)
		if err != nil || len(page) != 1 || page[0].People != 3 || page[0].Known != 5 || page[0].Fault.Name != f.Fault.Name {
			t.Errorf("a page of %+v: %+v, %v", words, page, err)
		}
	}
	program := access.With(t.Context(), &access.Principal{Kind: access.Program})
	page, err := w.ClientFaults(program, words)
	if err != nil || len(page) != 1 || !page[0].Few || page[0].People != 0 || page[0].Known != 0 {
		t.Errorf("a page of those who may not view people, to whom 3 are not told: %+v, %v", page, err)
	}
	c, err = w.Coverage(program, words)
	if err != nil || len(c.Faults) != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	if f = c.Faults[0]; !f.Everybody || f.Low != nil || f.High != nil {
		t.Errorf("to those who may not view people, whom modes of few are hidden from: %+v", f)
	}
	// Nor are they told of more, which is judged beside no other count.
	var many []string
	for i := range 10 {
		many = append(many, reporttest.User(10+i, "2026-11-19", 1, 0, ideRow("vscode", "1.138.0", "copilot-chat", "0.70.0")), reporttest.User(30+i, "2026-11-19", 1, 0, ideRow("vscode", "1.139.0", "copilot-chat", "0.71.0")))
	}
	w.Load(intake.Request{Enterprise: "acme"}, many...)
	words = question.Parameters{From: "2026-11-19", To: "2026-11-19"}
	if page, err = w.ClientFaults(t.Context(), words); err != nil || len(page) != 1 || page[0].People != 10 || page[0].Known != 20 {
		t.Errorf("of many: %+v, %v", page, err)
	}
	if page, err = w.ClientFaults(program, words); err != nil || len(page) != 1 || !page[0].Few || page[0].People != 0 || page[0].Known != 0 {
		t.Errorf("of many, to those who may not view people: %+v, %v", page, err)
	}
	if c, err = w.Coverage(program, words); err != nil || len(c.Faults) != 1 || c.Faults[0].People != 0 || c.Faults[0].Known != 0 {
		t.Errorf("coverage, to those who may not view people: %+v, %v", c.Faults, err)
	}
}
