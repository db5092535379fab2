package cli

import (
	"context"
	"fmt"
	"slices"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/sample"
)

// demoNames is what the demo's people are called; their e-mail addresses say
// which role they show.
var demoNames = map[string]string{
	access.EnterpriseOwner: "Edda Owner", access.BillingManager: "Bo Billing", access.OrganizationOwner: "Ola Organizer",
	access.TeamLead: "Tove Lead", access.Member: "Mika Member",
}

// populate makes the demo's people: one for each role, in the first organization
// and team where the role is in one. The lead and the member are two of the
// sample's developers.
func populate(ctx context.Context, dir directory.Directory, entities []directory.Entity, g *sample.Generator) error {
	first := func(kind directory.Kind) directory.Entity {
		return entities[slices.IndexFunc(entities, func(e directory.Entity) bool { return e.Kind == kind })]
	}
	root, org, team := first(directory.Enterprise), first(directory.Organization), first(directory.Team)
	places := map[string]int64{
		access.EnterpriseOwner: 0, access.BillingManager: root.ID, access.OrganizationOwner: org.ID,
		access.TeamLead: team.ID, access.Member: root.ID,
	}
	developers := g.TeamPeople(0, 2)
	for _, role := range access.DemoRoles {
		who, err := dir.PutPerson(ctx, directory.Person{Enterprise: root.ID, Name: demoNames[role], Email: access.DemoEmail(role)})
		if err != nil {
			return fmt.Errorf("make the demo's people: %w", err)
		}
		if _, err := dir.Grant(ctx, directory.Grant{Person: who.ID, Role: role, Entity: places[role]}); err != nil {
			return fmt.Errorf("give the demo's people roles: %w", err)
		}
		if role != access.TeamLead && role != access.Member || len(developers) == 0 {
			continue
		}
		is := developers[0]
		developers = developers[1:]
		err = dir.Link(ctx, []directory.Identity{{Enterprise: root.ID, Tool: metric.Copilot, UserID: is.UserID, Login: is.Login, Person: who.ID, How: directory.LinkedByHand}})
		if err != nil {
			return fmt.Errorf("link the demo's people: %w", err)
		}
	}
	return nil
}
