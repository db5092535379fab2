package hostile

import (
	"fmt"
	"strings"
)

// eve is the user of the templates. Each malformed line has an eve of its own,
// of the same length, so that nothing hides behind another.
const eve = "9999999"

// The templates, one of each kind of record, in GitHub's members.
var templates = []struct{ kind, line string }{
	{"user", `{"report_start_day":"2026-05-01","report_end_day":"2026-05-01","day":"2026-05-01","enterprise_id":"77","user_id":` + eve + `,"user_login":"eve",` +
		`"user_initiated_interaction_count":3,"loc_suggested_to_add_sum":9,"loc_added_sum":7,"loc_deleted_sum":1,` +
		`"totals_by_ide":[{"ide":"vscode","loc_added_sum":7,"last_known_ide_version":{"sampled_at":"x","ide_version":"1.104"}}],` +
		`"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":7,"loc_deleted_sum":1}],` +
		`"totals_by_language_model":[{"language":"go","model":"gpt","loc_added_sum":7}],"used_agent":true,"ai_credits_used":1.5}`},
	{"aggregate", `{"day":"2026-05-01","enterprise_id":"77","daily_active_users":5,"monthly_active_users":9,"loc_added_sum":700,"totals_by_feature":[{"feature":"code_completion","loc_added_sum":700}]}`},
	{"user-team", `{"day":"2026-05-01","enterprise_id":"77","user_id":` + eve + `,"user_login":"eve","team_id":5,"slug":"core"}`},
	{"repository", `{"day":"2026-05-01","enterprise_id":"77","repo_id":12,"repo_name":"app","pull_requests":{"total_created":3}}`},
	{"seat", `{"created_at":"2026-01-02T03:04:05Z","assignee":{"login":"eve","id":` + eve + `},"plan_type":"business","last_activity_at":null}`},
	{"28 days", `{"report_start_day":"2026-04-04","report_end_day":"2026-05-01","enterprise_id":"77","day_totals":[{"day":"2026-05-01","loc_added_sum":700,"totals_by_ide":[{"ide":"xcode","loc_added_sum":700}]}]}`},
	{"seats", `{"total_seats":1,"seats":[{"assignee":{"login":"eve","id":` + eve + `},"plan_type":"business"}]}`},
}

// outcome is what has to become of a malformed line.
type outcome int

const (
	// refused lines are told with file and line, and nothing of them is stored.
	refused outcome = iota
	// warned are records with a member that is not what it should be, and that
	// no figure needs: a warning tells file and line, the record is stored.
	warned
)

// line is a malformed line, named for messages.
type line struct {
	name    string
	text    string
	outcome outcome
}

// truncated cuts a record off after every sign of its syntax, and in the middle
// of every token.
func truncated(text string) (out []line) {
	last := 0
	for i := 1; i < len(text); i++ {
		if !strings.ContainsRune(`{}[]:,"`, rune(text[i-1])) && i-last < 4 {
			continue
		}
		last = i
		out = append(out, line{name: fmt.Sprintf("cut at byte %d", i), text: text[:i]})
	}
	return out
}

