package directorytest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// Memory is a directory in memory, as far as what stands over it needs one: without roles
// and sign-ins. Only its exported fields may be changed, by tests that use it
// from one goroutine.
type Memory struct {
	// Settings are every enterprise's privacy settings; nil are the ones to begin with.
	Settings *directory.Privacy

	// Version is its Revision.
	Version int64
	// Linked, Members and Marks are who is who, who belongs where and who was erased.
	Linked  []directory.Identity
	Members []directory.Membership
	Marks   map[string]bool
	// Events are what was written into the audit log.
	Events []directory.Event
	// Puts, Reserved and Counted count calls of Put, Reserve and CountSeats.
	Puts, Reserved, Counted int

	mu       sync.Mutex
	next     int64
	entities map[int64]directory.Entity
	seats    map[seatsKey][]directory.Seat
	asOf     map[seatsKey]time.Time
	pages    map[seatsKey]directory.SeatPages
}

// NewMemory returns an empty directory.
func NewMemory() *Memory {
	return &Memory{entities: map[int64]directory.Entity{}, seats: map[seatsKey][]directory.Seat{},
		asOf: map[seatsKey]time.Time{}, pages: map[seatsKey]directory.SeatPages{}}
}

func (m *Memory) Entities(context.Context) ([]directory.Entity, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []directory.Entity
	for _, e := range m.entities {
		e.Aliases = slices.Clone(e.Aliases)
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b directory.Entity) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

func (m *Memory) Record(_ context.Context, events ...directory.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Events = append(m.Events, events...)
	return nil
}

func (m *Memory) Revision(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Version, nil
}

func (m *Memory) Reserve(_ context.Context, n int) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	first := m.next + 1
	m.next += int64(n)
	m.Reserved++
	return first, nil
}

func (m *Memory) Put(_ context.Context, list []directory.Entity) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Version++
	m.Puts++
	for _, e := range list {
		for _, o := range m.entities {
			if o.ID != e.ID && o.Kind == e.Kind && o.Enterprise == e.Enterprise && o.Organization == e.Organization && (e.Slug != "" && o.Slug == e.Slug) {
				return fault.New(fault.Conflict, "two of %s", e.Slug)
			}
		}
		m.entities[e.ID] = e
	}
	return nil
}

func (m *Memory) PutSeats(_ context.Context, enterprise, organization int64, asOf time.Time, seats []directory.Seat) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := seatsKey{enterprise, organization}
	if asOf.Before(m.asOf[k]) {
		return nil
	}
	m.Version++
	m.seats[k], m.asOf[k] = seats, asOf
	return nil
}

// ChangedLinks lists every enterprise: what is so already changes nothing.
func (m *Memory) ChangedLinks(context.Context) (map[int64]int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[int64]int64{}
	for id, e := range m.entities {
		if e.Kind == directory.Enterprise {
			out[id] = m.Version
		}
	}
	return out, nil
}

func (m *Memory) LinksApplied(context.Context, int64, int64) error { return nil }

func (m *Memory) SeatAnswer(_ context.Context, enterprise, organization int64) (time.Time, []directory.Seat, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := seatsKey{enterprise, organization}
	return m.asOf[k], m.seats[k], nil
}

// SeatAnswers knows the last of each.
func (m *Memory) SeatAnswers(_ context.Context, enterprise, organization int64) (out []directory.SeatAnswer, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, at := range m.asOf {
		if k.enterprise == enterprise && (organization == 0 || organization == k.organization) {
			out = append(out, directory.SeatAnswer{Owner: cmp.Or(k.organization, enterprise), AsOf: at, Imported: at, People: int64(len(m.seats[k]))})
		}
	}
	slices.SortFunc(out, func(a, b directory.SeatAnswer) int { return b.AsOf.Compare(a.AsOf) })
	return out, nil
}

func (m *Memory) Roster(context.Context, int64) (time.Time, []directory.Member, error) {
	return time.Time{}, nil, nil
}

func (m *Memory) SeatPages(_ context.Context, enterprise, organization int64) (directory.SeatPages, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pages[seatsKey{enterprise, organization}], nil
}

