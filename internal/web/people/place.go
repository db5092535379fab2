package people

import (
	"context"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// ownPlace is one's own place among the people of the enterprise.
type ownPlace struct {
	// On says that one wants to see it; Off is why nobody's is told, "" if it is.
	On  bool
	Off string
	// Of says among whom, and when; Rows are the places.
	Of   string
	Rows []placeRow
	Why  string // why there is none, "" if there is
}

// placeRow is one's place by a measure: the step of four that one is in.
type placeRow struct {
	Label, Words string
	Steps        []placeStep
}

// placeStep is a quarter of the people, drawn at X.
type placeStep struct {
	X  int
	On bool
}

// place says where one is among the people of the enterprise, if one wants to know.
func (m *mePages) place(ctx context.Context, mine *admin.Own) (*ownPlace, error) {
	on, err := m.Options.Places.OwnPlace(ctx, mine.Enterprise.ID)
	if err != nil {
		return nil, err
	}
	p := &ownPlace{On: on}
	switch {
	case !mine.Privacy.PersonViews:
		p.Off = m.Text.Get("place.views")
	case access.CheckPolicy(access.Place{Enterprise: &mine.Enterprise}) != nil:
		p.Off = m.Text.Get("place.policy")
	}
	if !on || p.Off != "" {
		return p, nil
	}
	// The program questions, as in showMine.
	ctx = access.With(ctx, access.NewOperator())
	q, err := m.quarters(ctx, mine)
	if err != nil {
		return nil, err
	}
	if q.Why != "" {
		p.Why = m.Text.Get("place.none." + string(q.Why))
		return p, nil
	}
	p.Of = m.Text.Get("place.of", mine.Enterprise.Label(), text.Span(q.Days))
	return p, m.placeRows(ctx, p, mine, q)
}

// quarters returns what divides the people, as it was told first.
func (m *mePages) quarters(ctx context.Context, mine *admin.Own) (*question.Quarters, error) {
	weeks, err := m.Data.QuarterWeeks(ctx, mine.Enterprise.Key())
	if err != nil {
		return nil, err
	}
	told, err := m.Options.Places.Quarters(ctx, mine.Enterprise.ID, weeks.From)
	if err != nil || told != nil {
		return &question.Quarters{Days: weeks, Bounds: told}, err
	}
	q, err := m.Data.Quarters(ctx, mine.Enterprise.Key())
	if err == nil && q.Why == "" {
		q.Bounds, err = m.Options.Places.KeepQuarters(ctx, mine.Enterprise.ID, q.Days.From, q.Bounds)
	}
	return q, err
}

// placeRows asks for one's own figures of the same days.
func (m *mePages) placeRows(ctx context.Context, p *ownPlace, mine *admin.Own, q *question.Quarters) error {
	s := shell.State{Enterprise: mine.Enterprise.Key()}.Between(q.Days).Add("tool", question.QuarterTool)
	for _, word := range question.IdentityWords(mine.Identities) {
		s = s.Add("user", word)
	}
	lines, days := s.Words(q.Days), s.Words(q.Days)
	lines.Measures, days.Measures, days.By = []string{"loc_changed"}, []string{"daily_active_users"}, []string{"day"}
	answers, err := cards.AskAll(ctx, m.Data, []cards.Question{{Name: question.QuarterLines, Words: lines}, {Name: question.QuarterActiveDays, Words: days}})
	if err != nil {
		return err
	}
	active := 0.0
	t := answers.Of(question.QuarterActiveDays)
	for _, row := range t.Rows() {
		if cards.OrZero(t.Value(row, "daily_active_users")) > 0 {
			active++
		}
	}
	if active == 0 {
		p.Why = m.Text.Get("place.none.own")
		return nil
	}
	p.addRow(m.Text, question.QuarterLines, answers.Of(question.QuarterLines).Single("loc_changed"), q.Bounds)
	p.addRow(m.Text, question.QuarterActiveDays, &active, q.Bounds)
	return nil
}

// addRow says in which quarter a figure is, if it and the quarters are known.
func (p *ownPlace) addRow(t text.Catalogue, measure string, figure *float64, bounds directory.QuarterBounds) {
	divided, known := bounds[measure]
	if !known || figure == nil {
		return
	}
	quarter := question.QuarterOf(divided, int64(*figure))
	row := placeRow{Label: t.Get("place." + measure), Words: t.Get([]string{"place.lowest", "place.second", "place.third", "place.highest"}[quarter])}
	for i := range 4 {
		row.Steps = append(row.Steps, placeStep{X: i * 51, On: i == quarter})
	}
	p.Rows = append(p.Rows, row)
}
