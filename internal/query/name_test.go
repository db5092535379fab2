package query

import "testing"

// TestUserName: what users are called names them, and nobody else.
func TestUserName(t *testing.T) {
	for _, c := range []struct {
		id, login string
		shared    bool
		want      string
	}{
		{"7", "ann", false, "ann"},
		{"7", "ann", true, "ann (id:7)"},
		{"7", "", true, "7"},
		{"", "ann", true, "ann"}, // of a list of seats without ids
		{"a (id:b)", "ann", true, "ann (id:a (id:b))"},
	} {
		name := UserName(c.id, c.login, c.shared)
		if name != c.want || !ParseName(name).Matches(c.id, c.login) || c.shared && c.id != "" && ParseName(name).Matches("other", c.login) {
			t.Errorf("%+v is called %q, which names %+v", c, name, ParseName(name))
		}
	}
}

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
		{"ann (id:7)", "7", "ben", true},
		{"ann (id:7)", "8", "ann", false},
		{"ann (id:a)b)", "a)b", "", true},
		{"", "7", "", false},
		{"login:", "7", "", false},
	} {
		if got := ParseName(c.word).Matches(c.id, c.login); got != c.want {
			t.Errorf("%q names id %q, login %q: %v, want %v", c.word, c.id, c.login, got, c.want)
		}
	}
}
