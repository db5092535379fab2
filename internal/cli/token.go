package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"codegauge/internal/admin"
)

type tokenCmd struct {
	Create createToken `cmd:"" help:"Create a token and print it once."`
	List   listTokens  `cmd:"" help:"List tokens without their secrets."`
	Revoke revokeToken `cmd:"" help:"Revoke a token."`
}

type createToken struct {
	inPlace
	Scopes []string `required:"" placeholder:"NAME" help:"What the token may do: ingest, metrics:read, users:read, export, monitor, admin."`
	User   string   `placeholder:"ID" help:"User id (in the tool) that events sent with an ingest token are about."`
	Days   int      `placeholder:"N" help:"Days until the token expires, at most 366. Default: 90."`
	Name   string   `placeholder:"TEXT" help:"What the token is for."`
}

// Help is shown below the flags.
func (createToken) Help() string {
	return `Prints only the token. It is stored as a hash and cannot be shown again. Send it as "Authorization: Bearer cg_…".

Example:

  codegauge token create --enterprise acme --scopes metrics:read,export --days 30`
}

// Run makes a token.
func (c *createToken) Run(a *app) error {
	t, err := administer(a, admin.CreateToken, admin.TokenRequest{ScopeNames: c.words(), Name: c.Name, Scopes: c.Scopes, User: c.User, Days: c.Days})
	if err == nil {
		fmt.Fprintln(a.stdout, t.Secret)
	}
	if t.Request != 0 {
		fmt.Fprintf(a.stderr, "request %d waits for a guardian of privacy; the token does not view people until then\n", t.Request)
	}
	return err
}

type listTokens struct {
	inPlace
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists tokens.
func (c *listTokens) Run(a *app) error {
	list, err := administer(a, admin.ListTokens, c.words())
	if err != nil {
		return err
	}
	return a.show(c.JSON, list, "id\tname\tin\tscopes\texpires\tlast used\tstate", func(w io.Writer) {
		for _, t := range list {
			row(w, t.ID, t.Name, strings.Join(places(t), "/"), strings.Join(t.Scopes, " "), t.Expires.Format(time.DateOnly), dateOf(t.Used), tokenState(t))
		}
	})
}

func places(t admin.Token) []string {
	out := []string{t.Enterprise}
	for _, s := range []string{t.Organization, t.Team} {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func dateOf(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(time.DateOnly)
}

func tokenState(t admin.Token) string {
	switch {
	case !t.Revoked.IsZero():
		return "revoked"
	case !t.Live(time.Now()):
		return "expired"
	}
	return "live"
}

type revokeToken struct {
	inEnterprise
	ID int64 `arg:"" help:"The token's id."`
}

// Run ends a token.
func (c *revokeToken) Run(a *app) error {
	t, err := administer(a, admin.RevokeToken, admin.TokenRequest{ScopeNames: c.words(), ID: c.ID})
	if err == nil {
		fmt.Fprintf(a.stdout, "revoked token %d\n", t.ID)
	}
	return err
}
