package question

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// ExportRequest asks for stored records.
type ExportRequest struct {
	Enterprise, Org string
	// Report is one of ReportNames.
	Report string
	// Day is the day, or the last of the 28; "" is the last day with data.
	// From and To, if set, export every day between instead.
	Day, From, To string
	// Format is ndjson (default), csv or parquet.
	Format string
	Tool   string
	// Data names the kind of data (metric.DataKinds), "" is report. A file has records of one.
	Data string
}

// Words says what is exported, for the audit log.
func (r ExportRequest) Words() string {
	days := cmp.Or(r.Day, "the last day")
	if r.From != "" {
		days = r.From + " to " + r.To
	}
	words := r.Report + ", " + days + ", " + cmp.Or(r.Format, "ndjson")
	if r.Data != "" {
		words += ", " + r.Data
	}
	return words
}

// exported is a report that Export writes.
type exported struct {
	name string
	kind report.Kind
	// source is the entity whose report it is, 0-value either.
	source directory.Kind
	// days is its length; wrapped says that it is one object.
	days    int
	wrapped bool
}

// exports is the table of reports, in the order in which messages list them.
var exports = []exported{
	{name: "users-1-day", kind: report.UserDay, days: 1},
	{name: "users-28-day", kind: report.UserDay, days: 28},
	{name: "enterprise-1-day", kind: report.AggregateDay, source: directory.Enterprise, days: 1},
	{name: "enterprise-28-day", kind: report.AggregateDay, source: directory.Enterprise, days: 28, wrapped: true},
	{name: "organization-1-day", kind: report.AggregateDay, source: directory.Organization, days: 1},
	{name: "organization-28-day", kind: report.AggregateDay, source: directory.Organization, days: 28, wrapped: true},
	{name: "user-teams-1-day", kind: report.UserTeam, days: 1},
	{name: "repos-1-day", kind: report.RepoDay, days: 1},
}

// ReportNames returns the names of the reports that can be exported.
func ReportNames() []string {
	var out []string
	for _, x := range exports {
		out = append(out, x.name)
	}
	return out
}

// people reports whether the report's records are about single people, or, as those
// of repositories, may name some.
func (x exported) people() bool { return x.kind != report.AggregateDay }

func exportNamed(name string) (exported, error) {
	for _, x := range exports {
		if x.name == name {
			return x, nil
		}
	}
	return exported{}, fault.New(fault.Invalid, "unknown report %.60q: choose one of %s", name, strings.Join(ReportNames(), ", "))
}

// exportPlan is an export that is understood: what to write, of whom, which days.
type exportPlan struct {
	exported
	store store.Report
	// tools are those with something stored, sorted; whole says of which all days are.
	tools []string
	whole map[string]bool
	// span is set where rows state the days that their report covers.
	span day.Range
	// pseudonymizer covers people, of whom several have each of the logins shared.
	pseudonymizer *privacy.Pseudonymizer
	shared        map[string]bool
	// version is the data's, records how many there are of it.
	version, records int64
	// progress, if set, is told how many are written.
	progress func(int64)
}

// ExportPlan says what an export is of.
type ExportPlan struct {
	Enterprise directory.Entity
	// Source is the entity whose report it is.
	Source directory.Entity
	Days   day.Range
	// Records is how many the data has of them, at DataVersion.
	Records, DataVersion int64
	// Pseudonyms says that people have pseudonyms in it.
	Pseudonyms bool
}

// PlanExport says what an export is of, or why whoever asks may not have it.
func (a *Answerer) PlanExport(ctx context.Context, req ExportRequest) (*ExportPlan, error) {
	if err := checkFormat(req.Format); err != nil {
		return nil, err
	}
	plan, err := a.planExport(ctx, req)
	if err != nil {
		return nil, err
	}
	n, err := a.names(ctx)
	if err != nil {
		return nil, err
	}
	return &ExportPlan{Enterprise: *n.ByID[plan.store.Enterprise], Source: *n.ByID[plan.store.Source], Days: plan.store.Range,
		Records: plan.records, DataVersion: plan.version, Pseudonyms: plan.people() && plan.pseudonymizer.Pseudonymous()}, nil
}

