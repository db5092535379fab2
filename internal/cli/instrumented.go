package cli

import (
	"context"
	"time"

	"codegauge/internal/intake"

	"github.com/prometheus/client_golang/prometheus"
)

// instrumentedService is the product, of which /metrics shows imports and data.
type instrumentedService struct {
	product
	imports, records, rejected prometheus.Counter
	failures                   prometheus.Counter
	version                    *prometheus.Desc
}

func newInstrumentedService(p product, r prometheus.Registerer) *instrumentedService {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "codegauge_" + name, Help: help})
	}
	c := &instrumentedService{
		product:  p,
		imports:  counter("imports_total", "Imports completed."),
		failures: counter("import_failures_total", "Imports that failed without changing anything."),
		records:  counter("import_records_total", "Records that imports read."),
		rejected: counter("import_rejected_total", "Lines that imports rejected."),
		version: prometheus.NewDesc("codegauge_data_version",
			"Rises with every committed change of the enterprise's data.", []string{"enterprise"}, nil),
	}
	r.MustRegister(c.imports, c.failures, c.records, c.rejected, c)
	return c
}

// Import counts what is imported.
func (c *instrumentedService) Import(ctx context.Context, req intake.Request) (*intake.Report, error) {
	result, err := c.Intake.Import(ctx, req)
	switch {
	case err != nil:
		c.failures.Inc()
	case !req.Preview:
		c.imports.Inc()
		c.records.Add(float64(sum(result.Records)))
		c.rejected.Add(float64(result.RejectedTotal))
	}
	return result, err
}

// Describe and Collect make a prometheus.Collector of the data's versions.
func (c *instrumentedService) Describe(ch chan<- *prometheus.Desc) { ch <- c.version }

// Collect asks for the enterprises' versions; a store that does not answer leaves
// them out, and /readyz says why.
func (c *instrumentedService) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	versions, err := c.DataVersions(ctx)
	if err != nil {
		return
	}
	for enterprise, v := range versions {
		ch <- prometheus.MustNewConstMetric(c.version, prometheus.GaugeValue, float64(v), enterprise)
	}
}
