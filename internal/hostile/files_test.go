package hostile

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/intake"
)

// file is a malformed file, by what an import has to say of it. Of those that
// hold a good line before the fault, that line is imported.
type file struct {
	name string
	text []byte
	says string
	good bool // a line is imported of it
}

// malformedFiles are files whose fault is not in one line; their good line is
// of a user.
func malformedFiles(user int) []file {
	one := good(user) + "\n"
	packed, archive := gzipped(one), zipped("a.ndjson", one)
	many := gzipped(strings.Repeat(one, 2000))
	return []file{
		{"empty", nil, "(empty)", false},
		{"white space", []byte(" \n\t\r\n  "), "(empty)", false},
		{"a byte order mark", []byte("\uFEFF"), "(empty)", false},
		{"zeros", make([]byte, 4096), "(not text)", false},
		{"UTF-16", utf16(one), "UTF-16", false},
		{"UTF-16, big end first", append([]byte{0xFE, 0xFF}, utf16(one)[2:]...), "UTF-16", false},
		{"empty gzip", gzipped(""), "(empty)", false},
		{"gzip's head", packed[:10], "EOF", false},
		{"gzip's first bytes", packed[:3], "EOF", false},
		{"gzip cut short", many[:len(many)/2], "cannot read the rest", true},
		{"gzip without its end", packed[:len(packed)-8], "cannot read the rest", true},
		{"gzip with a wrong checksum", flipped(packed, len(packed)-6), "checksum", true},
		{"gzip with a wrong length", flipped(packed, len(packed)-2), "checksum", true},
		{"gzip of an unknown method", flipped(packed, 2), "gzip", false},
		{"gzip with garbage behind", append(bytes.Clone(packed), "garbage"...), "cannot read the rest", true},
		{"gzip in gzip", gzipped(string(packed)), "inside a gzip file", false},
		{"zip in gzip", gzipped(string(archive)), "zip archive inside", false},
		{"gzip with nonsense inside", gzipped("nonsense\n"), "(text)", false},
		{"zip's head", archive[:30], "zip", false},
		{"zip cut short", archive[:len(archive)-5], "zip", false},
		{"zip without files", zipped(), "an archive without files", false},
		{"zip of hidden files", zipped(".x", one, "__MACOSX/y", one, "dir/", ""), "an archive without files", false},
		{"zip with a wrong checksum", zipOf("a", one, func(h *zip.FileHeader) { h.CRC32++ }), "checksum", true},
		{"zip with a wrong length", zipOf("a", one, func(h *zip.FileHeader) { h.UncompressedSize64 += 5 }), "EOF", false},
		{"encrypted zip", zipOf("a", one, func(h *zip.FileHeader) { h.Flags |= 1 }), "encrypted", false},
		{"zip of an unknown method", zipOf("a", one, func(h *zip.FileHeader) { h.Method = 99 }), "algorithm", false},
		{"zip with a damaged stream", flipped(archive, 60), "corrupt", false},
		{"zip in zip", zipped("inner.zip", string(archive)), "inside a zip", false},
		{"zip in zip in zip", zipped("a.zip", string(zipped("b.zip", string(archive)))), "inside a zip", false},
		{"gzip in gzip in zip", zipped("a.gz", string(gzipped(string(packed)))), "inside a gzip", false},
		{"zip of nonsense", zipped("a", "nonsense"), "(text)", false},
		{"zip with a line of an escape in a name", zipped("a\x1b[2J\nb", "nonsense"), "(text)", false},
		{"zip that climbs out", zipped("../../../../tmp/codegauge-was-here", "nonsense"), "(text)", false},
		{"zip from the root", zipped("/tmp/codegauge-was-here", "nonsense"), "(text)", false},
		{"zip of Windows paths", zipped(`C:\codegauge-was-here`, "nonsense"), "(text)", false},
		{"Parquet's head", []byte("PAR1"), "Parquet", false},
		{"Parquet of nothing", []byte("PAR1PAR1"), "Parquet", false},
		{"Parquet of zeros", []byte("PAR1" + strings.Repeat("\x00", 1000) + "PAR1"), "Parquet", false},
		{"Parquet of a huge footer", []byte("PAR1" + strings.Repeat("x", 100) + "\xff\xff\xff\x7fPAR1"), "Parquet", false},
		{"zstd", []byte("\x28\xb5\x2f\xfd" + one), "zstd", false},
		{"bzip2", []byte("BZh9" + one), "bzip2", false},
		{"xz", []byte("\xfd7zXZ\x00" + one), "xz", false},
		{"PDF", []byte("%PDF-1.7\n"), "application/pdf", false},
		{"SQLite", []byte("SQLite format 3\x00"), "SQLite", false},
		{"tar cut short", tarred("a.ndjson", one)[:1024], "missing", true},
		{"ELF", []byte("\x7fELF\x02\x01\x01\x00" + strings.Repeat("\x00", 100)), "(not text)", false},
		{"PNG", []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\xff", 100)), "image/png", false},
		{"list that does not end", []byte("[\n" + good(user) + ",\n"), "is not closed", true},
		{"list with text behind", []byte("[\n" + good(user) + "\n] x"), "not a JSON object", true},
		{"pretty object cut short", []byte(strings.ReplaceAll(good(user), ",", ",\n")[:90]), "text ends", false},
		{"CSV", []byte("day,user_id,loc_added_sum\n2026-05-01,1,7\n"), "CSV", false},
		{"YAML", []byte("day: 2026-05-01\nuser_id: 1\n"), "(text)", false},
	}
}

// TestMalformedFiles imports all malformed files with a good one among them:
// exit code 3, each file named with the reason, the good lines imported.
func TestMalformedFiles(t *testing.T) {
	dir := t.TempDir()
	data, in := filepath.Join(dir, "data"), filepath.Join(dir, "in")
	write(t, in, "good.ndjson", []byte(good(77)+"\n"))
	n := len(malformedFiles(0))
	want := "u77,77\n"
	for i := range n {
		f := malformedFiles(101 + i)[i]
		write(t, in, fmt.Sprintf("f%02d", i), f.text)
		if f.good {
			want += fmt.Sprintf("u%d,%d\n", 101+i, 101+i)
		}
	}
	r := codegauge(t, "import", "--data", data, "--enterprise", "acme", "--json", in).want(t, 3)
	var result intake.Report
	if err := json.Unmarshal([]byte(r.out), &result); err != nil {
		t.Fatal(err)
	}
	for i, f := range malformedFiles(0) {
		if err := refuses(&result, filepath.Join(in, fmt.Sprintf("f%02d", i)), f.says); err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
	}
	if got := sortedRows(byUser(t, data, "acme")); got != sortedRows(want) {
		t.Errorf("stored are:\n%s\nwant:\n%s", got, want)
	}
	if _, err := os.Stat("/tmp/codegauge-was-here"); err == nil {
		t.Error("a file of an archive was written where it asked to be")
	}
	verified(t, data)
	bounded(t, r)
	t.Logf("counted: %d malformed files", n)
}

// refuses looks for the rejection of a file, or of one in it, and for its reason; or
// for what it is if it is no report.
func refuses(result *intake.Report, path, says string) error {
	for _, r := range result.Rejected {
		if (r.File == path || strings.HasPrefix(r.File, path+"/")) && r.Line > 0 && strings.Contains(r.Reason, says) {
			return nil
		}
	}
	for _, f := range result.Files {
		if (f.Name == path || strings.HasPrefix(f.Name, path+"/")) && f.NotReport != "" && strings.Contains("("+f.NotReport+")", says) {
			return nil
		}
	}
	return fmt.Errorf("not refused with %q", says)
}

func sortedRows(rows string) string {
	list := strings.Fields(rows)
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// TestNothingGood imports files of which nothing can be used: an error or a
// rejection, and no enterprise comes of it.
func TestNothingGood(t *testing.T) {
	dir := t.TempDir()
	bad := write(t, dir, "bad", []byte("nonsense\n"))
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), link); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		code int
		args []string
		says string
	}{
		{"nonsense", 2, []string{bad}, "bad (text)"},
		{"a broken line", 3, []string{write(t, dir, "broken", []byte("{nonsense\n"))}, "broken:1: "},
		{"a file that is not there", 2, []string{filepath.Join(dir, "none")}, "none"},
		{"a link to nothing", 2, []string{link}, "link"},
		{"an empty folder", 2, []string{empty}, "empty"},
		{"records without an enterprise", 2, []string{write(t, dir, "good", []byte(good(1)))}, "--enterprise"},
		{"a broken enterprise name", 2, []string{"--enterprise", "a/b", bad}, "a/b"},
		{"a broken tool name", 2, []string{"--enterprise", "acme", "--tool", "Ä", bad}, "tool"},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			codegauge(t, append([]string{"import", "--data", data}, test.args...)...).want(t, test.code, test.says)
			if _, err := os.Stat(data); err == nil {
				verified(t, data)
				codegauge(t, "query", "--data", data, "--enterprise", "acme", "--measures", "loc_added").want(t, 2, "no enterprise yet")
			}
		})
	}
}

func gzipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text) // into memory
	_ = w.Close()
	return b.Bytes()
}

// zipped returns a zip archive of names and texts in turn.
func zipped(files ...string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(f, files[i+1])
	}
	_ = w.Close()
	return b.Bytes()
}

// zipOf returns an archive of one file whose header says what change makes of it.
func zipOf(name, text string, change func(*zip.FileHeader)) []byte {
	var deflated, b bytes.Buffer
	d, _ := flate.NewWriter(&deflated, flate.BestSpeed)
	_, _ = io.WriteString(d, text)
	_ = d.Close()
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE([]byte(text)),
		CompressedSize64: uint64(deflated.Len()), UncompressedSize64: uint64(len(text))}
	change(h)
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(h)
	if err != nil {
		panic(err)
	}
	_, _ = f.Write(deflated.Bytes())
	_ = w.Close()
	return b.Bytes()
}

func tarred(name, text string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	_ = w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o600})
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.Bytes()
}

func utf16(text string) []byte {
	out := []byte{0xFF, 0xFE}
	for _, c := range []byte(text) {
		out = append(out, c, 0)
	}
	return out
}

// flipped returns b with all bits of one byte turned.
func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] = ^b[at]
	return b
}
