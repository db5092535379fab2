package report

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// picture returns a PNG file with random bytes in it.
func picture(t *testing.T) string {
	img := image.NewGray(image.Rect(0, 0, 300, 300))
	for i := range img.Pix {
		img.Pix[i] = byte(i * i * 7919 >> 3)
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestNotReports reads what lies in folders beside reports: it is named, and
// counts as nothing.
func TestNotReports(t *testing.T) {
	readme := "# Reports\n\nDownloaded by the nightly job, see [the wiki](https://wiki).\n\n[![build](https://x)](https://y)\n\n[1]: https://z\n"
	for name, test := range map[string]struct{ text, want string }{
		"nothing":                    {"", "empty"},
		"blank lines":                {" \n\r\n\t", "empty"},
		"byte order mark":            {"\uFEFF", "empty"},
		"text":                       {"Downloaded by the nightly job.\n", "text"},
		"Markdown":                   {readme, "text"},
		"Markdown with a badge":      {"[![build](https://x)](https://y)\n" + readme, "text"},
		"Markdown with JSON in it":   {readme + "```\n{\"files\": [\n  1\n]}\n```\n", "text"},
		"a string":                   {`"text"`, "text"},
		"Latin-1":                    {"Gr\xfc\xdfe aus der Nachtschicht\n", "not UTF-8 text"},
		"an object file":             {"\x7fELF\x02\x01\x01\x00{\n{\"day\":1}\n", "not text"},
		"older metrics":              {`[{"date":"2026-02-01","total_active_users":5,"copilot_ide_chat":{}},{"date":"2026-02-02","total_engaged_users":0}]`, olderMetrics},
		"still older metrics":        {`[{"day":"2024-02-01","total_suggestions_count":5,"total_active_users":5}]`, olderMetrics},
		"a summary of seats":         {`{"seat_breakdown":{"total":12},"plan_type":"business"}`, otherAnswers["seat_breakdown"]},
		"a list of teams":            {`[{"id":1,"slug":"core","members_url":"https://x"},{"id":2,"slug":"edge","members_url":"https://x"}]`, otherAnswers["members_url"]},
		"a picture":                  {picture(t), "image/png"},
		"PDF":                        {"%PDF-1.7\n%âãÏÓ\n{", "application/pdf"},
		"SQLite":                     {"SQLite format 3\x00{\n{", "an SQLite database"},
		"empty list":                 {"[]", "no records in the file"},
		"a report without days":      {`{"report_end_day":"2026-05-01","enterprise_id":"1","day_totals":[]}`, "no records in the file"},
		"other JSON":                 {"{\n  \"name\": \"x\",\n  \"created_at\": \"2026-05-01\"\n}\n", "JSON, but no record of a report"},
		"other JSON, lines":          {"{\"a\":1}\n{}\n{\"b\":[]}\n", "JSON, but no record of a report"},
		"a list of other JSON":       {`[{"a":1},{"b":2}]`, "JSON, but no record of a report"},
		"links to nothing":           {`{"download_links":[],"report_day":"2026-05-08"}`, "GitHub's answer that it has no report of 2026-05-08: the list of download links is empty. If people were active, ask GitHub again in a day or two"},
		"links that are null":        {`{"download_links":null}`, "GitHub's answer that it has no report: the list of download links is empty. If people were active, ask GitHub again in a day or two"},
		"links to nothing in 28":     {"{\"report_start_day\":\"2026-04-11\",\"report_end_day\":\"2026-05-08\",\n\"download_links\":[ ]}", "GitHub's answer that it has no report of 2026-04-11 to 2026-05-08: the list of download links is empty. If people were active, ask GitHub again in a day or two"},
		"seats as CSV, of nobody":    {"Report Time,Login,Last Authenticated At,Last Activity At,Last Surface Used\n", "no records in the file"},
		"metered usage as CSV":       {"date,product,sku,quantity,unit_type\n2026-05-08,copilot,a,1,b\n", "GitHub's CSV report of billed usage has no lines of code: import the usage metrics reports instead"},
		"people as CSV":              {"email,github_login\nann@example.com,ann\n", "a CSV list of people: import it under Settings, Identities, or with codegauge people import"},
		"billing as CSV":             {"\"date\",\"username\",\"product\",\"sku\",\"model\"\n\"2026-05-08\",\"dev-1\",\"copilot\",\"a\",\"b\"\n", "GitHub's CSV report of billed usage has no lines of code: import the usage metrics reports instead"},
		"another CSV":                {"user_id,day\n1,2\n", "CSV cannot be imported: use NDJSON or JSON"},
		"text with a comma":          {"Hello, world. This is prose,\n", "text"},
		"PowerShell around nothing":  {`{"value":[],"Count":0}`, "no records in the file"},
		"PowerShell around no links": {`{"value":[{"download_links":[],"report_day":"2026-05-08"}],"Count":1}`, "GitHub's answer that it has no report of 2026-05-08: the list of download links is empty. If people were active, ask GitHub again in a day or two"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, packed := range []string{test.text, gzipped(test.text), zipped("a", test.text), tarred("a", test.text)} {
				got := readAll(t, Options{}, textInput("f", packed), textInput("g", rec(1)))
				s := got.stats[0]
				if s.NotReport != test.want || s.Rejected != 0 || len(s.Records) != 0 || s.Format != unknownFormat {
					t.Errorf("got %+v, want %s", s, test.want)
				}
				if len(got.rejections) > 0 || len(got.records) != 1 {
					t.Errorf("refused %+v, %d records", got.rejections, len(got.records))
				}
			}
		})
	}
}

// TestBesideRecords has such text in one file with records: then it is refused,
// in as few pieces as it is.
func TestBesideRecords(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"text before":             {"one\ntwo\n\nthree\n" + rec(1) + "\n", "1:5 | 1 3 lines are not JSON"},
		"a line before":           {"day\": 7}\n" + rec(1), "1:2 | 1 not a JSON object"},
		"text between":            {rec(1) + "\none\ntwo\n" + rec(2), "1:1 2:4 | 2 not a JSON object | 3 not a JSON object"},
		"HTML before":             {"<html>\n<body>\n" + rec(1), "1:3 | 1 HTML or XML, not a report: probably the response of an expired link or a sign-in page; download the report again"},
		"other JSON":              {`{"a":1}` + "\n" + rec(1), "1:2 | 1 JSON, but no record of a report"},
		"other JSON later":        {rec(1) + "\n{\"a\":1}", "1:1 | 2 JSON, but no record of a report"},
		"beside a broken line":    {"{\"a\":1}\n{\"day\":\n", "| 1 JSON, but no record of a report | 2 not valid JSON: text ends inside a value at byte 8: the file may be cut off"},
		"no links, then a record": {`{"download_links":[]}` + rec(1), "1:1 | 1 GitHub's answer that it has no report: the list of download links is empty. If people were active, ask GitHub again in a day or two"},
		"a list in text":          {"one\n[\n" + rec(1) + "\n]\n", "1:3 | 1 not a JSON object"},
	} {
		got := readText(t, test.text)
		var b strings.Builder
		for _, r := range got.records {
			fmt.Fprintf(&b, "%s:%d ", r.UserID, r.Line)
		}
		for _, r := range got.rejections {
			fmt.Fprintf(&b, "| %d %s ", r.Line, r.Reason)
		}
		if s := strings.TrimSpace(b.String()); s != test.want {
			t.Errorf("%s: got %s, want %s", name, s, test.want)
		}
		if s := got.stats[0]; s.NotReport != "" || s.Rejected != int64(len(got.rejections)) {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// TestContainersAndShapes packs one report in every shape in every container.
func TestContainersAndShapes(t *testing.T) {
	day := func(d, enterprise string) string {
		return fmt.Sprintf("{\"day\":%q,\"enterprise_id\":%q,\"loc_added_sum\":7}", d, enterprise)
	}
	days := []string{day("2026-05-01", "1"), day("2026-05-02", "1"), day("2026-05-03", "1")}
	shapes := map[string]string{
		"NDJSON":            strings.Join(days, "\n") + "\n",
		"NDJSON with CRLF":  "\uFEFF" + strings.Join(days, "\r\n"),
		"list":              "[" + strings.Join(days, ",") + "]",
		"list over lines":   "[\n  " + strings.Join(days, ",\n  ") + "\n]\n",
		"wrapped":           `{"report_end_day":"2026-05-03","enterprise_id":"1","day_totals":[` + strings.Join(days, ",") + "]}",
		"wrapped, pretty":   "{\n  \"enterprise_id\": \"1\",\n  \"day_totals\": [\n    " + strings.ReplaceAll(strings.Join(days, ",\n    "), ",\"", ",\n      \"") + "\n  ]\n}\n",
		"pretty objects":    strings.ReplaceAll(strings.Join(days, "\n"), ",\"", ",\n  \""),
		"PowerShell":        `{"value":[` + strings.Join(days, ",") + `],"Count":3}`,
		"PowerShell, lines": "{\r\n    \"value\":  [\r\n  " + strings.Join(days, ",\r\n  ") + "\r\n  ],\r\n    \"Count\":  3\r\n}\r\n",
	}
	containers := map[string]func(string) string{
		"plain":           func(s string) string { return s },
		"gzip":            func(s string) string { return gzipped(s) },
		"zip":             func(s string) string { return zipped("reports/a", s) },
		"tar":             func(s string) string { return tarred("reports/a", s) },
		"tar.gz":          func(s string) string { return gzipped(tarred("reports/a", s)) },
		"gzip in zip":     func(s string) string { return zipped("reports/a.gz", gzipped(s)) },
		"gzip in tar":     func(s string) string { return tarred("reports/a.gz", gzipped(s)) },
		"gzip in tar.gz":  func(s string) string { return gzipped(tarred("reports/a.gz", gzipped(s))) },
		"zip with README": func(s string) string { return zipped("README.md", "# Hi", "a", s, "b", "") },
		"tar with README": func(s string) string { return tarred("README.md", "# Hi", "a", s, "b", "") },
	}
	for shape, text := range shapes {
		for container, pack := range containers {
			got := readText(t, pack(text))
			if len(got.records) != 3 || len(got.rejections) != 0 || len(got.warnings) != 0 {
				t.Errorf("%s in %s: %d records, %+v, %+v", shape, container, len(got.records), got.rejections, got.stats)
				continue
			}
			for i, r := range got.records {
				if r.Day != day1+got.records[i].Day-day1 || r.Totals.N[5] != 7 || r.EnterpriseID != "1" {
					t.Errorf("%s in %s: %+v", shape, container, r)
				}
			}
		}
	}
}

// TestPowerShell reads what ConvertTo-Json writes around lists of every kind.
func TestPowerShell(t *testing.T) {
	seat := `{"assignee":{"id":7,"login":"ada"},"last_activity_at":"2026-05-01T00:00:00Z"}`
	got := readText(t, `{"value":[`+rec(1)+`,{"total_seats":1,"seats":[`+seat+`]},null,{"value":[`+rec(2)+`]},7],"Count":5}`)
	if s := summary(got); s != "1:1 7:1 2:1 !1" || len(got.warnings) != 1 {
		t.Errorf("got %s, %+v, %+v", s, got.rejections, got.warnings)
	}
	deep := strings.Repeat(`{"value":[`, 40) + rec(1) + strings.Repeat("]}", 40)
	if got := readText(t, deep); len(got.records)+len(got.rejections) != 1 {
		t.Errorf("deep: %+v", got)
	}
}

func TestLinksAreNoRecord(t *testing.T) {
	got := readText(t, `{"download_links":["https://x"],"report_start_day":"2026-04-11","report_end_day":"2026-05-08"}`+"\n{\n")
	if len(got.rejections) != 2 || !got.rejections[0].NoRecord || got.rejections[1].NoRecord || !strings.Contains(got.rejections[0].Reason, "the report of 2026-04-11 to 2026-05-08, not the report") {
		t.Errorf("got %+v", got.rejections)
	}
}

func TestSeatPages(t *testing.T) {
	seat := func(n int, stamps string) string {
		return fmt.Sprintf(`{"created_at":"2026-05-09T00:00:00Z","assignee":{"id":%d,"login":"u"}%s}`, n, stamps)
	}
	text := `{"total_seats":5,"seats":[` + seat(1, `,"last_activity_at":"2026-05-01T10:00:00Z","updated_at":"2026-05-02T10:00:00+02:00"`) + `,{"assignee":null},` + seat(2, `,"last_authenticated_at":"2026-05-03T00:00:00Z","pending_cancellation_date":"2026-06-01"`) + `]}
{"total_seats":0,"seats":[]}
` + seat(3, `,"updated_at":"yesterday"`) + `
{"generated_at":"2026-05-07T00:00:00Z","seats":[` + seat(4, "") + `]}`
	r := NewReader([]Input{textInput("f", text)}, Options{})
	defer r.Close()
	var b Batch
	if err := r.Next(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time { t, _ := time.Parse(time.RFC3339, s); return t }
	lines := strings.Split(text, "\n")
	second := int64(len(lines[0]) + 1)
	fourth := second + int64(len(lines[1])+len(lines[2])+2)
	want := []SeatPage{
		{File: "f", Line: 1, Total: 5, Listed: 3, From: 0, To: 2, Seen: at("2026-05-03T00:00:00Z")},
		{File: "f", Line: 2, Seq: second, From: 2, To: 2},
		{File: "f", Line: 4, Seq: fourth, Listed: 1, From: 3, To: 4, Seen: at("2026-05-07T00:00:00Z")},
	}
	if diff := cmp.Diff(want, b.SeatPages); diff != "" {
		t.Error(diff)
	}
	if len(b.Records) != 4 || b.Records[0].SeatSeen != at("2026-05-02T08:00:00Z") || !b.Records[2].SeatSeen.IsZero() {
		t.Errorf("got %+v", b.Records)
	}
	r = NewReader([]Input{textInput("f", `{"total_seats":0,"seats":[]}`)}, Options{})
	if err := r.Next(context.Background(), &b); err != nil || len(b.SeatPages) != 1 || len(b.Records) != 0 {
		t.Errorf("an answer without seats: %v, %+v", err, b.SeatPages)
	}
	if err := r.Next(context.Background(), &b); err != io.EOF || len(b.SeatPages) != 0 {
		t.Errorf("after it: %v, %+v", err, b.SeatPages)
	}
	if s := r.Stats()[0]; s.NotReport != "" || s.Rejected != 0 || s.Records["seats"] != 0 || len(s.Records) != 1 {
		t.Errorf("got %+v", s)
	}
}

func TestWarningsAreGrouped(t *testing.T) {
	line := func(n int, members string) string {
		return fmt.Sprintf(`{"day":"2026-05-01","user_id":%d,%s}`, n, members)
	}
	var a, b []string
	for n := range 2000 {
		a = append(a, line(n, `"totals_by_ide":[`+strings.Repeat("{},", n%3)+"null]"))
		b = append(b, line(n, fmt.Sprintf(`"created_at":"%d \" o'clock"`, n)))
	}
	got := readAll(t, Options{}, textInput("a", strings.Join(a, "\n")), textInput("b", line(1, `"totals_by_ide":[null]`)+"\n"+strings.Join(b, "\n")+"\n"+line(1, `"used_cli":1`)))
	want := []Warning{
		{File: "a", Line: 1, Reason: "totals_by_ide: row 1 is null and was ignored", Count: 2001},
		{File: "b", Line: 2, Reason: `created_at: "0 \" o'clock" is not a timestamp`, Count: 2000},
		{File: "b", Line: 2002, Reason: "used_cli: 1 is neither true nor false"},
	}
	if diff := cmp.Diff(want, got.warnings); diff != "" {
		t.Error(diff)
	}
	var kinds warningGroups
	for n := range maxWarningGroups + 5 {
		kinds.add(int64(n), Warning{Reason: strings.Repeat("x", n)})
	}
	if list := kinds.sorted(); len(list) != maxWarningGroups+1 || list[maxWarningGroups].Reason != "5 more warnings" {
		t.Errorf("got %d, the last %+v", len(list), list[len(list)-1])
	}
	grouped := GroupWarnings([]Warning{{Reason: "day 1"}, {Reason: "else"}, {Reason: "day 2", Count: 3}})
	if diff := cmp.Diff([]Warning{{Reason: "day 1", Count: 4}, {Reason: "else"}}, grouped); diff != "" {
		t.Error(diff)
	}
}
