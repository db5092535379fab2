package api

import (
	"net/http"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/question"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// insightMeasures are the measures of an enterprise's day that monitoring is told.
var insightMeasures = []string{"daily_active_users", "weekly_active_users", "monthly_active_users", "loc_added", "loc_deleted",
	"loc_suggested_add", "loc_suggested_delete", "interactions", "generations", "acceptances"}

// insights are the metrics of one answer.
type insights struct {
	registry *prometheus.Registry
	gauges   map[string]*prometheus.GaugeVec
}

// set sets a metric.
func (m *insights) set(name, help string, value float64, labels prometheus.Labels) {
	g := m.gauges[name]
	if g == nil {
		var names []string
		for label := range labels {
			names = append(names, label)
		}
		g = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, names)
		m.registry.MustRegister(g)
		m.gauges[name] = g
	}
	g.With(labels).Set(value)
}

// Insights answers GET /metrics/insights: totals of each enterprise's last complete day, and
// how its sources are, for Prometheus. Whatever else whoever asks may see, these are the
// figures of who may not view people.
func (a *API) Insights(w http.ResponseWriter, r *http.Request) error {
	list, err := a.opt.Admin.Monitored(r.Context())
	if err != nil {
		return err
	}
	m := &insights{prometheus.NewRegistry(), map[string]*prometheus.GaugeVec{}}
	for _, e := range list {
		m.sources(e)
		if access.CheckPolicy(access.Place{Enterprise: &e.Enterprise}) != nil {
			continue
		}
		r := r.WithContext(access.With(r.Context(), access.NewProgram(e.Enterprise.ID, access.ViewEnterprise)))
		if err := a.figures(r, m, e.Enterprise.Key()); err != nil {
			return err
		}
	}
	promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true}).ServeHTTP(w, r)
	return nil
}

// sources sets how an enterprise's sources are.
func (m *insights) sources(e admin.Monitored) {
	for _, s := range e.Sources {
		labels := func(more ...string) prometheus.Labels {
			l := prometheus.Labels{"enterprise": e.Enterprise.Key(), "source": s.Name}
			if len(more) == 2 {
				l[more[0]] = more[1]
			}
			return l
		}
		if !s.State.Success.IsZero() {
			m.set("codegauge_source_last_success_timestamp_seconds", "When a source was last fetched without a fault.", float64(s.State.Success.Unix()), labels())
		}
		failing := 0.0
		if s.State.Last != nil && s.State.Last.Failed != "" {
			failing = 1
		}
		m.set("codegauge_source_failing", "Whether the last round of a source failed.", failing, labels())
		for state, n := range map[string]int{"stored": s.Days.Stored, "missing": s.Days.Missing, "lost": s.Days.Lost} {
			m.set("codegauge_source_days", "Days of a source that are stored, are missing, or are lost for good.", float64(n), labels("state", state))
		}
	}
}

// figures sets the totals of an enterprise's last complete day.
func (a *API) figures(r *http.Request, m *insights, enterprise string) error {
	status, err := a.product.Status(r.Context(), question.Parameters{Enterprise: enterprise})
	if err != nil || status.CompleteTo == 0 {
		return err
	}
	labels := prometheus.Labels{"enterprise": enterprise}
	m.set("codegauge_insights_day_timestamp_seconds", "Beginning of the day that the other figures are of, the last complete one.", float64(status.CompleteTo.Time().Unix()), labels)
	answer, err := a.product.Query(r.Context(), question.Parameters{Enterprise: enterprise, Measures: insightMeasures, From: status.CompleteTo.String(), To: status.CompleteTo.String()})
	if err != nil {
		return err
	}
	for i, name := range insightMeasures {
		if n, ok := answer.Rows[0][i].(int64); ok {
			m.set("codegauge_insights_"+name, metric.MeasureByName(name).Definition, float64(n), labels)
		}
	}
	seats, err := a.product.SeatCount(r.Context(), question.Parameters{Enterprise: enterprise})
	if err == nil && seats != nil {
		m.set("codegauge_insights_seats", "People with a seat.", float64(*seats), labels)
	}
	if err != nil {
		return err
	}
	return a.initiators(r, m, enterprise, status.CompleteTo)
}

// initiators sets the lines of a day by who initiated them.
func (a *API) initiators(r *http.Request, m *insights, enterprise string, d day.Day) error {
	answer, err := a.product.Query(r.Context(), question.Parameters{Enterprise: enterprise, Measures: []string{"loc_changed"}, By: []string{"initiator"}, From: d.String(), To: d.String()})
	if err != nil {
		return err
	}
	for _, row := range answer.Rows {
		initiator, _ := row[0].(string)
		if initiator == "" {
			initiator = "discrepancy"
		}
		if n, ok := row[1].(int64); ok {
			m.set("codegauge_insights_loc_changed", metric.MeasureByName("loc_changed").Definition, float64(n), prometheus.Labels{"enterprise": enterprise, "initiator": initiator})
		}
	}
	return nil
}