// ExportOf writes an export of the data that PlanExport has said, with how many records are
// written in between. Records that are gone since then, as after an erasure, are an error.
func (a *Answerer) ExportOf(ctx context.Context, req ExportRequest, of *ExportPlan, progress func(records int64), w io.Writer) error {
	plan, err := a.planExport(ctx, req)
	if err != nil {
		return err
	}
	written := int64(0)
	plan.progress = func(n int64) {
		written = n
		progress(n)
	}
	plan.store.Revision = of.DataVersion
	if err := a.writeExport(ctx, plan, req.Format, w); err != nil {
		return err
	}
	if written != of.Records {
		return fault.New(fault.Conflict, "records were removed while the file was written: prepare it again")
	}
	return nil
}

// Export writes stored records to w. Nothing is written if there are none.
func (a *Answerer) Export(ctx context.Context, req ExportRequest, w io.Writer) error {
	plan, err := a.planExport(ctx, req)
	if err != nil {
		return err
	}
	return a.writeExport(ctx, plan, req.Format, w)
}

func (a *Answerer) writeExport(ctx context.Context, plan *exportPlan, format string, w io.Writer) error {
	switch format {
	case "", "ndjson":
		return a.exportJSON(ctx, plan, w)
	case "csv":
		return a.exportCSV(ctx, plan, w)
	case "parquet":
		return a.exportParquet(ctx, plan, w)
	}
	return checkFormat(format)
}

func checkFormat(format string) error {
	switch format {
	case "", "ndjson", "csv", "parquet":
		return nil
	}
	return fault.New(fault.Invalid, "format %.40q is not one of ndjson, csv, parquet", format)
}

func (a *Answerer) planExport(ctx context.Context, req ExportRequest) (*exportPlan, error) {
	plan, source, err := a.startExport(ctx, req)
	if err != nil {
		return nil, err
	}
	have, err := a.reports(ctx, plan.store.Enterprise)
	if err != nil {
		return nil, err
	}
	if err := plan.chooseDays(req, source.Key(), have.days); err != nil {
		return nil, err
	}
	plan.version = have.version
	for _, d := range have.days {
		if d.Source == plan.store.Source && d.Kind == plan.kind && d.Data == plan.store.Data && plan.store.Range.Contains(d.Day) && slices.Contains(plan.tools, d.Tool) {
			plan.records += d.Records
		}
	}
	if privacy.ViewsPeople(ctx, *source) {
		return plan, nil
	}
	return plan, a.mayTakeAggregates(ctx, plan, *source)
}

// startExport settles whose report is asked for, and that whoever asks may have it.
func (a *Answerer) startExport(ctx context.Context, req ExportRequest) (*exportPlan, *directory.Entity, error) {
	x, err := exportNamed(req.Report)
	if err != nil {
		return nil, nil, err
	}
	data, err := metric.DataKindByName(req.Data)
	if err != nil {
		return nil, nil, err
	}
	n, e, err := a.enterprise(ctx, req.Enterprise)
	if err != nil {
		return nil, nil, err
	}
	source, err := exportSource(n, e, x, req.Org)
	if err != nil {
		return nil, nil, err
	}
	if x.people() && !privacy.ViewsPeople(ctx, *source) {
		return nil, nil, access.Lacks(access.ViewPeople, *source)
	}
	pseudonymizer, err := a.privacy.Pseudonymizer(ctx, *e)
	if err != nil {
		return nil, nil, err
	}
	plan := &exportPlan{exported: x, pseudonymizer: pseudonymizer, store: store.Report{Enterprise: e.ID, Source: source.ID, Kind: x.kind, Data: data}}
	if !x.people() {
		return plan, source, nil
	}
	if err := pseudonymizer.Allow(); err != nil {
		return nil, nil, err
	}
	if pseudonymizer.Pseudonymous() {
		everybody, err := a.store.Identities(ctx, e.ID)
		if err != nil {
			return nil, nil, fmt.Errorf("identities: %w", err)
		}
		plan.shared = store.SharedLogins(slices.Values(everybody))
	}
	return plan, source, nil
}

