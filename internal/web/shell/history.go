package shell

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/store"
	"codegauge/internal/web/text"
)

// History is changes of an enterprise's data, as pages list them.
type History struct {
	Rows []ChangeRow
	// Action is where forms undo imports, Back the page without a row opened.
	Action, Back string
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
	// Undo leads to the row opened, "" where there is nothing to undo; Would says then what
	// undoing the import would change.
	Undo  string
	Would []string
	// Unsaid is why that cannot be said, "" if it can.
	Unsaid string
}

// undoPreview is how long a page waits for what undoing an import would change: while an import
// runs, that waits for its end.
const undoPreview = 3 * time.Second

// History returns the changes on the page at back, to whoever may import. Its address may name
// an import to undo: the row of that one says what that would change.
func (sh *Shell) History(ctx context.Context, at access.Place, list []admin.DataChange, back *url.URL) (*History, error) {
	words := access.ScopeNames{Enterprise: at.Enterprise.Key()}
	all, err := sh.Options.Admin.Entities(ctx, words)
	if err != nil {
		return nil, err
	}
	sources := sourceNames{}
	for _, e := range all {
		if e.Kind != directory.Team {
			sources[e.Key] = cmp.Or(e.Name, e.Key)
		}
	}
	q := back.Query()
	undo, _ := strconv.ParseInt(q.Get("undo"), 10, 64)
	link := func(id string) string {
		q.Del("undo")
		q.Del("notice")
		if id != "" {
			q.Set("undo", id)
		}
		return (&url.URL{Path: back.Path, RawQuery: q.Encode()}).String()
	}
	out := &History{Action: EnterprisePath(words.Enterprise) + "/settings/imports", Back: link("") + "#imports"}
	for _, c := range list {
		row := sh.changeRow(c, sources)
		if c.Undoable {
			row.Undo = link(strconv.FormatInt(c.ID, 10)) + "#undo"
		}
		if c.Undoable && c.ID == undo {
			if err := sh.previewUndo(ctx, &row, words, sources); err != nil {
				return nil, err
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// previewUndo fills in what undoing a row's import would change, or why that cannot be said.
func (sh *Shell) previewUndo(ctx context.Context, row *ChangeRow, words access.ScopeNames, sources sourceNames) error {
	preview, cancel := context.WithTimeout(ctx, undoPreview)
	defer cancel()
	would, err := sh.Options.Admin.UndoDataImport(preview, admin.UndoDataRequest{ScopeNames: words, Import: row.ID, Preview: true})
	switch kind := fault.KindOf(err); {
	case err == nil:
	case ctx.Err() != nil:
		return err
	case preview.Err() != nil:
		row.Unsaid = sh.Text.Get("imports.undo.busy", strconv.FormatInt(row.ID, 10))
		return nil
	default:
		if kind == fault.Internal {
			sh.Options.Log.Error("preview of undoing an import", "error", err)
		}
		row.Unsaid = sh.Message(kind, err)
		return nil
	}
	for _, m := range question.ReportChanges(would.Days) {
		row.Would = append(row.Would, sh.moveText(m, sources))
	}
	if row.Would == nil {
		row.Would = []string{sh.Text.Get("imports.undo.nothing")}
	}
	return nil
}

// sourceNames is what enterprises and organizations are called, by their keys.
type sourceNames map[string]string

func (sh *Shell) changeRow(c admin.DataChange, sources sourceNames) ChangeRow {
	row := ChangeRow{ID: c.ID, When: text.Moment(c.At), Who: sh.ActorName(c.By), What: sh.Text.Get("imports.did." + c.Action)}
	if c.Action == "import" {
		row.Origin = c.Origin
	}
	for _, m := range c.Reports {
		if m.Before != m.After || m.Skipped > 0 {
			row.Moves = append(row.Moves, sh.moveText(m, sources))
		}
	}
	if c.Rejected > 0 {
		row.Remarks = sh.Text.Count("imports.rejected", c.Rejected)
	}
	if c.UndoneBy != 0 {
		row.Undone = sh.Text.Get("imports.undone", text.Moment(c.UndoneAt), sh.ActorName(c.Undoer))
	}
	return row
}

// mostSources is how many enterprises and organizations a change names.
const mostSources = 10

// moveText says how the report days of a kind moved: whose, which days, and the figures.
func (sh *Shell) moveText(m question.ReportChange, names sourceNames) string {
	sources := slices.Clone(m.Sources)
	for i, key := range sources {
		sources[i] = cmp.Or(names[key], key)
	}
	t := sh.Text.Get
	words := t("imports.move", t("kind."+m.Kind), m.Data.After(metric.ToolByName(m.Tool).Label), english.ListAtMost(sources, mostSources), text.Span(day.Range{From: m.From, To: m.To}))
	if m.Before == m.After {
		return words + ": " + t("imports.older")
	}
	words += ": " + t("imports.records", english.Moved(text.Grouped(m.Before.Records), text.Grouped(m.After.Records)))
	for _, lines := range []struct {
		key           string
		before, after store.Lines
	}{{"imports.added", m.Before.LocAdded, m.After.LocAdded}, {"imports.deleted", m.Before.LocDeleted, m.After.LocDeleted}} {
		if lines.before != lines.after {
			words += ", " + t(lines.key, english.Moved(lines.before.String(), lines.after.String()))
		}
	}
	return words
}
