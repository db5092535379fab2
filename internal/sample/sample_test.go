package sample

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"codegauge/internal/day"
)

// end is a Tuesday; sundayEnd moves what the story keeps off weekends.
var (
	end       = day.Date(2026, 11, 24)
	sundayEnd = day.Date(2026, 11, 29)
)

// written returns every file of a configuration, by name.
func written(t *testing.T, c Config) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, f := range New(c).Files() {
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if _, again := files[f.Name]; again {
			t.Fatalf("two files are called %s", f.Name)
		}
		files[f.Name] = b.Bytes()
	}
	return files
}

// object is a record as anyone would read it.
type object struct {
	Day    string
	UserID json.RawMessage `json:"user_id"`
	Login  string          `json:"user_login"`
	Tool   string
	line
	IDEs          []line           `json:"totals_by_ide"`
	Features      []line           `json:"totals_by_feature"`
	LangFeatures  []line           `json:"totals_by_language_feature"`
	LangModels    []line           `json:"totals_by_language_model"`
	ModelFeatures []line           `json:"totals_by_model_feature"`
	Credits       *float64         `json:"ai_credits_used"`
	Organization  string           `json:"organization_id"`
	Team          int              `json:"team_id"`
	Daily         int              `json:"daily_active_users"`
	DayTotals     []object         `json:"day_totals"`
	LastActivity  *string          `json:"last_activity_at"`
	Phases        []map[string]any `json:"totals_by_ai_adoption_phase"`
	Engagement    *struct {
		Active   int `json:"active_user_count"`
		Features []struct {
			Feature string
			Engaged int `json:"engaged_user_count"`
		} `json:"totals_by_feature"`
	} `json:"copilot_feature_engagement"`
}

// line is the counters of a record or row, and a row's keys.
type line struct {
	IDE, Feature, Language, Model string
	Interactions                  int `json:"user_initiated_interaction_count"`
	Generations                   int `json:"code_generation_activity_count"`
	Acceptances                   int `json:"code_acceptance_activity_count"`
	SuggestedAdd                  int `json:"loc_suggested_to_add_sum"`
	SuggestedDelete               int `json:"loc_suggested_to_delete_sum"`
	Added                         int `json:"loc_added_sum"`
	Deleted                       int `json:"loc_deleted_sum"`
	Version                       struct {
		IDE string `json:"ide_version"`
	} `json:"last_known_ide_version"`
}

// numbers are the counters other than interactions, which rows by language lack.
func (l line) numbers() [6]int {
	return [6]int{l.Generations, l.Acceptances, l.SuggestedAdd, l.SuggestedDelete, l.Added, l.Deleted}
}

func (l line) changed() int { return l.Added + l.Deleted }

func parse(t *testing.T, name string, b []byte) []object {
	t.Helper()
	var all []object
	for i, text := range bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n")) {
		var o object
		if err := json.Unmarshal(text, &o); err != nil && len(b) > 0 {
			t.Fatalf("%s:%d: %v: %.200s", name, i+1, err, text)
		} else if len(b) > 0 {
			all = append(all, o)
		}
	}
	return all
}

func sum(rows []line, keep func(line) bool) [6]int {
	var s [6]int
	for _, r := range rows {
		if keep == nil || keep(r) {
			for i, n := range r.numbers() {
				s[i] += n
			}
		}
	}
	return s
}

func interactions(rows []line) (n int) {
	for _, r := range rows {
		n += r.Interactions
	}
	return n
}

// check reports where a record's parts disagree; the totals are checked by the
// caller, because some are wrong on purpose.
func check(t *testing.T, o object) {
	t.Helper()
	onIDE := func(l line) bool {
		f := l.Feature
		return f != "copilot_cli" && f != "copilot_app" && f != "spark_workspace" && f != "others" && f != "cli_agent"
	}
	same := func(what string, got, want [6]int) {
		if got != want {
			t.Errorf("%s %s %s: %s = %v, want %v", o.Day, o.Login, o.Tool, what, got, want)
		}
	}
	same("Σ ide", sum(o.IDEs, nil), sum(o.Features, onIDE))
	same("Σ language × feature", sum(o.LangFeatures, nil), sum(o.Features, nil))
	same("Σ language × model", sum(o.LangModels, nil), sum(o.ModelFeatures, nil))
	agentic := func(l line) bool { return l.Feature != "code_completion" }
	same("Σ model × feature", sum(o.ModelFeatures, agentic), sum(o.Features, agentic))
	if o.Interactions != interactions(o.Features) || o.Interactions != interactions(o.ModelFeatures) {
		t.Errorf("%s %s: interactions %d, by feature %d", o.Day, o.Login, o.Interactions, interactions(o.Features))
	}
}

