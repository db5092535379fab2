package source_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"codegauge/internal/alert"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/github/githubtest"
	"codegauge/internal/source"
)

// inbox is a channel that keeps what it is sent, or refuses it.
type inbox struct {
	name string
	got  []alert.Message
	fail error
}

func (i *inbox) Name() string { return i.name }

func (i *inbox) To() string { return i.name + " box" }

func (i *inbox) Send(_ context.Context, m alert.Message) error {
	if i.fail == nil {
		i.got = append(i.got, m)
	}
	return i.fail
}

// TestAlerts follows a source that is late and on time again: every channel is told once of
// each, daily while days are being lost, and one that cannot be reached later, without
// keeping anything from the others.
func TestAlerts(t *testing.T) {
	mail, hook := &inbox{name: "mail"}, &inbox{name: "webhook"}
	w := newWorldOver(t, databasetest.Open(t, databasetest.SQLite), githubtest.New(t, githubtest.DotCom), mail, hook)
	w.connect()
	took := func(box *inbox, events ...string) []alert.Message {
		t.Helper()
		var got []string
		for _, m := range box.got {
			got = append(got, m.Event)
		}
		if g, want := strings.Join(got, " "), strings.Join(events, " "); g != want {
			t.Fatalf("%s got %q, want %q", box.name, g, want)
		}
		messages := box.got
		box.got = nil
		return messages
	}
	look := func(after time.Duration, ok bool) {
		t.Helper()
		w.now = w.now.Add(after)
		if err := w.SendAlerts(t.Context()); (err == nil) != ok {
			t.Fatalf("after %s: %v", after, err)
		}
	}
	look(time.Hour, true)
	took(mail)
	look(26*time.Hour, true) // it was never fetched
	m := took(mail, "source.late")[0]
	if !strings.Contains(m.Text, "never had a successful round") || !strings.Contains(m.Text, "GitHub drops 20") ||
		m.Enterprise != "acme" || m.Source != "github" || !strings.Contains(m.Subject, "github of acme is late") {
		t.Errorf("message %+v", m)
	}
	took(hook, "source.late")
	look(time.Hour, true)
	took(mail)
	look(24*time.Hour, true) // the next day is about to be lost
	took(mail, "source.late")
	took(hook, "source.late")
	w.now = w.gh.Today.Time().Add(12 * time.Hour)
	w.round(source.RoundOptions{})
	look(time.Hour, true)
	took(mail, "source.ontime")
	took(hook, "source.ontime")

	hook.fail = errors.New("connection refused")
	look(27*time.Hour, false)
	if m := took(mail, "source.late")[0]; strings.Contains(m.Text, "drops") || !strings.Contains(m.Text, "no successful round since") {
		t.Errorf("message %+v", m)
	}
	look(time.Minute, true) // tried again after five minutes, and then after ten
	if states, err := w.AlertStates(t.Context(), w.src.ID); err != nil || len(states) != 2 || states[1].Error != "connection refused" || states[0].Error != "" || states[0].Sent.IsZero() || states[0].Status != "late" || states[0].To != "mail box" {
		t.Errorf("alerts %+v, %v", states, err)
	}
	look(5*time.Minute, false)
	look(5*time.Minute, true)
	hook.fail = nil
	look(6*time.Minute, true)
	took(mail)
	took(hook, "source.late")

	hook.fail = errors.New("connection refused")
	w.src.Paused = true
	_, err := w.dir.PutSource(t.Context(), w.src)
	w.ok(err)
	look(time.Hour, false)
	took(mail, "source.paused")
	w.src.Paused = false
	_, err = w.dir.PutSource(t.Context(), w.src)
	w.ok(err)
	hook.fail = nil
	look(time.Hour, true) // late again; the webhook, which never heard of the pause, is told nothing twice
	took(mail, "source.late")
	took(hook)
	if states, err := w.AlertStates(t.Context(), w.src.ID); err != nil || states[1].Error != "" {
		t.Errorf("alerts %+v, %v", states, err)
	}
}
