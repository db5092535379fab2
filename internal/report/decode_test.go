package report

import (
	"strings"
	"testing"
	"time"

	"codegauge/internal/day"

	"github.com/google/go-cmp/cmp"
)

const user = `"day":"2026-05-01","user_id":7,"user_login":"ada"`

var day1 = day.Date(2026, 5, 1)

func counters(pairs ...int64) (c Counters) {
	for i := 0; i < len(pairs); i += 2 {
		c.Set(int(pairs[i]), pairs[i+1])
	}
	return c
}

func ptr[T any](v T) *T { return &v }

func TestDecode(t *testing.T) {
	base := Record{Kind: UserDay, Day: day1, UserID: "7", Login: "ada"}
	with := func(change func(r *Record)) Record {
		r := base
		change(&r)
		return r
	}
	for _, test := range []struct {
		name, text string
		want       Record
	}{
		{"minimal", `{` + user + `}`, base},
		{"user id as string", `{"day":"2026-05-01","user_id":"a-7","user_login":"ada"}`,
			with(func(r *Record) { r.UserID, r.UserIDString = "a-7", true })},
		{"user id as float", `{"day":"2026-05-01","user_id":7.0,"user_login":"ada"}`, base},
		{"ids as numbers", `{` + user + `,"enterprise_id":1,"organization_id":2}`,
			with(func(r *Record) { r.EnterpriseID, r.OrganizationID = "1", "2" })},
		{"null and empty ids", `{` + user + `,"enterprise_id":null,"organization_id":""}`,
			with(func(r *Record) { r.Extra = []byte(`"enterprise_id":null,"organization_id":""`) })},
		{"counters", `{` + user + `,"loc_added_sum":12.0,"loc_deleted_sum":1e3,"code_generation_activity_count":0,"code_acceptance_activity_count":-0}`,
			with(func(r *Record) { r.Totals = counters(5, 12, 6, 1000, 1, 0, 2, 0) })},
		{"largest counter", `{` + user + `,"loc_added_sum":1000000000000}`,
			with(func(r *Record) { r.Totals = counters(5, maxCount) })},
		{"null counter", `{` + user + `,"loc_added_sum":null}`,
			with(func(r *Record) { r.Extra = []byte(`"loc_added_sum":null`) })},
		{"null breakdown", `{` + user + `,"totals_by_ide":null}`,
			with(func(r *Record) { r.Extra = []byte(`"totals_by_ide":null`) })},
		{"empty breakdown", `{` + user + `,"totals_by_ide":[]}`, with(func(r *Record) { r.ByIDE = []Row{} })},
		{"flags", `{` + user + `,"used_agent":true,"used_chat":false,"used_copilot_code_review_passive":null}`,
			with(func(r *Record) {
				r.Flags = Flags{Known: UsedAgent | UsedChat, Value: UsedAgent}
				r.Extra = []byte(`"used_copilot_code_review_passive":null`)
			})},
		{"flag of another type", `{` + user + `,"used_agent":"yes"}`,
			with(func(r *Record) { r.Extra = []byte(`"used_agent":"yes"`) })},
		{"duplicate members", `{"loc_added_sum":null,` + user + `,"loc_added_sum":1,"x":1,"loc_added_sum":2,"x":2,"day":"2026-05-01"}`,
			with(func(r *Record) { r.Totals, r.Extra = counters(5, 2), []byte(`"x":2`) })},
		{"duplicate ends in null", `{` + user + `,"totals_by_ide":[{}],"used_chat":true,"totals_by_ide":null,"used_chat":null}`,
			with(func(r *Record) { r.Extra = []byte(`"totals_by_ide":null,"used_chat":null`) })},
		{"escaped names", `{"d\u0061y":"2026-05-01","user\u005fid":7,"user_login":"a\u0064a","\u0078":1,"x":2}`,
			with(func(r *Record) { r.Extra = []byte(`"x":2`) })},
		{"unknown members", `{` + user + `,"new":{"a":[1, 2]},"totals_by_cli":{"session_count":1}}`,
			with(func(r *Record) { r.Extra = []byte(`"new":{"a":[1, 2]},"totals_by_cli":{"session_count":1}`) })},
		{"credits and tool", `{` + user + `,"ai_credits_used":12.5,"tool":"codex"}`,
			with(func(r *Record) { r.Credits, r.Tool = ptr(int64(12_500_000)), "codex" })},
		{"phase", `{` + user + `,"ai_adoption_phase":{"phase":"Agent first","phase_number":2,"version":"v1"}}`,
			with(func(r *Record) {
				r.Phase = ptr(int64(2))
				r.Extra = []byte(`"ai_adoption_phase":{"phase":"Agent first","phase_number":2,"version":"v1"}`)
			})},
		{"report of 28 days", `{"report_start_day":"2026-04-04","report_end_day":"2026-05-01",` + user + `}`,
			with(func(r *Record) { r.ReportStart, r.ReportEnd = day.Date(2026, 4, 4), day1 })},
		{"seven fractional digits", `{` + user + `,"created_at":"2026-05-02T01:02:03.1234567Z"}`,
			with(func(r *Record) { r.CreatedAt = time.Date(2026, 5, 2, 1, 2, 3, 123456700, time.UTC) })},
		{"timestamp with offset", `{` + user + `,"created_at":"2026-05-02T01:02:03+02:00"}`,
			with(func(r *Record) { r.CreatedAt = time.Date(2026, 5, 1, 23, 2, 3, 0, time.UTC) })},
		{"no timestamp", `{` + user + `,"created_at":"yesterday"}`,
			with(func(r *Record) { r.Extra = []byte(`"created_at":"yesterday"`) })},
		{"rows", `{` + user + `,"totals_by_ide":[{"ide":"vscode","loc_added_sum":1,"feature":"x","last_known_ide_version":{"ide_version":"1.2","sampled_at":"t"},"last_known_plugin_version":{"plugin":"p","plugin_version":"3"}}],` +
			`"totals_by_feature":[{"feature":"agent_edit"},{"feature":null,"loc_added_sum":null},null],"totals_by_language_model":[{"language":"go","model":"auto"}]}`,
			with(func(r *Record) {
				r.ByIDE = []Row{{IDE: "vscode", Counters: counters(5, 1), IDEVersion: "1.2", Plugin: "p", PluginVersion: "3",
					Extra: []byte(`"feature":"x","last_known_ide_version":{"ide_version":"1.2","sampled_at":"t"},"last_known_plugin_version":{"plugin":"p","plugin_version":"3"}`)}}
				r.ByFeature = []Row{{Feature: "agent_edit"}, {Extra: []byte(`"feature":null,"loc_added_sum":null`)}}
				r.ByLanguageModel = []Row{{Language: "go", Model: "auto"}}
			})},
		{"team slug on a user record with counters", `{` + user + `,"loc_added_sum":1,"slug":"a"}`,
			with(func(r *Record) { r.Totals, r.Extra = counters(5, 1), []byte(`"slug":"a"`) })},
		{"aggregate", `{"day":"2026-05-01","enterprise_id":"1","daily_active_users":3,"monthly_active_users":4,"pull_requests":{"total_created":1}}`,
			Record{Kind: AggregateDay, Day: day1, EnterpriseID: "1", Reported: Reported{Daily: ptr(int64(3)), Monthly: ptr(int64(4))},
				Extra: []byte(`"pull_requests":{"total_created":1}`)}},
		{"user-teams", `{` + user + `,"enterprise_id":"1","team_id":9,"slug":"eng","x":[]}`,
			Record{Kind: UserTeam, Day: day1, UserID: "7", Login: "ada", EnterpriseID: "1", TeamID: "9", TeamSlug: "eng", Extra: []byte(`"x":[]`)}},
		{"repo", `{"day":"2026-05-01","organization_id":2,"repo_id":77,"repo_name":"r","loc_added_sum":-1,"created_at":"t"}`,
			Record{Kind: RepoDay, Day: day1, OrganizationID: "2", Repo: "77", Extra: []byte(`"repo_name":"r","loc_added_sum":-1,"created_at":"t"`)}},
		{"seat", `{"created_at":"2026-01-02T03:04:05Z","assignee":{"login":"ada","id":7},"organization":{"login":"acme","id":1},"assigning_team":{"slug":"eng"},"last_activity_at":null,"last_activity_editor":"vscode/1","plan_type":"business"}`,
			Record{Kind: Seat, UserID: "7", Login: "ada", SeatOrganization: "acme", SeatTeam: "eng", SeatCreated: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
				SeatEditor: "vscode/1", SeatPlan: "business",
				Extra: []byte(`"created_at":"2026-01-02T03:04:05Z","assignee":{"login":"ada","id":7},"organization":{"login":"acme","id":1},"assigning_team":{"slug":"eng"},"last_activity_at":null,"last_activity_editor":"vscode/1","plan_type":"business"`)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := readText(t, test.text)
			if len(got.records) != 1 || len(got.rejections) > 0 {
				t.Fatalf("%d records, rejections %+v", len(got.records), got.rejections)
			}
			if diff := cmp.Diff(test.want, anywhere(got.records[0])); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			checkRoundTrip(t, got.records)
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{` + user + `,"loc_added_sum":-5}`:                                                              "loc_added_sum: -5 is negative",
		`{` + user + `,"loc_added_sum":1.5}`:                                                             "loc_added_sum: 1.5 is not a whole number",
		`{` + user + `,"loc_added_sum":1e-400}`:                                                          "loc_added_sum: 1e-400 is not a whole number",
		`{` + user + `,"loc_added_sum":"5"}`:                                                             "loc_added_sum: a string, not a number",
		`{` + user + `,"loc_added_sum":true}`:                                                            "loc_added_sum: a boolean, not a number",
		`{` + user + `,"loc_added_sum":9223372036854775808}`:                                             "loc_added_sum: 9223372036854775808 is too large",
		`{` + user + `,"loc_added_sum":1000000000001}`:                                                   "loc_added_sum: 1000000000001 is too large",
		`{` + user + `,"loc_added_sum":1e999999999999}`:                                                  "loc_added_sum: 1e999999999999 is too large",
		`{` + user + `,"totals_by_ide":{}}`:                                                              "totals_by_ide: an object, not a list",
		`{` + user + `,"totals_by_ide":[1]}`:                                                             "totals_by_ide: row 1 is a number, not an object",
		`{` + user + `,"totals_by_ide":[{"ide":1}]}`:                                                     "totals_by_ide: ide: a number, not a string",
		`{` + user + `,"totals_by_feature":[{"loc_added_sum":-1}]}`:                                      "totals_by_feature: loc_added_sum: -1 is negative",
		`{` + user + `,"ai_credits_used":-1}`:                                                            "ai_credits_used: -1 is negative",
		`{` + user + `,"ai_credits_used":1e999}`:                                                         "ai_credits_used: 1e999 is too large",
		`{` + user + `,"enterprise_id":true}`:                                                            "enterprise_id: a boolean, not an id",
		`{"day":"2026-05-01","user_login":"ada","loc_added_sum":1}`:                                      "user_id: missing",
		`{"day":"2026-05-01","user_id":null,"user_login":"ada"}`:                                         "user_id: empty or null",
		`{"day":"2026-05-01","user_id":""}`:                                                              "user_id: empty or null",
		`{"day":"2026-05-01","user_id":1.5}`:                                                             "user_id: 1.5 is not an id",
		`{"day":"2026-05-01","user_id":-5}`:                                                              "user_id: -5 is not an id",
		`{"user_id":7}`:                                                                                  "day: missing",
		`{"user_id":7,"day":"2026-05-01","report_start_day":"2025-01-01","report_end_day":"2026-05-01"}`: "report_start_day to report_end_day: 486 days, more than the 400 allowed",
		`{"user_id":7,"day":null}`:                                                                       "day: null",
		`{"user_id":7,"day":"2026-5-1"}`:                                                                 `day "2026-5-1" is not of the form YYYY-MM-DD`,
		`{"user_id":7,"day":"2026-02-30"}`:                                                               `day "2026-02-30" does not exist`,
		`{"user_id":7,"day":20260501}`:                                                                   "day: a number, not a string",
		`{"enterprise_id":"1","loc_added_sum":1}`:                                                        "day: missing",
		`{"day":"2026-05-01"}`:                                                                           "unrecognised object: neither a usage record nor a seat",
		`{"download_links":["https://x"],"report_day":"2026-05-01"}`:                                     "this is the list of download links for the report of 2026-05-01, not the report itself: download the links and import those files",
		`{"message":"Not Found","documentation_url":"https://x","status":"404"}`:                         `an API error response, not a report: "Not Found"; fix the cause and fetch the report again`,
		`{"assignee":null}`:                                                                              "assignee: has neither id nor login",
		`{"assignee":{"id":null,"login":""}}`:                                                            "assignee: has neither id nor login",
		`{"day_totals":{}}`:                                                                              "day_totals: an object, not a list",
		`{"day":"2026-05-01","team_id":1}`:                                                               "user_id: missing",
		`{"day":"2026-05-01","team_id":1,"loc_added_sum":2}`:                                             "team totals, which are not imported but computed from the team's users",
		`{` + user + `,"team_id":null}`:                                                                  "team_id: empty or null",
		`{"day":"2026-05-01","repo_id":null}`:                                                            "repo_id: empty or null",
		`{"repo_id":1}`:                                                                                  "day: missing",
		`{` + user + `,"x":"` + "\xff" + `"}`:                                                            "not valid JSON: invalid UTF-8 at byte 57: convert the file to UTF-8",
		`{` + user + `,}`:                                                                                "not valid JSON: unexpected character at byte 52",
		`{` + user + `} x`:                                                                               "not valid JSON: more text after the object on its line",
		`{` + user + `},`:                                                                                "not valid JSON: more text after the object on its line",
		`{` + user:                                                                                       "not valid JSON: text ends inside a value at byte 51: the file may be cut off",
		`<html>`:                                                                                         "HTML or XML, not a report: probably the response of an expired link or a sign-in page; download the report again",
		"<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code>\n<Message>x</Message></Error>": "the error page of a failed download (AuthenticationFailed), not a report: links expire, so request new ones from GitHub and download again",
		"{\x00\"\x00": "UTF-16 text: convert the file to UTF-8", "\x00{\x00\"": "UTF-16 text: convert the file to UTF-8",
		`{"user_id":"` + strings.Repeat("x", 256) + `","day":"2026-05-01"}`: "user_id: longer than 255 bytes",
	} {
		got := readText(t, text)
		if len(got.records) != 0 || len(got.rejections) != 1 || got.rejections[0].Reason != want {
			t.Errorf("%s:\n got %d records, %+v\nwant %s", text, len(got.records), got.rejections, want)
		}
	}
}

func TestDecodeWarns(t *testing.T) {
	for text, want := range map[string]string{
		`{` + user + `,"totals_by_ide":[null,{"ide":"vim"}]}`:     "totals_by_ide: row 1 is null and was ignored",
		`{` + user + `,"created_at":"2026-05-01 10:00"}`:          `created_at: "2026-05-01 10:00" is not a timestamp`,
		`{` + user + `,"report_end_day":"x"}`:                     `report_end_day: "x" is not a day`,
		`{` + user + `,"used_cli":1}`:                             `used_cli: 1 is neither true nor false`,
		`{` + user + `,"ai_adoption_phase":{"phase_number":"2"}}`: `ai_adoption_phase: phase_number "2" is not a number`,
		`[{` + user + `},null]`:                                   "a list element is null and was ignored",
	} {
		got := readText(t, "\n"+text)
		if len(got.records) != 1 || len(got.rejections) != 0 {
			t.Fatalf("%s: %d records, rejections %+v", text, len(got.records), got.rejections)
		}
		if diff := cmp.Diff([]Warning{{File: "f", Line: 2, Reason: want}}, got.warnings); diff != "" {
			t.Errorf("%s: -want +got:\n%s", text, diff)
		}
	}
}

// TestFormerLines: reports of the first weeks name lines otherwise.
func TestFormerLines(t *testing.T) {
	const old, today = `"accepted_loc_sum": 40,"generated_loc_sum":100`, `"loc_added_sum":40`
	for text, want := range map[string]int64{
		`{` + user + `,` + old + `}`: 1,
		`{` + user + `,"totals_by_ide":[{"ide":"vim",` + old + `}],` + old + `}`: 1,
		`{` + user + `,"totals_by_model_feature":[{"model":"m",` + old + `}]}`:   1,
		`{"day":"2025-10-14","enterprise_id":"1",` + old + `}`:                   1,
		`{"enterprise_id":"1","day_totals":[{"day":"2025-10-14",` + old + `}]}`:  1,
		`{` + user + `,` + old + `,` + today + `}`:                               0,
		`{` + user + `,` + today + `}`:                                           0,
		`{` + user + `,"note":"accepted_loc_sum"}`:                               0,
		strings.Repeat(`{`+user+`,"generated_loc_sum":7}`+"\n", 6):               6,
	} {
		got := readText(t, text)
		var n int64
		for _, w := range got.warnings {
			if n += max(1, w.Count); !strings.Contains(w.Reason, "accepted_loc_sum and generated_loc_sum") {
				t.Errorf("%s: warned of %s", text, w.Reason)
			}
		}
		if n != want || len(got.warnings) > 1 || len(got.rejections) > 0 {
			t.Errorf("%s: %d warned of in %d warnings, want %d; %v", text, n, len(got.warnings), want, got.rejections)
		}
	}
}

func TestWrapped(t *testing.T) {
	const text = `{"report_start_day":"2026-04-04","report_end_day":"2026-05-01","created_at":"2026-05-02T00:00:00Z","enterprise_id":"1",
"day_totals":[{"day":"2026-04-04","enterprise_id":null,"loc_added_sum":1},
{"day":"bad","loc_added_sum":1},null,
{"day":"2026-05-01","enterprise_id":"2","user_id":1},
{"day":"2026-05-01","enterprise_id":"2","report_end_day":"2026-05-03","loc_added_sum":2}],"copilot_feature_engagement":{"a":1}}`
	got := readText(t, text)
	created := time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)
	around := []byte(`"copilot_feature_engagement":{"a":1}`)
	april := day.Date(2026, 4, 4)
	want := []Record{
		{Kind: AggregateDay, Day: april, EnterpriseID: "1", ReportStart: april, ReportEnd: day1, CreatedAt: created,
			Totals: counters(5, 1), Wrapper: around, File: "f", Line: 2, Seq: int64(strings.Index(text, `{"day":"2026-04-04"`))},
		{Kind: UserDay, Day: day1, UserID: "1", EnterpriseID: "2", ReportStart: april, ReportEnd: day1, CreatedAt: created,
			File: "f", Line: 4, Seq: int64(strings.Index(text, `{"day":"2026-05-01"`))},
		{Kind: AggregateDay, Day: day1, EnterpriseID: "2", ReportStart: april, ReportEnd: day.Date(2026, 5, 3), CreatedAt: created,
			Totals: counters(5, 2), Wrapper: around, File: "f", Line: 5, Seq: int64(strings.LastIndex(text, `{"day"`))},
	}
	if diff := cmp.Diff(want, got.records); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	wantRejections := []Rejection{
		{File: "f", Line: 3, Reason: `day_totals: element 2: day "bad" is not of the form YYYY-MM-DD`, Text: `{"day":"bad","loc_added_sum":1}`},
	}
	if diff := cmp.Diff(wantRejections, got.rejections); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(got.warnings) != 1 || got.warnings[0].Line != 3 {
		t.Errorf("warnings %+v", got.warnings)
	}
	checkRoundTrip(t, got.records)
}

// TestSpanOfAggregates reads a long report of aggregates, line by line: it covers no
// day that is not in it.
func TestSpanOfAggregates(t *testing.T) {
	got := readText(t, `{"day":"2026-05-01","enterprise_id":"1","loc_added_sum":1,"report_start_day":"2024-01-01","report_end_day":"2026-05-01"}`)
	if len(got.records) != 1 || len(got.rejections) != 0 {
		t.Errorf("got %d records, %v", len(got.records), got.rejections)
	}
}

func TestSeatsAnswer(t *testing.T) {
	got := readText(t, `{"total_seats":3,"seats":[{"assignee":{"id":1,"login":"a"}},{"assignee":null},{"assignee":{"id":"2"}}]}`)
	if len(got.records) != 2 || got.records[0].UserID != "1" || got.records[1].UserID != "2" || !got.records[1].UserIDString {
		t.Errorf("records %+v", got.records)
	}
	if len(got.rejections) != 1 || got.rejections[0].Reason != "seats: element 2: assignee: has neither id nor login" {
		t.Errorf("rejections %+v", got.rejections)
	}
	checkRoundTrip(t, got.records)
}

func TestTooManyRows(t *testing.T) {
	rows := strings.TrimSuffix(strings.Repeat("{},", maxRows+1), ",")
	got := readText(t, `{`+user+`,"totals_by_ide":[`+rows+`]}`)
	if len(got.records) != 0 || len(got.rejections) != 1 || got.rejections[0].Reason != "totals_by_ide: too many rows" {
		t.Errorf("%d records, %+v", len(got.records), got.rejections)
	}
}

// TestManyNames gives an object more names than are compared one by one, and
// repeats some.
func TestManyNames(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{` + user)
	for i := range 200 {
		b.WriteString(`,"n` + string(rune('a'+i%26)) + string(rune('a'+i/26)) + `":` + string(rune('0'+i%10)))
	}
	first := b.String()
	got := readText(t, first+`,"nab":null,"day":null,"nac":0,"day":"2026-05-01"}`)
	if len(got.records) != 1 {
		t.Fatal(got.rejections)
	}
	if extra := string(got.records[0].Extra); strings.Count(extra, `"nab"`) != 1 || strings.Contains(extra, "day") {
		t.Error(extra)
	}
	checkRoundTrip(t, got.records)
}

// TestMillionths reads amounts exactly, and keeps as it came what is rounded.
func TestMillionths(t *testing.T) {
	for raw, want := range map[string]struct {
		n    int64
		kept bool
	}{
		"0": {0, false}, "0.000000": {0, false}, "12.5": {12_500_000, false}, "1e3": {1_000_000_000, false}, "0.000001": {1, false}, "-0.0": {0, false},
		"0.1234564": {123_456, true}, "0.1234565": {123_457, true}, "0.30000000000000004": {300_000, true}, "4e-7": {0, true}, "5e-7": {1, true}, "9e-9": {0, true},
		"999999999.999999": {999_999_999_999_999, false}, "0e99": {0, false},
	} {
		got := readText(t, `{`+user+`,"ai_credits_used":`+raw+`}`).records
		if len(got) != 1 || got[0].Credits == nil || *got[0].Credits != want.n || (len(got[0].Extra) > 0) != want.kept {
			t.Errorf("%s: %+v; want %d, kept %t", raw, got, want.n, want.kept)
			continue
		}
		r := got[0]
		if again := string(r.AppendJSON(nil)); want.kept && !strings.Contains(again, `"ai_credits_used":`+raw+`}`) {
			t.Errorf("%s is written as %s", raw, again)
		}
	}
	for _, raw := range []string{"1e999", "1000000001", "1000000000000000"} {
		if got := readText(t, `{`+user+`,"ai_credits_used":`+raw+`}`); len(got.rejections) != 1 {
			t.Errorf("%s was read", raw)
		}
	}
}
