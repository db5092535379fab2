package admin

import (
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/fault"
)

func TestRetain(t *testing.T) {
	w := newTown(t)
	done, err := w.Retain(w.operator(), RetainRequest{})
	if err != nil || len(done) != 2 || done[0].Count != 1 || done[1].Count != 0 {
		t.Errorf("%+v, %v", done, err)
	}
	if _, err := w.Retain(w.as("owner@globex.example"), RetainRequest{ScopeNames: access.ScopeNames{Enterprise: "acme"}}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a stranger: %v", err)
	}
	if _, err := w.Retain(w.as("web@acme.example"), RetainRequest{ScopeNames: access.ScopeNames{Enterprise: "acme"}}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("who manages a part: %v", err)
	}
	if _, err := w.Retain(w.operator(), RetainRequest{DryRun: true}); err != nil {
		t.Error(err)
	}
	entries, err := w.Audit(w.operator(), AuditRequest{ScopeNames: access.ScopeNames{Enterprise: "acme"}, Action: "privacy.retain"})
	if err != nil || len(entries) != 1 {
		t.Errorf("audit: %+v, %v", entries, err)
	}
}
