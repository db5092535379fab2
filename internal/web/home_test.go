package web

import (
	"net/http"
	"strings"
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/webtest"
)

// TestOnePlaceIsLandedIn: who may see one place only is not asked to choose it.
func TestOnePlaceIsLandedIn(t *testing.T) {
	data := webtest.New()
	data.Acme.Policy = directory.PolicyEnabled
	h := newWeb(t, data)
	if w := webtest.Get(t, h, "/"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != webtest.Base {
		t.Errorf("status %d to %s", w.Code, w.Header().Get("Location"))
	}
	if w := webtest.Get(t, h, "/?all=1"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "1,204,113") {
		t.Errorf("the list: status %d", w.Code)
	}
	if body := webtest.Get(t, h, "/?all=1").Body.String(); strings.Contains(body, "≥") {
		t.Error("lines are said to be a lower bound without a fault of clients")
	}
	data.Faults = []question.ClientFault{{Fault: metric.ClientFaults[0], Few: true}}
	if text := words(webtest.Get(t, h, "/?all=1").Body.String()); !strings.Contains(text, "≥ 1,204,113") || !strings.Contains(text, "known client fault (SDK fault)") {
		t.Errorf("lines are not said to be a lower bound: %s", text)
	}
	// Figures of an enterprise whose policy is off are nobody's.
	data.Acme.Policy = directory.PolicyDisabled
	if body := webtest.Get(t, h, "/?all=1").Body.String(); strings.Contains(body, "1,204,113") || !strings.Contains(body, "policy is off") {
		t.Errorf("the front page shows figures though the policy is off")
	}
	data.Empty = true
	if w := webtest.Get(t, h, "/"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "data-drop") {
		t.Errorf("without an enterprise: status %d", w.Code)
	}
}

// TestEveryPageHasHelp: version, help and the API's description are on every page.
func TestEveryPageHasHelp(t *testing.T) {
	h := newWebOf(t, webtest.New(), "v1.2.3")
	for _, url := range []string{webtest.Base, "/help", "/enterprises/acme/insights/seats", "/nosuch"} {
		body := webtest.Get(t, h, url).Body.String()
		for _, want := range []string{"Codegauge v1.2.3", `href="/help"`, `href="/api/v1/openapi.json"`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %s", url, want)
			}
		}
	}
}
