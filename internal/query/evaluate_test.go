package query_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"unsafe"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// inCore is core as a scope, inRed its team red.
var (
	inCore = query.Scope{Organization: core}
	inRed  = query.Scope{Organization: core, Team: red}
)

// week is what most questions below are about. 4 May 2026 is a Monday.
//
//	        person  added  deleted  interactions
//	05-04   ann       100       20            10  core; red and blue
//	        bob        40       10             0  labs; features exceed the total by 5 added
//	        cy          ?        ?             3  nowhere; lines unknown
//	05-05   ann         7        3             ?  core, red
//	        bob         1        0             ?  core, red
//	05-06   nobody, but the report covers the day
//	05-08   an aggregate: 500 added, 100 deleted; 5, 7 and 9 people in 1, 7 and 28 days
//	05-11   bob         2        0             ?
//	05-31 and 06-01: nobody, covered
func week(t testing.TB) *world {
	w := newWorld(t)
	w.member("2026-05-04", "ann", core, red)
	w.member("2026-05-04", "ann", core, blue)
	w.member("2026-05-04", "bob", labs, 0)
	w.user("2026-05-04", "ann", figures{metric.Interactions: 10, metric.Generations: 8, metric.Acceptances: 4, metric.LocSuggestedAdd: 50, added: 100, deleted: 20},
		feature("agent_edit", lines(60, 20)),
		feature("code_completion", figures{metric.Generations: 8, metric.Acceptances: 4, metric.LocSuggestedAdd: 50, added: 30, deleted: 0}),
		feature("chat_panel_ask_mode", figures{metric.Interactions: 10}),
		rest(lines(10, 0)),
		ide("vscode", lines(90, 20)),
		languageFeature("go/code_completion", lines(20, 0)), languageFeature("go/agent_edit", lines(60, 20)),
		languageModel("go/m1", lines(70, 15)), languageModel("python/m2", lines(5, 0)),
		modelFeature("m1/agent_edit", lines(60, 20)),
		signal("used_agent"), signal("used_chat"), phase("3"))
	w.user("2026-05-04", "bob", figures{metric.Interactions: 0, added: 40, deleted: 10},
		feature("agent_edit", figures{metric.Generations: 0, metric.Acceptances: 0, added: 45, deleted: 10}),
		excess(figures{added: -5}),
		ide("vscode", lines(40, 10)))
	w.user("2026-05-04", "cy", figures{metric.Interactions: 3}, signal("used_agent"), phase("2")).LinesUnknown = true

	w.member("2026-05-05", "ann", core, red)
	w.member("2026-05-05", "bob", core, red)
	w.user("2026-05-05", "ann", figures{added: 7, deleted: 3, metric.AICredits: 1_500_000}, feature("chat_panel_agent_mode", lines(7, 3)))
	w.user("2026-05-05", "bob", figures{added: 1, deleted: 0, metric.AICredits: 250_000}, feature("made_up", lines(1, 0)))

	w.covers("2026-05-06", acme, metric.Copilot, false)
	w.aggregate(acme, "2026-05-08", figures{added: 500, deleted: 100, metric.StatedDailyUsers: 5, metric.StatedWeeklyUsers: 7, metric.StatedMonthlyUsers: 9},
		feature("agent_edit", lines(300, 100)), rest(lines(200, 0)))
	w.user("2026-05-11", "bob", lines(2, 0), feature("agent_edit", lines(2, 0)))
	w.covers("2026-05-31", acme, metric.Copilot, false)
	w.covers("2026-06-01", acme, metric.Copilot, false)
	return w
}

