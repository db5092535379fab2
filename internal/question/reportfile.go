package question

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// ReportRequest asks for a report as GitHub's API has it.
type ReportRequest struct {
	Enterprise, Org string
	// Report is one of ReportNames.
	Report string
	// Day is the day of a report of one day; reports of 28 days are the latest.
	Day string
	// AllTools asks for stored records alone, of every tool and with user ids of any form,
	// for another Codegauge: what is computed here is no record to be imported there.
	AllTools bool
}

// ReportFiles says in which files a report is.
type ReportFiles struct {
	Days  day.Range
	Parts []ReportPart
	// LeftOut is how many records GitHub's form has no place for: those of other tools and
	// kinds of data, and those of users or teams without a numeric id.
	LeftOut int64
}

// ReportPart is one file of a report: the records of some of its days, of which a day with
// very many is divided further by user.
type ReportPart struct {
	Days      day.Range
	Shard, Of int
}

const (
	// maxLines is how many records a file has at most; days with more are divided into
	// shards of about shardLines, which differ by some hundreds.
	maxLines   = 100_000
	shardLines = 95_000
)

// has reports whether the records of a user, or of a repository, are in the file: id is what
// whoever asks knows them by.
func (p ReportPart) has(id string) bool {
	if p.Of < 2 {
		return true
	}
	sum := fnv.New64a()
	_, _ = io.WriteString(sum, id)
	return int(sum.Sum64()%uint64(p.Of)) == p.Shard
}

// reportPlan is a report that is understood.
type reportPlan struct {
	exportPlan
	view     *view
	source   directory.Entity
	allTools bool
	days     []plannedDay
	leftOut  int64
}

// plannedDay says where a day's records come from.
type plannedDay struct {
	day day.Day
	// sources are the entities whose reports have them. Of a user whom several report the
	// first counts.
	sources []int64
	// keep, if set, chooses those that belong to the organization.
	keep func(*report.Record) bool
	// records is how many there are at most.
	records int64
	// computed says that there is no report of the day and its aggregate is computed.
	computed bool
}

// ReportFiles plans a report; without a file there is none.
func (a *Answerer) ReportFiles(ctx context.Context, req ReportRequest) (*ReportFiles, error) {
	plan, err := a.planReport(ctx, req, day.Range{})
	if err != nil {
		return nil, err
	}
	return &ReportFiles{plan.store.Range, plan.parts(), plan.leftOut}, nil
}

