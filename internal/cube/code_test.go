package cube

import (
	"bytes"
	"testing"

	"codegauge/internal/metric"

	"github.com/google/go-cmp/cmp"
)

// row returns a row of which the counters that are not -1 are known.
func row(n ...int64) (v Row) {
	for i, n := range n {
		if n != -1 {
			v.Set(metric.Counter(i), n)
		}
	}
	return v
}

var someFacts = []Fact{
	{Sum: Sum{Cell: 3, Row: row(0, 1, -1, 300, 0, 70_000, 5)}},
	{Sum: Sum{Cell: 1, Row: row()}, Client: 9},
	{Sum: Sum{Cell: 3, Row: row(-1, -1, -1, -1, -1, 1<<62, -7)}},
}

func TestFactsReadAsWritten(t *testing.T) {
	b := AppendFacts(nil, someFacts)
	got, err := ReadFacts(b, 4, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(someFacts, got); diff != "" {
		t.Error(diff)
	}
}

// TestDamagedFacts cuts and changes bytes: an error, or facts of cells that
// exist, but no panic and nothing read beyond the end.
func TestDamagedFacts(t *testing.T) {
	whole := AppendFacts(nil, someFacts)
	for n := range whole {
		if _, err := ReadFacts(whole[:n], 4, nil); err == nil {
			t.Errorf("%d of %d bytes were read as facts", n, len(whole))
		}
		for v := range 256 {
			b := bytes.Clone(whole)
			b[n] = byte(v)
			facts, _ := ReadFacts(b, 4, nil)
			for _, f := range facts {
				if f.Cell < 0 || f.Cell >= 4 {
					t.Fatalf("byte %d as %d: cell %d", n, v, f.Cell)
				}
			}
		}
	}
	if _, err := ReadFacts(append(bytes.Clone(whole), 0), 4, nil); err == nil {
		t.Error("a byte too many was passed over")
	}
}

func TestSumsReadAsWritten(t *testing.T) {
	sums := []Sum{{Cell: 1, Row: row(5)}, {Cell: 2, Row: row()}, {Cell: 300, Row: row(-1, -1, -1, -1, -1, -9, 1<<40)}}
	b := AppendSums([]byte("before"), sums)[len("before"):]
	got, err := ReadSums(b, 301)
	if diff := cmp.Diff(sums, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
	marked := make([]bool, 301)
	if err := MarkCells(b, marked); err != nil || !marked[1] || !marked[2] || !marked[300] || marked[0] || marked[3] {
		t.Errorf("%v, marked %v", err, marked)
	}
	for name, damaged := range map[string][]byte{
		"a cell too large":     AppendSums(nil, []Sum{{Cell: 301}}),
		"too short":            b[:len(b)-1],
		"too long":             append(bytes.Clone(b), 0),
		"more than there are":  {100, 1, 0, 0},
		"an unknown counter":   {1, 1, 0xff, 0xff, 0xff, 0x7f, 0},
		"a number without end": {1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		if got, err := ReadSums(damaged, 301); err != ErrDamaged {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
		if err := MarkCells(damaged, make([]bool, 301)); err != ErrDamaged {
			t.Errorf("%s: marked, %v", name, err)
		}
	}
	if got, err := ReadSums(nil, 0); got != nil || err != nil {
		t.Errorf("no bytes: got %v, %v", got, err)
	}
	if got, err := ReadSums(AppendSums(nil, nil), 0); len(got) != 0 || err != nil {
		t.Errorf("no sums: got %v, %v", got, err)
	}
}

// TestReader reads a number, a byte and texts, and then what is not there.
func TestReader(t *testing.T) {
	b := AppendText(AppendText(append([]byte{200, 1, 7}, 9), "text"), []byte{})
	r := NewReader(b)
	if n, c := r.Uvarint(), r.Byte(); n != 200 || c != 7 {
		t.Errorf("got %d and %d", n, c)
	}
	if n := r.Varint(); n != -5 { // 9 is -5 zigzag
		t.Errorf("got %d", n)
	}
	if s := r.Text(); string(s) != "text" || cap(s) != len(s) {
		t.Errorf("got %q with room for %d", s, cap(s))
	}
	if s := r.Text(); s != nil {
		t.Errorf("an empty text is %v", s)
	}
	if err := r.End(); err != nil {
		t.Errorf("at the end: %v", err)
	}
	for name, read := range map[string]func(*Reader){
		"uvarint": func(r *Reader) { r.Uvarint() }, "varint": func(r *Reader) { r.Varint() }, "byte": func(r *Reader) { r.Byte() },
		"bytes": func(r *Reader) { r.Bytes(1) }, "text": func(r *Reader) { r.Text() },
	} {
		r := Reader{}
		if read(&r); !r.Bad || r.End() != ErrDamaged {
			t.Errorf("%s: nothing was read as something", name)
		}
	}
	r = NewReader([]byte{5, 'a'})
	if s := r.Text(); s != nil || !r.Bad || r.Uvarint() != 0 {
		t.Errorf("a text that ends early is %q", s)
	}
}
