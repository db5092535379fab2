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

// archive is an open archive whose files are read one after another.
type archive interface {
	// next opens the next file, or returns io.EOF after the last. On an error, the
	// stream's name is the archive's if the archive itself is damaged, else the file's.
	next(o *opener) (stream, error)
}

// memberName returns the name under which a file of an archive is reported.
func memberName(archive, file string) string { return archive + "/" + beginning([]byte(file)) }

// hidden reports whether an archive entry is a directory, a dot file or macOS metadata.
func hidden(name string) bool {
	return strings.HasSuffix(name, "/") || strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(path.Base(name), ".")
}

// zipArchive is a zip archive being read.
type zipArchive struct {
	name  string
	files []*zip.File
	// packedBytes counts the compressed bytes read from its files so far.
	packedBytes int64
	limit       unpackLimit
}

// maxDirectory is the most bytes that an archive's directory may have: archive/zip
// holds all of it in memory, where it is about five times as large.
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
	a.limit.packedBytes = &a.packedBytes
	if err := a.open(o, ra, size); err != nil {
		return nil, fmt.Errorf("read zip archive: %w", err)
	}
	return a, nil
}

// sizeOf returns the size in bytes of a regular file, -1 of any other *os.File, and
// the stated size of anything else.
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
	limited.unlimited = true
	a.countPacked(zr, o)
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
		return notReportError("an archive without files")
	case slices.ContainsFunc(a.files, func(f *zip.File) bool { return f.Name == "[Content_Types].xml" }):
		return notReportError("an Office document")
	}
	return nil
}

// countPacked makes zr count the compressed bytes that it reads.
func (a *zipArchive) countPacked(zr *zip.Reader, o *opener) {
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
	s, err = o.unpack(s, bufio.NewReaderSize(&limitedReader{r: rc, unpackLimit: &a.limit}, 64<<10), &a.limit)
	if err != nil {
		_ = o.close()
	}
	return s, err
}

// directoryReader fails after left bytes until it is set to unlimited.
type directoryReader struct {
	r         io.ReaderAt
	left      int64
	unlimited bool
}

func (d *directoryReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := d.r.ReadAt(p, off)
	if !d.unlimited {
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
	p.archive.packedBytes += int64(n)
	p.input.inputBytes += int64(n)
	p.input.bytesRead.Add(int64(n))
	return n, err
}

// tarArchive is a tar archive being read.
type tarArchive struct {
	name, format string
	text         *tailReader
	tr           *tar.Reader
	limit        *unpackLimit
	// foundFile is set once a file was found, done at the end of the archive.
	foundFile, done bool
}

// tarBlock is the length of a tar archive's blocks, the first of which is a header.
const tarBlock = 512

// isTar reports whether start begins with the header of a tar archive. The oldest form
// has no magic number, so the header's checksum decides.
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
			if !a.foundFile {
				return s, notReportError("an archive without files")
			}
			continue
		case err != nil && !errors.Is(err, tar.ErrInsecurePath): // nothing is written to the paths
			a.done = true
			return s, fmt.Errorf("read tar archive: %w: some of its files are missing", err)
		case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeGNUSparse || hidden(h.Name):
			continue
		}
		a.foundFile = true
		s.name = memberName(a.name, path.Clean(h.Name))
		return o.unpack(s, bufio.NewReaderSize(a.tr, 64<<10), a.limit)
	}
	return s, io.EOF
}

// end reads what follows the archive's last file and fails unless it is the zeros that
// mark the end, with nothing behind them: files after them would be missed.
func (a *tarArchive) end() error {
	endZeros := a.text.zeros
	rest, err := io.Copy(io.Discard, a.text)
	switch {
	case err != nil:
		return err
	case endZeros < tarBlock:
		return errors.New("the archive is cut off")
	case int64(a.text.zeros) != int64(endZeros)+rest:
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
	text := len(bytes.TrimRight(p[:n], "\x00"))
	if text > 0 {
		t.zeros = 0
	}
	t.zeros += n - text
	return n, err
}
