package web

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"codegauge/internal/admin"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
)

func peoplePage() settingsPage {
	return settingsPage{name: "people", icon: "link", people: true, view: peopleSettings,
		forms: map[string]func(*settingsRequest) (Notice, error){
			"link": linkIdentity, "unlink": unlinkIdentity, "match": matchIdentities, "preview": previewPeople, "import": importPeople, "undo": undoPeople,
		}}
}

// peopleRows is how many rows of each list the page shows; a search finds the others.
const peopleRows = 100

// peopleSettingsView is people and who they are in each tool.
type peopleSettingsView struct {
	Settings
	Search             string
	Unlinked, Linked   []IdentityRow
	UnlinkedTotal      string
	LinkedTotal        string
	MoreUnlinked, More string
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
}

// BatchRow is an import of people.
type BatchRow struct {
	ID                    int64
	When, Summary, Undone string
}

// PeoplePreview is what an import would do.
type PeoplePreview struct {
	CSV     string
	Facts   []Step
	Lists   []PreviewList
	Refused []admin.RefusedLine
	Nothing bool
}

// PreviewList is one kind of change and its first examples.
type PreviewList struct {
	Title string
	Lines []string
	More  string
}

func peopleSettings(r *settingsRequest) (any, error) {
	list, err := r.admin.Identities(r.Context(), r.words)
	if err != nil {
		return nil, err
	}
	v := &peopleSettingsView{Settings: r.settings(), Search: r.URL.Query().Get("q"), CSV: r.form.Get("csv")}
	r.identityRows(v, list)
	if err := r.suggestPeople(v); err != nil {
		return nil, err
	}
	matches, err := r.admin.Match(r.Context(), admin.MatchRequest{Words: r.words})
	if err != nil {
		return nil, err
	}
	if len(matches) > 0 {
		v.Matches = r.web.text.Count("people.matches", len(matches))
	}
	batches, err := r.admin.Imports(r.Context(), r.words)
	for _, b := range batches {
		row := BatchRow{ID: b.ID, When: moment(b.At), Summary: b.Summary}
		if !b.Undone.IsZero() {
			row.Undone = r.t("people.undone", moment(b.Undone))
		}
		v.Batches = append(v.Batches, row)
	}
	return v, err
}

// identityRows fills the two lists with what the search finds.
func (r *settingsRequest) identityRows(v *peopleSettingsView, list []admin.Identity) {
	unlinked, linked := 0, 0
	for _, i := range list {
		if v.Search != "" && !finds(v.Search, i.Login, i.UserID, i.Name) {
			continue
		}
		row := IdentityRow{Tool: i.Tool, ToolLabel: metric.ToolByName(i.Tool).Label, UserID: i.UserID, Login: cmp.Or(i.Login, i.UserID), Person: i.Name}
		if i.User == 0 {
			if unlinked++; unlinked <= peopleRows {
				v.Unlinked = append(v.Unlinked, row)
			}
			continue
		}
		row.How = r.t("people.how." + i.How)
		if linked++; linked <= peopleRows {
			v.Linked = append(v.Linked, row)
		}
	}
	v.UnlinkedTotal, v.LinkedTotal = r.web.text.Count("people.unlinked", unlinked), r.web.text.Count("people.linked", linked)
	v.MoreUnlinked, v.More = r.beyond(unlinked), r.beyond(linked)
}

// beyond says how many rows a list does not show.
func (r *settingsRequest) beyond(n int) string {
	if n <= peopleRows {
		return ""
	}
	return r.t("people.more", grouped(int64(n-peopleRows)))
}

func finds(word string, in ...string) bool {
	return slices.ContainsFunc(in, func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(word)) })
}

func (r *settingsRequest) suggestPeople(v *peopleSettingsView) error {
	users, err := r.admin.Users(r.Context(), r.words)
	for _, u := range users {
		if u.Email != "" {
			v.People = append(v.People, Option{Value: u.Email, Label: u.Name})
		}
	}
	return err
}

