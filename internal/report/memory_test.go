package report

import (
	"context"
	"encoding/binary"
	"io"
	"runtime"
	"strings"
	"testing"
)

// repeated is a stream of one text over and over, between a head and a tail. It
// watches how much memory is in use meanwhile.
type repeated struct {
	text  []byte
	left  int64
	at    int
	reads int
	peak  uint64
}

func (r *repeated) Read(p []byte) (n int, err error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	if r.reads++; r.reads%32 == 0 {
		r.measure()
	}
	for n < len(p) && r.left > 0 {
		k := copy(p[n:], r.text[r.at:])
		n, r.at, r.left = n+k, (r.at+k)%len(r.text), r.left-int64(k)
	}
	return n, nil
}

func (r *repeated) measure() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.peak = max(r.peak, m.HeapInuse)
}

// TestMemory reads files of some 100 MB and looks at the memory in use.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("100 MB each")
	}
	records := string(realistic(1 << 20))
	inList := strings.ReplaceAll(records, "\n", ",\n")
	for _, test := range []struct {
		name, head, text string
		size             int64  // MiB
		limit            uint64 // MiB
	}{
		{"lines", "", records, 200, 40},
		{"list", "[", inList, 200, 40},
		{"objects on one line", "", strings.ReplaceAll(records, "\n", ""), 100, 40},
		{"no newline", "", "garbage", 100, 260},
		{"broken list", "[{", "garbage\n", 100, 260},
		{"endless string", `{"a":"`, "garbage", 100, 260},
		{"white space", "", "  \n", 100, 40},
		{"white space in a list", "[", "  \n", 100, 40},
		{"rows without end", `{"day":"2026-05-01","user_id":1,"totals_by_ide":[`, "{},", 100, 260},
		{"broken lines in a broken object", `{"a":[` + "\n", "1,\n", 100, 260},
		{"warnings without end", `{"day":"2026-05-01","user_id":1,"totals_by_ide":[`, "null,", 100, 260},
		{"names", `{"day":"2026-05-01",`, `"a":1,`, 100, 260},
		{"elements", rec(1) + "\n[", rec(2) + ",", 60, 260},
		{"lists without end", "", "[" + strings.Repeat(" ", 60) + "\n", 100, 260},
	} {
		t.Run(test.name, func(t *testing.T) {
			runtime.GC()
			body := &repeated{text: []byte(test.text), left: test.size << 20}
			r := NewReader([]Input{{Name: "f", Size: -1, Open: func() (io.ReadCloser, error) {
				return io.NopCloser(io.MultiReader(strings.NewReader(test.head), body)), nil
			}}}, Options{})
			defer r.Close()
			var b Batch
			for r.Next(context.Background(), &b) == nil {
				body.measure()
			}
			body.measure()
			t.Logf("%d MiB in use at most", body.peak>>20)
			if body.peak>>20 > test.limit {
				t.Errorf("%d MiB in use, want at most %d", body.peak>>20, test.limit)
			}
			if body.left > 0 && r.RejectionCount() == 0 {
				t.Errorf("%d bytes were not read", body.left)
			}
		})
	}
}

// TestBombs reads files that unpack to far more than they are.
func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("packs 500 MB, which takes minutes under the race detector")
	}
	spaces := strings.Repeat(" ", 100<<20)
	third := strings.Repeat(" ", 30<<20)
	for _, test := range []struct{ name, text, want, reason string }{
		{"gzip", gzipped(spaces), "2:1 !1", "unpacks to more than 100 times its size"},
		{"zip", zipped("a", spaces), "2:1 !1", "unpacks to more than 100 times its size"},
		{"gzip in zip", zipped("a.gz", gzipped(spaces)), "2:1 !1", "unpacks to more than 100 times its size"},
		{"many files in a zip", zipped("a", rec(1), "b", third, "c", third, "d", third), "1:1 2:1 !1", "unpacks to more than 100 times its size"},
		{"files over one another", overlapping(string(realistic(20<<10)), 9), "2:1 !1", "files in the archive overlap"},
	} {
		got := readAll(t, Options{}, textInput("f", test.text), textInput("g", rec(2)))
		last := got.rejections[len(got.rejections)-1].Reason
		if s := summary(got); s != test.want || !strings.HasSuffix(last, test.reason) {
			t.Errorf("%s: got %s %+v, want %s and %q", test.name, s, got.rejections, test.want, test.reason)
		}
	}
	// A repetitive report may well shrink to a hundredth.
	text := strings.Repeat(rec(1)+"\n", 3000)
	if got := readText(t, gzipped(text)); len(got.records) != 3000 || len(got.rejections) > 0 {
		t.Errorf("%d records, %+v", len(got.records), got.rejections)
	}
}

// overlapping returns a zip archive whose directory names one file n times.
func overlapping(text string, n int) string {
	archive := zipped("a", text)
	const endLength = 22
	end := []byte(archive[len(archive)-endLength:])
	start := int(binary.LittleEndian.Uint32(end[16:]))
	directory := strings.Repeat(archive[start:len(archive)-endLength], n)
	for _, at := range []int{8, 10} {
		binary.LittleEndian.PutUint16(end[at:], uint16(n))
	}
	binary.LittleEndian.PutUint32(end[12:], uint32(len(directory)))
	return archive[:start] + directory + string(end)
}
