package service

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/metric"
	"codegauge/internal/store"
)

// BelowMinimum is a group of people whose client is too old to report lines.
type BelowMinimum struct {
	IDE, Label            string
	IDEVersion            string // as last seen
	Plugin, PluginVersion string
	Features              []string // what the client does not report
	UpgradeIDE            string   // the minimum that covers all features, "" if it is the extension alone
	UpgradePlugin         string
	People                int
	Logins                []string
}

// jetBrains lists the IDEs that are JetBrains products: one row of
// metric.MinimumVersions holds for all.
var jetBrains = []string{
	"jetbrains", "intellij", "pycharm", "webstorm", "goland", "rider", "clion", "phpstorm", "rubymine",
	"datagrip", "dataspell", "rustrover", "androidstudio", "android-studio",
}

// minimums returns the rows that hold for an IDE.
func minimums(ide string) []metric.MinimumVersion {
	name := strings.ToLower(ide)
	if slices.Contains(jetBrains, name) {
		name = "jetbrains"
	}
	var out []metric.MinimumVersion
	for _, m := range metric.MinimumVersions {
		if m.IDE == name {
			out = append(out, m)
		}
	}
	return out
}

// below groups the clients that are too old to report lines, by what has to be
// upgraded. A version that is not known is not too old.
func below(clients []store.Client) []BelowMinimum {
	type group struct{ ide, ideVersion, plugin, pluginVersion string }
	found := map[group]*BelowMinimum{}
	people := map[group]map[string]bool{}
	for _, c := range clients {
		b := judge(c)
		if b == nil {
			continue
		}
		k := group{c.IDE, c.IDEVersion, c.Plugin, c.PluginVersion}
		if found[k] == nil {
			found[k], people[k] = b, map[string]bool{}
		}
		if !people[k][c.UserID] {
			people[k][c.UserID] = true
			found[k].People++
			found[k].Logins = append(found[k].Logins, cmp.Or(c.Login, c.UserID))
		}
	}
	var out []BelowMinimum
	for _, b := range found {
		slices.Sort(b.Logins)
		out = append(out, *b)
	}
	slices.SortFunc(out, func(a, b BelowMinimum) int {
		return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Label, b.Label), cmp.Compare(a.IDE, b.IDE),
			compareVersions(a.IDEVersion, b.IDEVersion), compareVersions(a.PluginVersion, b.PluginVersion), cmp.Compare(a.Plugin, b.Plugin))
	})
	return out
}

// judge returns what a client is too old for, nil if for nothing.
func judge(c store.Client) *BelowMinimum {
	out := &BelowMinimum{IDE: c.IDE, IDEVersion: c.IDEVersion, Plugin: c.Plugin, PluginVersion: c.PluginVersion}
	ideToo, pluginToo := false, false
	var ide, plugin string
	for _, m := range minimums(c.IDE) {
		out.Label = m.Label
		ide, plugin = later(ide, m.IDEVersion), later(plugin, m.Extension)
		oldIDE, oldPlugin := olderIDE(m, c.IDEVersion), older(c.PluginVersion, m.Extension)
		if oldIDE || oldPlugin {
			out.Features = append(out.Features, m.Feature)
		}
		ideToo, pluginToo = ideToo || oldIDE, pluginToo || oldPlugin
	}
	if ideToo {
		out.UpgradeIDE = ide
	}
	if pluginToo {
		out.UpgradePlugin = plugin
	}
	if len(out.Features) == 0 {
		return nil
	}
	return out
}

func later(a, b string) string {
	if compareVersions(a, b) < 0 {
		return b
	}
	return a
}

// olderIDE is older for an IDE. A JetBrains build such as 251.26927.53 names the
// release (2025.1) and not its patch: of the minimum's own release it is new enough.
func olderIDE(m metric.MinimumVersion, version string) bool {
	n := numbersOf(version)
	if m.IDE != "jetbrains" || len(n) < 2 || n[0] < 100 || n[0] > 999 {
		return older(version, m.IDEVersion)
	}
	return slices.Compare([]int64{2000 + n[0]/10, n[0] % 10}, numbersOf(m.IDEVersion)[:2]) < 0
}

// older reports whether a version is known and before a minimum.
func older(version, minimum string) bool {
	return len(numbersOf(version)) > 0 && compareVersions(version, minimum) < 0
}

// compareVersions compares part by part, as numbers; parts that are not there are 0.
func compareVersions(a, b string) int {
	x, y := numbersOf(a), numbersOf(b)
	for len(x) < len(y) {
		x = append(x, 0)
	}
	for len(y) < len(x) {
		y = append(y, 0)
	}
	return slices.Compare(x, y)
}

// numbersOf returns the numbers of a version, up to the first part that is none:
// "1.117.0-insider" is 1, 117, 0. What follows a plus names the build.
func numbersOf(version string) []int64 {
	version, _, _ = strings.Cut(version, "+")
	var out []int64
	for _, part := range strings.FieldsFunc(version, func(r rune) bool { return r == '.' || r == '-' }) {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			break
		}
		out = append(out, n)
	}
	return out
}
