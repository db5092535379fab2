package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"sync"
	"sync/atomic"
)

// Options are how a Reader reads.
type Options struct {
	// Parquet turns a Parquet file into NDJSON; without it such files are
	// refused.
	Parquet func(name string, r io.Reader) (io.ReadCloser, error)
	// MaxLine is how many bytes a line, or an element of a list, may have;
	// 0 is 64 MiB.
	MaxLine int
}

const (
	defaultMaxLine = 64 << 20
	// maxKept is how many rejections, and warnings, a Reader keeps.
	maxKept = 10_000
	// bigBlock is a block that is decoded while no other big one is.
	bigBlock = 1 << 20
	// hugeBlock is one whose memory is taken back at once: else the collector
	// lets several of them lie about.
	hugeBlock = 16 << 20
)

// Reader reads the records of inputs, one after another. Its methods may be
// called from several goroutines at once.
type Reader struct {
	maxLine   int
	blockSize int
	memory    blockMemory
	bytes     atomic.Int64
	// big is held while a big block is decoded.
	big sync.Mutex

	// reading guards the inputs: one goroutine at a time takes a block.
	reading sync.Mutex
	files   opener
	source  *source
	seq     int64
	closed  bool

	// mu guards what is known so far; idle tells of blocks to be 0.
	mu         sync.Mutex
	idle       *sync.Cond
	blocks     int
	rejections kept[Rejection]
	warnings   warnings
	stats      []*FileStat
	names      map[string]int // of the files so far
}

// FileStat is what came out of one file, or of one file in an archive.
type FileStat struct {
	// Name is no other file's of the Reader.
	Name string `json:"name"`
	// Format is ndjson or json, or what the text was packed in: gzip, zip,
	// zip+gzip, parquet; unknown if it could not be read at all.
	Format string `json:"format"`
	// Bytes is the length of the text, unpacked.
	Bytes int64 `json:"bytes"`
	// Records counts the records by kind.
	Records map[string]int64 `json:"records"`
	Refused int64            `json:"refused"`
	// NotReport says what the file is if it is no report at all: text, empty, a picture.
	// Then nothing of it counts as refused.
	NotReport string `json:"not_report,omitempty"`
}

// notReport makes the file one that is no report.
func (s *FileStat) notReport(what string) {
	s.NotReport, s.Format = what, unknownFormat
}

// format sets the format of a file that is not packed.
func (s *FileStat) format(f string) {
	if s.Format == "ndjson" {
		s.Format = f
	}
}

// NewReader returns a Reader of the inputs.
func NewReader(inputs []Input, opt Options) *Reader {
	r := &Reader{maxLine: opt.MaxLine, blockSize: defaultBlock, names: map[string]int{}}
	if r.maxLine <= 0 {
		r.maxLine = defaultMaxLine
	}
	r.idle = sync.NewCond(&r.mu)
	r.files = opener{inputs: inputs, parquet: opt.Parquet, bytes: &r.bytes}
	return r
}

// Next puts the records of the next piece of input into b, at least one of them or
// an answer without seats, or returns io.EOF when all input is read and every other call has returned. What
// cannot be read is refused, which is no error. Next is called by several
// goroutines, each with a batch of its own.
func (r *Reader) Next(ctx context.Context, b *Batch) error {
	for {
		b.reset()
		if err := ctx.Err(); err != nil {
			return err
		}
		block, err := r.take()
		if err != nil {
			return err
		}
		if block == nil {
			r.wait()
			return io.EOF
		}
		r.decode(block, b)
		if len(b.Records) > 0 || len(b.SeatPages) > 0 {
			return nil
		}
	}
}

// reset makes b empty.
func (b *Batch) reset() {
	const keptRecords = 16 << 10
	if cap(b.Records) > keptRecords {
		b.Records = nil
	}
	b.Records, b.SeatPages = b.Records[:0], b.SeatPages[:0]
	b.arena.reset()
	if b.arena.decoder == nil {
		b.arena.decoder = newDecoder()
	}
}

// ErrClosed is what Next returns after Close.
var ErrClosed = errors.New("report reader is closed")

// take takes the next block, nil if there is none.
func (r *Reader) take() (*block, error) {
	r.reading.Lock()
	defer r.reading.Unlock()
	for {
		if r.closed {
			return nil, ErrClosed
		}
		if r.source == nil && !r.open() {
			return nil, nil
		}
		if b := r.source.next(); b != nil {
			r.taken(b)
			return b, nil
		}
		r.finish()
	}
}

