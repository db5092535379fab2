package directory

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Expiring keeps what is needed for a while only, such as sign-ins under way and
// links that are good once, for whichever process is asked for it. An entry has a
// kind and a key. Its changes are no revisions, and not in the audit log.
type Expiring interface {
	// PutExpiring stores a body until a time, in the place of the key's last one.
	PutExpiring(ctx context.Context, kind, key string, body []byte, until time.Time) error
	// Unexpired returns a body; a fault.NotFound if there is none, or no more.
	Unexpired(ctx context.Context, kind, key string, now time.Time) ([]byte, error)
	// TakeUnexpired is Unexpired that removes the entry: of several who ask one gets it.
	TakeUnexpired(ctx context.Context, kind, key string, now time.Time) ([]byte, error)
	// TrimExpiring leaves most entries of a kind: those that expire last.
	TrimExpiring(ctx context.Context, kind string, most int) error
	// Try counts a try of every key and reports whether each is within the limit. A
	// try that is refused counts for none.
	Try(ctx context.Context, l TryLimit, now time.Time, keys ...string) (bool, error)
	// Sweep removes what has expired, uploads too.
	Sweep(ctx context.Context, now time.Time) error
}

// TryLimit is how often a key may be tried.
type TryLimit struct {
	Kind string
	// Most is how many tries are allowed Within a time.
	Most   int
	Within time.Duration
	// Tracked is how many keys are remembered. Where more are tried, all are
	// forgotten: who has that many is beyond this limit anyway.
	Tracked int
}

// Uploads keeps uploaded files, in chunks, for whichever process is to import them.
type Uploads interface {
	// ReserveUpload begins an upload of a size that is kept until a time. One of more
	// than quota bytes is a fault.TooLarge, one that makes all together more a
	// fault.Unavailable.
	ReserveUpload(ctx context.Context, id string, size, quota int64, until time.Time) error
	// PutChunk adds the chunk with a number.
	PutChunk(ctx context.Context, id string, n int, body []byte) error
	// ReadChunk returns one; a fault.NotFound if there is none.
	ReadChunk(ctx context.Context, id string, n int) ([]byte, error)
	// RemoveUpload removes an upload, if it is there.
	RemoveUpload(ctx context.Context, id string) error
}

// SecretKey returns the key of what is kept under a secret.
func SecretKey(secret string) string {
	sum := sha256.Sum256([]byte("key " + secret))
	return hex.EncodeToString(sum[:])
}

// KeepSealed keeps a body that nobody finds or reads who does not know the secret,
// which must be a random one: the database has neither.
func KeepSealed(ctx context.Context, e Expiring, kind, secret string, body []byte, until time.Time) error {
	seal, err := sealOf(secret)
	if err != nil {
		return err
	}
	return e.PutExpiring(ctx, kind, SecretKey(secret), seal.Seal(nil, nil, body, []byte(kind)), until)
}

// TakeSealed takes what KeepSealed kept.
func TakeSealed(ctx context.Context, e Expiring, kind, secret string, now time.Time) ([]byte, error) {
	seal, err := sealOf(secret)
	if err != nil {
		return nil, err
	}
	sealed, err := e.TakeUnexpired(ctx, kind, SecretKey(secret), now)
	if err != nil {
		return nil, err
	}
	body, err := seal.Open(nil, nil, sealed, []byte(kind))
	if err != nil {
		return nil, fmt.Errorf("open what was kept as %s: %w", kind, err)
	}
	return body, nil
}

// sealOf returns what encrypts bodies under a secret.
func sealOf(secret string) (cipher.AEAD, error) {
	key := sha256.Sum256([]byte("seal " + secret))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
