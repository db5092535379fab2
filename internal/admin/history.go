package admin

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/question"
	"codegauge/internal/sorting"
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
		change := DataChange{DataChange: c, By: made.madeBy(c)}
		if c.Revision.UndoneBy != 0 {
			undone := made.newestEntry(intake.DataUndone, intake.ImportTarget(c.ID))
			change.UndoneAt, change.Undoer = undone.At, made.actorOf(undone)
		}
		out = append(out, change)
	}
	return out, nil
}

// changeLog are the entries of the audit log about an enterprise's data, newest first, and what
// people are called.
type changeLog struct {
	entries []directory.Entry
	names   map[int64]string
}

// linkActions are what changes who is whose, or where people belong, by their beginnings.
var linkActions = []string{"identity.", "membership.", "people.", erased, removed}

// The actions by which people go.
const (
	erased  = "person.erased"
	removed = "person.removed"
)

// whoChanged reads who made the changes of a list.
func (a *Admin) whoChanged(ctx context.Context, enterprise int64, list []question.DataChange) (changeLog, error) {
	var out changeLog
	if len(list) == 0 {
		return out, nil
	}
	// Links are in the log before they are in the history.
	filter := directory.AuditFilter{Enterprise: enterprise, From: list[len(list)-1].At.Add(-time.Hour), Limit: maxEntries}
	filters := []directory.AuditFilter{filter}
	filters[0].Enterprise, filters[0].Action = 0, removed // whom no enterprise manages
	for _, action := range append([]string{"data.", retained}, linkActions...) {
		filter.Action = action
		filters = append(filters, filter)
	}
	for _, f := range filters {
		entries, err := a.dir.AuditLog(ctx, f)
		if err != nil {
			return out, err
		}
		out.entries = append(out.entries, entries...)
	}
	sorting.Stable(out.entries, func(x, y directory.Entry) int { return cmp.Compare(y.Seq, x.Seq) })
	var err error
	out.names, err = a.peopleNames(ctx)
	return out, err
}

// madeBy returns who made a change, "" where the log does not say. An import is named in the log.
// Of everything else it is told by time: deletions and retention are in the history as of
// their beginning and in the log as of their end, links and erasures the other way round.
func (d changeLog) madeBy(c question.DataChange) string {
	switch c.Action {
	case "import":
		return d.actorOf(d.newestEntry(intake.DataImported, intake.ImportTarget(c.ID)))
	case "delete":
		return d.actorOf(d.firstSince(c.At, intake.DataDeleted, intake.DataUndone))
	case "retain":
		return d.actorOf(d.firstSince(c.At, retained))
	case "erase":
		return d.actorOf(d.lastUntil(c.At, erased))
	case "link":
		return d.actorOf(d.lastUntil(c.At, linkActions...))
	}
	return ""
}

// newestEntry returns the newest entry of an action about a target.
func (d changeLog) newestEntry(action, target string) directory.Entry {
	for _, e := range d.entries {
		if e.Action == action && e.Target == target {
			return e
		}
	}
	return directory.Entry{}
}

// firstSince returns the first entry of such an action from a time on.
func (d changeLog) firstSince(from time.Time, actions ...string) (out directory.Entry) {
	for _, e := range d.entries {
		if !e.At.Before(from) && isOneOf(e.Action, actions) {
			out = e
		}
	}
	return out
}

// lastUntil returns the last entry of such an action up to a time.
func (d changeLog) lastUntil(to time.Time, actions ...string) directory.Entry {
	for _, e := range d.entries {
		if !e.At.After(to) && isOneOf(e.Action, actions) {
			return e
		}
	}
	return directory.Entry{}
}

// isOneOf reports whether an action is one of some, of which those that end in a dot are
// beginnings.
func isOneOf(action string, some []string) bool {
	return slices.ContainsFunc(some, func(s string) bool {
		return action == s || strings.HasSuffix(s, ".") && strings.HasPrefix(action, s)
	})
}

// actorOf returns what whoever made an entry is called, "" for no entry.
func (d changeLog) actorOf(e directory.Entry) string { return cmp.Or(d.names[e.Person], e.Actor.Name) }

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
