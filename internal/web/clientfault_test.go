package web

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/webtest"
)

var tags = regexp.MustCompile(`<[^>]*>`)

// words returns the text of a page.
func words(page string) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " ")
}

func TestDataQualityNamesClients(t *testing.T) {
	text := words(webtest.Get(t, newWeb(t, webtest.New()), "/enterprises/acme/insights/data-quality").Body.String())
	for _, want := range []string{
		"VS Code 1.99.0 copilot-chat 0.26.1 completion, agent edit Upgrade to VS Code 1.104.0, extension 0.31.0 2",
		"The version of 1 person&#39;s client was not understood: Xcode beta.",
		"It may concern 3 of 41 people whose editor is known. Their records in this window have 1,200 lines of agent edits",
		"and an unknown number of lines of the Copilot CLI",
		"VS Code 1.130.0 – 1.139.0 3 Who u02",
		"People who used the CLI at most", "Agent contribution at least ≥ ", "17 Aug 30 3 8", // of 41 people whose editor is known
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestFaultNamesFew(t *testing.T) {
	f := question.ClientFault{Fault: metric.ClientFaults[0], People: 103, Known: 103, Clients: []question.FaultyClient{{ClientGroup: question.ClientGroup{People: 103}}}}
	for i := range 103 {
		f.Clients[0].Logins = append(f.Clients[0].Logins, fmt.Sprintf("u%03d", i))
	}
	data := webtest.New()
	data.Faults = []question.ClientFault{f}
	text := words(webtest.Get(t, newWeb(t, data), "/enterprises/acme/insights/data-quality").Body.String())
	if !strings.Contains(text, "u099 and 3 more") || strings.Contains(text, "u100") {
		t.Errorf("got %s", text)
	}
}

func TestSeatsElsewhere(t *testing.T) {
	data := webtest.New()
	by := []question.AssignedBy{{Entity: directory.Entity{ID: 77, Kind: directory.Organization, Slug: "billing", Enterprise: data.Acme.ID}, People: 6}}
	data.Seats = &question.SeatUse{AsOf: data.Today(), Shown: true, Elsewhere: &question.SeatsElsewhere{People: 6, Seated: 6, By: by}}
	page := func() string {
		return words(webtest.Get(t, newWeb(t, data), "/enterprises/acme/insights/seats").Body.String())
	}
	if text := page(); !strings.Contains(text, "6 of the 6 people of "+data.Acme.Label()+" who were active in the 28 days to") || !strings.Contains(text, "assigned by billing.") || strings.Contains(text, "Import the seats") {
		t.Errorf("got %s", text)
	}
	data.Seats.Total = question.SeatCounts{Assigned: 3}
	if text := page(); !strings.Contains(text, "have a seat that is not in this table: it is assigned by billing.") {
		t.Errorf("with seats of its own: %s", text)
	}
	by[0].People = 0
	data.Seats = &question.SeatUse{AsOf: data.Today(), Elsewhere: &question.SeatsElsewhere{By: by}}
	if text := page(); !strings.Contains(text, "have seats that are assigned by billing. How many is shown to those who may view people.") {
		t.Errorf("for who may not view people: %s", text)
	}
}

// spanning answers with a share of agents that lies between two ends.
type spanning struct {
	*webtest.Fake
	low, high float64
}

func (s spanning) Query(ctx context.Context, w question.Parameters) (*query.Answer, error) {
	a, err := s.Fake.Query(ctx, w)
	if err != nil {
		return nil, err
	}
	for name, end := range map[string]float64{"agent_contribution": s.low, "agent_contribution_max": s.high} {
		if i := a.Column(name); i >= 0 {
			for _, row := range a.Rows {
				row[i] = end
			}
		}
	}
	return a, nil
}

// TestFaultMarksBoundsOnce: a share that is a lower bound already, or an interval, gets no second
// sign, and one that may be anything has its reason.
func TestFaultMarksBoundsOnce(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      string
	}{
		{.28, .28, "≥ 28.0%"},
		{.28, 1, "≥ 28.0%"},
		{.2, .3, "20.0–30.0%"},
		{0, 1, "– No report states it"},
	} {
		page := words(webtest.Get(t, newWeb(t, spanning{webtest.New(), c.low, c.high}), "/enterprises/acme/insights/data-quality").Body.String())
		if _, got, _ := strings.Cut(page, "Agent contribution at least "); !strings.HasPrefix(got, c.want) {
			t.Errorf("of %v to %v: got %.40q, want %q", c.low, c.high, got, c.want)
		}
	}
}

// TestBoundsSayWhy: "≥" in a table of organizations has its reason, and no other.
func TestBoundsSayWhy(t *testing.T) {
	faults := []question.ClientFault{{Fault: metric.ClientFaults[0], People: 3, Known: 41}}
	for _, c := range []struct {
		low, high       float64
		faults          []question.ClientFault
		fault, unstated bool
	}{
		{.28, .28, nil, false, false},
		{.28, 1, nil, false, true},
		{.28, .28, faults, true, false},
		{.28, 1, faults, true, true},
		{0, 1, faults, true, false}, // the share is unknown, lines have the fault
	} {
		data := webtest.New()
		data.Faults = c.faults
		page := words(webtest.Get(t, newWeb(t, spanning{data, c.low, c.high}), "/enterprises/acme/insights/organizations").Body.String())
		fault, unstated := strings.Contains(page, "Because of a known client fault ("), strings.Contains(page, "Some lines do not say who made them")
		if fault != c.fault || unstated != c.unstated {
			t.Errorf("of %v to %v with %d faults: the page names a fault: %v, unstated lines: %v", c.low, c.high, len(c.faults), fault, unstated)
		}
	}
}
