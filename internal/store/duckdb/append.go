package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	duck "github.com/duckdb/duckdb-go/v2"
)

// append adds rows to a table, in the change's transaction.
func (c *change) append(table string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	err := c.tx.Raw(func(conn any) error {
		a, err := duck.NewAppenderFromConn(conn.(driver.Conn), "", table)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := a.AppendRow(values(row)...); err != nil {
				return err
			}
		}
		return a.Close()
	})
	if err != nil {
		return fmt.Errorf("append to %s: %w", table, err)
	}
	return nil
}

func values(row []any) []driver.Value {
	out := make([]driver.Value, len(row))
	for i, v := range row {
		out[i] = v
	}
	return out
}

// each calls scan for every row of a query.
func each(ctx context.Context, db execer, query string, scan func(*sql.Rows) error, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// scan reads a query's rows as the driver hands them out: records by the
// hundred thousand are read several times faster than through sql.Rows. The
// values are valid until f returns, but for bytes and strings, which stay.
func scan(ctx context.Context, conn *sql.Conn, query string, f func(row []driver.Value) error, args ...any) error {
	named := make([]driver.NamedValue, len(args))
	for i, v := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return conn.Raw(func(c any) error {
		rows, err := c.(driver.QueryerContext).QueryContext(ctx, query, named)
		if err != nil {
			return fmt.Errorf("%w (in %.60q)", err, query)
		}
		defer rows.Close()
		row := make([]driver.Value, len(rows.Columns()))
		for {
			switch err := rows.Next(row); {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return err
			}
			if err := f(row); err != nil {
				return err
			}
		}
	})
}
