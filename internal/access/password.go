package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"codegauge/internal/fault"

	"golang.org/x/crypto/argon2"
)

// argon2id as OWASP has it: 19 MiB, two passes, one lane.
const (
	argonMemory  = 19 * 1024 // KiB
	argonPasses  = 2
	argonLanes   = 1
	argonLength  = 32
	saltLength   = 16
	minPassword  = 12
	maxPassword  = 256
	hashesAtOnce = 2 // bounds memory
)

// passwords computes hashes, a few at a time.
type passwords struct {
	turns chan struct{}
	// computed counts hashes, so that a test can compare work.
	computed atomic.Int64
	// nobody is the hash that unknown people's passwords are compared with: of no
	// password, since a real one would take the start its time.
	nobody string
}

func newPasswords() *passwords {
	return &passwords{turns: make(chan struct{}, hashesAtOnce), nobody: phc(random(saltLength), random(argonLength))}
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// phc writes a hash as PHC does.
func phc(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

func (p *passwords) derive(password string, salt []byte) []byte {
	p.turns <- struct{}{}
	defer func() { <-p.turns }()
	p.computed.Add(1)
	return argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonLanes, argonLength)
}

// hash returns a password's hash as PHC writes it.
func (p *passwords) hash(password string) string {
	salt := random(saltLength)
	return phc(salt, p.derive(password, salt))
}

// matches compares a password with a hash. Whatever the hash is, "" included,
// it does the same work.
func (p *passwords) matches(password, hash string) bool {
	salt, want, ok := parseHash(hash)
	if !ok {
		salt, want, _ = parseHash(p.nobody)
	}
	same := subtle.ConstantTimeCompare(p.derive(password, salt), want) == 1
	return same && ok
}

func parseHash(hash string) (salt, key []byte, ok bool) {
	parts := strings.Split(hash, "$")
	settings := fmt.Sprintf("m=%d,t=%d,p=%d", argonMemory, argonPasses, argonLanes)
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) || parts[3] != settings {
		return nil, nil, false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return nil, nil, false
	}
	key, err = base64.RawStdEncoding.DecodeString(parts[5])
	return salt, key, err == nil && len(key) == argonLength
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
