package web

import (
	"net/http"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/metric"
)

// definitionsView is the metric table as a page.
type definitionsView struct {
	Page
	Definitions []NamedText
	Measures    []MeasureRow
	Dimensions  []DimensionRow
	Features    []FeatureRow
	Tools       []metric.Tool
	Breakdowns  []NamedText
	Breaks      []Step
	Minimum     []metric.MinimumVersion
}

// NamedText is a name, its key in the API, and what it means.
type NamedText struct{ Name, Key, Text string }

// MeasureRow is a measure of the table.
type MeasureRow struct {
	*metric.Measure
	Anchor, Arithmetic string
}

// DimensionRow is a dimension of the table.
type DimensionRow struct {
	metric.Dimension
	Use string
}

// FeatureRow is a feature with who initiates it under each definition.
type FeatureRow struct{ Label, Key, Surface, Strict, Wide string }

// definitions serves /enterprises/{enterprise}/insights/definitions.
func (web *Web) definitions(w http.ResponseWriter, r *http.Request) error {
	at := access.PlaceOf(r.Context())
	path := insightsPath(at, "definitions")
	key, err := web.keyFor(r, path, 0, 0)
	if err != nil {
		return err
	}
	return web.serve(w, r, key, "definitions", func() (any, error) {
		v := web.definitionsView()
		v.Page = web.shell(r, at, web.text.Get("definitions.title"), path)
		return v, nil
	})
}

func (web *Web) definitionsView() *definitionsView {
	t := web.text.Get
	v := &definitionsView{Tools: metric.Tools, Minimum: metric.MinimumVersions}
	for _, d := range metric.Definitions {
		v.Definitions = append(v.Definitions, NamedText{d.Label, string(d.Name), d.Description})
	}
	for i := range metric.Measures {
		m := &metric.Measures[i]
		v.Measures = append(v.Measures, MeasureRow{m, strings.ReplaceAll(m.Name, "_", "-"), t("arithmetic." + m.Kind())})
	}
	for _, d := range metric.Dimensions {
		use := t("definitions.both")
		if d.Grain {
			use = t("definitions.byonly")
		}
		v.Dimensions = append(v.Dimensions, DimensionRow{d, use})
	}
	for _, f := range metric.Features {
		v.Features = append(v.Features, FeatureRow{f.Label, f.Name, t("surface." + f.Surface),
			t("initiator." + metric.Strict.Initiator(f.Name)), t("initiator." + metric.Wide.Initiator(f.Name))})
	}
	v.Breakdowns, v.Breaks = web.breakdowns(), breakSteps()
	return v
}

func (web *Web) breakdowns() []NamedText {
	var out []NamedText
	for _, info := range metric.Breakdowns {
		keys := web.text.Get("definitions.totals")
		if len(info.Keys) > 0 {
			var names []string
			for _, k := range info.Keys {
				names = append(names, strings.ToLower(metric.DimensionByName(string(k)).Label))
			}
			keys = strings.Join(names, " × ")
		}
		lacks := ""
		for _, c := range info.Lacks {
			lacks = web.text.Get("definitions.lacks", c.Column())
		}
		out = append(out, NamedText{keys, info.Field, lacks})
	}
	return out
}

func breakSteps() []Step {
	var out []Step
	for _, br := range metric.Breaks {
		out = append(out, Step{longDay(br.Day), br.Label})
	}
	return out
}
