package database

import (
	"context"
	"embed"
	"io/fs"
	"strconv"
	"strings"

	"codegauge/internal/fault"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
)

// Both engines take the migrations as they are: SQLite has no types but knows
// BIGINT, TEXT, BYTEA and BOOLEAN well enough.
//
//go:embed migration/*.sql
var migrations embed.FS

// migrationTable records which migrations ran.
const migrationTable = "migration"

// Migrate brings the database to the newest form, if it is not there or newer.
// Of several processes that would, one does.
func (d *DB) Migrate(ctx context.Context) error {
	lock, err := d.Lock(ctx, form, 0)
	if err != nil {
		return d.Explain("migrate", err)
	}
	defer lock.Unlock()
	have, known, err := d.SchemaForm(ctx)
	if err == nil && have < packedTotals {
		err = d.refuseFormerBlocks(ctx)
	}
	if err == nil && have < known {
		err = d.Explain("migrate", d.dialect.upgrade(ctx, d))
	}
	if err == nil {
		d.admitted.Store(known)
	}
	return err
}

// packedTotals is the form since which blocks are as they are now.
const packedTotals = 21

// refuseFormerBlocks refuses a database with records in blocks of a former form, which no
// release has written. It is left as it is, so that the program that wrote it can export them.
func (d *DB) refuseFormerBlocks(ctx context.Context) error {
	some, err := d.dialect.hasTable(ctx, d, "block") // not in a new database
	if err == nil && some {
		err = d.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM block)`).Scan(&some)
	}
	if err != nil {
		return d.Explain("migrate", err)
	}
	if some {
		return fault.New(fault.Conflict, "the database %s has records in a form of before the first release, which cannot be migrated: export them with the program that wrote them (codegauge export), and import them into a new database", d.name)
	}
	return nil
}

// runMigrations runs the migrations that are missing, each in a transaction.
func (d *DB) runMigrations(ctx context.Context, options ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, "migration")
	if err != nil {
		return err
	}
	options = append(options, goose.WithTableName(migrationTable), goose.WithGoMigrations(d.moveSets()), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	p, err := goose.NewProvider(d.dialect.goose(), d.pool, files, options...)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// SchemaForm returns the number of the database's form, 0 if it is empty, and that of
// the newest one that this program knows. A form that this program must not use
// is a fault.Conflict.
func (d *DB) SchemaForm(ctx context.Context) (have, known int64, err error) {
	if err := d.dialect.ours(ctx, d); err != nil {
		return 0, 0, d.Explain("read the form", err)
	}
	files, err := fs.ReadDir(migrations, "migration")
	if err != nil {
		return 0, 0, err
	}
	last, _, _ := strings.Cut(files[len(files)-1].Name(), "_")
	if known, err = strconv.ParseInt(last, 10, 64); err != nil {
		return 0, 0, err
	}
	if have, err = d.formOf(ctx); err != nil {
		return have, known, err
	}
	if have <= known {
		return have, known, nil
	}
	// A newer form says which programs may still use it.
	var oldest int64
	if err := d.QueryRowContext(ctx, `SELECT oldest FROM form`).Scan(&oldest); err != nil {
		return have, known, d.Explain("read the form", err)
	}
	if oldest > known {
		return have, known, d.tooOld(fault.Conflict, oldest, known)
	}
	return have, known, nil
}

// tooOld says that a newer program has migrated the database to a form that this program
// must not use.
func (d *DB) tooOld(kind fault.Kind, oldest, known int64) error {
	return fault.New(kind, "the database %s was migrated by a newer version and needs a program for schema version %d or later, but this one is for %d: replace it with the newer version", d.name, oldest, known)
}

// selectOldest reads which form's programs may still use the database: 0 while it is being
// copied to.
const selectOldest = `SELECT coalesce(max(oldest), 0) FROM form`

// mayUse refuses the database once its form says that the oldest program that may use it
// is newer than this one: another has migrated it while this one was running. It is
// Unavailable, since another server behind the same proxy can answer.
func (d *DB) mayUse(oldest int64) error {
	if known := d.admitted.Load(); known > 0 && oldest > known {
		return d.tooOld(fault.Unavailable, oldest, known)
	}
	return nil
}

// formOf reads the form's number.
func (d *DB) formOf(ctx context.Context) (have int64, err error) {
	if there, err := d.dialect.hasTable(ctx, d, migrationTable); err != nil || !there {
		return 0, d.Explain("read the form", err)
	}
	err = d.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM `+migrationTable+` WHERE is_applied`).Scan(&have)
	return have, d.Explain("read the form", err)
}

// RequireForm refuses a database that was not migrated.
func (d *DB) RequireForm(ctx context.Context) error {
	have, known, err := d.SchemaForm(ctx)
	if err == nil && have < known {
		err = fault.New(fault.Conflict, "the database %s has schema version %d but this program needs %d: run codegauge migrate", d.name, have, known)
	}
	if err == nil {
		d.admitted.Store(known)
	}
	return err
}

// Grant lets a role of PostgreSQL read and write the tables, but not change them.
func (d *DB) Grant(ctx context.Context, role string) error {
	if d.Embedded() {
		return fault.New(fault.Unsupported, "--runtime-role applies to PostgreSQL only: the embedded database has no roles")
	}
	name := pgx.Identifier{role}.Sanitize()
	return d.Update(ctx, func(ctx context.Context, tx *Tx) error {
		var schema string
		if err := tx.QueryRowContext(ctx, `SELECT current_schema()`).Scan(&schema); err != nil {
			return d.Explain("grant rights", err)
		}
		schema = pgx.Identifier{schema}.Sanitize()
		for _, stmt := range []string{
			`GRANT USAGE ON SCHEMA ` + schema + ` TO ` + name,
			`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ` + schema + ` TO ` + name,
		} {
			if _, err := tx.ExecContext(ctx, stmt); err != nil {
				return d.Explain("grant rights", err)
			}
		}
		return nil
	})
}
