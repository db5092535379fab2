package api

import (
	"io"
	"net/http"

	"codegauge/internal/fault"
	"codegauge/internal/prepare"
)

func preparedParameters() []Parameter {
	return []Parameter{{Name: "id", Type: "string", InPath: true, Description: "The export's id."},
		exportParameters()[0], exportParameters()[1]}
}

// preparer returns what prepares exports; the command line's own handlers have none.
func (a *API) preparer() (*prepare.Preparer, error) {
	if a.opt.Preparer == nil {
		return nil, fault.New(fault.Unsupported, "exports are prepared by codegauge serve alone")
	}
	return a.opt.Preparer, nil
}

// prepareExport answers POST /api/v1/exports.
func (a *API) prepareExport(w http.ResponseWriter, r *http.Request) error {
	values, err := parameters(r, exportParameters())
	if err != nil {
		return err
	}
	preparer, err := a.preparer()
	if err != nil {
		return err
	}
	e, err := preparer.Prepare(r.Context(), exportRequest(values))
	if err != nil {
		return err
	}
	e = a.addresses(e)
	w.Header().Set("Location", e.URL)
	w.Header().Set("Content-Type", typeJSON)
	w.WriteHeader(http.StatusAccepted)
	return writeJSON(w, e)
}

// addresses puts the base path before an export's addresses.
func (a *API) addresses(e prepare.Export) prepare.Export {
	e.URL = a.opt.Base.Of(e.URL)
	if e.File != "" {
		e.File = a.opt.Base.Of(e.File)
	}
	return e
}

// preparedExports answers GET /api/v1/exports.
func (a *API) preparedExports(w http.ResponseWriter, r *http.Request) error {
	if _, err := parameters(r, preparedParameters()); err != nil {
		return err
	}
	preparer, err := a.preparer()
	if err != nil {
		return err
	}
	list, err := preparer.List(r.Context())
	if err != nil {
		return err
	}
	out := []prepare.Export{}
	for _, e := range list {
		out = append(out, a.addresses(e))
	}
	return writeJSON(w, map[string]any{"exports": out})
}

// preparedExport answers GET /api/v1/exports/{id}.
func (a *API) preparedExport(w http.ResponseWriter, r *http.Request) error {
	if _, err := parameters(r, preparedParameters()); err != nil {
		return err
	}
	preparer, err := a.preparer()
	if err != nil {
		return err
	}
	e, err := preparer.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, a.addresses(e))
}

// removeExport answers DELETE /api/v1/exports/{id}.
func (a *API) removeExport(w http.ResponseWriter, r *http.Request) error {
	if _, err := parameters(r, preparedParameters()); err != nil {
		return err
	}
	preparer, err := a.preparer()
	if err != nil {
		return err
	}
	if err := preparer.Remove(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// preparedFile answers GET /api/v1/exports/{id}/file.
func (a *API) preparedFile(w http.ResponseWriter, r *http.Request) error {
	if _, err := parameters(r, preparedParameters()); err != nil {
		return err
	}
	preparer, err := a.preparer()
	if err != nil {
		return err
	}
	e, file, err := preparer.Open(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	contentType, err := exportType(e.Format)
	if err != nil {
		return err
	}
	out := a.exportFile(w, r, e.Request, contentType, e.DataVersion)
	_, err = io.Copy(out, file)
	return out.Finish(err)
}
