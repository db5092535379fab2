package parquet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/fault"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/deprecated"
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

// TestDeep has more lists and objects in each other than columns may be.
func TestDeep(t *testing.T) {
	for _, in := range []string{
		`{"l":` + strings.Repeat("[", 300) + "1" + strings.Repeat("]", 300) + "}\n",
		strings.Repeat(`{"o":`, 300) + "1" + strings.Repeat("}", 300) + "\n",
	} {
		if got := toNDJSON(t, toParquet(t, in)); got != in {
			t.Errorf("%s, want %s", got, in)
		}
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
	const rows = 50_000
	var in bytes.Buffer
	e := json.NewEncoder(&in)
	fields := map[string]any{}
	for i := range groupValues / rows {
		fields[fmt.Sprint("f", i)] = i
	}
	for i := range rows {
		fields["n"], fields["row"] = i, []map[string]any{{"s": strings.Repeat("x", i%97)}}
		if err := e.Encode(fields); err != nil {
			t.Fatal(err)
		}
		fields = map[string]any{}
	}
	want := in.String()
	file := toParquet(t, want)
	if f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file))); err != nil || len(f.RowGroups()) != 2 {
		t.Errorf("%v, want two row groups", err)
	}
	if got := toNDJSON(t, file); got != want {
		t.Errorf("%d bytes, not the %d that went in, or in another order", len(got), len(want))
	}
}

// TestOtherTypes reads what DuckDB 1.5 made of a query's only row by
// COPY (query) TO 'testdata/name.parquet' (COMPRESSION zstd).
func TestOtherTypes(t *testing.T) {
	for _, c := range []struct{ name, query, want string }{
		{"date", `SELECT DATE '2026-05-07' AS day`, `{"day":"2026-05-07"}`},
		{"day_timestamp", `SELECT TIMESTAMP '2026-05-07 00:00:00' AS day`, `{"day":"2026-05-07"}`},
		{"timestamp", `SELECT TIMESTAMP '2026-05-07 10:11:12.5' AS created_at`, `{"created_at":"2026-05-07T10:11:12.500000Z"}`},
		{"timestamp_tz", `SELECT TIMESTAMPTZ '2026-05-07 10:11:12+02' AS created_at`, `{"created_at":"2026-05-07T08:11:12.000000Z"}`},
		{"timestamp_ns", `SELECT CAST('2026-05-07 10:11:12.123456789' AS TIMESTAMP_NS) AS created_at`, `{"created_at":"2026-05-07T10:11:12.123456Z"}`},
		{"timestamp_null", `SELECT CAST(NULL AS TIMESTAMP) AS created_at, 1 AS n`, `{"n":1}`},
		{"list_of_structs", `SELECT [{'ide': 'vscode', 'seen': [{'at': TIMESTAMP '2026-05-07 10:00:00'}, NULL]}] AS rows`, `{"rows":[{"ide":"vscode","seen":[{"at":"2026-05-07T10:00:00.000000Z"},null]}]}`},
		{"day_totals", `SELECT [{'day': TIMESTAMP '2026-05-07 00:00:00', 'n': 1}] AS day_totals`, `{"day_totals":[{"day":"2026-05-07","n":1}]}`},
		{"struct_null", `SELECT CAST(NULL AS STRUCT("at" TIMESTAMP)) AS s, CAST(83 AS DOUBLE) AS enterprise_id`, `{"enterprise_id":83}`},
		{"not_numbers", `SELECT CAST('nan' AS DOUBLE) AS a, CAST('-inf' AS DOUBLE) AS b, [CAST('inf' AS FLOAT), 1] AS c`, `{"c":[null,1]}`},
		{"decimal", `SELECT CAST(12.50 AS DECIMAL(9, 2)) AS d, CAST(5 AS UTINYINT) AS u, MAP {'a': 1} AS m`, `{"d":12.5,"u":5,"m":{"a":1}}`},
		{"blob", `SELECT CAST('text' AS BLOB) AS s`, `{"s":"text"}`},
		{"names", `SELECT 'a' AS "select", TIMESTAMP '2026-05-07 10:00:00' AS "it's ""x"""`, `{"select":"a","it's \"x\"":"2026-05-07T10:00:00.000000Z"}`},
		{"types", `SELECT TIME '10:11:12.5' AS t, UUID '6b2f0c0e-7c4e-4b0e-9f0e-1f2d3c4b5a69' AS u, CAST(12345678901234567890.123456789 AS DECIMAL(38, 9)) AS d, CAST(-0.5 AS DECIMAL(18, 3)) AS neg, MAP {1: 'a', 2: NULL} AS m, 1e300 AS f, CAST(18446744073709551615 AS UBIGINT) AS ub, CAST('x' AS ENUM('x', 'y')) AS e, CAST('{"b": [1.0, 2]}' AS JSON) AS j, CAST('2026-05-07 10:11:12' AS TIMESTAMP_MS) AS ms`,
			`{"t":"10:11:12.5","u":"6b2f0c0e-7c4e-4b0e-9f0e-1f2d3c4b5a69","d":12345678901234567890.123456789,"neg":-0.5,"m":{"1":"a"},"f":1e+300,"ub":18446744073709551615,"e":"x","j":{"b":[1.0,2]},"ms":"2026-05-07T10:11:12.000000Z"}`},
	} {
		file, err := os.ReadFile(filepath.Join("testdata", c.name+".parquet"))
		if err != nil {
			t.Fatal(err)
		}
		got := toNDJSON(t, file)
		if diff := cmp.Diff(lines(t, c.want), lines(t, got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.query, diff)
		}
	}
}

