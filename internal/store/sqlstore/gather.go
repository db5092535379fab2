package sqlstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"

	"codegauge/internal/copilot"
	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/merge"
	"codegauge/internal/metric"
	"codegauge/internal/report"
	"codegauge/internal/store"

	"github.com/RoaringBitmap/roaring/v2"
	"golang.org/x/sync/errgroup"
)

// gathering collects an import's records, encoded as they will be stored, by
// enterprise and day: in memory, and when they are many in a file, so that a
// day can be merged at a time however the input is ordered.
type gathering struct {
	change *change
	items  store.Items
	// limit is how many bytes wait in memory.
	limit int

	mu     sync.Mutex
	parts  map[partKey]*part
	bytes  int
	file   *os.File
	offset int64
	counts map[string]int64
	users  map[int64]*roaring.Bitmap // by enterprise
	// reports are the report days and versions of which there are rows, with their
	// files; spans the days that reports state to cover.
	reports map[reportOf]map[string]bool
	spans   map[spanOf]bool
}

// partKey is an enterprise's day.
type partKey struct {
	enterprise int64
	day        day.Day
}

// part is what was gathered of one: in memory, and in segments of the file.
type part struct {
	chunks   [][]byte
	segments []segment
}

type segment struct {
	offset int64
	length int
}

// reportOf is a report of one version about a day.
type reportOf struct {
	partKey
	reportKey
	version int64
}

// spanOf is what a report in a file states to cover.
type spanOf struct {
	enterprise int64
	reportKey
	version  int64
	from, to day.Day
	file     string
}

func newGathering(c *change, items store.Items) *gathering {
	return &gathering{change: c, items: items, limit: c.store.opt.MemoryMB << 20 / 4, parts: map[partKey]*part{}, counts: map[string]int64{},
		users: map[int64]*roaring.Bitmap{}, reports: map[reportOf]map[string]bool{}, spans: map[spanOf]bool{}}
}

// close lets the file go.
func (g *gathering) close() {
	if g.file != nil {
		g.file.Close()
	}
}

// read reads all items.
func (g *gathering) read(ctx context.Context) error {
	threads := g.change.store.opt.Threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	group, ctx := errgroup.WithContext(ctx)
	for range threads {
		group.Go(func() error {
			w := &worker{gathering: g, counts: map[string]int64{}, users: map[int64]*roaring.Bitmap{}, seen: map[reportFile]bool{}, spans: map[spanOf]bool{}}
			var buf store.Buffer
			for {
				n, err := g.items.Next(ctx, &buf)
				if errors.Is(err, io.EOF) {
					return w.end()
				}
				if err != nil {
					return err
				}
				for i := range buf.Items[:n] {
					if err := w.take(ctx, &buf.Items[i]); err != nil {
						return err
					}
				}
				if err := w.hand(); err != nil {
					return err
				}
			}
		})
	}
	return group.Wait()
}

// worker encodes the records that one goroutine reads.
type worker struct {
	*gathering
	counts map[string]int64
	users  map[int64]*roaring.Bitmap
	seen   map[reportFile]bool
	spans  map[spanOf]bool
	last   reportFile // mostly that of the next record too

	enterprise int64
	change     *enterpriseChange
	encoder    copilot.Encoder
	figures    []byte
	rest       []byte
	envelope   []byte
	batch      map[partKey][]byte
}

type reportFile struct {
	reportOf
	file       string
	start, end day.Day // of the report, as the record states; 0 where it does not
}

