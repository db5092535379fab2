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
	Status(ctx context.Context, w service.Words) (*service.Status, error)
	Coverage(ctx context.Context, w service.Words) (*service.Coverage, error)
	Query(ctx context.Context, w service.Words) (*query.Answer, error)
	Reconcile(ctx context.Context, w service.Words) (*service.Reconciliation, error)
	Values(ctx context.Context, w service.Words, dimension string) ([]string, error)
	SeatCount(ctx context.Context, w service.Words) (*int64, error)
	Import(ctx context.Context, req service.ImportRequest) (*service.Ledger, error)
}

// Options configures the pages.
type Options struct {
	Log *slog.Logger
	// StageDir is where uploaded files wait for their confirmation; "" is a
	// new directory under the system's temporary one.
	StageDir string
	// MaxUpload limits one upload in bytes; 0 is 8 GiB.
	MaxUpload int64
	// Demo says that the data is a sample.
	Demo bool
}

// Web serves the pages. It is safe for concurrent use.
type Web struct {
	data   Data
	opt    Options
	text   text.Catalogue
	assets *assets
	pages  *templates
	cache  *cache
	stage  *stage
}

// New returns the pages over data.
func New(data Data, opt Options) (*Web, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.MaxUpload == 0 {
		opt.MaxUpload = 8 << 30
	}
	w := &Web{data: data, opt: opt, text: text.English, cache: newCache(cacheBytes), stage: newStage(opt.StageDir, opt.MaxUpload)}
	var err error
	if w.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	w.pages, err = loadTemplates(w.text, w.assets)
	return w, err
}

// Close removes the files that wait for a confirmation.
func (web *Web) Close() error { return web.stage.close() }

// Routes registers the pages.
func (web *Web) Routes(mux *http.ServeMux) {
	mux.Handle("GET /{$}", web.page(web.home))
	mux.Handle("GET /enterprises/{enterprise}", web.page(web.enterprise))
	mux.Handle("GET /enterprises/{enterprise}/insights/{$}", web.page(web.enterprise))
	mux.Handle("GET /enterprises/{enterprise}/insights/code-generation", web.page(web.codeGeneration))
	mux.Handle("GET /enterprises/{enterprise}/insights/coverage", web.page(web.coverage))
	mux.Handle("GET /enterprises/{enterprise}/insights/definitions", web.page(web.definitions))
	for _, at := range []string{"/import", "/enterprises/{enterprise}/import"} {
		mux.Handle("GET "+at, web.page(web.importForm))
		mux.Handle("POST "+at, web.page(web.importPreview))
		mux.Handle("POST "+at+"/{token}", web.page(web.importCommit))
		mux.Handle("POST "+at+"/{token}/discard", web.page(web.importDiscard))
	}
	mux.Handle("GET "+assetPath+"{name}", web.page(web.asset))
	mux.Handle("/", web.page(web.notFound))
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
			web.fail(w, r, err)
		}
	})
}

// statuses maps kinds of fault to what HTTP calls them.
var statuses = map[fault.Kind]int{
	fault.Internal: http.StatusInternalServerError, fault.Invalid: http.StatusBadRequest,
	fault.NotFound: http.StatusNotFound, fault.Unsupported: http.StatusUnprocessableEntity,
	fault.Conflict: http.StatusConflict, fault.TooLarge: http.StatusRequestEntityTooLarge,
	fault.Unavailable: http.StatusServiceUnavailable,
}

// errorView is the page of a request that failed.
type errorView struct {
	Page
	Status        int
	Head, Message string
	Back          string
}

func (web *Web) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody is left to read an answer
	}
	kind := fault.KindOf(err)
	view := &errorView{Status: statuses[kind], Head: web.text.Get(headOf(kind)), Message: web.message(kind, err), Back: "/"}
	if kind == fault.Internal {
		web.opt.Log.Error("page", "path", r.URL.Path, "error", err)
	}
	view.Page = web.shell(nil, view.Head, "")
	if e := r.PathValue("enterprise"); e != "" && kind != fault.NotFound {
		view.Back = codeGenerationPath(e)
	}
	var page bytes.Buffer
	if err := web.pages.render(&page, "error", view); err != nil {
		web.opt.Log.Error("error page", "error", err)
		http.Error(w, view.Message, view.Status)
		return
	}
	writeHTML(w, view.Status, page.Bytes())
}

// message returns what the user sees: the whole message of an error that is
// theirs to mend, nothing of one that is not.
func (web *Web) message(kind fault.Kind, err error) string {
	if kind == fault.Internal {
		return web.text.Get("error.internal.message")
	}
	var f *fault.Error
	errors.As(err, &f)
	return f.Message
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
	io.Copy(w, bytes.NewReader(page)) // a reader that went away is no fault of ours
}
