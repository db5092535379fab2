package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/report"
	"codegauge/internal/store"

	"github.com/RoaringBitmap/roaring/v2"
	duck "github.com/duckdb/duckdb-go/v2"
)

// A feed is a running import as DuckDB sees it: three table functions,
//
//	import_facts(handle)    decodes the next records in parallel and returns their breakdown rows
//	import_records(handle)  returns the records that import_facts has decoded
//	import_members(handle)  returns the user-teams rows that import_facts has decoded
//
// import_facts ends after about chunkRecords records; the import calls the
// three in turn until the input ends, so that memory does not grow with it.
type feed struct {
	ctx    context.Context
	items  store.Items
	dict   *dictionary
	taken  atomic.Int64 // records of this chunk
	ended  atomic.Bool
	mu     sync.Mutex
	failed error

	records   []recordRow
	members   []memberRow
	documents [][]any
	counts    map[string]int64
	tracks    map[trackKey]*track
	spans     map[spanKey]bool
	users     *roaring.Bitmap
	importID  int32
}

// chunkRecords is how many records are decoded before their rows are sorted and
// written: enough to fill several of DuckDB's row groups, little enough to sort in memory.
const chunkRecords = 24_000

// trackKey is one report day of the import.
type trackKey struct {
	stream int32
	kind   report.Kind
	day    day.Day
}

// track is what the import brings for one report day.
type track struct {
	version int64
	users   *roaring.Bitmap // who has a record, to notice a second one
	copies  map[uint32]int32
}

// spanKey is a range of days that a report states to cover.
type spanKey struct {
	stream   int32
	kind     report.Kind
	from, to day.Day
	version  int64
}

// recordRow is a record on its way to user_day.
type recordRow struct {
	stream, user, copy   int32
	day                  day.Day
	version, seq         int64
	total                report.Counters
	credits              *float64
	reduced, substituted bool
	present, arrays      uint8
	flags                report.Flags
	phase                *int64
	reported             report.Reported
	login, tool          string
	enterprise, org      string
	start, end           day.Day
	created              int64
	extra, rowsExtra     string
	wrapper              string
}

type memberRow struct {
	stream, user       int32
	day                day.Day
	organization, team int64
	seq                int64
	body               string
}

// factRow is a breakdown's row on its way to fact.
type factRow struct {
	stream, user, copy, cell, client int32
	day                              day.Day
	counters                         report.Counters
}

// feeds finds a running import by its handle.
type feeds struct {
	mu   sync.Mutex
	next int64
	open map[int64]*feed
}

func (f *feeds) add(fd *feed) (handle int64, remove func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == nil {
		f.open = map[int64]*feed{}
	}
	f.next++
	h := f.next
	f.open[h] = fd
	return h, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.open, h)
	}
}

func (f *feeds) find(args []any) (*feed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fd := f.open[args[0].(int64)]; fd != nil {
		return fd, nil
	}
	return nil, errors.New("no such import")
}

func (f *feeds) register(conn *sql.Conn) error {
	config := duck.TableFunctionConfig{Arguments: []duck.TypeInfo{typeInfo(duck.TYPE_BIGINT)}}
	sources := map[string]func(*feed) duck.ParallelChunkTableSource{
		"import_facts": func(fd *feed) duck.ParallelChunkTableSource { return factSource{fd} },
		"import_records": func(fd *feed) duck.ParallelChunkTableSource {
			return &rowSource[recordRow]{columns: recordColumns, rows: fd.records, set: setRecord}
		},
		"import_members": func(fd *feed) duck.ParallelChunkTableSource {
			return &rowSource[memberRow]{columns: memberColumns, rows: fd.members, set: setMember}
		},
	}
	for name, open := range sources {
		err := duck.RegisterTableUDF(conn, name, duck.ParallelChunkTableFunction{
			Config: config,
			BindArguments: func(_ map[string]any, args ...any) (duck.ParallelChunkTableSource, error) {
				fd, err := f.find(args)
				if err != nil {
					return nil, err
				}
				return open(fd), nil
			},
		})
		if err != nil {
			return fmt.Errorf("register %s: %w", name, err)
		}
	}
	return nil
}

// worker is one thread's state of import_facts.
type worker struct {
	buf   store.Buffer
	n, i  int
	facts []factRow
	at    int
	split report.Split
	cells map[cellKey]int32
}

// factSource is import_facts.
type factSource struct{ *feed }

