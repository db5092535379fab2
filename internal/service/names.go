package service

import (
	"codegauge/internal/directory"
	"context"
	"fmt"
)

// names returns the directory. It is read again only when it has changed: an
// enterprise has thousands of teams, and a page dozens of questions.
func (s *Service) names(ctx context.Context) (*directory.Names, error) {
	revision, err := s.dir.Revision(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	return s.memory.names.Get(struct{}{}, revision, struct{}{}, func() (*directory.Names, error) {
		list, err := s.dir.Entities(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the directory: %w", err)
		}
		return directory.NewNames(list), nil
	})
}

// enterprise returns the names of now and the enterprise that a word names.
func (s *Service) enterprise(ctx context.Context, word string) (*directory.Names, *directory.Entity, error) {
	n, err := s.names(ctx)
	if err != nil {
		return nil, nil, err
	}
	e, err := n.Enterprise(word)
	return n, e, err
}
