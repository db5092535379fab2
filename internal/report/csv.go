package report

import (
	"strconv"
	"time"

	"codegauge/internal/english"
)

// column is one column of a table of records.
type column struct {
	name string
	cell func(r *Record) string
}

// columns returns the columns of a kind's table.
func columns(k Kind) []column {
	switch k {
	case AggregateDay:
		return join(dayColumns, entityColumns, counterColumns(), reportedColumns)
	case UserTeam:
		return join(dayColumns, userColumns, entityColumns, teamColumns)
	case RepoDay:
		return join(dayColumns, entityColumns, repoColumns)
	case Seat:
		return join(userColumns, seatColumns)
	default:
		return join(dayColumns, userColumns, entityColumns, counterColumns(), creditColumns, flagColumns(), phaseColumns)
	}
}

func join(groups ...[]column) (all []column) {
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

var (
	dayColumns = []column{
		{"day", func(r *Record) string { return r.Day.String() }},
		{"tool", func(r *Record) string { return r.Tool }},
	}
	userColumns = []column{
		{"user_id", func(r *Record) string { return r.UserID }},
		{"user_login", func(r *Record) string { return r.Login }},
	}
	entityColumns = []column{
		{"enterprise_id", func(r *Record) string { return r.EnterpriseID }},
		{"organization_id", func(r *Record) string { return r.OrganizationID }},
	}
	creditColumns = []column{{"ai_credits_used", func(r *Record) string {
		if r.Credits == nil {
			return ""
		}
		return string(appendMillionths(nil, *r.Credits))
	}}}
	phaseColumns    = []column{{"ai_adoption_phase", func(r *Record) string { return number(r.Phase) }}}
	reportedColumns = []column{
		{"daily_active_users", func(r *Record) string { return number(r.Reported.Daily) }},
		{"weekly_active_users", func(r *Record) string { return number(r.Reported.Weekly) }},
		{"monthly_active_users", func(r *Record) string { return number(r.Reported.Monthly) }},
	}
	teamColumns = []column{
		{"team_id", func(r *Record) string { return r.TeamID }},
		{"slug", func(r *Record) string { return r.TeamSlug }},
	}
	repoColumns = []column{{"repo_id", func(r *Record) string { return r.Repo }}}
	seatColumns = []column{
		{"organization", func(r *Record) string { return r.SeatOrganization }},
		{"assigning_team", func(r *Record) string { return r.SeatTeam }},
		{"created_at", func(r *Record) string { return timestamp(r.SeatCreated) }},
		{"last_activity_at", func(r *Record) string { return timestamp(r.SeatLastActivity) }},
		{"last_activity_editor", func(r *Record) string { return r.SeatEditor }},
		{"plan_type", func(r *Record) string { return r.SeatPlan }},
	}
)

func counterColumns() (cols []column) {
	for i := range NumCounters {
		cols = append(cols, column{fieldNames[i], func(r *Record) string {
			n, ok := r.Totals.Get(i)
			if !ok {
				return ""
			}
			return strconv.FormatInt(n, 10)
		}})
	}
	return cols
}

func flagColumns() (cols []column) {
	for i, name := range FlagFields {
		cols = append(cols, column{name, func(r *Record) string {
			if r.Flags.Known>>i&1 == 0 {
				return ""
			}
			return strconv.FormatBool(r.Flags.Value>>i&1 != 0)
		}})
	}
	return cols
}

func number(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// tables holds the columns of every kind.
var tables = func() (t [Seat + 1][]column) {
	for k := range t {
		t[k] = columns(Kind(k))
	}
	return t
}()

// CSVHeader returns the names of the columns that AppendCSV writes for records of the
// kind: GitHub's field names.
func CSVHeader(k Kind) []string {
	names := make([]string, 0, len(tables[k]))
	for _, c := range tables[k] {
		names = append(names, c.name)
	}
	return names
}

// AppendCSV appends the record's cells, for a csv.Writer. Absent values are empty. A
// cell that a spreadsheet would take for a formula is prefixed with an apostrophe.
func (r *Record) AppendCSV(cells []string) []string {
	for _, c := range tables[r.Kind] {
		cells = append(cells, english.SpreadsheetText(c.cell(r)))
	}
	return cells
}
