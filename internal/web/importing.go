package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/report"
	"codegauge/internal/service"
	"codegauge/internal/store"
)

// importView is the form, and once files were chosen, what they hold.
type importView struct {
	Page
	Form    *ImportForm
	Preview *Preview
}

// ImportForm takes report files. Enterprise is the slug they are imported into,
// "" asks for one.
type ImportForm struct {
	Action, Enterprise string
	Tools              []metric.Tool
}

func importFormFor(web *Web, enterprise string) *ImportForm {
	f := &ImportForm{Action: "/import", Enterprise: enterprise, Tools: metric.Tools}
	if enterprise != "" {
		f.Action = enterprisePath(enterprise) + "/import"
	}
	return f
}

// Preview is what an import would do, before anything is committed.
type Preview struct {
	Enterprise, Window, Records, People string
	Files                               []PreviewFile
	Refused                             []report.Refusal
	RefusedTotal                        string
	MoreRefused                         string
	Warnings                            []PreviewWarning
	MoreWarnings                        string
	Days                                []PreviewDay
	MoreDays                            string
	Seats                               []PreviewSeats
	Nothing                             bool
	Confirm, Discard                    string
}

// PreviewFile is one file and what was recognised in it.
type PreviewFile struct{ Name, Kind, Size, Refused string }

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
func (web *Web) importForm(w http.ResponseWriter, r *http.Request) error {
	v, _, err := web.importPage(r)
	if err != nil {
		return err
	}
	return web.show(w, "import", v)
}

// importPage returns the page of the request's enterprise, which may not be
// there yet: the first import makes it.
func (web *Web) importPage(r *http.Request) (*importView, string, error) {
	title, slug := web.text.Get("import.title"), r.PathValue("enterprise")
	if slug == "" {
		return &importView{Page: web.shell(r, access.Place{}, title, "/import"), Form: importFormFor(web, "")}, "", nil
	}
	e, err := web.data.Entity(r.Context(), service.Words{Enterprise: slug})
	if err != nil {
		return nil, "", err
	}
	path := enterprisePath(e.Key()) + "/import"
	return &importView{Page: web.shell(r, access.PlaceOf(r.Context()), title, path), Form: importFormFor(web, e.Key())}, e.Key(), nil
}

// importPreview takes the files and shows what importing them would do.
func (web *Web) importPreview(w http.ResponseWriter, r *http.Request) error {
	v, slug, err := web.importPage(r)
	if err != nil {
		return err
	}
	// A large file may take longer than other requests are given. Where a
	// writer cannot lift its deadline, the usual one holds.
	lift := http.NewResponseController(w)
	lift.SetReadDeadline(time.Time{})
	lift.SetWriteDeadline(time.Time{})
	form, err := r.MultipartReader()
	if err != nil {
		return fault.New(fault.Invalid, "the form was not sent as files: %v", err)
	}
	up, err := web.stage.receive(form)
	if err != nil {
		return err
	}
	if slug != "" {
		up.request.Enterprise = slug
	}
	up.request.Preview = true
	ledger, err := web.data.Import(r.Context(), up.request)
	if err != nil {
		return errors.Join(err, up.remove())
	}
	v.Preview = web.preview(ledger)
	token, err := web.waiting.hold(r.Context(), up)
	if err != nil {
		return errors.Join(err, up.remove())
	}
	at := v.Form.Action + "/" + token
	v.Preview.Confirm, v.Preview.Discard = at, at+"/discard"
	return web.show(w, "import", v)
}