// broken spoils the syntax of a record.
func broken(text string) (out []line) {
	inner := strings.TrimSuffix(text, "}")
	add := func(name, text string) { out = append(out, line{name: name, text: text}) }
	add("comma at the end", inner+`,}`)
	add("two commas", strings.Replace(text, ",", ",,", 1))
	add("comma at the start", "{,"+text[1:])
	add("no colon", strings.Replace(text, ":", " ", 1))
	add("two colons", strings.Replace(text, ":", "::", 1))
	add("no quote", strings.Replace(text, `"`, ``, 1))
	add("single quotes", strings.ReplaceAll(text, `"`, `'`))
	add("a closing bracket too many", text+"}")
	add("a wrong closing bracket", inner+"]")
	add("no opening bracket", text[1:])
	add("text behind", text+" x")
	add("a comment", inner+`/* x */}`)
	add("a number behind", text+"1")
	add("behind a word", "x "+text)
	add("behind NUL", "\x00"+text)
	add("NUL inside", inner+"\x00}")
	add("a control character in a string", inner+",\"x\":\"a\x01b\"}")
	add("a tab in a string", inner+",\"x\":\"a\tb\"}")
	add("NUL in a string", inner+",\"x\":\"a\x00b\"}")
	add("bad UTF-8 in a string", inner+",\"x\":\"a\xff\"}")
	add("overlong UTF-8", inner+",\"x\":\"\xc0\xaf\"}")
	add("a surrogate in UTF-8", inner+",\"x\":\"\xed\xa0\x80\"}")
	add("UTF-8 cut short", inner+",\"x\":\"\xf0\x9f\x98\"}")
	add("bad UTF-8 in a name", inner+",\"\xff\":1}")
	add("bad UTF-8 between", inner+",\xff\"x\":1}")
	add("a byte order mark inside", inner+",\uFEFF\"x\":1}")
	add("a no-break space", inner+",\u00a0\"x\":1}")
	for _, escape := range []string{`\x41`, `\u12`, `\u12G4`, `\ud800`, `\udc00`, `\ud800\ud800`, `\`, `\'`} {
		add("escape "+escape, inner+`,"x":"`+escape+`"}`)
	}
	for _, number := range []string{"01", "+1", ".5", "1.", "1e", "1e+", "-", "--1", "0x10", "1_000", "NaN", "Infinity", "-Infinity", "1,5", "١"} {
		add("number "+number, inner+`,"x":`+number+`,"y":"z"}`)
	}
	for _, word := range []string{"True", "nul", "nulll", "undefined", "None", "''", "`x`"} {
		add("word "+word, inner+`,"x":`+word+`}`)
	}
	add("100,000 lists deep", inner+`,"x":`+strings.Repeat("[", 1e5)+strings.Repeat("]", 1e5)+"}")
	add("100,000 objects deep", inner+`,"x":`+strings.Repeat(`{"a":`, 1e5)+"1"+strings.Repeat("}", 1e5)+"}")
	add("100,000 lists deep, open", inner+`,"x":`+strings.Repeat("[", 1e5))
	add("65 lists deep", inner+`,"x":`+strings.Repeat("[", 64)+strings.Repeat("]", 64)+"}")
	if !strings.Contains(text, `"seats":`) { // of whose wrapper nothing is kept
		add("20,000 unknown members", inner+members(20_000)+"}")
	}
	return out
}

