package web

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"codegauge/internal/web/text"
)

var (
	textCall = regexp.MustCompile(`(?:\bt|Get|plural|empty|add)\(?[ (]"([a-z][a-z0-9.-]*)"`)
	quoted   = regexp.MustCompile(`"([a-z][a-z0-9.]*)"`)
)

// sources returns the package's own files, tests left out.
func sources(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || path == filepath.Join("text", "en.go") {
			return err
		}
		if ext := filepath.Ext(path); ext != ".go" && ext != ".html" {
			return nil
		}
		body, err := os.ReadFile(path)
		out[path] = string(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Every text that a template asks for is in the catalogue.
func TestTextsExist(t *testing.T) {
	for path, body := range sources(t) {
		if filepath.Ext(path) != ".html" {
			continue
		}
		for _, m := range textCall.FindAllStringSubmatch(body, -1) {
			if _, ok := text.English[m[1]]; !ok && !strings.HasPrefix(m[0], "add") {
				t.Errorf("%s: no text %q", path, m[1])
			}
		}
	}
}

// No text lies unused: each key, or the beginning that code completes, is named
// somewhere.
func TestTextsAreUsed(t *testing.T) {
	var all strings.Builder
	for _, body := range sources(t) {
		all.WriteString(body)
	}
	named := map[string]bool{}
	for _, m := range quoted.FindAllStringSubmatch(all.String(), -1) {
		named[m[1]] = true
	}
	for key := range text.English {
		if !usedKey(named, key) {
			t.Errorf("text %q is used nowhere", key)
		}
	}
}

// usedKey reports whether the key is named, or is a beginning that is named
// ("empty." or "state.") with an ending, or an ending to a named beginning.
func usedKey(named map[string]bool, key string) bool {
	if named[key] {
		return true
	}
	for i, c := range key {
		if c == '.' && (named[key[:i+1]] || named[key[:i]]) {
			return true
		}
	}
	return false
}
