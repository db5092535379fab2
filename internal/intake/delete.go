package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// DeleteRequest asks to delete what matches every field that is set.
type DeleteRequest struct {
	Enterprise, Org, User, Tool string
	// Data names a kind of data (metric.DataKinds).
	Data     string
	From, To string
	Import   int64
	// Preview does everything but delete.
	Preview bool
}

// Delete deletes what matches every field of req that is set. With the
// enterprise alone everything goes that is known of it, its name too.
func (in *Intake) Delete(ctx context.Context, req DeleteRequest) (*Report, error) {
	if req.Enterprise == "" {
		return nil, fault.New(fault.Invalid, "no enterprise given: name the one to delete from with --enterprise")
	}
	start := in.opt.Now()
	n, e, err := in.enterprise(ctx, req.Enterprise)
	if err != nil {
		return nil, err
	}
	d, err := deletion(n, e, req)
	if err != nil {
		return nil, err
	}
	if d.User, err = in.oneUser(ctx, *e, d); err != nil {
		return nil, err
	}
	d.At, d.Preview = start, req.Preview
	d.BeforeCommit = func(ctx context.Context) error {
		if err := in.recordDeletion(ctx, d); err != nil {
			return err
		}
		return in.dir.RemoveExports(ctx, d.Enterprise) // which may hold what is deleted
	}
	out, err := in.store.Delete(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("delete: %w", err)
	}
	l := newReport()
	l.Enterprise, l.Users, l.Preview = n.Key(e.ID), out.Users, req.Preview
	for kind, count := range out.Records {
		l.Records[kind] = count
	}
	if err := in.deleteSeats(ctx, d, req, l); err != nil {
		return nil, err
	}
	if err := in.afterDelete(ctx, e, d, req, out, l); err != nil {
		return nil, err
	}
	l.Warnings = append(l.Warnings, out.Warnings...)
	l.setDays(out.Days, n)
	l.Seconds = in.opt.Now().Sub(start).Seconds()
	return l, nil
}

// deletion reads the words of req.
func deletion(n *directory.Names, e *directory.Entity, req DeleteRequest) (store.Deletion, error) {
	d := store.Deletion{Enterprise: e.ID, User: req.User, Tool: req.Tool, Import: req.Import}
	if req.Import < 0 {
		return d, fault.New(fault.Invalid, "import %d is not a valid import number: it must be 1 or more", req.Import)
	}
	if req.Org != "" {
		o, err := n.Organization(e.ID, req.Org)
		if err != nil {
			return d, err
		}
		d.Source = o.ID
	}
	if req.Data != "" {
		data, err := metric.DataKindByName(req.Data)
		if err != nil {
			return d, err
		}
		d.Data = &data
	}
	var err error
	d.Range, err = query.ParseRange(req.From, req.To)
	return d, err
}

// oneUser returns the user of a deletion: where the enterprise is kept without people, by
// their pseudonym. It is an error if that could be one of several, in what the data and the
// seats say.
func (in *Intake) oneUser(ctx context.Context, e directory.Entity, d store.Deletion) (string, error) {
	if d.User == "" {
		return "", nil
	}
	known, err := in.store.Identities(ctx, d.Enterprise)
	if err != nil {
		return "", fmt.Errorf("identities: %w", err)
	}
	seats, err := in.dir.Seats(ctx, d.Enterprise, 0)
	if err != nil {
		return "", fmt.Errorf("read seats: %w", err)
	}
	for _, seat := range seats {
		known = append(known, store.Identity{Tool: metric.IdentityTool(seat.UserID, metric.Copilot), UserID: seat.UserID, Login: seat.Login})
	}
	key, err := in.opt.PeopleKeys.Of(e)
	if err != nil {
		return "", err
	}
	if key == nil {
		if now := store.FormerLogins(known)[strings.ToLower(query.ParseName(d.User).Login)]; now != nil {
			return "", fault.New(fault.Conflict, "%.60q is a former login of %s: name the user to delete by that", d.User, english.List(now))
		}
		return d.User, store.Ambiguous(d.User, known)
	}
	var meant []string
	for _, word := range key.Words(d.User) {
		n := query.ParseName(word)
		if slices.ContainsFunc(known, func(i store.Identity) bool { return n.Matches(i.Tool, i.UserID, i.Login) }) {
			meant = append(meant, word)
		}
	}
	switch len(meant) {
	case 0:
		return d.User, nil
	case 1:
		return meant[0], store.Ambiguous(meant[0], known)
	}
	return "", fault.New(fault.Conflict, "user %.60q is ambiguous, being the id of one user and the login of another: write id:%[1]s or login:%[1]s", d.User)
}

