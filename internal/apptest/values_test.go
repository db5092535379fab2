package apptest

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// shownCard is a chart card as the page shows it.
type shownCard struct {
	ID, CSV string
	// Plotted says that there is a chart.
	Plotted bool
	Chart   struct {
		Keys     []*string
		Datasets []struct {
			Series string
			Data   []*float64
		}
	}
	Series []string
	Down   []bool // the chart draws the column downwards
	Rows   []shownRow
	Foot   []*float64
}

// shownRow is a row of a card's table.
type shownRow struct {
	Key, State string
	Plot       bool
	Other      bool // stands for the rows below it
	Label      string
	Cells      []*float64
}

const readCards = `[...document.querySelectorAll("[data-chart]")].map((card) => {
	const number = (td) => td.dataset.value === undefined ? null : Number(td.dataset.value);
	const plotted = window.codegauge.charts[card.id];
	const table = card.querySelector(".data table");
	const heads = table ? [...table.tHead.rows[0].cells] : [];
	const at = heads.map((h, i) => h.dataset.series ? i : -1).filter((i) => i >= 0);
	const rows = table ? [...table.tBodies[0].rows] : [];
	return {
		id: card.id, csv: card.querySelector("a[download]").getAttribute("href"), plotted: !!plotted,
		chart: { keys: plotted?.keys ?? [], datasets: plotted?.datasets ?? [] },
		series: at.map((i) => heads[i].dataset.series), down: at.map((i) => heads[i].dataset.draw.endsWith("down")),
		rows: rows.map((r) => ({
			key: r.dataset.key ?? "", state: r.dataset.state ?? "", plot: r.dataset.plot !== undefined, label: r.cells[0].textContent,
			other: r.dataset.neutral !== undefined && !r.dataset.key && r.nextElementSibling?.className === "member",
			cells: at.map((i) => number(r.cells[i])),
		})),
		foot: table?.tFoot ? at.map((i) => number(table.tFoot.rows[0].cells[i])) : [],
	};
})`

// TestNumbersAgree compares, card by card, what is plotted, what the table
// says, and what the card's CSV and the same question as JSON, NDJSON and on
// the command line answer.
func TestNumbersAgree(t *testing.T) {
	options := eval0(t)
	states := []string{"", "days=7", "days=14", "days=90", "days=365", "split=initiator", "compare=1", "parity=1", "definition=v1-wide", "scale=own"}
	for _, o := range options {
		states = append(states, "where="+url.QueryEscape(o))
	}
	p := newTab(t, demo.url)
	p.look(1440, 900, "light")
	compared := 0
	for _, state := range states {
		p.open(insights + "code-generation?" + state)
		for _, card := range eval[[]shownCard](p, readCards) {
			if len(card.Series) == 0 {
				continue // the card says why it shows nothing
			}
			at := state + " " + card.ID
			plotsTable(t, at, &card)
			answersAgree(t, at, &card, state == "")
			compared++
		}
		figuresAgree(p, state)
		p.clean(state)
	}
	t.Logf("compared %d cards in %d states", compared, len(states))
	if compared < 4*len(states) {
		t.Errorf("only %d cards had figures", compared)
	}
}

// shownFigure is a number of a tile, or of a row of the tools.
type shownFigure struct{ ID, CSV, Key, Measure, Value string }

const readFigures = `[
	...[...document.querySelectorAll(".tile:not(.is-blocked)")].map((tile) => ({
		id: tile.id, csv: tile.querySelector("a[download]").getAttribute("href"), key: "",
		measure: tile.id.replaceAll("-", "_"), value: tile.querySelector("data").value,
	})),
	...[...document.querySelectorAll("#tools:not(.is-blocked) tbody tr")].flatMap((row) => ["loc_changed", "active_users"].map((measure, i) => ({
		id: "tools", csv: document.querySelector("#tools a[download]").getAttribute("href"), key: row.dataset.key,
		measure, value: row.cells[i + 1].dataset.value ?? "",
	}))),
]`

