package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"codegauge/internal/day"
	"codegauge/internal/report"
	"codegauge/internal/rollup"
	"codegauge/internal/store"

	"github.com/RoaringBitmap/roaring/v2"
	duck "github.com/duckdb/duckdb-go/v2"
)

// A feed is a running import as DuckDB sees it: two table functions,
//
//	import_records(handle)  decodes the next records in parallel and returns them
//	import_members(handle)  returns the user-teams rows that import_records has met
//
// import_records ends after about chunkRecords records; the import calls both
// in turn until the input ends, so that memory does not grow with it.
type feed struct {
	ctx    context.Context
	items  store.Items
	dict   *dictionary
	taken  atomic.Int64 // records of this chunk
	ended  atomic.Bool
	mu     sync.Mutex
	failed error

	members   []memberRow
	documents [][]any
	counts    map[string]int64
	tracks    map[trackKey]*track
	spans     map[spanKey]bool
	users     *roaring.Bitmap
	importID  int32
}

// chunkRecords bounds the user-teams rows that wait in memory, and is enough for
// each thread to write several whole row groups.
const chunkRecords = 200_000

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
	copies  int64           // how many records are not the first of their user
}

// spanKey is a range of days that a report states to cover.
type spanKey struct {
	stream   int32
	kind     report.Kind
	from, to day.Day
	version  int64
}

// recordRow is a record on its way to user_day. Its strings and bytes belong to
// the reader's batch.
type recordRow struct {
	stream, user, copy int32
	version            int64
	split              *report.Split
	record             *report.Record
	facts, rest        []byte
}

type memberRow struct {
	stream, user       int32
	day                day.Day
	organization, team int64
	version, seq       int64
	body               []byte
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
		"import_records": func(fd *feed) duck.ParallelChunkTableSource { return recordSource{fd} },
		"import_members": func(fd *feed) duck.ParallelChunkTableSource { return &memberSource{rows: fd.members} },
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

// worker is one thread's state of import_records.
type worker struct {
	buf   store.Buffer
	n, i  int
	row   recordRow
	split report.Split
	facts []rollup.Fact
	cells *[cellSlots]cellSlot
	// plain and packed are the last record's rest.
	plain, packed []byte
}

// pack packs b, which is w.plain with more in it, into memory that is used again.
func (w *worker) pack(b []byte) []byte {
	w.plain = b
	w.packed = packing.Encode(w.packed[:cap(w.packed)], b)
	return w.packed
}

// recordSource is import_records.
type recordSource struct{ *feed }

func (s recordSource) ColumnInfos() []duck.ColumnInfo     { return recordColumns }
func (s recordSource) Cardinality() *duck.CardinalityInfo { return nil }
func (s recordSource) NewLocalState() any                 { return &worker{cells: new([cellSlots]cellSlot)} }

// Init asks for all threads; DuckDB would give one to a source that asks for none.
func (s recordSource) Init() duck.ParallelTableSourceInfo {
	return duck.ParallelTableSourceInfo{MaxThreads: runtime.GOMAXPROCS(0)}
}

func (s recordSource) FillChunk(local any, chunk duck.DataChunk) error {
	w := local.(*worker)
	size := 0
	for size < duck.GetDataChunkCapacity() {
		it, err := s.next(w)
		if err != nil {
			s.fail(err)
			return err
		}
		if it == nil {
			break
		}
		if !s.take(w, it) {
			continue
		}
		c := cells{chunk: &chunk, row: size}
		setRecord(&c, &w.row)
		if c.err != nil {
			return c.err
		}
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

// next returns the next item, nil at the end of the chunk.
func (fd *feed) next(w *worker) (*store.Item, error) {
	if w.i == w.n {
		if fd.ended.Load() || fd.taken.Load() >= chunkRecords {
			return nil, nil
		}
		n, err := fd.items.Next(fd.ctx, &w.buf)
		if errors.Is(err, io.EOF) {
			fd.ended.Store(true)
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		w.i, w.n = 0, n
		fd.taken.Add(int64(n))
	}
	w.i++
	return &w.buf.Items[w.i-1], nil
}

// take notes the item; true if it is a record, which is in w.row then.
func (fd *feed) take(w *worker, it *store.Item) bool {
	stream := fd.dict.stream(it)
	switch it.Kind {
	case report.UserDay:
		fd.takeRecord(w, it, stream, fd.dict.identity(it))
		return true
	case report.AggregateDay:
		fd.takeRecord(w, it, stream, 0)
		return true
	case report.UserTeam:
		fd.takeMember(it, stream, fd.dict.identity(it))
	case report.RepoDay:
		fd.takeDocument(it, stream)
	}
	return false
}

func (fd *feed) takeRecord(w *worker, it *store.Item, stream, user int32) {
	it.Split(&w.split)
	w.breakdowns(fd.dict, it.Record)
	w.row = recordRow{
		stream: stream, user: user, version: it.Version.UnixMicro(), split: &w.split, record: it.Record,
		facts: rollup.AppendFacts(w.row.facts[:0], w.facts), rest: w.pack(appendRest(w.plain[:0], it.Record)),
	}
	fd.mu.Lock()
	defer fd.mu.Unlock()
	w.row.copy = fd.trackLocked(it, stream, uint32(user))
}

// trackLocked notes that the import has a record of the key and returns 1 if it had
// one before.
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
	t.copies++
	return 1
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
		version: it.Version.UnixMicro(), seq: it.Seq, body: appendMember(nil, it.Record)}
	fd.mu.Lock()
	defer fd.mu.Unlock()
	fd.trackLocked(it, stream, uint32(user))
	fd.members = append(fd.members, row)
}

func (fd *feed) takeDocument(it *store.Item, stream int32) {
	row := []any{stream, uint8(it.Kind), it.Day.Time(), it.Repo, fd.importID, it.Seq, string(it.AppendJSON(nil)), it.Version.UnixMicro()}
	fd.mu.Lock()
	defer fd.mu.Unlock()
	fd.trackLocked(it, stream, 0)
	fd.documents = append(fd.documents, row)
}
