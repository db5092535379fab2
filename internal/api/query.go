package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/fault"
	"codegauge/internal/query"
	"codegauge/internal/question"
)

// asked is a question of a request.
type asked struct {
	question.Parameters
	values      url.Values
	contentType string
}

// asked reads a question that may have some parameters. There is none, and no error, if whoever
// asks has its answer already: then they were told.
func (a *API) asked(w http.ResponseWriter, r *http.Request, known []Parameter) (*asked, error) {
	values, err := parameters(r, known)
	if err != nil {
		return nil, err
	}
	ask, err := words(values)
	if err != nil {
		return nil, err
	}
	contentType, err := queryType(values)
	if err != nil {
		return nil, err
	}
	fresh, err := a.notModified(w, r, ask.Enterprise, values)
	if fresh || err != nil {
		return nil, err
	}
	return &asked{ask, values, contentType}, nil
}

// query answers GET /api/v1/query.
func (a *API) query(w http.ResponseWriter, r *http.Request) error {
	q, err := a.asked(w, r, queryParameters())
	if q == nil {
		return err
	}
	ask := q.Parameters
	answer, err := a.product.Query(r.Context(), ask)
	if err != nil {
		return err
	}
	disagreement, err := a.product.Disagreement(r.Context(), ask)
	if err != nil {
		return err
	}
	if disagreement != "" {
		answer.Warnings = append(answer.Warnings, disagreement)
	}
	if err := a.recordView(r, ask, answer); err != nil {
		return err
	}
	w.Header().Set("Content-Type", q.contentType)
	return writeAnswer(w, answer, formatOf(q.values), nameOf(ask, answer)...)
}

// writeAnswer writes an answer in a format: as a file, named by parts, where it is one.
func writeAnswer(w http.ResponseWriter, answer *query.Answer, format string, name ...string) error {
	stamp(w.Header(), answer)
	if format == "csv" || format == "ndjson" {
		w.Header().Set("Content-Disposition", `attachment; filename="`+safeName(format, name...)+`"`)
	}
	return answer.Write(w, format)
}

// maxNamed is how many measures name a file.
const maxNamed = 2

// nameOf names a file after whose figures it holds, which, by what, and of which days.
func nameOf(ask question.Parameters, a *query.Answer) []string {
	measures := strings.Join(ask.Measures[:min(maxNamed, len(ask.Measures))], "-")
	if more := len(ask.Measures) - maxNamed; more > 0 {
		measures += fmt.Sprintf("-and-%d-more", more)
	}
	by := ""
	if len(ask.By) > 0 {
		by = "by-" + strings.Join(ask.By, "-")
	}
	return []string{ask.Enterprise, ask.Org, ask.Team, measures, by, a.From.String(), a.To.String()}
}

func formatOf(values url.Values) string {
	if f := values.Get("format"); f != "" {
		return f
	}
	return "json"
}

func queryType(values url.Values) (string, error) {
	types := map[string]string{"json": typeJSON, "csv": typeCSV, "ndjson": typeNDJSON, "table": typeText}
	t, ok := types[formatOf(values)]
	if !ok {
		return "", fault.New(fault.Invalid, "format %.40q is not one of %s", formatOf(values), strings.Join(query.Formats, ", "))
	}
	return t, nil
}

// stamp says beside the rows what csv and ndjson have no place for.
func stamp(h http.Header, a *query.Answer) {
	h.Set("Codegauge-Definition", string(a.Definition))
	if a.From != 0 {
		h.Set("Codegauge-Range", a.From.String()+"/"+a.To.String())
	}
	if a.CompleteTo != 0 {
		h.Set("Codegauge-Complete-To", a.CompleteTo.String())
	}
	h.Set("Codegauge-Warnings", fmt.Sprint(len(a.Warnings)))
}

// notModified sets the answer's ETag and reports whether the caller has the
// answer already, in which case it has been told so. The ETag is weak: the same
// answer may be sent compressed or not. It is computed before the answer: data
// that changes in between comes out under an old ETag, and is asked for again.
func (a *API) notModified(w http.ResponseWriter, r *http.Request, enterprise string, values url.Values) (bool, error) {
	version, err := a.product.DataVersion(r.Context(), enterprise)
	if err != nil {
		return false, err
	}
	revision, err := a.product.DirectoryVersion(r.Context())
	if err != nil {
		return false, err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n%d\n%d\n%s\n%s", a.opt.Version, access.Of(r.Context()).CacheKey(), r.URL.Path, version, revision, a.product.Today(), values.Encode()))
	tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "private, no-cache")
	if !Matches(r.Header.Values("If-None-Match"), tag) {
		return false, nil
	}
	w.WriteHeader(http.StatusNotModified)
	return true, nil
}

// Matches reports whether If-None-Match headers have a tag; it compares weakly.
func Matches(headers []string, tag string) bool {
	for _, h := range headers {
		for s := range strings.SplitSeq(h, ",") {
			s = strings.TrimSpace(s)
			if s == "*" || strings.TrimPrefix(s, "W/") == strings.TrimPrefix(tag, "W/") {
				return true
			}
		}
	}
	return false
}

// reconcile answers GET /api/v1/reconcile.
func (a *API) reconcile(w http.ResponseWriter, r *http.Request) error {
	q, err := a.asked(w, r, reconcileParameters())
	if q == nil {
		return err
	}
	if err := a.recordView(r, q.Parameters, &query.Answer{}); err != nil {
		return err
	}
	answer, err := a.product.Reconcile(r.Context(), q.Parameters)
	if err != nil {
		return err
	}
	return writeJSON(w, answer)
}

func writeJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", typeJSON)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
