package admin

import (
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/fault"
)

func TestErase(t *testing.T) {
	w := newTown(t)
	acme := access.Words{Enterprise: "acme"}
	if done, err := w.Erase(w.operator(), EraseRequest{Words: acme, Users: []string{"ann"}}); err != nil || done.Pseudonym != "p of ann" {
		t.Errorf("%+v, %v", done, err)
	}
	for name, c := range map[string]struct {
		email string
		r     EraseRequest
		want  fault.Kind
	}{
		"another enterprise's owner":   {"owner@globex.example", EraseRequest{Words: acme, Users: []string{"ann"}}, fault.NotFound},
		"an owner of one organization": {"web@acme.example", EraseRequest{Words: acme, Users: []string{"ann"}}, fault.NotFound},
		"nobody":                       {"owner@acme.example", EraseRequest{Words: acme}, fault.Invalid},
		"an empty name":                {"owner@acme.example", EraseRequest{Words: acme, Users: []string{""}}, fault.Invalid},
	} {
		if _, err := w.Erase(w.as(c.email), c.r); fault.KindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
