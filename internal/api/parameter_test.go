package api

import (
	"net/http/httptest"
	"net/url"
	"reflect"
	"testing"

	"codegauge/internal/fault"
)

// FuzzWords checks that any query string is read or refused as the caller's
// fault, and that what is read survives the way of the command line to a server.
func FuzzWords(f *testing.F) {
	f.Add("measures=a,b&measures=c&by=day&where=model=x,y&where=z&days=7&compare&enterprise=acme")
	f.Add("from=2026-05-01&to=%00&where=&compare=0&days=07")
	f.Fuzz(func(t *testing.T, raw string) {
		r := httptest.NewRequest("GET", "/api/v1/query", nil)
		r.URL.RawQuery = raw
		values, err := parameters(r, queryParameters())
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Errorf("%q: %v", raw, err)
			}
			return
		}
		w, err := words(values)
		if err != nil {
			return
		}
		sent, err := url.ParseQuery(Values(w).Encode())
		if err != nil {
			t.Fatal(err)
		}
		got, err := words(sent)
		if err != nil || !reflect.DeepEqual(got, w) {
			t.Errorf("%q: got %+v, want %+v, %v", raw, got, w, err)
		}
	})
}
