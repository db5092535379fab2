package config

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write generated files")

func TestDocumentation(t *testing.T) {
	const path = "../../docs/configuration.md"
	want := Markdown()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s is stale (%v); run go test ./internal/config -update", path, err)
	}
}

func environment(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { s, ok := vars[name]; return s, ok }
}

func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.conf")
	text := "# a comment\n\nmemory = 300MB # more\nthreads=3\nlog_format = \"json\"\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Resolve(Sources{
		Flags: map[string]string{"config": file, "threads": "1"},
		Env:   environment(map[string]string{"CODEGAUGE_THREADS": "2", "CODEGAUGE_LOG_FORMAT": "text", "XDG_DATA_HOME": "/x", "CODEGAUGE_LISTEN": ""}),
	})
	if err != nil {
		t.Fatal(err)
	}
	origins := map[string]string{}
	for _, v := range c.Values {
		origins[v.Option.Name] = v.Text + " from " + v.Origin
	}
	for name, want := range map[string]string{
		"threads":    "1 from flag --threads",
		"log_format": "text from environment CODEGAUGE_LOG_FORMAT",
		"memory":     "300MB from " + file + ":3",
		"listen":     "127.0.0.1:8080 from default",
		"data":       "/x/codegauge from default",
	} {
		if origins[name] != want {
			t.Errorf("%s: got %q, want %q", name, origins[name], want)
		}
	}
	if c.Threads != 1 || c.MemoryMB != 300 || c.LogFormat != "text" {
		t.Errorf("got %+v", c)
	}
}

func TestErrorsNameTheirOrigin(t *testing.T) {
	for text, want := range map[string]string{
		"memory":                       "c.conf:1: \"memory\" is not of the form key = value",
		"\nmemroy = 1":                 "c.conf:2: unknown option \"memroy\"",
		"config = x":                   "c.conf:1: unknown option \"config\"",
		"threads = 1\nthreads = 2":     "c.conf:2: threads is already set in c.conf:1",
		"listen =":                     "c.conf:1: listen: no value",
		"listen = # none":              "c.conf:1: listen: no value",
		"data = \"x":                   "c.conf:1: data: the quoted value has no closing quote",
		"data = \"x\" y":               "c.conf:1: data: \"y\" follows",
		"threads = x\nlog_level = lou": "c.conf:2",
	} {
		t.Run(text, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("c.conf", []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Resolve(Sources{Env: environment(map[string]string{"CODEGAUGE_CONFIG": "c.conf"})})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

func TestBadValues(t *testing.T) {
	for name, bad := range map[string]string{
		"listen": "8080", "log_level": "loud", "log_format": "xml", "memory": "12", "threads": "-1", "lock_wait": "soon", "seat_prices": "business", "link_ttl": "1s",
	} {
		_, err := Resolve(Sources{Flags: map[string]string{name: bad}, Env: environment(nil)})
		if err == nil || !strings.Contains(err.Error(), "flag --"+strings.ReplaceAll(name, "_", "-")) {
			t.Errorf("%s = %s: got %v", name, bad, err)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add("memory = 300MB # more\n\"x\" = \"\\u0000\"")
	f.Fuzz(func(t *testing.T, text string) {
		settings, err := parseFile("f", text)
		if err != nil && !strings.Contains(err.Error(), "f:") {
			t.Errorf("error names no line: %v", err)
		}
		for key := range settings {
			if knownKey(key) != nil {
				t.Errorf("kept unknown key %q", key)
			}
		}
	})
}

// TestSignInOptions reads what stands for roles, and refuses what cannot identify people.
func TestSignInOptions(t *testing.T) {
	set := func(name, value string) (*Config, error) {
		flags := map[string]string{"oidc_issuer": "https://id.example", "oidc_client_id": "c", "public_url": "https://codegauge.example", name: value}
		c, err := Resolve(Sources{Flags: flags, Env: func(string) (string, bool) { return "", false }})
		if err != nil {
			return c, err
		}
		return c, c.CheckExposure()
	}
	c, err := set("oidc_roles", " cn=admins,ou=it = enterprise-owner@acme ; root=enterprise-owner;lead=team-lead@acme/web/ui;o=organization-owner@acme/web;")
	want := []OIDCRole{{"cn=admins,ou=it", "enterprise-owner", "acme", "", ""}, {"root", "enterprise-owner", "", "", ""}, {"lead", "team-lead", "acme", "web", "ui"}, {"o", "organization-owner", "acme", "web", ""}}
	if c == nil || !slices.Equal(c.OIDCRoles, want) {
		t.Errorf("got %+v, %v", c, err)
	}
	for name, bad := range map[string][]string{
		"oidc_roles":           {"admins", "=owner", "admins=", "admins=@acme", "admins=owner@", "admins=owner@a/b/c/d"},
		"oidc_identity_claims": {"email", "tid,upn", "preferred_username"},
	} {
		for _, value := range bad {
			if _, err := set(name, value); err == nil || !strings.Contains(err.Error(), name) && !strings.Contains(err.Error(), "not of the form") {
				t.Errorf("%s %q: %v", name, value, err)
			}
		}
	}
	for name, value := range map[string]string{"oidc_roles": "a=b", "oidc_identity_claims": "oid", "oidc_new_accounts": "acme", "first_owner": "ann@acme.example"} {
		c, err := Resolve(Sources{Flags: map[string]string{name: value}, Env: func(string) (string, bool) { return "", false }})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.CheckExposure(); err == nil || !strings.Contains(err.Error(), name+" has no effect without oidc_issuer") {
			t.Errorf("%s alone: %v", name, err)
		}
	}
}
