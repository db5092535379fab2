package sqldirectory

import (
	"context"
	"database/sql"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// PutExport begins an export.
func (d *Directory) PutExport(ctx context.Context, e directory.PreparedExport, limit directory.ExportLimit) error {
	return d.expire(ctx, "begin an export", func(tx *database.Tx) error {
		var n int
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM prepared_export WHERE enterprise = ? AND owner = ? AND expires > ? AND (status = ? OR status <> ? AND beat > ?)`,
			e.Enterprise, text(e.Owner), e.Created.UnixMicro(), string(directory.ExportDone), string(directory.ExportFailed), silentSince(e.Created)).Scan(&n)
		if err != nil {
			return err
		}
		if n >= limit.Each {
			return fault.New(fault.TooMany, "%d exports of yours are being prepared or kept: remove one that you no longer need", n)
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO prepared_export (id, enterprise, owner, about, status, error, records, total, size, stored, created, beat, expires)
			VALUES (?, ?, ?, ?, ?, '', 0, ?, 0, 0, ?, ?, ?)`,
			text(e.ID), e.Enterprise, text(e.Owner), e.About, string(e.Status), e.Total, e.Created.UnixMicro(), e.Beat.UnixMicro(), e.Expires.UnixMicro())
		return err
	})
}

const selectExport = `SELECT id, enterprise, owner, about, status, error, records, total, size, stored, created, beat, expires FROM prepared_export WHERE enterprise = ? AND expires > ?`

// silentSince is the newest beat, in microseconds, of what nobody prepares any more.
func silentSince(now time.Time) int64 { return now.Add(-directory.ExportSilence).UnixMicro() }

func scanExport(row interface{ Scan(...any) error }, now time.Time) (e directory.PreparedExport, err error) {
	var created, beat, expires int64
	err = row.Scan(&e.ID, &e.Enterprise, &e.Owner, &e.About, &e.Status, &e.Error, &e.Records, &e.Total, &e.Size, &e.Stored, &created, &beat, &expires)
	e.Created, e.Beat, e.Expires = time.UnixMicro(created), time.UnixMicro(beat), time.UnixMicro(expires)
	if (e.Status == directory.ExportWaiting || e.Status == directory.ExportRunning) && beat <= silentSince(now) {
		e.Status, e.Error = directory.ExportFailed, directory.ErrorStopped
	}
	return e, err
}

// PreparedExport returns one.
func (d *Directory) PreparedExport(ctx context.Context, enterprise int64, id string, now time.Time) (directory.PreparedExport, error) {
	e, err := scanExport(d.db.QueryRowContext(ctx, selectExport+` AND id = ?`, enterprise, now.UnixMicro(), text(id)), now)
	return e, d.explain("read an export", missing(err, "this export does not exist, or is no longer kept"))
}

// PreparedExports lists somebody's.
func (d *Directory) PreparedExports(ctx context.Context, enterprise int64, owner string, now time.Time) (list []directory.PreparedExport, err error) {
	err = database.Each(ctx, d.db, func(rows *sql.Rows) error {
		e, err := scanExport(rows, now)
		list = append(list, e)
		return err
	}, selectExport+` AND owner = ? ORDER BY created DESC, id`, enterprise, now.UnixMicro(), text(owner))
	return list, d.explain("list exports", err)
}

// exportGone is the answer to whoever goes on with an export that was removed.
const exportGone = "the export was removed"

// NoteExport writes how far an export is.
func (d *Directory) NoteExport(ctx context.Context, e directory.PreparedExport) error {
	return d.update(ctx, "note an export", func(tx *database.Tx) error {
		err := one(tx.ExecContext(ctx, `
			UPDATE prepared_export
			SET    about = ?, status = ?, error = ?, records = ?, total = ?, size = ?, beat = ?, stored = CASE WHEN ? THEN 0 ELSE stored END
			WHERE  id = ?`,
			e.About, string(e.Status), text(e.Error), e.Records, e.Total, e.Size, e.Beat.UnixMicro(), e.Status == directory.ExportFailed, text(e.ID)))
		if err != nil || e.Status != directory.ExportFailed {
			return missing(err, exportGone)
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM prepared_export_chunk WHERE export = ?`, text(e.ID))
		return err
	})
}

// PutExportChunk adds a chunk.
func (d *Directory) PutExportChunk(ctx context.Context, id string, n int, body []byte, limit directory.ExportLimit) error {
	return d.expire(ctx, "write an export", func(tx *database.Tx) error {
		var used int64
		if err := tx.QueryRowContext(ctx, `SELECT CAST(coalesce(sum(stored), 0) AS BIGINT) FROM prepared_export`).Scan(&used); err != nil {
			return err
		}
		if used+int64(len(body)) > limit.Bytes {
			return fault.New(fault.Unavailable, "there is no room for this export beside others that are kept: remove some, ask for fewer days, or use codegauge export on the command line")
		}
		if err := one(tx.ExecContext(ctx, `UPDATE prepared_export SET stored = stored + ? WHERE id = ?`, len(body), text(id))); err != nil {
			return missing(err, exportGone)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO prepared_export_chunk (export, position, body) VALUES (?, ?, ?)`, text(id), n, body)
		return err
	})
}

// ExportChunk returns a chunk.
func (d *Directory) ExportChunk(ctx context.Context, id string, n int) (body []byte, err error) {
	err = d.db.QueryRowContext(ctx, `SELECT body FROM prepared_export_chunk WHERE export = ? AND position = ?`, text(id), n).Scan(&body)
	return body, d.explain("read an export", missing(err, exportGone))
}

// RemoveExport removes an export and its chunks.
func (d *Directory) RemoveExport(ctx context.Context, enterprise int64, id string) error {
	return d.expire(ctx, "remove an export", func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM prepared_export WHERE enterprise = ? AND id = ?`, enterprise, text(id))
		return err
	})
}

// RemoveExports removes those of an enterprise.
func (d *Directory) RemoveExports(ctx context.Context, enterprise int64) error {
	return d.expire(ctx, "remove an enterprise's exports", func(tx *database.Tx) error { return removeExports(ctx, tx, enterprise) })
}

func removeExports(ctx context.Context, tx *database.Tx, enterprise int64) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM prepared_export WHERE enterprise = ?`, enterprise)
	return err
}

// failSilent removes what there is of exports that nobody prepares any more.
func failSilent(ctx context.Context, tx *database.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE prepared_export SET status = ?, error = ?, stored = 0 WHERE status IN (?, ?) AND beat <= ?`,
		string(directory.ExportFailed), directory.ErrorStopped, string(directory.ExportWaiting), string(directory.ExportRunning), silentSince(now))
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM prepared_export_chunk WHERE export IN (SELECT id FROM prepared_export WHERE status = ?)`, string(directory.ExportFailed))
	}
	return err
}
