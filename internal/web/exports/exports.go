// Package exports is the page of exports: the records that are stored, and the figures of
// other pages, as files.
package exports

import (
	"context"
	"embed"
	"strings"

	"codegauge/internal/day"
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
	Pages: map[string]shell.Handler{"": cards.Fresh("exports", compose)}}

// view is the page of exports.
type view struct {
	shell.Page
	shell.TableHeader
	Empty *cards.Empty
	// Figures is the address of the file with the figures of the code generation page.
	Figures string
	Reports []ReportRow
	// Slug and OrgSlug say whose records the forms ask for.
	Slug, OrgSlug string
	Formats       []string
}

// ReportRow is a report whose records are stored, with a form that downloads them.
type ReportRow struct {
	Report, Label, About, Days string
	// First and Last bound the form's days; From and To are those that it begins with.
	First, Last, From, To string
	Tools                 []ToolChoice
	// Refused says why whoever asks may not take the records, "" if they may.
	Refused string
}

// ToolChoice is a tool of which a report has records.
type ToolChoice struct{ Name, Label string }

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
	v := &view{Page: b.Page(b.T("exports.title")), Slug: b.State.Enterprise, OrgSlug: b.State.Org, Formats: []string{"csv", "ndjson", "parquet"}}
	v.Frames = b.Frames()
	if v.Empty = b.EmptyBefore(); v.Empty != nil {
		return v, nil
	}
	v.Window = text.Span(b.Window)
	v.Figures = b.CodeGenerationFileURL()
	list, err := b.Data.Exportable(ctx, b.State.Words(b.Window))
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		v.Reports = append(v.Reports, row(b, x))
	}
	return v, nil
}

func row(b *cards.Builder, x question.Exportable) ReportRow {
	key := "exports." + strings.TrimSuffix(x.Report, "-1-day")
	out := ReportRow{Report: x.Report, Label: b.T(key), About: b.T(key + ".about"), Days: text.Span(x.Days), First: x.Days.From.String(), Last: x.Days.To.String()}
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
