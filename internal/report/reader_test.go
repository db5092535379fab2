package report

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"codegauge/internal/fault"

	"github.com/google/go-cmp/cmp"
)

// rec returns the object of user n, rec over many lines as pretty.
func rec(n int) string {
	return fmt.Sprintf(`{"day":"2026-05-01","user_id":%d,"loc_added_sum":%d}`, n, n)
}

func pretty(n int) string {
	return fmt.Sprintf("{\n  \"day\": \"2026-05-01\",\n  \"user_id\": %d,\n  \"totals_by_ide\": [\n    {\n      \"ide\": \"vim\"\n    }\n  ],\n  \"x\": {\n    \"y\": 1\n  }\n}", n)
}

// summary is the outcome as text: users with their lines, then refused lines.
func summary(o outcome) string {
	var b strings.Builder
	for _, r := range o.records {
		fmt.Fprintf(&b, "%s:%d ", r.UserID, r.Line)
	}
	for _, r := range o.rejections {
		fmt.Fprintf(&b, "!%d ", r.Line)
	}
	return strings.TrimSpace(b.String())
}

func TestLayouts(t *testing.T) {
	broken := `{"day":"2026-05-01","user_id":9,"x":`
	for _, test := range []struct{ name, text, want string }{
		{"lines", rec(1) + "\n" + rec(2) + "\n", "1:1 2:2"},
		{"no final newline", rec(1) + "\n" + rec(2), "1:1 2:2"},
		{"CRLF and blank lines", "\r\n" + rec(1) + "\r\n\r\n  \r\n" + rec(2) + "\r\n", "1:2 2:5"},
		{"byte order marks", "\uFEFF" + rec(1) + "\n\uFEFF" + rec(2), "1:1 2:2"},
		{"no newline between", rec(1) + rec(2) + " " + rec(3) + "\n" + rec(4), "1:1 2:1 3:1 4:2"},
		{"list on one line", "[" + rec(1) + "," + rec(2) + "]", "1:1 2:1"},
		{"list over lines", "[\n" + rec(1) + ",\n" + rec(2) + "\n]\n", "1:2 2:3"},
		{"pretty list", "[\n  " + pretty(1) + ",\n  " + pretty(2) + "\n]\n", "1:2 2:14"},
		{"two lists", "[" + rec(1) + "]\n[\n" + rec(2) + "]" + "\n" + rec(3), "1:1 2:3 3:4"},
		{"list among lines", rec(1) + "\n[" + rec(2) + "," + rec(3) + "]\n" + rec(4), "1:1 2:2 3:2 4:3"},
		{"pretty object", pretty(1), "1:1"},
		{"pretty objects", pretty(1) + "\n" + pretty(2) + "\n" + rec(3) + "\n" + pretty(4), "1:1 2:13 3:25 4:26"},
		{"pretty objects back to back", pretty(1) + pretty(2) + rec(3), "1:1 2:12 3:23"},
		{"broken line among good", rec(1) + "\n" + broken + "\n" + rec(2) + "\n", "1:1 2:3 !2"},
		{"broken line first", broken + "\n" + rec(2) + "\n" + rec(3), "2:2 3:3 !1"},
		{"broken line that swallows a record", broken + "\n" + rec(2) + "\n}\n" + rec(3), "2:2 3:4 !1 !3"},
		{"the same later", rec(1) + "\n" + broken + "\n" + rec(2) + "\n}\n" + rec(3), "1:1 2:3 3:5 !2 !4"},
		{"broken line last", rec(1) + "\n" + broken, "1:1 !2"},
		{"good and broken on one line", rec(1) + broken + "\n" + rec(2), "1:1 2:2 !1"},
		{"garbage after an object", rec(1) + "x\n" + rec(2), "2:2 !1"},
		{"refused object beside a good one", `{"day":"2026-05-01","user_id":1,"loc_added_sum":-1}` + rec(2), "2:1 !1"},
		{"rows on lines of their own", "{\"day\":\"2026-05-01\",\"user_id\":1,\"totals_by_ide\":[\n{\"ide\":\"a\"},\n{\"ide\":\"b\"}\n]}\n" + rec(2), "1:1 2:5"},
		{"days on lines of their own", "{\"day_totals\":[\n{\"day\":\"2026-05-01\",\"enterprise_id\":\"1\"},\n{\"day\":\"2026-05-02\",\"enterprise_id\":\"1\"}\n]}\n" + rec(2), ":2 :3 2:5"},
		{"bad element of a list", "[\n" + rec(1) + ",\n{\"day\":tru},\n" + rec(3) + "\n]", "1:2 3:4 !3"},
		{"refused element of a list", "[" + rec(1) + ",{}," + rec(3) + "]", "1:1 3:1 !1"},
		{"bad element of a pretty list", "[\n  " + pretty(1) + ",\n  " + strings.Replace(pretty(2), "vim\"", "vim", 1) + ",\n  " + pretty(3) + "\n]", "1:2 3:26 !14"},
		{"element that is no object", "[1,\"a\"," + rec(3) + ",[]]", "3:1 !1 !1 !1"},
		{"list that is cut", "[\n" + rec(1) + ",\n" + rec(2), "1:2 2:3 !3"},
		{"list that is cut after a comma", "[\n" + rec(1) + ",\n", "1:2 !3"},
		{"list that is cut inside", "[\n" + rec(1) + ",\n" + broken, "1:2 !3 !3"},
		{"bad element of a list on one line", "[" + rec(1) + ",{\"day\":tru}," + rec(2) + "]", "1:1 !1"},
		{"comma before the end", "[" + rec(1) + ",]" + "\n" + rec(2), "1:1 2:2"},
		{"no comma", "[\n" + rec(1) + "\n" + rec(2) + "\n]\n", "1:2 2:3"},
		{"leading commas", "[\n" + rec(1) + "\n," + rec(2) + "\n," + broken + "\n," + rec(3) + "]", "1:2 2:3 3:5 !4"},
		{"text after a list", "[" + rec(1) + "] x\n" + rec(2), "1:1 2:2 !1"},
		{"UTF-16", "\xff\xfe{\x00}\x00", "!1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, maxLine := range []int{0, 4096} {
				got := readAll(t, Options{MaxLine: maxLine}, textInput("f", test.text))
				if s := summary(got); s != test.want {
					t.Errorf("got %s, want %s; rejections %+v", s, test.want, got.rejections)
				}
			}
		})
	}
}

