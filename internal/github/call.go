package github

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// maxResponse is the most bytes of an API response, decompressed.
	maxResponse = 64 << 20
	// maxMessage is the most bytes of an unsuccessful response that are read.
	maxMessage = 1 << 20
	// maxTries is how often a call is tried that fails with Unavailable.
	maxTries = 4
	// maxPauses is how often one call waits for rate limits.
	maxPauses = 6
)

// response is a successful response of the API.
type response struct {
	status int
	body   []byte
	// next is the number of the next page, 0 if this is the last.
	next int
}

// request is a call of the API.
type request struct {
	scope  Scope
	method string
	// path is relative to the base, without a leading slash.
	path  string
	query url.Values
	body  any
	// token replaces the scope's, for an App's own calls.
	token string
}

// httpRequest returns the request for a call, with the credential.
func (c *Client) httpRequest(ctx context.Context, r request, token string) (*http.Request, error) {
	if slices.Contains(strings.Split(r.path, "/"), "..") {
		return nil, errors.New("the path leads out of its scope")
	}
	u, err := c.opt.Base.API.Parse(r.path)
	if err != nil {
		return nil, err
	}
	u.RawQuery = r.query.Encode()
	var body io.Reader = http.NoBody
	if r.body != nil {
		b, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("User-Agent", c.opt.UserAgent)
	req.Header.Set("X-GitHub-Api-Version", APIVersion)
	return req, nil
}

// call makes a call and retries it after rate limits, transient errors, and the expiry of
// an App's token.
func (c *Client) call(ctx context.Context, r request) (*response, error) {
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
			c.app.forgetTokens()
			continue
		case kind != Unavailable || try == maxTries:
			return nil, err
		}
		if err := c.opt.Sleep(ctx, backoff(try)); err != nil {
			return nil, err
		}
	}
}

// backoff returns how long to wait after a try: exponentially longer, with jitter.
func backoff(try int) time.Duration {
	d := time.Second << (try - 1)
	return d/2 + time.Duration(rand.Int64N(int64(d)))
}

func (c *Client) callOnce(ctx context.Context, r request, try int) (*response, error) {
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
	req, err := c.httpRequest(ctx, r, token)
	if err != nil {
		c.gate.leave(nil)
		return nil, fmt.Errorf("request %s: %w", r.path, err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.gate.leave(nil)
		return nil, transportError(req.URL.Host, err)
	}
	c.gate.leave(res.Header)
	defer res.Body.Close()
	if res.StatusCode < 200 || res.StatusCode > 299 || res.StatusCode == http.StatusAccepted {
		return nil, c.responseError(res, stop, try)
	}
	body, err := readResponse(res, c.opt.Stall, stop)
	if err != nil {
		return nil, err
	}
	return &response{status: res.StatusCode, body: body, next: nextOf(res.Header)}, nil
}

// nextLink is the link to the next page of a list in a response's Link header.
var nextLink = regexp.MustCompile(`<[^>]*[?&]page=(\d+)[^>]*>[^<]*rel="next"`)

// nextOf returns the number of the next page according to a response's header, 0 if there
// is none.
func nextOf(h http.Header) int {
	page := 0
	if m := nextLink.FindStringSubmatch(h.Get("Link")); m != nil {
		page, _ = strconv.Atoi(m[1])
	}
	return page
}

// readResponse reads the body of a response and checks that it is JSON.
func readResponse(res *http.Response, stall time.Duration, stop context.CancelCauseFunc) ([]byte, error) {
	in := newStallReader(res.Body, stall, stop)
	defer in.close()
	r, err := decompressed(res.Header, in)
	if err != nil {
		return nil, &Error{Kind: Unavailable, Status: res.StatusCode, Message: fmt.Sprintf("the response from %s cannot be decompressed: %v", res.Request.URL.Host, err)}
	}
	body, err := io.ReadAll(io.LimitReader(r, maxResponse+1))
	switch {
	case err != nil:
		return nil, &Error{Kind: Unavailable, Status: res.StatusCode, Message: fmt.Sprintf("the response from %s broke off: %v", res.Request.URL.Host, in.cause(err))}
	case len(body) > maxResponse:
		return nil, malformed(res.StatusCode, "the response from %s is larger than %d MiB", res.Request.URL.Host, maxResponse>>20)
	}
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && !json.Valid(trimmed) {
		if bytes.HasPrefix(trimmed, []byte("<")) {
			return nil, malformed(res.StatusCode, "%s returned a web page instead of JSON: a proxy or a sign-in page is in between", res.Request.URL.Host)
		}
		return nil, &Error{Kind: Unavailable, Status: res.StatusCode, Message: fmt.Sprintf("the response from %s is not valid JSON", res.Request.URL.Host)}
	}
	return body, nil
}

// decompressed returns a reader of the decompressed body, according to its
// Content-Encoding.
func decompressed(h http.Header, body io.Reader) (io.Reader, error) {
	switch enc := strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding"))); enc {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		return gzip.NewReader(body)
	default:
		return nil, fmt.Errorf("unexpected Content-Encoding %.40q", enc)
	}
}

