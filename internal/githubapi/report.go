package githubapi

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/api"
	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/query"
	"codegauge/internal/question"
)

const (
	reportsPath = "/copilot/metrics/reports/"
	downloads   = prefix + "/downloads/"
)

// reportRoute is a report of an enterprise or organization.
type reportRoute struct {
	scope  string
	name   string // one of question.ReportNames
	latest bool   // of the latest 28 days
	// none is the status where there is no report.
	none int
}

// reports lists the reports that GitHub has.
var reports = func() (list []reportRoute) {
	for _, scope := range []struct {
		path, aggregate string
		none            int
	}{{"/enterprises/{enterprise}", "enterprise", http.StatusOK}, {"/orgs/{org}", "organization", http.StatusNoContent}} {
		for _, name := range []string{scope.aggregate, "users", "user-teams"} {
			list = append(list, reportRoute{scope.path, name + "-1-day", false, scope.none})
		}
		list = append(list, reportRoute{scope.path, "repos-1-day", false, http.StatusNoContent},
			reportRoute{scope.path, scope.aggregate + "-28-day", true, http.StatusNotFound},
			reportRoute{scope.path, "users-28-day", true, http.StatusNotFound})
	}
	return list
}()

func (r reportRoute) path() string {
	if r.latest {
		return r.name + "/latest"
	}
	return r.name
}

// links is the answer for a report: where its files are.
type links struct {
	DownloadLinks []string `json:"download_links"`
	ReportDay     string   `json:"report_day,omitempty"`
	ReportStart   string   `json:"report_start_day,omitempty"`
	ReportEnd     string   `json:"report_end_day,omitempty"`
}

// leftOutHeader says how many records GitHub's form has no place for.
const leftOutHeader = "Codegauge-Records-Left-Out"

// report answers with the links to a report's files.
func (a *API) report(route reportRoute) api.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		req, err := a.request(r, route)
		if err != nil {
			return err
		}
		files, err := a.product.ReportFiles(r.Context(), req)
		if err != nil {
			return err
		}
		if files.LeftOut > 0 {
			w.Header().Set(leftOutHeader, strconv.FormatInt(files.LeftOut, 10))
		}
		if len(files.Parts) == 0 && route.none == http.StatusNoContent {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		if len(files.Parts) == 0 && route.none == http.StatusNotFound {
			return errNotFound
		}
		out := links{DownloadLinks: []string{}, ReportDay: files.Days.From.String()}
		if route.latest {
			out.ReportDay, out.ReportStart, out.ReportEnd = "", files.Days.From.String(), files.Days.To.String()
		}
		answer := rand.Text()[:8]
		for n, part := range files.Parts {
			link, err := a.link(r, req, files.Days, part, n, answer)
			if err != nil {
				return err
			}
			out.DownloadLinks = append(out.DownloadLinks, link)
		}
		return write(w, r, out)
	}
}

func (a *API) request(r *http.Request, route reportRoute) (question.ReportRequest, error) {
	v, at := r.URL.Query(), place(r)
	req := question.ReportRequest{Enterprise: at.Enterprise, Org: at.Org, Report: route.name}
	if !route.latest {
		req.Day = v.Get("day")
	}
	switch tools := v.Get("tools"); tools {
	case "":
	case allTools:
		req.AllTools = true
	default:
		return req, fault.New(fault.Invalid, "the parameter tools is %q, not all: leave it out for GitHub's form of a report", tools)
	}
	return req, nil
}

const allTools = "all"

// The parameters of a download link, besides those of its signature.
const (
	paramReport = "report"
	paramDays   = "days"  // of the report
	paramPart   = "part"  // the days of the file
	paramShard  = "shard" // N of M
	paramTools  = "tools"
	paramAnswer = "answer" // tells the links of one answer from those of others
)

// link returns the signed address of a file.
func (a *API) link(r *http.Request, req question.ReportRequest, days day.Range, part question.ReportPart, n int, answer string) (string, error) {
	v := url.Values{paramAnswer: {answer}, paramReport: {req.Report}, paramDays: {formatRange(days)}, paramPart: {formatRange(part.Days)}}
	if part.Of > 1 {
		v.Set(paramShard, fmt.Sprintf("%d-%d", part.Shard, part.Of))
	}
	if req.AllTools {
		v.Set(paramTools, allTools)
	}
	signed, err := a.opt.Signer.SignLink(r.Context(), r.Pattern, fmt.Sprintf("%s%s-%s-part-%05d.json", downloads, req.Report, days.To, n), v)
	return a.origin(r) + signed, err
}

func formatRange(r day.Range) string { return r.From.String() + "_" + r.To.String() }

func parseRange(word string) (day.Range, error) {
	from, to, _ := strings.Cut(word, "_")
	return query.ParseRange(from, to)
}

// download answers with a file. The guard has found who asked for it, and that they still
// may.
func (a *API) download(w http.ResponseWriter, r *http.Request) error {
	v, at := r.URL.Query(), place(r)
	req := question.ReportRequest{Enterprise: at.Enterprise, Org: at.Org, Report: v.Get(paramReport), AllTools: v.Get(paramTools) == allTools}
	days, err := parseRange(v.Get(paramDays))
	if err != nil {
		return err
	}
	part := question.ReportPart{}
	if part.Days, err = parseRange(v.Get(paramPart)); err != nil {
		return err
	}
	if word := v.Get(paramShard); word != "" {
		if _, err := fmt.Sscanf(word, "%d-%d", &part.Shard, &part.Of); err != nil {
			return fault.New(fault.Invalid, "cannot read the link's %s: %v", paramShard, err)
		}
	}
	kind := "application/x-ndjson"
	if !access.NamesPeople(req.Report) && !req.AllTools {
		kind = typeJSON // one object
	}
	out := &api.FileWriter{ResponseWriter: w, Begin: func(h http.Header) error {
		if err := a.recordDownload(r, req, days); err != nil {
			return err
		}
		h.Set("Content-Type", kind)
		h.Set("Cache-Control", "private, no-store")
		return nil
	}}
	return out.Finish(a.product.WriteReport(r.Context(), req, days, part, out))
}

// recordDownload records that somebody takes a report's files: once for those of one answer.
func (a *API) recordDownload(r *http.Request, req question.ReportRequest, days day.Range) error {
	what := req.Report + ", " + days.String()
	key := what + " " + r.URL.Query().Get(paramAnswer)
	return a.recordLookOnce(r, key, func() error {
		ctx, of := r.Context(), *access.PlaceOf(r.Context()).Entity()
		if access.NamesPeople(req.Report) {
			if err := a.opt.Recorder.Viewed(ctx, of, "API: "+what); err != nil {
				return err
			}
		}
		return a.opt.Recorder.Exported(ctx, of, what)
	})
}
