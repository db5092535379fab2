package quality

import (
	"cmp"
	"slices"
	"strings"

	"codegauge/internal/admin"
	"codegauge/internal/sorting"
	"codegauge/internal/source"
	"codegauge/internal/web/text"
)

// AlertsView is which alerts there are about sources, and who is told.
type AlertsView struct {
	Rows []AlertRow
	To   string
}

// AlertRow is an alert about a source: whether it fires, since when and why, and what each
// channel was told last.
type AlertRow struct {
	Rule, Source, Mark, State, Why string
	Sent                           []string
}

// losing is how what a channel was told of a source begins that is about to lose a day.
const losing = "late, loses"

// alerts lists the alerts about sources, those that fire first.
func (d *dashboard) alerts(list []admin.Source) *AlertsView {
	v, to := &AlertsView{}, []string{}
	for _, s := range list {
		late, loses := AlertRow{Rule: d.T("quality.alerts.late"), Source: s.Name}, AlertRow{Rule: d.T("quality.alerts.loses"), Source: s.Name}
		for _, row := range []*AlertRow{&late, &loses} {
			if row.Mark, row.State = "good", d.T("quality.alerts.quiet"); s.Paused {
				row.Mark, row.State = "idle", d.T("sources.paused")
			}
		}
		if late.Why, loses.Why = d.T("sources.new"), d.T("quality.alerts.none"); !s.State.Success.IsZero() {
			late.Why = d.T("quality.alerts.success", text.Moment(s.State.Success))
		}
		if s.Days.LostNext != 0 {
			loses.Why = d.T("sources.lostnext", text.LongDay(s.Days.LostNext))
		}
		if !s.LateSince.IsZero() {
			late.Mark, late.State, late.Why = "bad", d.T("quality.alerts.firing", text.Moment(s.LateSince.Add(source.LateAfter))), d.T("quality.alerts.since", text.Moment(s.LateSince))
			if last := s.State.Last; last != nil && last.Failed != "" {
				late.Why = d.T("quality.alerts.error", late.Why, last.Failed)
			}
			if s.Days.LostNext != 0 {
				loses.Mark, loses.State = "bad", d.T("quality.alerts.firing", text.LongDay(d.Data.Today()))
			}
		}
		for _, a := range s.Alerts {
			if channel := d.channel(a); !slices.Contains(to, channel) {
				to = append(to, channel)
			}
			late.Sent = append(late.Sent, d.told(a))
			if !strings.HasPrefix(a.Status, losing) {
				a = source.AlertState{Channel: a.Channel}
			}
			loses.Sent = append(loses.Sent, d.told(a))
		}
		v.Rows = append(v.Rows, late, loses)
	}
	if len(list) > 0 {
		v.To = d.T("quality.alerts.nobody")
	}
	if len(to) > 0 {
		v.To = d.T("quality.alerts.to", d.List(to))
	}
	order := []string{"bad", "good", "idle"}
	sorting.Stable(v.Rows, func(a, b AlertRow) int {
		return cmp.Compare(slices.Index(order, a.Mark), slices.Index(order, b.Mark))
	})
	return v
}

// channel says where a channel's messages go.
func (d *dashboard) channel(a source.AlertState) string {
	return cmp.Or(a.To, d.T("quality.alerts.to."+a.Channel))
}

// told says what a channel was told last.
func (d *dashboard) told(a source.AlertState) string {
	key, what := "quality.alerts.told", text.Moment(a.Sent)
	switch {
	case a.Error != "":
		what = d.T("sources.alerts.failed", a.Error, text.Moment(a.Next))
	case a.Sent.IsZero():
		what = d.T("sources.alerts.none")
	case a.Status == "":
		key = "quality.alerts.over"
	}
	return d.T(key, d.T("quality.alerts.sent."+a.Channel), what)
}
