package settings

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/fault"
	"codegauge/internal/github"
	"codegauge/internal/source"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

func sourcesPage() page {
	return page{name: "sources", icon: "plug", organizations: true, view: sourceSettings,
		forms: map[string]func(*request) (shell.Notice, error){"add": addSource, "check": checkSource, "sync": syncSource,
			"pause": pauseSource, "resume": resumeSource, "remove": removeSource, "drop": dropCredential}}
}

// sourceSettingsView lists the sources of a place, and connects new ones.
type sourceSettingsView struct {
	Settings
	Sources []SourceView
	Form    SourceForm
	// Organization says that the place is one, which connects itself alone.
	Organization bool
	// Import leads to where files are imported, "" for whom it is closed.
	Import string
}

// SourceForm connects a source, or adds a credential to the source For; Open says that it
// was sent and refused.
type SourceForm struct {
	For, Name, BaseURL, Orgs, Hosts, Credential, App string
	Action                                           string
	Organization, Open                               bool
}

// SourceView is a source.
type SourceView struct {
	Name, From string
	// State is good, warn, bad or idle; Says what it is.
	State, Says string
	Band, Error string
	Facts       []SourceFact
	Missing     []MissingView
	Columns     []SourceColumn
	// Span is how many columns the matrix has.
	Span        int
	Groups      []MatrixGroup
	Checked     string
	Proposed    string
	Credentials []CredentialRow
	Hosts       []string
	Form        SourceForm
	Paused      bool
	Running     bool
}

// SourceFact is a fact of a source.
type SourceFact struct{ Label, Value string }

// MissingView is something that cannot be fetched, and who can mend it.
type MissingView struct{ What, Reason, Grant string }

// SourceColumn is a credential of the matrix.
type SourceColumn struct{ Name, Kind string }

// MatrixGroup is rows of the matrix that belong together.
type MatrixGroup struct {
	Label string
	Rows  []MatrixRow
}

// MatrixRow is what credentials can read of an endpoint.
type MatrixRow struct {
	Label string
	Cells []MatrixCell
}

// MatrixCell is an answer: its class is used, good, some, bad or none.
type MatrixCell struct{ Text, Class, Title, Credential string }

// CredentialRow is a credential, without its secret.
type CredentialRow struct{ Name, Kind, Added, Ends, Left string }

func sourceSettings(r *request) (any, error) {
	list, err := r.admin.Sources(r.Context(), r.words)
	if err != nil {
		return nil, err
	}
	v := &sourceSettingsView{Settings: r.frame(), Organization: r.words.Org != ""}
	v.Form = r.sourceForm("")
	const imports = "GET /enterprises/{enterprise}/import"
	if access.Of(r.Context()).Allows(imports, access.Place{Enterprise: r.at.Enterprise}) {
		v.Import = shell.PathOf(imports, access.Place{Enterprise: r.at.Enterprise})
	}
	for _, s := range list {
		v.Sources = append(v.Sources, r.sourceView(s))
	}
	return v, nil
}

// sourceForm returns the form for a source, "" for a new one, with what was sent last.
func (r *request) sourceForm(name string) SourceForm {
	f := SourceForm{For: name, Action: r.path(), Organization: r.words.Org != ""}
	if name == "" {
		f.Name, f.BaseURL = source.GitHub, github.DefaultBase
	}
	if r.form.Get("do") != "add" || r.form.Get("for") != name {
		return f
	}
	f.Open = true
	f.Name, f.BaseURL, f.Orgs, f.Hosts = cmp.Or(r.form.Get("name"), f.Name), cmp.Or(r.form.Get("base"), f.BaseURL), r.form.Get("orgs"), r.form.Get("hosts")
	f.Credential, f.App = r.form.Get("credential"), r.form.Get("app")
	return f
}

