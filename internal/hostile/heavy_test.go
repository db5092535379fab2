package hostile

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

const megabyte = 1 << 20

// heavy is input that is made to fill memory or time.
type heavy struct {
	name string
	// head, then body again and again until it is size bytes, then tail.
	head, body, tail string
	size             int64
	// says is what the import says of it, "" if it is imported.
	says string
	soak bool
}

var heavies = []heavy{
	{"a line of 100 MB", `{"day":"2026-05-01","user_id":9,"x":"`, "x", "\"}", 100 * megabyte, "longer than 64 MiB", false},
	{"100 MB that are no JSON", "", "garbage ", "", 100 * megabyte, "longer than 64 MiB", true},
	{"100 MB of brackets", "", "[", "", 100 * megabyte, "stdin:2: ", true},
	{"100 MB of rows", `{"day":"2026-05-01","user_id":9,"totals_by_ide":[`, `{"ide":"x"},`, `{}]}`, 100 * megabyte, "longer than 64 MiB", false},
	{"100 MB of members", `{"day":"2026-05-01","user_id":9`, `,"a":1`, "}", 100 * megabyte, "longer than 64 MiB", true},
	{"100 MB without an end", `{"day":"2026-05-01","user_id":9,"x":[`, "1,", "", 100 * megabyte, "longer than 64 MiB", true},
	{"a list of 100 MB on one line", "[", good(9) + ",", good(9) + "]", 100 * megabyte, "longer than 64 MiB", true},
	{"an object of 100 MB over many lines", "{\"day\":\"2026-05-01\",\n\"user_id\":9,\"x\":[\n", "1,\n", "1]}", 100 * megabyte, "text ends", true},
	{"a member of 60 MB", `{"day":"2026-05-01","user_id":9,"x":"`, "x", "\"}", 60 * megabyte, "more than 256 KiB", false},
	{"40 members of 50 MB", "", `{"day":"2026-05-01","user_id":9,"x":"` + strings.Repeat("x", 50*megabyte) + "\"}\n", "", 2000 * megabyte, "more than 256 KiB", true},
	{"500 records of 0.2 MB", "", `{"day":"2026-05-01","user_id":9,"user_login":"u9","loc_added_sum":9,"x":"` + strings.Repeat("x", 200_000) + "\"}\n", "", 100 * megabyte, "", true},
	{"a record of 100,000 rows", `{"day":"2026-05-01","user_id":9,"user_login":"u9","loc_added_sum":9,"totals_by_feature":[`, `{"feature":"agent_edit"},`, `{}]}`, 2 * megabyte, "", false},
	{"50 records of 100,000 rows", "", `{"day":"2026-05-01","user_id":9,"user_login":"u9","loc_added_sum":9,"totals_by_feature":[` + strings.Repeat(`{"feature":"agent_edit"},`, 99_000) + "{}]}\n", "", 120 * megabyte, "", true},
	{"a name of 30 MB", `{"day":"2026-05-01","user_id":9,"totals_by_feature":[{"feature":"`, "x", `"}]}`, 30 * megabyte, "longer than 255", true},
	{"100 MB of white space", "", "  \n", "", 100 * megabyte, "", true},
	{"a million bad lines", "", "garbage\n", "", 8 * megabyte, "not a JSON object", false},
}

// TestHeavy streams each between two good lines: the memory stays bounded, the
// good lines are imported, and what is not is told.
func TestHeavy(t *testing.T) {
	cases, peak := 0, 0.0
	for _, h := range heavies {
		if h.soak && !soaking() {
			continue
		}
		cases++
		t.Run(h.name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			in := io.MultiReader(strings.NewReader(good(1)+"\n"), h.reader(), strings.NewReader("\n"+good(2)+"\n"))
			r := call{args: []string{"import", "--data", data, "--enterprise", "acme", "-"}, stdin: in}.run(t)
			want := "u1,1\nu2,2\n"
			if h.says == "" {
				r.want(t, 0)
				if strings.Contains(h.head+h.body, `"u9"`) {
					want += "u9,9\n"
				}
			} else {
				r.want(t, 3, "stdin:2: ", h.says)
			}
			people(t, data, want)
			verified(t, data)
			bounded(t, r)
			peak = max(peak, r.peak)
		})
	}
	t.Logf("counted: %d heavy inputs, at most %.0f MB of memory", cases, peak)
}

func bounded(t *testing.T, r result) {
	t.Helper()
	t.Logf("%.0f MB of memory", r.peak)
	if r.peak > maxPeak {
		t.Errorf("the import took %.0f MB of memory, at most %d are allowed", r.peak, maxPeak)
	}
}

func (h heavy) reader() io.Reader {
	return io.MultiReader(strings.NewReader(h.head), &repeated{text: h.body, left: h.size}, strings.NewReader(h.tail))
}

// repeated reads a text again and again, whole, until left bytes were read.
type repeated struct {
	text string
	left int64
	rest string
}

func (r *repeated) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if r.rest == "" {
			if r.left <= 0 {
				break
			}
			r.rest = r.text
			r.left -= int64(len(r.text))
		}
		c := copy(p[n:], r.rest)
		n, r.rest = n+c, r.rest[c:]
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// TestBombs imports small files that unpack to gigabytes.
func TestBombs(t *testing.T) {
	size, files := int64(1<<30), 10_000
	if soaking() {
		size, files = 10<<30, 100_000
	}
	dir := t.TempDir()
	// Files without anything, and what is no text, are no reports and no fault.
	passedOver := map[string]string{"many.zip": "not reports", "zeros.gz": "not a report", "zeros.zip": "not a report"}
	bombs := map[string][]byte{
		"zeros.gz": packedBomb(t, "\x00", size),
		"lines.gz": packedBomb(t, "\n", size),
	}
	bombs["zeros.zip"] = zipped("a.gz", string(bombs["zeros.gz"]), "b", good(1))
	bombs["nested.zip"] = zipped("a.zip", string(zipped("b.zip", string(zipped("c.gz", string(bombs["zeros.gz"]))))))
	bombs["many.zip"] = manyFiles(files)
	peak := 0.0
	for name, text := range bombs {
		t.Run(name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			bad := write(t, dir, name, text)
			sound := write(t, dir, "good", []byte(good(2)+"\n"))
			r := codegauge(t, "import", "--data", data, "--enterprise", "acme", bad, sound)
			if why, ok := passedOver[name]; ok {
				r.want(t, 0, bad, why)
			} else {
				r.want(t, 3, bad)
			}
			if got := byUser(t, data, "acme"); !strings.Contains(got, "u2,2\n") {
				t.Errorf("the good line is not there:\n%s", got)
			}
			bounded(t, r)
			peak = max(peak, r.peak)
		})
	}
	t.Logf("counted: %d bombs, at most %.0f MB of memory", len(bombs), peak)
}

// packedBomb returns a gzip file of size bytes of text, packed once and put
// together from members of 16 MB.
func packedBomb(t *testing.T, text string, size int64) []byte {
	t.Helper()
	const member = 16 * megabyte
	var one bytes.Buffer
	w, err := gzip.NewWriterLevel(&one, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, &repeated{text: text, left: member}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.Repeat(one.Bytes(), int(size/member))
}

// manyFiles returns an archive of n empty files.
func manyFiles(n int) []byte {
	files := make([]string, 0, 2*n)
	for i := range n {
		files = append(files, fmt.Sprint("f", i), "")
	}
	return zipped(files...)
}
