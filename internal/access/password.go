package access

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"codegauge/internal/fault"

	"github.com/alexedwards/argon2id"
)

const (
	minPassword  = 12
	maxPassword  = 256
	hashesAtOnce = 2 // bounds memory: 19 MiB each, and one more for known devices
)

// argon is argon2id as OWASP has it: 19 MiB, two passes, one lane.
var argon = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobody is the hash that unknown people's passwords are compared with: no password is
// known to have it, since a key of zeros is nobody's choice.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// passwords computes hashes. A sign-in has a turn for that and for all that it writes, a few
// at a time. Known devices go first, and have a turn that strangers do not; then whoever has
// tried least in the minute before, of those the newest: somebody who comes once while others
// flood the sign-in is answered at once.
type passwords struct {
	// computed counts hashes, so that a test can compare work.
	computed atomic.Int64

	mu      sync.Mutex
	working int
	waiting []*hashing // who is next last
}

// hashing is somebody who waits for a turn.
type hashing struct {
	rank int       // how often they came in the minute before; 0 is a known device
	turn chan bool // true when it is theirs, false when they have to come again
}

// maxWaiting bounds how many wait; those who would be last give up for those who come.
const maxWaiting = 100

// errBusy is the answer to whoever waits while too many others come.
var errBusy = fault.New(fault.Unavailable, "too many people are signing in: try again in a few seconds")

func newPasswords() *passwords { return &passwords{} }

// slots is how many hashes may be computed at once when somebody is let in.
func slots(rank int) int {
	if rank == 0 {
		return hashesAtOnce + 1
	}
	return hashesAtOnce
}

// turn waits until a hash may be computed, and returns what ends the turn.
func (p *passwords) turn(ctx context.Context, rank int) (done func(), err error) {
	p.mu.Lock()
	if p.working < slots(rank) {
		p.working++
		p.mu.Unlock()
		return p.leave, nil
	}
	h := &hashing{rank, make(chan bool, 1)}
	p.queue(h)
	if len(p.waiting) > maxWaiting {
		p.drop(0).turn <- false
	}
	p.mu.Unlock()
	select {
	case mine := <-h.turn:
		if !mine {
			return nil, errBusy
		}
	case <-ctx.Done():
		p.mu.Lock()
		i := slices.Index(p.waiting, h)
		if i >= 0 {
			p.drop(i)
		}
		p.mu.Unlock()
		if i < 0 && <-h.turn {
			p.leave()
		}
		return nil, ctx.Err()
	}
	return p.leave, nil
}

// drop takes somebody out of those who wait.
func (p *passwords) drop(i int) *hashing {
	h := p.waiting[i]
	p.waiting = slices.Delete(p.waiting, i, i+1)
	return h
}

// queue puts somebody before those who came more often or as often before.
func (p *passwords) queue(h *hashing) {
	i := len(p.waiting)
	for i > 0 && p.waiting[i-1].rank < h.rank {
		i--
	}
	p.waiting = slices.Insert(p.waiting, i, h)
}

// leave ends a turn, and gives it to who is next.
func (p *passwords) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.working--
	for n := len(p.waiting); n > 0 && p.working < slots(p.waiting[n-1].rank); n-- {
		p.working++
		p.drop(n - 1).turn <- true
	}
}

// hash returns a password's hash as PHC writes it.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	done, err := p.turn(ctx, 0)
	if err != nil {
		return "", err
	}
	defer done()
	p.computed.Add(1)
	return argon2id.CreateHash(password, argon)
}

// matches compares a password with a hash, for who has a turn. Whatever the hash is, "" included,
// it does the same work: a hash of other parameters, which is none of ours, is nobody's.
func (p *passwords) matches(password, hash string) bool {
	params, _, _, err := argon2id.DecodeHash(hash)
	ours := err == nil && *params == *argon
	if !ours {
		hash = nobody
	}
	p.computed.Add(1)
	same, err := argon2id.ComparePasswordAndHash(password, hash)
	return same && err == nil && ours
}

// checkPassword says what is wrong with a new password.
func checkPassword(password, email string) error {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return fault.New(fault.Invalid, "the password is not valid UTF-8 text")
	case n < minPassword || len(password) > maxPassword:
		return fault.New(fault.Invalid, "a password must have %d to %d characters", minPassword, maxPassword)
	case strings.EqualFold(password, email):
		return fault.New(fault.Invalid, "the password must not be the e-mail address")
	case strings.Count(password, password[:1]) == len(password):
		return fault.New(fault.Invalid, "the password must not repeat a single character")
	}
	return nil
}
