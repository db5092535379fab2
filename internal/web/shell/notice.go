package shell

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// Notice says what a form did. It is shown once, on the page that the form
// leads to, and only to whoever sent the form.
type Notice struct {
	Text string
	// Secret is shown with the text and is nowhere afterwards: a token, an
	// invitation's link. Label names it.
	Secret, Label string
	Wrong         bool
	// View answers the form in the place of a redirect: a preview, which changes
	// nothing and is not kept.
	View any `json:"-"`
}

// How many notices wait for those who come for them, and how long.
const (
	maxNotices = 256
	noticeLife = time.Hour
)

// notices keeps what forms did until it is shown. Any process may be asked to show
// it; the database has no more than what is sealed.
type notices struct{ kept directory.Expiring }

// noticeKind is where they are kept.
const noticeKind = "notice"

// Put keeps a notice for whoever asks and returns its name in the URL.
func (n *notices) Put(ctx context.Context, notice Notice, who *access.Principal) (string, error) {
	body, err := json.Marshal(notice)
	if err != nil {
		return "", err
	}
	id := rand.Text()
	if err := directory.KeepSealed(ctx, n.kept, noticeKind, noticeSecret(id, who), body, time.Now().Add(noticeLife)); err != nil {
		return "", fmt.Errorf("keep a notice: %w", err)
	}
	return id, n.kept.TrimExpiring(ctx, noticeKind, maxNotices)
}

// Take returns a notice and forgets it; nil if there is none for whoever asks.
func (n *notices) Take(ctx context.Context, id string, who *access.Principal) (*Notice, error) {
	if id == "" {
		return nil, nil
	}
	body, err := directory.TakeSealed(ctx, n.kept, noticeKind, noticeSecret(id, who), time.Now())
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("take a notice: %w", err)
	}
	var notice Notice
	return &notice, json.Unmarshal(body, &notice)
}

// noticeSecret is known to who has the name of a notice and is whom it is for.
func noticeSecret(id string, who *access.Principal) string { return id + " " + who.Actor().Name }
