package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
)

type peopleCmd struct {
	Identities listIdentities `cmd:"" help:"List the identities found in the data and the people they are linked to; unlinked ones first."`
	Link       linkIdentity   `cmd:"" help:"Link an identity to a person."`
	Unlink     unlinkIdentity `cmd:"" help:"Unlink an identity from its person."`
	Confirm    confirmLink    `cmd:"" help:"Confirm that a linked identity is the person's; only then does it open their own page."`
	Match      matchPeople    `cmd:"" help:"Link identities by e-mail address or login."`
	Import     importPeople   `cmd:"" help:"Import people, identities and teams from CSV."`
	Imports    listImports    `cmd:"" help:"List imports of people."`
	Undo       undoImport     `cmd:"" help:"Undo an import of people."`
}

type listIdentities struct {
	inEnterprise
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists identities.
func (c *listIdentities) Run(a *app) error {
	list, err := administer(a, admin.ListIdentities, c.words())
	return a.printIdentities(list, c.JSON, err)
}

func (a *app) printIdentities(list []admin.Identity, asJSON bool, err error) error {
	if err != nil {
		return err
	}
	return a.show(asJSON, list, "tool\tuser id\tlogin\tperson\tlinked by\tconfirmed by\tin the audit log", func(w io.Writer) {
		for _, i := range list {
			how := i.How
			if i.Linker != "" {
				how += " (" + i.Linker + ")"
			}
			row(w, i.Tool, i.UserID, i.Login, i.Name, how, i.Confirmer, i.AuditName)
		}
	})
}

// oneIdentity names an identity.
type oneIdentity struct {
	inEnterprise
	Tool   string `placeholder:"TOOL" help:"The identity's tool. Default: copilot."`
	UserID string `placeholder:"ID" help:"The tool's user id."`
	Login  string `placeholder:"LOGIN" help:"The login in the tool, instead of the id, if the data has it."`
}

func (c *oneIdentity) request(user string) admin.LinkRequest {
	return admin.LinkRequest{UserRequest: admin.UserRequest{ScopeNames: c.words(), User: user}, Tool: c.Tool, UserID: c.UserID, Login: c.Login}
}

type linkIdentity struct {
	oneIdentity
	User string `arg:"" help:"The person, by e-mail address or id."`
}

// Run links an identity.
func (c *linkIdentity) Run(a *app) error {
	list, err := administer(a, admin.Link, c.request(c.User))
	return a.printIdentities(list, false, err)
}

type unlinkIdentity struct{ oneIdentity }

// Run unlinks an identity.
func (c *unlinkIdentity) Run(a *app) error {
	list, err := administer(a, admin.Unlink, c.request(""))
	return a.printIdentities(list, false, err)
}

type confirmLink struct {
	oneIdentity
	All bool `help:"Confirm every link that waits for it."`
}

// Run confirms links.
func (c *confirmLink) Run(a *app) error {
	if c.All == (c.UserID != "" || c.Login != "") {
		return fault.New(fault.Invalid, "name an identity with --user-id or --login, or use --all")
	}
	list, err := administer(a, admin.Confirm, admin.ConfirmRequest{LinkRequest: c.request(""), All: c.All})
	return a.printIdentities(list, false, err)
}

type matchPeople struct {
	inEnterprise
	Yes bool `help:"Link them, instead of only showing what would be linked."`
}

// Run matches identities.
func (c *matchPeople) Run(a *app) error {
	list, err := administer(a, admin.Match, admin.MatchRequest{ScopeNames: c.words(), Apply: c.Yes})
	return a.printIdentities(list, false, err)
}

type importPeople struct {
	inEnterprise
	File string `arg:"" help:"CSV file, - for standard input."`
	Yes  bool   `help:"Import the file, instead of only showing what would change."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Help is shown below the flags.
func (importPeople) Help() string {
	return `The file has a header with any of the columns email, github_login, github_user_id, organization, team, from, to. Without --yes the command only shows what would change. Exit code 3: some lines were refused and the rest imported.`
}

// Run imports people.
func (c *importPeople) Run(a *app) error {
	text, err := a.readText(c.File)
	if err != nil {
		return err
	}
	res, err := administer(a, admin.ImportPeople, admin.ImportRequest{ScopeNames: c.words(), CSV: text, Apply: c.Yes})
	if err != nil {
		return err
	}
	if err := a.printRoster(res, c.JSON); err != nil {
		return err
	}
	if len(res.Rejected) > 0 {
		return exit(exitRefused)
	}
	return nil
}

// maxText bounds a file of people.
const maxText = 48 << 20

func (a *app) readText(path string) (string, error) {
	in := a.stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", fault.New(fault.Invalid, "%v", err)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxText+1))
	if err == nil && len(b) > maxText {
		err = fault.New(fault.TooLarge, "%s is larger than %s bytes", path, english.Number(maxText))
	}
	return string(b), err
}

func (a *app) printRoster(r admin.ImportResult, asJSON bool) error {
	if asJSON {
		return printJSON(a.stdout, r)
	}
	verb := "would be"
	if r.ID != 0 {
		verb = "were"
	}
	fmt.Fprintf(a.stdout, "%s %s created, %s linked (%s moved from other people), %s set\n",
		english.Count(len(r.New), "person", "people"), verb, english.Count(len(r.Linked), "identity", "identities"), english.Number(len(r.Moved)),
		english.Count(len(r.Members), "membership", "memberships"))
	for _, e := range r.New {
		fmt.Fprintf(a.stdout, "new: %s\n", clean(e))
	}
	for _, i := range r.Linked {
		fmt.Fprintf(a.stdout, "link: %s %s %s to %s\n", clean(i.Tool), clean(i.UserID), clean(i.Login), clean(i.Name))
	}
	for _, m := range r.Members {
		fmt.Fprintf(a.stdout, "member: %s of %s from %s\n", clean(m.Person), clean(m.Entity), strings.TrimSpace(m.From+" to "+m.To))
	}
	for _, l := range r.Rejected {
		fmt.Fprintf(a.stdout, "rejected: line %d: %s\n", l.Line, clean(l.Reason))
	}
	if r.ID != 0 {
		fmt.Fprintf(a.stdout, "to undo: codegauge people undo %d\n", r.ID)
	}
	return nil
}

type listImports struct {
	inEnterprise
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists imports of people.
func (c *listImports) Run(a *app) error {
	list, err := administer(a, admin.ListImports, c.words())
	return a.printImports(list, c.JSON, err)
}

func (a *app) printImports(list []directory.Batch, asJSON bool, err error) error {
	if err != nil {
		return err
	}
	return a.show(asJSON, list, "id\tat\twhat\tundone", func(w io.Writer) {
		for _, b := range list {
			row(w, b.ID, b.At.Format(time.RFC3339), b.Summary, dateOf(b.Undone))
		}
	})
}

type undoImport struct {
	inEnterprise
	ID int64 `arg:"" help:"The import's id."`
}

// Run undoes an import of people.
func (c *undoImport) Run(a *app) error {
	list, err := administer(a, admin.UndoImport, admin.UndoRequest{ScopeNames: c.words(), ID: c.ID})
	return a.printImports(list, false, err)
}
