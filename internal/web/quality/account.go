package quality

import (
	"cmp"
	"context"
	"slices"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/sorting"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// ComparedRow is a figure that two sources or breakdowns state, and why they differ.
type ComparedRow struct {
	Measure, One, Other       string
	First, Second, Difference cards.Figure
	Why                       []string
}

// UnknownRow is what records do not say, of how much, and because of what.
type UnknownRow struct {
	What, Why string
	// Amount is in lines, but where Unit says otherwise.
	Amount cards.Figure
	Unit   string
	Share  cards.Figure
}

// comparedMeasures are reconciled, each apart.
var comparedMeasures = []struct {
	name string
	of   func(question.Lines) *int64
	at   int // its place in a question.Disagreement
}{
	{"loc_added", func(l question.Lines) *int64 { return l.Added }, 0},
	{"loc_deleted", func(l question.Lines) *int64 { return l.Deleted }, 1},
}

// reconcile fills in what the window's lines are reconciled with, and how much is not known of them.
func (d *dashboard) reconcile(ctx context.Context, v *view, c *question.Coverage) error {
	words := d.Effective.Words(d.Window)
	rest, err := d.comparedRest(ctx, c, words)
	if err != nil {
		return err
	}
	sums, err := d.Data.Reconcile(ctx, words)
	if fault.KindOf(err) == fault.Unsupported {
		v.Unreconciled, v.Compared = text.Stopped(text.Upper(err.Error())), rest
		return nil
	}
	if err != nil {
		return err
	}
	v.Compared = append(d.comparedRows(sums, c.Disagreement), rest...)
	v.Unknown, err = d.unknownRows(ctx, sums, words)
	return err
}

// comparedRows lists the total against each breakdown's sum, and user records against aggregates.
func (d *dashboard) comparedRows(sums *question.Reconciliation, differ *question.Disagreement) (out []ComparedRow) {
	add := func(measure, one, other string, first, second *int64, why []string) {
		if a, b := cards.Float(first), cards.Float(second); a != nil || b != nil {
			out = append(out, d.compared(metric.MeasureByName(measure).Label, one, other, a, b, why...))
		}
	}
	for _, m := range comparedMeasures {
		if differ != nil {
			add(m.name, d.T("quality.reconcile.users"), d.T("quality.reconcile.aggregates"), &differ.Users[m.at], &differ.Aggregate[m.at],
				[]string{d.T("quality.reconcile.differ", text.Grouped(int64(len(differ.Days))), d.DaysWord(differ.Of), text.Runs(differ.Days))})
		}
		for _, check := range sums.Checks {
			var why []string
			for _, r := range check.Residuals {
				if n := m.of(r.Lines); n != nil && *n != 0 {
					why = append(why, d.T("quality.reconcile.cause", text.Upper(r.Cause), text.Grouped(*n)))
				}
			}
			add(m.name, d.T("reconciliation.total"), d.T("quality.reconcile.by", d.T("check."+check.Breakdown)), m.of(sums.Total), m.of(check.Sum), why)
		}
	}
	return out
}

// compared is a row of two figures of one thing, and why they differ.
func (d *dashboard) compared(label, one, other string, a, b *float64, why ...string) ComparedRow {
	if len(why) == 0 {
		why = []string{d.T("quality.reconcile.even")}
	}
	return ComparedRow{label, one, other, cards.Whole(a), cards.Whole(b), cards.Whole(query.Minus(a, b)), why}
}

// comparedRest lists what else than lines two reports state: active people, phases and pull
// requests.
func (d *dashboard) comparedRest(ctx context.Context, c *question.Coverage, words question.Parameters) (out []ComparedRow, err error) {
	users, aggregates := d.T("quality.reconcile.users"), d.T("quality.reconcile.aggregates")
	for _, n := range c.Counts {
		why := []string{d.T("quality.reconcile.days.even", d.DaysWord(n.Of), text.ShortDay(n.On))}
		if len(n.Days) > 0 {
			why = []string{d.T("quality.reconcile.days.differ", text.Grouped(int64(len(n.Days))), d.DaysWord(n.Of), text.Runs(n.Days), text.ShortDay(n.On)), d.T("quality.reconcile.people")}
		}
		if n.Missing > 0 {
			why = append(why, d.T("quality.reconcile.trailing", d.DaysWord(n.Missing)))
		}
		out = append(out, d.compared(metric.MeasureByName(n.Measure).Label, users, aggregates, cards.Float(&n.Users), cards.Float(&n.Aggregate), why...))
	}
	for _, p := range c.Phases {
		why := []string{d.T("quality.reconcile.ason.even", text.ShortDay(p.On))}
		switch {
		case p.Stated == nil:
			why = []string{d.T("quality.reconcile.unlisted", text.ShortDay(p.On))}
		case p.Records != *p.Stated:
			why = []string{d.T("quality.reconcile.ason", text.ShortDay(p.On)), d.T("quality.reconcile.people")}
		}
		if p.Computed > 0 {
			why = append(why, d.T("quality.reconcile.computed", text.Grouped(p.Computed)))
		}
		out = append(out, d.compared(d.T("quality.reconcile.phase", d.ValueLabel("phase", p.Phase)), users, aggregates, cards.Float(&p.Records), cards.Float(p.Stated), why...))
	}
	if d.Place.Organization == nil && d.Place.Team == nil {
		o, err := d.Data.Overlap(ctx, words)
		if err != nil && fault.KindOf(err) != fault.Unsupported { // of too few weeks for who asks
			return nil, err
		}
		if o != nil {
			sum, why := o.People+o.Again-o.None, []string{}
			if o.Several > 0 {
				why = append(why, d.T("quality.reconcile.several", text.Grouped(o.Several), text.Grouped(o.Again)))
			}
			if o.None > 0 {
				why = append(why, d.T("quality.reconcile.none.in", text.Grouped(o.None)))
			}
			out = append(out, d.compared(metric.MeasureByName("active_users").Label, d.Entity.Label(), d.T("quality.reconcile.by", d.T("quality.reconcile.organization")), cards.Float(&o.People), cards.Float(&sum), why...))
		}
	}
	pulls, err := d.comparedPulls(ctx, words)
	return append(out, pulls...), err
}

// comparedPulls compares pull requests that aggregates state of the whole with those of its
// organizations and of its repositories.
func (d *dashboard) comparedPulls(ctx context.Context, words question.Parameters) (out []ComparedRow, err error) {
	if d.Place.Team != nil {
		return nil, nil
	}
	words.Measures = []string{"pull_requests_created", "pull_requests_merged"}
	by := []string{"repository"}
	if d.Place.Organization == nil {
		by = []string{"organization", "repository"}
	}
	questions := []cards.Question{{Name: "all", Words: words}}
	for _, dimension := range by {
		w := words
		w.By = []string{dimension}
		questions = append(questions, cards.Question{Name: dimension, Words: w})
	}
	answers, err := cards.AskAll(ctx, d.Data, questions)
	if err != nil {
		return nil, err
	}
	for _, measure := range words.Measures {
		for _, dimension := range by {
			a := answers.Of(dimension)
			var sum *float64
			for _, row := range a.Rows() {
				if name, named := a.Name(row, dimension); named && !query.IsOthers(name) && name != metric.UnknownMembership {
					sum = query.Plus(sum, a.Value(row, measure))
				}
			}
			total := answers.Of("all").Single(measure)
			refused := answers.Refused[dimension]
			if total == nil || sum == nil && refused == nil {
				continue // one of them is not here
			}
			var why []string
			switch {
			case refused != nil:
				why = []string{text.Stopped(text.Upper(refused.Error()))}
			case *total != *sum:
				why = []string{d.T("quality.reconcile.pulls." + dimension)}
			}
			if a.Hides() {
				why = append(why, d.T("quality.reconcile.hidden"))
			}
			out = append(out, d.compared(metric.MeasureByName(measure).Label, d.T("quality.reconcile.aggregates"), d.T("quality.reconcile.by", d.T("quality.reconcile."+dimension)), total, sum, why...))
		}
	}
	return out, nil
}

// unknownRows lists how much of the changed lines is of no known initiator, editor, language, model
// or organization, by cause, and how many records state no lines at all.
func (d *dashboard) unknownRows(ctx context.Context, sums *question.Reconciliation, words question.Parameters) (out []UnknownRow, err error) {
	total := cards.Float(sums.Total.Changed)
	add := func(dimension, why string, lines *float64) {
		if lines == nil || *lines == 0 {
			return
		}
		out = append(out, UnknownRow{What: d.Dimension(dimension), Why: why, Amount: cards.Whole(lines), Share: cards.Write(query.Share(lines, total), text.Percent, text.Percent)})
	}
	for _, p := range sums.Parts {
		if p.Name == "unclassified" {
			add("initiator", d.T("quality.unknown.unclassified"), cards.Float(p.Lines.Changed))
		}
	}
	for _, check := range sums.Checks {
		if check.Breakdown == "feature" {
			continue // what is under no feature is unclassified
		}
		for _, r := range check.Residuals {
			add(check.Breakdown, text.Upper(r.Cause), cards.Float(r.Lines.Changed))
		}
	}
	for _, dimension := range []string{"language", "model"} {
		a, err := d.changedLinesBy(ctx, words, dimension)
		if err != nil {
			return nil, err
		}
		if a == nil {
			continue
		}
		for _, row := range a.Rows {
			if name, _ := a.Name(row, dimension); name == shell.UnknownValue {
				add(dimension, d.T("quality.unknown.reported"), a.Value(row, "loc_changed"))
			}
		}
	}
	if d.Place.Organization == nil && d.Place.Team == nil {
		a, err := d.changedLinesBy(ctx, words, "organization")
		if err != nil {
			return nil, err
		}
		if a == nil {
			out = append(out, UnknownRow{What: d.Dimension("organization"), Why: d.T("quality.unknown.refused"), Amount: cards.Whole(nil), Share: cards.Whole(nil)})
		} else {
			for _, row := range a.Rows {
				switch name, named := a.Name(row, "organization"); {
				case name == metric.UnknownMembership:
					add("organization", d.T("quality.unknown.memberships"), a.Value(row, "loc_changed"))
				case !named:
					add("organization", d.T("quality.unknown.none"), a.Value(row, "loc_changed"))
				}
			}
		}
	}
	var order []string
	for _, row := range out {
		order = append(order, row.What)
	}
	sorting.Stable(out, func(x, y UnknownRow) int { // what one thing is unknown for stands together
		return cmp.Compare(slices.Index(order, x.What), slices.Index(order, y.What))
	})
	if n := float64(d.Status.LinesUnknown); n > 0 {
		rows := float64(sums.Rows)
		out = append(out, UnknownRow{What: d.T("quality.unknown.lines"), Why: d.T("quality.unknown.lines.why"), Amount: cards.Whole(&n), Unit: d.T("quality.unknown.records"), Share: cards.Write(query.Share(&n, &rows), text.Percent, text.Percent)})
	}
	return out, nil
}

// changedLinesBy asks for the changed lines by a dimension; nil if that is not answered.
func (d *dashboard) changedLinesBy(ctx context.Context, words question.Parameters, by string) (*query.Answer, error) {
	words.Measures, words.By = []string{"loc_changed"}, []string{by}
	a, err := d.Data.Query(ctx, words)
	if fault.KindOf(err) == fault.Unsupported {
		return nil, nil
	}
	return a, err
}

// latestImports is how many changes of the data are listed, of so many of the latest: those that
// only link identities move no report days, and are not.
const (
	latestImports = 8
	latestChanges = 100
)

// listImports lists the latest changes of the data to whoever may undo them.
func (d *dashboard) listImports(ctx context.Context, v *view) error {
	if d.Options.Admin == nil || d.Place.Organization != nil || d.Place.Team != nil || !access.Of(d.HTTP.Context()).Can(access.Import, d.Entity) {
		return nil
	}
	list, err := d.Options.Admin.DataHistory(ctx, admin.HistoryRequest{ScopeNames: access.ScopeNames{Enterprise: d.Place.Enterprise.Key()}, Limit: latestChanges})
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(c admin.DataChange) bool { return c.Action == "link" })
	v.Imports, err = d.Shell.History(ctx, d.Place, list[:min(latestImports, len(list))], d.HTTP.URL)
	return err
}
