package server

import (
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// compressible lists the media types that shrink.
var compressible = []string{
	"text/", "application/json", "application/x-ndjson", "application/javascript",
	"application/manifest+json", "image/svg+xml",
}

// minCompressed is the length below which compression saves no packet.
const minCompressed = 1024

// brotliLevel and gzip's default cost a few milliseconds for a page, which a
// slow line gives back many times.
const brotliLevel = 5

// compress compresses text answers as the request accepts them.
func compress(next http.Handler) http.Handler {
	encoders := newEncoders()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &compressor{ResponseWriter: w, encoders: encoders, accepts: accepted(r)}
		defer func() {
			if p := recover(); p != nil {
				c.abandon()
				panic(p)
			}
			c.close()
		}()
		next.ServeHTTP(c, r)
	})
}

// accepted returns the best encoding that the request accepts: br, gzip or "".
func accepted(r *http.Request) string {
	if r.Method == http.MethodHead {
		return ""
	}
	quality := map[string]float64{}
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			q, _ = strconv.ParseFloat(v, 64)
		}
		quality[strings.ToLower(strings.TrimSpace(name))] = q
	}
	switch {
	case quality["br"] > 0 && quality["br"] >= quality["gzip"]:
		return "br"
	case quality["gzip"] > 0:
		return "gzip"
	}
	return ""
}

// compressor decides with the header whether to compress what follows.
type compressor struct {
	http.ResponseWriter
	encoders *encoders
	accepts  string
	decided  bool
	out      io.WriteCloser // nil: as it is
}

func (c *compressor) WriteHeader(status int) {
	if status < 200 {
		c.ResponseWriter.WriteHeader(status)
		return
	}
	c.decide(status)
	c.ResponseWriter.WriteHeader(status)
}

func (c *compressor) decide(status int) {
	if c.decided {
		return
	}
	c.decided = true
	h := c.Header()
	if !shrinks(h, status) {
		return
	}
	h.Add("Vary", "Accept-Encoding")
	if c.accepts == "" || tooShort(h) {
		return
	}
	h.Set("Content-Encoding", c.accepts)
	h.Del("Content-Length")
	h.Del("Accept-Ranges")
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
		h.Set("ETag", "W/"+tag)
	}
	c.out = c.encoders.get(c.accepts, c.ResponseWriter)
}

func shrinks(h http.Header, status int) bool {
	if h.Get("Content-Encoding") != "" || status == http.StatusNoContent || status == http.StatusNotModified || status == http.StatusPartialContent {
		return false
	}
	kind := h.Get("Content-Type")
	return slices.ContainsFunc(compressible, func(prefix string) bool { return strings.HasPrefix(kind, prefix) })
}

func tooShort(h http.Header) bool {
	n, err := strconv.Atoi(h.Get("Content-Length"))
	return err == nil && n < minCompressed
}

func (c *compressor) Write(b []byte) (int, error) {
	if !c.decided {
		if c.Header().Get("Content-Type") == "" {
			c.Header().Set("Content-Type", http.DetectContentType(b))
		}
		c.WriteHeader(http.StatusOK)
	}
	if c.out != nil {
		return c.out.Write(b)
	}
	return c.ResponseWriter.Write(b)
}

// FlushError sends what has been written so far.
func (c *compressor) FlushError() error {
	if f, ok := c.out.(interface{ Flush() error }); ok {
		if err := f.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(c.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (c *compressor) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *compressor) close() {
	if c.out == nil {
		return
	}
	_ = c.out.Close() // the caller has gone; there is nobody to tell
	c.encoders.release(c.out)
}

// abandon leaves the answer without its end, so that it does not look whole.
func (c *compressor) abandon() {
	if c.out != nil {
		c.encoders.release(c.out)
		c.out = nil
	}
}

// encoders keeps encoders for the next answer: each holds some 100 KB.
type encoders struct{ brotli, gzip sync.Pool }

func newEncoders() *encoders {
	return &encoders{
		brotli: sync.Pool{New: func() any { return brotli.NewWriterLevel(nil, brotliLevel) }},
		gzip:   sync.Pool{New: func() any { return gzip.NewWriter(nil) }},
	}
}

func (e *encoders) get(encoding string, w io.Writer) io.WriteCloser {
	if encoding == "br" {
		b := e.brotli.Get().(*brotli.Writer)
		b.Reset(w)
		return b
	}
	g := e.gzip.Get().(*gzip.Writer)
	g.Reset(w)
	return g
}

func (e *encoders) release(w io.WriteCloser) {
	switch w := w.(type) {
	case *brotli.Writer:
		w.Reset(nil)
		e.brotli.Put(w)
	case *gzip.Writer:
		w.Reset(nil)
		e.gzip.Put(w)
	}
}
