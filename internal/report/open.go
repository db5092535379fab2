package report

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
)

// unknownFormat is the format of a file that was not read.
const unknownFormat = "unknown"

// stream is a stream of text; rd is nil if it could not be opened.
type stream struct {
	name   string
	format string
	rd     io.Reader
}

// opener opens inputs one after another and unpacks compressed files and archives. It
// recognizes formats by the first bytes of a file, never by its name.
type opener struct {
	inputs    []Input
	parquet   func(name string, r io.Reader) (io.ReadCloser, error)
	bytesRead *atomic.Int64

	// input is the input that is open, inputBytes how many bytes of it were read.
	input      *Input
	inputBytes int64
	file       io.Closer
	archive    archive
	// closers close the stream that next returned last.
	closers []io.Closer
}

// notReportError is the error of a file that is not a report. It describes what the file
// is instead.
type notReportError string

func (n notReportError) Error() string { return string(n) }

// next opens the next stream, or returns io.EOF after the last. On any other error, the
// stream has a name and a format, and the next call continues after it.
func (o *opener) next() (stream, error) {
	if o.archive != nil {
		if s, err := o.archive.next(o); err != io.EOF {
			return s, err
		}
		_ = o.closeInput()
	}
	if len(o.inputs) == 0 {
		return stream{}, io.EOF
	}
	o.input, o.inputs, o.inputBytes = &o.inputs[0], o.inputs[1:], 0
	s, err := o.openInput()
	if errors.Is(err, errArchive) {
		return o.next()
	}
	if err != nil {
		_ = o.closeInput()
	}
	return s, err
}

// errArchive means that the input is an archive, whose first file comes next.
var errArchive = errors.New("archive")

// openInput opens o.input.
func (o *opener) openInput() (stream, error) {
	s := stream{name: o.input.Name, format: "ndjson"}
	rc, err := o.input.Open()
	if err != nil {
		s.format = unknownFormat
		return s, err
	}
	o.file = rc
	rd := bufio.NewReaderSize(&countingReader{r: rc, n: &o.inputBytes, all: o.bytesRead}, 64<<10)
	start, err := peek(rd)
	switch {
	case err != nil:
		return s, err
	case isZip(start):
		s.format = "zip"
		a, err := openZip(o, rc)
		if err == nil {
			o.archive, err = a, errArchive
		}
		return s, err
	}
	return o.unpack(s, rd, &unpackLimit{packedBytes: &o.inputBytes})
}

// unpack returns s with the text that rd contains, plain or compressed.
func (o *opener) unpack(s stream, rd *bufio.Reader, limit *unpackLimit) (stream, error) {
	start, err := peek(rd)
	if err != nil {
		return s, err
	}
	switch {
	case isZip(start):
		return s, fmt.Errorf("a zip archive inside a %s file: unpack it first", s.format)
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		return o.gunzip(s, rd, limit)
	case bytes.HasPrefix(start, []byte("PAR1")):
		return o.convert(s, rd)
	case isTar(start):
		return o.untar(s, rd, limit)
	}
	for magic, name := range unsupportedFormats {
		if bytes.HasPrefix(start, []byte(magic)) {
			s.format = unknownFormat
			return s, fmt.Errorf("%s cannot be imported: unpack or convert it first", name)
		}
	}
	if media := mediaType(start); media != "" {
		s.format = unknownFormat
		return s, notReportError(media)
	}
	s.rd = rd
	return s, nil
}

// unsupportedFormats names compressed formats that cannot be read, by their magic numbers.
var unsupportedFormats = map[string]string{
	"\x28\xb5\x2f\xfd": "a zstd file", "BZh": "a bzip2 file", "\xfd7zXZ": "an xz file",
	"7z\xbc\xaf": "a 7z archive", "Rar!": "a rar archive",
}

// mediaType returns the type of a file that cannot contain records, such as a picture or
// a document; "" for any other file. start is how the file begins.
func mediaType(start []byte) string {
	if bytes.HasPrefix(start, []byte("SQLite format 3\x00")) {
		return "an SQLite database"
	}
	media := http.DetectContentType(start)
	for _, kind := range []string{"image/", "audio/", "video/", "font/", "application/pdf", "application/postscript", "application/wasm"} {
		if strings.HasPrefix(media, kind) {
			return media
		}
	}
	return ""
}

