package report

import (
	"context"
	"io"
)

// Input is one thing to read.
type Input struct {
	Name string
	Size int64 // -1 unknown
	Open func() (io.ReadCloser, error)
}

func Files(paths []string, stdin io.Reader) ([]Input, error) { panic("todo") }

type Options struct {
	Parquet func(name string, r io.Reader) (io.ReadCloser, error)
	MaxLine int
}

type Reader struct{}
type source struct{ name string }

func NewReader(inputs []Input, opt Options) *Reader              { panic("todo") }
func (r *Reader) Next(ctx context.Context, b *Batch) error       { panic("todo") }
func (r *Reader) Refusals() []Refusal                            { panic("todo") }
func (r *Reader) Warnings() []Warning                            { panic("todo") }
func (r *Reader) RefusalCount() int64                            { panic("todo") }
func (r *Reader) WarningCount() int64                            { panic("todo") }
func (r *Reader) Stats() []FileStat                              { panic("todo") }
func (r *Reader) BytesRead() int64                               { panic("todo") }
func (r *Reader) Close() error                                   { panic("todo") }
func (r *Record) AppendJSON(dst []byte) []byte                   { panic("todo") }
func WriteWrapped(w io.Writer, kind string, days []Record) error { panic("todo") }
func CSVHeader(k Kind) []string                                  { panic("todo") }
func (r *Record) AppendCSV(cells []string) []string              { panic("todo") }
func (r *Record) Split(into *Split)                              { panic("todo") }

type FileStat struct {
	Name    string           `json:"name"`
	Format  string           `json:"format"`
	Bytes   int64            `json:"bytes"`
	Records map[string]int64 `json:"records"`
	Refused int64            `json:"refused"`
}

type Split struct {
	Total       Counters
	Features    []Row
	Derived     bool
	Unsplit     Counters
	Discrepancy Counters
	Substituted uint8
	Reduced     bool
}
