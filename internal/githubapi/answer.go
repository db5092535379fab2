package githubapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/api"
	"codegauge/internal/fault"
)

// The versions of GitHub's REST API, which do not differ here; the first is the default.
var versions = []string{"2022-11-28", "2026-03-10"}

const (
	typeJSON = "application/json; charset=utf-8"
	// What GitHub allows in an hour. Nothing is counted against it here: who asks too much at
	// once is told so by 429 and Retry-After.
	rateLimit = 5000
	// Where an error sends its reader. Clients know by the second that asking again later helps.
	documentation = "https://docs.github.com/rest/copilot/copilot-usage-metrics"
	tooManyPage   = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits"
)

// WithHeaders sets the headers that every answer has. The rate limit's never say that it is
// used up: clients would stop asking until it is reset.
func WithHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, version := w.Header(), versions[0]
		for _, v := range versions {
			if r.Header.Get("X-GitHub-Api-Version") == v {
				version = v
			}
		}
		h.Set("X-GitHub-Api-Version-Selected", version)
		h.Set("X-RateLimit-Limit", strconv.Itoa(rateLimit))
		h.Set("X-RateLimit-Remaining", strconv.Itoa(rateLimit-1))
		h.Set("X-RateLimit-Used", "1")
		h.Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10))
		h.Set("X-RateLimit-Resource", "core")
		next.ServeHTTP(w, r)
	})
}

// badCredentials is access.ErrSignIn for a request that brings credentials.
type badCredentials struct{}

func (badCredentials) Error() string { return "Bad credentials" }
func (badCredentials) Unwrap() error { return access.ErrSignIn }

// noCredentials is access.ErrSignIn for one that brings none.
type noCredentials struct{}

func (noCredentials) Error() string { return "Requires authentication" }
func (noCredentials) Unwrap() error { return access.ErrSignIn }

// Explain returns an error in GitHub's words and with its status.
func Explain(r *http.Request, err error) error {
	switch {
	case errors.Is(err, access.ErrSignIn) && r.Header.Get("Authorization") != "":
		return badCredentials{}
	case errors.Is(err, access.ErrSignIn):
		return noCredentials{}
	case errors.Is(err, access.ErrNowhere):
		return errNotFound
	}
	var f *fault.Error
	if errors.As(err, &f) && f.Kind == fault.Invalid {
		return fault.New(fault.Unsupported, "%s", f.Message) // 422
	}
	return err
}

var errNotFound = fault.New(fault.NotFound, "Not Found")

// ErrorBody is the body of an error: GitHub's.
type ErrorBody struct {
	Message          string         `json:"message"`
	Errors           []ErrorOfField `json:"errors,omitempty"`
	DocumentationURL string         `json:"documentation_url"`
	Status           string         `json:"status"`
}

// ErrorOfField is what is wrong with a request.
type ErrorOfField struct {
	Resource string `json:"resource"`
	Code     string `json:"code"`
	Message  string `json:"message"`
}

// ErrorOf returns the body of an answer with a status.
func ErrorOf(status int, message string) ErrorBody {
	e := ErrorBody{Message: message, DocumentationURL: documentation, Status: strconv.Itoa(status)}
	switch status {
	case http.StatusUnprocessableEntity:
		e.Errors = []ErrorOfField{{"Request", "custom", message}}
	case http.StatusTooManyRequests:
		e.DocumentationURL = tooManyPage
	}
	return e
}

// nowhere answers for addresses that no route has, and for those that GitHub has retired with
// what has come in their place.
func (a *API) nowhere(_ http.ResponseWriter, r *http.Request) error {
	if !strings.HasSuffix(r.URL.Path, "/copilot/metrics") && !strings.HasSuffix(r.URL.Path, "/copilot/usage") {
		return errNotFound
	}
	successor := "/enterprises/{enterprise}" + reportsPath + "enterprise-1-day"
	if strings.HasPrefix(r.URL.Path, prefix+"/orgs/") {
		successor = "/orgs/{org}" + reportsPath + "organization-1-day"
	}
	return fault.New(fault.NotFound, "Not Found: GitHub closed the Copilot metrics API on 2026-04-02. Its successor is GET %s?day=YYYY-MM-DD, and the other reports beside it", successor)
}

// write answers with a JSON value, or that the caller has it already.
func write(w http.ResponseWriter, r *http.Request, v any) error {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	sum := sha256.Sum256(body.Bytes())
	tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Authorization")
	if api.Matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", typeJSON)
	_, err := w.Write(bytes.TrimRight(body.Bytes(), "\n"))
	return err
}

// The pages of lists.
const maxPerPage = 100

// page is a part of a list that a request asks for.
type page struct{ number, size int }

// pageOf reads the page that a request asks for. What is no number is the default, as at GitHub.
func pageOf(r *http.Request, size int) page {
	p := page{1, size}
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil && n > 0 {
		p.number = min(n, 1<<30)
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("per_page")); err == nil && n > 0 {
		p.size = min(n, maxPerPage)
	}
	return p
}

// itemsOf returns the page's part of a list, and sets the header with links to other pages.
func itemsOf[T any](a *API, w http.ResponseWriter, r *http.Request, p page, list []T) []T {
	last := max(1, (len(list)+p.size-1)/p.size)
	var links []string
	link := func(rel string, number int) {
		q := r.URL.Query()
		q.Set("page", strconv.Itoa(number))
		links = append(links, fmt.Sprintf(`<%s%s?%s>; rel="%s"`, a.origin(r), r.URL.EscapedPath(), q.Encode(), rel))
	}
	if p.number > 1 {
		link("prev", min(p.number-1, last))
	}
	if p.number < last {
		link("next", p.number+1)
		link("last", last)
	}
	if p.number > 1 {
		link("first", 1)
	}
	if len(links) > 0 {
		w.Header().Set("Link", strings.Join(links, ", "))
	}
	from := min(len(list), (p.number-1)*p.size)
	return append([]T{}, list[from:min(len(list), from+p.size)]...)
}
