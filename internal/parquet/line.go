package parquet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// lineReader reads lines of any length.
type lineReader struct {
	in   *bufio.Reader
	line []byte // without blanks around it; valid until the next one
	buf  []byte
	err  error
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{in: bufio.NewReaderSize(r, 1<<18)}
}

// next reads a line and reports whether there was one.
func (r *lineReader) next() bool {
	if r.err != nil {
		return false
	}
	r.buf = r.buf[:0]
	for {
		part, err := r.in.ReadSlice('\n')
		r.buf = append(r.buf, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			r.err = err
			break
		}
	}
	r.line = bytes.TrimSpace(r.buf)
	return len(r.buf) > 0
}
