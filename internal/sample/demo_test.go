package sample

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/day"
)

// demo is the whole demo, read back.
type demo struct {
	size  int
	bytes map[string][]byte   // by name
	files map[string][]object // likewise
}

func readDemo(t *testing.T, end day.Day) demo {
	d := demo{bytes: written(t, DemoConfig(end)), files: map[string][]object{}}
	for name, b := range d.bytes {
		d.size += len(b)
		d.files[name] = parse(t, name, b)
	}
	return d
}

// users calls f with every record of a tool's user files and its age.
func (d demo) users(end day.Day, prefix string, f func(age int, o object)) {
	for name, all := range d.files {
		if strings.HasPrefix(name, prefix+"-users-1-day") {
			for _, o := range all {
				on, _ := day.Parse(o.Day)
				f(int(end-on), o)
			}
		}
	}
}

func within(t *testing.T, what string, got, lo, hi int) {
	t.Helper()
	if got < lo || got > hi {
		t.Errorf("%s = %d, want %d to %d", what, got, lo, hi)
	}
}

// TestDemo holds the story and every imperfection of it to their places, for a
// demo that ends on a Tuesday and one that ends on a Sunday.
func TestDemo(t *testing.T) {
	for _, end := range []day.Day{end, sundayEnd} {
		t.Run(end.String(), func(t *testing.T) {
			d, g := readDemo(t, end), New(DemoConfig(end))
			t.Run("size", func(t *testing.T) { within(t, "MB", d.size>>20, 40, 70) })
			t.Run("records", func(t *testing.T) { d.testRecords(t, g) })
			t.Run("people", func(t *testing.T) { d.testPeople(t, g) })
			t.Run("values", func(t *testing.T) { d.testValues(t, g) })
			t.Run("story", func(t *testing.T) { d.testStory(t, g) })
			t.Run("days", func(t *testing.T) { d.testDays(t, g) })
			t.Run("tools", func(t *testing.T) { d.testTools(t, g) })
			t.Run("aggregates", func(t *testing.T) { d.testAggregates(t, g) })
			t.Run("organizations", func(t *testing.T) { d.testOrganizations(t, g) })
			t.Run("beside", func(t *testing.T) { d.testBeside(t, g) })
			t.Run("step", func(t *testing.T) { d.testStep(t, g) })
			t.Run("names", func(t *testing.T) { d.testNames(t) })
			t.Run("breaks", func(t *testing.T) { d.testBreaks(t, g) })
			t.Run("teams", func(t *testing.T) { d.testTeams(t, g) })
			t.Run("seats", func(t *testing.T) { d.testSeats(t) })
		})
	}
}

// testRecords checks that records contradict themselves on the days meant for
// it and on no others.
func (d demo) testRecords(t *testing.T, g *Generator) {
	over, under := map[int]int{}, map[int]int{}
	d.users(g.cfg.End, "enterprise", func(age int, o object) {
		check(t, o)
		switch diff := o.Added - sum(o.Features, nil)[4]; {
		case diff < 0:
			over[age] -= diff
		case diff > 0:
			under[age] += diff
		}
	})
	days := func(ages []int) (want []int) {
		for _, a := range ages {
			want = append(want, g.weekday(a))
		}
		return want
	}
	for _, tt := range []struct {
		what string
		got  map[int]int
		want []int
	}{{"features exceed total", over, days(overAges)}, {"total exceeds features", under, days(underAges)}} {
		for age := range tt.got {
			if !slices.Contains(tt.want, age) {
				t.Errorf("%s at age %d", tt.what, age)
			}
		}
		if len(tt.got) != len(tt.want) {
			t.Errorf("%s on days %v, want %v", tt.what, tt.got, tt.want)
		}
	}
}

