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
		link := []directory.Identity{{Enterprise: root.ID, Tool: metric.Copilot, UserID: is.UserID, Login: is.Login, Person: who.ID, How: directory.LinkedByHand}}
		if err := dir.Link(ctx, link); err != nil {
			return fmt.Errorf("link the demo's people: %w", err)
		}
		if err := dir.Confirm(ctx, link); err != nil {
			return fmt.Errorf("confirm the demo's links: %w", err)
		}
	}
	apart := map[string]bool{}
	for team := range 3 { // the first of these teams become people in other ways
		for _, p := range g.TeamPeople(team, 6) {
			apart[p.UserID] = true
		}
	}
	return linkTools(ctx, dir, root.ID, g, func(p sample.Identity) bool { return !apart[p.UserID] })
}

// linkTools makes one person of those whom Copilot and other tools know by one id:
// equal ids of two tools are not one person before somebody says so. Of whom nobody
// is a person yet it makes those that are wanted.
func linkTools(ctx context.Context, dir directory.Directory, enterprise int64, g *sample.Generator, wanted func(sample.Identity) bool) error {
	linked, err := dir.Identities(ctx, enterprise)
	if err != nil {
		return fmt.Errorf("read the demo's links: %w", err)
	}
	type user struct{ tool, id string }
	person := map[user]int64{}
	for _, i := range linked {
		person[user{i.Tool, i.UserID}] = i.Person
	}
	c := directory.BatchChange{Summary: "people of several tools"}
	for _, p := range g.SameIDs() {
		who, known := person[user{metric.Copilot, p.UserID}]
		if !known && !wanted(p.Identity) {
			continue
		}
		identity := directory.Identity{Enterprise: enterprise, UserID: p.UserID, Login: p.Login, How: directory.LinkedByBatch}
		if !known {
			c.People = append(c.People, directory.Person{Enterprise: enterprise, Email: p.Login + "@demo.invalid"})
			who = -int64(len(c.People))
			person[user{metric.Copilot, p.UserID}] = who
			identity.Tool, identity.Person = metric.Copilot, who
			c.Identities = append(c.Identities, identity)
		}
		if person[user{p.Tool, p.ToolUserID}] != who {
			identity.Tool, identity.UserID, identity.Person = p.Tool, p.ToolUserID, who
			c.Identities = append(c.Identities, identity)
		}
	}
	if len(c.Identities) == 0 {
		return nil
	}
	if _, err := dir.ApplyBatch(ctx, enterprise, c); err != nil {
		return fmt.Errorf("link the demo's tools: %w", err)
	}
	return nil
}
