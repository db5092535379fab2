// Package query says what can be asked and answers it from an engine's rollups. A Query
// names directory entities by number; package question makes one out of words.
package query

import (
	"codegauge/internal/day"
	"codegauge/internal/metric"
)

// Scope is whose records are asked for: an enterprise, one of its
// organizations, or one team. The numbers are the directory's; 0 is none.
type Scope struct {
	Enterprise   int64
	Organization int64
	Team         int64
}

// Entity returns the number of the narrowest entity that s names.
func (s Scope) Entity() int64 {
	switch {
	case s.Team != 0:
		return s.Team
	case s.Organization != 0:
		return s.Organization
	}
	return s.Enterprise
}

// Level returns the level of the narrowest entity that s names.
func (s Scope) Level() Level {
	switch {
	case s.Team != 0:
		return LevelTeam
	case s.Organization != 0:
		return LevelOrganization
	}
	return LevelEnterprise
}

// Itself is the narrowest entity that s names.
func (s Scope) Itself() Entities {
	return Entities{Entity: s.Entity(), Of: s.Level(), Enterprise: s.Enterprise}
}

// Source says which kind of record a scope's figures come from.
type Source string

const (
	// Auto takes, for each day and tool, user records where a user report
	// covers the day, else the aggregate, else (for an enterprise) the union of
	// its organizations' user records.
	Auto Source = "auto"
	// FromUsers takes user records only.
	FromUsers Source = "users"
	// FromAggregate takes aggregates only.
	FromAggregate Source = "aggregate"
)

// Selects reports whether the figures of a unit are those that s stands for.
func (s Source) Selects(u *Unit) bool {
	switch s {
	case FromUsers:
		return u.Origin != AggregateRecord && u.Origin != Stated
	case FromAggregate:
		return u.Origin == AggregateRecord || u.Origin == Stated
	}
	return u.Preferred || u.Origin == Stated
}

// Filter keeps what has one of the values. Filters on different dimensions are
// combined with AND. Dimension is any but days, which are the Range, and
// organization and team, which are the Scope. A user is named as ParseName says.
type Filter struct {
	Dimension string
	Values    []string
}

// Query is a question. The rows of its answer are grouped by By, in that order,
// and sorted by it: grains ascending, names by byte order, null last.
//
// What the rows of an answer are:
//
//   - A day, week or month has a row if the scope has data for one of its days,
//     also when that data says nothing (a covered day on which nobody was
//     active has zeros). A day without data has no row: absent is not zero.
//   - Additive measures: the sum of the counters that are there; null where none
//     is. With By a breakdown's dimension (see metric.Breakdowns; surface and
//     initiator are read off the feature), one more row with null for that dimension holds what
//     the breakdown lacks, so that the rows add up to the answer without that
//     dimension. It is left out when every measure in it is zero or null. By
//     language or model together with feature, initiator or surface, the null
//     row stands within each feature (so that the sum over languages of what
//     agents did equals what agents did). By language and model together,
//     or with a filter on the one and By the other, there is one residual row.
//   - By organization or team, the null row is the scope's own total minus the
//     sum of the rows: negative where people are in several.
//   - Distinct measures are counted within each row; the null row of a
//     breakdown dimension has null.
//   - Trailing measures (daily_, weekly_, monthly_active_users) count the 1, 7
//     or 28 days that end on the row's day, or on the last day of its week or
//     month that lies in the range, or on the range's last day; days before the
//     range are counted too.
//   - A quotient divides the row's own sums; a zero or null denominator gives null.
type Query struct {
	Scope    Scope
	Measures []string
	By       []string
	Range    day.Range
	Filters  []Filter
	// Definition decides initiators; "" is metric.Strict.
	Definition metric.Definition
	Source     Source
	// Mask, if set, hides what whoever asks may not be shown.
	Mask *Mask
	// MostRows is how many rows the answer may have; 0 is any number. More are a
	// fault.TooLarge.
	MostRows int
}

// Column is a column of a Result.
type Column struct {
	Name string `json:"name"`
	// Type is date, string, integer or number.
	Type string `json:"type"`
	Unit string `json:"unit,omitempty"`
}

// Result is an answer: the By columns, then the measures. A cell is nil, a
// string (dates as YYYY-MM-DD), an int64 or a float64. Entities (organization,
// team) are int64 numbers until package question puts in their slugs.
type Result struct {
	Columns []Column
	Rows    [][]any
	// Masked says that the mask hid something, Hidden that this was organizations or teams.
	Masked, Hidden bool
	// Unclassified counts the rows of which a quotient is unknown because nothing of them
	// states who made it.
	Unclassified int
}
