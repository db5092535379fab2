package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"codegauge/internal/fault"
	"codegauge/internal/intake"
)

// local holds what is the same for every local route; access lets only the
// operator through to it.
func (a *API) local(next Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := parameters(r, nil); err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "no-store")
		return next(w, r)
	}
}

// hello answers GET /api/v1/local/hello: it proves knowledge of the credential
// without telling it, so that the command line does not send the credential to
// a stranger who listens where a server once did.
func (a *API) hello(w http.ResponseWriter, r *http.Request) error {
	values, err := parameters(r, helloParameters())
	if err != nil {
		return err
	}
	challenge := values.Get("challenge")
	if len(challenge) < 32 || len(challenge) > 128 {
		return fault.New(fault.Invalid, "challenge must be text of 32 to 128 characters")
	}
	if a.opt.Credential == "" {
		return fault.New(fault.NotFound, "this server has no local credential")
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, Hello{Version: a.opt.Version, Proof: Proof(a.opt.Credential, challenge)})
}

// Hello is the answer of /api/v1/local/hello.
type Hello struct {
	Version string `json:"version"`
	// Proof is Proof of the credential and the challenge.
	Proof string `json:"proof"`
}

// Proof returns the HMAC-SHA-256 of the challenge, under the credential.
func Proof(credential, challenge string) string {
	mac := hmac.New(sha256.New, []byte(credential))
	mac.Write([]byte("codegauge local hello\n" + challenge))
	return hex.EncodeToString(mac.Sum(nil))
}

// The most bytes of JSON in a request. A file of people, in a call, may be long.
const (
	maxRequest   = 1 << 20
	maxAdminCall = 128 << 20
)

// readJSON reads the body of a local request, at most most bytes.
func readJSON(w http.ResponseWriter, r *http.Request, most int64, request any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	d.DisallowUnknownFields()
	if err := d.Decode(request); err != nil {
		return fault.New(fault.Invalid, "cannot read the request: %v", err)
	}
	return nil
}

// remove answers POST /api/v1/local/delete.
func (a *API) remove(w http.ResponseWriter, r *http.Request) error {
	var req intake.DeleteRequest
	if err := readJSON(w, r, maxRequest, &req); err != nil {
		return err
	}
	result, err := a.product.Delete(r.Context(), req)
	if err != nil {
		return err
	}
	return writeJSON(w, result)
}

// verify answers POST /api/v1/local/verify.
func (a *API) verify(w http.ResponseWriter, r *http.Request) error {
	v, err := a.product.Verify(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, v)
}

// backup answers POST /api/v1/local/backup. A backup that breaks off lacks its
// end, and whoever reads it sees that.
func (a *API) backup(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", typeTar)
	return a.opt.Backup(r.Context(), w)
}

// AdminCall is the body of a call: the name of an admin.Operation and its request.
type AdminCall struct {
	Operation string          `json:"operation"`
	Request   json.RawMessage `json:"request"`
}

// administer answers POST /api/v1/local/admin.
func (a *API) administer(w http.ResponseWriter, r *http.Request) error {
	var c AdminCall
	if err := readJSON(w, r, maxAdminCall, &c); err != nil {
		return err
	}
	answer, err := a.opt.Admin.Call(r.Context(), c.Operation, c.Request)
	if err != nil {
		return err
	}
	return writeJSON(w, answer)
}
