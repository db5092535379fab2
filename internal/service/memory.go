package service

import (
	"context"
	"fmt"
	"sync"

	"codegauge/internal/day"
	"codegauge/internal/store"
)

// forever is every day that a report can be of.
var forever = day.Range{From: 0, To: day.Date(2999, 12, 31)}

// maxRemembered bounds how many data sources, and reaches, are remembered.
const maxRemembered = 512

// memory holds what every question asks first, as long as the data stays what
// it was.
type memory struct {
	mu      sync.Mutex
	reports map[int64]stored
	sources map[dataSourceKey]*dataSource
	reaches map[dataSourceKey]*reach // of no range
	hides   map[hiddenKey]*hidden
	groups  map[groupsKey][]store.Group
	names   *names
	// revision is the directory's of names.
	revision int64
	counts   map[seatsKey]int64
	// veiled is whom pseudonyms stand for, of the enterprise that was last asked for.
	veiled    map[string][]string
	veiledFor pseudonymsKey
}

// pseudonymsKey is what an enterprise's pseudonyms depend on.
type pseudonymsKey struct {
	enterprise, version int64
	key                 string
}

func (m *memory) pseudonyms(k pseudonymsKey) map[string][]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.veiledFor != k {
		return nil
	}
	return m.veiled
}

func (m *memory) keepPseudonyms(k pseudonymsKey, known map[string][]string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.veiledFor, m.veiled = k, known
}

// seatsKey is what a count of seats depends on.
type seatsKey struct{ revision, enterprise, organization int64 }

// stored is an enterprise's report days at a data version.
type stored struct {
	version int64
	days    []store.SourceDay
}

// reports returns the enterprise's report days and their data version. The
// version is read first: days of a later one are forgotten with the next question.
func (s *Service) reports(ctx context.Context, enterprise int64) (stored, error) {
	version, err := s.store.DataVersion(ctx, enterprise)
	if err != nil {
		return stored{}, fmt.Errorf("data version: %w", err)
	}
	s.memory.mu.Lock()
	have, ok := s.memory.reports[enterprise]
	s.memory.mu.Unlock()
	if ok && have.version == version {
		return have, nil
	}
	have = stored{version: version}
	if have.days, err = s.store.SourceDays(ctx, enterprise, forever); err != nil {
		return stored{}, fmt.Errorf("report days: %w", err)
	}
	s.memory.keepReports(enterprise, have)
	return have, nil
}

func (m *memory) keepReports(enterprise int64, have stored) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reports == nil {
		m.reports = map[int64]stored{}
	}
	m.reports[enterprise] = have
}

// namesAt returns the names of a revision of the directory, nil if it is another's.
func (m *memory) namesAt(revision int64) *names {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.revision != revision {
		return nil
	}
	return m.names
}

func (m *memory) keepNames(revision int64, n *names) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.names, m.revision = n, revision
}

func (m *memory) dataSource(k dataSourceKey) *dataSource {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sources[k]
}

func (m *memory) keepDataSource(k dataSourceKey, d *dataSource) {
	remember(m, &m.sources, k, d)
}

func (m *memory) reach(k dataSourceKey) *reach {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reaches[k]
}

func (m *memory) keepReach(k dataSourceKey, r *reach) {
	remember(m, &m.reaches, k, r)
}

func (m *memory) seats(k seatsKey) (n int64, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, ok = m.counts[k]
	return n, ok
}

func (m *memory) keepSeats(k seatsKey, n int64) {
	remember(m, &m.counts, k, n)
}

// hiddenKey is what decides what is hidden: weeks of an enterprise's data.
type hiddenKey struct {
	enterprise int64
	from, to   day.Day
	minimum    int
	version    int64
}

func (m *memory) hiding(k hiddenKey) *hidden {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.hides[k]
}

func (m *memory) keepHiding(k hiddenKey, h *hidden) {
	remember(m, &m.hides, k, h)
}

// groupsKey names a week's groups of people.
type groupsKey struct {
	enterprise int64
	week       day.Day
	version    int64
}

func (m *memory) groupsOf(k groupsKey) ([]store.Group, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list, ok := m.groups[k]
	return list, ok
}

// rememberedGroups bounds the groups of all weeks together: a year of 938 groups
// of 100,000 people is 50,000, and takes some 50 MB.
const rememberedGroups = 60_000

func (m *memory) keepGroups(k groupsKey, list []store.Group) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := len(list)
	for _, other := range m.groups {
		n += len(other)
	}
	if m.groups == nil || n > rememberedGroups {
		m.groups = map[groupsKey][]store.Group{}
	}
	m.groups[k] = list
}

// remember adds to one of the maps; a full one begins anew.
func remember[K comparable, V any](m *memory, into *map[K]V, k K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if *into == nil || len(*into) >= maxRemembered {
		*into = map[K]V{}
	}
	(*into)[k] = v
}
