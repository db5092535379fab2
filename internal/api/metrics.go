package api

import (
	"net/http"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"
)

// The shapes of GET /api/v1/metrics: the metric table, as data.
type (
	metricsAnswer struct {
		Measures    []measure    `json:"measures"`
		Dimensions  []dimension  `json:"dimensions"`
		Definitions []definition `json:"definitions"`
		Features    []feature    `json:"features"`
		Tools       []tool       `json:"tools"`
		Breakdowns  []breakdown  `json:"breakdowns"`
		Breaks      []breakDate  `json:"breaks"`
		Minimum     []minimum    `json:"minimum_versions"`
		Faults      []knownFault `json:"client_faults"`
	}
	measure struct {
		Name       string `json:"name"`
		Label      string `json:"label"`
		Unit       string `json:"unit"`
		Kind       string `json:"kind"`
		Definition string `json:"definition"`
		Formula    string `json:"formula"`
		Source     string `json:"source"`
		Reading    string `json:"reading"`
		// Breakdowns lists the columns that reports carry the measure by, together.
		Breakdowns [][]string `json:"breakdowns"`
	}
	dimension struct {
		Name       string `json:"name"`
		Label      string `json:"label"`
		Grain      bool   `json:"grain"`
		Column     string `json:"column,omitempty"`
		Residual   string `json:"residual,omitempty"`
		Definition string `json:"definition"`
	}
	definition struct {
		Name        string `json:"name"`
		Label       string `json:"label"`
		Description string `json:"description"`
	}
	feature struct {
		Name       string            `json:"name"`
		Label      string            `json:"label"`
		Surface    string            `json:"surface"`
		Chat       bool              `json:"chat"`
		Initiators map[string]string `json:"initiators"`
	}
	tool struct {
		Name        string `json:"name"`
		Label       string `json:"label"`
		LineMeaning string `json:"line_meaning"`
		Grade       string `json:"grade"`
	}
	breakdown struct {
		Field   string   `json:"field"`
		Columns []string `json:"columns"`
		Lacks   []string `json:"lacks"`
	}
	breakDate struct {
		Day   string `json:"day"`
		Label string `json:"label"`
	}
	knownFault struct {
		Name   string `json:"name"`
		Label  string `json:"label"`
		Text   string `json:"text"`
		Source string `json:"source"`
		// Known, From and Until are days, "" where nobody has published them.
		Known string `json:"known"`
		From  string `json:"from"`
		Until string `json:"until"`
		// Low and High are the features of which too little and too much is reported;
		// Bounds says of measures on which side of the reported figure the true one lies:
		// "at least".
		Low    []string          `json:"features_low"`
		High   []string          `json:"features_high"`
		Bounds map[string]string `json:"bounds"`
		Mended []mendedVersion   `json:"mended"`
	}
	mendedVersion struct {
		IDE        string `json:"ide"`
		Label      string `json:"label"`
		IDEVersion string `json:"ide_version"`
		Extension  string `json:"extension_version"`
		Expected   string `json:"expected"`
	}
	minimum struct {
		IDE        string `json:"ide"`
		Label      string `json:"label"`
		Feature    string `json:"feature"`
		IDEVersion string `json:"ide_version"`
		Extension  string `json:"extension_version"`
	}
)

// metrics answers GET /api/v1/metrics.
func (a *API) metrics(w http.ResponseWriter, r *http.Request) error {
	if _, err := parameters(r, nil); err != nil {
		return err
	}
	return writeJSON(w, metricTable())
}

func metricTable() metricsAnswer {
	var t metricsAnswer
	for i := range metric.Measures {
		t.Measures = append(t.Measures, describeMeasure(&metric.Measures[i]))
	}
	for _, d := range metric.Dimensions {
		t.Dimensions = append(t.Dimensions, dimension{d.Name, d.Label, d.Grain, string(d.Key), d.Residual, d.Definition})
	}
	for _, d := range metric.Definitions {
		t.Definitions = append(t.Definitions, definition{string(d.Name), d.Label, d.Description})
	}
	for _, f := range metric.Features {
		t.Features = append(t.Features, describeFeature(f))
	}
	for _, o := range metric.Tools {
		t.Tools = append(t.Tools, tool{o.Name, o.Label, o.LineMeaning, o.Grade})
	}
	for _, b := range metric.Breakdowns {
		t.Breakdowns = append(t.Breakdowns, describeBreakdown(b))
	}
	for _, b := range metric.Breaks {
		t.Breaks = append(t.Breaks, breakDate{b.Day.String(), b.Label})
	}
	for _, m := range metric.MinimumVersions {
		t.Minimum = append(t.Minimum, minimum{m.IDE, m.Label, m.Feature, m.IDEVersion, m.Extension})
	}
	for _, f := range metric.ClientFaults {
		t.Faults = append(t.Faults, describeFault(f))
	}
	return t
}

func describeFault(f metric.ClientFault) knownFault {
	day := func(d day.Day) string {
		if d == 0 {
			return ""
		}
		return d.String()
	}
	out := knownFault{Name: f.Name, Label: f.Label, Text: f.Text, Source: f.Source, Known: day(f.Known), From: day(f.From), Until: day(f.Until),
		Low: f.Low, High: f.High, Bounds: f.Bounds}
	for _, m := range f.Mended {
		out.Mended = append(out.Mended, mendedVersion{m.IDE, m.Label, m.IDEVersion, m.Extension, m.Expected})
	}
	return out
}

func describeMeasure(m *metric.Measure) measure {
	d := measure{
		Name: m.Name, Label: m.Label, Unit: m.Unit, Kind: m.Kind(),
		Definition: m.Definition, Formula: m.Formula, Source: m.Source, Reading: m.Reading,
		Breakdowns: [][]string{},
	}
	for _, b := range metric.Breakdowns {
		if len(b.Keys) == 0 {
			continue
		}
		// Several breakdowns have the same columns and other counters.
		listed := slices.ContainsFunc(d.Breakdowns, func(c []string) bool { return slices.Equal(c, columns(b.Keys)) })
		if _, err := metric.Serving(m, b.Keys); err == nil && !listed {
			d.Breakdowns = append(d.Breakdowns, columns(b.Keys))
		}
	}
	return d
}

func describeFeature(f metric.Feature) feature {
	initiators := map[string]string{}
	for _, d := range metric.Definitions {
		initiators[string(d.Name)] = d.Name.Initiator(f.Name)
	}
	return feature{f.Name, f.Label, f.Surface, f.Chat, initiators}
}

func describeBreakdown(b metric.BreakdownInfo) breakdown {
	lacks := []string{}
	for _, c := range b.Lacks {
		lacks = append(lacks, c.Column())
	}
	return breakdown{b.Field, columns(b.Keys), lacks}
}

func columns(keys []metric.Key) []string {
	out := []string{}
	for _, k := range keys {
		out = append(out, string(k))
	}
	return out
}
