package admin

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
)

// Identity is who a tool says somebody is, and whose it is; User 0 is nobody's.
type Identity struct {
	Tool   string `json:"tool"`
	UserID string `json:"user_id"`
	Login  string `json:"login,omitempty"`
	// Former are logins that it had before.
	Former []string `json:"former_logins,omitempty"`
	User   int64    `json:"user,omitempty"`
	Name   string   `json:"name,omitempty"` // the person's
	How    string   `json:"how,omitempty"`
	// Linker is who linked it; Confirmer who confirmed it, "" if nobody has. Names of
	// people who are still there, else as the audit log names actors.
	Linker    string `json:"linked_by,omitempty"`
	Confirmer string `json:"confirmed_by,omitempty"`
	// AuditName is what the audit log calls the identity.
	AuditName string `json:"audit_name"`
}

// LinkRequest gives an identity to a user, or takes it away.
type LinkRequest struct {
	UserRequest
	Tool string `json:"tool"`
	// UserID and Login name the identity; one is enough for one that data has.
	UserID string `json:"user_id,omitempty"`
	Login  string `json:"login,omitempty"`
}

// MatchRequest links identities to people by e-mail address or login.
type MatchRequest struct {
	access.ScopeNames
	// Apply does it; otherwise the answer says what would be linked.
	Apply bool `json:"apply,omitempty"`
}

// userOf is a user id in a tool.
type userOf struct{ tool, userID string }

// identityList is an enterprise's people and identities.
type identityList struct {
	enterprise directory.Entity
	people     map[int64]directory.Person
	actors     actorNames
	secret     directory.Secret
	linked     []directory.Identity
	holders    map[userOf]directory.Identity // linked, by whose it is
	seen       []directory.Identity          // linked or not
}

