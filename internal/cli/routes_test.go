package cli

import (
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/config"
	"codegauge/internal/server"
)

// TestTableHasEveryRoute starts the real routes: one without a row in
// access.Table does not, and a row without a route is one that was forgotten.
func TestTableHasEveryRoute(t *testing.T) {
	a := newTestApp(t)
	s, err := a.openStores(t.Context(), storeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	i, err := (&serveCmd{}).newInstance(a, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.pages.Close() })
	patterns := server.Patterns(i.options)
	for n, rule := range access.Table {
		if !slices.Contains(patterns, rule.Pattern) {
			t.Errorf("%s has a row, but is no route", rule.Pattern)
		}
		if slices.ContainsFunc(access.Table[:n], func(r access.Rule) bool { return r.Pattern == rule.Pattern }) {
			t.Errorf("%s has two rows", rule.Pattern)
		}
	}
}

func newTestApp(t *testing.T) *app {
	t.Helper()
	return newTestAppWith(t, nil)
}

// newTestAppWith is newTestApp with options.
func newTestAppWith(t *testing.T, options map[string]string) *app {
	t.Helper()
	flags := map[string]string{"data": filepath.Join(t.TempDir(), "data")}
	maps.Copy(flags, options)
	cfg, err := config.Resolve(config.Sources{Flags: flags, Env: func(string) (string, bool) { return "", false }})
	if err != nil {
		t.Fatal(err)
	}
	a := &app{ctx: t.Context(), cfg: cfg, log: slog.New(slog.DiscardHandler), env: func(string) (string, bool) { return "", false }}
	if err := a.makeData(); err != nil {
		t.Fatal(err)
	}
	return a
}
