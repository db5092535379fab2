package question_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/intake"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

// history is a company of two organizations of twelve people each, of which a report a day
// says what they did; step is by how many times agents of the first do more from the day on
// that the last four weeks begin, ends the last day of the second one's reports, and cli the
// first on which anybody has the CLI; version is that of their VS Code on a day, "" for neovim, nil
// for no editor.
type history struct {
	weeks int
	step  float64
	ends  string
	cli   string
	// few lets three people of an organization alone have agents edit.
	few bool
	// version is by person and whether the last four weeks have begun.
	version func(person int, lately bool) string
}

// lastWeeks is the day on which the last four complete weeks of the tests' today begin.
const lastWeeks = "2026-10-19"

func (h history) load(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	r := rand.New(rand.NewPCG(5, 6))
	last, _ := day.Parse("2026-11-22")
	from, _ := day.Parse(lastWeeks)
	first := from + 28 - day.Day(7*h.weeks)
	var lines [2][]string
	for d := first; d <= last; d++ {
		for person := 1; person <= 24; person++ {
			org := (person - 1) / 12
			if wd := d.Time().Weekday(); (wd == 0 || wd == 6) && person%12 != 1 {
				continue
			}
			if org == 1 && h.ends != "" && d.String() > h.ends {
				continue
			}
			agent, user := 100*(0.8+0.4*r.Float64()), 60*(0.8+0.4*r.Float64())
			if org == 0 && d >= from && (!h.few || person <= 3) {
				agent *= h.step
			}
			row := func(keys string) string {
				if h.few && person%12 > 3 {
					return reporttest.Rows(keys, reporttest.Row(`"feature":"code_completion","model":"auto","language":"go"`, int(agent)+int(user), 0))
				}
				return reporttest.Rows(keys, reporttest.Row(`"feature":"agent_edit","model":"opus","language":"go"`, int(agent), 0),
					reporttest.Row(`"feature":"code_completion","model":"auto","language":"go"`, int(user), 0))
			}
			hasCLI := fmt.Sprintf(`"used_cli":%t`, h.cli != "" && d.String() >= h.cli)
			editor := `"totals_by_ide":[]`
			if h.version != nil {
				ide := `"ide":"neovim"`
				if version := h.version(person, d >= from); version != "" {
					ide = `"ide":"vscode","last_known_ide_version":{"ide_version":"` + version + `","sampled_at":"2026-11-01T00:00:00Z"}`
				}
				editor = reporttest.Rows("totals_by_ide", reporttest.Row(ide, int(agent)+int(user), 0))
			}
			lines[org] = append(lines[org], reporttest.User(person, d.String(), int(agent)+int(user), 0, hasCLI, editor, `"enterprise_id":"83"`, fmt.Sprintf(`"organization_id":"%d"`, 11+org), `"ai_credits_used":2`,
				row("totals_by_feature"), row("totals_by_model_feature"), row("totals_by_language_feature")))
		}
	}
	w.Load(intake.Request{Enterprise: "acme"}, append(lines[0], lines[1]...)...)
	return w
}

