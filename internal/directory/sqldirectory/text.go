package sqldirectory

import (
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// text is a text from outside, such as a report's, that may hold what a TEXT of
// PostgreSQL cannot: NUL, or bytes that are no UTF-8. It is stored as it is, but
// such a one, and one that begins like it, as escape and hexadecimal digits.
type text string

// escape begins texts that are stored otherwise. No id or name begins with it.
const escape = "\x01"

// Value implements driver.Valuer.
func (t text) Value() (driver.Value, error) {
	s := string(t)
	if strings.HasPrefix(s, escape) || strings.ContainsRune(s, 0) || !utf8.ValidString(s) {
		return escape + hex.EncodeToString([]byte(s)), nil
	}
	return s, nil
}

// Scan implements sql.Scanner.
func (t *text) Scan(value any) error {
	s, ok := value.(string)
	if !ok {
		return fmt.Errorf("a text is stored as %T", value)
	}
	if digits, escaped := strings.CutPrefix(s, escape); escaped {
		b, err := hex.DecodeString(digits)
		if err != nil {
			return fmt.Errorf("a text is stored as %q: %w", s, err)
		}
		s = string(b)
	}
	*t = text(s)
	return nil
}

// nullText is text that is NULL if it is empty.
func nullText(s string) any {
	if s == "" {
		return nil
	}
	return text(s)
}

// printable returns a text for people to read, with what cannot be stored replaced.
func printable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
