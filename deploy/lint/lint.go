// Package lint checks the files with which Codegauge is deployed: each is parsed by
// what would read it, strictly, and what they say to the program is asked of the
// program. It is a module of its own, so that the program does not depend on the
// parsers.
package lint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	compose "github.com/compose-spec/compose-go/v2/types"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

// Uses are what files say to the program: its arguments, and the names of the
// variables that it finds.
type Uses struct {
	Args [][]string
	Env  []string
}

func (u *Uses) args(words []string) {
	if len(words) > 0 {
		u.Args = append(u.Args, words)
	}
}

func (u *Uses) env(name string) {
	if strings.HasPrefix(name, "CODEGAUGE_") {
		u.Env = append(u.Env, name)
	}
}

// program is the path of the program in the image.
const program = "/codegauge"

// Dockerfile parses a Dockerfile; what the linter finds is an error.
func Dockerfile(text []byte) (u Uses, err error) {
	tree, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return u, err
	}
	var errs []error
	for _, w := range tree.Warnings {
		errs = append(errs, errors.New(w.Short))
	}
	rules := linter.New(&linter.Config{Warn: func(rule, _, _, message string, at []parser.Range) {
		errs = append(errs, fmt.Errorf("line %d: %s: %s", at[0].Start.Line, rule, message))
	}})
	stages, _, err := instructions.Parse(tree.AST, rules)
	if err != nil {
		return u, err
	}
	user := ""
	for _, c := range stages[len(stages)-1].Commands { // the last stage is the image
		switch c := c.(type) {
		case *instructions.UserCommand:
			user = c.User
		case *instructions.CmdCommand:
			u.args(c.CmdLine)
		case *instructions.HealthCheckCommand:
			u.args(afterProgram(c.Health.Test))
		case *instructions.EnvCommand:
			for _, v := range c.Env {
				u.env(v.Key)
			}
		}
	}
	if user == "" || strings.HasPrefix(user, "root") || strings.HasPrefix(user, "0") {
		errs = append(errs, fmt.Errorf("the image runs as %q: give it a USER that is not root", user))
	}
	return u, errors.Join(errs...)
}

// afterProgram returns the program's arguments in a command line.
func afterProgram(words []string) []string {
	for i, w := range words {
		if w == program {
			return words[i+1:]
		}
	}
	return nil
}