// testPeople counts the people of the last 28 complete days by their troubles.
func (d demo) testPeople(t *testing.T, g *Generator) {
	seen, reduced, old := map[string]bool{}, map[string]bool{}, map[string]string{}
	d.users(g.cfg.End, "enterprise", func(age int, o object) {
		if age < provisionalDays || age >= provisionalDays+month {
			return
		}
		id := string(o.UserID)
		seen[id] = true
		if len(o.Features) == 0 {
			reduced[id] = true
			if o.changed() != 0 || o.Credits == nil {
				t.Errorf("%s %s: a reduced record has lines or no credits", o.Day, o.Login)
			}
		}
		for _, i := range o.IDEs {
			if slices.ContainsFunc(oldClients, func(c oldClient) bool { return c.ide == i.IDE && c.release.ide == i.Version.IDE }) {
				old[id] = i.IDE
			}
		}
	})
	within(t, "people of 28 days", len(seen), 345, 380)
	within(t, "reduced", len(reduced), 9, 22)
	within(t, "on old clients", len(old), 24, 45)
	ides := map[string]bool{}
	for _, ide := range old {
		ides[ide] = true
	}
	within(t, "IDEs with old clients", len(ides), 4, len(clients))
}

// testValues counts what charts of the last 28 days can show.
func (d demo) testValues(t *testing.T, g *Generator) {
	values := map[string]map[string]int{"language": {}, "model": {}, "feature": {}, "ide": {}}
	d.users(g.cfg.End, "enterprise", func(age int, o object) {
		if age >= provisionalDays+month {
			return
		}
		for _, r := range slices.Concat(o.IDEs, o.Features, o.LangFeatures, o.ModelFeatures) {
			values["ide"][r.IDE]++
			values["feature"][r.Feature]++
			values["language"][r.Language]++
			values["model"][r.Model]++
		}
	})
	within(t, "languages", len(values["language"])-1, 25, len(languages))
	within(t, "models", len(values["model"])-1, 12, len(models))
	within(t, "IDEs", len(values["ide"])-1, 7, 7)
	within(t, "features", len(values["feature"])-1, 13, 13)
	for _, v := range []string{"unknown", "others", "auto", "gpt-5-mini", "claude-opus-4.6"} {
		if values["model"][v] == 0 {
			t.Errorf("no model %s in 28 days", v)
		}
	}
}

// testStory checks the growth of lines and of the agents' share.
func (d demo) testStory(t *testing.T, g *Generator) {
	share := func(from, to int) (percent, perWeekday int) {
		agents, all, weekdays := 0, 0, map[string]bool{}
		for _, tool := range []string{"enterprise", "claude-code", "gemini-cli"} {
			d.users(g.cfg.End, tool, func(age int, o object) {
				if age > from || age < to {
					return
				}
				if g.weekday(age) == age {
					weekdays[o.Day] = true
				}
				for _, f := range o.Features {
					all += f.changed()
					if i := slices.IndexFunc(features[:], func(x feature) bool { return x.name == f.Feature }); i != spark && agentic[i] {
						agents += f.changed()
					}
				}
			})
		}
		return agents * 100 / all, all / max(1, len(weekdays))
	}
	first, _ := share(359, 300)
	before, _ := share(299, 273)
	after, _ := share(270, 230)
	last, lines := share(60, provisionalDays)
	within(t, "agents' share at first", first, 9, 22)
	within(t, "step when agent mode came", after-before, 8, 40)
	within(t, "agents' share at last", last, 64, 80)
	within(t, "lines per weekday at last", lines, 25_000, 45_000)
}

// testDays checks the day that is missing and those that are provisional.
func (d demo) testDays(t *testing.T, g *Generator) {
	gap := (g.cfg.End - day.Day(g.weekday(gapAge))).String()
	perDay := map[int]int{}
	for name := range d.files {
		if strings.Contains(name, gap) {
			t.Errorf("%s exists", name)
		}
	}
	d.users(g.cfg.End, "enterprise", func(age int, o object) { perDay[age]++ })
	within(t, "days with user records", len(perDay), 359, 359)
	today := perDay[0] * 100 / max(1, perDay[7])
	within(t, "today's percentage of a week ago", today, 4, 45)
}

// testTools checks identities and ends of the other tools.
func (d demo) testTools(t *testing.T, g *Generator) {
	claude, ids, newest := map[string]bool{}, map[string]bool{}, storyDays
	d.users(g.cfg.End, "claude-code", func(age int, o object) {
		if o.Tool != "claude_code" || o.numbers() != sum(o.Features, nil) {
			t.Errorf("claude-code row %s %s: tool %q", o.Day, o.Login, o.Tool)
		}
		if age < month {
			claude[string(o.UserID)] = true
		}
	})
	d.users(g.cfg.End, "gemini-cli", func(age int, o object) {
		newest = min(newest, age)
		ids[string(o.UserID)] = true
	})
	within(t, "people with Claude Code", len(claude), 100, 160)
	within(t, "people with Gemini CLI", len(ids), 6, 24)
	within(t, "age of Gemini CLI's last record", newest, geminiStopped, geminiStopped)
	text := 0
	for id := range ids {
		text += b2i(strings.HasPrefix(id, `"`))
	}
	within(t, "identities that are strings", text, 3, 20)
}