// WriteReport writes a file of a report of the days that ReportFiles returned.
func (a *Answerer) WriteReport(ctx context.Context, req ReportRequest, days day.Range, part ReportPart, w io.Writer) error {
	plan, err := a.planReport(ctx, req, days)
	if err != nil {
		return err
	}
	if plan.kind != report.AggregateDay {
		return writeLines(w, func(yield func(*report.Record) error) error { return a.eachRow(ctx, plan, part, yield) })
	}
	list, err := a.aggregates(ctx, plan)
	if err != nil {
		return err
	}
	if plan.wrapped {
		return report.WriteWrapped(w, plan.name, list)
	}
	return writeLines(w, func(yield func(*report.Record) error) error {
		for i := range list {
			if err := yield(&list[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeLines writes records as NDJSON.
func writeLines(w io.Writer, each func(func(*report.Record) error) error) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var line []byte
	err := each(func(r *report.Record) error {
		line = append(r.AppendJSON(line[:0]), '\n')
		_, err := out.Write(line)
		return err
	})
	return errors.Join(err, out.Flush())
}

// planReport understands a request for a report of some days; of the zero range it is the
// request that says which.
func (a *Answerer) planReport(ctx context.Context, req ReportRequest, days day.Range) (*reportPlan, error) {
	plan := &reportPlan{allTools: req.AllTools}
	x, source, err := a.startExport(ctx, ExportRequest{Enterprise: req.Enterprise, Org: req.Org, Report: req.Report})
	if err != nil {
		return nil, err
	}
	plan.exportPlan, plan.source = *x, *source
	if plan.view, err = a.view(ctx, Parameters{Enterprise: req.Enterprise, Org: req.Org}); err != nil {
		return nil, err
	}
	switch {
	case days.To != 0:
	case plan.exported.days > 1 && plan.view.completeTo == 0:
		return nil, fault.New(fault.NotFound, "there is no report yet: no data of %s is stored", source.Label())
	case plan.exported.days > 1:
		days = day.Range{From: plan.view.completeTo - day.Day(plan.exported.days) + 1, To: plan.view.completeTo}
	default:
		d, err := query.ParseDay("day", req.Day)
		if err != nil {
			return nil, err
		}
		if d == 0 {
			return nil, fault.New(fault.Invalid, "the parameter day is missing: ask for day=YYYY-MM-DD")
		}
		days = day.Range{From: d, To: d}
	}
	plan.store.Range = days
	if plan.exported.days > 1 {
		plan.span = days
	}
	return plan, a.chooseSources(ctx, plan)
}

// counts reports whether a stored day is of the report.
func (plan *reportPlan) counts(d *reportDay) bool {
	return d.Kind == plan.kind && plan.store.Range.Contains(d.Day)
}

// chooseSources settles where each day's records come from: a report of the entity itself
// where there is one, else what others say of it.
func (a *Answerer) chooseSources(ctx context.Context, plan *reportPlan) error {
	have, err := a.reports(ctx, plan.store.Enterprise)
	if err != nil {
		return err
	}
	byDay, tools := map[day.Day][]*reportDay{}, map[string]map[day.Day]bool{}
	for i := range have.days {
		d := &have.days[i]
		switch {
		case !plan.counts(d):
		case d.Data != metric.Reports || d.Tool != metric.Copilot && !plan.allTools:
			if d.Source == plan.source.ID {
				plan.leftOut += d.Records
			}
		default:
			byDay[d.Day] = append(byDay[d.Day], d)
			if d.Source == plan.source.ID {
				if tools[d.Tool] == nil {
					tools[d.Tool] = map[day.Day]bool{}
				}
				tools[d.Tool][d.Day] = true
			}
		}
	}
	plan.whole = map[string]bool{}
	for tool, days := range tools {
		plan.tools = append(plan.tools, tool)
		plan.whole[tool] = len(days) == plan.store.Range.Len()
	}
	slices.Sort(plan.tools)
	if !plan.allTools {
		plan.tools = []string{metric.Copilot}
	}
	for d := plan.store.Range.From; d <= plan.store.Range.To; d++ {
		day, err := a.planDay(ctx, plan, d, byDay[d])
		if err != nil {
			return err
		}
		if day.records > 0 || day.computed {
			plan.days = append(plan.days, day)
		}
	}
	if plan.kind == report.AggregateDay {
		return a.chooseAggregates(ctx, plan)
	}
	return a.countUnnumbered(ctx, plan)
}

// planDay says where a day's records come from.
func (a *Answerer) planDay(ctx context.Context, plan *reportPlan, d day.Day, stored []*reportDay) (plannedDay, error) {
	out := plannedDay{day: d}
	own := func(of func(*reportDay) bool) (any bool) {
		for _, r := range stored {
			if of(r) {
				any = true
				out.records += r.Records
			}
		}
		return any
	}
	switch {
	case own(func(r *reportDay) bool { return r.Source == plan.source.ID }):
		out.sources = []int64{plan.source.ID}
	case plan.allTools:
	case plan.kind == report.AggregateDay:
		out.computed = plan.view.hasPeople(d)
	case plan.source.Kind == directory.Enterprise:
		// The union of the organizations, of which the newest report counts.
		slices.SortStableFunc(stored, func(a, b *reportDay) int {
			return cmp.Or(b.Version.Compare(a.Version), cmp.Compare(a.Source, b.Source))
		})
		own(func(r *reportDay) bool { out.sources = append(out.sources, r.Source); return true })
	case own(func(r *reportDay) bool { return r.Source == plan.store.Enterprise }):
		out.sources = []int64{plan.store.Enterprise}
		return out, a.belonging(ctx, plan, &out)
	}
	return out, nil
}

// hasPeople reports whether there are figures of Copilot of a day.
func (v *view) hasPeople(d day.Day) bool {
	_, ok := v.from.origin[dayTool{d, metric.Copilot}]
	return ok
}

// belonging chooses an organization's records of a day among its enterprise's: those that
// name it, and those of users who were its members on the day.
func (a *Answerer) belonging(ctx context.Context, plan *reportPlan, out *plannedDay) error {
	if plan.kind != report.UserDay {
		out.keep = func(r *report.Record) bool { return r.OrganizationID != "" && plan.source.Named(r.OrganizationID) }
		n, err := a.countRecords(ctx, plan, out, out.keep)
		out.records = n
		return err
	}
	names, err := a.usersOf(ctx, plan.view.scope, day.Range{From: out.day, To: out.day})
	if err != nil {
		return err
	}
	everybody, err := a.store.Identities(ctx, plan.store.Enterprise)
	if err != nil {
		return fmt.Errorf("identities: %w", err)
	}
	shared := store.SharedLogins(slices.Values(everybody))
	members := map[string]bool{}
	for _, name := range names {
		members[name] = true
	}
	out.records = int64(len(members))
	out.keep = func(r *report.Record) bool {
		return members[query.UserName(r.UserID, r.Login, shared[strings.ToLower(r.Login)])]
	}
	return nil
}

// usersOf returns what answers call those of a scope of whom there are records of Copilot.
func (a *Answerer) usersOf(ctx context.Context, sc query.Scope, r day.Range) ([]string, error) {
	res, err := a.run(ctx, query.Query{Scope: sc, Measures: []string{"active_users"}, By: []string{"user"}, Range: r,
		Filters: []query.Filter{{Dimension: "tool", Values: []string{metric.Copilot}}}})
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	var out []string
	for _, row := range res.Rows {
		if name, ok := row[0].(string); ok {
			out = append(out, name)
		}
	}
	return out, nil
}

// countRecords counts the records of a day for which a condition holds.
func (a *Answerer) countRecords(ctx context.Context, plan *reportPlan, d *plannedDay, of func(*report.Record) bool) (n int64, err error) {
	for _, source := range d.sources {
		ask := store.Report{Enterprise: plan.store.Enterprise, Source: source, Kind: plan.kind, Range: day.Range{From: d.day, To: d.day}, Tool: metric.Copilot}
		err := a.store.Export(ctx, ask, func(r *report.Record) error {
			if of(r) {
				n++
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return n, nil
}

// parts divides the report into files: runs of days with at most maxLines records, and days
// with more.
func (plan *reportPlan) parts() []ReportPart {
	if plan.kind == report.AggregateDay && len(plan.days) > 0 {
		return []ReportPart{{Days: plan.store.Range}}
	}
	var out []ReportPart
	lines := int64(0)
	for _, d := range plan.days {
		switch n := len(out); {
		case d.records > maxLines:
			of := int((d.records + shardLines - 1) / shardLines)
			for shard := range of {
				out = append(out, ReportPart{day.Range{From: d.day, To: d.day}, shard, of})
			}
			lines = maxLines // the next day begins a file
		case n > 0 && lines+d.records <= maxLines:
			out[n-1].Days.To = d.day
			lines += d.records
		default:
			out = append(out, ReportPart{Days: day.Range{From: d.day, To: d.day}})
			lines = d.records
		}
	}
	return out
}

// eachRow calls yield for each record of a file.
func (a *Answerer) eachRow(ctx context.Context, plan *reportPlan, part ReportPart, yield func(*report.Record) error) error {
	for i := 0; i < len(plan.days); {
		d := plan.days[i]
		if !part.Days.Contains(d.day) {
			i++
			continue
		}
		ask := plan.exportPlan
		ask.store.Range = day.Range{From: d.day, To: d.day}
		// Days of one source alone are read together.
		for i++; i < len(plan.days) && d.alone() && plan.days[i].alone() && plan.days[i].sources[0] == d.sources[0] && part.Days.Contains(plan.days[i].day); i++ {
			ask.store.Range.To = plan.days[i].day
		}
		seen := map[string]bool{}
		for _, source := range d.sources {
			ask.store.Source = source
			choose := func(r *report.Record) bool {
				if part.Of > 1 && !part.has(plan.pseudonymizer.ID(cmp.Or(r.UserID, r.Login, r.Repo))) || !plan.allTools && !numbered(r) || d.keep != nil && !d.keep(r) {
					return false
				}
				if len(d.sources) < 2 || plan.kind != report.UserDay {
					return true
				}
				known := seen[r.UserID]
				seen[strings.Clone(r.UserID)] = true
				return !known
			}
			if err := a.each(ctx, &ask, choose, yield); err != nil {
				return err
			}
		}
	}
	return nil
}

// alone reports whether the day's records are one report's, whole.
func (d *plannedDay) alone() bool { return len(d.sources) == 1 && d.keep == nil }

// numbered reports whether a record's ids are numbers, as GitHub's are and typed clients
// want them.
func numbered(r *report.Record) bool {
	return isNumber(r.UserID, r.Kind == report.RepoDay) && isNumber(r.TeamID, r.Kind != report.UserTeam)
}

func isNumber(id string, mayLack bool) bool {
	_, err := strconv.ParseInt(id, 10, 64)
	return err == nil || id == "" && mayLack
}

// countUnnumbered counts the records without numeric ids, if there can be any: they are in
// no file.
func (a *Answerer) countUnnumbered(ctx context.Context, plan *reportPlan) error {
	if plan.allTools || plan.kind == report.RepoDay {
		return nil
	}
	everybody, err := a.store.Identities(ctx, plan.store.Enterprise)
	if err != nil {
		return fmt.Errorf("identities: %w", err)
	}
	odd := plan.kind == report.UserTeam || slices.ContainsFunc(everybody, func(i store.Identity) bool {
		return i.Tool == metric.IdentityTool(i.UserID, metric.Copilot) && !isNumber(i.UserID, false)
	})
	if !odd {
		return nil
	}
	for i := range plan.days {
		d := &plan.days[i]
		n, err := a.countRecords(ctx, plan, d, func(r *report.Record) bool { return !numbered(r) && (d.keep == nil || d.keep(r)) })
		if err != nil {
			return err
		}
		plan.leftOut += n
		d.records -= n
	}
	plan.days = slices.DeleteFunc(plan.days, func(d plannedDay) bool { return d.records <= 0 })
	return nil
}

// chooseAggregates decides what whoever asks gets of the aggregates: those that came, if they
// may see every cell of them, else what is computed and masked for them.
func (a *Answerer) chooseAggregates(ctx context.Context, plan *reportPlan) error {
	switch {
	case privacy.ViewsPeople(ctx, plan.source):
		return nil
	case plan.source.Kind == directory.Organization:
		return access.Lacks(access.ViewPeople, plan.source) // by day and cell it is finer than they may see
	case len(plan.days) == 0:
		return nil
	}
	refused := a.mayTakeAggregates(ctx, &plan.exportPlan, plan.source)
	if refused == nil || plan.allTools || fault.KindOf(refused) != fault.Forbidden {
		return refused
	}
	for i := range plan.days {
		plan.days[i].computed = true
	}
	return nil
}

// aggregates returns the records of the report's days, by day.
func (a *Answerer) aggregates(ctx context.Context, plan *reportPlan) ([]report.Record, error) {
	var out []report.Record
	err := a.each(ctx, &plan.exportPlan, func(r *report.Record) bool {
		return !slices.ContainsFunc(plan.days, func(d plannedDay) bool { return d.computed && d.day == r.Day })
	}, func(r *report.Record) error {
		out = append(out, cloneRecord(r))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(plan.days, func(d plannedDay) bool { return d.computed }) {
		computed, err := a.computeAggregates(ctx, plan)
		if err != nil {
			return nil, err
		}
		for _, d := range plan.days {
			if r := computed[d.day]; d.computed && r != nil {
				r.ReportStart, r.ReportEnd = plan.span.From, plan.span.To
				out = append(out, *r)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b report.Record) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), strings.Compare(a.Tool, b.Tool))
	})
	return out, nil
}
