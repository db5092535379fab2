package server

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// NewRegistry returns a registry with the Go runtime's and the process's metrics.
func NewRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

func metricsHandler(r *prometheus.Registry) http.Handler {
	// Compression is compress's business.
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{DisableCompression: true})
}

// instruments count and time requests by route.
type instruments struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newInstruments(r *prometheus.Registry) *instruments {
	i := &instruments{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "codegauge_http_requests_total", Help: "Requests answered, by route and status.",
		}, []string{"route", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "codegauge_http_request_seconds", Help: "How long answers took, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .06, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"route"}),
	}
	r.MustRegister(i.requests, i.seconds)
	return i
}

// measure counts what next, a ServeMux, answers. It must call it with its own
// request, on which the mux leaves the route's pattern.
func (i *instruments) measure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &statusRecorder{ResponseWriter: w}
		began, answered := time.Now(), false
		defer func() {
			routed(r)
			status := rec.code()
			if !answered && rec.status == 0 {
				status = http.StatusInternalServerError // a panic, which is answered further out
			}
			route := cmp.Or(r.Pattern, "none")
			i.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
			i.seconds.WithLabelValues(route).Observe(time.Since(began).Seconds())
		}()
		next.ServeHTTP(rec, r)
		answered = true
	})
}

// statusRecorder notes the status.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	if s.status == 0 && status >= 200 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusRecorder) Write(b []byte) (int, error) {
	s.status = s.code()
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *statusRecorder) code() int {
	if s.status == 0 {
		return http.StatusOK
	}
	return s.status
}
