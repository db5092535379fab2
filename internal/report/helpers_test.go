package report

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
)

// outcome is all that came out of reading.
type outcome struct {
	records    []Record
	rejections []Rejection
	warnings   []Warning
	stats      []FileStat
}

// textInput returns an input of text.
func textInput(name, text string) Input {
	return Input{Name: name, Size: int64(len(text)), Open: func() (io.ReadCloser, error) {
		return openText{strings.NewReader(text)}, nil
	}}
}

// openText is a text as a file is: an archive can be read from it.
type openText struct{ *strings.Reader }

func (openText) Close() error { return nil }

// readAll reads the inputs with one batch.
func readAll(t testing.TB, opt Options, inputs ...Input) outcome {
	t.Helper()
	return drainAll(t, NewReader(inputs, opt))
}

// drainAll reads all that r has with one batch.
func drainAll(t testing.TB, r *Reader) outcome {
	t.Helper()
	defer r.Close()
	var o outcome
	var b Batch
	for {
		err := r.Next(context.Background(), &b)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Records {
			o.records = append(o.records, cloneRecord(&b.Records[i]))
		}
	}
	o.rejections, o.warnings, o.stats = r.Rejections(), r.Warnings(), r.Stats()
	return o
}

// readText reads one file.
func readText(t testing.TB, text string) outcome {
	t.Helper()
	return readAll(t, Options{}, textInput("f", text))
}

// cloneRecord copies the record out of its batch.
func cloneRecord(r *Record) Record {
	c := *r
	for f := fByIDE; f <= fByModelFeature; f++ {
		rows := c.breakdown(f)
		*rows = slices.Clone(*rows)
		for i := range *rows {
			(*rows)[i].Extra = bytes.Clone((*rows)[i].Extra)
		}
	}
	c.Credits, c.Phase = clonePtr(c.Credits), clonePtr(c.Phase)
	c.Reported = Reported{clonePtr(c.Reported.Daily), clonePtr(c.Reported.Weekly), clonePtr(c.Reported.Monthly)}
	c.Extra, c.Wrapper = bytes.Clone(c.Extra), bytes.Clone(c.Wrapper)
	return c
}

func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// anywhere returns the record without what says where it stood.
func anywhere(r Record) Record {
	r.File, r.Line, r.Seq, r.Wrapper = "", 0, 0, nil
	return r
}
