package access

import (
	"context"
	"fmt"
	"sync"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// census keeps what every request asks of the directory, as long as the
// directory stays at a revision.
type census struct {
	dir directory.Directory

	mu       sync.Mutex
	revision int64
	tree     *tree // nil: not read yet
	people   map[int64]resident
}

// resident is a person and what they may do.
type resident struct {
	person directory.Person
	held   []holding
}

// renew forgets what a change of the directory may have made wrong. It is called
// with the lock held, before the directory is read: what is read during a
// change is forgotten with the next call.
func (c *census) renew(ctx context.Context) error {
	revision, err := c.dir.Revision(ctx)
	if err != nil {
		return fmt.Errorf("read the directory's revision: %w", err)
	}
	if c.tree != nil && revision == c.revision {
		return nil
	}
	c.revision, c.people = revision, map[int64]resident{}
	c.tree, err = readTree(ctx, c.dir)
	return err
}

// entities returns the tree. It is not to be changed.
func (c *census) entities(ctx context.Context) (*tree, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.renew(ctx)
	return c.tree, err
}

// resident returns a person and what they may do; a fault.NotFound if there is none.
func (c *census) resident(ctx context.Context, id int64) (resident, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.renew(ctx); err != nil {
		return resident{}, err
	}
	if r, ok := c.people[id]; ok {
		return r, nil
	}
	p, err := c.dir.Person(ctx, id)
	if err != nil {
		return resident{}, err
	}
	held, err := holdings(ctx, c.dir, id, c.tree)
	if err != nil {
		return resident{}, err
	}
	c.people[id] = resident{p, held}
	return c.people[id], nil
}

// byEmail is resident by e-mail address.
func (c *census) byEmail(ctx context.Context, email string) (resident, error) {
	p, err := c.dir.PersonByEmail(ctx, email)
	if err != nil {
		return resident{}, err
	}
	return c.resident(ctx, p.ID)
}

// gone reports whether an error says that somebody is not there.
func gone(err error) bool { return fault.KindOf(err) == fault.NotFound }
