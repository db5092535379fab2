package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// List is a list of people or entities that GitHub gives in pages.
type List string

// The lists.
const (
	Seats           List = "seats"
	Members         List = "members"
	Teams           List = "teams"
	EnterpriseTeams List = "enterprise-teams"
	// Organizations is requested by GraphQL: REST cannot list an enterprise's.
	Organizations List = "organizations"
)

// path returns the list's path in a scope.
func (l List) path(s Scope) string {
	switch l {
	case Seats:
		return s.path() + "copilot/billing/seats"
	case EnterpriseTeams:
		return s.path() + "teams"
	}
	return s.path() + string(l)
}

// Pages requests a list and calls yield with the raw bytes of each page.
func (c *Client) Pages(ctx context.Context, s Scope, l List, yield func(page []byte) error) error {
	return c.pages(ctx, s, l.path(s), yield)
}

// FirstPage requests one entry of a list, to find out whether it can be read.
func (c *Client) FirstPage(ctx context.Context, s Scope, l List) error {
	_, err := c.call(ctx, request{scope: s, method: http.MethodGet, path: l.path(s), query: url.Values{"per_page": {"1"}}})
	return err
}

func (c *Client) pages(ctx context.Context, s Scope, path string, yield func(page []byte) error) error {
	for page := 1; page != 0; {
		a, err := c.call(ctx, request{scope: s, method: http.MethodGet, path: path, query: pageQuery(page)})
		if err != nil {
			return err
		}
		if err := yield(a.body); err != nil {
			return err
		}
		page = nextPage(page, a.next)
	}
	return nil
}

// User is an account in lists of people.
type User struct {
	ID    int64  `json:"id"`
	Login string `json:"login"`
}

// Team is a team of an organization or an enterprise. Another Codegauge may know no ID of it.
type Team struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
}

// Organization is an organization of an enterprise.
type Organization struct {
	ID    int64
	Login string
	Name  string
}

// allPages reads every page of a list of T.
func allPages[T any](ctx context.Context, c *Client, s Scope, path string) ([]T, error) {
	var out []T
	err := c.pages(ctx, s, path, func(page []byte) error {
		var list []T
		if len(page) == 0 {
			return nil
		}
		if err := json.Unmarshal(page, &list); err != nil {
			return malformed(http.StatusOK, "cannot read GitHub's list %s: %v", path, err)
		}
		out = append(out, list...)
		return nil
	})
	return out, err
}

// Members lists an organization's members. It includes private memberships only if the
// credential may see them.
func (c *Client) Members(ctx context.Context, s Scope) ([]User, error) {
	return allPages[User](ctx, c, s, Members.path(s))
}

// Teams lists an organization's teams, or an enterprise's own.
func (c *Client) Teams(ctx context.Context, s Scope) ([]Team, error) {
	return allPages[Team](ctx, c, s, s.path()+"teams")
}

// TeamMembers lists the members of a team.
func (c *Client) TeamMembers(ctx context.Context, s Scope, t Team) ([]User, error) {
	if s.Org == "" && t.ID != 0 {
		return allPages[User](ctx, c, s, fmt.Sprintf("%steams/%d/memberships", s.path(), t.ID))
	}
	if s.Org == "" {
		return allPages[User](ctx, c, s, s.path()+"teams/"+url.PathEscape(t.Slug)+"/memberships")
	}
	return allPages[User](ctx, c, s, s.path()+"teams/"+url.PathEscape(t.Slug)+"/members")
}

const organizationsQuery = `query($slug: String!, $after: String) {
  enterprise(slug: $slug) {
    organizations(first: 100, after: $after) { nodes { databaseId login name } pageInfo { hasNextPage endCursor } }
  }
}`

// Organizations lists an enterprise's organizations.
func (c *Client) Organizations(ctx context.Context, s Scope) ([]Organization, error) {
	if c.app != nil {
		return c.installableOrganizations(ctx, s)
	}
	var out []Organization
	var after *string
	for range maxPages {
		a, err := c.call(ctx, request{scope: s, method: http.MethodPost, path: "graphql",
			body: map[string]any{"query": organizationsQuery, "variables": map[string]any{"slug": s.Enterprise, "after": after}}})
		if KindOf(err) == NotFound {
			return c.installableOrganizations(ctx, s) // no GraphQL: it is another Codegauge
		}
		if err != nil {
			return nil, err
		}
		page, err := readOrganizations(a)
		if err != nil {
			return nil, err
		}
		for _, n := range page.Nodes {
			out = append(out, Organization{ID: n.DatabaseID, Login: n.Login, Name: n.Name})
		}
		if !page.PageInfo.HasNextPage || after != nil && *after == page.PageInfo.EndCursor {
			return out, nil
		}
		after = &page.PageInfo.EndCursor
	}
	return out, nil
}

// organizationsPage is a page of GraphQL's list.
type organizationsPage struct {
	Nodes []struct {
		DatabaseID int64  `json:"databaseId"`
		Login      string `json:"login"`
		Name       string `json:"name"`
	} `json:"nodes"`
	PageInfo struct {
		HasNextPage bool   `json:"hasNextPage"`
		EndCursor   string `json:"endCursor"`
	} `json:"pageInfo"`
}

func readOrganizations(a *response) (*organizationsPage, error) {
	var body struct {
		Data struct {
			Enterprise *struct {
				Organizations organizationsPage `json:"organizations"`
			} `json:"enterprise"`
		} `json:"data"`
		Errors []struct {
			Type    string `json:"type"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		return nil, malformed(a.status, "cannot read GitHub's list of organizations: %v", err)
	}
	switch {
	case len(body.Errors) > 0:
		return nil, &Error{Kind: Forbidden, Status: http.StatusForbidden, Message: "GitHub denies access: " + oneLine(body.Errors[0].Message)}
	case body.Data.Enterprise == nil:
		return nil, &Error{Kind: NotFound, Status: http.StatusNotFound, Message: "the enterprise does not exist, or is not visible to this credential"}
	}
	return &body.Data.Enterprise.Organizations, nil
}

// installableOrganizations lists the organizations in which an App of the enterprise can
// be installed, which are
// all of them. Another Codegauge has the same list.
func (c *Client) installableOrganizations(ctx context.Context, s Scope) ([]Organization, error) {
	list, err := allPages[struct {
		ID    int64  `json:"id"`
		Login string `json:"login"`
	}](ctx, c, s, s.path()+"apps/installable_organizations")
	var out []Organization
	for _, o := range list {
		out = append(out, Organization{ID: o.ID, Login: o.Login})
	}
	return out, err
}
