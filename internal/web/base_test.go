package web

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"codegauge/internal/basepath"
	"codegauge/internal/web/webtest"
)

// TestTemplatesPutPathsThroughPath finds links that would forget the base path.
func TestTemplatesPutPathsThroughPath(t *testing.T) {
	address := regexp.MustCompile(`\s(?:href|src|action|formaction|srcset|poster|data|ping|data-[a-z-]*url)="[^"]{0,40}`)
	good := regexp.MustCompile(`="(?:#|\{\{(?:path|asset|outside) ?)`)
	found := 0
	for file, body := range sources(t) {
		if filepath.Ext(file) != ".html" {
			continue
		}
		for _, attribute := range address.FindAllString(body, -1) {
			found++
			if !good.MatchString(attribute) {
				t.Errorf("%s:%s…: write {{path …}}, {{asset …}}, {{outside …}} or a fragment", file, attribute)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d links were found", found)
	}
}

// TestETagDependsOnBase keeps browsers from showing a page whose links are another webtest.Base
// path's.
func TestETagDependsOnBase(t *testing.T) {
	tags := map[string]bool{}
	for _, under := range []basepath.Base{"", "/codegauge"} {
		h := newWebWith(t, webtest.New(), Options{Version: "1.0", Base: under})
		w := webtest.Get(t, h, webtest.Base)
		if !strings.Contains(w.Body.String(), `href="`+under.Of(webtest.Base)+`?days=7"`) {
			t.Errorf("below %q the page does not link to itself", under)
		}
		tags[w.Header().Get("ETag")] = true
	}
	if len(tags) != 2 {
		t.Errorf("tags %v", tags)
	}
}
