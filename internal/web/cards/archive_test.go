package cards

import (
	"strings"
	"testing"

	"codegauge/internal/query"
)

func TestSheetHasNoFormulas(t *testing.T) {
	s := NewSheet("clients", []query.Column{{Name: "ide"}, {Name: "version"}, {Name: "people"}}, [][]any{{"=HYPERLINK(\"http://x\")", "1.2, beta", int64(7)}, {"@sum", nil, int64(5)}})
	var b strings.Builder
	if err := s.Write(&b, "csv"); err != nil {
		t.Fatal(err)
	}
	const want = "ide,version,people\n\"'=HYPERLINK(\"\"http://x\"\")\",\"1.2, beta\",7\n'@sum,,5\n"
	if b.String() != want {
		t.Errorf("Write wrote\n%s\nwant\n%s", b.String(), want)
	}
}

func TestArchiveFileNames(t *testing.T) {
	for table, want := range map[string]string{"languages, models": "languages-models.csv", "review-times": "review-times.csv", "who counts: 7 days": "who-counts-7-days.csv", "loc_added": "loc_added.csv"} {
		if got := fileName(table); got != want {
			t.Errorf("%q: got %s, want %s", table, got, want)
		}
	}
}
