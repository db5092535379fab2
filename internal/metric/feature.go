package metric

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"codegauge/internal/day"
)

// The initiators and surfaces that a feature can have.
const (
	User         = "user"
	ByAgent      = "agent"
	Unclassified = "unclassified"

	SurfaceIDE     = "ide"
	SurfaceCLI     = "cli"
	SurfaceApp     = "app"
	SurfaceUnknown = "unknown"
)

// Feature is a value of totals_by_feature that the definitions know. Every
// other value is its own bucket: surface unknown, initiator unclassified.
type Feature struct {
	Name    string
	Label   string
	Surface string
	// Initiator under v1-strict, GitHub's own reading.
	Initiator string
	// Wide is the initiator under v1-wide where it differs.
	Wide string
	// Chat marks the chat features.
	Chat bool
}

// AgentsWindow is the mode of the VS Code Agents window, which reports count apart from all
// features: only BySession has it.
const AgentsWindow = "vscode_agent"

// Features is the table of known features.
var Features = []Feature{
	{Name: "code_completion", Label: "Completions", Surface: SurfaceIDE, Initiator: User},
	{Name: "chat_inline", Label: "Inline chat", Surface: SurfaceIDE, Initiator: User, Chat: true},
	{Name: "chat_panel_ask_mode", Label: "Ask chat", Surface: SurfaceIDE, Initiator: User, Chat: true},
	{Name: "chat_panel_edit_mode", Label: "Edit chat", Surface: SurfaceIDE, Initiator: User, Wide: ByAgent, Chat: true},
	{Name: "chat_panel_plan_mode", Label: "Plan chat", Surface: SurfaceIDE, Initiator: User, Chat: true},
	{Name: "chat_panel_agent_mode", Label: "Agent chat", Surface: SurfaceIDE, Initiator: User, Wide: ByAgent, Chat: true},
	{Name: "chat_panel_custom_mode", Label: "Custom agent chat", Surface: SurfaceIDE, Initiator: User, Wide: ByAgent, Chat: true},
	{Name: "chat_panel_unknown_mode", Label: "Chat, mode unknown", Surface: SurfaceIDE, Initiator: User, Chat: true},
	{Name: "agent_edit", Label: "Agent edits in files", Surface: SurfaceIDE, Initiator: ByAgent},
	{Name: "copilot_cli", Label: "Copilot CLI", Surface: SurfaceCLI, Initiator: ByAgent},
	{Name: "cli_agent", Label: "CLI agents", Surface: SurfaceCLI, Initiator: ByAgent},
	{Name: "copilot_app", Label: "Copilot app", Surface: SurfaceApp, Initiator: ByAgent},
	{Name: AgentsWindow, Label: "VS Code Agents window", Surface: SurfaceIDE, Initiator: ByAgent},
}

// FeatureByName returns the known feature of that name, or one that is called as its name says:
// Spark workspace.
func FeatureByName(name string) (Feature, bool) {
	for _, f := range Features {
		if f.Name == name {
			return f, true
		}
	}
	label := strings.ReplaceAll(name, "_", " ")
	if first, n := utf8.DecodeRuneInString(label); n > 0 {
		label = string(unicode.ToUpper(first)) + label[n:]
	}
	return Feature{Name: name, Label: label, Surface: SurfaceUnknown, Initiator: Unclassified}, false
}

// Definition is a reading of who initiated a change.
type Definition string

// The definitions in force.
const (
	Strict Definition = "v1-strict"
	Wide   Definition = "v1-wide"
)

// Definitions lists them with the words that pages use.
var Definitions = []struct {
	Name        Definition
	Label       string
	Description string
}{
	{Strict, "GitHub's definition", "Lines that a person copied, inserted or applied from a chat are user-initiated; agent edits, CLI and app are agent-initiated."},
	{Wide, "Chat modes count as agent", "As GitHub's definition, but the agent, edit and custom chat modes count as agent."},
}

// ParseDefinition returns the definition of that name; "" is Strict.
func ParseDefinition(s string) (Definition, error) {
	switch Definition(s) {
	case "", Strict:
		return Strict, nil
	case Wide:
		return Wide, nil
	}
	return "", fmt.Errorf("definition %.40q is not one of v1-strict, v1-wide", s)
}

