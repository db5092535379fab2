package storetest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// Table writes an answer as text: a line of column names, then the rows; null
// is "null", entities are named.
func Table(res *query.Result) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	var names []string
	for _, c := range res.Columns {
		names = append(names, c.Name)
	}
	fmt.Fprintln(w, strings.Join(names, "\t"))
	for _, row := range res.Rows {
		var cells []string
		for i, v := range row {
			cells = append(cells, cellText(res.Columns[min(i, len(res.Columns)-1)], v))
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	w.Flush()
	return b.String()
}

func cellText(c query.Column, v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return v
	case int64:
		if c.Name == "organization" || c.Name == "team" {
			return byNumber(v).name
		}
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprintf("%T(%v)", v, v)
}

// sameTable compares tables as text, cell by cell; numbers may differ by
// rounding, and a wanted number may be a fraction, "2/3".
func sameTable(got, want string) error {
	g, w := grid(got), grid(want)
	for i := range max(len(g), len(w)) {
		if i >= len(g) {
			return fmt.Errorf("row %d is missing: %v", i, w[i])
		}
		if i >= len(w) {
			return fmt.Errorf("row %d is not wanted: %v", i, g[i])
		}
		if !slices.EqualFunc(g[i], w[i], sameCell) {
			return fmt.Errorf("row %d is %v, want %v", i, g[i], w[i])
		}
	}
	return nil
}

func grid(s string) [][]string {
	var out [][]string
	for line := range strings.Lines(s) {
		if cells := strings.Fields(line); len(cells) > 0 {
			out = append(out, cells)
		}
	}
	return out
}

func sameCell(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := parseNumber(a)
	y, errY := parseNumber(b)
	return errX == nil && errY == nil && sameNumber(x, y)
}

func sameNumber(x, y float64) bool {
	return math.Abs(x-y) <= 1e-9*max(math.Abs(x), math.Abs(y))
}

func parseNumber(s string) (float64, error) {
	num, den, fraction := strings.Cut(s, "/")
	x, err := strconv.ParseFloat(num, 64)
	if err != nil || !fraction {
		return x, err
	}
	y, err := strconv.ParseFloat(den, 64)
	return x / y, err
}

// checkShape checks what every answer promises besides its numbers: the
// columns, the cells' types, and the order of the rows.
func checkShape(q query.Query, res *query.Result) error {
	if got, want := fmt.Sprint(res.Columns), fmt.Sprint(wantColumns(q)); got != want {
		return fmt.Errorf("columns are %s, want %s", got, want)
	}
	for i, row := range res.Rows {
		if len(row) != len(res.Columns) {
			return fmt.Errorf("row %d has %d cells, want %d", i, len(row), len(res.Columns))
		}
		for j, c := range res.Columns {
			if !rightType(c, row[j]) {
				return fmt.Errorf("row %d: %s is a %T, column type is %s", i, c.Name, row[j], c.Type)
			}
		}
		if i > 0 && orderOf(res.Rows[i-1], row, ordered(q.By, res.Rows[i-1], row)) > 0 {
			return fmt.Errorf("row %d stands after a later one: %v", i, row)
		}
	}
	return nil
}

// ordered returns how many leading cells order two rows: those up to two people
// who share a label, whose order their ids decide.
func ordered(by []string, a, b []any) int {
	user := slices.Index(by, "user")
	if user >= 0 && a[user] == b[user] {
		return user + 1
	}
	return len(by)
}

func wantColumns(q query.Query) []query.Column {
	var out []query.Column
	for _, name := range q.By {
		typ := "string"
		if metric.DimensionByName(name).Grain {
			typ = "date"
		}
		out = append(out, query.Column{Name: name, Type: typ})
	}
	for _, name := range q.Measures {
		m := metric.MeasureByName(name)
		typ := "integer"
		if m.Kind() == "quotient" || name == "ai_credits" {
			typ = "number"
		}
		out = append(out, query.Column{Name: name, Type: typ, Unit: m.Unit})
	}
	return out
}

func rightType(c query.Column, v any) bool {
	switch v.(type) {
	case nil:
		return c.Type != "date"
	case string:
		return c.Type == "date" || c.Type == "string"
	case int64:
		return c.Type == "integer" || c.Name == "organization" || c.Name == "team"
	case float64:
		return c.Type == "number"
	}
	return false
}

// orderOf compares two rows by their first n cells, null last.
func orderOf(a, b []any, n int) int {
	for i := range n {
		if c := orderOfCells(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

func orderOfCells(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	if x, ok := a.(int64); ok {
		y, _ := b.(int64)
		return int(max(-1, min(1, x-y)))
	}
	if x, ok := a.(float64); ok {
		y, _ := b.(float64)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	return strings.Compare(a.(string), b.(string))
}
