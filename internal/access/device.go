package access

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"codegauge/internal/fault"
)

// A browser in which somebody has signed in with a password has a cookie that says so. It
// opens nothing: it only has its own tries, so that who tries passwords elsewhere, or from the
// same address, cannot keep the person out.
const (
	deviceCookie = "codegauge_device"
	deviceKind   = "device"
	deviceFor    = 180 * 24 * time.Hour
	maxDevices   = 100_000
)

// accountKey names an account by what somebody typed.
func accountKey(email string) string { return "account " + strings.ToLower(strings.TrimSpace(email)) }

// device returns what is kept of the browser if the account has been signed in to with it, else
// "". Without the cookie nobody can tell whose it is.
func (e *Authenticator) device(r *http.Request, account string) (string, error) {
	secret, err := e.cookie(r, deviceCookie)
	if err != nil {
		return "", nil //nolint:nilerr // a browser without the cookie is a stranger
	}
	kept := hashOf(secret + " " + account)
	_, err = e.dir.Unexpired(r.Context(), deviceKind, kept, e.opt.Now())
	if fault.KindOf(err) == fault.NotFound {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read devices: %w", err)
	}
	return kept, nil
}

// rememberDevice makes the browser a known device of the account.
func (e *Authenticator) rememberDevice(ctx context.Context, w http.ResponseWriter, account string) error {
	secret, _ := newSecret()
	if err := e.dir.PutExpiring(ctx, deviceKind, hashOf(secret+" "+account), nil, e.opt.Now().Add(deviceFor)); err != nil {
		return fmt.Errorf("remember the device: %w", err)
	}
	if err := e.dir.TrimExpiring(ctx, deviceKind, maxDevices); err != nil {
		return fmt.Errorf("remember the device: %w", err)
	}
	e.setCookie(w, deviceCookie, secret, deviceFor)
	return nil
}
