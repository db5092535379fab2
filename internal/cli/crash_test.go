package cli

import (
	"io"
	"testing"

	"codegauge/internal/config"
	"codegauge/internal/directory"
	"codegauge/internal/intake"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/sample"
)

// TestLinksAfterCrash links people in the directory alone, as a crash before the
// store follows would leave them: the next opening makes up for it.
func TestLinksAfterCrash(t *testing.T) {
	a := &app{ctx: t.Context(), cfg: &config.Config{Data: t.TempDir()}}
	open := func() *stores {
		s, err := a.openStores(t.Context(), storeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	_, err := s.Import(t.Context(), intake.Request{Enterprise: "acme", Inputs: inputs([]sample.File{{Name: "users.ndjson", Write: func(w io.Writer) error {
		_, err := io.WriteString(w, `{"user_id":1,"day":"2026-05-01","loc_added_sum":1}
{"user_id":"dev@x","tool":"cursor","day":"2026-05-01","loc_added_sum":1}
`)
		return err
	}}})})
	if err != nil {
		t.Fatal(err)
	}
	active := func() any {
		answer, err := s.Query(t.Context(), question.Parameters{Enterprise: "acme", Measures: []string{"active_users"}, From: "2026-05-01", To: "2026-05-01"})
		if err != nil {
			t.Fatal(err)
		}
		return answer.Rows[0][0]
	}
	p, err := s.directory.PutPerson(t.Context(), directory.Person{Enterprise: 1, Name: "Ann"})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []directory.Identity{{Tool: metric.Copilot, UserID: "1"}, {Tool: "cursor", UserID: "dev@x"}} {
		i.Enterprise, i.Person, i.How = 1, p.ID, directory.LinkedByHand
		if err := s.directory.Link(t.Context(), []directory.Identity{i}); err != nil {
			t.Fatal(err)
		}
	}
	if got := active(); got != int64(2) {
		t.Errorf("before the restart %v are active, want 2", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer s.Close()
	if got := active(); got != int64(1) {
		t.Errorf("after the restart %v are active, want 1", got)
	}
}