// testAggregates compares the recent aggregates with the user records.
func (d demo) testAggregates(t *testing.T, g *Generator) {
	people, added := map[string]int{}, map[string]int{}
	d.users(g.cfg.End, "enterprise", func(age int, o object) {
		people[o.Day]++
		added[o.Day] += o.Added
	})
	old, differ, agree := 0, 0, 0
	for name, all := range d.files {
		if !strings.HasPrefix(name, "enterprise-1-day") && !strings.HasPrefix(name, "enterprise-28-day") {
			continue
		}
		for _, o := range all {
			for _, a := range append(o.DayTotals, o) {
				switch {
				case a.Day == "":
				case people[a.Day] == 0:
					old++
				case people[a.Day] == a.Daily && added[a.Day] == a.Added:
					agree++
				default:
					differ++
				}
			}
		}
	}
	if old != 40 || agree != 26 || differ != 1 {
		t.Errorf("aggregates: %d without user records, %d agree, %d differ; want 40, 26, 1", old, agree, differ)
	}
}

// testOrganizations compares each organization's aggregates with the records of who is in its
// teams on the day.
func (d demo) testOrganizations(t *testing.T, g *Generator) {
	type orgDay struct{ org, day string }
	members, people, added := map[string][]string{}, map[orgDay]int{}, map[orgDay]int{}
	for name, all := range d.files {
		if strings.HasPrefix(name, "enterprise-user-teams") {
			for _, o := range all {
				if key := o.Day + string(o.UserID); !slices.Contains(members[key], o.Organization) {
					members[key] = append(members[key], o.Organization)
				}
			}
		}
	}
	d.users(g.cfg.End, "enterprise", func(age int, o object) {
		for _, org := range members[o.Day+string(o.UserID)] {
			people[orgDay{org, o.Day}]++
			added[orgDay{org, o.Day}] += o.Added
		}
	})
	days := 0
	for name, all := range d.files {
		if !strings.Contains(name, "organization-28-day") {
			continue
		}
		for _, a := range all[0].DayTotals {
			at := orgDay{all[0].Organization, a.Day}
			if a.Organization != at.org || people[at] != a.Daily || added[at] != a.Added {
				t.Errorf("%s, %s: %d people of %q and %d lines, the records have %d and %d", name, a.Day, a.Daily, a.Organization, a.Added, people[at], added[at])
			}
			days += b2i(a.Daily > 0)
		}
	}
	within(t, "days of organizations with people", days, 22*len(g.orgs), 27*len(g.orgs))
}