// TestDayOfRejection checks that a rejection names its day only if it is certain.
func TestDayOfRejection(t *testing.T) {
	for text, want := range map[string]string{
		`{"day":"2026-05-01","user_id":`:                      "2026-05-01",
		`{"day" : "2026-05-01","x":{"day":"2026-05-01"},"a":`: "2026-05-01",
		`{"day":"2026-05-01","x":{"day":"2026-05-02"},"a":`:   "1970-01-01",
		`{"day":"2026-13-01","a":`:                            "1970-01-01",
		`{"day":"2026-05-01","user_id":1,"loc_added_sum":-1}`: "2026-05-01",
		`{"user_id":1}`: "1970-01-01",
	} {
		got := readText(t, text)
		if len(got.rejections) != 1 || got.rejections[0].Day.String() != want {
			t.Errorf("%s: %+v, want %s", text, got.rejections, want)
		}
	}
}

func TestRejectionText(t *testing.T) {
	got := readText(t, "{"+strings.Repeat("é", 150)+"\xff")
	if text := got.rejections[0].Text; len(text) > maxText || !strings.HasPrefix(text, "{éé") {
		t.Errorf("%d bytes: %s", len(text), text)
	}
}

// manyLines returns n records, with a broken line after every hundredth and a
// pretty object after every thousandth.
func manyLines(n int) (text string, good, bad int) {
	var b strings.Builder
	for i := range n {
		b.WriteString(rec(i) + "\n")
		good++
		if i%100 == 99 {
			b.WriteString(`{"day":"2026-05-01",` + strings.Repeat("x", i%77) + "\n")
			bad++
		}
		if i%1000 == 999 {
			b.WriteString(pretty(i) + "\n")
			good++
		}
	}
	return b.String(), good, bad
}

