package cli

import (
	"context"
	"fmt"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/sample"
)

// enact does in the demo what its owner would have done by now, by the same
// operations as the pages and commands, so that settings and the audit log have
// something to show.
func enact(ctx context.Context, s *stores, g *sample.Generator) error {
	owner, err := s.directory.PersonByEmail(ctx, access.DemoEmail(access.EnterpriseOwner))
	if err != nil {
		return fmt.Errorf("find the demo's owner: %w", err)
	}
	// The owner's roles are known to sign-in alone; the log names the owner all the same.
	ctx = directory.WithActor(access.With(ctx, access.NewOperator()), directory.PersonActor(owner.ID, "127.0.0.1"))
	do, acme := admin.New(s.directory, s.product, nil), access.ScopeNames{Enterprise: sample.EnterpriseSlug}
	views := true
	for _, step := range []func() error{
		func() error {
			_, err := do.SetPrivacy(ctx, admin.PrivacyRequest{ScopeNames: acme, PersonViews: &views, Reason: "This is a sample: its people do not exist, so every page may be viewed."})
			return err
		},
		func() error {
			_, err := do.PutRole(ctx, admin.RoleRequest{ScopeNames: acme, Name: "Analyst", Permissions: []string{string(access.ViewOrganization), string(access.ViewTeam), string(access.Export)}})
			return err
		},
		func() error {
			_, err := do.CreateToken(ctx, admin.TokenRequest{ScopeNames: acme, Name: "Nightly figures", Scopes: []string{"metrics:read", "export"}})
			return err
		},
		func() error { return enactPeople(ctx, do, acme, g) },
		func() error { return enactTools(ctx, s, acme, g) },
		func() error { return enactViews(ctx, s, do, acme) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("play the demo's owner: %w", err)
		}
	}
	return nil
}

// enactPeople imports the people of one team as a list of e-mail addresses.
func enactPeople(ctx context.Context, do *admin.Admin, acme access.ScopeNames, g *sample.Generator) error {
	var list strings.Builder
	list.WriteString("email,github_login,github_user_id\n")
	for _, p := range g.TeamPeople(1, 6) {
		fmt.Fprintf(&list, "%s@demo.invalid,%s,%s\n", p.Login, p.Login, p.UserID)
	}
	if _, err := do.ImportPeople(ctx, admin.ImportRequest{ScopeNames: acme, CSV: list.String(), Apply: true}); err != nil {
		return err
	}
	// Those who lead also write code: the demo shows each role's own page.
	leaders := []string{access.EnterpriseOwner, access.BillingManager, access.OrganizationOwner}
	for i, p := range g.TeamPeople(2, len(leaders)) {
		link := admin.LinkRequest{UserRequest: admin.UserRequest{ScopeNames: acme, User: access.DemoEmail(leaders[i])}, UserID: p.UserID, Login: p.Login}
		if _, err := do.Link(ctx, link); err != nil {
			return err
		}
		if _, err := do.Confirm(ctx, admin.ConfirmRequest{LinkRequest: link}); err != nil {
			return err
		}
	}
	return nil
}

// enactTools links the rest of those who have one id in several tools.
func enactTools(ctx context.Context, s *stores, acme access.ScopeNames, g *sample.Generator) error {
	at, err := access.Resolve(ctx, s.directory, access.NewOperator(), acme)
	if err != nil {
		return err
	}
	all := func(sample.Identity) bool { return true }
	if err := linkTools(ctx, s.directory, at.Enterprise.ID, g, all); err != nil {
		return err
	}
	return s.ReconcileIdentities(ctx, at.Enterprise.ID)
}

// enactViews has the owner look at the two people as whom the demo can be looked
// at: their own pages say so.
func enactViews(ctx context.Context, s *stores, do *admin.Admin, acme access.ScopeNames) error {
	for _, role := range []string{access.TeamLead, access.Member} {
		who, err := s.directory.PersonByEmail(ctx, access.DemoEmail(role))
		if err != nil {
			return err
		}
		at, err := access.Resolve(ctx, s.directory, access.NewOperator(), acme)
		if err != nil {
			return err
		}
		linked, err := s.directory.Identities(ctx, at.Enterprise.ID)
		if err != nil {
			return err
		}
		for _, i := range linked {
			if i.Person != who.ID {
				continue
			}
			if err := do.Viewed(ctx, *at.Enterprise, "One person's page", i.UserID); err != nil {
				return err
			}
		}
	}
	return nil
}