func members(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"m%d":0`, i)
	}
	return b.String()
}

// values puts wrong values into a record's members.
func values(text string) (out []line) {
	counts := []string{`"7"`, `true`, `[7]`, `{"n":7}`, `-1`, `-7.0`, `1.5`, `1e-3`, `1e400`, `9223372036854775807`, `9223372036854775808`, `1e13`, `1e19`, `-9223372036854775809`, strings.Repeat("9", 1000)}
	for _, member := range []string{"loc_added_sum", "user_initiated_interaction_count", "daily_active_users"} {
		out = append(out, replaced(text, member, counts...)...)
	}
	lists := []string{`7`, `"x"`, `true`, `{}`, `[7]`, `["x"]`, `[[]]`, `[true]`}
	for _, member := range []string{"totals_by_ide", "totals_by_feature", "totals_by_language_model", "day_totals", "seats"} {
		out = append(out, replaced(text, member, lists...)...)
	}
	days := []string{`""`, `"x"`, `"2026-5-1"`, `"2026-02-30"`, `"2026-13-01"`, `"2026-00-01"`, `"2026-05-00"`, `"0000-00-00"`, `"1970-01-01"`, `"1999-12-31"`, `"3000-01-01"`, `"9999-12-31"`,
		`"10000-01-01"`, `"2026-05-01T00:00:00Z"`, `" 2026-05-01"`, `"2026/05/01"`, `"01.05.2026"`, `20260501`, `1777593600`, `null`, `true`, `[]`, `{}`, `["2026-05-01"]`, `"2026-05-0１"`}
	out = append(out, replaced(text, "day", days...)...)
	ids := []string{`true`, `[1]`, `{"id":1}`, `1.5`, `-1`, `1e300`, `"` + strings.Repeat("x", 256) + `"`}
	for _, member := range []string{"user_id", "enterprise_id", "team_id", "repo_id"} {
		out = append(out, replaced(text, member, ids...)...)
	}
	for _, member := range []string{"user_id", "repo_id"} {
		out = append(out, replaced(text, member, `null`, `""`)...)
	}
	for _, member := range []string{"user_login", "slug", "feature", "ide", "language", "model"} {
		out = append(out, replaced(text, member, `7`, `true`, `[]`, `{}`, `"`+strings.Repeat("x", 256)+`"`)...)
	}
	out = append(out, replaced(text, "ai_credits_used", `"1"`, `-1`, `1e400`, `true`, `[1]`)...)
	out = append(out, replaced(text, "assignee", `null`, `7`, `"eve"`, `[]`, `{}`, `{"id":null}`, `{"id":true}`, `{"id":-1}`)...)
	return out
}

// odd puts values into members that no figure needs.
func odd(text string) (out []line) {
	for member, list := range map[string][]string{
		"used_agent": {`"yes"`, `1`, `[]`, `{}`}, "report_start_day": {`"x"`, `7`, `"2026-02-30"`, `true`},
		"created_at": {`"yesterday"`, `7`, `"2026-13-01T00:00:00Z"`, `{}`},
	} {
		for _, l := range replaced(text, member, list...) {
			l.outcome = warned
			out = append(out, l)
		}
	}
	return out
}

// replaced returns the record with each of the values for a member, where it
// has one.
func replaced(text, member string, values ...string) (out []line) {
	at := strings.Index(text, `"`+member+`":`)
	if at < 0 {
		return nil
	}
	from := at + len(member) + 3
	to := from + len(value(text[from:]))
	for _, v := range values {
		out = append(out, line{name: fmt.Sprintf("%s: %.40s", member, v), text: text[:from] + v + text[to:]})
	}
	return out
}

// value returns the JSON value that text begins with.
func value(text string) string {
	depth, quoted := 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
		case depth == 0 && (c == ',' || c == '}' || c == ']'):
			return text[:i]
		case c == ']' || c == '}':
			depth--
		}
	}
	return text
}

// strangers are lines that are no record of any kind.
func strangers() (out []line) {
	for _, text := range []string{
		`x`, `null`, `true`, `7`, `"text"`, `-`, `{`, `}`, `[`, `]`, `:`, `,`, `{}`, `{"a":1}`, `[7]`, `["x"]`, `[[[]]]`, `[{}]`, `[true,false]`,
		`{"day":"2026-05-01"}`, `{"user_id":` + eve + `}`, `{"user_login":"eve"}`, `{"message":"Bad credentials","documentation_url":"https://docs.github.com"}`,
		`{"download_links":["https://example.com/x"],"report_day":"2026-05-01"}`, `{"errors":[{"status":500}]}`,
		`{"day":"2026-05-01","user_login":"eve","loc_added_sum":7}`, `{"user_id":` + eve + `,"user_login":"eve","loc_added_sum":7}`,
		`{"day":"2026-05-01","team_id":5,"slug":"core","loc_added_sum":7}`, `{"day":"2026-05-01","user_id":` + eve + `,"team_id":null}`,
		`{"day":"2026-05-01","repo_id":null}`, `{"seats":null}`, `{"day_totals":null}`, `{"day_totals":[{"day":"2026-05-01","user_id":` + eve + `}]}`,
		`<!DOCTYPE html><html><body>Sign in</body></html>`, `<?xml version="1.0"?>`, `day,user_id,loc_added_sum`, `2026-05-01,` + eve + `,7`, `--- day: 2026-05-01`, `# comment`, `// comment`,
		`data: {"day":"2026-05-01","user_id":` + eve + `}`, "\x1b[31mred\x1b[0m", "\xff\xfe{", "\x80\x81\x82", "�", "\u200b{}", `undefined`, `[object Object]`, `Error: ENOENT`, `curl: (22) 404`,
		strings.Repeat("[", 1e5), strings.Repeat("{", 1e5), strings.Repeat(`{"a":`, 1e5), strings.Repeat("]", 1e5), strings.Repeat(`"`, 99_999), strings.Repeat(`\`, 1e5), strings.Repeat("9", 1e5),
	} {
		out = append(out, line{name: fmt.Sprintf("%.40q", text), text: text})
	}
	return out
}
