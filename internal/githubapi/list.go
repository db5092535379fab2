package githubapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/question"
)

// GitHub's sizes of pages.
const (
	seatsPerPage = 50
	perPage      = 30
)

// user is an account, as far as it is known here.
type user struct {
	Login string          `json:"login,omitempty"`
	ID    json.RawMessage `json:"id,omitempty"`
	Type  string          `json:"type"`
}

func userOf(m directory.Member) user { return user{m.Login, number(m.UserID), "User"} }

// number returns an id as JSON: a number where it is one, nothing where there is none.
func number(id string) json.RawMessage {
	if _, err := strconv.ParseInt(id, 10, 64); err == nil {
		return json.RawMessage(id)
	}
	if id == "" {
		return nil
	}
	b, _ := json.Marshal(id) // strings always marshal
	return b
}

// idOf returns the number under which GitHub knows an entity, nil if none is known.
func idOf(e directory.Entity) json.RawMessage {
	for _, alias := range e.Aliases {
		if _, err := strconv.ParseInt(alias, 10, 64); err == nil {
			return json.RawMessage(alias)
		}
	}
	return nil
}

// organization is an organization, as far as it is known here.
type organization struct {
	Login string          `json:"login"`
	ID    json.RawMessage `json:"id,omitempty"`
}

func organizationOf(e directory.Entity) organization { return organization{e.Key(), idOf(e)} }

// team is a team, as far as it is known here.
type team struct {
	ID   json.RawMessage `json:"id,omitempty"`
	Name string          `json:"name"`
	Slug string          `json:"slug"`
}

// seat is a seat of which the list that it came in is not kept.
type seat struct {
	Assignee           *user         `json:"assignee"`
	Organization       *organization `json:"organization,omitempty"`
	AssigningTeam      *slugged      `json:"assigning_team,omitempty"`
	CreatedAt          *time.Time    `json:"created_at,omitempty"`
	LastActivityAt     *time.Time    `json:"last_activity_at"`
	LastActivityEditor *string       `json:"last_activity_editor"`
	PlanType           string        `json:"plan_type,omitempty"`
}

type slugged struct {
	Slug string `json:"slug"`
}

// seatList is GitHub's answer about seats.
type seatList struct {
	TotalSeats int64             `json:"total_seats"`
	Seats      []json.RawMessage `json:"seats"`
}

// organizationsOf returns the request's enterprise's organizations, by number.
func (a *API) organizationsOf(r *http.Request) (map[int64]directory.Entity, error) {
	list, err := a.product.Entities(r.Context(), place(r).Enterprise, directory.Organization)
	out := map[int64]directory.Entity{}
	for _, e := range list {
		out[e.ID] = e
	}
	return out, err
}

// seatJSON returns a seat as it came, else as far as it is known.
func seatJSON(s directory.Seat, organizations map[int64]directory.Entity) json.RawMessage {
	if len(s.Body) > 0 {
		return withType(s.Body)
	}
	out := seat{PlanType: s.Plan}
	if s.Holder() != "" {
		u := userOf(directory.Member{UserID: s.UserID, Login: s.Login})
		out.Assignee = &u
	}
	if e, ok := organizations[s.Organization]; ok {
		o := organizationOf(e)
		out.Organization = &o
	}
	if s.Team != "" {
		out.AssigningTeam = &slugged{s.Team}
	}
	if !s.Created.IsZero() {
		out.CreatedAt = &s.Created
	}
	if !s.LastActivity.IsZero() {
		out.LastActivityAt = &s.LastActivity
	}
	if s.LastEditor != "" {
		out.LastActivityEditor = &s.LastEditor
	}
	b, _ := json.Marshal(out) // strings, numbers and times always marshal
	return b
}

// withType adds the type of a seat's holder, which typed clients cannot do without.
func withType(body []byte) json.RawMessage {
	var s struct {
		Assignee json.RawMessage `json:"assignee"`
	}
	var holder struct {
		Type *string `json:"type"`
	}
	if json.Unmarshal(body, &s) != nil || len(s.Assignee) == 0 || s.Assignee[0] != '{' || json.Unmarshal(s.Assignee, &holder) != nil || holder.Type != nil {
		return body
	}
	typed := append([]byte(`{"type":"User",`), s.Assignee[1:]...)
	if strings.TrimSpace(string(s.Assignee[1:])) == "}" {
		typed = []byte(`{"type":"User"}`)
	}
	return bytes.Replace(body, s.Assignee, typed, 1)
}

// seatList returns the seats of a request's place, and the organizations that they name.
func (a *API) seatList(r *http.Request) (*question.SeatList, map[int64]directory.Entity, error) {
	list, err := a.product.SeatList(r.Context(), place(r))
	if err != nil {
		return nil, nil, err
	}
	organizations, err := a.organizationsOf(r)
	return list, organizations, err
}