// TestParallel reads the same with one and with several goroutines.
func TestParallel(t *testing.T) {
	text, good, bad := manyLines(60_000)
	list := "[\n" + strings.Repeat(rec(1)+",\n", 30_000) + rec(2) + "]"
	inputs := []Input{textInput("a", text), textInput("b", list), textInput("c", rec(1)), textInput("d", text)}
	want := readAll(t, Options{}, inputs...)
	if len(want.records) != 2*good+30_002 || len(want.rejections) != 2*bad {
		t.Fatalf("%d records, %d rejections", len(want.records), len(want.rejections))
	}
	for i := 1; i < len(want.records); i++ {
		if want.records[i-1].Seq >= want.records[i].Seq {
			t.Fatalf("Seq %d then %d", want.records[i-1].Seq, want.records[i].Seq)
		}
	}

	r := NewReader(inputs, Options{})
	defer r.Close()
	bySeq := map[int64]Record{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var b Batch
			for {
				if err := r.Next(context.Background(), &b); err == io.EOF {
					if got := len(r.Rejections()); got != 2*bad {
						t.Errorf("%d rejections at the end, want %d", got, 2*bad)
					}
					return
				} else if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for i := range b.Records {
					bySeq[b.Records[i].Seq] = cloneRecord(&b.Records[i])
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(bySeq) != len(want.records) {
		t.Fatalf("%d records, want %d", len(bySeq), len(want.records))
	}
	for i, w := range want.records {
		got := bySeq[w.Seq]
		if got.Line != w.Line || got.File != w.File || got.UserID != w.UserID || i%97 == 0 && !cmp.Equal(got, w) {
			t.Fatal(cmp.Diff(w, got))
		}
	}
	if diff := cmp.Diff(want.rejections, r.Rejections()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want.stats, r.Stats()); diff != "" {
		t.Error(diff)
	}
}

// TestLinesAreRight compares the lines that records name with the text.
func TestLinesAreRight(t *testing.T) {
	text, _, _ := manyLines(20_000)
	lines := strings.Split(text, "\n")
	for _, r := range readText(t, text).records {
		if line := lines[r.Line-1]; line != "{" && line != string(r.AppendJSON(nil)) {
			t.Fatalf("line %d is %s, record is %s", r.Line, line, r.AppendJSON(nil))
		}
	}
}

func gzipped(texts ...string) string {
	var b bytes.Buffer
	for _, text := range texts {
		w := gzip.NewWriter(&b)
		io.WriteString(w, text)
		w.Close()
	}
	return b.String()
}

// zipped returns a zip archive of names and texts in turn.
func zipped(files ...string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, _ := w.Create(files[i])
		io.WriteString(f, files[i+1])
	}
	w.Close()
	return b.String()
}

// tarred returns a tar archive of names and texts in turn, with a folder and a link
// before them.
func tarred(files ...string) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	w.WriteHeader(&tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "x"}})
	w.WriteHeader(&tar.Header{Name: "dir/", Typeflag: tar.TypeDir})
	for i := 0; i < len(files); i += 2 {
		w.WriteHeader(&tar.Header{Name: files[i], Size: int64(len(files[i+1])), Mode: 0o600})
		io.WriteString(w, files[i+1])
	}
	w.WriteHeader(&tar.Header{Name: "link", Linkname: "dir", Typeflag: tar.TypeSymlink})
	w.Close()
	return b.String()
}

