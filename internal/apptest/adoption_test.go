package apptest

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/question"
)

// TestAdoptionAgrees compares the tables of adoption over the API with the files of the page, with
// the command, and with what the page shows.
func TestAdoptionAgrees(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "light")
	for _, people := range []string{question.PeopleAny, question.PeoplePrompts} {
		page := insights + "copilot-usage"
		if people == question.PeoplePrompts {
			page += "?people=prompts"
		}
		p.open(page)
		tables := map[string]*csvAnswer{}
		for _, figures := range question.AdoptionFigures {
			q := url.Values{"enterprise": {"acme"}, "figures": {figures}, "people": {people}, "format": {"csv"}}
			answer := fetch(t, "/api/v1/adoption?"+q.Encode())
			separator := "?"
			if strings.Contains(page, "?") {
				separator = "&"
			}
			file := fetch(t, strings.Replace(page, "copilot-usage", "copilot-usage/export", 1)+separator+"file="+figures)
			command := codegauge(t, 0, "adoption", figures, "--data", demo.data, "--enterprise", "acme", "--people", people, "--format", "csv")
			if answer != file || answer != command || strings.Count(answer, "\n") < 3 {
				t.Errorf("%s of %s: the API answers\n%s\nthe page's file has\n%s\nthe command\n%s", figures, people, answer, file, command)
			}
			tables[figures] = parseCSV(t, figures, answer)
		}
		for id, want := range map[string][]string{"funnel": column(tables["funnel"], "people"), "first-use": column(tables["first-use"], "people"), "days-active": column(tables["days-active"], "people")} {
			if got := shownColumn(p, id, 0); !slices.Equal(got, want) {
				t.Errorf("%s of %s: the page shows %v, the API answers %v", id, people, got, want)
			}
		}
		if got, want := shownColumn(p, "weekdays", 0), column(tables["weekdays"], "mean_people"); !slices.Equal(got, want) {
			t.Errorf("weekdays of %s: the page shows %v, the API answers %v", people, got, want)
		}
	}
	p.clean("adoption")
}

// TestImpactAgrees compares the tables of impact over the API with the files that the page's cards
// lead to and with the command.
func TestImpactAgrees(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "light")
	p.open(insights + "impact")
	links := eval[[]string](p, `[...document.querySelectorAll("a[download][href*='/api/v1/impact?']")].map((a) => a.getAttribute("href"))`)
	led := map[string]bool{}
	for _, link := range links {
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		figures := u.Query().Get("figures")
		if led[figures] {
			continue
		}
		led[figures] = true
		answer := fetch(t, link)
		command := codegauge(t, 0, "impact", figures, "--data", demo.data, "--enterprise", "acme", "--from", u.Query().Get("from"), "--to", u.Query().Get("to"), "--format", "csv")
		if answer != command || strings.Count(answer, "\n") < 3 {
			t.Errorf("%s: the page's file has\n%s\nthe command\n%s", figures, answer, command)
		}
	}
	for _, figures := range question.ImpactFigures {
		if figures != "seats" && figures != "trend-phases" && !led[figures] { // those are beside others
			t.Errorf("no card leads to %s: %v", figures, links)
		}
	}
	p.clean("impact")
}

func column(a *csvAnswer, name string) (out []string) {
	for _, row := range a.rows {
		out = append(out, row[name])
	}
	return out
}

// shownColumn returns the values of a column of numbers of a card's table.
func shownColumn(p *tab, id string, n int) []string {
	p.Helper()
	var out []string
	for _, row := range readTable(p, "#"+id) {
		out = append(out, row.Cells[n])
	}
	return out
}
