package api

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"codegauge/internal/fault"
	"codegauge/internal/question"
)

// export answers GET /api/v1/export. An error after the first byte breaks the
// connection off: a shortened file must not look whole.
func (a *API) export(w http.ResponseWriter, r *http.Request) error {
	values, err := parameters(r, exportParameters())
	if err != nil {
		return err
	}
	req := exportRequest(values)
	out := &download{ResponseWriter: w, req: req, record: func() error { return a.recordExport(r, req) }}
	contentType, err := exportType(req.Format)
	if err != nil {
		return err
	}
	out.contentType = contentType
	if err := a.product.Export(r.Context(), req, out); err != nil {
		if out.begun {
			return &BrokenOff{err}
		}
		return err
	}
	return out.begin()
}

// BrokenOff is an error after a part of the answer was sent.
type BrokenOff struct{ Err error }

func (e *BrokenOff) Error() string { return "break off answer: " + e.Err.Error() }
func (e *BrokenOff) Unwrap() error { return e.Err }

func exportRequest(v url.Values) question.ExportRequest {
	return question.ExportRequest{
		Enterprise: v.Get("enterprise"), Org: v.Get("org"), Report: v.Get("report"),
		Day: v.Get("day"), From: v.Get("from"), To: v.Get("to"),
		Format: v.Get("format"), Tool: v.Get("tool"),
	}
}

// ExportValues returns the parameters of a request, the reverse of exportRequest.
func ExportValues(req question.ExportRequest) url.Values {
	v := url.Values{}
	for _, p := range []struct{ name, value string }{
		{"enterprise", req.Enterprise}, {"org", req.Org}, {"report", req.Report},
		{"day", req.Day}, {"from", req.From}, {"to", req.To}, {"format", req.Format}, {"tool", req.Tool},
	} {
		if p.value != "" {
			v.Set(p.name, p.value)
		}
	}
	return v
}

func exportType(format string) (string, error) {
	types := map[string]string{"": typeNDJSON, "ndjson": typeNDJSON, "csv": typeCSV, "parquet": typeParquet}
	t, ok := types[format]
	if !ok {
		return "", fault.New(fault.Invalid, "format %.40q is not one of ndjson, csv, parquet", format)
	}
	return t, nil
}

// download sets the headers of a file with its first byte, so that an error
// before it can still be an error.
type download struct {
	http.ResponseWriter
	req         question.ExportRequest
	contentType string
	// record writes the export into the audit log: without it nothing goes out.
	record func() error
	begun  bool
}

func (d *download) begin() error {
	if d.begun {
		return nil
	}
	if err := d.record(); err != nil {
		return err
	}
	d.begun = true
	h := d.Header()
	h.Set("Content-Type", d.contentType)
	h.Set("Content-Disposition", `attachment; filename="`+fileName(d.req)+`"`)
	h.Set("Cache-Control", "private, no-store")
	return nil
}

func (d *download) Write(b []byte) (int, error) {
	if err := d.begin(); err != nil {
		return 0, err
	}
	return d.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (d *download) Unwrap() http.ResponseWriter { return d.ResponseWriter }

// fileName names a download after the report and day.
func fileName(req question.ExportRequest) string {
	return safeName(cmp.Or(req.Format, "ndjson"), req.Report, req.Day, req.From, req.To)
}

// safeName names a file after what it holds: with nothing in it but what words, days and
// names of measures consist of.
func safeName(extension string, parts ...string) string {
	name := "codegauge"
	for _, s := range parts {
		if s != "" {
			name += "-" + s
		}
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, name) + "." + extension
}
