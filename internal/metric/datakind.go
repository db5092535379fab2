package metric

import (
	"slices"
	"strings"

	"codegauge/internal/fault"
)

// DataKind is a kind of data about what people did with a tool. Several may cover the same
// person and day; one of them counts.
type DataKind uint8

// The kinds of data, by the numbers under which they are stored.
const (
	Reports DataKind = iota
	VendorRecords
	Telemetry
)

// DataKindInfo describes a kind of data.
type DataKindInfo struct {
	Kind DataKind
	// Name is what requests and answers call it, Label what texts do, in the plural.
	Name, Label string
	Description string
	// Why says why it has its rank.
	Why string
}

// DataKinds declares the kinds of data, by rank: of those that have a record of a person's
// day with a tool the first counts, whole. Figures of two kinds are never added up for one
// person and day, nor taken from both: what they count differs, and nobody could say what
// the mixture means.
var DataKinds = [...]DataKindInfo{
	{Reports, "report", "usage reports", "GitHub's usage metrics reports, and files of records that name no other kind, imported or fetched",
		"they have the whole day, on every surface, as GitHub's own pages show it"},
	{Telemetry, "telemetry", "telemetry", "what the tool itself sends while it is used",
		"it comes from the tool as it works, before vendors' daily records, which leave out some people (subscriptions, other clouds)"},
	{VendorRecords, "vendor", "vendor's records", "daily records that a tool's vendor keeps, such as Claude Code's or Cursor's analytics",
		"they count where nothing else is known of a person's day"},
}

// Info returns the kind's row in DataKinds.
func (k DataKind) Info() *DataKindInfo { return &DataKinds[k.Rank()] }

// Rank returns the kind's place in DataKinds, from 0.
func (k DataKind) Rank() int {
	return slices.IndexFunc(DataKinds[:], func(d DataKindInfo) bool { return d.Kind == k })
}

// Known reports whether there is such a kind.
func (k DataKind) Known() bool { return int(k) < len(DataKinds) }

// String returns the kind's name.
func (k DataKind) String() string { return k.Info().Name }

// After returns a text with the kind's label after it, unless it is Reports: those need no word.
func (k DataKind) After(text string) string {
	if k == Reports {
		return text
	}
	return text + ", " + k.Info().Label
}

// DataKindNames returns the names of the kinds, by rank.
func DataKindNames() []string {
	var out []string
	for _, d := range DataKinds {
		out = append(out, d.Name)
	}
	return out
}

// MarshalText implements encoding.TextMarshaler.
func (k DataKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *DataKind) UnmarshalText(b []byte) (err error) {
	*k, err = DataKindByName(string(b))
	return err
}

// DataKindByName returns a kind of data by its name; "" is Reports. Another name is a fault of
// kind Invalid.
func DataKindByName(name string) (DataKind, error) {
	for _, d := range DataKinds {
		if d.Name == name {
			return d.Kind, nil
		}
	}
	if name == "" {
		return Reports, nil
	}
	return 0, fault.New(fault.Invalid, "kind of data %.40q is not one of %s", name, strings.Join(DataKindNames(), ", "))
}