func changesOf(t *testing.T, w *world, who *access.Principal) *question.Changes {
	t.Helper()
	ctx := t.Context()
	if who != nil {
		ctx = access.With(ctx, who)
	}
	c, err := w.Changes(ctx, question.Parameters{Enterprise: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A step is named with the organization, mode, model and language that it is of, to whoever
// may view people and to whoever may not.
func TestChangesNameTheCause(t *testing.T) {
	w := history{weeks: 40, step: 2}.load(t)
	e, err := w.Entity(t.Context(), question.Parameters{Enterprise: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	for name, who := range map[string]*access.Principal{"operator": access.NewOperator(), "without people": access.NewProgram(e.ID, access.ViewEnterprise)} {
		c := changesOf(t, w, who)
		if c.Now.From.String() != lastWeeks || c.Judged < 5 || len(c.Movements) == 0 {
			t.Fatalf("%s: %+v", name, c)
		}
		found := map[string]question.Movement{}
		for _, m := range c.Movements {
			if m.Organization == nil {
				found[m.Figure] = m
			} else if m.Figure == "loc_changed" {
				t.Errorf("%s: %s of %s is told twice", name, m.Figure, m.Organization.Key())
			}
		}
		lines, ok := found["loc_changed"]
		if name != "operator" {
			if !ok {
				t.Errorf("%s: lines are not named: %+v", name, c.Movements)
			}
			told := 0.0
			for _, cause := range lines.Causes {
				told += cause.Share
			}
			if told+lines.Hidden < 0.5 || lines.Fault != nil && lines.Recovery == 0 || lines.Recovery >= 0.5 && lines.Reason != question.ReasonFault {
				t.Errorf("%s: %.2f of the lines is told, %.2f hidden, %.2f recovery at most: %s", name, told, lines.Hidden, lines.Recovery, lines.Reason)
			}
			onlyShown(t, w, who, c)
			continue
		}
		if !ok || len(lines.Causes) == 0 {
			t.Fatalf("%s: lines are not explained: %+v", name, c.Movements)
		}
		cause := lines.Causes[0]
		if cause.Organization == nil || cause.Organization.Key() != "11" || cause.Feature != "agent_edit" || cause.Model != "opus" || cause.Language != "go" || cause.Share < 0.8 || cause.Share > 1.2 {
			t.Errorf("%s: lines moved by %+v", name, cause)
		}
		if lines.Fault == nil || lines.Recovery < 0.9 || lines.Recovery > 1 || lines.Reason != question.ReasonFault { // agents' edits are what clients left out
			t.Errorf("%s: recovery from a fault of clients may be %v of the lines", name, lines.Recovery)
		}
		if share, ok := found["agent_contribution"]; !ok || len(share.Causes) == 0 || share.Causes[0].Organization.Key() != "11" {
			t.Errorf("%s: agent contribution: %+v", name, share)
		}
		for _, figure := range []string{"active_users", "ai_credits", "interactions"} {
			if m, ok := found[figure]; ok {
				t.Errorf("%s: %s moved: %+v", name, figure, m)
			}
		}
	}
}

// onlyShown checks that every organization that is named is one that answers show.
func onlyShown(t *testing.T, w *world, who *access.Principal, c *question.Changes) {
	t.Helper()
	a, err := w.Query(access.With(t.Context(), who), question.Parameters{Enterprise: "acme", From: c.Now.From.String(), To: c.Now.To.String(), Measures: []string{"loc_changed"}, By: []string{"organization"}})
	if err != nil {
		t.Fatal(err)
	}
	shown := map[any]bool{}
	for _, row := range a.Rows {
		shown[row[0]] = true
	}
	for _, m := range c.Movements {
		if m.Organization != nil && !shown[m.Organization.Key()] {
			t.Errorf("%s of %s is named", m.Figure, m.Organization.Key())
		}
		for _, cause := range m.Causes {
			if cause.Organization != nil && !shown[cause.Organization.Key()] {
				t.Errorf("%s is named as the cause of %s", cause.Organization.Key(), m.Figure)
			}
		}
	}
}

// Reports that end early are missing data, not a fall of use.
func TestChangesOfMissingData(t *testing.T) {
	c := changesOf(t, history{weeks: 40, step: 1, ends: "2026-11-06"}.load(t), nil)
	missing := 0
	for _, m := range c.Movements {
		if m.Reason != question.ReasonMissing && m.Kind == question.AmountFigure {
			t.Errorf("named as use: %+v", m)
		}
		if m.Organization != nil && m.Organization.Key() == "12" && m.Reason == question.ReasonMissing && m.MissingDays == 9 && m.Missing > 0.8 {
			missing++
		}
	}
	if missing == 0 {
		t.Errorf("the organization whose reports end early is not named: %+v", c.Movements)
	}
}

func TestChangesNeedHistory(t *testing.T) {
	if c := changesOf(t, newLoaded(t, 1), nil); c.Compared() || c.Ready == 0 {
		t.Errorf("of a week: %+v", c)
	}
	c := changesOf(t, newLoaded(t, 12), nil)
	if c.Now.Len() != 28 || c.Judged != 0 || c.Weeks != 8 || len(c.Movements) != 0 {
		t.Errorf("of twelve weeks: %+v", c)
	}
}

// What can be recovery from a fault of clients is at most what moved in editors of which somebody
// has a mended version: nothing where nobody has, and half and more of it is what moved the figure.
func TestChangesOfAFault(t *testing.T) {
	for name, c := range map[string]struct {
		version   func(person int, lately bool) string
		low, high float64
		reason    question.Reason
	}{
		"nobody updated":  {func(int, bool) string { return "1.126.0" }, 0, 0, question.ReasonUse},
		"everybody did":   {func(_ int, lately bool) string { return map[bool]string{false: "1.126.0", true: "1.139.0"}[lately] }, 0.9, 1, question.ReasonFault},
		"without a fault": {func(int, bool) string { return "" }, 0, 0, question.ReasonUse},
		"every fourth": {func(person int, lately bool) string {
			if person%4 != 0 {
				return ""
			}
			return map[bool]string{false: "1.126.0", true: "1.139.0"}[lately]
		}, 0.15, 0.35, question.ReasonUse},
	} {
		found := false
		for _, m := range changesOf(t, history{weeks: 30, step: 2, version: c.version}.load(t), nil).Movements {
			if m.Figure != "loc_changed" || m.Organization != nil {
				continue
			}
			found = true
			if m.Reason != c.reason || m.Recovery < c.low || m.Recovery > c.high || (m.Fault == nil) != (c.high == 0) {
				t.Errorf("%s: %s, %.2f of it can be recovery from %v", name, m.Reason, m.Recovery, m.Fault != nil)
			}
		}
		if !found {
			t.Errorf("%s: lines are not named", name)
		}
	}
}

// The rule names what a figure has to move that has been there all along, whatever has begun
// since and is judged by less.
func TestChangesLimitIsOfTheLongestHistory(t *testing.T) {
	whole := changesOf(t, history{weeks: 40, step: 1}.load(t), nil)
	c := changesOf(t, history{weeks: 40, step: 1, cli: "2026-06-15"}.load(t), nil)
	if c.Judged != whole.Judged+1 || c.Limit < whole.Limit || c.Limit > 1.1*whole.Limit {
		t.Errorf("%d figures and %.1f times; without the CLI %d and %.1f", c.Judged, c.Limit, whole.Judged, whole.Limit)
	}
}

func newLoaded(t *testing.T, weeks int) *world { return history{weeks: weeks, step: 3}.load(t) }

// Whoever is not told by which mode an organization moved, because few people did, is told what
// share of the movement that is; all of it may be recovery from a fault, and the tag says so.
func TestChangesHiddenFromTheReader(t *testing.T) {
	w := history{weeks: 40, step: 20, few: true}.load(t)
	e, err := w.Entity(t.Context(), question.Parameters{Enterprise: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, m := range changesOf(t, w, access.NewProgram(e.ID, access.ViewEnterprise)).Movements {
		if m.Figure == "loc_changed" {
			if found = true; m.Hidden < 0.5 || m.Recovery < 0.5 || m.Reason != question.ReasonFault {
				t.Errorf("%.2f is hidden, %.2f recovery at most: %s, %+v", m.Hidden, m.Recovery, m.Reason, m.Causes)
			}
		}
	}
	if !found {
		t.Error("lines are not named")
	}
}
