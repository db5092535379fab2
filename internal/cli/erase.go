package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/privacy"
)

type eraseCmd struct {
	Enterprise string   `placeholder:"SLUG" help:"Enterprise to erase from. Default: the only one there is."`
	Users      []string `arg:"" optional:"" name:"user" help:"The person: login, user id or e-mail address. Linked identities are erased too; list every identity that is not linked."`
	DryRun     bool     `name:"dry-run" help:"Only show what would be erased."`
	List       bool     `xor:"what" help:"Print a list of all erasures, without names, as input for --replay."`
	Replay     string   `xor:"what" placeholder:"FILE" help:"Repeat the erasures of a list after restoring a backup: the file erasures.jsonl of a data directory, or the output of --list."`
	Yes        bool     `help:"Confirm. This cannot be undone, and imports do not bring the person back."`
	JSON       bool     `name:"json" help:"Print JSON."`
}

// Help is shown below the flags.
func (eraseCmd) Help() string {
	return `Erases one person: records, names, ids, seats, account and tokens that name them, and the history of how days with their records changed. The totals of those days become what everybody else did (reported aggregates stay as they were). Of days that retention reduced to totals, the totals stay, except those of groups that are too small. Later imports leave the person out; a keyed hash of the user id is kept to recognise them. The audit log keeps an entry under a pseudonym.

Nothing of it stays in the files of an embedded database. Earlier backups still contain everything: the file erasures.jsonl in the data directory lists every erasure, as keyed hashes only, so that people who come back with a restored backup can be erased again (codegauge restore --erasures, or --replay). Keep a copy of it with the backups. With PostgreSQL, --list writes the same list.

Examples:

  codegauge erase octocat --dry-run
  codegauge erase ann@example.com 4711 --yes
  codegauge erase --list > erasures.jsonl
  codegauge erase --replay erasures.jsonl --yes`
}

// Run erases.
func (c *eraseCmd) Run(a *app) error {
	switch {
	case (c.List || c.Replay != "") && (len(c.Users) > 0 || c.DryRun || c.Enterprise != ""):
		return fault.New(fault.Invalid, "--list and --replay apply to all erasures: they cannot be combined with a user, --enterprise or --dry-run")
	case c.List:
		return c.list(a)
	case !c.Yes && !c.DryRun && c.Replay != "":
		return needsYes("erase people for good")
	case c.Replay != "":
		return c.replay(a)
	case !c.Yes && !c.DryRun:
		return fault.New(fault.Invalid, "this would erase a person for good: check with --dry-run, then add --yes to confirm")
	}
	if err := a.needData(); err != nil {
		return err
	}
	done, err := administer(a, admin.Erase, admin.EraseRequest{ScopeNames: access.ScopeNames{Enterprise: c.Enterprise}, Users: c.Users, DryRun: c.DryRun})
	if err != nil {
		return err
	}
	return c.print(a, done)
}

func (c *eraseCmd) list(a *app) error {
	if err := a.needData(); err != nil {
		return err
	}
	list, err := administer(a, admin.ListErasures, access.ScopeNames{})
	if err != nil {
		return err
	}
	return writeErasures(a.stdout, list)
}

func (c *eraseCmd) replay(a *app) error {
	list, err := readErasures(c.Replay)
	if err != nil {
		return err
	}
	if err := a.needData(); err != nil {
		return err
	}
	done, err := administer(a, admin.ReplayErasures, admin.ReplayRequest{Erasures: list})
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(a.stdout).Encode(done)
	}
	a.tellReplayed(done)
	return nil
}

func (c *eraseCmd) print(a *app, done privacy.Erased) error {
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
	fmt.Fprintf(a.stdout, "%s: %s and %s on %s\n", verb, english.Count(done.Records, "user-day", "user-days"), english.Count(done.Members, "membership", "memberships"), english.Count(done.Count, "day", "days"))
	if c.DryRun {
		return nil
	}
	fmt.Fprintf(a.stdout, "the audit log refers to this person as %s\n", done.Pseudonym)
	if done.PersonStays {
		fmt.Fprintf(a.stdout, "the account stays, because the operator or another enterprise manages or knows this person: codegauge user remove deletes it\n")
	}
	return nil
}
