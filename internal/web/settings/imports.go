package settings

import (
	"cmp"
	"slices"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/store"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

func importsPage() page {
	return page{name: "imports", icon: "history", view: importHistory,
		forms: map[string]func(*request) (shell.Notice, error){"preview": previewUndo, "undo": undoDataImport}}
}

// historyRows is how many changes the page lists; the command line lists more.
const historyRows = 100

// importsView is the history of an enterprise's data.
type importsView struct {
	Settings
	Rows []ChangeRow
	// ImportURL leads to where files are imported; More says that older changes are not listed.
	ImportURL, More string
}

// ChangeRow is an import or another change of the data.
type ChangeRow struct {
	ID              int64
	When, Who, What string
	// Origin is where an import came from.
	Origin string
	Moves  []string
	// Remarks count refused lines and warnings.
	Remarks, Undone string
	Undoable        bool
	// Undo says what undoing the import would change, if that was asked for.
	Undo []string
}

func importHistory(r *request) (any, error) { return r.importHistory(0, nil) }

// importHistory lists the changes; the row of the import to be undone says what that
// would change.
func (r *request) importHistory(undo int64, moves []string) (*importsView, error) {
	list, err := r.admin.DataHistory(r.Context(), admin.HistoryRequest{ScopeNames: r.words, Limit: historyRows + 1})
	if err != nil {
		return nil, err
	}
	if err := r.nameSources(); err != nil {
		return nil, err
	}
	v := &importsView{Settings: r.frame(), ImportURL: shell.PlacePath(r.at) + "/import"}
	if len(list) > historyRows {
		list, v.More = list[:historyRows], r.t("imports.more")
	}
	for _, c := range list {
		row := r.changeRow(c)
		if c.ID == undo {
			row.Undo = moves
		}
		v.Rows = append(v.Rows, row)
	}
	return v, nil
}

// nameSources reads what enterprises and organizations are called, by their keys.
func (r *request) nameSources() error {
	list, err := r.admin.Entities(r.Context(), access.ScopeNames{Enterprise: r.words.Enterprise})
	if err != nil {
		return err
	}
	r.sources = map[string]string{}
	for _, e := range list {
		if e.Kind != directory.Team {
			r.sources[e.Key] = cmp.Or(e.Name, e.Key)
		}
	}
	return nil
}

func (r *request) changeRow(c admin.DataChange) ChangeRow {
	row := ChangeRow{ID: c.ID, When: text.Moment(c.At), Who: r.shell.ActorName(c.By), What: r.t("imports.did." + c.Action), Undoable: c.Undoable}
	if c.Action == "import" {
		row.Origin = c.Origin
	}
	for _, m := range c.Reports {
		if m.Before != m.After || m.Skipped > 0 {
			row.Moves = append(row.Moves, r.moveText(m))
		}
	}
	if c.Rejected > 0 {
		row.Remarks = r.shell.Text.Count("imports.rejected", c.Rejected)
	}
	if c.UndoneBy != 0 {
		row.Undone = r.t("imports.undone", text.Moment(c.UndoneAt), r.shell.ActorName(c.Undoer))
	}
	return row
}

// mostSources is how many enterprises and organizations a change names.
const mostSources = 10

// moveText says how the report days of a kind moved: whose, which days, and the figures.
func (r *request) moveText(m question.ReportChange) string {
	sources := slices.Clone(m.Sources)
	for i, key := range sources {
		sources[i] = cmp.Or(r.sources[key], key)
	}
	words := r.t("imports.move", r.t("kind."+m.Kind), m.Data.After(metric.ToolByName(m.Tool).Label), english.ListAtMost(sources, mostSources), text.Span(day.Range{From: m.From, To: m.To}))
	if m.Before == m.After {
		return words + ": " + r.t("imports.older")
	}
	words += ": " + r.t("imports.records", english.Moved(text.Grouped(m.Before.Records), text.Grouped(m.After.Records)))
	for _, lines := range []struct {
		key           string
		before, after store.Lines
	}{{"imports.added", m.Before.LocAdded, m.After.LocAdded}, {"imports.deleted", m.Before.LocDeleted, m.After.LocDeleted}} {
		if lines.before != lines.after {
			words += ", " + r.t(lines.key, english.Moved(lines.before.String(), lines.after.String()))
		}
	}
	return words
}

// previewUndo shows what undoing an import would change, in the import's row.
func previewUndo(r *request) (shell.Notice, error) {
	id, err := r.id("import")
	if err != nil {
		return shell.Notice{}, err
	}
	would, err := r.admin.UndoDataImport(r.Context(), admin.UndoDataRequest{ScopeNames: r.words, Import: id, Preview: true})
	if err == nil {
		err = r.nameSources()
	}
	if err != nil {
		return shell.Notice{}, err
	}
	var moves []string
	for _, m := range question.ReportChanges(would.Days) {
		moves = append(moves, r.moveText(m))
	}
	if moves == nil {
		moves = []string{r.t("imports.undo.nothing")}
	}
	v, err := r.importHistory(id, moves)
	return shell.Notice{View: v}, err
}

func undoDataImport(r *request) (shell.Notice, error) {
	id, err := r.id("import")
	if err != nil {
		return shell.Notice{}, err
	}
	done, err := r.admin.UndoDataImport(r.Context(), admin.UndoDataRequest{ScopeNames: r.words, Import: id})
	if err != nil {
		return shell.Notice{}, err
	}
	return shell.Notice{Text: r.t("imports.undid", text.Grouped(id), r.shell.Text.Count("n.reportdays", len(done.Days)))}, nil
}
