package codegauge

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// edit puts lines after (or, with before, in front of) the one place in a file of the
// module where anchor stands.
type edit struct {
	file, anchor, lines string
	before              bool
}

// adding is all that it takes to measure something new, by something new: rows in the
// tables of internal/metric, and in internal/copilot where they come from. The
// example counts people's days, and divides by the version of the editor's extension,
// which rows by IDE name.
var adding = []edit{
	// A counter and a measure that is made of it.
	{"internal/metric/metric.go", "\tNumRecordCounters = iota\n", "\tUserDays\n", true},
	{"internal/metric/metric.go", "Field: \"monthly_active_users\", Unit: \"people\", Scale: 1, Adding: AddsMax},\n",
		"\tUserDays: {Column: \"user_days\", Field: \"-\", Unit: \"count\", Scale: 1},\n", false},
	{"internal/metric/metric.go", "Sum{Counters: changed, Part: Discrepancy}},\n", `	{Name: "user_days", Label: "User days", Unit: "count",
		Definition: "Days on which people were active, added up over people.",
		Formula:    "Σ user_days", Source: fromRecords,
		Reading: "More people, or the same on more days.",
		Sum:     &Sum{Counters: []Counter{UserDays}}},
`, false},
	// A key and its dimension, and the breakdown that carries it.
	{"internal/metric/dimension.go", "\tKeyPhase    Key = \"phase\"\n", "\tKeyExtension Key = \"extension\"\n", false},
	{"internal/metric/dimension.go", "Definition: \"The adoption phase that the record states for the person: No Cohort, Phase 1 and so on.\"},\n",
		"\t{Name: \"extension\", Label: \"Extension\", Key: KeyExtension, Residual: \"no extension in the report\", Definition: \"Version of the editor's extension.\"},\n", false},
	{"internal/metric/dimension.go", "\tNumBreakdowns = iota\n", "\tByExtension\n", true},
	{"internal/metric/dimension.go", "Keys: []Key{KeyPhase}, PeopleOnly: true},\n",
		"\tByExtension: {Breakdown: ByExtension, Field: \"totals_by_ide\", Keys: []Key{KeyIDE, KeyExtension}},\n", false},
	{"internal/metric/dimension.go", "ByLanguageModel, BySignal, ByPhase,", " ByExtension,", false},
	// The mapping.
	{"internal/copilot/copilot.go", "\tif r.Kind == report.UserDay {\n", "\t\te.Totals.Set(metric.UserDays, 1)\n", false},
	{"internal/copilot/copilot.go", "\tif r.Kind == report.UserDay {\n", `	var extensions []report.Row
	for _, row := range r.ByIDE {
		if row.PluginVersion != "" {
			extensions = append(extensions, report.Row{IDE: row.IDE, PluginVersion: row.PluginVersion, Counters: row.Counters})
		}
	}
	e.addRows(metric.ByExtension, cube.Derived, extensions, nil)
`, true},
	{"internal/copilot/copilot.go", "\t\treturn &row.IDE\n", "\tcase metric.KeyExtension:\n\t\treturn &row.PluginVersion\n", false},
}

// TestAddingAMeasureAndADimension compiles the module with the edits above, which an
// overlay puts over its files. All else stays as it is, and questions by the new
// dimension and for the new measure are answered.
func TestAddingAMeasureAndADimension(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the module anew")
	}
	edited := map[string]string{"internal/query/added_test.go": readFile(t, "testdata/adding/query_test.go")}
	for _, e := range adding {
		text, ok := edited[e.file]
		if !ok {
			text = readFile(t, e.file)
		}
		if n := strings.Count(text, e.anchor); n != 1 {
			t.Fatalf("%s: %q stands %d times, want 1", e.file, e.anchor, n)
		}
		whole := e.anchor + e.lines
		if e.before {
			whole = e.lines + e.anchor
		}
		edited[e.file] = strings.Replace(text, e.anchor, whole, 1)
	}
	overlay := writeOverlay(t, edited)
	for _, args := range [][]string{
		{"build", overlay, "./..."},
		{"vet", overlay, "./internal/metric", "./internal/cube", "./internal/copilot", "./internal/query", "./internal/rollup"},
		{"test", overlay, "-count=1", "-run", "^TestAdded$", "-v", "./internal/query"},
	} {
		out, err := exec.Command("go", args...).CombinedOutput()
		if err != nil || args[0] == "test" && !bytes.Contains(out, []byte("--- PASS: TestAdded/measure_by_user")) {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// writeOverlay returns the flag with which go takes the texts for those of the files.
func writeOverlay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, replace := t.TempDir(), map[string]string{}
	for name, text := range files {
		path, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		replace[path] = filepath.Join(dir, strings.ReplaceAll(name, "/", "-"))
		if err := os.WriteFile(replace[path], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, list, 0o600); err != nil {
		t.Fatal(err)
	}
	return "-overlay=" + path
}
