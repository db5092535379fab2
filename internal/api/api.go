// Package api is /api/v1: queries, definitions and exports for programs, and the local
// routes of the command line, which uses them through a running server or, where none
// runs, in its own process. Each handler returns its error; package server turns errors
// into responses.
//
//	curl 'http://127.0.0.1:8080/api/v1/query?enterprise=acme&measures=loc_added&by=day&days=28'
package api

import (
	"context"
	"io"
	"net/http"

	"codegauge/internal/admin"
	"codegauge/internal/basepath"
	"codegauge/internal/day"
	"codegauge/internal/intake"
	"codegauge/internal/prepare"
	"codegauge/internal/query"
	"codegauge/internal/question"
)

// Product is what the API needs of the product.
type Product interface {
	Import(ctx context.Context, req intake.Request) (*intake.Report, error)
	Delete(ctx context.Context, req intake.DeleteRequest) (*intake.Report, error)
	Query(ctx context.Context, w question.Parameters) (*query.Answer, error)
	Disagreement(ctx context.Context, w question.Parameters) (string, error)
	AdoptionTable(ctx context.Context, w question.Parameters, population, figures string) (*query.Answer, error)
	ImpactTable(ctx context.Context, w question.Parameters, figures string) (*query.Answer, error)
	Reconcile(ctx context.Context, w question.Parameters) (*question.Reconciliation, error)
	Export(ctx context.Context, req question.ExportRequest, w io.Writer) error
	Verify(ctx context.Context) (*question.Verification, error)
	Status(ctx context.Context, w question.Parameters) (*question.Status, error)
	// SeatCount returns how many seats there are, nil where that is not known or not told.
	SeatCount(ctx context.Context, w question.Parameters) (*int64, error)
	// DataVersion changes with every change of the enterprise's data.
	DataVersion(ctx context.Context, enterprise string) (int64, error)
	// DirectoryVersion changes with every change of names and settings.
	DirectoryVersion(ctx context.Context) (int64, error)
	// ResolvePseudonyms returns the logins and ids of those whom names in answers stand for.
	ResolvePseudonyms(ctx context.Context, enterprise string, names []string) ([]string, error)
	// Today is the current UTC day; default windows depend on it.
	Today() day.Day
}

// Options configures an API.
type Options struct {
	// Version is the program's.
	Version string
	// Base is the path below which /api/v1 is.
	Base basepath.Base
	// Credential is the operator's, which hello proves; "" for none.
	Credential string
	// Admin is what the command line administers.
	Admin *admin.Admin
	// Backup writes a backup of all data.
	Backup func(ctx context.Context, w io.Writer) error
	// Recorder writes the audit log; nil writes none.
	Recorder Recorder
	// Preparer prepares large exports; nil refuses them.
	Preparer *prepare.Preparer
}

// API holds the handlers.
type API struct {
	product Product
	opt     Options
}

// New returns the API of a product.
func New(product Product, opt Options) *API { return &API{product, opt} }

// Handler is a handler whose error becomes the response.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is one route of the API. OpenAPI is built from the same list.
type Route struct {
	Method, Path, Summary string
	// ID is its operation's in OpenAPI, made of Path if "".
	ID         string
	Parameters []Parameter
	// Status is that of a good answer, 0 for 200.
	Status int
	// Produces lists the media types of a good answer.
	Produces []string
	// Local marks a route that only the command line of the same user may call.
	Local  bool
	Handle Handler
}

// Pattern returns the route as http.ServeMux takes it.
func (r Route) Pattern() string { return r.Method + " " + r.Path }

// The media types of answers.
const (
	typeJSON    = "application/json"
	typeNDJSON  = "application/x-ndjson"
	typeCSV     = "text/csv; charset=utf-8"
	typeText    = "text/plain; charset=utf-8"
	typeTar     = "application/x-tar"
	typeParquet = "application/vnd.apache.parquet"
)

