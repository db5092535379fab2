// Package exports is the page of exports: the records that are stored, and the figures of
// other pages, as files.
package exports

import (
	"context"
	"embed"
	"net/http"
	"strconv"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/api"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

//go:embed template
var templates embed.FS

// Dashboard is the exports of enterprises and organizations.
var Dashboard = shell.Dashboard{Name: "exports", Label: "nav.exports", Icon: "export", Templates: templates,
	Pages: map[string]shell.Handler{"": cards.Fresh("exports", compose)}, Forms: map[string]shell.Handler{"": take}}

// view is the page of exports.
type view struct {
	shell.Page
	shell.TableHeader
	Empty *cards.Empty
	// Figures are the files with the figures of pages.
	Figures []shell.Link
	Reports []ReportRow
	// Prepared are the exports that whoever asks has had prepared, newest first.
	Prepared []PreparedRow
	// Path is where forms are sent.
	Path    string
	Formats []string
}

// ReportRow is a report whose records are stored, with a form that downloads them.
type ReportRow struct {
	// ID tells it from others on the page, Data names the kind of data unless it is reports.
	ID, Data                   string
	Report, Label, About, Days string
	// First and Last bound the form's days; From and To are those that it begins with.
	First, Last, From, To string
	Tools                 []ToolChoice
	// Refused says why whoever asks may not take the records, "" if they may.
	Refused string
}

// ToolChoice is a tool of which a report has records.
type ToolChoice struct{ Name, Label string }

// PreparedRow is an export that is prepared in the background, or was.
type PreparedRow struct {
	ID, Label, Days, Format, Version string
	// Status is a key of a text; Error is why it failed.
	Status, Error string
	Progress      string
	Records       int64
	Total         int64
	// Size, File and Until are those of a file that is ready, URL is where others are asked.
	Size, File, Until, URL string
}

// take does what a form asks for: it leads to the file, or has a large one prepared, or
// removes one.
func take(sh *shell.Shell, dashboard string, w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "the form is not well-formed: %v", err)
	}
	at, f := access.PlaceOf(r.Context()), r.PostForm
	page := shell.InsightsPath(at, dashboard) + "#prepared"
	if id := f.Get("remove"); id != "" {
		if err := sh.Options.Exports.Remove(r.Context(), id); err != nil {
			return err
		}
		http.Redirect(w, r, page, http.StatusSeeOther)
		return nil
	}
	req := question.ExportRequest{Enterprise: at.Enterprise.Key(), Report: f.Get("report"), From: f.Get("from"), To: f.Get("to"), Tool: f.Get("tool"), Data: f.Get("data_kind"), Format: f.Get("format")}
	if at.Organization != nil {
		req.Org = at.Organization.Key()
	}
	large, err := sh.Options.Exports.Large(r.Context(), req)
	if err != nil {
		return err
	}
	if large {
		_, err = sh.Options.Exports.Prepare(r.Context(), req)
	} else {
		page = "/api/v1/export?" + api.ExportValues(req).Encode()
	}
	if err == nil {
		http.Redirect(w, r, page, http.StatusSeeOther)
	}
	return err
}

// maxForm bounds a form, in bytes.
const maxForm = 64 << 10

func compose(ctx context.Context, b *cards.Builder) (*view, error) {
	b.State.Where = nil // records are exported whole; figures under filters from their own page
	b.Effective = b.State.Effective()
	if b.Place.Organization != nil {
		if err := b.WholeWeeks(ctx); err != nil {
			return nil, err
		}
	}
	if err := b.LoadStatus(ctx); err != nil {
		return nil, err
	}
	v := &view{Page: b.Page(b.T("exports.title")), Path: b.State.Path, Formats: []string{"csv", "ndjson", "parquet"}}
	v.Frames = b.Frames()
	if v.Empty = b.EmptyBefore(); v.Empty != nil {
		return v, nil
	}
	v.Window = text.Span(b.Window)
	v.Figures = []shell.Link{{Label: b.T("nav.codegen"), URL: b.FileURL("code-generation")}, {Label: b.T("nav.usage"), URL: b.FileURL("copilot-usage")}}
	list, err := b.Data.Exportable(ctx, b.State.Words(b.Window))
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		v.Reports = append(v.Reports, row(b, x))
	}
	v.Prepared, err = prepared(ctx, b)
	return v, err
}

// prepared lists the exports that whoever asks has had prepared.
func prepared(ctx context.Context, b *cards.Builder) (out []PreparedRow, err error) {
	if b.Options.Exports == nil {
		return nil, nil
	}
	list, err := b.Options.Exports.List(ctx)
	for _, e := range list {
		x := PreparedRow{ID: e.ID, Label: e.DataKind.After(b.T("exports." + strings.TrimSuffix(e.Report, "-1-day"))), Days: text.Span(day.Range{From: e.From, To: e.To}), Format: e.Format,
			Version: strconv.FormatInt(e.DataVersion, 10), Status: "exports.status." + string(e.Status), Error: e.Error, Records: e.Records, Total: e.Total}
		switch e.Status {
		case directory.ExportDone:
			x.Size, x.File, x.Until = text.Bytes(e.Bytes), e.File, text.Moment(e.Expires)
		case directory.ExportWaiting, directory.ExportRunning:
			x.URL, x.Progress = e.URL, b.T("exports.progress", text.Grouped(e.Records), text.Grouped(e.Total))
		}
		out = append(out, x)
	}
	return out, err
}

func row(b *cards.Builder, x question.Exportable) ReportRow {
	key := "exports." + strings.TrimSuffix(x.Report, "-1-day")
	out := ReportRow{ID: x.Report, Report: x.Report, Label: x.Data.After(b.T(key)), About: b.T(key + ".about"), Days: text.Span(x.Days), First: x.Days.From.String(), Last: x.Days.To.String()}
	if x.Data != metric.Reports {
		out.Data, out.ID = x.Data.String(), x.Report+"-"+x.Data.String()
	}
	days := b.Window.Intersect(x.Days)
	if days.Len() == 0 {
		days = day.Range{From: x.Days.To, To: x.Days.To}
	}
	out.From, out.To = days.From.String(), days.To.String()
	for _, tool := range x.Tools {
		out.Tools = append(out.Tools, ToolChoice{tool, metric.ToolByName(tool).Label})
	}
	if x.Refused != nil {
		out.Refused = x.Refused.Error()
	}
	return out
}
