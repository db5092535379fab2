// Package importing takes report files, shows what importing them would do, and imports
// them once that is confirmed.
package importing

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/report"
	"codegauge/internal/store"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

//go:embed template
var Templates embed.FS

// Pages take report files, show what importing them would do, and import them.
type Pages struct {
	*shell.Shell
	// stage receives uploaded files, which wait in waiting for their confirmation.
	stage   *stage
	waiting waiting
}

// New returns the pages.
func New(sh *shell.Shell) (*Pages, error) {
	opt := sh.Options
	stage, err := newStage(opt.StageDir, cmp.Or(opt.MaxUpload, 8<<30), cmp.Or(opt.MaxUploads, 16<<30))
	if err != nil {
		return nil, err
	}
	p := &Pages{sh, stage, stage}
	if opt.Uploads != nil {
		p.waiting = &sharedStage{kept: opt.Expiring, uploads: opt.Uploads, quota: cmp.Or(opt.MaxUploads, 16<<30)}
	}
	return p, nil
}

// Close removes the files that wait for a confirmation.
func (p *Pages) Close() error { return p.stage.close() }

// Routes lists the routes of the pages.
func (p *Pages) Routes() []access.Route {
	var out []access.Route
	for _, at := range []string{"/import", "/enterprises/{enterprise}/import"} {
		out = append(out, p.Route("GET "+at, p.importForm), p.Route("POST "+at, p.importPreview),
			p.Route("POST "+at+"/{token}", p.importCommit), p.Route("POST "+at+"/{token}/discard", p.importDiscard))
	}
	return out
}

// view is the form, and once files were chosen, what they hold.
type view struct {
	shell.Page
	Form    *cards.ImportForm
	Preview *Preview
}

// Preview is what an import would do, before anything is committed.
type Preview struct {
	Enterprise, Window, Records, People string
	Files                               []PreviewFile
	Rejected                            []report.Rejection
	RejectedTotal                       string
	MoreRejected                        string
	Warnings                            []PreviewWarning
	MoreWarnings                        string
	Days                                []PreviewDay
	MoreDays                            string
	Seats                               []PreviewSeats
	// PeopleLists are files that the settings page of identities imports, at PeopleAction.
	PeopleLists      []PeopleList
	PeopleAction     string
	Nothing          bool
	Confirm, Discard string
}

// PeopleList is a file that is a list of people, with its text.
type PeopleList struct{ Name, CSV string }

// PreviewFile is one file and what was recognised in it.
type PreviewFile struct{ Name, Kind, Size, Rejected string }

// PreviewWarning is a warning, where it is from, and how many more are like it.
type PreviewWarning struct{ At, Reason, Like string }

// PreviewSeats is how many people would have seats.
type PreviewSeats struct{ Source, People string }

// PreviewDay is how a day's totals would move.
type PreviewDay struct {
	Label, Source, Kind, Tool string
	Records, Added, Deleted   string
	Skipped                   bool
}

// previewRows is how many rows of each list a preview shows.
const previewRows = 20

// importForm serves the form.
func (p *Pages) importForm(w http.ResponseWriter, r *http.Request) error {
	v, _, err := p.importPage(r)
	if err != nil {
		return err
	}
	return p.Show(w, "import", v)
}

// importPage returns the page of the request's enterprise, which may not be
// there yet: the first import makes it.
func (p *Pages) importPage(r *http.Request) (*view, string, error) {
	title, slug := p.Text.Get("import.title"), r.PathValue("enterprise")
	if slug == "" {
		return &view{Page: p.Frame(r, access.Place{}, title, "/import"), Form: cards.NewImportForm("")}, "", nil
	}
	e, err := p.Data.Entity(r.Context(), question.Parameters{Enterprise: slug})
	if err != nil {
		return nil, "", err
	}
	path := shell.EnterprisePath(e.Key()) + "/import"
	return &view{Page: p.Frame(r, access.PlaceOf(r.Context()), title, path), Form: cards.NewImportForm(e.Key())}, e.Key(), nil
}

