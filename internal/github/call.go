package github

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	gh "github.com/google/go-github/v93/github"
)

const (
	// maxAnswer bounds an answer of the API in bytes, unpacked.
	maxAnswer = 64 << 20
	// maxTries is how often a call is made that fails by no fault of the request.
	maxTries = 4
	// maxPauses is how often one call waits for limits.
	maxPauses = 6
)

// answer is a good answer of the API.
type answer struct {
	status int
	body   []byte
	// next is the number of the next page, 0 if this is the last.
	next int
}

// request is a call of the API.
type request struct {
	scope  Scope
	method string
	// path is below the base, without a slash before it.
	path  string
	query url.Values
	body  any
	// token replaces the scope's, for an App's own calls.
	token string
}

func (r request) address() string {
	if len(r.query) == 0 {
		return r.path
	}
	return r.path + "?" + r.query.Encode()
}

// call makes a call, and makes it again where that helps: after the pause that GitHub
// asks for, and after faults that pass.
func (c *Client) call(ctx context.Context, r request) (*answer, error) {
	pauses, renewed := 0, false
	for try := 1; ; try++ {
		a, err := c.callOnce(ctx, r, try)
		switch kind := KindOf(err); {
		case err == nil || ctx.Err() != nil:
			return a, err
		case kind == Limited && !c.opt.NoWait && pauses < maxPauses:
			pauses++
			try = 0
			continue // the gate waits
		case kind == Unauthorized && c.app != nil && r.token == "" && !renewed:
			renewed = true
			c.app.forget(r.scope)
			continue
		case kind != Unavailable || try == maxTries:
			return nil, err
		}
		if err := c.opt.Sleep(ctx, backoff(try)); err != nil {
			return nil, err
		}
	}
}

// backoff returns how long to wait after a try: a second, doubled each time, and some
// chance, so that not all who wait come back together.
func backoff(try int) time.Duration {
	d := time.Second << (try - 1)
	return d/2 + time.Duration(rand.Int64N(int64(d)))
}

func (c *Client) callOnce(ctx context.Context, r request, try int) (*answer, error) {
	token := r.token
	if token == "" {
		var err error
		if token, err = c.token(ctx, r.scope); err != nil {
			return nil, err
		}
	}
	if err := c.gate.enter(ctx); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	req, err := c.api.NewRequest(ctx, r.method, r.address(), r.body, gh.WithVersion(APIVersion))
	if err != nil {
		c.gate.leave(nil)
		return nil, fmt.Errorf("request %s: %w", r.path, err)
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := c.api.BareDo(req)
	if res == nil || res.Response == nil {
		c.gate.leave(nil)
		return nil, transportError(req.URL.Host, err)
	}
	c.gate.leave(res.Header)
	defer res.Body.Close()
	if own := (*Error)(nil); errors.As(err, &own) {
		return nil, own // a redirect that is not followed
	}
	if err != nil {
		return nil, c.explain(res, err, try)
	}
	body, err := readAnswer(res.Response, c.opt.Stall, stop)
	if err != nil {
		return nil, err
	}
	return &answer{status: res.StatusCode, body: body, next: res.NextPage}, nil
}

// readAnswer reads an answer whole.
func readAnswer(res *http.Response, stall time.Duration, stop context.CancelCauseFunc) ([]byte, error) {
	in := newStalling(res.Body, stall, stop)
	defer in.close()
	r, err := unpacked(res.Header, in)
	if err != nil {
		return nil, &Error{Kind: Unavailable, Status: res.StatusCode, Message: fmt.Sprintf("the answer of %s cannot be unpacked: %v", res.Request.URL.Host, err)}
	}
	body, err := io.ReadAll(io.LimitReader(r, maxAnswer+1))
	switch {
	case err != nil:
		return nil, &Error{Kind: Unavailable, Status: res.StatusCode, Message: fmt.Sprintf("the answer of %s broke off: %v", res.Request.URL.Host, in.cause(err))}
	case len(body) > maxAnswer:
		return nil, malformed(res.StatusCode, "the answer of %s is larger than %d MiB", res.Request.URL.Host, maxAnswer>>20)
	}
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && !json.Valid(trimmed) {
		if bytes.HasPrefix(trimmed, []byte("<")) {
			return nil, malformed(res.StatusCode, "%s answered with a web page, not JSON: a proxy or a sign-in page stands between", res.Request.URL.Host)
		}
		return nil, &Error{Kind: Unavailable, Status: res.StatusCode, Message: fmt.Sprintf("the answer of %s is not valid JSON", res.Request.URL.Host)}
	}
	return body, nil
}

// unpacked returns what a body holds, which may be packed although nobody asked for it.
func unpacked(h http.Header, body io.Reader) (io.Reader, error) {
	switch enc := strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding"))); enc {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		return gzip.NewReader(body)
	default:
		return nil, fmt.Errorf("it is packed as %.40q, which was not asked for", enc)
	}
}

