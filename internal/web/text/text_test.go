package text

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestKeysExist: every text that code or a template of the web packages names by a whole key is
// in the catalogue.
func TestKeysExist(t *testing.T) {
	one := regexp.MustCompile(`(?:\bT|Text\.Get|\bt)(?:\(| )"([a-z][a-zA-Z0-9]*(?:[.-][a-zA-Z0-9_-]+)+)"[^+]`)
	counted := regexp.MustCompile(`(?:\bPlural|Text\.Count|\bplural)(?:\(| )"([a-z][a-zA-Z0-9]*(?:[.-][a-zA-Z0-9_-]+)+)",`)
	found := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || filepath.Ext(path) != ".go" && filepath.Ext(path) != ".html" {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range one.FindAllSubmatch(source, -1) {
			if _, known := English[string(m[1])]; !known {
				t.Errorf("%s: there is no text %q", path, m[1])
			}
			found++
		}
		for _, m := range counted.FindAllSubmatch(source, -1) {
			if _, known := English[string(m[1])+".many"]; !known {
				t.Errorf("%s: there is no text %q", path, m[1])
			}
			found++
		}
		return err
	})
	if err != nil || found < 1000 {
		t.Errorf("%d keys were found, %v", found, err)
	}
}

// A number reaches a text written by package english, and whatever it counts agrees
// with it: "1 days" and "12345 lines" cannot be said.
func TestNumbersAgree(t *testing.T) {
	counted := regexp.MustCompile(`%(\[\d\])?[sd] (days|weeks|months|lines|people|persons|users|identities|sessions|sources|tools|organizations|teams|seats|matches|memberships|records|entries|files)\b`)
	for key, s := range English {
		if strings.Contains(s, "%d") || regexp.MustCompile(`%\[\d\]d`).MatchString(s) {
			t.Errorf("%s: %q writes a number by itself", key, s)
		}
		if one, ok := strings.CutSuffix(key, ".one"); ok && English[one+".many"] == "" {
			if regexp.MustCompile(`^%(\[1\])?s `).MatchString(s) {
				t.Errorf("%s has no %s.many", key, one)
			}
		}
		if many, ok := strings.CutSuffix(key, ".many"); ok {
			if English[many+".one"] == "" {
				t.Errorf("%s has no %s.one", key, many)
			}
			continue
		}
		if found := counted.FindString(s); found != "" && !always[key] {
			t.Errorf("%s: %q is wrong of 1: it needs .one and .many", key, found)
		}
	}
}

// always lists texts whose number is never 1.
var always = map[string]bool{"days.title": true, "empty.lastdays": true, "entities.spark": true, "sentence.average": true}

func TestCount(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{English.Count("days", 1), "1 day"},
		{English.Count("days", 2), "2 days"},
		{English.Count("n.lines", 12345), "12,345 lines"},
		{English.Count("freshness.reporting", 460, "412"), "412 of 460 people report lines."},
		{English.Count("freshness.reporting", 1, "1"), "1 of 1 person reports lines."},
		{English.Count("people.unlinked", 1), "1 identity"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestStopped(t *testing.T) {
	for words, want := range map[string]string{"": "", "Too few": "Too few.", "None.": "None.", "Why?": "Why?"} {
		if got := Stopped(words); got != want {
			t.Errorf("%q: got %q", words, got)
		}
	}
}
