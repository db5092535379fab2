// Package privacy stands between figures and the people they are of: who may be told
// apart by whoever asks (groups that are too small, pseudonyms), what is kept of people
// (retention, erasure and that nothing brings them back), and who is who (identities and
// memberships that the directory states).
package privacy

import (
	"context"
	"fmt"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/query"
	"codegauge/internal/store"
	"codegauge/internal/versioned"

	"golang.org/x/sync/singleflight"
)

// Directory is what privacy needs of a directory.Directory.
type Directory interface {
	Entities(ctx context.Context) ([]directory.Entity, error)
	Seats(ctx context.Context, enterprise, organization int64) ([]directory.Seat, error)
	Privacy(ctx context.Context, enterprise int64) (directory.Privacy, error)
	directory.Erasures
	People(ctx context.Context, enterprise int64) ([]directory.Person, error)
	Person(ctx context.Context, id int64) (directory.Person, error)
	PersonByEmail(ctx context.Context, email string) (directory.Person, error)
	Identities(ctx context.Context, enterprise int64) ([]directory.Identity, error)
	Memberships(ctx context.Context, enterprise int64) ([]directory.Membership, error)
	ChangedLinks(ctx context.Context) (map[int64]int64, error)
	LinksApplied(ctx context.Context, enterprise, revision int64) error
	RemoveExports(ctx context.Context, enterprise int64) error
}

// Privacy decides what may be seen of people, and forgets them. It is safe for
// concurrent use.
type Privacy struct {
	dir   Directory
	store store.Store
	now   func() time.Time

	// keys are those of enterprises without people.
	keys *Keys

	memory memory
	// judging lets one question judge a week that several need.
	judging singleflight.Group
}

// New returns the privacy of a directory and a store. now is time.Now if nil.
func New(dir Directory, st store.Store, now func() time.Time) *Privacy {
	if now == nil {
		now = time.Now
	}
	return &Privacy{dir: dir, store: st, now: now, memory: newMemory()}
}

// WithKeys gives p the keys of the enterprises that are kept without people, and returns p.
func (p *Privacy) WithKeys(keys *Keys) *Privacy {
	p.keys = keys
	return p
}

// key returns the key of an enterprise that is kept without people, nil for any other.
func (p *Privacy) key(ctx context.Context, enterprise int64) (*Key, error) {
	n, err := p.names(ctx)
	if err != nil {
		return nil, err
	}
	e := n.ByID[enterprise]
	if e == nil {
		return nil, nil
	}
	return p.keys.Of(*e)
}

// names returns the directory's entities of now.
func (p *Privacy) names(ctx context.Context) (*directory.Names, error) {
	list, err := p.dir.Entities(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	return directory.NewNames(list), nil
}

// maxShown bounds the figures of all weeks together that are known to be shown.
const maxShown = 2_000_000

// maxMasks bounds the masks that are kept; they share their weeks.
const maxMasks = 512

// maskKey is the weeks that begin in a range, and the minimum that they are judged by.
type maskKey struct {
	weeks   day.Range
	minimum int
}

// weekKey is a week, and what else decides what is shown of it.
type weekKey struct {
	monday  day.Day
	minimum int
	changed int64 // the last revision that changed its months
}

func sizeOf(w *shownWeek) int {
	n := 1
	for _, e := range w.Figures {
		n++
		for _, f := range e.Days {
			n += 1 + len(f.Cells)
		}
		if e.Week != nil {
			n += 1 + len(e.Week.Cells)
		}
	}
	return n
}

// memory holds what every question asks first, by enterprise as of its data's version.
type memory struct {
	masks *versioned.Cache[int64, maskKey, *query.Mask]
	// weeks are kept whatever the data's version: their keys say of which changes they are.
	weeks *versioned.Cache[int64, weekKey, *shownWeek]
	// pseudonyms say whom they stand for, by the secret that they were made with, of the
	// enterprise that was last asked for.
	pseudonyms *versioned.Cache[int64, string, map[string][]string]
	// former say what answers call those who had a login that nobody has now.
	former *versioned.Cache[int64, string, map[string][]string]
}

func newMemory() memory {
	return memory{
		masks:      versioned.New[int64, maskKey, *query.Mask](maxMasks, nil),
		weeks:      versioned.New[int64, weekKey](maxShown, sizeOf),
		pseudonyms: versioned.New[int64, string, map[string][]string](1, nil),
		former:     versioned.New[int64, string, map[string][]string](maxMasks, nil),
	}
}