// mayTakeAggregates refuses records of aggregates to those who may not view people, unless
// nobody knows whose figures they are and enough people were active: a record shows every
// cell of its day, however few were in it.
func (a *Answerer) mayTakeAggregates(ctx context.Context, plan *exportPlan, source directory.Entity) error {
	if plan.store.Data != metric.Reports { // figures of another kind may be of anybody
		return access.Lacks(access.ViewPeople, source)
	}
	sc := query.Scope{Enterprise: plan.store.Enterprise}
	if source.Kind == directory.Organization {
		sc.Organization = source.ID
	}
	origins, err := a.store.Origins(ctx, sc, query.Auto, plan.store.Range)
	if err != nil {
		return fmt.Errorf("origins of %s: %w", plan.name, err)
	}
	users, err := a.store.Query(ctx, query.Query{Scope: sc, Measures: []string{"daily_active_users"}, By: []string{"day", "tool"}, Range: plan.store.Range, Source: query.FromAggregate})
	if err != nil {
		return fmt.Errorf("active users of %s: %w", plan.name, err)
	}
	known := slices.ContainsFunc(origins, func(o store.Origin) bool { return o.Origin != query.AggregateRecord })
	few := slices.ContainsFunc(users.Rows, func(row []any) bool { n, _ := row[2].(int64); return n < query.AggregateUsers })
	if !known && !few {
		return nil
	}
	return fault.New(fault.Forbidden, "records of %s show what few people did on a day: taking them needs the permission to view people, where people's own records are stored too or fewer than %d people were active; ask for figures instead (query)", plan.name, query.AggregateUsers)
}

// exportSource returns the entity whose report is asked for.
func exportSource(n *directory.Names, e *directory.Entity, x exported, org string) (*directory.Entity, error) {
	switch {
	case x.source == directory.Enterprise && org != "":
		return nil, fault.New(fault.Invalid, "%s is a report of the enterprise: leave the organization out, or export organization-%s", x.name, strings.TrimPrefix(x.name, "enterprise-"))
	case x.source == directory.Organization && org == "":
		return nil, fault.New(fault.Invalid, "%s is a report of an organization: name the organization", x.name)
	case org == "":
		return e, nil
	}
	return n.Organization(e.ID, org)
}

// chooseDays settles the days and tools of the plan, of those that are stored.
func (plan *exportPlan) chooseDays(req ExportRequest, source string, days []reportDay) error {
	stored := map[day.Day]bool{}
	tools := map[string]map[day.Day]bool{}
	for _, d := range days {
		if d.Source == plan.store.Source && d.Kind == plan.kind && d.Data == plan.store.Data && (req.Tool == "" || d.Tool == req.Tool) {
			stored[d.Day] = true
			if tools[d.Tool] == nil {
				tools[d.Tool] = map[day.Day]bool{}
			}
			tools[d.Tool][d.Day] = true
		}
	}
	if len(stored) == 0 {
		kind := ""
		if plan.store.Data != metric.Reports {
			kind = " of the kind of data " + plan.store.Data.String()
		}
		return fault.New(fault.NotFound, "no %s records of %s are stored%s", plan.name, source, kind)
	}
	list := slices.Sorted(maps.Keys(stored))
	if err := plan.setRange(req, day.Range{From: list[0], To: list[len(list)-1]}); err != nil {
		return err
	}
	plan.whole = map[string]bool{}
	for tool, has := range tools {
		maps.DeleteFunc(has, func(d day.Day, _ bool) bool { return !plan.store.Range.Contains(d) })
		if len(has) > 0 {
			plan.tools = append(plan.tools, tool)
			plan.whole[tool] = len(has) == plan.store.Range.Len()
		}
	}
	slices.Sort(plan.tools)
	if len(plan.tools) == 0 {
		return fault.New(fault.NotFound, "no %s records of %s are stored from %s to %s; stored days: %s", plan.name, source, plan.store.Range.From, plan.store.Range.To, english.DayRanges(list))
	}
	return nil
}

