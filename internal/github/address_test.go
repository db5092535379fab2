package github

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestPublic(t *testing.T) {
	for ip, want := range map[string]bool{
		"140.82.112.5": true, "2606:50c0:8000::154": true, "64:ff9b::8c52:7005": true, "::ffff:140.82.112.5": true,
		"127.0.0.1": false, "::1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false,
		"fe80::1": false, "fd00::1": false, "0.0.0.0": false, "::": false, "100.64.0.1": false, "224.0.0.1": false, "255.255.255.255": false,
		"::ffff:10.0.0.1": false, "64:ff9b::a00:1": false, "2002:7f00:1::": false, "192.0.2.1": false, "198.18.0.1": false, "240.0.0.1": false,
	} {
		if got := isPublic(netip.MustParseAddr(ip)); got != want {
			t.Errorf("public(%s) = %t, want %t", ip, got, want)
		}
	}
}

// TestDial checks the address that a name has when it is connected to.
func TestDial(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	base, _ := ParseBase("https://api.github.com")
	here, _ := ParseBase("http://127.0.0.1:80")
	proxy, _ := url.Parse("http://localhost:" + port)
	for _, c := range []struct {
		what string
		opt  Options
		want bool
	}{
		{"a name of this machine", Options{Base: base}, false},
		{"a private host that is named", Options{Base: base, PrivateHosts: []string{"localhost"}}, true},
		{"one that is named with its port", Options{Base: base, PrivateHosts: []string{"localhost:" + port}}, true},
		{"another port of one that is named", Options{Base: base, PrivateHosts: []string{"localhost:1"}}, false},
		{"this machine, where the API is", Options{Base: here}, true},
		{"the proxy", Options{Base: base, Proxy: proxy}, true},
	} {
		conn, err := (&dialer{opt: &c.opt}).dial(t.Context(), "tcp", "localhost:"+port)
		if err == nil {
			conn.Close()
		}
		if (err == nil) != c.want || err != nil && KindOf(transportError("localhost", err)) != Blocked {
			t.Errorf("%s: %v, want to connect: %t", c.what, err, c.want)
		}
	}
}

func TestParseBase(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "https://api.github.com github.com copilot-reports.github.com",
		"https://github.com":        "https://api.github.com github.com copilot-reports.github.com",
		"https://acme.ghe.com":      "https://api.acme.ghe.com acme.ghe.com copilot-reports.acme.ghe.com",
		"https://api.ACME.ghe.com/": "https://api.acme.ghe.com acme.ghe.com copilot-reports.acme.ghe.com",
		"https://metrics.example/codegauge/api/v3": "https://metrics.example/codegauge/api/v3 metrics.example ",
		"http://127.0.0.1:8080/api/v3":             "http://127.0.0.1:8080/api/v3 127.0.0.1:8080 ",
	} {
		b, err := ParseBase(in)
		if err != nil {
			t.Errorf("ParseBase(%q): %v", in, err)
			continue
		}
		first := strings.Join(b.LinkHosts()[:min(1, len(b.LinkHosts()))], "")
		web := strings.TrimPrefix(strings.TrimPrefix(b.Web(), "https://"), "http://")
		if got := b.String() + " " + web + " " + first; got != want {
			t.Errorf("ParseBase(%q) = %s, want %s", in, got, want)
		}
	}
	for _, in := range []string{"api.github.com", "http://api.github.com", "ftp://api.github.com", "https://token@api.github.com", "https://api.github.com/?x=1", "https://", "://"} {
		if b, err := ParseBase(in); err == nil {
			t.Errorf("ParseBase(%q) = %s, want an error", in, b)
		} else if strings.Contains(err.Error(), "token@") {
			t.Errorf("ParseBase(%q) shows what may be a secret: %v", in, err)
		}
	}
}

func TestCheckAllowed(t *testing.T) {
	b, _ := ParseBase("")
	for host, want := range map[string]bool{
		"mirror.example": true, "mirror.example:8443": true, "reports-*.example.com": true, "*.b01.azurefd.net": true,
		"": false, "*": false, "*.com": false, "a.*.example.com": false, "https://mirror.example": false, "user@mirror.example": false, "127.0.0.1": false, "localhost:80": false,
	} {
		if err := b.CheckAllowed(host); (err == nil) != want {
			t.Errorf("CheckAllowed(%q) = %v, want allowed: %t", host, err, want)
		}
	}
}

// TestGrants has a permission and somebody who can grant it for everything that is asked for.
func TestGrants(t *testing.T) {
	for _, kind := range []CredentialKind{Classic, FineGrained, App, Other} {
		for _, s := range []Scope{{Enterprise: "acme"}, {Enterprise: "acme", Org: "pay"}} {
			list := []Endpoint{Seats.Endpoint(), Members.Endpoint(), Teams.Endpoint(), EnterpriseTeams.Endpoint(), Organizations.Endpoint()}
			for _, r := range Reports {
				list = append(list, r.Endpoint(s))
			}
			for _, e := range slices.Compact(list) {
				if g := GrantFor(e, s, kind); g.Who == "" || g.Permission == "" {
					t.Errorf("%s of %s with a %s: %+v", e, s, kind, g)
				}
			}
		}
	}
}
