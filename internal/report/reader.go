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

// Options configures a Reader.
type Options struct {
	// Parquet converts a Parquet file to NDJSON. If it is nil, Parquet files are
	// rejected.
	Parquet func(name string, r io.Reader) (io.ReadCloser, error)
	// MaxLine is the most bytes that a line, or an element of a list, may have; 0 means
	// 64 MiB.
	MaxLine int
}

const (
	defaultMaxLine = 64 << 20
	// maxListed is the most rejections, and warnings of a block, that are listed.
	maxListed = 10_000
	// Of blocks larger than bigBlockSize bytes, only one is decoded at a time.
	bigBlockSize = 1 << 20
	// After a block larger than hugeBlockSize bytes the garbage collector runs at once,
	// lest the memory of several accumulate.
	hugeBlockSize = 16 << 20
)

// Reader reads the records of inputs, one after another. Its methods may be
// called from several goroutines at once.
type Reader struct {
	maxLine   int
	blockSize int
	memory    bufferPool
	bytesRead atomic.Int64
	// bigBlockMu is held while a block larger than bigBlockSize is decoded.
	bigBlockMu sync.Mutex

	// inputMu guards the inputs: one goroutine at a time reads a block.
	inputMu sync.Mutex
	files   opener
	source  *source
	seq     int64
	closed  bool

	// mu guards the results so far.
	mu            sync.Mutex
	pendingBlocks int        // blocks being decoded
	allDecoded    *sync.Cond // signals that there are none
	rejections    cappedList[Rejection]
	warnings      warningGroups
	stats         []*FileStat
	nameCounts    map[string]int // how many files have each name
}

// FileStat is the result of reading one file, or one file in an archive.
type FileStat struct {
	// Name is unique among the files of a Reader.
	Name string `json:"name"`
	// Format is ndjson, json or csv, or how the text was packed, such as gzip, zip,
	// zip+gzip or parquet; unknown if the file is not a report or could not be opened.
	Format string `json:"format"`
	// Bytes is the length of the unpacked text.
	Bytes int64 `json:"bytes"`
	// Records counts the records by kind (Kind.String).
	Records map[string]int64 `json:"records"`
	// Rejected counts the rejections.
	Rejected int64 `json:"rejected"`
	// NotReport describes a file that is not a report at all, such as "text", "empty" or
	// "image/png"; nothing in it counts as rejected. It is "" for a report.
	NotReport string `json:"not_report,omitempty"`
}

// markNotReport notes that the file is not a report, and what it is.
func (s *FileStat) markNotReport(what string) {
	s.NotReport, s.Format = what, unknownFormat
}

// setFormat sets the format, unless the file is packed.
func (s *FileStat) setFormat(f string) {
	if s.Format == "ndjson" {
		s.Format = f
	}
}

// NewReader returns a Reader of the inputs.
func NewReader(inputs []Input, opt Options) *Reader {
	r := &Reader{maxLine: opt.MaxLine, blockSize: defaultBlock, nameCounts: map[string]int{}}
	if r.maxLine <= 0 {
		r.maxLine = defaultMaxLine
	}
	r.allDecoded = sync.NewCond(&r.mu)
	r.files = opener{inputs: inputs, parquet: opt.Parquet, bytesRead: &r.bytesRead}
	return r
}

