package githubtest

import (
	"fmt"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/github"
)

// The scopes that Fill fills.
var (
	Acme = github.Scope{Enterprise: "acme"}
	Pay  = github.Scope{Enterprise: "acme", Org: "pay"}
)

// Users returns a file of a day's user report, with the given lines added by each person.
func Users(d day.Day, lines int, people ...int) string {
	var b strings.Builder
	for _, p := range people {
		fmt.Fprintf(&b, `{"user_id":%d,"user_login":"u%[1]d","day":"%s","enterprise_id":"77","user_initiated_interaction_count":1,"code_generation_activity_count":1,"code_acceptance_activity_count":1,"loc_suggested_to_add_sum":0,"loc_suggested_to_delete_sum":0,"loc_added_sum":%d,"loc_deleted_sum":1}`+"\n", p, d, lines)
	}
	return b.String()
}

// Total returns the file of a day's aggregate.
func Total(d day.Day, lines int) string {
	return fmt.Sprintf(`{"day":"%s","enterprise_id":"77","daily_active_users":3,"loc_added_sum":%d,"loc_deleted_sum":3}`, d, lines)
}

// Fill stores an enterprise of three people: reports of the latest days, with two user
// files each, 250 seats, an organization with a team, and a team of the enterprise.
func (g *GitHub) Fill(days int) {
	for d := g.Today - 2 - day.Day(days); d < g.Today-2; d++ {
		g.PutReport(Acme, github.Users, d, Users(d, 5, 1), Users(d, 5, 2, 3))
		g.PutReport(Acme, github.Aggregate, d, Total(d, 15))
		g.PutReport(Acme, github.UserTeams, d, fmt.Sprintf(`{"user_id":1,"user_login":"u1","day":"%s","enterprise_id":"77","organization_id":"900","team_id":"5","slug":"core"}`, d))
	}
	var seats []string
	for i := 1; i <= 250; i++ {
		seats = append(seats, Seat(i))
	}
	g.PutSeats(Acme, seats...)
	g.PutOrganization(github.Organization{ID: 900, Login: "pay", Name: "Payments"}, []github.User{{ID: 1, Login: "u1"}, {ID: 2, Login: "u2"}}, github.Team{ID: 5, Name: "Core team", Slug: "core"})
	g.PutTeamMembers(github.Team{ID: 5}, github.User{ID: 1, Login: "u1"})
	g.PutEnterpriseTeam(github.Team{ID: 6, Name: "All of us", Slug: "ent:all"}, github.User{ID: 2, Login: "u2"})
	for d := g.Today - 4; d < g.Today-2; d++ {
		g.PutReport(Pay, github.Users, d, strings.ReplaceAll(Users(d, 5, 1), `"enterprise_id"`, `"organization_id":"900","enterprise_id"`))
	}
}

// Seat returns a person's seat.
func Seat(id int) string {
	return fmt.Sprintf(`{"assignee":{"id":%d,"login":"u%[1]d","type":"User"},"plan_type":"business","created_at":"2026-01-01T00:00:00Z","last_activity_at":"2026-11-20T00:00:00Z","organization":{"id":900,"login":"pay"}}`, id)
}
