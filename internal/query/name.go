package query

import "strings"

// Name is what a word says of the users that it names: "id:7" and "ann (id:7)" the id 7,
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
	if _, id, ok := strings.Cut(word, idBegins); ok && strings.HasSuffix(id, idEnds) {
		return Name{ID: strings.TrimSuffix(id, idEnds)}
	}
	return Name{word, word}
}

// What stands around the id in the name of a user whose login another has too.
const idBegins, idEnds = " (id:", ")"

// UserName returns what answers call a user, as a word that ParseName reads: the login, and
// the id too if the login is shared with other users; the id of a user without a login.
func UserName(id, login string, shared bool) string {
	switch {
	case login == "":
		return id
	case shared && id != "":
		return login + idBegins + id + idEnds
	}
	return login
}

// Matches reports whether n names the user with an id and login. Ids are
// compared exactly, logins in any case, as GitHub does.
func (n Name) Matches(id, login string) bool {
	return n.MatchesID(id) || n.Login != "" && strings.EqualFold(login, n.Login)
}

// MatchesID reports whether n names the user by the id.
func (n Name) MatchesID(id string) bool { return n.ID != "" && id == n.ID }
