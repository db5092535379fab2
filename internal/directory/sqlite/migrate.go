package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"codegauge/internal/fault"

	"github.com/pressly/goose/v3"
)

//go:embed migration/*.sql
var migrations embed.FS

// migrationTable records which migrations ran.
const migrationTable = "migration"

// migrate brings the file to the newest form.
func migrate(ctx context.Context, db *sql.DB, path string) error {
	if err := ours(ctx, db, path); err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migration")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithTableName(migrationTable), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	have, known, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if have > known {
		return fault.New(fault.Conflict, "the directory %s was written by a newer version (form %d; this version knows %d): use that version", path, have, known)
	}
	_, err = p.Up(ctx)
	return err
}

// ours refuses a database that holds another program's tables.
func ours(ctx context.Context, db *sql.DB, path string) error {
	var tables, migrated int
	err := db.QueryRowContext(ctx, `
		SELECT count(*), coalesce(sum(CASE WHEN name = ? THEN 1 ELSE 0 END), 0)
		FROM   sqlite_master
		WHERE  type = 'table'`, migrationTable).Scan(&tables, &migrated)
	if err != nil {
		return err
	}
	if tables > 0 && migrated == 0 {
		return fault.New(fault.Conflict, "%s is another program's database, not a directory; move it away to start anew", path)
	}
	return nil
}
