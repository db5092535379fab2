package directorytest

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

func expiring(t *testing.T, p *place) {
	ctx := t.Context()
	before, err := p.Revision(ctx)
	p.ok("Revision", err)
	body := []byte{0, 0xff, 'x'}
	for _, b := range [][]byte{[]byte("first"), body} { // the last one counts
		p.ok("Keep", p.PutExpiring(ctx, "link", "a", b, at(1)))
	}
	p.ok("Keep", p.PutExpiring(ctx, "link", "empty", nil, at(1)))
	p.ok("Keep", p.PutExpiring(ctx, "notice", "a", []byte("other"), at(1)))
	for range 2 {
		got, err := p.Unexpired(ctx, "link", "a", at(0))
		if p.ok("Kept", err); !bytes.Equal(got, body) {
			t.Errorf("kept %q", got)
		}
	}
	_, err = p.Unexpired(ctx, "link", "a", at(1))
	p.refused("Kept when it has expired", err, fault.NotFound)
	_, err = p.TakeUnexpired(ctx, "link", "a", at(1))
	p.refused("Take when it has expired", err, fault.NotFound)
	_, err = p.Unexpired(ctx, "link", "nul\x00", at(0))
	p.refused("Kept of nothing", err, fault.NotFound)
	p.stop()
	p.start()
	got, err := p.TakeUnexpired(ctx, "link", "a", at(0))
	if p.ok("Take", err); !bytes.Equal(got, body) {
		t.Errorf("taken %q", got)
	}
	_, err = p.TakeUnexpired(ctx, "link", "a", at(0))
	p.refused("Take again", err, fault.NotFound)
	got, err = p.TakeUnexpired(ctx, "link", "empty", at(0))
	if p.ok("Take", err); len(got) != 0 {
		t.Errorf("taken %q", got)
	}
	got, err = p.Unexpired(ctx, "notice", "a", at(0))
	if p.ok("Kept", err); string(got) != "other" {
		t.Errorf("of another kind: %q", got)
	}
	if after, err := p.Revision(ctx); err != nil || after != before {
		t.Errorf("revision %d, then %d, %v", before, after, err)
	}
}

