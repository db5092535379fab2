// Package prepare writes large exports in the background: whoever asks for one sees how far it
// is and takes the file within a day. The file is kept in the database, in chunks, so every
// server over it can hand it out; whoever takes it must still be allowed to.
package prepare

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/question"

	"github.com/klauspost/compress/zstd"
)

// Product is what exports are made of; a question.Answerer has it.
type Product interface {
	PlanExport(ctx context.Context, req question.ExportRequest) (*question.ExportPlan, error)
	ExportOf(ctx context.Context, req question.ExportRequest, of *question.ExportPlan, progress func(records int64), w io.Writer) error
}

// Recorder writes the audit log.
type Recorder interface {
	Exported(ctx context.Context, place directory.Entity, what string) error
}

// Options configures a Preparer.
type Options struct {
	// Now is time.Now unless a test sets it.
	Now func() time.Time
	Log *slog.Logger
	// Limit is 10 exports of each person and 16 GiB of all together unless set.
	Limit directory.ExportLimit
	// Recorder writes into the audit log what is asked for; nil writes nothing.
	Recorder Recorder
	// Large is from how many records on an export is better prepared than waited for;
	// 0 is 250,000.
	Large int64
}

// Lifetime is how long a file is kept.
const Lifetime = 24 * time.Hour

const (
	// atOnce is how many exports a server prepares at a time.
	atOnce = 2
	// chunkSize is how much of a file, in bytes, is packed and written at once.
	chunkSize = 4 << 20
	beatEvery = 2 * time.Second
)

// Preparer prepares exports. It is safe for concurrent use.
type Preparer struct {
	dir     directory.Exports
	product Product
	opt     Options
	turns   chan struct{}
	// work ends with stop; running counts what goes on.
	work    context.Context
	stop    context.CancelCauseFunc
	running sync.WaitGroup
}

// New returns a Preparer; Close ends what it does.
func New(dir directory.Exports, product Product, opt Options) *Preparer {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	opt.Large = cmp.Or(opt.Large, 250_000)
	opt.Limit.Each, opt.Limit.Bytes = cmp.Or(opt.Limit.Each, 10), cmp.Or(opt.Limit.Bytes, 16<<30)
	p := &Preparer{dir: dir, product: product, opt: opt, turns: make(chan struct{}, atOnce)}
	p.work, p.stop = context.WithCancelCause(context.Background())
	return p
}

// errStopped is why exports end with the server.
var errStopped = fault.New(fault.Unavailable, "%s", directory.ErrorStopped)

// Close ends what is being prepared, which then has failed.
func (p *Preparer) Close() error {
	p.stop(errStopped)
	p.running.Wait()
	return nil
}

// about is what is kept of what an export is of.
type about struct {
	Request     question.ExportRequest
	Source      int64
	Days        day.Range
	DataVersion int64
	Pseudonyms  bool
}

// Export is an export that is prepared, or was, for whoever asks.
type Export struct {
	ID string `json:"id"`
	// Status is waiting, running, done or failed, Error why it failed.
	Status directory.ExportStatus `json:"status"`
	Error  string                 `json:"error,omitempty"`
	Report string                 `json:"report"`
	Format string                 `json:"format"`
	From   day.Day                `json:"from"`
	To     day.Day                `json:"to"`
	Tool   string                 `json:"tool,omitempty"`
	// DataKind is left out for reports.
	DataKind metric.DataKind `json:"data_kind,omitempty"`
	// Records of Total are written; Bytes is the size of the file.
	Records int64 `json:"records"`
	Total   int64 `json:"total"`
	Bytes   int64 `json:"bytes"`
	// Definition and DataVersion are those of the figures that the records add up to.
	Definition  string    `json:"definition"`
	DataVersion int64     `json:"data_version"`
	Created     time.Time `json:"created"`
	Expires     time.Time `json:"expires"`
	// URL is where this is asked again, File where the file is, both below the base path.
	URL  string `json:"url"`
	File string `json:"file,omitempty"`
	// Request is what was asked for.
	Request question.ExportRequest `json:"-"`
}

func shown(e directory.PreparedExport, of about) Export {
	r := of.Request
	out := Export{ID: e.ID, Status: e.Status, Error: e.Error, Report: r.Report, Format: cmp.Or(r.Format, "ndjson"), From: of.Days.From, To: of.Days.To, Tool: r.Tool,
		Records: e.Records, Total: e.Total, Bytes: e.Size, Definition: string(metric.Strict), DataVersion: of.DataVersion,
		Created: e.Created.UTC().Truncate(time.Second), Expires: e.Expires.UTC().Truncate(time.Second), Request: r}
	out.DataKind, _ = metric.DataKindByName(r.Data) // it was understood before
	place := url.Values{"enterprise": {r.Enterprise}}
	if r.Org != "" {
		place.Set("org", r.Org)
	}
	out.URL = "/api/v1/exports/" + e.ID + "?" + place.Encode()
	if e.Status == directory.ExportDone {
		out.File = "/api/v1/exports/" + e.ID + "/file?" + place.Encode()
	}
	return out
}

