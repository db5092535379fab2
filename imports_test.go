package codegauge

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// layers lists the packages, lowest first. A package may import those of lower
// layers only; within a layer none knows another.
var layers = [][]string{
	{"day", "alert", "fault", "basepath", "filelock", "sorting", "versioned"},
	{"english"},
	{"database"},
	{"database/databasetest"},
	{"database/databasetest/cluster"},
	{"metric", "config", "spool", "disclosure", "github"},
	{"report", "impact"},
	{"report/reporttest", "disclosure/disclosuretest", "github/githubtest"},
	{"cube"},
	{"query", "copilot"},
	{"rollup", "merge"},
	{"store", "directory", "sample"},
	{"access"},
	{"privacy"},
	{"store/oracle", "directory/sqldirectory", "store/sqlstore", "directory/directorytest", "parquet", "intake", "question"},
	{"source", "prepare"},
	{"admin", "producttest"},
	{"store/storetest", "api", "web/text"},
	{"web/shell", "githubapi", "web/digest"},
	{"web/cards"},
	{"web/codegen", "web/usage", "web/impact", "web/quality", "web/definitions", "web/organizations", "web/teams", "web/seats", "web/people", "web/exports", "web/home", "web/importing", "web/settings", "web/signin", "web/webtest"},
	{"web"},
	{"server"},
	{"cli"},
	{"apptest", "hostile"},
}

// adapters are named by cli alone (and by tests).
var adapters = []string{"directory/sqldirectory", "store/sqlstore", "parquet"}

func TestImportDirection(t *testing.T) {
	module := modulePath(t)
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}: {{join .Imports " "}}`, "./internal/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		pkg, imports, _ := strings.Cut(line, ": ")
		checkImports(t, module, strings.TrimPrefix(pkg, module+"/internal/"), strings.Fields(imports))
	}
}

// modulePath asks for the module's path, which make module can change.
func modulePath(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func checkImports(t *testing.T, module, pkg string, imports []string) {
	t.Helper()
	at := layerOf(pkg)
	if at < 0 {
		t.Errorf("package %s has no layer: give it one here and in docs/design.md", pkg)
	}
	for _, path := range imports {
		imported, ours := strings.CutPrefix(path, module+"/internal/")
		if !ours {
			continue
		}
		if layerOf(imported) >= at && !strings.HasPrefix(imported, pkg+"/") {
			t.Errorf("%s imports %s, which is not below it", pkg, imported)
		}
		for _, a := range adapters {
			if imported == a && pkg != "cli" {
				t.Errorf("%s names the adapter %s: only cli may", pkg, a)
			}
		}
	}
}

func layerOf(pkg string) int {
	for i, l := range layers {
		for _, p := range l {
			if p == pkg {
				return i
			}
		}
	}
	return -1
}

// TestPackagesAreListed: whoever is new finds every package in CONTRIBUTING.md.
func TestPackagesAreListed(t *testing.T) {
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if name, what, ok := strings.Cut(strings.TrimPrefix(line, "- `"), "`: "); ok && strings.HasPrefix(line, "- `") && strings.TrimSpace(what) != "" {
			listed[name] = true
		}
	}
	out, err := exec.Command("go", "list", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	module := modulePath(t)
	there := map[string]bool{}
	for path := range strings.FieldsSeq(string(out)) {
		name := strings.TrimPrefix(path, module+"/")
		there[name] = true
		if path != module && !listed[name] {
			t.Errorf("CONTRIBUTING.md does not list the package %s", name)
		}
	}
	for name := range listed {
		if !there[name] {
			t.Errorf("CONTRIBUTING.md lists %s, which is no package", name)
		}
	}
}