// figuresAgree compares the tiles and the tools with their CSVs. Only where
// aggregates speak for some days may a figure be unknown.
func figuresAgree(p *tab, state string) {
	p.Helper()
	figures := eval[[]shownFigure](p, readFigures)
	if len(figures) < 4 && !strings.Contains(state, "ide") {
		p.Errorf("%s: only %d figures", state, len(figures))
	}
	for _, f := range figures {
		at := state + " " + f.ID + " " + f.Key
		rows := parseCSV(p.T, at, fetch(p.T, f.CSV)).rows
		got := slices.DeleteFunc(rows, func(row map[string]string) bool { return f.Key != "" && row["tool"] != f.Key })
		if len(got) != 1 || got[0][f.Measure] != f.Value {
			p.Errorf("%s: %s is %q on the page, the CSV has %v", at, f.Measure, f.Value, got)
		}
		if f.Value == "" && f.ID != "tools" && state != "days=365" {
			p.Errorf("%s: %s is unknown", at, f.Measure)
		}
	}
}

// eval0 returns a value of every dimension that the filter form offers.
func eval0(t *testing.T) []string {
	p := newTab(t, demo.url)
	p.open(insights + "code-generation")
	return eval[[]string](p, `[...document.querySelectorAll("details.filter fieldset")].map((f) => {
		const input = [...f.querySelectorAll("input")].find((i) => i.value);
		return input.name === "where" ? input.value : input.name + "=" + input.value;
	})`)
}

// plotsTable compares the chart with the table's plotted rows.
func plotsTable(t *testing.T, at string, c *shownCard) {
	t.Helper()
	if !c.Plotted {
		t.Errorf("%s: there is a table but no chart", at)
		return
	}
	rows := slices.DeleteFunc(slices.Clone(c.Rows), func(r shownRow) bool { return !r.Plot })
	if len(c.Chart.Datasets) != len(c.Series) {
		t.Errorf("%s: %d series are plotted, the table has %d", at, len(c.Chart.Datasets), len(c.Series))
		return
	}
	for i, d := range c.Chart.Datasets {
		if d.Series != c.Series[i] || len(d.Data) != len(rows) {
			t.Errorf("%s: plotted %s with %d values, the table has %s with %d", at, d.Series, len(d.Data), c.Series[i], len(rows))
			return
		}
		for k, v := range d.Data {
			want := rows[k].Cells[i]
			if want != nil && c.Down[i] {
				negative := -*want
				want = &negative
			}
			if word(v) != word(want) {
				t.Errorf("%s: %s of %s is plotted at %s, the table says %s", at, d.Series, rows[k].Label, word(v), word(want))
			}
		}
	}
}

// answersAgree compares a card's table with its CSV, and the CSV with JSON,
// NDJSON and, if everywhere, the command line.
func answersAgree(t *testing.T, at string, c *shownCard, everywhere bool) {
	t.Helper()
	address, err := url.Parse(c.CSV)
	if err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	answer := parseCSV(t, at, fetch(t, c.CSV))
	q := address.Query()
	for _, format := range []string{"json", "ndjson"} {
		q.Set("format", format)
		other := fetch(t, address.Path+"?"+q.Encode())
		if got := map[string]func(*testing.T, string, string) []map[string]string{"json": parseJSON, "ndjson": parseNDJSON}[format](t, at, other); !equalRows(got, answer.rows) {
			t.Errorf("%s: the CSV and %s differ", at, format)
		}
	}
	if everywhere {
		if got := commandRows(t, at, q); !equalRows(got, answer.rows) {
			t.Errorf("%s: the CSV and codegauge query differ", at)
		}
	}
	if c.ID == "daily" {
		dailyAgrees(t, at, c, answer)
		return
	}
	sideAgrees(t, at, c, answer)
}

// dailyAgrees compares the table's rows with the CSV's by their day, week or month.
func dailyAgrees(t *testing.T, at string, c *shownCard, a *csvAnswer) {
	t.Helper()
	got := map[string]string{}
	for _, row := range a.rows {
		who := row["initiator"]
		if slices.Contains(a.columns, "initiator") && who == "" {
			continue // the discrepancy stands in the reconciliation
		}
		for _, m := range []string{"loc_added", "loc_deleted"} {
			series := m
			if who != "" {
				series = who + "." + m
			}
			got[row[a.columns[0]]+" "+series] = row[m]
		}
	}
	seen := 0
	for _, r := range c.Rows {
		for i, series := range c.Series {
			if strings.HasPrefix(series, "previous.") {
				continue // another question
			}
			key := r.Key + " " + series
			want := word(r.Cells[i])
			if have, ok := got[key]; (!ok || have == "") && want != "" && want != "0" || ok && have != "" && have != want {
				t.Errorf("%s: the table has %s = %q, the CSV %q", at, key, want, have)
			}
			if _, ok := got[key]; ok {
				seen++
				delete(got, key)
			}
		}
	}
	for key, v := range got {
		if v != "" && v != "0" {
			t.Errorf("%s: the CSV has %s = %s, the table lacks it", at, key, v)
		}
	}
	if seen == 0 {
		t.Errorf("%s: nothing of the CSV is in the table", at)
	}
}

