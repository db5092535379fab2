package admin

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
)

// ImportRequest brings people as CSV with a head line of any of the columns
// email, github_login, github_user_id, organization, team, from, to.
type ImportRequest struct {
	access.ScopeNames
	CSV string `json:"csv"`
	// Apply does it; otherwise the answer says what it would do.
	Apply bool `json:"apply,omitempty"`
}

// ImportResult is what an import of people does.
type ImportResult struct {
	// ID undoes it; 0 for a preview.
	ID int64 `json:"id,omitempty"`
	// New are people made, Linked identities given to somebody, Moved those of
	// them that another person had, Members the memberships set.
	New     []string     `json:"new"`
	Linked  []Identity   `json:"linked"`
	Moved   []Identity   `json:"moved"`
	Members []Membership `json:"members"`
	// Rejected lists the lines that are left out, with the reason.
	Rejected []RejectedLine `json:"rejected"`
}

// Membership is a person's time in an organization or team.
type Membership struct {
	Person string `json:"person"`
	Entity string `json:"entity"`
	From   string `json:"from"`
	To     string `json:"to,omitempty"`
}

// RejectedLine is a line that is left out.
type RejectedLine struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// UndoRequest names an import of people.
type UndoRequest struct {
	access.ScopeNames
	ID int64 `json:"id"`
}

// columns of a roster.
var columns = []string{"email", "github_login", "github_user_id", "organization", "team", "from", "to"}

// maxLines bounds a roster.
const maxLines = 200_000

// roster is an import being made.
type roster struct {
	*identityList
	entities []directory.Entity
	// others finds people by e-mail beyond the enterprise: they are not to be made anew.
	byEmail map[string]int64
	change  directory.BatchChange
	made    map[string]int64 // e-mail → −1 − place in change.People
	result  ImportResult
}

// ImportPeople reads a roster and shows what it does, or does it.
func (a *Admin) ImportPeople(ctx context.Context, r ImportRequest) (ImportResult, error) {
	c, err := a.mayLink(ctx, r.ScopeNames)
	if err != nil {
		return ImportResult{}, err
	}
	entities, err := a.dir.Entities(ctx)
	if err != nil {
		return ImportResult{}, err
	}
	ros := &roster{identityList: c, entities: entities, byEmail: map[string]int64{}, made: map[string]int64{},
		result: ImportResult{New: []string{}, Linked: []Identity{}, Moved: []Identity{}, Members: []Membership{}, Rejected: []RejectedLine{}}}
	for _, p := range c.people {
		ros.byEmail[strings.ToLower(p.Email)] = p.ID
	}
	if err := ros.read(strings.NewReader(r.CSV)); err != nil {
		return ImportResult{}, err
	}
	if err := a.viewedPeople(ctx, c.enterprise, "an import of people", ros.known()); err != nil {
		return ImportResult{}, err
	}
	if !r.Apply {
		return ros.result, nil
	}
	if len(ros.change.People)+len(ros.change.Identities)+len(ros.change.Memberships) == 0 {
		return ros.result, fault.New(fault.Invalid, "nothing to import: no line has an identity, a person or a membership that is new")
	}
	ros.change.Summary = fmt.Sprintf("%s, %s linked, %s", english.Count(len(ros.change.People), "new person", "new people"), english.Count(len(ros.change.Identities), "identity", "identities"), english.Count(len(ros.change.Memberships), "membership", "memberships"))
	b, err := a.dir.ApplyBatch(ctx, c.enterprise.ID, ros.change)
	ros.result.ID = b.ID
	return ros.result, a.reconcileAfter(ctx, c.enterprise.ID, err)
}

// known returns the people of whom the result says who they are.
func (r *roster) known() []int64 {
	var out []int64
	for _, i := range r.change.Identities {
		holder, _ := r.holder(i.Tool, i.UserID)
		out = append(out, i.Person, holder.Person)
	}
	for _, m := range r.change.Memberships {
		out = append(out, m.Person)
	}
	return out
}

