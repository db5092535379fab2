package web

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"codegauge/internal/basepath"
)

// TestTemplatesPutPathsThroughPath finds links that would forget the base path.
func TestTemplatesPutPathsThroughPath(t *testing.T) {
	address := regexp.MustCompile(`\s(?:href|src|action|formaction|srcset|poster|data|ping|data-[a-z-]*url)="[^"]{0,40}`)
	good := regexp.MustCompile(`="(?:#|\{\{(?:path|asset) ?)`)
	files, err := fs.Glob(templateFiles, "template/*.html")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		b, err := templateFiles.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, attribute := range address.FindAllString(string(b), -1) {
			found++
			if !good.MatchString(attribute) {
				t.Errorf("%s:%s…: write {{path …}}, {{asset …}} or a fragment", file, attribute)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d links were found", found)
	}
}

// TestETagDependsOnBase keeps browsers from showing a page whose links are another base
// path's.
func TestETagDependsOnBase(t *testing.T) {
	tags := map[string]bool{}
	for _, under := range []basepath.Base{"", "/codegauge"} {
		h := newWebWith(t, newFake(), Options{Version: "1.0", Base: under})
		w := get(t, h, base)
		if !strings.Contains(w.Body.String(), `href="`+under.Of(base)+`?days=7"`) {
			t.Errorf("below %q the page does not link to itself", under)
		}
		tags[w.Header().Get("ETag")] = true
	}
	if len(tags) != 2 {
		t.Errorf("tags %v", tags)
	}
}

func TestNextPath(t *testing.T) {
	for next, want := range map[string]string{
		"/me?days=7": "/me?days=7", "/enterprises/a.b/": "/enterprises/a.b/", "/x?to=/../y": "/x?to=/../y", "/a/%2e%2ex": "/a/%2e%2ex",
		"": "/", "me": "/", "//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/", "/\t/evil.example": "/", "@evil.example": "/",
		"/..": "/", "/../other": "/", "/a/../../other": "/", "/%2e%2e/other": "/", "/.%2E/other": "/", "/./x": "/", "/sign-in": "/", "/sign-in/oidc": "/",
	} {
		if got := nextPath(next); got != want {
			t.Errorf("nextPath(%q) = %q, want %q", next, got, want)
		}
	}
}