// TestDaysAndSources: a covered day has zeros, one without a report no row, and each
// source sees its own records.
func TestDaysAndSources(t *testing.T) {
	week(t).check(t, []question{
		{name: "by day", measures: "loc_added,loc_deleted", by: "day", days: "05-03 05-08",
			want: []string{"2026-05-04 140 30", "2026-05-05 8 3", "2026-05-06 0 0", "2026-05-08 500 100"}},
		// 10 + 0 + 3 interactions on the first day, of which nobody says any on the second.
		{name: "users", measures: "loc_added,interactions", by: "day", days: "05-03 05-08", source: query.FromUsers,
			want: []string{"2026-05-04 140 13", "2026-05-05 8 -", "2026-05-06 0 0"}},
		{name: "aggregate", measures: "loc_added,interactions", by: "day", days: "05-03 05-08", source: query.FromAggregate,
			want: []string{"2026-05-08 500 -"}},
		// 140 + 8 + 0 + 500 + 2
		{name: "whole", measures: "loc_changed,loc_added", days: "05-03 05-12", want: []string{"783 650"}},
		{name: "by week", measures: "loc_added", by: "week", days: "05-03 05-12", want: []string{"2026-05-04 648", "2026-05-11 2"}},
		{name: "by month", measures: "loc_added", by: "month", days: "05-03 06-02", want: []string{"2026-05-01 650", "2026-06-01 0"}},
		{name: "by month, day", measures: "loc_added", by: "month,day", days: "05-31 06-02", want: []string{"2026-05-01 2026-05-31 0", "2026-06-01 2026-06-01 0"}},
		{name: "no data", measures: "loc_added,active_users", by: "day", days: "05-01 05-03", want: []string{}},
		// Without a dimension there is one row only where there is data.
		{name: "no data, whole", measures: "loc_added,active_users", days: "05-01 05-03", want: []string{}},
	})
}

// TestResidualRows: what a breakdown lacks is a row of its own, so that rows add up.
// Of 4 and 5 May there are 148 lines added and 33 deleted.
func TestResidualRows(t *testing.T) {
	const both, days = "loc_added,loc_deleted", "05-04 05-05"
	week(t).check(t, []question{
		// agent_edit 60 + 45, 20 + 10; without a feature 10 that are left and -5 too many.
		{name: "feature", measures: both, by: "feature", days: days, want: []string{
			"agent_edit 105 30", "chat_panel_agent_mode 7 3", "chat_panel_ask_mode - -", "code_completion 30 0", "made_up 1 0", "- 5 0"}},
		// user: completions 30 and the chat's 7; unclassified: made_up 1 and what is left 10.
		{name: "initiator", measures: both, by: "initiator", days: days, want: []string{
			"agent 105 30", "unclassified 11 0", "user 37 3", "- -5 0"}},
		{name: "initiator, wide", measures: both, by: "initiator", days: days, as: metric.Wide, want: []string{
			"agent 112 33", "unclassified 11 0", "user 30 0", "- -5 0"}},
		{name: "surface", measures: both, by: "surface", days: days, want: []string{"ide 142 33", "unknown 1 0", "- 5 0"}},
		// 90 + 40 and 20 + 10 in the IDE: 18 and 3 are in none.
		{name: "ide", measures: both, by: "ide", days: days, want: []string{"vscode 130 30", "- 18 3"}},
		{name: "language", measures: both, by: "language", days: days, want: []string{"go 80 20", "- 68 13"}},
		// The residual stands within each feature: agent_edit 105 - 60, completions 30 - 20.
		{name: "language, feature", measures: both, by: "language,feature", days: days, want: []string{
			"go agent_edit 60 20", "go code_completion 20 0",
			"- agent_edit 45 10", "- chat_panel_agent_mode 7 3", "- code_completion 10 0", "- made_up 1 0", "- - 5 0"}},
		{name: "language, initiator", measures: both, by: "language,initiator", days: days, want: []string{
			"go agent 60 20", "go user 20 0", "- agent 45 10", "- unclassified 11 0", "- user 17 3", "- - -5 0"}},
		{name: "model", measures: both, by: "model", days: days, want: []string{"m1 60 20", "- 88 13"}},
		// One residual row of both: 148 - 75, 33 - 15.
		{name: "language, model", measures: both, by: "language,model", days: days, want: []string{"go m1 70 15", "python m2 5 0", "- - 73 18"}},
		{name: "day, language", measures: both, by: "day,language", days: days, want: []string{
			"2026-05-04 go 80 20", "2026-05-04 - 60 10", "2026-05-05 - 8 3"}},
		{name: "aggregate by feature", measures: both, by: "feature", days: "05-08 05-08", want: []string{"agent_edit 300 100", "- 200 0"}},
		{name: "a covered day by feature", measures: both, by: "feature", days: "05-06 05-06", want: []string{}},
		// Two breakdowns beside one another: each measure has its own rows.
		{name: "interactions", measures: "interactions,loc_added", by: "feature", days: "05-04 05-04", want: []string{
			"agent_edit - 105", "chat_panel_ask_mode 10 -", "code_completion - 30", "- 0 5"}},
		{name: "discrepancy", measures: "discrepancy", by: "day", days: "05-04 05-06", want: []string{"2026-05-04 -5", "2026-05-05 0", "2026-05-06 0"}},
		{name: "discrepancy by user", measures: "discrepancy", by: "user", days: days, want: []string{"ann 0", "bob -5", "cy -"}},
	})
}

