package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"codegauge/internal/database"
	"codegauge/internal/fault"
)

type migrateCmd struct {
	RuntimeRole string `placeholder:"ROLE" help:"PostgreSQL role that the servers use: it is granted the right to read and write the tables, but not to change the schema."`
}

// Help is shown below the flags.
func (migrateCmd) Help() string {
	return `Migrates the database (--database) to the schema that this version needs; this cannot be undone. Servers of the previous version keep running meanwhile if the new schema allows it. The embedded database is migrated when it is opened, after a copy of it is made.`
}

// Run migrates.
func (c *migrateCmd) Run(a *app) error {
	if a.cfg.Database == "" {
		if err := a.makeData(); err != nil {
			return err
		}
		l, err := a.waitForLock(nil)
		if err != nil {
			return err
		}
		defer l.release()
	}
	db, err := a.openDatabase(a.ctx, storeOptions{})
	if err != nil {
		return err
	}
	err = c.migrate(a, db)
	return errors.Join(err, db.Close())
}

func (c *migrateCmd) migrate(a *app, db *database.DB) error {
	have, known, err := db.SchemaForm(a.ctx)
	if err != nil {
		return err
	}
	if db.Embedded() {
		err = migrateEmbedded(a.ctx, db)
	} else {
		err = db.Migrate(a.ctx)
	}
	if err == nil && c.RuntimeRole != "" {
		err = db.Grant(a.ctx, c.RuntimeRole)
	}
	if err != nil {
		return err
	}
	if have >= known {
		fmt.Fprintf(a.stdout, "%s already has schema version %d\n", db.Name(), have)
	} else {
		fmt.Fprintf(a.stdout, "migrated %s from schema version %d to %d\n", db.Name(), have, known)
	}
	return nil
}

type copyCmd struct {
	From string `required:"" placeholder:"DIR|URL" help:"Data directory or PostgreSQL URL to copy from."`
	To   string `required:"" placeholder:"DIR|URL" help:"Data directory or PostgreSQL URL to copy to: either new, or migrated and still empty."`
}

// Help is shown below the flags.
func (copyCmd) Help() string {
	return `Copies everything from one database to another, SQLite or PostgreSQL, and compares every table. Stop the servers of both first.`
}

// Run copies.
func (c *copyCmd) Run(a *app) error {
	from, err := a.openEnd(c.From, false)
	if err != nil {
		return err
	}
	defer from.close()
	to, err := a.openEnd(c.To, true)
	if err != nil {
		return err
	}
	defer to.close()
	if err := database.Copy(a.ctx, from.db, to.db); err != nil {
		return fmt.Errorf("copy %s to %s: %w", from.db.Name(), to.db.Name(), err)
	}
	fmt.Fprintf(a.stdout, "copied %s to %s\n", from.db.Name(), to.db.Name())
	return nil
}

// end is a database that is copied from or to, locked if it is embedded.
type end struct {
	db   *database.DB
	lock *lock
}

func (e *end) close() {
	e.db.Close()
	if e.lock != nil {
		_ = e.lock.release()
	}
}

// openEnd opens what a word names.
func (a *app) openEnd(name string, make bool) (*end, error) {
	at := *a
	cfg := *a.cfg
	at.cfg = &cfg
	e := &end{}
	if strings.Contains(name, "://") || strings.Contains(name, "host=") {
		cfg.Database = name
	} else {
		cfg.Database, cfg.Data = "", filepath.Clean(name)
		check := at.needData
		if make {
			check = at.makeData
		}
		if err := check(); err != nil {
			return nil, err
		}
		var err error
		if e.lock, err = at.waitForLock(nil); err != nil {
			return nil, err
		}
	}
	var err error
	if e.db, err = at.openDatabase(a.ctx, storeOptions{}); err == nil {
		if make {
			err = e.db.Migrate(a.ctx)
		} else {
			err = e.db.RequireForm(a.ctx)
		}
		if err != nil {
			e.db.Close()
		}
	}
	if err != nil {
		if e.lock != nil {
			_ = e.lock.release()
		}
		if fault.KindOf(err) == fault.Internal {
			err = fmt.Errorf("open %s: %w", name, err)
		}
		return nil, err
	}
	return e, nil
}
