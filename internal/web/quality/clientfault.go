package quality

import (
	"context"
	"maps"
	"slices"
	"strings"

	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/text"
)

// FaultView says whom a known fault of clients may concern.
type FaultView struct {
	Name, Label, Text, People, Lines string
	Rows                             []FaultRow
	// Bounds are the figures that it touches, Weeks how people move to mended clients.
	Bounds []BoundRow
	Weeks  []WeekRow
}

// BoundRow is a figure of the window, and on which side of it the true one lies. Why says why
// it is not known.
type BoundRow struct {
	Label, Side string
	Figure      cards.Figure
	Why         string
}

// WeekRow is how many people's last client of a week may have the fault, how many others' is of
// an editor in which it is mended, and how many have other editors.
type WeekRow struct {
	Week, From               string
	Affected, Mended, Others cards.Figure
	Bar                      *cards.RowBar
}

// FaultRow is a group of people whose client may have the fault.
type FaultRow struct {
	Client, Version, Plugin, Mended, People string
	Logins                                  []string
	More                                    string // how many are not in Logins
	count                                   any    // of people, nil if it is hidden
}

// faultLogins is how many people a row of a fault names.
const faultLogins = 100

func (d *dashboard) faultView(f question.ClientFault) FaultView {
	out := FaultView{Name: f.Fault.Name, Label: f.Fault.Label, Text: f.Fault.Text, People: d.Plural("quality.fault.people", f.Known, d.people(f.People))}
	if left := f.Known - f.People; left > 0 && left < d.minimum {
		out.People = d.T("quality.fault.most")
	}
	if f.Few {
		out.People = d.FaultPeople(f)
	}
	key := "quality.fault.theirs"
	if f.Everybody {
		key = "quality.fault.everybody"
	}
	lines := func(n *int64) string {
		if n == nil {
			if !d.Masked() {
				return d.T("quality.fault.unknown")
			}
			return d.T("quality.fault.hidden")
		}
		return d.LinesOr(cards.Float(n))
	}
	out.Lines = d.T(key, lines(f.Low), lines(f.High))
	for _, c := range f.Clients {
		row := FaultRow{Client: c.Label, Version: text.OrNone(c.IDEVersion), Plugin: text.OrNone(strings.TrimSpace(c.Plugin + " " + c.PluginVersion)), Mended: c.Mended, People: d.people(c.People), count: d.count(c.People)}
		if !d.Masked() {
			row.Logins = c.Logins[:min(len(c.Logins), faultLogins)]
			if more := len(c.Logins) - faultLogins; more > 0 {
				row.More = d.T("quality.fault.more", text.Grouped(int64(more)))
			}
		}
		out.Rows = append(out.Rows, row)
	}
	most := 0
	for _, w := range f.Weeks {
		most = max(most, w.Known)
	}
	for _, w := range f.Weeks {
		affected, mended, others := float64(w.Affected), float64(w.Mended), float64(w.Known-w.Affected-w.Mended)
		out.Weeks = append(out.Weeks, WeekRow{text.ShortDay(w.Monday), w.Monday.String(), cards.Whole(&affected), cards.Whole(&mended), cards.Whole(&others),
			cards.NewRowBar(float64(most), cards.Part{Step: cards.StepStrong, Value: mended}, cards.Part{Step: cards.StepPale, Value: affected}, cards.Part{Step: cards.StepGrey, Value: others})})
	}
	return out
}

// bounds asks for the figures of the window that a fault touches.
func (d *dashboard) bounds(ctx context.Context, f *metric.ClientFault) ([]BoundRow, error) {
	parts := []metric.FaultPart{}
	for _, measure := range slices.Sorted(maps.Keys(f.Bounds)) {
		parts = append(parts, metric.FaultPart{Label: metric.MeasureByName(measure).Label, Measure: measure, Bound: f.Bounds[measure]})
	}
	parts = append(parts, f.Parts...)
	ask := func(p metric.FaultPart) string { return p.Measure + " by " + p.Dimension }
	var questions []cards.Question
	for _, p := range parts {
		w := d.Effective.Words(d.Window)
		if w.Measures = []string{p.Measure}; p.Measure == "agent_contribution" {
			w.Measures = append(w.Measures, p.Measure+"_max")
		}
		if p.Dimension != "" {
			w.By = []string{p.Dimension}
		}
		if !slices.ContainsFunc(questions, func(q cards.Question) bool { return q.Name == ask(p) }) {
			questions = append(questions, cards.Question{Name: ask(p), Words: w})
		}
	}
	answers, err := cards.AskAll(ctx, d.Data, questions)
	if err != nil {
		return nil, err
	}
	var out []BoundRow
	for _, p := range parts {
		row := BoundRow{Label: p.Label, Side: d.T("quality.bound." + p.Bound), Figure: cards.Whole(nil), Why: d.T("quality.bound.unknown")}
		if refused := answers.Refused[ask(p)]; refused != nil {
			row.Why = text.Stopped(text.Upper(refused.Error()))
		}
		a := answers.Of(ask(p))
		for _, cells := range a.Rows() {
			if name, _ := a.Name(cells, p.Dimension); p.Dimension != "" && name != p.Value || a.Value(cells, p.Measure) == nil {
				continue
			}
			if p.Bound == metric.AtMost && a.Partial(cells) {
				row.Why = d.T("quality.bound.hidden")
				continue // what is hidden of it comes on top
			}
			if row.Figure = a.Figure(cells, p.Measure); row.Figure.Value == "" {
				continue // it may be anything
			}
			if row.Why = ""; !cards.IsInterval(a.Value(cells, p.Measure), a.Value(cells, p.Measure+"_max")) { // such a share is written as what it is already
				row.Figure.Text = boundSigns[p.Bound] + row.Figure.Text
			}
		}
		out = append(out, row)
	}
	return out, nil
}

// boundSigns write on which side of a figure the true one lies.
var boundSigns = map[string]string{metric.AtLeast: "≥ ", metric.AtMost: "≤ "}

// notUnderstood says whose client's version cannot be compared, "" if nobody's.
func (d *dashboard) notUnderstood(groups []question.ClientGroup) string {
	people, names := 0, []string{}
	for _, g := range groups {
		people += g.People
		names = append(names, g.Label+" "+g.IDEVersion)
	}
	if people == 0 {
		return ""
	}
	const most = 5
	if len(names) > most {
		names = append(names[:most], "…")
	}
	if people < d.minimum {
		return d.T("quality.notunderstood.few", d.people(people), strings.Join(names, ", "))
	}
	return d.Plural("quality.notunderstood", people, strings.Join(names, ", "))
}
