package privacy

import (
	"strings"
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/report"
)

// TestRepositoriesMayNamePeople covers records of repositories, whose names, and what no
// field holds of them, may name people.
func TestRepositoriesMayNamePeople(t *testing.T) {
	for _, id := range []string{"5", "ann-smith/dotfiles"} {
		r := &report.Record{Kind: report.RepoDay, Repo: id, Extra: []byte(`"repo_name":"ann-smith/dotfiles"`)}
		(&Pseudonymizer{secret: directory.Secret("secret")}).Cover(r, nil)
		if out := string(r.AppendJSON(nil)); strings.Contains(out, "ann") || !strings.Contains(out, "repo_id") {
			t.Errorf("behind pseudonyms: %s", out)
		}
	}
}
