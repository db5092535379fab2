package service

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
	"codegauge/internal/store/oracle"
)

// memoryDirectory is a directory.Directory in memory.
type memoryDirectory struct {
	revision int64

	mu       sync.Mutex
	next     int64
	entities map[int64]directory.Entity
	seats    map[answerKey][]directory.Seat
	asOf     map[answerKey]time.Time
	pages    map[answerKey]directory.SeatPages
	people   []directory.Identity
	members  []directory.Membership
	puts     int
	reserved int // calls of Reserve
	counted  int // calls of CountSeats
}

func newDirectory() *memoryDirectory {
	return &memoryDirectory{entities: map[int64]directory.Entity{}, seats: map[answerKey][]directory.Seat{},
		asOf: map[answerKey]time.Time{}, pages: map[answerKey]directory.SeatPages{}}
}

func (m *memoryDirectory) Entities(context.Context) ([]directory.Entity, error) {
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

func (m *memoryDirectory) Revision(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.revision, nil
}

func (m *memoryDirectory) Reserve(_ context.Context, n int) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	first := m.next + 1
	m.next += int64(n)
	m.reserved++
	return first, nil
}

func (m *memoryDirectory) Put(_ context.Context, list []directory.Entity) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.revision++
	m.puts++
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

func (m *memoryDirectory) PutSeats(_ context.Context, enterprise, organization int64, asOf time.Time, seats []directory.Seat) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := answerKey{enterprise, organization}
	if asOf.Before(m.asOf[k]) {
		return nil
	}
	m.revision++
	m.seats[k], m.asOf[k] = seats, asOf
	return nil
}

// ChangedLinks lists every enterprise: what is so already changes nothing.
func (m *memoryDirectory) ChangedLinks(context.Context) (map[int64]int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[int64]int64{}
	for id, e := range m.entities {
		if e.Kind == directory.Enterprise {
			out[id] = m.revision
		}
	}
	return out, nil
}

func (m *memoryDirectory) LinksApplied(context.Context, int64, int64) error { return nil }

func (m *memoryDirectory) SeatAnswer(_ context.Context, enterprise, organization int64) (time.Time, []directory.Seat, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := answerKey{enterprise, organization}
	return m.asOf[k], m.seats[k], nil
}

func (m *memoryDirectory) SeatPages(_ context.Context, enterprise, organization int64) (directory.SeatPages, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pages[answerKey{enterprise, organization}], nil
}

func (m *memoryDirectory) PutSeatPages(_ context.Context, enterprise, organization int64, pages directory.SeatPages) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pages[answerKey{enterprise, organization}] = pages
	return nil
}

func (m *memoryDirectory) Seats(_ context.Context, enterprise, organization int64) ([]directory.Seat, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []directory.Seat
	seen := map[string]bool{}
	for k, list := range m.seats {
		for _, s := range list {
			if k.enterprise == enterprise && (organization == 0 || s.Organization == organization) && !seen[s.UserID] {
				seen[s.UserID] = true
				out = append(out, s)
			}
		}
	}
	return out, nil
}

func (m *memoryDirectory) CountSeats(ctx context.Context, enterprise, organization int64) (int64, error) {
	m.mu.Lock()
	m.counted++
	m.mu.Unlock()
	list, err := m.Seats(ctx, enterprise, organization)
	return int64(len(list)), err
}

func (m *memoryDirectory) RemoveSeats(_ context.Context, enterprise, organization int64, name query.Name) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.revision++
	var n int64
	for k, list := range m.seats {
		m.seats[k] = slices.DeleteFunc(list, func(s directory.Seat) bool {
			gone := k.enterprise == enterprise && (organization == 0 || s.Organization == organization) && name.Matches(s.UserID, s.Login)
			if gone {
				n++
			}
			return gone
		})
	}
	return n, nil
}

func (m *memoryDirectory) Remove(_ context.Context, id int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.revision++
	for _, e := range m.entities {
		if e.ID == id || e.Enterprise == id {
			delete(m.entities, e.ID)
		}
	}
	return nil
}

func (m *memoryDirectory) Identities(_ context.Context, enterprise int64) ([]directory.Identity, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.people), func(i directory.Identity) bool { return i.Enterprise != enterprise }), nil
}

func (m *memoryDirectory) Memberships(_ context.Context, enterprise int64) ([]directory.Membership, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.members), func(i directory.Membership) bool { return i.Enterprise != enterprise }), nil
}

