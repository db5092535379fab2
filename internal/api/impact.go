package api

import (
	"cmp"
	"net/http"

	"codegauge/internal/query"
	"codegauge/internal/question"
)

// impactParameters are those of a question, and which table.
func impactParameters() []Parameter {
	return append(scopeParameters(),
		Parameter{Name: "figures", Type: "string", Enum: question.ImpactFigures, Description: "Which table of the page of impact; findings by default: its four questions with answer, reason and 95% interval. What cannot be told is null, with the reason under why and in words among the warnings."},
		Parameter{Name: "parity", Type: "boolean", Description: "Match GitHub's page: Copilot and the last 28 days, in the place of other filters and days."},
		Parameter{Name: "format", Type: "string", Enum: query.Formats, Description: "json by default."},
	)
}

// impact answers GET /api/v1/impact.
func (a *API) impact(w http.ResponseWriter, r *http.Request) error {
	q, err := a.asked(w, r, impactParameters())
	if q == nil {
		return err
	}
	parity, err := boolean(q.values, "parity")
	if err != nil {
		return err
	}
	words, figures := q.Parameters, cmp.Or(q.values.Get("figures"), question.ImpactFigures[0])
	if parity {
		words = words.AsGitHubImpact()
	}
	answer, err := a.product.ImpactTable(r.Context(), words, figures)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", q.contentType)
	return writeAnswer(w, answer, formatOf(q.values), "impact", words.Enterprise, words.Org, words.Team, figures, answer.From.String(), answer.To.String())
}