// setRange reads the days that are asked for, as far as open ends go by those
// that are stored.
func (plan *exportPlan) setRange(req ExportRequest, stored day.Range) error {
	d, err := query.ParseDay("day", req.Day)
	if err != nil {
		return err
	}
	between, err := query.ParseRange(req.From, req.To)
	switch {
	case err != nil:
		return err
	case between.To != 0 && d != 0:
		return fault.New(fault.Invalid, "day cannot be combined with from and to: use one or the other")
	case between.To != 0:
		plan.store.Range = within(between, stored)
	default:
		d = cmp.Or(d, stored.To)
		plan.store.Range = day.Range{From: d - day.Day(plan.days) + 1, To: d}
	}
	if plan.days > 1 && (between.To == 0 || plan.wrapped) {
		plan.span = plan.store.Range
	}
	return nil
}

// within cuts r to the days of o, unless none of them are in it.
func within(r, o day.Range) day.Range {
	cut := r.Intersect(o)
	if cut.Len() == 0 {
		return r
	}
	return cut
}

// each calls yield for each record of the plan that choose takes, or all if it is nil, as
// the report has it: with the tool in it where that is not Copilot, and with the days that
// the report covers. A record that came in a report of 28 days does not speak for them all
// when it goes out alone, and no report but a wrapped one, which has to state its days,
// covers those of which nothing is stored: whoever imports it would take them for zero.
func (a *Answerer) each(ctx context.Context, plan *exportPlan, choose func(*report.Record) bool, yield func(*report.Record) error) error {
	n := int64(0)
	for _, tool := range plan.tools {
		ask := plan.store
		ask.Tool = tool
		if plan.pseudonymizer.Pseudonymous() {
			ask.OrderOf = plan.pseudonymizer.ID
		}
		err := a.store.Export(ctx, ask, func(r *report.Record) error {
			if choose != nil && !choose(r) {
				return nil
			}
			record := *r
			if tool != metric.Copilot {
				record.Tool = tool
			}
			if plan.wrapped && (r.ReportStart != plan.span.From || r.ReportEnd != plan.span.To) {
				record.Wrapper = nil // it speaks of other days
			}
			record.ReportStart, record.ReportEnd = 0, 0
			if plan.span.To != 0 && (plan.wrapped || plan.whole[tool]) {
				record.ReportStart, record.ReportEnd = plan.span.From, plan.span.To
			}
			plan.pseudonymizer.Cover(&record, plan.shared)
			if n++; plan.progress != nil {
				plan.progress(n)
			}
			return yield(&record)
		})
		if err != nil {
			return fmt.Errorf("export %s: %w", plan.name, err)
		}
	}
	return nil
}

func (a *Answerer) exportJSON(ctx context.Context, plan *exportPlan, w io.Writer) error {
	if plan.wrapped {
		return a.exportWrapped(ctx, plan, w)
	}
	return a.exportLines(ctx, plan, w)
}

// exportLines writes the records as NDJSON.
func (a *Answerer) exportLines(ctx context.Context, plan *exportPlan, w io.Writer) error {
	return writeLines(w, func(yield func(*report.Record) error) error { return a.each(ctx, plan, nil, yield) })
}

// exportWrapped writes the records as one object.
func (a *Answerer) exportWrapped(ctx context.Context, plan *exportPlan, w io.Writer) error {
	var days []report.Record
	err := a.each(ctx, plan, nil, func(r *report.Record) error {
		days = append(days, cloneRecord(r))
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(days, func(a, b report.Record) int { return cmp.Compare(a.Day, b.Day) })
	return report.WriteWrapped(w, plan.name, days)
}

func (a *Answerer) exportCSV(ctx context.Context, plan *exportPlan, w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(report.CSVHeader(plan.kind)); err != nil {
		return err
	}
	var cells []string
	err := a.each(ctx, plan, nil, func(r *report.Record) error {
		cells = r.AppendCSV(cells[:0])
		return out.Write(cells)
	})
	out.Flush()
	return errors.Join(err, out.Error())
}

// exportParquet writes the records, one a row, as Parquet.
func (a *Answerer) exportParquet(ctx context.Context, plan *exportPlan, w io.Writer) error {
	if a.opt.Parquet == nil {
		return fault.New(fault.Unsupported, "this build cannot write Parquet: use ndjson or csv")
	}
	from, to := io.Pipe()
	go func() { to.CloseWithError(a.exportLines(ctx, plan, to)) }()
	err := a.opt.Parquet.FromNDJSON(from, w)
	from.CloseWithError(errors.New("the Parquet writer has stopped"))
	return err
}
