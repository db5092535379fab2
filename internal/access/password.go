package access

import (
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"codegauge/internal/fault"

	"github.com/alexedwards/argon2id"
)

const (
	minPassword  = 12
	maxPassword  = 256
	hashesAtOnce = 2 // bounds memory
)

// argon is argon2id as OWASP has it: 19 MiB, two passes, one lane.
var argon = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobody is the hash that unknown people's passwords are compared with: no password is
// known to have it, since a key of zeros is nobody's choice.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// passwords computes hashes, a few at a time.
type passwords struct {
	turns chan struct{}
	// computed counts hashes, so that a test can compare work.
	computed atomic.Int64
}

func newPasswords() *passwords { return &passwords{turns: make(chan struct{}, hashesAtOnce)} }

// turn waits until a hash may be computed, and returns what to call after it.
func (p *passwords) turn() (done func()) {
	p.turns <- struct{}{}
	p.computed.Add(1)
	return func() { <-p.turns }
}

// hash returns a password's hash as PHC writes it.
func (p *passwords) hash(password string) string {
	defer p.turn()()
	hash, _ := argon2id.CreateHash(password, argon) // fails only without random numbers, of which Go makes sure
	return hash
}

// matches compares a password with a hash. Whatever the hash is, "" included,
// it does the same work: a hash of other parameters, which is none of ours, is nobody's.
func (p *passwords) matches(password, hash string) bool {
	params, _, _, err := argon2id.DecodeHash(hash)
	ours := err == nil && *params == *argon
	if !ours {
		hash = nobody
	}
	defer p.turn()()
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