// testBeside adds up what records have beside their totals and compares it with aggregates.
func (d demo) testBeside(t *testing.T, g *Generator) {
	sums := map[string]float64{} // by field, value and day
	add := func(into map[string]float64, o map[string]any, days ...any) {
		for field, value := range o {
			switch v := value.(type) {
			case map[string]any:
				if field == "totals_by_vscode_agent" {
					for member, n := range v {
						into[fmt.Sprint(field, member, days)] += n.(float64)
					}
				}
			case []any:
				for _, row := range v {
					if _, other := row.(map[string]any)["loc_added_sum"]; other || !strings.HasPrefix(field, "totals_by_") || strings.Contains(field, "phase") {
						continue
					}
					name, n := "", 0.0
					for member, x := range row.(map[string]any) {
						switch {
						case member == "agent_id", strings.HasSuffix(member, "_name") && member != "agent_name":
							name = fmt.Sprint(x)
						case strings.HasSuffix(member, "interaction_count"):
							n = x.(float64)
						}
					}
					into[fmt.Sprint(field, name, days)] += n
				}
			}
		}
	}
	window := map[string]map[string]bool{} // who used the Agents window, by day
	d.raw(t, "enterprise-users-1-day", func(o map[string]any) {
		add(sums, o, o["day"])
		if o["used_vscode_agent"] == true {
			on := o["day"].(string)
			if window[on] == nil {
				window[on] = map[string]bool{}
			}
			window[on][fmt.Sprint(o["user_id"])] = true
		}
	})
	distinctSince := func(from, to day.Day) float64 {
		who := map[string]bool{}
		for ; from <= to; from++ {
			maps.Copy(who, window[from.String()])
		}
		return float64(len(who))
	}
	fields, days, stated := map[string]bool{}, map[string]bool{}, map[string]float64{}
	d.raw(t, "enterprise-28-day", func(o map[string]any) {
		for _, a := range o["day_totals"].([]any) {
			a := a.(map[string]any)
			on, _ := day.Parse(a["day"].(string))
			if on < agentsWindowBegins || g.age(on) > 60 {
				continue
			}
			add(stated, a, a["day"])
			days[fmt.Sprint([]any{a["day"]})] = true
			for name, from := range map[string]day.Day{"daily": on, "weekly": on - day.Day(on.Time().Weekday()), "monthly": on.Month()} {
				if got, want := a[name+"_active_vscode_agent_users"], distinctSince(from, on); got != want && (got != nil || want != 0) {
					t.Errorf("%s: %s users of the Agents window are %v, the records have %v", on, name, got, want)
				}
			}
			for field, value := range a {
				if n, ok := value.(float64); ok && strings.HasPrefix(field, "distinct_") && n > 0 {
					fields[field] = true
				}
			}
		}
	})
	for key, n := range sums {
		at := strings.Index(key, "[")
		if days[key[at:]] && stated[key] != n {
			t.Errorf("%s is %v in records, %v in aggregates", key, n, stated[key])
		}
		fields[key[:at]] = fields[key[:at]] || days[key[at:]]
	}
	if len(stated) > len(sums) {
		t.Errorf("aggregates state %d figures, records %d", len(stated), len(sums))
	}
	if len(fields) < 20 {
		t.Errorf("only %d fields and values are seen: %v", len(fields), slices.Sorted(maps.Keys(fields)))
	}
}

// raw calls f with every record of the files of a name, as maps.
func (d demo) raw(t *testing.T, prefix string, f func(map[string]any)) {
	t.Helper()
	for name, b := range d.bytes {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		for line := range bytes.Lines(b) {
			var o map[string]any
			if err := json.Unmarshal(line, &o); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			f(o)
		}
	}
}

// testStep sees one organization's agents do several times as much in the last four complete
// weeks as before, with one model.
func (d demo) testStep(t *testing.T, g *Generator) {
	in := map[string]bool{}
	for _, p := range g.people {
		in[p.id] = p.theme == step.theme && p.team != none
	}
	lines := map[bool]int{}
	models := map[string]int{}
	d.users(g.cfg.End, "enterprise", func(age int, o object) {
		on, _ := day.Parse(o.Day)
		if !in[string(o.UserID)] || on < g.cfg.End-75 || age < provisionalDays {
			return
		}
		for _, f := range o.Features {
			lines[g.stepped(on)] += b2i(f.Feature == "agent_edit") * f.changed()
		}
		for _, f := range o.ModelFeatures {
			if g.stepped(on) && f.Feature == "agent_edit" {
				models[f.Model]++
			}
		}
	})
	within(t, "agents' lines of the organization", lines[true]/max(1, lines[false]), 4, 16)
	if len(models) != 1 || models["claude-opus-4.7"] == 0 {
		t.Errorf("models of agents after the step: %v", models)
	}
}