// Large reports whether an export is better prepared than waited for, or why whoever asks may
// not have it.
func (p *Preparer) Large(ctx context.Context, req question.ExportRequest) (bool, error) {
	plan, err := p.product.PlanExport(ctx, req)
	return err == nil && plan.Records >= p.opt.Large, err
}

// Prepare begins to prepare an export for whoever asks.
func (p *Preparer) Prepare(ctx context.Context, req question.ExportRequest) (Export, error) {
	plan, err := p.product.PlanExport(ctx, req)
	if err != nil {
		return Export{}, err
	}
	req.Enterprise = plan.Enterprise.Key()
	if p.opt.Recorder != nil {
		if err := p.opt.Recorder.Exported(ctx, plan.Source, "to be prepared: "+req.Words()); err != nil {
			return Export{}, err
		}
	}
	of := about{req, plan.Source.ID, plan.Days, plan.DataVersion, plan.Pseudonyms}
	now := p.opt.Now()
	e := directory.PreparedExport{ID: rand.Text(), Enterprise: plan.Enterprise.ID, Owner: access.Of(ctx).Actor().Name, Status: directory.ExportWaiting,
		Total: plan.Records, Created: now, Beat: now, Expires: now.Add(Lifetime)}
	if e.About, err = json.Marshal(of); err != nil {
		return Export{}, err
	}
	if err := p.dir.PutExport(ctx, e, p.opt.Limit); err != nil {
		return Export{}, err
	}
	// The work goes on for whom it is after their request has ended, with a look of its own.
	work, cancel := context.WithCancelCause(database.WithLook(context.WithoutCancel(ctx)))
	end := context.AfterFunc(p.work, func() { cancel(errStopped) })
	p.running.Go(func() {
		defer cancel(nil)
		defer end()
		p.prepare(work, e, of)
	})
	return shown(e, of), nil
}

// job is an export that is being prepared; several goroutines say how far it is.
type job struct {
	*Preparer
	mu sync.Mutex
	e  directory.PreparedExport
}

// note writes how far the export is, after a change.
func (j *job) note(ctx context.Context, change func(*directory.PreparedExport)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.e.Status == directory.ExportDone || j.e.Status == directory.ExportFailed {
		return nil
	}
	change(&j.e)
	j.e.Beat = j.opt.Now()
	return j.dir.NoteExport(ctx, j.e)
}

// prepare writes an export and says what came of it.
func (p *Preparer) prepare(ctx context.Context, e directory.PreparedExport, of about) {
	ctx, cancel := context.WithCancelCause(ctx)
	j := &job{Preparer: p, e: e}
	beats := make(chan struct{})
	go func() {
		defer close(beats)
		j.beat(ctx, cancel)
	}()
	err := j.write(ctx, of)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	cancel(nil)
	<-beats
	ended := context.WithoutCancel(ctx)
	if err == nil {
		err = j.note(ended, func(e *directory.PreparedExport) { e.Status = directory.ExportDone })
	}
	if err == nil || errors.Is(err, errRemoved) {
		return
	}
	message := "the file could not be written: the server's log says why"
	if fault.KindOf(err) != fault.Internal {
		message = err.Error()
	} else {
		p.opt.Log.Error("prepare an export", "report", of.Request.Report, "error", err)
	}
	err = j.note(ended, func(e *directory.PreparedExport) { e.Status, e.Error = directory.ExportFailed, message })
	if err != nil && fault.KindOf(err) != fault.NotFound {
		p.opt.Log.Error("note that an export has failed", "error", err) // it is seen to be silent
	}
}

// errRemoved ends what is prepared for nobody any more.
var errRemoved = errors.New("the export was removed")

// beat says again and again how far the export is, and ends it when it was removed.
func (j *job) beat(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := j.note(ctx, func(*directory.PreparedExport) {})
		if fault.KindOf(err) == fault.NotFound {
			cancel(errRemoved)
		}
	}
}

// write waits for its turn and writes the file, of the data as it then is.
func (j *job) write(ctx context.Context, of about) error {
	select {
	case j.turns <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-j.turns }()
	plan, err := j.product.PlanExport(ctx, of.Request)
	if err != nil {
		return err
	}
	of.Days, of.DataVersion, of.Pseudonyms = plan.Days, plan.DataVersion, plan.Pseudonyms
	body, err := json.Marshal(of)
	if err != nil {
		return err
	}
	err = j.note(ctx, func(e *directory.PreparedExport) {
		e.Status, e.About, e.Total = directory.ExportRunning, body, plan.Records
	})
	if err != nil {
		return err
	}
	out := &chunkWriter{ctx: ctx, job: j}
	progress := func(n int64) {
		j.mu.Lock()
		j.e.Records = n
		j.mu.Unlock()
	}
	if err := j.product.ExportOf(ctx, of.Request, plan, progress, out); err != nil {
		return err
	}
	return out.flush()
}

