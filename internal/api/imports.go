package api

import (
	"net/http"
	"strconv"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/fault"
)

// enterprisePath is the enterprise of a path.
var enterprisePath = Parameter{Name: "enterprise", Type: "string", InPath: true, Description: "Slug or id."}

func importsParameters() []Parameter {
	return []Parameter{enterprisePath, {Name: "limit", Type: "integer", Description: "The most changes to list, 50 by default."}}
}

func undoParameters() []Parameter {
	return []Parameter{enterprisePath, {Name: "id", Type: "integer", InPath: true, Description: "The import's number."},
		{Name: "preview", Type: "boolean", Description: "Only says what undoing the import would change."}}
}

// imports answers GET /api/v1/enterprises/{enterprise}/imports.
func (a *API) imports(w http.ResponseWriter, r *http.Request) error {
	v, err := parameters(r, importsParameters())
	if err != nil {
		return err
	}
	limit, err := positive("limit", v.Get("limit"))
	if err != nil {
		return err
	}
	list, err := a.opt.Admin.DataHistory(r.Context(), admin.HistoryRequest{ScopeNames: access.ScopeNames{Enterprise: r.PathValue("enterprise")}, Limit: int(limit)})
	if err != nil {
		return err
	}
	return writeJSON(w, list)
}

// undoImport answers POST /api/v1/enterprises/{enterprise}/imports/{id}/undo.
func (a *API) undoImport(w http.ResponseWriter, r *http.Request) error {
	v, err := parameters(r, undoParameters())
	if err != nil {
		return err
	}
	id, err := positive("import", r.PathValue("id"))
	if err != nil {
		return err
	}
	preview, err := boolean(v, "preview")
	if err != nil {
		return err
	}
	done, err := a.opt.Admin.UndoDataImport(r.Context(), admin.UndoDataRequest{ScopeNames: access.ScopeNames{Enterprise: r.PathValue("enterprise")}, Import: id, Preview: preview})
	if err != nil {
		return err
	}
	return writeJSON(w, done)
}

// positive reads a whole number from 1 on, 0 where none is given.
func positive(name, s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 1 {
		return 0, fault.New(fault.Invalid, "%s %.40q is not a positive whole number", name, s)
	}
	return n, nil
}
