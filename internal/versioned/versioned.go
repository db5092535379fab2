// Package versioned keeps what was worked out from data for as long as the data stays
// what it was.
package versioned

import "sync"

// Cache keeps values by key, each as of a version of the data of its owner: an
// enterprise's data, or the directory. When a value as of a later version comes, what
// was kept of the owner as of earlier ones is dropped. It is safe for concurrent use.
type Cache[O, K comparable, V any] struct {
	mu     sync.Mutex
	limit  int
	weigh  func(V) int
	weight int
	owners map[O]*values[K, V]
}

// values are an owner's, as of one version.
type values[K comparable, V any] struct {
	version int64
	byKey   map[K]V
}

// New returns a Cache of values that weigh no more than limit together: 1 each, or what
// weigh says. A full one begins anew.
func New[O, K comparable, V any](limit int, weigh func(V) int) *Cache[O, K, V] {
	if weigh == nil {
		weigh = func(V) int { return 1 }
	}
	return &Cache[O, K, V]{limit: limit, weigh: weigh, owners: map[O]*values[K, V]{}}
}

// Find returns what is kept as of exactly the version.
func (c *Cache[O, K, V]) Find(of O, version int64, key K) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if have := c.owners[of]; have != nil && have.version == version {
		v, ok = have.byKey[key]
	}
	return v, ok
}

// Keep keeps a value, unless there are some as of a later version already.
func (c *Cache[O, K, V]) Keep(of O, version int64, key K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	have := c.owners[of]
	if have != nil && have.version > version {
		return
	}
	if have != nil && have.version < version {
		for _, old := range have.byKey {
			c.weight -= c.weigh(old)
		}
		have = nil
	}
	if have != nil {
		if old, ok := have.byKey[key]; ok {
			c.weight -= c.weigh(old)
			delete(have.byKey, key)
		}
	}
	if c.weight += c.weigh(v); c.weight > c.limit {
		clear(c.owners)
		c.weight, have = c.weigh(v), nil
	}
	if have == nil {
		have = &values[K, V]{version, map[K]V{}}
		c.owners[of] = have
	}
	have.byKey[key] = v
}

// Get returns what is kept, or works it out and keeps it. Of several who ask at once
// each works it out: none waits for another's context.
func (c *Cache[O, K, V]) Get(of O, version int64, key K, work func() (V, error)) (V, error) {
	if v, ok := c.Find(of, version, key); ok {
		return v, nil
	}
	v, err := work()
	if err == nil {
		c.Keep(of, version, key, v)
	}
	return v, err
}
