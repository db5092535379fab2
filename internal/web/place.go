package web

import (
	"net/http"
	"net/url"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// insightsPath returns the path of one of a place's pages.
func insightsPath(at access.Place, page string) string {
	return placePath(at) + "/insights/" + page
}

// placePath returns a place's address.
func placePath(at access.Place) string {
	base := enterprisePath(at.Enterprise.Key())
	if at.Organization != nil {
		base = organizationPath(at.Organization.Key())
	}
	if at.Team != nil {
		return base + "/teams/" + url.PathEscape(at.Team.Key())
	}
	return base
}

// stateAt reads the state of a page that is about a place. What the place fixes
// is no filter; what reaches beyond the place is not there.
func (web *Web) stateAt(r *http.Request, at access.Place, page string) (State, error) {
	s, err := ParseState(insightsPath(at, page), at.Enterprise.Key(), r.URL.Query())
	if err != nil {
		return s, err
	}
	if s.Has("user") {
		if err := web.viewPeople(r, at, s.values("user")); err != nil {
			return s, err
		}
	}
	if at.Organization != nil {
		s.Org = at.Organization.Key()
		s = s.Remove("organization", "")
	}
	if at.Team != nil {
		s.Team = at.Team.Key()
		s = s.Remove("team", "")
	}
	return s, web.checkTeams(r, at, s)
}

// viewPeople lets whoever asks look at people's data, and writes that they did
// into the audit log.
func (web *Web) viewPeople(r *http.Request, at access.Place, users []string) error {
	ctx, e := r.Context(), *at.Entity()
	if !access.Of(ctx).ViewsPeople(e) {
		return access.Lacks(access.ViewPeople, e)
	}
	privacy, err := web.opt.Admin.InForce(ctx, at.Enterprise.ID)
	if err != nil {
		return err
	}
	if !privacy.PersonViews {
		return fault.New(fault.Forbidden, "%s", web.text.Get("empty.views.message"))
	}
	return web.viewed(ctx, *at.Enterprise, e, web.text.Get("codegen.title"), users)
}

// checkTeams makes sure that the teams filtered to are the organization's: the
// service's own message would list others.
func (web *Web) checkTeams(r *http.Request, at access.Place, s State) error {
	if at.Organization == nil || !s.Has("team") {
		return nil
	}
	teams, err := web.data.Entities(r.Context(), s.Enterprise, directory.Team)
	if err != nil {
		return err
	}
	for _, word := range s.values("team") {
		found := false
		for _, e := range teams {
			found = found || narrows(e, at) && e.Named(word)
		}
		if !found {
			return fault.New(fault.NotFound, "%s has no team %.60q", at.Organization.Label(), word)
		}
	}
	return nil
}

// narrows reports whether an organization or team is a narrower choice within a place.
func narrows(e directory.Entity, at access.Place) bool {
	switch {
	case at.Team != nil:
		return false
	case at.Organization != nil:
		return e.Kind == directory.Team && e.Organization == at.Organization.ID
	}
	return true
}