// TestFilters: rows, residuals and people are those within the filters.
func TestFilters(t *testing.T) {
	const both, days = "loc_added,loc_deleted", "05-04 05-05"
	week(t).check(t, []question{
		{name: "feature", measures: both, days: days, filters: "feature=agent_edit", want: []string{"105 30"}},
		{name: "two features", measures: both, days: days, filters: "feature=agent_edit|made_up", want: []string{"106 30"}},
		{name: "initiator", measures: both, days: days, filters: "initiator=agent", as: metric.Wide, want: []string{"112 33"}},
		{name: "surface", measures: both, by: "feature", days: days, filters: "surface=unknown", want: []string{"made_up 1 0"}},
		// Of go's 80 and 20 by feature, 70 and 15 have a model.
		{name: "language, by model", measures: both, by: "model", days: days, filters: "language=go", want: []string{"m1 70 15", "- 10 5"}},
		{name: "what occurs nowhere", measures: both, by: "day", days: days, filters: "feature=never", want: []string{"2026-05-04 - -", "2026-05-05 - -"}},
		{name: "people", measures: "active_users", by: "day", days: days, filters: "language=go", want: []string{"2026-05-04 1", "2026-05-05 0"}},
		{name: "two dimensions", measures: "loc_added", days: days, filters: "language=go feature=code_completion", want: []string{"20"}},
	})
}

// TestOrganizationsAndTeams: the null row is the scope's own total less the rows, below
// zero where people are in several.
func TestOrganizationsAndTeams(t *testing.T) {
	const measures, first = "loc_added,interactions,active_users", "05-04 05-04"
	week(t).check(t, []question{
		// cy, who is nowhere, has the 3 interactions that are left.
		{name: "organizations", measures: measures, by: "organization", days: first, want: []string{"2 100 10 1", "3 40 0 1", "- 0 3 -"}},
		// ann is in both teams: 140 - 200 and 13 - 20.
		{name: "teams", measures: measures, by: "team", days: first, want: []string{"21 100 10 1", "22 100 10 1", "- -60 -7 -"}},
		{name: "teams of core", scope: inCore, measures: measures, by: "team", days: first, want: []string{"21 100 10 1", "22 100 10 1", "- -100 -10 -"}},
		{name: "core", scope: inCore, measures: measures, by: "day", days: "05-04 05-06", want: []string{"2026-05-04 100 10 1", "2026-05-05 8 - 2"}},
		{name: "red", scope: inRed, measures: measures, days: "05-04 05-05", want: []string{"108 10 2"}},
		// 148 lines: core has 100 + 8, labs 40. Nobody is outside, so no null row.
		{name: "two days", measures: "loc_added,active_users", by: "organization", days: "05-04 05-05", want: []string{"2 108 2", "3 40 1"}},
		{name: "only people", measures: "active_users", by: "organization", days: first, want: []string{"2 1", "3 1"}},
		// Of agent_edit core has 60 and labs 45; of what is under no feature 10 and -5.
		{name: "organizations, feature", measures: "loc_added,active_users", by: "organization,feature", days: first, want: []string{
			"2 agent_edit 60 1", "2 chat_panel_ask_mode - 1", "2 code_completion 30 1", "2 - 10 -", "3 agent_edit 45 1", "3 - -5 -"}},
		{name: "teams, day", measures: "loc_added", by: "team,day", days: "05-04 05-05", want: []string{
			"21 2026-05-04 100", "21 2026-05-05 8", "22 2026-05-04 100", "- 2026-05-04 -60"}},
		{name: "aggregate", measures: "loc_added,active_users", by: "organization", days: "05-08 05-08", want: []string{"- 500 -"}},
	})
}

