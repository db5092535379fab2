package report

import (
	"context"
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
			if body.left > 0 && r.RefusalCount() == 0 {
				t.Errorf("%d bytes were not read", body.left)
			}
		})
	}
}

// TestBombs reads files that unpack to far more than they are.
func TestBombs(t *testing.T) {
	bomb := gzipped(strings.Repeat(" ", 100<<20))
	got := readAll(t, Options{}, textInput("f", zipped("a.gz", bomb)), textInput("g", rec(1)))
	if s := summary(got); s != "1:1 !1" || got.refusals[0].Reason != "the rest cannot be read: unpacks to more than 2000 times its size" {
		t.Errorf("%s %+v", s, got.refusals)
	}
	// A repetitive report may well shrink to a hundredth.
	text := strings.Repeat(rec(1)+"\n", 3000)
	if got := readText(t, gzipped(text)); len(got.records) != 3000 || len(got.refusals) > 0 {
		t.Errorf("%d records, %+v", len(got.records), got.refusals)
	}
}