// open makes the worker ready for an enterprise's records.
func (w *worker) open(ctx context.Context, enterprise int64) error {
	if w.change != nil && w.enterprise == enterprise {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	e, err := w.gathering.change.of(ctx, enterprise, false)
	if err != nil {
		return err
	}
	w.enterprise, w.change, w.encoder = enterprise, e, copilot.Encoder{Numbering: e.words}
	return nil
}

// take encodes an item.
func (w *worker) take(ctx context.Context, it *store.Item) error {
	w.counts[it.Kind.String()]++
	switch it.Kind {
	case report.UserDay, report.AggregateDay, report.UserTeam, report.RepoDay:
	default:
		return nil
	}
	if err := w.open(ctx, it.Enterprise); err != nil {
		return err
	}
	version := it.Version.UnixMicro()
	row := merge.Row{}
	if it.Kind == report.UserDay || it.Kind == report.UserTeam {
		row.Account = w.change.accounts.id(accountKey{metric.IdentityTool(it.UserID, it.Tool), it.UserID}, it.Login, sighting{version, it.Day})
	}
	w.figures, w.rest, w.envelope = w.figures[:0], w.rest[:0], appendEnvelope(w.envelope[:0], it.Record)
	switch it.Kind {
	case report.UserTeam:
		row.Organization, row.Team = it.Organization, it.Team
		w.rest = appendMember(w.rest, it.Record)
	case report.RepoDay:
		row.Repo = it.Repo
		w.encoder.EncodeRepository(it.Record)
		w.figures = appendFigures(w.figures, it.Record, &w.encoder)
		w.rest, w.envelope = it.AppendJSON(w.rest), w.envelope[:0]
	default:
		w.encoder.Encode(it.Record)
		w.figures = appendFigures(w.figures, it.Record, &w.encoder)
		w.rest = appendRest(w.rest, it.Record, &w.encoder.Order)
	}
	if it.Kind == report.UserDay {
		set := w.users[it.Enterprise]
		if set == nil {
			set = roaring.New()
			w.users[it.Enterprise] = set
		}
		set.Add(uint32(row.Account))
	}
	row.Figures, row.Passthrough, row.Envelope = w.figures, w.rest, w.envelope
	k := reportKey{it.Kind, w.change.words.stream(it.Source, it.Tool, it.Data)}
	w.note(it, k, version)
	created := int64(0)
	if !it.CreatedAt.IsZero() {
		created = it.CreatedAt.UnixMicro()
	}
	at := partKey{it.Enterprise, it.Day}
	if w.batch == nil {
		w.batch = map[partKey][]byte{}
	}
	w.batch[at] = appendIncoming(w.batch[at], k, &merge.Incoming{Row: row, Version: version, Seq: it.Seq,
		Span: merge.Span{Start: it.ReportStart, End: it.ReportEnd, Created: created}})
	return nil
}

// note remembers which report the item is of, and what it states to cover.
func (w *worker) note(it *store.Item, k reportKey, version int64) {
	of := reportFile{reportOf{partKey{it.Enterprise, it.Day}, k, version}, it.File, it.ReportStart, it.ReportEnd}
	if of == w.last || w.seen[of] {
		w.last = of
		return
	}
	w.last = of
	of.file = clone(of.file)
	w.seen[of] = true
	if (it.Kind == report.UserDay || it.Kind == report.UserTeam) && it.ReportStart != 0 && it.ReportEnd >= it.ReportStart {
		w.spans[spanOf{it.Enterprise, k, version, it.ReportStart, it.ReportEnd, of.file}] = true
	}
}

// handBytes is how much a worker collects before it hands it over.
const handBytes = 256 << 10

// hand gives what the worker has encoded to the parts, once it is worth it.
func (w *worker) hand() error {
	total := 0
	for _, b := range w.batch {
		total += len(b)
	}
	if total < handBytes {
		return nil
	}
	return w.handAll()
}

func (w *worker) handAll() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for k, b := range w.batch {
		p := w.parts[k]
		if p == nil {
			p = &part{}
			w.parts[k] = p
		}
		p.chunks = append(p.chunks, b)
		w.bytes += len(b)
	}
	clear(w.batch)
	if w.bytes <= w.limit {
		return nil
	}
	return w.spill()
}

// spill writes what waits in memory to the file.
func (g *gathering) spill() error {
	if g.file == nil {
		if err := g.create(); err != nil {
			return fmt.Errorf("write records of an import: %w", err)
		}
	}
	for _, p := range g.parts {
		s := segment{offset: g.offset}
		for _, b := range p.chunks {
			if _, err := g.file.WriteAt(b, g.offset); err != nil {
				return fmt.Errorf("write records of an import: %w", err)
			}
			g.offset += int64(len(b))
			s.length += len(b)
		}
		if s.length > 0 {
			p.segments = append(p.segments, s)
		}
		p.chunks = nil
	}
	g.bytes = 0
	return nil
}

// create makes the file, without a name: it goes with the process.
func (g *gathering) create() error {
	dir := g.change.store.opt.SpoolDir
	if dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	f, err := os.CreateTemp(dir, "import-*")
	if err != nil {
		return err
	}
	g.file = f
	return os.Remove(f.Name())
}

