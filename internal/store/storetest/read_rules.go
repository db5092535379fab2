package storetest

import (
	order "cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

func sorted(s []string) []string { slices.Sort(s); return s }

// full is a record with something in every field that is exported.
const full = `{"user_id":"1","user_login":"u1","day":"2026-05-01","enterprise_id":"77","organization_id":"88",` +
	`"user_initiated_interaction_count":3,"loc_added_sum":5,"loc_deleted_sum":null,"used_agent":true,"used_chat":false,` +
	`"used_copilot_code_review_active":null,"ai_credits_used":1.25,"totals_by_ide":[],` +
	`"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":5,"new_row_field":[1,2]}],` +
	`"totals_by_language_feature":[{"language":"go","feature":"agent_edit","loc_added_sum":5}],` +
	`"totals_by_language_model":[{"language":"go","model":"gpt","loc_added_sum":5}],` +
	`"report_start_day":"2026-05-01","report_end_day":"2026-05-02","new_field":{"a":[1,null,"x"]}}`

var readRules = []rule{
	{"records export as they came in", func(s harness) {
		reduced := `{"user_id":2,"day":"2026-05-01","ai_credits_used":0.5}`
		s.load("acme", full, reduced)
		s.load("north", user(1, "2026-05-01", 99))
		s.wantExport(store.Report{Enterprise: Acme, Source: Acme, Kind: report.UserDay, Range: rangeOf("2026-05-01..2026-05-09")}, full, reduced)
	}},
	{"a blank key and another's unknown are two cells", func(s harness) {
		blank := `{"user_id":1,"day":"2026-05-01","loc_added_sum":8,` +
			`"totals_by_language_feature":[{"language":"unknown","loc_added_sum":4},{"feature":"unknown","loc_added_sum":4}],` +
			`"totals_by_language_model":[{"language":"unknown","loc_added_sum":4},{"model":"unknown","loc_added_sum":4}],` +
			`"totals_by_model_feature":[{"model":"unknown","loc_added_sum":4},{"feature":"unknown","loc_added_sum":4}]}`
		s.load("acme", blank)
		const each, both = `[["",4],["unknown",4]]`, `[["","unknown",4],["unknown","",4]]`
		for words, want := range map[string]string{
			"by language":                        each,
			"by model":                           each,
			"by feature":                         each,
			"by language,model":                  both,
			"by language,feature":                both,
			"by model,feature":                   both,
			"by language where model=unknown":    `[["",4]]`,
			"by model where language=unknown":    `[["",4]]`,
			"by model where feature=unknown":     `[["",4]]`,
			"by feature where model=unknown":     `[["",4]]`,
			"by feature where language=unknown":  `[["",4]]`,
			"by language where feature=unknown":  `[["",4]]`,
			"by language where language=unknown": `[["unknown",4]]`,
		} {
			got, err := json.Marshal(s.ask("loc_added " + words + " 2026-05-01").Rows)
			if err != nil || string(got) != want {
				s.Errorf("loc_added %s: got %s, %v, want %s", words, got, err, want)
			}
		}
		s.wantExport(store.Report{Enterprise: Acme, Source: Acme, Kind: report.UserDay, Range: rangeOf("2026-05-01..2026-05-01")}, blank)
	}},
	{"enterprises are those with report days", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 1))
		s.load("other", user(1, "2026-05-01", 1))
		s.load("north", user(1, "2026-05-02", 1))
		s.erase(store.Deletion{Enterprise: Other})
		got, err := s.Enterprises(context.Background())
		if err != nil || !slices.Equal(got, []int64{Acme}) {
			s.Errorf("enterprises are %v, %v; want acme alone", got, err)
		}
	}},
	{"exports are in order of day and tool, and of what is asked for", func(s harness) {
		codex := with(user(1, "2026-05-01", 4), `"tool":"codex"`)
		s.load("acme", user(2, "2026-05-01", 1), user(1, "2026-05-02", 2), user(1, "2026-05-01", 3), codex, user(1, "2026-05-04", 5))
		r := store.Report{Enterprise: Acme, Source: Acme, Kind: report.UserDay, Range: rangeOf("2026-05-01..2026-05-03")}
		s.wantExport(r, codex, user(1, "2026-05-01", 3), user(2, "2026-05-01", 1), user(1, "2026-05-02", 2))
		r.OrderOf = func(id string) string { return map[string]string{"1": "zoe", "2": "amy"}[id] }
		s.wantExport(r, codex, user(2, "2026-05-01", 1), user(1, "2026-05-01", 3), user(1, "2026-05-02", 2))
		r.Tool = "codex"
		s.wantExport(r, codex)
	}},
	{"aggregates and user-teams export", func(s harness) {
		day1, day2 := aggregate("2026-05-01", 5, 1), with(aggregate("2026-05-02", 6, 2), `"pull_requests":{"total_merged":3}`)
		core, edge := member(1, "2026-05-01", North, Core), member(1, "2026-05-01", South, Edge)
		s.load("acme", day2, edge, day1, core)
		s.wantExport(store.Report{Enterprise: Acme, Source: Acme, Kind: report.AggregateDay, Range: rangeOf("2026-05-01..2026-05-09")}, day1, day2)
		s.wantExport(store.Report{Enterprise: Acme, Source: Acme, Kind: report.UserTeam, Range: rangeOf("2026-05-01..2026-05-09")}, core, edge)
	}},
	{"an export stops at its reader's error", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 1), user(2, "2026-05-01", 1))
		calls := 0
		err := s.Export(context.Background(), store.Report{Enterprise: Acme, Source: Acme, Kind: report.UserDay, Range: rangeOf("2026-05-01..2026-05-01")},
			func(*report.Record) error { calls++; return errBroken })
		if err == nil || !strings.Contains(err.Error(), errBroken.Error()) || calls != 1 {
			s.Errorf("export: error %v after %d calls, want %v after 1", err, calls, errBroken)
		}
	}},
	{"what was exported imports to the same figures", func(s harness) {
		s.load("acme", full, user(2, "2026-05-01", 3))
		var lines []report.Record
		err := s.Export(context.Background(), store.Report{Enterprise: Acme, Source: Acme, Kind: report.UserDay, Range: rangeOf("2026-05-01..2026-05-09")},
			func(r *report.Record) error { lines = append(lines, clone(r)); return nil })
		if err != nil {
			s.Fatal(err)
		}
		before := Table(s.ask("loc_added,active_users by day,feature 2026-05-01..2026-05-02"))
		if _, err := s.Import(context.Background(), store.Import{}, &list{items: itemsOf(linesOf(Other, metric.Reports, midnight(someVersion), someFile, lines))}); err != nil {
			s.Fatal(err)
		}
		after := Table(s.ask("loc_added,active_users by day,feature 2026-05-01..2026-05-02 in other"))
		if after != before {
			s.Errorf("after import:\n%s\nwant:\n%s", after, before)
		}
	}},
	{"source days", func(s harness) {
		first := s.load("acme version 2026-06-01", user(1, "2026-05-01", 1), `{"user_id":2,"day":"2026-05-01","loc_added_sum":0}`)
		s.load("north version 2026-06-02 refused 2026-05-01", aggregate("2026-05-01", 1, 1), member(1, "2026-05-02", North, Core))
		s.load("other", user(1, "2026-05-01", 1))
		days, err := s.SourceDays(context.Background(), Acme, rangeOf("2026-05-01..2026-05-01"))
		if err != nil {
			s.Fatal(err)
		}
		slices.SortFunc(days, func(a, b store.SourceDay) int { return int(a.Source - b.Source) })
		s.same("source days", days, []store.SourceDay{
			{Source: Acme, Kind: report.UserDay, Tool: "copilot", Day: date("2026-05-01"), Version: midnight("2026-06-01"), Import: first.ID, Records: 2, LinesUnknown: 1},
			{Source: North, Kind: report.AggregateDay, Tool: "copilot", Day: date("2026-05-01"), Version: midnight("2026-06-02"), Import: first.ID + 1, Records: 1, Rejected: true},
		})
	}},
	{"a covered day without rows is a source day", func(s harness) {
		s.load("acme", userOver(1, "2026-05-01", "2026-05-01", "2026-05-02", 1))
		days, err := s.SourceDays(context.Background(), Acme, rangeOf("2026-05-02..2026-05-09"))
		if err != nil || len(days) != 1 || days[0].Records != 0 {
			s.Errorf("source days: got %+v, %v; want the empty day", days, err)
		}
	}},
	{"span", func(s harness) {
		s.wantSpan("acme", "")
		s.load("acme", user(1, "2026-05-03", 1), with(user(1, "2026-05-05", 1), `"tool":"codex"`), member(1, "2026-05-03", North, Core))
		s.load("north", user(1, "2026-05-02", 1))
		s.wantSpan("acme", "2026-05-02..2026-05-05")
		s.wantSpan("north", "2026-05-02..2026-05-03")
		s.wantSpan("core", "2026-05-03..2026-05-03")
		s.wantSpan("south", "")
		s.wantSpan("other", "")
	}},
	{"clients", func(s harness) {
		client := func(day, ide, version string) string {
			return fmt.Sprintf(`{"user_id":1,"user_login":"u1","day":%q,"loc_added_sum":1,"totals_by_ide":[{"ide":%q,"loc_added_sum":1,"last_known_ide_version":{"ide_version":%q,"sampled_at":"x"},"last_known_plugin_version":{"plugin":"copilot-chat","plugin_version":"9.%s"}}]}`, day, ide, version, version)
		}
		s.load("acme", client("2026-05-01", "vscode", "1.1"), client("2026-05-02", "vscode", "1.2"), client("2026-05-03", "xcode", "15"), client("2026-05-05", "vscode", "1.9"))
		clients, err := s.Clients(context.Background(), query.Scope{Enterprise: Acme}, rangeOf("2026-05-01..2026-05-04"))
		if err != nil {
			s.Fatal(err)
		}
		var got []string
		for _, c := range clients {
			got = append(got, fmt.Sprint(c.UserID, " ", c.Name, " ", c.IDE, " ", c.IDEVersion, " ", c.Plugin, " ", c.PluginVersion, " ", c.Last))
		}
		s.same("clients", sorted(got), []string{
			"1 u1 vscode 1.2 copilot-chat 9.1.2 2026-05-02",
			"1 u1 xcode 15 copilot-chat 9.15 2026-05-03",
		})
	}},
	{"the CLI's version is a client", func(s harness) {
		cli := func(id int, day, members string) string {
			return with(user(id, day, 1), `"totals_by_cli":{"session_count":1`+members+`}`)
		}
		version := func(v string) string {
			return fmt.Sprintf(`,"last_known_cli_version":{"cli_version":%q,"sampled_at":"x"}`, v)
		}
		s.load("acme", cli(1, "2026-05-01", version("0.1")), cli(1, "2026-05-02", version("0.2")), cli(1, "2026-05-03", version("unknown")), cli(2, "2026-05-02", version("0.1")), cli(3, "2026-05-02", ""))
		for want, users := range map[string][]string{"1 0.2 2026-05-02, 2 0.1 2026-05-02": nil, "2 0.1 2026-05-02": {"2", "9"}} {
			clients, err := s.Clients(context.Background(), query.Scope{Enterprise: Acme}, rangeOf("2026-05-01..2026-05-04"), users...)
			if err != nil {
				s.Fatal(err)
			}
			var got []string
			for _, c := range clients {
				if c.IDE == metric.CLI && c.Plugin+c.PluginVersion == "" {
					got = append(got, fmt.Sprint(c.UserID, " ", c.IDEVersion, " ", c.Last))
				}
			}
			s.same("the CLI's versions", strings.Join(sorted(got), ", "), want)
		}
	}},
	{"how many people have a kind of client", func(s harness) {
		client := func(id int, day, ide, version string) string {
			return with(user(id, day, 1), fmt.Sprintf(`"totals_by_ide":[{"ide":%q,"loc_added_sum":1,"last_known_ide_version":{"ide_version":%q,"sampled_at":"x"}}]`, ide, version))
		}
		s.load("acme", client(1, "2026-05-01", "vscode", "1.1"), client(1, "2026-05-02", "vscode", "1.2"), client(1, "2026-05-03", "xcode", "15"),
			client(2, "2026-05-02", "vscode", "1.1"), client(3, "2026-05-02", "xcode", "15"), client(4, "2026-05-09", "xcode", "15"), user(5, "2026-05-02", 1),
			member(1, "2026-05-01", North, Core), member(1, "2026-05-02", North, Core), member(3, "2026-05-02", North, Core))
		every := func(store.Client) bool { return true }
		vscode := func(c store.Client) bool { return c.IDE == "vscode" }
		old := func(c store.Client) bool { return c.IDEVersion == "1.1" }
		for _, c := range []struct {
			scope query.Scope
			want  []int
		}{{query.Scope{Enterprise: Acme}, []int{3, 2, 1}}, {query.Scope{Enterprise: Acme, Team: Core}, []int{2, 1, 0}}} {
			got, err := s.CountClients(context.Background(), c.scope, rangeOf("2026-05-01..2026-05-04"), every, vscode, old)
			if err != nil {
				s.Fatal(err)
			}
			s.same("counts", got, c.want)
		}
		for _, c := range []struct {
			kind func(store.Client) bool
			want map[int64]bool
		}{
			{vscode, map[int64]bool{North: true, Core: true}},
			{old, map[int64]bool{}}, // the last one there is newer
			{func(c store.Client) bool { return c.IDEVersion == "15" }, map[int64]bool{North: true, Core: true}},
		} {
			got, err := s.EntitiesWithClient(context.Background(), Acme, rangeOf("2026-05-01..2026-05-04"), c.kind)
			if err != nil {
				s.Fatal(err)
			}
			s.same("entities", got, c.want)
		}
		for scope, want := range map[query.Scope][]string{
			{Enterprise: Acme}:             {"vscode 1.1: 1", "vscode 1.2: 1", "xcode 15: 2"},
			{Enterprise: Acme, Team: Core}: {"vscode 1.2: 1", "xcode 15: 1"},
		} {
			counts, err := s.CountByClient(context.Background(), scope, rangeOf("2026-05-01..2026-05-04"))
			if err != nil {
				s.Fatal(err)
			}
			var got []string
			for _, c := range counts {
				got = append(got, fmt.Sprintf("%s %s: %d%s", c.IDE, c.IDEVersion, c.People, c.UserID+c.Name))
			}
			s.same("counts by client", sorted(got), want)
		}
	}},
	{"values", func(s harness) {
		s.load("acme", full, with(user(2, "2026-05-02", 1), `"tool":"codex","totals_by_ide":[{"ide":"zed"},{"ide":"copilot_app"}]`), user(3, "2026-06-01", 1))
		for dimension, want := range map[string][]string{
			"tool": {"codex", "copilot"}, "ide": {"zed"}, "feature": {"agent_edit", "code_completion"}, "language": {"go"}, "model": {"gpt"}, "phase": {}, "signal": {"used_agent"},
		} {
			got, err := s.Values(context.Background(), query.Scope{Enterprise: Acme}, rangeOf("2026-05-01..2026-05-09"), dimension)
			if err != nil {
				s.Fatal(err)
			}
			s.same(dimension, got, want)
		}
	}},
	{"values of a month and of days of others", func(s harness) {
		in := func(day, ide string) string {
			return with(user(1, day, 1), fmt.Sprintf(`"totals_by_ide":[{"ide":%q,"loc_added_sum":1}]`, ide))
		}
		s.load("acme", in("2026-04-29", "eclipse"), in("2026-04-30", "xcode"), in("2026-05-10", "vscode"), in("2026-06-01", "zed"), in("2026-06-02", "vim"))
		for days, want := range map[string][]string{
			"2026-04-30..2026-06-01": {"vscode", "xcode", "zed"}, "2026-05-01..2026-06-30": {"vim", "vscode", "zed"}, "2026-04-01..2026-05-09": {"eclipse", "xcode"},
		} {
			got, err := s.Values(context.Background(), query.Scope{Enterprise: Acme}, rangeOf(days), "ide")
			if err != nil {
				s.Fatal(err)
			}
			s.same(days, got, want)
		}
	}},
	{"revisions, newest first", func(s harness) {
		s.load("acme version 2026-06-01", user(1, "2026-05-01", 1))
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 2), user(1, "2026-05-01", 3))
		s.load("acme version 2026-06-03 refused -", user(1, "2026-05-01", 5))
		s.load("other", user(1, "2026-05-01", 4))
		var got []string
		for _, r := range s.history() {
			got = append(got, fmt.Sprint(r.Action, " ", r.Origin, " ", r.At.UTC().Format(time.RFC3339), " ", r.Warnings > 0, " ", r.Rejected, " ", r.Days[0].Before.LocAdded, " ", r.Days[0].After.LocAdded))
		}
		s.same("revisions", got, []string{
			"import script 2026-09-01T12:00:00Z false 1 3 5",
			"import script 2026-09-01T12:00:00Z true 0 1 3",
			"import script 2026-09-01T12:00:00Z false 0 – 1",
		})
		few, err := s.Revisions(context.Background(), Acme, 2, false)
		if err != nil || len(few) != 2 || few[0].ID <= few[1].ID || len(few[0].Days) != 0 {
			s.Errorf("revisions, 2 without days: got %+v, %v", few, err)
		}
	}},
	{"the history tells lines that no record states from none", func(s harness) {
		full, none, silent := user(1, "2026-05-01", 7), user(2, "2026-05-01", 0), `{"user_id":3,"day":"2026-05-01","ai_credits_used":0.5}`
		s.load("acme version 2026-06-01", silent, member(3, "2026-05-01", North, Core))
		s.load("acme version 2026-06-02", silent, none)
		s.load("acme version 2026-06-03", silent, full)
		s.load("acme version 2026-06-04", silent)
		s.load("acme version 2026-06-05", with(silent, `"loc_deleted_sum":4`))
		var got []string
		for _, r := range s.history() {
			for _, d := range r.Days {
				got = append(got, fmt.Sprint(d.Kind, " ", d.Before, " ", d.After))
			}
		}
		slices.Reverse(got)
		s.same("how days moved", got, []string{
			"user-teams {0 – –} {1 – –}", "users {0 – –} {1 – –}", "users {1 – –} {2 0 –}", "users {2 0 –} {2 7 –}", "users {2 7 –} {1 – –}", "users {1 – –} {1 – 4}",
		})
	}},
	{"the data version rises with each change of the enterprise", func(s harness) {
		versions := []int64{s.version()}
		s.load("acme", user(1, "2026-05-01", 1))
		versions = append(versions, s.version())
		s.load("acme", user(1, "2026-05-01", 2))
		versions = append(versions, s.version())
		s.erase(store.Deletion{Enterprise: Acme})
		versions = append(versions, s.version())
		for i := range versions[1:] {
			if versions[i+1] <= versions[i] {
				s.Errorf("data versions are %v, want them to rise", versions)
			}
		}
		s.load("other", user(1, "2026-05-01", 2))
		if got := s.version(); got != versions[3] {
			s.Errorf("another enterprise's import moved the data version from %d to %d", versions[3], got)
		}
	}},
	{"nothing is found by Verify", func(s harness) {
		s.two()
		found, err := s.Verify(context.Background())
		if err != nil || len(found) > 0 {
			s.Errorf("verify: got %v, %v; want nothing", found, err)
		}
		if err := s.Ping(context.Background()); err != nil {
			s.Errorf("ping: %v", err)
		}
	}},
}

