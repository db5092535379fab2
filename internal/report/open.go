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

// stream is a stream of text, or the name of what could not be opened as one.
type stream struct {
	name   string
	format string
	rd     io.Reader
}

// opener opens inputs one after another and unpacks what is packed. It tells
// formats from how a file begins, never from its name.
type opener struct {
	inputs  []Input
	parquet func(name string, r io.Reader) (io.ReadCloser, error)
	bytes   *atomic.Int64

	// input is the one that is open, counted what was read of it so far.
	input   *Input
	counted int64
	file    io.Closer
	archive archive
	// closers close the stream that next returned last.
	closers []io.Closer
}

// notReport is the error of a file that is no report at all, and says what it is.
type notReport string

func (n notReport) Error() string { return string(n) }

// next opens the next stream; io.EOF says that there is none, another error
// why the stream cannot be read.
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
	o.input, o.inputs, o.counted = &o.inputs[0], o.inputs[1:], 0
	s, err := o.openInput()
	if errors.Is(err, errArchive) {
		return o.next()
	}
	if err != nil {
		_ = o.closeInput()
	}
	return s, err
}

// errArchive says that an input is an archive and its first file comes next.
var errArchive = errors.New("archive")

// openInput opens the input.
func (o *opener) openInput() (stream, error) {
	s := stream{name: o.input.Name, format: "ndjson"}
	rc, err := o.input.Open()
	if err != nil {
		s.format = unknownFormat
		return s, err
	}
	o.file = rc
	rd := bufio.NewReaderSize(&countingReader{r: rc, n: &o.counted, all: o.bytes}, 64<<10)
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
	return o.unpack(s, rd, &allowance{packed: &o.counted})
}

// unpack returns the stream of text that rd holds, itself or packed.
func (o *opener) unpack(s stream, rd *bufio.Reader, a *allowance) (stream, error) {
	start, err := peek(rd)
	if err != nil {
		return s, err
	}
	switch {
	case isZip(start):
		return s, fmt.Errorf("a zip archive inside a %s file: unpack it first", s.format)
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		return o.unzip(s, rd, a)
	case bytes.HasPrefix(start, []byte("PAR1")):
		return o.convert(s, rd)
	case isTar(start):
		return o.untar(s, rd, a)
	}
	for magic, name := range foreign {
		if bytes.HasPrefix(start, []byte(magic)) {
			s.format = unknownFormat
			return s, fmt.Errorf("%s cannot be imported: unpack or convert it first", name)
		}
	}
	if media := mediaType(start); media != "" {
		s.format = unknownFormat
		return s, notReport(media)
	}
	s.rd = rd
	return s, nil
}

// foreign are beginnings of packed files that people try.
var foreign = map[string]string{
	"\x28\xb5\x2f\xfd": "a zstd file", "BZh": "a bzip2 file", "\xfd7zXZ": "an xz file",
	"7z\xbc\xaf": "a 7z archive", "Rar!": "a rar archive",
}

// mediaType names what begins so if it is a picture, a document or the like, which
// holds no records in any form.
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

// untar returns the first file of a tar archive.
func (o *opener) untar(s stream, rd io.Reader, a *allowance) (stream, error) {
	if o.archive != nil {
		return s, fmt.Errorf("a tar archive inside a %s file: unpack it first", s.format)
	}
	text := &tailReader{r: rd}
	o.archive = &tarArchive{name: s.name, format: packedIn(s.format, "tar"), text: text, tr: tar.NewReader(text), used: a}
	return s, errArchive
}

// unzip returns the stream of text in a gzip file of any number of members.
func (o *opener) unzip(s stream, rd *bufio.Reader, a *allowance) (stream, error) {
	if strings.HasSuffix(s.format, "gzip") {
		return s, errors.New("a gzip file inside a gzip file: unpack it first")
	}
	zr, err := gzip.NewReader(rd)
	if err != nil {
		return s, err
	}
	s.format = packedIn(s.format, "gzip")
	return o.unpack(s, bufio.NewReaderSize(&cappedReader{r: zr, allowance: a}, 64<<10), a)
}

// convert returns the stream of text that a Parquet file becomes.
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

// packedIn adds a layer to a format.
func packedIn(format, layer string) string {
	if format == "ndjson" {
		return layer
	}
	return format + "+" + layer
}

// peek returns the first bytes of rd, fewer if there are no more.
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

// closeInput closes the input, and counts what of it need not be read.
func (o *opener) closeInput() error {
	if o.input == nil {
		return nil
	}
	if o.input.Size >= 0 {
		o.bytes.Add(o.input.Size - o.counted)
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

// countingReader counts what is read, in n and in all.
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

// What may come out of a packed input, against files made to fill memory or
// time: not more than maxUnpacked bytes, and behind freeUnpacked not more than
// maxRatio times what went in. Reports of many people unpack to 10 to 40 times
// their size; what is made to be a bomb, to 1,000 times.
const (
	maxUnpacked  = 64 << 30
	freeUnpacked = 64 << 20
	maxRatio     = 100
)

// allowance is what one input has used of these, all files of an archive together.
type allowance struct {
	packed *int64
	out    int64
}

// use counts n bytes that came out.
func (a *allowance) use(n int) error {
	a.out += int64(n)
	switch {
	case a.out > maxUnpacked:
		return errors.New("unpacks to more than 64 GiB")
	case a.out > freeUnpacked && a.out/maxRatio > *a.packed:
		return fmt.Errorf("unpacks to more than %d times its size", maxRatio)
	}
	return nil
}

// cappedReader reads unpacked text until there is too much of it.
type cappedReader struct {
	r io.Reader
	*allowance
}

func (c *cappedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if too := c.use(n); too != nil {
		return n, too
	}
	return n, err
}
