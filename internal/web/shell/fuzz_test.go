package shell

import (
	"net/url"
	"reflect"
	"testing"

	"codegauge/internal/day"
	"codegauge/internal/fault"
)

// FuzzState checks that any URL's query is a state or the reader's fault, that a
// state's URL is the same state, and that no change of a state breaks that.
func FuzzState(f *testing.F) {
	for _, q := range []string{
		"", "days=90&where=model%3Dgpt&where=model%3Dgpt&compare=1", "from=2026-05-01&to=2026-05-07&surface=cli&source=users", "definition=v1-wide&parity=1&split=initiator&scale=own&card=daily",
		"days=-1", "from=2026-05-01", "where=day%3D1", "where=%3D", "days=28&days=7&where=&where=%00%3D%ff", "where=model%3Da%3Db%26c%3Dd%23e%2F..%2F%3F",
	} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		s, err := ParseState("/p", "acme", q)
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid {
				t.Errorf("%q: %v is of kind %d", query, err, k)
			}
			return
		}
		for _, s := range []State{s, s.Effective(), s.GitHub(), s.Add("tool", "a=b&c"), s.Remove("model", ""), s.Between(day.Range{From: 20000, To: 20006})} {
			same(t, query, s)
		}
	})
}

func same(t *testing.T, query string, s State) {
	t.Helper()
	u, err := url.Parse(s.URL())
	if err != nil {
		t.Fatalf("%q: %v", query, err)
	}
	again, err := ParseState(u.Path, s.Enterprise, u.Query())
	if err != nil {
		t.Fatalf("%q has the URL %s, which is refused: %v", query, s.URL(), err)
	}
	if again.URL() != s.URL() || len(s.Where)+len(again.Where) > 0 && !reflect.DeepEqual(again.Where, s.Where) {
		t.Errorf("%q is %+v, its URL %+v", query, s, again)
	}
}