func TestPacked(t *testing.T) {
	for _, test := range []struct{ name, text, want, format string }{
		{"gzip", gzipped(rec(1) + "\n" + rec(2)), "1:1 2:2", "gzip"},
		{"gzip of two members", gzipped(rec(1)+"\n", rec(2)), "1:1 2:2", "gzip"},
		{"gzip of a list", gzipped("[" + rec(1) + "]"), "1:1", "gzip"},
		{"zip", zipped("a.json", rec(1), "dir/", "", "dir/b", rec(2), ".hidden", "x", "__MACOSX/a", "x"), "1:1 2:1", "zip zip"},
		{"gzip inside zip", zipped("a.gz", gzipped(rec(1))), "1:1", "zip+gzip"},
		{"zip inside zip", zipped("a.zip", zipped("a", rec(1)), "b", rec(2)), "2:1 !1", "zip zip"},
		{"zip inside gzip", gzipped(zipped("a", rec(1))), "!1", "gzip"},
		{"gzip inside gzip", gzipped(gzipped(rec(1))), "!1", "gzip"},
		{"empty zip", zipped(), "", "unknown"},
		{"Office document", zipped("[Content_Types].xml", "<x/>", "xl/a.xml", "<x/>"), "", "unknown"},
		{"tar", tarred("a.json", rec(1), "dir/b", rec(2), ".hidden", "x", "dir/._b", "x"), "1:1 2:1", "tar tar"},
		{"tar of a folder", tarred("./a", rec(1), "./.hidden", "x"), "1:1", "tar"},
		{"tar of a long name", tarred(strings.Repeat("d/", 150)+"a", rec(1)), "1:1", "tar"},
		{"tar.gz", gzipped(tarred("a.json", rec(1)+"\n"+rec(2), "b", "["+rec(3)+"]")), "1:1 2:2 3:1", "gzip+tar gzip+tar"},
		{"gzip inside tar", tarred("a.gz", gzipped(rec(1)), "b", rec(2)), "1:1 2:1", "tar+gzip tar"},
		{"zip inside tar", tarred("a.zip", zipped("a", rec(1)), "b", rec(2)), "2:1 !1", "tar tar"},
		{"tar inside zip", zipped("a.tar", tarred("a", rec(1)), "b", rec(2)), "2:1 !1", "zip zip"},
		{"tar.gz inside zip", zipped("a.tgz", gzipped(tarred("a", rec(1))), "b", rec(2)), "2:1 !1", "zip+gzip zip"},
		{"tar inside tar", tarred("a.tar", tarred("a", rec(1)), "b", rec(2)), "2:1 !1", "tar tar"},
		{"empty tar", tarred(".hidden", "x"), "", "unknown"},
		{"tar that is cut in a file", tarred("a", rec(1), "b", rec(2))[:3082], "1:1 !1 !1 !1", "tar tar tar"},
		{"tar that is cut between files", tarred("a", rec(1), "b", rec(2))[:2560], "1:1 !1", "tar tar"},
		{"two tars in one file", tarred("a", rec(1)) + tarred("b", rec(2)), "1:1 !1", "tar tar"},
		{"tar.gz that is cut at its end", func() string {
			packed := gzipped(tarred("a", rec(1), "b", rec(2)))
			return packed[:len(packed)-4]
		}(), "1:1 2:1 !1", "gzip+tar gzip+tar gzip+tar"},
		{"tar.gz with a wrong checksum", func() string {
			packed := []byte(gzipped(tarred("a", rec(1), "b", rec(2))))
			packed[len(packed)-6]++
			return string(packed)
		}(), "1:1 2:1 !1", "gzip+tar gzip+tar gzip+tar"},
		{"broken zip", zipped("a", rec(1))[:40], "!1", "zip"},
		{"gzip with a wrong checksum", func() string {
			text := []byte(gzipped(rec(1) + "\n"))
			text[len(text)-6]++
			return string(text)
		}(), "1:1 !2", "gzip"},
		{"Parquet", "PAR1....", "!1", "parquet"},
		{"zstd", "\x28\xb5\x2f\xfd....", "!1", "unknown"},
		{"json", "[" + rec(1) + "]", "1:1", "json"},
		{"pretty json", pretty(1), "1:1", "json"},
		{"ndjson", rec(1), "1:1", "ndjson"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "any.name")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			files, err := Files([]string{path}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, input := range []Input{textInput("f", test.text), files[0]} {
				got := readAll(t, Options{}, input)
				var formats []string
				for _, s := range got.stats {
					formats = append(formats, s.Format)
				}
				if s := summary(got); s != test.want || strings.Join(formats, " ") != test.format {
					t.Errorf("got %s (%s), want %s (%s); rejections %+v", s, formats, test.want, test.format, got.rejections)
				}
			}
		})
	}
}

