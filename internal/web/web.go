// Package web is the pages: server-rendered HTML with one stylesheet and small
// scripts. A page is one file with one view struct, filled by queries that are
// data; its template only writes down what the view says. The URL is the whole
// state of a page, so a rendered page is kept under its URL until the data changes:
//
//	/enterprises/acme/insights/code-generation?days=90&where=model=gpt-5&compare=1
//
// Without JavaScript every page shows its numbers as tables; the scripts draw
// charts from exactly these tables.
package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"codegauge/internal/access"
	"codegauge/internal/basepath"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/query"
	"codegauge/internal/service"
	"codegauge/internal/web/text"
)

// Data is what the pages ask for; *service.Service has it.
type Data interface {
	Today() day.Day
	Enterprises(ctx context.Context) ([]service.EnterpriseSummary, error)
	Entity(ctx context.Context, w service.Words) (directory.Entity, error)
	Entities(ctx context.Context, enterprise string, kind directory.Kind) ([]directory.Entity, error)
	DataVersion(ctx context.Context, enterprise string) (int64, error)
	DirectoryVersion(ctx context.Context) (int64, error)
	Status(ctx context.Context, w service.Words) (*service.Status, error)
	Coverage(ctx context.Context, w service.Words) (*service.Coverage, error)
	Query(ctx context.Context, w service.Words) (*query.Answer, error)
	Reconcile(ctx context.Context, w service.Words) (*service.Reconciliation, error)
	Values(ctx context.Context, w service.Words, dimension string) ([]string, error)
	SeatCount(ctx context.Context, w service.Words) (*int64, error)
	SeatUse(ctx context.Context, w service.Words) (*service.SeatUse, error)
	Import(ctx context.Context, req service.ImportRequest) (*service.Ledger, error)
	Unveil(ctx context.Context, enterprise string, names []string) ([]string, error)
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
	// Entrance is where people sign in and out.
	Entrance *access.Entrance
	// Admin is what the settings pages administer.
	Admin Administration
	// Version is the program's: another one renders other pages of the same data.
	Version string
	// PublicURL is where browsers reach us, "" for where a request came to.
	PublicURL string
	// Base is the path below which they do. Pages put it before their links, package
	// server before the addresses of redirects; everything else here is without it.
	Base basepath.Base
}

// Web serves the pages. It is safe for concurrent use.
type Web struct {
	data   Data
	opt    Options
	text   text.Catalogue
	assets *assets
	pages  *templates
	cache  *cache
	// stage receives uploaded files, which wait in waiting for their confirmation.
	stage   *stage
	waiting waiting
	// notices are what forms did.
	notices *notices
}

// New returns the pages over data.
func New(data Data, opt Options) (*Web, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.MaxUpload == 0 {
		opt.MaxUpload = 8 << 30
	}
	if opt.MaxUploads == 0 {
		opt.MaxUploads = 16 << 30
	}
	w := &Web{data: data, opt: opt, text: text.English, cache: newCache(cacheBytes), notices: &notices{opt.Expiring}}
	var err error
	if w.stage, err = newStage(opt.StageDir, opt.MaxUpload); err != nil {
		return nil, err
	}
	w.waiting = w.stage
	if opt.Uploads != nil {
		w.waiting = &sharedStage{kept: opt.Expiring, uploads: opt.Uploads, quota: opt.MaxUploads}
	}
	if w.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	w.pages, err = loadTemplates(w.text, w.assets, opt.Base)
	return w, err
}

// Close removes the files that wait for a confirmation.
func (web *Web) Close() error { return web.stage.close() }

