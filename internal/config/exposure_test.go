package config

import (
	"strings"
	"testing"

	"codegauge/internal/basepath"
)

func TestPublicURL(t *testing.T) {
	resolve := func(s string) (*Config, error) {
		return Resolve(Sources{Flags: map[string]string{"public_url": s}, Env: environment(nil)})
	}
	for s, want := range map[string]struct {
		url  string
		base basepath.Base
	}{
		"https://codegauge.example.com":                 {"https://codegauge.example.com", ""},
		"https://codegauge.example.com/":                {"https://codegauge.example.com", ""},
		"https://intranet.example.com/codegauge":        {"https://intranet.example.com/codegauge", "/codegauge"},
		"http://127.0.0.1:8080/tools/codegauge/":        {"http://127.0.0.1:8080/tools/codegauge", "/tools/codegauge"},
		"HTTPS://intranet.example.com:8443/code.gauge~": {"https://intranet.example.com:8443/code.gauge~", "/code.gauge~"},
	} {
		c, err := resolve(s)
		if err != nil || c.PublicURL != want.url || c.BasePath != want.base {
			t.Errorf("%s: %+v, %v; want %+v", s, c, err, want)
		}
	}
	for s, why := range map[string]string{
		"codegauge.example.com":           "not of the form",
		"/codegauge":                      "not of the form",
		"//host/codegauge":                "not of the form",
		"ftp://host/codegauge":            "not of the form",
		"https:///codegauge":              "not of the form",
		`https://host\@evil.example/`:     "user name",
		"https://ann:secret@host/":        "user name",
		"https://ann:sec%ret@host/":       "user name",
		"https://host/codegauge?":         "query",
		"https://host/codegauge?x=secret": "query",
		"https://host/codegauge#":         "fragment",
		"https://host/codegauge#main":     "fragment",
		"https://host//evil.example":      "path",
		"https://host/codegauge@evil":     "path",
		"https://host/a/../b":             "path",
		"https://host/a%2fb":              "path",
		"https://host/a b":                "path",
	} {
		c, err := resolve(s)
		if err == nil || !strings.Contains(err.Error(), why) || !strings.Contains(err.Error(), "--public-url") {
			t.Errorf("%s: %+v, %v; want an error about the %s", s, c, err, why)
			continue
		}
		if strings.Contains(err.Error(), "ann:") {
			t.Errorf("the error repeats the password: %v", err)
		}
	}
}