// importCommit imports the files that were previewed, and opens the dashboard.
func (web *Web) importCommit(w http.ResponseWriter, r *http.Request) error {
	up, err := web.takeUpload(r)
	if err != nil {
		return err
	}
	defer web.removeUpload(r.Context(), up)
	http.NewResponseController(w).SetWriteDeadline(time.Time{})
	up.request.Preview = false
	ledger, err := web.data.Import(r.Context(), up.request)
	if err != nil {
		return err
	}
	to := "/"
	if slug := ledger.Enterprise; slug != "" {
		to = codeGenerationPath(slug)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// takeUpload gives out the request's upload if it belongs to the enterprise of
// the address.
func (web *Web) takeUpload(r *http.Request) (*staged, error) {
	up, err := web.waiting.take(r.Context(), r.PathValue("token"))
	if err != nil {
		return nil, err
	}
	slug := r.PathValue("enterprise")
	if slug == "" {
		return up, nil
	}
	e, err := web.data.Entity(r.Context(), service.Words{Enterprise: slug})
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
func (web *Web) removeUpload(ctx context.Context, up *staged) {
	if err := up.remove(); err != nil {
		web.opt.Log.WarnContext(ctx, "remove an upload", "error", err)
	}
}

// importDiscard forgets the files.
func (web *Web) importDiscard(w http.ResponseWriter, r *http.Request) error {
	up, err := web.takeUpload(r)
	if err != nil {
		return err
	}
	web.removeUpload(r.Context(), up)
	http.Redirect(w, r, strings.TrimSuffix(r.URL.Path, "/"+r.PathValue("token")+"/discard"), http.StatusSeeOther)
	return nil
}

func (web *Web) preview(l *service.Ledger) *Preview {
	t := web.text.Get
	p := &Preview{Enterprise: l.Enterprise, People: grouped(l.Users), Records: web.countsWords(l.Records), Window: none,
		RefusedTotal: grouped(l.RefusedTotal), Nothing: len(l.Days) == 0 && !slices.ContainsFunc(l.Files, func(f report.FileStat) bool { return len(f.Records) > 0 })}
	if l.To != 0 {
		p.Window = t("import.window", span(day.Range{From: l.From, To: l.To}), web.text.Count("days", distinctDays(l.Days)))
	}
	for _, f := range l.Files {
		kind := web.countsWords(f.Records)
		if f.NotReport != "" {
			kind = t("import.notreport", f.NotReport)
		}
		p.Files = append(p.Files, PreviewFile{f.Name, kind, bytesWord(f.Bytes), grouped(f.Refused)})
	}
	p.Refused, p.MoreRefused = l.Refused[:min(previewRows, len(l.Refused))], web.more(l.RefusedTotal-previewRows)
	for _, w := range l.Warnings[:min(previewRows, len(l.Warnings))] {
		p.Warnings = append(p.Warnings, web.previewWarning(w))
	}
	p.MoreWarnings = web.more(int64(len(l.Warnings) - previewRows))
	for _, s := range l.Seats {
		p.Seats = append(p.Seats, PreviewSeats{s.Source, moved(s.Before, s.After)})
	}
	for _, d := range l.Days[:min(previewRows, len(l.Days))] {
		p.Days = append(p.Days, web.previewDay(d))
	}
	p.MoreDays = web.more(int64(len(l.Days) - previewRows))
	return p
}

func (web *Web) more(n int64) string {
	if n <= 0 {
		return ""
	}
	return web.text.Get("import.more", grouped(n))
}

func (web *Web) previewWarning(w report.Warning) PreviewWarning {
	out := PreviewWarning{Reason: w.Reason, At: w.File}
	if w.File != "" && w.Line > 0 {
		out.At = fmt.Sprintf("%s:%d", w.File, w.Line)
	}
	if w.Count > 1 {
		out.Like = web.text.Get("import.like", grouped(w.Count-1))
	}
	return out
}

func moved(before, after int64) string {
	if before == after {
		return grouped(after)
	}
	return grouped(before) + " → " + grouped(after)
}

func (web *Web) previewDay(d store.DayChange) PreviewDay {
	return PreviewDay{longDay(d.Day), d.SourceName, web.text.Get("kind." + d.Kind), metric.ToolByName(d.Tool).Label,
		moved(d.Before.Records, d.After.Records), moved(d.Before.LocAdded, d.After.LocAdded), moved(d.Before.LocDeleted, d.After.LocDeleted), d.Skipped}
}

func distinctDays(days []store.DayChange) int {
	seen := map[day.Day]bool{}
	for _, d := range days {
		seen[d.Day] = true
	}
	return len(seen)
}

// countsWords writes records by kind: "3 aggregates, 1,204 user records".
func (web *Web) countsWords(counts map[string]int64) string {
	var kinds []string
	for kind := range counts {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	var out []string
	for _, kind := range kinds {
		out = append(out, web.text.Count("records."+kind, int(counts[kind])))
	}
	if len(out) == 0 {
		return none
	}
	return strings.Join(out, ", ")
}

func bytesWord(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	return compact(float64(n)) + "B"
}