// TestUnion: without a report of its own an enterprise is the union of its
// organizations' users, of whom ann is in both reports and counts once.
func TestUnion(t *testing.T) {
	w := newWorld(t)
	w.userOf(core, metric.Copilot, "2026-05-04", "ann", lines(100, 0), feature("agent_edit", lines(100, 0)))
	w.userOf(labs, metric.Copilot, "2026-05-04", "ann", lines(90, 0)).Effective = false
	w.userOf(labs, metric.Copilot, "2026-05-04", "bob", lines(40, 0), feature("agent_edit", lines(40, 0)))
	w.check(t, []question{
		{name: "enterprise", measures: "loc_added,active_users", days: "05-04 05-04", want: []string{"140 2"}},
		{name: "organizations", measures: "loc_added,active_users", by: "organization", days: "05-04 05-04", want: []string{"2 100 1", "3 140 2", "- -100 -"}},
		{name: "users", measures: "loc_added,active_users", by: "user", days: "05-04 05-04", want: []string{"ann 100 1", "bob 40 1"}},
		{name: "labs", scope: query.Scope{Organization: labs}, measures: "loc_added", by: "user", days: "05-04 05-04", want: []string{"ann 100", "bob 40"}},
		{name: "no aggregate", measures: "loc_added", days: "05-04 05-04", source: query.FromAggregate, want: []string{}},
	})
}

// TestUsers: people have rows of their own; what only an aggregate says is nobody's.
func TestUsers(t *testing.T) {
	const days = "05-04 05-08"
	week(t).check(t, []question{
		{name: "by user", measures: "loc_added,interactions,active_users", by: "user", days: days, want: []string{
			"ann 107 10 1", "bob 41 0 1", "cy - 3 1", "- 500 - -"}},
		{name: "by day, user", measures: "loc_added", by: "day,user", days: days, want: []string{
			"2026-05-04 ann 100", "2026-05-04 bob 40", "2026-05-04 cy -", "2026-05-05 ann 7", "2026-05-05 bob 1", "2026-05-08 - 500"}},
		{name: "by user, feature", measures: "loc_added", by: "user,feature", days: days, filters: "user=bob", want: []string{
			"bob agent_edit 45", "bob made_up 1", "bob - -5"}},
		{name: "by user, feature, with the aggregate", measures: "loc_added", by: "user,feature", days: "05-05 05-08", want: []string{
			"ann chat_panel_agent_mode 7", "bob made_up 1", "- agent_edit 300", "- - 200"}},
		// A day that the report covers has a row, whether bob has a record or not.
		{name: "one user by day", measures: "loc_added,active_users", by: "day", days: days, filters: "user=bob", want: []string{
			"2026-05-04 40 1", "2026-05-05 1 1", "2026-05-06 0 0"}},
		{name: "one without lines", measures: "loc_added,active_users", by: "day", days: days, filters: "user=CY", want: []string{
			"2026-05-04 - 1", "2026-05-05 0 0", "2026-05-06 0 0"}},
		{name: "by id", measures: "loc_added", days: days, filters: "user=id:101", want: []string{"107"}},
		{name: "two names", measures: "loc_added", days: days, filters: "user=login:ann|bob", want: []string{"148"}},
		{name: "two filters", measures: "loc_added", days: days, filters: "user=ann|bob user=bob|cy", want: []string{"41"}},
		{name: "nobody", measures: "loc_added,active_users", by: "day", days: "05-04 05-05", filters: "user=dan", want: []string{"2026-05-04 0 0", "2026-05-05 0 0"}},
		// On the first day bob is not of core.
		{name: "one user of core", scope: inCore, measures: "loc_added", by: "day", days: "05-04 05-05", filters: "user=bob", want: []string{"2026-05-04 0", "2026-05-05 1"}},
		{name: "users of core", scope: inCore, measures: "loc_added", by: "user", days: "05-04 05-05", want: []string{"ann 107", "bob 1"}},
		{name: "one user by organization", measures: "loc_added,active_users", by: "organization", days: "05-04 05-05", filters: "user=bob", want: []string{"2 1 1", "3 40 1"}},
		{name: "one user by feature", measures: "active_users,loc_added", by: "feature", days: days, filters: "user=ann", want: []string{
			"agent_edit 1 60", "chat_panel_agent_mode 1 7", "chat_panel_ask_mode 1 -", "code_completion 1 30", "- - 10"}},
		{name: "reporting lines", measures: "users_reporting_lines,active_users", by: "user", days: "05-04 05-04", want: []string{"ann 1 1", "bob 1 1", "cy 0 1"}},
	})
}