func TestGzipCutShort(t *testing.T) {
	text, good, _ := manyLines(5000)
	packed := gzipped(text)
	got := readAll(t, Options{}, textInput("f", packed[:len(packed)/2]), textInput("g", rec(1)))
	if n := len(got.records); n < good/4 || n > good*3/4 || got.records[n-1].File != "g" {
		t.Errorf("%d records of %d", n, good)
	}
	if last := got.rejections[len(got.rejections)-1]; last.Reason != "cannot read the rest: unexpected EOF" || last.Line < 1000 {
		t.Errorf("%+v", last)
	}
}

func TestParquetHook(t *testing.T) {
	opt := Options{Parquet: func(name string, r io.Reader) (io.ReadCloser, error) {
		text, err := io.ReadAll(r)
		if err != nil || name != "f" || string(text) != "PAR1x" {
			return nil, fmt.Errorf("%s: %q, %v", name, text, err)
		}
		return io.NopCloser(strings.NewReader(rec(5))), nil
	}}
	if got := readAll(t, opt, textInput("f", "PAR1x")); summary(got) != "5:1" || got.stats[0].Format != "parquet" {
		t.Errorf("%s, %+v, %+v", summary(got), got.rejections, got.stats)
	}
	if got := readAll(t, opt, textInput("g", "PAR1y")); summary(got) != "!1" {
		t.Errorf("%s", summary(got))
	}
}

func TestReadErrorGoesOnWithNextFile(t *testing.T) {
	failing := Input{Name: "a", Size: -1, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(rec(1)+"\n"+rec(2)+"\n"), iotest.ErrReader(errors.New("disk on fire")))), nil
	}}
	missing := Input{Name: "b", Size: -1, Open: func() (io.ReadCloser, error) { return nil, errors.New("gone") }}
	got := readAll(t, Options{}, failing, missing, textInput("c", rec(3)))
	want := []Rejection{
		{File: "a", Line: 3, Reason: "cannot read the rest: disk on fire"},
		{File: "b", Line: 1, Reason: "gone"},
	}
	if diff := cmp.Diff(want, got.rejections); diff != "" || summary(got) != "1:1 2:2 3:1 !3 !1" {
		t.Error(summary(got), diff)
	}
}

func TestLongLines(t *testing.T) {
	long := `{"day":"2026-05-01","user_id":2,"x":"` + strings.Repeat("y", 3<<20) + `"}`
	for _, test := range []struct{ name, text, want string }{
		{"line", rec(1) + "\n" + long + "\n" + rec(3), "1:1 3:3 !2"},
		{"last line", rec(1) + "\n" + long, "1:1 !2"},
		{"first line", long + "\n" + rec(3), "3:2 !1"},
		{"element", "[\n" + rec(1) + ",\n" + long + ",\n" + rec(3) + "\n]", "1:2 3:4 !3"},
		{"garbage", rec(1) + "\n" + strings.Repeat("z", 3<<20) + "\n" + rec(3), "1:1 3:3 !2"},
		{"objects on one long line", strings.Repeat(rec(1), 50_000), strings.TrimSpace(strings.Repeat("1:1 ", 50_000))},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := readAll(t, Options{MaxLine: 1 << 20}, textInput("f", test.text))
			if s := summary(got); s != test.want {
				t.Errorf("got %.200s, want %.200s", s, test.want)
			}
			for _, r := range got.rejections {
				if r.Reason != "line longer than 1 MiB" && test.name != "garbage" {
					t.Error(r.Reason)
				}
			}
		})
	}
	got := readText(t, rec(1)+"\n"+long+"\n"+rec(3))
	if s := summary(got); s != "1:1 3:3 !2" || got.rejections[0].Reason != "more than 256 KiB of unrecognised members" {
		t.Errorf("under the limit: %s %+v", s, got.rejections)
	}
}

