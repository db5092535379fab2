package question

import (
	"context"
	"fmt"

	"codegauge/internal/directory"
)

// names returns the directory. It is read again only when it has changed: an
// enterprise has thousands of teams, and a page dozens of questions.
func (a *Answerer) names(ctx context.Context) (*directory.Names, error) {
	revision, err := a.dir.Revision(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	return a.memory.names.Get(struct{}{}, revision, struct{}{}, func() (*directory.Names, error) {
		list, err := a.dir.Entities(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the directory: %w", err)
		}
		return directory.NewNames(list), nil
	})
}

// enterprise returns the names of now and the enterprise that a word names.
func (a *Answerer) enterprise(ctx context.Context, word string) (*directory.Names, *directory.Entity, error) {
	n, err := a.names(ctx)
	if err != nil {
		return nil, nil, err
	}
	e, err := n.Enterprise(word)
	return n, e, err
}