func (r *request) sourceView(s admin.Source) SourceView {
	v := SourceView{Name: s.Name, From: r.t("sources.from", strings.TrimPrefix(s.BaseURL, "https://")), Paused: s.Paused, Running: s.State.Progress != nil, Form: r.sourceForm(s.Name)}
	v.State, v.Says = r.shell.SourceState(s)
	if last := s.State.Last; last != nil && !v.Running {
		v.Error = last.Failed
	}
	if s.Days.LostNext != 0 && !v.Running {
		v.Band = r.t("sources.lostnext", text.LongDay(s.Days.LostNext))
	}
	v.Facts = r.sourceFacts(s)
	missing := []source.Missing{}
	if s.State.Last != nil {
		missing = s.State.Last.Missing
	}
	if c := s.State.Check; c != nil {
		if s.State.Last == nil || c.At.After(s.State.Last.Ended) {
			missing = c.Missing
		}
		v.Checked = r.t("sources.checked", text.Moment(c.At))
		v.Hosts = c.Hosts
		v.Columns, v.Groups = r.matrix(c)
		v.Span = len(v.Columns) + 1
		if len(c.Proposed) > 0 {
			v.Proposed = r.t("sources.proposed", strings.Join(c.Proposed, ", "))
		}
	}
	v.Missing = r.missingViews(missing)
	for _, c := range s.Credentials {
		v.Credentials = append(v.Credentials, r.credentialRow(c, s.State.Check))
	}
	return v
}

// missingViews says what is missing; what is so of one scope for one reason stands once.
func (r *request) missingViews(list []source.Missing) (out []MissingView) {
	type cause struct{ scope, days, reason, grant string }
	var order []cause
	what := map[cause][]string{}
	for _, m := range list {
		c := cause{m.Scope, m.Days, m.Reason, m.Grant}
		if what[c] == nil {
			order = append(order, c)
		}
		what[c] = append(what[c], r.endpointLabel(m.What))
	}
	for _, c := range order {
		of := c.scope
		if c.days != "" {
			of += ", " + c.days
		}
		out = append(out, MissingView{r.t("sources.missing.of", strings.Join(what[c], "; "), of), c.reason, c.grant})
	}
	return out
}

func (r *request) sourceFacts(s admin.Source) []SourceFact {
	d := s.Days
	facts := []SourceFact{{r.t("sources.days"), r.t("sources.days.stored", text.Grouped(int64(d.Stored)), text.Grouped(int64(d.Window.Len())))}}
	add := func(label, value string) { facts = append(facts, SourceFact{r.t(label), value}) }
	if d.Missing > 0 {
		value := text.Grouped(int64(d.Missing))
		if d.None > 0 {
			value = r.t("sources.days.none", value, text.Grouped(int64(d.None)))
		}
		add("sources.days.missing", value)
	}
	if d.Lost > 0 {
		add("sources.days.lost", text.Grouped(int64(d.Lost)))
	}
	if p := s.State.Progress; p != nil {
		add("sources.now", p.Doing)
		if p.Waiting != "" {
			add("sources.why", p.Waiting)
		}
		add("sources.calls", text.Grouped(int64(p.Calls)))
	} else if l := s.State.Last; l != nil {
		add("sources.lastround", text.Moment(l.Ended))
		add("sources.brought", r.t("sources.brought.what", text.Grouped(int64(l.Changed)), text.Grouped(int64(l.Same)), text.Grouped(int64(l.Calls))))
	}
	if !s.State.Success.IsZero() {
		add("sources.success", text.Moment(s.State.Success))
	}
	if !s.Paused && s.State.Progress == nil && !s.State.Next.IsZero() {
		add("sources.next", text.Moment(s.State.Next))
	}
	for _, a := range s.Alerts {
		add("sources.alerts."+a.Channel, r.alertText(a))
	}
	if len(s.Orgs) > 0 {
		add("sources.orgs", strings.Join(s.Orgs, ", "))
	}
	return facts
}

