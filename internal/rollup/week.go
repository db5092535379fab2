package rollup

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/query"
)

// WeekUnit is the sum of units of an ISO week that are alike but for their days.
type WeekUnit struct {
	Unit
	// Days are those that it is the sum of: bit 0 is Monday, which the unit's Day is. They
	// are 0 for a unit of its Day alone.
	Days uint8
}

// weekKey is what units have in common that are added up.
type weekKey struct {
	entity, organization int64
	tool                 int32
	origin               query.Origin
	preferred            bool
	day                  day.Day // of one that is not added up
}

// SumWeek adds up the units of organizations or teams in an ISO week, by entity, tool and
// origin, in that order. What an origin that names nobody states is not added up: numbers of
// people are of a day. Neither are units whose sum would overflow 64 bits, which questions are
// to find out.
func SumWeek(units []Unit, cells int) ([]WeekUnit, error) {
	list := map[weekKey][]*Unit{}
	for i := range units {
		u := &units[i]
		k := weekKey{u.Entity, u.Organization, u.Tool, u.Origin, u.Preferred, 0}
		if !u.Origin.HasMembers(u.Level) {
			k.day = u.Day
		}
		list[k] = append(list[k], u)
	}
	out := make([]WeekUnit, 0, len(list))
	for k, days := range list {
		w, err := sumUnits(days, cells)
		switch {
		case errors.Is(err, errTooLarge):
			for _, u := range days {
				out = append(out, WeekUnit{Unit: *u})
			}
			continue
		case err != nil:
			return nil, fmt.Errorf("add up a week of entity %d: %w", k.entity, err)
		case k.day != 0:
			w.Day, w.Days = k.day, 0
		}
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b WeekUnit) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.Origin, b.Origin),
			cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Days, b.Days))
	})
	return out, nil
}

// sumUnits adds units up.
func sumUnits(days []*Unit, cells int) (WeekUnit, error) {
	w := WeekUnit{Unit: Unit{Level: days[0].Level, Unit: days[0].Unit}}
	w.Day, w.Totals, w.Records, w.LinesUnknown, w.Substituted = w.Day.Week(), cube.Vector{}, 0, 0, 0
	for _, u := range days {
		w.Days |= 1 << (u.Day - w.Day)
		w.Records, w.LinesUnknown, w.Substituted = w.Records+u.Records, w.LinesUnknown+u.LinesUnknown, w.Substituted+u.Substituted
		if !w.Totals.Add(&u.Totals) {
			return w, errTooLarge
		}
	}
	for b := range w.Cells {
		var err error
		if w.Cells[b], err = sumCells(days, b, cells); err != nil {
			return w, err
		}
	}
	return w, nil
}

// sumCells adds up the cells of one breakdown of units.
func sumCells(units []*Unit, breakdown, cells int) ([]byte, error) {
	var all []cube.Sum
	for _, u := range units {
		sums, err := cube.ReadSums(u.Cells[breakdown], cells)
		if err != nil {
			return nil, err
		}
		all = append(all, sums...)
	}
	if len(all) == 0 {
		return nil, nil
	}
	slices.SortFunc(all, func(a, b cube.Sum) int { return cmp.Compare(a.Cell, b.Cell) })
	out := all[:1]
	for i := 1; i < len(all); i++ {
		last := &out[len(out)-1]
		if all[i].Cell != last.Cell {
			out = append(out, all[i])
		} else if !last.Add(&all[i].Row) {
			return nil, errTooLarge
		}
	}
	return cube.AppendSums(nil, out), nil
}