func TestSameConfigSameBytes(t *testing.T) {
	hash := func(seed uint64) string {
		c := DemoConfig(end)
		c.Seed, c.Days = seed, 120
		h := sha256.New()
		for _, f := range New(c).Files() {
			fmt.Fprintln(h, f.Name)
			if err := f.Write(h); err != nil {
				t.Fatal(err)
			}
		}
		return fmt.Sprintf("%x", h.Sum(nil))
	}
	if a, b := hash(1), hash(1); a != b {
		t.Errorf("two runs differ: %s, %s", a, b)
	}
	if hash(1) == hash(2) {
		t.Error("another seed gives the same bytes")
	}
}

// A day is the same whether it is written alone, twice or after others.
func TestDaysAreIndependent(t *testing.T) {
	c := Config{Users: 300, Days: 5, Seed: 7, End: end}
	all := written(t, c)
	for d := end - 4; d <= end; d++ {
		var b bytes.Buffer
		if err := New(c).WriteUsers(&b, d); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), all[fileName("enterprise-users-1-day", d)]) {
			t.Errorf("%s written alone differs", d)
		}
	}
}

func TestPlain(t *testing.T) {
	const users, days = 2000, 3
	c := Config{Users: users, Days: days, Seed: 1, End: end}
	size, records, models := 0, 0, map[string]int{}
	for name, b := range written(t, c) {
		if !strings.Contains(name, "users-1-day") {
			continue
		}
		all := parse(t, name, b)
		size, records = size+len(b), records+len(all)
		for _, o := range all {
			check(t, o)
			if o.numbers() != sum(o.Features, nil) {
				t.Errorf("%s %s: total differs from its features", o.Day, o.Login)
			}
			for _, m := range o.ModelFeatures {
				models[m.Model]++
			}
		}
	}
	if records != users*days {
		t.Errorf("records = %d, want everyone every day: %d", records, users*days)
	}
	if average := size / records; average < 2900 || average > 3500 {
		t.Errorf("average record = %d bytes, want 2900 to 3500", average)
	}
	if len(models) < 10 {
		t.Errorf("%d models, want at least 10", len(models))
	}
}

func TestCustomizationsWithheld(t *testing.T) {
	got := string(customizations[skills].append(nil, &[maxCustomNames]int{1, 0, 2, 3, 4}))
	want := `,"distinct_skill_use_count":4,"totals_by_skill":[{"skill_name":"code-review","interaction_count":1},{"skill_name":"release-notes","interaction_count":2},{"skill_name":"other","interaction_count":7}]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestScale(t *testing.T) {
	for _, tt := range []struct{ users, orgs, teams int }{
		{1, 1, 1}, {50, 1, 2}, {400, 5, 14}, {10_000, 6, 334}, {12_000, 6, 400}, {100_000, 15, 1000}, {200_000, 20, 1000},
	} {
		g := &Generator{cfg: Config{Users: tt.users}}
		g.found()
		if len(g.Organizations()) != tt.orgs || len(g.Teams()) != tt.teams {
			t.Errorf("%d users: %d organizations and %d teams, want %d and %d", tt.users, len(g.orgs), len(g.teams), tt.orgs, tt.teams)
		}
	}
}

func TestTeams(t *testing.T) {
	g := New(Config{Users: 10_000, Days: 1, Seed: 1, End: end})
	var b bytes.Buffer
	if err := g.writeTeams(&b, end); err != nil {
		t.Fatal(err)
	}
	size, orgs, members := map[int]int{}, map[string]int{}, map[string]int{}
	for _, o := range parse(t, "teams", b.Bytes()) {
		size[o.Team]++
		orgs[o.Organization]++
		members[string(o.UserID)]++
	}
	large := 0
	for _, n := range size {
		large += b2i(n > 100)
	}
	if len(size) != len(g.Teams()) || len(orgs) != len(g.Organizations()) || large == 0 {
		t.Errorf("%d of %d teams and %d of %d organizations have members, %d teams more than 100",
			len(size), len(g.Teams()), len(orgs), len(g.Organizations()), large)
	}
	if n := len(members); n < 9100 || n > 9300 {
		t.Errorf("%d of 10000 people are in a team, want about 92 %%", n)
	}
	slugs := map[string]bool{}
	for _, team := range g.Teams() {
		slugs[team.Organization+"/"+team.Slug] = true
	}
	if len(slugs) != len(g.Teams()) {
		t.Errorf("%d teams have %d names", len(g.Teams()), len(slugs))
	}
}