// TestPeople counts distinct people of ranges and of trailing windows.
func TestPeople(t *testing.T) {
	const windows = "daily_active_users,weekly_active_users,monthly_active_users"
	week(t).check(t, []question{
		{name: "distinct", measures: "active_users,users_reporting_lines", days: "05-04 05-05", want: []string{"3 2"}},
		{name: "by feature", measures: "active_users", by: "feature", days: "05-04 05-05", want: []string{
			"agent_edit 2", "chat_panel_agent_mode 1", "chat_panel_ask_mode 1", "code_completion 1", "made_up 1"}},
		// What is left of totals is under no initiator: nobody is counted by it.
		{name: "by initiator", measures: "active_users", by: "initiator", days: "05-04 05-04", want: []string{"agent 2", "user 1"}},
		// cy's day of 4 May lies before the range and within 7 and 28 days.
		{name: "windows", measures: windows, by: "day", days: "05-05 05-06", source: query.FromUsers, want: []string{"2026-05-05 2 3 3", "2026-05-06 0 3 3"}},
		// What the aggregate states of itself is known where it speaks of exactly the row.
		{name: "stated", measures: windows + ",active_users", by: "day", days: "05-06 05-08", want: []string{"2026-05-06 0 3 3 0", "2026-05-08 5 7 9 5"}},
		{name: "stated, several days", measures: "active_users", days: "05-06 05-08", want: []string{"-"}},
		{name: "stated, by feature", measures: "active_users,loc_added", by: "feature", days: "05-08 05-08", want: []string{"agent_edit - 300", "- - 200"}},
		{name: "stated, lines", measures: "users_reporting_lines", days: "05-08 05-08", want: []string{"-"}},
		// The windows of weeks end on Sunday the 10th and with the range on the 12th, on
		// which nothing is known: of the 7 days to it only bob's 11th.
		{name: "by week", measures: windows, by: "week", days: "05-04 05-12", source: query.FromUsers, want: []string{"2026-05-04 - 3 3", "2026-05-11 - 1 3"}},
		{name: "whole", measures: windows, days: "05-04 05-12", source: query.FromUsers, want: []string{"- 1 3"}},
		// 28 days to 31 May begin with the 4th, on which cy was; those to 1 June do not.
		{name: "28 days", measures: windows, by: "day", days: "05-30 06-02", source: query.FromUsers, want: []string{"2026-05-31 0 0 3", "2026-06-01 0 0 2"}},
		{name: "by month", measures: "monthly_active_users", by: "month", days: "05-30 06-01", source: query.FromUsers, want: []string{"2026-05-01 3", "2026-06-01 2"}},
		{name: "windows of core", scope: inCore, measures: windows, by: "day", days: "05-05 05-05", want: []string{"2026-05-05 2 2 2"}},
		{name: "windows by organization", measures: "weekly_active_users", by: "organization", days: "05-04 05-05", want: []string{"2 2", "3 1"}},
		{name: "windows of one user", measures: windows, by: "day", days: "05-05 05-06", filters: "user=cy", want: []string{"2026-05-05 0 1 1", "2026-05-06 0 1 1"}},
		{name: "windows by feature", measures: "weekly_active_users", by: "day,feature", days: "05-05 05-05", source: query.FromUsers, want: []string{
			"2026-05-05 chat_panel_agent_mode 1", "2026-05-05 made_up 1"}},
		{name: "by signal", measures: "active_users", by: "signal", days: "05-04 05-05", want: []string{"used_agent 2", "used_chat 1"}},
		{name: "by phase", measures: "active_users", by: "phase", days: "05-04 05-05", want: []string{"2 1", "3 1"}},
		{name: "with a signal", measures: "active_users", by: "day", days: "05-04 05-05", filters: "signal=used_chat", want: []string{"2026-05-04 1", "2026-05-05 0"}},
		{name: "by signal of one user", measures: "active_users", by: "signal", days: "05-04 05-05", filters: "user=cy", want: []string{"used_agent 1"}},
	})
}