// policyText is how GitHub says that the policy is off; the name of the policy stands
// before it, in one or another kind of quotation marks.
const policyText = "policy must be enabled"

// explain makes an Error of what was no good answer.
func (c *Client) explain(res *gh.Response, err error, try int) error {
	status, said := res.StatusCode, saidBy(res, err)
	host := res.Request.URL.Host
	now := c.opt.Now()
	var primary *gh.RateLimitError
	var secondary *gh.AbuseRateLimitError
	wait, asked := retryAfter(res.Header, now)
	switch {
	case status == http.StatusForbidden && strings.Contains(strings.ToLower(said), policyText):
		return &Error{Kind: PolicyOff, Status: status, Message: "GitHub refuses it: " + said + "."}
	case errors.As(err, &primary) && !asked:
		until := resetOf(res.Header, now)
		if !until.After(now) {
			until = now.Add(time.Minute)
		}
		return c.limited(status, until, fmt.Sprintf("GitHub's limit of calls an hour is used up (%d)", status))
	case errors.As(err, &secondary), primary != nil, status == http.StatusTooManyRequests,
		status == http.StatusForbidden && (asked || strings.Contains(strings.ToLower(said), "secondary rate limit")):
		if !asked {
			wait = min(time.Minute<<min(try-1, 4), longestWait)
		}
		return c.limited(status, now.Add(wait), fmt.Sprintf("GitHub asked for a pause of %s (%d)", wait.Round(time.Second), status))
	case status == http.StatusUnauthorized:
		return &Error{Kind: Unauthorized, Status: status, Message: "GitHub does not accept the credential: it has expired, was revoked, or is not whole (401 " + said + ")"}
	case status == http.StatusForbidden:
		if sso := res.Header.Get("X-GitHub-SSO"); strings.HasPrefix(sso, "required") {
			said += "; the token has to be authorized for single sign-on, by whom it belongs to"
		}
		return &Error{Kind: Forbidden, Status: status, Message: "GitHub refuses it: " + strings.TrimSuffix(said, ".") + "."}
	case status == http.StatusNotFound:
		return &Error{Kind: NotFound, Status: status, Message: "GitHub knows of nothing there, or does not let this credential know (404 " + said + ")"}
	case status == http.StatusGone:
		return malformed(status, "GitHub no longer answers this (410 %s): a newer version of Codegauge is needed", said)
	case status == http.StatusAccepted, status == http.StatusRequestTimeout, status >= 500:
		return &Error{Kind: Unavailable, Status: status, Message: fmt.Sprintf("%s answered %d %s", host, status, said)}
	}
	return malformed(status, "%s answered %d %s", host, status, said)
}

// limited makes every call wait, and says until when.
func (c *Client) limited(status int, until time.Time, why string) error {
	c.gate.pause(until, why)
	return &Error{Kind: Limited, Status: status, Message: why, Until: until}
}

// saidBy returns what an answer says of itself, shortened.
func saidBy(res *gh.Response, err error) string {
	var e *gh.ErrorResponse
	said := ""
	if errors.As(err, &e) {
		said = e.Message
	}
	if said == "" {
		b, _ := io.ReadAll(io.LimitReader(res.Body, 4096))
		var m struct {
			Message string `json:"message"`
		}
		if json.Unmarshal(b, &m) == nil {
			said = m.Message
		}
	}
	if said == "" {
		said = http.StatusText(res.StatusCode)
	}
	return shortened(said)
}

// shortened keeps a text that came from outside on one line, and not long.
func shortened(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "…"
	}
	return s
}
