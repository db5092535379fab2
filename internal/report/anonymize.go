package report

import (
	"encoding/json"
	"strings"
)

// Anonymize puts other names in the place of the record's user id and login, and leaves of
// the members that no field holds those that cannot say who it is: numbers, true, false and
// null of the fields that are known.
func (r *Record) Anonymize(id, login func(string) string) {
	if r.UserID != "" {
		r.UserID, r.UserIDString = id(r.UserID), true
	}
	if r.Login != "" {
		r.Login = login(r.Login)
	}
	r.Wrapper = plainMembers(r.Wrapper)
	if r.Kind == Seat {
		r.Extra = r.plainSeat()
		return
	}
	r.Extra = plainMembers(r.Extra)
	for f := fByIDE; f <= fByModelFeature; f++ {
		rows := *r.breakdown(f)
		for i := range rows {
			rows[i].Extra = plainMembers(rows[i].Extra)
		}
	}
}

// namingFields hold people.
var namingFields = fieldSet(fUserID, fLogin, fAssignee, fUnknown)

// plainMembers returns the members of an Extra that are known and plain.
func plainMembers(extra []byte) (out []byte) {
	if len(extra) == 0 {
		return nil
	}
	eachMember(extra, func(e extraMember) {
		if !namingFields.has(fieldNamed(e.name)) && e.value[0] != '"' && e.value[0] != '{' && e.value[0] != '[' {
			out = appendMember(out, e.text)
		}
	})
	return out
}

// seatTimes are the members of a seat that are times or days; seatWords say what it is and
// what was used.
var (
	seatTimes = names("created_at", "updated_at", "last_activity_at", "last_authenticated_at", "reported_at", "pending_cancellation_date")
	seatWords = names("plan_type", "last_activity_editor")
)

func names(list ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range list {
		m[n] = true
	}
	return m
}

// plainSeat returns a seat's members with the holder as the record has them, without what
// is not known of seats.
func (r *Record) plainSeat() []byte {
	out := append(appendQuoted([]byte(`"assignee":{"login":`), r.Login), '}')
	if r.UserID != "" {
		out = append(appendQuoted(append(out[:len(out)-1], `,"id":`...), r.UserID), '}')
	}
	eachMember(r.Extra, func(e extraMember) {
		name := string(e.name)
		isText := e.value[0] == '"'
		switch {
		case string(e.value) == "null" && (seatTimes[name] || seatWords[name] || name == "organization" || name == "assigning_team"):
			out = appendMember(out, e.text)
		case isText && (seatWords[name] || seatTimes[name] && e.value[1]-'0' <= 9):
			out = appendMember(out, e.text)
		case name == "organization" || name == "assigning_team":
			out = appendMember(out, append([]byte(`"`+name+`":`), plainEntity(e.value)...))
		}
	})
	return out
}

// plainEntity returns the names and the id of a seat's organization or team.
func plainEntity(value []byte) []byte {
	var in map[string]json.RawMessage
	if json.Unmarshal(value, &in) != nil {
		return []byte("null")
	}
	var out []byte
	for _, name := range [...]string{"id", "login", "slug"} {
		if v := strings.TrimSpace(string(in[name])); v != "" && v[0] != '{' && v[0] != '[' {
			out = appendMember(out, []byte(`"`+name+`":`+v))
		}
	}
	return append(append([]byte{'{'}, out...), '}')
}
