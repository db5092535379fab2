package parquet

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codegauge/internal/fault"

	"github.com/google/go-cmp/cmp"
)

// toParquet and toNDJSON convert, and check that nothing stays on disk.
func toParquet(t *testing.T, ndjson string) []byte {
	t.Helper()
	dir := t.TempDir()
	var b bytes.Buffer
	if err := New(dir).FromNDJSON(strings.NewReader(ndjson), &b); err != nil {
		t.Fatalf("FromNDJSON: %v", err)
	}
	empty(t, dir)
	return b.Bytes()
}

func toNDJSON(t *testing.T, file []byte) string {
	t.Helper()
	dir := t.TempDir()
	r, err := New(dir).ToNDJSON("records.parquet", bytes.NewReader(file))
	if err != nil {
		t.Fatalf("ToNDJSON: %v", err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	empty(t, dir)
	return string(b)
}

func empty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
}

// lines decodes NDJSON, with numbers as they are written.
func lines(t *testing.T, ndjson string) (all []any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(ndjson))
	d.UseNumber()
	for {
		var v any
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v in %s", err, ndjson)
		}
		all = append(all, v)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"text stays text", `{"day":"2026-05-07","enterprise_id":"83","created_at":"2026-05-07T10:11:12.1234567Z","id":"6b2f0c0e-7c4e-4b0e-9f0e-1f2d3c4b5a69","t":"12:30:00","b":"true"}`, ""},
		{"numbers", `{"n":0,"m":-5,"f":0.25,"big":9223372036854775807}`, ""},
		{"whole numbers among others", `{"credits":5}` + "\n" + `{"credits":0.5}`, ""},
		{"positive and negative", `{"n":-1}` + "\n" + `{"n":7}`, ""},
		{"wide numbers among others", `{"n":9007199254740993}` + "\n" + `{"n":0.5}`, ""},
		{"blanks", " { \"a\" : [ 1 , { } ] ,\t\"b\" : { \"c\" : \"d\" } } \r", ""},
		{"escapes in names", `{"a\u0062":1}`, `{"ab":1}`},
		{"larger than a column", `{"n":18446744073709551615,"m":-1}`, ""},
		{"ids of two types", `{"user_id":7}` + "\n" + `{"user_id":"7"}` + "\n" + `{"user_id":"seven \"7\""}`, ""},
		{"true and false", `{"used_agent":true}` + "\n" + `{"used_agent":false}`, ""},
		{"rows", `{"totals_by_ide":[{"ide":"vscode","loc_added_sum":3,"last_known_plugin_version":{"plugin":"copilot-chat","plugin_version":"0.31.0"}},{"ide":"xcode"}]}`, ""},
		{"absent and empty", `{"u":1,"rows":[{"a":1}]}` + "\n" + `{"u":2,"rows":[]}` + "\n" + `{"u":3}`, ""},
		{"empty only", `{"rows":[],"o":{}}`, ""},
		{"lists in lists", `{"l":[[1,2],[],[3]]}`, ""},
		{"values of all types", `{"x":[1,"a",{"k":[true]}]}` + "\n" + `{"x":{"k":1}}` + "\n" + `{"x":"2026-05-07"}`, ""},
		{"names", `{"a b":1,"c'd":{"e\"f":2,"g\\h":3},"ä":"ö","select":4,"x.y":5}`, ""},
		{"names in two cases", `{"models":{"GPT":1,"gpt":2}}`, ""},
		{"no name", `{"models":{"":1,"x":2}}`, ""},
		{"signs", `{"s":"a\nb\tc\"\\ \u0001 é 😀 </x>, \u2028"}`, ""},
		{"nulls go", `{"a":null,"b":1,"c":{"d":null,"e":[null,1]}}`, `{"b":1,"c":{"e":[null,1]}}`},
		{"blank lines", "\n" + `{"a":1}` + "\n\n" + `{"a":2}` + "\n", `{"a":1}` + "\n" + `{"a":2}`},
		{"nothing", "", ""},
		{"nothing but lines", "\n\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if want == "" {
				want = c.in
			}
			got := toNDJSON(t, toParquet(t, c.in))
			if diff := cmp.Diff(lines(t, want), lines(t, got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestManyKeys has an object that is a table, with more keys than columns may be.
func TestManyKeys(t *testing.T) {
	table := map[string]int{}
	for i := range maxFields + 1 {
		table["k"+strings.Repeat("x", i)] = i
	}
	in, err := json.Marshal(map[string]any{"table": table})
	if err != nil {
		t.Fatal(err)
	}
	got := toNDJSON(t, toParquet(t, string(in)))
	if diff := cmp.Diff(lines(t, string(in)), lines(t, got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestOrder has more rows than a row group.
func TestOrder(t *testing.T) {
	var in bytes.Buffer
	e := json.NewEncoder(&in)
	for i := range 50_000 {
		if err := e.Encode(map[string]any{"n": i, "row": []map[string]any{{"s": strings.Repeat("x", i%97)}}}); err != nil {
			t.Fatal(err)
		}
	}
	want := in.String()
	if got := toNDJSON(t, toParquet(t, want)); got != want {
		t.Errorf("%d bytes, not the %d that went in, or in another order", len(got), len(want))
	}
}

// made returns a Parquet file of a query's rows, as other programs may make one.
func made(t *testing.T, query string) []byte {
	t.Helper()
	c := New(t.TempDir())
	j, err := c.start()
	if err != nil {
		t.Fatal(err)
	}
	defer j.end()
	path := filepath.Join(j.dir, "made.parquet")
	if err := j.copyTo(path, query); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOtherTypes(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{`SELECT DATE '2026-05-07' AS day`, `{"day":"2026-05-07"}`},
		{`SELECT TIMESTAMP '2026-05-07 00:00:00' AS day`, `{"day":"2026-05-07"}`},
		{`SELECT TIMESTAMP '2026-05-07 10:11:12.5' AS created_at`, `{"created_at":"2026-05-07T10:11:12.500000Z"}`},
		{`SELECT TIMESTAMPTZ '2026-05-07 10:11:12+02' AS created_at`, `{"created_at":"2026-05-07T08:11:12.000000Z"}`},
		{`SELECT CAST('2026-05-07 10:11:12.123456789' AS TIMESTAMP_NS) AS created_at`, `{"created_at":"2026-05-07T10:11:12.123456Z"}`},
		{`SELECT CAST(NULL AS TIMESTAMP) AS created_at, 1 AS n`, `{"n":1}`},
		{`SELECT [{'ide': 'vscode', 'seen': [{'at': TIMESTAMP '2026-05-07 10:00:00'}, NULL]}] AS rows`, `{"rows":[{"ide":"vscode","seen":[{"at":"2026-05-07T10:00:00.000000Z"},null]}]}`},
		{`SELECT [{'day': TIMESTAMP '2026-05-07 00:00:00', 'n': 1}] AS day_totals`, `{"day_totals":[{"day":"2026-05-07","n":1}]}`},
		{`SELECT CAST(NULL AS STRUCT("at" TIMESTAMP)) AS s, CAST(83 AS DOUBLE) AS enterprise_id`, `{"enterprise_id":83}`},
		{`SELECT CAST('nan' AS DOUBLE) AS a, CAST('-inf' AS DOUBLE) AS b, [CAST('inf' AS FLOAT), 1] AS c`, `{"c":[null,1]}`},
		{`SELECT CAST(12.50 AS DECIMAL(9, 2)) AS d, CAST(5 AS UTINYINT) AS u, MAP {'a': 1} AS m`, `{"d":12.5,"u":5,"m":{"a":1}}`},
		{`SELECT CAST('text' AS BLOB) AS s`, `{"s":"text"}`},
		{`SELECT 'a' AS "select", TIMESTAMP '2026-05-07 10:00:00' AS "it's ""x"""`, `{"select":"a","it's \"x\"":"2026-05-07T10:00:00.000000Z"}`},
	} {
		got := toNDJSON(t, made(t, c.query))
		if diff := cmp.Diff(lines(t, c.want), lines(t, got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.query, diff)
		}
	}
}

// TestColumns checks the types that other programs see.
func TestColumns(t *testing.T) {
	file := toParquet(t, `{"day":"2026-05-07","user_id":7,"enterprise_id":"83","loc_added_sum":3,"ai_credits":1.5,"used_agent":true,"totals_by_ide":[{"ide":"vscode","n":1}],"mixed":1}`+"\n"+`{"mixed":"1"}`)
	c := New(t.TempDir())
	j, err := c.start()
	if err != nil {
		t.Fatal(err)
	}
	defer j.end()
	path, err := j.spool("f.parquet", bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := j.db.QueryContext(t.Context(), `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(?))`, path)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			t.Fatal(err)
		}
		got = append(got, name+" "+kind)
	}
	want := []string{
		"day VARCHAR", "user_id BIGINT", "enterprise_id VARCHAR", "loc_added_sum BIGINT", "ai_credits DOUBLE",
		"used_agent BOOLEAN", "totals_by_ide STRUCT(ide VARCHAR, n BIGINT)[]", "mixed JSON",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFromNDJSONRefuses(t *testing.T) {
	for in, want := range map[string]fault.Kind{
		`{"Day":1,"day":2}`:              fault.Unsupported,
		`{"Day":1}` + "\n" + `{"day":2}`: fault.Unsupported,
		`{"":1}`:                         fault.Unsupported,
		"5\n6\n":                         fault.Invalid,
		"null":                           fault.Invalid,
		`{"a":1}` + "\n" + `[1]`:         fault.Invalid,
		`{"a":`:                          fault.Invalid,
		`{"a":1}` + "\n" + `5`:           fault.Invalid,
		`{"a":1} {"a":2}`:                fault.Invalid,
		`{"a":x}`:                        fault.Invalid,
		`{"a":01}`:                       fault.Internal, // DuckDB's refusal
	} {
		dir := t.TempDir()
		var b bytes.Buffer
		err := New(dir).FromNDJSON(strings.NewReader(in), &b)
		if got := fault.KindOf(err); err == nil || got != want {
			t.Errorf("FromNDJSON(%s) = %v (kind %d), want kind %d", in, err, got, want)
		}
		if b.Len() > 0 {
			t.Errorf("FromNDJSON(%s) wrote %d bytes", in, b.Len())
		}
		empty(t, dir)
	}
}

func TestToNDJSONRefuses(t *testing.T) {
	whole := toParquet(t, `{"a":"`+strings.Repeat("x", 5000)+`"}`)
	damaged := bytes.Clone(whole)
	copy(damaged[8:], bytes.Repeat([]byte{0xff}, 20))
	for name, in := range map[string][]byte{
		"nothing": nil, "text": []byte(`{"day":"2026-05-07"}`), "short": whole[:len(whole)-9], "damaged": damaged,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := New(dir).ToNDJSON("july.parquet", bytes.NewReader(in))
			if got := fault.KindOf(err); err == nil || got != fault.Invalid {
				t.Errorf("ToNDJSON = %v (kind %d), want invalid", err, got)
			} else if msg := err.Error(); !strings.Contains(msg, "july.parquet") || strings.Contains(msg, dir) {
				t.Errorf("%s: want the file's name and not where it was", msg)
			}
			empty(t, dir)
		})
	}
}

type broken struct{}

var errBroken = errors.New("broken")

func (broken) Read([]byte) (int, error)  { return 0, errBroken }
func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestBrokenStreams(t *testing.T) {
	c := New(t.TempDir())
	if _, err := c.ToNDJSON("x", broken{}); !errors.Is(err, errBroken) {
		t.Errorf("ToNDJSON = %v", err)
	}
	if err := c.FromNDJSON(broken{}, io.Discard); !errors.Is(err, errBroken) {
		t.Errorf("FromNDJSON = %v", err)
	}
	if err := c.FromNDJSON(strings.NewReader(`{"a":1}`), broken{}); !errors.Is(err, errBroken) {
		t.Errorf("FromNDJSON = %v", err)
	}
	empty(t, c.tmpDir)
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a'b [c]*?=d", "e=f")
	var b bytes.Buffer
	c := New(dir)
	if err := c.FromNDJSON(strings.NewReader(`{"a":1}`), &b); err != nil {
		t.Fatal(err)
	}
	r, err := c.ToNDJSON("x", &b)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if want := "{\"a\":1}\n"; string(got) != want || err != nil {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestCloseEarly(t *testing.T) {
	dir := t.TempDir()
	r, err := New(dir).ToNDJSON("x", bytes.NewReader(toParquet(t, `{"a":1}`)))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 10)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Read = %v, want closed", err)
	}
	empty(t, dir)
}

// TestBomb reads a small file that would fill the disk.
func TestBomb(t *testing.T) {
	dir := t.TempDir()
	db, err := openEngine(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	path := filepath.Join(dir, "bomb.parquet")
	if _, err := db.Exec("COPY (SELECT repeat('x', 1000) AS a FROM range(1_000_000)) TO " + literal(path) + " (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tmp := t.TempDir()
	_, err = New(tmp).ToNDJSON("bomb", bytes.NewReader(file))
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "300 times") {
		t.Errorf("%d bytes: %v, want a refusal", len(file), err)
	}
	empty(t, tmp)
}
