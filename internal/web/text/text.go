// Package text is the catalogue of what the pages say. Every word of a page
// stands here (or in package metric, which defines the numbers), so that
// another language is another Catalogue.
package text

import (
	"fmt"
	"strings"

	"codegauge/internal/english"
)

// Catalogue holds texts by key; a text may have fmt verbs. What depends on a number
// has two texts, key.one and key.many.
type Catalogue map[string]string

// Get returns the text with its arguments filled in. A key that is not there
// comes back in brackets, which a test looks for.
func (c Catalogue) Get(key string, args ...any) string {
	s, ok := c[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// Count returns the text for n of something, filled in with n and the arguments.
func (c Catalogue) Count(key string, n int, args ...any) string {
	key += english.Plural(n, ".one", ".many")
	return c.Get(key, append([]any{english.Number(n)}, args...)...)
}

// Stopped returns words with a full stop, unless they end a sentence already.
func Stopped(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}
