package service

import (
	"context"
	"errors"
	"io"

	"codegauge/internal/directory"
	"codegauge/internal/query"
	"codegauge/internal/store"
)

var errTODO = errors.New("not written yet")

func (s *Service) Import(ctx context.Context, req ImportRequest) (*Ledger, error) { return nil, errTODO }
func (s *Service) Delete(ctx context.Context, req DeleteRequest) (*Ledger, error) { return nil, errTODO }
func (s *Service) Query(ctx context.Context, w Words) (*query.Answer, error)      { return nil, errTODO }
func (s *Service) Reconcile(ctx context.Context, w Words) (*Reconciliation, error) {
	return nil, errTODO
}
func (s *Service) Export(ctx context.Context, req ExportRequest, w io.Writer) error { return errTODO }
func (s *Service) Verify(ctx context.Context) (*Verification, error)                { return nil, errTODO }
func (s *Service) Enterprises(ctx context.Context) ([]EnterpriseSummary, error)     { return nil, errTODO }

// Entity resolves the scope's words to the entity they name.
func (s *Service) Entity(ctx context.Context, w Words) (directory.Entity, error) {
	return directory.Entity{}, errTODO
}

// Entities lists the enterprise's organizations and teams, sorted by label.
func (s *Service) Entities(ctx context.Context, enterprise string, kind directory.Kind) ([]directory.Entity, error) {
	return nil, errTODO
}
func (s *Service) Status(ctx context.Context, w Words) (*Status, error)     { return nil, errTODO }
func (s *Service) Coverage(ctx context.Context, w Words) (*Coverage, error) { return nil, errTODO }

// Values lists the values of a dimension that the scope has in the range.
func (s *Service) Values(ctx context.Context, w Words, dimension string) ([]string, error) {
	return nil, errTODO
}

// SeatCount returns how many seats the scope has, nil if none were imported.
func (s *Service) SeatCount(ctx context.Context, w Words) (*int64, error) { return nil, errTODO }
func (s *Service) Revisions(ctx context.Context, enterprise string, limit int) ([]store.Revision, error) {
	return nil, errTODO
}

// DataVersion returns the number that changes with every change of the enterprise's data.
func (s *Service) DataVersion(ctx context.Context, enterprise string) (int64, error) {
	return 0, errTODO
}

// Ready reports whether the stores answer.
func (s *Service) Ready(ctx context.Context) error { return errTODO }
