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