// end hands over all that the worker knows.
func (w *worker) end() error {
	if err := w.handAll(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for kind, n := range w.counts {
		w.gathering.counts[kind] += n
	}
	for enterprise, set := range w.users {
		if all := w.gathering.users[enterprise]; all != nil {
			all.Or(set)
		} else {
			w.gathering.users[enterprise] = set
		}
	}
	for of := range w.seen {
		if w.reports[of.reportOf] == nil {
			w.reports[of.reportOf] = map[string]bool{}
		}
		w.reports[of.reportOf][of.file] = true
	}
	maps.Copy(w.gathering.spans, w.spans)
	return nil
}

// appendIncoming appends a row to a part.
func appendIncoming(b []byte, k reportKey, r *merge.Incoming) []byte {
	b = append(b, byte(k.kind))
	b = binary.AppendUvarint(b, uint64(k.stream))
	b = binary.AppendUvarint(b, uint64(r.Account))
	b = binary.AppendVarint(b, r.Organization)
	b = binary.AppendVarint(b, r.Team)
	b = cube.AppendText(b, r.Repo)
	for _, n := range []int64{r.Version, int64(r.Span.Start), int64(r.Span.End), r.Span.Created, r.Seq} {
		b = binary.AppendVarint(b, n)
	}
	b = cube.AppendText(b, r.Figures)
	b = cube.AppendText(b, r.Passthrough)
	return cube.AppendText(b, r.Envelope)
}

// rows returns what was gathered of a day, by report day.
func (g *gathering) rows(k partKey) (map[reportKey][]merge.Incoming, error) {
	p := g.parts[k]
	if p == nil {
		return nil, nil
	}
	out := map[reportKey][]merge.Incoming{}
	for _, s := range p.segments {
		b := make([]byte, s.length)
		if _, err := g.file.ReadAt(b, s.offset); err != nil {
			return nil, fmt.Errorf("read records of an import: %w", err)
		}
		if err := readIncoming(b, out); err != nil {
			return nil, err
		}
	}
	for _, b := range p.chunks {
		if err := readIncoming(b, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readIncoming adds the rows that appendIncoming has written to into.
func readIncoming(b []byte, into map[reportKey][]merge.Incoming) error {
	in := cube.NewReader(b)
	for in.More() {
		at := reportKey{kind: report.Kind(in.Byte())}
		at.stream = int32(in.Uvarint())
		var r merge.Incoming
		r.Account = int32(in.Uvarint())
		r.Organization, r.Team = in.Varint(), in.Varint()
		r.Repo = string(in.Text())
		r.Version = in.Varint()
		r.Span = merge.Span{Start: day.Day(in.Varint()), End: day.Day(in.Varint()), Created: in.Varint()}
		r.Seq = in.Varint()
		r.Figures, r.Passthrough, r.Envelope = in.Text(), in.Text(), in.Text()
		into[at] = append(into[at], r)
	}
	if in.Bad {
		return errDamaged
	}
	return nil
}

// days returns what was gathered, in order.
func (g *gathering) days() []partKey {
	found := map[partKey]bool{}
	for k := range g.parts {
		found[k] = true
	}
	for s := range g.spans {
		for d := s.from; d <= s.to; d++ {
			found[partKey{s.enterprise, d}] = true
		}
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b partKey) int {
		if a.enterprise != b.enterprise {
			return int(a.enterprise - b.enterprise)
		}
		return int(a.day - b.day)
	})
}

// refusedDays returns the days of which the import may lack rows: those of refused
// lines; if such a line shows no day, those of its file; if there is none of that
// file, all.
func (g *gathering) refusedDays(rejections []report.Rejection) func(day.Day) bool {
	ofFile := map[string]map[day.Day]bool{}
	note := func(file string, d day.Day) {
		if ofFile[file] == nil {
			ofFile[file] = map[day.Day]bool{}
		}
		ofFile[file][d] = true
	}
	for of, files := range g.reports {
		for file := range files {
			note(file, of.day)
		}
	}
	for s := range g.spans {
		for d := s.from; d <= s.to; d++ {
			note(s.file, d)
		}
	}
	days, all := map[day.Day]bool{}, false
	for _, r := range rejections {
		switch {
		case r.Day != 0:
			days[r.Day] = true
		case ofFile[r.File] != nil:
			maps.Copy(days, ofFile[r.File])
		default:
			all = true
		}
	}
	return func(d day.Day) bool { return all || days[d] }
}
