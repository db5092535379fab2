package directorytest

import (
	"slices"
	"testing"

	"codegauge/internal/directory"
)

func audit(t *testing.T, p *place) {
	ctx := directory.WithActor(t.Context(), directory.PersonActor(7, "192.0.2.1"))
	acme := p.enterprise("acme")
	p.ok("SetPolicy", p.SetPolicy(ctx, acme.ID, directory.PolicyEnabled))
	p.ok("Record", p.Record(ctx, directory.Event{Enterprise: acme.ID, Action: "data.exported", Target: "a\nb", Subject: 3}))
	p.ok("Record", p.Record(ctx, directory.Event{Action: "signin.refused"}))

	log := func(f directory.AuditFilter) []string {
		list, err := p.AuditLog(ctx, f)
		p.ok("AuditLog", err)
		var out []string
		for _, e := range list {
			out = append(out, e.Action)
		}
		return out
	}
	for _, c := range []struct {
		filter directory.AuditFilter
		want   []string
	}{
		{directory.AuditFilter{Enterprise: acme.ID}, []string{"data.exported", "policy.set", "enterprise.created"}},
		{directory.AuditFilter{}, []string{"signin.refused"}},
		{directory.AuditFilter{All: true, Limit: 2}, []string{"signin.refused", "data.exported"}},
		{directory.AuditFilter{All: true, Action: "policy."}, []string{"policy.set"}},
		{directory.AuditFilter{All: true, Action: "polic"}, nil},
		{directory.AuditFilter{All: true, Subject: 3}, []string{"data.exported"}},
		{directory.AuditFilter{Enterprise: acme.ID, Person: 7}, []string{"data.exported", "policy.set"}},
		{directory.AuditFilter{All: true, About: 3}, []string{"data.exported"}},
		{directory.AuditFilter{All: true, About: 7}, []string{"signin.refused", "data.exported", "policy.set"}},
		{directory.AuditFilter{All: true, Before: 2}, []string{"enterprise.created"}},
	} {
		if got := log(c.filter); !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.filter, got, c.want)
		}
	}
	list, err := p.AuditLog(ctx, directory.AuditFilter{All: true, Action: "policy.set"})
	p.ok("AuditLog", err)
	if e := list[0]; e.Name != "person 7" || e.Address != "192.0.2.1" || e.Detail != "unconfigured → enabled" {
		t.Errorf("entry %+v", e)
	}
	check, err := p.VerifyAudit(ctx)
	p.ok("VerifyAudit", err)
	if check.Entries != 4 || check.Broken != 0 || check.Head == "" {
		t.Errorf("check %+v", check)
	}
	// It is there after a restart, and goes on.
	p.stop()
	p.start()
	p.ok("Record", p.Record(ctx, directory.Event{Action: "x"}))
	if check, err = p.VerifyAudit(ctx); err != nil || check.Entries != 5 || check.Broken != 0 {
		t.Errorf("check %+v, %v", check, err)
	}
	// What belongs to an enterprise goes with it, the log of it does not.
	p.ok("Remove", p.Remove(ctx, acme.ID))
	if got := log(directory.AuditFilter{Enterprise: acme.ID}); len(got) != 4 || got[0] != "enterprise.removed" {
		t.Errorf("log of a removed enterprise: %v", got)
	}
}
