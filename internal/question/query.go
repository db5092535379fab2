package question

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/store"
)

// Query answers w.
func (a *Answerer) Query(ctx context.Context, w Parameters) (*query.Answer, error) {
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	done, most, err := a.admit(ctx, v, w)
	if err != nil {
		return nil, err
	}
	defer done()
	ask := v.query(v.r, w.Measures, w.By...)
	ask.MostRows = most
	res, err := a.ask(ctx, v, ask)
	if err != nil {
		return nil, err
	}
	apart, err := a.warnDaysApart(ctx, v, ask, res)
	if err != nil {
		return nil, err
	}
	if w.Compare {
		if res, err = a.compare(ctx, v, ask, res); err != nil {
			return nil, err
		}
	}
	strangers, known, err := a.warnUsers(ctx, v, w)
	if err != nil {
		return nil, err
	}
	unheard, ok, err := a.warnValues(ctx, v)
	if err != nil {
		return nil, err
	}
	if !known || !ok {
		clearFigures(res, len(w.By))
	}
	warnings := slices.Concat(strangers, unheard, v.warnings(w, res), apart)
	if text, err := a.warnTotalsOnly(ctx, v, w); err != nil {
		return nil, err
	} else if text != "" {
		warnings = append(warnings, text)
	}
	for _, warn := range []func(context.Context, *view, Parameters) ([]string, error){a.warnMembership, a.warnOverlap, a.warnContradiction} {
		texts, err := warn(ctx, v, w)
		if err != nil {
			return nil, err
		}
		warnings = append(warnings, texts...)
	}
	warnings = append(warnings, addDaysInRange(v.r, w.By, res)...)
	return &query.Answer{
		Definition: v.definition, From: v.r.From, To: v.r.To, CompleteTo: v.completeTo, HeldBack: v.heldBack(),
		Columns: res.Columns, Rows: res.Rows, Warnings: warnings,
	}, nil
}

// warnUsers warns of users that a question names and nobody knows, or that could
// be one of several. It reports whether anybody whom it names is known: of others
// there are no figures, not even 0.
func (a *Answerer) warnUsers(ctx context.Context, v *view, w Parameters) (warnings []string, known bool, err error) {
	words, _ := w.People()
	if len(words) == 0 {
		return nil, true, nil
	}
	everybody, err := a.store.Identities(ctx, v.scope.Enterprise)
	if err != nil {
		return nil, false, fmt.Errorf("identities: %w", err)
	}
	for _, word := range words {
		names, err := a.privacy.Resolve(ctx, v.scope.Enterprise, v.pseudonymizer, []string{word})
		if err != nil {
			return nil, false, err
		}
		var named []store.Identity
		for _, i := range everybody {
			if slices.ContainsFunc(names, func(n string) bool { return query.ParseName(n).Matches(i.Tool, i.UserID, i.Login) }) {
				named = append(named, i)
			}
		}
		known = known || len(named) > 0
		switch {
		case len(named) == 0:
			warnings = append(warnings, fmt.Sprintf("unknown user %.60q: no data has this login or id", word))
		case !v.pseudonymizer.Pseudonymous() && !slices.Equal(names, []string{word}):
			warnings = append(warnings, fmt.Sprintf("%.60q is a former login of %s: the figures include what was done under either", word, english.List(names)))
		}
		if err := store.Ambiguous(word, named); err != nil && !v.pseudonymizer.Pseudonymous() {
			warnings = append(warnings, err.Error()+"; the figures include all of them")
		}
	}
	return warnings, known, nil
}

