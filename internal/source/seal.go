package source

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/github"
)

// minSecret is the least number of bytes of a secret.
const minSecret = 16

// aead returns the cipher for credentials: AES-256-GCM with a key derived from the secret.
func (s *Sources) aead() (cipher.AEAD, error) {
	secret, err := s.opt.Secret()
	if err != nil {
		return nil, err
	}
	if len(secret) < minSecret {
		return nil, fault.New(fault.Invalid, "the secret key has %d characters: it needs at least %d", len(secret), minSecret)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "codegauge source credentials", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the key of credentials: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key of credentials: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// additionalData binds an encrypted credential to its source and name: it cannot be
// decrypted under another.
func additionalData(source int64, name string) []byte {
	return fmt.Appendf(nil, "source %d credential %s", source, name)
}

// Seal returns an encrypted credential, to be stored under a name of a source.
func (s *Sources) Seal(source int64, name string, c github.Credential) (directory.SourceCredential, error) {
	aead, err := s.aead()
	if err != nil {
		return directory.SourceCredential{}, err
	}
	body, err := json.Marshal(c)
	if err != nil {
		return directory.SourceCredential{}, fmt.Errorf("write a credential: %w", err)
	}
	return directory.SourceCredential{Source: source, Name: name, Kind: string(c.Kind),
		Sealed: aead.Seal(nil, nil, body, additionalData(source, name)), Created: s.opt.Now().UTC()}, nil
}

func (s *Sources) unseal(c directory.SourceCredential) (out github.Credential, err error) {
	aead, err := s.aead()
	if err != nil {
		return out, err
	}
	body, err := aead.Open(nil, nil, c.Sealed, additionalData(c.Source, c.Name))
	if err != nil {
		return out, fault.New(fault.Conflict, "credential %q cannot be decrypted: it was stored with another secret key (option secret_key_file). Provide the key that it was stored with, or add the credential again", c.Name)
	}
	if err := json.Unmarshal(body, &out); err != nil {
		return out, fmt.Errorf("read credential %q: %w", c.Name, err)
	}
	return out, nil
}
