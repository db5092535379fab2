package sqlstore

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"codegauge/internal/copilot"
	"codegauge/internal/merge"
	"codegauge/internal/metric"
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
		rows[i] = merge.Row{Key: merge.Key{Account: account}, Layer: r.IntN(3), Figures: append(randomTotals(r), text()...), Passthrough: text(), Envelope: text()}
	}
	return rows
}

// randomTotals are the totals of a record that says nothing else.
func randomTotals(r *rand.Rand) []byte {
	rec := &report.Record{Flags: report.Flags{Known: uint16(r.IntN(1 << 10)), Value: uint16(r.IntN(1 << 10))}}
	e := &copilot.Encoder{LinesUnknown: r.IntN(5) == 0, Substituted: r.IntN(5) == 0}
	if r.IntN(2) == 0 {
		phase := r.Int64N(300)
		rec.Phase = &phase
	}
	for c := range metric.Counter(metric.NumRecordCounters) {
		if r.IntN(3) > 0 {
			e.Totals.Set(c, r.Int64N(1<<r.IntN(40))-2)
		}
	}
	b := appendFigures(nil, rec, e)
	return b[:lenTotals(b)]
}

// sameRows compares rows, of which none and an empty text are the same.
func sameRows(a, b []merge.Row) bool {
	return slices.EqualFunc(a, b, func(a, b merge.Row) bool {
		return a.Key == b.Key && a.Layer == b.Layer && a.Same(&b) && string(a.Envelope) == string(b.Envelope)
	})
}

// upToParts are rows without what is in other parts of a block.
func upToParts(rows []merge.Row, upTo parts) []merge.Row {
	rows = slices.Clone(rows)
	for i := range rows {
		if r := &rows[i]; upTo < whole {
			r.Passthrough, r.Envelope = nil, nil
			if upTo < withFacts {
				r.Figures = r.Figures[:lenTotals(r.Figures)]
			}
		}
	}
	return rows
}

// TestBlocks reads random blocks whole and in part, as they were written and with a bit of each
// part changed: whoever reads the part finds that, and nobody else.
func TestBlocks(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	for range 300 {
		rows := randomRows(r, 1+r.IntN(300))
		b := encodeBlock(report.UserDay, rows)
		var accounts []int32
		var some []merge.Row
		for _, row := range rows {
			if r.IntN(20) == 0 {
				accounts, some = append(accounts, row.Account), append(some, row)
			} else if r.IntN(20) == 0 {
				accounts = append(accounts, row.Account+10_000) // not there
			}
		}
		slices.Sort(accounts)
		bits := [...]*[]byte{totalsAlone: &b.totals, withFacts: &b.facts, whole: &b.rest}
		for upTo := range parts(len(bits)) {
			got, err := b.appendRows(nil, report.UserDay, nil, upTo)
			if err != nil || !sameRows(got, upToParts(rows, upTo)) {
				t.Fatalf("seed %d: a block of %d rows is read as another: %v", seed, len(rows), err)
			}
			if len(accounts) > 0 {
				got, err = b.appendRows(nil, report.UserDay, accounts, upTo)
				if err != nil || !sameRows(got, upToParts(some, upTo)) {
					t.Fatalf("seed %d: of %d rows other ones are read: %v", seed, len(rows), err)
				}
			}
		}
		for damaged, part := range bits {
			was := *part
			at := r.IntN(len(was))
			*part = slices.Clone(was)
			(*part)[at] ^= 1 << r.IntN(8)
			for upTo := range parts(len(bits)) {
				_, err := b.appendRows(nil, report.UserDay, nil, upTo)
				if found := errors.Is(err, errDamaged); found != (upTo >= parts(damaged)) || err != nil && !found {
					t.Fatalf("seed %d: byte %d of %d of part %d is another, and part %d is read: %v", seed, at, len(was), damaged, upTo, err)
				}
			}
			*part = appendChecksum((*part)[:len(was)-4]) // as no writer has written it: no panic
			_, _ = b.appendRows(nil, report.UserDay, nil, whole)
			*part = was
		}
	}
}

// FuzzBlock reads blocks that no writer has written: as rows, or as damaged, never a panic.
func FuzzBlock(f *testing.F) {
	b := encodeBlock(report.UserDay, randomRows(rand.New(rand.NewPCG(1, 1)), 100))
	head, err := unpack(nil, b.totals[1:len(b.totals)-4])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(head, b.facts[:len(b.facts)-4], b.rest[:len(b.rest)-4])
	f.Fuzz(func(t *testing.T, head, facts, rest []byte) {
		b := block{appendChecksum(packer.EncodeAll(head, []byte{blockForm})), appendChecksum(facts), appendChecksum(rest)}
		for _, kind := range []report.Kind{report.UserDay, report.UserTeam, report.RepoDay} {
			all, err := b.appendRows(nil, kind, nil, whole)
			if err != nil && !errors.Is(err, errDamaged) {
				t.Fatal(err)
			}
			var accounts []int32
			for i := range all {
				accounts = append(accounts, all[i].Account)
			}
			some, someErr := b.appendRows(nil, kind, accounts, withFacts)
			if someErr != nil && !errors.Is(someErr, errDamaged) {
				t.Fatal(someErr)
			}
			if err == nil && slices.IsSorted(accounts) && !sameRows(some, upToParts(all, withFacts)) {
				t.Fatal("rows of their accounts are others than all of them")
			}
		}
	})
}
