package cards

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"

	"golang.org/x/sync/errgroup"
)

// Question is one question of a page.
type Question struct {
	Name  string
	Words question.Parameters
}

// Answers holds what was answered, by the question's name. A question that no report
// can answer has an error instead: its card says so in its place.
type Answers struct {
	tables  map[string]*Answer
	Refused map[string]error
	// Held are weeks, by their Mondays, in which a correction is held back from figures that
	// are in no answer.
	Held []day.Day
}

// Answer reads an Answer by column names.
type Answer struct{ *query.Answer }

// concurrent is how many questions of one page run at a time.
const concurrent = 2

// AskAll asks the questions of a page.
func AskAll(ctx context.Context, data shell.Data, questions []Question) (*Answers, error) {
	got := make([]*query.Answer, len(questions))
	errs := make([]error, len(questions))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrent)
	for i, a := range questions {
		group.Go(func() error {
			got[i], errs[i] = data.Query(ctx, a.Words)
			if errs[i] != nil && fault.KindOf(errs[i]) != fault.Unsupported {
				return fmt.Errorf("ask %s: %w", a.Name, errs[i])
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out := &Answers{tables: map[string]*Answer{}, Refused: map[string]error{}}
	for i, a := range questions {
		if errs[i] != nil {
			out.Refused[a.Name] = errs[i]
			continue
		}
		out.tables[a.Name] = &Answer{got[i]}
	}
	return out, nil
}

// maxHeldBack is how many weeks are named in which corrections are held back.
const maxHeldBack = 3

// HeldBack names the weeks in which a correction is held back from the viewer, the last ones
// if they are many.
func (a *Answers) HeldBack() (out []string) {
	weeks := map[day.Day]bool{}
	for _, week := range a.Held {
		weeks[week] = true
	}
	for _, t := range a.tables {
		for _, week := range t.Answer.HeldBack {
			weeks[week] = true
		}
	}
	list := slices.Sorted(maps.Keys(weeks))
	for _, week := range list[max(0, len(list)-maxHeldBack):] {
		out = append(out, text.ShortDay(week))
	}
	return out
}

// Of returns the named answer; nil if it was refused or never asked.
func (a *Answers) Of(name string) *Answer { return a.tables[name] }

// Hides reports whether figures are missing from some rows because they are of few people.
func (t *Answer) Hides() bool { return t != nil && t.Answer != nil && t.Column(query.HiddenWeeks) >= 0 }

// Partial reports whether some of what a row would have is hidden, or it holds what is hidden
// of others, because it is of few people: what is added up without it is at least so much.
func (t *Answer) Partial(row []any) bool {
	if n := t.Value(row, query.HiddenWeeks); n != nil && *n > 0 {
		return true
	}
	return slices.ContainsFunc(row, func(v any) bool {
		name, ok := v.(string)
		return ok && query.IsOthers(name)
	})
}

// Rows returns the answer's rows; none for nil.
func (t *Answer) Rows() [][]any {
	if t == nil || t.Answer == nil {
		return nil
	}
	return t.Answer.Rows
}

// Single returns the number of an answer of one row.
func (t *Answer) Single(column string) *float64 {
	rows := t.Rows()
	if len(rows) != 1 {
		return nil
	}
	return t.Value(rows[0], column)
}

// SingleFigure writes a measure's number of an answer of one row, unknown if it has not one.
func (t *Answer) SingleFigure(measure string) Figure {
	if rows := t.Rows(); len(rows) == 1 {
		return t.Figure(rows[0], measure)
	}
	return Write(nil, nil, nil)
}

// OrZero counts what is unknown as 0.
func OrZero(f *float64) float64 {
	if f == nil {
		return 0
	}
	return *f
}

// Nothing reports whether a value is unknown or 0.
func Nothing(f *float64) bool { return f == nil || *f == 0 }

// Served returns those of the measures that some report carries with the keys.
func Served(measures []string, keys []metric.Key) []string {
	return slices.DeleteFunc(slices.Clone(measures), func(name string) bool {
		_, err := metric.Serving(metric.MeasureByName(name), keys)
		return err != nil
	})
}
