package storetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// Records reads one JSON object a line. It is not package report's reader,
// which has tests of its own: it knows what these tests write and no more, so
// that a store's test does not stand or fall with the reader.
func Records(t testing.TB, text string) []report.Record {
	t.Helper()
	var out []report.Record
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		r, err := recordOf(line)
		if err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		out = append(out, r)
	}
	return out
}

// members is a JSON object; what is taken out of it is known.
type members map[string]json.RawMessage

// take moves member name into v, which stays as it is if there is none. An
// explicit null counts as none and stays in the object.
func (m members) take(name string, v any) bool {
	raw, ok := m[name]
	if !ok || string(raw) == "null" {
		return false
	}
	if err := json.Unmarshal(raw, v); err != nil {
		panic(fmt.Errorf("member %s: %w", name, err))
	}
	delete(m, name)
	return true
}

// id takes a member that may be a number or a string.
func (m members) id(name string) (id string, quoted bool) {
	var raw json.RawMessage
	if !m.take(name, &raw) {
		return "", false
	}
	if raw[0] != '"' {
		return string(raw), false
	}
	_ = json.Unmarshal(raw, &id)
	return id, true
}

func (m members) day(name string) day.Day {
	var d day.Day
	m.take(name, &d)
	return d
}

// extra writes the members that are left.
func (m members) extra() []byte {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, strconv.Quote(name)+":"+string(m[name]))
	}
	if out == nil {
		return nil
	}
	return []byte(strings.Join(out, ","))
}

func recordOf(line string) (r report.Record, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = e.(error)
		}
	}()
	m := members{}
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		return r, err
	}
	r.Kind = kindOf(m)
	r.Day = m.day("day")
	r.UserID, r.UserIDString = m.id("user_id")
	m.take("user_login", &r.Login)
	m.take("tool", &r.Tool)
	r.EnterpriseID, _ = m.id("enterprise_id")
	r.OrganizationID, _ = m.id("organization_id")
	r.ReportStart, r.ReportEnd = m.day("report_start_day"), m.day("report_end_day")
	r.TeamID, _ = m.id("team_id")
	m.take("slug", &r.TeamSlug)
	r.Repo, _ = m.id("repo_id")
	takeCounters(m, &r.Totals)
	for field, rows := range map[string]*[]report.Row{
		"totals_by_ide": &r.ByIDE, "totals_by_feature": &r.ByFeature, "totals_by_language_feature": &r.ByLanguageFeature,
		"totals_by_language_model": &r.ByLanguageModel, "totals_by_model_feature": &r.ByModelFeature,
	} {
		takeRows(m, field, rows)
	}
	takeSigns(m, &r)
	// What reports of 28 days have around their days is written beside a day's own.
	around := members{}
	if raw, ok := m["copilot_feature_engagement"]; ok {
		around["copilot_feature_engagement"] = raw
		delete(m, "copilot_feature_engagement")
	}
	r.Wrapper, r.Extra = around.extra(), m.extra()
	return r, nil
}

func kindOf(m members) report.Kind {
	has := func(name string) bool { _, ok := m[name]; return ok }
	switch {
	case has("team_id"):
		return report.UserTeam
	case has("user_id"):
		return report.UserDay
	case has("repo_id"):
		return report.RepoDay
	}
	return report.AggregateDay
}

func takeCounters(m members, c *report.Counters) {
	for i, field := range fields() {
		var n int64
		if m.take(field, &n) {
			c.Set(i, n)
		}
	}
}

func takeRows(m members, field string, rows *[]report.Row) {
	var raw []members
	if !m.take(field, &raw) {
		return
	}
	*rows = []report.Row{}
	for _, rm := range raw {
		var row report.Row
		rm.take("ide", &row.IDE)
		rm.take("feature", &row.Feature)
		rm.take("language", &row.Language)
		rm.take("model", &row.Model)
		takeCounters(rm, &row.Counters)
		takeClient(rm, &row)
		row.Extra = rm.extra()
		*rows = append(*rows, row)
	}
}

// takeClient reads the versions and, as package report does, leaves their
// objects with the other members.
func takeClient(m members, row *report.Row) {
	if raw, ok := m["last_known_ide_version"]; ok {
		var v struct {
			IDEVersion string `json:"ide_version"`
		}
		_ = json.Unmarshal(raw, &v)
		row.IDEVersion = v.IDEVersion
	}
	if raw, ok := m["last_known_plugin_version"]; ok {
		var v struct {
			Plugin  string `json:"plugin"`
			Version string `json:"plugin_version"`
		}
		_ = json.Unmarshal(raw, &v)
		row.Plugin, row.PluginVersion = v.Plugin, v.Version
	}
}

// takeSigns reads flags, credits, and an aggregate's own counts of people.
func takeSigns(m members, r *report.Record) {
	for i, field := range report.FlagFields {
		var v bool
		if m.take(field, &v) {
			r.Flags.Known |= 1 << i
			if v {
				r.Flags.Value |= 1 << i
			}
		}
	}
	var phase struct {
		Number *int64 `json:"phase_number"`
	}
	if m.take("ai_adoption_phase", &phase) {
		r.Phase = phase.Number
	}
	var credits float64
	if m.take("ai_credits_used", &credits) {
		millionths := int64(math.Round(credits * 1e6))
		r.Credits = &millionths
	}
	for field, to := range map[string]**int64{
		"daily_active_users": &r.Reported.Daily, "weekly_active_users": &r.Reported.Weekly, "monthly_active_users": &r.Reported.Monthly,
	} {
		var n int64
		if m.take(field, &n) {
			*to = &n
		}
	}
}

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// date reads a day of a test; midnight UTC of it is also how versions are
// written.
func date(s string) day.Day {
	d, err := day.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func midnight(s string) time.Time { return date(s).Time() }

// fields returns the counters' names in reports, in their order.
func fields() (out []string) {
	for _, c := range metric.Counters[:metric.NumRowCounters] {
		out = append(out, c.Field)
	}
	return out
}
