// Package definitions is the page that says how every figure is defined.
package definitions

import (
	"embed"
	"maps"
	"net/http"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

//go:embed template
var templates embed.FS

// Dashboard is the definitions of all figures.
var Dashboard = shell.Dashboard{Name: "definitions", Label: "nav.definitions", Icon: "book", Teams: true, Templates: templates,
	Pages: map[string]shell.Handler{"": serve}}

// view is the metric table as a page.
type view struct {
	shell.Page
	Definitions []NamedText
	Measures    []MeasureRow
	Dimensions  []DimensionRow
	Features    []FeatureRow
	Tools       []metric.Tool
	Breakdowns  []NamedText
	Breaks      []shell.Fact
	Minimum     []metric.MinimumVersion
	Faults      []FaultView
}

// FaultView is a known fault of clients: what it makes of which figures, and which
// versions are without it.
type FaultView struct {
	Label, Text, Known string
	Bounds, Mended     []shell.Fact
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

func serve(sh *shell.Shell, dashboard string, w http.ResponseWriter, r *http.Request) error {
	at := access.PlaceOf(r.Context())
	path := shell.InsightsPath(at, dashboard)
	key, err := sh.KeyFor(r, path, 0, 0)
	if err != nil {
		return err
	}
	return sh.Serve(w, r, key, "definitions", func() (any, error) {
		v := newView(sh)
		v.Page = sh.Frame(r, at, sh.Text.Get("definitions.title"), path)
		return v, nil
	})
}

func newView(sh *shell.Shell) *view {
	t := sh.Text.Get
	v := &view{Tools: metric.Tools, Minimum: metric.MinimumVersions}
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
		d.Definition = strings.ReplaceAll(d.Definition, "`", "") // which mark code in documents
		v.Dimensions = append(v.Dimensions, DimensionRow{d, use})
	}
	for _, f := range metric.Features {
		v.Features = append(v.Features, FeatureRow{f.Label, f.Name, t("surface." + f.Surface),
			t("initiator." + metric.Strict.Initiator(f.Name)), t("initiator." + metric.Wide.Initiator(f.Name))})
	}
	v.Breakdowns, v.Breaks = breakdowns(sh), breakFacts()
	for _, f := range metric.ClientFaults {
		v.Faults = append(v.Faults, faultView(sh, f))
	}
	return v
}

func faultView(sh *shell.Shell, f metric.ClientFault) FaultView {
	out := FaultView{Label: f.Label, Text: f.Text, Known: sh.Text.Get("definitions.fault.known", text.LongDay(f.Known), f.Source)}
	for _, name := range slices.Sorted(maps.Keys(f.Bounds)) {
		out.Bounds = append(out.Bounds, shell.Fact{Label: metric.MeasureByName(name).Label, Value: sh.Text.Get("definitions.fault.bound", f.Bounds[name])})
	}
	for _, p := range f.Parts {
		out.Bounds = append(out.Bounds, shell.Fact{Label: p.Label, Value: sh.Text.Get("definitions.fault.bound", p.Bound)})
	}
	for _, m := range f.Mended {
		out.Mended = append(out.Mended, shell.Fact{Label: m.Label, Value: m.From()})
	}
	return out
}

func breakdowns(sh *shell.Shell) []NamedText {
	var out []NamedText
	for _, info := range metric.Breakdowns {
		keys := sh.Text.Get("definitions.totals")
		if len(info.Keys) > 0 {
			var names []string
			for _, k := range info.Keys {
				names = append(names, text.Lower(metric.DimensionByName(string(k)).Label))
			}
			keys = strings.Join(names, " × ")
		}
		var lacks []string
		for _, c := range info.Lacks {
			lacks = append(lacks, c.Column())
		}
		out = append(out, NamedText{keys, info.Field, english.List(lacks)})
	}
	return out
}

func breakFacts() []shell.Fact {
	var out []shell.Fact
	for _, br := range metric.Breaks {
		out = append(out, shell.Fact{Label: text.LongDay(br.Day), Value: br.Label})
	}
	return out
}
