package settings

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/sorting"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

func rolesPage() page {
	return page{name: "roles", icon: "team", organizations: true, view: roleSettings,
		forms: map[string]func(*request) (shell.Notice, error){
			"add": addUser, "invite": inviteUser, "disable": disableUser, "enable": enableUser, "sign-out": signOutUser, "remove": removeUser,
			"grant": grantRole, "revoke": revokeRole, "put-role": putRole, "remove-role": removeRole,
		}}
}

// roleSettingsView is who may do what.
type roleSettingsView struct {
	Settings
	Users []UserRow
	// Search is what people were searched for; More says how many are not shown.
	Search, More string
	// Nobody says why no people are listed.
	Nobody string
	// Names are the people whom a role can be given to, Roles and Places what and where.
	Names, Roles, Places []Option
	// Adds says that whoever asks may add people and make roles.
	Adds        bool
	Name, Email string
	Custom      []RoleRow
	BuiltIn     []RoleRow
	Permissions []Option
	RoleName    string
}

// UserRow is a person and their roles.
type UserRow struct {
	ID                    int64
	Name, Email, Sessions string
	Disabled, Managed     bool
	Grants                []GrantRow
}

// GrantRow is a role that somebody holds somewhere.
type GrantRow struct {
	ID           int64
	Label, Where string
	// Claimed says that the identity provider's claims stand for it.
	Claimed bool
}

// RoleRow is a role and what it allows.
type RoleRow struct{ Name, Label, Allows string }

func roleSettings(r *request) (any, error) {
	users, err := r.admin.Users(r.Context(), r.words)
	if err != nil {
		return nil, err
	}
	roles, err := r.admin.Roles(r.Context(), r.words)
	if err != nil {
		return nil, err
	}
	places, err := r.places()
	if err != nil {
		return nil, err
	}
	v := &roleSettingsView{Settings: r.frame(), Places: places, Name: r.form.Get("name"), Email: r.form.Get("email"), RoleName: r.form.Get("role-name"),
		Adds: access.Of(r.Context()).Can(access.Manage, *r.at.Enterprise)}
	v.Search, v.Nobody = r.URL.Query().Get("q"), r.t("roles.nobody", r.at.Entity().Label())
	switch {
	case v.Search != "":
		v.Nobody = r.t("roles.notfound", v.Search)
	case access.Of(r.Context()).CanEverywhere(access.Manage):
		v.Nobody = r.t("roles.nobodybutyou", r.at.Entity().Label())
	}
	users = slices.DeleteFunc(users, func(u admin.User) bool { return v.Search != "" && !shell.Finds(v.Search, u.Name, u.Email) })
	// Those with roles first: they are what the page is about.
	sorting.Stable(users, func(a, b admin.User) int { return cmp.Compare(min(len(b.Roles), 1), min(len(a.Roles), 1)) })
	v.More, users = r.beyond(len(users)), users[:min(len(users), listRows)]
	for _, u := range users {
		v.Users = append(v.Users, r.userRow(u))
		v.Names = append(v.Names, Option{Value: strconv.FormatInt(u.ID, 10), Label: cmp.Or(u.Name, u.Email), On: r.form.Get("user") == strconv.FormatInt(u.ID, 10)})
	}
	for _, role := range roles {
		row := RoleRow{role.Name, r.roleLabel(role.Name), r.allows(role.Permissions)}
		if r.givable(role) {
			v.Roles = append(v.Roles, Option{Value: role.Name, Label: row.Label, On: r.form.Get("role") == role.Name})
		}
		if role.BuiltIn {
			v.BuiltIn = append(v.BuiltIn, row)
			continue
		}
		v.Custom = append(v.Custom, row)
	}
	for _, p := range access.All {
		v.Permissions = append(v.Permissions, Option{string(p), r.t("permission." + string(p)), "", slices.Contains(r.form["permission"], string(p))})
	}
	return v, nil
}

// givable reports whether a role can be given in some place of the page.
func (r *request) givable(role admin.Role) bool {
	return !role.BuiltIn || r.words.Org == "" || slices.Contains(role.In, directory.Organization) || slices.Contains(role.In, directory.Team)
}

func (r *request) userRow(u admin.User) UserRow {
	row := UserRow{ID: u.ID, Name: cmp.Or(u.Name, u.Email), Email: mail(u), Disabled: u.Disabled, Managed: u.Managed, Sessions: text.None}
	if u.Sessions > 0 {
		row.Sessions = strconv.Itoa(u.Sessions)
	}
	for _, g := range u.Roles {
		where := cmp.Or(g.Place, g.Key)
		if g.Kind == "" {
			where = r.t("roles.everywhere")
		}
		row.Grants = append(row.Grants, GrantRow{g.ID, r.roleLabel(g.Role), where, g.Claimed})
	}
	return row
}

// mail returns a person's address where it is not what they are called.
func mail(u admin.User) string {
	if u.Name == "" {
		return ""
	}
	return u.Email
}

// roleLabel returns what pages call a role; a custom one has its own name.
func (r *request) roleLabel(name string) string {
	if slices.ContainsFunc(access.BuiltInRoles, func(b access.BuiltIn) bool { return b.Name == name }) {
		return r.t("role." + name)
	}
	return name
}

func (r *request) allows(permissions []string) string {
	var out []string
	for _, p := range permissions {
		out = append(out, r.t("permission."+p))
	}
	return text.OrNone(strings.Join(out, ", "))
}

