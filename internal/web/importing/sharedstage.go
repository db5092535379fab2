package importing

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/report"
)

// sharedStage keeps uploads in the database, for whichever process is asked to
// import them.
type sharedStage struct {
	kept    directory.Expiring
	uploads directory.Uploads
	quota   int64
}

// uploadKind is where it is kept what an upload's chunks are.
const uploadKind = "upload"

// chunkSize is how much of a file is read and written at once.
const chunkSize = 1 << 20

// uploadedRequest is what is kept of a request. The chunks of its files are numbered one
// after the other.
type uploadedRequest struct {
	Enterprise, Org, Scope, Tool, Data string
	Alias                              bool
	Files                              []uploadedFile
}

type uploadedFile struct {
	Name          string
	Size          int64
	First, Chunks int
}

// hold implements waiting. The files that were received here go.
func (s *sharedStage) hold(ctx context.Context, up *staged) (string, error) {
	if err := s.kept.Sweep(ctx, time.Now()); err != nil {
		return "", fmt.Errorf("remove old uploads: %w", err)
	}
	var size int64
	for _, in := range up.request.Inputs {
		size += in.Size
	}
	token, until := rand.Text(), time.Now().Add(stageLife)
	id := directory.SecretKey(token)
	// Who takes it just before its end has as long again to read it.
	if err := s.uploads.ReserveUpload(ctx, id, size, s.quota, until.Add(stageLife)); err != nil {
		return "", err
	}
	if err := s.store(ctx, id, token, up.request, until); err != nil {
		return "", errors.Join(fmt.Errorf("store an upload: %w", err), s.uploads.RemoveUpload(context.WithoutCancel(ctx), id))
	}
	return token, up.remove()
}

// store writes a request's files into chunks, and what they are.
func (s *sharedStage) store(ctx context.Context, id, token string, r intake.Request, until time.Time) error {
	about := uploadedRequest{Enterprise: r.Enterprise, Org: r.Org, Scope: r.Scope, Tool: r.Tool, Data: r.Data, Alias: r.Alias}
	next := 0
	for _, in := range r.Inputs {
		n, err := s.storeFile(ctx, id, next, in)
		if err != nil {
			return err
		}
		about.Files = append(about.Files, uploadedFile{in.Name, in.Size, next, n})
		next += n
	}
	body, err := json.Marshal(about)
	if err != nil {
		return err
	}
	return directory.KeepSealed(ctx, s.kept, uploadKind, token, body, until)
}

// storeFile writes a file into chunks from a number on, and returns how many.
func (s *sharedStage) storeFile(ctx context.Context, id string, first int, in report.Input) (n int, err error) {
	f, err := in.Open()
	if err != nil {
		return 0, err
	}
	defer f.Close()
	buf := make([]byte, chunkSize)
	for {
		size, err := io.ReadFull(f, buf)
		if size > 0 {
			if err := s.uploads.PutChunk(ctx, id, first+n, buf[:size]); err != nil {
				return n, err
			}
			n++
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// take implements waiting.
func (s *sharedStage) take(ctx context.Context, token string) (*staged, error) {
	body, err := directory.TakeSealed(ctx, s.kept, uploadKind, token, time.Now())
	if fault.KindOf(err) == fault.NotFound {
		return nil, errUploadGone
	}
	var about uploadedRequest
	if err == nil {
		err = json.Unmarshal(body, &about)
	}
	if err != nil {
		return nil, fmt.Errorf("take an upload: %w", err)
	}
	id := directory.SecretKey(token)
	up := &staged{
		request: intake.Request{Enterprise: about.Enterprise, Org: about.Org, Scope: about.Scope, Tool: about.Tool, Data: about.Data, Alias: about.Alias},
		drop:    func() error { return s.uploads.RemoveUpload(context.WithoutCancel(ctx), id) },
	}
	for _, f := range about.Files {
		up.request.Inputs = append(up.request.Inputs, report.Input{Name: f.Name, Size: f.Size, Open: func() (io.ReadCloser, error) {
			return &chunkReader{ctx: ctx, uploads: s.uploads, id: id, next: f.First, end: f.First + f.Chunks}, nil
		}})
	}
	return up, nil
}

// chunkReader reads the chunks of a file.
type chunkReader struct {
	ctx       context.Context // the request's
	uploads   directory.Uploads
	id        string
	next, end int
	left      []byte
}

func (r *chunkReader) Read(b []byte) (int, error) {
	if len(r.left) == 0 {
		if r.next == r.end {
			return 0, io.EOF
		}
		var err error
		if r.left, err = r.uploads.ReadChunk(r.ctx, r.id, r.next); err != nil {
			return 0, err
		}
		r.next++
	}
	n := copy(b, r.left)
	r.left = r.left[n:]
	return n, nil
}

func (r *chunkReader) Close() error { return nil }
