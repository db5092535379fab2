package cli

import (
	"fmt"
	"io"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/fault"
	"codegauge/internal/service"
)

type eraseCmd struct {
	Enterprise string   `placeholder:"SLUG" help:"Enterprise to erase from. Default: the only one there is."`
	Users      []string `arg:"" name:"user" help:"The person, by login, user id or e-mail address. What is linked to the same person goes too; name all that is not linked."`
	DryRun     bool     `name:"dry-run" help:"Only show what would go."`
	Yes        bool     `help:"Do it. There is no undo, and imports do not bring the person back."`
	JSON       bool     `name:"json" help:"Print JSON."`
}

// Help is shown below the flags.
func (eraseCmd) Help() string {
	return `Forgets one person: their records, names, ids, seats, tokens that name them and their account, and from the history how the days with their records moved. The totals of those days become what the others did (aggregates that were reported stay as they came); of days that retention left as totals only, the totals stay, but for groups too small. Later imports leave the person out, known by a keyed hash of the user id. The audit log keeps an entry with a pseudonym.

Files are rewritten, so that no byte of it stays in them: at once if no server runs, else when the server is started next. Backups that were made before still have everything.

Examples:

  codegauge erase octocat --dry-run
  codegauge erase ann@example.com 4711 --yes`
}

// Run erases.
func (c *eraseCmd) Run(a *app) error {
	if !c.Yes && !c.DryRun {
		return fault.New(fault.Invalid, "this would erase a person for good; look with --dry-run, then add --yes to do it")
	}
	if err := a.needData(); err != nil {
		return err
	}
	ctx := asOperator(a.ctx)
	req := admin.EraseRequest{Words: access.Words{Enterprise: c.Enterprise}, Users: c.Users, DryRun: c.DryRun}
	return a.reach("erase", func(s *stores) error {
		done, err := admin.New(s.directory, s.Service, nil).Erase(ctx, req)
		if err != nil {
			return err
		}
		return c.print(a, done)
	}, func(r *remote) error {
		done, err := admin.Client{Ask: r.administer}.Erase(ctx, req)
		if err != nil {
			return err
		}
		return c.print(a, done)
	})
}

func (c *eraseCmd) print(a *app, done service.Erased) error {
	err := a.show(c.JSON, done, "tool\tuser id\tlogin", func(w io.Writer) {
		for _, i := range done.Identities {
			tool := i.Tool
			if tool == "" {
				tool = "any"
			}
			row(w, tool, i.UserID, i.Login)
		}
	})
	if err != nil || c.JSON {
		return err
	}
	verb := "erased"
	if c.DryRun {
		verb = "would be erased"
	}
	fmt.Fprintf(a.stdout, "%s: %s, %s of %s\n", verb, plural(done.Records, "user-day", "user-days"), plural(done.Members, "membership", "memberships"), plural(done.Count, "day", "days"))
	if c.DryRun {
		return nil
	}
	fmt.Fprintf(a.stdout, "the audit log has them as %s\n", done.Pseudonym)
	if done.PersonStays {
		fmt.Fprintf(a.stdout, "their account stays, because the operator or another enterprise manages or knows them; codegauge user remove removes it\n")
	}
	return nil
}