// Routes lists the pages. access.Table has a row for each.
func (web *Web) Routes() []access.Route {
	var list []access.Route
	add := func(pattern string, serve func(http.ResponseWriter, *http.Request) error) {
		list = append(list, access.Route{Pattern: pattern, Handler: web.page(serve)})
	}
	add("GET /{$}", web.home)
	add("GET /enterprises/{enterprise}/insights/{$}", web.main)
	for _, at := range []string{"/enterprises/{enterprise}", "/orgs/{org}", "/enterprises/{enterprise}/teams/{team}", "/orgs/{org}/teams/{team}"} {
		add("GET "+at, web.main)
		add("GET "+at+"/insights/code-generation", web.codeGeneration)
		add("GET "+at+"/insights/data-quality", web.coverage)
		add("GET "+at+"/insights/definitions", web.definitions)
		add("GET "+at+"/insights/users", web.users)
		add("GET "+at+"/insights/users/{user}", web.person)
	}
	for _, at := range []string{"/enterprises/{enterprise}", "/orgs/{org}"} {
		add("GET "+at+"/insights/teams", web.teams)
		add("GET "+at+"/insights/seats", web.seats)
		add("GET "+at+"/insights/seats/export", web.exportSeats)
	}
	for _, at := range []string{"/import", "/enterprises/{enterprise}/import"} {
		add("GET "+at, web.importForm)
		add("POST "+at, web.importPreview)
		add("POST "+at+"/{token}", web.importCommit)
		add("POST "+at+"/{token}/discard", web.importDiscard)
	}
	add("GET /me", web.me)
	add("GET /me/{enterprise}", web.me)
	add("GET /me/{enterprise}/export", web.exportMine)
	web.settingsRoutes(add)
	add("GET /enterprises/{enterprise}/settings/audit/export", web.exportAudit)
	add("GET /sign-in", web.signInForm)
	add("POST /sign-in", web.signIn)
	add("POST /sign-out", web.signOut)
	add("GET /sign-in/oidc", web.startOIDC)
	add("GET /sign-in/oidc/callback", web.finishOIDC)
	add("GET /setup", web.setupForm)
	add("POST /setup", web.setup)
	add("GET /invitation", web.invitationForm)
	add("POST /invitation", web.acceptInvitation)
	add("POST /demo/role", web.demoRole)
	add("GET "+assetPath+"{name}", web.asset)
	add("/", web.notFound)
	return list
}

// notFound answers for addresses that no route has.
func (web *Web) notFound(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.NotFound, "%s", web.text.Get("error.address"))
}

// page turns a function that may fail into a handler; what it returns becomes
// an error page here and nowhere else.
func (web *Web) page(serve func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := serve(w, r); err != nil {
			web.Fail(w, r, err)
		}
	})
}

// errorView is the page of a request that failed.
type errorView struct {
	Page
	Status        int
	Head, Message string
	Back          string
}

// Fail answers a request that went wrong, or that access refused, with a page.
func (web *Web) Fail(w http.ResponseWriter, r *http.Request, err error) {
	var off *access.PolicyOff
	switch {
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		return // nobody is left to read an answer
	case errors.Is(err, access.ErrSignIn) && r.Method == http.MethodGet && r.Header.Get("Authorization") == "":
		http.Redirect(w, r, signInPath(r.URL), http.StatusSeeOther)
		return
	case errors.Is(err, access.ErrSignIn):
		err = fault.New(fault.Forbidden, "%s", web.text.Get("error.signin"))
	case errors.As(err, &off):
		web.showPolicyOff(w, r, off)
		return
	}
	kind := fault.KindOf(err)
	view := &errorView{Status: kind.Status(), Head: web.text.Get(headOf(kind)), Message: web.message(kind, err), Back: "/"}
	if kind == fault.Internal {
		web.opt.Log.Error("page", "route", r.Pattern, "error", err)
	}
	view.Page = web.shell(r, access.Place{}, view.Head, "")
	// What is not there may be a filter's value: without it the page is there.
	if e := r.PathValue("enterprise"); e != "" && kind != fault.Forbidden && (kind != fault.NotFound || r.URL.RawQuery != "") {
		view.Back = codeGenerationPath(e)
	}
	web.showStatus(w, "error", view.Status, view)
}

// showStatus renders a view in the place of the page that was asked for.
func (web *Web) showStatus(w http.ResponseWriter, name string, status int, view any) {
	var page bytes.Buffer
	if err := web.pages.render(&page, name, view); err != nil {
		web.opt.Log.Error("error page", "error", err)
		http.Error(w, http.StatusText(status), status)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeHTML(w, status, page.Bytes())
}

// message returns what the user sees: the whole message of an error that is
// theirs to mend, nothing of one that is not.
func (web *Web) message(kind fault.Kind, err error) string {
	if kind == fault.Internal {
		return web.text.Get("error.internal.message")
	}
	var f *fault.Error
	errors.As(err, &f)
	return asSentence(f.Message)
}

// asSentence writes an error's message, which is made to stand within another,
// as a sentence of its own.
func asSentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:] + "."
}

func headOf(kind fault.Kind) string {
	switch kind {
	case fault.Invalid:
		return "error.invalid"
	case fault.NotFound:
		return "error.notfound"
	case fault.Unsupported:
		return "error.unsupported"
	case fault.Conflict:
		return "error.conflict"
	case fault.TooLarge:
		return "error.toolarge"
	case fault.Unavailable:
		return "error.unavailable"
	case fault.Forbidden:
		return "error.forbidden"
	}
	return "error.internal"
}

// show renders a view that nobody else will ask for.
func (web *Web) show(w http.ResponseWriter, name string, view any) error {
	var page bytes.Buffer
	if err := web.pages.render(&page, name, view); err != nil {
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
