package question_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"

	"github.com/google/go-cmp/cmp"
)

// seatedAt returns the time of a day.
func seatedAt(text string) time.Time { return producttest.Must(day.Parse(text)).Time() }

// TestSeatUse: seats are judged by the later of what they say and what records say, on
// any surface, and only where records reach over the last 28 days.
func TestSeatUse(t *testing.T) {
	w := newWorld(t)
	w.SetSeatPrices(map[string]int64{"business": 1900})
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-20", 10, 1, ideRow("vscode", "1.102.0", "copilot-chat", "0.29.0")),
		reporttest.User(6, "2026-11-20", 10, 1, `"used_cli":true`), reporttest.User(8, "2026-10-10", 10, 1), reporttest.User(9, "2026-11-20", 1, 0))
	e, err := w.Entity(t.Context(), question.Parameters{})
	if err != nil {
		t.Fatal(err)
	}
	if use, err := w.SeatUse(t.Context(), question.Parameters{}); use != nil || err != nil {
		t.Errorf("without seats: %+v, %v", use, err)
	}
	old := seatedAt("2026-01-01")
	seats := []directory.Seat{
		{UserID: "1", Login: "ann", Created: old, LastActivity: seatedAt("2026-07-01")}, // the record is later
		{UserID: "2", Login: "ben", Created: old, Plan: "business"},
		{UserID: "3", Login: "cy", Created: old, LastActivity: seatedAt("2026-10-24")}, // the 28th day
		{UserID: "4", Login: "di", Created: old, LastActivity: seatedAt("2026-10-23"), Plan: "other"},
		{UserID: "5", Login: "ed", Created: seatedAt("2026-10-24")},                    // held for 27 days
		{UserID: "6", Login: "U6", Created: old, LastActivity: seatedAt("2026-10-01")}, // the record is later, and of no editor
		{UserID: "7", Login: "flo", Created: old, Body: []byte(`{"pending_cancellation_date":"2026-12-01"}`)},
		{UserID: "8", Login: "u8", Created: old, Plan: "business"}, // GitHub has forgotten, the records have not
		{UserID: "10", Login: "gil"}, // nobody knows since when
		{UserID: "11", Login: "hal", Created: seatedAt("2026-10-23"), Plan: "business"}, // held for 28 days
	}
	if err := w.Dir.PutSeats(t.Context(), e.ID, 0, seatedAt("2026-11-20"), seats); err != nil {
		t.Fatal(err)
	}
	use, err := w.SeatUse(t.Context(), question.Parameters{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := use.AsOf.String(), "2026-11-20"; got != want {
		t.Errorf("as of %s, want %s", got, want)
	}
	got := map[string]string{}
	for _, s := range use.Seats {
		got[s.Name] = strings.TrimSpace(fmt.Sprintf("%s %s %s", s.Group, s.LastSource, s.LastClient))
	}
	want := map[string]string{"ann": "active records VS Code 1.102.0", "ben": "unused", "cy": "active seat", "di": "inactive seat", "ed": "new",
		"U6": "active records", "flo": "cancelling", "u8": "inactive records", "gil": "uncertain", "hal": "unused"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	total := question.SeatCounts{Assigned: 10, Below: 1, Cost: 3 * 1900, Unpriced: 1, Groups: map[question.SeatGroup]int{question.SeatActive: 3, question.SeatNew: 1, question.SeatCancelling: 1, question.SeatUncertain: 1, question.SeatUnused: 2, question.SeatInactive: 2}}
	if diff := cmp.Diff(total, use.Total); diff != "" {
		t.Errorf("total (-want +got):\n%s", diff)
	}
	if *use.Unseated != 1 || use.ElsewhereSeen != 2 {
		t.Errorf("%d active without a seat, %d by records alone; want 1 and 2", *use.Unseated, use.ElsewhereSeen)
	}
}

// TestSeatsOfIncompleteRecords: who is in no record that ends early may have been active.
func TestSeatsOfIncompleteRecords(t *testing.T) {
	w := newWorld(t)
	for org, last := range map[string]string{"late": "2026-11-10", "whole": "2026-11-21"} {
		w.Load(intake.Request{Enterprise: "acme", Org: org}, reporttest.User(1, "2026-10-01", 1, 0), reporttest.User(1, last, 1, 0))
		w.Load(intake.Request{Enterprise: "acme", Org: org, Data: "telemetry"}, reporttest.User(1, "2026-11-21", 1, 0)) // which is not of everybody
		e, err := w.Entity(t.Context(), question.Parameters{Org: org})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Dir.PutSeats(t.Context(), e.Enterprise, e.ID, seatedAt("2026-11-21"), []directory.Seat{{UserID: "of " + org, Organization: e.ID, Created: seatedAt("2026-01-01")}}); err != nil {
			t.Fatal(err)
		}
	}
	use, err := w.SeatUse(t.Context(), question.Parameters{})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(use.Seats[0].UserID, " ", use.Seats[0].Group, ", ", use.Seats[1].UserID, " ", use.Seats[1].Group); got != "of late uncertain, of whole unused" {
		t.Errorf("got %s", got)
	}
}

// TestSeatsOfTeam lists the seats that were assigned through a team, to those who may
// view people alone.
func TestSeatsOfTeam(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme", Org: "web"}, reporttest.User(1, "2026-11-20", 1, 0), `{"day":"2026-11-20","user_id":1,"organization_id":"7","team_id":"70","slug":"ui"}`)
	e, err := w.Entity(t.Context(), question.Parameters{Org: "web"})
	if err != nil {
		t.Fatal(err)
	}
	var seats []directory.Seat
	for i := range 6 {
		seats = append(seats, directory.Seat{UserID: fmt.Sprint(i + 1), Organization: e.ID, Team: "ui"})
	}
	seats = append(seats, directory.Seat{UserID: "8", Organization: e.ID, Team: "ops"}, directory.Seat{UserID: "9", Organization: e.ID})
	if err := w.Dir.PutSeats(t.Context(), e.Enterprise, e.ID, seatedAt("2026-11-20"), seats); err != nil {
		t.Fatal(err)
	}
	// A team of the enterprise has the name of a team of the organization, and one seat.
	w.Load(intake.Request{Enterprise: "acme"}, `{"day":"2026-11-20","user_id":1,"team_id":"80","slug":"ops"}`)
	if err := w.Dir.PutSeats(t.Context(), e.Enterprise, 0, seatedAt("2026-11-20"), []directory.Seat{{UserID: "10", Team: "ops"}}); err != nil {
		t.Fatal(err)
	}
	if use, err := w.SeatUse(t.Context(), question.Parameters{Team: "ops"}); err != nil || use.Total.Assigned != 1 || use.Seats[0].UserID != "10" {
		t.Errorf("the enterprise's: %+v, %v", use, err)
	}
	of := question.Parameters{Org: "web", Team: "ui"}
	if use, err := w.SeatUse(t.Context(), of); err != nil || use.Total.Assigned != 6 || len(use.Seats) != 6 {
		t.Errorf("got %+v, %v", use, err)
	}
	if use, err := w.SeatUse(access.With(t.Context(), access.NewProgram(e.ID, access.ViewOrganization)), of); err != nil || !use.Small || use.Total.Assigned != 0 {
		t.Errorf("without the right to view people: %+v, %v", use, err)
	}
}

// TestFoldSeats: a group of few is not told, nor one that would be the rest of the total.
func TestFoldSeats(t *testing.T) {
	for _, c := range []struct{ active, fresh, unused, folded int }{
		{10, 5, 5, 0}, {10, 6, 3, 2}, {10, 2, 3, 2}, {10, 1, 0, 2}, {10, 0, 0, 0},
	} {
		counts := question.SeatCounts{Assigned: c.active + c.fresh + c.unused, Groups: map[question.SeatGroup]int{question.SeatActive: c.active, question.SeatNew: c.fresh, question.SeatUnused: c.unused}}
		out, folded := question.FoldSeats(counts, 5)
		if len(folded) != c.folded {
			t.Errorf("%+v: folded %v", c, folded)
		}
		for _, g := range folded {
			if _, told := out.Groups[g]; told {
				t.Errorf("%+v: %s is told", c, g)
			}
		}
	}
}

// TestSeatsElsewhere: the people of tools have seats that billing assigned, and one that
// the enterprise did.
func TestSeatsElsewhere(t *testing.T) {
	w := newWorld(t)
	people := func(first, last int) (out []string) {
		for i := first; i <= last; i++ {
			out = append(out, reporttest.User(i, "2026-11-20", 1, 0))
		}
		return out
	}
	w.Load(intake.Request{Enterprise: "acme", Org: "billing"}, people(90, 95)...)
	w.Load(intake.Request{Enterprise: "acme", Org: "tools"}, people(1, 7)...)
	entity := func(org string) directory.Entity {
		e, err := w.Entity(t.Context(), question.Parameters{Org: org})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	acme, billing, tools := entity(""), entity("billing"), entity("tools")
	put := func(owner, organization int64, ids ...string) {
		var seats []directory.Seat
		for _, id := range ids {
			seats = append(seats, directory.Seat{UserID: id, Login: "U" + id, Organization: organization})
		}
		if err := w.Dir.PutSeats(t.Context(), acme.ID, owner, producttest.Must(day.Parse("2026-11-20")).Time(), seats); err != nil {
			t.Fatal(err)
		}
	}
	asks := func(p *access.Principal) string {
		ctx := t.Context()
		if p != nil {
			ctx = access.With(ctx, p)
		}
		use, err := w.SeatUse(ctx, question.Parameters{Org: "tools"})
		switch {
		case err != nil:
			t.Fatal(err)
		case use == nil:
			return "nothing"
		case use.Small:
			return fmt.Sprintf("fewer than %d", use.Minimum)
		}
		out := fmt.Sprintf("%d here", use.Total.Assigned)
		if use.Elsewhere != nil {
			out += fmt.Sprintf(", %d of %d elsewhere", use.Elsewhere.Seated, use.Elsewhere.People)
			for _, by := range use.Elsewhere.By {
				out += fmt.Sprintf(", %s %d", by.Entity.Key(), by.People)
			}
		}
		return out
	}
	inTools := access.NewProgram(tools.ID, access.ViewOrganization, access.ViewPeople)
	everywhere := access.NewProgram(acme.ID, access.ViewEnterprise, access.ViewOrganization)
	expect := func(when, operator, tool, enterprise string) {
		t.Helper()
		for who, c := range map[string]struct {
			p    *access.Principal
			want string
		}{"the program itself": {nil, operator}, "who views tools and its people": {inTools, tool}, "who views all but people": {everywhere, enterprise}} {
			if got := asks(c.p); got != c.want {
				t.Errorf("%s, %s is told %q, want %q", when, who, got, c.want)
			}
		}
	}
	expect("without seats", "nothing", "nothing", "nothing")
	put(billing.ID, billing.ID, "90", "1", "2", "3", "4")
	expect("with four", "0 here, 4 of 7 elsewhere, billing 4", "nothing", "fewer than 5")
	put(billing.ID, billing.ID, "90", "1", "2", "3", "4", "5", "6")
	expect("with six", "0 here, 6 of 7 elsewhere, billing 6", "nothing", "0 here, 0 of 0 elsewhere, billing 0")
	put(acme.ID, 0, "7")
	put(tools.ID, tools.ID, "6")
	expect("with their own", "1 here, 6 of 7 elsewhere, billing 5, acme 1", "1 here", "fewer than 5")
}

func TestHideSmall(t *testing.T) {
	for _, c := range []struct {
		sizes         []int
		shown, hidden int
	}{
		{[]int{9, 8, 7}, 3, 0},
		{[]int{9, 3, 4}, 1, 7},
		{[]int{9, 3, 8}, 1, 11}, // 3 alone would be the total less the others
		{[]int{3}, 0, 3},
	} {
		var list []question.OrganizationSeats
		for i, n := range c.sizes {
			list = append(list, question.OrganizationSeats{Organization: directory.Entity{ID: int64(i + 1)}, SeatCounts: question.SeatCounts{Assigned: n}})
		}
		shown, hidden := question.HideSmall(list, 5)
		if len(shown) != c.shown || hidden.Assigned != c.hidden {
			t.Errorf("%v: %d are shown, %d hidden, want %d and %d", c.sizes, len(shown), hidden.Assigned, c.shown, c.hidden)
		}
	}
}

// TestSeatsOfFew asks as somebody who may not view people.
func TestSeatsOfFew(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme", Org: "pay"}, `{"user_id":1,"user_login":"ann","day":"2026-11-20","loc_added_sum":1}`)
	e, err := w.Entity(t.Context(), question.Parameters{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	for _, n := range []int{4, 5} {
		var seats []directory.Seat
		for i := range n {
			seats = append(seats, directory.Seat{UserID: fmt.Sprint(i + 1)})
		}
		if err := w.Dir.PutSeats(t.Context(), e.ID, 0, producttest.Must(day.Parse("2026-11-20")).Time(), seats); err != nil {
			t.Fatal(err)
		}
		use, err := w.SeatUse(ctx, question.Parameters{})
		if err != nil || use.Shown || use.Seats != nil || use.Small != (n < 5) || use.Small != (use.Total.Assigned == 0) {
			t.Errorf("%d seats: %+v, %v", n, use, err)
		}
		if count, err := w.SeatCount(ctx, question.Parameters{}); err != nil || (count == nil) != (n < 5) {
			t.Errorf("%d seats are counted as %v, %v", n, count, err)
		}
	}
}

// TestHiddenSeatsAreNotADifference asks for each organization alone.
func TestHiddenSeatsAreNotADifference(t *testing.T) {
	w := newWorld(t)
	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	sizes := map[string]int{"a": 9, "b": 8, "c": 3}
	for _, org := range []string{"a", "b", "c"} {
		w.Load(intake.Request{Enterprise: "acme", Org: org}, `{"user_id":1,"day":"2026-11-20","loc_added_sum":1}`)
		e, err := w.Entity(t.Context(), question.Parameters{Org: org})
		if err != nil {
			t.Fatal(err)
		}
		var seats []directory.Seat
		for i := range sizes[org] {
			seats = append(seats, directory.Seat{UserID: fmt.Sprint(org, i), Organization: e.ID})
		}
		if err := w.Dir.PutSeats(t.Context(), e.Enterprise, e.ID, producttest.Must(day.Parse("2026-11-20")).Time(), seats); err != nil {
			t.Fatal(err)
		}
	}
	all, err := w.SeatUse(ctx, question.Parameters{})
	if err != nil || len(all.Organizations) != 1 || all.Hidden.Assigned != 11 {
		t.Fatalf("%+v, %v", all, err)
	}
	for org, small := range map[string]bool{"a": false, "b": true, "c": true} {
		use, err := w.SeatUse(ctx, question.Parameters{Org: org})
		if err != nil || use.Small != small {
			t.Errorf("%s: %+v, %v", org, use, err)
		}
		if n, err := w.SeatCount(ctx, question.Parameters{Org: org}); err != nil || (n == nil) != small {
			t.Errorf("%s has %v seats, %v", org, n, err)
		}
		if hidden, err := w.SeatsHidden(ctx, question.Parameters{Org: org}); err != nil || hidden != small {
			t.Errorf("%s: hidden %t, %v", org, hidden, err)
		}
	}
}

// TestExportIsJudgedByItsDays takes away days of which people's records are known, and of
// which nobody knows more than how many were active.
func TestExportIsJudgedByItsDays(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for p := 1; p <= 10; p++ {
		lines = append(lines, reporttest.User(p, "2026-11-16", p, 0, `"enterprise_id":"9"`, `"organization_id":"8"`))
	}
	lines = append(lines, reporttest.User(1, "2026-03-02", 77, 0, `"enterprise_id":"9"`, `"organization_id":"8"`))
	for _, d := range []string{"2026-03-02", "2026-11-16"} {
		lines = append(lines, fmt.Sprintf(`{"day":%q,"organization_id":"8","loc_added_sum":77,"daily_active_users":1}`, d))
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	w.Load(intake.Request{Enterprise: "acme"}, `{"day":"2026-11-17","organization_id":"8","loc_added_sum":77,"daily_active_users":20}`, `{"day":"2026-11-18","organization_id":"8","loc_added_sum":77,"daily_active_users":19}`)
	for d, refused := range map[string]bool{"2026-03-02": true, "2026-11-16": true, "2026-11-17": false, "2026-11-18": true} {
		err := w.Export(ctx, question.ExportRequest{Enterprise: "acme", Org: "8", Report: "organization-1-day", Day: d}, &strings.Builder{})
		if (fault.KindOf(err) == fault.Forbidden) != refused || err != nil && !refused {
			t.Errorf("%s: %v, want it forbidden: %t", d, err, refused)
		}
	}
}

// TestSeatsByLogin: seats that a list without user ids brought are their holders' whom
// records name by that login, and nobody's whom several do.
func TestSeatsByLogin(t *testing.T) {
	w := newWorld(t)
	days := []string{"2026-10-20", "2026-11-20"}
	w.LoadDays(intake.Request{Enterprise: "acme"}, 9, days)
	w.Load(intake.Request{}, reporttest.User(1, "2026-11-20", 10, 1, ideRow("vscode", "1.102.0", "copilot-chat", "0.29.0")))
	e := producttest.Must(w.Entity(t.Context(), question.Parameters{}))
	seats := []directory.Seat{{Login: "U1"}, {Login: "gone", LastActivity: seatedAt("2026-09-01")}}
	if err := w.Dir.PutSeats(t.Context(), e.ID, 0, seatedAt("2026-11-20"), seats); err != nil {
		t.Fatal(err)
	}
	use := producttest.Must(w.SeatUse(t.Context(), question.Parameters{}))
	var got []string
	for _, s := range use.Seats {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %q %s %s %v", s.Name, s.UserID, s.Group, s.LastClient, s.Below)))
	}
	// Nobody knows since when the second is held: it may be new.
	want := []string{`gone "" uncertain  false`, `U1 "1" active VS Code 1.102.0 true`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if use.Total.Assigned != 2 || *use.Unseated != 1 {
		t.Errorf("%d seats, %d active without one; want 2 and 1", use.Total.Assigned, *use.Unseated)
	}
}

// TestSeatsOfOneLogin: seats of people who share a login are told apart by id, and each
// is judged by what its own holder did.
func TestSeatsOfOneLogin(t *testing.T) {
	w := newWorld(t)
	line := func(id, d string) string {
		return `{"user_id":` + id + `,"user_login":"same","day":"` + d + `","loc_added_sum":1,"loc_deleted_sum":0}`
	}
	w.Load(intake.Request{Enterprise: "acme"}, line("1", "2026-11-20"), line("2", "2026-09-01"), reporttest.User(9, "2026-10-01", 1, 0))
	e := producttest.Must(w.Entity(t.Context(), question.Parameters{}))
	old := seatedAt("2026-01-01")
	seats := []directory.Seat{{UserID: "1", Login: "same", Created: old}, {UserID: "2", Login: "same", Created: old}, {UserID: "3", Login: "Same", Created: old}}
	if err := w.Dir.PutSeats(t.Context(), e.ID, 0, seatedAt("2026-11-20"), seats); err != nil {
		t.Fatal(err)
	}
	use := producttest.Must(w.SeatUse(t.Context(), question.Parameters{}))
	var got []string
	for _, s := range use.Seats {
		got = append(got, fmt.Sprint(s.Name, " ", s.Group))
	}
	if want := []string{"same (id:1) active", "same (id:2) inactive", "Same (id:3) unused"}; !cmp.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