// TestRatios: a quotient divides the row's own sums; nothing is divided by zero or by
// what is not known.
func TestRatios(t *testing.T) {
	const days = "05-04 05-05"
	week(t).check(t, []question{
		// agent 105 + 30 of 153 + 33 (all but the discrepancy of -5).
		{name: "agents", measures: "agent_contribution", days: days, want: []string{"0.7258"}},
		// and the agent mode's 7 + 3.
		{name: "agents, wide", measures: "agent_contribution", days: days, as: metric.Wide, want: []string{"0.7796"}},
		// 135 of 175; 0 of 11; nothing on a covered day, which has no split.
		{name: "agents by day", measures: "agent_contribution", by: "day", days: "05-04 05-06", want: []string{"2026-05-04 0.7714", "2026-05-05 0", "2026-05-06 -"}},
		{name: "agents by user", measures: "agent_contribution", by: "user", days: days, want: []string{"ann 0.6154", "bob 0.9821", "cy -"}}, // 80 of 130, 55 of 56
		// go: 80 of 100 are agents'. What has no language is no row.
		{name: "agents by language", measures: "agent_contribution", by: "language", days: days, want: []string{"go 0.8"}},
		{name: "acceptance", measures: "acceptance_rate,acceptance_rate_by_lines", by: "day", days: days, want: []string{"2026-05-04 0.5 0.6", "2026-05-05 - -"}},
		// bob was shown no completion: 0 of 0; of cy nothing is known.
		{name: "acceptance by user", measures: "acceptance_rate", by: "user", days: "05-04 05-04", want: []string{"ann 0.5", "bob -", "cy -"}},
		// 148 + 33 lines of 3 people.
		{name: "per user", measures: "lines_changed_per_active_user", days: days, want: []string{"60.3333"}},
		{name: "per user of a feature", measures: "lines_changed_per_active_user", days: days, filters: "feature=agent_edit", want: []string{"67.5"}},
		{name: "per user by feature", measures: "lines_changed_per_active_user", by: "feature", days: days, want: []string{
			"agent_edit 67.5", "chat_panel_agent_mode 10", "chat_panel_ask_mode -", "code_completion 30", "made_up 1"}},
		// 30 lines that agents deleted and 10 prompts in chats, of 3 people.
		{name: "of parts per user", measures: "average_lines_deleted_by_agent,chat_requests_per_active_user", days: "05-04 05-04", want: []string{"10 3.3333"}},
		// 600 lines of the 5 people that the aggregate states for its day.
		{name: "of an aggregate", measures: "lines_changed_per_active_user", by: "day", days: "05-06 05-08", want: []string{"2026-05-06 -", "2026-05-08 120"}},
		{name: "of several days with an aggregate", measures: "lines_changed_per_active_user", days: "05-04 05-08", want: []string{"-"}},
		{name: "by organization", measures: "lines_changed_per_active_user", by: "organization", days: "05-04 05-04", want: []string{"2 120", "3 50"}},
		{name: "by user", measures: "lines_changed_per_active_user", by: "user", days: "05-04 05-08", want: []string{"ann 130", "bob 51", "cy -"}},
	})
}

