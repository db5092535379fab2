package query

import (
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/metric"
)

// Dialect is what differs between the engines that hold the tables of
// store/duckdb/migration: day_total, day_cell, cell_users, cell, and for
// questions about single users user_day, fact, stream, identity, membership.
type Dialect interface {
	// CountPeople counts distinct people over the grouped rows' sets, each cut
	// to the members of its row unless they are NULL.
	CountPeople(set, members string) string
	// Integer makes a sum a 64-bit integer.
	Integer(expr string) string
	// Bucket returns the date that stands for a day column at a grain, as text.
	Bucket(grain, column string) string
	// Dates is a relation g(day) of the given dates, as text.
	Dates(dates []string) string
	// DaysBefore returns a date n days before a date column.
	DaysBefore(column string, n int) string
}

// statement collects SQL and the values bound in it.
type statement struct {
	plan    *Plan
	dialect Dialect
	args    []any
}

// SQL renders a selection. Every value is bound.
func (p *Plan) SQL(s Select, d Dialect) (string, []any) {
	st := &statement{plan: p, dialect: d}
	day := "t.day"
	if s.Trailing > 0 {
		day = "g.day"
	}
	var columns, groups []string
	for _, dim := range s.By {
		columns = append(columns, st.dimension(dim, day))
	}
	for i := range s.By {
		groups = append(groups, fmt.Sprint(i+1))
	}
	columns = append(columns, st.values(s)...)
	from := st.from(s)
	where := st.where(s)
	sql := "SELECT " + strings.Join(columns, ", ") + "\nFROM " + from + "\nWHERE " + strings.Join(where, " AND ")
	if len(groups) > 0 {
		sql += "\nGROUP BY " + strings.Join(groups, ", ")
	} else if s.Kind == KeySelect {
		sql += "\nHAVING count(*) > 0"
	}
	if s.Kind == SumSelect && slices.Contains(s.By, "initiator") {
		sql += "\nHAVING " + st.notable(s)
	}
	return sql, st.args
}

func (st *statement) bind(v any) string {
	st.args = append(st.args, v)
	return fmt.Sprintf("$%d", len(st.args))
}

func (st *statement) list(values []string) string {
	var out []string
	for _, v := range values {
		out = append(out, st.bind(v))
	}
	return strings.Join(out, ", ")
}

// dimension returns the text (or, for an entity, number) that a row is grouped by.
func (st *statement) dimension(name, day string) string {
	switch name {
	case "day", "week", "month":
		return st.dialect.Bucket(name, day)
	case "organization", "team":
		return "t.entity"
	case "tool":
		return "t.tool"
	case "user":
		// The id keeps people with one login apart; Assemble takes it off.
		return "concat(CASE WHEN i.login = '' THEN i.user_id ELSE i.login END, '" + userSeparator + "', i.user_id, '" + userSeparator + "', i.id)"
	case "surface":
		return st.surface()
	case "initiator":
		return st.initiator()
	}
	return "c." + name
}

const userSeparator = "\x1f"

func (st *statement) surface() string {
	sql := "CASE WHEN c.feature IS NULL THEN NULL"
	for _, s := range metric.Surfaces {
		if known := metric.FeaturesOn(s); len(known) > 0 {
			sql += " WHEN c.feature IN (" + st.list(known) + ") THEN " + st.bind(s)
		}
	}
	return sql + " ELSE " + st.bind(metric.SurfaceUnknown) + " END"
}

func (st *statement) initiator() string {
	sql := "CASE WHEN c.part = 3 THEN NULL"
	for _, i := range []string{metric.User, metric.ByAgent} {
		sql += " WHEN c.feature IN (" + st.list(st.plan.Query.Definition.FeaturesOf(i)) + ") THEN " + st.bind(i)
	}
	return sql + " ELSE " + st.bind(metric.Unclassified) + " END"
}

// values returns the value columns of a selection.
func (st *statement) values(s Select) []string {
	switch s.Kind {
	case KeySelect:
		last := ""
		if s.Trailing > 0 {
			last = " FILTER (WHERE t.day = g.day)"
		}
		return []string{st.dialect.Integer("sum(" + st.records(s) + ")"), "count(*) FILTER (WHERE t.origin = 2)", "count(DISTINCT t.day)", "count(DISTINCT t.tool)",
			"max(t.daily)" + last, "max(t.weekly)" + last, "max(t.monthly)" + last}
	case UserSelect:
		if st.plan.perUser(s) {
			return []string{"count(DISTINCT i.person)" + st.active(s)}
		}
		return []string{st.dialect.CountPeople("p.users", "t.members")}
	}
	var out []string
	for _, c := range s.Sums {
		out = append(out, st.sum(c, s))
	}
	return out
}

