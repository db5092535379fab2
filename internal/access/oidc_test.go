package access

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

const (
	testClient = "codegauge"
	testSecret = "client secret"
	// impatient is how long the provider may take to answer.
	impatient = time.Second
)

// idp is an identity provider that does what a case tells it to.
type idp struct {
	t      *testing.T
	server *httptest.Server
	key    *rsa.PrivateKey
	// what it was asked
	challenge, nonce, state string
	// how it misbehaves; each may be nil
	describe func(map[string]any)
	claims   func(map[string]any)
	sign     func(header, payload string) string
	answer   func(map[string]any)
	broken   func(http.ResponseWriter) bool // instead of the token endpoint's answer
	redirect func(q url.Values)             // the callback's parameters
	// instead of the description, and of the keys
	noDescription, noKeys func(http.ResponseWriter) bool
	// kid names the key that tokens are signed with; asked counts requests for the description.
	kid   string
	asked atomic.Int64
}

func newIDP(t *testing.T) *idp {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{t: t, key: key, kid: "k"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.configuration)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("POST /elsewhere", p.token)
	p.server = httptest.NewTLSServer(mux)
	t.Cleanup(p.server.Close)
	return p
}

func (p *idp) configuration(w http.ResponseWriter, _ *http.Request) {
	p.asked.Add(1)
	if p.noDescription != nil && p.noDescription(w) {
		return
	}
	c := map[string]any{"issuer": p.server.URL, "authorization_endpoint": p.server.URL + "/authorize", "token_endpoint": p.server.URL + "/token",
		"jwks_uri": p.server.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}}
	if p.describe != nil {
		p.describe(c)
	}
	json.NewEncoder(w).Encode(c)
}

func (p *idp) keys(w http.ResponseWriter, _ *http.Request) {
	if p.noKeys != nil && p.noKeys(w) {
		return
	}
	b64 := base64.RawURLEncoding.EncodeToString
	json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]any{"kty": "RSA", "kid": p.kid, "alg": "RS256", "use": "sig",
		"n": b64(p.key.N.Bytes()), "e": b64([]byte{1, 0, 1})}}})
}

func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	if p.broken != nil && p.broken(w) {
		return
	}
	id, secret, _ := r.BasicAuth()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if id != testClient || secret != url.QueryEscape(testSecret) || r.FormValue("code") != "code" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.challenge {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	answer := map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": p.idToken()}
	if p.answer != nil {
		p.answer(answer)
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer)
}

func (p *idp) idToken() string {
	c := map[string]any{"iss": p.server.URL, "sub": "subject", "aud": testClient, "nonce": p.nonce,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(), "email": "ann@acme.example", "email_verified": true}
	if p.claims != nil {
		p.claims(c)
	}
	payload, _ := json.Marshal(c)
	header := fmt.Sprintf(`{"alg":"RS256","kid":%q}`, p.kid)
	if p.sign != nil {
		return p.sign(header, string(payload))
	}
	return signed(p.key, header, string(payload))
}

func signed(key *rsa.PrivateKey, header, payload string) string {
	b64 := base64.RawURLEncoding.EncodeToString
	text := b64([]byte(header)) + "." + b64([]byte(payload))
	sum := sha256.Sum256([]byte(text))
	sig, _ := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	return text + "." + b64(sig)
}

// world returns an installation that trusts the provider.
func (p *idp) world() *world { return newWorld(p.t, p.options()) }

func (p *idp) options() Options {
	client := p.server.Client()
	client.Timeout = impatient
	return Options{Secure: true, OIDC: NewProvider(ProviderOptions{Issuer: p.server.URL, ClientID: testClient,
		ClientSecret: testSecret, RedirectURL: "https://codegauge.example.com" + CallbackPath, Client: client})}
}

// start sends a browser to the provider.
func (p *idp) start(b *browser) (err error) {
	b.visit("/sign-in/oidc", func(w http.ResponseWriter, r *http.Request) {
		var to string
		if to, err = b.w.authenticator.StartOIDC(w, r); err != nil {
			return
		}
		u, _ := url.Parse(to)
		q := u.Query()
		p.challenge, p.nonce, p.state = q.Get("code_challenge"), q.Get("nonce"), q.Get("state")
		if q.Get("code_challenge_method") != "S256" || len(p.challenge) != 43 || len(p.nonce) < 32 || len(p.state) < 32 || q.Get("client_id") != testClient {
			p.t.Errorf("asked the provider %s", to)
		}
	})
	return err
}