// untar makes the input's tar archive the current one, and returns errArchive.
func (o *opener) untar(s stream, rd io.Reader, limit *unpackLimit) (stream, error) {
	if o.archive != nil {
		return s, fmt.Errorf("a tar archive inside a %s file: unpack it first", s.format)
	}
	text := &tailReader{r: rd}
	o.archive = &tarArchive{name: s.name, format: packedIn(s.format, "tar"), text: text, tr: tar.NewReader(text), limit: limit}
	return s, errArchive
}

// gunzip returns s with the text of a gzip file, which may have several members.
func (o *opener) gunzip(s stream, rd *bufio.Reader, limit *unpackLimit) (stream, error) {
	if strings.HasSuffix(s.format, "gzip") {
		return s, errors.New("a gzip file inside a gzip file: unpack it first")
	}
	zr, err := gzip.NewReader(rd)
	if err != nil {
		return s, err
	}
	s.format = packedIn(s.format, "gzip")
	return o.unpack(s, bufio.NewReaderSize(&limitedReader{r: zr, unpackLimit: limit}, 64<<10), limit)
}

// convert returns s with the text that a Parquet file is converted to.
func (o *opener) convert(s stream, rd io.Reader) (stream, error) {
	s.format = packedIn(s.format, "parquet")
	if o.parquet == nil {
		return s, errors.New("this build cannot read Parquet: convert the file to NDJSON first")
	}
	rc, err := o.parquet(s.name, rd)
	if err != nil {
		return s, fmt.Errorf("read Parquet: %w", err)
	}
	o.closers = append(o.closers, rc)
	s.rd = rc
	return s, nil
}

// packedIn returns a format with a layer of packing added, as FileStat.Format has it.
func packedIn(format, layer string) string {
	if format == "ndjson" {
		return layer
	}
	return format + "+" + layer
}

// peek returns the first tarBlock bytes of rd, fewer if it is shorter, without reading
// them.
func peek(rd *bufio.Reader) ([]byte, error) {
	start, err := rd.Peek(tarBlock)
	if len(start) == 0 && err != nil && err != io.EOF {
		return nil, err
	}
	return start, nil
}

func isZip(start []byte) bool {
	return bytes.HasPrefix(start, []byte("PK\x03\x04")) || bytes.HasPrefix(start, []byte("PK\x05\x06"))
}

// close closes the stream that next returned last.
func (o *opener) close() error {
	var errs []error
	for _, c := range o.closers {
		errs = append(errs, c.Close())
	}
	o.closers = nil
	if o.archive == nil {
		errs = append(errs, o.closeInput())
	}
	return errors.Join(errs...)
}

// closeInput closes the input, and counts the part of it that was skipped as read.
func (o *opener) closeInput() error {
	if o.input == nil {
		return nil
	}
	if o.input.Size >= 0 {
		o.bytesRead.Add(o.input.Size - o.inputBytes)
	}
	var err error
	if o.file != nil {
		err = o.file.Close()
	}
	o.archive, o.file, o.input = nil, nil, nil
	return err
}

// closeAll closes everything.
func (o *opener) closeAll() error {
	return errors.Join(o.close(), o.closeInput())
}

// countingReader adds the bytes that are read to n and to all.
type countingReader struct {
	r   io.Reader
	n   *int64
	all *atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	*c.n += int64(n)
	c.all.Add(int64(n))
	return n, err
}

// Limits against decompression bombs: an input may unpack to at most maxUnpacked bytes,
// and beyond freeUnpacked bytes to at most maxRatio times its size. Large reports unpack
// to 10 to 40 times their size, bombs to 1,000 times.
const (
	maxUnpacked  = 64 << 30
	freeUnpacked = 64 << 20
	maxRatio     = 100
)

// unpackLimit counts how much one input has unpacked to, all files of an archive
// together.
type unpackLimit struct {
	packedBytes   *int64
	unpackedBytes int64
}

// add counts n unpacked bytes. Its error says which limit they exceed.
func (a *unpackLimit) add(n int) error {
	a.unpackedBytes += int64(n)
	switch {
	case a.unpackedBytes > maxUnpacked:
		return errors.New("unpacks to more than 64 GiB")
	case a.unpackedBytes > freeUnpacked && a.unpackedBytes/maxRatio > *a.packedBytes:
		return fmt.Errorf("unpacks to more than %d times its size", maxRatio)
	}
	return nil
}

// limitedReader reads unpacked text up to the limit.
type limitedReader struct {
	r io.Reader
	*unpackLimit
}

func (c *limitedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if limitErr := c.add(n); limitErr != nil {
		return n, limitErr
	}
	return n, err
}
