package sqlstore

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/merge"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// Export implements store.Store.
func (s *Store) Export(ctx context.Context, r store.Report, yield func(*report.Record) error) error {
	switch r.Kind {
	case report.UserDay, report.AggregateDay, report.UserTeam, report.RepoDay:
	default:
		return fault.New(fault.Invalid, "records of kind %s are not stored", r.Kind)
	}
	err := s.still(ctx, r.Enterprise, func(v *snapshot) error { return v.export(ctx, r, yield) })
	if err != nil {
		return fmt.Errorf("export %s: %w", r.Kind, err)
	}
	return nil
}

func (v *snapshot) export(ctx context.Context, r store.Report, yield func(*report.Record) error) error {
	known, err := v.accounts(ctx)
	if err != nil {
		return err
	}
	var days []int32
	tx, err := v.db(ctx)
	if err != nil {
		return err
	}
	if r.Revision != 0 && r.Revision < v.revision {
		v.revision = r.Revision
	}
	list, err := v.sourceDays(ctx, r.Range)
	if err != nil {
		return err
	}
	for _, d := range list {
		if d.Source == r.Source && d.Kind == r.Kind && (r.Tool == "" || d.Tool == r.Tool) && d.Records > 0 {
			days = append(days, int32(d.Day))
		}
	}
	slices.Sort(days)
	for _, d := range slices.Compact(days) {
		if err := v.exportDay(ctx, tx, r, day.Day(d), known, yield); err != nil {
			return fmt.Errorf("%s: %w", day.Day(d), err)
		}
	}
	return nil
}

// exportDay yields a day's records, one block's or one pass's at a time.
func (v *snapshot) exportDay(ctx context.Context, tx *database.Tx, r store.Report, d day.Day, known *accounts, yield func(*report.Record) error) error {
	parts, err := v.exportedParts(ctx, tx, r, d)
	if err != nil {
		return err
	}
	for _, p := range parts {
		p.known, p.yield = known, yield
		if r.OrderOf == nil {
			err = p.eachBlock(ctx, func(rows []merge.Row) error { return p.write(ctx, rows) })
		} else {
			err = p.inOrder(ctx, r.OrderOf)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// exportedPart is a report day on its way out.
type exportedPart struct {
	*snapshot
	tx     *database.Tx
	day    day.Day
	key    reportKey
	tool   string
	layers []merge.Layer
	known  *accounts
	yield  func(*report.Record) error
}

// exportedParts returns the report days that are asked for, by tool.
func (v *snapshot) exportedParts(ctx context.Context, tx *database.Tx, r store.Report, d day.Day) (out []*exportedPart, err error) {
	err = database.Each(ctx, tx, func(rows *sql.Rows) error {
		k, stored, _, _, err := scanReport(rows)
		if err != nil || k.kind != r.Kind {
			return err
		}
		s, err := v.words.stream(k.stream)
		if err != nil {
			return err
		}
		tool, err := v.words.tool(s.tool)
		if err == nil && s.source == r.Source && s.data == r.Data && (r.Tool == "" || tool == r.Tool) {
			out = append(out, &exportedPart{snapshot: v, tx: tx, day: d, key: k, tool: tool, layers: stored.layers})
		}
		return err
	}, currentReports+` AND r.day = ?`, v.enterprise, v.revision, int(d))
	slices.SortFunc(out, func(a, b *exportedPart) int { return strings.Compare(a.tool, b.tool) })
	return out, err
}

// eachBlock yields the rows of one block after the other, in the order of their accounts.
func (p *exportedPart) eachBlock(ctx context.Context, f func([]merge.Row) error) error {
	return database.Each(ctx, p.tx, func(rows *sql.Rows) error {
		_, bucket, k, b, err := scanBlock(rows)
		if err != nil {
			return err
		}
		list, err := b.appendRows(nil, k.kind, nil, whole)
		if err == nil && slices.ContainsFunc(list, func(r merge.Row) bool { return r.Layer >= len(p.layers) }) {
			err = errDamaged
		}
		if err != nil {
			return fmt.Errorf("%s, %s of stream %d, bucket %d: %w", p.day, k.kind, k.stream, bucket, err)
		}
		return f(list)
	}, currentBlocks+` AND b.day = ? AND b.kind = ? AND b.stream = ? ORDER BY b.bucket`, p.enterprise, p.revision, int(p.day), int(p.key.kind), p.key.stream)
}

// passRows is how many rows of a day are held at once where another order than that of the
// accounts is asked for: a day with more is read several times.
const passRows = 1 << 14

// inOrder yields the records by what orderOf makes of their users.
func (p *exportedPart) inOrder(ctx context.Context, orderOf func(string) string) error {
	orders := map[string]string{} // by user, or repository
	var all []string
	order := func(r *merge.Row) (string, bool) {
		id := r.Repo
		if r.Account != 0 {
			who := p.known.of(r.Account)
			if who == nil {
				return "", false
			}
			id = cmp.Or(who.userID, id)
		}
		o, ok := orders[id]
		if !ok {
			o = orderOf(id)
			orders[id] = o
		}
		return o, true
	}
	err := p.eachBlock(ctx, func(rows []merge.Row) error {
		for i := range rows {
			if o, ok := order(&rows[i]); ok {
				all = append(all, o)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Sort(all)
	for len(all) > 0 {
		// As many as fit, and all of the last.
		n := min(passRows, len(all))
		from, to := all[0], all[n-1]
		for n < len(all) && all[n] == to {
			n++
		}
		all = all[n:]
		var pass []merge.Row
		err := p.eachBlock(ctx, func(rows []merge.Row) error {
			for _, r := range rows {
				if o, ok := order(&r); ok && o >= from && o <= to {
					// What is not in the pass is not to be held with it.
					r.Figures, r.Passthrough, r.Envelope = bytes.Clone(r.Figures), bytes.Clone(r.Passthrough), bytes.Clone(r.Envelope)
					pass = append(pass, r)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		slices.SortFunc(pass, func(a, b merge.Row) int {
			x, _ := order(&a)
			y, _ := order(&b)
			return cmp.Or(strings.Compare(x, y), cmp.Compare(a.Team, b.Team))
		})
		if err := p.write(ctx, pass); err != nil {
			return err
		}
	}
	return nil
}

// write yields rows as records.
func (p *exportedPart) write(ctx context.Context, rows []merge.Row) (err error) {
	for i := range rows {
		row, user := &rows[i], ""
		if row.Account != 0 {
			who := p.known.of(row.Account)
			if who == nil {
				continue
			}
			user = who.userID
		}
		rec := &report.Record{Kind: p.key.kind, Day: p.day, UserID: user}
		if p.key.kind == report.RepoDay {
			rec, err = decodeRecord(ctx, row.Passthrough)
		} else {
			err = p.words.readRecord(p.key.kind, row, &p.layers[row.Layer], rec)
		}
		if err != nil {
			return err
		}
		if err := p.yield(rec); err != nil {
			return err
		}
	}
	return nil
}

// decodeRecord reads a record that is kept as its JSON.
func decodeRecord(ctx context.Context, body []byte) (*report.Record, error) {
	reader := report.NewReader([]report.Input{{Name: "stored record", Size: int64(len(body)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(body)), nil
	}}}, report.Options{})
	defer reader.Close()
	var b report.Batch
	err := reader.Next(ctx, &b)
	if errors.Is(err, io.EOF) || err == nil && len(b.Records) != 1 {
		err = errDamaged
	}
	if err != nil {
		return nil, err
	}
	return &b.Records[0], nil
}
