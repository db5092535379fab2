// Package githubapi is /api/v3: it answers as GitHub's REST API does, so that clients of
// GitHub work against Codegauge as they are. It has the usage metrics reports with their
// download links, seats, members and teams.
//
//	curl -H 'Authorization: Bearer cg_…' 'http://127.0.0.1:8080/api/v3/enterprises/acme/copilot/metrics/reports/users-1-day?day=2026-05-07'
package githubapi

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/api"
	"codegauge/internal/basepath"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/question"
)

// Product is what the API needs of the product.
type Product interface {
	ReportFiles(ctx context.Context, req question.ReportRequest) (*question.ReportFiles, error)
	WriteReport(ctx context.Context, req question.ReportRequest, days day.Range, part question.ReportPart, w io.Writer) error
	SeatList(ctx context.Context, w question.Parameters) (*question.SeatList, error)
	SeatSummary(ctx context.Context, w question.Parameters) (*question.SeatSummary, error)
	Members(ctx context.Context, w question.Parameters) ([]directory.Member, error)
	Entities(ctx context.Context, enterprise string, kind directory.Kind) ([]directory.Entity, error)
	// ResolvePseudonyms returns the logins and ids of those whom names in answers stand for.
	ResolvePseudonyms(ctx context.Context, enterprise string, names []string) ([]string, error)
}

// Signer signs download links; *access.Authenticator is one.
type Signer interface {
	SignLink(ctx context.Context, pattern, path string, own url.Values) (string, error)
}

// Options configures an API.
type Options struct {
	Signer Signer
	// Recorder writes the audit log, and Looks remembers which lists somebody is leafing
	// through.
	Recorder api.Recorder
	Looks    Looks
	// PublicURL is where others reach the server, "" for loopback only, and Base its path.
	PublicURL string
	Base      basepath.Base
	// Now is time.Now unless a test sets it.
	Now func() time.Time
}

// Looks is what the API needs of a directory.Expiring.
type Looks interface {
	PutExpiring(ctx context.Context, kind, key string, body []byte, until time.Time) error
	Unexpired(ctx context.Context, kind, key string, now time.Time) ([]byte, error)
}

// API holds the handlers.
type API struct {
	product Product
	opt     Options
}

// New returns the API of a product.
func New(product Product, opt Options) *API {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &API{product, opt}
}

// prefix is where the API is, below the base path.
const prefix = "/api/v3"

// Route is a route and its handler, whose error becomes the answer.
type Route struct {
	Pattern string
	Handle  api.Handler
}

// Routes lists every route.
func (a *API) Routes() []Route {
	list := []Route{{prefix + "/", a.nowhere}, {"GET " + downloads + "{file}", a.download}}
	add := func(path string, h api.Handler) { list = append(list, Route{"GET " + prefix + path, h}) }
	for _, r := range reports {
		add(r.scope+reportsPath+r.path(), a.report(r))
	}
	const enterprise, org = "/enterprises/{enterprise}", "/orgs/{org}"
	for _, scope := range []string{enterprise, org} {
		add(scope+"/copilot/billing/seats", a.seats)
		add(scope+"/members/{user}/copilot", a.member)
		add(scope+"/teams", a.teams)
	}
	add(org+"/copilot/billing", a.billing)
	add(org+"/members", a.members)
	add(org+"/teams/{team}/members", a.members)
	add(enterprise+"/teams/{team}/memberships", a.memberships)
	add(enterprise+"/teams/{team}/organizations", a.teamOrganizations)
	add(enterprise+"/apps/installable_organizations", a.organizations)
	return list
}

// place returns the words for the enterprise, organization and team of a request.
func place(r *http.Request) question.Parameters {
	at := access.PlaceOf(r.Context())
	w := question.Parameters{Enterprise: at.Enterprise.Key()}
	if at.Organization != nil {
		w.Org = at.Organization.Key()
	}
	if t := at.Team; t != nil {
		w.Team = t.Key()
		if len(t.Aliases) > 0 {
			w.Team = t.Aliases[0] // teams of two organizations may have one slug
		}
	}
	return w
}

// origin returns where the caller reaches the server: links lead there.
func (a *API) origin(r *http.Request) string {
	forwarded := r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("X-Forwarded-Host") != ""
	if public, err := url.Parse(a.opt.PublicURL); a.opt.PublicURL != "" && err == nil && (forwarded || strings.EqualFold(public.Host, r.Host)) {
		return strings.TrimSuffix(a.opt.PublicURL, "/")
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host + string(a.opt.Base)
}
