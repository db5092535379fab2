package directorytest

import (
	"strings"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"

	gocmp "github.com/google/go-cmp/cmp"
)

// source makes a source.
func (p *place) source(e directory.Entity, name string) directory.Source {
	p.t.Helper()
	s, err := p.PutSource(p.t.Context(), directory.Source{Enterprise: e.ID, Name: name, Kind: "github", BaseURL: "https://api.github.com",
		Slug: e.Slug, Orgs: []string{"pay", "web"}, AllowHosts: []string{"mirror.example"}, Created: at(0)})
	p.ok("PutSource", err)
	return s
}

func sources(t *testing.T, p *place) {
	ctx := t.Context()
	acme, other := p.enterprise("acme"), p.enterprise("other")
	s := p.source(acme, "github")
	theirs := p.source(other, "github") // a name is the enterprise's own
	_, err := p.PutSource(ctx, directory.Source{Enterprise: acme.ID, Name: "github", Created: at(0)})
	p.refused("PutSource of a name that is taken", err, fault.Conflict)
	_, err = p.PutSource(ctx, directory.Source{Enterprise: acme.ID, Organization: p.organization(other, "far").ID, Name: "far", Created: at(0)})
	p.refused("PutSource of another enterprise's organization", err, fault.NotFound)

	p.ok("PutSourceCredential", p.PutSourceCredential(ctx, directory.SourceCredential{Source: s.ID, Name: "one", Kind: "token", Sealed: []byte{0, 1}, Created: at(0)}))
	second := directory.SourceCredential{Source: s.ID, Name: "one", Kind: "GitHub App", Sealed: []byte{2, 255}, Created: at(1)}
	p.ok("PutSourceCredential", p.PutSourceCredential(ctx, second))
	got, err := p.SourceCredentials(ctx, s.ID)
	p.ok("SourceCredentials", err)
	if diff := gocmp.Diff([]directory.SourceCredential{second}, got); diff != "" {
		t.Errorf("credentials (-want +got):\n%s", diff)
	}
	p.refused("RemoveSourceCredential of none", p.RemoveSourceCredential(ctx, s.ID, "two"), fault.NotFound)

	if state, err := p.SourceState(ctx, s.ID); err != nil || !state.Next.IsZero() || state.Body != nil {
		t.Errorf("a new source's state = %+v, %v", state, err)
	}
	p.ok("PutSourceState", p.PutSourceState(ctx, s.ID, directory.SourceState{Next: at(2), Body: []byte(`{"x":1}`)}))
	p.ok("PlanSource", p.PlanSource(ctx, theirs.ID, at(5)))
	alert := directory.SourceAlert{Source: s.ID, Channel: "mail", Status: "late", Sent: at(1), Error: "refused", Failures: 2, Next: at(3)}
	p.ok("PutSourceAlert", p.PutSourceAlert(ctx, directory.SourceAlert{Source: s.ID, Channel: "mail"}))
	p.ok("PutSourceAlert", p.PutSourceAlert(ctx, alert))
	p.ok("PutSourceAlert of a removed source", p.PutSourceAlert(ctx, directory.SourceAlert{Source: 999, Channel: "mail"}))
	alerts, err := p.SourceAlerts(ctx, s.ID)
	p.ok("SourceAlerts", err)
	if diff := gocmp.Diff([]directory.SourceAlert{alert}, alerts); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
	due := func(when time.Time, want ...int64) {
		t.Helper()
		got, err := p.SourcesDue(ctx, when)
		p.ok("SourcesDue", err)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("due at %s (-want +got):\n%s", when, diff)
		}
	}
	due(at(1))
	due(at(2), s.ID)
	due(at(6), s.ID, theirs.ID)
	s.Paused, s.Orgs = true, nil
	_, err = p.PutSource(ctx, s)
	p.ok("PutSource", err)
	due(at(6), theirs.ID)
	list, err := p.Sources(ctx, acme.ID)
	p.ok("Sources", err)
	if len(list) != 1 || !list[0].Paused || len(list[0].Orgs) != 0 || list[0].AllowHosts[0] != "mirror.example" {
		t.Errorf("sources = %+v", list)
	}
	p.ok("RemoveSource", p.RemoveSource(ctx, s.ID))
	p.refused("SourceState of a removed source", ignore(p.SourceState(ctx, s.ID)), fault.NotFound)
	if all, err := p.Sources(ctx, 0); err != nil || len(all) != 1 || all[0].ID != theirs.ID {
		t.Errorf("sources of all = %+v, %v", all, err)
	}
	var did []string
	log, err := p.AuditLog(ctx, directory.AuditFilter{Enterprise: acme.ID, Action: "source."})
	p.ok("AuditLog", err)
	for _, e := range log {
		did = append(did, e.Action)
	}
	if got, want := strings.Join(did, " "), "source.removed source.paused source.credential.added source.credential.added source.added"; got != want {
		t.Errorf("audit log = %s, want %s", got, want)
	}
}

