package metric

import (
	"slices"

	"codegauge/internal/day"
)

// ClientFault is something that clients were known to report wrongly until they were
// mended: every figure made of their reports is wrong with them.
type ClientFault struct {
	Name, Label string
	// Short is what cards call it.
	Short string
	// Text says what is wrong, and what it does to figures.
	Text string
	// Known is the day on which it was made known, From and Until the days on which it
	// began and ended; 0 where nobody has published them. Source says who did.
	Known, From, Until day.Day
	Source             string
	// Low and High are the features of which too little and too much is reported.
	Low, High []string
	// Bounds says, by measure, on which side of the reported figure the true one lies.
	Bounds map[string]string
	// Parts says it of figures that are one row of a measure by a dimension.
	Parts []FaultPart
	// Mended lists the clients concerned, with the versions from which they report right.
	Mended []MendedVersion
}

// FaultPart is a measure's figure of one value of a dimension, and on which side of it the true
// one lies.
type FaultPart struct{ Label, Measure, Dimension, Value, Bound string }

// AtLeast says that the true figure is what reports say, or more; AtMost, or less.
const (
	AtLeast = "at least"
	AtMost  = "at most"
)

// MendedVersion is the first version of a client that is without a fault: of the IDE or
// of the extension. Where neither is known, every version may have it; Expected says
// then what is known.
type MendedVersion struct {
	IDE, Label            string
	IDEVersion, Extension string
	Expected              string
}

// ClientFaults is the table.
var ClientFaults = []ClientFault{{
	Name: "sdk-attribution", Short: "SDK fault", Label: "Agent sessions that do not name their editor",
	Text:  "Agent sessions of editors that had moved to the Copilot SDK did not name their editor. Most of that activity is missing from reports, and some of it counts as CLI: agent contribution, lines of agent edits and adoption phases are too low, and figures of the CLI too high. GitHub will not report it again, and has not said when it began or how much is missing. A rise after people upgrade is recovery, not adoption.",
	Known: day.Date(2026, 10, 6), Source: "three copies of GitHub's notice, which agree",
	Low: []string{"agent_edit"}, High: []string{"copilot_cli"},
	Bounds: map[string]string{"loc_changed": AtLeast, "agent_contribution": AtLeast, "average_lines_deleted_by_agent": AtLeast, "lines_changed_per_active_user": AtLeast},
	Parts: []FaultPart{
		{"Lines of agent edits", "loc_changed", "feature", "agent_edit", AtLeast},
		{"Lines of the Copilot CLI", "loc_changed", "feature", "copilot_cli", AtMost},
		{"People who used an agent", "active_users", "signal", "used_agent", AtLeast},
		{"People who used the CLI", "active_users", "signal", "used_cli", AtMost},
		{"People in No Cohort", "users_in_phase", "phase", NoCohort, AtMost},
		{"People in phase 1", "users_in_phase", "phase", PhaseName(1), AtLeast},
		{"People in phase 2", "users_in_phase", "phase", PhaseName(2), AtMost},
	},
	Mended: []MendedVersion{
		{IDE: "vscode", Label: "VS Code", IDEVersion: "1.139.0"},
		{IDE: "visualstudio", Label: "Visual Studio", IDEVersion: "18.12"},
		{IDE: jetBrains, Label: "JetBrains", Expected: "expected in late October 2026"},
		{IDE: "eclipse", Label: "Eclipse", Expected: "expected by November 2026"},
		{IDE: "xcode", Label: "Xcode", Expected: "expected by November 2026"},
	},
}}

// Concerns reports whether some version of the client's IDE has or had the fault.
func (f *ClientFault) Concerns(c Client) bool {
	ide := tableIDE(c.IDE)
	return slices.ContainsFunc(f.Mended, func(m MendedVersion) bool { return m.IDE == ide })
}

// Of returns the row that the client may have the fault by, nil if it has not. A version
// that is not known may have it.
func (f *ClientFault) Of(c Client) *MendedVersion {
	ide := tableIDE(c.IDE)
	for i := range f.Mended {
		m := &f.Mended[i]
		if m.IDE != ide {
			continue
		}
		mended := m.IDEVersion != "" && Understood(c.IDEVersion) && !OlderIDE(ide, c.IDEVersion, m.IDEVersion) ||
			m.Extension != "" && Understood(c.PluginVersion) && !OlderExtension(c.PluginVersion, m.Extension)
		if mended {
			return nil
		}
		return m
	}
	return nil
}

// From says from which version the client reports right.
func (m *MendedVersion) From() string {
	switch {
	case m.IDEVersion != "" && m.Extension != "":
		return m.IDEVersion + ", or extension " + m.Extension
	case m.IDEVersion != "":
		return m.IDEVersion
	case m.Extension != "":
		return "extension " + m.Extension
	}
	return "a version not known here (" + m.Expected + ")"
}
