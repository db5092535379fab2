package sqlstore

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/rollup"
)

// cache keeps what was read of units, sets of people and single users' records, by
// entity, breakdown and month. Each enterprise's part is of one revision: when a
// later one is asked for, the months that revisions between have changed are
// dropped. What is asked for of an earlier one is not found.
type cache struct {
	mu    sync.Mutex
	clock int64
	parts map[int64]*cachePart // by enterprise
	bytes int
	limit int // in bytes
}

// cachePart is what is kept of an enterprise.
type cachePart struct {
	revision int64
	blocks   map[cacheKey]*cached
	memo     map[memoKey]any
	// reading is held while units are read that the cache lacks, readingSets while sets of
	// people are, readingPeople while records of single users are, which takes longer.
	reading, readingSets, readingPeople sync.Mutex
}

// cacheKey names the units of an entity, or of every organization or team of the
// enterprise, in a month; or, with sets, a set of people by day and tool; or, with weeks,
// its unions over the weeks that begin in the month; or, with a week, its sums of a level and
// breakdown (week_sum); or, with members, who belonged to which entity; or, with users, which
// lists accounts, their records.
type cacheKey struct {
	entity    int64
	of, level query.Level // as in query.Entities
	breakdown metric.Breakdown
	sets      bool
	weeks     bool
	members   bool
	cell      int32
	week      day.Day
	users     string
	month     day.Day
	// asOf is the revision that it is of, 0 for the part's.
	asOf int64
}

type cached struct {
	used  int64
	bytes int
	units []*query.Unit
	// packed are the cells of the units of a level, as stored.
	packed [][]byte
	// stored are an entity's units with the cells of all breakdowns: they become units of
	// the breakdowns that are asked for.
	stored []*rollup.Unit
	// cells lists the cells of all breakdowns that stored has.
	cells   func() ([]int32, error)
	sets    query.Sets
	weeks   query.Weeks
	week    []byte // unpacked
	members map[day.Day]*dayMembers
	records []query.UserRecord
}

// memoKey names an answer that is kept as long as the revision is current.
type memoKey struct {
	what   string
	entity int64
}

// part returns an enterprise's part.
func (c *cache) part(enterprise int64) *cachePart {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parts == nil {
		c.parts = map[int64]*cachePart{}
	}
	p := c.parts[enterprise]
	if p == nil {
		p = &cachePart{blocks: map[cacheKey]*cached{}, memo: map[memoKey]any{}}
		c.parts[enterprise] = p
	}
	return p
}

// revisionOf returns the revision of which the part is.
func (c *cache) revisionOf(p *cachePart) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return p.revision
}

// advance makes the part one of a later revision, which has changed some months.
func (c *cache) advance(p *cachePart, from, to int64, months map[day.Day]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.revision != from {
		return // somebody else did
	}
	p.revision = to
	clear(p.memo)
	for k, b := range p.blocks {
		if months[k.month] || k.weeks && months[k.month.NextMonth()] {
			c.bytes -= b.bytes
			delete(p.blocks, k)
		}
	}
}

// get returns what is kept, nil if nothing is or if the part is of another revision.
func (c *cache) get(p *cachePart, revision int64, k cacheKey) *cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := p.blocks[k]
	if b == nil || p.revision != revision {
		return nil
	}
	c.clock++
	b.used = c.clock
	return b
}

// put keeps what was read as of a revision, if the part is still of that one.
func (c *cache) put(p *cachePart, revision int64, k cacheKey, b *cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.revision != revision {
		return
	}
	if old := p.blocks[k]; old != nil {
		c.bytes -= old.bytes
	}
	c.clock++
	b.used = c.clock
	p.blocks[k] = b
	c.bytes += b.bytes
	c.evict()
}

// evict drops what was not used for longest, down to three quarters of the limit.
func (c *cache) evict() {
	if c.bytes <= c.limit {
		return
	}
	type at struct {
		part *cachePart
		key  cacheKey
		used int64
	}
	var all []at
	for _, p := range c.parts {
		for k, b := range p.blocks {
			all = append(all, at{p, k, b.used})
		}
	}
	slices.SortFunc(all, func(a, b at) int { return cmp.Compare(a.used, b.used) })
	for _, a := range all {
		if c.bytes <= c.limit*3/4 {
			return
		}
		c.bytes -= a.part.blocks[a.key].bytes
		delete(a.part.blocks, a.key)
	}
}

// recall returns an answer that is kept.
func (c *cache) recall(p *cachePart, revision int64, k memoKey) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.revision != revision {
		return nil, false
	}
	v, ok := p.memo[k]
	return v, ok
}

func (c *cache) remember(p *cachePart, revision int64, k memoKey, v any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.revision == revision {
		p.memo[k] = v
	}
}

// forget drops all that is kept of an enterprise: what was erased is in it.
func (c *cache) forget(enterprise int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.parts[enterprise]
	if p == nil {
		return
	}
	for k := range maps.Keys(p.blocks) {
		c.bytes -= p.blocks[k].bytes
		delete(p.blocks, k)
	}
	clear(p.memo)
}
