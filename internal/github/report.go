package github

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"codegauge/internal/day"
)

// Scope is the owner of reports and lists: an organization if Org is set, else an
// enterprise.
type Scope struct{ Enterprise, Org string }

func (s Scope) String() string {
	if s.Org != "" {
		return "the organization " + s.Org
	}
	return "the enterprise " + s.Enterprise
}

// Name returns the slug of the enterprise or organization.
func (s Scope) Name() string {
	if s.Org != "" {
		return s.Org
	}
	return s.Enterprise
}

// path returns the prefix of the scope's API paths.
func (s Scope) path() string {
	if s.Org != "" {
		return "orgs/" + url.PathEscape(s.Org) + "/"
	}
	return "enterprises/" + url.PathEscape(s.Enterprise) + "/"
}

// Report is a kind of report that GitHub creates for each day.
type Report string

// The reports.
const (
	Users     Report = "users-1-day"
	Aggregate Report = "aggregate-1-day" // enterprise-1-day or organization-1-day
	UserTeams Report = "user-teams-1-day"
	Repos     Report = "repos-1-day"
)

// Reports lists the reports, the most important first.
var Reports = []Report{Users, Aggregate, UserTeams, Repos}

// Path returns the report's name in API paths of a scope.
func (r Report) Path(s Scope) string {
	switch {
	case r != Aggregate:
		return string(r)
	case s.Org != "":
		return "organization-1-day"
	}
	return "enterprise-1-day"
}

// latestPath returns the name of the report of the latest 28 days in API paths, "" if
// there is none.
func (r Report) latestPath(s Scope) string {
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

// releaseDays are the release dates of reports whose first day is not documented.
var releaseDays = map[Report]day.Day{UserTeams: day.Date(2026, time.May, 14), Repos: day.Date(2026, time.July, 17)}

// Released returns the release date of a report whose first day is not documented, 0 for
// other reports.
func (r Report) Released() day.Day { return releaseDays[r] }

// Since returns the first day of which GitHub can have a report today: it keeps reports
// for one year.
func (r Report) Since(s Scope, today day.Day) day.Day {
	first := firstEnterpriseDay
	if s.Org != "" {
		first = firstOrgDay
	}
	return max(first, day.Of(today.Time().AddDate(-1, 0, 0)))
}

// First returns the first day of which GitHub ever had the report.
func (r Report) First(s Scope) day.Day { return r.Since(s, 0) }

// Links are the download links of a day's report.
type Links struct {
	// URLs is empty if GitHub has no report of the day.
	URLs []string
	// Status is the HTTP status of the response.
	Status int
}

// Links requests the download links of a day's report. It is not an error if GitHub has
// none, whether the response is 202, 204, 404 or an empty list.
func (c *Client) Links(ctx context.Context, s Scope, r Report, d day.Day) (Links, error) {
	q := url.Values{"day": {d.String()}}
	if !c.opt.Base.GitHub() {
		q.Set("tools", "all") // another Codegauge then leaves no record out, and computes none
	}
	a, err := c.call(ctx, request{scope: s, method: http.MethodGet, path: s.path() + "copilot/metrics/reports/" + r.Path(s), query: q})
	switch {
	case KindOf(err) == NotFound, StatusOf(err) == http.StatusAccepted:
		return Links{Status: StatusOf(err)}, nil
	case err != nil:
		return Links{}, err
	case a.status == http.StatusNoContent || len(a.body) == 0:
		return Links{Status: a.status}, nil
	}
	var answer struct {
		DownloadLinks []string `json:"download_links"`
		ReportDay     string   `json:"report_day"`
	}
	if err := json.Unmarshal(a.body, &answer); err != nil {
		return Links{}, malformed(a.status, "cannot read GitHub's response for %s of %s on %s: %v", r.Path(s), s, d, err)
	}
	if len(answer.DownloadLinks) > 0 && answer.ReportDay != "" && !strings.HasPrefix(answer.ReportDay, d.String()) {
		return Links{}, malformed(a.status, "GitHub returned the report of %.20s for %s of %s on %s", answer.ReportDay, r.Path(s), s, d)
	}
	return Links{URLs: answer.DownloadLinks, Status: a.status}, nil
}

// HasLatest reports whether the credential can read the report of the latest 28 days. It
// distinguishes a day without a report from a missing permission: both are 404.
func (c *Client) HasLatest(ctx context.Context, s Scope, r Report) (bool, error) {
	name := r.latestPath(s)
	if name == "" {
		return false, nil
	}
	a, err := c.call(ctx, request{scope: s, method: http.MethodGet, path: s.path() + "copilot/metrics/reports/" + name})
	if KindOf(err) == NotFound {
		return false, nil
	}
	return err == nil && a.status == http.StatusOK, err
}
