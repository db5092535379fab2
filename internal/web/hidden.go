package web

import (
	"context"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/fault"
)

// hiddenGroup is the page of a group that the service does not show, nil for
// every other error.
func (b *builder) hiddenGroup(err error) *Empty {
	if fault.KindOf(err) != fault.Forbidden {
		return nil
	}
	e := b.empty("small", nil)
	e.Message = b.web.message(fault.Forbidden, err)
	return e
}

// wholeWeeks makes the window of a page about teams whole ISO weeks for viewers
// who may not view people: the service shows them no others, because windows
// that differ by a day would show that day. The window ends with the last Sunday in it and is as many weeks long as it has begun.
func (b *builder) wholeWeeks(ctx context.Context) error {
	if access.Of(b.request.Context()).ViewsPeople(b.entity) {
		return nil
	}
	st, err := b.web.data.Status(ctx, b.state.Words(day.Range{}))
	if err != nil || st.Range.Len() == 0 {
		return err
	}
	b.weeks = true
	weeks := max(1, st.Range.Len()/7)
	monday := (st.Range.To + 1).Week()
	r := day.Range{From: monday - day.Day(7*weeks), To: monday - 1}
	at := func(s *State) { s.Days, s.From, s.To = 0, r.From.String(), r.To.String() }
	b.effective = b.effective.With(at)
	return nil
}
