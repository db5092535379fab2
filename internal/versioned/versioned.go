// Package versioned caches values that were computed from versioned data until the data
// changes.
package versioned

import "sync"

// Cache holds values by owner (such as an enterprise) and key, all of an owner's computed
// from the same version of its data. A value of a later version replaces all of the
// owner's values of the version before. It is safe for concurrent use.
type Cache[O, K comparable, V any] struct {
	mu     sync.Mutex
	limit  int
	weigh  func(V) int
	weight int
	owners map[O]*values[K, V]
}

// values are an owner's values, all of one version.
type values[K comparable, V any] struct {
	version int64
	byKey   map[K]V
}

// New returns a Cache whose values have a total weight of at most limit. weigh returns the
// weight of a value; if it is nil, each weighs 1. A value that exceeds the limit clears
// the cache first.
func New[O, K comparable, V any](limit int, weigh func(V) int) *Cache[O, K, V] {
	if weigh == nil {
		weigh = func(V) int { return 1 }
	}
	return &Cache[O, K, V]{limit: limit, weigh: weigh, owners: map[O]*values[K, V]{}}
}

// Find returns the value of exactly the given version, and whether there is one.
func (c *Cache[O, K, V]) Find(owner O, version int64, key K) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if current := c.owners[owner]; current != nil && current.version == version {
		v, ok = current.byKey[key]
	}
	return v, ok
}

// Put stores a value, unless the owner has values of a later version.
func (c *Cache[O, K, V]) Put(owner O, version int64, key K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	current := c.owners[owner]
	if current != nil && current.version > version {
		return
	}
	if current != nil && current.version < version {
		for _, old := range current.byKey {
			c.weight -= c.weigh(old)
		}
		current = nil
	}
	if current != nil {
		if old, ok := current.byKey[key]; ok {
			c.weight -= c.weigh(old)
			delete(current.byKey, key)
		}
	}
	if c.weight += c.weigh(v); c.weight > c.limit {
		clear(c.owners)
		c.weight, current = c.weigh(v), nil
	}
	if current == nil {
		current = &values[K, V]{version, map[K]V{}}
		c.owners[owner] = current
	}
	current.byKey[key] = v
}

// Get returns the stored value, or computes and stores it. Concurrent calls each compute
// it, so that none depends on the context of another.
func (c *Cache[O, K, V]) Get(owner O, version int64, key K, compute func() (V, error)) (V, error) {
	if v, ok := c.Find(owner, version, key); ok {
		return v, nil
	}
	v, err := compute()
	if err == nil {
		c.Put(owner, version, key, v)
	}
	return v, err
}
