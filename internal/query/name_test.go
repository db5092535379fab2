package query

import "testing"

func TestName(t *testing.T) {
	for _, c := range []struct {
		word, id, login string
		want            bool
	}{
		{"7", "7", "ann", true},
		{"ann", "7", "Ann", true},
		{"ANN", "7", "ann", true},
		{"x9", "X9", "ann", false},
		{"id:7", "7", "ann", true},
		{"id:7", "8", "7", false},
		{"login:7", "7", "ann", false},
		{"login:7", "8", "7", true},
		{"", "7", "", false},
		{"login:", "7", "", false},
	} {
		if got := ParseName(c.word).Matches(c.id, c.login); got != c.want {
			t.Errorf("%q names id %q, login %q: %v, want %v", c.word, c.id, c.login, got, c.want)
		}
	}
}
