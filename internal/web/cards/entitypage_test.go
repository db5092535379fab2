package cards_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/store/sqlstore"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
	"codegauge/internal/web/webtest"
)

// product is what pages ask.
type product struct {
	*question.Answerer
	*intake.Intake
}

// divided is an enterprise of three organizations with a team each, the last of which has three
// people; its people hold seats that were assigned through the teams, but for one of each.
func divided(t *testing.T) (data product, acme directory.Entity) {
	t.Helper()
	w := producttest.NewWorldOver(t, sqlstore.New(databasetest.Open(t, databasetest.SQLite), sqlstore.Options{SpoolDir: t.TempDir()}))
	r, lines, last := rand.New(rand.NewPCG(5, 7)), []string(nil), producttest.Must(day.Parse("2026-11-22"))
	at := func(id int) (org int, team string) {
		switch {
		case id <= 25:
			return 100, "core"
		case id <= 45:
			return 101, "edge"
		}
		return 102, "tiny"
	}
	for d := last - 97; d <= last; d++ {
		for id := 1; id <= 48; id++ {
			if d <= last-7 && d > last-91 && r.IntN(3) > 0 { // in each whole week of the window everybody is active
				if d != d.Week() {
					continue
				}
			}
			org, team := at(id)
			agent, user, unsaid := r.IntN(90), 1+r.IntN(40), 0
			if team == "edge" { // some of its lines do not say who made them
				unsaid = 20
			}
			lines = append(lines, reporttest.User(id, d.String(), agent+user+unsaid, 0, `"enterprise_id":"9"`, fmt.Sprintf(`"ai_credits_used":%d.25,"ai_adoption_phase":{"phase_number":%d}`, r.IntN(9), id%4),
				reporttest.Rows("totals_by_feature", reporttest.Row(`"feature":"agent_edit"`, agent, 0), reporttest.Row(`"feature":"code_completion"`, user, 0))),
				fmt.Sprintf(`{"user_id":%d,"user_login":"u%[1]d","day":%q,"enterprise_id":"9","organization_id":"%d","team_id":"%d","slug":%q}`, id, d, org, 1000+org, team))
		}
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	for _, e := range producttest.Must(w.Dir.Entities(t.Context())) {
		if e.Kind == directory.Enterprise {
			acme = e
		}
		if e.Kind != directory.Organization {
			continue
		}
		var seats []directory.Seat
		for id := 1; id <= 48; id++ {
			if org, team := at(id); fmt.Sprint(org) == e.Key() {
				seat := directory.Seat{Organization: e.ID, UserID: fmt.Sprint(id), Team: team}
				if id == 1 || id == 26 || id == 46 {
					seat.Team = ""
				}
				seats = append(seats, seat)
			}
		}
		if err := w.Dir.PutSeats(t.Context(), e.Enterprise, e.ID, last.Time(), seats); err != nil {
			t.Fatal(err)
		}
	}
	return product{w.Answerer, w.Intake}, acme
}

var entityColumns = []string{"loc_changed", "agent_contribution", "active_users", cards.ColumnSeats, "acceptance_rate", "ai_credits", cards.ColumnPhases, cards.ColumnTo}

// TestEntitiesAgree compares tables of organizations and teams with their files and with the
// answers to questions, and adds their rows up, as who may view people and as who may not: to
// them nothing is told of few.
func TestEntitiesAgree(t *testing.T) {
	data, acme := divided(t)
	if acme.Key() != "acme" {
		t.Fatalf("the enterprise is %+v", acme)
	}
	sh := webtest.Shell(t, data, shell.Options{Privacy: &webtest.Privacy{}}, shell.Pages{})
	intervals := 0
	few := map[directory.Kind]string{directory.Organization: "102", directory.Team: "tiny"}
	for name, who := range map[string]*access.Principal{"operator": access.NewOperator(), "masked": access.NewProgram(acme.ID, access.ViewEnterprise, access.ViewOrganization, access.ViewTeam)} {
		for kind, id := range map[directory.Kind]string{directory.Organization: "organizations", directory.Team: "teams"} {
			for _, query := range []string{"", "days=91&sort=" + cards.ColumnPhases, "where=tool%3Dcopilot&sort=" + cards.ColumnSeats, "where=feature%3Dagent_edit"} {
				what := name + " " + id + " " + query
				s, err := shell.ParseState("/enterprises/acme/insights/"+id, "acme", producttest.Must(url.ParseQuery(query)))
				if err != nil {
					t.Fatal(err)
				}
				get := httptest.NewRequest("GET", s.Path+"?file="+id, nil)
				get = get.WithContext(access.With(t.Context(), who))
				page := func() *cards.EntityPage {
					return &cards.EntityPage{Builder: &cards.Builder{Request: sh.RequestAt(get, access.Place{Enterprise: &acme}, s)}, Kind: kind, ID: id, Columns: entityColumns, Compared: true}
				}
				p := page()
				v, err := p.Compose(get.Context())
				if err != nil || v.Empty != nil || v.Table == nil {
					t.Fatalf("%s: %v, %+v", what, err, v)
				}
				shown := append(append(slices.Clone(v.Table.Rows), v.Table.Others()...), *v.Table.Total)
				sent := httptest.NewRecorder()
				if err := page().Export(sent, get, nil); err != nil {
					t.Fatal(err)
				}
				file, err := csv.NewReader(sent.Body).ReadAll()
				if err != nil || len(file) != len(shown)+1 {
					t.Fatalf("%s: %d rows on the page, %d in the file, %v", what, len(shown), len(file)-1, err)
				}
				sums := map[string]float64{}
				told := map[string]map[string]string{}
				for i, row := range shown {
					told[row.Key] = map[string]string{}
					for n, c := range v.Table.Columns {
						want := row.Cells[n].Value
						if row.Cells[n].Written != "" {
							want = row.Cells[n].Written
						}
						at := slices.IndexFunc(file, func(r []string) bool { return r[1] == row.Key && r[2] == row.Label })
						if got := file[at][slices.Index(file[0], c.Key)]; got != want {
							t.Errorf("%s: %s of %s is %q on the page, %q in the file", what, c.Key, row.Label, want, got)
						}
						told[row.Key][c.Key] = want
						if i < len(shown)-1 {
							sums[c.Key] += text.Parsed(want)
						} else if c.Key == "loc_changed" || c.Key == "ai_credits" {
							if math.Abs(sums[c.Key]-text.Parsed(want)) > 1e-6 {
								t.Errorf("%s: the rows have %v of %s, the total %s", what, sums[c.Key], c.Key, want)
							}
						}
					}
				}
				for _, measure := range []string{"loc_changed", "agent_contribution", "active_users", "acceptance_rate", "ai_credits"} {
					words := p.Effective.Words(p.Window)
					words.Measures, words.By = []string{measure}, []string{string(kind)}
					answer, err := data.Query(get.Context(), words)
					if err != nil {
						if measure != "ai_credits" || !strings.Contains(query, "feature") {
							t.Errorf("%s: %s: %v", what, measure, err)
						}
						continue
					}
					for _, row := range answer.Rows {
						key, _ := answer.Name(row, string(kind))
						got := cards.MeasureFigure(measure, answer.Value(row, measure)).Value
						if told[key][measure] != got {
							t.Errorf("%s: %s of %q is %q, the answer has %q", what, measure, key, told[key][measure], got)
						}
					}
				}
				_, some := told[few[kind]]
				if some != (name == "operator") || (v.Table.Hidden != nil) != (name == "masked") {
					t.Errorf("%s: of few a row is told: %v, of hidden ones: %+v", what, some, v.Table.Hidden)
				}
				seats, phases := 0, 0
				for _, row := range v.Table.Rows {
					if c := row.Cells[1]; c.Value != "" && c.Also[len(c.Also)-1] != nil && *c.Also[len(c.Also)-1]-text.Parsed(c.Value) > 0.05 {
						intervals++
						if c.Change != "" {
							t.Errorf("%s: the share of %s is between %s, and changed by %s", what, row.Label, c.Text, c.Change)
						}
					}
					if row.Cells[3].Value != "" {
						seats++
					}
					if row.Cells[6].Value != "" || row.Cells[6].Bar != nil {
						phases++
					}
				}
				if want := len(v.Table.Rows); name == "masked" || strings.Contains(query, "feature") {
					if want = 0; len(v.Table.Notes) < 4 {
						t.Errorf("%s: no notes say why: %q", what, v.Table.Notes)
					}
					if seats != want || phases != want {
						t.Errorf("%s: seats of %d and phases of %d rows are told", what, seats, phases)
					}
				} else if seats != want || phases != want {
					t.Errorf("%s: seats of %d and phases of %d of %d rows are told", what, seats, phases, want)
				}
			}
		}
	}
	if intervals == 0 {
		t.Error("no share is an interval")
	}
}
