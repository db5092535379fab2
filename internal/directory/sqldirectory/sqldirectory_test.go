package sqldirectory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/directory"
	"codegauge/internal/directory/directorytest"
)

func TestDirectory(t *testing.T) {
	t.Run(databasetest.SQLite, func(t *testing.T) {
		directorytest.Run(t, func(t *testing.T) directorytest.Open {
			target := databasetest.New(t, databasetest.SQLite)
			return func() (directory.Directory, func() error) {
				db, err := target.OpenDatabase(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return New(db), db.Close
			}
		})
	})
	t.Run(databasetest.Postgres, func(t *testing.T) {
		directorytest.Run(t, func(t *testing.T) directorytest.Open {
			db := databasetest.Open(t, databasetest.Postgres)
			return func() (directory.Directory, func() error) { return New(db), func() error { return nil } }
		})
	})
}

func TestCanceled(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d := New(open(t))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := d.Reserve(ctx, 1); err == nil {
			t.Error("Reserve with a canceled context = nil")
		}
		if _, err := d.Reserve(t.Context(), 1); err != nil {
			t.Errorf("Reserve afterwards: %v", err)
		}
	})
}

// two opens one database as two processes that share it.
func two(t *testing.T) (a, b *Directory) {
	t.Helper()
	target := databasetest.New(t, databasetest.Postgres)
	return New(target.Open(t)), New(target.Open(t))
}

func organization(enterprise directory.Entity, id int64) directory.Entity {
	return directory.Entity{ID: id, Kind: directory.Organization, Enterprise: enterprise.ID, Slug: fmt.Sprint("org", id)}
}

// enterprise makes one.
func enterprise(t *testing.T, d *Directory) directory.Entity {
	t.Helper()
	id, err := d.Reserve(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	e := directory.Entity{ID: id, Kind: directory.Enterprise, Enterprise: id, Slug: fmt.Sprint("enterprise", id)}
	if err := d.Put(t.Context(), []directory.Entity{e}); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestProcessesSeeEachOthersChanges(t *testing.T) {
	a, b := two(t)
	acme := enterprise(t, a)
	for n := range 10 {
		writer, reader := a, b
		if n%2 == 1 {
			writer, reader = b, a
		}
		id, err := writer.Reserve(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := writer.Put(t.Context(), []directory.Entity{organization(acme, id)}); err != nil {
			t.Fatal(err)
		}
		list, err := reader.Entities(t.Context())
		if err != nil || len(list) != n+2 {
			t.Fatalf("the other process sees %d entities, %v; want %d", len(list), err, n+2)
		}
	}
}

func TestProcessesChangeTogether(t *testing.T) {
	a, b := two(t)
	acme := enterprise(t, a)
	const each = 15
	var wait sync.WaitGroup
	for _, d := range []*Directory{a, b} {
		for range 2 {
			wait.Go(func() {
				for range each {
					id, err := d.Reserve(t.Context(), 1)
					if err == nil {
						err = d.Put(t.Context(), []directory.Entity{organization(acme, id)})
					}
					if err == nil {
						_, err = d.PutPerson(t.Context(), directory.Person{Enterprise: acme.ID, Name: "somebody"})
					}
					if err == nil {
						err = d.Record(t.Context(), directory.Event{Action: "x"})
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	wait.Wait()
	list, err := b.Entities(t.Context())
	if err != nil || len(list) != 1+4*each {
		t.Errorf("%d entities, %v", len(list), err)
	}
	if c, err := a.VerifyAudit(t.Context()); err != nil || c.Broken != 0 || c.Entries != 1+3*4*each {
		t.Errorf("the audit log is %+v, %v", c, err)
	}
}

func TestReplicas(t *testing.T) {
	a, b := two(t)
	directorytest.Replicas(t, a, b)
}

// TestFailedTransactionIsNotRemembered reads entities in a transaction that fails,
// and then at the same revision that another one reached.
func TestFailedTransactionIsNotRemembered(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d := New(open(t))
		acme := enterprise(t, d)
		first, err := d.Reserve(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		failed := errors.New("failed")
		err = d.db.Update(t.Context(), func(ctx context.Context, _ *database.Tx) error {
			if err := d.Put(ctx, []directory.Entity{organization(acme, first)}); err != nil {
				return err
			}
			if list, err := d.Entities(ctx); err != nil || len(list) != 2 {
				t.Errorf("the transaction sees %v, %v", list, err)
			}
			return failed
		})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		if err := d.Put(t.Context(), []directory.Entity{organization(acme, first+1)}); err != nil {
			t.Fatal(err)
		}
		list, err := d.Entities(t.Context())
		if err != nil || len(list) != 2 || list[1].ID != first+1 {
			t.Errorf("entities %+v, %v", list, err)
		}
	})
}

// TestErasedTextIsGone looks into every byte of the database's files.
func TestErasedTextIsGone(t *testing.T) {
	target := databasetest.New(t, databasetest.SQLite)
	db := target.Open(t)
	d := New(db)
	acme := enterprise(t, d)
	const name = "somebody-to-be-forgotten"
	var people []directory.Person
	for n := range 300 { // pages of them, so that rows move as they go
		p, err := d.PutPerson(t.Context(), directory.Person{Enterprise: acme.ID, Name: fmt.Sprint(name, n), Email: fmt.Sprint(name, n, "@acme.example")})
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, p)
	}
	has := func() bool {
		t.Helper()
		files, err := filepath.Glob(target.Path + "*")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(b, []byte(name)) {
				return true
			}
		}
		return false
	}
	if !has() {
		t.Fatal("a name is not in the files: this looks for nothing")
	}
	erase := func(p directory.Person) {
		t.Helper()
		if err := d.Erase(t.Context(), directory.Erasure{Enterprise: acme.ID, Person: p.ID, Pseudonym: "p"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range rand.Perm(len(people) - 1) {
		erase(people[n+1])
	}
	// A reader keeps the log of the last one.
	err := db.View(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		if _, err := revision(ctx, tx); err != nil {
			return err
		}
		erase(people[0])
		if !has() {
			t.Error("the log was emptied though a reader has it")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.ScrubPending(t.Context()); err != nil || has() {
		t.Errorf("erased names are still in the files (%t): %v", has(), err)
	}
}