// Routes lists every route under /api/v1.
func (a *API) Routes() []Route {
	return []Route{
		{Method: "GET", Path: "/api/v1/query", Summary: "Measures, by dimensions, over a range of days",
			Parameters: queryParameters(), Produces: []string{typeJSON, typeCSV, typeNDJSON, typeText}, Handle: a.query},
		{Method: "GET", Path: "/api/v1/adoption", Summary: "How many people use the tools, how regularly, and since when: a table of the page of usage and adoption",
			Parameters: adoptionParameters(), Produces: []string{typeJSON, typeCSV, typeNDJSON, typeText}, Handle: a.adoption},
		{Method: "GET", Path: "/api/v1/impact", Summary: "What people engaged with Copilot do more of than others, with 95% intervals: a table of the page of impact",
			Parameters: impactParameters(), Produces: []string{typeJSON, typeCSV, typeNDJSON, typeText}, Handle: a.impact},
		{Method: "GET", Path: "/api/v1/metrics", Summary: "Every measure, dimension and definition",
			Produces: []string{typeJSON}, Handle: a.metrics},
		{Method: "GET", Path: "/api/v1/reconcile", Summary: "How the numbers of a scope and range add up",
			Parameters: reconcileParameters(), Produces: []string{typeJSON}, Handle: a.reconcile},
		{Method: "GET", Path: "/api/v1/export", Summary: "Stored records, as reports that can be imported again",
			Parameters: exportParameters(), Produces: []string{typeNDJSON, typeCSV, typeParquet}, Handle: a.export},
		{Method: "POST", Path: "/api/v1/exports", ID: "prepareExport", Status: http.StatusAccepted, Summary: "Prepare an export in the background; it is kept for a day",
			Parameters: exportParameters(), Produces: []string{typeJSON}, Handle: a.prepareExport},
		{Method: "GET", Path: "/api/v1/exports", Summary: "Exports of yours that are prepared",
			Parameters: preparedParameters()[1:], Produces: []string{typeJSON}, Handle: a.preparedExports},
		{Method: "GET", Path: "/api/v1/exports/{id}", Summary: "How far an export is",
			Parameters: preparedParameters(), Produces: []string{typeJSON}, Handle: a.preparedExport},
		{Method: "GET", Path: "/api/v1/exports/{id}/file", Summary: "The file of an export that is ready",
			Parameters: preparedParameters(), Produces: []string{typeNDJSON, typeCSV, typeParquet}, Handle: a.preparedFile},
		{Method: "DELETE", Path: "/api/v1/exports/{id}", ID: "removeExport", Status: http.StatusNoContent, Summary: "Remove an export, or stop preparing it",
			Parameters: preparedParameters(), Handle: a.removeExport},
		{Method: "GET", Path: "/api/v1/enterprises/{enterprise}/imports", Summary: "The history of an enterprise's data: who imported or deleted what, from where, and what changed",
			Parameters: importsParameters(), Produces: []string{typeJSON}, Handle: a.imports},
		{Method: "POST", Path: "/api/v1/enterprises/{enterprise}/imports/{id}/undo", Summary: "Undo an import: delete what it brought and restore what it replaced",
			Parameters: undoParameters(), Produces: []string{typeJSON}, Handle: a.undoImport},
		{Method: "GET", Path: "/api/v1/openapi.json", Summary: "This description",
			Produces: []string{typeJSON}, Handle: a.openapi},
		{Method: "GET", Path: "/api/v1/local/hello", Summary: "Proof that this server wrote the local credential",
			Parameters: helloParameters(), Produces: []string{typeJSON}, Handle: a.hello},
		{Method: "POST", Path: "/api/v1/local/import", Summary: "Import report files from a multipart stream",
			Produces: []string{typeJSON}, Local: true, Handle: a.local(a.importStream)},
		{Method: "POST", Path: "/api/v1/local/delete", Summary: "Delete records",
			Produces: []string{typeJSON}, Local: true, Handle: a.local(a.remove)},
		{Method: "POST", Path: "/api/v1/local/verify", Summary: "Recompute what is derived and report where it differs",
			Produces: []string{typeJSON}, Local: true, Handle: a.local(a.verify)},
		{Method: "POST", Path: "/api/v1/local/backup", Summary: "All data in one file",
			Produces: []string{typeTar}, Local: true, Handle: a.local(a.backup)},
		{Method: "POST", Path: "/api/v1/local/admin", Summary: "Administer policy, people, roles, tokens and the audit log",
			Produces: []string{typeJSON}, Local: true, Handle: a.local(a.administer)},
	}
}
