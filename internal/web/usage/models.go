package usage

import (
	"cmp"
	"slices"
	"strings"

	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/sorting"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// value is a model, language or mode with its figures.
type value struct {
	dimension, key, label string
	// neutral values are none: what is unknown, withheld or left to others.
	neutral bool
	// rest orders neutral values after all others.
	rest bool
	// partial values are hidden in part, so that sum is a lower bound, or hold what is hidden of
	// others.
	partial  bool
	sum      *float64
	byPeriod map[string]*float64
	// by has the sums by the value of another dimension.
	by map[string]*float64
}

// topValues is how many values a card names.
const topValues = 8

// valuesOf adds up a measure by the values of a dimension, over the modes that are kept;
// other is a further dimension to divide by.
func (d *dashboard) valuesOf(ask, daily, dimension, measure, other string, keep func(feature string) bool) []value {
	byKey := map[string]*value{}
	var order []string
	at := func(t *cards.Answer, row []any) *value {
		key, named := t.Name(row, dimension)
		if !named {
			key = "\x00"
		}
		v := byKey[key]
		if v == nil {
			v = d.newValue(dimension, key, named)
			byKey[key], order = v, append(order, key)
		}
		return v
	}
	kept := func(t *cards.Answer, row []any) bool {
		if t.Column("feature") < 0 {
			return true
		}
		name, named := t.Name(row, "feature")
		return keep(name) && (named || keep(""))
	}
	t := d.Answers.Of(ask)
	for _, row := range t.Rows() {
		if !kept(t, row) {
			continue
		}
		v := at(t, row)
		v.partial = v.partial || t.Partial(row) || v.rest && t.Hides()
		v.sum = query.Plus(v.sum, t.Value(row, measure))
		if other != "" {
			name, named := t.Name(row, other)
			if !named {
				name = "\x00"
			}
			v.by[name] = query.Plus(v.by[name], t.Value(row, measure))
		}
	}
	if daily != "" {
		t := d.Answers.Of(daily)
		for _, row := range t.Rows() {
			if kept(t, row) {
				v := at(t, row)
				key, _ := t.Name(row, d.fine.Grain)
				v.byPeriod[key] = query.Plus(v.byPeriod[key], t.Value(row, measure))
			}
		}
	}
	var out []value
	for _, key := range order {
		if v := byKey[key]; !cards.Nothing(v.sum) || len(v.byPeriod) > 0 && !cards.Nothing(v.sum) {
			out = append(out, *v)
		}
	}
	sorting.Stable(out, func(a, b value) int {
		return cmp.Or(boolean(a.rest)-boolean(b.rest), cmp.Compare(cards.OrZero(b.sum), cards.OrZero(a.sum)), strings.Compare(a.key, b.key))
	})
	return out
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (d *dashboard) newValue(dimension, key string, named bool) *value {
	v := &value{dimension: dimension, key: key, byPeriod: map[string]*float64{}, by: map[string]*float64{}}
	switch {
	case !named:
		v.key, v.label, v.neutral, v.rest = "", d.T("usage.none."+dimension), true, true
	case query.IsOthers(key):
		v.label, v.neutral, v.rest = key, true, true
	case key == shell.UnknownValue || key == metric.Blank:
		v.label, v.neutral, v.rest = d.ValueLabel(dimension, key), true, true
	case key == "auto" || key == "others":
		v.label, v.neutral = d.ValueLabel(dimension, key), true
	default:
		v.label = d.ValueLabel(dimension, key)
	}
	return v
}

// top keeps the largest values and adds the others up, before what is unknown. As on
// GitHub's page unknown values are left out, which notes say.
func (d *dashboard) top(list []value) (out []value, notes []string) {
	var rest []value
	for _, v := range list {
		switch {
		case v.rest:
			rest = append(rest, v)
		default:
			out = append(out, v)
		}
	}
	if len(out) > topValues+1 {
		many := value{label: d.T("comparison.other", text.Grouped(int64(len(out)-topValues))), neutral: true, rest: true, byPeriod: map[string]*float64{}, by: map[string]*float64{}}
		for _, v := range out[topValues:] {
			many.sum, many.partial = query.Plus(many.sum, v.sum), many.partial || v.partial
			for k, n := range v.byPeriod {
				many.byPeriod[k] = query.Plus(many.byPeriod[k], n)
			}
			for k, n := range v.by {
				many.by[k] = query.Plus(many.by[k], n)
			}
		}
		out = append(out[:topValues:topValues], many)
	}
	for _, v := range rest {
		if d.State.Parity {
			notes = append(notes, d.T("usage.leftout", v.label, whole(v.sum)))
			continue
		}
		out = append(out, v)
	}
	return out, notes
}

func sumOf(list []value) (sum *float64) {
	for _, v := range list {
		sum = query.Plus(sum, v.sum)
	}
	return sum
}

// url filters to a value.
func (d *dashboard) url(v value) string {
	if v.key == "" || query.IsOthers(v.key) || d.Effective.Has(v.dimension) {
		return ""
	}
	return d.State.Add(v.dimension, v.key).URL()
}

// rows is a table of values: with small columns over time, whose figures write writes, or
// bars if it is nil.
func (d *dashboard) rows(id, head, unit string, list []value, all *float64, write func(float64) string) *cards.DrawnTable {
	overTime := write != nil
	graphic := cards.DrawnHead{Label: "", Graphic: true}
	if overTime {
		graphic.Label = d.T("usage.per."+d.fine.Grain) + d.T("usage.ownscale")
	}
	heads := []cards.DrawnHead{{Label: head, Series: "name"}, {Label: unit, Series: "number", Numeric: true}, {Label: d.T("usage.share"), Numeric: true}, graphic}
	if overTime {
		heads = append(heads, cards.DrawnHead{Label: d.T("usage.peak"), Series: "peak", Numeric: true})
	}
	most := 0.0
	for _, v := range list {
		most = max(most, cards.OrZero(v.sum))
	}
	t := &cards.DrawnTable{Heads: heads}
	for _, v := range list {
		step := cards.StepMid
		if v.neutral {
			step = cards.StepGrey
		}
		of := query.Share(v.sum, all)
		if v.partial {
			of = nil
		}
		r := cards.DrawnRow{Key: v.key, Label: v.label, Neutral: v.neutral, URL: d.url(v), Cells: []cards.DrawnCell{{Figure: v.sumFigure()}, {Figure: cards.Write(of, text.Percent, text.Percent)}}}
		if overTime {
			small := d.smallColumns(v.byPeriod, write)
			r.Cells = append(r.Cells, cards.DrawnCell{Columns: small}, cards.DrawnCell{Figure: cards.Write(small.Peak, write, write)})
		} else {
			r.Cells = append(r.Cells, cards.DrawnCell{Bar: cards.NewRowBar(most, cards.Part{Step: step, Value: cards.OrZero(v.sum)})})
		}
		t.Rows = append(t.Rows, r)
	}
	d.SortTable(id, t)
	return t
}

func (d *dashboard) smallColumns(byPeriod map[string]*float64, write func(float64) string) *cards.SmallColumns {
	return cards.NewSmallColumns(d.finePeriods, byPeriod, func(peak float64) string {
		return d.T("usage.small", d.T("usage.per."+d.fine.Grain), write(peak))
	})
}

// sumFigure writes the sum of a value. What holds the rest of others is as large as it is.
func (v *value) sumFigure() cards.Figure {
	return cards.LowerBound(v.partial && !v.rest, cards.Whole(v.sum))
}

// footRow is the sum over all rows.
func (d *dashboard) footRow(label string, all cards.Figure, byPeriod map[string]*float64) *cards.DrawnRow {
	r := &cards.DrawnRow{Label: label, Cells: []cards.DrawnCell{{Figure: all}, {Figure: cards.Figure{Text: text.WholePercent(1), Value: "1"}}}}
	if byPeriod != nil {
		r.Cells = append(r.Cells, cards.DrawnCell{}, cards.DrawnCell{Figure: cards.Whole(d.smallColumns(byPeriod, text.Whole).Peak)})
	} else {
		r.Cells = append(r.Cells, cards.DrawnCell{})
	}
	return r
}

// periodData is the table of what small columns draw.
func (d *dashboard) periodData(caption string, list []value, write func(float64) string) []cards.Table {
	var columns []cards.Column
	var values []map[string]*float64
	for _, v := range list {
		columns, values = append(columns, cards.Column{Label: v.label, Series: v.key, Draw: "none"}), append(values, v.byPeriod)
	}
	t := d.periodChart(d.fine, caption, columns, write, values...)
	for i := range t.Rows {
		t.Rows[i].Plot = false
	}
	return []cards.Table{t}
}

// inShares returns values with their share of each period in the place of its figures.
func inShares(list []value, all map[string]*float64) []value {
	out := slices.Clone(list)
	for i, v := range list {
		out[i].byPeriod = map[string]*float64{}
		for key, n := range v.byPeriod {
			out[i].byPeriod[key] = query.Share(n, all[key])
		}
	}
	return out
}

// sharesSwitch shows what is divided over time as figures or as shares.
func (d *dashboard) sharesSwitch(id, unit string) []shell.Choice {
	to := func(on bool) string {
		return d.State.With(func(s *shell.State) { s.Shares = on }).URL() + "#" + id
	}
	return []shell.Choice{{Label: unit, URL: to(false), On: !d.State.Shares}, {Label: d.T("usage.share"), URL: to(true), On: d.State.Shares}}
}

// topWords names the three largest values of which something is known.
func (d *dashboard) topWords(list []value) string {
	var out []string
	for _, v := range list {
		if len(out) < 3 && !cards.Nothing(v.sum) {
			out = append(out, v.label+" "+v.sumFigure().Text)
		}
	}
	return d.List(out)
}

// modelTile is "Most used chat model".
func (d *dashboard) modelTile() cards.KPICard {
	c := d.tile("chat-model", "usage.model", modeCounters[:1], "model", "feature")
	if c.Blocked != nil {
		return c
	}
	list := d.models()
	best := mostUsed(list)
	if best == nil || d.hidesSome(askModels) { // another may have more that is hidden
		c.Figure, c.NoChange = cards.Write(nil, nil, nil), ""
		switch all := sumOf(list); {
		case d.hidesSome(askModels):
			c.Denominator = d.T("usage.model.hidden")
		case cards.Nothing(all):
			c.Denominator = d.T("usage.nochat")
		default:
			c.Denominator = d.T("usage.model.unnamed", whole(all))
		}
		return c
	}
	all := sumOf(list)
	c.Figure = cards.Figure{Text: best.label, Full: best.label, Value: best.key}
	c.Denominator = d.T("usage.model.of", text.FigureOr(query.Share(best.sum, all), text.WholePercent), whole(all))
	c.NoChange = d.T("usage.model.requests", whole(best.sum))
	c.Spark = d.spark(best.byPeriod, d.finePeriods, text.Whole)
	if !d.State.Parity && !d.Weeks && len(d.Effective.Where) == 0 {
		c.GitHub = &cards.GitHubFigure{Figure: c.Figure, Same: true, URL: d.State.With(func(s *shell.State) { s.Parity = true }).URL(),
			Lines: []shell.Fact{{Label: d.T("usage.model.rule"), Value: best.label}}}
	}
	c.Sentence = d.Say(d.T("usage.model.sentence", d.WindowSentence(), best.label, whole(best.sum), whole(all), d.Scope()))
	return c
}

// mostUsed returns the value with the most requests; of equal ones the first by name. Automatic
// selection and GitHub's "others" win only if there is nothing else, and what is unknown never.
func mostUsed(list []value) *value {
	var best *value
	for i := range list {
		v := &list[i]
		switch {
		case v.rest:
		case best == nil, best.neutral && !v.neutral:
			best = v
		case best.neutral != v.neutral:
		case cards.OrZero(v.sum) > cards.OrZero(best.sum), cards.OrZero(v.sum) == cards.OrZero(best.sum) && v.key < best.key:
			best = v
		}
	}
	return best
}

// models are those of chats, divided by mode; completions name none.
func (d *dashboard) models() []value {
	if d.modelList == nil {
		d.modelList = d.valuesOf(askModels, askModelsDaily, "model", "interactions", "feature", isChat)
	}
	return d.modelList
}

// listCard begins a card of values.
func (d *dashboard) listCard(id, key string, measures []string, by ...string) *cards.TableCard {
	c := d.table(id, key, "")
	c.Menu = d.MenuOf(id, measures, by)
	c.Menu.Formula, c.Menu.Reading = d.T("usage.formula."+bare(key)), d.T("usage.reading."+bare(key))
	c.Blocked = d.Block(measures, by...)
	return c
}

// modelUsage is "Model usage".
func (d *dashboard) modelUsage() card {
	c := d.listCard("model-usage", "usage.modelusage", modeCounters[:1], "model", "feature")
	if c.Blocked != nil {
		return card{Table: c}
	}
	all := d.models()
	list, notes := d.top(all)
	if c.Empty = d.emptyChat(all); c.Empty != "" {
		return card{Table: c}
	}
	c.Lead = &cards.Lead{Figure: d.sumOver(askModels, sumOf(all)), Unit: d.T("usage.requests.chat"),
		Change: d.ChangeFrom(cards.KPI{Text: text.Whole, Full: text.Whole}, d.unhidden(askModels, sumOf(all)), d.unhidden(askModesBefore, d.counter(askModesBefore, "interactions", isChat)))}
	c.Table, c.Notes = d.rows(c.ID, d.Dimension("model"), d.T("usage.requests"), list, d.unhidden(askModels, sumOf(all)), nil), notes
	if slices.ContainsFunc(list, func(v value) bool { return v.key == "auto" }) {
		c.Notes = append(c.Notes, d.T("usage.auto"))
	}
	c.Notes = append(c.Notes, d.hiddenNote(askModels)...)
	c.Sentence = d.Say(d.T("usage.list.sentence", d.WindowSentence(), d.sumOver(askModels, sumOf(all)).Text, d.T("usage.requests.chat"), d.Scope(), d.topWords(list)))
	return card{Table: c}
}

func (d *dashboard) emptyChat(list []value) string {
	if cards.Nothing(sumOf(list)) {
		return d.T("usage.nochat.card")
	}
	return ""
}

// modelPerDay is "Model usage per day".
func (d *dashboard) modelPerDay() card {
	c := d.listCard("model-days", "usage.modeldays", modeCounters[:1], d.fine.Grain, "model", "feature")
	if c.Blocked != nil {
		return card{Table: c}
	}
	all := d.models()
	if c.Empty = d.emptyChat(all); c.Empty != "" {
		return card{Table: c}
	}
	list, notes := d.top(all)
	d.overTimeCard(c, askModels, askModelsDaily, d.Dimension("model"), d.T("usage.requests"), d.T("usage.requests.busiest."+d.fine.Grain), list, all)
	c.Notes = append(c.Notes, notes...)
	return card{Table: c}
}

// overTimeCard fills a card of values over time, of two questions: over the window, and over
// time.
func (d *dashboard) overTimeCard(c *cards.TableCard, ask, daily, head, unit, busiest string, list, all []value) {
	byPeriod := map[string]*float64{}
	for _, v := range all {
		for k, n := range v.byPeriod {
			byPeriod[k] = query.Plus(byPeriod[k], n)
		}
	}
	var peak *float64
	for _, p := range d.finePeriods {
		if n := byPeriod[p.Key]; n != nil && p.State != "provisional" && (peak == nil || *n > *peak) {
			peak = n
		}
	}
	c.Lead = &cards.Lead{Figure: d.sumOver(daily, peak), Unit: busiest}
	for key := range d.partialPeriods(daily) {
		byPeriod[key] = nil // has no shares
	}
	c.Switches = d.sharesSwitch(c.ID, unit)
	shown, write := list, text.Whole
	if d.State.Shares {
		shown, write = inShares(list, byPeriod), text.Percent
		c.Definition = d.T("usage.shares." + d.fine.Grain)
	}
	c.Table, c.Data = d.rows(c.ID, head, unit, shown, d.unhidden(ask, sumOf(all)), write), d.periodData(c.Title, shown, write)
	c.Notes = append(append(c.Notes, d.stateNotes(c.Data[0])...), d.hiddenNote(daily)...)
	c.Sentence = d.Say(d.T("usage.list.sentence", d.WindowSentence(), d.sumOver(ask, sumOf(all)).Text, text.Lower(unit), d.Scope(), d.topWords(list)))
}

// matrix is a table of two dimensions, tinted by share of its row.
func (d *dashboard) matrix(id, head string, list, columns []value) *cards.DrawnTable {
	t := &cards.DrawnTable{Heads: []cards.DrawnHead{{Label: head, Series: "name"}}}
	for _, c := range columns {
		t.Heads = append(t.Heads, cards.DrawnHead{Label: c.label, Series: c.key, Numeric: true})
	}
	t.Heads = append(t.Heads, cards.DrawnHead{Label: d.T("usage.all"), Series: "all", Numeric: true})
	for _, v := range list {
		r := cards.DrawnRow{Key: v.key, Label: v.label, Neutral: v.neutral, URL: d.url(v)}
		for _, c := range columns {
			var n *float64
			for key := range c.by { // the column's own values
				n = query.Plus(n, v.by[key])
			}
			r.Cells = append(r.Cells, cards.Tinted(n, v.sum))
		}
		r.Cells = append(r.Cells, cards.DrawnCell{Figure: v.sumFigure()})
		t.Rows = append(t.Rows, r)
	}
	d.SortTable(id, t)
	return t
}

// modelPerMode is "Model usage per chat mode".
func (d *dashboard) modelPerMode() card {
	c := d.listCard("model-modes", "usage.modelmodes", modeCounters[:1], "model", "feature")
	if c.Blocked != nil {
		return card{Table: c}
	}
	all := d.models()
	if c.Empty = d.emptyChat(all); c.Empty != "" {
		return card{Table: c}
	}
	list, notes := d.top(all)
	modes := githubModes
	if !d.State.Parity {
		modes = slices.Concat(githubModes, moreModes)
	}
	var columns []value
	for _, name := range modes {
		if sum := d.counter(askModels, "interactions", func(f string) bool { return f == name }); !cards.Nothing(sum) {
			columns = append(columns, value{key: name, label: d.T("usage.mode." + name), by: map[string]*float64{name: nil}, sum: sum})
		}
	}
	c.Table, c.Notes = d.matrix(c.ID, d.Dimension("model"), list, columns), append(notes, d.hiddenNote(askModels)...)
	if best := mostUsed(all); best != nil && len(columns) > 0 && !d.hidesSome(askModels) {
		of := query.Share(best.by[columns[0].key], columns[0].sum)
		c.Lead = &cards.Lead{Figure: cards.Write(of, text.WholePercent, text.Percent), Unit: d.T("usage.modelmodes.unit", text.Lower(columns[0].label), best.label)}
		c.Sentence = d.Say(d.T("usage.modelmodes.sentence", d.WindowSentence(), text.FigureOr(of, text.Percent), text.Lower(columns[0].label), d.Scope(), best.label))
	}
	return card{Table: c}
}

// modelPerLanguage is "Model usage per language": by generations, since no report has
// requests by language.
func (d *dashboard) modelPerLanguage() card {
	c := d.listCard("model-languages", "usage.modellanguages", modeCounters[1:2], "language", "model")
	if c.Blocked == nil && d.Answers.Refused[askMatrix] != nil {
		c.Blocked = &cards.Blocked{Message: d.T("usage.modellanguages.people")}
	}
	if c.Blocked != nil {
		return card{Table: c}
	}
	keep := func(string) bool { return true }
	byModel := d.valuesOf(askMatrix, "", "model", "generations", "", keep)
	all := d.valuesOf(askMatrix, "", "language", "generations", "model", keep)
	if cards.Nothing(sumOf(all)) {
		c.Empty = d.T("usage.nogenerations")
		return card{Table: c}
	}
	list, notes := d.top(all)
	const most = 5
	var columns []value
	many := value{key: "other", by: map[string]*float64{}}
	var last value
	named := 0
	for _, m := range byModel {
		key := m.key
		if key == "" {
			key = "\x00"
		}
		m.by = map[string]*float64{key: nil}
		switch {
		case m.rest && !d.State.Parity:
			columns = append(columns, m)
		case m.rest:
		case named < most && !m.neutral:
			columns, named = append(columns, m), named+1
		default:
			many.by[key], last = nil, m
		}
	}
	switch len(many.by) {
	case 0:
	case 1:
		columns = slices.Insert(columns, named, last)
	default:
		many.label = d.T("comparison.other", text.Grouped(int64(len(many.by))))
		columns = slices.Insert(columns, named, many)
	}
	c.Table, c.Notes = d.matrix(c.ID, d.Dimension("language"), list, columns), notes
	if i := slices.IndexFunc(byModel, func(v value) bool { return v.key == "" }); i >= 0 {
		of := query.Share(byModel[i].sum, sumOf(all))
		if byModel[i].partial {
			of = nil
		}
		c.Lead = &cards.Lead{Figure: cards.Write(of, text.WholePercent, text.Percent), Unit: d.T("usage.modellanguages.unit")}
	}
	c.Sentence = d.Say(d.T("usage.list.sentence", d.WindowSentence(), d.sumOver(askMatrix, sumOf(all)).Text, d.T("usage.generations.lower"), d.Scope(), d.topWords(list)))
	return card{Table: c}
}

// languages are those of chats alone, or of everything.
func (d *dashboard) languages() []value {
	if d.languageList == nil {
		d.languageList = d.valuesOf(askLanguages, askLanguagesDaily, "language", "generations", "", pick(d.Effective.ChatOnly, isChat, anyFeature))
	}
	return d.languageList
}

func (d *dashboard) chatSwitch() []shell.Choice {
	to := func(on bool) string {
		return d.State.With(func(s *shell.State) { s.ChatOnly = on }).URL() + "#language-usage"
	}
	return []shell.Choice{{Label: d.T("usage.features.all"), URL: to(false), On: !d.Effective.ChatOnly}, {Label: d.T("usage.features.chat"), URL: to(true), On: d.Effective.ChatOnly}}
}

// languageUsage is "Language usage".
func (d *dashboard) languageUsage() card {
	c := d.listCard("language-usage", "usage.languageusage", modeCounters[1:2], "language", "feature")
	c.Switches = d.chatSwitch()
	if c.Blocked != nil {
		return card{Table: c}
	}
	all := d.languages()
	if cards.Nothing(sumOf(all)) {
		c.Empty = d.T("usage.nogenerations")
		return card{Table: c}
	}
	list, notes := d.top(all)
	named := 0
	for _, v := range all {
		if !v.rest {
			named++
		}
	}
	c.Lead = &cards.Lead{Figure: d.sumOver(askLanguages, sumOf(all)), Unit: d.Plural("usage.languageusage.unit", named)}
	c.Definition = d.T(pick(d.Effective.ChatOnly, "usage.languageusage.chat", "usage.definition.languageusage"))
	c.Table, c.Notes = d.rows(c.ID, d.Dimension("language"), d.T("usage.generations"), list, d.unhidden(askLanguages, sumOf(all)), nil), slices.Concat(notes, d.hiddenNote(askLanguages), d.followed("languages"))
	c.Sentence = d.Say(d.T("usage.list.sentence", d.WindowSentence(), d.sumOver(askLanguages, sumOf(all)).Text, d.T("usage.generations.lower"), d.Scope(), d.topWords(list)))
	return card{Table: c}
}

// languagePerDay is "Language usage per day".
func (d *dashboard) languagePerDay() card {
	c := d.listCard("language-days", "usage.languagedays", modeCounters[1:2], d.fine.Grain, "language", "feature")
	if c.Blocked != nil {
		return card{Table: c}
	}
	all := d.languages()
	if cards.Nothing(sumOf(all)) {
		c.Empty = d.T("usage.nogenerations")
		return card{Table: c}
	}
	list, notes := d.top(all)
	d.overTimeCard(c, askLanguages, askLanguagesDaily, d.Dimension("language"), d.T("usage.generations"), d.T("usage.generations.busiest."+d.fine.Grain), list, all)
	c.Notes = append(c.Notes, notes...)
	return card{Table: c}
}
