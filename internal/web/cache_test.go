package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

func conditional(h http.Handler, url, tag string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", url, nil)
	r.Header.Set("If-None-Match", tag)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPagesAreKeptUntilTheDataChanges(t *testing.T) {
	data := newFake()
	h := newWeb(t, data)
	first := get(t, h, base)
	tag := first.Header().Get("ETag")
	for _, have := range []string{tag, "W/" + tag} {
		if w := conditional(h, base, have); w.Code != http.StatusNotModified {
			t.Errorf("If-None-Match %s: status %d, want 304", have, w.Code)
		}
	}
	if got := get(t, h, base+"?days=28&utm=x"); got.Header().Get("ETag") != tag {
		t.Error("the same state under another spelling is another page")
	}
	if got := get(t, h, base+"?days=14"); got.Header().Get("ETag") == tag {
		t.Error("another state has the same tag")
	}
	data.facts[len(data.facts)/2].added += 1_000_000
	data.version++
	second := conditional(h, base, tag)
	if second.Code != http.StatusOK || second.Header().Get("ETag") == tag {
		t.Errorf("after an import: status %d", second.Code)
	}
	data.revision++ // seats, of which the data's version does not know
	if third := conditional(h, base, second.Header().Get("ETag")); third.Code != http.StatusOK {
		t.Errorf("after an import of seats: status %d", third.Code)
	}
	tag = get(t, h, base).Header().Get("ETag")
	if replica := conditional(newWeb(t, data), base, tag); replica.Code != http.StatusNotModified {
		t.Errorf("from another replica: status %d, want 304", replica.Code)
	}
	if other := conditional(newWebOf(t, data, "2.0"), base, tag); other.Code != http.StatusOK {
		t.Errorf("from another version of the program: status %d, want 200", other.Code)
	}
}

func TestCacheForgetsTheOldest(t *testing.T) {
	c := newCache(100)
	for i := range 10 {
		c.put(pageKey{url: fmt.Sprint(i)}, make([]byte, 30))
	}
	if _, ok := c.get(pageKey{url: "0"}); ok || c.bytes > 100 || c.order.Len() != 3 {
		t.Errorf("cache holds %d pages, %d bytes", c.order.Len(), c.bytes)
	}
	if _, ok := c.get(pageKey{url: "9"}); !ok {
		t.Error("the newest page is gone")
	}
}