var factColumns = columns(duck.TYPE_INTEGER, "stream", "day", "user", "copy", "cell", "client").
	and(duck.TYPE_BIGINT, metric.Columns[:]...)

func (s factSource) ColumnInfos() []duck.ColumnInfo     { return factColumns }
func (s factSource) Cardinality() *duck.CardinalityInfo { return nil }
func (s factSource) Init() duck.ParallelTableSourceInfo { return duck.ParallelTableSourceInfo{} }
func (s factSource) NewLocalState() any                 { return &worker{cells: map[cellKey]int32{}} }
func (s factSource) FillChunk(local any, chunk duck.DataChunk) error {
	w := local.(*worker)
	size := 0
	for size < duck.GetDataChunkCapacity() {
		if w.at == len(w.facts) {
			more, err := s.advance(w)
			if err != nil {
				s.fail(err)
				return err
			}
			if !more {
				break
			}
			continue
		}
		setFact(&chunk, size, &w.facts[w.at])
		w.at++
		size++
	}
	return chunk.SetSize(size)
}

// fail keeps the first error as it is: DuckDB would pass on only its text.
func (fd *feed) fail(err error) {
	fd.mu.Lock()
	defer fd.mu.Unlock()
	if fd.failed == nil {
		fd.failed = err
	}
}

// advance decodes the next record into w.facts; false at the end of the chunk.
func (fd *feed) advance(w *worker) (bool, error) {
	if w.i == w.n {
		if fd.ended.Load() || fd.taken.Load() >= chunkRecords {
			return false, nil
		}
		n, err := fd.items.Next(fd.ctx, &w.buf)
		if errors.Is(err, io.EOF) {
			fd.ended.Store(true)
			return false, nil
		}
		if err != nil {
			return false, err
		}
		w.i, w.n = 0, n
		fd.taken.Add(int64(n))
	}
	it := &w.buf.Items[w.i]
	w.i++
	w.facts, w.at = w.facts[:0], 0
	return true, fd.take(w, it)
}

func (fd *feed) take(w *worker, it *store.Item) error {
	stream := fd.dict.stream(it)
	switch it.Kind {
	case report.UserDay:
		return fd.takeRecord(w, it, stream, fd.dict.identity(it))
	case report.AggregateDay:
		return fd.takeRecord(w, it, stream, 0)
	case report.UserTeam:
		fd.takeMember(it, stream, fd.dict.identity(it))
	case report.RepoDay:
		fd.takeDocument(it, stream)
	}
	return nil
}

func (fd *feed) takeRecord(w *worker, it *store.Item, stream, user int32) error {
	it.Split(&w.split)
	row := recordRow{
		stream: stream, user: user, day: it.Day, version: it.Version.UnixMicro(), seq: it.Seq,
		total: w.split.Total, credits: keep(it.Credits), reduced: w.split.Reduced, substituted: w.split.Substituted != 0,
		present: it.Totals.Present, arrays: arrays(it.Record), flags: it.Flags, phase: keep(it.Phase),
		reported: report.Reported{Daily: keep(it.Reported.Daily), Weekly: keep(it.Reported.Weekly), Monthly: keep(it.Reported.Monthly)},
		login:    fd.dict.ownLogin(user, it.Login), tool: fd.dict.own(it.Record.Tool),
		enterprise: fd.dict.own(it.EnterpriseID), org: fd.dict.own(it.OrganizationID),
		start: it.ReportStart, end: it.ReportEnd,
		extra: string(it.Extra), wrapper: string(it.Wrapper), rowsExtra: rowsExtra(it.Record),
	}
	if !it.CreatedAt.IsZero() {
		row.created = it.CreatedAt.UnixMicro()
	}
	fd.mu.Lock()
	row.copy = fd.trackLocked(it, stream, uint32(user))
	fd.records = append(fd.records, row)
	fd.mu.Unlock()
	w.breakdowns(fd.dict, it.Record, factRow{stream: stream, day: it.Day, user: user, copy: row.copy})
	fd.taken.Add(int64(len(row.extra)+len(row.rowsExtra)+len(row.wrapper))>>11 + int64(len(w.facts))>>6) // a huge record counts as many
	return nil
}

// keep copies a value that belongs to the batch.
func keep[T any](v *T) *T {
	if v == nil {
		return nil
	}
	own := *v
	return &own
}

