package api

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/question"
)

// Parameter is a parameter of the query string, or of the path.
type Parameter struct {
	Name, Description string
	// Type is string, integer, boolean, date, or list: repeatable and comma-separated.
	Type string
	// InPath marks a part of the path.
	InPath bool
	// Repeat marks a parameter that may be given several times, commas and all.
	Repeat bool
	// Enum lists the values, nil if they are open.
	Enum []string
}

func scopeParameters() []Parameter {
	return []Parameter{
		{Name: "enterprise", Type: "string", Description: "Slug or id; may be left out if there is only one enterprise."},
		{Name: "org", Type: "string", Description: "Slug or id of an organization: narrows the scope."},
		{Name: "team", Type: "string", Description: "Slug or id of a team: narrows the scope."},
		{Name: "from", Type: "date", Description: "First day (UTC), included."},
		{Name: "to", Type: "date", Description: "Last day (UTC), included."},
		{Name: "days", Type: "integer", Description: "Number of days, ending with the last complete day; 28 unless from and to are given."},
		{Name: "where", Type: "string", Repeat: true, Description: "dimension=value; values of one dimension are alternatives, dimensions are combined."},
		{Name: "surface", Type: "string", Enum: metric.Surfaces, Description: "Short for where=surface=…"},
		{Name: "definition", Type: "string", Enum: definitions(), Description: "Definition of who initiated a change; v1-strict by default."},
		{Name: "source", Type: "string", Enum: []string{string(query.Auto), string(query.FromUsers), string(query.FromAggregate)}, Description: "Kind of records to compute from; auto by default."},
	}
}

func queryParameters() []Parameter {
	return append(scopeParameters(),
		Parameter{Name: "measures", Type: "list", Enum: metric.MeasureNames(), Description: "What to measure."},
		Parameter{Name: "by", Type: "list", Enum: metric.DimensionNames(), Description: "Dimensions to group by; one residual row, null, keeps the sum equal to the total."},
		Parameter{Name: "compare", Type: "boolean", Description: "Adds each measure's previous period and change."},
		Parameter{Name: "format", Type: "string", Enum: query.Formats, Description: "json by default."},
	)
}

func reconcileParameters() []Parameter { return scopeParameters() }

func exportParameters() []Parameter {
	return []Parameter{
		{Name: "enterprise", Type: "string", Description: "Slug or id; may be left out if there is only one enterprise."},
		{Name: "org", Type: "string", Description: "Slug or id of an organization: its own reports."},
		{Name: "report", Type: "string", Enum: question.ReportNames(), Description: "Which report."},
		{Name: "day", Type: "date", Description: "The day, or the last of 28 days; the last day with data by default."},
		{Name: "from", Type: "date", Description: "First day of a range."},
		{Name: "to", Type: "date", Description: "Last day of a range."},
		{Name: "format", Type: "string", Enum: []string{"ndjson", "csv", "parquet"}, Description: "ndjson by default."},
		{Name: "tool", Type: "string", Description: "Only this tool's records."},
		{Name: "data_kind", Type: "string", Enum: metric.DataKindNames(), Description: "Records of this kind of data; report by default."},
	}
}

func helloParameters() []Parameter {
	return []Parameter{{Name: "challenge", Type: "string", Description: "Random text of 32 to 128 characters."}}
}

func definitions() []string {
	var names []string
	for _, d := range metric.Definitions {
		names = append(names, string(d.Name))
	}
	return names
}

// parameters returns the request's parameters, once it is sure that each is
// known and none that has one value has two: a word that is not understood
// must not look as if it had been.
func parameters(r *http.Request, known []Parameter) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault.New(fault.Invalid, "cannot read the query string: %v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		i := slices.IndexFunc(known, func(p Parameter) bool { return p.Name == name && !p.InPath })
		if i < 0 {
			return nil, fault.New(fault.Unsupported, "unknown parameter %.60q; the parameters are %s", name, names(known))
		}
		if p := known[i]; !p.Repeat && p.Type != "list" && len(values[name]) > 1 {
			return nil, fault.New(fault.Invalid, "parameter %s is given %d times: give it once", name, len(values[name]))
		}
	}
	return values, nil
}

func names(parameters []Parameter) string {
	var list []string
	for _, p := range parameters {
		if !p.InPath {
			list = append(list, p.Name)
		}
	}
	return strings.Join(list, ", ")
}

// words reads a question. compare and format are read where they are known.
func words(v url.Values) (question.Parameters, error) {
	w := question.Parameters{
		Enterprise: v.Get("enterprise"), Org: v.Get("org"), Team: v.Get("team"),
		Measures: access.SplitList(v["measures"]), By: access.SplitList(v["by"]),
		From: v.Get("from"), To: v.Get("to"),
		Where: v["where"], Surface: v.Get("surface"),
		Definition: v.Get("definition"), Source: v.Get("source"),
	}
	var err error
	if w.Days, err = positive("days", v.Get("days")); err != nil {
		return w, err
	}
	w.Compare, err = boolean(v, "compare")
	return w, err
}

// positive reads a whole number from 1 on, 0 where none is given.
func positive(name, s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, fault.New(fault.Invalid, "%s %.40q is not a positive whole number", name, s)
	}
	return n, nil
}

// boolean reads a parameter that is true by its presence.
func boolean(v url.Values, name string) (bool, error) {
	if !v.Has(name) {
		return false, nil
	}
	switch s := v.Get(name); s {
	case "", "1", "true":
		return true, nil
	case "0", "false":
		return false, nil
	default:
		return false, fault.New(fault.Invalid, "%s %.40q is not true or false", name, s)
	}
}

// Values returns the parameters that words reads as w: how the command line asks.
func Values(w question.Parameters) url.Values {
	v := url.Values{}
	for _, p := range []struct{ name, value string }{
		{"enterprise", w.Enterprise}, {"org", w.Org}, {"team", w.Team},
		{"measures", strings.Join(w.Measures, ",")}, {"by", strings.Join(w.By, ",")},
		{"from", w.From}, {"to", w.To}, {"surface", w.Surface},
		{"definition", w.Definition}, {"source", w.Source},
	} {
		if p.value != "" {
			v.Set(p.name, p.value)
		}
	}
	if w.Days != 0 {
		v.Set("days", strconv.Itoa(w.Days))
	}
	if w.Compare {
		v.Set("compare", "true")
	}
	v["where"] = w.Where
	return v
}
