package sqlstore

import (
	"cmp"
	"slices"

	"codegauge/internal/merge"
)

// claims are what one source says of people on a day with a tool.
type claims struct {
	stream stream
	// own says that the source is the enterprise itself.
	own    bool
	layers []merge.Layer
	rows   []merge.Row // by account
}

func claimsOf(s stream, enterprise int64, d *merge.ReportDay) claims {
	return claims{stream: s, own: s.source == enterprise, layers: d.Layers, rows: d.Rows}
}

// effective yields the claims of all sources about a tool and whether each gives the
// values: the one of the highest version; of equal ones the enterprise's own, then
// that of the source with the lowest number. It returns how many accounts two
// sources say different figures of.
func effective(all []claims, yield func(s stream, row *merge.Row, counts bool) error) (disagreeing int, err error) {
	if len(all) == 1 {
		for i := range all[0].rows {
			if err := yield(all[0].stream, &all[0].rows[i], true); err != nil {
				return 0, err
			}
		}
		return 0, nil
	}
	slices.SortFunc(all, func(a, b claims) int {
		own := func(c claims) int {
			if c.own {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(own(a), own(b)), cmp.Compare(a.stream.source, b.stream.source))
	})
	at := make([]int, len(all))
	for {
		account, found := int32(0), false
		for i, c := range all {
			if at[i] < len(c.rows) && (!found || c.rows[at[i]].Account < account) {
				account, found = c.rows[at[i]].Account, true
			}
		}
		if !found {
			return disagreeing, nil
		}
		best, version, differ := -1, int64(0), false
		for i, c := range all {
			if at[i] == len(c.rows) || c.rows[at[i]].Account != account {
				continue
			}
			row := &c.rows[at[i]]
			if best >= 0 {
				same, err := sameTotals(row, &all[best].rows[at[best]])
				if err != nil {
					return 0, err
				}
				differ = differ || !same
			}
			if v := c.layers[row.Layer].Version; best < 0 || v > version {
				best, version = i, v
			}
		}
		if differ {
			disagreeing++
		}
		for i, c := range all {
			if at[i] < len(c.rows) && c.rows[at[i]].Account == account {
				if err := yield(c.stream, &c.rows[at[i]], i == best); err != nil {
					return 0, err
				}
				at[i]++
			}
		}
	}
}

func sameTotals(a, b *merge.Row) (bool, error) {
	x, err := readFigures(a.Figures)
	if err != nil {
		return false, err
	}
	y, err := readFigures(b.Figures)
	return x.totals == y.totals, err
}
