package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"codegauge/internal/alert"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
)

// LateAfter is after how long without a successful round a source is late: a night, and
// some time for the round.
const LateAfter = 26 * time.Hour

// Late returns since when there has been no successful round, where that is longer than
// was promised; else the zero time. A round under way has as long as the one before.
func (st State) Late(src directory.Source, now time.Time) (since time.Time) {
	since = st.Success
	if since.IsZero() {
		since = src.Created
	}
	latest := since
	if st.Progress.Alive(now) && st.Progress.Since.After(latest) {
		latest = st.Progress.Since
	}
	if src.Paused || now.Sub(latest) <= LateAfter {
		return time.Time{}
	}
	return since
}

const (
	// alertRetry is how long after a failed delivery the next is tried; each further
	// failure doubles it, up to alertRetryMax.
	alertRetry    = 5 * time.Minute
	alertRetryMax = 6 * time.Hour
)

// SendAlerts tells every channel which sources are late and which are on time again, each once.
// While a late source is about to lose a day, it says so every day. A failed delivery is
// tried again, without holding up others.
func (s *Sources) SendAlerts(ctx context.Context) error {
	if len(s.opt.Alerts) == 0 {
		return nil
	}
	list, err := s.dir.Sources(ctx, 0)
	if err != nil {
		return err
	}
	var errs []error
	for _, src := range list {
		if err := s.sendAlerts(ctx, src); err != nil {
			errs = append(errs, fmt.Errorf("alert about source %d: %w", src.ID, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Sources) sendAlerts(ctx context.Context, src directory.Source) error {
	status, message, err := s.alertMessage(ctx, src)
	if err != nil {
		return err
	}
	told, err := s.dir.SourceAlerts(ctx, src.ID)
	if err != nil {
		return err
	}
	now := s.opt.Now().UTC()
	var errs []error
	for _, channel := range s.opt.Alerts {
		a := lastAlert(told, src.ID, channel.Name())
		if a.Status == status && a.Error == "" || now.Before(a.Next) {
			continue
		}
		if a.Status == status { // it recovered, or was paused, before anybody was told
			a.Error, a.Failures, a.Next = "", 0, time.Time{}
		} else if failed := channel.Send(ctx, message); failed != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			a.Error, a.Next = failed.Error(), now.Add(min(alertRetry<<min(a.Failures, 10), alertRetryMax))
			a.Failures++
			errs = append(errs, failed)
		} else {
			a = directory.SourceAlert{Source: src.ID, Channel: a.Channel, Status: status, Sent: now}
		}
		if err := s.dir.PutSourceAlert(ctx, a); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// lastAlert returns what a channel was told last of a source.
func lastAlert(told []directory.SourceAlert, source int64, channel string) directory.SourceAlert {
	i := slices.IndexFunc(told, func(a directory.SourceAlert) bool { return a.Channel == channel })
	if i < 0 {
		return directory.SourceAlert{Source: source, Channel: channel}
	}
	return told[i]
}

// alertMessage returns what there is to say of a source. Of two equal statuses the second
// is not said again; "" is that of a source that is on time or paused.
func (s *Sources) alertMessage(ctx context.Context, src directory.Source) (status string, m alert.Message, err error) {
	all, err := s.dir.Entities(ctx)
	if err != nil {
		return "", m, err
	}
	i := slices.IndexFunc(all, func(e directory.Entity) bool { return e.ID == src.Enterprise })
	if i < 0 {
		return "", m, fault.New(fault.NotFound, "enterprise %d does not exist", src.Enterprise)
	}
	enterprise := all[i]
	st, err := s.State(ctx, src.ID)
	if err != nil {
		return "", m, err
	}
	m = alert.Message{Enterprise: enterprise.Key(), Source: src.Name}
	if s.opt.Page != nil {
		m.URL = s.opt.Page(enterprise)
	}
	name := fmt.Sprintf("source %s of %s", src.Name, enterprise.Key())
	since := st.Late(src, s.opt.Now())
	if since.IsZero() {
		m.Event, m.Subject, m.Text = "source.ontime", "Codegauge: "+name+" is on time again", "Its last successful round ended "+moment(st.Success)+"."
		if src.Paused {
			m.Event, m.Subject, m.Text = "source.paused", "Codegauge: "+name+" is paused", "Nothing is fetched until it is resumed."
		}
		return "", m, nil
	}
	days, err := s.Days(ctx, src)
	if err != nil {
		return "", m, err
	}
	status = "late"
	m.Event, m.Subject = "source.late", "Codegauge: "+name+" is late"
	text := []string{"There has been no successful round since " + moment(since) + "."}
	if st.Success.IsZero() {
		text[0] = "It has never had a successful round since it was connected, " + moment(since) + "."
	}
	if st.Last != nil && st.Last.Failed != "" {
		text = append(text, "The last error: "+strings.TrimSuffix(st.Last.Failed, ".")+".")
	}
	if st.Last != nil {
		for _, missing := range st.Last.Missing[:min(3, len(st.Last.Missing))] {
			if missing.Grant != "" {
				text = append(text, missing.String()+".")
			}
		}
	}
	if days.Missing > 0 {
		text = append(text, fmt.Sprintf("%s of the %d that GitHub still has %s missing.", english.Count(days.Missing, "day", "days"), days.Window.Len(), english.Plural(days.Missing, "is", "are")))
	}
	if days.LostNext != 0 {
		status += ", loses " + days.LostNext.String()
		text = append(text, fmt.Sprintf("GitHub drops %s at the end of today (UTC): unless it is fetched before, that day is lost for good.", days.LostNext))
	}
	m.Text = strings.Join(text, "\n")
	return status, m, nil
}

// moment writes a time as messages do.
func moment(t time.Time) string { return t.UTC().Format("2 January 2006 at 15:04 UTC") }

// TestAlerts sends a test message over every channel, and returns what came of each: ""
// where it was delivered.
func (s *Sources) TestAlerts(ctx context.Context) []AlertResult {
	out := []AlertResult{}
	for _, channel := range s.opt.Alerts {
		r := AlertResult{Channel: channel.Name()}
		err := channel.Send(ctx, alert.Message{Event: "test", Subject: "Codegauge: test of alerts", Text: "Alerts about late sources arrive here."})
		if err != nil {
			r.Error = err.Error()
		}
		out = append(out, r)
	}
	return out
}

// AlertResult is what came of a test message.
type AlertResult struct {
	Channel string `json:"channel"`
	Error   string `json:"error,omitempty"`
}

// AlertState is what one channel was told of a source.
type AlertState struct {
	Channel string `json:"channel"`
	// To says who gets the messages, "" where that is a secret, or not for who asks.
	To string `json:"to,omitempty"`
	// Status is what the last message said: "late", "late, loses DAY", or "" that the source
	// is on time or paused.
	Status string `json:"status,omitempty"`
	// Sent is when the last message was delivered, the zero time if none was.
	Sent time.Time `json:"sent,omitzero"`
	// Error is why the last delivery failed, "" if it did not; Next is when it is tried again.
	Error string    `json:"error,omitempty"`
	Next  time.Time `json:"next,omitzero"`
}

// AlertStates returns what each channel was told of a source; empty where alerts are not configured.
func (s *Sources) AlertStates(ctx context.Context, source int64) ([]AlertState, error) {
	told, err := s.dir.SourceAlerts(ctx, source)
	if err != nil {
		return nil, err
	}
	out := []AlertState{}
	for _, channel := range s.opt.Alerts {
		a := lastAlert(told, source, channel.Name())
		out = append(out, AlertState{Channel: a.Channel, To: channel.To(), Status: a.Status, Sent: a.Sent, Error: a.Error, Next: a.Next})
	}
	return out, nil
}
