package admin

import (
	"cmp"
	"context"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// Entry is an entry of the audit log with the names of people who are still there.
type Entry struct {
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Name    string    `json:"name,omitempty"` // of the acting person
	Address string    `json:"address,omitempty"`
	Action  string    `json:"action"`
	Target  string    `json:"target,omitempty"`
	Subject string    `json:"subject,omitempty"` // name of whom it is about
	Detail  string    `json:"detail,omitempty"`
	Hash    string    `json:"hash"`
}

// AuditRequest selects entries; what is empty selects all.
type AuditRequest struct {
	access.ScopeNames
	// Installation reads the log of what is no enterprise's: sign-ins, setup.
	Installation bool `json:"installation,omitempty"`
	// User did it or was the subject.
	User string `json:"user,omitempty"`
	// Action is an action, or the beginning of several up to a dot: "token.".
	Action string `json:"action,omitempty"`
	// From and To are days, both included.
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Before int64  `json:"before,omitempty"`
	Limit  int    `json:"limit,omitempty"`
}

// Audit lists entries of an enterprise's log, newest first.
func (a *Admin) Audit(ctx context.Context, r AuditRequest) ([]Entry, error) {
	f, err := a.filter(ctx, r)
	if err != nil {
		return nil, err
	}
	list, err := a.dir.AuditLog(ctx, f)
	if err != nil {
		return nil, err
	}
	veiled, err := a.veiled(ctx, f)
	if err != nil {
		return nil, err
	}
	if veiled {
		for i := range list {
			if list[i].Action == directory.PeopleViewed {
				list[i].Subject = 0
			}
		}
	}
	return a.entries(ctx, list)
}

// veiled reports whether whoever reads a log must not learn from it who was looked
// at: where people have pseudonyms, the entry of a look at one would say whose
// that is. The people themselves see who looked.
func (a *Admin) veiled(ctx context.Context, f directory.AuditFilter) (bool, error) {
	if f.Enterprise == 0 || access.Of(ctx).Kind == access.Operator {
		return false, nil
	}
	p, err := a.dir.Privacy(ctx, f.Enterprise)
	return p.Pseudonyms, err
}

// entries gives people their names.
func (a *Admin) entries(ctx context.Context, list []directory.Entry) ([]Entry, error) {
	names, err := a.peopleNames(ctx)
	if err != nil {
		return nil, err
	}
	out := []Entry{}
	for _, e := range list {
		out = append(out, Entry{e.Seq, e.At, e.Actor.Name, names[e.Person], e.Address, e.Action, e.Target, names[e.Subject], e.Detail, e.Hash})
	}
	return out, nil
}

// actorNames are the names of the people who act, by what the audit log calls them.
type actorNames map[string]string

func (a *Admin) actorNames(ctx context.Context) (actorNames, error) {
	people, err := a.peopleNames(ctx)
	out := actorNames{}
	for id, name := range people {
		out[directory.PersonActor(id, "").Name] = name
	}
	return out, err
}

// of returns an actor's name, or what the audit log calls it.
func (n actorNames) of(actor string) string { return cmp.Or(n[actor], actor) }

// peopleNames returns what everybody is called.
func (a *Admin) peopleNames(ctx context.Context) (map[int64]string, error) {
	people, err := a.dir.People(ctx, 0)
	names := map[int64]string{}
	for _, p := range people {
		names[p.ID] = p.Label()
	}
	return names, err
}

// maxEntries bounds one list.
const maxEntries = 10_000

func (a *Admin) filter(ctx context.Context, r AuditRequest) (f directory.AuditFilter, err error) {
	f = directory.AuditFilter{Action: r.Action, Before: r.Before, Limit: min(r.Limit, maxEntries)}
	if r.Installation {
		err = access.MayEverywhere(access.Of(ctx), access.Manage)
	} else {
		var e directory.Entity
		e, err = a.enterprise(ctx, access.ViewSettings, r.ScopeNames)
		f.Enterprise = e.ID
	}
	if err != nil {
		return f, err
	}
	if r.User != "" {
		p, err := a.named(ctx, r.User)
		if err != nil {
			return f, err
		}
		veiled, err := a.veiled(ctx, f)
		if err != nil {
			return f, err
		}
		if veiled {
			f.Person = p.ID
		} else {
			f.About = p.ID
		}
	}
	if f.From, err = dayTime("from", r.From, 0); err != nil {
		return f, err
	}
	f.To, err = dayTime("to", r.To, 1)
	return f, err
}

// dayTime returns the beginning of a day, or of one some days later; the zero
// time for no day.
func dayTime(name, text string, later int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	d, err := day.Parse(text)
	if err != nil {
		return time.Time{}, fault.New(fault.Invalid, "%s: %v", name, err)
	}
	return (d + day.Day(later)).Time(), nil
}

// VerifyAudit recomputes the chain, which is one for the whole installation.
// Who manages an enterprise alone learns whether it holds, but not how long it is.
func (a *Admin) VerifyAudit(ctx context.Context, r access.ScopeNames) (directory.AuditCheck, error) {
	all := access.MayEverywhere(access.Of(ctx), access.Manage)
	if all != nil && r.Enterprise == "" {
		return directory.AuditCheck{}, all
	}
	if all != nil {
		if _, err := a.enterprise(ctx, access.ViewSettings, r); err != nil {
			return directory.AuditCheck{}, err
		}
	}
	check, err := a.dir.VerifyAudit(ctx)
	if all != nil {
		check = directory.AuditCheck{Broken: min(check.Broken, 1)}
	}
	return check, err
}
