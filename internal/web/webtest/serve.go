package webtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
)

// Base is the address of the fake's main page.
const Base = "/enterprises/acme/insights/code-generation"

// Privacy knows the settings, and notes who is looked at.
type Privacy struct {
	shell.Privacy
	Settings directory.Privacy
	Looked   [][]string
	// Taken is what was exported.
	Taken []string
}

// InForce implements shell.Privacy.
func (a *Privacy) InForce(context.Context, int64) (directory.Privacy, error) { return a.Settings, nil }

// Viewed implements shell.Privacy.
func (a *Privacy) Viewed(_ context.Context, _ directory.Entity, _ string, users ...string) error {
	a.Looked = append(a.Looked, users)
	return nil
}

// Exported implements shell.Privacy.
func (a *Privacy) Exported(_ context.Context, _ directory.Entity, what string) error {
	a.Taken = append(a.Taken, what)
	return nil
}

// Shell returns a shell of pages over data, with the cards and without settings.
func Shell(t testing.TB, data shell.Data, opt shell.Options, pages shell.Pages) *shell.Shell {
	t.Helper()
	pages.Shared, pages.Settings = cards.Templates, func(access.Place, *access.Principal) []shell.Entry { return nil }
	sh, err := shell.New(data, opt, pages)
	if err != nil {
		t.Fatal(err)
	}
	return sh
}

// Serve serves routes to the operator, who may see all.
func Serve(sh *shell.Shell, routes []access.Route) *http.ServeMux {
	return ServeTo(sh, routes, func(directory.Entity) *access.Principal { return access.NewOperator() })
}

// ServeTo serves routes to whom who returns for the enterprise that is asked for.
func ServeTo(sh *shell.Shell, routes []access.Route, who func(directory.Entity) *access.Principal) *http.ServeMux {
	mux := http.NewServeMux()
	for _, route := range routes {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			ctx := access.With(r.Context(), access.NewOperator())
			if word := r.PathValue("enterprise"); word != "" {
				e, err := sh.Data.Entity(ctx, question.Parameters{Enterprise: word})
				if err != nil {
					sh.Fail(w, r, err)
					return
				}
				ctx = access.WithPlace(access.With(ctx, who(e)), access.Place{Enterprise: &e})
			}
			route.Handler.ServeHTTP(w, r.WithContext(ctx))
		})
	}
	return mux
}

// Get asks for a page.
func Get(t testing.TB, h http.Handler, url string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", url, nil))
	return w
}
