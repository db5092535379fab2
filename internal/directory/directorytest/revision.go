package directorytest

import (
	"testing"

	"codegauge/internal/directory"
)

// revision checks that every change of what access asks for shows in it, and
// that what every request does is none.
func revision(t *testing.T, p *place) {
	ctx := t.Context()
	acme := p.enterprise("acme")
	ann := p.person(acme, "ann@acme.example")
	s := p.session(ann, "one")
	token, err := p.CreateToken(ctx, directory.Token{Enterprise: acme.ID, Scopes: []string{"export"}, Created: at(0), Expires: at(1)}, "hash")
	p.ok("CreateToken", err)
	var grant directory.Grant
	for _, c := range []struct {
		name    string
		do      func() error
		changes bool
	}{
		{"Put", func() error { return p.Put(ctx, []directory.Entity{acme}) }, true},
		{"SetPolicy", func() error { return p.SetPolicy(ctx, acme.ID, directory.PolicyDisabled) }, true},
		{"PutPerson", func() error { _, err := p.PutPerson(ctx, ann); return err }, true},
		{"Grant", func() (err error) {
			grant, err = p.Grant(ctx, directory.Grant{Person: ann.ID, Role: "r", Entity: acme.ID})
			return err
		}, true},
		{"Revoke", func() error { return p.Revoke(ctx, grant.ID) }, true},
		{"PutRole", func() error {
			return p.PutRole(ctx, directory.Role{Enterprise: acme.ID, Name: "r", Permissions: []string{"export"}})
		}, true},
		{"RevokeToken", func() error { return p.RevokeToken(ctx, token.ID) }, true},
		{"TouchSession", func() error { return p.TouchSession(ctx, s.ID, at(1)) }, false},
		{"UseToken", func() error { return p.UseToken(ctx, token.ID, at(1)) }, false},
		{"Record", func() error { return p.Record(ctx, directory.Event{Action: "x"}) }, false},
		{"RemovePerson", func() error { return p.RemovePerson(ctx, ann.ID) }, true},
		{"Remove", func() error { return p.Remove(ctx, acme.ID) }, true},
	} {
		before, err := p.Revision(ctx)
		p.ok("Revision", err)
		p.ok(c.name, c.do())
		after, err := p.Revision(ctx)
		p.ok("Revision", err)
		if (after > before) != c.changes || after < before {
			t.Errorf("%s: revision %d, then %d", c.name, before, after)
		}
	}
}
