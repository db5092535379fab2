package settings

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

func auditPage() page {
	return page{name: "audit", icon: "book", view: auditSettings}
}

// auditPageRows is how many entries a page shows; exportRows an export.
const (
	auditPageRows = 100
	exportRows    = 10_000
)

// auditGroups are the kinds of action that the filter offers.
var auditGroups = []string{"policy.", "privacy.", "role.", "token.", "source.", "person.", "people.", "identity.", "data.", "seats.", "signin."}

// auditView is an enterprise's audit log.
type auditView struct {
	Settings
	Rows     []AuditRow
	Actions  []Option
	User     string
	From, To string
	Filtered bool
	// Older continues the list, "" at its end.
	Older, CSV, NDJSON string
	// Chain says whether the log is as it was written; Broken that it is not.
	Chain  string
	Broken bool
}

// AuditRow is an entry, or several that say the same one after the other: When is when the
// last of them was written. Key is the action as exports have it.
type AuditRow struct {
	When string
	auditWords
	// Times says how many entries it is and since when, "" of one.
	Times string
}

// auditWords is what an entry says.
type auditWords struct {
	Who, Address, Action, Key, Target, Subject, Detail string
}

// auditRequest reads the filter of the URL.
func (r *request) auditRequest() (admin.AuditRequest, error) {
	q := r.URL.Query()
	out := admin.AuditRequest{ScopeNames: r.words, User: strings.TrimSpace(q.Get("user")), Action: q.Get("action"), From: q.Get("from"), To: q.Get("to"), Limit: auditPageRows + 1}
	if before := q.Get("before"); before != "" {
		n, err := strconv.ParseInt(before, 10, 64)
		if err != nil {
			return out, fault.New(fault.Invalid, "before %.20q is not a number", before)
		}
		out.Before = n
	}
	return out, nil
}

func auditSettings(r *request) (any, error) {
	req, err := r.auditRequest()
	if err != nil {
		return nil, err
	}
	v := &auditView{Settings: r.frame(), User: req.User, From: req.From, To: req.To, Filtered: req.User+req.Action+req.From+req.To != ""}
	list, err := r.admin.Audit(r.Context(), req)
	if fault.KindOf(err) == fault.NotFound && req.User != "" {
		v.Notice, err = &shell.Notice{Text: r.shell.Message(fault.NotFound, err), Wrong: true}, nil
	}
	if err != nil {
		return nil, err
	}
	if len(list) > auditPageRows {
		list = list[:auditPageRows]
		v.Older = r.auditURL("", strconv.FormatInt(list[len(list)-1].Seq, 10))
	}
	names, err := r.auditNames()
	if err != nil {
		return nil, err
	}
	v.Rows = r.auditRows(list, names)
	for _, g := range auditGroups {
		v.Actions = append(v.Actions, Option{Value: g, Label: r.t("audit.group." + strings.TrimSuffix(g, ".")), On: req.Action == g})
	}
	v.CSV, v.NDJSON = r.auditURL("csv", ""), r.auditURL("ndjson", "")
	return v, r.checkChain(v)
}

// auditNames writes what entries name by keys: whole targets, as "team core" of the team Core,
// and in details the tools of identities. Exports keep the keys.
func (r *request) auditNames() (func(string) string, error) {
	list, err := r.admin.Entities(r.Context(), access.ScopeNames{Enterprise: r.words.Enterprise})
	if err != nil {
		return nil, err
	}
	places := map[string]string{}
	for _, e := range list {
		places[string(e.Kind)+" "+e.Key] = cmp.Or(e.Name, e.Key)
	}
	var tools []string
	for _, t := range metric.Tools {
		tools = append(tools, t.Name+" identity ", r.t("audit.account", t.Label)+" ")
	}
	words := strings.NewReplacer(tools...)
	return func(s string) string { return cmp.Or(places[s], words.Replace(s)) }, nil
}

// auditRows makes rows of entries, of which the newest comes first.
func (r *request) auditRows(list []admin.Entry, names func(string) string) (out []AuditRow) {
	times := 0
	for _, e := range list {
		words := auditWords{Who: cmp.Or(e.Name, e.Actor), Address: e.Address, Action: r.actionLabel(e.Action), Key: e.Action, Target: names(e.Target), Subject: e.Subject, Detail: names(e.Detail)}
		if n := len(out); n > 0 && out[n-1].auditWords == words {
			times++
			out[n-1].Times = r.t("audit.times", text.Grouped(int64(times)), text.Moment(e.At))
			continue
		}
		times = 1
		out = append(out, AuditRow{When: text.Moment(e.At), auditWords: words})
	}
	return out
}

// actionLabel returns what pages call an action; a new one is shown as it is.
func (r *request) actionLabel(action string) string {
	if label, ok := r.shell.Text["action."+action]; ok {
		return label
	}
	return action
}

// auditURL keeps the filter: the export in a format, or the page from an entry on.
func (r *request) auditURL(format, before string) string {
	q := url.Values{}
	for _, name := range []string{"user", "action", "from", "to"} {
		if value := r.URL.Query().Get(name); value != "" {
			q.Set(name, value)
		}
	}
	path := r.path()
	if format != "" {
		path += "/export"
		q.Set("format", format)
	}
	if before != "" {
		q.Set("before", before)
	}
	return path + "?" + q.Encode()
}

func (r *request) checkChain(v *auditView) error {
	check, err := r.admin.VerifyAudit(r.Context(), r.words)
	switch {
	case err != nil:
		return err
	case check.Broken != 0:
		v.Chain, v.Broken = r.t("audit.broken"), true
	default:
		v.Chain = r.t("audit.intact")
	}
	return nil
}

// exportAudit serves the filtered log as a file.
func exportAudit(sh *shell.Shell, w http.ResponseWriter, r *http.Request) error {
	req := newRequest(sh, r, auditPage())
	ask, err := req.auditRequest()
	if err != nil {
		return err
	}
	ask.Limit = exportRows
	list, err := req.admin.Audit(r.Context(), ask)
	if err != nil {
		return err
	}
	format := r.URL.Query().Get("format")
	if format != "csv" && format != "ndjson" {
		return fault.New(fault.Invalid, "format %.20q is not csv or ndjson", format)
	}
	if err := req.admin.Exported(r.Context(), *access.PlaceOf(r.Context()).Entity(), "audit log, "+format); err != nil {
		return err
	}
	if format == "csv" {
		return writeAuditCSV(w, list)
	}
	shell.Attach(w, "application/x-ndjson", "audit.ndjson")
	lines := json.NewEncoder(w)
	for _, e := range list {
		if err := lines.Encode(e); err != nil {
			return nil //nolint:nilerr // the reader went away
		}
	}
	return nil
}

func writeAuditCSV(w http.ResponseWriter, list []admin.Entry) error {
	shell.Attach(w, "text/csv; charset=utf-8", "audit.csv")
	rows := csv.NewWriter(w)
	_ = rows.Write([]string{"seq", "at", "actor", "name", "address", "action", "target", "subject", "detail", "hash"}) // Flush says what went wrong
	for _, e := range list {
		cells := []string{strconv.FormatInt(e.Seq, 10), e.At.Format(time.RFC3339Nano), e.Actor, e.Name, e.Address, e.Action, e.Target, e.Subject, e.Detail, e.Hash}
		for i := range cells {
			cells[i] = query.CSVCell(cells[i])
		}
		_ = rows.Write(cells)
	}
	rows.Flush()
	return nil // the reader went away, if anything
}
