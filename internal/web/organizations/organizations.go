// Package organizations is the dashboard across organizations: what changed since last
// month, and a table that compares them.
package organizations

import (
	"context"
	"embed"
	"net/http"

	"codegauge/internal/directory"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
)

//go:embed template
var templates embed.FS

// Dashboard compares the organizations of an enterprise; an organization's own page has
// itself alone.
var Dashboard = shell.Dashboard{Name: "organizations", Label: "nav.organizations", Icon: "organization", Saved: true, Templates: templates,
	Pages: map[string]shell.Handler{"": cards.Kept("organizations", compose), "/export": export}}

// dashboard makes the page of one request.
type dashboard struct{ *cards.EntityPage }

// view is the page, top to bottom.
type view struct {
	*cards.EntityView
	Changes *changes
}

func page(b *cards.Builder) *dashboard {
	return &dashboard{&cards.EntityPage{Builder: b, Kind: directory.Organization, ID: "organizations", Standard: "loc_changed", Compared: true,
		Columns: []string{"loc_changed", "agent_contribution", "active_users", cards.ColumnSeats, "acceptance_rate", "ai_credits", cards.ColumnPhases, cards.ColumnTo}}}
}

func compose(ctx context.Context, b *cards.Builder) (*view, error) {
	d := page(b)
	table, err := d.Compose(ctx)
	if err != nil {
		return nil, err
	}
	table.Header.Compare = shell.Choice{} // it always is
	v := &view{EntityView: table}
	if v.Empty == nil {
		v.Changes, err = d.changes(ctx)
	}
	return v, err
}

// export answers with the figures of the page as files.
func export(sh *shell.Shell, name string, w http.ResponseWriter, r *http.Request) error {
	b, _, err := cards.New(sh, name, r)
	if err != nil {
		return err
	}
	d := page(b)
	return d.Export(w, r, d.changesSheet)
}
