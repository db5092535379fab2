package service

import (
	"slices"
	"strings"
	"testing"

	"codegauge/internal/store"
)

func ideRow(ide, version, plugin, pluginVersion string) string {
	s := `"ide":"` + ide + `"`
	if version != "" {
		s += `,"last_known_ide_version":{"ide_version":"` + version + `","sampled_at":"2026-11-01T00:00:00Z"}`
	}
	if plugin != "" {
		s += `,"last_known_plugin_version":{"plugin":"` + plugin + `","plugin_version":"` + pluginVersion + `","sampled_at":"2026-11-01T00:00:00Z"}`
	}
	return rowsOf("totals_by_ide", row(s, 10, 1))
}

func TestCoverage(t *testing.T) {
	w := newWorld(t)
	w.load(ImportRequest{Enterprise: "acme"},
		user(1, "2026-11-18", 10, 1, ideRow("vscode", "1.102.0", "copilot-chat", "0.29.0")),
		user(2, "2026-11-18", 10, 1, ideRow("pycharm", "2026.1", "copilot-intellij", "1.5.51-241")),
		user(3, "2026-11-18", 0, 0))
	w.load(ImportRequest{}, user(1, "2026-11-20", 10, 1), "{broken")
	w.load(ImportRequest{}, user(1, "2026-11-23", 10, 1))
	w.load(ImportRequest{}, aggregateDay("2026-11-20", 1, 1, `"enterprise_id":"83"`))
	c, err := w.Coverage(t.Context(), Words{From: "2026-11-17", To: "2026-11-24"})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Days) != 2 || *c.People != 3 || c.Seats != nil {
		t.Fatalf("got %+v", c)
	}
	var states []string
	for _, d := range c.Days[0].Days {
		states = append(states, d.State)
	}
	if got, want := strings.Join(states, " "), "none present missing partial missing none settling none"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if d := c.Days[0].Days[1]; d.Records != 3 || d.Reduced != 1 {
		t.Errorf("got %+v", d)
	}
	if len(c.Below) != 2 || c.Below[0].Label != "JetBrains" || c.Below[0].UpgradeIDE != "" || c.Below[0].UpgradePlugin != "1.5.52-241" {
		t.Errorf("got %+v", c.Below)
	}
	if b := c.Below[1]; b.UpgradeIDE != "1.104.0" || b.UpgradePlugin != "0.31.0" || !slices.Equal(b.Features, []string{"completion", "chat inline", "agent edit"}) || !slices.Equal(b.Logins, []string{"u1"}) {
		t.Errorf("got %+v", b)
	}
}

func TestBelow(t *testing.T) {
	for name, c := range map[string]struct {
		client store.Client
		want   string
	}{
		"new enough":        {store.Client{IDE: "vscode", IDEVersion: "1.104.0", Plugin: "copilot-chat", PluginVersion: "0.31.0"}, ""},
		"insider":           {store.Client{IDE: "vscode", IDEVersion: "1.117.0-insider", PluginVersion: "0.45.2026041402"}, ""},
		"no versions":       {store.Client{IDE: "vscode"}, ""},
		"unknown version":   {store.Client{IDE: "vscode", IDEVersion: "nightly"}, ""},
		"unknown editor":    {store.Client{IDE: "zed", IDEVersion: "0.1"}, ""},
		"numbers, not text": {store.Client{IDE: "xcode", IDEVersion: "15.10", PluginVersion: "0.43.0"}, ""},
		"shorter":           {store.Client{IDE: "xcode", IDEVersion: "15", PluginVersion: "0.43.0"}, "agent edit 15.2"},
		"extension alone":   {store.Client{IDE: "visualstudio", IDEVersion: "18.0", PluginVersion: "17.9.1"}, "completion,chat panel,chat inline,agent edit "},
		"build number":      {store.Client{IDE: "goland", IDEVersion: "2025.1", PluginVersion: "1.5.52-240"}, "all "},
		"JetBrains":         {store.Client{IDE: "IntelliJ", IDEVersion: "2024.2.5"}, "all 2024.2.6"},
		"build data":        {store.Client{IDE: "visualstudio", IDEVersion: "17.14.14+36414.22", PluginVersion: "18.0.471.29466"}, ""},
		"two parts":         {store.Client{IDE: "vscode", IDEVersion: "1.104", PluginVersion: "0.31.0"}, ""},
		"JetBrains build":   {store.Client{IDE: "intellij", IDEVersion: "251.26927.53"}, ""},
		"old build":         {store.Client{IDE: "intellij", IDEVersion: "241.15989.150"}, "all 2024.2.6"},
		"same release":      {store.Client{IDE: "intellij", IDEVersion: "242.23726.103"}, ""},
		"date in version":   {store.Client{IDE: "eclipse", IDEVersion: "4.31", PluginVersion: "0.10.0.202508110512"}, "chat panel "},
	} {
		got := ""
		if list := below([]store.Client{c.client}); len(list) > 0 {
			got = strings.Join(list[0].Features, ",") + " " + list[0].UpgradeIDE
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