// finish brings the browser back.
func (p *idp) finish(b *browser) (err error) {
	q := url.Values{"code": {"code"}, "state": {p.state}}
	if p.redirect != nil {
		p.redirect(q)
	}
	b.visit(CallbackPath+"?"+q.Encode(), func(w http.ResponseWriter, r *http.Request) { err = b.w.authenticator.FinishOIDC(w, r) })
	return err
}

// TestHostileProvider signs in with a provider, or somebody between, that
// breaks the rules in one way each.
func TestHostileProvider(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector, and one goroutine at a time")
	}
	set := func(name string, value any) func(map[string]any) {
		return func(c map[string]any) {
			if value == nil {
				delete(c, name)
				return
			}
			c[name] = value
		}
	}
	param := func(name, value string) func(url.Values) {
		return func(q url.Values) { q.Set(name, value) }
	}
	b64 := base64.RawURLEncoding.EncodeToString
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name string
		evil func(p *idp)
		// in the world, before; and the browser, between leaving and coming back
		before  func(w *world)
		between func(p *idp, b *browser)
		good    bool
	}{
		{name: "honest", good: true, evil: func(*idp) {}},
		{name: "description names another issuer", evil: func(p *idp) { p.describe = set("issuer", "https://evil.example") }},
		{name: "description names the issuer with a slash", evil: func(p *idp) { p.describe = set("issuer", p.server.URL+"/") }},
		{name: "token endpoint without encryption", evil: func(p *idp) { p.describe = set("token_endpoint", "http://127.0.0.1:1/token") }},
		{name: "authorization endpoint without encryption", evil: func(p *idp) { p.describe = set("authorization_endpoint", "http://127.0.0.1:1/a") }},
		{name: "keys without encryption", evil: func(p *idp) { p.describe = set("jwks_uri", "http://127.0.0.1:1/keys") }},
		{name: "token of another issuer", evil: func(p *idp) { p.claims = set("iss", "https://evil.example") }},
		{name: "issuer with a slash", evil: func(p *idp) { p.claims = set("iss", p.server.URL+"/") }},
		{name: "token without issuer", evil: func(p *idp) { p.claims = set("iss", nil) }},
		{name: "token for another client", evil: func(p *idp) { p.claims = set("aud", "other") }},
		{name: "token for several clients", evil: func(p *idp) { p.claims = set("aud", []string{testClient, "other"}) }},
		{name: "token for nobody", evil: func(p *idp) { p.claims = set("aud", nil) }},
		{name: "token given to another client", evil: func(p *idp) { p.claims = set("azp", "other") }},
		{name: "no nonce", evil: func(p *idp) { p.claims = set("nonce", nil) }},
		{name: "another nonce", evil: func(p *idp) { p.claims = set("nonce", "replayed") }},
		{name: "expired token", evil: func(p *idp) { p.claims = set("exp", time.Now().Add(-time.Hour).Unix()) }},
		{name: "no expiry", evil: func(p *idp) { p.claims = set("exp", nil) }},
		{name: "token of the future", evil: func(p *idp) { p.claims = set("nbf", time.Now().Add(time.Hour).Unix()) }},
		{name: "no subject", evil: func(p *idp) { p.claims = set("sub", nil) }},
		{name: "empty subject", evil: func(p *idp) { p.claims = set("sub", "") }},
		{name: "endless subject", evil: func(p *idp) { p.claims = set("sub", strings.Repeat("s", 300)) }},
		{name: "no signature", evil: func(p *idp) {
			p.sign = func(_, payload string) string {
				return b64([]byte(`{"alg":"none"}`)) + "." + b64([]byte(payload)) + "."
			}
		}},
		{name: "signed with the client secret", evil: func(p *idp) {
			p.sign = func(_, payload string) string {
				text := b64([]byte(`{"alg":"HS256","kid":"k"}`)) + "." + b64([]byte(payload))
				mac := hmac.New(sha256.New, []byte(testSecret))
				mac.Write([]byte(text))
				return text + "." + b64(mac.Sum(nil))
			}
		}},
		{name: "signed with the public key as a secret", evil: func(p *idp) {
			public, _ := x509.MarshalPKIXPublicKey(&p.key.PublicKey)
			p.describe = set("id_token_signing_alg_values_supported", []string{"HS256", "RS256"})
			p.sign = withMAC(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
		}},
		{name: "signed with the modulus as a secret", evil: func(p *idp) { p.sign = withMAC(p.key.N.Bytes()) }},
		{name: "no signature, which the description allows", evil: func(p *idp) {
			p.describe = set("id_token_signing_alg_values_supported", []string{"none", "HS256"})
			p.sign = func(_, payload string) string {
				return b64([]byte(`{"alg":"none","kid":"k"}`)) + "." + b64([]byte(payload)) + "."
			}
		}},
		{name: "none in capitals", evil: func(p *idp) {
			p.sign = func(_, payload string) string {
				return b64([]byte(`{"alg":"NONE"}`)) + "." + b64([]byte(payload)) + "." + b64([]byte("x"))
			}
		}},
		{name: "a key in the token's own header", evil: func(p *idp) {
			p.sign = func(_, payload string) string {
				header := fmt.Sprintf(`{"alg":"RS256","jwk":{"kty":"RSA","n":%q,"e":"AQAB"}}`, b64(other.N.Bytes()))
				return signed(other, header, payload)
			}
		}},
		{name: "keys elsewhere, by the token's own header", evil: func(p *idp) {
			p.sign = func(_, payload string) string {
				return signed(other, `{"alg":"RS256","kid":"o","jku":"https://evil.example/keys"}`, payload)
			}
		}},
		{name: "not yet valid, by a year", evil: func(p *idp) { p.claims = set("nbf", time.Now().AddDate(1, 0, 0).Unix()) }},
		{name: "an expiry that is no number", evil: func(p *idp) { p.claims = set("exp", "tomorrow") }},
		{name: "description is elsewhere", evil: func(p *idp) { p.noDescription = leadTo(p.server.URL + "/elsewhere") }},
		{name: "description is elsewhere, at another host", evil: func(p *idp) { p.noDescription = leadTo("https://evil.example/.well-known/openid-configuration") }},
		{name: "description never ends", evil: func(p *idp) { p.noDescription = endless }},
		{name: "description is slow", evil: func(p *idp) { p.noDescription = slow }},
		{name: "description fails", evil: func(p *idp) { p.noDescription = fails }},
		{name: "keys are elsewhere", evil: func(p *idp) { p.noKeys = leadTo("https://evil.example/keys") }},
		{name: "keys never end", evil: func(p *idp) { p.noKeys = endless }},
		{name: "keys are slow", evil: func(p *idp) { p.noKeys = slow }},
		{name: "keys fail", evil: func(p *idp) { p.noKeys = fails }},
		{name: "no keys", evil: func(p *idp) {
			p.noKeys = func(w http.ResponseWriter) bool { fmt.Fprint(w, `{"keys":[]}`); return true }
		}},
		{name: "token endpoint is slow", evil: func(p *idp) { p.broken = slow }},
		{name: "signed with another key", evil: func(p *idp) { p.sign = func(h, payload string) string { return signed(other, h, payload) } }},
		{name: "payload changed after signing", evil: func(p *idp) {
			p.sign = func(h, payload string) string {
				parts := strings.Split(signed(p.key, h, payload), ".")
				parts[1] = b64([]byte(strings.Replace(payload, `"subject"`, `"Subject"`, 1)))
				return strings.Join(parts, ".")
			}
		}},
		{name: "no ID token", evil: func(p *idp) { p.answer = set("id_token", nil) }},
		{name: "ID token is no token", evil: func(p *idp) { p.answer = set("id_token", "a.b") }},
		{name: "ID token is no text", evil: func(p *idp) { p.answer = set("id_token", 7) }},
		{name: "token endpoint fails", evil: func(p *idp) {
			p.broken = func(w http.ResponseWriter) bool { http.Error(w, "no", http.StatusInternalServerError); return true }
		}},
		{name: "token endpoint redirects", evil: func(p *idp) {
			p.broken = func(w http.ResponseWriter) bool {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(http.StatusTemporaryRedirect)
				return true
			}
		}},
		{name: "token endpoint never ends", evil: func(p *idp) {
			p.broken = func(w http.ResponseWriter) bool {
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, `{"access_token":"`)
				chunk := strings.Repeat("a", 1<<16)
				for i := 0; i < 64; i++ { // 4 MiB; the reader stops at one
					if _, err := fmt.Fprint(w, chunk); err != nil {
						break
					}
				}
				return true
			}
		}},
		{name: "no state", evil: func(p *idp) { p.redirect = func(q url.Values) { q.Del("state") } }},
		{name: "another state", evil: func(p *idp) { p.redirect = param("state", "forged") }},
		{name: "another code", evil: func(p *idp) { p.redirect = param("code", "stolen") }},
		{name: "no code", evil: func(p *idp) { p.redirect = func(q url.Values) { q.Del("code") } }},
		{name: "access denied", evil: func(p *idp) { p.redirect = param("error", "access_denied\nforged log line") }},
		{name: "answer of another issuer", evil: func(p *idp) { p.redirect = param("iss", "https://evil.example") }},
		{name: "another browser", evil: func(*idp) {}, between: func(_ *idp, b *browser) { clear(b.cookies) }},
		{name: "another browser's sign-in", evil: func(*idp) {}, between: func(p *idp, b *browser) {
			state, challenge, nonce := p.state, p.challenge, p.nonce
			other := b.w.browser()
			if err := p.start(other); err != nil {
				p.t.Fatal(err)
			}
			b.cookies = other.cookies
			p.state, p.challenge, p.nonce = state, challenge, nonce
		}},
		{name: "too late", evil: func(*idp) {}, between: func(_ *idp, b *browser) { b.w.now = b.w.now.Add(11 * time.Minute) }},
		{name: "e-mail not verified", evil: func(p *idp) { p.claims = set("email_verified", false) }},
		{name: "e-mail's verification not told", evil: func(p *idp) { p.claims = set("email_verified", nil) }},
		{name: "e-mail verified as text", evil: func(p *idp) { p.claims = set("email_verified", "true") }},
		{name: "e-mail of nobody", evil: func(p *idp) { p.claims = set("email", "eve@evil.example") }},
		{name: "e-mail of somebody with another subject", evil: func(*idp) {}, before: func(w *world) {
			who, err := w.dir.PersonByEmail(w.t.Context(), "ann@acme.example")
			w.ok(err)
			w.ok(w.dir.BindLogin(w.t.Context(), who.ID, w.authenticator.opt.OIDC.opt.Issuer, "first subject"))
		}},
		{name: "disabled person", evil: func(*idp) {}, before: func(w *world) {
			who, err := w.dir.PersonByEmail(w.t.Context(), "ann@acme.example")
			w.ok(err)
			who.Disabled = true
			_, err = w.dir.PutPerson(w.t.Context(), who)
			w.ok(err)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := newIDP(t)
			c.evil(p)
			w := p.world()
			w.person("ann@acme.example", "")
			if c.before != nil {
				c.before(w)
			}
			b := w.browser()
			err := p.start(b)
			if err == nil {
				if c.between != nil {
					c.between(p, b)
				}
				err = p.finish(b)
			}
			if c.good != (err == nil) {
				t.Errorf("signed in: %v", err)
			}
			if got := b.who(); c.good != (got.Kind == Signed) {
				t.Errorf("the browser is %s", got.Kind)
			}
		})
	}
	t.Logf("%d cases", len(cases))
}

