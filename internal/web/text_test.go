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
	quoted   = regexp.MustCompile(`"([a-z][a-z0-9._-]*)"( ?\+)?`)
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

// No text lies unused: each key is named somewhere, or a beginning to which code adds the
// rest ("grain." + grain).
func TestTextsAreUsed(t *testing.T) {
	named, begun := map[string]bool{}, map[string]bool{}
	for _, body := range sources(t) {
		for _, m := range quoted.FindAllStringSubmatch(body, -1) {
			named[m[1]] = true
			begun[m[1]] = begun[m[1]] || m[2] != ""
		}
	}
	for key := range text.English {
		if !usedKey(named, begun, key) {
			t.Errorf("text %q is used nowhere", key)
		}
	}
}

// usedKey reports whether the key is named, alone or as one of a number's two texts, or
// begins with what is begun.
func usedKey(named, begun map[string]bool, key string) bool {
	one, _ := strings.CutSuffix(key, ".one")
	many, _ := strings.CutSuffix(key, ".many")
	if named[key] || named[one] || named[many] {
		return true
	}
	for i, c := range key {
		if c == '.' && begun[key[:i+1]] {
			return true
		}
	}
	return false
}