// policyText is part of GitHub's message that a policy is off. The name of the policy
// before it is in varying quotation marks.
const policyText = "policy must be enabled"

// responseError returns the Error for an unsuccessful response. After a rate limit all
// calls pause.
func (c *Client) responseError(res *http.Response, stop context.CancelCauseFunc, try int) error {
	status, host, now := res.StatusCode, res.Request.URL.Host, c.opt.Now()
	message, documentation := c.readMessage(res, stop)
	forbidden := status == http.StatusForbidden
	primary := (forbidden || status == http.StatusTooManyRequests) && res.Header.Get("X-RateLimit-Remaining") == "0"
	secondary := strings.HasSuffix(documentation, "secondary-rate-limits") || strings.HasSuffix(documentation, "#abuse-rate-limits") ||
		strings.Contains(strings.ToLower(message), "secondary rate limit")
	wait, asked := retryAfter(res.Header, now)
	switch {
	case forbidden && strings.Contains(strings.ToLower(message), policyText):
		return &Error{Kind: PolicyOff, Status: status, Message: "GitHub denies access: " + message + "."}
	case primary && !asked:
		until := rateLimitReset(res.Header, now)
		if !until.After(now) {
			until = now.Add(time.Minute)
		}
		return c.limited(status, until, fmt.Sprintf("GitHub's limit of calls per hour is used up (%d)", status))
	case primary, status == http.StatusTooManyRequests, forbidden && (asked || secondary):
		if !asked {
			wait = min(time.Minute<<min(try-1, 4), maxWait)
		}
		return c.limited(status, now.Add(wait), fmt.Sprintf("GitHub asked for a pause of %s (%d)", wait.Round(time.Second), status))
	case status == http.StatusUnauthorized:
		return &Error{Kind: Unauthorized, Status: status, Message: "GitHub does not accept the credential: it has expired, was revoked, or is incomplete (401 " + message + ")"}
	case forbidden:
		if sso := res.Header.Get("X-GitHub-SSO"); strings.HasPrefix(sso, "required") {
			message += "; the token's owner has to authorize it for single sign-on"
		}
		return &Error{Kind: Forbidden, Status: status, Message: "GitHub denies access: " + strings.TrimSuffix(message, ".") + "."}
	case status == http.StatusNotFound:
		return &Error{Kind: NotFound, Status: status, Message: "not found, or not visible to this credential (404 " + message + ")"}
	case status == http.StatusGone:
		return malformed(status, "GitHub no longer supports this call (410 %s): a newer version of Codegauge is needed", message)
	case status == http.StatusAccepted, status == http.StatusRequestTimeout, status >= 500:
		return &Error{Kind: Unavailable, Status: status, Message: fmt.Sprintf("%s returned %d %s", host, status, message)}
	}
	return malformed(status, "%s returned %d %s", host, status, message)
}

// limited pauses all calls until a time, and returns the Error of the call that hit the
// limit.
func (c *Client) limited(status int, until time.Time, reason string) error {
	c.gate.pause(until, reason)
	return &Error{Kind: Limited, Status: status, Message: reason, Until: until}
}

// readMessage returns the message of an unsuccessful response, shortened, and the address of
// GitHub's documentation of it.
func (c *Client) readMessage(res *http.Response, stop context.CancelCauseFunc) (message, documentation string) {
	in := newStallReader(res.Body, c.opt.Stall, stop)
	defer in.close()
	var m struct {
		Message       string `json:"message"`
		Documentation string `json:"documentation_url"`
	}
	_ = json.NewDecoder(io.LimitReader(in, maxMessage)).Decode(&m) // it may be a proxy's web page
	return oneLine(cmp.Or(m.Message, http.StatusText(res.StatusCode))), m.Documentation
}

// oneLine returns an external text on one line and shortened to 300 characters.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "…"
	}
	return s
}
