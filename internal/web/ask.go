package web

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/service"
)

// ask is one question of a page.
type ask struct {
	name  string
	words service.Words
}

// answers holds what was answered, by the ask's name. An ask that no report
// can answer has an error instead: its card says so in its place.
type answers struct {
	tables  map[string]*table
	refused map[string]error
}

// table reads an Answer by column names.
type table struct{ *query.Answer }

// concurrent is how many questions of one page run at a time.
const concurrent = 2

func (web *Web) askAll(ctx context.Context, asks []ask) (*answers, error) {
	got := make([]*query.Answer, len(asks))
	errs := make([]error, len(asks))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrent)
	for i, a := range asks {
		group.Go(func() error {
			got[i], errs[i] = web.data.Query(ctx, a.words)
			if errs[i] != nil && fault.KindOf(errs[i]) != fault.Unsupported {
				return fmt.Errorf("ask %s: %w", a.name, errs[i])
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out := &answers{map[string]*table{}, map[string]error{}}
	for i, a := range asks {
		if errs[i] != nil {
			out.refused[a.name] = errs[i]
			continue
		}
		out.tables[a.name] = &table{got[i]}
	}
	return out, nil
}

// of returns the named answer; nil if it was refused or never asked.
func (a *answers) of(name string) *table { return a.tables[name] }

// rows returns the answer's rows; none for nil.
func (t *table) rows() [][]any {
	if t == nil || t.Answer == nil {
		return nil
	}
	return t.Rows
}

// value returns a row's number, nil where it is unknown or not a column.
func (t *table) value(row []any, column string) *float64 {
	i := t.Column(column)
	if i < 0 {
		return nil
	}
	return number(row[i])
}

// name returns a row's string and whether it has one.
func (t *table) name(row []any, column string) (string, bool) {
	i := t.Column(column)
	if i < 0 {
		return "", false
	}
	s, ok := row[i].(string)
	return s, ok
}

// single returns the number of an answer of one row.
func (t *table) single(column string) *float64 {
	rows := t.rows()
	if len(rows) != 1 {
		return nil
	}
	return t.value(rows[0], column)
}

func number(cell any) *float64 {
	switch v := cell.(type) {
	case int64:
		f := float64(v)
		return &f
	case float64:
		return &v
	}
	return nil
}

// plus adds what is known: unknown plus unknown stays unknown.
func plus(a, b *float64) *float64 {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	sum := *a + *b
	return &sum
}

func orZero(f *float64) float64 {
	if f == nil {
		return 0
	}
	return *f
}

// served returns those of the measures that some report carries with the keys.
func served(measures []string, keys []metric.Key) []string {
	return slices.DeleteFunc(slices.Clone(measures), func(name string) bool {
		_, err := metric.Serving(metric.MeasureByName(name), keys)
		return err != nil
	})
}
