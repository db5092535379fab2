package metric

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write docs/metrics.md anew")

func TestDocumentIsCurrent(t *testing.T) {
	const path = "../../docs/metrics.md"
	if *update {
		if err := os.WriteFile(path, []byte(Document()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != Document() {
		t.Errorf("%s is stale: go test ./internal/metric -update", path)
	}
}

func TestEveryMeasureHasOneKindAndItsWords(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Measures {
		kinds := 0
		for _, set := range []bool{m.Sum != nil, m.Users != nil, m.Ratio != nil, m.Multiple != nil} {
			if set {
				kinds++
			}
		}
		if kinds != 1 {
			t.Errorf("%s has %d kinds", m.Name, kinds)
		}
		if m.Label == "" || m.Definition == "" || m.Formula == "" || m.Reading == "" || m.Unit == "" {
			t.Errorf("%s lacks words", m.Name)
		}
		if seen[m.Name] {
			t.Errorf("%s stands twice", m.Name)
		}
		seen[m.Name] = true
	}
}

func TestServing(t *testing.T) {
	for _, c := range []struct {
		measure string
		keys    []Key
		want    Breakdown
		refused bool
	}{
		{"loc_changed", nil, Totals, false},
		{"loc_changed", []Key{KeyFeature}, ByFeature, false},
		{"loc_changed", []Key{KeyIDE}, ByIDE, false},
		{"loc_changed", []Key{KeyLanguage}, ByLanguageFeature, false},
		{"loc_changed", []Key{KeyModel, KeyFeature}, ByModelFeature, false},
		{"loc_changed", []Key{KeyLanguage, KeyModel}, ByLanguageModel, false},
		{"loc_changed", []Key{KeyIDE, KeyModel}, 0, true},
		{"loc_changed", []Key{KeyLanguage, KeyModel, KeyFeature}, 0, true},
		{"interactions", []Key{KeyLanguage}, 0, true},
		{"interactions", []Key{KeyModel}, ByModelFeature, false},
		{"agent_contribution", nil, ByFeature, false},
		{"agent_contribution", []Key{KeyModel}, ByModelFeature, false},
		{"agent_contribution", []Key{KeyIDE}, 0, true},
		{"agent_contribution", []Key{KeyLanguage, KeyModel}, 0, true},
		{"ai_credits", nil, Totals, false},
		{"ai_credits", []Key{KeyFeature}, 0, true},
		{"active_users", []Key{KeyModel}, ByModelFeature, false},
		{"users_reporting_lines", []Key{NoKey}, Totals, false},
		{"users_reporting_lines", []Key{KeyLanguage}, 0, true},
		{"discrepancy", nil, ByFeature, false},
		{"discrepancy", []Key{KeyFeature}, 0, true},
	} {
		got, err := Serving(MeasureByName(c.measure), c.keys)
		if (err != nil) != c.refused || err == nil && got != c.want {
			t.Errorf("Serving(%s, %v) = %v, %v", c.measure, c.keys, got, err)
		}
	}
}

func TestInitiatorsFollowTheDefinition(t *testing.T) {
	if got := Strict.Initiator("chat_panel_agent_mode"); got != User {
		t.Errorf("v1-strict: %s", got)
	}
	if got := Wide.Initiator("chat_panel_agent_mode"); got != ByAgent {
		t.Errorf("v1-wide: %s", got)
	}
	if got := Strict.Initiator("never_heard_of"); got != Unclassified {
		t.Errorf("unknown feature: %s", got)
	}
}

func TestIdentityTool(t *testing.T) {
	for _, c := range []struct{ user, tool, want string }{
		{"42", Copilot, ""}, {"42", "", ""}, {"42", "claude_code", "claude_code"}, {"42", "unheard_of", "unheard_of"},
		{"42@x", Copilot, Copilot}, {"ann", "codex", "codex"},
	} {
		if got := IdentityTool(c.user, c.tool); got != c.want {
			t.Errorf("id %s of %q: got %q, want %q", c.user, c.tool, got, c.want)
		}
	}
}
