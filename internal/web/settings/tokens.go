package settings

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/fault"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

func tokensPage() page {
	return page{name: "tokens", icon: "key", organizations: true, view: tokenSettings,
		forms: map[string]func(*request) (shell.Notice, error){"create": createToken, "revoke": revokeToken}}
}

// tokenSettingsView lists the tokens of a place, and makes new ones.
type tokenSettingsView struct {
	Settings
	Rows       []TokenRow
	Scopes     []Option
	Name, Days string
	User       string
	MaxDays    int
}

// TokenRow is a token. Live says that it still lets somebody in.
type TokenRow struct {
	ID                     int64
	Name, For, Scopes      string
	Created, Expires, Used string
	State                  string
	Live                   bool
}

func tokenSettings(r *request) (any, error) {
	list, err := r.admin.Tokens(r.Context(), r.words)
	if err != nil {
		return nil, err
	}
	v := &tokenSettingsView{Settings: r.frame(), Name: r.form.Get("name"), User: r.form.Get("user"),
		Days: cmp.Or(r.form.Get("days"), strconv.Itoa(access.DefaultTokenDays)), MaxDays: access.MaxTokenDays}
	for _, s := range access.Scopes {
		on := false
		for _, chosen := range r.form["scope"] {
			on = on || chosen == s.Name
		}
		v.Scopes = append(v.Scopes, Option{s.Name, s.Name, r.t("tokens.scope." + s.Name), on})
	}
	now := time.Now()
	for i := range list {
		// The newest first: it is what one comes for.
		v.Rows = append(v.Rows, r.tokenRow(list[len(list)-1-i], now))
	}
	return v, nil
}

func (r *request) tokenRow(t admin.Token, now time.Time) TokenRow {
	row := TokenRow{ID: t.ID, Name: cmp.Or(t.Name, r.t("tokens.unnamed", strconv.FormatInt(t.ID, 10))), For: cmp.Or(t.Place, t.Team, t.Organization, t.Enterprise),
		Scopes: r.scopeLabels(t.Scopes), Created: text.DayOf(t.Created), Expires: text.DayOf(t.Expires), Used: r.t("tokens.never"), Live: t.Live(now)}
	if !t.Used.IsZero() {
		row.Used = text.Moment(t.Used)
	}
	if t.User != "" {
		row.For += ", " + t.User
	}
	switch {
	case !t.Revoked.IsZero():
		row.State = r.t("tokens.revoked", text.DayOf(t.Revoked))
	case !row.Live:
		row.State = r.t("tokens.expired")
	}
	return row
}

// scopeLabels says what a token of some scopes may do.
func (r *request) scopeLabels(scopes []string) string {
	var out []string
	for _, s := range scopes {
		out = append(out, r.t("tokens.scope."+s))
	}
	return strings.Join(out, "; ")
}

func createToken(r *request) (shell.Notice, error) {
	days, err := strconv.Atoi(r.form.Get("days"))
	if err != nil {
		return shell.Notice{}, fault.New(fault.Invalid, "%.20q is not a number of days", r.form.Get("days"))
	}
	made, err := r.admin.CreateToken(r.Context(), admin.TokenRequest{ScopeNames: r.words, Name: strings.TrimSpace(r.form.Get("name")),
		Scopes: r.form["scope"], User: strings.TrimSpace(r.form.Get("user")), Days: days})
	if err != nil {
		return shell.Notice{}, err
	}
	told := r.t("tokens.made", text.DayOf(made.Token.Expires))
	if made.Request != 0 {
		told += " " + r.t("tokens.waits")
	}
	return shell.Notice{Text: told, Secret: made.Secret, Label: r.t("tokens.secret")}, nil
}

func revokeToken(r *request) (shell.Notice, error) {
	id, err := r.id("token")
	if err != nil {
		return shell.Notice{}, err
	}
	t, err := r.admin.RevokeToken(r.Context(), admin.TokenRequest{ScopeNames: r.words, ID: id})
	return shell.Notice{Text: r.t("tokens.ended", cmp.Or(t.Name, r.t("tokens.unnamed", strconv.FormatInt(t.ID, 10))))}, err
}

// id reads a number that a form's hidden field or button names.
func (r *request) id(name string) (int64, error) {
	id, err := strconv.ParseInt(r.form.Get(name), 10, 64)
	if err != nil {
		return 0, fault.New(fault.Invalid, "the form names no %s", name)
	}
	return id, nil
}
