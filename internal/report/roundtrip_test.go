package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"codegauge/internal/day"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// maker makes random records, with all that a record may hold.
type maker struct{ *rand.Rand }

func (m maker) maybe() bool { return m.IntN(2) == 0 }

func (m maker) word() string {
	words := []string{"go", "python", "agent_edit", "é", "a\"b", "tab\there", "😀", "null", "1", "\u0001", "x y", `\`, "</script>", "code_completion"}
	return words[m.IntN(len(words))] + []string{"", "", "2"}[m.IntN(3)]
}

func (m maker) counters() (c Counters) {
	for i := range NumCounters {
		if m.maybe() {
			c.Set(i, []int64{0, 1, int64(m.IntN(5000)), maxCount}[m.IntN(4)])
		}
	}
	return c
}

func (m maker) rows(f field) []Row {
	n := m.IntN(5) - 1
	if n < 0 {
		return nil
	}
	rows := make([]Row, n)
	for i := range rows {
		rows[i].Counters = m.counters()
		for key := fIDE; key <= fModel; key++ {
			if rowKeys[f-fByIDE].has(key) && m.IntN(9) > 0 {
				*rows[i].key(key) = m.word()
			}
		}
		if m.IntN(4) == 0 {
			rows[i].Extra = []byte(`"new":[1,{"a":"é"}]`)
		}
		if f == fByIDE && m.maybe() {
			rows[i].IDEVersion = m.word()
			rows[i].Extra = appendMember(rows[i].Extra, fmt.Appendf(nil, `"last_known_ide_version":{"sampled_at":"t","ide_version":%s}`, appendQuoted(nil, rows[i].IDEVersion)))
		}
	}
	return rows
}

func (m maker) time() time.Time {
	return time.Date(2026, 5, 1+m.IntN(20), m.IntN(24), 1, 2, m.IntN(1e9), time.UTC)
}

func (m maker) day() day.Day { return day1 + day.Day(m.IntN(400)) }

// record makes a record that could have been read.
func (m maker) record() Record {
	r := Record{Kind: []Kind{UserDay, UserDay, AggregateDay, UserTeam, RepoDay}[m.IntN(5)], Day: m.day()}
	if m.maybe() {
		r.EnterpriseID, r.Tool = m.word(), m.word()
	}
	r.OrganizationID = fmt.Sprint(m.IntN(9))
	if r.Kind == UserDay || r.Kind == UserTeam {
		r.UserID, r.Login = fmt.Sprint(m.Uint64()), m.word()
		if r.UserIDString = m.maybe(); r.UserIDString {
			r.UserID = m.word()
		}
	}
	switch r.Kind {
	case UserTeam:
		r.TeamID, r.TeamSlug = fmt.Sprint(1+m.IntN(99)), m.word()
	case RepoDay:
		r.Repo = []string{"77", "a/b", "007"}[m.IntN(3)]
	default:
		m.measures(&r)
	}
	if m.maybe() {
		r.Extra = appendMember(r.Extra, []byte(`"totals_by_cli":{"session_count":1,"x":null},"é\u0041":"\ud83d\ude00"`))
	}
	return r
}

// measures fills what user-days and aggregate days have.
func (m maker) measures(r *Record) {
	r.Totals = m.counters()
	for f := fByIDE; f <= fByModelFeature; f++ {
		*r.breakdown(f) = m.rows(f)
	}
	if m.maybe() {
		r.ReportStart, r.ReportEnd, r.CreatedAt = m.day(), m.day(), m.time()
		r.Credits = ptr([]int64{0, 100_000, 12_500_000, 1, 999_999_999_999_999, 7_000_000}[m.IntN(6)])
	}
	if m.maybe() {
		r.Phase = ptr(int64(m.IntN(4)))
		r.Extra = fmt.Appendf(nil, `"ai_adoption_phase":{"phase_number":%d}`, *r.Phase)
	}
	if r.Kind == UserDay {
		r.Flags.Known = uint16(m.IntN(256))
		r.Flags.Value = r.Flags.Known & uint16(m.IntN(256))
		return
	}
	if m.maybe() {
		r.Reported = Reported{ptr(int64(1)), nil, ptr(int64(m.IntN(9)))}
	}
	for f := firstCounter; f <= lastCounter; f++ {
		if m.IntN(9) == 0 && r.Totals.Present>>f&1 == 0 {
			r.Extra = appendMember(r.Extra, []byte(quotedNames[f]+"null"))
		}
	}
}

func TestRandomRoundTrip(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector, and one goroutine at a time")
	}
	m := maker{rand.New(rand.NewPCG(7, 7))}
	records := make([]Record, 3000)
	for i := range records {
		records[i] = m.record()
		if line := records[i].AppendJSON(nil); !json.Valid(line) || bytes.IndexByte(line, '\n') >= 0 {
			t.Fatalf("%+v is written as %s", records[i], line)
		}
	}
	checkRoundTrip(t, records)
}

// TestLayoutsAgree reads the same records as lines, a list, a pretty list and
// pretty objects.
func TestLayoutsAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector, and one goroutine at a time")
	}
	m := maker{rand.New(rand.NewPCG(8, 8))}
	var lines, list, prettyList, objects bytes.Buffer
	for i := range 500 {
		r := m.record()
		line := r.AppendJSON(nil)
		lines.Write(append(line, '\n'))
		list.WriteString([]string{"[", ","}[min(i, 1)])
		list.Write(line)
		json.Indent(&objects, line, "", "  ")
		objects.WriteString("\n")
	}
	list.WriteString("]")
	json.Indent(&prettyList, list.Bytes(), "", "\t")
	want := readText(t, lines.String())
	for name, text := range map[string]string{"list": list.String(), "pretty list": prettyList.String(), "objects": objects.String()} {
		got := readText(t, text)
		if len(got.rejections) > 0 || len(got.records) != len(want.records) {
			t.Fatalf("%s: %d records, rejections %+v", name, len(got.records), got.rejections)
		}
		for i := range got.records {
			if diff := cmp.Diff(anywhere(want.records[i]), anywhere(got.records[i])); diff != "" {
				t.Fatalf("%s: %s", name, diff)
			}
		}
	}
}

func TestSeatMade(t *testing.T) {
	seat := Record{Kind: Seat, UserID: "7", Login: "ada", SeatOrganization: "acme", SeatTeam: "eng", SeatCreated: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), SeatEditor: "e", SeatPlan: "business"}
	got := readText(t, string(seat.AppendJSON(nil)))
	if len(got.records) != 1 {
		t.Fatal(got.rejections)
	}
	if diff := cmp.Diff(seat, anywhere(got.records[0]), cmpopts.IgnoreFields(Record{}, "Extra")); diff != "" {
		t.Error(diff)
	}
}

// TestMade writes records that were not read: what Extra would hold is made.
func TestMade(t *testing.T) {
	r := Record{Kind: UserDay, Day: day1, UserID: "7", Phase: ptr(int64(2)), EnterpriseID: "1", Extra: []byte(`"enterprise_id":null,"x":1`),
		ByIDE: []Row{{IDE: "vim", IDEVersion: "1", Plugin: "p", PluginVersion: "2"}}}
	want := `{"day":"2026-05-01","enterprise_id":"1","user_id":7,"totals_by_ide":[{"ide":"vim","last_known_ide_version":{"ide_version":"1"},` +
		`"last_known_plugin_version":{"plugin":"p","plugin_version":"2"}}],"x":1,"ai_adoption_phase":{"phase_number":2}}`
	if got := string(r.AppendJSON(nil)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	r = Record{Kind: UserDay, Day: day1, UserID: "not a number", Login: "\xff", Extra: []byte(`"broken":`)}
	if got := string(r.AppendJSON(nil)); got != `{"day":"2026-05-01","user_id":"not a number","user_login":"`+"\uFFFD"+`"}` {
		t.Error(got)
	}
}

func TestWriteWrapped(t *testing.T) {
	const text = `{"report_start_day":"2026-04-04","report_end_day":"2026-05-01","created_at":"2026-05-02T00:00:00.1234567Z","organization_id":"5","enterprise_id":"1",` +
		`"copilot_feature_engagement":{"a":1},"day_totals":[{"day":"2026-04-04","organization_id":"5","enterprise_id":"1","loc_added_sum":1},{"day":"2026-05-01","organization_id":"5","enterprise_id":"1","totals_by_ide":[]}]}` + "\n"
	got := readText(t, text)
	var b strings.Builder
	if err := WriteWrapped(&b, "organization-28-day", got.records); err != nil || b.String() != text {
		t.Errorf("%v, got %s\nwant %s", err, b.String(), text)
	}
	b.Reset()
	if err := WriteWrapped(&b, "enterprise-28-day", []Record{{Kind: AggregateDay, Day: day1, EnterpriseID: "1"}}); err != nil {
		t.Fatal(err)
	}
	if want := `{"report_start_day":"2026-05-01","report_end_day":"2026-05-01","enterprise_id":"1","day_totals":[{"day":"2026-05-01","enterprise_id":"1"}]}` + "\n"; b.String() != want {
		t.Errorf("got %s", b.String())
	}
	b.Reset()
	if err := WriteWrapped(&b, "enterprise-28-day", nil); err != nil || b.String() != `{"day_totals":[]}`+"\n" {
		t.Errorf("%v %s", err, b.String())
	}
	if err := WriteWrapped(&b, "users-28-day", nil); err == nil {
		t.Error("wrote a kind that is not wrapped")
	}
}

func FuzzDecode(f *testing.F) {
	m := maker{rand.New(rand.NewPCG(9, 9))}
	for range 20 {
		r := m.record()
		f.Add(r.AppendJSON(nil))
	}
	f.Add([]byte(`{"day_totals":[{"day":"2026-05-01","loc_added_sum":1}],"enterprise_id":"1"}`))
	f.Add([]byte(`{"seats":[{"assignee":{"id":1}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got := readText(t, string(text))
		for i := range got.records {
			r := &got.records[i]
			line := r.AppendJSON(nil)
			if !json.Valid(line) || bytes.IndexByte(line, '\n') >= 0 {
				t.Fatalf("%q is written as %s", text, line)
			}
			again := readText(t, string(line))
			if len(again.records) != 1 {
				t.Fatalf("%s is refused: %+v", line, again.rejections)
			}
			if diff := cmp.Diff(anywhere(*r), anywhere(again.records[0])); diff != "" {
				t.Fatalf("%q: %s", text, diff)
			}
		}
	})
}

// checkBlocks reads the text in one block and in tiny ones, which must not make
// a difference.
func checkBlocks(t *testing.T, text string) {
	t.Helper()
	want := readText(t, text)
	for _, size := range []int{1, 64} {
		r := NewReader([]Input{textInput("f", text)}, Options{})
		r.blockSize = size
		got := drainAll(t, r)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(outcome{}), cmpopts.IgnoreFields(Rejection{}, "Reason")); diff != "" {
			t.Fatalf("%q in blocks of %d: %s", text, size, diff)
		}
	}
}

// TestBlocks cuts messy texts into tiny blocks.
func TestBlocks(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector, and one goroutine at a time")
	}
	m := maker{rand.New(rand.NewPCG(10, 10))}
	pieces := []string{rec(1), rec(2), rec(3), pretty(4), "{\"day\":\"2026-05-01\",", "{\"user_id\":5,", "{", "}", "\"x\":[", "]", ",", "[", "x", "{}", "\"a\":", "\uFEFF",
		"{\"day_totals\":[", "{\"a\":[", "\"day\":\"2026-05-01\",\"user_id\":6}", "  ", "null"}
	for range 1500 {
		var b strings.Builder
		for range m.IntN(30) {
			b.WriteString(pieces[m.IntN(len(pieces))])
			b.WriteString([]string{"\n", "\n", "\n", "", "\n  "}[m.IntN(5)])
		}
		checkBlocks(t, b.String())
	}
}

func FuzzReader(f *testing.F) {
	for _, s := range []string{
		rec(1) + "\n" + rec(2), pretty(1) + pretty(2), "[" + rec(1) + ",\n" + rec(2) + "]\n" + rec(3), "{\"day\":\"2026-05-01\",\n" + rec(1) + "\n}",
		"[\n  {\"a\":tru},\n  " + rec(1) + "\n", gzipped(rec(1)), zipped("a", rec(1), "b.gz", gzipped(rec(2))), "\uFEFF" + rec(1), "[[[],[" + rec(1) + "]]]",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		// However small the reads and the longest line, nothing may hang or crash.
		readAll(t, Options{MaxLine: 64}, textInput("f", string(text)))
		checkBlocks(t, string(text))
	})
}
