package shell

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"

	"codegauge/internal/fault"
)

//go:embed static
var static embed.FS

// assetPath is where assets are served, each under a name that changes with its content.
const assetPath = "/static/"

// asset is a file as it is sent, in each encoding. It is compressed when it is
// first asked for, and then never again.
type asset struct {
	contentType  string
	plain        []byte
	gzip, brotli func() []byte
}

// assets holds the files of static by the names they are served under.
type assets struct {
	byName map[string]*asset
	// urls maps a file's own name, such as page.js, to its address.
	urls map[string]string
}

// assetFiles lists what is served, dependencies first: a module's address is
// written into the modules that import it.
var assetFiles = []string{
	"style.css", "icon.svg", "theme.js", "vendor/chart-4.6.1.umd.min.js", "charts.js", "page.js",
}

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

func loadAssets() (*assets, error) {
	a := &assets{byName: map[string]*asset{}, urls: map[string]string{}}
	for _, file := range assetFiles {
		body, err := fs.ReadFile(static, "static/"+file)
		if err != nil {
			return nil, fmt.Errorf("read asset %q: %w", file, err)
		}
		a.add(file, a.resolve(body))
	}
	return a, nil
}

var importLine = regexp.MustCompile(`from "\./([a-z]+\.js)"`)

// resolve writes the addresses of imported modules into a module.
func (a *assets) resolve(body []byte) []byte {
	return importLine.ReplaceAllFunc(body, func(m []byte) []byte {
		name := importLine.FindSubmatch(m)[1]
		return []byte(`from "./` + path.Base(a.urls[string(name)]) + `"`)
	})
}

func (a *assets) add(file string, body []byte) {
	sum := sha256.Sum256(body)
	base, ext := path.Base(file), path.Ext(file)
	name := strings.TrimSuffix(base, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	a.byName[name] = &asset{contentTypes[ext], body,
		sync.OnceValue(func() []byte { return gzipped(body) }), sync.OnceValue(func() []byte { return brotlied(body) })}
	a.urls[base] = assetPath + name
}

// gzipped and brotlied write to memory, which does not fail.
func gzipped(body []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}

func brotlied(body []byte) []byte {
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, brotliLevel)
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}

// brotliLevel keeps the first answer quick: the highest level takes ten times
// as long for two per cent.
const brotliLevel = 9

// asset serves one file. Its name holds its content's hash, so it never changes.
func (sh *Shell) asset(w http.ResponseWriter, r *http.Request) error {
	a := sh.assets.byName[r.PathValue("name")]
	if a == nil {
		return fault.New(fault.NotFound, "%s", sh.Text.Get("error.address"))
	}
	body, encoding := a.encoded(r.Header.Get("Accept-Encoding"))
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	_, _ = w.Write(body) // a reader that went away is no fault of ours
	return nil
}

// encoded returns the smallest form that the client takes.
func (a *asset) encoded(accept string) ([]byte, string) {
	switch accepted := acceptedEncodings(accept); {
	case slices.Contains(accepted, "br"):
		return a.brotli(), "br"
	case slices.Contains(accepted, "gzip"):
		return a.gzip(), "gzip"
	}
	return a.plain, ""
}

// acceptedEncodings lists the encodings of an Accept-Encoding header that are
// not refused by q=0.
func acceptedEncodings(header string) []string {
	var out []string
	for _, part := range strings.Split(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := strings.TrimPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		if v, err := strconv.ParseFloat(q, 64); q == "" || err == nil && v > 0 {
			out = append(out, strings.ToLower(strings.TrimSpace(name)))
		}
	}
	return out
}
