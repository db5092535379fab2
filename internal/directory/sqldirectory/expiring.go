package sqldirectory

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// PutExpiring stores a body until a time.
func (d *Directory) PutExpiring(ctx context.Context, kind, key string, body []byte, until time.Time) error {
	return d.update(ctx, "keep a "+kind, func(tx *database.Tx) error { return putExpiring(ctx, tx, kind, key, body, until) })
}

func putExpiring(ctx context.Context, tx *database.Tx, kind, key string, body []byte, until time.Time) error {
	if body == nil {
		body = []byte{}
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO expiring (kind, key, body, expires) VALUES (?, ?, ?, ?)
		ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body, expires = excluded.expires`,
		kind, text(key), body, until.UnixMicro())
	return err
}

// Unexpired returns a body.
func (d *Directory) Unexpired(ctx context.Context, kind, key string, now time.Time) ([]byte, error) {
	body, err := kept(ctx, d.db, kind, key, now)
	return body, d.explain("read a "+kind, missing(err, "this %s does not exist or has expired", kind))
}

func kept(ctx context.Context, q database.Querier, kind, key string, now time.Time) (body []byte, err error) {
	err = q.QueryRowContext(ctx, `SELECT body FROM expiring WHERE kind = ? AND key = ? AND expires > ?`,
		kind, text(key), now.UnixMicro()).Scan(&body)
	return body, err
}

// TakeUnexpired returns a body, once.
func (d *Directory) TakeUnexpired(ctx context.Context, kind, key string, now time.Time) (body []byte, err error) {
	if _, err := d.Unexpired(ctx, kind, key, now); err != nil {
		return nil, err // who guesses keys does not keep others from writing
	}
	err = d.update(ctx, "take a "+kind, func(tx *database.Tx) error {
		err := tx.QueryRowContext(ctx, `DELETE FROM expiring WHERE kind = ? AND key = ? AND expires > ? RETURNING body`,
			kind, text(key), now.UnixMicro()).Scan(&body)
		return missing(err, "this %s does not exist or has expired", kind)
	})
	return body, err
}

// expire runs f in a transaction that changes several entries, one at a time:
// two that changed the same in another order would wait for each other.
func (d *Directory) expire(ctx context.Context, what string, f func(*database.Tx) error) error {
	return d.update(ctx, what, func(tx *database.Tx) error {
		if err := one(tx.ExecContext(ctx, `UPDATE sequence SET next = next WHERE name = 'expiring'`)); err != nil {
			return err
		}
		return f(tx)
	})
}

// TrimExpiring removes the entries of a kind that expire first.
func (d *Directory) TrimExpiring(ctx context.Context, kind string, most int) error {
	if n, err := countKind(ctx, d.db, kind); err != nil || n <= most {
		return d.explain("count each "+kind, err)
	}
	return d.expire(ctx, "trim each "+kind, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `
			DELETE FROM expiring
			WHERE       kind = ? AND key NOT IN (SELECT key FROM expiring WHERE kind = ? ORDER BY expires DESC, key LIMIT ?)`, kind, kind, most)
		return err
	})
}

func countKind(ctx context.Context, q database.Querier, kind string) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM expiring WHERE kind = ?`, kind).Scan(&n)
	return n, err
}

// Try counts a try of every key, unless one is at its limit.
func (d *Directory) Try(ctx context.Context, l directory.TryLimit, now time.Time, keys ...string) (allowed bool, err error) {
	// Tries that are refused write nothing, and need no turn.
	if tries, err := recentTries(ctx, d.db, l, now, keys); err != nil || tries == nil {
		return false, d.explain("read tries", err)
	}
	err = d.expire(ctx, "count a try", func(tx *database.Tx) error {
		tries, err := recentTries(ctx, tx, l, now, keys)
		if err != nil || tries == nil {
			return err
		}
		allowed = true
		for key, at := range tries {
			body, err := json.Marshal(append(at, now.UnixMicro()))
			if err != nil {
				return err
			}
			if err := putExpiring(ctx, tx, l.Kind, key, body, now.Add(l.Within)); err != nil {
				return err
			}
		}
		return boundTries(ctx, tx, l, now)
	})
	return allowed && err == nil, err
}

