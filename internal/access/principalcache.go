package access

import (
	"context"
	"fmt"
	"sync"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// principalCache keeps what every request asks of the directory, as long as the
// directory stays at a revision.
type principalCache struct {
	dir directory.Directory

	mu       sync.Mutex
	revision int64
	tree     *tree // nil: not read yet
	people   map[int64]cachedPrincipal
}

// cachedPrincipal is a person and what they may do.
type cachedPrincipal struct {
	person directory.Person
	held   []roleBinding
}

// renew forgets what a change of the directory may have made wrong. It is called
// with the lock held, before the directory is read: what is read during a
// change is forgotten with the next call.
func (c *principalCache) renew(ctx context.Context) error {
	revision, err := c.dir.Revision(ctx)
	if err != nil {
		return fmt.Errorf("read the directory's revision: %w", err)
	}
	if c.tree != nil && revision == c.revision {
		return nil
	}
	c.revision, c.people = revision, map[int64]cachedPrincipal{}
	c.tree, err = readTree(ctx, c.dir)
	return err
}

// entities returns the tree. It is not to be changed.
func (c *principalCache) entities(ctx context.Context) (*tree, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.renew(ctx)
	return c.tree, err
}

// cached returns a person and what they may do; a fault.NotFound if there is none.
func (c *principalCache) cached(ctx context.Context, id int64) (cachedPrincipal, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.renew(ctx); err != nil {
		return cachedPrincipal{}, err
	}
	if r, ok := c.people[id]; ok {
		return r, nil
	}
	p, err := c.dir.Person(ctx, id)
	if err != nil {
		return cachedPrincipal{}, err
	}
	held, err := roleBindings(ctx, c.dir, id, c.tree)
	if err != nil {
		return cachedPrincipal{}, err
	}
	c.people[id] = cachedPrincipal{p, held}
	return c.people[id], nil
}

// byEmail is cached by e-mail address.
func (c *principalCache) byEmail(ctx context.Context, email string) (cachedPrincipal, error) {
	p, err := c.dir.PersonByEmail(ctx, email)
	if err != nil {
		return cachedPrincipal{}, err
	}
	return c.cached(ctx, p.ID)
}

// gone reports whether an error says that somebody is not there.
func gone(err error) bool { return fault.KindOf(err) == fault.NotFound }
