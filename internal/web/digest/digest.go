package digest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/alert"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/question"
	"codegauge/internal/source"
	"codegauge/internal/web/text"
)

// Directory is what digests need of a directory.Directory.
type Directory interface {
	Entities(ctx context.Context) ([]directory.Entity, error)
	AuditLog(ctx context.Context, f directory.AuditFilter) ([]directory.Entry, error)
	Record(ctx context.Context, events ...directory.Event) error
}

// Data says what changed; a question.Answerer has it.
type Data interface {
	Changes(ctx context.Context, w question.Parameters) (*question.Changes, error)
}

// Options configures Digests. Now is time.Now unless a test sets it.
type Options struct {
	// Enterprises are the slugs of those whose digest is sent by itself.
	Enterprises []string
	Channels    []alert.Channel
	// Page returns the address of an enterprise's page, "" if it is not known.
	Page func(directory.Entity) string
	Now  func() time.Time
}

// Digests writes and sends what changed since last month.
type Digests struct {
	dir  Directory
	data Data
	opt  Options
}

// New returns the digests of a directory and the data that it is about.
func New(dir Directory, data Data, opt Options) *Digests {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Digests{dir, data, opt}
}

// The audit log's actions. That one was sent is written for each channel, with the month.
const (
	actionPreviewed = "digest.previewed"
	actionSent      = "digest.sent"
)

// message writes the digest of an enterprise as for a reader who may see its metrics and
// nobody's data: whoever it reaches may have no account here.
func (d *Digests) message(ctx context.Context, e directory.Entity) (alert.Message, error) {
	if e.Policy != directory.PolicyEnabled {
		return alert.Message{}, fault.New(fault.Conflict, "the usage metrics policy of %s is not enabled: nothing of them is sent", e.Key())
	}
	changes, err := d.data.Changes(access.With(ctx, access.NewProgram(e.ID, access.ViewEnterprise)), question.Parameters{Enterprise: e.Key()})
	if err != nil {
		return alert.Message{}, fmt.Errorf("what changed in %s: %w", e.Key(), err)
	}
	words := Write(text.English, changes)
	m := alert.Message{Event: "digest", Enterprise: e.Key(), Subject: text.English.Get("changes.subject", e.Label()), Text: words.Plain()}
	if d.opt.Page != nil {
		m.URL = d.opt.Page(e)
	}
	return m, nil
}

// Preview returns what would be sent now, and writes that somebody looked at it: without
// that nothing is sent.
func (d *Digests) Preview(ctx context.Context, e directory.Entity) (admin.Digest, error) {
	m, err := d.message(ctx, e)
	if err != nil {
		return admin.Digest{}, err
	}
	err = d.dir.Record(ctx, directory.Event{Enterprise: e.ID, Action: actionPreviewed, Target: e.Key()})
	return admin.Digest{Subject: m.Subject, Text: m.Text, URL: m.URL, Sent: []source.AlertResult{}}, err
}

// Send sends the digest of an enterprise over every channel.
func (d *Digests) Send(ctx context.Context, e directory.Entity) (admin.Digest, error) {
	if len(d.opt.Channels) == 0 {
		return admin.Digest{}, fault.New(fault.Conflict, "there is nowhere to send to: set alert_mail or alert_webhook_file")
	}
	log, err := d.log(ctx, e, actionPreviewed)
	if err != nil {
		return admin.Digest{}, err
	}
	if len(log) == 0 {
		return admin.Digest{}, fault.New(fault.Conflict, "look at it first: codegauge digest preview --enterprise %s", e.Key())
	}
	return d.send(ctx, e, d.opt.Channels)
}

func (d *Digests) log(ctx context.Context, e directory.Entity, action string) ([]directory.Entry, error) {
	list, err := d.dir.AuditLog(ctx, directory.AuditFilter{Enterprise: e.ID, Action: action})
	if err != nil {
		return nil, fmt.Errorf("earlier digests of %s: %w", e.Key(), err)
	}
	return list, nil
}

func (d *Digests) send(ctx context.Context, e directory.Entity, channels []alert.Channel) (admin.Digest, error) {
	m, err := d.message(ctx, e)
	if err != nil {
		return admin.Digest{}, err
	}
	out := admin.Digest{Subject: m.Subject, Text: m.Text, URL: m.URL}
	for _, channel := range channels {
		r := source.AlertResult{Channel: channel.Name()}
		if err := channel.Send(ctx, m); err != nil {
			r.Error = err.Error()
		} else if err := d.dir.Record(ctx, directory.Event{Enterprise: e.ID, Action: actionSent, Target: channel.Name(), Detail: month(d.opt.Now())}); err != nil {
			return out, err
		}
		out.Sent = append(out.Sent, r)
	}
	return out, nil
}

func month(t time.Time) string { return t.UTC().Format("2006-01") }

// sendFrom is the hour of the first working day, in UTC, from which on digests are sent, and
// sendDays for how many days after they still are.
const (
	sendFrom = 6
	sendDays = 7
)

// due reports whether a month's digest is to be sent now: from its first working day on.
func due(now time.Time) bool {
	first := time.Date(now.UTC().Year(), now.UTC().Month(), 1, sendFrom, 0, 0, 0, time.UTC)
	for first.Weekday() == time.Saturday || first.Weekday() == time.Sunday {
		first = first.AddDate(0, 0, 1)
	}
	return !now.Before(first) && now.Before(first.AddDate(0, 0, sendDays))
}

// SendDue sends the month's digests that are due and were not sent, over each channel once.
// It is done by one server at a time.
func (d *Digests) SendDue(ctx context.Context) error {
	if len(d.opt.Enterprises) == 0 || len(d.opt.Channels) == 0 || !due(d.opt.Now()) {
		return nil
	}
	all, err := d.dir.Entities(ctx)
	if err != nil {
		return fmt.Errorf("enterprises with a digest: %w", err)
	}
	var errs []error
	for _, e := range all {
		if e.Kind != directory.Enterprise || !slices.ContainsFunc(d.opt.Enterprises, e.Named) {
			continue
		}
		if err := d.sendDue(ctx, e); err != nil {
			errs = append(errs, fmt.Errorf("digest of %s: %w", e.Key(), err))
		}
	}
	return errors.Join(errs...)
}

func (d *Digests) sendDue(ctx context.Context, e directory.Entity) error {
	previewed, err := d.log(ctx, e, actionPreviewed)
	if err != nil {
		return err
	}
	if len(previewed) == 0 {
		return fault.New(fault.Conflict, "not sent before somebody looked at it: codegauge digest preview --enterprise %s", e.Key())
	}
	sent, err := d.log(ctx, e, actionSent)
	if err != nil {
		return err
	}
	var left []alert.Channel
	for _, channel := range d.opt.Channels {
		if !slices.ContainsFunc(sent, func(x directory.Entry) bool {
			return x.Target == channel.Name() && x.Detail == month(d.opt.Now())
		}) {
			left = append(left, channel)
		}
	}
	if len(left) == 0 {
		return nil
	}
	answer, err := d.send(ctx, e, left)
	if err != nil {
		return err
	}
	var failed []string
	for _, r := range answer.Sent {
		if r.Error != "" {
			failed = append(failed, r.Channel+": "+r.Error)
		}
	}
	if len(failed) > 0 {
		return errors.New(strings.Join(failed, "; "))
	}
	return nil
}
