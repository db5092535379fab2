package digest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/alert"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/question"
)

// office is a directory of one enterprise with its audit log, and what changed there.
type office struct {
	enterprise directory.Entity
	log        []directory.Entry
	asked      *access.Principal
}

func (o *office) Entities(context.Context) ([]directory.Entity, error) {
	return []directory.Entity{o.enterprise}, nil
}

func (o *office) AuditLog(_ context.Context, f directory.AuditFilter) (out []directory.Entry, err error) {
	for _, e := range o.log {
		if e.Action == f.Action {
			out = append(out, e)
		}
	}
	return out, nil
}

func (o *office) Record(_ context.Context, events ...directory.Event) error {
	for _, e := range events {
		o.log = append(o.log, directory.Entry{Event: e})
	}
	return nil
}

func (o *office) Changes(ctx context.Context, _ question.Parameters) (*question.Changes, error) {
	o.asked = access.Of(ctx)
	return &question.Changes{}, nil
}

// box is a channel that may fail.
type box struct {
	name string
	got  []alert.Message
	down bool
}

func (b *box) Name() string { return b.name }

func (b *box) To() string { return b.name + " box" }

func (b *box) Send(_ context.Context, m alert.Message) error {
	if b.down {
		return errors.New("down")
	}
	b.got = append(b.got, m)
	return nil
}

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestDue(t *testing.T) {
	for when, want := range map[string]bool{
		"2026-11-01 12:00": false, // a Sunday
		"2026-11-02 05:59": false, "2026-11-02 06:00": true, "2026-11-08 12:00": true, "2026-11-09 06:00": false,
		"2026-08-01 12:00": false, "2026-08-03 06:00": true, // begins on a Saturday
		"2026-12-01 06:00": true, "2026-12-15 06:00": false,
	} {
		if got := due(at(when)); got != want {
			t.Errorf("%s: due %t, want %t", when, got, want)
		}
	}
}

// A month's digest is sent once over each channel, not before somebody looked at it, again
// where it failed, and as for a reader who may not view people.
func TestSendDue(t *testing.T) {
	o := &office{enterprise: directory.Entity{ID: 1, Kind: directory.Enterprise, Enterprise: 1, Slug: "acme", Policy: directory.PolicyEnabled}}
	mail, chat := &box{name: "mail"}, &box{name: "webhook", down: true}
	now := at("2026-12-01 07:00")
	d := New(o, o, Options{Enterprises: []string{"acme"}, Channels: []alert.Channel{mail, chat}, Now: func() time.Time { return now }})
	if err := d.SendDue(t.Context()); fault.KindOf(err) != fault.Internal && !strings.Contains(err.Error(), "preview") || len(mail.got) != 0 {
		t.Fatalf("before the first preview: %v, sent %d", err, len(mail.got))
	}
	if p, err := d.Preview(t.Context(), o.enterprise); err != nil || p.Subject == "" || p.Text == "" {
		t.Fatalf("preview: %+v, %v", p, err)
	}
	if err := d.SendDue(t.Context()); err == nil || len(mail.got) != 1 {
		t.Errorf("one channel fails: %v, mail got %d", err, len(mail.got))
	}
	chat.down = false
	for range 3 {
		if err := d.SendDue(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if len(mail.got) != 1 || len(chat.got) != 1 {
		t.Errorf("mail got %d, webhook %d", len(mail.got), len(chat.got))
	}
	if o.asked.ViewsPeople(o.enterprise) || !o.asked.CanView(o.enterprise) {
		t.Errorf("asked as %+v", o.asked)
	}
	now = at("2027-01-01 07:00")
	if err := d.SendDue(t.Context()); err != nil || len(mail.got) != 2 {
		t.Errorf("the next month: %v, mail got %d", err, len(mail.got))
	}
	o.enterprise.Policy = directory.PolicyDisabled
	now = at("2027-02-01 07:00")
	if err := d.SendDue(t.Context()); err == nil || len(mail.got) != 2 {
		t.Errorf("with the policy off: %v, mail got %d", err, len(mail.got))
	}
}

func TestSendIsOffByDefault(t *testing.T) {
	o, mail := &office{enterprise: directory.Entity{ID: 1, Kind: directory.Enterprise, Enterprise: 1, Slug: "acme", Policy: directory.PolicyEnabled}}, &box{name: "mail"}
	d := New(o, o, Options{Channels: []alert.Channel{mail}, Now: func() time.Time { return at("2026-12-01 07:00") }})
	if err := d.SendDue(t.Context()); err != nil || len(mail.got) != 0 {
		t.Errorf("without the option: %v, sent %d", err, len(mail.got))
	}
	if _, err := d.Send(t.Context(), o.enterprise); fault.KindOf(err) != fault.Conflict {
		t.Errorf("sent by hand before a preview: %v", err)
	}
}
