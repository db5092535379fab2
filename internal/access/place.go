package access

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// Place is what a request is about, as its path or parameters name it. What it
// does not name is nil.
type Place struct{ Enterprise, Organization, Team *directory.Entity }

// Entity returns the narrowest entity; nil if the request names none.
func (p Place) Entity() *directory.Entity {
	switch {
	case p.Team != nil:
		return p.Team
	case p.Organization != nil:
		return p.Organization
	}
	return p.Enterprise
}

type placeKey struct{}

// WithPlace returns a context in which a request is about a place.
func WithPlace(ctx context.Context, p Place) context.Context {
	return context.WithValue(ctx, placeKey{}, p)
}

// PlaceOf returns what the request is about.
func PlaceOf(ctx context.Context) Place {
	p, _ := ctx.Value(placeKey{}).(Place)
	return p
}

// tree is the directory as requests name it.
type tree struct{ *directory.Tree }

func readTree(ctx context.Context, d directory.Entities) (*tree, error) {
	list, err := d.Entities(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	return &tree{directory.NewTree(list)}, nil
}

// ErrNowhere is the answer for whatever the principal may not know of, there or not.
var ErrNowhere = fault.New(fault.NotFound, "this does not exist, or you do not have access to it")

// enterprise returns the enterprise that a word names.
func (t *tree) enterprise(word string) (*directory.Entity, error) {
	found := t.Named(t.Of(directory.Enterprise, directory.Any), word)
	if len(found) == 0 {
		return nil, ErrNowhere
	}
	return found[0], nil
}

// pathPlace reads a path's {enterprise}, {org} and {team}. An organization's
// path names no enterprise: where several have one of that name, it is the one
// that the principal may see.
func (t *tree) pathPlace(r *http.Request, p *Principal) (at Place, err error) {
	if word := r.PathValue("enterprise"); word != "" {
		if at.Enterprise, err = t.enterprise(word); err != nil {
			return at, err
		}
	}
	if word := r.PathValue("org"); word != "" {
		return t.organizationPlace(word, r.PathValue("team"), p)
	}
	if word := r.PathValue("team"); word != "" {
		at.Team, err = t.team(at, word)
		if err == nil {
			at.Organization = t.ByID[at.Team.Organization]
		}
	}
	return at, err
}

// organizationPlace returns the organization, or the team of it, that words name.
func (t *tree) organizationPlace(word, team string, p *Principal) (Place, error) {
	for _, o := range t.Named(t.Of(directory.Organization, directory.Any), word) {
		at := Place{Enterprise: t.ByID[o.Enterprise], Organization: o}
		if team != "" {
			var err error
			if at.Team, err = t.team(at, team); err != nil {
				continue
			}
		}
		if e := *at.Entity(); p.CanView(e) || p.Can(ViewSettings, e) {
			return at, nil
		}
	}
	return Place{}, ErrNowhere
}

// team returns the team of the place that a word names.
func (t *tree) team(at Place, word string) (*directory.Entity, error) {
	// GitHub's lists of an enterprise's teams have a prefix before slugs.
	word = strings.TrimPrefix(word, "ent:")
	found := t.Named(t.Of(directory.Team, func(e *directory.Entity) bool {
		return e.Enterprise == at.Enterprise.ID && (at.Organization == nil || e.Organization == at.Organization.ID)
	}), word)
	if len(found) != 1 {
		return nil, ErrNowhere
	}
	return found[0], nil
}

// queryPlace reads the parameters enterprise, org and team, and where=organization=…
// and where=team=…, which narrow a question to one of each.
func (t *tree) queryPlace(v url.Values, p *Principal) (at Place, err error) {
	if at.Enterprise, err = t.queryEnterprise(v.Get("enterprise"), p); err != nil {
		return at, err
	}
	for _, word := range words(v, "org", "organization") {
		found := t.Named(t.Of(directory.Organization, func(e *directory.Entity) bool { return e.Enterprise == at.Enterprise.ID }), word)
		if len(found) == 0 || at.Organization != nil && at.Organization != found[0] {
			return at, ErrNowhere
		}
		at.Organization = found[0]
	}
	for _, word := range words(v, "team", "team") {
		team, err := t.team(at, word)
		if err != nil || at.Team != nil && at.Team != team {
			return at, ErrNowhere
		}
		at.Team = team
	}
	if at.Team != nil {
		at.Organization = t.ByID[at.Team.Organization]
	}
	return at, nil
}

// words returns what a parameter and the conditions on a dimension name.
func words(v url.Values, parameter, dimension string) []string {
	var out []string
	if w := v.Get(parameter); w != "" {
		out = append(out, w)
	}
	for _, w := range v["where"] {
		if word, ok := strings.CutPrefix(w, dimension+"="); ok {
			out = append(out, word)
		}
	}
	return out
}

// queryEnterprise returns the named enterprise, or the only one that the
// principal knows of.
func (t *tree) queryEnterprise(word string, p *Principal) (*directory.Entity, error) {
	if word != "" {
		return t.enterprise(word)
	}
	known := t.Of(directory.Enterprise, func(e *directory.Entity) bool { return t.knows(p, e) })
	switch len(known) {
	case 0:
		return nil, ErrNowhere
	case 1:
		return known[0], nil
	}
	var keys []string
	for _, e := range known {
		keys = append(keys, e.Key())
	}
	return nil, fault.New(fault.Invalid, "several enterprises exist: name one of %s", strings.Join(keys, ", "))
}

// knows reports whether the principal holds anything in an enterprise.
func (t *tree) knows(p *Principal, e *directory.Entity) bool {
	return slices.ContainsFunc(p.held, func(h roleBinding) bool {
		in := t.ByID[h.entity]
		return h.entity == 0 || in != nil && in.Enterprise == e.ID
	})
}

// unmistakable makes sure that the enterprise's key names it alone: handlers
// ask for it by that key, and two enterprises may share an id.
func (t *tree) unmistakable(at Place) error {
	if e, err := t.enterprise(at.Enterprise.Key()); err != nil || e != at.Enterprise {
		return ErrNowhere
	}
	return nil
}

// ScopeNames name a place as people write it.
type ScopeNames struct {
	Enterprise string `json:"enterprise,omitempty"`
	Org        string `json:"org,omitempty"`
	Team       string `json:"team,omitempty"`
}

// Resolve returns the place that words name to a principal; without an
// enterprise it is the only one that the principal knows of.
func Resolve(ctx context.Context, d directory.Entities, p *Principal, w ScopeNames) (Place, error) {
	t, err := readTree(ctx, d)
	if err != nil {
		return Place{}, err
	}
	v := url.Values{"enterprise": {w.Enterprise}, "org": {w.Org}, "team": {w.Team}}
	return t.queryPlace(v, p)
}

// May is an error unless the principal has a permission at a place: as for a
// route, one that says nothing to those who may not know of the place.
func May(p *Principal, need Permission, at Place) error {
	return permit(p, Rule{Need: need}, at)
}

// MayEverywhere is an error unless the principal has a permission in the whole
// installation.
func MayEverywhere(p *Principal, need Permission) error { return everywhere(p, need) }
