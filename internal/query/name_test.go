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
		if name != c.want || !ParseName(name).Matches("", c.id, c.login) || c.shared && c.id != "" && ParseName(name).Matches("", "other", c.login) {
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
		if got := ParseName(c.word).Matches("", c.id, c.login); got != c.want {
			t.Errorf("%q names id %q, login %q: %v, want %v", c.word, c.id, c.login, got, c.want)
		}
	}
	for _, c := range []struct {
		word, tool, id string
		want           bool
	}{
		{"id:7", "cursor", "7", true},
		{"id:7 in cursor", "cursor", "7", true},
		{"id:7 in cursor", "", "7", false}, // GitHub's
		{"id:7 in cursor", "copilot", "7", false},
		{"id:7 in copilot", "", "7", true},
		{"id:7 in copilot", "copilot", "7", true},
		{"id:7 in copilot", "cursor", "7", false},
		{"id:7 in copilot", "copilot", "8", false},
		{"id:a in b in cursor", "cursor", "a in b", true},
		{"id:Bob in sales", "cursor", "Bob in sales", true}, // no tool
		{"id: in cursor", "cursor", " in cursor", true},
	} {
		if got := ParseName(c.word).Matches(c.tool, c.id, ""); got != c.want {
			t.Errorf("%q names id %q of %q: %v, want %v", c.word, c.id, c.tool, got, c.want)
		}
	}
	for _, tool := range []string{"", "cursor", "My \"Tool\".v2"} {
		if word := IDWithin(tool, "7"); !ParseName(word).Matches(tool, "7", "") || tool != "" && ParseName(word).Matches("cline", "7", "") {
			t.Errorf("%q", word)
		}
	}
}
