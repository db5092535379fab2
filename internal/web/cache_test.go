package web

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"codegauge/internal/web/webtest"
)

func conditional(h http.Handler, url, tag string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", url, nil)
	r.Header.Set("If-None-Match", tag)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPagesAreKeptUntilTheDataChanges(t *testing.T) {
	data := webtest.New()
	h := newWeb(t, data)
	first := webtest.Get(t, h, webtest.Base)
	tag := first.Header().Get("ETag")
	for _, have := range []string{tag, "W/" + tag} {
		if w := conditional(h, webtest.Base, have); w.Code != http.StatusNotModified {
			t.Errorf("If-None-Match %s: status %d, want 304", have, w.Code)
		}
	}
	if got := webtest.Get(t, h, webtest.Base+"?days=28&utm=x"); got.Header().Get("ETag") != tag {
		t.Error("the same state under another spelling is another page")
	}
	if got := webtest.Get(t, h, webtest.Base+"?days=14"); got.Header().Get("ETag") == tag {
		t.Error("another state has the same tag")
	}
	data.Facts[len(data.Facts)/2].Added += 1_000_000
	data.Version++
	second := conditional(h, webtest.Base, tag)
	if second.Code != http.StatusOK || second.Header().Get("ETag") == tag {
		t.Errorf("after an import: status %d", second.Code)
	}
	data.Revision++ // seats, of which the data's version does not know
	if third := conditional(h, webtest.Base, second.Header().Get("ETag")); third.Code != http.StatusOK {
		t.Errorf("after an import of seats: status %d", third.Code)
	}
	tag = webtest.Get(t, h, webtest.Base).Header().Get("ETag")
	if replica := conditional(newWeb(t, data), webtest.Base, tag); replica.Code != http.StatusNotModified {
		t.Errorf("from another replica: status %d, want 304", replica.Code)
	}
	if other := conditional(newWebOf(t, data, "2.0"), webtest.Base, tag); other.Code != http.StatusOK {
		t.Errorf("from another version of the program: status %d, want 200", other.Code)
	}
}