// TestEncodings reads files of all compressions and encodings, of many pages.
func TestEncodings(t *testing.T) {
	type row struct {
		N *int64           `parquet:"n,optional" json:"n,omitempty"`
		P int32            `parquet:"p,delta" json:"p"`
		S string           `parquet:"s,dict" json:"s"`
		L string           `parquet:"l,delta" json:"l"`
		F float64          `parquet:"f,split" json:"f"`
		B bool             `parquet:"b" json:"b"`
		T deprecated.Int96 `parquet:"t" json:"-"`
		A string           `parquet:"-" json:"t"`
		I []int32          `parquet:"i,list" json:"i"`
		R []string         `parquet:"r" json:"r"`
	}
	var rows []row
	var want bytes.Buffer
	for i := range 2000 {
		r := row{P: int32(-i), S: strings.Repeat("s", i%9), L: strings.Repeat("l", i%7), F: float64(i) / 4, B: i%3 == 0, I: []int32{}, R: []string{}}
		r.T, r.A = deprecated.Int96{uint32(1000 * i), 0, 2461168}, fmt.Sprintf("2026-05-07T00:00:00.%06dZ", i)
		if i%5 > 0 {
			r.N = new(int64(i))
		}
		for j := range i % 4 {
			r.I, r.R = append(r.I, int32(j)), append(r.R, r.S)
		}
		rows = append(rows, r)
		if err := json.NewEncoder(&want).Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Gzip, &parquet.Brotli, &parquet.Zstd, &parquet.Lz4Raw} {
		for version := 1; version <= 2; version++ {
			var file bytes.Buffer
			w := parquet.NewGenericWriter[row](&file, parquet.Compression(codec), parquet.DataPageVersion(version), parquet.PageBufferSize(1000), parquet.MaxRowsPerRowGroup(700))
			if _, err := w.Write(rows); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if got := toNDJSON(t, file.Bytes()); got != want.String() {
				t.Errorf("%s, pages of version %d (-want +got):\n%s", codec, version, cmp.Diff(lines(t, want.String()), lines(t, got)))
			}
		}
	}
}

// listGroup is a group that is a list.
type listGroup struct{ parquet.Group }

func (listGroup) Type() parquet.Type { return parquet.List(parquet.String()).Type() }

// TestOldLists reads lists as writers made them before the format had one way.
func TestOldLists(t *testing.T) {
	number := parquet.Leaf(parquet.Int32Type)
	for _, c := range []struct {
		name string
		item parquet.Node
		want string
	}{
		{"element", number, `[1,2]`},
		{"bag", parquet.Group{"array_element": number}, `[1,2]`},
		{"list", parquet.Group{"element": parquet.Repeated(number)}, `[{"element":[1]},{"element":[2]}]`},
		{"array", parquet.Group{"a": number}, `[{"a":1},{"a":2}]`},
		{"l_tuple", parquet.Group{"a": number}, `[{"a":1},{"a":2}]`},
		{"item", parquet.Group{"a": number, "b": number}, `[{"a":1,"b":1},{"a":2,"b":2}]`},
		{"item", parquet.Group{}, `null`},
	} {
		list := listGroup{parquet.Group{c.name: parquet.Repeated(c.item)}}
		schema := parquet.NewSchema("old", parquet.Group{"l": list, "n": number})
		var row parquet.Row
		for i, path := range schema.Columns() {
			if leaf, _ := schema.Lookup(path...); path[0] == "l" {
				row = append(row, parquet.Int32Value(1).Level(0, leaf.MaxDefinitionLevel, i), parquet.Int32Value(2).Level(1, leaf.MaxDefinitionLevel, i))
			} else {
				row = append(row, parquet.Int32Value(3).Level(0, 0, i))
			}
		}
		var file bytes.Buffer
		w := parquet.NewWriter(&file, schema)
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(`{"l":`+c.want+`,"n":3}`+"\n", `"l":null,`, "")
		if got := toNDJSON(t, file.Bytes()); got != want {
			t.Errorf("%s of %v: %s, want %s", c.name, c.item, got, want)
		}
	}
}

// TestColumns checks the types that other programs see.
func TestColumns(t *testing.T) {
	file := toParquet(t, `{"day":"2026-05-07","user_id":7,"enterprise_id":"83","loc_added_sum":3,"ai_credits":1.5,"used_agent":true,"totals_by_ide":[{"ide":"vscode","n":1}],"mixed":1}`+"\n"+`{"mixed":"1"}`)
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	want := `message records {
	optional binary day (STRING);
	optional int64 user_id (INT(64,true));
	optional binary enterprise_id (STRING);
	optional int64 loc_added_sum (INT(64,true));
	optional double ai_credits;
	optional boolean used_agent;
	optional group totals_by_ide (LIST) {
		repeated group list {
			optional group element {
				optional binary ide (STRING);
				optional int64 n (INT(64,true));
			}
		}
	}
	optional binary mixed (JSON);
}`
	if diff := cmp.Diff(want, f.Schema().String()); diff != "" {
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
		`{"a":01}`:                       fault.Invalid,
		"{\"a\":\"\xff\"}":               fault.Invalid,
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
	var file bytes.Buffer
	type row struct {
		A string `parquet:"a,dict"`
	}
	w := parquet.NewGenericWriter[row](&file)
	rows := slices.Repeat([]row{{strings.Repeat("x", 1000)}}, 1000)
	for range 1000 {
		if _, err := w.Write(rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	tmp := t.TempDir()
	_, err := New(tmp).ToNDJSON("bomb", bytes.NewReader(file.Bytes()))
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "300 times") {
		t.Errorf("%d bytes: %v, want a refusal", file.Len(), err)
	}
	empty(t, tmp)
}