// withMAC signs with HMAC-SHA-256.
func withMAC(secret []byte) func(header, payload string) string {
	return func(_, payload string) string {
		b64 := base64.RawURLEncoding.EncodeToString
		text := b64([]byte(`{"alg":"HS256","kid":"k"}`)) + "." + b64([]byte(payload))
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(text))
		return text + "." + b64(mac.Sum(nil))
	}
}

// What an endpoint may do instead of answering.
func leadTo(to string) func(http.ResponseWriter) bool {
	return func(w http.ResponseWriter) bool {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
		return true
	}
}

func fails(w http.ResponseWriter) bool {
	http.Error(w, "no", http.StatusInternalServerError)
	return true
}

func endless(w http.ResponseWriter) bool {
	fmt.Fprint(w, `{"issuer":"`)
	for range 64 { // 4 MiB; the reader stops at one
		if _, err := io.WriteString(w, strings.Repeat("a", 1<<16)); err != nil {
			break
		}
	}
	return true
}

// slow sends a byte now and then, for longer than anybody waits.
func slow(w http.ResponseWriter) bool {
	for range 30 {
		if _, err := io.WriteString(w, " "); err != nil {
			break
		}
		_ = http.NewResponseController(w).Flush()
		time.Sleep(100 * time.Millisecond)
	}
	return true
}

