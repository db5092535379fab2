package report

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// samples returns the files of a folder of real reports, CODEGAUGE_REPORTS; the test is
// skipped where there are none.
func samples(t testing.TB) []string {
	t.Helper()
	dir := os.Getenv("CODEGAUGE_REPORTS")
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if dir == "" || len(files) == 0 {
		t.Skip("no samples here")
	}
	return files
}

func TestSamplesRoundTrip(t *testing.T) {
	for _, path := range samples(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := readText(t, string(text))
			if len(got.rejections)+len(got.warnings) > 0 {
				t.Errorf("rejections %v, warnings %v", got.rejections, got.warnings)
			}
			if want := len(bytes.Split(bytes.TrimSpace(text), newline)); len(got.records) != want {
				t.Errorf("%d records, want %d", len(got.records), want)
			}
			checkRoundTrip(t, got.records)
		})
	}
}

// checkRoundTrip writes the records and reads them again.
func checkRoundTrip(t *testing.T, records []Record) {
	t.Helper()
	var out []byte
	for i := range records {
		out = append(records[i].AppendJSON(out), '\n')
	}
	again := readText(t, string(out))
	if len(again.rejections) > 0 {
		t.Fatalf("refused: %+v", again.rejections)
	}
	if len(again.records) != len(records) {
		t.Fatalf("%d records became %d", len(records), len(again.records))
	}
	for i := range records {
		if diff := cmp.Diff(anywhere(records[i]), anywhere(again.records[i])); diff != "" {
			t.Fatalf("record %d changed (-was +is):\n%s\nwritten: %s", i, diff, records[i].AppendJSON(nil))
		}
	}
}
