package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"codegauge/internal/directory"
)

// namer returns what pages call the user with a login or id.
type namer func(user string) string

// newPseudonymKey returns what pseudonyms are made with. It lives as long as the
// server runs: a pseudonym cannot be followed from one run to the next, nor
// found out by trying logins.
func newPseudonymKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key
}

// namer calls people of an enterprise as its privacy settings say.
func (web *Web) namer(enterprise int64, p directory.Privacy) namer {
	if !p.Pseudonyms {
		return func(user string) string { return user }
	}
	return func(user string) string {
		mac := hmac.New(sha256.New, web.pseudonyms)
		fmt.Fprintf(mac, "%d %s", enterprise, strings.ToLower(user))
		code := strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil)))
		return "person-" + code[:4] + "-" + code[4:8]
	}
}