// sideAgrees compares a card of bars with the CSV by value; what has no value
// stands in rows without a key.
func sideAgrees(t *testing.T, at string, c *shownCard, a *csvAnswer) {
	t.Helper()
	dimension := a.columns[0]
	for i, series := range c.Series {
		if !slices.Contains(a.columns, series) {
			t.Errorf("%s: the CSV lacks %s", at, series)
			continue
		}
		got, sum := map[string]float64{}, 0.0
		for _, row := range a.rows {
			v, _ := strconv.ParseFloat(row[series], 64)
			got[row[dimension]] += v
			sum += v
		}
		table := 0.0
		for _, r := range c.Rows {
			if r.Other {
				continue
			}
			v := 0.0
			if r.Cells[i] != nil {
				v = *r.Cells[i]
			}
			table += v
			if got[r.Key] != v {
				t.Errorf("%s: %s of %q is %v in the table, %v in the CSV", at, series, r.Label, v, got[r.Key])
			}
			delete(got, r.Key)
		}
		for key, v := range got {
			if v != 0 && !(strings.Contains(at, "parity=1") && (key == "" || key == "unknown")) {
				t.Errorf("%s: the CSV has %s of %q = %v, the table lacks it", at, series, key, v)
			}
		}
		if len(c.Foot) > i && c.Foot[i] != nil && *c.Foot[i] != table {
			t.Errorf("%s: the rows' sum of %s is %v, the table's foot says %v", at, series, table, *c.Foot[i])
		}
	}
}

type csvAnswer struct {
	columns []string
	rows    []map[string]string
}

func parseCSV(t *testing.T, at, text string) *csvAnswer {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(records) == 0 {
		t.Fatalf("%s: the CSV cannot be read: %v\n%.300s", at, err, text)
	}
	a := &csvAnswer{columns: records[0]}
	for _, r := range records[1:] {
		row := map[string]string{}
		for i, v := range r {
			if v != "" {
				row[a.columns[i]] = v
			}
		}
		a.rows = append(a.rows, row)
	}
	return a
}

func parseJSON(t *testing.T, at, text string) []map[string]string {
	t.Helper()
	var answer struct {
		Columns []struct{ Name string }
		Rows    [][]any
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&answer); err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	var out []map[string]string
	for _, r := range answer.Rows {
		row := map[string]string{}
		for i, v := range r {
			if v != nil {
				row[answer.Columns[i].Name] = fmt.Sprint(v)
			}
		}
		out = append(out, row)
	}
	return out
}

func parseNDJSON(t *testing.T, at, text string) []map[string]string {
	t.Helper()
	var out []map[string]string
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	for {
		var values map[string]any
		if err := d.Decode(&values); err == io.EOF {
			return out
		} else if err != nil {
			t.Fatalf("%s: %v", at, err)
		}
		row := map[string]string{}
		for k, v := range values {
			if v != nil {
				row[k] = fmt.Sprint(v)
			}
		}
		out = append(out, row)
	}
}

// commandRows asks the same question on the command line.
func commandRows(t *testing.T, at string, q url.Values) []map[string]string {
	t.Helper()
	args := []string{"query", "--data", demo.data, "--format", "csv"}
	for name, values := range q {
		if name == "format" {
			continue
		}
		for _, v := range values {
			args = append(args, "--"+name, v)
		}
	}
	return parseCSV(t, at, codegauge(t, 0, args...)).rows
}

func equalRows(a, b []map[string]string) bool {
	text := func(rows []map[string]string) string { b, _ := json.Marshal(rows); return string(b) }
	return text(a) == text(b)
}

// fetch returns the body of an address of the demo, with or without the base path.
func fetch(t *testing.T, path string) string {
	t.Helper()
	res, err := http.Get(demo.url + strings.TrimPrefix(path, basePath))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s %v\n%.300s", path, res.Status, err, body)
	}
	return string(body)
}

// word writes a number as the CSV does, "" for none.
func word(f *float64) string {
	if f == nil {
		return ""
	}
	if *f == 0 {
		return "0" // not -0
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}
