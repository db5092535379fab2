package cards

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// The pages of a long table have all of its rows, once and in their order, and lead to one
// another; a table of one page has no pager.
func TestPagesHaveAllRows(t *testing.T) {
	const rows = 2*entitiesPerPage + 7
	page := func(s shell.State) *EntityTable {
		table := &EntityTable{ID: "teams"}
		for i := range rows {
			table.Rows = append(table.Rows, EntityRow{Key: strconv.Itoa(i)})
		}
		(&Builder{Request: &shell.Request{Shell: &shell.Shell{Text: text.English}, State: s}}).ShowPage(table)
		return table
	}
	last := page(shell.State{Path: "/teams", TablePage: 99})
	if len(last.Rows) != 7 || last.Pager.Later != "" || last.Pager.Earlier != "/teams?page=2#teams" {
		t.Errorf("the page behind the last one: %d rows, %+v", len(last.Rows), last.Pager)
	}
	seen := 0
	for address := "/teams?sort=name"; address != ""; {
		path, query, _ := strings.Cut(strings.TrimSuffix(address, "#teams"), "?")
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		s, err := shell.ParseState(path, "acme", q)
		if err != nil || s.Sort != "name" {
			t.Fatalf("%s: %+v, %v", address, s, err)
		}
		table := page(s)
		for _, row := range table.Rows {
			if row.Key != strconv.Itoa(seen) {
				t.Fatalf("%s: row %s where %d should be", address, row.Key, seen)
			}
			seen++
		}
		address = table.Pager.Later
	}
	if seen != rows {
		t.Errorf("the pages have %d rows of %d", seen, rows)
	}
	found := &EntityTable{ID: "teams", Rows: []EntityRow{{Label: "Search"}, {Label: "Checkout", Note: "search-org"}, {Label: "Core"}}, Rest: &EntityRow{}, Total: &EntityRow{}}
	b := &Builder{Request: &shell.Request{Shell: &shell.Shell{Text: text.English}, State: shell.State{Path: "/teams", Search: "SEARCH", Sort: "name"}}}
	if b.ShowPage(found); len(found.Rows) != 2 || found.Rest != nil || found.Total != nil || found.Nothing != "" || found.Search.All != "/teams?sort=name" {
		t.Errorf("a search shows %+v", found)
	}
	b.State.Search = "nobody"
	if b.ShowPage(found); len(found.Rows) != 0 || found.Nothing == "" || found.Pager.Shown != "" {
		t.Errorf("a search for nothing shows %+v", found)
	}
	short := &EntityTable{Rows: make([]EntityRow, entitiesPerPage)}
	if (&Builder{Request: &shell.Request{}}).ShowPage(short); len(short.Rows) != entitiesPerPage || short.Pager != (shell.Pager{}) {
		t.Errorf("%d rows have the pager %+v", len(short.Rows), short.Pager)
	}
}
