package query

import (
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/metric"
)

// Name is what a word says of the users that it names: "id:7" and "ann (id:7)" the id 7, "id:7
// in cursor" the id within a tool, "login:ann" the login ann, any other word id or login.
type Name struct {
	ID, Login string // "" names nobody
	Tool      string // "" for an id of any tool
}

// ParseName reads a word.
func ParseName(word string) Name {
	if id, ok := strings.CutPrefix(word, "id:"); ok {
		if at := strings.LastIndex(id, within); at > 0 {
			if tool := toolOf(id[at+len(within):]); tool != "" {
				return Name{ID: id[:at], Tool: tool}
			}
		}
		return Name{ID: id}
	}
	if login, ok := strings.CutPrefix(word, "login:"); ok {
		return Name{Login: login}
	}
	if _, id, ok := strings.Cut(word, idBegins); ok && strings.HasSuffix(id, idEnds) {
		return Name{ID: strings.TrimSuffix(id, idEnds)}
	}
	return Name{ID: word, Login: word}
}

// within stands between an id and the tool that it is of.
const within = " in "

// toolOf returns the tool that the end of a word names: a known one, or any in quotation marks.
func toolOf(word string) string {
	if isKnownTool(word) {
		return word
	}
	tool, err := strconv.Unquote(word)
	if err != nil {
		return ""
	}
	return tool
}

func isKnownTool(name string) bool {
	return slices.ContainsFunc(metric.Tools, func(t metric.Tool) bool { return t.Name == name })
}

// IDWithin returns the word that names the user with an id within a tool.
func IDWithin(tool, id string) string {
	switch {
	case tool == "":
		return "id:" + id
	case !isKnownTool(tool):
		tool = strconv.Quote(tool)
	}
	return "id:" + id + within + tool
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

// Matches reports whether n names the user with an id and login of a tool. Ids are
// compared exactly, logins in any case, as GitHub does.
func (n Name) Matches(tool, id, login string) bool {
	return n.MatchesID(tool, id) || n.Login != "" && strings.EqualFold(login, n.Login)
}

// MatchesID reports whether n names the user by the id, which is of a tool: one of GitHub's names
// the same user in every tool that has them.
func (n Name) MatchesID(tool, id string) bool {
	return n.ID != "" && id == n.ID && (n.Tool == "" || metric.IdentityTool(id, n.Tool) == metric.IdentityTool(id, tool))
}
