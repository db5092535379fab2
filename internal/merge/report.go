package merge

import (
	"cmp"
	"maps"
	"slices"
)

// Incoming is a row of an import that is to become part of a Report.
type Incoming struct {
	Row
	Version int64
	Span    Span
	// Seq is the row's place in the input.
	Seq int64
}

// Reports groups an import's rows of one report day by version, in ascending order. Of
// several rows with the same key and version it uses the last; copies is the number of
// others.
func Reports(id int64, rows []Incoming) (reports []Report, copies int) {
	order := make([]*Incoming, len(rows)) // sorting pointers is cheaper: rows are large
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
		spans := map[Span]int{} // the index of each span's layer
		rowSpans := make([]Span, 0, end-i)
		for ; i < end; i++ {
			if i+1 < end && order[i].Key == order[i+1].Key {
				copies++
				continue
			}
			spans[order[i].Span] = 0
			rowSpans = append(rowSpans, order[i].Span)
			r.Rows = append(r.Rows, order[i].Row)
		}
		for n, s := range slices.SortedFunc(maps.Keys(spans), Span.compare) {
			spans[s] = n
			r.Layers = append(r.Layers, Layer{Import: id, Version: r.Version, Span: s})
		}
		if len(spans) > 1 {
			for n := range r.Rows {
				r.Rows[n].Layer = spans[rowSpans[n]]
			}
		}
		reports = append(reports, r)
	}
	return reports, copies
}
