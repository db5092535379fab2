package metric

import (
	"cmp"
	"slices"
	"strings"
)

// Client is an editor and its Copilot extension, as reports name them. Values that a report
// does not state are "".
type Client struct{ IDE, IDEVersion, PluginVersion string }

// jetBrains is the IDE of the tables whose row holds for every JetBrains product.
const jetBrains = "jetbrains"

// jetBrainsProducts are what reports call JetBrains' products.
var jetBrainsProducts = map[string]bool{
	jetBrains: true, "androidstudio": true, "appcode": true, "aqua": true, "clion": true, "datagrip": true, "dataspell": true, "goland": true,
	"idea": true, "intellij": true, "intellijidea": true, "mps": true, "phpstorm": true, "pycharm": true, "rider": true, "rubymine": true,
	"rustrover": true, "webstorm": true, "writerside": true,
}

// CLI is the client that is Copilot CLI, which has a version and is no IDE.
const CLI = "copilot_cli"

// IsIDE reports whether a client, or a value of totals_by_ide[].ide, is an IDE: the Copilot
// app has a row there too.
func IsIDE(name string) bool { return name != "copilot_app" && name != CLI }

// ClientLabel returns what pages call a client, IDE or CLI.
func ClientLabel(name string) string {
	if f, ok := FeatureByName(name); ok && !IsIDE(name) {
		return f.Label
	}
	return IDELabel(name)
}

// normalizedIDE returns the name of an IDE in lower case without separators, which vary
// among reports.
func normalizedIDE(ide string) string { return separators.Replace(strings.ToLower(ide)) }

var separators = strings.NewReplacer("-", "", "_", "", " ", "")

// tableIDE returns the name that the tables of versions use for an IDE in a report.
func tableIDE(ide string) string {
	name := normalizedIDE(ide)
	if rest := strings.TrimPrefix(name, jetBrains); jetBrainsProducts[name] || jetBrainsProducts[rest] {
		return jetBrains
	}
	if name == "vscodeinsiders" {
		return "vscode"
	}
	return name
}

// TooOldFor returns the rows of MinimumVersions for whose features the client is too old
// to report lines. An unknown version is not too old.
func TooOldFor(c Client) []MinimumVersion { return excluding(c, MinimumVersions) }

// NotCounted returns the rows of CountedVersions that the client is too old for. An unknown
// version is not too old.
func NotCounted(c Client) []MinimumVersion { return excluding(c, CountedVersions) }

func excluding(c Client, table []MinimumVersion) []MinimumVersion {
	var out []MinimumVersion
	ide := tableIDE(c.IDE)
	for i := range table {
		if m := &table[i]; m.IDE == ide && m.excludes(c) {
			out = append(out, *m)
		}
	}
	return out
}

// ReportsLinesOf reports whether the client is new enough to report lines of a feature, or
// of any feature if it is "". Unknown clients and versions are new enough.
func ReportsLinesOf(c Client, feature string) bool {
	ide := tableIDE(c.IDE)
	tooOld := false
	for i := range MinimumVersions {
		m := &MinimumVersions[i]
		if m.IDE != ide || feature != "" && !m.appliesTo(feature) {
			continue
		}
		if !m.excludes(c) {
			return true
		}
		tooOld = true
	}
	return !tooOld
}

// appliesTo reports whether the row is about a feature.
func (m *MinimumVersion) appliesTo(feature string) bool {
	switch m.Feature {
	case "completion":
		return feature == "code_completion"
	case "chat panel":
		return strings.HasPrefix(feature, "chat_panel_")
	case "chat inline":
		return feature == "chat_inline"
	case "agent edit":
		return feature == "agent_edit"
	}
	return true
}

// excludes reports whether the client is older than the row's versions.
func (m *MinimumVersion) excludes(c Client) bool {
	return OlderIDE(m.IDE, c.IDEVersion, m.IDEVersion) || OlderExtension(c.PluginVersion, m.Extension)
}

// OlderIDE reports whether an IDE's version can be parsed and is older than another.
// Missing components are zero, and suffixes (a build, a name) are ignored. JetBrains
// products state a release or a build: 251.26927.53 and IU-251.26927.53 are builds of
// 2025.1. As a build does not tell its update of the release, it is not older than any
// of them.
func OlderIDE(ide, version, than string) bool {
	if tableIDE(ide) != jetBrains {
		return older(version, than)
	}
	n, ok := versionNumbers(withoutProduct(version))
	if !ok || n[0] < 100 || n[0] > 999 {
		return ok && older(withoutProduct(version), than)
	}
	limit, _ := versionNumbers(than)
	return slices.Compare([]int64{2000 + n[0]/10, n[0] % 10}, limit[:2]) < 0
}

// OlderExtension is OlderIDE for a Copilot extension. What follows a hyphen names the
// platform that it was built for: 1.5.52-241 and 1.5.52-243 are one version.
func OlderExtension(version, than string) bool { return older(version, than) }

// Understood reports whether a version can be parsed.
func Understood(version string) bool {
	_, ok := versionNumbers(withoutProduct(version))
	return ok
}

// CompareVersions compares two versions by their numbers. Versions that cannot be parsed
// come first.
func CompareVersions(a, b string) int {
	x, _ := versionNumbers(a)
	y, _ := versionNumbers(b)
	return cmp.Or(slices.Compare(x[:], y[:]), strings.Compare(a, b))
}

func older(version, than string) bool {
	x, ok := versionNumbers(version)
	y, _ := versionNumbers(than)
	return ok && slices.Compare(x[:], y[:]) < 0
}

// withoutProduct returns a JetBrains build without the product before it.
func withoutProduct(version string) string {
	if i := strings.IndexByte(version, '-'); i > 0 && i <= 3 && strings.Trim(version[:i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return version[i+1:]
	}
	return version
}

// versionNumbers returns the numbers at the start of a version, and whether there are any:
// "1.117.0-insider", "v1.117" and "1.117.0+5" have 1, 117, 0.
func versionNumbers(version string) (out [6]int64, ok bool) {
	version = strings.TrimPrefix(strings.TrimSpace(version), "v")
	for i := range out {
		digits := 0
		for digits < len(version) && digits < 18 && '0' <= version[digits] && version[digits] <= '9' {
			out[i] = 10*out[i] + int64(version[digits]-'0')
			digits++
		}
		if digits == 0 {
			break
		}
		ok = true
		if digits == len(version) || version[digits] != '.' {
			break
		}
		version = version[digits+1:]
	}
	return out, ok
}

// HasMinimum reports whether MinimumVersions has an IDE.
func HasMinimum(ide string) bool {
	name := tableIDE(ide)
	return slices.ContainsFunc(MinimumVersions, func(m MinimumVersion) bool { return m.IDE == name })
}
