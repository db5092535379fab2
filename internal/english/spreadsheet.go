package english

import (
	"strings"
	"unicode/utf8"
)

// SpreadsheetText returns s for a cell of a CSV file. A text that a spreadsheet would
// evaluate as a formula, also one in full-width characters, is prefixed with an apostrophe.
func SpreadsheetText(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	if s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}
