package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/sorting"
)

// Permission is something that a role allows.
type Permission string

// The permissions. Custom roles are made of them.
const (
	// ViewEnterprise is "View Enterprise Copilot Metrics": an enterprise's
	// figures, and those of all its organizations and teams.
	ViewEnterprise Permission = "view-enterprise-metrics"
	// ViewOrganization is "View Organization Copilot Metrics".
	ViewOrganization Permission = "view-organization-metrics"
	ViewTeam         Permission = "view-team-metrics"
	// ViewPeople is "View people": what is about single people, besides the
	// permission for the metrics. Privacy settings restrict it further.
	ViewPeople Permission = "view-people"
	Export     Permission = "export"
	Import     Permission = "import"
	// Ingest is sending events.
	Ingest Permission = "ingest"
	// Monitor is watching the server and its sources, with totals that are of nobody.
	Monitor Permission = "monitor"
	// ViewSettings is reading the settings and the audit log. Manage includes it.
	ViewSettings Permission = "view-settings"
	// Manage is the settings, people, roles and tokens.
	Manage Permission = "manage"
	// ApprovePrivacy is a guardian's: it lets changes that weaken privacy take effect. No
	// owner has it, and no custom role.
	ApprovePrivacy Permission = "approve-privacy"
)

// All lists the permissions of an owner, of which custom roles are made.
var All = []Permission{ViewEnterprise, ViewOrganization, ViewTeam, ViewPeople, Export, Import, Ingest, Monitor, ViewSettings, Manage}

// viewing lists what lets see an entity's metrics.
var viewing = map[directory.Kind][]Permission{
	directory.Enterprise:   {ViewEnterprise},
	directory.Organization: {ViewEnterprise, ViewOrganization},
	directory.Team:         {ViewEnterprise, ViewOrganization, ViewTeam},
}

// The built-in roles.
const (
	EnterpriseOwner   = "enterprise-owner"
	BillingManager    = "billing-manager"
	OrganizationOwner = "organization-owner"
	TeamLead          = "team-lead"
	Member            = directory.MemberRole
)

// BuiltIn is a role that every enterprise has.
type BuiltIn struct {
	Name        string
	Permissions []Permission
	// In lists the kinds of entity that it can be given in; "" is the installation.
	In []directory.Kind
}

// BuiltInRoles lists the built-in roles, the mightiest first.
var BuiltInRoles = []BuiltIn{
	{EnterpriseOwner, All, []directory.Kind{"", directory.Enterprise}},
	{BillingManager, []Permission{ViewEnterprise, ViewOrganization, ViewTeam, Export}, []directory.Kind{"", directory.Enterprise}},
	{OrganizationOwner, []Permission{ViewOrganization, ViewTeam, Export, Manage}, []directory.Kind{directory.Organization}},
	{directory.Guardian, []Permission{ViewSettings, ApprovePrivacy}, []directory.Kind{directory.Enterprise}},
	{TeamLead, []Permission{ViewTeam}, []directory.Kind{directory.Team}},
	{Member, nil, []directory.Kind{directory.Enterprise, directory.Organization, directory.Team}},
}

func builtIn(name string) (BuiltIn, bool) {
	i := slices.IndexFunc(BuiltInRoles, func(r BuiltIn) bool { return r.Name == name })
	if i < 0 {
		return BuiltIn{}, false
	}
	return BuiltInRoles[i], true
}

// ParsePermissions reads the names of permissions.
func ParsePermissions(names []string) ([]Permission, error) {
	var out []Permission
	for _, n := range names {
		p := Permission(strings.TrimSpace(n))
		if !slices.Contains(All, p) {
			return nil, fault.New(fault.Invalid, "unknown permission %.40q: choose from %s", n, strings.Trim(fmt.Sprint(All), "[]"))
		}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out, nil
}

// roles finds what roles allow.
type roles struct{ custom []directory.Role }

func readRoles(ctx context.Context, d directory.Directory) (roles, error) {
	list, err := d.Roles(ctx, 0)
	if err != nil {
		return roles{}, fmt.Errorf("read roles: %w", err)
	}
	return roles{list}, nil
}

// permissions returns what a role allows in an enterprise; nothing if there is
// no such role.
func (r roles) permissions(enterprise int64, name string) ([]Permission, bool) {
	if b, ok := builtIn(name); ok {
		return b.Permissions, true
	}
	for _, c := range r.custom {
		if c.Enterprise == enterprise && c.Name == name {
			known, _ := ParsePermissions(slices.DeleteFunc(slices.Clone(c.Permissions), func(s string) bool {
				return !slices.Contains(All, Permission(s)) // of a later version
			}))
			return known, true
		}
	}
	return nil, false
}

// holdings returns what a person may do.
func roleBindings(ctx context.Context, d directory.Directory, person int64, t *tree) ([]roleBinding, error) {
	grants, err := d.GrantsOf(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	r, err := readRoles(ctx, d)
	if err != nil {
		return nil, err
	}
	var held []roleBinding
	for _, g := range grants {
		e := t.ByID[g.Entity]
		if g.Entity != 0 && e == nil {
			continue
		}
		enterprise := int64(0)
		if e != nil {
			enterprise = e.Enterprise
		}
		if permissions, ok := r.permissions(enterprise, g.Role); ok {
			held = append(held, roleBinding{g.Entity, permissions})
		}
	}
	sorting.Stable(held, func(a, b roleBinding) int { return int(a.entity - b.entity) })
	return held, nil
}

// RolePermissions returns what a role allows in an entity's enterprise, or why
// it cannot be given there.
func RolePermissions(ctx context.Context, d directory.Directory, role string, in *directory.Entity) ([]Permission, error) {
	kind, enterprise := directory.Kind(""), int64(0)
	if in != nil {
		kind, enterprise = in.Kind, in.Enterprise
	}
	if b, ok := builtIn(role); ok {
		if !slices.Contains(b.In, kind) {
			return nil, fault.New(fault.Invalid, "the role %s cannot be granted here: it applies to %s", role, describeKinds(b.In))
		}
		return b.Permissions, nil
	}
	r, err := readRoles(ctx, d)
	if err != nil {
		return nil, err
	}
	if permissions, ok := r.permissions(enterprise, role); ok {
		return permissions, nil
	}
	return nil, fault.New(fault.NotFound, "the role %.40q does not exist", role)
}

// GuardedBy returns the enterprise whose guardian has to approve it if somebody is to have
// permissions in an entity, or, with nil, everywhere; 0 if nobody has to.
func GuardedBy(ctx context.Context, d directory.Directory, permissions []Permission, in *directory.Entity) (enterprise int64, err error) {
	if !slices.Contains(permissions, ViewPeople) {
		return 0, nil
	}
	within := int64(0)
	if in != nil {
		within = in.Enterprise
	}
	grants, err := d.Grants(ctx, within)
	if err != nil {
		return 0, fmt.Errorf("read grants: %w", err)
	}
	for _, g := range grants {
		switch {
		case g.Role != directory.Guardian:
		case enterprise != 0 && enterprise != g.Entity:
			return 0, fault.New(fault.Conflict, "this would let somebody view people everywhere, and several enterprises have a guardian of privacy: grant the role in each enterprise instead")
		default:
			enterprise = g.Entity
		}
	}
	return enterprise, nil
}

func describeKinds(kinds []directory.Kind) string {
	var words []string
	for _, k := range kinds {
		switch k {
		case "":
			words = append(words, "the installation")
		case directory.Team:
			words = append(words, "a team")
		default:
			words = append(words, "an "+string(k))
		}
	}
	return strings.Join(words, " or ")
}
