// Package web is the pages: server-rendered HTML with one stylesheet and small
// scripts. It puts them together: package shell is what they stand in, package cards what
// dashboards are composed of, and every other package a dashboard or a family of pages,
// with its questions, its layout and its templates. A template only writes down what its
// view says. The URL is the whole state of a page, so a rendered page is kept under its URL
// until the data changes:
//
//	/enterprises/acme/insights/code-generation?days=90&where=model=gpt-5&compare=1
//
// Without JavaScript every page shows its numbers as tables; the scripts draw
// charts from exactly these tables.
package web

import (
	"io/fs"
	"slices"

	"codegauge/internal/access"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/codegen"
	"codegauge/internal/web/definitions"
	"codegauge/internal/web/exports"
	"codegauge/internal/web/home"
	"codegauge/internal/web/impact"
	"codegauge/internal/web/importing"
	"codegauge/internal/web/organizations"
	"codegauge/internal/web/people"
	"codegauge/internal/web/quality"
	"codegauge/internal/web/seats"
	"codegauge/internal/web/settings"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/signin"
	"codegauge/internal/web/teams"
	"codegauge/internal/web/usage"
)

// dashboards are the pages about a place, in the order of the sidebar.
var dashboards = []shell.Dashboard{codegen.Dashboard, usage.Dashboard, impact.Dashboard, organizations.Dashboard, teams.Dashboard, seats.Dashboard, people.Dashboard, quality.Dashboard, exports.Dashboard, definitions.Dashboard}

// Options configures the pages.
type Options = shell.Options

// Web serves the pages. It is safe for concurrent use.
type Web struct {
	*shell.Shell
	imports *importing.Pages
}

// New returns the pages over data.
func New(data shell.Data, opt Options) (*Web, error) {
	sh, err := shell.New(data, opt, shell.Pages{Dashboards: dashboards, Settings: settings.Entries, Shared: cards.Templates,
		Templates: []fs.FS{home.Templates, importing.Templates, settings.Templates, signin.Templates}})
	if err != nil {
		return nil, err
	}
	imports, err := importing.New(sh)
	return &Web{sh, imports}, err
}

// Close removes the files that wait for a confirmation.
func (web *Web) Close() error { return web.imports.Close() }

// Routes lists the pages. access.Table has a row for each.
func (web *Web) Routes() []access.Route {
	return slices.Concat(web.Shell.Routes(), home.Routes(web.Shell), people.Routes(web.Shell),
		web.imports.Routes(), settings.Routes(web.Shell), signin.Routes(web.Shell))
}
