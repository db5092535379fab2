package api

import (
	"context"
	"net/http"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/question"
)

// Recorder writes the audit log.
type Recorder interface {
	Viewed(ctx context.Context, place directory.Entity, what string, users ...string) error
	Exported(ctx context.Context, place directory.Entity, what string) error
}

// recordView writes a question about people into the audit log. A question
// that the guard found no place for is refused by the product.
func (a *API) recordView(r *http.Request, w question.Parameters) error {
	place := access.PlaceOf(r.Context()).Entity()
	if a.opt.Recorder == nil || place == nil {
		return nil
	}
	users, about := w.People()
	if !about {
		return nil
	}
	users, err := a.product.ResolvePseudonyms(r.Context(), w.Enterprise, users)
	if err != nil {
		return err
	}
	return a.opt.Recorder.Viewed(r.Context(), *place, via(r, "API: ")+strings.Join(w.Measures, ", "), users...)
}

// recordExport writes an export into the audit log.
func (a *API) recordExport(r *http.Request, req question.ExportRequest) error {
	place := access.PlaceOf(r.Context()).Entity()
	if a.opt.Recorder == nil || place == nil {
		return nil
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