func (m *memoryDirectory) Privacy(context.Context, int64) (directory.Privacy, error) {
	return directory.DefaultPrivacy(), nil
}

func (m *memoryDirectory) Secret(_ context.Context, enterprise int64) (directory.Secret, error) {
	return directory.Secret(fmt.Sprint("secret of ", enterprise)), nil
}

func (m *memoryDirectory) Person(context.Context, int64) (directory.Person, error) {
	return directory.Person{}, fault.New(fault.NotFound, "nobody")
}

func (m *memoryDirectory) PersonByEmail(context.Context, string) (directory.Person, error) {
	return directory.Person{}, fault.New(fault.NotFound, "nobody")
}

func (m *memoryDirectory) People(context.Context, int64) ([]directory.Person, error) { return nil, nil }

func (m *memoryDirectory) Erase(context.Context, directory.Erasure) error {
	return errors.New("not here")
}

func (m *memoryDirectory) Erased(context.Context, int64) (map[string]bool, error) { return nil, nil }

func (m *memoryDirectory) ErasedMarks(context.Context, int64) ([]directory.ErasedMark, error) {
	return nil, nil
}

func (m *memoryDirectory) PutErasedMarks(context.Context, int64, []directory.ErasedMark) error {
	return errors.New("not here")
}

func (m *memoryDirectory) Ping(context.Context) error { return nil }
func (m *memoryDirectory) Close() error               { return nil }

// world is a service with its stores; today is 2026-11-24 unless set.
type world struct {
	*Service
	t     *testing.T
	dir   Directory
	store store.Store
	today string
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, dir: newDirectory(), store: oracle.New(), today: "2026-11-24"}
	w.Service = New(w.dir, w.store, Options{Now: func() time.Time { return must(day.Parse(w.today)).Time().Add(12 * time.Hour) }})
	return w
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// text returns an input of the lines.
func text(name string, lines ...string) report.Input {
	body := strings.Join(lines, "\n") + "\n"
	return report.Input{Name: name, Size: int64(len(body)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(body)), nil
	}}
}

// load imports the lines, as the request says otherwise.
func (w *world) load(req ImportRequest, lines ...string) *ImportReport {
	w.t.Helper()
	l, err := w.tryLoad(req, lines...)
	if err != nil {
		w.t.Fatalf("import: %v", err)
	}
	return l
}

func (w *world) tryLoad(req ImportRequest, lines ...string) (*ImportReport, error) {
	req.Inputs = append(req.Inputs, text("in.ndjson", lines...))
	return w.Import(w.t.Context(), req)
}

func (w *world) query(words QueryParameters) *query.Answer {
	w.t.Helper()
	a, err := w.Query(w.t.Context(), words)
	if err != nil {
		w.t.Fatalf("query %+v: %v", words, err)
	}
	return a
}

// user is a user record: fields are members of its object, as JSON.
func user(id int, d string, added, deleted int, members ...string) string {
	s := fmt.Sprintf(`{"user_id":%d,"user_login":"u%d","day":%q,"user_initiated_interaction_count":1,"code_generation_activity_count":1,"code_acceptance_activity_count":1,"loc_suggested_to_add_sum":0,"loc_suggested_to_delete_sum":0,"loc_added_sum":%d,"loc_deleted_sum":%d`, id, id, d, added, deleted)
	for _, m := range members {
		s += "," + m
	}
	return s + "}"
}

// aggregateDay is an aggregate record.
func aggregateDay(d string, added, deleted int, members ...string) string {
	s := fmt.Sprintf(`{"day":%q,"daily_active_users":5,"loc_added_sum":%d,"loc_deleted_sum":%d`, d, added, deleted)
	for _, m := range members {
		s += "," + m
	}
	return s + "}"
}

// rowsOf is a breakdown: each row is its keys as JSON members, lines added and deleted.
func rowsOf(field string, rows ...string) string {
	return fmt.Sprintf("%q:[%s]", field, strings.Join(rows, ","))
}

func row(keys string, added, deleted int) string {
	return fmt.Sprintf(`{%s,"loc_added_sum":%d,"loc_deleted_sum":%d}`, keys, added, deleted)
}

// show writes an answer's rows, one a line.
func show(a *query.Answer) string {
	var b bytes.Buffer
	for _, row := range a.Rows {
		for i, v := range row {
			if i > 0 {
				b.WriteByte(' ')
			}
			if v == nil {
				v = "null"
			}
			fmt.Fprint(&b, v)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