// TestKeyRotates has the provider sign with a new key: it is fetched, and the former one, of
// which somebody may have got hold, is good no more.
func TestKeyRotates(t *testing.T) {
	p := newIDP(t)
	w := p.world()
	w.person("ann@acme.example", "")
	in := func() error {
		b := w.browser()
		w.now = w.now.Add(5 * time.Minute)
		w.ok(p.start(b))
		return p.finish(b)
	}
	w.ok(in())
	former, err := rsa.GenerateKey(rand.Reader, 2048)
	w.ok(err)
	former, p.key, p.kid = p.key, former, "k2"
	w.ok(in())
	p.sign = func(_, payload string) string { return signed(former, `{"alg":"RS256","kid":"k"}`, payload) }
	if err := in(); err == nil {
		t.Error("the former key is good")
	}
	p.sign = func(_, payload string) string { return signed(former, `{"alg":"RS256","kid":"k2"}`, payload) }
	if err := in(); err == nil {
		t.Error("the former key is good under the new one's name")
	}
	p.sign = nil
	w.ok(in())
}

// TestSlowProvider has many people begin to sign in while the provider does not answer:
// they wait for one answer together, and none longer than for one.
func TestSlowProvider(t *testing.T) {
	p := newIDP(t)
	w := p.world()
	p.noDescription = slow
	began := time.Now()
	var all sync.WaitGroup
	for i := range 20 {
		b := w.browser()
		b.address = fmt.Sprintf("192.0.2.%d:1", i+1)
		all.Go(func() {
			b.visit("/sign-in/oidc", func(rw http.ResponseWriter, r *http.Request) {
				if _, err := w.authenticator.StartOIDC(rw, r); fault.KindOf(err) != fault.Unavailable {
					t.Errorf("begun: %v", err)
				}
			})
		})
	}
	all.Wait()
	if took := time.Since(began); took > 10*impatient || p.asked.Load() > 5 {
		t.Errorf("it took %s and %d requests", took, p.asked.Load())
	}
	p.noDescription = nil
	b := w.browser()
	w.person("ann@acme.example", "")
	w.ok(p.start(b))
	w.ok(p.finish(b))
}

