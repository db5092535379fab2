package query

import (
	"context"
	"maps"
	"slices"

	"codegauge/internal/day"

	"github.com/RoaringBitmap/roaring/v2"
)

// span is the sets that parts of an answer are made of: which days of a week of a cell, as in
// Week.Days.
type span[P comparable] map[spanKey[P]]uint8

// spanKey is a week of a cell, SetKey.Day its Monday, and what it is a part of.
type spanKey[P comparable] struct {
	SetKey
	part P
}

// add adds a day.
func (s span[P]) add(part P, d day.Day, tool, cell int32) {
	monday := d.Week()
	s.addDays(part, monday, 1<<(d-monday), tool, cell)
}

// addDays adds days of a week, as in Week.Days.
func (s span[P]) addDays(part P, monday day.Day, days uint8, tool, cell int32) {
	s[spanKey[P]{SetKey{monday, tool, cell}, part}] |= days
}

// each yields sets that together are those of the span, each of them to all of its parts in
// turn. For a whole week in the range it yields one if it may, or what is left of the week day
// by day.
func (s span[P]) each(ctx context.Context, r Rollups, of Entities, weeks day.Range, yield func(P, *roaring.Bitmap)) error {
	weeks = day.Range{From: (weeks.From + 6).Week(), To: (weeks.To + 1).Week() - 1}
	cells := map[int32]bool{}
	for k := range s {
		if weeks.Contains(k.Day) {
			cells[k.Cell] = true
		}
	}
	var whole Weeks
	if len(cells) > 0 {
		var err error
		if whole, err = r.Weeks(ctx, of, weeks, slices.Collect(maps.Keys(cells))); err != nil {
			return err
		}
	}
	type month struct {
		days  day.Range
		cells map[int32]bool
	}
	weekly, left, months := map[SetKey][]P{}, map[SetKey][]P{}, map[day.Day]month{}
	for k, days := range s {
		if weeks.Contains(k.Day) {
			if week := whole[k.SetKey]; week.Days&^days != 0 { // others than those of the span
				days &= week.Days
			} else {
				if days = 0; week.People != nil {
					weekly[k.SetKey] = append(weekly[k.SetKey], k.part)
				}
			}
		}
		for d := k.Day; days != 0; d, days = d+1, days>>1 {
			if days&1 == 0 {
				continue
			}
			at := SetKey{d, k.Tool, k.Cell}
			left[at] = append(left[at], k.part)
			m, ok := months[d.Month()]
			if !ok {
				m = month{day.Range{From: d, To: d}, map[int32]bool{}}
			}
			m.days, m.cells[k.Cell] = m.days.Join(day.Range{From: d, To: d}), true
			months[d.Month()] = m
		}
	}
	for at, parts := range weekly {
		for _, part := range parts {
			yield(part, whole[at].People)
		}
	}
	for _, m := range months {
		sets, err := r.Sets(ctx, of, m.days, slices.Collect(maps.Keys(m.cells)))
		if err != nil {
			return err
		}
		for at, set := range sets {
			for _, part := range left[at] {
				yield(part, set)
			}
		}
	}
	return nil
}