// Next fills b with the records of the next piece of input: at least one record or one
// page of seats, which may be empty. It returns io.EOF once all input is read and
// every concurrent call has returned. Input that cannot be read is not an error; see
// Rejections. Concurrent calls need a batch each.
func (r *Reader) Next(ctx context.Context, b *Batch) error {
	for {
		b.reset()
		if err := ctx.Err(); err != nil {
			return err
		}
		block, err := r.nextBlock()
		if err != nil {
			return err
		}
		if block == nil {
			r.waitForBlocks()
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

// ErrClosed is the error of Next after Close.
var ErrClosed = errors.New("report reader is closed")

// nextBlock returns the next block, nil if there is none.
func (r *Reader) nextBlock() (*block, error) {
	r.inputMu.Lock()
	defer r.inputMu.Unlock()
	for {
		if r.closed {
			return nil, ErrClosed
		}
		if r.source == nil && !r.openNext() {
			return nil, nil
		}
		if b := r.source.next(); b != nil {
			r.startBlock(b)
			return b, nil
		}
		r.finishSource()
	}
}

// startBlock counts a block as being decoded. It waits while another big one is.
func (r *Reader) startBlock(b *block) {
	if len(b.data) > bigBlockSize {
		r.bigBlockMu.Lock()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pendingBlocks++
	b.src.pendingBlocks++
}

// openNext opens the next source, and reports whether there is one.
func (r *Reader) openNext() bool {
	for {
		stream, err := r.files.next()
		if err == io.EOF {
			return false
		}
		if err != nil {
			r.openFailed(r.addStat(stream), err)
			continue
		}
		stat := r.addStat(stream)
		r.source = &source{
			reader: r, name: stat.Name, rd: stream.rd, stat: stat, maxLine: r.maxLine, blockSize: r.blockSize, memory: &r.memory,
			line: 1, baseSeq: r.seq, step: (*source).detectFormat,
		}
		return true
	}
}

// openFailed reports why a file cannot be read.
func (r *Reader) openFailed(stat *FileStat, err error) {
	if what := notReportError(""); errors.As(err, &what) {
		stat.markNotReport(string(what))
		return
	}
	r.reject(stat, r.seq, Rejection{File: stat.Name, Line: 1, Reason: err.Error()})
	r.seq++
}

// addStat adds the stream to the statistics. If there are several files of one name, as
// in uploads from several folders, the second is named "name (2)": rejections refer to
// files by name.
func (r *Reader) addStat(s stream) *FileStat {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := s.name
	for r.nameCounts[name] > 0 {
		r.nameCounts[s.name]++
		name = fmt.Sprintf("%s (%d)", s.name, r.nameCounts[s.name])
	}
	r.nameCounts[name]++
	stat := &FileStat{Name: name, Format: s.format, Records: map[string]int64{}}
	r.stats = append(r.stats, stat)
	return stat
}

// finishSource closes the source, which has no more blocks.
func (r *Reader) finishSource() {
	s := r.source
	r.source = nil
	// One more than the text's length, so that an empty file has a Seq of its own.
	r.seq = s.baseSeq + 1
	r.memory.put(s.buf)
	_ = r.files.close()
	if s.err != nil {
		s.reject(s.baseSeq, Rejection{File: s.name, Line: s.line, Reason: "cannot read the rest: " + s.err.Error()})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.ended = true
	r.classifyUnrelated(s)
}

// classifyUnrelated decides what unrelated text counts as: rejected if the file has any
// records or rejections besides; otherwise the file is not a report. The caller holds
// r.mu.
func (r *Reader) classifyUnrelated(s *source) {
	switch {
	case len(s.stat.Records) > 0 || s.stat.Rejected > 0:
		s.stat.Rejected += s.unrelated.total
		r.rejections.addAll(&s.unrelated)
		s.unrelated.reset()
	case s.ended && s.pendingBlocks == 0:
		s.stat.markNotReport(s.describeNonReport())
		s.unrelated.reset()
	}
}

// decode decodes the block into b.
func (r *Reader) decode(block *block, b *Batch) {
	if len(block.data) > bigBlockSize {
		defer r.bigBlockMu.Unlock()
	}
	if len(block.data) > hugeBlockSize {
		defer runtime.GC()
	}
	d := b.arena.decoder
	d.bind(b)
	d.decodeBlock(block, r.maxLine)
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
	s.stat.Rejected += d.rejections.total
	r.rejections.addAll(&d.rejections)
	s.unrelated.addAll(&d.unrelated)
	r.warnings.addAll(&d.warnings)
	r.pendingBlocks--
	s.pendingBlocks--
	r.classifyUnrelated(s)
	if r.pendingBlocks == 0 {
		r.allDecoded.Broadcast()
	}
}

// waitForBlocks waits for the blocks that other goroutines decode.
func (r *Reader) waitForBlocks() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.pendingBlocks > 0 {
		r.allDecoded.Wait()
	}
}

func (r *Reader) reject(stat *FileStat, seq int64, rejection Rejection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stat.Rejected++
	r.rejections.insert(seq, rejection)
}

// Rejections returns the rejections so far, in the order of the input: at most 10,000.
// If RejectionCount is higher, any day may lack a record.
func (r *Reader) Rejections() []Rejection {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rejections.sorted()
}

// RejectionCount returns the number of rejections so far.
func (r *Reader) RejectionCount() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rejections.total
}

// Warnings returns the warnings so far, in the order of the input. Those that differ
// only in numbers and quoted text are one, with a Count.
func (r *Reader) Warnings() []Warning {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.warnings.sorted()
}

// Stats returns what came out of each file so far.
func (r *Reader) Stats() []FileStat {
	r.inputMu.Lock() // which guards FileStat.Bytes
	defer r.inputMu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	stats := make([]FileStat, len(r.stats))
	for i, s := range r.stats {
		stats[i] = *s
		stats[i].Records = maps.Clone(s.Records)
	}
	return stats
}

// BytesRead returns how many bytes of the inputs have been read, before unpacking.
func (r *Reader) BytesRead() int64 { return r.bytesRead.Load() }

// Close closes the inputs. Later calls of Next return ErrClosed.
func (r *Reader) Close() error {
	r.inputMu.Lock()
	defer r.inputMu.Unlock()
	r.closed = true
	r.source = nil
	return r.files.closeAll()
}