func (a *Admin) identities(ctx context.Context, need access.Permission, w access.ScopeNames) (*identityList, error) {
	e, err := a.enterprise(ctx, need, w)
	if err != nil {
		return nil, err
	}
	if e.WithoutPeople() {
		return nil, access.NoPeople(e)
	}
	c := &identityList{enterprise: e, people: map[int64]directory.Person{}}
	if c.actors, err = a.actorNames(ctx); err != nil {
		return nil, err
	}
	if c.secret, err = a.dir.Secret(ctx, e.ID); err != nil {
		return nil, err
	}
	people, err := a.dir.People(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		c.people[p.ID] = p
	}
	linked, err := a.dir.Identities(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	c.link(linked)
	c.seen, err = a.data.Observed(ctx, e.ID)
	return c, err
}

// link says which identities are whose.
func (c *identityList) link(linked []directory.Identity) {
	c.linked, c.holders = linked, make(map[userOf]directory.Identity, len(linked))
	for _, i := range linked {
		c.holders[userOf{i.Tool, i.UserID}] = i
	}
}

// holder returns the linked identity of a tool's user, if it is linked.
func (c *identityList) holder(tool, userID string) (directory.Identity, bool) {
	i, ok := c.holders[userOf{tool, userID}]
	return i, ok
}

// unlinked returns the identities that data has and nobody.
func (c *identityList) unlinked() []directory.Identity {
	return slices.DeleteFunc(slices.Clone(c.seen), func(i directory.Identity) bool {
		_, ok := c.holder(i.Tool, i.UserID)
		return ok
	})
}

func (c *identityList) show(i directory.Identity) Identity {
	out := Identity{Tool: i.Tool, UserID: i.UserID, Login: i.Login, User: i.Person, Name: c.people[i.Person].Label(), How: i.How,
		Linker: c.actors.of(i.Linker), AuditName: c.secret.AuditName(i.Tool, i.UserID)}
	if !i.Confirmed.IsZero() {
		out.Confirmer = c.actors.of(i.Confirmer)
	}
	return out
}

// Identities lists an enterprise's, those of nobody first. They are people's
// data: to view them takes "View people" besides managing the enterprise.
func (a *Admin) Identities(ctx context.Context, r access.ScopeNames) ([]Identity, error) {
	c, err := a.viewIdentities(ctx, r)
	if err != nil {
		return nil, err
	}
	former, err := a.data.FormerLogins(ctx, c.enterprise.ID)
	if err != nil {
		return nil, err
	}
	out, people := []Identity{}, []int64{}
	for _, i := range append(c.unlinked(), c.linked...) {
		shown := c.show(i)
		shown.Former = former(i.Tool, i.UserID)
		out, people = append(out, shown), append(people, i.Person)
	}
	if err := a.viewedPeople(ctx, c.enterprise, "identities", people); err != nil {
		return nil, err
	}
	slices.SortStableFunc(out, func(a, b Identity) int {
		return cmp.Or(cmp.Compare(min(a.User, 1), min(b.User, 1)), cmp.Compare(a.Login, b.Login), cmp.Compare(a.UserID, b.UserID), cmp.Compare(a.Tool, b.Tool))
	})
	return out, nil
}

func (a *Admin) viewIdentities(ctx context.Context, w access.ScopeNames) (*identityList, error) {
	c, err := a.identities(ctx, access.Manage, w)
	if err == nil && !access.Of(ctx).ViewsPeople(c.enterprise) {
		return nil, access.Lacks(access.ViewPeople, c.enterprise)
	}
	return c, err
}

// mayLink is viewIdentities for what links identities to people. A token may not: nobody
// would know whose link it is, and so who must not confirm it.
func (a *Admin) mayLink(ctx context.Context, w access.ScopeNames) (*identityList, error) {
	c, err := a.viewIdentities(ctx, w)
	if err == nil && access.Of(ctx).Kind == access.Program {
		return nil, fault.New(fault.Forbidden, "a token cannot link identities to people: sign in, or use the command line where the server runs")
	}
	return c, err
}

// Link gives an identity to a user by hand. Figures follow at once; the person's own page
// opens once the link is confirmed.
func (a *Admin) Link(ctx context.Context, r LinkRequest) ([]Identity, error) {
	c, err := a.mayLink(ctx, r.ScopeNames)
	if err != nil {
		return nil, err
	}
	p, _, err := a.find(ctx, r.UserRequest)
	if err != nil {
		return nil, err
	}
	i, err := c.named(r)
	if err != nil {
		return nil, err
	}
	i = linkedTo(ctx, i, p.ID, directory.LinkedByHand)
	c.people[p.ID] = p
	return []Identity{c.show(i)}, a.reconcileAfter(ctx, c.enterprise.ID, a.dir.Link(ctx, []directory.Identity{i}))
}

// linkedTo returns an identity as whoever asks links it to a person.
func linkedTo(ctx context.Context, i directory.Identity, person int64, how string) directory.Identity {
	if i.Person != person {
		i.Linker, i.Confirmed, i.Confirmer = directory.ActorOf(ctx).Name, time.Time{}, ""
	}
	i.Person, i.How = person, how
	return i
}

// named returns the identity that a request names. One that no data has yet
// needs its user id.
func (c *identityList) named(r LinkRequest) (directory.Identity, error) {
	tool := cmp.Or(r.Tool, metric.Copilot)
	var found []directory.Identity
	for _, i := range append(slices.Clone(c.linked), c.unlinked()...) {
		if i.Tool == tool && (r.UserID != "" && i.UserID == r.UserID || r.UserID == "" && r.Login != "" && strings.EqualFold(i.Login, r.Login)) {
			found = append(found, i)
		}
	}
	switch {
	case len(found) == 1:
		found[0].Enterprise = c.enterprise.ID
		return found[0], nil
	case len(found) > 1:
		return directory.Identity{}, fault.New(fault.Invalid, "several identities in %s have the login %.60q: give the user id instead", tool, r.Login)
	case r.UserID == "":
		return directory.Identity{}, fault.New(fault.NotFound, "no identity in %s has the login %.60q", tool, r.Login)
	}
	return directory.Identity{Enterprise: c.enterprise.ID, Tool: tool, UserID: r.UserID, Login: r.Login}, nil
}

// Unlink takes an identity from whoever has it.
func (a *Admin) Unlink(ctx context.Context, r LinkRequest) ([]Identity, error) {
	c, err := a.viewIdentities(ctx, r.ScopeNames)
	if err != nil {
		return nil, err
	}
	i, err := c.named(r)
	if err != nil {
		return nil, err
	}
	return []Identity{c.show(i)}, a.reconcileAfter(ctx, c.enterprise.ID, a.dir.Unlink(ctx, []directory.Identity{i}))
}

// Match links each identity of nobody to the one person whose e-mail address is
// its user id or login, or who has another identity of the same login.
func (a *Admin) Match(ctx context.Context, r MatchRequest) ([]Identity, error) {
	c, err := a.viewIdentities(ctx, r.ScopeNames)
	if r.Apply {
		c, err = a.mayLink(ctx, r.ScopeNames)
	}
	if err != nil {
		return nil, err
	}
	matched := c.match()
	out, people := []Identity{}, []int64{}
	for _, i := range matched {
		out, people = append(out, c.show(i)), append(people, i.Person)
	}
	if err := a.viewedPeople(ctx, c.enterprise, "identities that match", people); err != nil {
		return nil, err
	}
	if !r.Apply || len(matched) == 0 {
		return out, nil
	}
	return out, a.reconcileAfter(ctx, c.enterprise.ID, a.dir.Link(ctx, matched))
}

// CountMatches counts what Match would link.
func (a *Admin) CountMatches(ctx context.Context, r access.ScopeNames) (int, error) {
	c, err := a.viewIdentities(ctx, r)
	if err != nil {
		return 0, err
	}
	return len(c.match()), nil
}

func (c *identityList) match() []directory.Identity {
	byEmail, byLogin := map[string]int64{}, map[string]int64{}
	for _, p := range c.people {
		if p.Email != "" {
			byEmail[strings.ToLower(p.Email)] = p.ID
		}
	}
	for _, i := range c.linked {
		login := strings.ToLower(i.Login)
		if holder, ok := byLogin[login]; ok && holder != i.Person {
			byLogin[login] = 0 // two people: it says nothing
		} else if login != "" {
			byLogin[login] = i.Person
		}
	}
	var out []directory.Identity
	for _, i := range c.unlinked() {
		i.Enterprise = c.enterprise.ID
		switch id, login := strings.ToLower(i.UserID), strings.ToLower(i.Login); {
		case byEmail[id] != 0:
			i.Person, i.How = byEmail[id], directory.LinkedByEmail
		case byEmail[login] != 0:
			i.Person, i.How = byEmail[login], directory.LinkedByEmail
		case byLogin[login] != 0:
			i.Person, i.How = byLogin[login], directory.LinkedByLogin
		default:
			continue
		}
		out = append(out, i)
	}
	return out
}
