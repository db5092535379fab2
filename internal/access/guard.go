package access

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// ErrSignIn is the answer to somebody whom we do not know, where we have to.
var ErrSignIn = errors.New("sign in, or send a token in the header Authorization: Bearer cg_…")

// ErrLocal is the answer to whoever asks for a local route and is not the operator.
var ErrLocal = errors.New("this route needs the local credential, which only the operating-system user who runs the server can read")

// PolicyOff is the answer where the usage metrics policy is off.
type PolicyOff struct {
	// Enterprise is whose policy it is; Organization the one that has not turned
	// it on where organizations decide, nil elsewhere.
	Enterprise   directory.Entity
	Organization *directory.Entity
}

func (*PolicyOff) Error() string {
	return "The 'Copilot usage metrics' policy must be enabled to use this API"
}

// Unwrap makes it a fault.Forbidden.
func (e *PolicyOff) Unwrap() error { return fault.New(fault.Forbidden, "%s", e.Error()) }

// Guard stands before every route.
type Guard struct{ authenticator *Authenticator }

// NewGuard returns a guard who lets in whom the authenticator knows.
func NewGuard(e *Authenticator) *Guard { return &Guard{e} }

// Fail answers a request that is refused.
type Fail func(w http.ResponseWriter, r *http.Request, err error)

// Protect lets those requests through to next that the pattern's row in Table
// allows. next finds Of and PlaceOf in its context. A pattern without a row is
// an error.
func (g *Guard) Protect(pattern string, next http.Handler, fail Fail) (http.Handler, error) {
	rule, ok := RuleFor(pattern)
	if !ok {
		return nil, fmt.Errorf("route %q has no row in access.Table", pattern)
	}
	if rule.Shows == 0 {
		return nil, fmt.Errorf("route %q does not say in access.Table whose data it shows", pattern)
	}
	if rule.At == Public {
		return next, nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rule.At == Linked {
			p, at, err := g.authenticator.byLink(r)
			if err != nil {
				fail(w, r, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(WithPlace(With(r.Context(), p), at)))
			return
		}
		p, err := g.authenticator.Identify(w, r)
		if rule.At == Open && errors.Is(err, ErrSignIn) {
			p, err = &Principal{Kind: Anonymous, Address: g.authenticator.opt.Address(r)}, nil
		}
		if err != nil {
			fail(w, r, err)
			return
		}
		r = r.WithContext(With(r.Context(), p))
		if err := writable(r, p); err != nil {
			fail(w, r, err)
			return
		}
		at, err := g.authorize(r, rule, p)
		if err != nil {
			fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(WithPlace(r.Context(), at)))
	}), nil
}

// writable refuses a change that a page of another site may have made a browser
// send: http.CrossOriginProtection sees those that say where they come from;
// what says nothing, and is known by a cookie, is not trusted.
func writable(r *http.Request, p *Principal) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if p.Kind != Signed && p.Kind != Demo || r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Origin") != "" {
		return nil
	}
	return fault.New(fault.Forbidden, "the request was refused because it changes data but has neither a Sec-Fetch-Site nor an Origin header to show which site it comes from")
}

// authorize returns what the request is about, or why it is refused.
func (g *Guard) authorize(r *http.Request, rule Rule, p *Principal) (Place, error) {
	switch {
	case rule.At == Open:
		return Place{}, nil
	case rule.At == DemoOnly && p.Kind != Demo:
		return Place{}, ErrNowhere
	case rule.At == Local && p.Kind != Operator:
		return Place{}, ErrLocal
	case rule.At == Local:
		return Place{}, nil
	case !p.SignedIn():
		return Place{}, ErrSignIn
	}
	t, err := g.authenticator.principals.entities(r.Context())
	if err != nil {
		return Place{}, err
	}
	switch rule.At {
	case Everywhere:
		return Place{}, everywhere(p, rule.Need)
	case EachEnterprise:
		return Place{}, t.each(p)
	case SomeEnterprise:
		if !slices.ContainsFunc(t.Of(directory.Enterprise, directory.Any), func(e *directory.Entity) bool { return p.Can(rule.Need, *e) }) {
			return Place{}, ErrNowhere
		}
		return Place{}, nil
	case InPath:
		at, err := t.pathPlace(r, p)
		if err != nil {
			return at, err
		}
		if err := t.unmistakable(at); err != nil {
			return at, err
		}
		return at, permit(p, rule, at)
	case InQuery:
		if p.Kind == Operator {
			// Its words are package question's to judge, which says what there is instead.
			at, err := t.queryPlace(r.URL.Query(), p)
			if err != nil {
				at = Place{}
			}
			return at, nil
		}
		return t.permitQuery(r, rule, p)
	}
	return Place{}, nil
}

