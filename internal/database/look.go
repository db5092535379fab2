package database

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync"
	"time"
)

// Directory is the scope of the directory's version; an enterprise's data has the
// enterprise's number.
const Directory int64 = 0

// look is what a request has seen of versions.
type look struct {
	mu       sync.Mutex
	versions map[int64]int64
}

type lookKey struct{}

// WithLook returns a context in which each version is read once, and mostly all
// that are needed with the first: whatever a request decides by a version it
// decides by the same one, until it has written something itself.
func WithLook(ctx context.Context) context.Context {
	return context.WithValue(ctx, lookKey{}, &look{versions: map[int64]int64{}})
}

// Renew gives the directory a version that it has never had. After a restore versions
// would be counted again from earlier ones, and whatever was kept elsewhere of the
// state that was lost, such as a page in a browser, would be taken for the present one.
func (d *DB) Renew(ctx context.Context) error {
	now := time.Now().UnixMicro() // far beyond what counting gives
	_, err := d.ExecContext(ctx, `UPDATE version SET revision = ? WHERE scope = ? AND revision < ?`, now, Directory, now)
	return d.Explain("renew the directory's version", err)
}

// lookAgain makes a request that has changed something see it.
func lookAgain(ctx context.Context) {
	if l, ok := ctx.Value(lookKey{}).(*look); ok {
		l.mu.Lock()
		defer l.mu.Unlock()
		clear(l.versions)
	}
}

// recentScopes is of how many enterprises the versions are read along.
const recentScopes = 4

// Version returns the current version of a scope, 0 if it has none. It is an error where
// the database was migrated meanwhile and this program is too old for it.
func (d *DB) Version(ctx context.Context, scope int64) (int64, error) {
	l, _ := ctx.Value(lookKey{}).(*look)
	if l == nil || d.joined(ctx) != nil {
		found, err := d.versions(ctx, []int64{scope})
		return found[scope], err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if v, ok := l.versions[scope]; ok {
		return v, nil
	}
	var found map[int64]int64
	err := d.Promptly(ctx, func(ctx context.Context) (err error) {
		found, err = d.versions(ctx, d.along(scope))
		return err
	})
	if err != nil {
		return 0, err
	}
	for s, v := range found {
		if _, ok := l.versions[s]; !ok {
			l.versions[s] = v
		}
	}
	return l.versions[scope], nil
}

// along returns the scopes to read with one that is asked for: the directory's and
// those that were asked for last.
func (d *DB) along(scope int64) []int64 {
	d.recentMu.Lock()
	defer d.recentMu.Unlock()
	if scope != Directory && !slices.Contains(d.recent, scope) {
		d.recent = append(d.recent, scope)
		if len(d.recent) > recentScopes {
			d.recent = d.recent[1:]
		}
	}
	return append([]int64{Directory}, d.recent...)
}

func (d *DB) versions(ctx context.Context, scopes []int64) (map[int64]int64, error) {
	out := make(map[int64]int64, len(scopes))
	args := make([]any, len(scopes))
	for i, s := range scopes {
		out[s], args[i] = 0, s
	}
	err := Each(ctx, d, func(rows *sql.Rows) error {
		var scope, revision, oldest int64
		err := rows.Scan(&scope, &revision, &oldest)
		out[scope] = revision
		if err == nil {
			err = d.mayUse(oldest)
		}
		return err
	}, `SELECT scope, revision, (`+selectOldest+`) FROM version WHERE scope IN (?`+strings.Repeat(", ?", len(scopes)-1)+`)`, args...)
	return out, d.Explain("read versions", err)
}