// warnValues warns of values that a question is filtered to and no data of the enterprise
// has. It reports whether each filter has one that is known: of others there are no
// figures, not even 0. A blank value is always known, and GitHub's own
// features and IDEs are wherever the data has any.
func (a *Answerer) warnValues(ctx context.Context, v *view) (warnings []string, known bool, err error) {
	known = true
	for _, f := range v.filters {
		d := metric.DimensionByName(f.Dimension)
		if !d.Reported() {
			continue
		}
		have, err := a.store.Values(ctx, v.scope, v.r, f.Dimension)
		if err != nil {
			return nil, false, fmt.Errorf("values of %s: %w", f.Dimension, err)
		}
		missing := slices.DeleteFunc(slices.Clone(f.Values), func(value string) bool { return value == "" || slices.Contains(have, value) })
		if len(missing) == 0 {
			continue
		}
		if have, err = a.store.Values(ctx, query.Scope{Enterprise: v.scope.Enterprise}, day.Always, f.Dimension); err != nil {
			return nil, false, fmt.Errorf("values of %s: %w", f.Dimension, err)
		}
		missing = slices.DeleteFunc(missing, func(value string) bool {
			return slices.Contains(have, value) || len(have) > 0 && metric.IsListed(f.Dimension, value)
		})
		for _, value := range missing {
			warnings = append(warnings, fmt.Sprintf("unknown %s %.60q: no data has it", f.Dimension, value))
		}
		known = known && len(missing) < len(f.Values)
	}
	return warnings, known, nil
}

// clearFigures removes the figures of an answer, which stand after its dimensions.
func clearFigures(res *query.Result, dimensions int) {
	for _, row := range res.Rows {
		clear(row[dimensions:])
	}
}

// run asks the store. Without dimensions there is a row, also if it says nothing.
func (a *Answerer) run(ctx context.Context, ask query.Query) (*query.Result, error) {
	res, err := a.store.Query(ctx, ask)
	if err == nil && len(ask.By) == 0 && len(res.Rows) == 0 {
		res.Rows = [][]any{make([]any, len(ask.Measures))}
	}
	return res, err
}

// ask asks the store and puts the names of entities in the place of their numbers.
func (a *Answerer) ask(ctx context.Context, v *view, ask query.Query) (*query.Result, error) {
	res, err := a.run(ctx, ask)
	if err != nil {
		return nil, err
	}
	var unknown [][]any
	if v.mask == nil { // else single days would show what is judged by the week
		if unknown, err = a.takeUnknown(ctx, v, ask, res); err != nil {
			return nil, err
		}
	}
	v.folded = res.Masked || v.folded
	res.Rows = append(res.Rows, unknown...)
	named := v.pseudonymizer.Rename(ask, res)
	nameHidden(ask, res)
	named = nameBlank(ask, res) || named
	for i, dim := range ask.By {
		if dim == "organization" || dim == "team" {
			named = true
			renameEntities(v.names, res.Rows, i)
		}
	}
	if named {
		sortRows(res.Rows, len(ask.By))
	}
	return res, nil
}

// nameBlank gives blank values of what reports say their name, and reports
// whether there are any.
func nameBlank(ask query.Query, res *query.Result) (some bool) {
	for i, dim := range ask.By {
		if d := metric.DimensionByName(dim); d == nil || !d.Reported() {
			continue
		}
		for _, row := range res.Rows {
			if row[i] == "" {
				row[i], some = metric.Blank, true
			}
		}
	}
	return some
}

// renameEntities replaces the numbers of entities in a column by their keys.
func renameEntities(n *directory.Names, rows [][]any, column int) {
	for _, row := range rows {
		if id, ok := row[column].(int64); ok {
			row[column] = n.Key(id)
		}
	}
}

// sortRows sorts by the first columns, which are strings: null comes last.
func sortRows(rows [][]any, columns int) {
	slices.SortStableFunc(rows, func(a, b []any) int {
		for i := range columns {
			if c := compareCells(a[i], b[i]); c != 0 {
				return c
			}
		}
		return 0
	})
}

func compareCells(a, b any) int {
	x, ok := a.(string)
	y, okToo := b.(string)
	switch {
	case ok && okToo:
		return strings.Compare(x, y)
	case ok:
		return -1
	case okToo:
		return 1
	}
	return 0
}
