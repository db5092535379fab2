package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/query"
	"codegauge/internal/question"
)

// Recorder writes the audit log.
type Recorder interface {
	Viewed(ctx context.Context, place directory.Entity, what string, users ...string) error
	Exported(ctx context.Context, place directory.Entity, what string) error
}

// recordView writes a question about people, before it is answered, into the audit log:
// whom it names, or whom the answer does. A question that the guard found no place for
// is refused by the product.
func (a *API) recordView(r *http.Request, w question.Parameters, answer *query.Answer) error {
	place := access.PlaceOf(r.Context()).Entity()
	if a.opt.Recorder == nil || place == nil {
		return nil
	}
	users, about := w.People()
	if !about {
		return nil
	}
	if len(users) == 0 {
		if users = usersOf(answer); len(users) == 0 {
			return nil // nobody is in the answer
		}
	}
	users, err := a.product.ResolvePseudonyms(r.Context(), w.Enterprise, users)
	if err != nil {
		return err
	}
	return a.opt.Recorder.Viewed(r.Context(), *place, via(r, "API: ")+strings.Join(w.Measures, ", "), users...)
}

// usersOf returns the users whom an answer tells apart.
func usersOf(answer *query.Answer) []string {
	seen := map[string]bool{}
	column := answer.Column("user")
	if column < 0 {
		return nil
	}
	for _, row := range answer.Rows {
		if name, ok := row[column].(string); ok {
			seen[name] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// recordExport writes an export into the audit log: one that may name people as a look at
// everybody besides.
func (a *API) recordExport(r *http.Request, req question.ExportRequest) error {
	place := access.PlaceOf(r.Context()).Entity()
	if a.opt.Recorder == nil || place == nil {
		return nil
	}
	if access.NamesPeople(req.Report) {
		if err := a.opt.Recorder.Viewed(r.Context(), *place, via(r, "API: ")+req.Words()); err != nil {
			return err
		}
	}
	return a.opt.Recorder.Exported(r.Context(), *place, via(r, "")+req.Words())
}

// via is how the audit log says that the command line asked, and of anybody else what
// other says.
func via(r *http.Request, other string) string {
	if access.Of(r.Context()).Kind == access.Operator {
		return "command line: "
	}
	return other
}
