package directorytest

import (
	"testing"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"

	gocmp "github.com/google/go-cmp/cmp"
)

// ownPlaces keeps who wants to see their place until they do not, or are erased, and what was
// told of some weeks until later ones are told of.
func ownPlaces(t *testing.T, p *place) {
	ctx := t.Context()
	acme, other := p.enterprise("acme"), p.enterprise("other")
	ann, bo := p.person(acme, "ann@acme.example"), p.person(acme, "bo@acme.example")
	want := func(who directory.Person, e directory.Entity, want bool) {
		t.Helper()
		if on, err := p.OwnPlace(ctx, who.ID, e.ID); err != nil || on != want {
			t.Errorf("person %d in %s: %t, %v; want %t", who.ID, e.Slug, on, err, want)
		}
	}
	for range 2 {
		p.ok("SetOwnPlace", p.SetOwnPlace(ctx, ann.ID, acme.ID, true))
	}
	p.ok("SetOwnPlace", p.SetOwnPlace(ctx, ann.ID, other.ID, true))
	p.ok("SetOwnPlace", p.SetOwnPlace(ctx, bo.ID, acme.ID, true))
	p.refused("the place of nobody", p.SetOwnPlace(ctx, 99, acme.ID, true), fault.NotFound)
	p.stop()
	p.start()
	want(ann, acme, true)
	p.ok("SetOwnPlace", p.SetOwnPlace(ctx, bo.ID, acme.ID, false))
	want(bo, acme, false)
	log, err := p.AuditLog(ctx, directory.AuditFilter{Enterprise: acme.ID, Action: "place.", Subject: bo.ID})
	if p.ok("AuditLog", err); len(log) != 2 || log[0].Action != "place.hidden" || log[1].Action != "place.shown" {
		t.Errorf("the log has %+v", log)
	}
	p.ok("Link", p.Link(ctx, []directory.Identity{{Enterprise: other.ID, Tool: "copilot", UserID: "1", Person: ann.ID, How: directory.LinkedByHand}}))
	p.ok("Erase", p.Erase(ctx, directory.Erasure{Enterprise: acme.ID, Person: ann.ID, Pseudonym: "p"}))
	want(ann, acme, false)
	want(ann, other, true)

	const weeks = day.Day(20000)
	quarters := func(e directory.Entity, from day.Day, want directory.QuarterBounds) {
		t.Helper()
		got, err := p.Quarters(ctx, e.ID, from)
		if p.ok("Quarters", err); !gocmp.Equal(got, want) {
			t.Errorf("quarters of %s from %d: %v, want %v", e.Slug, from, got, want)
		}
	}
	first, second := directory.QuarterBounds{"a": {1, 2, 3}, "b": {0, 0, 9}}, directory.QuarterBounds{"a": {4, 5, 6}}
	quarters(acme, weeks, nil)
	for _, b := range []directory.QuarterBounds{first, second} { // what was told first stays
		got, err := p.KeepQuarters(ctx, acme.ID, weeks, b)
		if p.ok("KeepQuarters", err); !gocmp.Equal(got, first) {
			t.Errorf("kept %v, want %v", got, first)
		}
	}
	quarters(acme, weeks, first)
	quarters(other, weeks, nil)
	_, err = p.KeepQuarters(ctx, acme.ID, weeks+28, second)
	p.ok("KeepQuarters", err)
	quarters(acme, weeks, nil)
	quarters(acme, weeks+28, second)
}