// TestCredits are kept in millionths and answered in credits.
func TestCredits(t *testing.T) {
	week(t).check(t, []question{
		{name: "whole", measures: "ai_credits", days: "05-04 05-05", want: []string{"1.75"}},
		// A covered day says nothing of credits, which no rows carry.
		{name: "by day", measures: "ai_credits", by: "day", days: "05-04 05-06", want: []string{"2026-05-04 -", "2026-05-05 1.75", "2026-05-06 -"}},
		{name: "by user", measures: "ai_credits", by: "user", days: "05-04 05-05", want: []string{"ann 1.5", "bob 0.25", "cy -"}},
		{name: "by organization", measures: "ai_credits", by: "organization", days: "05-05 05-05", want: []string{"2 1.75"}},
	})
}

// TestTools: what two tools say of one day adds up, and people count once.
func TestTools(t *testing.T) {
	w := newWorld(t)
	w.user("2026-05-04", "ann", lines(10, 0), feature("agent_edit", lines(10, 0)))
	w.userOf(acme, "codex", "2026-05-04", "ann", lines(5, 1), feature("agent_edit", lines(5, 1)))
	w.userOf(acme, "codex", "2026-05-04", "bob", lines(2, 0), feature("agent_edit", lines(2, 0)))
	w.aggregate(acme, "2026-05-05", figures{added: 50, metric.StatedDailyUsers: 4})
	w.userOf(acme, "codex", "2026-05-05", "bob", lines(3, 0))
	w.check(t, []question{
		{name: "both", measures: "loc_added,active_users", days: "05-04 05-04", want: []string{"17 2"}},
		{name: "by tool", measures: "loc_added,active_users", by: "tool", days: "05-04 05-04", want: []string{"codex 7 2", "copilot 10 1"}},
		{name: "one", measures: "loc_added,active_users", days: "05-04 05-04", filters: "tool=copilot", want: []string{"10 1"}},
		{name: "by tool, feature", measures: "loc_added", by: "tool,feature", days: "05-04 05-04", want: []string{"codex agent_edit 7", "copilot agent_edit 10"}},
		// The aggregate's 4 people are Copilot's alone, and not to be added to bob.
		{name: "stated beside another tool", measures: "loc_added,active_users", by: "day", days: "05-05 05-05", want: []string{"2026-05-05 53 -"}},
		{name: "stated by tool", measures: "loc_added,active_users", by: "day,tool", days: "05-05 05-05", want: []string{"2026-05-05 codex 3 1", "2026-05-05 copilot 50 4"}},
		{name: "a tool that is not there", measures: "loc_added", days: "05-04 05-05", filters: "tool=cline", want: []string{}},
	})
}