// places lists where a role can be given: the page's place and what hangs from
// it, and the whole installation for those who own it.
func (r *request) places() ([]Option, error) {
	list, err := r.admin.Entities(r.Context(), access.ScopeNames{Enterprise: r.words.Enterprise})
	if err != nil {
		return nil, err
	}
	var out []Option
	add := func(value, label string) {
		out = append(out, Option{Value: value, Label: label, On: r.form.Get("place") == value})
	}
	if r.words.Org == "" && access.Of(r.Context()).CanEverywhere(access.Manage) {
		defer func() {
			out = append(out, Option{Value: everywherePlace, Label: r.t("roles.everywhere"), On: r.form.Get("place") == everywherePlace})
		}()
	}
	for _, e := range list {
		label := cmp.Or(e.Name, e.Key)
		switch {
		case e.Kind == directory.Enterprise && r.words.Org == "":
			add("", r.t("roles.in.enterprise", label))
		case e.Kind == directory.Organization && (r.words.Org == "" || e.Key == r.words.Org):
			add("org="+e.Key, r.t("roles.in.organization", label))
		case e.Kind == directory.Team && (r.words.Org == "" || e.Organization == r.words.Org):
			add("team="+e.Organization+"/"+e.Key, r.t("roles.in.team", label))
		}
	}
	return out, nil
}

// everywherePlace is the whole installation in a form.
const everywherePlace = "everywhere"

// placeWords reads a place of the form.
func (r *request) placeWords() (w access.ScopeNames, everywhere bool) {
	w = r.words
	place := r.form.Get("place")
	if place == everywherePlace {
		return w, true
	}
	if org, ok := strings.CutPrefix(place, "org="); ok {
		w.Org = org
	}
	if team, ok := strings.CutPrefix(place, "team="); ok {
		org, key, _ := strings.Cut(team, "/")
		w.Team = key
		if org != "" {
			w.Org = org
		}
	}
	return w, false
}

func (r *request) user() admin.UserRequest {
	return admin.UserRequest{ScopeNames: r.words, User: r.form.Get("user")}
}

func addUser(r *request) (shell.Notice, error) {
	made, err := r.admin.AddUser(r.Context(), admin.AddUserRequest{ScopeNames: r.words, Name: strings.TrimSpace(r.form.Get("name")), Email: strings.TrimSpace(r.form.Get("email"))})
	return r.invited(made, err)
}

func inviteUser(r *request) (shell.Notice, error) {
	made, err := r.admin.Invite(r.Context(), r.user())
	return r.invited(made, err)
}

// invited shows an invitation's link, once.
func (r *request) invited(made admin.Invited, err error) (shell.Notice, error) {
	if err != nil {
		return shell.Notice{}, err
	}
	return shell.Notice{Text: r.t("roles.invited", cmp.Or(made.User.Name, made.User.Email)), Secret: r.base() + made.Path, Label: r.t("roles.link")}, nil
}

func disableUser(r *request) (shell.Notice, error) { return r.setDisabled(true, "roles.disabled") }

func enableUser(r *request) (shell.Notice, error) { return r.setDisabled(false, "roles.enabled") }

func (r *request) setDisabled(disabled bool, key string) (shell.Notice, error) {
	u, err := r.admin.ChangeUser(r.Context(), admin.ChangeUserRequest{UserRequest: r.user(), Disabled: &disabled})
	return shell.Notice{Text: r.t(key, cmp.Or(u.Name, u.Email))}, err
}

func signOutUser(r *request) (shell.Notice, error) {
	n, err := r.admin.SignOutUser(r.Context(), r.user())
	return shell.Notice{Text: r.shell.Text.Count("roles.signedout", int(n))}, err
}

func removeUser(r *request) (shell.Notice, error) {
	if !r.form.Has("sure") {
		return shell.Notice{}, fault.New(fault.Invalid, "%s", r.t("roles.sure"))
	}
	u, err := r.admin.RemoveUser(r.Context(), r.user())
	return shell.Notice{Text: r.t("roles.removed", cmp.Or(u.Name, u.Email))}, err
}

func grantRole(r *request) (shell.Notice, error) {
	w, everywhere := r.placeWords()
	g, err := r.admin.Grant(r.Context(), admin.GrantRequest{ScopeNames: w, Everywhere: everywhere, User: r.form.Get("user"), Role: r.form.Get("role")})
	if g.Request != 0 {
		return shell.Notice{Text: r.t("privacy.request.made")}, err
	}
	return shell.Notice{Text: r.t("roles.granted", r.roleLabel(g.Role), cmp.Or(g.Key, r.t("roles.everywhere")))}, err
}

func revokeRole(r *request) (shell.Notice, error) {
	id, err := r.id("grant")
	if err != nil {
		return shell.Notice{}, err
	}
	g, err := r.admin.Revoke(r.Context(), admin.GrantRequest{ScopeNames: r.words, ID: id})
	if g.Request != 0 {
		return shell.Notice{Text: r.t("privacy.request.made")}, err
	}
	return shell.Notice{Text: r.t("roles.revoked", r.roleLabel(g.Role), cmp.Or(g.Key, r.t("roles.everywhere")))}, err
}

func putRole(r *request) (shell.Notice, error) {
	role, err := r.admin.PutRole(r.Context(), admin.RoleRequest{ScopeNames: r.words, Name: strings.TrimSpace(r.form.Get("role-name")), Permissions: r.form["permission"]})
	if role.Request != 0 {
		return shell.Notice{Text: r.t("privacy.request.made")}, err
	}
	return shell.Notice{Text: r.t("roles.made", role.Name)}, err
}

func removeRole(r *request) (shell.Notice, error) {
	role, err := r.admin.RemoveRole(r.Context(), admin.RoleRequest{ScopeNames: r.words, Name: r.form.Get("role")})
	return shell.Notice{Text: r.t("roles.gone", role.Name)}, err
}
