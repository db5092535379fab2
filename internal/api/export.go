package api

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"codegauge/internal/fault"
	"codegauge/internal/metric"
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
	contentType, err := exportType(req.Format)
	if err != nil {
		return err
	}
	version, err := a.product.DataVersion(r.Context(), req.Enterprise)
	if err != nil {
		return err
	}
	out := a.exportFile(w, r, req, contentType, version)
	return out.Finish(a.product.Export(r.Context(), req, out))
}

// exportFile returns the writer of an export, which is recorded before its first byte. The
// file says by which definition and of which version of the data figures agree with it.
func (a *API) exportFile(w http.ResponseWriter, r *http.Request, req question.ExportRequest, contentType string, version int64) *FileWriter {
	return &FileWriter{ResponseWriter: w, Begin: func(h http.Header) error {
		if err := a.recordExport(r, req); err != nil {
			return err
		}
		h.Set("Content-Type", contentType)
		h.Set("Content-Disposition", `attachment; filename="`+fileName(req, version)+`"`)
		h.Set("Cache-Control", "private, no-store")
		h.Set("Codegauge-Definition", string(metric.Strict))
		h.Set("Codegauge-Data-Version", strconv.FormatInt(version, 10))
		return nil
	}}
}

// BrokenOff is an error after a part of the answer was sent.
type BrokenOff struct{ Err error }

func (e *BrokenOff) Error() string { return "break off answer: " + e.Err.Error() }
func (e *BrokenOff) Unwrap() error { return e.Err }

func exportRequest(v url.Values) question.ExportRequest {
	return question.ExportRequest{
		Enterprise: v.Get("enterprise"), Org: v.Get("org"), Report: v.Get("report"),
		Day: v.Get("day"), From: v.Get("from"), To: v.Get("to"),
		Format: v.Get("format"), Tool: v.Get("tool"), Data: v.Get("data_kind"),
	}
}

// ExportValues returns the parameters of a request, the reverse of exportRequest.
func ExportValues(req question.ExportRequest) url.Values {
	v := url.Values{}
	for _, p := range []struct{ name, value string }{
		{"enterprise", req.Enterprise}, {"org", req.Org}, {"report", req.Report},
		{"day", req.Day}, {"from", req.From}, {"to", req.To}, {"format", req.Format}, {"tool", req.Tool}, {"data_kind", req.Data},
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

// FileWriter writes a file as the answer to a request. Begin is called before its first byte:
// it records who takes the file and sets headers, so that an error before that, its own too,
// can still be the answer.
type FileWriter struct {
	http.ResponseWriter
	Begin func(http.Header) error
	begun bool
}

func (f *FileWriter) begin() error {
	if f.begun {
		return nil
	}
	if err := f.Begin(f.Header()); err != nil {
		return err
	}
	f.begun = true
	return nil
}

func (f *FileWriter) Write(b []byte) (int, error) {
	if err := f.begin(); err != nil {
		return 0, err
	}
	return f.ResponseWriter.Write(b)
}

// Finish ends the file, which may be empty, or returns why it could not be written.
func (f *FileWriter) Finish(err error) error {
	switch {
	case err != nil && f.begun:
		return &BrokenOff{err}
	case err != nil:
		return err
	}
	return f.begin()
}

// Unwrap lets http.ResponseController reach the connection.
func (f *FileWriter) Unwrap() http.ResponseWriter { return f.ResponseWriter }

// fileName names a download after the report, the days and the version of the data.
func fileName(req question.ExportRequest, version int64) string {
	return safeName(cmp.Or(req.Format, "ndjson"), req.Report, req.Tool, req.Data, req.Day, req.From, req.To, "v"+strconv.FormatInt(version, 10))
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
