package report

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/flate"
)

// archive is a zip archive being read.
type archive struct {
	name  string
	files []*zip.File
	temp  io.Closer
	// packed is how many packed bytes of its files were read.
	packed int64
	used   allowance
}

// maxDirectory is how long an archive's directory may be: archive/zip holds all
// of it in memory, some five times as large.
const maxDirectory = 16 << 20

// openArchive opens the zip archive that file is, or that rd holds.
func openArchive(o *opener, name string, file io.ReadCloser, rd io.Reader) (*archive, error) {
	a := &archive{name: name}
	a.used.packed = &a.packed
	f, ok := file.(*os.File)
	if !ok || !regular(f) {
		temp, err := spool(rd)
		if err != nil {
			return nil, err
		}
		f, a.temp = temp.File, temp
	}
	if err := a.open(o, f); err != nil {
		a.close()
		return nil, fmt.Errorf("read zip archive: %w", err)
	}
	return a, nil
}

func regular(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

// open reads the archive's directory.
func (a *archive) open(o *opener, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	limited := &directoryReader{r: f, left: maxDirectory}
	zr, err := zip.NewReader(limited, info.Size())
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // nothing is written to the paths
		return err
	}
	limited.open = true
	a.register(zr, o)
	var packed uint64
	for _, f := range zr.File {
		packed += min(f.CompressedSize64, uint64(info.Size())+1) // the sum must not run over
		if !hidden(f.Name) {
			a.files = append(a.files, f)
		}
	}
	switch {
	case packed > uint64(info.Size()):
		return errors.New("its files lie over one another")
	case len(a.files) == 0:
		return errors.New("no files in it")
	}
	return nil
}

// register makes zr count packed bytes.
func (a *archive) register(zr *zip.Reader, o *opener) {
	spooled := a.temp != nil // then they were counted when it was read
	count := func(r io.Reader) io.Reader {
		return &packedReader{r: r, archive: a, input: o, counted: spooled}
	}
	zr.RegisterDecompressor(zip.Store, func(r io.Reader) io.ReadCloser { return io.NopCloser(count(r)) })
	zr.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(count(r)) })
}

// hidden reports whether a member is no file of the user's.
func hidden(name string) bool {
	return strings.HasSuffix(name, "/") || strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(path.Base(name), ".")
}

// next opens the archive's next file.
func (a *archive) next(o *opener) (stream, error) {
	if len(a.files) == 0 {
		return stream{}, io.EOF
	}
	f := a.files[0]
	a.files = a.files[1:]
	s := stream{name: a.name + "/" + beginning([]byte(f.Name)), format: "zip"}
	if f.Flags&1 != 0 {
		return s, errors.New("encrypted")
	}
	rc, err := f.Open()
	if err != nil {
		return s, err
	}
	o.closers = append(o.closers, rc)
	rd := bufio.NewReaderSize(&cappedReader{r: rc, allowance: &a.used}, 64<<10)
	s, err = o.unpack(s, rd, &a.used)
	if err != nil {
		o.close()
	}
	return s, err
}

func (a *archive) close() error {
	if a.temp == nil {
		return nil
	}
	return a.temp.Close()
}

// directoryReader reads at most left bytes until it is open.
type directoryReader struct {
	r    io.ReaderAt
	left int64
	open bool
}

func (d *directoryReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := d.r.ReadAt(p, off)
	if !d.open {
		if d.left -= int64(n); d.left < 0 {
			return 0, errors.New("too many files in it")
		}
	}
	return n, err
}

// packedReader counts the packed bytes of an archive's file.
type packedReader struct {
	r       io.Reader
	archive *archive
	input   *opener
	counted bool
}

func (p *packedReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.archive.packed += int64(n)
	if !p.counted {
		p.input.counted += int64(n)
		p.input.bytes.Add(int64(n))
	}
	return n, err
}
