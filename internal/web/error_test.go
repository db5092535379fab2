package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"codegauge/internal/service"
)

// broken fails where the fake would answer.
type broken struct{ *fake }

func (broken) DataVersion(context.Context, string) (int64, error) {
	return 0, errors.New("open /secret/path: disk on fire")
}

func TestErrorsArePages(t *testing.T) {
	for _, c := range []struct {
		data   Data
		url    string
		status int
		says   string
	}{
		{newFake(), "/enterprises/nobody/insights/code-generation", http.StatusNotFound, "There is no enterprise"},
		{newFake(), base + "?days=many", http.StatusBadRequest, "is not a number"},
		{newFake(), base + "?where=%3Cscript%3E", http.StatusBadRequest, "&lt;script&gt;"},
		{newFake(), "/nope", http.StatusNotFound, "no page at this address"},
		{newFake(), "/static/none.js", http.StatusNotFound, "no page at this address"},
		{broken{newFake()}, base, http.StatusInternalServerError, "Its log says why"},
	} {
		w := get(t, newWeb(t, c.data), c.url)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) || !strings.Contains(w.Body.String(), "<h1>") {
			t.Errorf("%s: status %d, want %d and %q", c.url, w.Code, c.status, c.says)
		}
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: the page tells what only the log may", c.url)
		}
	}
}

func TestEnterpriseAddressLeadsToItsPage(t *testing.T) {
	w := get(t, newWeb(t, newFake()), "/enterprises/acme")
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != base {
		t.Errorf("status %d to %q, want 303 to %q", w.Code, got, base)
	}
}

var _ Data = (*service.Service)(nil)
