package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/source"
)

type sourceCmd struct {
	Add       addSource    `cmd:"" help:"Connect a service that data is fetched from every night."`
	List      listSources  `cmd:"" help:"List sources: state, last success, next round, days."`
	Check     checkSource  `cmd:"" help:"Ask what each credential can read, what is missing and who can grant it. Writes nothing."`
	Pause     pauseSource  `cmd:"" help:"Stop fetching, until the source is resumed."`
	Resume    resumeSource `cmd:"" help:"Go on fetching."`
	Remove    removeSource `cmd:"" help:"Disconnect a source and remove its credentials; its data stays."`
	TestAlert testAlert    `cmd:"" help:"Send a test message to everybody whom alerts about late sources go to."`
}

type addSource struct {
	GitHub addGitHub `cmd:"" name:"github" help:"Connect GitHub."`
}

type addGitHub struct {
	Name         string   `default:"github" placeholder:"NAME" help:"Name of the source. An existing one gets the credential in addition."`
	Enterprise   string   `required:"" placeholder:"SLUG" help:"The enterprise, as GitHub names it."`
	Org          []string `placeholder:"SLUG" sep:"none" help:"An organization to fetch; repeatable. Default: those that GitHub lists."`
	BaseURL      string   `name:"base-url" placeholder:"URL" help:"Address of the API. Default: https://api.github.com; of a tenant https://api.SUBDOMAIN.ghe.com."`
	Credential   string   `placeholder:"NAME" help:"Name of the credential; one of that name is replaced. Default: its kind."`
	TokenFile    string   `placeholder:"FILE" help:"File with a classic or fine-grained token; - reads standard input."`
	AppID        int64    `name:"app-id" placeholder:"N" help:"Number of a GitHub App."`
	AppKeyFile   string   `name:"app-key-file" placeholder:"FILE" help:"File with the App's private key (PEM)."`
	Installation int64    `placeholder:"N" help:"Number of the App's only installation to use. Default: that of each organization and of the enterprise."`
	AllowHost    []string `placeholder:"HOST[:PORT]" sep:"none" help:"Host of download links to allow besides GitHub's; repeatable."`
}

// Help is shown below the flags.
func (addGitHub) Help() string {
	return `The credential is encrypted with the secret of --secret-key-file and never shown again. Several credentials may serve one source, since none can read everything at GitHub: codegauge source check says which reads what.

Examples:

  codegauge source add github --enterprise acme --token-file token
  codegauge source add github --enterprise acme --app-id 12345 --app-key-file app.pem
  codegauge source add github --name tenant --enterprise acme --base-url https://api.acme.ghe.com --token-file token`
}

// maxSecretFile bounds a file with a credential.
const maxSecretFile = 64 << 10

