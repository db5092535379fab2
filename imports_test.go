package codegauge

import (
	"os/exec"
	"strings"
	"testing"
)

// layers lists the packages, lowest first. A package may import those of lower
// layers only; within a layer none knows another.
var layers = [][]string{
	{"day", "english", "fault", "mark"},
	{"database"},
	{"database/databasetest"},
	{"database/databasetest/cluster"},
	{"metric", "report", "config", "spool"},
	{"query"},
	{"rollup", "merge"},
	{"store", "directory", "sample"},
	{"access"},
	{"store/oracle", "directory/sqldirectory", "store/sqlstore", "directory/directorytest", "parquet", "service"},
	{"admin"},
	{"store/storetest", "api", "web/text", "web"},
	{"server"},
	{"cli"},
	{"apptest", "hostile"},
}

// adapters are named by cli alone (and by tests).
var adapters = []string{"directory/sqldirectory", "store/sqlstore", "parquet"}

func TestImportDirection(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}: {{join .Imports " "}}`, "./internal/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		pkg, imports, _ := strings.Cut(line, ": ")
		checkImports(t, short(pkg), strings.Fields(imports))
	}
}

func short(path string) string { return strings.TrimPrefix(path, "codegauge/internal/") }

func checkImports(t *testing.T, pkg string, imports []string) {
	at := layerOf(pkg)
	if at < 0 {
		t.Errorf("package %s has no layer: give it one here and in docs/design.md", pkg)
	}
	for _, path := range imports {
		if !strings.HasPrefix(path, "codegauge/") {
			continue
		}
		imported := short(path)
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
