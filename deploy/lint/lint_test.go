package lint

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

// composeEnv is what whoever starts the Compose file has to say.
var composeEnv = map[string]string{"CODEGAUGE_HOST": "codegauge.example.com"}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// lint checks a file that is named as it is in the repository.
func lint(name string, text []byte) (Uses, error) {
	switch {
	case name == "Dockerfile":
		return Dockerfile(text)
	case name == "deploy/compose.yaml":
		path, err := filepath.Abs(filepath.Join(root, name))
		if err != nil {
			return Uses{}, err
		}
		return Compose(path, text, composeEnv)
	case strings.HasSuffix(name, ".service"):
		return Unit(filepath.Base(name), text)
	}
	return Manifests(text)
}

func files(t *testing.T) []string {
	t.Helper()
	list := []string{"Dockerfile", "deploy/compose.yaml"}
	for _, pattern := range []string{"deploy/kubernetes/*", "deploy/systemd/*"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v, %v", pattern, paths, err)
		}
		for _, p := range paths {
			name, err := filepath.Rel(root, p)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, name)
		}
	}
	return list
}

func TestFiles(t *testing.T) {
	bin := buildProgram(t)
	for _, name := range files(t) {
		t.Run(name, func(t *testing.T) {
			u, err := lint(name, read(t, name))
			if errors.Is(err, ErrNoSystemd) {
				if os.Getenv("CI") == "true" {
					t.Error(err)
				}
				t.Log(err)
			} else if err != nil {
				t.Error(err)
			}
			checkUses(t, bin, u)
		})
	}
}

// buildProgram builds codegauge.
func buildProgram(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "codegauge")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", bin, "./cmd/codegauge")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return bin
}

// checkUses asks the program whether it takes what a file says to it.
func checkUses(t *testing.T, bin string, u Uses) {
	t.Helper()
	for _, args := range u.Args {
		if out, err := exec.Command(bin, append(args, "--help")...).CombinedOutput(); err != nil {
			t.Errorf("codegauge %s: %s", strings.Join(args, " "), out)
		}
	}
	out, err := exec.Command(bin, "config").Output()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"CODEGAUGE_CONFIG": true}
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) > 0 {
			known["CODEGAUGE_"+strings.ToUpper(f[0])] = true
		}
	}
	for _, name := range u.Env {
		if !known[name] {
			t.Errorf("codegauge has no option %s", name)
		}
	}
}

// TestContext: what the image is built from goes to the builder, and nothing else
// that could be secret.
func TestContext(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-f",
		`{{if not .Standard}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{range .EmbedFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{end}}`, "./cmd/codegauge")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	need := []string{"go.mod", "go.sum"}
	for path := range strings.Lines(string(out)) {
		if name, ours := strings.CutPrefix(strings.TrimSpace(path), top+"/"); ours {
			need = append(need, name)
		}
	}
	if len(need) < 100 {
		t.Fatalf("the program has only %d files", len(need))
	}
	text := read(t, ".dockerignore")
	if out, err := Ignored(text, need); err != nil || len(out) > 0 {
		t.Errorf("the program needs %s, which .dockerignore keeps out (%v)", out, err)
	}
	other := []string{".git/config", "deploy/secrets/password", "bin/codegauge", "imports_test.go", "data/codegauge.db"}
	if out, err := Ignored(text, other); err != nil || len(out) != len(other) {
		t.Errorf(".dockerignore keeps out only %s of %s (%v)", out, other, err)
	}
}

// TestWrong changes every file in a way that has to be found.
func TestWrong(t *testing.T) {
	for _, c := range []struct{ file, old, wrong, says string }{
		{"Dockerfile", "EXPOSE", "EXPOSED", "unknown instruction"},
		{"Dockerfile", "--interval", "--intervall", "unknown flag"},
		{"Dockerfile", "AS build", "as build", "FromAsCasing"},
		{"Dockerfile", "USER 65532:65532", "USER root", "not root"},
		{"deploy/compose.yaml", "healthcheck:", "healthchek:", "healthchek"},
		{"deploy/compose.yaml", "secrets: [ password ]", "secrets: [ passwords ]", "undefined secret"},
		{"deploy/compose.yaml", "./nginx.conf", "./proxy.conf", "no such file"},
		{"deploy/kubernetes/deployment.yaml", "readinessProbe", "readynessProbe", "readynessProbe"},
		{"deploy/kubernetes/deployment.yaml", "replicas: 2", "replicas: two", "int32"},
		{"deploy/kubernetes/deployment.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "has to be true"},
		{"deploy/kubernetes/migrate.yaml", "backoffLimit", "backofLimit", "backofLimit"},
		{"deploy/kubernetes/migrate.yaml", "name: data, mount", "name: date, mount", "no volume date"},
		{"deploy/kubernetes/config.yaml", "metadata:", "metdata:", "metdata"},
		{"deploy/kubernetes/service.yaml", "targetPort", "tragetPort", "tragetPort"},
		{"deploy/kubernetes/secret.example.yaml", "stringData", "stringDate", "stringDate"},
		{"deploy/systemd/codegauge.service", "ProtectHome", "ProtectHomes", "ProtectHomes"},
		{"deploy/systemd/codegauge.service", "Restart=on-failure", "Restart=sometimes", "sometimes"},
	} {
		text := string(read(t, c.file))
		if !strings.Contains(text, c.old) {
			t.Errorf("%s: there is no %q to change", c.file, c.old)
		}
		_, err := lint(c.file, []byte(strings.Replace(text, c.old, c.wrong, 1)))
		if errors.Is(err, ErrNoSystemd) {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s with %q: got %v, want an error about %q", c.file, c.wrong, err, c.says)
		}
	}
}

// TestProgram: a flag that the program does not have is found by asking it.
func TestProgram(t *testing.T) {
	bin := buildProgram(t)
	if err := exec.Command(bin, "serve", "--listn", ":1", "--help").Run(); err == nil {
		t.Error("serve --listn --help is taken")
	}
}
