package api

import (
	"encoding/json"
	"net/http"

	"codegauge/internal/admin"
	"codegauge/internal/fault"
)

// AdminCall is the body of a call: a method of admin.API and its request.
type AdminCall struct {
	Method  string          `json:"method"`
	Request json.RawMessage `json:"request"`
}

// maxAdminCall bounds a call's body: a file of people may be long.
const maxAdminCall = 64 << 20

// administer answers POST /api/v1/local/admin.
func (a *API) administer(w http.ResponseWriter, r *http.Request) error {
	var c AdminCall
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAdminCall))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return fault.New(fault.Invalid, "cannot read the request: %v", err)
	}
	call, ok := admin.Calls(a.opt.Admin)[c.Method]
	if !ok {
		return fault.New(fault.NotFound, "unknown method %.60q", c.Method)
	}
	answer, err := call(r.Context(), c.Request)
	if err != nil {
		return err
	}
	return writeJSON(w, answer)
}