func everywhere(p *Principal, need Permission) error {
	if p.CanEverywhere(need) {
		return nil
	}
	return ErrNowhere
}

// each permits what shows something of every enterprise.
func (t *tree) each(p *Principal) error {
	for _, e := range t.Of(directory.Enterprise, directory.Any) {
		if !p.CanView(*e) && !p.Can(Monitor, *e) {
			return ErrNowhere
		}
	}
	return nil
}

// permit says whether the principal may do what the rule is about at a place.
// Who may not see the place learns nothing of it.
func permit(p *Principal, rule Rule, at Place) error {
	e := *at.Entity()
	sees := p.CanView(e) || p.Can(ViewSettings, e)
	switch {
	case !sees && !p.Can(rule.Need, e):
		return ErrNowhere
	case rule.Need == Metrics && !p.CanView(e):
		return Lacks(viewing[e.Kind][0], e)
	case rule.Need != Metrics && !p.Can(rule.Need, e):
		return Lacks(rule.Need, e)
	case rule.Need == ViewPeople && !p.CanView(e):
		// It is needed in addition to the permission for the metrics.
		if !sees {
			return ErrNowhere
		}
		return Lacks(viewing[e.Kind][0], e)
	case rule.individuals() && at.Enterprise.WithoutPeople():
		return NoPeople(*at.Enterprise)
	case rule.Policy && p.Kind != Operator:
		return CheckPolicy(at)
	}
	return nil
}

// Lacks is the answer to somebody who may see an entity, but has not the permission.
func Lacks(need Permission, e directory.Entity) error {
	return fault.New(fault.Forbidden, "you need the permission %q in %s: ask one of its owners to grant it", need, e.Label())
}

// NoPeople is the answer to whatever is about single people of an enterprise that is kept
// without them.
func NoPeople(enterprise directory.Entity) error {
	return fault.New(fault.NotFound, "the enterprise %s is kept without people: there is nothing about single people", enterprise.Label())
}

// CheckPolicy returns a *PolicyOff unless the usage metrics of a place may be seen.
func CheckPolicy(at Place) error {
	e := at.Enterprise
	switch e.Policy {
	case directory.PolicyEnabled:
		return nil
	case directory.PolicyOrganizations:
		if at.Organization != nil && at.Organization.Policy == directory.PolicyEnabled {
			return nil
		}
		return &PolicyOff{*e, at.Organization}
	}
	return &PolicyOff{Enterprise: *e}
}

// peopleReports lists the reports that are about single people, or may name some.
var peopleReports = []string{"users-", "user-teams-", "repos-"}

// permitQuery judges a question by its parameters. Those who see a part of an
// enterprise only may not break figures down by what reaches beyond it.
func (t *tree) permitQuery(r *http.Request, rule Rule, p *Principal) (Place, error) {
	v, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return Place{}, fault.New(fault.Invalid, "cannot read the query string: %v", err)
	}
	at, err := t.queryPlace(v, p)
	if err != nil {
		return at, err
	}
	if err := t.unmistakable(at); err != nil {
		return at, err
	}
	if err := permit(p, Rule{Need: Metrics, Policy: rule.Policy}, at); err != nil {
		return at, err
	}
	e := *at.Entity()
	if rule.Need != Metrics && !p.Can(rule.Need, e) {
		return at, Lacks(rule.Need, e)
	}
	by := SplitList(v["by"])
	if !p.CanView(*at.Enterprise) && (slices.Contains(by, "organization") || slices.Contains(by, "team") && at.Team != nil) {
		return at, Lacks(ViewEnterprise, *at.Enterprise)
	}
	if aboutPeople(v, by) && !p.Can(ViewPeople, e) {
		return at, Lacks(ViewPeople, e)
	}
	if aboutPeople(v, by) && at.Enterprise.WithoutPeople() {
		return at, NoPeople(*at.Enterprise)
	}
	// Questions resolve names among all enterprises; here it is known which.
	v.Set("enterprise", at.Enterprise.Key())
	r.URL.RawQuery = v.Encode()
	return at, nil
}

func aboutPeople(v url.Values, by []string) bool {
	if slices.Contains(by, "user") || slices.ContainsFunc(v["where"], func(w string) bool { return strings.HasPrefix(w, "user=") }) {
		return true
	}
	return NamesPeople(v.Get("report"))
}

// NamesPeople reports whether a report is about single people, or may name some.
func NamesPeople(report string) bool {
	return slices.ContainsFunc(peopleReports, func(prefix string) bool { return strings.HasPrefix(report, prefix) })
}

// SplitList splits repeated and comma-separated values; what is empty is left out.
func SplitList(values []string) []string {
	var out []string
	for _, v := range values {
		for s := range strings.SplitSeq(v, ",") {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}
