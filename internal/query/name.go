package query

import "strings"

// Name is what a word says of the users that it names: "id:7" the id 7,
// "login:ann" the login ann, any other word either.
type Name struct {
	ID, Login string // "" names nobody
}

// ParseName reads a word.
func ParseName(word string) Name {
	if id, ok := strings.CutPrefix(word, "id:"); ok {
		return Name{ID: id}
	}
	if login, ok := strings.CutPrefix(word, "login:"); ok {
		return Name{Login: login}
	}
	return Name{word, word}
}

// Matches reports whether n names the user with an id and login. Ids are
// compared exactly, logins in any case, as GitHub does.
func (n Name) Matches(id, login string) bool {
	return n.MatchesID(id) || n.Login != "" && strings.EqualFold(login, n.Login)
}

// MatchesID reports whether n names the user by the id.
func (n Name) MatchesID(id string) bool { return n.ID != "" && id == n.ID }
