package intake

import (
	"context"
	"fmt"
	"io"
	"os"

	"codegauge/internal/report"
	"codegauge/internal/spool"
)

// toDisk puts the request's inputs on local disk, but for files that are there, so
// that nothing waits for a network or a pipe from here on, and all can be read
// twice. What it returns removes them.
func (in *Intake) toDisk(ctx context.Context, req *Request) (release func(), err error) {
	d := &onDisk{spool: in.opt.Spool, tell: req.Progress}
	release = func() {
		if err := d.close(); err != nil {
			in.opt.Log.WarnContext(ctx, "remove input", "error", err)
		}
	}
	inputs := make([]report.Input, len(req.Inputs))
	for i, in := range req.Inputs {
		if inputs[i], err = d.input(ctx, in); err != nil {
			release()
			return nil, err
		}
	}
	req.Inputs = inputs
	if req.Progress != nil {
		req.Progress = func(n int64) { d.tell(max(n, d.read)) } // the same bytes are read again
	}
	return release, nil
}

// onDisk is the inputs of an import that had to be copied.
type onDisk struct {
	spool *spool.Spool
	batch *spool.Batch
	tell  func(bytes int64)
	read  int64
}

func (d *onDisk) close() error {
	if d.batch == nil {
		return nil
	}
	return d.batch.Close()
}

// input returns the input as a file of this machine. One that cannot be opened is
// refused by the reader, like a file that cannot be read; one that breaks off
// ends the import.
func (d *onDisk) input(ctx context.Context, in report.Input) (report.Input, error) {
	r, err := in.Open()
	if ctx.Err() != nil {
		return in, ctx.Err()
	}
	if err != nil {
		in.Open = func() (io.ReadCloser, error) { return nil, err }
		return in, nil
	}
	defer r.Close()
	if isFile(r) {
		return in, nil
	}
	if d.batch == nil {
		if d.batch, err = d.spool.Batch(0); err != nil {
			return in, err
		}
	}
	f, err := d.batch.Add(ctx, &toldReader{r, d})
	if err != nil {
		return in, fmt.Errorf("read %s: %w", in.Name, err)
	}
	return report.Input{Name: in.Name, Size: f.Size, Open: f.Open}, nil
}

// isFile reports whether r reads a file that can be opened again.
func isFile(r io.Reader) bool {
	f, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

// toldReader tells how far reading has come.
type toldReader struct {
	io.Reader
	disk *onDisk
}

func (t *toldReader) Read(b []byte) (int, error) {
	n, err := t.Reader.Read(b)
	t.disk.read += int64(n)
	if t.disk.tell != nil {
		t.disk.tell(t.disk.read)
	}
	return n, err
}
