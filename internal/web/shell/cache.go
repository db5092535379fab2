package shell

import (
	"bytes"
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"codegauge/internal/access"
	"codegauge/internal/day"
)

// cacheBytes is how much memory rendered pages may take.
const cacheBytes = 32 << 20

// PageKey is everything that a rendered page depends on: its URL, who its reader is and
// what they may see, the data's version, the directory's revision and the day. An
// import changes the version, or the seats and names, so no page is ever stale.
type PageKey struct {
	url      string
	viewer   string
	person   int64
	version  int64
	revision int64
	today    day.Day
}

// etag names the page's content by what it was made from, and the program, which is its
// version and the base path of its links: it is the same on every replica.
func (k PageKey) etag(program string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n%d\n%d\n%d\n%s", program, k.url, k.viewer, k.person, k.version, k.revision, k.today))
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// KeyFor returns the key of a page for whoever asks.
func (sh *Shell) KeyFor(r *http.Request, url string, version int64, today day.Day) (PageKey, error) {
	revision, err := sh.Data.DirectoryVersion(r.Context())
	who := access.Of(r.Context())
	return PageKey{url, who.CacheKey(), who.Person.ID, version, revision, today}, err
}

// cache keeps the pages that were asked for last.
type cache struct {
	mu    sync.Mutex
	pages map[PageKey]*list.Element
	order *list.List // of cached, the last used first
	bytes int
	limit int
}

type cached struct {
	key  PageKey
	page []byte
}

func newCache(limit int) *cache {
	return &cache{pages: map[PageKey]*list.Element{}, order: list.New(), limit: limit}
}

func (c *cache) get(k PageKey) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.pages[k]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(cached).page, true
}

func (c *cache) put(k PageKey, page []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.pages[k]; ok {
		return
	}
	c.pages[k] = c.order.PushFront(cached{k, page})
	c.bytes += len(page)
	for c.bytes > c.limit && c.order.Len() > 1 {
		last := c.order.Remove(c.order.Back()).(cached)
		delete(c.pages, last.key)
		c.bytes -= len(last.page)
	}
}

// Serve answers with the page of the key, rendering it if it is not kept.
func (sh *Shell) Serve(w http.ResponseWriter, r *http.Request, k PageKey, name string, view func() (any, error)) error {
	tag := k.etag(sh.Options.Version + " " + string(sh.Options.Base))
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("ETag", tag)
	// Compressing weakens a tag on its way out.
	if strings.TrimPrefix(r.Header.Get("If-None-Match"), "W/") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	page, ok := sh.cache.get(k)
	if !ok {
		var err error
		if page, err = sh.fresh(name, view); err != nil {
			w.Header().Del("ETag")
			return err
		}
		sh.cache.put(k, page)
	}
	writeHTML(w, http.StatusOK, page)
	return nil
}

func (sh *Shell) fresh(name string, view func() (any, error)) ([]byte, error) {
	v, err := view()
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := sh.pages.render(&page, name, v); err != nil {
		return nil, err
	}
	return bytes.Clone(page.Bytes()), nil // a buffer is up to twice as large
}
