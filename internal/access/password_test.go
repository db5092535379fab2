package access

import (
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
)

// stored is the hash of good as it was stored before the program had its present
// library for them.
const stored = "$argon2id$v=19$m=19456,t=2,p=1$f+ImO5QrR7fCkbEN4YhAZw$CHaebFkRZg3RvRW/4VsXbLZcnrJ8C/z4zCADSCcizIk"

// TestPasswordHashes compares passwords with hashes that are ours, that are not, and
// that are none, which costs the same.
func TestPasswordHashes(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector, and one goroutine at a time")
	}
	p := newPasswords()
	ctx := t.Context()
	hash := func() string {
		t.Helper()
		hash, err := p.hash(ctx, good)
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	fresh := hash()
	salt, key := "f+ImO5QrR7fCkbEN4YhAZw", "CHaebFkRZg3RvRW/4VsXbLZcnrJ8C/z4zCADSCcizIk"
	for _, c := range []struct {
		name, password, hash string
		want                 bool
	}{
		{"stored before", good, stored, true},
		{"stored before, another password", good + "!", stored, false},
		{"stored now", good, fresh, true},
		{"stored now, another password", strings.ToUpper(good), fresh, false},
		{"none", good, "", false},
		{"nobody's", good, nobody, false},
		{"no key", good, "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$", false},
		{"part of a key", good, stored[:len(stored)-4], false},
		{"other memory", good, "$argon2id$v=19$m=8,t=2,p=1$" + salt + "$" + key, false},
		{"no passes", good, "$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + key, false},
		{"another function", good, "$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + key, false},
		{"another version", good, "$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + key, false},
		{"no base64", good, "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + strings.Replace(key, "C", "!", 1), false},
	} {
		before := p.computed.Load()
		if got := p.matches(c.password, c.hash); got != c.want {
			t.Errorf("%s: got %t, want %t", c.name, got, c.want)
		}
		if n := p.computed.Load() - before; n != 1 {
			t.Errorf("%s: %d hashes were computed, want 1", c.name, n)
		}
	}
	if fresh == hash() {
		t.Error("two hashes have one salt")
	}
	for _, hash := range []string{fresh, nobody} {
		params, _, _, err := argon2id.DecodeHash(hash)
		if err != nil || *params != *argon || len(hash) != len(stored) {
			t.Errorf("%s: got %+v, %v", hash, params, err)
		}
	}
}

func TestNewPasswords(t *testing.T) {
	for _, c := range []struct {
		password string
		ok       bool
	}{
		{good, true}, {"twelve chars", true}, {"eleven char", false}, {"ünïcödé öf twelve", true}, {"äöüäöüäöüäö", false},
		{strings.Repeat("ab", 128), true}, {strings.Repeat("ab", 128) + "c", false},
		{"ann@acme.example", false}, {"ANN@acme.example", false}, {"xxxxxxxxxxxxxxx", false}, {"broken \xff utf-8 text", false}, {"", false},
	} {
		if err := checkPassword(c.password, "ann@acme.example"); (err == nil) != c.ok {
			t.Errorf("%q: got %v", c.password, err)
		}
	}
}
