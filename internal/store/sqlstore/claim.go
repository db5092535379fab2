package sqlstore

import (
	"cmp"
	"slices"

	"codegauge/internal/merge"
)

// claims are what one source says of people on a day with a tool, in one kind of data.
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

// effective yields the claims of all sources and kinds of data about a tool and whether each
// gives the values: of the kinds that have a claim on a person the first by rank, and within
// it, of each account, what newest says. It returns of how many accounts two sources of one
// kind say different figures.
func effective(all []claims, person func(account int32) int32, yield func(s stream, row *merge.Row, counts bool) error) (disagreeing int, err error) {
	slices.SortStableFunc(all, func(a, b claims) int { return cmp.Compare(a.stream.data.Rank(), b.stream.data.Rank()) })
	covered := map[int32]bool{} // by the kinds before
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].stream.data == all[0].stream.data {
			n++
		}
		var met []int32
		differ, err := newest(all[:n], func(s stream, row *merge.Row, counts bool) error {
			if n == len(all) && len(covered) == 0 { // of one kind alone
				return yield(s, row, counts)
			}
			who := person(row.Account)
			met = append(met, who)
			return yield(s, row, counts && !covered[who])
		})
		if err != nil {
			return 0, err
		}
		for _, who := range met {
			covered[who] = true
		}
		disagreeing, all = disagreeing+differ, all[n:]
	}
	return disagreeing, nil
}

// newest yields the claims of all sources of one kind of data and whether each is the one of
// its account that counts: the one of the highest version; of equal ones the enterprise's
// own, then that of the source with the lowest number. It returns how many accounts two
// sources say different figures of.
func newest(all []claims, yield func(s stream, row *merge.Row, counts bool) error) (disagreeing int, err error) {
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
	x, _, err := readFigures(a.Figures)
	if err != nil {
		return false, err
	}
	y, _, err := readFigures(b.Figures)
	return x.Vector == y.Vector, err
}
