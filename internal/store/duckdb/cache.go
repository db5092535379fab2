package duckdb

import (
	"maps"
	"slices"
	"sync"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// cache keeps units, sets and single users' records as they were read, by entity,
// breakdown and month: what pages ask again and again. A committed change forgets
// the months that it touched or rolled up anew, and bumps the generation: an
// evaluation finds only blocks that were there when it began, so that everything it
// reads is of one state.
type cache struct {
	mu         sync.Mutex
	generation int // or paused
	last       int
	clock      int64
	blocks     map[blockKey]*block
	bytes      int
	memo       map[memoKey]any // of one generation
	limit      int             // in bytes; 0 is cacheBytes
	// reading is held while units are read that the blocks lack, readingPeople while
	// records of single users are, which takes longer.
	reading, readingPeople sync.Mutex
}

// cacheBytes bounds the memory of blocks: a year of an enterprise's breakdowns
// takes about 100 MB at 100,000 people.
const cacheBytes = 256 << 20

// blockKey names a block: the units of an entity, or of every organization or
// team of an enterprise, in a month; or, with sets, a set of people by day and tool;
// or, with users, which lists identities, their records.
type blockKey struct {
	entity    int64
	of, level query.Level // as in query.Entities
	breakdown metric.Breakdown
	sets      bool
	cell      int32
	users     string
	month     day.Day
}

type block struct {
	enterprise int64
	since      int // generation in which it was read
	used       int64
	bytes      int
	units      []*query.Unit
	sets       query.Sets
	records    []query.UserRecord
}

// staleMonth is a month of an enterprise that was touched or rolled up anew.
type staleMonth struct {
	enterprise int64
	month      day.Day
}

// memoKey names an answer that is kept until anything changes.
type memoKey struct {
	what   string
	entity int64
}

// paused is the generation while a change commits: nothing is kept or found, so
// that no answer mixes the states before and after.
const paused = -1

// now returns the current generation.
func (c *cache) now() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.generation
}

// get returns a block that was there in the generation.
func (c *cache) get(k blockKey, generation int) *block {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.blocks[k]
	if generation == paused || b == nil || b.since > generation {
		return nil
	}
	c.clock++
	b.used = c.clock
	return b
}

// put keeps a block that was read in the generation, unless that has passed.
func (c *cache) put(k blockKey, b *block, generation int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation == paused || generation != c.generation {
		return
	}
	if c.blocks == nil {
		c.blocks = map[blockKey]*block{}
	}
	if old := c.blocks[k]; old != nil {
		c.bytes -= old.bytes
	}
	c.clock++
	b.since, b.used = generation, c.clock
	c.blocks[k] = b
	c.bytes += b.bytes
	c.evict()
}

// evict drops what was not used for longest, down to three quarters of the limit.
func (c *cache) evict() {
	limit := c.limit
	if limit == 0 {
		limit = cacheBytes
	}
	if c.bytes <= limit {
		return
	}
	keys := slices.SortedFunc(maps.Keys(c.blocks), func(a, b blockKey) int { return int(c.blocks[a].used - c.blocks[b].used) })
	for _, k := range keys {
		if c.bytes <= limit*3/4 {
			return
		}
		c.bytes -= c.blocks[k].bytes
		delete(c.blocks, k)
	}
}

// recall returns an answer that was kept in the generation.
func (c *cache) recall(k memoKey, generation int) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation == paused || generation != c.generation {
		return nil, false
	}
	v, ok := c.memo[k]
	return v, ok
}

func (c *cache) remember(k memoKey, v any, generation int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation == paused || generation != c.generation {
		return
	}
	if c.memo == nil {
		c.memo = map[memoKey]any{}
	}
	c.memo[k] = v
}

// pause keeps and finds nothing until resume.
func (c *cache) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	c.generation = paused
	c.memo = nil
}

// resume begins a new generation without the blocks of the stale months.
func (c *cache) resume(stale []staleMonth) {
	gone := map[staleMonth]bool{}
	for _, s := range stale {
		gone[s] = true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, b := range c.blocks {
		if gone[staleMonth{b.enterprise, k.month}] {
			c.bytes -= b.bytes
			delete(c.blocks, k)
		}
	}
	c.generation = c.last
}