// recentTries returns when each key was tried within the limit's time, in
// microseconds; nil if one of them is at the limit.
func recentTries(ctx context.Context, q database.Querier, l directory.TryLimit, now time.Time, keys []string) (map[string][]int64, error) {
	tries := make(map[string][]int64, len(keys))
	for _, key := range keys {
		body, err := kept(ctx, q, l.Kind, key, now)
		var at []int64
		switch {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return nil, err
		default:
			if err := json.Unmarshal(body, &at); err != nil {
				return nil, err
			}
		}
		at = slices.DeleteFunc(at, func(t int64) bool { // also what a clock that was set back has left in the future
			return t <= now.Add(-l.Within).UnixMicro() || t > now.Add(l.Within).UnixMicro()
		})
		if len(at) >= l.Most {
			return nil, nil
		}
		tries[key] = at
	}
	return tries, nil
}

// boundTries forgets the keys that were not tried of late, and all if those are
// still too many.
func boundTries(ctx context.Context, tx *database.Tx, l directory.TryLimit, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM expiring WHERE kind = ? AND expires <= ?`, l.Kind, now.UnixMicro()); err != nil {
		return err
	}
	n, err := countKind(ctx, tx, l.Kind)
	if err != nil || n <= l.Tracked {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM expiring WHERE kind = ?`, l.Kind)
	return err
}

// Sweep removes what has expired.
func (d *Directory) Sweep(ctx context.Context, now time.Time) error {
	var due bool
	err := d.db.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM expiring WHERE expires <= ?) OR EXISTS (SELECT 1 FROM upload WHERE expires <= ?)
		    OR EXISTS (SELECT 1 FROM prepared_export WHERE expires <= ? OR status IN (?, ?) AND beat <= ?)`,
		now.UnixMicro(), now.UnixMicro(), now.UnixMicro(), string(directory.ExportWaiting), string(directory.ExportRunning), silentSince(now)).Scan(&due)
	if err != nil || !due {
		return d.explain("look for what has expired", err)
	}
	return d.expire(ctx, "remove what has expired", func(tx *database.Tx) error {
		for _, statement := range []string{`DELETE FROM expiring WHERE expires <= ?`, `DELETE FROM upload WHERE expires <= ?`, `DELETE FROM prepared_export WHERE expires <= ?`} {
			if _, err := tx.ExecContext(ctx, statement, now.UnixMicro()); err != nil {
				return err
			}
		}
		return failSilent(ctx, tx, now)
	})
}

// ReserveUpload begins an upload, if there is room for it.
func (d *Directory) ReserveUpload(ctx context.Context, id string, size, quota int64, until time.Time) error {
	if size > quota {
		return fault.New(fault.TooLarge, "the upload is larger than the server can hold: use codegauge import on the command line")
	}
	return d.expire(ctx, "reserve an upload", func(tx *database.Tx) error {
		var used int64
		if err := tx.QueryRowContext(ctx, `SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM upload`).Scan(&used); err != nil {
			return err
		}
		if used+size > quota {
			return fault.New(fault.Unavailable, "there is no room for this upload while others wait to be confirmed: try again later, or use codegauge import on the command line")
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO upload (id, size, expires) VALUES (?, ?, ?)`, text(id), size, until.UnixMicro())
		return err
	})
}

// PutChunk adds a chunk to an upload.
func (d *Directory) PutChunk(ctx context.Context, id string, n int, body []byte) error {
	return d.update(ctx, "write an upload", func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO upload_chunk (upload, position, body) VALUES (?, ?, ?)`, text(id), n, body)
		return err
	})
}

// ReadChunk returns a chunk of an upload.
func (d *Directory) ReadChunk(ctx context.Context, id string, n int) (body []byte, err error) {
	err = d.db.QueryRowContext(ctx, `SELECT body FROM upload_chunk WHERE upload = ? AND position = ?`, text(id), n).Scan(&body)
	return body, d.explain("read an upload", missing(err, "the upload has expired or was incomplete: choose the files again"))
}

// RemoveUpload removes an upload and its chunks.
func (d *Directory) RemoveUpload(ctx context.Context, id string) error {
	return d.expire(ctx, "remove an upload", func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM upload WHERE id = ?`, text(id))
		return err
	})
}
