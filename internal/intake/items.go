package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// maxRejections is how many rejections an import report holds.
const maxRejections = 10_000

// items hands the records of a reader to the store, each with its place.
type items struct {
	rd       *report.Reader
	resolver *scopeResolver
	tool     string
	data     metric.DataKind
	at       time.Time
	// fetched is how the inputs were fetched, nil for files.
	fetched *Fetched

	// turn is held shared while records are placed, and alone at the end.
	turn  sync.RWMutex
	ended error // set once the end was reached

	mu      sync.Mutex
	failed  error
	records int64
	refused []report.Rejection // by the resolver
	more    int64              // refused beyond those
	seats   seats
	settled settled
	// erased is who was erased, by enterprise; passed counts their records.
	erased map[int64]*privacy.Forgotten
	// retainedFrom is the first day of which an enterprise keeps records of people.
	retainedFrom map[int64]day.Day
	passed       int64
}

func newItems(rd *report.Reader, p *scopeResolver, req Request, data metric.DataKind, at time.Time) *items {
	return &items{
		rd: rd, resolver: p, tool: cmp.Or(req.Tool, metric.Copilot), data: data, at: at, fetched: req.Fetched, seats: seats{},
	}
}

// Next implements store.Items.
func (it *items) Next(ctx context.Context, buf *store.Buffer) (int, error) {
	it.turn.RLock()
	err := it.fill(ctx, buf)
	if err != nil && err != io.EOF {
		it.fail(err) // before anybody can come to the end
	}
	it.turn.RUnlock()
	switch err {
	case nil:
		return len(buf.Items), nil
	case io.EOF:
		return 0, it.end()
	}
	return 0, err
}

// fail remembers that the import cannot come to its end.
func (it *items) fail(err error) {
	it.mu.Lock()
	defer it.mu.Unlock()
	it.failed = cmp.Or(it.failed, err)
}

// fill reads batches until one has items for the store.
func (it *items) fill(ctx context.Context, buf *store.Buffer) error {
	for {
		buf.Items = buf.Items[:0]
		if err := it.rd.Next(ctx, &buf.Batch); err != nil {
			return err
		}
		if err := it.nextBatch(ctx, buf); err != nil {
			return err
		}
		if len(buf.Items) > 0 {
			return nil
		}
	}
}

// nextBatch places the records of a batch. Records of one file have mostly the same
// place, so the last one is tried first.
func (it *items) nextBatch(ctx context.Context, buf *store.Buffer) error {
	if err := it.addEmptySeatPages(ctx, buf.Batch.SeatPages); err != nil {
		return err
	}
	var lastKey placeKey
	var last place
	for i := range buf.Batch.Records {
		r := &buf.Batch.Records[i]
		k := key(r)
		if k != lastKey {
			at, err := it.resolver.resolve(ctx, k, r.File, r.Line, r.Seq)
			if err != nil {
				return err
			}
			lastKey, last = k, at
		}
		if last.key != nil {
			last.key.Anonymize(r)
		}
		switch {
		case last.unknown:
		case last.rejection != "":
			it.refuse(r, last.rejection)
		case it.erased[last.enterprise].Has(r, cmp.Or(r.Tool, it.tool)):
			it.skipRecord()
		case r.Kind == report.Seat:
			it.addSeat(last, pageWith(buf.Batch.SeatPages, i), r)
		default:
			buf.Items = append(buf.Items, it.item(last, r))
		}
	}
	it.count(len(buf.Batch.Records) + len(buf.Batch.SeatPages))
	return nil
}

// addEmptySeatPages takes the answers that say that nobody has a seat.
func (it *items) addEmptySeatPages(ctx context.Context, pages []report.SeatPage) error {
	for i := range pages {
		if pages[i].From < pages[i].To {
			continue // it is where its seats are
		}
		at, err := it.resolver.resolve(ctx, placeKey{kind: report.Seat}, pages[i].File, pages[i].Line, pages[i].Seq)
		if err != nil {
			return err
		}
		if !at.unknown && at.rejection == "" {
			it.addPage(at, &pages[i])
		}
	}
	return nil
}

// pageWith returns the page that record i stands in, nil if it stands in none.
func pageWith(pages []report.SeatPage, i int) *report.SeatPage {
	n, _ := slices.BinarySearchFunc(pages, i, func(p report.SeatPage, i int) int { return cmp.Compare(p.To, i+1) })
	if n < len(pages) && pages[n].From <= i {
		return &pages[n]
	}
	return nil
}

func (it *items) item(at place, r *report.Record) store.Item {
	out := store.Item{Record: r, Enterprise: at.enterprise, Source: at.source, Tool: cmp.Or(r.Tool, it.tool), Data: it.data, Version: it.versionOf(r)}
	if r.Kind == report.UserTeam {
		out.Organization, out.Team = at.organization, at.team
	}
	return out
}

// versionOf orders the reports of a day: when the report was fetched, else when it was
// created, else the end of the last day that it is about.
func (it *items) versionOf(r *report.Record) time.Time {
	if it.fetched != nil {
		return it.fetched.At
	}
	if !r.CreatedAt.IsZero() {
		return r.CreatedAt
	}
	last := cmp.Or(r.ReportEnd, r.Day)
	return (last + 1).Time().Add(-time.Microsecond)
}

func (it *items) count(records int) {
	it.mu.Lock()
	defer it.mu.Unlock()
	it.records += int64(records)
}