// wantExport checks what a report exports; File, Line and Seq are of the import.
func (s harness) wantExport(r store.Report, want ...string) {
	s.Helper()
	got := []report.Record{}
	err := s.Export(context.Background(), r, func(r *report.Record) error {
		got = append(got, clone(r))
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	wanted := plain(Records(s.T, strings.Join(want, "\n")))
	if plain(got); r.OrderOf == nil { // within a day and tool it is the store's
		byUser := func(a, b report.Record) int {
			return order.Or(order.Compare(a.Day, b.Day), strings.Compare(a.UserID, b.UserID), strings.Compare(a.OrganizationID, b.OrganizationID), strings.Compare(a.TeamID, b.TeamID))
		}
		if !slices.IsSortedFunc(got, func(a, b report.Record) int { return order.Compare(a.Day, b.Day) }) {
			s.Error("the export is not in order of days")
		}
		slices.SortStableFunc(wanted, byUser)
		slices.SortStableFunc(got, byUser)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		s.Errorf("export (-want +got):\n%s", diff)
	}
}

// plain removes what does not belong to a record's content, such as the order of
// a breakdown's rows.
func plain(records []report.Record) []report.Record {
	for i := range records {
		r := &records[i]
		r.File, r.Line, r.Seq = "", 0, 0
		if r.Tool == "copilot" {
			r.Tool = "" // the same thing
		}
		for _, rows := range [][]report.Row{r.ByIDE, r.ByFeature, r.ByLanguageFeature, r.ByLanguageModel, r.ByModelFeature} {
			slices.SortFunc(rows, func(a, b report.Row) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	}
	return records
}

func (s harness) wantSpan(entity, want string) {
	s.Helper()
	e, _ := entityOf(entity)
	text := span(s.Store, e)
	if text != want {
		s.Errorf("span of %s: got %q, want %q", entity, text, want)
	}
}