// Ignored returns those of a context's files that .dockerignore keeps out.
func Ignored(text []byte, files []string) ([]string, error) {
	patterns, err := ignorefile.ReadAll(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	m, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range files {
		ignored, err := m.MatchesOrParentMatches(f)
		if err != nil {
			return nil, err
		}
		if ignored {
			out = append(out, f)
		}
	}
	return out, nil
}

// Compose loads a Compose file against the schema; services whose image is
// codegauge are the program.
func Compose(path string, text []byte, env map[string]string) (u Uses, err error) {
	p, err := loader.LoadWithContext(context.Background(), compose.ConfigDetails{
		WorkingDir:  filepath.Dir(path),
		ConfigFiles: []compose.ConfigFile{{Filename: path, Content: text}},
		Environment: env,
	})
	if err != nil {
		return u, err
	}
	var errs []error
	for name, secret := range p.Secrets {
		if secret.File == "" {
			errs = append(errs, fmt.Errorf("secret %s: it has to come from a file", name))
		}
	}
	for _, s := range p.Services {
		for _, file := range s.Volumes {
			if _, err := os.Stat(file.Source); file.Type == compose.VolumeTypeBind && err != nil {
				errs = append(errs, fmt.Errorf("service %s: %w", s.Name, err))
			}
		}
		if !strings.HasPrefix(s.Image, "codegauge:") {
			continue
		}
		u.args(s.Command)
		for name := range s.Environment {
			u.env(name)
		}
	}
	return u, errors.Join(errs...)
}

// Manifests parses the documents of a Kubernetes file as the types that they name;
// a key that the type does not have is an error, and so is a key that stands twice.
func Manifests(text []byte) (u Uses, err error) {
	for i, doc := range bytes.Split(text, []byte("\n---\n")) {
		if err := u.manifest(doc); err != nil {
			return u, fmt.Errorf("document %d: %w", i+1, err)
		}
	}
	return u, nil
}

func (u *Uses) manifest(doc []byte) error {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := yaml.Unmarshal(doc, &head); err != nil {
		return err
	}
	strict := func(into any) error { return yaml.UnmarshalStrict(doc, into) }
	switch head.APIVersion + " " + head.Kind {
	case "apps/v1 Deployment":
		var d apps.Deployment
		if err := strict(&d); err != nil {
			return err
		}
		return u.pod(d.Spec.Template.Spec)
	case "batch/v1 Job":
		var j batch.Job
		if err := strict(&j); err != nil {
			return err
		}
		return u.pod(j.Spec.Template.Spec)
	case "v1 ConfigMap":
		var c core.ConfigMap
		if err := strict(&c); err != nil {
			return err
		}
		for name := range c.Data {
			u.env(name)
		}
		return nil
	case "v1 Service":
		return strict(&core.Service{})
	case "v1 Secret":
		return strict(&core.Secret{})
	case "policy/v1 PodDisruptionBudget":
		return strict(&policy.PodDisruptionBudget{})
	}
	return fmt.Errorf("%s %s is of a kind that is not checked: add it here", head.APIVersion, head.Kind)
}

// pod collects what a pod says to the program, and holds it to what every pod here
// has to be.
func (u *Uses) pod(p core.PodSpec) error {
	var errs []error
	want := func(ok bool, what string) {
		if !ok {
			errs = append(errs, errors.New(what))
		}
	}
	isSet := func(b *bool, value bool) bool { return b != nil && *b == value }
	want(p.SecurityContext != nil && isSet(p.SecurityContext.RunAsNonRoot, true), "runAsNonRoot has to be true")
	want(isSet(p.EnableServiceLinks, false), "enableServiceLinks has to be false")
	want(isSet(p.AutomountServiceAccountToken, false), "automountServiceAccountToken has to be false")
	volumes := map[string]bool{}
	for _, v := range p.Volumes {
		volumes[v.Name] = true
	}
	for _, c := range p.Containers {
		s := c.SecurityContext
		want(s != nil && isSet(s.ReadOnlyRootFilesystem, true), c.Name+": readOnlyRootFilesystem has to be true")
		want(s != nil && isSet(s.AllowPrivilegeEscalation, false), c.Name+": allowPrivilegeEscalation has to be false")
		for _, m := range c.VolumeMounts {
			want(volumes[m.Name], c.Name+": there is no volume "+m.Name)
		}
		u.args(c.Args)
		for _, v := range c.Env {
			u.env(v.Name)
		}
		for _, probe := range []*core.Probe{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe} {
			if probe != nil && probe.Exec != nil {
				u.args(afterProgram(probe.Exec.Command))
			}
		}
	}
	return errors.Join(errs...)
}

// installed is where the unit has the program.
const installed = "/usr/local/bin/codegauge"

// ErrNoSystemd says that systemd-analyze is not installed.
var ErrNoSystemd = errors.New("systemd-analyze is not installed")

// Unit has systemd verify a unit; whatever it says is an error.
func Unit(name string, text []byte) (u Uses, err error) {
	for line := range strings.Lines(string(text)) {
		if command, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart="+installed+" "); ok {
			u.args(strings.Fields(command))
		}
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		return u, ErrNoSystemd
	}
	dir, err := os.MkdirTemp("", "unit")
	if err != nil {
		return u, err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable() // it has to be a program that is there
	if err != nil {
		return u, err
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, bytes.ReplaceAll(text, []byte(installed), []byte(self)), 0o600); err != nil {
		return u, err
	}
	out, err := exec.Command("systemd-analyze", "verify", "--man=no", path).CombinedOutput()
	if said := strings.TrimSpace(string(out)); said != "" || err != nil {
		return u, fmt.Errorf("systemd-analyze: %s (%v)", strings.ReplaceAll(said, dir+"/", ""), err)
	}
	return u, nil
}