func ignore[T any](_ T, err error) error { return err }

func sourceFetches(t *testing.T, p *place) {
	ctx := t.Context()
	s := p.source(p.enterprise("acme"), "github")
	one := directory.SourceFetch{Org: "pay", Report: "users-1-day", Day: day.Day(20400), Hash: "abc", First: at(0), Last: at(1), Same: 1}
	two := directory.SourceFetch{Report: "repos-1-day", Day: day.Day(20399), First: at(1), Last: at(1), Asked: 1}
	p.ok("PutSourceFetches", p.PutSourceFetches(ctx, s.ID, []directory.SourceFetch{one, two}))
	one.Hash, one.Last, one.Same = "def", at(2), 0
	p.ok("PutSourceFetches", p.PutSourceFetches(ctx, s.ID, []directory.SourceFetch{one}))
	got, err := p.SourceFetches(ctx, s.ID)
	p.ok("SourceFetches", err)
	if diff := gocmp.Diff([]directory.SourceFetch{two, one}, got); diff != "" {
		t.Errorf("fetches (-want +got):\n%s", diff)
	}
	p.ok("RemoveSource", p.RemoveSource(ctx, s.ID))
	p.refused("PutSourceFetches of a removed source", p.PutSourceFetches(ctx, s.ID, []directory.SourceFetch{one}), fault.NotFound)
}

func rosters(t *testing.T, p *place) {
	ctx := t.Context()
	acme := p.enterprise("acme")
	pay := p.organization(acme, "pay")
	if asOf, list, err := p.Roster(ctx, pay.ID); err != nil || !asOf.IsZero() || list != nil {
		t.Errorf("no roster = %s, %v, %v", asOf, list, err)
	}
	both := []directory.Member{{UserID: "1", Login: "ann"}, {UserID: "2", Login: "ben"}}
	put := func(when time.Time, list []directory.Member) {
		t.Helper()
		p.ok("PutRoster", p.PutRoster(ctx, pay.ID, when, list))
	}
	want := func(when time.Time, want ...directory.Member) {
		t.Helper()
		asOf, got, err := p.Roster(ctx, pay.ID)
		p.ok("Roster", err)
		if diff := gocmp.Diff(want, got); diff != "" || !asOf.Equal(when) {
			t.Errorf("roster of %s, want %s (-want +got):\n%s", asOf, when, diff)
		}
	}
	put(at(0), append(both, both[0])) // a page may repeat the end of the one before
	want(at(0), both...)
	p.ok("Erase", p.Erase(ctx, directory.Erasure{Enterprise: acme.ID, Pseudonym: "person-of-old", Identities: []directory.Identity{{UserID: "1", Login: "ann"}}}))
	want(at(0), both[1])
	put(at(1), both) // who was erased does not come back
	want(at(1), both[1])
	put(at(2), nil)
	want(at(2))
}