// taken counts a block that is to be decoded.
func (r *Reader) taken(b *block) {
	if len(b.data) > bigBlock {
		r.big.Lock()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blocks++
	b.src.blocks++
}

// open opens the next stream of text, and reports whether there is one.
func (r *Reader) open() bool {
	for {
		stream, err := r.files.next()
		if err == io.EOF {
			return false
		}
		if err != nil {
			r.unopened(r.stat(stream), err)
			continue
		}
		stat := r.stat(stream)
		r.source = &source{
			name: stat.Name, rd: stream.rd, stat: stat, maxLine: r.maxLine, blockSize: r.blockSize, memory: &r.memory,
			refuse: func(seq int64, f Rejection) { r.refuse(stat, seq, f) }, warn: r.warn, line: 1, base: r.seq, step: (*source).start,
		}
		r.source.pass = r.pass(r.source)
		return true
	}
}

// unopened notes why a file cannot be read.
func (r *Reader) unopened(stat *FileStat, err error) {
	if what := notReport(""); errors.As(err, &what) {
		stat.notReport(string(what))
		return
	}
	r.refuse(stat, r.seq, Rejection{File: stat.Name, Line: 1, Reason: err.Error()})
	r.seq++
}

// stat adds the stream to the statistics. Of files of one name, as uploads from
// several folders have them, the second is called "name (2)": by its name it is
// told which file's days a refused line may be of.
func (r *Reader) stat(s stream) *FileStat {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := s.name
	for r.names[name] > 0 {
		r.names[s.name]++
		name = fmt.Sprintf("%s (%d)", s.name, r.names[s.name])
	}
	r.names[name]++
	stat := &FileStat{Name: name, Format: s.format, Records: map[string]int64{}}
	r.stats = append(r.stats, stat)
	return stat
}

// finish leaves the source, which has no more blocks.
func (r *Reader) finish() {
	s := r.source
	r.source = nil
	// The line after the last keeps the Seq of an empty file apart.
	r.seq = s.base + 1
	r.memory.put(s.buf)
	_ = r.files.close()
	if s.err != nil {
		s.refuse(s.base, Rejection{File: s.name, Line: s.line, Reason: "the rest cannot be read: " + s.err.Error()})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.ended = true
	r.judge(s)
}

// judge decides what the text that is like nothing in reports counts as: beside
// anything that is like it, as refused; if there is nothing else in the whole file,
// that is no report. r.mu is held.
func (r *Reader) judge(s *source) {
	switch {
	case len(s.stat.Records) > 0 || s.stat.Refused > 0:
		s.stat.Refused += s.idle.total
		r.rejections.addAll(&s.idle)
		s.idle.reset()
	case s.ended && s.blocks == 0:
		s.stat.notReport(s.whatElse())
		s.idle.reset()
	}
}

// decode decodes the block into b.
func (r *Reader) decode(block *block, b *Batch) {
	if len(block.data) > bigBlock {
		defer r.big.Unlock()
	}
	if len(block.data) > hugeBlock {
		defer runtime.GC()
	}
	d := b.arena.decoder
	d.bind(b)
	d.block(block, r.maxLine)
	d.src = nil
	r.memory.put(block.buf)

	r.mu.Lock()
	defer r.mu.Unlock()
	s := block.src
	for i := range b.Records {
		s.kinds[b.Records[i].Kind]++
	}
	for kind, n := range s.kinds {
		if n > 0 {
			s.stat.Records[Kind(kind).String()] = n
		}
	}
	if len(b.SeatPages) > 0 {
		s.stat.Records[Seat.String()] = s.kinds[Seat] // also if there are none
	}
	s.stat.Refused += d.rejections.total
	r.rejections.addAll(&d.rejections)
	s.idle.addAll(&d.idle)
	r.warnings.addAll(&d.warnings)
	r.blocks--
	s.blocks--
	r.judge(s)
	if r.blocks == 0 {
		r.idle.Broadcast()
	}
}

// wait waits for the blocks that others decode.
func (r *Reader) wait() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.blocks > 0 {
		r.idle.Wait()
	}
}

func (r *Reader) refuse(stat *FileStat, seq int64, f Rejection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stat.Refused++
	r.rejections.addAll(&kept[Rejection]{first: []told[Rejection]{{seq, f}}, total: 1})
}

// pass returns what notes text of the source that is like nothing in reports.
func (r *Reader) pass(s *source) func(int64, Rejection) {
	return func(seq int64, f Rejection) {
		r.mu.Lock()
		defer r.mu.Unlock()
		s.idle.addAll(&kept[Rejection]{first: []told[Rejection]{{seq, f}}, total: 1})
	}
}

func (r *Reader) warn(seq int64, w Warning) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.warnings.add(seq, w)
}

// Rejections returns what was refused so far, in the order of the input: at most
// 10,000 pieces. Where RejectionCount is higher, any day may lack a record.
func (r *Reader) Rejections() []Rejection {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rejections.sorted()
}

// RejectionCount returns how many pieces were refused so far.
func (r *Reader) RejectionCount() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rejections.total
}

// Warnings returns the warnings so far, in the order of the input: of those that
// are alike the first, with their number.
func (r *Reader) Warnings() []Warning {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.warnings.sorted()
}

// Stats returns what came out of each file so far.
func (r *Reader) Stats() []FileStat {
	r.reading.Lock() // which guards FileStat.Bytes
	defer r.reading.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	stats := make([]FileStat, len(r.stats))
	for i, s := range r.stats {
		stats[i] = *s
		stats[i].Records = maps.Clone(s.Records)
	}
	return stats
}

// BytesRead returns how many bytes of the inputs, packed as they are, have been
// read.
func (r *Reader) BytesRead() int64 { return r.bytes.Load() }

// Close closes the inputs. Calls of Next that follow return ErrClosed.
func (r *Reader) Close() error {
	r.reading.Lock()
	defer r.reading.Unlock()
	r.closed = true
	r.source = nil
	return r.files.closeAll()
}
