// Package shell is what every page stands in: the frame with its sidebar, the state of a
// page, which is its URL, the filters that change it, who asks and for which place, error
// pages, notices, scripts and styles, and the memory of rendered pages. It knows no page;
// package web tells it which there are.
package shell

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/basepath"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/prepare"
	"codegauge/internal/query"
	"codegauge/internal/question"
	"codegauge/internal/web/text"
)

// Data is what the pages ask for; a question.Answerer and an intake.Intake have it.
type Data interface {
	Today() day.Day
	Enterprises(ctx context.Context) ([]question.EnterpriseSummary, error)
	Entity(ctx context.Context, w question.Parameters) (directory.Entity, error)
	Entities(ctx context.Context, enterprise string, kind directory.Kind) ([]directory.Entity, error)
	DataVersion(ctx context.Context, enterprise string) (int64, error)
	LastChange(ctx context.Context, w question.Parameters) (int64, error)
	DirectoryVersion(ctx context.Context) (int64, error)
	Status(ctx context.Context, w question.Parameters) (*question.Status, error)
	Coverage(ctx context.Context, w question.Parameters) (*question.Coverage, error)
	ClientFaults(ctx context.Context, w question.Parameters) ([]question.ClientFault, error)
	EntityFaults(ctx context.Context, w question.Parameters) (map[int64][]question.ClientFault, error)
	ClientUse(ctx context.Context, w question.Parameters) ([]question.ClientUse, error)
	Impact(ctx context.Context, w question.Parameters) (*question.Impact, error)
	QuarterWeeks(ctx context.Context, enterprise string) (day.Range, error)
	Quarters(ctx context.Context, enterprise string) (*question.Quarters, error)
	Own(ctx context.Context, w question.Parameters, identities []directory.Identity) (*question.Own, error)
	Query(ctx context.Context, w question.Parameters) (*query.Answer, error)
	Reconcile(ctx context.Context, w question.Parameters) (*question.Reconciliation, error)
	Values(ctx context.Context, w question.Parameters, dimension string) ([]string, error)
	Exportable(ctx context.Context, w question.Parameters) ([]question.Exportable, error)
	SeatCount(ctx context.Context, w question.Parameters) (*int64, error)
	SeatsHidden(ctx context.Context, w question.Parameters) (bool, error)
	IncludedCredits(ctx context.Context, w question.Parameters) (*int64, error)
	SeatActivity(ctx context.Context, w question.Parameters) (*question.SeatActivity, error)
	TeamSeats(ctx context.Context, w question.Parameters) (*question.SeatActivity, error)
	EntityPhases(ctx context.Context, w question.Parameters, entities []directory.Entity) (*question.EntityPhases, error)
	SeatUse(ctx context.Context, w question.Parameters) (*question.SeatUse, error)
	Changes(ctx context.Context, w question.Parameters) (*question.Changes, error)
	Overlap(ctx context.Context, w question.Parameters) (*query.Overlap, error)
	Adoption(ctx context.Context, w question.Parameters, population string) (*question.Adoption, error)
	Import(ctx context.Context, req intake.Request) (*intake.Report, error)
	ResolvePseudonyms(ctx context.Context, enterprise string, names []string) ([]string, error)
}

// Privacy is what pages about people go by; *admin.Admin has it.
type Privacy interface {
	// Viewed and Exported write into the audit log that whoever asks looks at
	// people's data, or takes data away.
	Viewed(ctx context.Context, place directory.Entity, what string, users ...string) error
	Exported(ctx context.Context, place directory.Entity, what string) error
	// Self is what concerns whoever asks; InForce an enterprise's privacy settings.
	Self(ctx context.Context) (admin.Self, error)
	// ConfirmOwn and DeclineOwn say that an identity is, or is not, whoever asks.
	ConfirmOwn(ctx context.Context, enterprise int64, tool, userID string) error
	DeclineOwn(ctx context.Context, enterprise int64, tool, userID string) error
	InForce(ctx context.Context, enterprise int64) (directory.Privacy, error)
}

// SavedViews is what pages keep for whoever asks; *admin.Admin has it.
type SavedViews interface {
	SavedViews(ctx context.Context, enterprise int64) ([]admin.SavedView, error)
	SaveView(ctx context.Context, at access.Place, v directory.SavedView) (directory.SavedView, error)
	RenameView(ctx context.Context, id int64, name string) error
	RemoveView(ctx context.Context, id int64) error
}

// Places is who wants to see their own place among others; *admin.Admin has it.
type Places interface {
	OwnPlace(ctx context.Context, enterprise int64) (bool, error)
	SetOwnPlace(ctx context.Context, enterprise int64, on bool) error
	Quarters(ctx context.Context, enterprise int64, from day.Day) (directory.QuarterBounds, error)
	KeepQuarters(ctx context.Context, enterprise int64, from day.Day, b directory.QuarterBounds) (directory.QuarterBounds, error)
}

