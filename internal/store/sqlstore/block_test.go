package sqlstore

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"codegauge/internal/merge"
	"codegauge/internal/report"
)

// randomRows are rows of a block, in order.
func randomRows(r *rand.Rand, n int) []merge.Row {
	text := func() []byte {
		b := make([]byte, r.IntN(40))
		for i := range b {
			b[i] = byte(r.IntN(4))
		}
		return b
	}
	rows := make([]merge.Row, n)
	account := int32(r.IntN(1000))
	for i := range rows {
		account += int32(1 + r.IntN(3))
		rows[i] = merge.Row{Key: merge.Key{Account: account}, Layer: r.IntN(3), Figures: text(), Passthrough: text(), Envelope: text()}
	}
	return rows
}

// sameRows compares rows, of which none and an empty text are the same.
func sameRows(a, b []merge.Row) bool {
	return slices.EqualFunc(a, b, func(a, b merge.Row) bool {
		return a.Key == b.Key && a.Layer == b.Layer && a.Same(&b) && string(a.Envelope) == string(b.Envelope)
	})
}

func TestBlocks(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	for range 300 {
		rows := randomRows(r, 1+r.IntN(300))
		body, end := encodeBlock(report.UserDay, rows)
		got, err := decodeBlock(report.UserDay, body)
		if err != nil || !sameRows(got, rows) {
			t.Fatalf("seed %d: a block of %d rows is read as another: %v", seed, len(rows), err)
		}
		var accounts []int32
		var want []merge.Row
		for _, row := range rows {
			row.Passthrough, row.Envelope = nil, nil
			if r.IntN(20) == 0 {
				accounts, want = append(accounts, row.Account), append(want, row)
			} else if r.IntN(20) == 0 {
				accounts = append(accounts, row.Account+10_000) // not there
			}
		}
		slices.Sort(accounts)
		for _, b := range [][]byte{body, body[:end]} {
			some, err := figuresOf(report.UserDay, b, accounts)
			if err != nil || !sameRows(some, want) {
				t.Fatalf("seed %d: of %d rows other ones are read: %v", seed, len(rows), err)
			}
			at := r.IntN(len(b))
			b = slices.Clone(b)
			b[at] ^= 1 << r.IntN(8)
			if _, err := figuresOf(report.UserDay, b, accounts); !errors.Is(err, errDamaged) {
				t.Fatalf("seed %d: byte %d of %d is another: %v", seed, at, len(b), err)
			}
			b = appendChecksum(b[:len(b)-4]) // as no writer has written it: no panic
			_, _ = figuresOf(report.UserDay, b, accounts)
			_, _ = decodeBlock(report.UserDay, b)
		}
	}
}

// FuzzBlock reads blocks that no writer has written: as rows, or as damaged, never a panic.
func FuzzBlock(f *testing.F) {
	body, end := encodeBlock(report.UserDay, randomRows(rand.New(rand.NewPCG(1, 1)), 100))
	f.Add(body[:len(body)-4])
	f.Add(body[:end-4])
	f.Fuzz(func(t *testing.T, b []byte) {
		b = appendChecksum(b)
		all, err := decodeBlock(report.UserDay, b)
		if err != nil && !errors.Is(err, errDamaged) {
			t.Fatal(err)
		}
		var accounts []int32
		for i := range all {
			accounts = append(accounts, all[i].Account)
		}
		some, someErr := figuresOf(report.UserDay, b, accounts)
		if someErr != nil && !errors.Is(someErr, errDamaged) {
			t.Fatal(someErr)
		}
		if err == nil && slices.IsSorted(accounts) && len(slices.Compact(accounts)) == len(all) {
			for i := range some {
				if !reflect.DeepEqual(some[i].Figures, all[i].Figures) {
					t.Fatal("figures of one account are others than those of all")
				}
			}
		}
	})
}
