package shell

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// InsightsPath returns the path of one of a place's pages.
func InsightsPath(at access.Place, page string) string {
	return PlacePath(at) + "/insights/" + page
}

// PlacePath returns a place's address.
func PlacePath(at access.Place) string {
	base := EnterprisePath(at.Enterprise.Key())
	if at.Organization != nil {
		base = organizationPath(at.Organization.Key())
	}
	if at.Team != nil {
		return base + "/teams/" + url.PathEscape(at.Team.Key())
	}
	return base
}

// EnterprisePath returns an enterprise's address.
func EnterprisePath(key string) string { return "/enterprises/" + url.PathEscape(key) }

func organizationPath(key string) string { return "/orgs/" + url.PathEscape(key) }

// CodeGenerationPath returns the address of an enterprise's main page.
func CodeGenerationPath(key string) string {
	return EnterprisePath(key) + "/insights/code-generation"
}

// signInPath returns the page of signing in, which leads back to where one was.
func signInPath(from *url.URL) string {
	next := from.RequestURI()
	if next == "/" {
		return "/sign-in"
	}
	return "/sign-in?" + url.Values{"next": {next}}.Encode()
}

// PathOf fills a pattern in.
func PathOf(pattern string, at access.Place) string {
	_, path, _ := strings.Cut(pattern, " ")
	key := func(e *directory.Entity) string {
		if e == nil {
			return ""
		}
		return url.PathEscape(e.Key())
	}
	return strings.NewReplacer("{enterprise}", key(at.Enterprise), "{org}", key(at.Organization), "{team}", key(at.Team), "{$}", "").Replace(path)
}

// pagesOfRows are the pages with tables that are searched or have pages of rows.
var pagesOfRows = []string{"organizations", "teams", "users", "seats"}

// stateAt reads the state of a page that is about a place. What the place fixes
// is no filter; what reaches beyond the place is not there.
func (sh *Shell) stateAt(r *http.Request, at access.Place, page string) (State, error) {
	s, err := ParseState(InsightsPath(at, page), at.Enterprise.Key(), r.URL.Query())
	if err != nil {
		return s, err
	}
	if !slices.Contains(pagesOfRows, page) {
		s.Search, s.TablePage = "", 0
	}
	if s.Has("user") {
		if err := sh.viewPeople(r, at, s.Values("user")); err != nil {
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
	return s, sh.checkTeams(r, at, s)
}

// viewPeople lets whoever asks look at people's data, and writes that they did
// into the audit log.
func (sh *Shell) viewPeople(r *http.Request, at access.Place, users []string) error {
	ctx, e := r.Context(), *at.Entity()
	if !access.Of(ctx).ViewsPeople(e) {
		return access.Lacks(access.ViewPeople, e)
	}
	privacy, err := sh.Options.Privacy.InForce(ctx, at.Enterprise.ID)
	if err != nil {
		return err
	}
	if !privacy.PersonViews {
		return fault.New(fault.Forbidden, "%s", sh.Text.Get("empty.views.message"))
	}
	return sh.Viewed(ctx, *at.Enterprise, e, sh.Text.Get("codegen.title"), users)
}

// Viewed writes into the audit log that whoever asks looks at the users of these
// names: the log is about the people, whatever the page calls them.
func (sh *Shell) Viewed(ctx context.Context, enterprise, e directory.Entity, what string, names []string) error {
	users, err := sh.Data.ResolvePseudonyms(ctx, enterprise.Key(), names)
	if err != nil {
		return err
	}
	return sh.Options.Privacy.Viewed(ctx, e, what, users...)
}

// checkTeams makes sure that the teams filtered to are the organization's: an answer's
// own message would list others.
func (sh *Shell) checkTeams(r *http.Request, at access.Place, s State) error {
	if at.Organization == nil || !s.Has("team") {
		return nil
	}
	teams, err := sh.Data.Entities(r.Context(), s.Enterprise, directory.Team)
	if err != nil {
		return err
	}
	for _, word := range s.Values("team") {
		found := false
		for _, e := range teams {
			found = found || Narrows(e, at) && e.Named(word)
		}
		if !found {
			return fault.New(fault.NotFound, "%s has no team %.60q", at.Organization.Label(), word)
		}
	}
	return nil
}

// Narrows reports whether an organization or team is a narrower choice within a place.
func Narrows(e directory.Entity, at access.Place) bool {
	switch {
	case at.Team != nil:
		return false
	case at.Organization != nil:
		return e.Kind == directory.Team && e.Organization == at.Organization.ID
	}
	return true
}

// Finds reports whether a search for a word finds one of the texts.
func Finds(word string, in ...string) bool {
	return slices.ContainsFunc(in, func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(word)) })
}