// trackLocked notes that the import has a record of the key and returns how many it
// had before.
func (fd *feed) trackLocked(it *store.Item, stream int32, user uint32) int32 {
	fd.counts[it.Kind.String()]++
	version := it.Version.UnixMicro()
	t := fd.track(trackKey{stream, it.Kind, it.Day}, version)
	if it.ReportStart != 0 && it.ReportEnd >= it.ReportStart && it.Kind != report.AggregateDay {
		fd.spans[spanKey{stream, it.Kind, it.ReportStart, it.ReportEnd, version}] = true
	}
	if user != 0 {
		fd.users.Add(user)
	}
	if t.users.CheckedAdd(user) || it.Kind == report.UserTeam || it.Kind == report.RepoDay {
		return 0
	}
	if t.copies == nil {
		t.copies = map[uint32]int32{}
	}
	t.copies[user]++
	return t.copies[user]
}

func (fd *feed) track(k trackKey, version int64) *track {
	t := fd.tracks[k]
	if t == nil {
		t = &track{version: version, users: roaring.New()}
		fd.tracks[k] = t
	}
	t.version = max(t.version, version)
	return t
}

func (fd *feed) takeMember(it *store.Item, stream, user int32) {
	row := memberRow{stream: stream, user: user, day: it.Day, organization: it.Organization, team: it.Team,
		seq: it.Seq, body: string(it.AppendJSON(nil))}
	fd.mu.Lock()
	defer fd.mu.Unlock()
	fd.trackLocked(it, stream, uint32(user))
	fd.members = append(fd.members, row)
}

func (fd *feed) takeDocument(it *store.Item, stream int32) {
	row := []any{stream, it.Kind, it.Day.Time(), it.Repo, fd.importID, it.Seq, string(it.AppendJSON(nil))}
	fd.mu.Lock()
	defer fd.mu.Unlock()
	fd.trackLocked(it, stream, 0)
	fd.documents = append(fd.documents, row)
}

// breakdowns turns a record's breakdowns, and what its features do not account
// for, into facts.
func (w *worker) breakdowns(d *dictionary, r *report.Record, base factRow) {
	part := int8(partReported)
	if w.split.Derived {
		part = partDerived
	}
	w.rows(d, metric.ByFeature, part, w.split.Features, base)
	w.rest(d, partUnsplit, w.split.Unsplit, base)
	w.rest(d, partDiscrepancy, w.split.Discrepancy, base)
	w.rows(d, metric.ByIDE, partReported, r.ByIDE, base)
	w.rows(d, metric.ByLanguageFeature, partReported, r.ByLanguageFeature, base)
	w.rows(d, metric.ByLanguageModel, partReported, r.ByLanguageModel, base)
	w.rows(d, metric.ByModelFeature, partReported, r.ByModelFeature, base)
}

func (w *worker) rows(d *dictionary, b metric.Breakdown, part int8, rows []report.Row, base factRow) {
	for i := range rows {
		f := base
		f.cell = w.cell(d, rowKey(b, part, &rows[i]))
		f.counters = rows[i].Counters
		if rows[i].IDEVersion != "" || rows[i].PluginVersion != "" {
			f.client = d.client(clientKey{rows[i].IDEVersion, rows[i].Plugin, rows[i].PluginVersion})
		}
		w.facts = append(w.facts, f)
	}
}

// rest adds a row for what the split lacks, if any counter is not zero.
func (w *worker) rest(d *dictionary, part int8, c report.Counters, base factRow) {
	if c.N == ([report.NumCounters]int64{}) {
		return
	}
	f := base
	f.cell = w.cell(d, cellKey{kind: int8(metric.ByFeature), part: part})
	f.counters = c
	w.facts = append(w.facts, f)
}

// cell looks a cell up without a lock once this thread has met it.
func (w *worker) cell(d *dictionary, k cellKey) int32 {
	if id, ok := w.cells[k]; ok {
		return id
	}
	id := d.cell(k)
	k.ide, k.feature, k.language, k.model = clone(k.ide), clone(k.feature), clone(k.language), clone(k.model)
	w.cells[k] = id
	return id
}

// The bits of user_day.arrays.
const (
	hasIDE uint8 = 1 << iota
	hasFeature
	hasLanguageFeature
	hasLanguageModel
	hasModelFeature
	userIDWasString = 1 << 7
)

func arrays(r *report.Record) uint8 {
	var a uint8
	for i, rows := range [][]report.Row{r.ByIDE, r.ByFeature, r.ByLanguageFeature, r.ByLanguageModel, r.ByModelFeature} {
		if rows != nil {
			a |= 1 << i
		}
	}
	if r.UserIDString {
		a |= userIDWasString
	}
	return a
}
