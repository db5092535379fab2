package admin

import (
	"fmt"
	"slices"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/directory"
)

// TestALookAtManyIsALookAtEverybody looks at more people than have an entry each.
func TestALookAtManyIsALookAtEverybody(t *testing.T) {
	w := newTown(t, directory.Identity{Tool: "copilot", UserID: "7", Login: "octo"}, directory.Identity{Tool: "cursor", UserID: "7", Login: "other"})
	acme := access.ScopeNames{Enterprise: "acme"}
	for tool, user := range map[string]string{"copilot": "lead@acme.example", "cursor": "web@acme.example"} {
		if _, err := w.Link(w.operator(), LinkRequest{UserRequest: UserRequest{ScopeNames: acme, User: user}, Tool: tool, UserID: "7"}); err != nil {
			t.Fatal(err)
		}
	}
	place := directory.Entity{ID: w.id("acme"), Kind: directory.Enterprise, Enterprise: w.id("acme"), Slug: "acme"}
	views := func(email string) (out []string) {
		t.Helper()
		self, err := w.Self(w.as(email))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range self.Enterprises[0].Views {
			out = append(out, v.Action+" "+v.Detail)
		}
		return out
	}
	looks := func(what string, users ...string) {
		t.Helper()
		if err := w.Viewed(w.operator(), place, what, users...); err != nil {
			t.Fatal(err)
		}
	}
	looks("an id that two tools have", "7")
	looks("a login", "OTHER")
	looks("a stranger", "stranger")
	many := []string{}
	for i := range maxSubjects + 1 {
		many = append(many, fmt.Sprint("user ", i))
	}
	looks("many", many...)
	looks("nobody by name")
	for email, want := range map[string][]string{
		"lead@acme.example": {"people.listed nobody by name", "people.listed many", "people.viewed an id that two tools have"},
		"web@acme.example":  {"people.listed nobody by name", "people.listed many", "people.viewed a login", "people.viewed an id that two tools have"},
		"core@acme.example": nil, // no data is theirs
	} {
		if got := views(email); !slices.Equal(got, want) {
			t.Errorf("%s finds %q, want %q", email, got, want)
		}
	}
}

// TestOperationsSayWhomTheyShow: an operation that tells who is who is asked by a test
// that finds the entry on the person's own page (internal/cli).
func TestOperationsSayWhomTheyShow(t *testing.T) {
	var people []string
	for name, whose := range shows {
		switch whose {
		case access.People:
			people = append(people, name)
		case access.Groups:
		default:
			t.Errorf("%s does not say whose data it shows", name)
		}
	}
	slices.Sort(people)
	if want := []string{"Erase", "ImportPeople", "ListIdentities", "Match"}; !slices.Equal(people, want) || len(shows) != len(operations) {
		t.Errorf("operations that show people: %v, want %v", people, want)
	}
}
