package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"codegauge/internal/admin"
	"codegauge/internal/english"
)

type userCmd struct {
	List    listUsers   `cmd:"" help:"List an enterprise's people, their roles and sessions."`
	Add     addUser     `cmd:"" help:"Add a person and print a link to set their password."`
	Invite  inviteUser  `cmd:"" help:"Print a new link to set a password, also for a forgotten one."`
	Change  changeUser  `cmd:"" help:"Change a person's name or e-mail address."`
	Disable disableUser `cmd:"" help:"Stop a person from signing in and end their sessions."`
	Enable  enableUser  `cmd:"" help:"Let a person sign in again."`
	Bind    bindUser    `cmd:"" help:"Set the identity provider's subject as which a person signs in."`
	SignOut signOutUser `cmd:"" help:"End all of a person's sessions."`
	Remove  removeUser  `cmd:"" help:"Delete a person's account, roles and links; their usage data stays."`
}

type listUsers struct {
	inEnterprise
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists users.
func (c *listUsers) Run(a *app) error {
	list, err := administer(a, admin.ListUsers, c.words())
	if err != nil {
		return err
	}
	return a.show(c.JSON, list, "id\te-mail\tname\troles\tsessions\tstate", func(w io.Writer) {
		for _, u := range list {
			row(w, u.ID, u.Email, u.Name, rolesOf(u), u.Sessions, stateOf(u))
		}
	})
}

func rolesOf(u admin.User) string {
	var out []string
	for _, g := range u.Roles {
		word := g.Role + " in " + whereOf(g)
		if g.Claimed {
			word += " (identity provider)"
		}
		out = append(out, word)
	}
	return strings.Join(out, ", ")
}

func whereOf(g admin.Grant) string {
	if g.Kind == "" {
		return "the installation"
	}
	return string(g.Kind) + " " + g.Key
}

func stateOf(u admin.User) string {
	if u.Disabled {
		return "disabled"
	}
	return "active"
}

type addUser struct {
	inEnterprise
	Email string `arg:"" help:"E-mail address that the person signs in with."`
	Name  string `placeholder:"TEXT" help:"The person's name."`
}

// Run adds a user.
func (c *addUser) Run(a *app) error {
	in, err := administer(a, admin.AddUser, admin.AddUserRequest{ScopeNames: c.words(), Name: c.Name, Email: c.Email})
	return a.printInvited(in, err)
}

// printInvited prints the link of an invitation.
func (a *app) printInvited(in admin.Invited, err error) error {
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s%s\n", a.publicBase(), in.Path)
	fmt.Fprintf(a.stderr, "user %d: the link works once and expires in 7 days\n", in.User.ID)
	return nil
}

// publicBase returns where people reach the server: as the options say, else as the one
// does through which the command went.
func (a *app) publicBase() string { return cmp.Or(a.cfg.PublicURL, a.through, "http://"+a.cfg.Listen) }

// oneUser is the argument of commands about one person.
type oneUser struct {
	inEnterprise
	User string `arg:"" help:"E-mail address or id."`
}

func (c *oneUser) request() admin.UserRequest {
	return admin.UserRequest{ScopeNames: c.words(), User: c.User}
}

type inviteUser struct{ oneUser }

// Run invites a user again.
func (c *inviteUser) Run(a *app) error {
	in, err := administer(a, admin.Invite, c.request())
	return a.printInvited(in, err)
}

type changeUser struct {
	oneUser
	Name  *string `placeholder:"TEXT" help:"New name."`
	Email *string `placeholder:"ADDRESS" help:"New e-mail address."`
}

// Run changes a user.
func (c *changeUser) Run(a *app) error {
	return a.changeUser(admin.ChangeUserRequest{UserRequest: c.request(), Name: c.Name, Email: c.Email})
}

func (a *app) changeUser(r admin.ChangeUserRequest) error {
	u, err := administer(a, admin.ChangeUser, r)
	return a.printUser(u, err)
}

func (a *app) printUser(u admin.User, err error) error {
	if err == nil {
		fmt.Fprintf(a.stdout, "user %d %s %s\n", u.ID, clean(cmp.Or(u.Email, u.Name)), stateOf(u))
	}
	return err
}

type disableUser struct{ oneUser }

// Run disables a user.
func (c *disableUser) Run(a *app) error {
	yes := true
	return a.changeUser(admin.ChangeUserRequest{UserRequest: c.request(), Disabled: &yes})
}

type enableUser struct{ oneUser }

// Run enables a user.
func (c *enableUser) Run(a *app) error {
	no := false
	return a.changeUser(admin.ChangeUserRequest{UserRequest: c.request(), Disabled: &no})
}

type bindUser struct {
	oneUser
	Issuer  string `placeholder:"URL" help:"The identity provider. Default: the option oidc_issuer."`
	Subject string `required:"" placeholder:"TEXT" help:"The person's subject (sub) there."`
}

// Run binds a user to a subject.
func (c *bindUser) Run(a *app) error {
	u, err := administer(a, admin.BindUser, admin.BindUserRequest{UserRequest: c.request(), Issuer: cmp.Or(c.Issuer, a.cfg.OIDCIssuer), Subject: c.Subject})
	return a.printUser(u, err)
}

type signOutUser struct{ oneUser }

// Run ends a user's sessions.
func (c *signOutUser) Run(a *app) error {
	n, err := administer(a, admin.SignOutUser, c.request())
	if err == nil {
		fmt.Fprintf(a.stdout, "%s ended\n", english.Count(n, "session", "sessions"))
	}
	return err
}

type removeUser struct {
	oneUser
	Yes bool `help:"Confirm."`
}

// Run removes a user.
func (c *removeUser) Run(a *app) error {
	if !c.Yes {
		return needsYes("remove the account, roles and links of " + c.User)
	}
	u, err := administer(a, admin.RemoveUser, c.request())
	if err == nil {
		fmt.Fprintf(a.stdout, "removed user %d\n", u.ID)
	}
	return err
}
