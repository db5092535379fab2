package shell

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"codegauge/internal/basepath"
	"codegauge/internal/web/text"
)

// Templates of the frame: the layout, and what every page may use.
//
//go:embed template
var ownTemplates embed.FS

// templates holds a parsed set for each page, by the name of its file.
type templates struct {
	byName map[string]*template.Template
}

// parts is the file of a folder that its pages share.
const parts = "template/parts.html"

// loadTemplates parses the pages of several folders, each of which defines "main" for the
// layout; shared has what pages of every folder may use. Templates put every path of the
// server through path or asset, which know the base path; the views have none of it.
func loadTemplates(t text.Catalogue, a *assets, base basepath.Base, shared fs.FS, pages []fs.FS) (*templates, error) {
	set := template.New("").Funcs(template.FuncMap{
		"t":     t.Get,
		"path":  base.Of,
		"asset": func(name string) string { return base.Of(a.urls[name]) },
		"icon":  func(name string) string { return icons[name] },
		// outside is an address of another server.
		"outside": func(url string) string { return url },
		// together is each page's own: see add.
		"together": together(nil),
	})
	for _, files := range []fs.FS{ownTemplates, shared} {
		if _, err := set.ParseFS(files, parts); err != nil {
			return nil, fmt.Errorf("parse templates: %w", err)
		}
	}
	out := &templates{byName: map[string]*template.Template{}}
	for _, files := range append(pages, ownTemplates) {
		if err := out.add(set, files); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// add parses the pages of a folder.
func (t *templates) add(shared *template.Template, files fs.FS) error {
	names, err := fs.Glob(files, "template/*.html")
	for _, name := range names {
		if name == parts {
			continue
		}
		own := []string{name}
		if slices.Contains(names, parts) {
			own = append(own, parts)
		}
		page, cloneErr := shared.Clone()
		if err = cloneErr; err != nil {
			break
		}
		page.Funcs(template.FuncMap{"together": together(page)})
		if t.byName[strings.TrimSuffix(path.Base(name), ".html")], err = page.ParseFS(files, own...); err != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("parse templates: %w", err)
	}
	return nil
}

// together returns a function that renders each of a list by a named template of a page, on
// all processors, in the order of the list.
func together(page *template.Template) func(name string, list any) ([]template.HTML, error) {
	return func(name string, list any) ([]template.HTML, error) {
		all := reflect.ValueOf(list)
		out := make([]template.HTML, all.Len())
		var group errgroup.Group
		group.SetLimit(runtime.GOMAXPROCS(0))
		for i := range out {
			group.Go(func() (err error) {
				defer func() { // nobody else recovers what panics here
					if p := recover(); p != nil {
						err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
					}
				}()
				var b strings.Builder
				err = page.ExecuteTemplate(&b, name, all.Index(i).Interface())
				out[i] = template.HTML(b.String()) //nolint:gosec // a template has escaped it
				return err
			})
		}
		return out, group.Wait()
	}
}

func (t *templates) render(w io.Writer, name string, view any) error {
	if err := t.byName[name].ExecuteTemplate(w, "layout", view); err != nil {
		return fmt.Errorf("render %q: %w", name, err)
	}
	return nil
}

// icons are outlines in a 16 × 16 box, as path data.
var icons = map[string]string{
	"code":         "M5 4 1.5 8 5 12M11 4l3.5 4L11 12M9 2.5 7 13.5",
	"pulse":        "M1.500 8.500h3l2-5.500 3.500 10 2-4.500h2.500",
	"coverage":     "M2 14V9h3v5zM6.5 14V5h3v9zM11 14V2h3v12z",
	"book":         "M8 4C6.5 2.7 4.5 2.5 2 2.5v9.5c2.5 0 4.5.2 6 1.5 1.5-1.3 3.5-1.5 6-1.5V2.5c-2.5 0-4.5.2-6 1.5zm0 0v9.5",
	"history":      "M2.5 8a5.5 5.5 0 1 0 1.6-3.9L2.500 5.700M2.500 2.500v3.200h3.200M8 5v3.200l2 1.300",
	"export":       "M8 10V2m0 0L5 5m3-3 3 3M2.5 11v2.5h11V11",
	"import":       "M8 2v8m0 0L5 7m3 3 3-3M2.5 11v2.5h11V11",
	"bookmark":     "M4 2h8v12L8 10.500 4 14z",
	"filter":       "M2 4h12M4.5 8h7M7 12h2",
	"table":        "M2 3h12v10H2zM2 6.5h12M6.5 6.5V13",
	"more":         "M2.5 8a.75.75 0 1 0 1.5 0 .75.75 0 1 0-1.5 0zm4.75 0a.75.75 0 1 0 1.5 0 .75.75 0 1 0-1.5 0zM12 8a.75.75 0 1 0 1.5 0 .75.75 0 1 0-1.5 0z",
	"close":        "m4 4 8 8M12 4l-8 8",
	"theme":        "M8 1.5v13A6.5 6.5 0 0 0 8 1.5zm0 0a6.5 6.5 0 1 0 0 13",
	"menu":         "M2 4h12M2 8h12M2 12h12",
	"info":         "M8 7v4.5M8 4.5v.01M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z",
	"check":        "m3 8.5 3.5 3.5L13 4.5",
	"person":       "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14a5.5 5.5 0 0 1 11 0",
	"team":         "M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.500 13.500a4.500 4.500 0 0 1 9 0M10.500 2.800a2.500 2.500 0 0 1 0 4.400M12 9.500a4.500 4.500 0 0 1 2.500 4",
	"organization": "M2 14V5h5v9M7 14V2h7v12M1 14h14M4.500 8v.010M4.500 11v.010M9.500 5v.010M11.500 5v.010M9.500 8v.010M11.500 8v.010M9.500 11v.010M11.500 11v.010",
	"shield":       "M8 1.500 13.500 4v4c0 3-2.300 5.300-5.500 6.500C4.800 13.300 2.500 11 2.500 8V4z",
	"key":          "M10.5 9.5a4 4 0 1 0-3.700-2.500L2 11.800V14h2.200v-1.500h1.500V11h1.500l1.800-1.800c.5.2 1 .3 1.500.3zM11 5v.010",
	"plug":         "M5.500 2v3M10.500 2v3M4 5h8v2.500a4 4 0 0 1-8 0zM8 11.500V14",
	"link":         "M6.500 9.500a2.500 2.500 0 0 0 3.600.1l2.300-2.300a2.500 2.500 0 0 0-3.500-3.600L8 4.600M9.500 6.500a2.500 2.500 0 0 0-3.600-.1L3.600 8.700a2.500 2.500 0 0 0 3.500 3.600l.9-.9",
	"seat":         "M4 2.500v6h8v-6M2.500 8.500v3h11v-3M4 11.500v2M12 11.500v2",
	"chart":        "M2 2v12h12M5 11V8M8.500 11V4.500M12 11V6.500",
	"home":         "M2 7.5 8 2l6 5.5M3.5 6.5V14h9V6.5",
}
