package cli

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/directory"
)

// grafana is what a dashboard asks for.
type grafana struct {
	Panels []struct {
		Title, Type string
		Targets     []struct {
			Expr, URL string
			Columns   []struct{ Selector string }
		}
	}
	Templating struct {
		List []struct{ Definition string }
	}
}

// TestGrafanaDashboards asks the server for what the dashboards ask for, with tokens that may
// do no more than they need: every metric and label is there, and every query has its columns.
func TestGrafanaDashboards(t *testing.T) {
	files, err := filepath.Glob("../../deploy/grafana/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("dashboards: %v, %v", files, err)
	}
	c := newClients(t)
	source, err := c.stores.directory.PutSource(t.Context(), directory.Source{Enterprise: c.entities["acme"].ID, Name: "github", Kind: "github", BaseURL: "https://api.github.com", Slug: "acme", Created: c.now()})
	c.fatal(err)
	c.fatal(c.stores.directory.PutSourceState(t.Context(), source.ID, directory.SourceState{Body: []byte(`{"success":"2026-05-11T03:00:00Z"}`)}))
	_, metrics := c.ask(asker{header: bearer(c.token("acme", false, 1, "monitor"))}, http.MethodGet, "/metrics/insights")
	name := regexp.MustCompile(`codegauge_[a-z_]+`)
	label := regexp.MustCompile(`\{(\w+)=|by \((\w+), (\w+)\)|, (\w+)\)$`)
	asked, queries := 0, 0
	for _, file := range files {
		body, err := os.ReadFile(file)
		c.fatal(err)
		var d grafana
		c.fatal(json.Unmarshal(body, &d))
		var expressions []string
		for _, v := range d.Templating.List {
			if v.Definition != "" {
				expressions = append(expressions, v.Definition)
			}
		}
		for _, p := range d.Panels {
			if len(p.Targets) == 0 && p.Type != "row" {
				t.Errorf("%s: %s asks for nothing", file, p.Title)
			}
			for _, target := range p.Targets {
				if target.Expr != "" {
					expressions = append(expressions, target.Expr)
					continue
				}
				queries++
				c.answers(t, p.Title, strings.ReplaceAll(target.URL, "${enterprise}", "acme"), func(columns []string) {
					for _, column := range target.Columns {
						if !slices.Contains(columns, column.Selector) {
							t.Errorf("%s: the answer has no %s: %q", p.Title, column.Selector, columns)
						}
					}
				})
			}
		}
		for _, e := range expressions {
			found := name.FindAllString(e, -1)
			if len(found) == 0 {
				t.Errorf("%s: %q asks for no metric", file, e)
			}
			for _, m := range found {
				asked++
				at := strings.Index(metrics, "\n"+m+"{")
				if at < 0 {
					t.Errorf("%s: the server has no %s", file, m)
					continue
				}
				line, _, _ := strings.Cut(metrics[at+1:], "\n")
				for _, l := range label.FindAllStringSubmatch(e, -1) {
					for _, l := range l[1:] {
						if l != "" && !strings.Contains(line, l+`="`) {
							t.Errorf("%s: %s has no label %s", file, m, l)
						}
					}
				}
			}
		}
	}
	if asked < 10 || queries < 5 {
		t.Errorf("only %d metrics and %d queries", asked, queries)
	}
}

// answers asks for a table and checks its columns.
func (c *clients) answers(t *testing.T, title, path string, check func(columns []string)) {
	t.Helper()
	status, answer := c.ask(asker{header: bearer(c.narrow)}, http.MethodGet, path)
	rows, err := csv.NewReader(strings.NewReader(bodyOf(answer))).ReadAll()
	if status != http.StatusOK || err != nil || len(rows) < 2 {
		t.Errorf("%s: %s: %d, %d rows, %v\n%.300s", title, path, status, len(rows), err, answer)
		return
	}
	check(rows[0])
}