// TestCallbackOnce replays a callback that was good.
func TestCallbackOnce(t *testing.T) {
	p := newIDP(t)
	w := p.world()
	w.person("ann@acme.example", "")
	b := w.browser()
	w.ok(p.start(b))
	kept := map[string]string{}
	for k, v := range b.cookies {
		kept[k] = v
	}
	w.ok(p.finish(b))
	b.cookies = kept
	if err := p.finish(b); err == nil || b.who().Kind == Signed {
		t.Errorf("a callback was good twice: %v", err)
	}
}

// TestIdentityIsIssuerAndSubject signs in again with another e-mail address,
// and with the subject in other letters.
func TestIdentityIsIssuerAndSubject(t *testing.T) {
	p := newIDP(t)
	w := p.world()
	ann, bo := w.person("ann@acme.example", ""), w.person("bo@acme.example", "")
	in := func(subject, email string) (directory.Person, error) {
		p.claims = func(c map[string]any) { c["sub"], c["email"] = subject, email }
		b := w.browser()
		w.ok(p.start(b))
		err := p.finish(b)
		return b.who().Person, err
	}
	if who, err := in("subject", "ann@acme.example"); err != nil || who.ID != ann.ID {
		t.Errorf("got %+v, %v", who, err)
	}
	// The e-mail moved to Bo's: it is still Ann.
	if who, err := in("subject", "bo@acme.example"); err != nil || who.ID != ann.ID {
		t.Errorf("got %+v, %v", who, err)
	}
	if who, err := in("SUBJECT", "bo@acme.example"); err != nil || who.ID != bo.ID {
		t.Errorf("got %+v, %v", who, err)
	}
}

// TestVerifiedEmailConfirms signs somebody in who was linked to an identity that is their
// own e-mail address, and to others that are not.
func TestVerifiedEmailConfirms(t *testing.T) {
	for _, verified := range []bool{true, false} {
		p := newIDP(t)
		w := p.world()
		acme, ann := w.enterprise("acme"), w.person("ann@acme.example", "")
		w.ok(w.dir.BindLogin(t.Context(), ann.ID, p.server.URL, "subject"))
		var links []directory.Identity
		for user, login := range map[string]string{"Ann@acme.example": "", "7": "ann@ACME.example", "8": "ann", "bo@acme.example": "bo"} {
			links = append(links, directory.Identity{Enterprise: acme.ID, Tool: "cursor", UserID: user, Login: login, Person: ann.ID, How: directory.LinkedByHand})
		}
		w.ok(w.dir.Link(t.Context(), links))
		p.claims = func(c map[string]any) { c["email_verified"] = verified }
		b := w.browser()
		w.ok(p.start(b))
		w.ok(p.finish(b))
		list, err := w.dir.IdentitiesOf(t.Context(), ann.ID)
		w.ok(err)
		for _, i := range list {
			if own := verified && (i.UserID == "Ann@acme.example" || i.UserID == "7"); own == i.Confirmed.IsZero() {
				t.Errorf("verified %t: %+v", verified, i)
			}
		}
	}
}