// Options configures the pages.
type Options struct {
	Log *slog.Logger
	// StageDir is the directory in which uploaded files wait for their confirmation;
	// "" is the system's temporary one.
	StageDir string
	// MaxUpload limits one upload in bytes; 0 is 8 GiB.
	MaxUpload int64
	// Expiring keeps notices until they are shown.
	Expiring directory.Expiring
	// Uploads keeps uploaded files where several processes serve the pages; nil
	// leaves them in StageDir. MaxUploads limits all together, in bytes; 0 is 16 GiB.
	Uploads    directory.Uploads
	MaxUploads int64
	// Demo says that the data is a sample.
	Demo bool
	// Authenticator is where people sign in and out.
	Authenticator *access.Authenticator
	// Admin is what the settings pages administer.
	Admin *admin.Admin
	// Exports prepares large exports; nil offers none.
	Exports *prepare.Preparer
	// Privacy is Admin unless a test sets it.
	Privacy Privacy
	// Views are Admin's unless a test sets them.
	Views SavedViews
	// Places are Admin's unless a test sets them.
	Places Places
	// Version is the program's: another one renders other pages of the same data. Release
	// is how people write it, Version if it is "".
	Version, Release string
	// PublicURL is where browsers reach us, "" for where a request came to.
	PublicURL string
	// Base is the path below which they do. Pages put it before their links, package
	// server before the addresses of redirects; everything else here is without it.
	Base basepath.Base
}

// Pages are the pages inside the frame.
type Pages struct {
	// Dashboards are in the order of the sidebar.
	Dashboards []Dashboard
	// Settings returns the entries of the settings that a place has for whoever asks.
	Settings func(access.Place, *access.Principal) []Entry
	// Shared is the templates that all pages may use, Templates those of pages that no
	// dashboard has.
	Shared    fs.FS
	Templates []fs.FS
}

// Shell is what all pages stand in. It is safe for concurrent use.
type Shell struct {
	Data       Data
	Options    Options
	Text       text.Catalogue
	dashboards []Dashboard
	settings   func(access.Place, *access.Principal) []Entry
	assets     *assets
	pages      *templates
	cache      *cache
	// notices are what forms did.
	Notices *notices
}

// New returns the shell of pages over data.
func New(data Data, opt Options, pages Pages) (*Shell, error) {
	if opt.Privacy == nil {
		opt.Privacy = opt.Admin
	}
	if opt.Places == nil {
		opt.Places = opt.Admin
	}
	if opt.Views == nil {
		opt.Views = opt.Admin
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	sh := &Shell{Data: data, Options: opt, Text: text.English, dashboards: pages.Dashboards, settings: pages.Settings, cache: newCache(cacheBytes), Notices: &notices{opt.Expiring}}
	var err error
	if sh.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	templates := pages.Templates
	for _, d := range pages.Dashboards {
		templates = append(templates, d.Templates)
	}
	sh.pages, err = loadTemplates(sh.Text, sh.assets, opt.Base, pages.Shared, templates)
	return sh, err
}

// Routes lists the routes of the dashboards, and of what is no page of its own.
func (sh *Shell) Routes() []access.Route {
	list := []access.Route{sh.Route("GET "+assetPath+"{name}", sh.asset), sh.Route("/", sh.NotFound)}
	for _, d := range sh.dashboards {
		list = append(list, d.routes(sh)...)
	}
	for _, at := range places {
		list = append(list, sh.Route("POST "+at+"/insights/views", sh.saveView), sh.Route("GET "+at+"/insights/values", sh.values))
	}
	for _, at := range []string{"/enterprises/{enterprise}/insights/{$}", "/enterprises/{enterprise}", "/orgs/{org}", "/enterprises/{enterprise}/teams/{team}", "/orgs/{org}/teams/{team}"} {
		list = append(list, sh.Route("GET "+at, sh.main))
	}
	return list
}

// Route makes a route of a function that may fail; what it returns becomes an error page
// here and nowhere else.
func (sh *Shell) Route(pattern string, serve func(http.ResponseWriter, *http.Request) error) access.Route {
	return access.Route{Pattern: pattern, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := serve(w, r); err != nil {
			sh.Fail(w, r, err)
		}
	})}
}

// NotFound answers for addresses that no route has.
func (sh *Shell) NotFound(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.NotFound, "%s", sh.Text.Get("error.address"))
}

// main sends the reader of an entity's address to its main page.
func (sh *Shell) main(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, InsightsPath(access.PlaceOf(r.Context()), "code-generation"), http.StatusSeeOther)
	return nil
}

// Show renders a view that nobody else will ask for.
func (sh *Shell) Show(w http.ResponseWriter, name string, view any) error {
	var page bytes.Buffer
	if err := sh.pages.render(&page, name, view); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	writeHTML(w, http.StatusOK, page.Bytes())
	return nil
}

func writeHTML(w http.ResponseWriter, status int, page []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.Copy(w, bytes.NewReader(page)) // a reader that went away is no fault of ours
}

// FileName names a file after what it holds: its parts joined by hyphens.
func FileName(extension string, parts ...string) string {
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '.' || r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return r
		}
		return '-'
	}, strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "-"))
	return "codegauge-" + name + "." + extension
}

// Attach makes the answer a file that the browser saves.
func Attach(w http.ResponseWriter, contentType, name string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "private, no-store")
}