// records is how many records stand behind a row of day_total, or behind one of
// its people where they are asked for.
func (st *statement) records(s Select) string {
	switch {
	case slices.Contains(s.By, "user"):
		return "1"
	case st.plan.filter("user") != nil:
		return "(SELECT count(*) FROM user_day x JOIN stream s ON s.id = x.stream JOIN identity i ON i.id = x.\"user\"" + st.membership(s) + `
			WHERE s.enterprise = t.enterprise AND s.tool = t.tool AND x.day = t.day AND x.effective AND x."user" <> 0 AND ` + st.users() + ")"
	}
	return "t.records"
}

// membership joins who belonged to the entity, if it is not an enterprise.
func (st *statement) membership(s Select) string {
	if st.level(s) == 0 {
		return ""
	}
	return ` JOIN membership m ON m.entity = t.entity AND m.day = t.day AND m."user" = x."user"`
}

// users is the condition of the filters on users.
func (st *statement) users() string {
	var all []string
	for _, f := range st.plan.Query.Filters {
		if f.Dimension == "user" {
			names := st.list(f.Values)
			all = append(all, "(i.login IN ("+names+") OR i.user_id IN ("+names+"))")
		}
	}
	return strings.Join(all, " AND ")
}

// active limits a count of single users to those with activity in the row.
func (st *statement) active(s Select) string {
	if s.Breakdown == metric.Totals {
		if s.Reporting {
			return " FILTER (WHERE NOT x.reduced)"
		}
		return ""
	}
	var any []string
	for _, c := range metric.Columns {
		any = append(any, "coalesce(x."+c+", 0) <> 0")
	}
	return " FILTER (WHERE c.part < 2 AND (" + strings.Join(any, " OR ") + "))"
}

func (st *statement) sum(c SumColumn, s Select) string {
	if c.Credits {
		return "sum(" + st.row(s) + ".credits)"
	}
	return st.dialect.Integer("sum(" + st.row(s) + "." + c.Counter.Column() + ")" + st.part(c.Part))
}

// notable keeps rows that reports have and those that hold something: what is
// left of totals counts as unclassified, also where nothing is left.
func (st *statement) notable(s Select) string {
	any := []string{"bool_or(c.part < 2)"}
	for _, c := range s.Sums {
		any = append(any, "coalesce("+st.sum(c, s)+", 0) <> 0")
	}
	return strings.Join(any, " OR ")
}

// row is the alias of the relation that carries counters.
func (st *statement) row(s Select) string {
	if st.plan.perUser(s) {
		return "x"
	}
	return "t"
}

func (st *statement) part(p metric.Part) string {
	switch p {
	case metric.Split:
		return " FILTER (WHERE c.part <> 3)"
	case metric.Agent:
		return " FILTER (WHERE c.feature IN (" + st.list(st.plan.Query.Definition.FeaturesOf(metric.ByAgent)) + "))"
	case metric.Completion:
		return " FILTER (WHERE c.feature = " + st.bind("code_completion") + ")"
	case metric.Chat:
		return " FILTER (WHERE c.feature IN (" + st.list(metric.ChatFeatures()) + "))"
	case metric.Discrepancy:
		return " FILTER (WHERE c.part = 3)"
	}
	return ""
}

// from returns the relations of a selection: t has the entity's days.
func (st *statement) from(s Select) string {
	grid := ""
	if s.Trailing > 0 {
		var dates []string
		for _, d := range st.plan.Grid() {
			dates = append(dates, d.String())
		}
		grid = st.dialect.Dates(dates) + " JOIN "
	}
	on := func(relation, condition string) string {
		if grid == "" {
			return relation
		}
		return grid + relation + " ON " + condition
	}
	window := "t.day BETWEEN " + st.dialect.DaysBefore("g.day", s.Trailing-1) + " AND g.day"
	switch {
	case s.Kind == KeySelect && !slices.Contains(s.By, "user"):
		return on("day_total t", window)
	case st.plan.perUser(s):
		return on("day_total t", window) + st.people(s)
	case s.Kind == UserSelect && s.Breakdown == metric.Totals:
		cell := 0
		if s.Reporting {
			cell = -1
		}
		return on("day_total t", window) + fmt.Sprintf(" JOIN cell_users p ON p.enterprise = t.enterprise AND p.day = t.day AND p.tool = t.tool AND p.cell = %d", cell)
	case s.Kind == UserSelect:
		return on("day_total t", window) + fmt.Sprintf(` JOIN day_cell r ON r.entity = t.entity AND r.day = t.day AND r.tool = t.tool AND r.origin = t.origin
	JOIN cell c ON c.id = r.cell AND c.kind = %d
	JOIN cell_users p ON p.enterprise = t.enterprise AND p.day = t.day AND p.tool = t.tool AND p.cell = r.cell`, s.Breakdown)
	case s.Breakdown == metric.Totals:
		return "day_total t"
	}
	return fmt.Sprintf("day_cell t JOIN cell c ON c.id = t.cell AND c.kind = %d", s.Breakdown)
}

