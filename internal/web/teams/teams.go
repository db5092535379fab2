// Package teams is the dashboard that compares teams.
package teams

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

// Dashboard compares the teams of an enterprise or organization.
var Dashboard = shell.Dashboard{Name: "teams", Label: "nav.teams", Icon: "team", Saved: true, Templates: templates,
	Pages: map[string]shell.Handler{"": cards.Kept("teams", compose), "/export": export}}

// page compares teams. They stand by name: nobody is ranked unasked.
func page(b *cards.Builder) *cards.EntityPage {
	return &cards.EntityPage{Builder: b, Kind: directory.Team, ID: "teams", Compared: b.State.Compare,
		Columns: []string{"loc_changed", "agent_contribution", "active_users", "lines_changed_per_active_user", cards.ColumnSeats, "acceptance_rate", "ai_credits", cards.ColumnPhases, cards.ColumnTo}}
}

func compose(ctx context.Context, b *cards.Builder) (*cards.EntityView, error) {
	return page(b).Compose(ctx)
}

// export answers with the figures of the page as files.
func export(sh *shell.Shell, name string, w http.ResponseWriter, r *http.Request) error {
	b, _, err := cards.New(sh, name, r)
	if err != nil {
		return err
	}
	return page(b).Export(w, r, nil)
}