// alertText says what a channel of alerts was told last.
func (r *request) alertText(a source.AlertState) string {
	switch {
	case a.Error != "":
		return r.t("sources.alerts.failed", a.Error, text.Moment(a.Next))
	case a.Sent.IsZero():
		return r.t("sources.alerts.none")
	}
	return text.Moment(a.Sent)
}

// endpointLabel returns what an endpoint is called.
func (r *request) endpointLabel(endpoint string) string {
	switch endpoint {
	case "enterprise-1-day", "organization-1-day":
		endpoint = "aggregate-1-day"
	case "users-1-day", "user-teams-1-day", "repos-1-day", "seats", "members", "teams", "enterprise-teams", "organizations":
	default:
		return endpoint // a sentence
	}
	return r.t("sources.endpoint." + endpoint)
}

// matrix returns what each credential can read: of organizations how many.
func (r *request) matrix(c *source.Check) (columns []SourceColumn, groups []MatrixGroup) {
	for _, k := range c.Credentials {
		columns = append(columns, SourceColumn{k.Name, r.kindLabel(string(k.Kind))})
	}
	for _, g := range []struct {
		key          string
		organization bool
		reports      bool
	}{{"sources.group.enterprise", false, true}, {"sources.group.organizations", true, true}, {"sources.group.lists", false, false}, {"sources.group.lists.organizations", true, false}} {
		group := MatrixGroup{Label: r.t(g.key)}
		for _, e := range endpoints(c, g.organization, g.reports) {
			row := MatrixRow{Label: r.endpointLabel(e)}
			for _, k := range c.Credentials {
				row.Cells = append(row.Cells, r.matrixCell(c, e, k.Name, g.organization))
			}
			group.Rows = append(group.Rows, row)
		}
		if len(group.Rows) > 0 {
			groups = append(groups, group)
		}
	}
	return columns, groups
}

// endpoints lists the endpoints of a check's rows, in their order.
func endpoints(c *source.Check, organization, reports bool) []string {
	var out []string
	for _, row := range c.Rows {
		if row.Organization == organization && strings.HasSuffix(row.Endpoint, "-1-day") == reports && !slices.Contains(out, row.Endpoint) {
			out = append(out, row.Endpoint)
		}
	}
	return out
}

func (r *request) matrixCell(c *source.Check, endpoint, credential string, organization bool) MatrixCell {
	ok, asked, used, impossible, status, says := 0, 0, false, false, 0, ""
	for _, row := range c.Rows {
		if row.Endpoint != endpoint || row.Credential != credential || row.Organization != organization {
			continue
		}
		asked++
		used = used || row.Used
		if row.OK {
			ok++
			continue
		}
		impossible = row.Status == 0 && row.Kind == ""
		status, says = row.Status, row.Message
	}
	cell := MatrixCell{Title: says, Credential: credential}
	switch {
	case asked == 0:
		cell.Text, cell.Class = text.None, "none"
	case impossible && ok == 0:
		cell.Text, cell.Class = r.t("sources.cell.impossible"), "none"
	case organization && asked > 1 && ok > 0:
		cell.Text, cell.Class = r.t("sources.cell.some", text.Grouped(int64(ok)), text.Grouped(int64(asked))), "some"
	case ok == 0 && status == 0:
		cell.Text, cell.Class = r.t("sources.cell.no"), "bad"
	case ok == 0:
		cell.Text, cell.Class = r.t("sources.cell.status", strconv.Itoa(status)), "bad"
	default:
		cell.Text, cell.Class = r.t("sources.cell.yes"), "good"
	}
	if organization && ok == asked && ok > 1 {
		cell.Class = "good"
	}
	if used {
		cell.Text, cell.Class = r.t("sources.cell.used", cell.Text), cell.Class+" used"
	}
	return cell
}

