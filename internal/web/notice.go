package web

import (
	"crypto/rand"
	"sync"

	"codegauge/internal/access"
)

// Notice says what a form did. It is shown once, on the page that the form
// leads to, and only to whoever sent the form.
type Notice struct {
	Text string
	// Secret is shown with the text and is nowhere afterwards: a token, an
	// invitation's link. Label names it.
	Secret, Label string
	Wrong         bool
	// view answers the form in the place of a redirect: a preview, which
	// changes nothing.
	view any
}

// maxNotices bounds the notices that nobody came for.
const maxNotices = 256

// notices keeps what forms did until it is shown. A restart forgets them.
type notices struct {
	mu    sync.Mutex
	kept  map[string]kept
	order []string
}

type kept struct {
	notice Notice
	actor  string
}

func newNotices() *notices { return &notices{kept: map[string]kept{}} }

// put keeps a notice for whoever asks and returns its name in the URL.
func (n *notices) put(notice Notice, who *access.Principal) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	id := rand.Text()
	n.kept[id] = kept{notice, who.Actor().Name}
	n.order = append(n.order, id)
	for len(n.order) > maxNotices {
		delete(n.kept, n.order[0])
		n.order = n.order[1:]
	}
	return id
}

// take returns a notice and forgets it; nil if there is none for whoever asks.
func (n *notices) take(id string, who *access.Principal) *Notice {
	n.mu.Lock()
	defer n.mu.Unlock()
	k, ok := n.kept[id]
	if !ok || k.actor != who.Actor().Name {
		return nil
	}
	delete(n.kept, id)
	return &k.notice
}
