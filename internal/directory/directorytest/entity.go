package directorytest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

func reserve(t *testing.T, p *place) {
	p.want()
	a, b := p.reserve(), p.reserve()
	if a < 1 || b < 1 || a == b {
		t.Errorf("Reserve = %d, then %d; want two numbers above 0", a, b)
	}
	p.want()
}

func reserveTogether(t *testing.T, p *place) {
	const goroutines, each = 8, 20
	total := 0
	var (
		wait sync.WaitGroup
		mu   sync.Mutex
		seen = map[int64]bool{}
	)
	for range goroutines {
		wait.Go(func() {
			for n := 1; n <= each; n++ {
				first, err := p.Reserve(t.Context(), n)
				if err != nil {
					t.Errorf("Reserve(%d): %v", n, err)
					return
				}
				mu.Lock()
				total += n
				for id := first; id < first+int64(n); id++ {
					if seen[id] {
						t.Errorf("Reserve gave %d twice", id)
					}
					seen[id] = true
				}
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	if len(seen) != total {
		t.Errorf("%d numbers, want %d", len(seen), total)
	}
	if _, err := p.Reserve(t.Context(), 0); err == nil {
		t.Error("Reserve(0) = nil, want an error")
	}
}

func reserveIsNotUndone(t *testing.T, p *place) {
	e := p.enterprise("acme")
	if err := p.Remove(t.Context(), e.ID); err != nil {
		t.Fatal(err)
	}
	p.stop()
	p.start()
	if id := p.reserve(); id <= e.ID {
		t.Errorf("Reserve = %d after %d was removed", id, e.ID)
	}
}

func put(t *testing.T, p *place) {
	acme := p.enterprise("acme", "83", "E_83")
	platform := p.organization(acme, "acme-platform", "1001")
	nameless := p.organization(acme, "", "1002")
	infra := p.team(platform, "infra", "5")
	security := p.team(acme, "security")
	p.want(acme, platform, nameless, infra, security)
}

func putParentsInAnyOrder(t *testing.T, p *place) {
	id := p.reserve()
	acme := directory.Entity{ID: id, Kind: directory.Enterprise, Enterprise: id, Slug: "acme", Created: at(0)}
	team := directory.Entity{ID: p.reserve(), Kind: directory.Team, Enterprise: id, Slug: "infra", Created: at(0)}
	org := p.newOrganization(acme, "acme-platform")
	team.Organization = org.ID
	p.put(team, org, acme)
	p.want(acme, team, org)
}

func putUpdates(t *testing.T, p *place) {
	acme := p.enterprise("", "83")
	change := directory.Entity{ID: acme.ID, Kind: directory.Enterprise, Enterprise: acme.ID, Aliases: []string{"84", "83", "84"}}
	p.put(change)
	acme.Aliases = []string{"83", "84"}
	p.want(acme)

	change = directory.Entity{ID: acme.ID, Kind: directory.Enterprise, Enterprise: acme.ID, Slug: "acme", Name: "Acme Ltd", Created: at(99)}
	p.put(change)
	acme.Slug, acme.Name = "acme", "Acme Ltd"
	p.want(acme)

	change.Slug, change.Name = "", ""
	p.put(change)
	p.want(acme)

	change.Slug, change.Name, change.Aliases = "acme-2", "Acme, Inc.", []string{"85"}
	p.put(change)
	acme.Slug, acme.Name, acme.Aliases = "acme-2", "Acme, Inc.", []string{"83", "84", "85"}
	p.want(acme)
	p.enterprise("acme") // the old slug is free
}

func putSwapsSlugs(t *testing.T, p *place) {
	acme := p.enterprise("acme")
	a, b := p.organization(acme, "a"), p.organization(acme, "b")
	a.Slug, b.Slug = "b", "a"
	p.put(a, b)
	p.want(acme, a, b)
}

func putNothing(t *testing.T, p *place) {
	p.put()
	acme := p.enterprise("acme", "83")
	p.put(acme)
	p.want(acme)
}

func putAllOrNone(t *testing.T, p *place) {
	acme := p.enterprise("acme")
	p.organization(acme, "platform")
	fine, clash := p.newOrganization(acme, "research"), p.newOrganization(acme, "platform")
	p.refuse(fault.Conflict, fine, clash)
	p.put(fine)
}

func putTogether(t *testing.T, p *place) {
	acme := p.enterprise("acme")
	want := []directory.Entity{acme}
	for i := range 20 {
		want = append(want, p.newOrganization(acme, fmt.Sprint("org", i), fmt.Sprint(1000+i)))
	}
	var wait sync.WaitGroup
	for _, e := range want[1:] {
		wait.Go(func() {
			if err := p.Put(t.Context(), []directory.Entity{e}); err != nil {
				t.Errorf("Put: %v", err)
			}
			if _, err := p.Entities(t.Context()); err != nil {
				t.Errorf("Entities: %v", err)
			}
		})
	}
	wait.Wait()
	p.want(want...)
}

func slugs(t *testing.T, p *place) {
	for _, slug := range []string{"a", "7", "acme-2", "Acme", "octo_acme", "a.b", "a--b", strings.Repeat("a", 100)} {
		p.enterprise(slug)
	}
	for _, slug := range []string{"-a", "a-", ".", "a b", "a/b", "ä", "a\n", "_a", strings.Repeat("a", 101), "\u212a"} {
		id := p.reserve()
		p.refuse(fault.Invalid, directory.Entity{ID: id, Kind: directory.Enterprise, Enterprise: id, Slug: slug})
	}
}

func refused(t *testing.T, p *place) {
	acme, other := p.enterprise("acme"), p.enterprise("other")
	org, theirs := p.organization(acme, "platform"), p.organization(other, "theirs")
	team := p.team(org, "infra")
	id := p.reserve()
	for _, e := range []directory.Entity{
		{ID: 0, Kind: directory.Enterprise, Slug: "x"},
		{ID: -1, Kind: directory.Enterprise, Enterprise: -1, Slug: "x"},
		{ID: id + 1, Kind: directory.Enterprise, Enterprise: id + 1, Slug: "x"}, // not reserved
		{ID: id, Kind: "", Enterprise: id, Slug: "x"},
		{ID: id, Kind: "user", Enterprise: id, Slug: "x"},
		{ID: id, Kind: directory.Enterprise, Enterprise: acme.ID, Slug: "x"},
		{ID: id, Kind: directory.Enterprise, Enterprise: id, Organization: org.ID, Slug: "x"},
		{ID: id, Kind: directory.Organization, Enterprise: id, Slug: "x"},
		{ID: id, Kind: directory.Organization, Enterprise: id + 1, Slug: "x"}, // no such enterprise
		{ID: id, Kind: directory.Organization, Enterprise: org.ID, Slug: "x"}, // an organization
		{ID: id, Kind: directory.Team, Enterprise: acme.ID, Organization: id + 1, Slug: "x"},
		{ID: id, Kind: directory.Team, Enterprise: acme.ID, Organization: team.ID, Slug: "x"},
		{ID: id, Kind: directory.Team, Enterprise: acme.ID, Organization: theirs.ID, Slug: "x"},
		{ID: id, Kind: directory.Enterprise, Enterprise: id, Aliases: []string{"83", ""}},
	} {
		p.refuse(fault.Invalid, e)
	}
	moved := org
	moved.Enterprise = other.ID
	p.refuse(fault.Conflict, moved)
}

func conflicts(t *testing.T, p *place) {
	acme := p.enterprise("acme", "83")
	platform := p.organization(acme, "platform", "1001")
	research := p.organization(acme, "research")
	p.team(platform, "infra", "5")
	p.team(acme, "security", "6")

	id := p.reserve()
	p.refuse(fault.Conflict, directory.Entity{ID: id, Kind: directory.Enterprise, Enterprise: id, Slug: "acme"})
	p.refuse(fault.Conflict, directory.Entity{ID: id, Kind: directory.Enterprise, Enterprise: id, Slug: "ACME"})
	p.refuse(fault.Conflict, p.newOrganization(acme, "platform"))
	p.refuse(fault.Conflict, p.newOrganization(acme, "Platform"))
	p.refuse(fault.Conflict, p.newOrganization(acme, "new", "1001"))
	p.refuse(fault.Conflict, p.newOrganization(acme, "1001"))
	p.refuse(fault.Conflict, p.newOrganization(acme, "new", "platform"))
	p.refuse(fault.Conflict, p.newOrganization(acme, "new"), p.newOrganization(acme, "new"))
	p.refuse(fault.Conflict, p.newOrganization(acme, "", "7"), p.newOrganization(acme, "", "7"))
	p.refuse(fault.Conflict, p.newTeam(platform, "infra"))
	p.refuse(fault.Conflict, p.newTeam(platform, "new", "5"))
	p.refuse(fault.Conflict, p.newTeam(acme, "security"))

	research.Slug = "platform"
	err := p.refuse(fault.Conflict, research)
	for _, id := range []int64{platform.ID, research.ID} {
		if err == nil || !strings.Contains(err.Error(), fmt.Sprint(id)) {
			t.Errorf("%v does not name entity %d", err, id)
		}
	}
}

func noConflicts(t *testing.T, p *place) {
	acme, other := p.enterprise("acme", "83"), p.enterprise("other", "83") // told apart by slug
	a, b := p.organization(acme, "acme", "83"), p.organization(other, "acme", "83")
	c := p.organization(acme, "1", "node_x", "NODE_X", "1") // ids in either case; slug and id alike
	d, e, f := p.team(a, "infra", "5"), p.team(b, "infra", "5"), p.team(c, "infra", "5")
	g := p.team(acme, "infra", "5")
	p.want(acme, other, a, b, c, d, e, f, g)
}

func remove(t *testing.T, p *place) {
	acme, other := p.enterprise("acme", "83"), p.enterprise("other", "84")
	org := p.organization(acme, "platform", "1001")
	p.team(org, "infra", "5")
	p.team(acme, "security", "6")
	kept := p.organization(other, "platform", "1001")
	if err := p.Remove(t.Context(), acme.ID); err != nil {
		t.Fatalf("Remove: %v", err)
	}
	p.want(other, kept)
	again := p.enterprise("acme", "83")
	p.want(other, kept, again)
}

func removeOrganization(t *testing.T, p *place) {
	acme := p.enterprise("acme")
	a, b := p.organization(acme, "a"), p.organization(acme, "b")
	p.team(a, "infra")
	kept, of := p.team(b, "infra"), p.team(acme, "infra")
	if err := p.Remove(t.Context(), a.ID); err != nil {
		t.Fatalf("Remove: %v", err)
	}
	p.want(acme, b, kept, of)
}

func removeUnknown(t *testing.T, p *place) {
	err := p.Remove(t.Context(), p.reserve())
	if got := fault.KindOf(err); err == nil || got != fault.NotFound {
		t.Errorf("Remove = %v (kind %d), want not found", err, got)
	}
}

func reopen(t *testing.T, p *place) {
	acme := p.enterprise("acme", "83", "84")
	org := p.organization(acme, "platform")
	now := p.newOrganization(acme, "undated")
	now.Created = time.Time{}
	p.put(now)
	s := seat("1", "ada", 0)
	p.putSeats(acme.ID, org.ID, at(0), s)
	before := p.entities()
	p.stop()
	p.start()
	now.Created = before[2].Created
	if since := time.Since(now.Created); since < 0 || since > time.Hour {
		t.Errorf("an entity without a time was created at %s", now.Created)
	}
	p.want(acme, org, now)
	s.Organization = org.ID
	p.wantSeats(acme.ID, 0, s)
}

func ping(t *testing.T, p *place) {
	if err := p.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
}

// oddTexts puts what reports can hold and some databases cannot, wherever texts of
// reports go: they come back as they were, and are told apart.
func oddTexts(t *testing.T, p *place) {
	ctx := t.Context()
	odd := []string{"nul\x00", "nul\x00\x00", "byte\xff", "byte\xfe", "\x01", "\x016e756c00", "ö", "\uFFFD"}
	acme := p.enterprise("acme", odd...)
	acme.Name = odd[0] + odd[2]
	p.put(acme)
	p.want(acme)
	ann := p.person(acme, "ann@acme.example")
	var list []directory.Seat
	for _, s := range odd {
		list = append(list, directory.Seat{UserID: s, Login: s, Team: s, Plan: s, LastEditor: s, Body: []byte(s)})
		p.ok("Link", p.Link(ctx, []directory.Identity{{Enterprise: acme.ID, Tool: s, UserID: s, Login: s, Person: ann.ID, How: directory.LinkedByHand}}))
		p.ok("BindLogin", p.BindLogin(ctx, ann.ID, s, s))
		who, err := p.PersonByLogin(ctx, s, s)
		if p.ok("PersonByLogin", err); who.ID != ann.ID {
			t.Errorf("%q is person %d", s, who.ID)
		}
		_, err = p.PersonByEmail(ctx, s)
		p.refused("PersonByEmail", err, fault.NotFound)
		_, err = p.CreateToken(ctx, directory.Token{Enterprise: acme.ID, UserID: s, Name: s, Created: at(0), Expires: at(1)}, fmt.Sprintf("%x", s))
		p.ok("CreateToken", err)
		p.refused("RemoveRole", p.RemoveRole(ctx, acme.ID, s), fault.NotFound)
		if _, err := p.AuditLog(ctx, directory.AuditFilter{Action: s}); err != nil {
			t.Errorf("AuditLog of %q: %v", s, err)
		}
		p.ok("Record", p.Record(directory.WithActor(ctx, directory.Actor{Name: s, Address: s}), directory.Event{Action: s, Target: s, Detail: s}))
	}
	for _, bad := range []directory.Person{{Name: odd[0]}, {Name: odd[2]}, {Email: "a@b" + odd[2]}} {
		_, err := p.PutPerson(ctx, bad)
		p.refused("PutPerson", err, fault.Invalid)
	}
	p.putSeats(acme.ID, 0, at(0), list...)
	p.wantSeats(acme.ID, 0, list...)
	identities, err := p.Identities(ctx, acme.ID)
	p.ok("Identities", err)
	tokens, err := p.Tokens(ctx, acme.ID)
	p.ok("Tokens", err)
	slices.Sort(odd)
	slices.SortFunc(tokens, func(a, b directory.Token) int { return strings.Compare(a.Name, b.Name) })
	for n, s := range odd {
		if i := identities[n]; i.Tool != s || i.UserID != s || i.Login != s {
			t.Errorf("identity %+v, want %q", i, s)
		}
		if k := tokens[n]; k.Name != s || k.UserID != s {
			t.Errorf("token %+v, want %q", k, s)
		}
	}
	for _, s := range odd {
		p.ok("Unlink", p.Unlink(ctx, []directory.Identity{{Enterprise: acme.ID, Tool: s, UserID: s}}))
		p.ok("Erase", p.Erase(ctx, directory.Erasure{Enterprise: acme.ID, Identities: []directory.Identity{{Tool: s, UserID: s, Login: s}, {Tool: "copilot", UserID: s, Login: s}}, Pseudonym: "p"}))
	}
	p.wantSeats(acme.ID, 0)
	if tokens, err := p.Tokens(ctx, acme.ID); err != nil || len(tokens) > 0 {
		t.Errorf("tokens of erased users: %+v, %v", tokens, err)
	}
	if c, err := p.VerifyAudit(ctx); err != nil || c.Broken != 0 {
		t.Errorf("the log is %+v, %v", c, err)
	}
}

// longTexts are refused where they are looked up by, and stored elsewhere.
func longTexts(t *testing.T, p *place) {
	ctx := t.Context()
	long := strings.Repeat("ä", 5000)
	acme := p.enterprise("acme")
	ann := p.person(acme, "ann@acme.example")
	id := p.reserve()
	p.refuse(fault.Invalid, directory.Entity{ID: id, Kind: directory.Enterprise, Enterprise: id, Slug: "x", Aliases: []string{long}})
	for _, i := range []directory.Identity{{Tool: long, UserID: "1"}, {Tool: "copilot", UserID: long}} {
		i.Enterprise, i.Person, i.How = acme.ID, ann.ID, directory.LinkedByHand
		p.refused("Link", p.Link(ctx, []directory.Identity{i}), fault.Invalid)
	}
	p.refused("BindLogin", p.BindLogin(ctx, ann.ID, "https://id", long), fault.Invalid)
	longest := strings.Repeat("r", 100)
	p.ok("PutRole", p.PutRole(ctx, directory.Role{Enterprise: acme.ID, Name: longest, Permissions: []string{"export"}}))
	_, err := p.Grant(ctx, directory.Grant{Person: ann.ID, Role: longest, Entity: acme.ID})
	p.ok("Grant", err)
	s := directory.Seat{UserID: long, Login: long, Team: long, Plan: long, LastEditor: long, Body: []byte(long)}
	p.putSeats(acme.ID, 0, at(0), s)
	p.wantSeats(acme.ID, 0, s)
	p.ok("Record", p.Record(ctx, directory.Event{Action: long, Target: long, Detail: long}))
}

// withoutPeople puts an enterprise that is kept without people, which stays so.
func withoutPeople(t *testing.T, p *place) {
	e := directory.Entity{ID: p.reserve(), Kind: directory.Enterprise, Slug: "acme", Policy: directory.PolicyEnabled, PeopleKey: "a fingerprint"}
	e.Enterprise = e.ID
	if err := p.Put(t.Context(), []directory.Entity{e}); err != nil {
		t.Fatal(err)
	}
	p.stop()
	p.start()
	list, err := p.Entities(t.Context())
	if err != nil || len(list) != 1 || list[0].PeopleKey != e.PeopleKey || !list[0].WithoutPeople() {
		t.Fatalf("%+v, %v", list, err)
	}
	list[0].Name = "Acme"
	if err := p.Put(t.Context(), list); err != nil {
		t.Errorf("a name: %v", err)
	}
	for _, key := range []string{"", "another"} {
		list[0].PeopleKey = key
		if err := p.Put(t.Context(), list); fault.KindOf(err) != fault.Conflict {
			t.Errorf("the fingerprint becomes %q: %v", key, err)
		}
	}
	o := directory.Entity{ID: p.reserve(), Kind: directory.Organization, Enterprise: e.ID, Slug: "web", PeopleKey: "a fingerprint"}
	if err := p.Put(t.Context(), []directory.Entity{o}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("an organization: %v", err)
	}
}