// read reads the lines; a bad one is refused, the others count.
func (r *roster) read(in io.Reader) error {
	lines := csv.NewReader(in)
	lines.FieldsPerRecord, lines.TrimLeadingSpace = -1, true
	head, err := lines.Read()
	if err != nil {
		return fault.New(fault.Invalid, "the file needs a header line with some of these columns: %s", strings.Join(columns, ","))
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(head[i]))
		if !slices.Contains(columns, head[i]) {
			return fault.New(fault.Invalid, "unknown column %.40q: the columns are %s", head[i], strings.Join(columns, ", "))
		}
	}
	for range maxLines {
		fields, err := lines.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &broken):
			r.refuse(broken.StartLine, "not valid CSV: "+broken.Err.Error())
			continue
		case err != nil:
			return err
		}
		line, _ := lines.FieldPos(0)
		if len(fields) > len(head) {
			r.refuse(line, "more fields than the header")
			continue
		}
		row := map[string]string{}
		for i, f := range fields {
			row[head[i]] = strings.TrimSpace(f)
		}
		if err := r.add(row); err != nil {
			r.refuse(line, err.Error())
		}
	}
	return fault.New(fault.TooLarge, "the file has more than %s: split it", english.Count(maxLines, "line", "lines"))
}

func (r *roster) refuse(line int, reason string) {
	r.result.Rejected = append(r.result.Rejected, RejectedLine{line, reason})
}

// add takes a line, all of it or nothing.
func (r *roster) add(row map[string]string) error {
	identity, linked, err := r.identity(row)
	if err != nil {
		return err
	}
	member, joins, err := r.membership(row)
	if err != nil {
		return err
	}
	who, name, err := r.person(row, identity, linked)
	if err != nil {
		return err
	}
	if linked {
		r.link(identity, who, name)
	}
	if joins {
		member.Person = who
		r.change.Memberships = append(r.change.Memberships, member)
		r.result.Members = append(r.result.Members, Membership{name, entityKey(r.entities, member.Entity), member.From.String(), dayText(member.To)})
	}
	return nil
}

