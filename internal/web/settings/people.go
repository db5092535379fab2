package settings

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

func peoplePage() page {
	return page{name: "people", icon: "link", people: true, view: peopleSettings,
		forms: map[string]func(*request) (shell.Notice, error){
			"link": linkIdentity, "unlink": unlinkIdentity, "confirm": confirmIdentity, "confirmall": confirmIdentities, "match": matchIdentities, "preview": previewPeople, "import": importPeople, "undo": undoPeople,
		}}
}

// listRows is how many rows of each list the page shows; a search finds the others.
const listRows = 100

// previewRows is how many lines of each list a preview shows.
const previewRows = 20

// peopleSettingsView is people and who they are in each tool.
type peopleSettingsView struct {
	Settings
	Search             string
	Unlinked, Linked   []IdentityRow
	UnlinkedTotal      string
	LinkedTotal        string
	MoreUnlinked, More string
	// Unconfirmed is how many links wait for their confirmation, "" for none.
	Unconfirmed string
	// People are suggested where an identity is given to somebody.
	People []Option
	// Matches is how many identities would be linked by e-mail or login.
	Matches string
	Batches []BatchRow
	Preview *PeoplePreview
	CSV     string
}

// IdentityRow is who a tool says somebody is.
type IdentityRow struct {
	Tool, ToolLabel, UserID, Login string
	Person, How                    string
	// State says who confirmed the link, "" if nobody has.
	State string
	// Former says what logins it had before.
	Former string
}

// BatchRow is an import of people.
type BatchRow struct {
	ID                    int64
	When, Summary, Undone string
}

// PeoplePreview is what an import would do.
type PeoplePreview struct {
	CSV      string
	Facts    []shell.Fact
	Lists    []PreviewList
	Rejected []admin.RejectedLine
	Nothing  bool
}

// PreviewList is one kind of change and its first examples.
type PreviewList struct {
	Title string
	Lines []string
	More  string
}

func peopleSettings(r *request) (any, error) {
	list, err := r.admin.Identities(r.Context(), r.words)
	if err != nil {
		return nil, err
	}
	v := &peopleSettingsView{Settings: r.frame(), Search: r.URL.Query().Get("q"), CSV: r.form.Get("csv")}
	r.identityRows(v, list)
	if err := r.suggestPeople(v); err != nil {
		return nil, err
	}
	matches, err := r.admin.CountMatches(r.Context(), r.words)
	if err != nil {
		return nil, err
	}
	if matches > 0 {
		v.Matches = r.shell.Text.Count("people.matches", matches)
	}
	batches, err := r.admin.Imports(r.Context(), r.words)
	for _, b := range batches {
		row := BatchRow{ID: b.ID, When: text.Moment(b.At), Summary: b.Summary}
		if !b.Undone.IsZero() {
			row.Undone = r.t("people.undone", text.Moment(b.Undone))
		}
		v.Batches = append(v.Batches, row)
	}
	return v, err
}

// identityRows fills the two lists with what the search finds.
func (r *request) identityRows(v *peopleSettingsView, list []admin.Identity) {
	unlinked, linked, unconfirmed := 0, 0, 0
	for _, i := range list {
		if v.Search != "" && !shell.Finds(v.Search, append([]string{i.Login, i.UserID, i.Name}, i.Former...)...) {
			continue
		}
		row := IdentityRow{Tool: i.Tool, ToolLabel: metric.ToolByName(i.Tool).Label, UserID: i.UserID, Login: cmp.Or(i.Login, i.UserID), Person: i.Name}
		if len(i.Former) > 0 {
			row.Former = r.t("people.formerly", english.List(i.Former))
		}
		if i.User == 0 {
			if unlinked++; unlinked <= listRows {
				v.Unlinked = append(v.Unlinked, row)
			}
			continue
		}
		row.How = r.t("people.how." + i.How)
		if i.Linker != "" && i.Linker != directory.SystemActor {
			row.How = r.t("people.how.by", row.How, i.Linker)
		}
		if i.Confirmer != "" {
			row.State = r.t("people.confirmed.by", i.Confirmer)
		} else {
			unconfirmed++
		}
		if linked++; linked <= listRows {
			v.Linked = append(v.Linked, row)
		}
	}
	v.UnlinkedTotal, v.LinkedTotal = r.shell.Text.Count("people.unlinked", unlinked), r.shell.Text.Count("people.linked", linked)
	if unconfirmed > 0 {
		v.Unconfirmed = r.shell.Text.Count("people.unconfirmed", unconfirmed)
	}
	v.MoreUnlinked, v.More = r.beyond(unlinked), r.beyond(linked)
}

// beyond says how many rows a list does not show.
func (r *request) beyond(n int) string {
	if n <= listRows {
		return ""
	}
	return r.t("people.more", text.Grouped(int64(n-listRows)))
}

func (r *request) suggestPeople(v *peopleSettingsView) error {
	users, err := r.admin.Users(r.Context(), r.words)
	for _, u := range users {
		if u.Email != "" {
			v.People = append(v.People, Option{Value: u.Email, Label: u.Name})
		}
	}
	return err
}

func (r *request) identity() admin.LinkRequest {
	return admin.LinkRequest{UserRequest: admin.UserRequest{ScopeNames: r.words, User: strings.TrimSpace(r.form.Get("user"))},
		Tool: r.form.Get("tool"), UserID: r.form.Get("identity")}
}

