package parquet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"

	"codegauge/internal/fault"
)

// What may come out of a file, against files made to fill the disk or the time:
// behind freeUnpacked not more than maxRatio times its size, in bytes and in
// values, and not more than freeUnpacked from a row. NDJSON of real records is
// 20 to 60 times as large as the Parquet file of them.
const (
	freeUnpacked = 64 << 20
	maxRatio     = 300
)

var errTooLarge = fmt.Errorf("unpacks to more than %d times its size", maxRatio)

// ToNDJSON reads a Parquet file, which errors call name, and returns its rows,
// one JSON object a line. A file that cannot be read is a fault.Invalid. Close
// removes what is kept on disk.
func (c *Converter) ToNDJSON(name string, r io.Reader) (io.ReadCloser, error) {
	out, err := c.toNDJSON(r)
	var damage *damageError
	switch {
	case errors.As(err, &damage):
		return nil, fault.New(fault.Invalid, "%s: not a Parquet file that can be read (%v)", name, damage)
	case err != nil:
		return nil, fmt.Errorf("read parquet %q: %w", name, err)
	}
	return out, nil
}

// damageError is an error of the file, not of the disk.
type damageError struct{ error }

func (c *Converter) toNDJSON(r io.Reader) (*os.File, error) {
	in, err := c.tempFile()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	size, err := io.Copy(in, r)
	if err != nil {
		return nil, err
	}
	out, err := c.tempFile()
	if err != nil {
		return nil, err
	}
	if err = convert(out, in, size); err == nil {
		_, err = out.Seek(0, io.SeekStart)
	}
	if err != nil {
		out.Close()
		return nil, err
	}
	return out, nil
}

// convert writes the rows of a Parquet file of size bytes.
func convert(out io.Writer, in io.ReaderAt, size int64) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil { // parquet-go does on some damaged files
			err = fmt.Errorf("damaged: %v", p)
		}
		if disk := new(fs.PathError); err != nil && !errors.As(err, &disk) {
			err = &damageError{err}
		}
	}()
	limit := freeUnpacked + maxRatio*size
	s, err := openSource(in, size, limit)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<18)
	t := newTable(s)
	var line []byte
	for i := range s.meta.RowGroups {
		if err := t.open(&s.meta.RowGroups[i]); err != nil {
			return err
		}
		for range s.meta.RowGroups[i].NumRows {
			if line, err = t.row(line[:0]); err != nil {
				return err
			}
			if limit -= int64(len(line)); limit < 0 {
				return errTooLarge
			}
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
		if err := t.close(); err != nil {
			return err
		}
	}
	return w.Flush()
}