// Initiator returns who initiated what the feature did, under d.
func (d Definition) Initiator(feature string) string {
	f, _ := FeatureByName(feature)
	if d == Wide && f.Wide != "" {
		return f.Wide
	}
	return f.Initiator
}

// FeaturesOf returns the known features whose initiator under d is the given one.
func (d Definition) FeaturesOf(initiator string) []string {
	return names(func(f Feature) bool { return d.Initiator(f.Name) == initiator })
}

// ChatFeatures returns the known chat features.
func ChatFeatures() []string { return names(func(f Feature) bool { return f.Chat }) }

func names(keep func(Feature) bool) []string {
	var out []string
	for _, f := range Features {
		if keep(f) {
			out = append(out, f.Name)
		}
	}
	return out
}

// Surfaces and Initiators list the values that filters accept.
var (
	Surfaces   = []string{SurfaceIDE, SurfaceCLI, SurfaceApp, SurfaceUnknown}
	Initiators = []string{User, ByAgent, Unclassified}
)

// Tool is an AI coding tool that Codegauge knows by name.
type Tool struct {
	Name  string
	Label string
	// LineMeaning says what one line of this tool is.
	LineMeaning string
	// GitHubIDs says that user ids that are numbers are GitHub's: a person has one
	// in all such tools.
	GitHubIDs bool
	// Grade groups tools whose lines may be added: tools of different grades
	// make a total that "counts differently".
	Grade string
}

// Copilot is the tool of every record that names none.
const Copilot = "copilot"

// Tools is the table of known tools; others are shown by their own name.
var Tools = []Tool{
	{Name: Copilot, Label: "GitHub Copilot", LineMeaning: "lines that reached or left a file in the editor, CLI or app", Grade: "editor lines", GitHubIDs: true},
	{Name: "claude_code", Label: "Claude Code", LineMeaning: "lines written to files by the agent", Grade: "agent lines"},
	{Name: "gemini_cli", Label: "Gemini CLI", LineMeaning: "lines written to files by the agent", Grade: "agent lines"},
	{Name: "codex", Label: "Codex CLI", LineMeaning: "lines in patches that the agent applied", Grade: "agent lines"},
	{Name: "qwen_code", Label: "Qwen Code", LineMeaning: "lines written to files by the agent", Grade: "agent lines"},
	{Name: "cursor", Label: "Cursor", LineMeaning: "lines in edits that were kept", Grade: "editor lines"},
	{Name: "cline", Label: "Cline", LineMeaning: "lines in accepted edits", Grade: "accepted hunks"},
}

// IdentityTool returns the tool within which a user id of a tool names a person: ""
// for an id of GitHub, which names one in every tool that has them.
func IdentityTool(userID, tool string) string {
	for i := range len(userID) {
		if userID[i] < '0' || userID[i] > '9' {
			return tool
		}
	}
	if tool != "" && !ToolByName(tool).GitHubIDs {
		return tool
	}
	return ""
}

// GitHubTools lists the tools whose numbers are GitHub's ids.
func GitHubTools() []string {
	var out []string
	for _, t := range Tools {
		if t.GitHubIDs {
			out = append(out, t.Name)
		}
	}
	return out
}

// ToolByName returns the known tool, or one that is only its name.
func ToolByName(name string) Tool {
	for _, t := range Tools {
		if t.Name == name {
			return t
		}
	}
	return Tool{Name: name, Label: name, LineMeaning: "not documented by the tool", Grade: "unknown: " + name}
}

