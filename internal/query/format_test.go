package query

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
)

func sampleAnswer() *Answer {
	return &Answer{
		Definition: metric.Strict,
		From:       day.Date(2026, 5, 1), To: day.Date(2026, 5, 2), CompleteTo: day.Date(2026, 5, 2),
		Columns: []Column{
			{Name: "day", Type: "date"}, {Name: "model", Type: "string"},
			{Name: "loc_added", Type: "integer", Unit: "lines"}, {Name: "acceptance_rate", Type: "number", Unit: "ratio"},
		},
		Rows: [][]any{
			{"2026-05-01", "=cmd|' /C calc'!A0", int64(12041), 0.33651},
			{"2026-05-02", nil, int64(-7), nil},
			{"2026-05-02", "a<b\x1b[31m", nil, 1234.0},
		},
		Warnings: []string{"one"},
	}
}

func write(t *testing.T, a *Answer, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := a.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormats(t *testing.T) {
	for format, want := range map[string]string{
		"table": "day         model               loc_added  acceptance_rate\n" +
			"2026-05-01  =cmd|' /C calc'!A0     12,041           0.3365\n" +
			"2026-05-02  –                          -7                –\n" +
			"2026-05-02  a<b\ufffd[31m                    –            1,234\n" +
			"\ndefinition v1-strict; 2026-05-01 to 2026-05-02; complete to 2026-05-02\nwarning: one\n",
		"csv": "day,model,loc_added,acceptance_rate\n" +
			"2026-05-01,'=cmd|' /C calc'!A0,12041,0.33651\n" +
			"2026-05-02,,-7,\n" +
			"2026-05-02,a<b\x1b[31m,,1234\n",
		"ndjson": `{"day":"2026-05-01","model":"=cmd|' /C calc'!A0","loc_added":12041,"acceptance_rate":0.33651}` + "\n" +
			`{"day":"2026-05-02","model":null,"loc_added":-7,"acceptance_rate":null}` + "\n" +
			`{"day":"2026-05-02","model":"a<b\u001b[31m","loc_added":null,"acceptance_rate":1234}` + "\n",
		"json": `{"definition":"v1-strict","from":"2026-05-01","to":"2026-05-02","complete_to":"2026-05-02","held_back":[],` +
			`"columns":[{"name":"day","type":"date"},{"name":"model","type":"string"},{"name":"loc_added","type":"integer","unit":"lines"},{"name":"acceptance_rate","type":"number","unit":"ratio"}],` +
			`"rows":[["2026-05-01","=cmd|' /C calc'!A0",12041,0.33651],["2026-05-02",null,-7,null],["2026-05-02","a<b\u001b[31m",null,1234]],"warnings":["one"]}` + "\n",
	} {
		if got := write(t, sampleAnswer(), format); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", format, got, want)
		}
	}
}

func TestEmptyAnswer(t *testing.T) {
	a := &Answer{Definition: metric.Wide}
	want := `{"definition":"v1-wide","from":"","to":"","complete_to":"","held_back":[],"columns":[],"rows":[],"warnings":[]}` + "\n"
	if got := write(t, a, "json"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	a.Columns = []Column{{Name: "loc_added", Type: "integer"}}
	want = "loc_added\n(no rows)\n\ndefinition v1-wide; no data\n"
	if got := write(t, a, "table"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestUnknownAlone sees that a row of one unknown number stays a row.
func TestUnknownAlone(t *testing.T) {
	a := &Answer{Columns: []Column{{Name: "active_users", Type: "integer"}}, Rows: [][]any{{nil}, {int64(3)}, {nil}}}
	rows, err := csv.NewReader(strings.NewReader(write(t, a, "csv"))).ReadAll()
	if err != nil || len(rows) != 4 || rows[1][0] != "" || rows[2][0] != "3" || rows[3][0] != "" {
		t.Errorf("got %q, %v", rows, err)
	}
}

func TestUnknownFormat(t *testing.T) {
	err := sampleAnswer().Write(&bytes.Buffer{}, "xml")
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestCSVCellStartsNoFormula(t *testing.T) {
	for _, s := range []string{"=1", "+1", "-1", "@x", "\tx", "\rx"} {
		if got := CSVCell(s); got != "'"+s {
			t.Errorf("%q: got %q", s, got)
		}
	}
	for _, v := range []any{int64(-1), -0.5} {
		if got := CSVCell(v); !strings.HasPrefix(got, "-") {
			t.Errorf("%v: got %q", v, got)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", -9223372036854775808: "-9,223,372,036,854,775,808"} {
		if got := Thousands(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
	for n, want := range map[float64]string{0: "0", -0.00001: "0", 0.5: "0.5", 1234567.125: "1,234,567.125", -1000.5: "-1,000.5"} {
		if got := tableNumber(n); got != want {
			t.Errorf("%v: got %s, want %s", n, got, want)
		}
	}
}

// FuzzFormats checks that a name, whatever it holds, comes out of every
// machine format as it went in.
func FuzzFormats(f *testing.F) {
	f.Add("a,\"b\"\n", int64(1), 0.5)
	f.Fuzz(func(t *testing.T, name string, n int64, x float64) {
		name = strings.ReplaceAll(strings.ToValidUTF8(name, "?"), "\r", "") // encoding/csv reads \r\n as \n
		a := &Answer{Columns: []Column{{Name: "n", Type: "string"}, {Name: "i", Type: "integer"}, {Name: "x", Type: "number"}},
			Rows: [][]any{{name, n, x}}}
		if x != x || x-x != 0 {
			return
		}
		rows, err := csv.NewReader(strings.NewReader(write(t, a, "csv"))).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][0] != CSVCell(name) {
			t.Errorf("csv: %q, %v", rows, err)
		}
		var object struct {
			N string
			I int64
			X float64
		}
		if err := json.Unmarshal([]byte(write(t, a, "ndjson")), &object); err != nil || object.N != name || object.I != n || object.X != x {
			t.Errorf("ndjson: %+v, %v", object, err)
		}
	})
}
