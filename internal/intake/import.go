package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
	"codegauge/internal/report"
	"codegauge/internal/sorting"
	"codegauge/internal/store"
)

// Report is what an import or deletion did, all of it.
type Report struct {
	Enterprise string            `json:"enterprise,omitempty"`
	ImportID   int64             `json:"import_id,omitempty"`
	Preview    bool              `json:"preview,omitempty"`
	Files      []report.FileStat `json:"files"`
	Records    map[string]int64  `json:"records"`
	Users      int64             `json:"users"`
	// Rejected holds the first rejections (at most 10,000), RejectedTotal counts all.
	Rejected      []report.Rejection `json:"rejected"`
	RejectedTotal int64              `json:"rejected_total"`
	Warnings      []report.Warning   `json:"warnings"`
	Days          []store.DayChange  `json:"days"`
	// Seats lists whose seats moved.
	Seats   []SeatChange `json:"seats,omitempty"`
	From    day.Day      `json:"from,omitempty"`
	To      day.Day      `json:"to,omitempty"`
	Seconds float64      `json:"seconds"`
}

// Request asks to read inputs.
type Request struct {
	Inputs []report.Input
	// Enterprise and Org are slugs (or ids) the records belong to.
	Enterprise, Org string
	// Scope is "", "enterprise" or "organization".
	Scope string
	// Tool is the tool of records that name none; "" is copilot.
	Tool string
	// Data names the kind of data that the inputs are of (metric.DataKinds), "" is report.
	Data string
	// Alias takes an enterprise id that is not known yet, or known as another
	// enterprise's, as one more of the enterprise's; else such files are refused.
	Alias   bool
	Preview bool
	// Fetched says how the inputs were fetched; nil for files that somebody brought.
	Fetched *Fetched
	// Progress, if set, is told the input bytes read so far, at times.
	Progress func(bytes int64)
}

// Fetched is what is known of inputs that were fetched from a service: they hold every
// file of their reports.
type Fetched struct {
	// At is when they were fetched, which is the version of every report in them and the
	// time of every list of seats.
	At time.Time
	// Origin says in the history where they came from.
	Origin string
	// BeforeCommit, if set, is called in the transaction that makes the import current: what
	// it writes with the context is committed with the import or not at all.
	BeforeCommit func(ctx context.Context, id int64) error
}

// Import reads the inputs into the store and returns what that did. A preview
// does everything but change something.
func (in *Intake) Import(ctx context.Context, req Request) (*Report, error) {
	if err := checkImport(req); err != nil {
		return nil, err
	}
	data, err := metric.DataKindByName(req.Data)
	if err != nil {
		return nil, err
	}
	start := in.opt.Now()
	release, err := in.toDisk(ctx, &req)
	if err != nil {
		return nil, err
	}
	defer release()
	result, err := in.importOnce(ctx, req, data, start)
	if errors.Is(err, errDirectoryChanged) {
		result, err = in.importOnce(ctx, req, data, start)
	}
	if errors.Is(err, errDirectoryChanged) {
		in.opt.Log.WarnContext(ctx, "import was overtaken twice", "error", err)
		return nil, fault.New(fault.Unavailable, "nothing was imported: somebody else changed names or ids of the enterprise at the same time; try again")
	}
	if err != nil {
		return nil, err
	}
	result.Seconds = in.opt.Now().Sub(start).Seconds()
	return result, nil
}

// importError leaves of an error that is the user's what is for them.
func importError(err error) error {
	if f := (*fault.Error)(nil); errors.As(err, &f) && !errors.Is(err, errDirectoryChanged) {
		return f
	}
	return fmt.Errorf("import: %w", err)
}

// importOnce imports, or returns errDirectoryChanged if the directory was changed
// meanwhile so that the records may belong elsewhere.
func (in *Intake) importOnce(ctx context.Context, req Request, data metric.DataKind, start time.Time) (*Report, error) {
	register, err := openRegister(ctx, in.dir)
	if err != nil {
		return nil, err
	}
	resolver, err := newScopeResolver(ctx, req, register, in.opt.PeopleKeys, start)
	if err != nil {
		return nil, err
	}
	rd := report.NewReader(req.Inputs, in.readerOptions())
	defer rd.Close()
	it := newItems(rd, resolver, req, data, start)
	if it.erased, err = privacy.ReadForgotten(ctx, in.dir, register.of(directory.Enterprise, 0)); err != nil {
		return nil, err
	}
	stop := tellProgress(req.Progress, rd)
	out, err := in.store.Import(ctx, store.Import{At: start, Origin: register.origin(&req), Complete: req.Fetched != nil, Preview: req.Preview}, it)
	stop()
	if err != nil {
		return nil, importError(err)
	}
	if req.Preview {
		if err := it.resolveSeats(ctx, true); err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
	}
	if err := it.readRetention(ctx, in.dir); err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	result := it.report(req, out)
	var contradictions []report.Warning
	if !req.Preview {
		contradictions = in.opt.Contradictions(ctx, result.Days)
	}
	result.Warnings = it.warnings(result, out, contradictions)
	return result, nil
}

var toolPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)

func checkImport(req Request) error {
	switch {
	case len(req.Inputs) == 0:
		return fault.New(fault.Invalid, "nothing to import: name a file, a directory, or - for standard input")
	case !slices.Contains([]string{"", "enterprise", "organization"}, req.Scope):
		return fault.New(fault.Invalid, "scope %.40q is not one of enterprise, organization", req.Scope)
	case req.Scope == "enterprise" && req.Org != "":
		return fault.New(fault.Invalid, "--org cannot be combined with --scope enterprise: it says that the files are an organization's reports")
	case req.Tool != "" && !toolPattern.MatchString(req.Tool):
		return fault.New(fault.Invalid, "tool %.80q is not a valid name: use up to 64 lower-case letters, digits, '_', '-' and '.'", req.Tool)
	}
	return nil
}

func (in *Intake) readerOptions() report.Options {
	if in.opt.Parquet == nil {
		return report.Options{}
	}
	return report.Options{Parquet: in.opt.Parquet.ToNDJSON}
}

// progressEvery is how often progress is told.
const progressEvery = 100 * time.Millisecond

// tellProgress tells how far the reader is, until the returned function is
// called, which tells it a last time.
func tellProgress(tell func(int64), rd *report.Reader) (stop func()) {
	if tell == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				tell(rd.BytesRead())
			case <-done:
				tell(rd.BytesRead())
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// origin says where an import came from, for the history. The names of files may name
// people: an import that may reach an enterprise without people has none.
func (g *register) origin(req *Request) string {
	if req.Fetched != nil {
		return req.Fetched.Origin
	}
	inputs := req.Inputs
	among := g.of(directory.Enterprise, 0)
	if e := match(among, req.Enterprise); e != nil {
		among = []*directory.Entity{e}
	}
	if slices.ContainsFunc(among, func(e *directory.Entity) bool { return e.WithoutPeople() }) {
		return english.Count(len(inputs), "file", "files")
	}
	first := filepath.Base(inputs[0].Name)
	if inputs[0].Name == "-" {
		first = "standard input"
	}
	if len(inputs) == 1 {
		return first
	}
	return fmt.Sprintf("%s, first %s", english.Count(len(inputs), "file", "files"), first)
}

// report says what the import did.
func (it *items) report(req Request, out *store.Outcome) *Report {
	l := newReport()
	l.ImportID, l.Preview, l.Users = out.ID, req.Preview, out.Users
	l.Files = append(l.Files, it.rd.Stats()...)
	for kind, n := range out.Records {
		l.Records[kind] = n
	}
	l.Rejected, l.RejectedTotal = it.rejections()
	it.countRefused(l.Files)
	if n := it.seats.count(); n > 0 {
		l.Records[report.Seat.String()] = n
	}
	l.Seats = it.settled.changes
	names := it.resolver.register.names()
	l.Enterprise = it.enterpriseKey(req, names)
	l.setDays(out.Days, names)
	return l
}

// warnings lists what should be looked at, what changes a figure first; of those
// that are alike the first, with their number.
func (it *items) warnings(l *Report, out *store.Outcome, contradictions []report.Warning) []report.Warning {
	list := texts(shrunk(l.Days, l.Seats))
	list = append(list, texts(it.outOfTime(l.Days))...)
	list = append(list, texts(it.settled.warnings)...)
	list = append(list, report.GroupWarnings(out.Warnings)...)
	list = append(list, texts(it.resolver.warnings)...)
	if it.passed > 0 {
		list = append(list, report.Warning{Reason: fmt.Sprintf("%s of erased people left out", english.Count(it.passed, "record", "records"))})
	}
	list = append(list, contradictions...)
	list = append(list, it.rd.Warnings()...)
	return append(list, texts(notReports(l.Files))...)
}

// outOfTime says which days are still to come, and of which the records of people are
// older than the retention.
func (it *items) outOfTime(days []store.DayChange) []string {
	type source struct{ name, kind string }
	type odd struct {
		future, old            []day.Day
		futureRecords, records int64
	}
	found := map[source]*odd{}
	var order []source
	for _, d := range days {
		k := source{d.SourceName, d.Kind}
		if found[k] == nil {
			found[k], order = &odd{}, append(order, k)
		}
		retained := it.retainedFrom[d.Enterprise]
		switch o := found[k]; {
		case d.Skipped || d.After.Records == 0:
		case d.Day > day.Of(it.at):
			o.future, o.futureRecords = append(o.future, d.Day), o.futureRecords+d.After.Records
		case d.Day < retained && (d.Kind == report.UserDay.String() || d.Kind == report.UserTeam.String()):
			o.old, o.records = append(o.old, d.Day), o.records+d.After.Records
		}
	}
	var out []string
	for _, k := range order {
		o := found[k]
		if len(o.future) > 0 {
			out = append(out, fmt.Sprintf("%s of %s: %s of days that are still to come (%s): check the dates in the files", k.kind, k.name,
				english.Count(o.futureRecords, "record is", "records are"), english.DayRanges(o.future)))
		}
		if len(o.old) > 0 {
			out = append(out, fmt.Sprintf("%s of %s: %s older than the retention (%s): the next run of the retention removes them, and leaves only totals", k.kind, k.name,
				english.Count(o.records, "record is", "records are"), english.DayRanges(o.old)))
		}
	}
	return out
}

// readRetention finds out from which day on each enterprise keeps records of people.
func (it *items) readRetention(ctx context.Context, dir Directory) error {
	it.retainedFrom = map[int64]day.Day{}
	for enterprise := range it.resolver.involved() {
		p, err := dir.Privacy(ctx, enterprise)
		switch {
		case fault.KindOf(err) == fault.NotFound: // the import makes it
			p = directory.DefaultPrivacy()
		case err != nil:
			return fmt.Errorf("privacy settings: %w", err)
		}
		if p.RetentionMonths > 0 {
			it.retainedFrom[enterprise] = privacy.RetainedFrom(it.at, p.RetentionMonths)
		}
	}
	return nil
}

func texts(reasons []string) []report.Warning {
	list := make([]report.Warning, len(reasons))
	for i, r := range reasons {
		list[i].Reason = r
	}
	return list
}

// shrunk says where an import leaves less than there was, with the figures.
func shrunk(days []store.DayChange, seats []SeatChange) []string {
	type reportOf struct{ source, kind, tool string } // and kind of data
	type less struct {
		days          []day.Day
		before, after store.DayTotals
	}
	found := map[reportOf]*less{}
	var order []reportOf
	for _, d := range days {
		if d.After.Records >= d.Before.Records && !d.After.LocAdded.Fewer(d.Before.LocAdded) && !d.After.LocDeleted.Fewer(d.Before.LocDeleted) {
			continue
		}
		k := reportOf{d.SourceName, d.Kind, d.ToolText()}
		if found[k] == nil {
			found[k] = &less{}
			order = append(order, k)
		}
		f := found[k]
		f.days = append(f.days, d.Day)
		f.before, f.after = f.before.Plus(d.Before), f.after.Plus(d.After)
	}
	var out []string
	for _, k := range order {
		f := found[k]
		out = append(out, fmt.Sprintf("%s of %s (%s): fewer than before on %s (%s): %s", k.kind, k.source, k.tool,
			english.Count(len(f.days), "day", "days"), english.DayRanges(f.days), movedFigures(f.before, f.after)))
	}
	for _, s := range seats {
		if s.After < s.Before {
			out = append(out, fmt.Sprintf("seats of %s: fewer than before: %s", s.Source, moved(s.Before, s.After)))
		}
	}
	return out
}

// movedFigures says how totals moved; lines only where there are or were some.
func movedFigures(before, after store.DayTotals) string {
	parts := []string{"records " + moved(before.Records, after.Records)}
	for _, c := range []struct {
		what          string
		before, after store.Lines
	}{{"lines added ", before.LocAdded, after.LocAdded}, {"lines deleted ", before.LocDeleted, after.LocDeleted}} {
		if c.before.N != 0 || c.after.N != 0 {
			parts = append(parts, c.what+english.Moved(c.before.String(), c.after.String()))
		}
	}
	return strings.Join(parts, ", ")
}

func moved(before, after int64) string {
	return english.Moved(english.Number(before), english.Number(after))
}

// countRefused adds the resolver's rejections to those of their files.
func (it *items) countRefused(files []report.FileStat) {
	for _, r := range it.refused {
		for i := range files {
			if files[i].Name == r.File {
				files[i].Rejected++
				break
			}
		}
	}
}

// enterpriseKey names the enterprise of the import; of several the first.
func (it *items) enterpriseKey(req Request, n *directory.Names) string {
	var first int64
	for _, at := range it.resolver.places {
		if at.enterprise != 0 && (first == 0 || at.enterprise < first) {
			first = at.enterprise
		}
	}
	if first == 0 {
		return req.Enterprise
	}
	return n.Key(first)
}

// setDays takes over how days moved, with the names of their sources.
func (l *Report) setDays(days []store.DayChange, n *directory.Names) {
	l.Days = nameDays(days, n)
	if len(l.Days) > 0 {
		l.From, l.To = l.Days[0].Day, l.Days[len(l.Days)-1].Day
	}
}

// newReport returns a report whose lists are empty, not absent, in JSON.
func newReport() *Report {
	return &Report{
		Files: []report.FileStat{}, Records: map[string]int64{}, Rejected: []report.Rejection{},
		Warnings: []report.Warning{}, Days: []store.DayChange{},
	}
}

// nameDays returns the changes with the names of their sources, in order.
func nameDays(days []store.DayChange, n *directory.Names) []store.DayChange {
	out := append([]store.DayChange{}, days...)
	for i := range out {
		out[i].SourceName = n.Key(out[i].Source)
	}
	sorting.Stable(out, func(a, b store.DayChange) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.SourceName, b.SourceName), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.Data.Rank(), b.Data.Rank()))
	})
	return out
}