// skipRecord counts a record of somebody who was erased, of which nothing is kept.
func (it *items) skipRecord() {
	it.mu.Lock()
	defer it.mu.Unlock()
	it.passed++
}

func (it *items) refuse(r *report.Record, reason string) {
	it.mu.Lock()
	defer it.mu.Unlock()
	if len(it.refused) == maxRejections {
		it.more++
		return
	}
	it.refused = append(it.refused, report.Rejection{File: r.File, Line: r.Line, Reason: reason, Day: r.Day})
}

func (it *items) addSeat(at place, in *report.SeatPage, r *report.Record) {
	it.mu.Lock()
	defer it.mu.Unlock()
	it.seats.add(at, in, r)
}

func (it *items) addPage(at place, in *report.SeatPage) {
	it.mu.Lock()
	defer it.mu.Unlock()
	it.seats.page(at, in, in.Seq)
}

// end is what Next returns when all input is read, to every caller.
func (it *items) end() error {
	it.turn.Lock()
	defer it.turn.Unlock()
	if it.ended == nil {
		it.ended = cmp.Or(it.outcome(), io.EOF)
	}
	return it.ended
}

// outcome is why the import comes to nothing, nil if it does not.
func (it *items) outcome() error {
	if it.failed != nil {
		return it.failed
	}
	if err := it.resolver.unknown(); err != nil {
		return err
	}
	if err := it.resolver.checkIDs(); err != nil {
		return err
	}
	if it.records == 0 && it.rd.RejectionCount() == 0 {
		return fault.New(fault.Invalid, "nothing to import: %s", cmp.Or(strings.Join(notReports(it.rd.Stats()), "; "), "no file"))
	}
	return nil
}

// notReports names the files that are no reports, a text for each thing that they are.
func notReports(files []report.FileStat) []string {
	names := map[string][]string{}
	var kinds []string
	for _, f := range files {
		if f.NotReport == "" {
			continue
		}
		if names[f.NotReport] == nil {
			kinds = append(kinds, f.NotReport)
		}
		names[f.NotReport] = append(names[f.NotReport], f.Name)
	}
	var out []string
	for _, kind := range kinds {
		what := "not a report"
		if len(names[kind]) > 1 {
			what = "not reports"
		}
		out = append(out, fmt.Sprintf("%s: %s (%s)", what, english.ListAtMost(names[kind], 5), kind))
	}
	return out
}

// BeforeCommit implements store.Items: it puts what the import says of the directory,
// if that still says what the records were placed by, and who imported what into the
// audit log.
func (it *items) BeforeCommit(ctx context.Context, id int64) error {
	if err := it.unchanged(ctx); err != nil {
		return err
	}
	if err := it.resolver.register.save(ctx); err != nil {
		return err
	}
	if err := it.resolveSeats(ctx, false); err != nil {
		return err
	}
	if it.fetched != nil && it.fetched.BeforeCommit != nil {
		if err := it.fetched.BeforeCommit(ctx, id); err != nil {
			return err
		}
	}
	return it.recordImport(ctx, id)
}

// resolveSeats puts the seats, or finds out what that would do.
func (it *items) resolveSeats(ctx context.Context, preview bool) (err error) {
	it.settled, err = it.seats.settle(ctx, it.resolver.register, it.at, it.fetched, preview)
	return err
}

// errDirectoryChanged says that the directory was changed while an import read its
// files, which it does without a lock.
var errDirectoryChanged = errors.New("the directory has changed meanwhile")

// unchanged returns errDirectoryChanged if the records may belong elsewhere by now,
// or be of somebody who was erased.
func (it *items) unchanged(ctx context.Context) error {
	g := it.resolver.register
	revision, err := g.dir.Revision(ctx)
	if err != nil {
		return fmt.Errorf("directory's version: %w", err)
	}
	if revision == g.revision {
		return nil
	}
	involved := it.resolver.involved()
	same, err := g.same(ctx, func(e *directory.Entity) bool {
		return e.Kind == directory.Enterprise || involved[e.Enterprise] || it.resolver.req.Enterprise == "" && e.Kind == directory.Organization
	})
	if err != nil {
		return err
	}
	for id := range involved {
		marks, err := g.dir.Erased(ctx, id)
		if err != nil {
			return fmt.Errorf("who was erased: %w", err)
		}
		same = same && it.erased[id].Are(marks)
	}
	if !same {
		return errDirectoryChanged
	}
	return nil
}

// Rejections implements store.Items. If there are more than are kept, any day may
// lack a record.
func (it *items) Rejections() []report.Rejection {
	list, total := it.rejections()
	if total > int64(len(list)) { // of no file and no day: of every day of the import
		list = append(list, report.Rejection{Reason: "further refused lines, not listed"})
	}
	return slices.DeleteFunc(list, func(r report.Rejection) bool { return r.NoRecord })
}

// rejections returns the first rejections and their number.
func (it *items) rejections() ([]report.Rejection, int64) {
	it.mu.Lock()
	defer it.mu.Unlock()
	own := slices.SortedStableFunc(slices.Values(it.refused), func(a, b report.Rejection) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	list := append(append([]report.Rejection{}, it.rd.Rejections()...), own...)
	total := it.rd.RejectionCount() + int64(len(it.refused)) + it.more
	return list[:min(len(list), maxRejections)], total
}
