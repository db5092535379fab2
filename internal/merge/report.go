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
// returns how many others there were. It sorts rows.
func Reports(id int64, rows []Incoming) (reports []Report, copies int) {
	slices.SortFunc(rows, func(a, b Incoming) int {
		return cmp.Or(cmp.Compare(a.Version, b.Version), a.Key.Compare(b.Key), cmp.Compare(a.Seq, b.Seq))
	})
	for i := 0; i < len(rows); {
		end := i
		for end < len(rows) && rows[end].Version == rows[i].Version {
			end++
		}
		r := Report{Import: id, Version: rows[i].Version, Rows: make([]Row, 0, end-i)}
		spans := map[Span]int{}
		for ; i < end; i++ {
			if i+1 < end && rows[i].Key == rows[i+1].Key {
				copies++
				continue
			}
			spans[rows[i].Span] = 0
			r.Rows = append(r.Rows, rows[i].Row)
			r.Rows[len(r.Rows)-1].Layer = i // until the spans are in order
		}
		for n, s := range slices.SortedFunc(maps.Keys(spans), Span.compare) {
			spans[s] = n
			r.Layers = append(r.Layers, Layer{Import: id, Version: r.Version, Span: s})
		}
		for n := range r.Rows {
			r.Rows[n].Layer = spans[rows[r.Rows[n].Layer].Span]
		}
		reports = append(reports, r)
	}
	return reports, copies
}
