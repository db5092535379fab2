package usage

import (
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/text"
)

// reportedDays is how many of the window's last days are searched for an aggregate.
const reportedDays = 7

var (
	trailingMeasures = []string{"daily_active_users", "weekly_active_users", "monthly_active_users"}
	surfaceMeasures  = []string{"surface_daily_users", "surface_weekly_users", "surface_monthly_users"}
)

// reportedPeople asks for the active users that GitHub's aggregates state. Those who may not view
// people are not told them beside what records of people give: the difference may be of few.
func (d *dashboard) reportedPeople() cards.Question {
	if days := d.Window.Len() - len(d.Status.Aggregate) - len(d.Status.Missing); d.Masked() && days > 0 {
		return cards.Question{}
	}
	return d.reportedQuestion(askReported, d.lastDays(), trailingMeasures, "day")
}

// reportedQuestion asks for what GitHub's aggregates state themselves, which are of Copilot alone.
func (d *dashboard) reportedQuestion(name string, r day.Range, measures []string, by ...string) cards.Question {
	if !d.countsCopilot() || d.Place.Team != nil || d.Weeks { // no report is of a team, nor of the weeks that few may be told apart in
		return cards.Question{}
	}
	q := d.Question(name, d.Effective.Remove("tool", "").Add("tool", metric.Copilot), r, measures, by...)
	q.Words.Source = string(query.FromAggregate)
	return q
}

// lastDays are the days of the window whose aggregates may state counts.
func (d *dashboard) lastDays() day.Range {
	return day.Range{From: max(d.Window.From, d.Window.To-reportedDays+1), To: d.Window.To}
}

// reported are counts of people as an aggregate states them: of its day, of 7 and 28 days, or
// of GitHub's calendar windows where it has those.
type reported struct {
	on   day.Day
	over [3]*float64
}

// stated reads the counts of the latest day that has one, nil where no aggregate has any; signal
// is "" for everybody.
func (d *dashboard) stated(ask, signal string, measures []string) *reported {
	var out *reported
	t := d.Answers.Of(ask)
	for _, row := range t.Rows() {
		key, _ := t.Name(row, "day")
		on, err := day.Parse(key)
		if name, _ := t.Name(row, "signal"); err != nil || name != signal || out != nil && on < out.on {
			continue
		}
		r := &reported{on: on}
		known := false
		for i, m := range measures {
			r.over[i] = t.Value(row, m)
			known = known || r.over[i] != nil
		}
		if known {
			out = r
		}
	}
	return out
}

// statedActive are Copilot's active users.
func (d *dashboard) statedActive() *reported {
	return d.stated(askReported, "", trailingMeasures)
}

// statedSurface are the people of one of the surfaces' populations, nil where aggregates count none.
func (d *dashboard) statedSurface(population string) *reported {
	if population == question.PeopleAgentsWindow {
		population = "used_vscode_agent"
	}
	return d.stated(askReportedSurfaces, population, surfaceMeasures)
}

// aggregatesAlone reports whether no day of the window has records of people.
func (d *dashboard) aggregatesAlone() bool { return d.adoption != nil && d.adoption.Days == 0 }

// copilotPopulation is a population of Copilot's people alone.
func (d *dashboard) copilotPopulation(name string) *question.Population {
	return populationIn(pick(d.mixesTools(), d.copilotAdoption(), d.adoption), name)
}

// differs reports whether the aggregate of the window's last day states other counts than
// records of people give.
func (d *dashboard) differs(r *reported, p *question.Population) bool {
	if r == nil || p == nil || r.on != d.Window.To || d.aggregatesAlone() {
		return false
	}
	over := []*int64{p.Day, p.Week, p.Days28}
	if p.Name == question.PeopleAgentsWindow { // by the calendar
		over[2] = p.Month
	}
	for i, n := range over {
		if n != nil && r.over[i] != nil && float64(*n) != *r.over[i] {
			return true
		}
	}
	return false
}

// reportedRow is the row of the populations that has what aggregates state.
func (d *dashboard) reportedRow(r *reported) cards.DrawnRow {
	row := cards.DrawnRow{Key: "reported", Label: d.T("usage.reported"), Cells: []cards.DrawnCell{{Figure: cards.Figure{Text: d.T("usage.reported.where", text.ShortDay(r.on))}}}}
	for _, n := range r.over {
		row.Cells = append(row.Cells, cards.DrawnCell{Figure: cards.Whole(n)})
	}
	row.Cells = append(row.Cells, cards.DrawnCell{Figure: cards.Whole(nil)}) // no aggregate counts a calendar month
	return row
}

// followed names the reading that "Match GitHub's page" follows where GitHub's own pages
// disagree about a card.
func (d *dashboard) followed(card string) []string {
	if !d.State.Parity {
		return nil
	}
	return []string{d.T("usage.followed." + card)}
}