// importPreview takes the files and shows what importing them would do.
func (p *Pages) importPreview(w http.ResponseWriter, r *http.Request) error {
	v, slug, err := p.importPage(r)
	if err != nil {
		return err
	}
	form, err := r.MultipartReader()
	if err != nil {
		return fault.New(fault.Invalid, "the form was not sent as files: %v", err)
	}
	up, err := p.stage.receive(form, access.Of(r.Context()).AskerKey())
	if err != nil {
		return err
	}
	if slug != "" {
		up.request.Enterprise = slug
	}
	up.request.Preview = true
	importReport, err := p.Data.Import(r.Context(), up.request)
	if err != nil {
		return errors.Join(err, up.remove())
	}
	v.Preview = p.preview(importReport)
	if err := v.Preview.findPeopleLists(r, up.request.Inputs, importReport.Files); err != nil {
		return errors.Join(err, up.remove())
	}
	token, err := p.waiting.hold(r.Context(), up)
	if err != nil {
		return errors.Join(err, up.remove())
	}
	at := v.Form.Action + "/" + token
	v.Preview.Confirm, v.Preview.Discard = at, at+"/discard"
	return p.Show(w, "import", v)
}

// importCommit imports the files that were previewed, and opens the dashboard.
func (p *Pages) importCommit(w http.ResponseWriter, r *http.Request) error {
	up, err := p.takeUpload(r)
	if err != nil {
		return err
	}
	defer p.removeUpload(r.Context(), up)
	up.request.Preview = false
	importReport, err := p.Data.Import(r.Context(), up.request)
	if err != nil {
		return err
	}
	to, err := p.landing(r.Context(), importReport)
	if err != nil {
		return err
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// landing is the page that shows what an import brought: of seats theirs, else the
// dashboard over a window that has the days.
func (p *Pages) landing(ctx context.Context, done *intake.Report) (string, error) {
	slug := done.Enterprise
	switch {
	case slug == "":
		return "/", nil
	case len(done.Days) == 0 && len(done.Seats) > 0:
		return shell.EnterprisePath(slug) + "/insights/seats", nil
	case done.To == 0:
		return shell.CodeGenerationPath(slug), nil
	}
	st, err := p.Data.Status(ctx, question.Parameters{Enterprise: slug, Days: shell.DefaultDays})
	if err != nil {
		return "", err
	}
	if done.To >= st.Range.From && done.From <= st.Range.To {
		return shell.CodeGenerationPath(slug), nil
	}
	from := max(done.From, done.To-shell.DefaultDays+1)
	return shell.CodeGenerationPath(slug) + "?" + url.Values{"from": {from.String()}, "to": {done.To.String()}}.Encode(), nil
}

// takeUpload gives out the request's upload if it belongs to the enterprise of
// the address.
func (p *Pages) takeUpload(r *http.Request) (*staged, error) {
	up, err := p.waiting.take(r.Context(), r.PathValue("token"))
	if err != nil {
		return nil, err
	}
	slug := r.PathValue("enterprise")
	if slug == "" {
		return up, nil
	}
	e, err := p.Data.Entity(r.Context(), question.Parameters{Enterprise: slug})
	if err == nil && e.Key() != up.request.Enterprise {
		err = fault.New(fault.Conflict, "these files were uploaded for %q", up.request.Enterprise)
	}
	if err != nil {
		return nil, errors.Join(err, up.remove())
	}
	return up, nil
}

// removeUpload removes an upload that is needed no more. If it cannot be removed
// it goes when it expires.
func (p *Pages) removeUpload(ctx context.Context, up *staged) {
	if err := up.remove(); err != nil {
		p.Options.Log.WarnContext(ctx, "remove an upload", "error", err)
	}
}

// importDiscard forgets the files.
func (p *Pages) importDiscard(w http.ResponseWriter, r *http.Request) error {
	up, err := p.takeUpload(r)
	if err != nil {
		return err
	}
	p.removeUpload(r.Context(), up)
	http.Redirect(w, r, strings.TrimSuffix(r.URL.Path, "/"+r.PathValue("token")+"/discard"), http.StatusSeeOther)
	return nil
}

func (p *Pages) preview(importReport *intake.Report) *Preview {
	t := p.Text.Get
	v := &Preview{Enterprise: importReport.Enterprise, People: text.Grouped(importReport.Users), Records: p.countsWords(importReport.Records), Window: text.None,
		RejectedTotal: text.Grouped(importReport.RejectedTotal), Nothing: len(importReport.Days) == 0 && !slices.ContainsFunc(importReport.Files, func(f report.FileStat) bool { return len(f.Records) > 0 })}
	if importReport.To != 0 {
		v.Window = t("import.window", text.Span(day.Range{From: importReport.From, To: importReport.To}), p.Text.Count("days", distinctDays(importReport.Days)))
	}
	for _, f := range importReport.Files {
		kind := p.countsWords(f.Records)
		if f.NotReport != "" {
			kind = t("import.notreport", f.NotReport)
		}
		v.Files = append(v.Files, PreviewFile{f.Name, kind, bytesWord(f.Bytes), text.Grouped(f.Rejected)})
	}
	v.Rejected, v.MoreRejected = importReport.Rejected[:min(previewRows, len(importReport.Rejected))], p.more(importReport.RejectedTotal-previewRows)
	for _, w := range importReport.Warnings[:min(previewRows, len(importReport.Warnings))] {
		v.Warnings = append(v.Warnings, p.previewWarning(w))
	}
	v.MoreWarnings = p.more(int64(len(importReport.Warnings) - previewRows))
	for _, s := range importReport.Seats {
		v.Seats = append(v.Seats, PreviewSeats{s.Source, moved(s.Before, s.After)})
	}
	days := slices.DeleteFunc(slices.Clone(importReport.Days), func(d store.DayChange) bool { return d.Idle() })
	for _, d := range days[:min(previewRows, len(days))] {
		v.Days = append(v.Days, p.previewDay(d))
	}
	v.MoreDays = p.more(int64(len(days) - previewRows))
	return v
}

// maxPeopleList bounds a list of people that is handed on to the page of identities.
const maxPeopleList = 1 << 20

// findPeopleLists reads the files that are lists of people, for whoever may import those.
func (v *Preview) findPeopleLists(r *http.Request, inputs []report.Input, files []report.FileStat) error {
	at := access.PlaceOf(r.Context())
	if at.Enterprise == nil || !access.Of(r.Context()).Allows("POST /enterprises/{enterprise}/settings/people", at) {
		return nil
	}
	v.PeopleAction = shell.EnterprisePath(at.Enterprise.Key()) + "/settings/people"
	for _, in := range inputs {
		if in.Size > maxPeopleList || !slices.ContainsFunc(files, func(f report.FileStat) bool { return f.Name == in.Name && f.NotReport == report.PeopleList }) {
			continue
		}
		f, err := in.Open()
		if err != nil {
			return fmt.Errorf("open %s: %w", in.Name, err)
		}
		body, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			return fmt.Errorf("read %s: %w", in.Name, err)
		}
		v.PeopleLists = append(v.PeopleLists, PeopleList{in.Name, string(body)})
	}
	return nil
}

func (p *Pages) more(n int64) string {
	if n <= 0 {
		return ""
	}
	return p.Text.Get("import.more", text.Grouped(n))
}

func (p *Pages) previewWarning(w report.Warning) PreviewWarning {
	out := PreviewWarning{Reason: w.Reason, At: w.File}
	if w.File != "" && w.Line > 0 {
		out.At = fmt.Sprintf("%s:%d", w.File, w.Line)
	}
	if w.Count > 1 {
		out.Like = p.Text.Get("import.like", text.Grouped(w.Count-1))
	}
	return out
}

func moved(before, after int64) string {
	return english.Moved(text.Grouped(before), text.Grouped(after))
}

func (p *Pages) previewDay(d store.DayChange) PreviewDay {
	return PreviewDay{text.LongDay(d.Day), d.SourceName, p.Text.Get("kind." + d.Kind), d.Data.After(metric.ToolByName(d.Tool).Label),
		moved(d.Before.Records, d.After.Records), english.Moved(d.Before.LocAdded.String(), d.After.LocAdded.String()),
		english.Moved(d.Before.LocDeleted.String(), d.After.LocDeleted.String()), d.Skipped}
}

func distinctDays(days []store.DayChange) int {
	seen := map[day.Day]bool{}
	for _, d := range days {
		seen[d.Day] = true
	}
	return len(seen)
}

// countsWords writes records by kind: "3 aggregates, 1,204 user records".
func (p *Pages) countsWords(counts map[string]int64) string {
	var kinds []string
	for kind := range counts {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	var out []string
	for _, kind := range kinds {
		out = append(out, p.Text.Count("records."+kind, int(counts[kind])))
	}
	if len(out) == 0 {
		return text.None
	}
	return strings.Join(out, ", ")
}

func bytesWord(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	return text.Compact(float64(n)) + "B"
}
