package github

// Grant is the permission that an endpoint requires, and who can grant it.
type Grant struct {
	// Possible is set if GitHub offers the endpoint to this kind of credential at all.
	Possible bool
	// Permission is what the credential needs, by the name that GitHub's settings use.
	Permission string
	// Who is who can grant the permission or create a credential that has it.
	Who string
}

// Endpoint is the name of a report or a list in checks.
type Endpoint string

// Endpoint returns the report's endpoint in a scope.
func (r Report) Endpoint(s Scope) Endpoint { return Endpoint(r.Path(s)) }

// Endpoint returns the list's endpoint.
func (l List) Endpoint() Endpoint { return Endpoint(l) }

const (
	enterpriseOwner = "an enterprise owner"
	enterpriseMoney = "an enterprise owner or billing manager"
	orgOwner        = "an owner of the organization"
)

// GrantFor returns what a kind of credential needs to read an endpoint of a scope.
func GrantFor(e Endpoint, s Scope, kind CredentialKind) Grant {
	if kind == Codegauge {
		return Grant{true, "a token with the scopes metrics:read and users:read", "whoever manages " + s.String() + " there"}
	}
	if s.Org != "" {
		return orgGrant(e, s, kind)
	}
	switch e {
	case Endpoint(Seats):
		switch kind {
		case FineGrained:
			return Grant{Who: enterpriseMoney, Permission: "a classic token with the scope manage_billing:copilot"}
		case App:
			return Grant{Possible: true, Who: enterpriseOwner, Permission: `the App's enterprise permission for Copilot seats ("read"), or a classic token with the scope manage_billing:copilot`}
		}
		return Grant{Possible: true, Who: enterpriseMoney, Permission: "a classic token with the scope manage_billing:copilot or read:enterprise"}
	case Endpoint(EnterpriseTeams):
		return Grant{Possible: kind == Classic || kind == Other, Who: "a member of the enterprise", Permission: "a classic token with the scope read:enterprise"}
	case Endpoint(Organizations):
		if kind == App {
			return Grant{Possible: true, Who: enterpriseOwner, Permission: `the App's enterprise permission "Enterprise organization installations" (read), or name the organizations with --org`}
		}
		return Grant{Possible: kind != FineGrained, Who: enterpriseOwner, Permission: "a classic token with the scope read:enterprise, or name the organizations with --org"}
	}
	switch kind {
	case FineGrained:
		return Grant{Who: enterpriseOwner, Permission: `a classic token with the scope read:enterprise, or a GitHub App with the enterprise permission "Enterprise Copilot metrics" (read)`}
	case App:
		return Grant{Possible: true, Who: enterpriseOwner, Permission: `the App's enterprise permission "Enterprise Copilot metrics" (read)`}
	}
	return Grant{Possible: true, Who: enterpriseMoney + `, or somebody with the role "View Enterprise Copilot Metrics"`, Permission: "a classic token with the scope read:enterprise or manage_billing:copilot"}
}

func orgGrant(e Endpoint, s Scope, kind CredentialKind) Grant {
	app := kind == App || kind == FineGrained
	owner := orgOwner + " " + s.Org
	switch e {
	case Endpoint(Seats):
		if app {
			return Grant{true, `the organization permission "GitHub Copilot Business" (read)`, owner}
		}
		return Grant{true, "a classic token with the scope manage_billing:copilot or read:org", owner}
	case Endpoint(Members), Endpoint(Teams):
		if app {
			return Grant{true, `the organization permission "Members" (read)`, owner}
		}
		return Grant{true, "a classic token with the scope read:org", owner}
	}
	if app {
		return Grant{true, `the organization permission "Organization Copilot metrics" (read)`, owner}
	}
	return Grant{true, `a classic token with the scope read:org, of an owner or somebody with the role "View Organization Copilot Metrics"`, owner}
}
