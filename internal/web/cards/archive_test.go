package cards

import (
	"strings"
	"testing"
)

func TestSheetHasNoFormulas(t *testing.T) {
	s := Sheet{Name: "clients", Header: []string{"ide", "version", "people"}, Rows: [][]string{{"=HYPERLINK(\"http://x\")", "1.2, beta", "7"}, {"@sum", "", "5"}}}
	var b strings.Builder
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	const want = "ide,version,people\n\"'=HYPERLINK(\"\"http://x\"\")\",\"1.2, beta\",7\n'@sum,,5\n"
	if b.String() != want {
		t.Errorf("Write wrote\n%s\nwant\n%s", b.String(), want)
	}
}