func dayText(d day.Day) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// identity returns the GitHub identity that a line names, and whether it names one.
func (r *roster) identity(row map[string]string) (directory.Identity, bool, error) {
	id, login := row["github_user_id"], row["github_login"]
	if id == "" && login == "" {
		return directory.Identity{}, false, nil
	}
	if id != "" {
		if whole, zeros, found := strings.Cut(id, "."); found && strings.Trim(zeros, "0") == "" {
			id = whole // spreadsheets write 21 as 21.0
		}
		if strings.Trim(id, "0123456789") != "" || id == "" {
			return directory.Identity{}, false, fault.New(fault.Invalid, "github_user_id %.60q is not a whole number: a spreadsheet may have rewritten it", row["github_user_id"])
		}
	}
	i, err := r.named(LinkRequest{Tool: metric.Copilot, UserID: id, Login: login})
	if err != nil {
		return i, false, err
	}
	i.Login = firstOf(login, i.Login)
	return i, true, nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// person returns whom a line is about: by e-mail, else who has the identity.
func (r *roster) person(row map[string]string, i directory.Identity, linked bool) (int64, string, error) {
	email := strings.ToLower(row["email"])
	switch {
	case email == "" && linked && i.Person != 0:
		return i.Person, r.people[i.Person].Label(), nil
	case email == "":
		return 0, "", fault.New(fault.Invalid, "this identity is unlinked: the line needs an e-mail address to say whose it is")
	case r.byEmail[email] != 0:
		return r.byEmail[email], email, nil
	case r.made[email] != 0:
		return r.made[email], email, nil
	}
	if at := strings.Index(email, "@"); at < 1 || at == len(email)-1 || strings.ContainsAny(email, " <>,;") {
		return 0, "", fault.New(fault.Invalid, "%.60q is not an e-mail address", email)
	}
	r.change.People = append(r.change.People, directory.Person{Email: row["email"], Enterprise: r.enterprise.ID})
	r.made[email] = int64(-len(r.change.People))
	r.result.New = append(r.result.New, email)
	return r.made[email], email, nil
}

// link notes an identity for somebody, once.
func (r *roster) link(i directory.Identity, who int64, name string) {
	if i.Person == who || slices.ContainsFunc(r.change.Identities, func(o directory.Identity) bool { return o.UserID == i.UserID && o.Person == who }) {
		return
	}
	shown := Identity{Tool: i.Tool, UserID: i.UserID, Login: i.Login, Name: name, How: directory.LinkedByBatch, AuditName: r.secret.AuditName(i.Tool, i.UserID)}
	if i.Person != 0 {
		r.result.Moved = append(r.result.Moved, shown)
	}
	r.result.Linked = append(r.result.Linked, shown)
	i.Person, i.How = who, directory.LinkedByBatch
	r.change.Identities = append(r.change.Identities, i)
}

// membership returns where a line puts a person, and whether it does.
func (r *roster) membership(row map[string]string) (m directory.Membership, ok bool, err error) {
	org, team := row["organization"], row["team"]
	if org == "" && team == "" {
		return m, false, nil
	}
	m.Enterprise = r.enterprise.ID
	if m.Entity, err = r.entity(org, team); err != nil {
		return m, false, err
	}
	if row["from"] != "" {
		if m.From, err = day.Parse(row["from"]); err != nil {
			return m, false, fault.New(fault.Invalid, "from: %v", err)
		}
	}
	if row["to"] != "" {
		if m.To, err = day.Parse(row["to"]); err != nil {
			return m, false, fault.New(fault.Invalid, "to: %v", err)
		}
		if m.To < m.From {
			return m, false, fault.New(fault.Invalid, "the membership ends (%s) before it begins (%s)", row["to"], row["from"])
		}
	}
	return m, true, nil
}

// entity returns the organization, or the team, that a line names.
func (r *roster) entity(org, team string) (int64, error) {
	var in int64
	for _, step := range []struct {
		kind directory.Kind
		word string
	}{{directory.Organization, org}, {directory.Team, team}} {
		if step.word == "" {
			continue
		}
		var found []int64
		for _, e := range r.entities {
			if e.Kind == step.kind && e.Enterprise == r.enterprise.ID && (in == 0 || e.Organization == in) && (e.Named(step.word) || strings.EqualFold(e.Slug, step.word)) {
				found = append(found, e.ID)
			}
		}
		if len(found) != 1 {
			return 0, fault.New(fault.NotFound, "%s %.60q does not exist, or its name is ambiguous", step.kind, step.word)
		}
		in = found[0]
	}
	return in, nil
}

func entityKey(all []directory.Entity, id int64) string {
	e := byID(all, id)
	if o := byID(all, e.Organization); o != nil {
		return o.Key() + "/" + e.Key()
	}
	return e.Key()
}

// UndoImport takes an import of people back.
func (a *Admin) UndoImport(ctx context.Context, r UndoRequest) ([]directory.Batch, error) {
	list, err := a.Imports(ctx, r.ScopeNames)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(list, func(b directory.Batch) bool { return b.ID == r.ID }) {
		return nil, fault.New(fault.NotFound, "import of people %d does not exist", r.ID)
	}
	if err := a.reconcileAfter(ctx, list[0].Enterprise, a.dir.UndoBatch(ctx, r.ID)); err != nil {
		return nil, err
	}
	return a.Imports(ctx, r.ScopeNames)
}

// Imports lists an enterprise's imports of people, newest first.
func (a *Admin) Imports(ctx context.Context, r access.ScopeNames) ([]directory.Batch, error) {
	e, err := a.enterprise(ctx, access.Manage, r)
	if err != nil {
		return nil, err
	}
	return a.dir.Batches(ctx, e.ID)
}