// deleteSeats deletes the seats of a user of whom everything goes: a seat is of
// no tool, day or import. A preview counts them.
func (in *Intake) deleteSeats(ctx context.Context, d store.Deletion, req DeleteRequest, l *Report) error {
	whole := DeleteRequest{Enterprise: req.Enterprise, Org: req.Org, User: req.User, Preview: req.Preview}
	if req.User == "" || req != whole {
		return nil
	}
	name := query.ParseName(d.User)
	if name.Tool != "" && !metric.ToolByName(name.Tool).GitHubIDs { // seats are of GitHub's users
		return nil
	}
	remove := in.dir.RemoveSeats
	if req.Preview {
		remove = in.countSeats
	}
	n, err := remove(ctx, d.Enterprise, d.Source, name)
	if err != nil {
		return fmt.Errorf("delete the seats of %q: %w", d.User, err)
	}
	if n > 0 {
		l.Records[report.Seat.String()] = n
	}
	return nil
}

// countSeats counts the seats that RemoveSeats would remove of the answers that are shown.
func (in *Intake) countSeats(ctx context.Context, enterprise, organization int64, name query.Name) (n int64, err error) {
	seats, err := in.dir.Seats(ctx, enterprise, organization)
	for _, seat := range seats {
		if name.Matches(metric.Copilot, seat.UserID, seat.Login) {
			n++
		}
	}
	return n, err
}

// afterDelete says if nothing is there of what was named, and removes the entity of
// which nothing is left on purpose.
func (in *Intake) afterDelete(ctx context.Context, e *directory.Entity, d store.Deletion, req DeleteRequest, out *store.Outcome, l *Report) error {
	if req == (DeleteRequest{Enterprise: req.Enterprise, Preview: true}) {
		return nil
	}
	if req == (DeleteRequest{Enterprise: req.Enterprise}) {
		if err := in.dir.Remove(ctx, e.ID); err != nil {
			return fmt.Errorf("remove enterprise %q: %w", e.Key(), err)
		}
		// What an import brought in between goes too; from now on none finds it.
		if _, err := in.store.Delete(ctx, store.Deletion{Enterprise: e.ID, At: in.opt.Now()}); err != nil {
			return fmt.Errorf("delete: %w", err)
		}
		return nil
	}
	if len(out.Days) > 0 || len(l.Records) > 0 {
		return nil
	}
	what := ""
	for _, part := range []struct {
		set  bool
		text string
	}{
		{req.User != "", fmt.Sprintf(" of user %.60q", req.User)},
		{req.Tool != "", fmt.Sprintf(" of tool %.60q", req.Tool)},
		{req.Data != "", " of the kind of data " + req.Data},
		{req.From+req.To != "", " of " + d.Range.String()},
		{req.Org != "", fmt.Sprintf(" from the reports of organization %.60q", req.Org)},
		{req.Import != 0, fmt.Sprintf(" that import %d brought", req.Import)},
	} {
		if part.set {
			what += part.text
		}
	}
	return fault.New(fault.NotFound, "nothing to delete: enterprise %s has no records%s", e.Key(), what)
}
