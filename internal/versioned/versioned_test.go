package versioned

import (
	"errors"
	"fmt"
	"sync"
	"testing"
)

// kept says which of the keys a, b and c are kept of the owners x and y as of a version.
func kept(c *Cache[string, string, int], version int64) (out string) {
	for _, of := range []string{"x", "y"} {
		for _, key := range []string{"a", "b", "c"} {
			if v, ok := c.Find(of, version, key); ok {
				out += fmt.Sprint(of, key, v, " ")
			}
		}
	}
	return out
}

func TestVersions(t *testing.T) {
	c := New[string, string, int](10, nil)
	c.Put("x", 1, "a", 1)
	c.Put("x", 1, "b", 2)
	c.Put("y", 1, "a", 3)
	c.Put("x", 1, "b", 4) // again
	for _, step := range []struct {
		name string
		do   func()
		want map[int64]string
	}{
		{"as kept", func() {}, map[int64]string{0: "", 1: "xa1 xb4 ya3 ", 2: ""}},
		{"a later version drops the owner's earlier", func() { c.Put("x", 2, "c", 5) }, map[int64]string{1: "ya3 ", 2: "xc5 "}},
		{"an earlier version is not kept", func() { c.Put("x", 1, "a", 6) }, map[int64]string{1: "ya3 ", 2: "xc5 "}},
	} {
		step.do()
		for version, want := range step.want {
			if got := kept(c, version); got != want {
				t.Errorf("%s, version %d: got %q, want %q", step.name, version, got, want)
			}
		}
	}
}

// TestLimit fills a cache of weight 5: what was replaced and what was dropped with its
// version weighs nothing any more, and what is too much drops the rest.
func TestLimit(t *testing.T) {
	c := New[string, string, int](5, func(v int) int { return v })
	for _, step := range []struct {
		of      string
		version int64
		key     string
		value   int
		want    string // as of version 2
	}{
		{"x", 1, "a", 4, ""},
		{"x", 2, "a", 2, "xa2 "},
		{"x", 2, "a", 3, "xa3 "},
		{"y", 2, "b", 2, "xa3 yb2 "},
		{"y", 2, "c", 1, "yc1 "},
		{"x", 2, "c", 4, "xc4 yc1 "},
		{"x", 2, "b", 9, "xb9 "}, // heavier than all there may be: alone
		{"x", 2, "a", 1, "xa1 "},
	} {
		c.Put(step.of, step.version, step.key, step.value)
		if got := kept(c, 2); got != step.want {
			t.Errorf("after %s %s %d: got %q, want %q", step.of, step.key, step.value, got, step.want)
		}
	}
}

func TestGet(t *testing.T) {
	c := New[string, string, int](5, nil)
	worked := 0
	work := func() (int, error) { worked++; return worked, nil }
	refuse := errors.New("refused")
	if _, err := c.Get("x", 1, "a", func() (int, error) { return 7, refuse }); err != refuse {
		t.Errorf("got %v", err)
	}
	for _, step := range []struct {
		version int64
		want    int
	}{{1, 1}, {1, 1}, {2, 2}, {1, 3}, {1, 4}, {2, 2}} { // as of version 1 nothing is kept any more
		if got, err := c.Get("x", step.version, "a", work); err != nil || got != step.want {
			t.Errorf("version %d: got %d, %v, want %d", step.version, got, err, step.want)
		}
	}
}

// TestTogether is for the race detector, and looks that no answer is of another version.
func TestTogether(t *testing.T) {
	c := New[int, int, int64](50, nil)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range int64(500) {
				if v, _ := c.Get(g%2, i/100, int(i%30), func() (int64, error) { return i / 100, nil }); v != i/100 {
					t.Errorf("version %d: got a value of version %d", i/100, v)
				}
			}
		})
	}
	all.Wait()
}
