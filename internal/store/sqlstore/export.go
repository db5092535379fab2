package sqlstore

import (
	"bytes"
	"cmp"
	"context"
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

// exported is a row on its way out.
type exported struct {
	row   *merge.Row
	layer *merge.Layer
	tool  string
	who   *account
	order string // see store.Report.OrderOf
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

func (v *snapshot) exportDay(ctx context.Context, tx *database.Tx, r store.Report, d day.Day, known *accounts, yield func(*report.Record) error) error {
	stored, err := readDay(ctx, tx, v.enterprise, v.revision, d, nil)
	if err != nil {
		return err
	}
	var all []exported
	for k := range stored.reports {
		s, err := v.words.stream(k.stream)
		if err != nil {
			return err
		}
		tool, err := v.words.tool(s.tool)
		if err != nil {
			return err
		}
		if k.kind != r.Kind || s.source != r.Source || r.Tool != "" && tool != r.Tool {
			continue
		}
		reported, err := stored.reportDay(k)
		if err != nil {
			return err
		}
		for i := range reported.Rows {
			row := &reported.Rows[i]
			e := exported{row: row, layer: &reported.Layers[row.Layer], tool: tool, who: &account{}}
			if row.Account != 0 {
				if e.who = known.of(row.Account); e.who == nil {
					continue
				}
			}
			e.order = cmp.Or(e.who.userID, row.Repo)
			if r.OrderOf != nil {
				e.order = r.OrderOf(e.order)
			}
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b exported) int {
		return cmp.Or(strings.Compare(a.order, b.order), strings.Compare(a.tool, b.tool), cmp.Compare(a.row.Team, b.row.Team))
	})
	for _, e := range all {
		rec := &report.Record{Kind: r.Kind, Day: d, UserID: e.who.userID}
		if r.Kind == report.RepoDay {
			rec, err = decodeRecord(ctx, e.row.Passthrough)
		} else {
			err = v.words.readRecord(r.Kind, e.row, e.layer, rec)
		}
		if err != nil {
			return err
		}
		if err := yield(rec); err != nil {
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
