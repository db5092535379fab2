package signin

import "testing"

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