func linkIdentity(r *request) (shell.Notice, error) {
	made, err := r.admin.Link(r.Context(), r.identity())
	if err != nil || len(made) == 0 {
		return shell.Notice{}, err
	}
	return shell.Notice{Text: r.t("people.given", cmp.Or(made[0].Login, made[0].UserID), made[0].Name)}, nil
}

func unlinkIdentity(r *request) (shell.Notice, error) {
	taken, err := r.admin.Unlink(r.Context(), r.identity())
	if err != nil || len(taken) == 0 {
		return shell.Notice{}, err
	}
	return shell.Notice{Text: r.t("people.taken", cmp.Or(taken[0].Login, taken[0].UserID))}, nil
}

func confirmIdentity(r *request) (shell.Notice, error) {
	made, err := r.admin.Confirm(r.Context(), admin.ConfirmRequest{LinkRequest: r.identity()})
	if err != nil || len(made) == 0 {
		return shell.Notice{}, err
	}
	return shell.Notice{Text: r.t("people.confirmed", cmp.Or(made[0].Login, made[0].UserID), made[0].Name)}, nil
}

func confirmIdentities(r *request) (shell.Notice, error) {
	made, err := r.admin.Confirm(r.Context(), admin.ConfirmRequest{LinkRequest: admin.LinkRequest{UserRequest: admin.UserRequest{ScopeNames: r.words}}, All: true})
	return shell.Notice{Text: r.shell.Text.Count("people.confirmedall", len(made))}, err
}

func matchIdentities(r *request) (shell.Notice, error) {
	made, err := r.admin.Match(r.Context(), admin.MatchRequest{ScopeNames: r.words, Apply: true})
	return shell.Notice{Text: r.shell.Text.Count("people.matched", len(made))}, err
}

// roster returns the CSV that was sent: a file, or the text of the form.
func (r *request) roster() (string, error) {
	if r.MultipartForm != nil && len(r.MultipartForm.File["file"]) > 0 {
		f, err := r.MultipartForm.File["file"][0].Open()
		if err != nil {
			return "", fmt.Errorf("open upload: %w", err)
		}
		defer f.Close()
		body, err := io.ReadAll(f)
		return string(body), err
	}
	if roster := r.form.Get("csv"); strings.TrimSpace(roster) != "" {
		return roster, nil
	}
	return "", fault.New(fault.Invalid, "%s", r.t("people.nofile"))
}

// previewPeople shows what an import would do; nothing changes.
func previewPeople(r *request) (shell.Notice, error) {
	roster, err := r.roster()
	if err != nil {
		return shell.Notice{}, err
	}
	got, err := r.admin.ImportPeople(r.Context(), admin.ImportRequest{ScopeNames: r.words, CSV: roster})
	if err != nil {
		return shell.Notice{}, err
	}
	view, err := peopleSettings(r)
	if err != nil {
		return shell.Notice{}, err
	}
	v := view.(*peopleSettingsView)
	v.Preview = r.peoplePreview(roster, got)
	return shell.Notice{View: v}, nil
}

func (r *request) peoplePreview(roster string, got admin.ImportResult) *PeoplePreview {
	p := &PeoplePreview{CSV: roster, Nothing: len(got.New)+len(got.Linked)+len(got.Members) == 0}
	var linked, moved, members []string
	for _, i := range got.Linked {
		linked = append(linked, cmp.Or(i.Login, i.UserID)+" → "+i.Name)
	}
	for _, i := range got.Moved {
		moved = append(moved, cmp.Or(i.Login, i.UserID)+": "+i.Name)
	}
	for _, m := range got.Members {
		members = append(members, m.Person+" → "+m.Entity+", "+m.From+" – "+m.To)
	}
	for _, l := range []struct {
		key   string
		lines []string
	}{{"new", got.New}, {"linked", linked}, {"moved", moved}, {"members", members}} {
		p.Facts = append(p.Facts, shell.Fact{Label: r.t("people.preview." + l.key), Value: text.Grouped(int64(len(l.lines)))})
		if len(l.lines) == 0 {
			continue
		}
		list := PreviewList{Title: r.t("people.preview." + l.key), Lines: l.lines}
		if n := len(l.lines); n > previewRows {
			list.Lines, list.More = l.lines[:previewRows], r.t("import.more", text.Grouped(int64(n-previewRows)))
		}
		p.Lists = append(p.Lists, list)
	}
	p.Facts = append(p.Facts, shell.Fact{Label: r.t("import.rejected"), Value: text.Grouped(int64(len(got.Rejected)))})
	p.Rejected = got.Rejected[:min(len(got.Rejected), previewRows)]
	return p
}

func importPeople(r *request) (shell.Notice, error) {
	roster, err := r.roster()
	if err != nil {
		return shell.Notice{}, err
	}
	got, err := r.admin.ImportPeople(r.Context(), admin.ImportRequest{ScopeNames: r.words, CSV: roster, Apply: true})
	return shell.Notice{Text: r.t("people.imported", r.shell.Text.Count("n.newpeople", len(got.New)), r.shell.Text.Count("n.linked", len(got.Linked)), r.shell.Text.Count("n.memberships", len(got.Members)))}, err
}

func undoPeople(r *request) (shell.Notice, error) {
	id, err := r.id("batch")
	if err != nil {
		return shell.Notice{}, err
	}
	_, err = r.admin.UndoImport(r.Context(), admin.UndoRequest{ScopeNames: r.words, ID: id})
	return shell.Notice{Text: r.t("people.undid")}, err
}