func (r *request) kindLabel(kind string) string {
	switch github.CredentialKind(kind) {
	case github.Classic:
		return r.t("sources.kind.classic")
	case github.FineGrained:
		return r.t("sources.kind.finegrained")
	case github.App:
		return r.t("sources.kind.app")
	}
	return r.t("sources.kind.other")
}

func (r *request) credentialRow(c admin.SourceCredential, check *source.Check) CredentialRow {
	row := CredentialRow{Name: c.Name, Kind: r.kindLabel(c.Kind), Added: text.DayOf(c.Added), Ends: text.None, Left: text.None}
	if c.Kind == string(github.App) {
		row.Ends = r.t("sources.ends.app")
	}
	if check == nil {
		return row
	}
	for _, k := range check.Credentials {
		if k.Name != c.Name {
			continue
		}
		if !k.Expires.IsZero() {
			row.Ends = text.DayOf(k.Expires)
		}
		if k.Limit > 0 {
			row.Left = r.t("sources.left.of", text.Grouped(int64(k.Left)), text.Grouped(int64(k.Limit)))
		}
	}
	return row
}

func (r *request) sourceRequest() admin.SourceRequest {
	return admin.SourceRequest{ScopeNames: r.words, Name: r.form.Get("source"), Credential: r.form.Get("drop")}
}

// words splits a field of names with spaces, commas or lines between them.
func words(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t' })
}

func addSource(r *request) (shell.Notice, error) {
	req := admin.NewSourceRequest{ScopeNames: r.words, Name: strings.TrimSpace(cmp.Or(r.form.Get("for"), r.form.Get("name"))), BaseURL: r.form.Get("base"),
		Orgs: words(r.form.Get("orgs")), AllowHosts: words(r.form.Get("hosts")), Credential: strings.TrimSpace(r.form.Get("credential")),
		Token: strings.TrimSpace(r.form.Get("token")), Key: strings.TrimSpace(r.form.Get("key"))}
	if app := strings.TrimSpace(r.form.Get("app")); app != "" {
		var err error
		if req.AppID, err = strconv.ParseInt(app, 10, 64); err != nil {
			return shell.Notice{}, fault.New(fault.Invalid, "%.20q is not the number of a GitHub App", app)
		}
	}
	s, err := r.admin.AddSource(r.Context(), req)
	return shell.Notice{Text: r.t("sources.added", s.Name)}, err
}

func checkSource(r *request) (shell.Notice, error) {
	req := r.sourceRequest()
	req.Keep = true
	c, err := r.admin.CheckSource(r.Context(), req)
	if err != nil {
		return shell.Notice{}, err
	}
	if c.OK {
		return shell.Notice{Text: r.shell.Text.Count("sources.check.ok", c.Days)}, nil
	}
	return shell.Notice{Text: r.shell.Text.Count("sources.check.missing", len(c.Missing)), Wrong: true}, nil
}

func syncSource(r *request) (shell.Notice, error) {
	s, err := r.admin.PlanSource(r.Context(), r.sourceRequest())
	return shell.Notice{Text: r.t("sources.planned", s.Name)}, err
}

func pauseSource(r *request) (shell.Notice, error) {
	s, err := r.admin.PauseSource(r.Context(), r.sourceRequest())
	return shell.Notice{Text: r.t("sources.didpause", s.Name)}, err
}

func resumeSource(r *request) (shell.Notice, error) {
	s, err := r.admin.ResumeSource(r.Context(), r.sourceRequest())
	return shell.Notice{Text: r.t("sources.didresume", s.Name)}, err
}

func removeSource(r *request) (shell.Notice, error) {
	s, err := r.admin.RemoveSource(r.Context(), r.sourceRequest())
	return shell.Notice{Text: r.t("sources.removed", s.Name)}, err
}

func dropCredential(r *request) (shell.Notice, error) {
	req := r.sourceRequest()
	_, err := r.admin.RemoveSourceCredential(r.Context(), req)
	return shell.Notice{Text: r.t("sources.dropped", req.Credential)}, err
}
