package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"codegauge/internal/intake"
	"codegauge/internal/question"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/webtest"
)

// broken fails where the fake would answer.
type broken struct{ *webtest.Fake }

func (broken) DataVersion(context.Context, string) (int64, error) {
	return 0, errors.New("open /secret/path: disk on fire")
}

func TestErrorsArePages(t *testing.T) {
	for _, c := range []struct {
		data   shell.Data
		url    string
		status int
		says   string
	}{
		{webtest.New(), "/enterprises/nobody/insights/code-generation", http.StatusNotFound, "There is no enterprise"},
		{webtest.New(), webtest.Base + "?days=many", http.StatusBadRequest, "is not a number"},
		{webtest.New(), webtest.Base + "?where=%3Cscript%3E", http.StatusBadRequest, "&lt;script&gt;"},
		{webtest.New(), "/nope", http.StatusNotFound, "no page at this address"},
		{webtest.New(), "/static/none.js", http.StatusNotFound, "no page at this address"},
		{broken{webtest.New()}, webtest.Base, http.StatusInternalServerError, "Its log says why"},
	} {
		w := webtest.Get(t, newWeb(t, c.data), c.url)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) || !strings.Contains(w.Body.String(), "<h1>") {
			t.Errorf("%s: status %d, want %d and %q", c.url, w.Code, c.status, c.says)
		}
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: the page tells what only the log may", c.url)
		}
	}
}

func TestEnterpriseAddressLeadsToItsPage(t *testing.T) {
	w := webtest.Get(t, newWeb(t, webtest.New()), "/enterprises/acme")
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != webtest.Base {
		t.Errorf("status %d to %q, want 303 to %q", w.Code, got, webtest.Base)
	}
}

var _ shell.Data = struct {
	*question.Answerer
	*intake.Intake
}{}
