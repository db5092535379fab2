package query

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/fault"
)

// Formats lists what Answer.Write writes.
var Formats = []string{"table", "json", "csv", "ndjson"}

// Write writes the answer in one of Formats. Every format holds the same
// cells: json, csv and ndjson as plain numbers, table for people to read. csv
// and ndjson have no place for what is beside the rows; see Notes.
func (a *Answer) Write(w io.Writer, format string) error {
	b := bufio.NewWriter(w)
	var err error
	switch format {
	case "table":
		a.writeTable(b)
	case "json":
		err = a.writeJSON(b)
	case "csv":
		err = a.writeCSV(b)
	case "ndjson":
		err = a.writeNDJSON(b)
	default:
		return fault.New(fault.Invalid, "format %.40q is not one of %s", format, strings.Join(Formats, ", "))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", format, err)
	}
	return b.Flush()
}

// Notes returns, line by line, what has to be known to read the rows: the
// definition in force, the range, how far the data is complete, and warnings.
func (a *Answer) Notes() []string {
	head := fmt.Sprintf("definition %s; %s to %s", a.Definition, a.From, a.To)
	switch {
	case a.From == 0:
		head = fmt.Sprintf("definition %s; no data", a.Definition)
	case a.CompleteTo != 0:
		head += "; complete to " + a.CompleteTo.String()
	}
	notes := []string{head}
	for _, w := range a.Warnings {
		notes = append(notes, "warning: "+Printable(w))
	}
	return notes
}

func (a *Answer) writeJSON(w io.Writer) error {
	whole := *a
	if whole.HeldBack == nil {
		whole.HeldBack = []day.Day{}
	}
	if whole.Columns == nil {
		whole.Columns = []Column{}
	}
	if whole.Rows == nil {
		whole.Rows = [][]any{}
	}
	if whole.Warnings == nil {
		whole.Warnings = []string{}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(whole)
}

func (a *Answer) writeCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	cells := make([]string, len(a.Columns))
	for i, col := range a.Columns {
		cells[i] = col.Name
	}
	if err := c.Write(cells); err != nil {
		return err
	}
	for _, row := range a.Rows {
		for i, v := range row {
			cells[i] = CSVCell(v)
		}
		if err := writeCSVRow(w, c, cells); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// writeCSVRow writes a row. One that is a single empty cell is quoted: as an
// empty line readers would take it for no row.
func writeCSVRow(w io.Writer, c *csv.Writer, cells []string) error {
	if len(cells) != 1 || cells[0] != "" {
		return c.Write(cells)
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\"\"\n")
	return err
}

// CSVCell returns a cell for a CSV file: null is empty, and no text is a formula. Numbers
// are never touched.
func CSVCell(v any) string {
	s, ok := v.(string)
	if !ok {
		return plain(v)
	}
	return english.SpreadsheetText(s)
}

func (a *Answer) writeNDJSON(w *bufio.Writer) error {
	keys := make([][]byte, len(a.Columns))
	for i, col := range a.Columns {
		keys[i] = appendJSON(nil, col.Name)
	}
	var line []byte
	for _, row := range a.Rows {
		line = append(line[:0], '{')
		for i, v := range row {
			if i > 0 {
				line = append(line, ',')
			}
			line = append(append(line, keys[i]...), ':')
			line = appendJSON(line, v)
		}
		if _, err := w.Write(append(line, '}', '\n')); err != nil {
			return err
		}
	}
	return nil
}

func appendJSON(dst []byte, v any) []byte {
	s, ok := v.(string)
	if !ok {
		if v == nil {
			return append(dst, "null"...)
		}
		return append(dst, plain(v)...)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes, and a Builder takes all
	return append(dst, strings.TrimSuffix(b.String(), "\n")...)
}

// plain returns a number as JSON writes it, "" for null.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case int64:
		return strconv.FormatInt(v, 10)
	case string:
		return v
	}
	b, err := json.Marshal(v)
	if err != nil { // NaN and infinities, which no measure is allowed to be
		return "null"
	}
	return string(b)
}

// null is how a table shows what is not known.
const null = "–"

func (a *Answer) writeTable(w *bufio.Writer) {
	rows := a.tableCells()
	widths := columnWidths(rows)
	for _, row := range rows {
		for i, cell := range row {
			writeCell(w, cell, widths[i], a.numeric(i), i == len(row)-1)
		}
		w.WriteByte('\n')
	}
	if len(a.Rows) == 0 {
		w.WriteString("(no rows)\n")
	}
	w.WriteByte('\n')
	for _, note := range a.Notes() {
		w.WriteString(note)
		w.WriteByte('\n')
	}
}

func (a *Answer) numeric(column int) bool {
	t := a.Columns[column].Type
	return t == "integer" || t == "number"
}

// tableCells returns the header and the rows, as texts.
func (a *Answer) tableCells() [][]string {
	head := make([]string, len(a.Columns))
	for i, col := range a.Columns {
		head[i] = col.Name
	}
	rows := [][]string{head}
	for _, row := range a.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = tableCell(v)
		}
		rows = append(rows, cells)
	}
	return rows
}

func columnWidths(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

func writeCell(w *bufio.Writer, cell string, width int, right, last bool) {
	pad := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
	switch {
	case right:
		w.WriteString(pad + cell)
	case last:
		w.WriteString(cell)
	default:
		w.WriteString(cell + pad)
	}
	if !last {
		w.WriteString("  ")
	}
}

func tableCell(v any) string {
	switch v := v.(type) {
	case nil:
		return null
	case int64:
		return Thousands(v)
	case float64:
		return tableNumber(v)
	case string:
		return Printable(v)
	}
	return Printable(fmt.Sprint(v))
}

// tableNumber shows at most four decimals: enough for a ratio as a percentage
// with two.
func tableNumber(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return null
	}
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(v, 'f', 4, 64), ".")
	fraction = strings.TrimRight(fraction, "0")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	if whole == "0" && fraction == "" {
		sign = ""
	}
	text := sign + english.GroupDigits(whole)
	if fraction != "" {
		text += "." + fraction
	}
	return text
}

// Thousands returns n with a comma between groups of three digits.
func Thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	if n < 0 {
		return "-" + english.GroupDigits(s[1:])
	}
	return english.GroupDigits(s)
}

// Printable replaces what could move a terminal's cursor or break a line:
// names come from report files.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\ufffd'
	}, s)
}