// readSecretFile reads a file with a credential.
func (a *app) readSecretFile(path string) (string, error) {
	var in io.Reader = a.stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", fault.New(fault.Invalid, "cannot read the credential: %v", err)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxSecretFile))
	if err != nil {
		return "", fault.New(fault.Invalid, "cannot read the credential: %v", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// Run connects GitHub.
func (c *addGitHub) Run(a *app) error {
	r := admin.NewSourceRequest{ScopeNames: access.ScopeNames{Enterprise: c.Enterprise}, Name: c.Name, BaseURL: c.BaseURL, Orgs: c.Org,
		AllowHosts: c.AllowHost, Credential: c.Credential, AppID: c.AppID, Installation: c.Installation}
	var err error
	switch {
	case (c.TokenFile == "") == (c.AppKeyFile == ""):
		return fault.New(fault.Invalid, "give --token-file, or --app-id and --app-key-file")
	case c.TokenFile != "":
		r.Token, err = a.readSecretFile(c.TokenFile)
	default:
		r.Key, err = a.readSecretFile(c.AppKeyFile)
	}
	if err != nil {
		return err
	}
	s, err := administer(a, admin.AddSource, r)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "source %s fetches %s from %s with %s\n", s.Name, s.Enterprise, s.BaseURL, english.Count(len(s.Credentials), "credential", "credentials"))
	if a.through == "" {
		fmt.Fprintln(a.stdout, "Next: codegauge source check, then codegauge sync; codegauge serve fetches every night.")
	}
	return nil
}

// aSource names a source of a command.
type aSource struct {
	inEnterprise
	Name string `arg:"" optional:"" help:"Which source. Default: the only one there is."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// tell prints what was done to a source.
func (c aSource) tell(a *app, s admin.Source, err error, did string) error {
	if err == nil && c.JSON {
		return printJSON(a.stdout, s)
	}
	if err == nil {
		fmt.Fprintf(a.stdout, "%s\n", did)
	}
	return err
}

func (c aSource) request() admin.SourceRequest {
	return admin.SourceRequest{ScopeNames: c.words(), Name: c.Name}
}

type listSources struct {
	inEnterprise
	Name string `arg:"" optional:"" help:"Only this source."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run lists sources.
func (c *listSources) Run(a *app) error {
	list, err := administer(a, admin.ListSources, c.words())
	if err != nil {
		return err
	}
	if c.Name != "" {
		list = slices.DeleteFunc(list, func(s admin.Source) bool { return s.Name != c.Name })
	}
	return a.show(c.JSON, list, "source\tenterprise\tfrom\tcredentials\tstate\tlast success\tnext\tdays stored\tmissing\tlost", func(w io.Writer) {
		for _, s := range list {
			row(w, s.Name, strings.Trim(s.Enterprise+"/"+s.Organization, "/"), s.BaseURL, len(s.Credentials), sourceState(s), momentOf(s.State.Success), nextOf(s),
				s.Days.Stored, s.Days.Missing, s.Days.Lost)
		}
	})
}

func momentOf(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}

func nextOf(s admin.Source) string {
	if s.Paused || s.State.Next.IsZero() {
		return ""
	}
	return momentOf(s.State.Next)
}

// sourceState says in words how a source is.
func sourceState(s admin.Source) string {
	switch p := s.State.Progress; {
	case s.Paused:
		return "paused"
	case p != nil && p.Waiting != "":
		return "waiting until " + momentOf(p.Until) + ": " + p.Waiting
	case p != nil:
		return fmt.Sprintf("fetching, %d of %d: %s", p.Done, p.Total, p.Doing)
	case s.State.Last == nil:
		return "not fetched yet"
	case s.State.Last.Failed != "":
		return "failing since " + momentOf(s.State.Failing) + ": " + s.State.Last.Failed
	case len(s.State.Last.Missing) > 0:
		return "done, " + english.Count(len(s.State.Last.Missing), "thing", "things") + " missing"
	}
	return "on time"
}

type checkSource struct{ aSource }

// Run checks a source.
func (c *checkSource) Run(a *app) error {
	check, err := administer(a, admin.CheckSource, c.request())
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(a.stdout, check)
	} else {
		err = a.tellCheck(check)
	}
	if err == nil && !check.OK {
		return exit(exitRefused)
	}
	return err
}

func (a *app) tellCheck(c *source.Check) error {
	err := a.show(false, nil, "endpoint\tof\tcredential\tanswer", func(w io.Writer) {
		for _, r := range c.Rows {
			answer := r.Message
			if r.Status != 0 {
				answer = fmt.Sprintf("%d %s", r.Status, r.Message)
			}
			if r.Used {
				answer += " (used)"
			}
			row(w, r.Endpoint, r.Scope, r.Credential, answer)
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	if c.Days > 0 {
		fmt.Fprintf(a.stdout, "Days that can be fetched: %d, from %s. %s are due, about %s.\n", c.Days, c.From, english.Count(c.Calls, "report", "reports"), english.Count(max(1, c.Minutes), "minute", "minutes"))
	}
	if len(c.Proposed) > 0 {
		fmt.Fprintf(a.stdout, "Organizations seen on seats, not fetched: %s. Name them with codegauge source add github --org SLUG.\n", clean(english.ListAtMost(c.Proposed, 20)))
	}
	fmt.Fprintf(a.stdout, "A firewall must allow: %s. The credential goes to the first alone.\n", strings.Join(c.Hosts, ", "))
	a.tellMissing(c.Missing)
	return nil
}

func (a *app) tellMissing(list []source.Missing) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(a.stdout, "Missing:")
	for _, m := range list {
		fmt.Fprintf(a.stdout, "  %s\n", clean(m.String()))
	}
}

type pauseSource struct{ aSource }

// Run pauses a source.
func (c *pauseSource) Run(a *app) error {
	s, err := administer(a, admin.PauseSource, c.request())
	return c.tell(a, s, err, "paused source "+s.Name)
}

type resumeSource struct{ aSource }

// Run resumes a source.
func (c *resumeSource) Run(a *app) error {
	s, err := administer(a, admin.ResumeSource, c.request())
	return c.tell(a, s, err, "resumed source "+s.Name)
}

type removeSource struct{ aSource }

// Run removes a source.
func (c *removeSource) Run(a *app) error {
	s, err := administer(a, admin.RemoveSource, c.request())
	return c.tell(a, s, err, fmt.Sprintf("removed source %s with %s; its data stays", s.Name, english.Count(len(s.Credentials), "credential", "credentials")))
}

// secretFile is the file in the data directory whose secret credentials are encrypted with
// unless another is named. It is no part of backups, so that a backup alone opens none.
const secretFile = "secret.key"

// secret returns the secret that credentials are encrypted with.
func (a *app) secret() ([]byte, error) {
	if s, ok := a.env("CODEGAUGE_SECRET_KEY"); ok && s != "" {
		return []byte(s), nil
	}
	path := a.cfg.SecretKeyFile
	if path == "" && a.cfg.Database != "" {
		return nil, fault.New(fault.Invalid, "with --database, credentials of sources need --secret-key-file: every server and command must have the same one")
	}
	if path == "" {
		path = filepath.Join(a.cfg.Data, secretFile)
		if err := makeSecret(path); err != nil {
			return nil, err
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.New(fault.Invalid, "cannot read the secret key: %v", err)
	}
	return []byte(strings.TrimSpace(string(b))), nil
}

// makeSecret makes the file of the secret unless it is there.
func makeSecret(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return writeFile(path, func(f *os.File) error {
		_, err := f.WriteString(newCredential() + "\n")
		return err
	})
}
