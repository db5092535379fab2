// Package cli is the command line: one file per subcommand. It is the only
// package that knows which database there is, and the only one that ends the
// process.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/signal"
	"strings"
	"syscall"

	"codegauge/internal/config"
	"codegauge/internal/fault"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitRefused = 3
)

// commands are the subcommands, in the order of the help.
type commands struct {
	Serve      serveCmd      `cmd:"" help:"Serve the dashboard and the API."`
	Health     healthCmd     `cmd:"" help:"Ask the server on this machine whether it is ready."`
	Import     importCmd     `cmd:"" help:"Import usage report files."`
	Imports    importsCmd    `cmd:"" help:"List imports and other changes of the data."`
	Source     sourceCmd     `cmd:"" help:"Connect, check, list, pause and remove services that data is fetched from."`
	Sync       syncCmd       `cmd:"" help:"Fetch what is due from the sources now."`
	Query      queryCmd      `cmd:"" help:"Query the stored data."`
	Adoption   adoptionCmd   `cmd:"" help:"Show who uses the tools, how regularly, and since when."`
	Impact     impactCmd     `cmd:"" help:"Show what people engaged with Copilot do more of, and what can be told of it."`
	Export     exportCmd     `cmd:"" help:"Write stored records as a report that can be imported again."`
	Delete     deleteCmd     `cmd:"" help:"Delete stored records."`
	Erase      eraseCmd      `cmd:"" help:"Erase a person: records, names and account."`
	Retain     retainCmd     `cmd:"" help:"Remove records of individuals that are past the retention."`
	Verify     verifyCmd     `cmd:"" help:"Check that the numbers add up and the database is intact."`
	Enterprise enterpriseCmd `cmd:"" help:"Create, rename and list enterprises."`
	Org        orgCmd        `cmd:"" help:"Create, rename and list organizations."`
	Team       teamCmd       `cmd:"" help:"Create, rename and list teams."`
	User       userCmd       `cmd:"" help:"Add, invite, change and list the people who sign in."`
	Role       roleCmd       `cmd:"" help:"Grant and revoke roles, and define custom ones."`
	Policy     policyCmd     `cmd:"" help:"Show or set the policy for usage metrics."`
	Privacy    privacyCmd    `cmd:"" help:"Show or set the privacy settings."`
	Digest     digestCmd     `cmd:"" help:"Show or send what changed since last month."`
	Token      tokenCmd      `cmd:"" help:"Create, list and revoke API tokens."`
	People     peopleCmd     `cmd:"" help:"Link tools' identities to people."`
	Audit      auditCmd      `cmd:"" help:"Read the audit log."`
	Backup     backupCmd     `cmd:"" help:"Write all data to one file."`
	Restore    restoreCmd    `cmd:"" help:"Restore a backup into a new data directory."`
	Migrate    migrateCmd    `cmd:"" help:"Migrate the database to this version's schema."`
	Copy       copyCmd       `cmd:"" help:"Copy everything from one database to another."`
	Generate   generateCmd   `cmd:"" help:"Write sample reports of a made-up enterprise."`
	Config     configCmd     `cmd:"" help:"Print every option with its value and where it was set."`
	Version    versionCmd    `cmd:"" help:"Print the versions of the program and its parts."`
}

const description = `Codegauge shows how much code AI coding tools change: who, with what, and how much of it agents did alone.

Exit codes: 0 done, 1 failed, 2 usage, 3 done but a part of the input was rejected.`

// app is what a command has to work with.
type app struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	env    func(string) (string, bool)
	cfg    *config.Config
	log    *slog.Logger
	// command is the command without its arguments and flags, such as "codegauge user add".
	command string
	// through is where people reach the server that a command went through, "" if it went
	// through none.
	through string
	// restores says that this command is the restore that is under way.
	restores bool
}

// Main runs the program: args without its name, the streams, and the
// environment as NAME=value. It returns the exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) int {
	ignoreFileLimit()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	// The first signal asks; from then on a signal ends the process.
	context.AfterFunc(ctx, stop)
	a := &app{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, env: lookup(env)}
	err := a.run(args)
	var code exit
	if errors.As(err, &code) {
		return int(code)
	}
	if err != nil {
		fmt.Fprintf(stderr, "codegauge: %s\n", a.describe(err))
	}
	return exitCode(err)
}

func lookup(env []string) func(string) (string, bool) {
	vars := map[string]string{}
	for _, s := range env {
		name, value, _ := strings.Cut(s, "=")
		vars[name] = value
	}
	return func(name string) (string, bool) { s, ok := vars[name]; return s, ok }
}

// exit is an exit code whose reason has been told.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// exitCode is the one table from errors to exit codes.
func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Unsupported, fault.NotFound:
		return exitUsage
	}
	return exitFailed
}

func (a *app) describe(err error) string {
	if a.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	return err.Error()
}

func (a *app) run(args []string) (err error) {
	// kong reports --help and the like by ending the process.
	defer func() {
		switch p := recover().(type) {
		case nil:
		case exit:
			err = p
		default:
			panic(p)
		}
	}()
	cmds := &commands{}
	global, serve := newOptionFlags(false), newOptionFlags(true)
	cmds.Serve.Plugins = kong.Plugins{serve.target}
	parser, err := kong.New(cmds, a.kongOptions(global)...)
	if err != nil {
		return fmt.Errorf("build command line: %w", err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return fault.New(fault.Invalid, "%v\nTry: codegauge --help", err)
	}
	if err := a.configure(global.given(serve.given(map[string]string{}))); err != nil {
		return err
	}
	a.command, _, _ = strings.Cut("codegauge "+parsed.Command(), " <")
	return parsed.Run(a)
}

func (a *app) kongOptions(global optionFlags) []kong.Option {
	return []kong.Option{
		kong.Name("codegauge"),
		kong.Description(description),
		kong.Embed(global.target),
		kong.Writers(a.stdout, a.stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Resolvers(kong.ResolverFunc(a.fromEnvironment)),
	}
}

// fromEnvironment gives a command's flag that was not given the value of its
// variable. Options of the configuration have their own way; --yes has to be
// said each time.
func (a *app) fromEnvironment(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if flag.Name == "help" || flag.Name == "yes" || isOption(flag.Name) {
		return nil, nil
	}
	name := config.EnvPrefix + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
	if s, ok := a.env(name); ok && s != "" {
		return s, nil
	}
	return nil, nil
}

func (a *app) configure(flags map[string]string) error {
	cfg, err := config.Resolve(config.Sources{Flags: flags, Env: a.env})
	if err != nil {
		return fault.New(fault.Invalid, "%v", err)
	}
	a.cfg = cfg
	a.log = slog.New(a.logHandler())
	return nil
}

func (a *app) logHandler() slog.Handler {
	opt := &slog.HandlerOptions{Level: a.cfg.LogLevel}
	if a.cfg.LogFormat == "json" {
		return slog.NewJSONHandler(a.stderr, opt)
	}
	return slog.NewTextHandler(a.stderr, opt)
}

// quiet raises the log's level to warnings for commands that print what they
// did, unless a level was asked for.
func (a *app) quiet() *slog.Logger {
	if a.origin("log_level") != "default" {
		return a.log
	}
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// origin returns where an option's value came from.
func (a *app) origin(option string) string {
	for _, v := range a.cfg.Values {
		if v.Option.Name == option {
			return v.Origin
		}
	}
	return ""
}
