package metric

import (
	"cmp"
	"slices"
	"strings"
)

// Client is an editor and its Copilot extension, as reports name them. What a report
// does not say is "".
type Client struct{ IDE, IDEVersion, PluginVersion string }

// jetBrains is the IDE of the tables whose row holds for every JetBrains product.
const jetBrains = "jetbrains"

// jetBrainsProducts are what reports call JetBrains' products.
var jetBrainsProducts = map[string]bool{
	jetBrains: true, "androidstudio": true, "appcode": true, "aqua": true, "clion": true, "datagrip": true, "dataspell": true, "goland": true,
	"idea": true, "intellij": true, "intellijidea": true, "mps": true, "phpstorm": true, "pycharm": true, "rider": true, "rubymine": true,
	"rustrover": true, "webstorm": true, "writerside": true,
}

// IsIDE reports whether what stands in the place of an IDE in a report is one: the
// Copilot app has a row there too.
func IsIDE(name string) bool { return name != "copilot_app" }

// normalizedIDE returns what reports call an IDE without what they write differently.
func normalizedIDE(ide string) string { return separators.Replace(strings.ToLower(ide)) }

var separators = strings.NewReplacer("-", "", "_", "", " ", "")

// tableIDE returns the IDE of the tables of versions that an IDE in a report is.
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

// TooOldFor returns the rows of MinimumVersions that the client is below: of the
// features in them it reports no lines. A version that is not known is not too old.
func TooOldFor(c Client) []MinimumVersion {
	var out []MinimumVersion
	ide := tableIDE(c.IDE)
	for i := range MinimumVersions {
		if m := &MinimumVersions[i]; m.IDE == ide && m.excludes(c) {
			out = append(out, *m)
		}
	}
	return out
}

// ReportsLinesOf reports whether the client is new enough to report lines of a
// feature; with "", of any. So is one that no table names, or whose version is not
// known.
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

// excludes reports whether the client is below the row.
func (m *MinimumVersion) excludes(c Client) bool {
	return OlderIDE(m.IDE, c.IDEVersion, m.IDEVersion) || OlderExtension(c.PluginVersion, m.Extension)
}

// OlderIDE reports whether an IDE's version is understood and before another one, by
// the IDE's own rules: components that are not there are zero, and what follows the
// numbers (a build, a name) counts for nothing. JetBrains products state a release or a
// build: 251.26927.53 and IU-251.26927.53 are builds of 2025.1. A build does not say
// which update of the release it is, and is not before any of them.
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

// Understood reports whether a version can be compared.
func Understood(version string) bool {
	_, ok := versionNumbers(withoutProduct(version))
	return ok
}

// CompareVersions compares the numbers of two versions; one that is not understood is
// before all others.
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

// versionNumbers returns the numbers that a version begins with, and whether there are any:
// "1.117.0-insider", "v1.117" and "1.117.0+5" are 1, 117, 0.
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

// HasMinimum reports whether a minimum version is known of an IDE.
func HasMinimum(ide string) bool {
	name := tableIDE(ide)
	return slices.ContainsFunc(MinimumVersions, func(m MinimumVersion) bool { return m.IDE == name })
}