// seats answers with the seats of an enterprise or organization.
func (a *API) seats(w http.ResponseWriter, r *http.Request) error {
	list, organizations, err := a.seatList(r)
	if err != nil {
		return err
	}
	p := pageOf(r, seatsPerPage)
	if err := a.recordPage(r, p, "seats"); err != nil {
		return err
	}
	out := seatList{TotalSeats: list.People, Seats: []json.RawMessage{}}
	for _, s := range itemsOf(a, w, r, p, list.Seats) {
		out.Seats = append(out.Seats, seatJSON(s, organizations))
	}
	return write(w, r, out)
}

// member answers with somebody's seats: an organization's one as it is, an enterprise's as a
// list.
func (a *API) member(w http.ResponseWriter, r *http.Request) error {
	list, organizations, err := a.seatList(r)
	if err != nil {
		return err
	}
	login := r.PathValue("user")
	var theirs []json.RawMessage
	for _, s := range list.Seats {
		if s.Login != "" && strings.EqualFold(s.Login, login) {
			login = s.Login
			theirs = append(theirs, seatJSON(s, organizations))
		}
	}
	if len(theirs) == 0 {
		return errNotFound
	}
	at := access.PlaceOf(r.Context())
	names, err := a.product.ResolvePseudonyms(r.Context(), at.Enterprise.Key(), []string{login})
	if err != nil {
		return err
	}
	if err := a.opt.Recorder.Viewed(r.Context(), *at.Entity(), "API: seat", names...); err != nil {
		return err
	}
	if at.Organization != nil {
		return write(w, r, theirs[0])
	}
	return write(w, r, seatList{TotalSeats: 1, Seats: theirs})
}

// billing is a summary of an organization's seats. What is not known here is not in it.
type billing struct {
	SeatBreakdown struct {
		Total               int64  `json:"total"`
		PendingCancellation *int64 `json:"pending_cancellation,omitempty"`
		PendingInvitation   *int64 `json:"pending_invitation,omitempty"`
	} `json:"seat_breakdown"`
	PlanType string `json:"plan_type,omitempty"`
}

func (a *API) billing(w http.ResponseWriter, r *http.Request) error {
	sum, err := a.product.SeatSummary(r.Context(), place(r))
	if err != nil {
		return err
	}
	out := billing{PlanType: sum.Plan}
	out.SeatBreakdown.Total, out.SeatBreakdown.PendingCancellation, out.SeatBreakdown.PendingInvitation = sum.Total, sum.PendingCancellation, sum.PendingInvitation
	return write(w, r, out)
}

// members answers with the members of an organization or of one of its teams.
func (a *API) members(w http.ResponseWriter, r *http.Request) error {
	for _, name := range []string{"role", "filter"} {
		if v := r.URL.Query().Get(name); v != "" && v != "all" {
			return fault.New(fault.Unsupported, "members cannot be chosen by %s here, which is not known: leave it out", name)
		}
	}
	list, err := a.product.Members(r.Context(), place(r))
	if err != nil {
		return err
	}
	p := pageOf(r, perPage)
	what := "members"
	if t := access.PlaceOf(r.Context()).Team; t != nil {
		what = "members of the team " + t.Key()
	}
	if err := a.recordPage(r, p, what); err != nil {
		return err
	}
	out := []user{}
	for _, m := range itemsOf(a, w, r, p, list) {
		out = append(out, userOf(m))
	}
	return write(w, r, out)
}

// memberships answers with the members of an enterprise's own team.
func (a *API) memberships(w http.ResponseWriter, r *http.Request) error {
	if access.PlaceOf(r.Context()).Team.Organization != 0 {
		return errNotFound
	}
	return a.members(w, r)
}

// teams answers with the teams of an organization, or with the enterprise's own.
func (a *API) teams(w http.ResponseWriter, r *http.Request) error {
	at := access.PlaceOf(r.Context())
	list, err := a.product.Entities(r.Context(), at.Enterprise.Key(), directory.Team)
	if err != nil {
		return err
	}
	of := int64(0)
	if at.Organization != nil {
		of = at.Organization.ID
	}
	list = slices.DeleteFunc(list, func(e directory.Entity) bool { return e.Organization != of })
	out := []team{}
	for _, e := range itemsOf(a, w, r, pageOf(r, perPage), list) {
		out = append(out, team{idOf(e), e.Label(), e.Key()})
	}
	return write(w, r, out)
}

// teamOrganizations says that it is not known to which organizations an enterprise assigns
// its teams: an empty list would say that it assigns them to none.
func (a *API) teamOrganizations(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.NotFound, "Not Found: to which organizations the enterprise assigns this team is not known here")
}

// organizations answers with the enterprise's organizations.
func (a *API) organizations(w http.ResponseWriter, r *http.Request) error {
	list, err := a.product.Entities(r.Context(), place(r).Enterprise, directory.Organization)
	if err != nil {
		return err
	}
	out := []organization{}
	for _, e := range itemsOf(a, w, r, pageOf(r, perPage), list) {
		out = append(out, organizationOf(e))
	}
	return write(w, r, out)
}
