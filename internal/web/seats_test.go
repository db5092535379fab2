package web

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/question"
	"codegauge/internal/web/webtest"
)

const seatsPage = "/enterprises/acme/insights/seats"

// TestSeats lists those to act on first, says what they cost and who says so, and records
// every view of names and every export.
func TestSeats(t *testing.T) {
	a, data := &webtest.Privacy{}, webtest.New()
	created := day.Day(data.Today() - 90).Time()
	data.Seats = &question.SeatUse{AsOf: data.Today(), Shown: true, Total: question.SeatCounts{Assigned: 30, Cost: 3900 + 28*1900, Unpriced: 1,
		Groups: map[question.SeatGroup]int{question.SeatActive: 1, question.SeatUnused: 28, question.SeatInactive: 1}}}
	for i := range 28 {
		data.Seats.Seats = append(data.Seats.Seats, question.SeatState{Name: fmt.Sprintf("idle%02d", i), Seat: directory.Seat{Plan: "business", Created: created}, Held: 90, Group: question.SeatUnused, Price: 1900})
	}
	data.Seats.Seats = append(data.Seats.Seats,
		question.SeatState{Name: "away", Seat: directory.Seat{Plan: "enterprise", Created: created}, Held: 90, Group: question.SeatInactive, Price: 3900, Last: data.Today() - 40, LastSource: "seat", LastClient: "vscode/1.104.0/copilot-chat/0.31.0"},
		question.SeatState{Name: "busy", Held: -1, Group: question.SeatActive, Last: data.Today(), LastSource: "records"})
	web, err := New(data, Options{StageDir: t.TempDir(), Privacy: a})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.Close() })
	h := serveAll(web)
	text := words(webtest.Get(t, h, seatsPage).Body.String())
	for _, want := range []string{"29 of 30 seats could be taken back · 571 USD a month, not counting 1 seat on plans without a price", "1 &#43; 0 &#43; 0 &#43; 0 &#43; 28 &#43; 1 = 30 seats, each in one group",
		"idle00 – 22 May 2026 90 days business 19 USD a month None on record No activity on record", "1 to 25 of 29"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, "busy") || strings.Contains(text, "idle27") {
		t.Error("the page names people who are not on it")
	}
	if len(a.Looked) != 1 || len(a.Looked[0]) != 25 || a.Looked[0][0] != "idle00" {
		t.Errorf("looked at %v", a.Looked)
	}
	text = words(webtest.Get(t, h, seatsPage+"?state=inactive").Body.String())
	if !strings.Contains(text, "away – 22 May 2026 90 days enterprise 39 USD a month 11 Jul 2026 by the seat, VS Code 1.104.0 Inactive") {
		t.Errorf("got %s", text)
	}
	if len(a.Looked) != 2 || !slices.Equal(a.Looked[1], []string{"away"}) {
		t.Errorf("looked at %v", a.Looked)
	}
	w := webtest.Get(t, h, seatsPage+"/export?state=inactive")
	if got, want := w.Header().Get("Content-Disposition"), `attachment; filename="codegauge-acme-seats-inactive-2026-08-20.csv"`; got != want {
		t.Errorf("the file is %s, want %s", got, want)
	}
	if got, want := w.Body.String(), strings.Join([]string{"user,organization,team,plan,price_usd_month,created,held_days,last_activity,last_activity_source,last_client,pending_cancellation_date,group,below_minimum_version",
		"away,,,enterprise,39.00,2026-05-22,90,2026-07-11,seat,vscode/1.104.0/copilot-chat/0.31.0,,inactive,false", ""}, "\n"); got != want {
		t.Errorf("got %s", got)
	}
	if len(a.Taken) != 1 || !strings.Contains(a.Taken[0], "Inactive") {
		t.Errorf("exported %v", a.Taken)
	}
}

// TestSeatsOfFewPeople: who may not view people sees no list and no group of few.
func TestSeatsOfFewPeople(t *testing.T) {
	a, data := &webtest.Privacy{}, webtest.New()
	data.Seats = &question.SeatUse{AsOf: data.Today(), Minimum: 5, Total: question.SeatCounts{Assigned: 20, Groups: map[question.SeatGroup]int{question.SeatActive: 14, question.SeatNew: 0, question.SeatCancelling: 0, question.SeatUncertain: 0}},
		Folded: []question.SeatGroup{question.SeatUnused, question.SeatInactive}}
	web, err := New(data, Options{StageDir: t.TempDir(), Privacy: a})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.Close() })
	text := words(webtest.Get(t, serveAll(web), seatsPage).Body.String())
	for _, want := range []string{"– 20 seats; how many could be taken back is hidden, because they are few", "Other groups 6 fewer than 5 people each"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "CSV") || len(a.Looked) > 0 {
		t.Error("the page lists people")
	}
}
