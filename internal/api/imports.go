package api

import (
	"net/http"

	"codegauge/internal/access"
	"codegauge/internal/admin"
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
	list, err := a.opt.Admin.DataHistory(r.Context(), admin.HistoryRequest{ScopeNames: access.ScopeNames{Enterprise: r.PathValue("enterprise")}, Limit: limit})
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
	done, err := a.opt.Admin.UndoDataImport(r.Context(), admin.UndoDataRequest{ScopeNames: access.ScopeNames{Enterprise: r.PathValue("enterprise")}, Import: int64(id), Preview: preview})
	if err != nil {
		return err
	}
	return writeJSON(w, done)
}
