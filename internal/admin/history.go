package admin

import (
	"cmp"
	"context"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/question"
)

// HistoryRequest asks for an enterprise's history.
type HistoryRequest struct {
	access.ScopeNames
	// Limit is the most changes to list; 0 is 50.
	Limit int `json:"limit,omitempty"`
}

// UndoDataRequest names an import of reports to undo.
type UndoDataRequest struct {
	access.ScopeNames
	Import int64 `json:"import"`
	// Preview says what undoing it would change, and changes nothing.
	Preview bool `json:"preview,omitempty"`
}

// DataChange is a change of an enterprise's data, with who made it.
type DataChange struct {
	question.DataChange
	// By is who made it: a person's name, "operator", "token 3"; "" where the audit
	// log does not say.
	By string `json:"by,omitempty"`
	// UndoneAt and Undoer say when an import was undone and by whom.
	UndoneAt time.Time `json:"undone_at,omitzero"`
	Undoer   string    `json:"undoer,omitempty"`
}

// maxHistory bounds one list of changes.
const maxHistory = 500

// DataHistory lists the changes of an enterprise's data, newest first.
func (a *Admin) DataHistory(ctx context.Context, r HistoryRequest) ([]DataChange, error) {
	e, err := a.enterprise(ctx, access.Import, r.ScopeNames)
	if err != nil {
		return nil, err
	}
	list, err := a.data.History(ctx, e.ID, min(cmp.Or(max(r.Limit, 0), 50), maxHistory))
	if err != nil {
		return nil, err
	}
	made, err := a.whoChanged(ctx, e.ID, list)
	if err != nil {
		return nil, err
	}
	out := []DataChange{}
	for _, c := range list {
		change := DataChange{DataChange: c, By: made[intake.DataImported+intake.ImportTarget(c.ID)].who}
		if c.Revision.UndoneBy != 0 {
			undone := made[intake.DataUndone+intake.ImportTarget(c.ID)]
			change.UndoneAt, change.Undoer = undone.at, undone.who
		}
		out = append(out, change)
	}
	return out, nil
}

// doing is who did something when.
type doing struct {
	who string
	at  time.Time
}

// whoChanged returns who imported and undid what, as the audit log has it, by action
// and target.
func (a *Admin) whoChanged(ctx context.Context, enterprise int64, list []question.DataChange) (map[string]doing, error) {
	out := map[string]doing{}
	if len(list) == 0 {
		return out, nil
	}
	// An import is in the history as of its beginning, in the log as of its end.
	entries, err := a.dir.AuditLog(ctx, directory.AuditFilter{Enterprise: enterprise, Action: "data.", From: list[len(list)-1].At, Limit: maxEntries})
	if err != nil {
		return nil, err
	}
	names, err := a.peopleNames(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		out[e.Action+e.Target] = doing{cmp.Or(names[e.Person], e.Actor.Name), e.At}
	}
	return out, nil
}

// UndoDataImport undoes an import of reports, and says what that changed.
func (a *Admin) UndoDataImport(ctx context.Context, r UndoDataRequest) (*intake.Report, error) {
	e, err := a.enterprise(ctx, access.Import, r.ScopeNames)
	if err != nil {
		return nil, err
	}
	if r.Import < 1 {
		return nil, fault.New(fault.Invalid, "import %d is not a valid import number: it must be 1 or more", r.Import)
	}
	return a.data.Delete(ctx, intake.DeleteRequest{Enterprise: e.Key(), Import: r.Import, Preview: r.Preview})
}
