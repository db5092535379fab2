package merge

import (
	"cmp"
	"maps"
	"slices"
)

// Incoming is a row of an import on its way into a Report.
type Incoming struct {
	Row
	Version int64
	Span    Span
	// Seq is the row's place in the input.
	Seq int64
}

// Reports makes the reports of a report day of what an import brings, in the order
// of their versions. Of several rows of one key and version the last counts; it
// returns how many others there were.
func Reports(id int64, rows []Incoming) (reports []Report, copies int) {
	order := make([]*Incoming, len(rows)) // rows are large: their places are sorted
	for i := range rows {
		order[i] = &rows[i]
	}
	slices.SortFunc(order, func(a, b *Incoming) int {
		if n := cmp.Compare(a.Version, b.Version); n != 0 {
			return n
		}
		if n := a.Key.Compare(b.Key); n != 0 {
			return n
		}
		return cmp.Compare(a.Seq, b.Seq)
	})
	for i := 0; i < len(order); {
		end := i
		for end < len(order) && order[end].Version == order[i].Version {
			end++
		}
		r := Report{Import: id, Version: order[i].Version, Rows: make([]Row, 0, end-i)}
		spans := map[Span]int{}
		from := make([]Span, 0, end-i) // of the rows
		for ; i < end; i++ {
			if i+1 < end && order[i].Key == order[i+1].Key {
				copies++
				continue
			}
			spans[order[i].Span] = 0
			from = append(from, order[i].Span)
			r.Rows = append(r.Rows, order[i].Row)
		}
		for n, s := range slices.SortedFunc(maps.Keys(spans), Span.compare) {
			spans[s] = n
			r.Layers = append(r.Layers, Layer{Import: id, Version: r.Version, Span: s})
		}
		if len(spans) > 1 {
			for n := range r.Rows {
				r.Rows[n].Layer = spans[from[n]]
			}
		}
		reports = append(reports, r)
	}
	return reports, copies
}
