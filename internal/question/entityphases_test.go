package question_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/intake"
	"codegauge/internal/question"

	"github.com/google/go-cmp/cmp"
)

// spread writes who is in which phase.
func spread(p question.PhaseDistribution) string {
	out := fmt.Sprint(p.Why, " ", p.FromRecords, ":")
	for _, x := range p.Phases {
		out += fmt.Sprintf(" %s %v/%d", x.Name, x.People, x.Computed)
	}
	return out
}

// newTeamWorld is a seatWorld in which organization b states phases to three days before the
// last, and has a team of the even people and one of few, through which seats were assigned.
func newTeamWorld(t *testing.T) *seatWorld {
	t.Helper()
	w := newSeatWorld(t, 4)
	var lines []string
	for d := seatLast - 55; d <= seatLast; d++ {
		if d <= seatLast-3 {
			lines = append(lines, fmt.Sprintf(`{"day":%q,"organization_id":"b","daily_active_users":60,"totals_by_ai_adoption_phase":[{"phase":"No Cohort","phase_number":0,"users_in_phase_28d":%d},{"phase":"Phase 2","phase_number":2,"users_in_phase_28d":31}]}`, d, int(seatLast-d)))
		}
		for id := 31; id <= 110; id++ {
			if id%2 == 0 {
				lines = append(lines, fmt.Sprintf(`{"user_id":%d,"user_login":"u%[1]d","day":%q,"organization_id":"b","team_id":700,"slug":"even"}`, id, d))
			}
			if id > 107 {
				lines = append(lines, fmt.Sprintf(`{"user_id":%d,"user_login":"u%[1]d","day":%q,"organization_id":"b","team_id":701,"slug":"few"}`, id, d))
			}
		}
	}
	w.Load(intake.Request{Enterprise: "acme", Org: "b"}, lines...)
	list, err := w.Dir.Entities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		w.entities[e.Key()] = e
	}
	return w
}

// TestEntityPhases compares with what Impact says of each organization and team, as readers
// who may view people and as readers who may not.
func TestEntityPhases(t *testing.T) {
	w := newTeamWorld(t)
	masked := access.NewProgram(w.entities["acme"].ID, access.ViewEnterprise, access.ViewOrganization, access.ViewTeam)
	told := map[string]bool{}
	for name, who := range map[string]*access.Principal{"operator": access.NewOperator(), "masked": masked} {
		ctx := access.With(context.Background(), who)
		for _, where := range [][]string{nil, {"feature=agent_edit"}, {"tool=" + "copilot"}} {
			for _, kind := range []directory.Kind{directory.Organization, directory.Team} {
				words := seatWords
				words.Where = where
				list, err := w.Entities(ctx, "acme", kind)
				if err != nil || len(list) != 2 {
					t.Fatalf("%d of kind %s, %v", len(list), kind, err)
				}
				got, err := w.EntityPhases(ctx, words, list)
				if err != nil {
					t.Fatal(err)
				}
				check := func(what string, p question.PhaseDistribution, words question.Parameters) {
					t.Helper()
					impact, err := w.Impact(ctx, words)
					if err != nil { // a team of few
						if p.Active != nil {
							t.Errorf("%s: %s of %s is told, but Impact says %v", name, what, where, err)
						}
						return
					}
					if diff := cmp.Diff(spread(impact.Phases), spread(p)); diff != "" {
						t.Errorf("%s: %s of %s: (-Impact +got)\n%s", name, what, where, diff)
					}
					told[strings.Join([]string{name, what, fmt.Sprint(p.FromRecords, p.Active != nil)}, " ")] = true
				}
				check("all", got.Whole, words)
				for _, e := range list {
					one := words
					if one.Org = e.Key(); kind == directory.Team {
						one.Org, one.Team = "b", e.Key()
					}
					check(e.Key(), got.Entities[e.ID], one)
				}
			}
		}
	}
	for _, want := range []string{"operator a true true", "operator b false true", "operator even true true", "operator few true true", "operator all true true", "masked b false true", "masked a true false", "masked even true false"} {
		if !told[want] {
			t.Errorf("no case is %q: %v", want, told)
		}
	}
}

// TestTeamSeats compares with plain loops: seats that were assigned through a team, and who of
// their holders was active.
func TestTeamSeats(t *testing.T) {
	w := newTeamWorld(t)
	b := w.entities["b"]
	seats, held := []directory.Seat{}, map[int]bool{}
	for id := range w.seats["b"] {
		seat := directory.Seat{Organization: b.ID, UserID: fmt.Sprint(id)}
		if id%2 == 0 {
			seat.Team, held[id] = "even", true
		}
		seats = append(seats, seat)
	}
	if err := w.Dir.PutSeats(t.Context(), w.entities["acme"].ID, b.ID, seatLast.Time(), seats); err != nil {
		t.Fatal(err)
	}
	ctx := access.With(t.Context(), access.NewOperator())
	// A team of the enterprise has the same name: none of these seats is through it.
	w.Load(intake.Request{Enterprise: "acme"}, fmt.Sprintf(`{"user_id":1,"user_login":"u1","day":%q,"team_id":800,"slug":"even"}`, seatLast))
	for _, c := range []struct {
		org    string
		active map[int]bool
	}{{"", union(w.active["a"], w.active["b"])}, {"b", w.active["b"]}} {
		words := seatWords
		words.Org = c.org
		got, err := w.TeamSeats(ctx, words)
		if err != nil {
			t.Fatal(err)
		}
		want := counted(c.active, held)
		if of := activity(got.Teams[w.entities["even"].ID]); of != want[:strings.LastIndex(strings.TrimSpace(want), " ")]+" ? " {
			t.Errorf("%q: through the team are %s, want %s", c.org, of, want)
		}
		if _, some := got.Teams[w.entities["few"].ID]; some || len(got.Teams) != 1 {
			t.Errorf("%q: seats of a team through which none was assigned: %v", c.org, got.Teams)
		}
		all, err := w.SeatActivity(ctx, words)
		if err != nil || activity(*all) != activity(*got) {
			t.Errorf("%q: together %s, want %s (%v)", c.org, activity(*got), activity(*all), err)
		}
	}
	masked := access.With(t.Context(), access.NewProgram(w.entities["acme"].ID, access.ViewEnterprise, access.ViewOrganization, access.ViewTeam))
	if got, err := w.TeamSeats(masked, seatWords); err != nil || got.Teams != nil || got.Seats == nil {
		t.Errorf("who may not view people is told %+v, %v", got, err)
	}
	words := seatWords
	words.Where = []string{"feature=agent_edit"}
	if got, err := w.TeamSeats(ctx, words); err != nil || got.Teams != nil || got.Seats != nil {
		t.Errorf("filtered: %+v, %v", got, err)
	}
}
