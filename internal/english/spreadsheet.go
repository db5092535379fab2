package english

import (
	"strings"
	"unicode/utf8"
)

// SpreadsheetText returns a text for a cell of a CSV file: one that a spreadsheet would
// take for a formula, in full-width characters too, begins with an apostrophe.
func SpreadsheetText(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	if s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}
