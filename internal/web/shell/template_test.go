package shell

import (
	"html/template"
	"slices"
	"strings"
	"testing"
)

type part int

// Brackets fails for one of the parts.
func (p part) Brackets() string {
	if p == 13 {
		panic("part 13")
	}
	return strings.Repeat("<", int(p))
}

// Parts that are rendered together are in their order, and escaped; what fails is an error.
func TestPartsRenderedTogether(t *testing.T) {
	page := template.Must(template.New("").Parse(`{{define "part"}}{{.Brackets}}{{end}}`))
	got, err := together(page)("part", []part{3, 1, 2})
	if want := []template.HTML{"&lt;&lt;&lt;", "&lt;", "&lt;&lt;"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
	for _, name := range []string{"part", "nothing"} {
		if _, err := together(page)(name, []part{1, 13}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