// TestBigPretty reads a pretty 28-day report of several MiB: the file's first
// object may be longer than joinLimit.
func TestBigPretty(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector, and one goroutine at a time")
	}
	var b strings.Builder
	b.WriteString("{\n  \"enterprise_id\": \"1\",\n  \"day_totals\": [\n")
	for d := range 28 {
		fmt.Fprintf(&b, "    {\n      \"day\": \"2026-05-%02d\",\n      \"totals_by_feature\": [\n", d+1)
		for i := range 2000 {
			fmt.Fprintf(&b, "        {\n          \"feature\": \"f%d\",\n          \"loc_added_sum\": 1\n        }%s\n", i, map[bool]string{true: ",", false: ""}[i < 1999])
		}
		fmt.Fprintf(&b, "      ]\n    }%s\n", map[bool]string{true: ",", false: ""}[d < 27])
	}
	b.WriteString("  ]\n}\n")
	one := b.String()
	got := readText(t, one+one)
	if len(got.records) != 56 || len(got.rejections) > 0 || len(got.records[0].ByFeature) != 2000 || got.records[1].Line != 4+8005 {
		t.Errorf("%d records, %d bytes, rejections %+v", len(got.records), b.Len(), got.rejections)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.json", "a/z", "a/y", ".git/x", ".hidden"} {
		path := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(path), 0o700)
		os.WriteFile(path, []byte(rec(1)), 0o600)
	}
	os.Mkdir(filepath.Join(dir, "a", "empty"), 0o700)
	inputs, err := Files([]string{dir, "-", filepath.Join(dir, ".hidden")}, strings.NewReader(rec(2)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, in := range inputs {
		name, _ := filepath.Rel(dir, in.Name)
		names = append(names, filepath.ToSlash(name)+fmt.Sprint(in.Size))
	}
	if got, want := strings.Join(names, " "), "a/y50 a/z50 b.json50 -1 .hidden50"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := readAll(t, Options{}, inputs...); len(got.records) != 5 {
		t.Errorf("%d records", len(got.records))
	}
	for _, bad := range []string{filepath.Join(dir, "none"), filepath.Join(dir, "a", "empty")} {
		if _, err := Files([]string{bad}, nil); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestBytesReadAndClose(t *testing.T) {
	inputs := []Input{textInput("a", rec(1)), textInput("b", gzipped(rec(2))), textInput("c", zipped("x", rec(3), "y", rec(4)))}
	var want int64
	for _, in := range inputs {
		want += in.Size
	}
	r := NewReader(inputs, Options{})
	var b Batch
	for r.Next(context.Background(), &b) == nil {
	}
	if got := r.BytesRead(); got != want {
		t.Errorf("%d bytes read, want %d", got, want)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.Next(context.Background(), &b); err != ErrClosed {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := NewReader(inputs, Options{}).Next(ctx, &b); err != context.Canceled {
		t.Error(err)
	}
}

func TestKeptRejections(t *testing.T) {
	r := NewReader([]Input{textInput("f", strings.Repeat("{x\n", maxListed+5))}, Options{})
	var b Batch
	if err := r.Next(context.Background(), &b); err != io.EOF {
		t.Fatal(err)
	}
	if len(r.Rejections()) != maxListed || r.RejectionCount() != maxListed+5 || r.Stats()[0].Rejected != maxListed+5 {
		t.Errorf("%d kept of %d", len(r.Rejections()), r.RejectionCount())
	}
}

// TestNamesAreUnique reads files of one name, on their own and in an archive.
func TestNamesAreUnique(t *testing.T) {
	broken := "{" + user + "\n" + rec(1)
	got := readAll(t, Options{}, textInput("a", broken), textInput("a (2)", broken), textInput("a", broken), textInput("a", broken),
		textInput("z", zipped("a", broken, "a", broken)))
	want := []string{"a", "a (2)", "a (3)", "a (4)", "z/a", "z/a (2)"}
	for i, name := range want {
		if got.stats[i].Name != name || got.records[i].File != name || got.rejections[i].File != name {
			t.Errorf("file %d is %q, %q, %q; want %q", i, got.stats[i].Name, got.records[i].File, got.rejections[i].File, name)
		}
	}
}