var (
	packer, _   = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	unpacker, _ = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(1<<28), zstd.WithDecoderConcurrency(0))
)

// chunkWriter writes a file into packed chunks.
type chunkWriter struct {
	ctx  context.Context // the job's
	job  *job
	next int
	buf  bytes.Buffer
}

func (w *chunkWriter) Write(b []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	w.buf.Write(b)
	if w.buf.Len() < chunkSize {
		return len(b), nil
	}
	return len(b), w.flush()
}

func (w *chunkWriter) flush() error {
	if w.buf.Len() == 0 {
		return nil
	}
	err := w.job.dir.PutExportChunk(w.ctx, w.job.e.ID, w.next, packer.EncodeAll(w.buf.Bytes(), nil), w.job.opt.Limit)
	if fault.KindOf(err) == fault.NotFound {
		return errRemoved
	}
	w.job.mu.Lock()
	w.job.e.Size += int64(w.buf.Len())
	w.job.mu.Unlock()
	w.next++
	w.buf.Reset()
	return err
}

// find returns an export of whoever asks, at the place that they ask about.
func (p *Preparer) find(ctx context.Context, id string) (e directory.PreparedExport, of about, err error) {
	gone := fault.New(fault.NotFound, "this export does not exist, or is no longer kept")
	place := access.PlaceOf(ctx)
	if place.Entity() == nil {
		return e, of, gone
	}
	if e, err = p.dir.PreparedExport(ctx, place.Enterprise.ID, id, p.opt.Now()); err != nil {
		return e, of, err
	}
	if err := json.Unmarshal(e.About, &of); err != nil {
		return e, of, fmt.Errorf("read what an export is of: %w", err)
	}
	if e.Owner != access.Of(ctx).Actor().Name || of.Source != place.Entity().ID {
		return e, of, gone
	}
	return e, of, nil
}

// Get returns an export of whoever asks.
func (p *Preparer) Get(ctx context.Context, id string) (Export, error) {
	e, of, err := p.find(ctx, id)
	return shown(e, of), err
}

// List returns those of whoever asks, of the place that they ask about, newest first.
func (p *Preparer) List(ctx context.Context) ([]Export, error) {
	place := access.PlaceOf(ctx)
	if place.Entity() == nil {
		return nil, nil
	}
	list, err := p.dir.PreparedExports(ctx, place.Enterprise.ID, access.Of(ctx).Actor().Name, p.opt.Now())
	var out []Export
	for _, e := range list {
		var of about
		if err := json.Unmarshal(e.About, &of); err != nil {
			return nil, fmt.Errorf("read what an export is of: %w", err)
		}
		if of.Source == place.Entity().ID {
			out = append(out, shown(e, of))
		}
	}
	return out, err
}

// Remove removes one; what prepares it ends.
func (p *Preparer) Remove(ctx context.Context, id string) error {
	e, _, err := p.find(ctx, id)
	if err != nil {
		return err
	}
	return p.dir.RemoveExport(ctx, e.Enterprise, e.ID)
}

// Open returns an export with its file, if it is ready and whoever asks may still have what
// is in it, as it is in it.
func (p *Preparer) Open(ctx context.Context, id string) (Export, io.Reader, error) {
	e, of, err := p.find(ctx, id)
	if err != nil {
		return Export{}, nil, err
	}
	if e.Status != directory.ExportDone {
		return Export{}, nil, fault.New(fault.Conflict, "this export is not ready: it is %s", e.Status)
	}
	plan, err := p.product.PlanExport(ctx, of.Request)
	if err != nil {
		return Export{}, nil, err
	}
	if plan.Pseudonyms != of.Pseudonyms {
		return Export{}, nil, fault.New(fault.Conflict, "the privacy settings have changed since this export was prepared: prepare it again")
	}
	return shown(e, of), &chunkReader{ctx: ctx, dir: p.dir, id: e.ID, left: e.Size}, nil
}

// chunkReader reads a file of packed chunks.
type chunkReader struct {
	ctx  context.Context // the request's
	dir  directory.Exports
	id   string
	next int
	left int64
	buf  []byte
}

func (r *chunkReader) Read(b []byte) (int, error) {
	if len(r.buf) == 0 {
		if r.left == 0 {
			return 0, io.EOF
		}
		packed, err := r.dir.ExportChunk(r.ctx, r.id, r.next)
		if err == nil {
			r.buf, err = unpacker.DecodeAll(packed, nil)
		}
		if err == nil && (len(r.buf) == 0 || int64(len(r.buf)) > r.left) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
		r.next++
		r.left -= int64(len(r.buf))
	}
	n := copy(b, r.buf)
	r.buf = r.buf[n:]
	return n, nil
}