func (m *Memory) PutSeatPages(_ context.Context, enterprise, organization int64, pages directory.SeatPages) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pages[seatsKey{enterprise, organization}] = pages
	return nil
}

func (m *Memory) Seats(_ context.Context, enterprise, organization int64) ([]directory.Seat, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []directory.Seat
	seen := map[string]bool{}
	for k, list := range m.seats {
		for _, s := range list {
			if k.enterprise == enterprise && (organization == 0 || s.Organization == organization) && !seen[s.Holder()] {
				seen[s.Holder()] = true
				out = append(out, s)
			}
		}
	}
	return out, nil
}

func (m *Memory) SeatsOf(_ context.Context, enterprise int64, user query.Name) ([]directory.Seat, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []directory.Seat
	for k, list := range m.seats {
		for _, s := range list {
			if k.enterprise == enterprise && (s.UserID != "" && s.UserID == user.ID || s.UserID == "" && s.Login != "" && strings.EqualFold(s.Login, user.Login)) {
				out = append(out, s)
			}
		}
	}
	slices.SortFunc(out, func(a, b directory.Seat) int { return b.LastActivity.Compare(a.LastActivity) })
	return out, nil
}

func (m *Memory) CountSeats(ctx context.Context, enterprise, organization int64) (int64, error) {
	m.mu.Lock()
	m.Counted++
	m.mu.Unlock()
	list, err := m.Seats(ctx, enterprise, organization)
	return int64(len(list)), err
}

func (m *Memory) RemoveSeats(_ context.Context, enterprise, organization int64, name query.Name) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Version++
	var n int64
	for k, list := range m.seats {
		m.seats[k] = slices.DeleteFunc(list, func(s directory.Seat) bool {
			gone := k.enterprise == enterprise && (organization == 0 || s.Organization == organization) && name.Matches(metric.Copilot, s.UserID, s.Login)
			if gone {
				n++
			}
			return gone
		})
	}
	return n, nil
}

func (m *Memory) Remove(_ context.Context, id int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Version++
	for _, e := range m.entities {
		if e.ID == id || e.Enterprise == id {
			delete(m.entities, e.ID)
		}
	}
	return nil
}

func (m *Memory) Identities(_ context.Context, enterprise int64) ([]directory.Identity, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.Linked), func(i directory.Identity) bool { return i.Enterprise != enterprise }), nil
}

func (m *Memory) Memberships(_ context.Context, enterprise int64) ([]directory.Membership, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.Members), func(i directory.Membership) bool { return i.Enterprise != enterprise }), nil
}

func (m *Memory) Privacy(context.Context, int64) (directory.Privacy, error) {
	if m.Settings != nil {
		return *m.Settings, nil
	}
	return directory.DefaultPrivacy(), nil
}

func (m *Memory) Secret(_ context.Context, enterprise int64) (directory.Secret, error) {
	return directory.Secret(fmt.Sprint("secret of ", enterprise)), nil
}

func (m *Memory) Person(context.Context, int64) (directory.Person, error) {
	return directory.Person{}, fault.New(fault.NotFound, "nobody")
}

func (m *Memory) PersonByEmail(context.Context, string) (directory.Person, error) {
	return directory.Person{}, fault.New(fault.NotFound, "nobody")
}

func (m *Memory) People(context.Context, int64) ([]directory.Person, error) { return nil, nil }

func (m *Memory) Erase(context.Context, directory.Erasure) error {
	return errors.New("not here")
}

func (m *Memory) Erased(context.Context, int64) (map[string]bool, error) { return m.Marks, nil }

func (m *Memory) ErasedMarks(context.Context, int64) ([]directory.ErasedMark, error) {
	return nil, nil
}

func (m *Memory) PutErasedMarks(context.Context, int64, []directory.ErasedMark) error {
	return errors.New("not here")
}

func (m *Memory) Ping(context.Context) error { return nil }

func (m *Memory) Close() error { return nil }

// seatsKey names whose billing answer it is; organization is 0 for the enterprise's.
type seatsKey struct{ enterprise, organization int64 }

// RemoveExports has none to remove.
func (m *Memory) RemoveExports(context.Context, int64) error { return nil }
