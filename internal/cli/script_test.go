package cli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"codegauge/internal/cli"
	"codegauge/internal/day"
	"codegauge/internal/github/githubtest"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run this binary as codegauge: every command is a
// process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"codegauge": func() {
			os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
		},
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("CODEGAUGE_DATA", filepath.Join(env.WorkDir, "data"))
			env.Setenv("CODEGAUGE_LISTEN", "127.0.0.1:0")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"ready": ready,
			"get":   get,
			// with-token DIR PATH STATUS FILE TOKENFILE is get with the token in a file.
			"with-token": func(ts *testscript.TestScript, neg bool, args []string) {
				get(ts, neg, append(args[:4:4], ts.ReadFile(args[4])))
			},
			"mode": mode,
			// write FILE TEXT writes a line.
			"write": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(args[1]+"\n"), 0o600))
			},
			// same ARG… asks the data in the directories first and second the same question.
			"same": func(ts *testscript.TestScript, _ bool, args []string) {
				var answers []string
				for _, dir := range []string{"first", "second"} {
					ts.Check(ts.Exec("codegauge", append([]string{"--data", dir, "query", "--enterprise", "acme", "--days", "13", "--format", "csv"}, args...)...))
					answers = append(answers, ts.ReadFile("stdout"))
				}
				if answers[0] != answers[1] || strings.Count(answers[0], "\n") < 2 {
					ts.Fatalf("query %v: first has\n%ssecond has\n%s", args, answers[0], answers[1])
				}
			},
			// address DIR NAME puts the URL of the directory's server into a variable.
			"address": func(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(args[1], base(ts, args[0])) },
			// secret FROM TO puts the secret of a token that was just made into a file.
			"secret": func(ts *testscript.TestScript, _ bool, args []string) {
				found := regexp.MustCompile(`cg_\w+`).FindString(ts.ReadFile(args[0]))
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(found), 0o600))
			},
			// github DAYS starts a GitHub with reports of so many days: GITHUB_URL and
			// GITHUB_FILES are where it is, GITHUB_LAST is the newest day.
			"github": func(ts *testscript.TestScript, _ bool, args []string) {
				days, err := strconv.Atoi(args[0])
				ts.Check(err)
				gh := githubtest.New(t, githubtest.Plain)
				gh.Today = day.Of(time.Now())
				gh.Fill(days)
				ts.Setenv("GITHUB_URL", gh.BaseURL())
				ts.Setenv("GITHUB_FILES", gh.FilesHost())
				ts.Setenv("GITHUB_LAST", (gh.Today - 3).String())
			},
		},
	})
}

// exits CODE PROGRAM ARG… runs a program that has to end with the code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG…")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		code = failed.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("got exit code %d, want %s", code, args[0])
	}
}

// base returns the URL of the server that holds the data directory.
func base(ts *testscript.TestScript, dir string) string {
	return "http://" + serverOf(ts, dir).Address
}

type running struct{ Address, Credential string }

// serverOf returns what the directory says of its server; nothing if there is none.
func serverOf(ts *testscript.TestScript, dir string) (r running) {
	b, err := os.ReadFile(ts.MkAbs(filepath.Join(dir, "server.json")))
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		return running{}
	}
	return r
}

// ready DIR waits until the directory's server is ready.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	for range 1200 {
		if res, err := http.Get(base(ts, args[0]) + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("the server of %s is not ready", args[0])
}

// get DIR PATH STATUS FILE [TOKEN] writes an answer of the directory's server to
// a file, asking as the operator, with a token, or, for "-", as nobody.
func get(ts *testscript.TestScript, neg bool, args []string) {
	req, err := http.NewRequest(http.MethodGet, base(ts, args[0])+args[1], nil)
	ts.Check(err)
	secret := serverOf(ts, args[0]).Credential
	if len(args) > 4 {
		secret = strings.TrimSpace(args[4])
	}
	if secret != "-" {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	res, err := http.DefaultTransport.RoundTrip(req) // a redirection is an answer
	ts.Check(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	ts.Check(err)
	if fmt.Sprint(res.StatusCode) != args[2] {
		ts.Fatalf("got %s: %s", res.Status, b)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), b, 0o600))
}

// mode MODE FILE… checks permissions.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
			ts.Fatalf("%s: got mode %s, want %s", name, got, args[0])
		}
	}
}
