package question_test

import (
	"fmt"
	"strings"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/intake"
	"codegauge/internal/question"
)

// TestExportable lists what is stored of a place, and what whoever asks may not take.
func TestExportable(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, `{"user_id":"1","user_login":"ann","day":"2026-11-02","loc_added_sum":5}`, `{"user_id":"1","user_login":"ann","day":"2026-11-05","loc_added_sum":5}`)
	w.Load(intake.Request{Enterprise: "acme", Tool: "claude-code"}, `{"user_id":"2","user_login":"bob","day":"2026-11-09","loc_added_sum":5}`)
	w.Load(intake.Request{Enterprise: "acme", Org: "pay"}, `{"organization_id":"7","user_id":"1","user_login":"ann","day":"2026-11-03","loc_added_sum":5}`)
	show := func(p question.Parameters, who *access.Principal) string {
		t.Helper()
		ctx := t.Context()
		if who != nil {
			ctx = access.With(ctx, who)
		}
		list, err := w.Exportable(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, x := range list {
			out = append(out, fmt.Sprintf("%s %s %v %t", x.Report, x.Days, x.Tools, x.Refused != nil))
		}
		return strings.Join(out, "\n")
	}
	acme, pay := question.Parameters{Enterprise: "acme"}, question.Parameters{Enterprise: "acme", Org: "pay"}
	if got, want := show(acme, nil), "users-1-day 2026-11-02 to 2026-11-09 [claude-code copilot] false"; got != want {
		t.Errorf("enterprise: got %s, want %s", got, want)
	}
	if got, want := show(pay, nil), "users-1-day 2026-11-03 [copilot] false"; got != want {
		t.Errorf("organization: got %s, want %s", got, want)
	}
	if got := show(acme, &access.Principal{Kind: access.Signed}); !strings.HasSuffix(got, "true") {
		t.Errorf("who may not view people: %s", got)
	}
	if _, err := w.Exportable(t.Context(), question.Parameters{Enterprise: "nobody"}); err == nil {
		t.Error("an enterprise that does not exist has records")
	}
}
