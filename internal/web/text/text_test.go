package text

import (
	"regexp"
	"strings"
	"testing"
)

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
