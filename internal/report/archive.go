package report

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"
)

// archive is an archive being read: its files come one after another.
type archive interface {
	// next opens the next file; io.EOF says that there is none. The stream's name is
	// the archive's own where the fault is the archive's.
	next(o *opener) (stream, error)
}

// memberName names a file of an archive.
func memberName(archive, file string) string { return archive + "/" + beginning([]byte(file)) }

// hidden reports whether a member is no file of the user's.
func hidden(name string) bool {
	return strings.HasSuffix(name, "/") || strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(path.Base(name), ".")
}

// zipArchive is a zip archive being read.
type zipArchive struct {
	name  string
	files []*zip.File
	// packed is how many packed bytes of its files were read.
	packed int64
	used   allowance
}

// maxDirectory is how long an archive's directory may be: archive/zip holds all
// of it in memory, some five times as large.
const maxDirectory = 16 << 20

// openZip opens the zip archive that the opener's input is. Its directory is at
// its end, so it has to be a file.
func openZip(o *opener, file io.ReadCloser) (*zipArchive, error) {
	ra, ok := file.(io.ReaderAt)
	size := sizeOf(file, o.input.Size)
	if !ok || size < 0 {
		return nil, errors.New("a zip archive can only be read from a file, not from a stream")
	}
	a := &zipArchive{name: o.input.Name}
	a.used.packed = &a.packed
	if err := a.open(o, ra, size); err != nil {
		return nil, fmt.Errorf("read zip archive: %w", err)
	}
	return a, nil
}

// sizeOf returns a regular file's length, else what is stated.
func sizeOf(file io.ReadCloser, stated int64) int64 {
	f, ok := file.(*os.File)
	if !ok {
		return stated
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return -1
	}
	return info.Size()
}

// open reads the archive's directory.
func (a *zipArchive) open(o *opener, r io.ReaderAt, size int64) error {
	limited := &directoryReader{r: r, left: maxDirectory}
	zr, err := zip.NewReader(limited, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // nothing is written to the paths
		return err
	}
	limited.open = true
	a.register(zr, o)
	var packed uint64
	for _, f := range zr.File {
		packed += min(f.CompressedSize64, uint64(size)+1) // the sum must not run over
		if !hidden(f.Name) {
			a.files = append(a.files, f)
		}
	}
	switch {
	case packed > uint64(size):
		return errors.New("files in the archive overlap")
	case len(a.files) == 0:
		return notReport("an archive without files")
	case slices.ContainsFunc(a.files, func(f *zip.File) bool { return f.Name == "[Content_Types].xml" }):
		return notReport("an Office document")
	}
	return nil
}

// register makes zr count packed bytes.
func (a *zipArchive) register(zr *zip.Reader, o *opener) {
	count := func(r io.Reader) io.Reader { return &packedReader{r: r, archive: a, input: o} }
	zr.RegisterDecompressor(zip.Store, func(r io.Reader) io.ReadCloser { return io.NopCloser(count(r)) })
	zr.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(count(r)) })
}

// next implements archive.
func (a *zipArchive) next(o *opener) (stream, error) {
	if len(a.files) == 0 {
		return stream{}, io.EOF
	}
	f := a.files[0]
	a.files = a.files[1:]
	s := stream{name: memberName(a.name, f.Name), format: "zip"}
	if f.Flags&1 != 0 {
		return s, errors.New("encrypted")
	}
	rc, err := f.Open()
	if err != nil {
		return s, err
	}
	o.closers = append(o.closers, rc)
	s, err = o.unpack(s, bufio.NewReaderSize(&cappedReader{r: rc, allowance: &a.used}, 64<<10), &a.used)
	if err != nil {
		_ = o.close()
	}
	return s, err
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
			return 0, errors.New("too many files in the archive")
		}
	}
	return n, err
}

// packedReader counts the packed bytes of an archive's file.
type packedReader struct {
	r       io.Reader
	archive *zipArchive
	input   *opener
}

func (p *packedReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.archive.packed += int64(n)
	p.input.counted += int64(n)
	p.input.bytes.Add(int64(n))
	return n, err
}

// tarArchive is a tar archive being read.
type tarArchive struct {
	name, format string
	text         *tailReader
	tr           *tar.Reader
	used         *allowance
	// any says that a file was found, done that the archive has ended.
	any, done bool
}

// tarBlock is the length of a tar archive's blocks, the first of which is a header.
const tarBlock = 512

// isTar reports whether a text begins with the header of a tar archive, which has
// no magic number in its oldest form: a sum over the header is right.
func isTar(start []byte) bool {
	if len(start) < tarBlock {
		return false
	}
	_, err := tar.NewReader(strings.NewReader(string(start[:tarBlock]))).Next()
	return err == nil || !errors.Is(err, tar.ErrHeader) && !errors.Is(err, io.EOF)
}

// next implements archive.
func (a *tarArchive) next(o *opener) (stream, error) {
	s := stream{name: a.name, format: a.format}
	for !a.done {
		h, err := a.tr.Next()
		switch {
		case err == io.EOF:
			a.done = true
			if err := a.end(); err != nil {
				return s, fmt.Errorf("read tar archive: %w: some of its files may be missing", err)
			}
			if !a.any {
				return s, notReport("an archive without files")
			}
			continue
		case err != nil && !errors.Is(err, tar.ErrInsecurePath): // nothing is written to the paths
			a.done = true
			return s, fmt.Errorf("read tar archive: %w: some of its files are missing", err)
		case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeGNUSparse || hidden(h.Name):
			continue
		}
		a.any = true
		s.name = memberName(a.name, path.Clean(h.Name))
		return o.unpack(s, bufio.NewReaderSize(a.tr, 64<<10), a.used)
	}
	return s, io.EOF
}

// end reads what follows the archive's last file: zeros that mark its end, and
// nothing after them, or files would be left out.
func (a *tarArchive) end() error {
	mark := a.text.zeros
	rest, err := io.Copy(io.Discard, a.text)
	switch {
	case err != nil:
		return err
	case mark < tarBlock:
		return errors.New("the archive is cut off")
	case int64(a.text.zeros) != int64(mark)+rest:
		return errors.New("data follows the end of the archive")
	}
	return nil
}

// tailReader counts the zeros at the end of what was read.
type tailReader struct {
	r     io.Reader
	zeros int
}

func (t *tailReader) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	kept := len(bytes.TrimRight(p[:n], "\x00"))
	if kept > 0 {
		t.zeros = 0
	}
	t.zeros += n - kept
	return n, err
}