func (r *settingsRequest) identity() admin.LinkRequest {
	return admin.LinkRequest{UserRequest: admin.UserRequest{Words: r.words, User: strings.TrimSpace(r.form.Get("user"))},
		Tool: r.form.Get("tool"), UserID: r.form.Get("identity")}
}

func linkIdentity(r *settingsRequest) (Notice, error) {
	made, err := r.admin.Link(r.Context(), r.identity())
	if err != nil || len(made) == 0 {
		return Notice{}, err
	}
	return Notice{Text: r.t("people.given", cmp.Or(made[0].Login, made[0].UserID), made[0].Name)}, nil
}

func unlinkIdentity(r *settingsRequest) (Notice, error) {
	taken, err := r.admin.Unlink(r.Context(), r.identity())
	if err != nil || len(taken) == 0 {
		return Notice{}, err
	}
	return Notice{Text: r.t("people.taken", cmp.Or(taken[0].Login, taken[0].UserID))}, nil
}

func matchIdentities(r *settingsRequest) (Notice, error) {
	made, err := r.admin.Match(r.Context(), admin.MatchRequest{Words: r.words, Apply: true})
	return Notice{Text: r.web.text.Count("people.matched", len(made))}, err
}

// roster returns the CSV that was sent: a file, or the text of the form.
func (r *settingsRequest) roster() (string, error) {
	if r.MultipartForm != nil && len(r.MultipartForm.File["file"]) > 0 {
		f, err := r.MultipartForm.File["file"][0].Open()
		if err != nil {
			return "", fmt.Errorf("open upload: %w", err)
		}
		defer f.Close()
		body, err := io.ReadAll(f)
		return string(body), err
	}
	if text := r.form.Get("csv"); strings.TrimSpace(text) != "" {
		return text, nil
	}
	return "", fault.New(fault.Invalid, "%s", r.t("people.nofile"))
}

// previewPeople shows what an import would do; nothing changes.
func previewPeople(r *settingsRequest) (Notice, error) {
	text, err := r.roster()
	if err != nil {
		return Notice{}, err
	}
	got, err := r.admin.ImportPeople(r.Context(), admin.ImportRequest{Words: r.words, CSV: text})
	if err != nil {
		return Notice{}, err
	}
	view, err := peopleSettings(r)
	if err != nil {
		return Notice{}, err
	}
	v := view.(*peopleSettingsView)
	v.Preview = r.peoplePreview(text, got)
	return Notice{view: v}, nil
}

func (r *settingsRequest) peoplePreview(text string, got admin.ImportResult) *PeoplePreview {
	p := &PeoplePreview{CSV: text, Nothing: len(got.New)+len(got.Linked)+len(got.Members) == 0}
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
		p.Facts = append(p.Facts, Step{r.t("people.preview." + l.key), grouped(int64(len(l.lines)))})
		if len(l.lines) == 0 {
			continue
		}
		list := PreviewList{Title: r.t("people.preview." + l.key), Lines: l.lines}
		if n := len(l.lines); n > previewRows {
			list.Lines, list.More = l.lines[:previewRows], r.t("import.more", grouped(int64(n-previewRows)))
		}
		p.Lists = append(p.Lists, list)
	}
	p.Facts = append(p.Facts, Step{r.t("import.refused"), grouped(int64(len(got.Refused)))})
	p.Refused = got.Refused[:min(len(got.Refused), previewRows)]
	return p
}

func importPeople(r *settingsRequest) (Notice, error) {
	text, err := r.roster()
	if err != nil {
		return Notice{}, err
	}
	got, err := r.admin.ImportPeople(r.Context(), admin.ImportRequest{Words: r.words, CSV: text, Apply: true})
	return Notice{Text: r.t("people.imported", r.web.text.Count("n.newpeople", len(got.New)), r.web.text.Count("n.linked", len(got.Linked)), r.web.text.Count("n.memberships", len(got.Members)))}, err
}

func undoPeople(r *settingsRequest) (Notice, error) {
	id, err := r.id("batch")
	if err != nil {
		return Notice{}, err
	}
	_, err = r.admin.UndoImport(r.Context(), admin.UndoRequest{Words: r.words, ID: id})
	return Notice{Text: r.t("people.undid")}, err
}
