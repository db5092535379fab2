package admin

import (
	"strings"
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// FuzzRoster reads any text as a list of people: what is refused is told by
// line, and everything that is to change is of a person who is there or made.
func FuzzRoster(f *testing.F) {
	for _, s := range []string{
		"email,github_login,github_user_id,organization,team,from,to\nada@acme.example,octo,,web,ui,2026-01-01,\n", "\ufeffEMAIL, github_user_id\r\nnew@acme.example,7\r\nNEW@acme.example,7\r\n,7\n",
		"email\n\"open", "email,email\na@b,c@d\n", "to,from,team\n2026-01-01,2026-02-01,ui\n", "phone\n1\n", "email\n=cmd()|x@y\n@\na@\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := &roster{byEmail: map[string]int64{"ada@acme.example": 5}, made: map[string]int64{},
			identityList: &identityList{enterprise: directory.Entity{ID: 1}, people: map[int64]directory.Person{5: {ID: 5, Email: "ada@acme.example"}},
				seen: []directory.Identity{{Tool: "copilot", UserID: "7", Login: "octo"}}},
			entities: []directory.Entity{{ID: 2, Kind: directory.Organization, Enterprise: 1, Slug: "web"}, {ID: 3, Kind: directory.Team, Enterprise: 1, Organization: 2, Slug: "ui"}}}
		if err := r.read(strings.NewReader(text)); err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge {
				t.Errorf("%q: kind %d: %v", text, k, err)
			}
			return
		}
		for _, l := range r.result.Rejected {
			if l.Line < 2 || l.Reason == "" {
				t.Errorf("%q: refused %+v", text, l)
			}
		}
		there := func(id int64) bool { return id == 5 || id < 0 && -id <= int64(len(r.change.People)) }
		for _, i := range r.change.Identities {
			if !there(i.Person) || i.UserID == "" {
				t.Errorf("%q: links %+v", text, i)
			}
		}
		for _, m := range r.change.Memberships {
			if !there(m.Person) || m.Entity != 2 && m.Entity != 3 {
				t.Errorf("%q: sets %+v", text, m)
			}
		}
	})
}
