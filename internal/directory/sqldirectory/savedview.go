package sqldirectory

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

const selectView = `SELECT id, person, enterprise, place, name, page, query, definition, data_version, saved FROM saved_view`

func scanView(rows *sql.Rows) (v directory.SavedView, err error) {
	var saved int64
	err = rows.Scan(&v.ID, &v.Person, &v.Enterprise, &v.Place, &v.Name, &v.Page, &v.Query, &v.Definition, &v.DataVersion, &saved)
	v.Saved = time.UnixMicro(saved).UTC()
	return v, err
}

// SavedViews lists a person's of an enterprise.
func (d *Directory) SavedViews(ctx context.Context, person, enterprise int64) ([]directory.SavedView, error) {
	list, err := database.Collect(ctx, d.db, scanView, selectView+` WHERE person = ? AND enterprise = ? ORDER BY name, id`, person, enterprise)
	return list, d.explain("read saved views", err)
}

// SaveView saves a new one.
func (d *Directory) SaveView(ctx context.Context, v directory.SavedView) (directory.SavedView, error) {
	err := d.change(ctx, "save a view", func(tx *database.Tx) (err error) {
		if v.Name, err = viewName(v.Name); err != nil {
			return err
		}
		if len(v.Query) > directory.MaxViewQuery || strings.ContainsFunc(v.Query, control) || !utf8.ValidString(v.Query) {
			return fault.New(fault.Invalid, "the filters of this page are too long to save: their address has more than %d bytes", directory.MaxViewQuery)
		}
		if err := mayAddView(ctx, tx, v); err != nil {
			return err
		}
		if v.ID, err = number(ctx, tx, "saved_view"); err != nil {
			return err
		}
		v.Saved = time.Now().UTC().Truncate(time.Microsecond)
		_, err = tx.ExecContext(ctx, `
			INSERT INTO saved_view (id, person, enterprise, place, name, page, query, definition, data_version, saved) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			v.ID, v.Person, v.Enterprise, v.Place, v.Name, v.Page, v.Query, v.Definition, v.DataVersion, v.Saved.UnixMicro())
		if err != nil {
			return err
		}
		return recordView(ctx, tx, "view.saved", v)
	})
	return v, err
}

// mayAddView refuses a view whose person is not there, has as many as they may have, or has
// one of the name.
func mayAddView(ctx context.Context, tx *database.Tx, v directory.SavedView) error {
	if _, err := person(ctx, tx, v.Person); err != nil {
		return err
	}
	var n int64
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM saved_view WHERE person = ? AND enterprise = ?`, v.Person, v.Enterprise).Scan(&n); err != nil {
		return err
	}
	if n >= directory.MaxSavedViews {
		return fault.New(fault.TooMany, "you have %d saved views, which is the most that are kept: remove one first", n)
	}
	return freeViewName(ctx, tx, v)
}

// freeViewName refuses a name that another of the person's views has.
func freeViewName(ctx context.Context, tx *database.Tx, v directory.SavedView) error {
	var n int64
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM saved_view WHERE person = ? AND enterprise = ? AND name = ? AND id <> ?`, v.Person, v.Enterprise, v.Name, v.ID).Scan(&n)
	if err == nil && n > 0 {
		err = fault.New(fault.Conflict, "you already have a saved view called %q", v.Name)
	}
	return err
}

// viewName returns a name as it is stored.
func viewName(name string) (string, error) {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return "", fault.New(fault.Invalid, "a saved view needs a name")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, control) || utf8.RuneCountInString(name) > directory.MaxViewName:
		return "", fault.New(fault.Invalid, "the name has control characters, is not valid UTF-8 or is longer than %d characters", directory.MaxViewName)
	}
	return name, nil
}

// RenameView renames one of a person's.
func (d *Directory) RenameView(ctx context.Context, person, id int64, name string) error {
	return d.change(ctx, "rename a view", func(tx *database.Tx) error {
		v, err := viewOf(ctx, tx, person, id)
		if err != nil {
			return err
		}
		if v.Name, err = viewName(name); err != nil {
			return err
		}
		if err := freeViewName(ctx, tx, v); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE saved_view SET name = ? WHERE id = ?`, v.Name, id); err != nil {
			return err
		}
		return recordView(ctx, tx, "view.renamed", v)
	})
}

// RemoveView removes one of a person's.
func (d *Directory) RemoveView(ctx context.Context, person, id int64) error {
	return d.change(ctx, "remove a view", func(tx *database.Tx) error {
		v, err := viewOf(ctx, tx, person, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM saved_view WHERE id = ?`, id); err != nil {
			return err
		}
		return recordView(ctx, tx, "view.removed", v)
	})
}

func viewOf(ctx context.Context, tx *database.Tx, person, id int64) (directory.SavedView, error) {
	list, err := database.Collect(ctx, tx, scanView, selectView+` WHERE id = ? AND person = ?`, id, person)
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "you have no such saved view")
	}
	if err != nil {
		return directory.SavedView{}, err
	}
	return list[0], nil
}

// recordView writes down which view, not what it is called: the log outlives it.
func recordView(ctx context.Context, tx *database.Tx, action string, v directory.SavedView) error {
	return record(ctx, tx, directory.Event{Enterprise: v.Enterprise, Action: action, Target: fmt.Sprintf("saved view %d", v.ID), Subject: v.Person})
}
