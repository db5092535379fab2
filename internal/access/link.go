package access

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// A signed link opens one file for a while without a credential, as what whoever asked for
// it may see. It states who that is, of which entity the file is, by which route's rule they
// may see it, and when it expires; the signature covers all of that, the path, and every
// parameter of the handler's own. The key is the enterprise's, so links outlive the process
// and hold at every server over the same database.
const (
	linkFor       = "for" // the pattern of the route that made the link
	linkOf        = "of"  // the entity's number
	linkBy        = "by"  // who asked, as the audit log names them
	linkExpires   = "se"
	linkKey       = "key"
	linkSignature = "sig" // always the last parameter
)

// DefaultLinkTTL is how long a link opens its file unless an option says otherwise.
const DefaultLinkTTL = 15 * time.Minute

// maxLink bounds a link's parameters in bytes.
const maxLink = 4 << 10

// errLink is the answer to a link that was not made here, or not like this.
var errLink = fault.New(fault.NotFound, "this download link does not exist: ask for the report again")

// SignLink returns the address of a file, below the base path, that opens it for whoever
// asks in the context, with the handler's own parameters. pattern is the route whose rule
// let them ask.
func (e *Authenticator) SignLink(ctx context.Context, pattern, path string, own url.Values) (string, error) {
	of := PlaceOf(ctx).Entity()
	secret, err := e.dir.Secret(ctx, of.Enterprise)
	if err != nil {
		return "", fmt.Errorf("read what links are signed with: %w", err)
	}
	key, id := secret.LinkKey()
	v := url.Values{
		linkFor: {pattern}, linkOf: {strconv.FormatInt(of.ID, 10)}, linkBy: {Of(ctx).Actor().Name},
		linkExpires: {strconv.FormatInt(e.opt.Now().Add(e.opt.LinkTTL).Unix(), 10)}, linkKey: {id},
	}
	for name, values := range own {
		v[name] = values
	}
	text := path + "?" + v.Encode()
	return text + "&" + linkSignature + "=" + signature(key, text), nil
}

func signature(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// byLink returns whom a signed link is for, and what it is about. What they may see is
// looked at anew: a link opens nothing that they could not ask for now.
func (e *Authenticator) byLink(r *http.Request) (*Principal, Place, error) {
	v, at, err := e.readLink(r)
	if err != nil {
		return nil, Place{}, err
	}
	p, err := e.byName(r, at.Enterprise.ID, v.Get(linkBy))
	if err != nil {
		return nil, Place{}, err
	}
	p.Address = e.opt.Address(r)
	rule, ok := RuleFor(v.Get(linkFor))
	if !ok {
		return nil, Place{}, errLink // made by another version
	}
	return p, at, permit(p, rule, at)
}

// readLink returns the parameters of a link that was signed here and has not expired.
func (e *Authenticator) readLink(r *http.Request) (v url.Values, at Place, err error) {
	signed, sum, ok := strings.Cut(r.URL.RawQuery, "&"+linkSignature+"=")
	if !ok || len(r.URL.RawQuery) > maxLink {
		return nil, at, errLink
	}
	if v, err = url.ParseQuery(signed); err != nil {
		return nil, at, errLink
	}
	t, err := e.principals.entities(r.Context())
	if err != nil {
		return nil, at, err
	}
	id, err := strconv.ParseInt(v.Get(linkOf), 10, 64)
	of := t.ByID[id]
	if err != nil || of == nil {
		return nil, at, errLink
	}
	secret, err := e.dir.Secret(r.Context(), of.Enterprise)
	if err != nil {
		return nil, at, fmt.Errorf("read what links are signed with: %w", err)
	}
	key, keyID := secret.LinkKey()
	if v.Get(linkKey) != keyID || !hmac.Equal([]byte(sum), []byte(signature(key, r.URL.Path+"?"+signed))) {
		return nil, at, errLink
	}
	until, err := strconv.ParseInt(v.Get(linkExpires), 10, 64)
	if err != nil || e.opt.Now().Unix() >= until {
		return nil, at, fault.New(fault.NotFound, "this download link has expired: ask for the report again")
	}
	at.Enterprise = t.ByID[of.Enterprise]
	switch of.Kind {
	case directory.Organization:
		at.Organization = of
	case directory.Team:
		at.Organization, at.Team = t.ByID[of.Organization], of
	}
	return v, at, nil
}

// errNoLonger is the answer to a good link of somebody who is let in no more.
var errNoLonger = fault.New(fault.Forbidden, "whoever asked for this download link is no longer let in")

// byName returns a principal as it is now, by its name in the audit log.
func (e *Authenticator) byName(r *http.Request, enterprise int64, name string) (*Principal, error) {
	ctx := r.Context()
	kind, which, _ := strings.Cut(name, " ")
	id, _ := strconv.ParseInt(which, 10, 64)
	switch {
	case kind == string(Operator) && onThisMachine(r):
		return NewOperator(), nil
	case kind == string(Demo) && e.opt.Demo && known(which):
		return e.demoAs(ctx, which)
	case kind == string(Signed):
		who, err := e.principals.cached(ctx, id)
		if gone(err) || err == nil && who.person.Disabled {
			return nil, errNoLonger
		}
		return &Principal{Kind: Signed, Person: who.person, held: who.held}, err
	case kind == string(Program):
		list, err := e.dir.Tokens(ctx, enterprise)
		if err != nil {
			return nil, fmt.Errorf("read tokens: %w", err)
		}
		for _, t := range list {
			if t.ID == id && live(t, e.opt.Now()) {
				return &Principal{Kind: Program, Token: t, held: tokenBindings(t)}, nil
			}
		}
	}
	return nil, errNoLonger
}