// TestOverflow: a sum that 64 bits cannot hold is refused, of either sign, and of single
// users too.
func TestOverflow(t *testing.T) {
	w := newWorld(t)
	for _, date := range []string{"2026-05-04", "2026-05-05"} {
		w.user(date, "ann", lines(math.MaxInt64/2+1, math.MinInt64/2-1), feature("agent_edit", lines(math.MaxInt64/2+1, math.MinInt64/2-1)))
	}
	w.check(t, []question{{name: "by day", measures: "loc_added", by: "day", days: "05-04 05-05", want: []string{
		"2026-05-04 4611686018427387904", "2026-05-05 4611686018427387904"}}})
	for _, q := range []question{
		{measures: "loc_added", days: "05-04 05-05"},
		{measures: "loc_deleted", days: "05-04 05-05"},
		{measures: "loc_added", by: "feature", days: "05-04 05-05"},
		{measures: "loc_added", by: "user", days: "05-04 05-05"},
		{measures: "loc_added", by: "user,feature", days: "05-04 05-05"},
	} {
		if a, err := w.answer(t, &q); fault.KindOf(err) != fault.Unsupported {
			t.Errorf("%s by %q: got %v, %v", q.measures, q.by, a, err)
		}
	}
}

// TestMostRows: an answer with more rows than it may have is refused.
func TestMostRows(t *testing.T) {
	w := week(t)
	for _, by := range []string{"day", "user,day", "feature", "user,feature"} {
		q := question{measures: "loc_added,active_users", by: by, days: "05-04 05-11"}
		whole, err := w.answer(t, &q)
		if err != nil {
			t.Fatal(err)
		}
		q.most = 2 * len(whole.Rows) // selections may have rows that are put together
		if a, err := w.answer(t, &q); err != nil || len(a.Rows) != len(whole.Rows) {
			t.Errorf("by %s, as many as there are: %v", by, err)
		}
		q.most = 1
		if _, err := w.answer(t, &q); fault.KindOf(err) != fault.TooLarge {
			t.Errorf("by %s, more than one: %v", by, err)
		}
	}
}

// TestEngineFails: what an engine fails with is what the caller gets.
func TestEngineFails(t *testing.T) {
	w := week(t)
	w.broken = errors.New("disk on fire")
	if _, err := w.answer(t, &question{measures: "loc_added", days: "05-04 05-05"}); !errors.Is(err, w.broken) {
		t.Errorf("got %v", err)
	}
}

// weighed notes the most bytes of units of all organizations or teams that it was asked for at
// once.
type weighed struct {
	*world
	most uintptr
}

func (w *weighed) Units(ctx context.Context, e query.Entities, r day.Range, b metric.Breakdown) ([]*query.Unit, error) {
	units, err := w.world.Units(ctx, e, r, b)
	size := uintptr(0)
	for _, u := range units {
		size += unsafe.Sizeof(*u) + uintptr(len(u.Cells))*unsafe.Sizeof(cube.Sum{})
	}
	if e.Level != query.LevelEnterprise {
		w.most = max(w.most, size)
	}
	return units, err
}

// TestTeamsTakeNoMoreThanAWeek: an evaluation over all teams holds as many bytes of their
// units for many weeks as for one.
func TestTeamsTakeNoMoreThanAWeek(t *testing.T) {
	w := newWorld(t)
	for _, on := range []string{"2026-05-04", "2026-05-11", "2026-05-18", "2026-05-25", "2026-06-01"} {
		w.member(on, "ann", core, red)
		w.user(on, "ann", lines(60, 20), feature("agent_edit", lines(60, 20)))
	}
	w.build()
	most := func(days string, want ...string) uintptr {
		seen := &weighed{world: w}
		p, err := query.Compile((&question{measures: "loc_added,agent_contribution,active_users", by: "team", days: days}).query(t))
		if err != nil {
			t.Fatal(err)
		}
		a, err := p.Evaluate(t.Context(), seen)
		if err != nil {
			t.Fatal(err)
		}
		if got := rowsOf(a); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		return seen.most
	}
	week := most("05-04 05-10", "21 60 1 1")
	if weeks := most("05-04 06-03", "21 300 1 1"); weeks > week || week == 0 {
		t.Errorf("%d bytes for five weeks, %d for one", weeks, week)
	}
}
