package privacy

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/store"
)

// ReconcileIdentities makes the store count people, and place them, as the directory says of
// an enterprise, or of every one that has changed if it is 0. It also does what a crash
// between a change of the directory and this left undone.
func (p *Privacy) ReconcileIdentities(ctx context.Context, enterprise int64) error {
	changed, err := p.dir.ChangedLinks(ctx)
	if err != nil {
		return fmt.Errorf("changed links: %w", err)
	}
	if len(changed) == 0 {
		return nil
	}
	n, err := p.names(ctx)
	if err != nil {
		return err
	}
	for _, e := range n.In(directory.Enterprise, 0) {
		revision, ok := changed[e.ID]
		if !ok || enterprise != 0 && e.ID != enterprise {
			continue
		}
		if err := p.forgetMarked(ctx, e); err != nil {
			return fmt.Errorf("forget who was erased from %s: %w", e.Key(), err)
		}
		if err := p.link(ctx, e.ID); err != nil {
			return fmt.Errorf("link the people of %s: %w", e.Key(), err)
		}
		if err := p.dir.LinksApplied(ctx, e.ID, revision); err != nil {
			return fmt.Errorf("link the people of %s: %w", e.Key(), err)
		}
	}
	return nil
}

// link gives the store what the directory says of an enterprise, until that has not
// changed meanwhile: of two that link at once the last to end has the present state.
func (p *Privacy) link(ctx context.Context, enterprise int64) error {
	l, err := p.links(ctx, enterprise)
	if err != nil {
		return err
	}
	for {
		if _, err := p.store.Link(ctx, l); err != nil {
			return err
		}
		now, err := p.links(ctx, enterprise)
		if err != nil {
			return err
		}
		if slices.Equal(now.People, l.People) && slices.Equal(now.Members, l.Members) {
			return nil
		}
		l = now
	}
}

// links reads what the directory says of an enterprise.
func (p *Privacy) links(ctx context.Context, enterprise int64) (store.Links, error) {
	l := store.Links{Enterprise: enterprise, At: p.now()}
	n, err := p.names(ctx)
	if err != nil {
		return l, err
	}
	identities, err := p.dir.Identities(ctx, enterprise)
	if err != nil {
		return l, err
	}
	for _, i := range identities {
		l.People = append(l.People, store.PersonOf{Tool: i.Tool, UserID: i.UserID, Person: i.Person})
	}
	memberships, err := p.dir.Memberships(ctx, enterprise)
	if err != nil {
		return l, err
	}
	for _, m := range memberships {
		e := n.ByID[m.Entity]
		if e == nil {
			continue
		}
		of := store.MemberOf{Person: m.Person, Days: day.Range{From: m.From, To: cmp.Or(m.To, day.Always.To)}}
		if e.Kind == directory.Team {
			of.Organization, of.Team = e.Organization, e.ID
		} else {
			of.Organization = e.ID
		}
		l.Members = append(l.Members, of)
	}
	return l, nil
}

// FormerLogins returns the logins that identities in records had before their present ones.
func (p *Privacy) FormerLogins(ctx context.Context, enterprise int64) (func(tool, userID string) []string, error) {
	everybody, err := p.store.Identities(ctx, enterprise)
	if err != nil {
		return nil, fmt.Errorf("identities: %w", err)
	}
	former := map[[2]string][]string{}
	for _, i := range everybody {
		if len(i.Former) > 0 {
			former[[2]string{i.Tool, i.UserID}] = i.Former
		}
	}
	return func(tool, userID string) []string {
		return former[[2]string{metric.IdentityTool(userID, tool), userID}]
	}, nil
}

// Observed lists whom the enterprise's seats speak of, and whom its data, if no
// person has them.
func (p *Privacy) Observed(ctx context.Context, enterprise int64) ([]directory.Identity, error) {
	seats, err := p.dir.Seats(ctx, enterprise, 0)
	if err != nil {
		return nil, fmt.Errorf("seats: %w", err)
	}
	var out []directory.Identity
	seated := map[string]bool{}
	for _, seat := range seats {
		if seat.UserID != "" {
			seated[seat.UserID] = true
			out = append(out, directory.Identity{Enterprise: enterprise, Tool: metric.Copilot, UserID: seat.UserID, Login: seat.Login})
		}
	}
	unlinked, err := p.store.Unlinked(ctx, query.Scope{Enterprise: enterprise}, day.Always)
	if err != nil {
		return nil, fmt.Errorf("identities without a person: %w", err)
	}
	for _, i := range unlinked {
		tool := cmp.Or(i.Tool, metric.Copilot)
		if tool != metric.Copilot || !seated[i.UserID] {
			out = append(out, directory.Identity{Enterprise: enterprise, Tool: tool, UserID: i.UserID, Login: i.Login})
		}
	}
	return out, nil
}
