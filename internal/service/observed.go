package service

import (
	"context"
	"fmt"

	"codegauge/internal/directory"
	"codegauge/internal/metric"
)

// Observed lists whom the enterprise's seats speak of.
func (s *Service) Observed(ctx context.Context, enterprise int64) ([]directory.Identity, error) {
	seats, err := s.dir.Seats(ctx, enterprise, 0)
	if err != nil {
		return nil, fmt.Errorf("seats: %w", err)
	}
	var out []directory.Identity
	for _, seat := range seats {
		if seat.UserID != "" {
			out = append(out, directory.Identity{Enterprise: enterprise, Tool: metric.Copilot, UserID: seat.UserID, Login: seat.Login})
		}
	}
	return out, nil
}