// Grades returns the distinct grades of the tools, sorted.
func Grades(tools []string) []string {
	var out []string
	for _, t := range tools {
		out = append(out, ToolByName(t).Grade)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Break is a date on which GitHub changed what it counts.
type Break struct {
	Day   day.Day
	Label string
	// Raises are the measures and signals that are larger from then on, whatever people do.
	Raises []string
	// Features are those that count in totals since then, nil if it is not features that do.
	Features []string
}

// Breaks lists them in order; a comparison across one says so.
var Breaks = []Break{
	{day.Date(2026, 4, 10), "CLI activity joins the top-level totals", []string{"loc_changed", "interactions", "agent_contribution", "active_users"}, []string{"copilot_cli"}},
	{day.Date(2026, 6, 15), "people seen only by the server count as active", []string{"active_users"}, nil},
	{day.Date(2026, 7, 2), "AI credits and CLI suggestions are reported", []string{"ai_credits"}, nil},
	{day.Date(2026, 7, 28), "app activity joins the top-level totals", []string{"loc_changed", "interactions", "agent_contribution", "active_users", "used_copilot_app"}, []string{"copilot_app"}},
}

// BreaksIn returns the breaks on days within r.
func BreaksIn(r day.Range) []Break {
	var out []Break
	for _, b := range Breaks {
		if r.Contains(b.Day) {
			out = append(out, b)
		}
	}
	return out
}

// MinimumVersion is the oldest client that reports lines for a feature.
// Below it people are active, but their lines are unknown.
type MinimumVersion struct {
	// IDE is the value of totals_by_ide[].ide; Label is how pages call it.
	IDE, Label, Feature   string
	IDEVersion, Extension string
}

// MinimumVersions is GitHub's published table. JetBrains' row holds for every
// JetBrains product.
var MinimumVersions = []MinimumVersion{
	{"eclipse", "Eclipse", "completion", "4.31", "0.9.3.202507240902"},
	{"eclipse", "Eclipse", "chat panel", "4.31", "0.11.0.202508291001"},
	{"eclipse", "Eclipse", "agent edit", "4.31", "0.10.0.202508110512"},
	{"jetbrains", "JetBrains", "all", "2024.2.6", "1.5.52-241"},
	{"visualstudio", "Visual Studio", "completion", "17.14.13", "18.0.471.29466"},
	{"visualstudio", "Visual Studio", "chat panel", "17.14.13", "18.0.471.29466"},
	{"visualstudio", "Visual Studio", "chat inline", "17.14.14", "18.0.471.29466"},
	{"visualstudio", "Visual Studio", "agent edit", "17.14.14", "18.0.471.29466"},
	{"vscode", "VS Code", "completion", "1.104.0", "0.31.0"},
	{"vscode", "VS Code", "chat panel", "1.102.0", "0.29.0"},
	{"vscode", "VS Code", "chat inline", "1.103.2", "0.30.3"},
	{"vscode", "VS Code", "agent edit", "1.103.0", "0.30.0"},
	{"xcode", "Xcode", "completion", "14.3.1", "0.40.0"},
	{"xcode", "Xcode", "chat panel", "15.0", "0.43.0"},
	{"xcode", "Xcode", "agent edit", "15.2", "0.41.0"},
}

// CountedVersions is GitHub's published table of the oldest clients that send usage metrics at
// all: below them, whatever people do in that editor is in no report. JetBrains' row holds for
// every JetBrains product.
var CountedVersions = []MinimumVersion{
	{"eclipse", "Eclipse", "all", "4.31", "0.9.3.202507240902"},
	{"jetbrains", "JetBrains", "all", "2024.2.6", "1.5.52-241"},
	{"visualstudio", "Visual Studio", "all", "17.14.13", "18.0.471.29466"},
	{"vscode", "VS Code", "all", "1.107.1", "0.35.3"},
	{"xcode", "Xcode", "all", "13.2.1", "0.40.0"},
}

// NoCohort is the adoption phase of people who are in none.
const NoCohort = "No Cohort"

// PhaseName returns the name of an adoption phase by its number.
func PhaseName(number int64) string {
	if number == 0 {
		return NoCohort
	}
	return "Phase " + strconv.FormatInt(number, 10)
}

// ComparePhases orders adoption phases: No Cohort, those with a number by it, then others.
func ComparePhases(x, y string) int {
	return cmp.Or(cmp.Compare(phaseNumber(x), phaseNumber(y)), strings.Compare(x, y))
}

func phaseNumber(phase string) int64 {
	if phase == NoCohort {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(phase, "Phase "), 10, 64)
	if err != nil {
		return math.MaxInt64
	}
	return n
}