// people joins the records of single users to the entity's days, where single
// users are asked for.
func (st *statement) people(s Select) string {
	if !st.plan.perUser(s) {
		return ""
	}
	table := "user_day"
	if s.Breakdown != metric.Totals {
		table = "fact"
	}
	sql := ` JOIN stream s ON s.enterprise = t.enterprise AND s.tool = t.tool
	JOIN ` + table + ` x ON x.stream = s.id AND x.day = t.day AND x.effective AND x."user" <> 0 AND t.origin <> 2
	JOIN identity i ON i.id = x."user"`
	sql += st.membership(s)
	if s.Breakdown != metric.Totals {
		sql += fmt.Sprintf(" JOIN cell c ON c.id = x.cell AND c.kind = %d", s.Breakdown)
	}
	return sql
}

// level is the kind of entity that rows are about: 0 enterprise, 1
// organization, 2 team.
func (st *statement) level(s Select) int {
	sc := st.plan.Query.Scope
	switch {
	case slices.Contains(s.By, "team") || sc.Team != 0:
		return 2
	case slices.Contains(s.By, "organization") || sc.Organization != 0:
		return 1
	}
	return 0
}

func (st *statement) where(s Select) []string {
	q := &st.plan.Query
	out := []string{st.entity(s)}
	if s.Trailing == 0 {
		out = append(out, "t.day BETWEEN "+st.bind(q.Range.From.Time())+" AND "+st.bind(q.Range.To.Time()))
	}
	switch q.Source {
	case FromUsers:
		out = append(out, "t.origin <> 2")
	case FromAggregate:
		out = append(out, "t.origin = 2")
	default:
		out = append(out, "t.preferred")
	}
	if s.Kind == UserSelect {
		out = append(out, "t.origin <> 2")
	}
	for _, f := range q.Filters {
		if c := st.filter(f, s); c != "" {
			out = append(out, c)
		}
	}
	return out
}

// entity selects the entities that rows are about: those of a dimension, or
// the scope itself for selections without it.
func (st *statement) entity(s Select) string {
	sc := st.plan.Query.Scope
	for _, dim := range s.By {
		switch dim {
		case "organization":
			return "t.enterprise = " + st.bind(sc.Enterprise) + " AND t.level = 1"
		case "team":
			sql := "t.enterprise = " + st.bind(sc.Enterprise) + " AND t.level = 2"
			if sc.Organization != 0 {
				sql += " AND t.organization = " + st.bind(sc.Organization)
			}
			return sql
		}
	}
	return "t.entity = " + st.bind(sc.Entity())
}

// filter returns a filter's condition, "" where the selection is about days
// and not about what happened on them.
func (st *statement) filter(f Filter, s Select) string {
	switch f.Dimension {
	case "tool":
		return "t.tool IN (" + st.list(f.Values) + ")"
	case "user":
		if s.Kind == KeySelect && !slices.Contains(s.By, "user") {
			return "t.origin <> 2" // an aggregate knows nothing of one person
		}
		return st.users()
	}
	if s.Kind == KeySelect {
		return ""
	}
	switch f.Dimension {
	case "surface":
		return st.anyFeature(f.Values, metric.FeaturesOn, metric.SurfaceUnknown, "")
	case "initiator":
		return st.anyFeature(f.Values, st.plan.Query.Definition.FeaturesOf, metric.Unclassified, "c.part = 2")
	}
	return "c." + f.Dimension + " IN (" + st.list(f.Values) + ")"
}

// anyFeature selects the known features that the values stand for and, with
// the value rest, every feature that the definitions do not know.
func (st *statement) anyFeature(values []string, known func(string) []string, rest, also string) string {
	var any, features []string
	for _, v := range values {
		features = append(features, known(v)...)
		if v == rest {
			any = append(any, "(c.feature IS NOT NULL AND c.feature NOT IN ("+st.list(metric.KnownFeatures())+"))")
			if also != "" {
				any = append(any, also)
			}
		}
	}
	if len(features) > 0 {
		any = append(any, "c.feature IN ("+st.list(features)+")")
	}
	return "(" + strings.Join(any, " OR ") + ")"
}
