// Package parquet converts records between NDJSON and Parquet.
//
// A Parquet file has a type for each column where NDJSON has one for each
// value. What goes out gets the narrowest type that holds every value: text
// stays text, also where it looks like a number or a date; values of several
// types become JSON text. What comes in loses its nulls, which mean the same as
// absent members, and its times are written as reports write them.
package parquet

import (
	"os"
)

// Converter converts files by way of temporary ones in a folder. It is safe for
// concurrent use.
type Converter struct{ tmpDir string }

// New returns a Converter with a folder for its temporary files, which is made
// when needed; "" is the system's.
func New(tmpDir string) *Converter { return &Converter{tmpDir: tmpDir} }

// tempFile returns a file that has no name any more: it goes when it is closed,
// and no crash leaves it behind.
func (c *Converter) tempFile() (*os.File, error) {
	if c.tmpDir != "" {
		if err := os.MkdirAll(c.tmpDir, 0o700); err != nil {
			return nil, err
		}
	}
	f, err := os.CreateTemp(c.tmpDir, "parquet-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
