package settings

import (
	"net/url"

	"codegauge/internal/admin"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

func importsPage() page {
	return page{name: "imports", icon: "history", view: importHistory, forms: map[string]func(*request) (shell.Notice, error){"undo": undoDataImport}}
}

// historyRows is how many changes the page lists; the command line lists more.
const historyRows = 100

// importsView is the history of an enterprise's data.
type importsView struct {
	Settings
	*shell.History
	// ImportURL leads to where files are imported; More says that older changes are not listed.
	ImportURL, More string
}

func importHistory(r *request) (any, error) {
	list, err := r.admin.DataHistory(r.Context(), admin.HistoryRequest{ScopeNames: r.words, Limit: historyRows + 1})
	if err != nil {
		return nil, err
	}
	v := &importsView{Settings: r.frame(), ImportURL: shell.PlacePath(r.at) + "/import"}
	if len(list) > historyRows {
		list, v.More = list[:historyRows], r.t("imports.more")
	}
	back := &url.URL{Path: r.URL.Path, RawQuery: url.Values{"undo": {r.URL.Query().Get("undo")}}.Encode()} // and nothing else that was asked
	v.History, err = r.shell.History(r.Context(), r.at, list, back)
	return v, err
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
