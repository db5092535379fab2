package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"codegauge/internal/admin"
	"codegauge/internal/english"
	"codegauge/internal/question"
)

type importsCmd struct {
	inEnterprise
	Limit int  `default:"50" placeholder:"N" help:"Print at most this many changes, the newest."`
	JSON  bool `name:"json" help:"Print JSON."`
}

// Help is shown below the flags.
func (importsCmd) Help() string {
	return `Lists the imports, deletions and other changes of an enterprise's data: when, by whom, from where, and what changed. codegauge delete --enterprise SLUG --import ID --yes undoes an import.`
}

// Run lists the history of the data.
func (c *importsCmd) Run(a *app) error {
	list, err := administer(a, admin.ListHistory, admin.HistoryRequest{ScopeNames: c.words(), Limit: c.Limit})
	if err != nil {
		return err
	}
	return a.show(c.JSON, list, "id\tat\tby\twhat\tfrom\tchanged\tundone", func(w io.Writer) {
		for _, x := range list {
			undone := ""
			if x.Revision.UndoneBy != 0 {
				undone = strings.TrimSpace(dateOf(x.UndoneAt) + " " + x.Undoer)
			}
			row(w, x.ID, x.At.Format(time.RFC3339), x.By, x.Action, x.Origin, changedText(x.Reports), undone)
		}
	})
}

// mostSources is how many enterprises and organizations a change names.
const mostSources = 10

// changedText says how report days moved, in one line.
func changedText(reports []question.ReportChange) string {
	var out []string
	for _, r := range reports {
		out = append(out, fmt.Sprintf("%s %s of %s, %s to %s: records %s, lines added %s, deleted %s", r.Kind, r.Data.After(r.Tool), english.ListAtMost(r.Sources, mostSources), r.From, r.To,
			movedNumber(r.Before.Records, r.After.Records), movedLines(r.Before.LocAdded, r.After.LocAdded), movedLines(r.Before.LocDeleted, r.After.LocDeleted)))
	}
	return strings.Join(out, "; ")
}
