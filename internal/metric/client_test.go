package metric

import (
	"strings"
	"testing"
)

func TestTooOldFor(t *testing.T) {
	for name, c := range map[string]struct {
		client Client
		want   string
	}{
		"new enough":              {Client{"vscode", "1.104.0", "0.31.0"}, ""},
		"two components":          {Client{"vscode", "1.104", "0.31"}, ""},
		"one component too few":   {Client{"xcode", "15", "0.43.0"}, "agent edit"},
		"insider":                 {Client{"vscode", "1.117.0-insider", "0.45.2026041402"}, ""},
		"insiders' own name":      {Client{"vscode-insiders", "1.99.0-insider", ""}, "completion,chat panel,chat inline,agent edit"},
		"a letter first":          {Client{"vscode", "v1.104.0", ""}, ""},
		"no versions":             {Client{"vscode", "", ""}, ""},
		"not understood":          {Client{"vscode", "nightly", "dev"}, ""},
		"an editor of no table":   {Client{"zed", "0.1", "0.1"}, ""},
		"numbers, not text":       {Client{"xcode", "15.10", "0.43.0"}, ""},
		"a build in brackets":     {Client{"Xcode", "15.2 (15C500b)", "0.43.0"}, ""},
		"build data":              {Client{"visualstudio", "17.14.14+36414.22", "18.0.471.29466"}, ""},
		"build data, too old":     {Client{"visualstudio", "17.14.13+99999.99", "18.0.471.29466"}, "chat inline,agent edit"},
		"a preview":               {Client{"visualstudio", "18.0.0-insiders.11018.127", ""}, ""},
		"extension alone":         {Client{"visualstudio", "18.0", "17.9.1"}, "completion,chat panel,chat inline,agent edit"},
		"a date in the extension": {Client{"eclipse", "4.31.0.20240301-0240", "0.10.0.202508110512"}, "chat panel"},
		"Eclipse":                 {Client{"eclipse", "4.30", "0.12.0"}, "completion,chat panel,agent edit"},
		"JetBrains release":       {Client{"IntelliJ", "2024.2.5", ""}, "all"},
		"JetBrains early access":  {Client{"JetBrains Rider", "2025.1 EAP 3", ""}, ""},
		"JetBrains build":         {Client{"intellij", "251.26927.53", "1.5.53-251"}, ""},
		"JetBrains product":       {Client{"pycharm", "PY-251.26927.53", ""}, ""},
		"old build":               {Client{"intellij", "241.15989.150", ""}, "all"},
		"old build of a product":  {Client{"intellij", "IU-233.15026.9", ""}, "all"},
		"a build of the release":  {Client{"android-studio", "242.23726.103", ""}, ""},
		"another platform":        {Client{"goland", "2025.1", "1.5.52-240"}, ""},
		"old JetBrains extension": {Client{"goland", "2025.1", "1.5.51-251"}, "all"},
	} {
		var features []string
		for _, m := range TooOldFor(c.client) {
			features = append(features, m.Feature)
		}
		if got := strings.Join(features, ","); got != c.want {
			t.Errorf("%s: too old for %q, want %q", name, got, c.want)
		}
	}
}

func TestReportsLinesOf(t *testing.T) {
	old, some, new := Client{"vscode", "1.95.0", "0.22.0"}, Client{"vscode", "1.103.1", "0.30.1"}, Client{"vscode", "1.104", "0.31.0"}
	for _, c := range []struct {
		client  Client
		feature string
		want    bool
	}{
		{old, "", false}, {old, "agent_edit", false}, {old, "chat_panel_plan_mode", false},
		{some, "", true}, {some, "agent_edit", true}, {some, "code_completion", false}, {some, "chat_inline", false}, {some, "chat_panel_ask_mode", true},
		{new, "", true}, {new, "code_completion", true},
		{old, "something_new", true}, // no minimum is known
		{Client{IDE: "vim"}, "code_completion", true},
		{Client{"intellij", "241.15989.150", ""}, "something_new", false},
	} {
		if got := ReportsLinesOf(c.client, c.feature); got != c.want {
			t.Errorf("%v reports lines of %q: %t, want %t", c.client, c.feature, got, c.want)
		}
	}
	if n := testing.AllocsPerRun(10, func() { ReportsLinesOf(old, "") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCompareVersions(t *testing.T) {
	sorted := []string{"nightly", "0.9", "1.2", "1.10", "1.10.1", "2024.2.6", "9999999999999999999999"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got := CompareVersions(a, b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%s and %s compare as %d", a, b, got)
			}
		}
	}
}

func TestClientFault(t *testing.T) {
	for _, c := range []struct {
		client Client
		want   string
	}{
		{Client{"vscode", "1.138.2", "0.70.0"}, "VS Code"},
		{Client{"vscode", "1.139", "0.70.0"}, ""},
		{Client{"vscode-insiders", "1.140.0-insider", ""}, ""},
		{Client{"vscode", "", ""}, "VS Code"}, // nobody knows
		{Client{"visualstudio", "18.11.9+1.2", ""}, "Visual Studio"},
		{Client{"visualstudio", "18.12.0", ""}, ""},
		{Client{"PyCharm", "2026.2", "1.6.9-251"}, "JetBrains"},
		{Client{"neovim", "0.11", ""}, ""},
	} {
		got := ""
		if m := ClientFaults[0].Of(c.client); m != nil {
			got = m.Label
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.client, got, c.want)
		}
	}
	for _, f := range ClientFaults {
		for _, name := range append(f.Low, f.High...) {
			if _, known := FeatureByName(name); !known {
				t.Errorf("%s: no feature %s", f.Name, name)
			}
		}
		for _, m := range f.Mended {
			if tableIDE(m.IDE) != m.IDE || IDELabel(m.IDE) != m.Label || (m.Expected == "") == (m.IDEVersion+m.Extension == "") {
				t.Errorf("%s: %+v", f.Name, m)
			}
		}
	}
}

// TestNotCounted: the table of clients that send anything is another one than that of lines.
func TestNotCounted(t *testing.T) {
	for _, c := range []struct {
		client Client
		want   bool
	}{{Client{"vscode", "1.106.0", "0.36.0"}, true}, {Client{"vscode", "1.107.1", "0.35.2"}, true}, {Client{"vscode", "1.107.1", "0.35.3"}, false}, {Client{"vscode", "", ""}, false},
		{Client{"pycharm", "2024.2.5", "1.5.52-241"}, true}, {Client{"visualstudio", "17.14.13", "18.0.471.29466"}, false}, {Client{"xcode", "13.2.0", "0.40.0"}, true}, {Client{"zed", "0.1", "0.1"}, false}} {
		if got := len(NotCounted(c.client)) > 0; got != c.want {
			t.Errorf("%+v: got %t", c.client, got)
		}
	}
}
