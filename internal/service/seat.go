package service

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/report"
)

// seats collects the seats of an import, by the billing answer that they stand in.
type seats map[answerKey]map[seatKey]directory.Seat

// answerKey names a billing answer; organization is 0 for the enterprise's.
type answerKey struct{ enterprise, organization int64 }

// seatKey is one person's seat in one organization: an answer may say it twice.
type seatKey struct {
	user         string
	organization int64
}

// add keeps the seat; of two for one person, the one with the later activity.
func (s seats) add(at place, r *report.Record) {
	answer := answerKey{at.enterprise, 0}
	if at.source != at.enterprise {
		answer.organization = at.source
	}
	if s[answer] == nil {
		s[answer] = map[seatKey]directory.Seat{}
	}
	seat := seatOf(at, r)
	k := seatKey{seat.UserID, seat.Organization}
	if old, ok := s[answer][k]; ok && old.LastActivity.After(seat.LastActivity) {
		return
	}
	s[answer][k] = seat
}

// seatOf copies what the directory keeps of a seat.
func seatOf(at place, r *report.Record) directory.Seat {
	return directory.Seat{
		Organization: at.organization, UserID: strings.Clone(r.UserID), Login: strings.Clone(r.Login),
		Team: strings.Clone(r.SeatTeam), Plan: strings.Clone(r.SeatPlan), Created: r.SeatCreated,
		LastActivity: r.SeatLastActivity, LastEditor: strings.Clone(r.SeatEditor), Body: seatBody(r),
	}
}

func seatBody(r *report.Record) []byte {
	return slices.Concat([]byte{'{'}, r.Extra, []byte{'}'})
}

// seatOrganizationID returns the id of the seat's organization, which the
// record keeps only as it came.
func seatOrganizationID(r *report.Record) string {
	var body struct {
		Organization struct {
			ID json.Number `json:"id"`
		} `json:"organization"`
	}
	if err := json.Unmarshal(seatBody(r), &body); err != nil {
		return "" // an id that is no number names nothing
	}
	return body.Organization.ID.String()
}

// put replaces the stored answers by those of the import.
func (s seats) put(ctx context.Context, dir Directory, asOf time.Time) error {
	for answer, found := range s {
		list := slices.SortedFunc(maps.Values(found), func(a, b directory.Seat) int {
			return cmp.Or(cmp.Compare(a.UserID, b.UserID), cmp.Compare(a.Organization, b.Organization))
		})
		if err := dir.PutSeats(ctx, answer.enterprise, answer.organization, asOf, list); err != nil {
			return fmt.Errorf("put %d seats: %w", len(list), err)
		}
	}
	return nil
}

func (s seats) count() int64 {
	n := 0
	for _, found := range s {
		n += len(found)
	}
	return int64(n)
}
