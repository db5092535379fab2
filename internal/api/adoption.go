package api

import (
	"cmp"
	"net/http"
	"slices"

	"codegauge/internal/query"
	"codegauge/internal/question"
)

// adoptionParameters are those of a question, less what people's days are not known by.
func adoptionParameters() []Parameter {
	return append(slices.DeleteFunc(scopeParameters(), func(p Parameter) bool { return p.Name == "surface" || p.Name == "definition" }),
		Parameter{Name: "figures", Type: "string", Enum: question.AdoptionFigures, Description: "Which table of the page of usage and adoption; summary by default. Filters may be of tools alone."},
		Parameter{Name: "people", Type: "string", Enum: []string{question.PeopleAny, question.PeoplePrompts}, Description: "Who counts as active: any activity, the default, or prompts in an IDE, as on GitHub's page."},
		Parameter{Name: "format", Type: "string", Enum: query.Formats, Description: "json by default."},
	)
}

// adoption answers GET /api/v1/adoption.
func (a *API) adoption(w http.ResponseWriter, r *http.Request) error {
	q, err := a.asked(w, r, adoptionParameters())
	if q == nil {
		return err
	}
	figures := cmp.Or(q.values.Get("figures"), question.AdoptionFigures[0])
	answer, err := a.product.AdoptionTable(r.Context(), q.Parameters, cmp.Or(q.values.Get("people"), question.PeopleAny), figures)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", q.contentType)
	return writeAnswer(w, answer, formatOf(q.values), "adoption", q.Enterprise, q.Org, q.Team, figures, answer.From.String(), answer.To.String())
}
