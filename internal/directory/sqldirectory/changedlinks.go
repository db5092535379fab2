package sqldirectory

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"codegauge/internal/database"
)

// noteLinks notes that enterprises' identities or memberships have changed.
func noteLinks(ctx context.Context, tx *database.Tx, enterprises []int64) error {
	for _, e := range enterprises {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO changed_links (enterprise, revision) SELECT CAST(? AS BIGINT), revision FROM version WHERE scope = 0
			ON CONFLICT (enterprise) DO UPDATE SET revision = excluded.revision`, e)
		if err != nil {
			return err
		}
	}
	return nil
}

func enterprisesOf[V any](by map[personIn]V) []int64 {
	found := map[int64]bool{}
	for k := range by {
		found[k.enterprise] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// enterprisesOfPerson lists where a person has identities or memberships.
func enterprisesOfPerson(ctx context.Context, tx *database.Tx, person int64) ([]int64, error) {
	return database.Collect(ctx, tx, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) },
		`SELECT enterprise FROM identity WHERE person = ? UNION SELECT enterprise FROM membership WHERE person = ?`, person, person)
}

// ChangedLinks lists the enterprises whose data does not follow the directory yet.
func (d *Directory) ChangedLinks(ctx context.Context) (map[int64]int64, error) {
	out := map[int64]int64{}
	err := database.Each(ctx, d.db, func(rows *sql.Rows) error {
		var enterprise, revision int64
		err := rows.Scan(&enterprise, &revision)
		out[enterprise] = revision
		return err
	}, `SELECT enterprise, revision FROM changed_links`)
	return out, d.explain("read changed links", err)
}

// LinksApplied notes that an enterprise's data follows the directory up to a revision.
func (d *Directory) LinksApplied(ctx context.Context, enterprise, revision int64) error {
	return d.update(ctx, "note links", func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM changed_links WHERE enterprise = ? AND revision <= ?`, enterprise, revision)
		return err
	})
}