func takeTogether(t *testing.T, p *place) {
	ctx := t.Context()
	p.ok("Keep", p.PutExpiring(ctx, "link", "a", []byte("x"), at(1)))
	var taken atomic.Int64
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			switch _, err := p.TakeUnexpired(ctx, "link", "a", at(0)); {
			case err == nil:
				taken.Add(1)
			case fault.KindOf(err) != fault.NotFound:
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := taken.Load(); n != 1 {
		t.Errorf("taken %d times", n)
	}
}

func trim(t *testing.T, p *place) {
	ctx := t.Context()
	for n := range 6 {
		p.ok("Keep", p.PutExpiring(ctx, "link", fmt.Sprint(n), nil, at(10+n)))
		p.ok("Keep", p.PutExpiring(ctx, "notice", fmt.Sprint(n), nil, at(10+n)))
	}
	left := func(kind string) (n int) {
		for i := range 6 {
			_, err := p.Unexpired(ctx, kind, fmt.Sprint(i), at(0))
			if err == nil {
				n++
			} else if i >= 2 && kind == "link" {
				t.Errorf("%s %d: %v", kind, i, err)
			}
		}
		return n
	}
	for range 2 {
		p.ok("Trim", p.TrimExpiring(ctx, "link", 4))
	}
	if a, b := left("link"), left("notice"); a != 4 || b != 6 {
		t.Errorf("%d and %d are left", a, b)
	}
	p.ok("Trim", p.TrimExpiring(ctx, "notice", 0))
	if n := left("notice"); n != 0 {
		t.Errorf("%d are left", n)
	}
	p.ok("Sweep", p.Sweep(ctx, at(13)))
	p.ok("Sweep", p.Sweep(ctx, at(13)))
	if _, err := p.Unexpired(ctx, "link", "3", at(0)); fault.KindOf(err) != fault.NotFound {
		t.Errorf("what has expired is still there: %v", err)
	}
	if _, err := p.Unexpired(ctx, "link", "4", at(0)); err != nil {
		t.Errorf("what has not expired: %v", err)
	}
}

func tries(t *testing.T, p *place) {
	ctx := t.Context()
	l := directory.TryLimit{Kind: "try", Most: 3, Within: time.Hour, Tracked: 20}
	try := func(want bool, now time.Time, keys ...string) {
		t.Helper()
		if got, err := p.Try(ctx, l, now, keys...); err != nil || got != want {
			t.Errorf("a try of %q is allowed: %t, %v; want %t", keys, got, err, want)
		}
	}
	start, later := at(0), at(0).Add(20*time.Minute)
	try(true, start, "account", "one")
	try(true, later, "account", "two")
	try(true, later, "account", "three")
	for range 3 { // what is refused counts for none
		try(false, later, "account", "four")
	}
	try(true, later, "four")
	try(false, at(1).Add(-time.Microsecond), "account")
	try(true, at(1), "account") // the first is an hour ago
	try(false, at(1), "account")
	try(true, at(2), "account")

	// Too many keys: memory is bounded, and nobody is locked out by it.
	for n := range 3 * l.Tracked {
		try(true, at(2), fmt.Sprint("address ", n))
	}
	left := 0
	for n := range 3 * l.Tracked {
		if _, err := p.Unexpired(ctx, l.Kind, fmt.Sprint("address ", n), at(2)); err == nil {
			left++
		}
	}
	if left > l.Tracked || left == 0 {
		t.Errorf("%d keys are remembered", left)
	}
}

func triesTogether(t *testing.T, p *place) {
	l := directory.TryLimit{Kind: "try", Most: 5, Within: time.Hour, Tracked: 100}
	if n := tryTogether(t, l, p.Directory); n != int64(l.Most) {
		t.Errorf("%d tries were allowed, want %d", n, l.Most)
	}
}

// tryTogether tries one key many times at once, and returns how often it may.
func tryTogether(t *testing.T, l directory.TryLimit, directories ...directory.Directory) int64 {
	var allowed atomic.Int64
	var wait sync.WaitGroup
	for n := range 20 {
		wait.Go(func() {
			keys := []string{"account", fmt.Sprint("address ", n)}
			if n%2 == 1 {
				keys[0], keys[1] = keys[1], keys[0]
			}
			ok, err := directories[n%len(directories)].Try(t.Context(), l, at(0), keys...)
			if err != nil {
				t.Error(err)
			}
			if ok {
				allowed.Add(1)
			}
		})
	}
	wait.Wait()
	return allowed.Load()
}

func sealed(t *testing.T, p *place) {
	ctx := t.Context()
	secret, body := "a random secret", []byte("what only its owner reads")
	p.ok("KeepSealed", directory.KeepSealed(ctx, p, "notice", secret, body, at(1)))
	stored, err := p.Unexpired(ctx, "notice", directory.SecretKey(secret), at(0))
	p.ok("Kept", err)
	if bytes.Contains(stored, body[:4]) || bytes.Contains(stored, []byte(secret)) {
		t.Errorf("the database has %q", stored)
	}
	for _, wrong := range []string{"", "a random secreT", directory.SecretKey(secret)} {
		_, err := directory.TakeSealed(ctx, p, "notice", wrong, at(0))
		p.refused("TakeSealed by another secret", err, fault.NotFound)
	}
	got, err := directory.TakeSealed(ctx, p, "notice", secret, at(0))
	if p.ok("TakeSealed", err); !bytes.Equal(got, body) {
		t.Errorf("taken %q", got)
	}
	_, err = directory.TakeSealed(ctx, p, "notice", secret, at(0))
	p.refused("TakeSealed again", err, fault.NotFound)
	for _, changed := range [][]byte{nil, stored[:5], append(bytes.Clone(stored[:len(stored)-1]), stored[len(stored)-1]^1)} {
		p.ok("Keep", p.PutExpiring(ctx, "notice", directory.SecretKey(secret), changed, at(1)))
		if _, err := directory.TakeSealed(ctx, p, "notice", secret, at(0)); err == nil {
			t.Errorf("what was changed to %q is opened", changed)
		}
	}
}

func uploads(t *testing.T, p *place) {
	ctx := t.Context()
	chunk := bytes.Repeat([]byte{0, 0xff, 7}, 100_000)
	const quota = 1000
	p.ok("ReserveUpload", p.ReserveUpload(ctx, "a", 600, quota, at(1)))
	p.refused("ReserveUpload of too much", p.ReserveUpload(ctx, "b", quota+1, quota, at(1)), fault.TooLarge)
	p.refused("ReserveUpload over the quota", p.ReserveUpload(ctx, "b", 401, quota, at(1)), fault.Unavailable)
	p.ok("ReserveUpload", p.ReserveUpload(ctx, "b", 400, quota, at(2)))
	for n := range 3 {
		p.ok("PutChunk", p.PutChunk(ctx, "a", n, append(bytes.Clone(chunk), byte(n))))
	}
	p.ok("PutChunk", p.PutChunk(ctx, "b", 0, []byte("b")))
	p.stop()
	p.start()
	for n := range 3 {
		got, err := p.ReadChunk(ctx, "a", n)
		if p.ok("Chunk", err); !bytes.Equal(got, append(bytes.Clone(chunk), byte(n))) {
			t.Errorf("chunk %d has %d bytes", n, len(got))
		}
	}
	for id, n := range map[string]int{"a": 3, "c": 0} {
		_, err := p.ReadChunk(ctx, id, n)
		p.refused("Chunk that is not there", err, fault.NotFound)
	}
	for range 2 {
		p.ok("RemoveUpload", p.RemoveUpload(ctx, "a"))
	}
	_, err := p.ReadChunk(ctx, "a", 0)
	p.refused("Chunk of a removed upload", err, fault.NotFound)
	p.ok("Sweep", p.Sweep(ctx, at(1)))
	_, err = p.ReadChunk(ctx, "b", 0)
	p.ok("Chunk", err)
	p.ok("Sweep", p.Sweep(ctx, at(2)))
	_, err = p.ReadChunk(ctx, "b", 0)
	p.refused("Chunk of an expired upload", err, fault.NotFound)
	p.ok("ReserveUpload", p.ReserveUpload(ctx, "c", quota, quota, at(3)))
}

// Replicas checks what several processes do with one database, which each of the
// directories is over.
func Replicas(t *testing.T, a, b directory.Directory) {
	l := directory.TryLimit{Kind: "try", Most: 5, Within: time.Hour, Tracked: 100}
	if n := tryTogether(t, l, a, b); n != int64(l.Most) {
		t.Errorf("%d tries were allowed, want %d", n, l.Most)
	}
	if err := directory.KeepSealed(t.Context(), a, "notice", "secret", []byte("body"), at(1)); err != nil {
		t.Fatal(err)
	}
	if got, err := directory.TakeSealed(t.Context(), b, "notice", "secret", at(0)); err != nil || string(got) != "body" {
		t.Errorf("the other process takes %q, %v", got, err)
	}
	if _, err := directory.TakeSealed(t.Context(), a, "notice", "secret", at(0)); fault.KindOf(err) != fault.NotFound {
		t.Errorf("taken twice: %v", err)
	}
}
