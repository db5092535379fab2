package storetest

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"codegauge/internal/metric"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// list hands out items a few at a time, as a reader would: from memory that it
// uses again, so that a store that forgets to copy shows it.
type list struct {
	mu         sync.Mutex
	items      []store.Item
	next       int
	rejections []report.Rejection
	// failure is returned in place of io.EOF.
	failure error
	// called counts the calls of BeforeCommit, which calls beforeCommit first and
	// fails with objection.
	called       int
	beforeCommit func()
	objection    error
}

var _ store.Items = (*list)(nil)

// chunk is how many items one call hands out: few, so that small tests have
// imports of several batches.
const chunk = 3

// Next implements store.Items.
func (l *list) Next(ctx context.Context, buf *store.Buffer) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	scribble(buf.Batch.Records)
	n := min(chunk, len(l.items)-l.next)
	buf.Items = buf.Items[:0]
	buf.Batch.Records = slices.Grow(buf.Batch.Records[:0], chunk)[:n]
	if n == 0 {
		if l.failure != nil {
			return 0, l.failure
		}
		return 0, io.EOF
	}
	for i := range n {
		it := l.items[l.next+i]
		buf.Batch.Records[i] = clone(it.Record)
		it.Record = &buf.Batch.Records[i]
		buf.Items = append(buf.Items, it)
	}
	l.next += n
	return n, nil
}

// Rejections implements store.Items.
func (l *list) Rejections() []report.Rejection { return l.rejections }

// BeforeCommit implements store.Items.
func (l *list) BeforeCommit(context.Context, int64) error {
	l.called++
	if l.beforeCommit != nil {
		l.beforeCommit()
	}
	return l.objection
}

// clone copies a record with the memory that scribble spoils.
func clone(r *report.Record) report.Record {
	c := *r
	for _, rows := range breakdowns(&c) {
		*rows = slices.Clone(*rows)
		for i := range *rows {
			(*rows)[i].Extra = slices.Clone((*rows)[i].Extra)
		}
	}
	c.Extra, c.Wrapper = slices.Clone(c.Extra), slices.Clone(c.Wrapper)
	if c.Credits != nil {
		v := *c.Credits
		c.Credits = &v
	}
	return c
}

// scribble spoils records whose time is over.
func scribble(records []report.Record) {
	for i := range records {
		r := &records[i]
		for _, rows := range breakdowns(r) {
			for j := range *rows {
				(*rows)[j] = report.Row{Feature: "spoiled", Counters: report.Counters{N: [7]int64{9e9}, Present: 127}}
			}
		}
		for j := range r.Extra {
			r.Extra[j] = '?'
		}
		if r.Credits != nil {
			*r.Credits = 9e14
		}
		*r = report.Record{Kind: report.UserDay, UserID: "spoiled", Day: 1}
	}
}

// breakdowns returns a record's breakdowns.
func breakdowns(r *report.Record) []*[]report.Row {
	return []*[]report.Row{&r.ByIDE, &r.ByFeature, &r.ByLanguageFeature, &r.ByLanguageModel, &r.ByModelFeature}
}

// line is a record and the report it stands in.
type line struct {
	report.Record
	source  int64
	version time.Time
	data    metric.DataKind
}

// linesOf returns records as lines of one file.
func linesOf(source int64, data metric.DataKind, version time.Time, file string, records []report.Record) []line {
	var out []line
	for _, r := range records {
		r.File = file
		out = append(out, line{r, source, version, data})
	}
	return out
}

// itemsOf places records. A user-teams record belongs where its team_id and
// organization_id, which in these tests are the directory's numbers, say.
func itemsOf(lines []line) []store.Item {
	var out []store.Item
	for i := range lines {
		l := &lines[i]
		r := &l.Record
		r.Line, r.Seq = i+1, int64(i+1)
		it := store.Item{Record: r, Enterprise: byNumber(l.source).enterprise, Source: l.source, Tool: r.Tool, Data: l.data, Version: l.version}
		if it.Tool == "" {
			it.Tool = metric.Copilot
		}
		if r.Kind == report.UserTeam {
			it.Organization, it.Team = number(r.OrganizationID), number(r.TeamID)
		}
		out = append(out, it)
	}
	return out
}