// testNames checks the names of what GitHub documents of phases and feature engagement.
func (d demo) testNames(t *testing.T) {
	phase := []string{"avg_code_acceptance_activities", "avg_code_generation_activities", "avg_loc_added", "avg_loc_deleted",
		"avg_pull_requests_median_minutes_to_merge", "avg_pull_requests_merged", "avg_user_initiated_interactions", "phase", "phase_number",
		"total_engaged_users", "total_pull_requests_merged", "users_in_phase_28d"}
	features := []string{"code_completion", "agent_edit", "code_review_passive", "code_review_active", "cloud_agent", "copilot_cli", "github_app"}
	wrapped, phases := 0, 0
	for name, all := range d.files {
		for _, o := range all {
			for _, a := range append(o.DayTotals, o) {
				for _, p := range a.Phases {
					phases++
					want := phase
					if p["total_pull_requests_merged"] == 0.0 {
						want = slices.DeleteFunc(slices.Clone(phase), func(s string) bool { return strings.Contains(s, "minutes") })
					}
					if got := slices.Sorted(maps.Keys(p)); !slices.Equal(got, want) {
						t.Fatalf("%s: a phase has %q, want %q", name, got, want)
					}
				}
			}
			if o.Engagement == nil {
				continue
			}
			wrapped++
			var got []string
			for _, f := range o.Engagement.Features {
				got = append(got, f.Feature)
				within(t, name+": "+f.Feature, f.Engaged, 0, o.Engagement.Active)
			}
			if !slices.Equal(got, features) {
				t.Errorf("%s: engagement of %q, want %q", name, got, features)
			}
		}
	}
	if wrapped == 0 || phases == 0 {
		t.Errorf("%d engagements and %d phases", wrapped, phases)
	}
}

// testBreaks checks what GitHub changed on 2026-07-02: lines that the CLI suggested, the
// editors of people whom only the server saw, and credits.
func (d demo) testBreaks(t *testing.T, g *Generator) {
	type side struct{ suggested, editors, credits int }
	sides := map[bool]*side{false: {}, true: {}}
	d.users(g.cfg.End, "enterprise", func(age int, o object) {
		s := sides[o.Day >= "2026-07-02"]
		for _, f := range o.Features {
			if f.Feature == "copilot_cli" {
				s.suggested += f.SuggestedAdd
			}
		}
		if len(o.Features) == 0 && len(o.IDEs) > 0 {
			s.editors++
			if o.IDEs[0].Version.IDE == "" || o.IDEs[0].changed() != 0 {
				t.Errorf("%s %s: the editor of somebody seen by the server alone is %+v", o.Day, o.Login, o.IDEs[0])
			}
		}
		if o.Credits != nil {
			s.credits++
		}
	})
	if before := *sides[false]; before != (side{}) {
		t.Errorf("before 2026-07-02: %+v, want nothing", before)
	}
	if since := *sides[true]; g.cfg.End >= day.Date(2026, 8, 1) && (since.suggested == 0 || since.editors == 0 || since.credits == 0) {
		t.Errorf("since 2026-07-02: %+v, want some of each", since)
	}
}

// testTeams checks the last day's memberships and that people move.
func (d demo) testTeams(t *testing.T, g *Generator) {
	last := d.files[fileName("enterprise-user-teams-1-day", g.cfg.End)]
	size, orgs := map[int]int{}, map[string]map[string]bool{}
	for _, o := range last {
		size[o.Team]++
		id := string(o.UserID)
		if orgs[id] == nil {
			orgs[id] = map[string]bool{}
		}
		orgs[id][o.Organization] = true
	}
	two, moved, earlier := 0, 0, map[string]int{}
	for _, o := range d.files[fileName("enterprise-user-teams-1-day", g.cfg.End-62)] {
		earlier[fmt.Sprint(string(o.UserID), o.Team)]++
	}
	for _, o := range orgs {
		two += b2i(len(o) > 1)
	}
	for _, o := range last {
		moved += b2i(earlier[fmt.Sprint(string(o.UserID), o.Team)] == 0)
	}
	sizes := make([]int, 0, len(size))
	for _, n := range size {
		sizes = append(sizes, n)
	}
	slices.Sort(sizes)
	within(t, "teams", len(sizes), 14, 14)
	within(t, "smallest team", sizes[0], 3, 4)
	within(t, "largest team", sizes[13], 95, 130)
	within(t, "people of two organizations", two, 4, 25)
	within(t, "rows that are new in 62 days", moved, 4, 30)
	within(t, "people in teams", len(orgs), 330, 360)
}

func (d demo) testSeats(t *testing.T) {
	seats := d.files["seats.ndjson"]
	never := 0
	for _, s := range seats {
		never += b2i(s.LastActivity == nil)
	}
	within(t, "seats", len(seats), 460, 460)
	within(t, "seats never used", never, 30, 75)
}
