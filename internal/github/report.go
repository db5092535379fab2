package github

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"codegauge/internal/day"

	gh "github.com/google/go-github/v93/github"
)

// Scope is whose reports and lists are meant: an enterprise, or an organization if Org
// is set.
type Scope struct{ Enterprise, Org string }

func (s Scope) String() string {
	if s.Org != "" {
		return "the organization " + s.Org
	}
	return "the enterprise " + s.Enterprise
}

func (s Scope) name() string {
	if s.Org != "" {
		return s.Org
	}
	return s.Enterprise
}

// Name returns the slug of the scope.
func (s Scope) Name() string { return s.name() }

// path returns the beginning of the scope's paths.
func (s Scope) path() string {
	if s.Org != "" {
		return "orgs/" + url.PathEscape(s.Org) + "/"
	}
	return "enterprises/" + url.PathEscape(s.Enterprise) + "/"
}

// Report is a report that GitHub makes of each day.
type Report string

// The reports.
const (
	Users     Report = "users-1-day"
	Aggregate Report = "aggregate-1-day" // enterprise-1-day or organization-1-day
	UserTeams Report = "user-teams-1-day"
	Repos     Report = "repos-1-day"
)

// Reports lists them, those that matter most first.
var Reports = []Report{Users, Aggregate, UserTeams, Repos}

// Path returns the report's name in a scope's paths.
func (r Report) Path(s Scope) string {
	switch {
	case r != Aggregate:
		return string(r)
	case s.Org != "":
		return "organization-1-day"
	}
	return "enterprise-1-day"
}

// latest returns the name of the report's latest 28 days, "" if there is none.
func (r Report) latest(s Scope) string {
	switch {
	case r == Users:
		return "users-28-day/latest"
	case r == Aggregate && s.Org != "":
		return "organization-28-day/latest"
	case r == Aggregate:
		return "enterprise-28-day/latest"
	}
	return ""
}

// First days of the reports, as GitHub has documented them.
var (
	firstEnterpriseDay = day.Date(2025, time.October, 10)
	firstOrgDay        = day.Date(2025, time.December, 12)
)

// released are the days on which reports were released whose first day GitHub has not
// documented.
var released = map[Report]day.Day{UserTeams: day.Date(2026, time.May, 14), Repos: day.Date(2026, time.July, 17)}

// Released returns the day on which a report was released of which nobody has said how far
// it goes back; 0 for others.
func (r Report) Released() day.Day { return released[r] }

// Since returns the first day of which GitHub can have a report on a day: it keeps one year.
func (r Report) Since(s Scope, today day.Day) day.Day {
	first := firstEnterpriseDay
	if s.Org != "" {
		first = firstOrgDay
	}
	return max(first, day.Of(today.Time().AddDate(-1, 0, 0)))
}

// First returns the first day of which GitHub ever had the report.
func (r Report) First(s Scope) day.Day { return r.Since(s, 0) }

// Links are where the files of a day's report are.
type Links struct {
	// URLs is empty where GitHub has no report of the day.
	URLs []string
	// Status is that of the answer.
	Status int
}

// Links asks for the files of a day's report. A day of which GitHub has none is no error,
// whether it says so by 204, by 404 or by an empty list.
func (c *Client) Links(ctx context.Context, s Scope, r Report, d day.Day) (Links, error) {
	a, err := c.call(ctx, request{scope: s, method: http.MethodGet,
		path: s.path() + "copilot/metrics/reports/" + r.Path(s), query: url.Values{"day": {d.String()}}})
	switch {
	case KindOf(err) == NotFound, StatusOf(err) == http.StatusAccepted:
		return Links{Status: StatusOf(err)}, nil
	case err != nil:
		return Links{}, err
	case a.status == http.StatusNoContent || len(a.body) == 0:
		return Links{Status: a.status}, nil
	}
	var answer gh.CopilotDailyMetricsReport
	if err := json.Unmarshal(a.body, &answer); err != nil {
		return Links{}, malformed(a.status, "GitHub's answer for %s of %s on %s cannot be read: %v", r.Path(s), s, d, err)
	}
	if len(answer.DownloadLinks) > 0 && answer.ReportDay != "" && !strings.HasPrefix(answer.ReportDay, d.String()) {
		return Links{}, malformed(a.status, "GitHub answered with the report of %.20s when it was asked for %s of %s on %s", answer.ReportDay, r.Path(s), s, d)
	}
	return Links{URLs: answer.DownloadLinks, Status: a.status}, nil
}

// HasLatest reports whether GitHub answers for the report's latest 28 days, which tells a
// day without a report from a credential that may not know of any.
func (c *Client) HasLatest(ctx context.Context, s Scope, r Report) (bool, error) {
	name := r.latest(s)
	if name == "" {
		return false, nil
	}
	a, err := c.call(ctx, request{scope: s, method: http.MethodGet, path: s.path() + "copilot/metrics/reports/" + name})
	if KindOf(err) == NotFound {
		return false, nil
	}
	return err == nil && a.status == http.StatusOK, err
}
