package shell

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codegauge/internal/day"
	"codegauge/internal/fault"
)

func parse(t *testing.T, query string) (State, error) {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return ParseState("/p", "acme", q)
}

func TestStateIsItsURL(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "/p"},
		{"days=28&definition=v1-strict&source=auto&utm=1", "/p"},
		{"days=90", "/p?days=90"},
		{"from=2026-11-01&to=2026-11-20&days=7", "/p?from=2026-11-01&to=2026-11-20"},
		{"where=&where=model%3Dgpt-5&where=model%3Dgpt-5", "/p?where=model%3Dgpt-5"},
		{"surface=cli", "/p?where=surface%3Dcli"},
		{"page=3&sort=name", "/p?page=3&sort=name"},
		{"page=1", "/p"},
		{"q=+core+&page=2", "/p?page=2&q=core"},
		{"page=x", "/p"},
		{"compare=1&parity=1&split=initiator&scale=own&card=daily&definition=v1-wide", "/p?card=daily&compare=1&definition=v1-wide&parity=1&scale=own&split=initiator"},
	} {
		s, err := parse(t, c.in)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		if got := s.URL(); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestStateRefuses(t *testing.T) {
	for _, in := range []string{"days=0", "days=x", "days=99999", "from=2026-11-01", "from=2026-11-20&to=2026-11-01", "from=1&to=2",
		"where=day%3D2026-11-01", "where=model", "where=nonsense%3D1", "definition=v9"} {
		if _, err := parse(t, in); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: got error %v, want a fault.Invalid", in, err)
		}
	}
}

func TestStateChangesAreCopies(t *testing.T) {
	s, err := parse(t, "where=model%3Da&where=tool%3Dcursor")
	if err != nil {
		t.Fatal(err)
	}
	before := s.URL()
	s.Add("model", "b")
	s.Remove("tool", "")
	s.GitHub()
	if got := s.URL(); got != before {
		t.Errorf("state changed: got %q, want %q", got, before)
	}
	if s.TablePage = 3; s.Add("model", "b").TablePage != 0 {
		t.Error("a change leads to a later page of the rows")
	}
	want := []Condition{{"model", "a"}, {"tool", "copilot"}, {"surface", "ide"}}
	if diff := cmp.Diff(want, s.GitHub().Where); diff != "" {
		t.Errorf("GitHub() (-want +got):\n%s", diff)
	}
}

// TestLinksSayWhatTheyAreOf keeps what a link was made at in that link alone.
func TestLinksSayWhatTheyAreOf(t *testing.T) {
	const link = "/x?data=41&days=90&defined=v1-strict.1f2e3d4c"
	q, _ := url.ParseQuery(strings.TrimPrefix(link, "/x?"))
	s, err := ParseState("/x", "acme", q)
	if err != nil || s.URL() != link {
		t.Errorf("%s became %s, %v", link, s.URL(), err)
	}
	for _, other := range []State{s.Last(7), s.Add("tool", "copilot"), s.Remove("tool", ""), s.At("/y"), s.Between(day.Range{From: 20000, To: 20006})} {
		if u := other.URL(); strings.Contains(u, "data=") || strings.Contains(u, "defined=") {
			t.Errorf("%s is said to be of version 41", u)
		}
	}
	for _, version := range []string{"x", "0", "-1", "1.5"} {
		if _, err := ParseState("/x", "acme", url.Values{"data": {version}}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("data=%s: %v", version, err)
		}
	}
}
